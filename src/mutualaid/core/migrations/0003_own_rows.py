"""The function that asks whether a row is the own of the member for whom a connection works."""

from django.db import migrations

from mutualaid.core.row_security import FUNCTION_SELF


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("core", "0002_row_security")]

    operations = [migrations.RunSQL(FUNCTION_SELF, "DROP FUNCTION core_is_self(bigint), core_self()")]
