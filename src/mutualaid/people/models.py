"""Tables of people: the tree of unions, employers, accounts, staff and their roles, clerks, members and what they agreed to.

What a row may be is the database's to say; the triggers and exclusions that Django cannot write are in the migrations.
"""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from mutualaid.core.encryption import BlindIndexField, EncryptedField
from mutualaid.people import clerk_models, move_models  # noqa: F401 - their tables belong to people
from mutualaid.people.identity import IdentityKind, Sex, tail
from mutualaid.people.states import APPLICATION, CLERK


class Level(models.TextChoices):
    """Where in the tree a unit stands."""

    NATIONAL = "national", "全国"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县区"
    INDUSTRY = "industry", "产业"
    GRASSROOTS = "grassroots", "基层工会"


STANDS_UNDER: dict[str, frozenset[str]] = {
    Level.NATIONAL: frozenset(),
    Level.PROVINCE: frozenset({Level.NATIONAL}),
    Level.CITY: frozenset({Level.PROVINCE}),
    Level.COUNTY: frozenset({Level.PROVINCE, Level.CITY}),
    Level.INDUSTRY: frozenset({Level.NATIONAL, Level.PROVINCE, Level.CITY}),
    Level.GRASSROOTS: frozenset({Level.PROVINCE, Level.CITY, Level.COUNTY, Level.INDUSTRY}),
}
"""Under which levels a level may stand; the trigger ``people_place_unit`` says the same. Districts of a municipality
stand under its province-level body, and employers may belong to a city or a province directly."""


class RoleName(models.TextChoices):
    """What a member of staff may do, within a branch."""

    DESIGNER = "designer", "计划设计"
    ENROLMENT_CLERK = "enrolment_clerk", "参保经办"
    REVIEWER = "reviewer", "审核"
    SENIOR_REVIEWER = "senior_reviewer", "复核"
    FINANCE = "finance", "财务"
    SERVICE_SPECIALIST = "service_specialist", "服务专员"
    ANALYST = "analyst", "统计分析"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


ADMINISTRATORS = (RoleName.SYSTEM_ADMIN, RoleName.SECURITY_ADMIN, RoleName.AUDIT_ADMIN)
"""三员: three persons, never two in one."""


class Purpose(models.TextChoices):
    """For what personal data is used: each needs a consent of its own (个人信息保护法 第 29 条)."""

    ENROLMENT = "enrolment", "参保"
    CLAIM_HEALTH_DATA = "claim_health_data", "理赔使用医疗健康信息"
    INSURANCE_QUERY = "insurance_query", "向医保查询结算信息"
    BANK_ACCOUNT = "bank_account", "使用银行账户收款"
    MESSAGES = "messages", "接收通知"


LANGUAGES = (("zh-hans", "中文"), ("en", "English"))
"""In which people read; those of the settings, which tables do not depend on."""


def period() -> Func:
    """The days of a row, from the first to the one before ``until_on``."""
    return Func(F("from_on"), F("until_on"), function="daterange", output_field=DateRangeField())


class Account(AbstractBaseUser):
    """By which somebody signs in. What the person may see and do is told by ``access``, never by the account."""

    name = models.CharField(max_length=64, unique=True)
    phone = EncryptedField(null=True)
    phone_index = BlindIndexField(of="phone", null=True, unique=True)
    totp_secret = EncryptedField(null=True)
    """The second factor; it counts once it is confirmed."""
    totp_confirmed_at = models.DateTimeField(null=True)
    totp_last_step = models.BigIntegerField(null=True)
    """The step of time of the last code: none is taken twice."""
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    password_set_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, choices=LANGUAGES, default="", db_default="")
    """In which the person reads, on whatever device they sign in; empty as long as they chose none."""

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "name"

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(language="") | Q(language__in=[code for code, _ in LANGUAGES]), name="account_language"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A body of the union, from the national one to the grassroots union of an employer.

    ``path`` is ``/1/7/12/``, the ids from the root to the unit itself: written by the database when the row is made,
    so that a branch is what begins with its path. A unit stays where it is. ``name_key`` and ``initials`` are for searching.
    """

    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=200, unique=True, editable=False, db_default=Value(""))
    name_key = models.CharField(max_length=100, blank=True, db_default=Value(""))
    initials = models.CharField(max_length=100, blank=True, db_default=Value(""))
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=100)
    region_code = models.CharField(max_length=6, blank=True)
    phone = models.CharField(max_length=20, blank=True, db_default=Value(""))
    """Whom members and employers call: on letters and pages, for everybody to read."""
    address = models.CharField(max_length=200, blank=True, db_default=Value(""))
    """Where the counter is."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(level__in=Level.values), name="unit_level"),
            models.CheckConstraint(
                condition=Q(level=Level.NATIONAL, parent=None) | ~Q(level=Level.NATIONAL) & Q(parent__isnull=False),
                name="unit_only_the_root_stands_alone",
            ),
            models.CheckConstraint(condition=Q(region_code__regex=r"^([0-9]{6})?$"), name="unit_region_code"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(code=""), name="unit_is_named"),
            models.UniqueConstraint(fields=["level"], condition=Q(level=Level.NATIONAL), name="unit_one_root"),
            models.UniqueConstraint(fields=["parent", "name"], name="unit_name_among_siblings"),
        )
        indexes = (
            models.Index(fields=["path"], opclasses=["text_pattern_ops"], name="unit_path_begins"),
            models.Index(fields=["initials"], opclasses=["text_pattern_ops"], name="unit_initials_begin"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Employer(models.Model):
    """What is known of the employer whose grassroots union a unit is. ``unit_path`` is that unit's, written by the database:
    by it rows are fenced."""

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True)
    unit_path = models.CharField(max_length=200, editable=False, db_default=Value(""))
    credit_code = models.CharField(max_length=18, unique=True)
    headcount_declared = models.PositiveIntegerField()
    contact_name = models.CharField(max_length=50)
    contact_phone = EncryptedField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
                name="employer_credit_code",
            ),
            models.CheckConstraint(condition=Q(headcount_declared__gt=0), name="employer_headcount"),
        )

    def __str__(self) -> str:
        return str(self.credit_code)


class Staff(models.Model):
    """Somebody who works for an office of the scheme."""

    account = models.OneToOneField(Account, models.PROTECT)
    unit = models.ForeignKey(Unit, models.PROTECT)
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class RoleAssignment(models.Model):
    """A role of a member of staff in the branch of a unit, from a day until another: none, if that is the first."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=20, choices=RoleName.choices)
    unit = models.ForeignKey(Unit, models.PROTECT)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(role__in=RoleName.values), name="role_name"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="role_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="role_held_once",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="administrators_are_three_persons",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    ("role", RangeOperators.NOT_EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=ADMINISTRATORS),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.staff_id} {self.unit_id}"


class ClerkNumber(Func):
    """``D00000017``: numbers of clerks' registrations."""

    template = "'D' || lpad(nextval('people_clerk_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class EmployerClerk(models.Model):
    """A clerk (代办员) who acts for an employer. ``evidence`` is the stamped form by which the employer says so: the key of the
    stored file."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ClerkNumber())
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="clerks")
    account = models.ForeignKey(Account, models.PROTECT, related_name="clerks")
    name = models.CharField(max_length=50)
    evidence = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=CLERK.choices, default=CLERK.first)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(CLERK.names)), name="clerk_state"),
            models.CheckConstraint(condition=~Q(evidence=""), name="clerk_evidence"),
            models.UniqueConstraint(
                fields=["employer", "account"], condition=~Q(state="released"), name="clerk_once_at_an_employer"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class NextNumber(Func):
    """``M000000017``: numbers of members, given by the database in the order of registration."""

    function = "nextval"
    template = "'M' || lpad(nextval('people_member_number')::text, 9, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class UnitIds(Func):
    """Of a member who works nowhere yet."""

    template = "'{-1,0}'::bigint[]"
    output_field = ArrayField(models.BigIntegerField())
    allowed_default = True


class Member(models.Model):
    """A person of the union whom plans may cover. ``name_key`` and ``initials`` are for searching.

    ``unit_ids``: the units of their employers, those of the past too, and all above them, then 0; ``[-1, 0]`` before the
    first employment. Written by the database: by it rows are fenced and branches listed.

    ``merged_into``: the person was recorded twice, and this row is the double: all that was its own is that member's, who is
    not merged into anybody; the identity stays here, so that nobody is registered by it again and whoever asks by it is led
    there. The database keeps that it never ends (``people/merged.py``).
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=NextNumber())
    account = models.OneToOneField(Account, models.PROTECT, null=True)
    identity_kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in IdentityKind])
    identity_number = EncryptedField()
    identity_index = BlindIndexField(of="identity_number")
    identity_tail_index = BlindIndexField(of="identity_number", part=tail, db_index=True)
    name = models.CharField(max_length=50)
    name_key = models.CharField(max_length=100)
    initials = models.CharField(max_length=50, blank=True)
    sex = models.CharField(max_length=1, choices=[("F", "女"), ("M", "男")])
    birth_date = models.DateField()
    phone = EncryptedField(null=True)
    phone_index = BlindIndexField(of="phone", null=True, db_index=True)
    bank_card = EncryptedField(null=True)
    bank_card_index = BlindIndexField(of="bank_card", null=True)
    unit_ids = ArrayField(models.BigIntegerField(), editable=False, db_default=UnitIds())
    changed_at = models.DateTimeField(editable=False, db_default=Now())
    """When the row, or an employment of the member, was last written: by the database's own clock, for programs that keep up."""
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="doubles", db_index=False)

    class Meta:
        # No more than are asked: each is written for every person of a roster (docs/performance.md).
        indexes = (
            models.Index(fields=["changed_at"], name="member_changed"),
            GinIndex(fields=["unit_ids"], name="member_units"),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="member_name_parts"),
            models.Index(fields=["name", "id"], name="member_by_name"),
            models.Index(fields=["name_key"], name="member_by_name_key"),
            models.Index(fields=["initials"], opclasses=["text_pattern_ops"], name="member_initials_begin"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="member_doubles"),
        )
        constraints = (
            models.UniqueConstraint(fields=["identity_kind", "identity_index"], name="member_identity_once"),
            models.CheckConstraint(
                condition=Q(identity_kind__in=[kind.value for kind in IdentityKind]), name="member_identity_kind"
            ),
            models.CheckConstraint(condition=Q(sex__in=[sex.value for sex in Sex]), name="member_sex"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(name_key=""), name="member_is_named"),
            models.CheckConstraint(condition=Q(birth_date__gte="1900-01-01"), name="member_birth_date"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(account=None, bank_card_index=None, phone_index=None),
                name="member_merged_has_nothing_of_its_own",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{column}__isnull": True, f"{column}_index__isnull": True})
                    | Q(**{f"{column}__isnull": False, f"{column}_index__isnull": False}),
                    name=f"member_{column}_with_its_index",
                )
                for column in ("phone", "bank_card")
            ),
        )

    def __str__(self) -> str:
        return self.number


class IdentityChange(models.Model):
    """Who a member was said to be before a correction. Only grows."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="identity_changes")
    identity_kind = models.CharField(max_length=20)
    identity_number = EncryptedField()
    identity_index = BlindIndexField(of="identity_number", db_index=True)
    name = models.CharField(max_length=50)
    sex = models.CharField(max_length=1)
    birth_date = models.DateField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    copied_from = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    """The row of a double that was merged into the member, which this one repeats."""

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="identity_change_has_a_reason"),)

    def __str__(self) -> str:
        return f"{self.member_id} {self.at:%Y-%m-%d}"


class Employment(models.Model):
    """Where a member works, from a day until another; at one employer at a time. ``unit_path`` is that of the employer's unit,
    written by the database: by it rows are fenced."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="employments")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="employments")
    unit_path = models.CharField(max_length=200, editable=False, db_default=Value(""))
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")), name="employment_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="employment_one_at_a_time",
                expressions=[("member", RangeOperators.EQUAL), (period(), RangeOperators.OVERLAPS)],
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id} {self.employer_id} {self.from_on}"


class Consent(models.Model):
    """A member agreed, or withdrew, for one purpose and one version of its text. Only grows; the last row of a
    purpose stands."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    version = models.CharField(max_length=20)
    given = models.BooleanField()
    at = models.DateTimeField()
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    """The earlier row that this one repeats: of a double that was merged into the member, or the member's own later word."""

    class Meta:
        indexes = (models.Index(fields=["member", "purpose", "id"]),)
        constraints = (
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="consent_purpose"),
            models.CheckConstraint(condition=~Q(version=""), name="consent_version"),
        )

    def __str__(self) -> str:
        return f"{self.member_id} {self.purpose} {self.version} {self.given}"


class ApplicationNumber(Func):
    """``A00000017``: numbers of employers' applications."""

    template = "'A' || lpad(nextval('people_application_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class EmployerApplication(models.Model):
    """An employer asks to be registered, by the account that will be its clerk. Approved, it is a grassroots union
    of the tree."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ApplicationNumber())
    account = models.ForeignKey(Account, models.PROTECT, related_name="applications")
    office = models.ForeignKey(Unit, models.PROTECT, related_name="applications")
    """Under which the employer's union will stand, and whose staff look at the papers."""
    name = models.CharField(max_length=100)
    credit_code = models.CharField(max_length=18)
    headcount_declared = models.PositiveIntegerField()
    contact_name = models.CharField(max_length=50)
    contact_phone = EncryptedField()
    state = models.CharField(max_length=10, choices=APPLICATION.choices, default=APPLICATION.first)
    remark = models.CharField(max_length=500, blank=True)
    """What the office wants mended, or why it refused."""
    submitted_at = models.DateTimeField()
    employer = models.OneToOneField(Employer, models.PROTECT, null=True, related_name="application")
    papers = models.ManyToManyField("core.StoredFile", related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(APPLICATION.names)), name="application_state"),
            models.CheckConstraint(condition=Q(headcount_declared__gt=0), name="application_headcount"),
            models.CheckConstraint(
                # The employer comes first, the move after it, in one transaction.
                condition=~Q(state="approved") | Q(employer__isnull=False),
                name="application_approved_has_its_employer",
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=Q(state__in=["submitted", "returned"]),
                name="application_one_open_for_an_employer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.credit_code} {self.state}"


class Activation(models.Model):
    """A code handed to a member, by which they make their account. Only its keyed hash is kept; it opens once."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="activations")
    code_hash = models.CharField(max_length=200, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.member_id} {self.made_at:%Y-%m-%d}"


class Kin(models.Model):
    """Somebody who opened an account of 会员端 to act for a relative, and is perhaps no member: who they say they are. For whom
    they act, and whether that was proven, stands in ``claims.Kinship``."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="kin")
    name = models.CharField(max_length=50)
    identity_kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in IdentityKind])
    identity_number = EncryptedField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(identity_kind__in=[kind.value for kind in IdentityKind]), name="kin_identity_kind"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="kin_is_named"),
        )

    def __str__(self) -> str:
        return f"kin {self.account_id}"


class SavedFilter(models.Model):
    """What somebody wants to ask of a list again, under a name. ``by_kind`` and ``by_key``: whose it is, apart for each portal
    of an account, and by which rows are fenced. A query may name persons."""

    by_kind = models.CharField(max_length=10)
    by_key = models.CharField(max_length=64)
    listing = models.CharField(max_length=40)
    name = models.CharField(max_length=30)
    query = EncryptedField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["by_kind", "by_key", "listing", "name"], name="saved_filter_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(listing=""), name="saved_filter_is_named"),
        )

    def __str__(self) -> str:
        return f"{self.listing} {self.name}"


class Scope(models.TextChoices):
    """What a program may do by the interface."""

    READ_MEMBERS = "members:read", "查询会员"
    WRITE_MEMBERS = "members:write", "登记离职"
    READ_COVERS = "covers:read", "查询保障"
    READ_ROSTERS = "rosters:read", "查询参保单"
    WRITE_ROSTERS = "rosters:write", "办理参保单"
    READ_BILLS = "bills:read", "查询账单"
    READ_CLAIMS = "claims:read", "查询理赔"
    WRITE_CLAIMS = "claims:write", "提交理赔"


class ClientNumber(Func):
    """``K00000017``: numbers of programs that come by the interface."""

    template = "'K' || lpad(nextval('people_client_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class ApiClient(models.Model):
    """A program (of an employer, or of an office's other systems) that comes by the interface with a token, within the branch of
    a unit. Of the token only the beginning, by which it is found, and a keyed hash are kept."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ClientNumber())
    name = models.CharField(max_length=100)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="api_clients")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    token_prefix = models.CharField(max_length=8, unique=True)
    token_hash = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    """The first day on which the token opens nothing."""
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)
    calls_a_minute = models.PositiveIntegerField(default=600)
    minute_at = models.DateTimeField(null=True)
    minute_calls = models.PositiveIntegerField(default=0)
    """The minute of the last call, and how many there were in it."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(scopes__contained_by=Scope.values), name="client_scopes"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(token_hash=""), name="client_is_named"),  # nosec B106
            models.CheckConstraint(condition=Q(calls_a_minute__gt=0), name="client_calls_a_minute"),
        )

    def __str__(self) -> str:
        return self.number


class ApiCall(models.Model):
    """A call by which a program changes something, under a key of its own: asked again with the same key it is answered the same,
    and done once. While ``answered_at`` is empty it runs, or its process died before it changed anything."""

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="calls")
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    claimed_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    media_type = models.CharField(max_length=60, blank=True)
    location = models.CharField(max_length=200, blank=True)
    answer = EncryptedField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["client", "key"], name="api_call_key_once"),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(status__isnull=False, answer__isnull=False),
                name="api_call_answered_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.client_id} {self.key}"
