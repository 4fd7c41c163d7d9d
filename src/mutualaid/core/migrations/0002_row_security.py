"""The function that asks whether a connection may see a branch of the tree of units."""

from django.db import migrations

from mutualaid.core.row_security import FUNCTION


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION core_may_see(text), core_told_units(), core_told_paths()")]
