"""Tables of corrections of who a member is: asked for with a photo of the document, entered by one person of the office, agreed
to by another. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.core.encryption import EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.states import CORRECTION
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import IdentityChange, Member, Unit


class CorrectionNumber(Func):
    """``Y00000017``."""

    template = "'Y' || lpad(nextval('enrolment_correction_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Correction(models.Model):
    """更正身份信息: who a member is said to be instead, by which document. ``change``: the row of the history that holds who they
    were said to be before, once it is done. ``doubts``: covers whose plan's rules the corrected facts break, a list of
    ``{"cover", "zh", "en"}`` without personal data; the office sees to them and writes what came of it (``settlement``)."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=CorrectionNumber())
    member = models.ForeignKey(Member, models.PROTECT, related_name="corrections")
    office = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    """Whose staff enter it: the one nearest to the member's employer."""
    identity_kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in IdentityKind])
    identity_number = EncryptedField()
    name = models.CharField(max_length=50)
    sex = models.CharField(max_length=1, choices=[(one.value, one.value) for one in Sex])
    birth_date = models.DateField()
    reason = models.CharField(max_length=200)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    """The document, photographed."""
    state = models.CharField(max_length=9, choices=CORRECTION.choices, default=CORRECTION.first)
    asked_kind = models.CharField(max_length=10)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    entered_by = models.CharField(max_length=64, blank=True)
    entered_name = models.CharField(max_length=50, blank=True)
    entered_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = EncryptedField(null=True)
    """Why it was refused."""
    change = models.OneToOneField(IdentityChange, models.PROTECT, null=True, related_name="correction")
    doubts = models.JSONField(default=list)
    settlement = models.CharField(max_length=300, blank=True)
    settled_name = models.CharField(max_length=50, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(CORRECTION.names)), name="correction_state"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(name=""), name="correction_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "doubtful"])
                | Q(change__isnull=False)
                & ~Q(entered_by="")
                & ~Q(decided_by="")
                & ~Q(decided_by=F("entered_by"))
                & ~Q(decided_by=F("asked_by")),
                name="correction_by_two_persons",
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(state__in=["asked", "entered"]), name="correction_one_open"
            ),
        )
        indexes = (
            models.Index(fields=["state", "-id"], name="correction_of_state"),
            models.Index(fields=["member", "-id"], name="correction_of_member"),
        )

    def __str__(self) -> str:
        return str(self.number)
