"""What a person was under each cover."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="cover",
            name="basic_insurance",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="cover",
            name="employment",
            field=models.CharField(default="in_service", max_length=20),
        ),
        migrations.AddField(
            model_name="cover",
            name="groups",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), default=list, size=None
            ),
        ),
    ]
