"""Tables of employers that merge, and of staff who go from one to another together: asked with a stamped paper, confirmed by a
second person, done on the day. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.core.models import StoredFile
from mutualaid.enrolment.states import EMPLOYER_CHANGE
from mutualaid.people.models import Employer, Member, Unit


class ChangeKind(models.TextChoices):
    """What happens to employers."""

    MERGER = "merger", "单位合并"
    SPLIT = "split", "单位分立"


class ChangeNumber(Func):
    """``V00000017``."""

    template = "'V' || lpad(nextval('enrolment_employer_change_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class EmployerChange(models.Model):
    """单位合并 or 单位分立: ``taker`` is the employer that takes the others over, or to which some of the staff of one go.
    ``office``: the nearest one above all of them, whose staff see to it; ``office_path``: its path, by which rows are fenced.

    ``bring_clerks``: of a merger, whether the former clerks act for the taker. ``missing``: rows of the list of a split that lead
    to nobody, as ``{"line", "zh", "en"}`` without personal data; ``result``: how much of what went, once it is applied;
    ``stuck``: (zh, en) why it could not be applied on its day."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ChangeNumber())
    kind = models.CharField(max_length=6, choices=ChangeKind.choices)
    taker = models.ForeignKey(Employer, models.PROTECT, related_name="+")
    taker_name = models.CharField(max_length=100)
    office = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    office_path = models.CharField(max_length=200)
    on_day = models.DateField()
    reason = models.CharField(max_length=300)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    """The stamped paper."""
    bring_clerks = models.BooleanField(default=False)
    missing = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=EMPLOYER_CHANGE.choices, default=EMPLOYER_CHANGE.first)
    asked_by = models.CharField(max_length=64)
    asked_name = models.CharField(max_length=50)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    """Why it was refused."""
    applied_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    stuck = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(EMPLOYER_CHANGE.names)), name="employer_change_state"),
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values) & ~Q(reason=""), name="employer_change_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "applied"]) | ~Q(decided_by="") & ~Q(decided_by=F("asked_by")),
                name="employer_change_by_two_persons",
            ),
        )
        indexes = (models.Index(fields=["state", "-id"], name="employer_change_of_state"),)

    def __str__(self) -> str:
        return str(self.number)


class ChangedEmployer(models.Model):
    """An employer that becomes part of the taker, or from which staff go to it. ``persons``: how many go, when it was asked."""

    change = models.ForeignKey(EmployerChange, models.PROTECT, related_name="givers")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="changes")
    name = models.CharField(max_length=100)
    persons = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["change", "employer"], name="changed_employer_once"),)

    def __str__(self) -> str:
        return f"{self.change_id} {self.name}"


class ChangedPerson(models.Model):
    """Somebody of the list of a split. ``went``: once it is applied, whether they still worked there and went."""

    change = models.ForeignKey(EmployerChange, models.PROTECT, related_name="persons")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    went = models.BooleanField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["change", "member"], name="changed_person_once"),)

    def __str__(self) -> str:
        return f"{self.change_id} {self.member_id}"
