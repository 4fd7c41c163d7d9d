"""A member sees, and pays, the bill that they owe themselves; with its orders and its receipt."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.row_security import SELF, TOLD_PATHS

_BILL = "FROM contributions_bill b WHERE b.id = bill_id"
_WAS = {
    "bill": "contributions_unit_path(employer_id)",
    "order": f"(SELECT contributions_unit_path(b.employer_id) {_BILL})",
    "receipt": f"(SELECT contributions_unit_path(b.employer_id) {_BILL})",
}
_OWN = {
    "bill": f"payer_member_id = {SELF}",
    "order": f"(SELECT b.payer_member_id {_BILL}) = {SELF}",
    "receipt": f"(SELECT b.payer_member_id {_BILL}) = {SELF}",
}


def fence(table: str, *, own: bool) -> str:
    """The policy of a table, told anew."""
    may = f"({_WAS[table]}) ^@ ANY ({TOLD_PATHS})" + (f" OR {_OWN[table]}" if own else "")
    name = f"contributions_{table}"
    return f"ALTER POLICY {name}_branch ON {name} USING ({may}) WITH CHECK ({may})"


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("contributions", "0007_fiscal_notes"), ("core", "0007_told_paths_inline")]
    operations: ClassVar = [migrations.RunSQL(fence(table, own=True), fence(table, own=False)) for table in _WAS]
