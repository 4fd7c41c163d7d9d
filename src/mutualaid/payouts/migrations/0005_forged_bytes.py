"""Bytes that came with a broken seal do not keep out the same bytes with the bank's own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("payouts", "0004_two_persons_by_hand")]

    operations = [
        migrations.RemoveConstraint(model_name="bankresult", name="bank_result_once"),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.UniqueConstraint(
                condition=~models.Q(state="withdrawn") & ~models.Q(fault="forged"),
                fields=("fund", "sha256"),
                name="bank_result_once",
            ),
        ),
    ]
