"""The telephone and the address of an office, which letters and pages name."""

from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("people", "0013_account_language")]

    operations = [
        migrations.AddField("unit", "phone", models.CharField(blank=True, db_default=Value(""), max_length=20)),
        migrations.AddField("unit", "address", models.CharField(blank=True, db_default=Value(""), max_length=200)),
    ]
