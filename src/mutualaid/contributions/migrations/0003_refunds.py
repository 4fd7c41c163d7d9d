"""Fees of void covers are given back: owed, entered by one person of finance, confirmed by another."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import mutualaid.contributions.models
import mutualaid.core.money
from mutualaid.core.row_security import secured

STATES = [("owed", "待退费"), ("entered", "已登记、待复核"), ("paid", "已退费")]
OF_BILL = "(SELECT contributions_unit_path(b.employer_id) FROM contributions_bill b WHERE b.id = bill_id)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("contributions", "0002_fences"), ("enrolment", "0005_nothing_for_doubles")]

    operations: ClassVar = [
        migrations.RunSQL("CREATE SEQUENCE contributions_refund_number", "DROP SEQUENCE contributions_refund_number"),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.models.RefundNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("state", models.CharField(choices=STATES, default="owed", max_length=10)),
                ("approved_at", models.DateTimeField()),
                ("paid_on", models.DateField(null=True)),
                ("serial", models.CharField(blank=True, max_length=64)),
                ("entered_by", models.CharField(blank=True, max_length=64)),
                ("entered_name", models.CharField(blank=True, max_length=50)),
                ("confirmed_by", models.CharField(blank=True, max_length=64)),
                ("confirmed_name", models.CharField(blank=True, max_length=50)),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="contributions.bill"
                    ),
                ),
                (
                    "cover",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refund", to="enrolment.cover"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "id"], name="contributio_state_844058_idx")],
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=["owed", "entered", "paid"]), name="refund_state"),
                    models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount"),
                    models.CheckConstraint(
                        condition=~Q(state="paid") | (~Q(confirmed_by=F("entered_by")) & ~Q(confirmed_by="")),
                        name="refund_by_two_persons",
                    ),
                    models.CheckConstraint(
                        condition=Q(state="owed") | (Q(paid_on__isnull=False) & ~Q(serial="")),
                        name="refund_paid_by_the_bank",
                    ),
                ],
            },
        ),
        secured("contributions_refund", OF_BILL),
    ]
