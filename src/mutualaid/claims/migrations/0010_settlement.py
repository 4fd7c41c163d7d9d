"""What a review changes is written down against what was really paid and ordered: letters and books go by it."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.money
from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("claims", "0009_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("of_decision", models.BooleanField()),
                ("entitled_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("paid_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("open_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("set_off_amount", mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("ordered_amount", mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("held_amount", mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("overpaid_amount", mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="settlements", to="claims.claim"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["claim", "round"], name="settlement_of_round")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "entitled_amount",
                                models.F("paid_amount")
                                + models.F("open_amount")
                                + models.F("set_off_amount")
                                + models.F("ordered_amount")
                                + models.F("held_amount")
                                - models.F("overpaid_amount"),
                            )
                        ),
                        name="settlement_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_amount__gte", 0),
                            ("open_amount__gte", 0),
                            ("ordered_amount__gte", 0),
                            ("paid_amount__gte", 0),
                        ),
                        name="settlement_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("overpaid_amount", 0),
                            models.Q(("held_amount", 0), ("ordered_amount", 0), ("overpaid_amount__gt", 0)),
                            _connector="OR",
                        ),
                        name="settlement_one_way",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("of_decision", True)),
                        fields=("claim", "round"),
                        name="settlement_of_decision_once",
                    ),
                ],
            },
        ),
        append_only("claims_settlement"),
        fenced("claims_settlement", "claims_may_read(claim_id)"),
    ]
