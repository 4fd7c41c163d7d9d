"""Tables of enrolment: what an employer hands in, the rows of its roster, and the covers that come of them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from mutualaid.core.encryption import EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.change_models import ChangedEmployer, ChangedPerson, ChangeKind, ChangeNumber, EmployerChange
from mutualaid.enrolment.correction_models import Correction, CorrectionNumber
from mutualaid.enrolment.group_models import GroupCover, GroupNumber, GroupPlace
from mutualaid.enrolment.joining_models import (
    JoiningAnswer,
    JoiningBatch,
    JoiningPage,
    JoiningPiece,
    JoiningRequest,
    WhoPays,
    Work,
)
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.states import COVER, ENROLMENT, WINDOW
from mutualaid.people.models import Employer, Member, Unit, period
from mutualaid.plans.models import PlanVersion

__all__ = [
    "ChangeKind",
    "ChangeNumber",
    "ChangedEmployer",
    "ChangedPerson",
    "Correction",
    "CorrectionNumber",
    "Cover",
    "CoverNumber",
    "EmployerChange",
    "Enrolment",
    "EnrolmentNumber",
    "GroupCover",
    "GroupNumber",
    "GroupPlace",
    "JoiningAnswer",
    "JoiningBatch",
    "JoiningPage",
    "JoiningPiece",
    "JoiningRequest",
    "OfficeSetting",
    "RosterRow",
    "RosterUpload",
    "Way",
    "WhoPays",
    "Work",
]
"""Those of ``change_models``, ``correction_models``, ``joining_models`` and ``group_models``, beside its own."""


class EnrolmentNumber(Func):
    """``E00000017``, in the order of beginning."""

    template = "'E' || lpad(nextval('enrolment_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class CoverNumber(Func):
    """``C0000000017``: the number of a cover certificate."""

    template = "'C' || lpad(nextval('enrolment_cover_number')::text, 10, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Way(models.TextChoices):
    """How the persons of an enrolment came to it."""

    ROSTER = "roster", "名单"
    JOINING = "joining", "本人参加"
    PLATFORM = "platform", "平台接口"
    GROUP = "group", "集体无记名"


class WindowNumber(Func):
    """``W00000017``: numbers of enrolment windows."""

    template = "'W' || lpad(nextval('enrolment_window_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class OfficeSetting(models.Model):
    """How an office takes rosters, for its whole branch unless an office further down has its own."""

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True, related_name="enrolment_setting")
    accepts_by_itself = models.BooleanField(default=False)
    """Whether a roster that keeps all rules is accepted without a person."""

    def __str__(self) -> str:
        return f"{self.unit_id} {self.accepts_by_itself}"


class Enrolment(models.Model):
    """An employer enrols its staff in one version of a plan for the term ``[from_on, until_on)``."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=EnrolmentNumber())
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="enrolments")
    package = models.ForeignKey(Package, models.PROTECT, null=True, related_name="enrolments")
    """Of which it is a part."""
    from_on = models.DateField()
    until_on = models.DateField()
    headcount = models.PositiveIntegerField()
    """Of the employer on the day of enrolment, as the clerk declares it: the least share is measured against it."""
    women_headcount = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=ENROLMENT.choices, default=ENROLMENT.first)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=500, blank=True)
    """Why the office returned it, or what it wants to say."""
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.ROSTER, db_default=Value(Way.ROSTER.value))
    option = models.CharField(max_length=60, blank=True, db_default=Value(""))
    """Where all take the same option and that says how long the term is."""
    wanted_on = models.DateField(null=True)
    """The day from which cover was asked for, where that is later than the plan would begin it."""
    joining_page = models.ForeignKey(JoiningPage, models.PROTECT, null=True, related_name="enrolments")
    """By which people joined by themselves."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(ENROLMENT.names)), name="enrolment_state"),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="enrolment_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(headcount__gt=0), name="enrolment_headcount"),
            models.UniqueConstraint(
                fields=["employer", "version", "from_on"],
                condition=Q(state__in=["draft", "submitted"]),
                name="enrolment_one_open_for_a_term",
            ),
        )
        indexes = (models.Index(fields=["employer", "-id"]), models.Index(fields=["state", "id"]))

    def __str__(self) -> str:
        return self.number


class RosterUpload(models.Model):
    """A workbook as a clerk brought it, checked: first only a preview; its good rows are taken as they are, or none."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="uploads")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    rows_read = models.PositiveIntegerField()
    rows_good = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True)
    reading = models.JSONField(default=dict)
    """How the file was read, without personal data (``roster.brought.How``): its kind and sheet, which column is which, what a
    clerk should know, what could be mended and what was, and what became of the faults of the file before."""
    asked = EncryptedField(null=True)
    """The columns (JSON, values masked), where a clerk has to say which is which; then there are no rows yet."""

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.at:%Y-%m-%d %H:%M}"


class HeaderMapping(models.Model):
    """Which column is which in a roster with this header, as a clerk of the employer confirmed it: it is not asked again.

    ``fingerprint``: of the words, whatever their order (``roster.headers``); ``headers``: pairs of a label and the
    word as it was written; ``fields``: the field of each label, empty for a column that is not read.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    employer = models.ForeignKey(Employer, models.CASCADE, related_name="header_mappings")
    fingerprint = models.CharField(max_length=64)
    headers = models.JSONField(default=list)
    fields = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["employer", "fingerprint"], name="header_mapping_once"),
            models.CheckConstraint(condition=~Q(fields={}), name="header_mapping_of_something"),
        )

    def __str__(self) -> str:
        return f"{self.employer_id} {self.fingerprint[:8]}"


class RosterRow(models.Model):
    """A person of a roster. ``upload`` is empty for one that was added by hand. ``told`` is what was written (JSON, encrypted);
    ``faults`` a list of ``{"field", "zh", "en", "offered"}``, which never repeats personal data: what is offered
    is found again in ``told`` (``roster.told.faults_of``). Taken rows belong
    to the enrolment; a row that is not taken is only part of a preview."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="rows", db_index=False)
    """Indexes of its own begin with it."""
    upload = models.ForeignKey(RosterUpload, models.CASCADE, null=True, related_name="rows")
    line = models.PositiveIntegerField()
    told = EncryptedField()
    name = models.CharField(max_length=50, blank=True)
    identity_index = models.CharField(max_length=64, blank=True)
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    taken = models.BooleanField(default=False)
    facts = models.JSONField(null=True)
    """What a cover would say of the person, to be compared with one by the database: ``{"kind", "option", "risk_class",
    "employment", "basic_insurance", "groups", "contacts"}``; ``kind`` of the document of identity, ``contacts``:
    names of those told. Empty for a row without a person."""
    units = models.PositiveSmallIntegerField(default=1)
    fee_amount = MoneyField(default=0)
    package_group = models.CharField(max_length=20, blank=True, db_default=Value(""))
    """The person's group in the employer's package."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(units__gte=1), name="roster_row_units"),
            models.CheckConstraint(condition=Q(taken=False) | Q(faults=[]), name="roster_row_taken_is_good"),
            models.UniqueConstraint(
                fields=["enrolment", "identity_index"], condition=Q(taken=True), name="roster_person_once"
            ),
        )
        indexes = (models.Index(fields=["enrolment", "taken", "line"]),)

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.line}"


class RosterTransfer(models.Model):
    """A file that is on its way: its bytes come in parts, and go on after a broken connection or on another day, until
    ``expires_at``. What was promised: ``size`` bytes whose SHA-256 is ``sha256``.
    When all are there they become a file, and this row goes."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="transfers")
    by_kind = models.CharField(max_length=10)
    by_key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    received = models.PositiveBigIntegerField(default=0)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(received__lte=F("size"), size__gt=0), name="transfer_within_its_size"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="transfer_sha256"),
            models.UniqueConstraint(
                fields=["enrolment", "by_kind", "by_key", "sha256"], name="transfer_once_of_a_file"
            ),
        )

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.received}/{self.size}"


class TransferPart(models.Model):
    """Bytes of a file that is on its way, from ``begins`` on, encrypted as files are (``core.encryption.Keys.seal``)."""

    transfer = models.ForeignKey(RosterTransfer, models.CASCADE, related_name="parts")
    begins = models.PositiveBigIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["transfer", "begins"], name="transfer_part_once"),)

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.begins}"


class Cover(models.Model):
    """One member covered by one version of a plan for ``[from_on, until_on)``. ``plan`` and ``family`` are those of
    the version.

    ``joined_on``: the first day of unbroken cover in the family, by which waiting times are reckoned;
    ``consecutive_periods`` counts this one. Days on which the plan's season let nobody be covered break nothing
    (``plans.offering.continues_from``). ``heir``: to whom the employer handed it over, when it became part of another or the
    member went there with others: who renews it and answers for it. ``unit_path`` is that of the heir's unit, or else of the
    employer's, written by the database: by it rows are fenced.
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=CoverNumber())
    member = models.ForeignKey(Member, models.PROTECT, related_name="covers", db_index=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="covers")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="covers", db_index=False)
    heir = models.ForeignKey(Employer, models.PROTECT, null=True, db_index=False, related_name="inherited_covers")
    unit_path = models.CharField(max_length=200, editable=False, db_default=Value(""))
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="covers")
    plan = models.CharField(max_length=64)
    family = models.CharField(max_length=64)
    option = models.CharField(max_length=60, blank=True)
    """Which of the plan's options (参加档次), where it has several."""
    risk_class = models.CharField(max_length=60, blank=True)
    employment = models.CharField(max_length=20, default="in_service")
    basic_insurance = models.CharField(max_length=20, blank=True)
    groups = ArrayField(models.CharField(max_length=60), default=list)
    """What the person was when it was taken, by the contract's words: claims under it are decided by that, whatever the
    person becomes later. Empty insurance: not told."""
    units = models.PositiveSmallIntegerField(default=1)
    units_most = models.PositiveSmallIntegerField(default=1)
    """The most units of the plan's rule, copied so that the database can keep it."""
    from_on = models.DateField()
    until_on = models.DateField()
    joined_on = models.DateField()
    consecutive_periods = models.PositiveSmallIntegerField(default=1)
    fee_amount = MoneyField()
    package_group = models.CharField(max_length=20, blank=True, db_default=Value(""))
    """The person's group in the employer's package, by which the fee is split."""
    work = models.CharField(max_length=10, choices=Work.choices, blank=True, db_default=Value(""))
    """What a gig worker does; empty for who came by a roster."""
    state = models.CharField(max_length=10, choices=COVER.choices, default=COVER.first)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(COVER.names)), name="cover_state"),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="cover_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(units__gte=1, units__lte=F("units_most")), name="cover_units"),
            models.CheckConstraint(condition=Q(fee_amount__gte=0), name="cover_fee"),
            models.CheckConstraint(condition=Q(joined_on__lte=F("from_on")), name="cover_joined_before"),
            ExclusionConstraint(
                name="cover_once_where_one_unit_is_the_most",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    ("family", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(units_most=1) & ~Q(state="cancelled"),
            ),
        )
        indexes = (
            models.Index(fields=["member", "family", "from_on"]),
            models.Index(fields=["employer", "from_on"]),
            models.Index(fields=["heir", "from_on"], condition=Q(heir__isnull=False), name="cover_of_heir"),
            models.Index(fields=["unit_path"], opclasses=["text_pattern_ops"], name="cover_branch"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def answers_for_it(self) -> int:
        """The key of the employer that does now."""
        key: int = self.heir_id or self.employer_id
        return key


class EnrolmentWindow(models.Model):
    """When an office takes enrolments in a published version, in its branch, instead of when the document says; the
    nearest office on an employer's path counts. All days belong to it.

    ``start_on``: the first day of the plan's term to which it leads; empty where terms begin with the payment. Until
    ``late_until_on``
    newcomers join for the rest of the term. ``beyond``: it takes enrolments on days on which the document takes none, so that the
    plan's office approves it first.
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=WindowNumber())
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="enrolment_windows")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="windows")
    start_on = models.DateField(null=True)
    opens_on = models.DateField()
    closes_on = models.DateField()
    late_until_on = models.DateField(null=True)
    catch_up = models.BooleanField(default=True)
    beyond = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=WINDOW.choices, default=WINDOW.first)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    remark = models.CharField(max_length=300, blank=True)
    """Why the plan's office refused it, or the office closed it."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(WINDOW.names)), name="window_state"),
            models.CheckConstraint(condition=Q(closes_on__gte=F("opens_on")), name="window_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(late_until_on=None) | Q(late_until_on__gt=F("closes_on")),
                name="window_late_after_it_closes",
            ),
            models.UniqueConstraint(
                fields=["unit", "version", "start_on"],
                condition=Q(state__in=["proposed", "open"]),
                nulls_distinct=False,
                name="window_one_for_a_term",
            ),
        )
        indexes = (models.Index(fields=["version", "state"]),)

    def __str__(self) -> str:
        return self.number


class Target(models.Model):
    """What a unit shall reach in a family of plans with covers that begin in ``[from_on, until_on)``: its term, or the year."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="enrolment_targets")
    family = models.CharField(max_length=64)
    from_on = models.DateField()
    until_on = models.DateField()
    persons = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    fee_amount = MoneyField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["unit", "family", "from_on"], name="target_once"),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="target_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(fee_amount__gte=0), name="target_fee"),
        )
        indexes = (models.Index(fields=["family", "from_on"]),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.family} {self.from_on}"


class Departure(models.Model):
    """A clerk reports that somebody left the employer, retired or died: ``last_on`` is the last day of their work.
    Covers run on."""

    REASONS = ("left", "retired", "died")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="departures")
    member = models.ForeignKey(Member, models.PROTECT, related_name="departures")
    reason = models.CharField(max_length=10)
    last_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(reason__in=["left", "retired", "died"]), name="departure_reason"),
            models.UniqueConstraint(fields=["employer", "member", "last_on"], name="departure_once"),
        )
        indexes = (models.Index(fields=["employer", "-last_on"]),)

    def __str__(self) -> str:
        return f"{self.employer_id} {self.member_id} {self.last_on}"


class ReminderDay(models.Model):
    """The last day for which reminders of a kind went out: each day's once, and days that were missed are made up for."""

    kind = models.CharField(max_length=30, primary_key=True)
    done_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.kind} {self.done_on}"
