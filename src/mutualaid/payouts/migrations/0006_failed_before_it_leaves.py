"""An order to an account from which money came back fails before it leaves: it was in no batch."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("payouts", "0005_forged_bytes")]

    operations = [
        migrations.RemoveConstraint("paymentorder", "payment_order_in_its_batch"),
        migrations.AddConstraint(
            "paymentorder",
            models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["created", "batched", "failed", "stopped"]),
                    ("batch__isnull", False),
                    _connector="OR",
                ),
                name="payment_order_in_its_batch",
            ),
        ),
    ]
