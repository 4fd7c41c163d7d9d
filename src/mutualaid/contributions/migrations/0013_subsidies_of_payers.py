"""A programme is read in the branch of the union that pays it, wherever the office stands that it is for."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.row_security import TOLD_PATHS

_PAYER = f"payer_unit_id IS NOT NULL AND contributions_unit_path(payer_unit_id) ^@ ANY ({TOLD_PATHS})"


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("contributions", "0012_paid_out")]
    operations: ClassVar = [
        migrations.RunSQL(
            f"CREATE POLICY contributions_subsidy_of_payer ON contributions_subsidy FOR SELECT USING ({_PAYER})",
            "DROP POLICY contributions_subsidy_of_payer ON contributions_subsidy",
        )
    ]
