"""Tables of those who join without a roster: pages that a union publishes for gig workers, and who asked there. Part of
``models``, by which everybody gets them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from mutualaid.core.encryption import BlindIndexField, EncryptedField
from mutualaid.core.models import LongJob
from mutualaid.enrolment.states import JOINING_PAGE
from mutualaid.people.models import Employer, Unit
from mutualaid.plans.models import PlanVersion


class WhoPays(models.TextChoices):
    """Who bears the fee of those who join by themselves."""

    MEMBER = "member", "本人缴费"
    EMPLOYER = "employer", "工会补助"
    UPPER_UNION = "upper_union", "上级工会补助"
    ADMINISTRATION = "administration", "行政补助"
    PLATFORM = "platform", "平台企业承担"


class Work(models.TextChoices):
    """What gig workers do."""

    RIDER = "rider", "外卖骑手"
    COURIER = "courier", "快递员"
    LORRY = "lorry", "货车司机"
    RIDE = "ride", "网约车司机"
    DOMESTIC = "domestic", "家政服务员"
    OTHER = "other", "其他"


class JoiningPage(models.Model):
    """A union of gig workers lets people join a plan by themselves: who has the address, or its QR code, may. Nothing of it is
    secret. ``payer_name``: who bears the fee, as the payer's bill is to say; empty for members."""

    code = models.CharField(max_length=12, unique=True)
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="joining_pages")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="joining_pages")
    payer_kind = models.CharField(max_length=20, choices=WhoPays.choices, default=WhoPays.MEMBER)
    payer_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    payer_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=JOINING_PAGE.choices, default=JOINING_PAGE.first)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(JOINING_PAGE.names)), name="joining_page_state"),
            models.CheckConstraint(condition=Q(payer_kind__in=WhoPays.values), name="joining_page_payer"),
            models.UniqueConstraint(
                fields=["employer", "version"], condition=Q(state="open"), name="joining_page_one_open_for_a_plan"
            ),
        )

    def __str__(self) -> str:
        return self.code


class JoiningRequest(models.Model):
    """Somebody who is not signed in wants to join: what they told (JSON, encrypted) and the code that was sent to their phone.
    Kept for a day. ``cover``: what it led to, so that asking again gives the same."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(JoiningPage, models.PROTECT, related_name="requests")
    told = EncryptedField()
    phone = EncryptedField()
    phone_index = BlindIndexField(of="phone", db_index=True)
    code = EncryptedField()
    at = models.DateTimeField(db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)
    cover = models.ForeignKey("enrolment.Cover", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.page_id} {self.at:%Y-%m-%d %H:%M}"


class JoiningBatch(models.Model):
    """Persons whom a platform sent at once, more than a call waits for: what they join and who pays, the job that does it, and
    the enrolment in which those are who are covered so far."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="+")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="+")
    option = models.CharField(max_length=60, blank=True)
    wanted_on = models.DateField(null=True)
    payer_kind = models.CharField(max_length=20, choices=WhoPays.choices)
    payer_name = models.CharField(max_length=100)
    rows = models.PositiveIntegerField()
    at = models.DateTimeField()
    job = models.OneToOneField(LongJob, models.PROTECT, null=True, related_name="+")
    enrolment = models.ForeignKey("enrolment.Enrolment", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(payer_kind__in=WhoPays.values), name="joining_batch_payer"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="joining_batch_rows"),
        )

    def __str__(self) -> str:
        return str(self.key)


class JoiningPiece(models.Model):
    """Persons of a batch who wait, from row ``first`` on, as they were told (JSON, encrypted). Gone when they are answered."""

    batch = models.ForeignKey(JoiningBatch, models.CASCADE, related_name="pieces")
    first = models.PositiveIntegerField()
    told = EncryptedField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["batch", "first"], name="joining_piece_once"),)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.first}"


class JoiningAnswer(models.Model):
    """What became of a row of a batch; ``reference`` is the platform's own. Kept for three months."""

    batch = models.ForeignKey(JoiningBatch, models.CASCADE, related_name="answers")
    row = models.PositiveIntegerField()
    reference = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10)
    cover = models.CharField(max_length=20, blank=True)
    member = models.CharField(max_length=20, blank=True)
    faults = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["batch", "row"], name="joining_answer_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["covered", "already", "faulty"]), name="joining_answer_outcome"
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch_id} {self.row} {self.outcome}"
