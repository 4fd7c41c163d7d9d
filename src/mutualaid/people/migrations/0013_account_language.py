"""The language that somebody chose is kept with the account, and holds wherever they sign in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_claims_scopes"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="language",
            field=models.CharField(
                choices=[("zh-hans", "中文"), ("en", "English")], db_default="", default="", max_length=10
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("language", ""), ("language__in", ["zh-hans", "en"]), _connector="OR"),
                name="account_language",
            ),
        ),
    ]
