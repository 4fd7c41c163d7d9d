"""How many an employer reckons with in each group of a package."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("enrolment", "0012_corrections")]
    operations: ClassVar = [
        migrations.AddField(model_name="packagegroup", name="headcount", field=models.PositiveIntegerField(null=True))
    ]
