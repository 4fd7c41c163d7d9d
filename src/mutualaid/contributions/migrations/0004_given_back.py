"""Money that came in may be what a member gives back of a benefit; then it is for no bill."""

import django.db.models.deletion
from django.db import migrations, models

from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("contributions", "0003_refunds")]

    operations = [
        migrations.CreateModel(
            name="GivenBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given_back",
                        to="contributions.payment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reference", ""), _negated=True), name="given_back_for_a_claim"
                    )
                ],
            },
        ),
        append_only("contributions_givenback"),
        # Seen with its payment, which is under its own fence.
        fenced("contributions_givenback", "EXISTS (SELECT FROM contributions_payment p WHERE p.id = payment_id)"),
    ]
