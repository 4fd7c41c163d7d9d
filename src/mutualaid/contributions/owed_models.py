"""Table of what others bear of a gig worker's fee: known when the person joins, billed to each payer for many at once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mutualaid.contributions.split_models import PayerKind, Subsidy
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Unit


class OwedPart(models.Model):
    """A payer's part of the fee of one cover without a roster; not the member's own, which is billed at once. Of a ``subsidy`` it
    counts against the budget from the moment of joining on, whether it is billed yet or not. ``bill``: where it was billed."""

    cover = models.ForeignKey(Cover, models.PROTECT, related_name="owed_parts")
    payer_kind = models.CharField(max_length=20, choices=PayerKind.choices)
    payer_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    payer_name = models.CharField(max_length=100)
    subsidy = models.ForeignKey(Subsidy, models.PROTECT, null=True, related_name="owed_parts")
    amount = MoneyField()
    bill = models.ForeignKey("contributions.Bill", models.PROTECT, null=True, related_name="owed_parts")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="owed_part_amount"),
            models.CheckConstraint(condition=Q(payer_kind__in=PayerKind.values), name="owed_part_payer"),
            models.UniqueConstraint(
                fields=["cover", "payer_kind", "payer_unit", "payer_name", "subsidy"],
                nulls_distinct=False,
                name="owed_part_once",
            ),
        )
        indexes = (
            models.Index(fields=["subsidy"], condition=Q(bill=None), name="owed_part_of_a_budget"),
            models.Index(fields=["cover"], condition=Q(bill=None), name="owed_part_to_bill"),
        )

    def __str__(self) -> str:
        return f"{self.cover_id} {self.payer_kind} {self.amount}"
