"""A bill stays with the office whose fund it is paid into, also when its employer moved to another office."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.row_security import TOLD_PATHS

_FUND = f"contributions_unit_path(fund_id) ^@ ANY ({TOLD_PATHS})"
_BILL = (
    "EXISTS (SELECT FROM contributions_bill b WHERE b.id = {bill}"  # nosec B608 - our own words
    f" AND contributions_unit_path(b.fund_id) ^@ ANY ({TOLD_PATHS}))"
)
_OF = {
    "contributions_bill": _FUND,
    "contributions_order": _BILL.format(bill="bill_id"),
    "contributions_receipt": _BILL.format(bill="bill_id"),
    "contributions_settlement": _BILL.format(bill="bill_id"),
    "contributions_refund": _BILL.format(bill="bill_id"),
    "contributions_credit": _BILL.format(bill="like_id"),
}
# Whoever sees a bill of an employer that came from elsewhere sees where it is to be paid.
_FUND_READ = f"""
CREATE POLICY contributions_fund_of_moved ON contributions_fund FOR SELECT USING (EXISTS (
    SELECT FROM people_unitmove m JOIN contributions_bill b ON b.employer_id = m.unit_id
    WHERE b.fund_id = contributions_fund.unit_id AND m.state = 'applied' AND m.to_path ^@ ANY ({TOLD_PATHS})))
"""  # noqa: S608 - our own words  # nosec B608


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("contributions", "0010_channels"), ("people", "0020_unit_moves")]
    operations: ClassVar = [
        *(
            migrations.RunSQL(
                f"CREATE POLICY {table}_of_fund ON {table} USING ({may}) WITH CHECK ({may})",
                f"DROP POLICY {table}_of_fund ON {table}",
            )
            for table, may in _OF.items()
        ),
        migrations.RunSQL(_FUND_READ, "DROP POLICY contributions_fund_of_moved ON contributions_fund"),
    ]
