"""When a member was reminded of papers that are missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0002_fences")]

    operations = [
        migrations.AddField(
            model_name="paperswanted",
            name="reminded_at",
            field=models.DateTimeField(null=True),
        ),
    ]
