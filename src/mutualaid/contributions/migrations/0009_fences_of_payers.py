"""Row-level security of who bears the fee; and a bill is seen by the member, and in the branch of the union, that pays it."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import SELF, TOLD_PATHS, fenced

_EMPLOYERS = f"contributions_unit_path(employer_id) ^@ ANY ({TOLD_PATHS})"
_PAYERS = (
    f"{_EMPLOYERS} OR payer_member_id = {SELF}"
    f" OR payer_unit_id IS NOT NULL AND contributions_unit_path(payer_unit_id) ^@ ANY ({TOLD_PATHS})"
)
_OF_BILL = "(SELECT contributions_unit_path(b.employer_id) FROM contributions_bill b WHERE b.id = bill_id)"
_BEFORE = f"({_OF_BILL}) ^@ ANY ({TOLD_PATHS})"
_SEEN = "EXISTS (SELECT FROM contributions_bill b WHERE b.id = bill_id)"  # by the fence of bills itself


def _told(table: str, may: str) -> str:
    return f"ALTER POLICY {table}_branch ON {table} USING ({may}) WITH CHECK ({may})"


def _below(column: str) -> str:
    """Rules of the offices above are read by whoever works below them."""
    told = "unnest(string_to_array(coalesce(current_setting('mutualaid.branches', true), ''), ' ')) AS told"
    return f"EXISTS (SELECT FROM {told} WHERE told <> '' AND starts_with(told, contributions_unit_path({column})))"  # nosec B608


_RULE = "(SELECT contributions_unit_path(r.unit_id) FROM contributions_feesplit r WHERE r.id = rule_id)"


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("contributions", "0008_parts_of_payers")]

    operations: ClassVar = [
        migrations.RunSQL(_told("contributions_bill", _PAYERS), _told("contributions_bill", _EMPLOYERS)),
        *(
            migrations.RunSQL(_told(table, _SEEN), _told(table, _BEFORE))
            for table in ("contributions_order", "contributions_receipt", "contributions_settlement")
        ),
        fenced("contributions_feepart", _SEEN),
        append_only("contributions_feepart"),
        fenced(
            "contributions_feesplit",
            f"contributions_unit_path(unit_id) ^@ ANY ({TOLD_PATHS})",
            read=_below("unit_id"),
        ),
        fenced(
            "contributions_feesplitpart",
            f"{_RULE} ^@ ANY ({TOLD_PATHS})",
            read="EXISTS (SELECT FROM contributions_feesplit r WHERE r.id = rule_id)",
        ),
        fenced(
            "contributions_subsidy",
            f"contributions_unit_path(office_id) ^@ ANY ({TOLD_PATHS})",
            read=_below("office_id"),
        ),
    ]
