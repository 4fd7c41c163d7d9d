"""How far a long job is within a piece that is not done yet, for the page that shows it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0007_told_paths_inline")]
    operations: ClassVar = [
        migrations.AddField("longjob", "stage_zh", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.AddField("longjob", "stage_en", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.AddField("longjob", "stage_done", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("longjob", "stage_total", models.PositiveBigIntegerField(null=True)),
    ]
