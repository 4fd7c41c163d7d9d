"""Tables of plans: versions that are drafted, approved and published, and the words that an office uses for them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.people.models import Unit
from mutualaid.plans.states import VERSION


class PlanNumber(Func):
    """``P000017``: numbers of versions, drafts too, in the order of drafting."""

    template = "'P' || lpad(nextval('plans_version_number')::text, 6, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class PlanVersion(models.Model):
    """One version of a plan, as an office drafts and offers it: all employers in the office's branch may enrol in it.

    ``text`` is the document (YAML) itself; ``plan``, ``family`` and the names are read from it. Once published the
    database refuses to change what it says (see the migration). Of the versions of one family in an office the one
    with the latest ``offered_from_on`` that is not after a day is offered on that day.
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=PlanNumber())
    office = models.ForeignKey(Unit, models.PROTECT, related_name="plan_versions")
    plan = models.CharField(max_length=64)
    family = models.CharField(max_length=64, db_index=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=VERSION.choices, default=VERSION.first)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="later_versions")
    drafted_by = models.CharField(max_length=64)
    authors = models.JSONField(default=list)
    """Keys of the accounts that drafted, changed or submitted it: somebody else approves."""
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    offered_from_on = models.DateField(null=True)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(VERSION.names)), name="plan_version_state"),
            models.CheckConstraint(condition=~Q(plan="") & ~Q(text=""), name="plan_version_is_written"),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "withdrawn"])
                | Q(published_at__isnull=False, offered_from_on__isnull=False),
                name="plan_version_published_whole",
            ),
            # The engine knows a plan by its id, in whichever office: one id, one text, for ever.
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state__in=["published", "withdrawn"]), name="plan_published_once"
            ),
            models.UniqueConstraint(
                fields=["office", "family", "offered_from_on"],
                condition=Q(state__in=["published", "withdrawn"]),
                name="plan_one_version_from_a_day",
            ),
        )
        indexes = (models.Index(fields=["office", "state"]),)

    def __str__(self) -> str:
        return f"{self.plan} {self.state}"


class OfficeWords(models.Model):
    """An office's own words (参保/参互/入会…), for its whole branch unless an office further down has its own."""

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True, related_name="words")
    enrol = models.CharField(max_length=20, default="参保")
    contribution = models.CharField(max_length=20, default="互助费")
    benefit = models.CharField(max_length=20, default="互助金")
    claim = models.CharField(max_length=20, default="申请")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(enrol="") & ~Q(contribution="") & ~Q(benefit="") & ~Q(claim=""),
                name="office_words_are_said",
            ),
            models.CheckConstraint(condition=~Q(contribution=F("benefit")), name="office_words_differ"),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.enrol} {self.contribution} {self.benefit} {self.claim}"
