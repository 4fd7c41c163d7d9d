"""A merge names the covers that are void by it, since both records were covered for the same days."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("claims", "0013_queue_without_rows")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="merge",
            name="void",
            field=ArrayField(base_field=models.CharField(max_length=20), default=list, size=None),
        )
    ]
