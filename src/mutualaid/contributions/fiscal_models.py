"""Tables of 互助票据 and of receipts that were issued anew. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from mutualaid.contributions.states import FISCAL_NOTE
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField

LIVE = ("wanted", "asked", "unknown", "issued")
"""A receipt has one note in these states at most: no payment is billed twice."""


class FiscalNumber(Func):
    """``F00000017``: the number of our request."""

    output_field = models.CharField(max_length=20)
    allowed_default = True
    template = "'F' || lpad(nextval('contributions_fiscal_number')::text, 8, '0')"


class FiscalNote(models.Model):
    """互助票据 as we ask the gateway for it, and as it issued it. ``number`` is ours, told before the gateway is asked; the three
    numbers of the note are the gateway's. A red-letter note ``undoes`` another, and its amount is below 0.
    ``next_title``, ``next_amount``: of the note that takes the place of the one undone, empty and 0 for none."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=FiscalNumber())
    receipt = models.ForeignKey("contributions.Receipt", models.PROTECT, related_name="fiscal_notes")
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="red_notes")
    title = models.CharField(max_length=100)
    amount = MoneyField()
    reason = models.CharField(max_length=200, blank=True)
    next_title = models.CharField(max_length=100, blank=True)
    next_amount = MoneyField(default=0)
    state = models.CharField(max_length=10, choices=FISCAL_NOTE.choices, default=FISCAL_NOTE.first)
    code = models.CharField(max_length=8, blank=True)
    serial = models.CharField(max_length=10, blank=True)
    check_code = models.CharField(max_length=6, blank=True)
    issued_on = models.DateField(null=True)
    face = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    face_sha256 = models.CharField(max_length=64, blank=True)
    refusal = models.CharField(max_length=200, blank=True)
    """Why the gateway refuses it, in its words."""
    fault = models.CharField(max_length=20, blank=True)
    """``otherwise``: the gateway told what cannot be, another payer, amount or number; finance looks at it before it is
    asked again."""
    wanted_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    """When the gateway was last asked."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(FISCAL_NOTE.names)), name="fiscal_note_state"),
            models.CheckConstraint(
                condition=Q(undoes=None, amount__gt=0) | Q(undoes__isnull=False, amount__lt=0),
                name="fiscal_note_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "undone"])
                | ~Q(code="") & ~Q(serial="") & ~Q(check_code="") & Q(issued_on__isnull=False),
                name="fiscal_note_numbers_of_the_gateway",
            ),
            models.UniqueConstraint(
                fields=["receipt"], condition=Q(undoes=None, state__in=LIVE), name="fiscal_note_once_for_a_receipt"
            ),
            models.UniqueConstraint(
                fields=["undoes"], condition=Q(undoes__isnull=False, state__in=LIVE), name="fiscal_note_undone_once"
            ),
            models.UniqueConstraint(
                fields=["code", "serial"], condition=~Q(serial=""), name="fiscal_note_numbers_once"
            ),
        )
        indexes = (models.Index(fields=["state", "asked_at"]),)

    def __str__(self) -> str:
        return self.number


class OldReceipt(models.Model):
    """A receipt that is void, since it was issued anew to another title, or over less: whoever holds the paper is told so. Only
    grows."""

    receipt = models.ForeignKey("contributions.Receipt", models.PROTECT, related_name="old")
    number = models.CharField(max_length=20, unique=True)
    payer_name = models.CharField(max_length=100)
    amount = MoneyField()
    issued_at = models.DateTimeField()
    check_code = models.CharField(max_length=16, unique=True)
    reason = models.CharField(max_length=200)
    voided_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
