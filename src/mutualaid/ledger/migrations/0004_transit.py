"""The chart has accounts for money on its way from payment channels, and for the fees that they keep."""

from django.db import migrations, models

_CODES = [
    "1002.01",
    "1012.01",
    "1121.01",
    "1122.01",
    "1122.02",
    "2202.01",
    "2203.01",
    "2203.02",
    "2209.01",
    "2209.02",
    "3102.01",
    "4201.01",
    "4901.01",
    "5101.01",
]


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("ledger", "0003_credits")]

    operations = [
        migrations.RemoveConstraint(model_name="ledgeraccount", name="ledger_account_in_chart"),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(condition=models.Q(("code__in", _CODES)), name="ledger_account_in_chart"),
        ),
    ]
