"""A bill stays with the office whose fund it is paid into, also when its employer moved to another office."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.row_security import TOLD_PATHS

_FUND = f"contributions_unit_path(fund_id) ^@ ANY ({TOLD_PATHS})"
_BILL = f"EXISTS (SELECT FROM contributions_bill b WHERE b.id = bill_id AND contributions_unit_path(b.fund_id) ^@ ANY ({TOLD_PATHS}))"  # noqa: E501  # nosec B608
_OF = {
    "contributions_bill": _FUND,
    "contributions_order": _BILL,
    "contributions_receipt": _BILL,
    "contributions_settlement": _BILL,
}


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("contributions", "0005_payers"), ("people", "0019_unit_moves")]
    operations: ClassVar = [
        migrations.RunSQL(
            f"CREATE POLICY {table}_of_fund ON {table} USING ({may}) WITH CHECK ({may})",
            f"DROP POLICY {table}_of_fund ON {table}",
        )
        for table, may in _OF.items()
    ]
