"""Tables of claims: the claim, what it tells, its papers, its computations line by line, and the ledger of what plans' limits
have been used up.

What an employer's clerk may see of a claim stands in ``Claim``; all that tells of health, money or papers stands in tables of its
own, which row-level security shows to offices and to the member alone (``fences.py``).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.claims.kin_models import Ended, KinClaim, KinPaper, Kinship, KinshipNumber, Relation, Why
from mutualaid.claims.money_models import RepaidPart, Repayment, UnpaidTask
from mutualaid.claims.office_models import (
    Absence,
    CallNote,
    Merge,
    MergeNumber,
    ProposalNumber,
    ReviewRule,
    RuleProposal,
)
from mutualaid.claims.states import CLAIM, OPEN, REVIEW_TASK
from mutualaid.core.encryption import BlindIndexField, EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField
from mutualaid.people.models import Employer, Member, Staff, Unit

__all__ = [
    "Absence",
    "CallNote",
    "Ended",
    "KinClaim",
    "KinPaper",
    "Kinship",
    "KinshipNumber",
    "Merge",
    "MergeNumber",
    "ProposalNumber",
    "Relation",
    "RepaidPart",
    "Repayment",
    "ReviewRule",
    "RuleProposal",
    "UnpaidTask",
    "Why",
]
"""Those of ``kin_models``, ``money_models`` and ``office_models``, beside its own."""


_ASKED_OF_QUEUE = ("unit_path", "member", "first_by", "assigned_to")


class ClaimNumber(Func):
    """``L00000017``."""

    template = "'L' || lpad(nextval('claims_claim_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Source(models.TextChoices):
    """By whom a claim was filed."""

    MEMBER = "member", "本人"
    EMPLOYER = "employer", "单位代办"
    COUNTER = "counter", "窗口代录"
    KIN = "kin", "近亲属"
    API = "api", "系统接入"
    TAKEOVER = "takeover", "旧系统接管"


class Claim(models.Model):
    """One event of one member for which benefits are asked, and where it stands. An event has one claim, whatever plans
    cover it; the engine decides all of them.

    ``counts``: its event is part of the member's history (filed complete, and not withdrawn or set aside by a person).
    ``completed_at``: since when it is complete. ``place``: where among the member's claims it counts, smaller before greater:
    that of complete filing, unless the plans reopen for an earlier stay that is filed late (``ordering``). ``unit_path``: the
    branch of the employer; ``office`` stands above it.
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ClaimNumber())
    member = models.ForeignKey(Member, models.PROTECT, related_name="claims")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="claims")
    office = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    unit_path = models.CharField(max_length=200)
    source = models.CharField(max_length=10, choices=Source.choices)
    by_kind = models.CharField(max_length=10)
    by_key = models.CharField(max_length=64)
    """Who wrote it: sees the papers until it is filed."""
    begun_at = models.DateTimeField()
    filed_on = models.DateField(null=True)
    """The day of its first filing, by which time limits are kept."""
    completed_at = models.DateTimeField(null=True)
    place = models.PositiveIntegerField(null=True)
    counts = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=CLAIM.choices, default=CLAIM.first)
    due_on = models.DateField(null=True)
    """By when the next step is promised."""
    assigned_to = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="claims")
    first_by = models.CharField(max_length=64, blank=True)
    """Account of the first reviewer."""
    final_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    same_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    """An earlier claim that seems to be for the same event: a person looks."""
    office_asked_at = models.DateTimeField(null=True)
    """When the office was asked to find out about the membership, nobody having answered for the employer."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(CLAIM.names)), name="claim_state"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="claim_source"),
            models.CheckConstraint(
                condition=Q(counts=False) | Q(completed_at__isnull=False, filed_on__isnull=False, place__isnull=False),
                name="claim_counts_once_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*OPEN, "approved"]) | Q(counts=True), name="claim_in_hand_counts"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["draft", "returned", "withdrawn"]) | Q(counts=False),
                name="claim_not_in_hand_does_not_count",
            ),
            models.CheckConstraint(
                condition=Q(first_by="") | Q(final_by="") | ~Q(first_by=F("final_by")), name="claim_four_eyes"
            ),
            # Checked at the end of a statement, since claims change places in one.
            models.UniqueConstraint(
                fields=["member", "place"], name="claim_place_of_a_member", deferrable=models.Deferrable.IMMEDIATE
            ),
        )
        indexes = (
            models.Index(fields=["member", "-id"]),
            # In the order of a queue, with all that its filters and its fence ask: whoever goes through it reads no rows.
            models.Index(
                fields=["state", "due_on", "id"],
                include=_ASKED_OF_QUEUE,
                condition=Q(state__in=OPEN),
                name="claim_queue",
            ),
            models.Index(
                fields=["due_on", "id"],
                include=("state", *_ASKED_OF_QUEUE),
                condition=Q(state__in=OPEN),
                name="claim_waiting",
            ),
            models.Index(
                fields=["unit_path"],
                opclasses=["text_pattern_ops"],
                condition=Q(state__in=OPEN),
                name="claim_waiting_in_branch",
            ),
            models.Index(fields=["unit_path"], opclasses=["text_pattern_ops"], name="claim_branch"),
            models.Index(fields=["employer", "-id"]),
            models.Index(fields=["office", "state", "-id"]),
        )

    def __str__(self) -> str:
        return self.number


class Particulars(models.Model):
    """What a claim tells: the event, and whom to pay. ``facts``: JSON of the contract's event without its id; in a draft as far
    as it is written. The plain columns repeat what lists show."""

    claim = models.OneToOneField(Claim, models.CASCADE, primary_key=True, related_name="particulars")
    kind = models.CharField(max_length=30, blank=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    hospital = models.CharField(max_length=100, blank=True)
    total_amount = MoneyField(null=True)
    facts = EncryptedField(default="{}")
    payee_name = models.CharField(max_length=50, blank=True)
    account_number = EncryptedField(null=True)
    account_index = BlindIndexField(of="account_number", null=True, db_index=True)
    bank_name = models.CharField(max_length=100, blank=True)
    bank_code = models.CharField(max_length=12, blank=True)
    applicant = EncryptedField(null=True)
    """JSON of who files for the member: name, relation, identity, phone; none for the member."""
    reason = EncryptedField(null=True)
    """Why a person refused it, or set it aside."""
    reason_word = models.CharField(max_length=30, blank=True)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.kind}"


class ExpenseLine(models.Model):
    """One line of the hospital's bill, as printed: item and amount, and what of it the basic insurance does not cover."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="expenses")
    line = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=60)
    amount = MoneyField()
    out_of_scope_amount = MoneyField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["claim", "line"], name="expense_line_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="expense_amount"),
        )

    def __str__(self) -> str:
        return f"{self.claim_id} {self.line}"


class ClaimPaper(models.Model):
    """A page that was handed in. ``word``: which paper of the checklist (``claims.papers``), or ``other``."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="papers")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    word = models.CharField(max_length=30)
    page = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["claim", "word", "page"]),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.word} {self.page}"


class PapersWanted(models.Model):
    """A claim was returned for papers: all that is missing, asked for once. Only the reminder and the answer are added."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="returns")
    words = models.JSONField()
    text = EncryptedField()
    until_on = models.DateField()
    contact = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    """The named person who follows it up."""
    at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    """When the member was reminded, which happens once."""
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["contact", "answered_at"]),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.at:%Y-%m-%d}"


class How(models.TextChoices):
    """By what the membership is known: the employer's union answered itself, or the office found out for it."""

    EMPLOYER = "employer", "单位工会在平台答复"
    CALL = "call", "经办机构致电单位"
    PAPER = "paper", "单位出具书面证明"


class Confirmation(models.Model):
    """The employer's union says whether the person was its member at the time. It is told nothing of what happened. Where nobody
    answers for it, the office asks it and says how (``ascertained``)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="confirmations")
    confirmed = models.BooleanField()
    remark = models.CharField(max_length=200, blank=True)
    how = models.CharField(max_length=8, choices=How.choices, default=How.EMPLOYER)
    office = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    """Of whom found out in the employer's stead."""
    ascertained = EncryptedField(null=True)
    """Whom they called and what was said, or which paper they saw."""
    by_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(confirmed=True) | ~Q(remark=""), name="confirmation_objects_why"),
            models.CheckConstraint(condition=Q(how__in=How.values), name="confirmation_how"),
            models.CheckConstraint(
                condition=Q(how=How.EMPLOYER, office=None, ascertained__isnull=True)
                | ~Q(how=How.EMPLOYER) & Q(office__isnull=False, ascertained__isnull=False),
                name="confirmation_of_an_office_says_how",
            ),
        )

    def __str__(self) -> str:
        return f"{self.claim_id} {self.confirmed}"


# --- computing --------------------------------------------------------------------------------------------------------


class Assessment(models.Model):
    """One computation (理算) of a claim by the engine; the one with the highest ``round`` stands. Only grows.

    ``sha256``: of its lines in the contract's form, which the audit trail and the letter name.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="assessments")
    round = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    total_amount = MoneyField()
    refers = models.BooleanField()
    """A line that the engine leaves to a person: no approval before the facts are completed."""
    refuses = models.BooleanField()
    """A line that a person has to see (not ``below_deductible`` beside a paid line)."""
    provisional = models.BooleanField()
    """Computed while an earlier claim of the member was left to a person."""
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["claim", "round"], name="assessment_round_once"),
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="assessment_total"),
        )

    def __str__(self) -> str:
        return f"{self.claim_id} {self.round}"


class AssessmentLine(models.Model):
    """One plan and benefit of a computation. ``period_from_on``/``period_until_on``: the cover by which it was decided, for the
    books; empty when none was. Only grows."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="lines")
    place = models.PositiveSmallIntegerField()
    plan = models.CharField(max_length=64)
    benefit = models.CharField(max_length=64)
    outcome = models.CharField(max_length=6)
    amount = MoneyField()
    reasons = models.JSONField()
    missing = models.JSONField(default=list)
    provisional = models.BooleanField(default=False)
    working = EncryptedField()
    """JSON of the working as the contract writes it."""
    period_from_on = models.DateField(null=True)
    period_until_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["assessment", "place"], name="assessment_line_once"),
            models.CheckConstraint(
                condition=Q(outcome="pay", amount__gt=0) | Q(outcome__in=["none", "refuse", "refer"], amount=0),
                name="assessment_line_amount",
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.plan} {self.benefit}"


class Step(models.TextChoices):
    """What happened to a part of a limit that a claim uses up."""

    RESERVED = "reserved", "已占用"
    FINAL = "final", "已确认"
    REVERSED = "reversed", "已冲回"


class Consumption(models.Model):
    """The ledger of accumulators: what a computation uses up of a plan's limits, reserved when it is made, final when the claim
    is decided, reversed when it no longer stands. What is used of a counter is the sum reserved less the sum reversed.

    ``quantity``: in the counter's unit (``benefit_engine.accumulators``): fen, a count, days, or atoms. Only grows.
    ``member``: whose it was when it was written; what a double had used up is reversed there and written again for
    the member of the claim.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="consumption")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=8, choices=Step.choices)
    family = models.CharField(max_length=64)
    counter = models.CharField(max_length=160)
    key = models.CharField(max_length=200)
    quantity = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["member", "claim", "round", "family", "counter", "key", "step"], name="consumption_step_once"
            ),
            models.CheckConstraint(condition=Q(step__in=Step.values), name="consumption_step"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="consumption_quantity"),
        )
        indexes = (models.Index(fields=["member", "family", "counter"]),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.counter} {self.key} {self.step} {self.quantity}"


class Opening(models.Model):
    """A counter of a member that was used up before the first claim here, taken over from another system. Of a member
    with doubles there may be several of one counter, which add up. Only grows."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="openings")
    family = models.CharField(max_length=64)
    counter = models.CharField(max_length=160)
    key = models.CharField(max_length=200)
    amount = MoneyField(null=True)
    count = models.PositiveIntegerField(null=True)
    last_on = models.DateField(null=True)
    source = models.CharField(max_length=64)
    """From which take-over it comes."""
    at = models.DateTimeField()
    copied_from = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    """The row of a double that was merged into the member, which this one repeats."""

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["member", "family", "counter", "key"], condition=Q(copied_from=None), name="opening_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, count__isnull=True) | Q(amount__isnull=True, count__isnull=False),
                name="opening_amount_or_count",
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id} {self.family} {self.counter} {self.key}"


# --- persons who look at it -------------------------------------------------------------------------------------------


class TaskKind(models.TextChoices):
    """Why a person looks at a decided claim again."""

    OBJECTION = "objection", "申请人工复核"
    RECALCULATED = "recalculated", "理算结果变动"
    REORDERED = "reordered", "较早的住院后申请"


class ReviewTask(models.Model):
    """Somebody looks at a decided claim again; see ``REVIEW_TASK``. At most one of a kind is open for a claim."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=12, choices=TaskKind.choices)
    text = EncryptedField()
    """What the member says, or what has changed."""
    expected_amount = MoneyField(null=True)
    """What the claim would come to now, where that is why."""
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=5, choices=REVIEW_TASK.choices, default=REVIEW_TASK.first)
    answer = EncryptedField(null=True)
    found_by = models.CharField(max_length=64, blank=True)
    """Account of the first of two persons, where what it now comes to wants two."""
    found_sha256 = models.CharField(max_length=64, blank=True)
    """Of the lines that they found; the second comes to the same."""
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)
    changed = models.BooleanField(null=True)
    """Whether the decision was changed by it."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(REVIEW_TASK.names)), name="review_task_state"),
            models.CheckConstraint(condition=Q(kind__in=TaskKind.values), name="review_task_kind"),
            models.UniqueConstraint(fields=["claim", "kind"], condition=Q(state="open"), name="review_task_open_once"),
        )
        indexes = (models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="review_task_queue"),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.kind} {self.state}"


class SetOff(models.Model):
    """What was ordered to be paid for one claim and counts for another since claims were put in another order: a row of the one
    (less than zero) and a row of the other (``amount``, yuan), by plan and term. Only grows."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="set_offs")
    other = models.ForeignKey(Claim, models.PROTECT, related_name="+")
    plan = models.CharField(max_length=64)
    period_from_on = models.DateField()
    period_until_on = models.DateField()
    amount = MoneyField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(amount=0), name="set_off_amount"),
            models.CheckConstraint(condition=~Q(claim=F("other")), name="set_off_against_another"),
        )

    def __str__(self) -> str:
        return f"{self.claim_id} {self.other_id} {self.amount}"


class ClaimNote(models.Model):
    """A remark among those who deal with a claim. Only grows; members read those that are told of them in their own data."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="notes")
    text = EncryptedField()
    by_key = models.CharField(max_length=64)
    by_name = models.CharField(max_length=50)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.claim_id} {self.at:%Y-%m-%d %H:%M}"


class Settlement(models.Model):
    """A round of a claim against the money that was ordered for it, when a review changed the decision (``of_decision``: the
    letter on the round says so), or finance stopped a payment, or ordered one again: what was paid net and what was on its way
    at that moment, what was ordered then, what finance holds back, or what is too much and to be returned. Only grows."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="settlements")
    round = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    of_decision = models.BooleanField()
    entitled_amount = MoneyField()
    paid_amount = MoneyField()
    open_amount = MoneyField()
    set_off_amount = MoneyField(default=0)
    """Of other claims' payments, what counts for this one; below zero: of its own, what counts for others (``SetOff``)."""
    repaid_amount = MoneyField(default=0)
    """What the member had given back of what was paid too much (``Repayment``)."""
    ordered_amount = MoneyField(default=0)
    held_amount = MoneyField(default=0)
    overpaid_amount = MoneyField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    entitled_amount=F("paid_amount")
                    + F("open_amount")
                    + F("set_off_amount")
                    - F("repaid_amount")
                    + F("ordered_amount")
                    + F("held_amount")
                    - F("overpaid_amount")
                ),
                name="settlement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    paid_amount__gte=0,
                    open_amount__gte=0,
                    repaid_amount__gte=0,
                    ordered_amount__gte=0,
                    held_amount__gte=0,
                ),
                name="settlement_amounts",
            ),
            models.CheckConstraint(
                condition=Q(overpaid_amount=0) | Q(overpaid_amount__gt=0, ordered_amount=0, held_amount=0),
                name="settlement_one_way",
            ),
            models.UniqueConstraint(
                fields=["claim", "round"], condition=Q(of_decision=True), name="settlement_of_decision_once"
            ),
        )
        indexes = (models.Index(fields=["claim", "round"], name="settlement_of_round"),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.round}"


class Letter(models.Model):
    """决定书: the letter on one computation of a decided claim; its proof is made when it is read (``proofs``)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="letters")
    round = models.PositiveSmallIntegerField()
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["claim", "-id"]),)

    def __str__(self) -> str:
        return f"{self.claim_id} {self.round}"
