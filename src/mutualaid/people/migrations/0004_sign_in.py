"""What signing in remembers: failures, a lock, the second factor."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="failed_attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="account",
            name="locked_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="totp_confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="totp_last_step",
            field=models.BigIntegerField(null=True),
        ),
    ]
