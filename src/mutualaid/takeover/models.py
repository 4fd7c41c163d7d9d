"""Tables of take-overs: the file and how far it is, and its rows as they were read and checked."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.core.encryption import EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.people.models import Account, Unit
from mutualaid.takeover.states import TAKEOVER


class TakeoverNumber(Func):
    """``J00000017``."""

    template = "'J' || lpad(nextval('takeover_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class NumberField(models.CharField):  # type: ignore[type-arg]
    """A number that the database gives; the insert itself tells it."""

    db_returning = True


class Takeover(models.Model):
    """An office takes over from another system by one file. ``cutover_on``: the first day on which this system counts.

    ``controls``: totals of the other system's own reports, typed at the upload; those of the sheet 核对 stand in the report.
    ``report``: what the check found, ``closing``: what the tables hold after it was applied; both without personal data.
    """

    number = NumberField(max_length=20, unique=True, editable=False, db_default=TakeoverNumber())
    office = models.ForeignKey(Unit, models.PROTECT, related_name="takeovers")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    cutover_on = models.DateField()
    state = models.CharField(max_length=10, choices=TAKEOVER.choices, default=TAKEOVER.first)
    controls = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    closing = models.JSONField(default=dict)
    job = models.UUIDField(null=True)
    """The long job that checks or applies it."""
    uploaded_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    submitted_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    """Why it is right in spite of totals that differ."""
    signed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    """Since when it is being applied: then it goes on to its end."""
    applied_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=500, blank=True)
    """Why it was returned or discarded."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(TAKEOVER.names)), name="takeover_state"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True)
                | (
                    Q(submitted_by__isnull=False, signed_at__isnull=False)
                    & ~Q(signed_by=F("submitted_by"))
                    & ~Q(signed_by=F("uploaded_by"))
                ),
                name="takeover_of_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed_off", "applied"]) | Q(signed_by__isnull=False),
                name="takeover_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False, begun_at__isnull=False),
                name="takeover_applied_once_begun",
            ),
            models.CheckConstraint(
                condition=Q(begun_at__isnull=True) | Q(state__in=["signed_off", "applied"]),
                name="takeover_begun_is_not_discarded",
            ),
            models.UniqueConstraint(
                fields=["office"], condition=Q(state="signed_off"), name="takeover_one_signed_at_an_office"
            ),
        )
        indexes = (models.Index(fields=["office", "-id"]),)

    def __str__(self) -> str:
        return str(self.number)


class TakeoverRow(models.Model):
    """A row of the file. ``content``: JSON of what is written (``told``) and of what is applied (``value``), encrypted;
    ``faults`` and ``warnings`` are lists of ``{"field", "zh", "en", "offered"}`` without personal data. ``made``: the row that
    it became (``enrolment.cover:17``), empty while it is not applied. ``order``: in which rows of a sheet are applied."""

    takeover = models.ForeignKey(Takeover, models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=10)
    line = models.PositiveIntegerField()
    order = models.CharField(max_length=40, blank=True)
    person = models.CharField(max_length=64, blank=True)
    """The blind index of whom it is about."""
    content = EncryptedField()
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    noticed = models.BooleanField(default=False)
    """Whether it has faults or warnings."""
    effect = models.CharField(max_length=6)
    made = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["takeover", "sheet", "line"], name="takeover_row_once"),
            models.CheckConstraint(
                condition=Q(effect__in=["make", "match", "leave", "faulty"]), name="takeover_row_effect"
            ),
            models.CheckConstraint(
                condition=Q(made="") | Q(effect__in=["make", "match"]), name="takeover_row_made_of_good_ones"
            ),
        )
        indexes = (
            models.Index(
                fields=["takeover", "sheet", "order", "line"],
                condition=Q(made="", effect__in=["make", "match"]),
                name="takeover_row_to_apply",
            ),
            models.Index(fields=["takeover", "sheet", "line"], condition=Q(noticed=True), name="takeover_row_noticed"),
        )

    def __str__(self) -> str:
        return f"{self.takeover_id} {self.sheet} {self.line}"
