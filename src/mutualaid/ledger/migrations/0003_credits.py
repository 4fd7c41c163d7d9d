"""The chart has an account for money that is kept for the payer's next bill."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("ledger", "0002_benefits_to_be_returned"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ledgeraccount",
            name="ledger_account_in_chart",
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "code__in",
                        [
                            "1002.01",
                            "1121.01",
                            "1122.01",
                            "2202.01",
                            "2203.01",
                            "2203.02",
                            "2209.01",
                            "2209.02",
                            "3102.01",
                            "4201.01",
                            "4901.01",
                            "5101.01",
                        ],
                    )
                ),
                name="ledger_account_in_chart",
            ),
        ),
    ]
