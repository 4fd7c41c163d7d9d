"""Where a review pays much more, a second person comes to the same before money leaves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0004_queue_in_order")]

    operations = [
        migrations.AddField("reviewtask", "found_by", models.CharField(blank=True, default="", max_length=64), False),
        migrations.AddField(
            "reviewtask", "found_sha256", models.CharField(blank=True, default="", max_length=64), False
        ),
    ]
