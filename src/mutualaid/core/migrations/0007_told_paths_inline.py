"""What a connection was told, as one expression: PostgreSQL puts it into the statement instead of calling a function."""

from django.db import migrations

from mutualaid.core.row_security import INLINE


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("core", "0006_leaves")]

    operations = [migrations.RunSQL(INLINE, migrations.RunSQL.noop)]  # the function of before says the same
