"""Tables of claims that belong to an office's day: who looks at what, who is away, what was said on the telephone, which records
are of one person. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from mutualaid.claims.states import MERGE, RULE_PROPOSAL
from mutualaid.core.encryption import EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField
from mutualaid.people.models import Member, Staff, Unit


class ProposalNumber(Func):
    """``G00000017``: of a proposed change of an office's rules."""

    template = "'G' || lpad(nextval('claims_proposal_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class ReviewRule(models.Model):
    """Who looks at claims of an office's branch from an amount on: of one family of plans, or (empty) of all. The nearest office
    above that has rules counts; of its rules that of the family before that of all, then the highest amount reached."""

    office = models.ForeignKey(Unit, models.PROTECT, related_name="review_rules")
    family = models.CharField(max_length=64, blank=True)
    amount_from = MoneyField(default=0)
    confirmed_by_employer = models.BooleanField(default=False)
    first_review = models.BooleanField(default=True)
    final_review = models.BooleanField(default=False)
    """Four eyes: a second person, of another office where ``elsewhere``."""
    elsewhere = models.BooleanField(default=False)
    days = models.PositiveSmallIntegerField(default=5)
    """Working days promised for each step."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["office", "family", "amount_from"], name="review_rule_once"),
            models.CheckConstraint(condition=Q(amount_from__gte=0), name="review_rule_amount"),
            models.CheckConstraint(
                condition=Q(final_review=True) | Q(elsewhere=False), name="review_rule_elsewhere_is_final"
            ),
            models.CheckConstraint(
                condition=Q(first_review=True) | Q(final_review=False), name="review_rule_final_has_a_first"
            ),
        )

    def __str__(self) -> str:
        return f"{self.office_id} {self.family or '*'} {self.amount_from}"


class RuleProposal(models.Model):
    """One person wants a rule of an office set, replaced or (``drops``) ended; it changes when another agrees. At most one is
    open for a family and amount of an office. Until then the old rule holds."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ProposalNumber())
    office = models.ForeignKey(Unit, models.PROTECT, related_name="rule_proposals")
    family = models.CharField(max_length=64, blank=True)
    amount_from = MoneyField(default=0)
    drops = models.BooleanField(default=False)
    confirmed_by_employer = models.BooleanField(default=False)
    first_review = models.BooleanField(default=True)
    final_review = models.BooleanField(default=False)
    elsewhere = models.BooleanField(default=False)
    days = models.PositiveSmallIntegerField(default=5)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=9, choices=RULE_PROPOSAL.choices, default=RULE_PROPOSAL.first)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    """Why it was refused or taken back."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(RULE_PROPOSAL.names)), name="rule_proposal_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["in_force", "refused"]) | ~Q(closed_by=F("proposed_by")) & ~Q(closed_by=""),
                name="rule_proposal_two_persons",
            ),
            models.UniqueConstraint(
                fields=["office", "family", "amount_from"],
                condition=Q(state="proposed"),
                name="rule_proposal_open_once",
            ),
        )
        indexes = (models.Index(fields=["office", "-id"]),)

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class CallNote(models.Model):
    """来电记录: who called about a member, or was called, and what was said. Only grows."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="call_notes")
    claim = models.ForeignKey("claims.Claim", models.PROTECT, null=True, related_name="call_notes")
    caller = models.CharField(max_length=50)
    subject = models.CharField(max_length=100)
    text = EncryptedField()
    follow_up_on = models.DateField(null=True)
    by_key = models.CharField(max_length=64)
    by_name = models.CharField(max_length=50)
    at = models.DateTimeField()
    copied_from = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    """The note about a double that was merged into the member, which this one repeats."""

    class Meta:
        indexes = (models.Index(fields=["member", "-id"]), models.Index(fields=["follow_up_on"]))

    def __str__(self) -> str:
        return f"{self.member_id} {self.subject}"


class Absence(models.Model):
    """Somebody of the staff is away ``[from_on, until_on)``; their deputy sees the claims that are assigned to them."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(staff=F("deputy")), name="absence_deputy_is_another"),
        )
        indexes = (models.Index(fields=["deputy", "until_on"]),)

    def __str__(self) -> str:
        return f"{self.staff_id} {self.from_on}"


class MergeNumber(Func):
    """``H00000017``."""

    template = "'H' || lpad(nextval('claims_merge_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Merge(models.Model):
    """合并重复人员: somebody found that two members are one person, says so with a paper that proves it, and another
    decides. ``merged`` then leads to ``kept``. ``office``: the lowest one above both. ``void``: numbers of covers that are void
    by it, since the other record was covered for the same days. ``moved``: how many rows of what became the member's."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=MergeNumber())
    kept = models.ForeignKey(Member, models.PROTECT, related_name="+")
    merged = models.ForeignKey(Member, models.PROTECT, related_name="+")
    office = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reason = EncryptedField()
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    """The paper that proves it, photographed."""
    state = models.CharField(max_length=9, choices=MERGE.choices, default=MERGE.first)
    proposed_by = models.CharField(max_length=64)
    proposed_name = models.CharField(max_length=50)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = EncryptedField(null=True)
    """Why it was refused."""
    void = ArrayField(models.CharField(max_length=20), default=list)
    moved = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(MERGE.names)), name="merge_state"),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_of_two"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "withdrawn"]) | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=""),
                name="merge_by_two_persons",
            ),
            models.UniqueConstraint(fields=["kept"], condition=Q(state="proposed"), name="merge_kept_proposed_once"),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(state="proposed"), name="merge_merged_proposed_once"
            ),
            models.UniqueConstraint(fields=["merged"], condition=Q(state="done"), name="merge_done_once"),
        )
        indexes = (models.Index(fields=["state", "-id"]), models.Index(fields=["kept", "-id"]))

    def __str__(self) -> str:
        return self.number
