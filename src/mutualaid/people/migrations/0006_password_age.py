"""Since when a password holds: those of staff are changed from time to time (GB/T 22239-2019 8.1.4.1 a)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_applications"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="password_set_at",
            field=models.DateTimeField(null=True),
        ),
    ]
