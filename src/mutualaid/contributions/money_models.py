"""Tables of contributions about money that is not simply for a bill: parts that are free again, and money kept for the
payer's next bill. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mutualaid.contributions.states import CREDIT


class Release(models.Model):
    """A settlement that no longer stands: its bill was cancelled before it was paid in full, and the money waits again. Only
    grows."""

    settlement = models.OneToOneField("contributions.Settlement", models.PROTECT, related_name="release")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.settlement_id}"


class Credit(models.Model):
    """预收余额: what is left of a payment is kept for the next bill of whoever pays ``like`` (a bill of theirs). How much is
    left, the payment's settlements say."""

    payment = models.ForeignKey("contributions.Payment", models.PROTECT, related_name="credits")
    like = models.ForeignKey("contributions.Bill", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=CREDIT.choices, default=CREDIT.first)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(CREDIT.names)), name="credit_state"),
            models.UniqueConstraint(fields=["payment"], condition=Q(state="kept"), name="credit_kept_once"),
        )
        indexes = (models.Index(fields=["state", "id"]),)

    def __str__(self) -> str:
        return f"{self.payment_id} {self.like_id}"


class StatementLayout(models.Model):
    """Which column is which in a bank's CSV with this header, as finance confirmed it for a fund's account: it is not asked
    again. ``fingerprint``: of the words of the header; ``columns``: the meaning of each, empty for one that is not read."""

    fund = models.ForeignKey("contributions.Fund", models.PROTECT, related_name="layouts")
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["fund", "fingerprint"], name="statement_layout_once"),)

    def __str__(self) -> str:
        return f"{self.fund_id} {self.fingerprint[:8]}"
