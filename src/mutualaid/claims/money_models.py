"""Tables of claims about money that is not as it should be: what members give back of what was paid too much, and what is due and
not ordered. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mutualaid.claims.states import REPAYMENT, UNPAID_TASK
from mutualaid.contributions.models import Payment
from mutualaid.core.money import MoneyField
from mutualaid.people.models import Account, Staff


class Repayment(models.Model):
    """退回多付: money that came in and waits as 暂收款 is what a member gives back of a claim that was paid too much, as one
    person of finance says; another confirms it, and it is booked. ``amount``: that of the payment, yuan."""

    claim = models.ForeignKey("claims.Claim", models.PROTECT, related_name="repayments")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+")
    amount = MoneyField()
    state = models.CharField(max_length=10, choices=REPAYMENT.choices, default=REPAYMENT.first)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=200, blank=True)
    """Why it was refused."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(REPAYMENT.names)), name="repayment_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_amount"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="repayment_of_two_persons",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(state="open"), name="repayment_one_open"),
            models.UniqueConstraint(
                fields=["payment"], condition=~Q(state="refused"), name="repayment_of_payment_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.claim_id} {self.amount} {self.state}"


class RepaidPart(models.Model):
    """The part of what was given back that one plan had paid too much, for one term. Only grows."""

    repayment = models.ForeignKey(Repayment, models.PROTECT, related_name="parts")
    plan = models.CharField(max_length=64)
    period_from_on = models.DateField()
    period_until_on = models.DateField()
    amount = MoneyField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="repaid_part_amount"),)

    def __str__(self) -> str:
        return f"{self.repayment_id} {self.plan} {self.amount}"


class UnpaidTask(models.Model):
    """Of an approved claim not all that is due was ordered: a named person sees to it. One at most is open for a claim; it closes
    by itself once all is ordered, or no longer due."""

    claim = models.ForeignKey("claims.Claim", models.PROTECT, related_name="unpaid_tasks")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    """The person of finance who sees to it."""
    missing_amount = MoneyField()
    """Yuan that were due and not ordered when it was opened."""
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=4, choices=UNPAID_TASK.choices, default=UNPAID_TASK.first)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(UNPAID_TASK.names)), name="unpaid_task_state"),
            models.CheckConstraint(condition=Q(missing_amount__gt=0), name="unpaid_task_amount"),
            models.UniqueConstraint(fields=["claim"], condition=Q(state="open"), name="unpaid_task_open_once"),
        )
        indexes = (models.Index(fields=["staff", "due_on"], condition=Q(state="open"), name="unpaid_task_queue"),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.missing_amount} {self.state}"
