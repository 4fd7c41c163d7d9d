"""Tables of those who act for a member by their own telephone: next of kin, once an office has looked at their proof. Part of
``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from mutualaid.claims.states import KINSHIP
from mutualaid.core.encryption import EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Account, Member, Unit

_KINDS = [(kind.value, kind.value) for kind in IdentityKind]


class Relation(models.TextChoices):
    """What somebody is to the member for whom they act."""

    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    CHILD = "child", "子女"
    SIBLING = "sibling", "兄弟姐妹"
    GUARDIAN = "guardian", "监护人"
    OTHER = "other", "其他受托人"


class Why(models.TextChoices):
    """Why the member does not act for themselves."""

    DECEASED = "deceased", "已身故"
    UNABLE = "unable", "重病或昏迷，不能自己办理"
    MINOR = "minor", "未成年"
    MANDATE = "mandate", "书面委托"


class Ended(models.TextChoices):
    """By what a standing ended."""

    STAFF = "staff", "经办机构终止"
    MEMBER = "member", "会员本人收回"
    KIN = "kin", "代办人自己放弃"
    EXPIRED = "expired", "到期"


class KinshipNumber(Func):
    """``Q00000017``."""

    template = "'Q' || lpad(nextval('claims_kinship_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Kinship(models.Model):
    """亲属代办: an account asks to act for a member, proves it, and once accepted files claims for them. See ``KINSHIP``.

    ``name`` and ``identity_*``: who asks, as they said at that time. ``told_*``: of whom they say it. ``member``: who that is by
    our records, found when it is submitted and told to nobody but offices before it is accepted; none for a person whom we do
    not know. ``office``: who looks at it, the member's, else ``asked_office``, the one that was chosen; ``unit_path``: its path.
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=KinshipNumber())
    account = models.ForeignKey(Account, models.PROTECT, related_name="kinships")
    name = models.CharField(max_length=50)
    identity_kind = models.CharField(max_length=20, choices=_KINDS)
    identity_number = EncryptedField()
    told_name = models.CharField(max_length=50)
    told_identity_kind = models.CharField(max_length=20, choices=_KINDS)
    told_identity_number = EncryptedField()
    told_employer = models.CharField(max_length=100, blank=True)
    relation = models.CharField(max_length=10, choices=Relation.choices)
    why = models.CharField(max_length=10, choices=Why.choices)
    asked_office = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    office = models.ForeignKey(Unit, models.PROTECT, related_name="kinships")
    unit_path = models.CharField(max_length=200)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="kinships")
    state = models.CharField(max_length=9, choices=KINSHIP.choices, default=KINSHIP.first)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    answer = EncryptedField(null=True)
    """What the office wrote to who asks: what is to be mended, why not."""
    checked_by = models.CharField(max_length=64, blank=True)
    """Account of the member of staff who answered last."""
    checked_name = models.CharField(max_length=50, blank=True)
    checked_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)
    """The first day on which no new claim is begun by it."""
    ended_why = models.CharField(max_length=8, choices=Ended.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(KINSHIP.names)), name="kinship_state"),
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="kinship_relation"),
            models.CheckConstraint(condition=Q(why__in=Why.values), name="kinship_why"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "ended"])
                | Q(member__isnull=False, expires_on__isnull=False) & ~Q(checked_name=""),
                name="kinship_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_why__in=Ended.values, ended_at__isnull=False)
                | ~Q(state="ended") & Q(ended_why="", ended_at=None),
                name="kinship_ended_by_something",
            ),
            models.UniqueConstraint(
                fields=["account", "member"], condition=Q(state="accepted"), name="kinship_in_force_once"
            ),
        )
        indexes = (
            models.Index(fields=["account", "-id"], name="kinship_of_account"),
            models.Index(fields=["member"], condition=Q(state="accepted"), name="kinship_over_member"),
            models.Index(fields=["submitted_at", "id"], condition=Q(state="submitted"), name="kinship_queue"),
        )

    def __str__(self) -> str:
        return self.number


class KinPaper(models.Model):
    """A page that proves a kinship. ``word``: which paper of its checklist (``claims.kinship``)."""

    kinship = models.ForeignKey(Kinship, models.PROTECT, related_name="papers")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    word = models.CharField(max_length=30)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["kinship", "id"], name="kin_paper_of_kinship"),)

    def __str__(self) -> str:
        return f"{self.kinship_id} {self.word}"


class KinClaim(models.Model):
    """By which kinship a claim was filed: who acts by it sees the claim as long as it is in force. Only grows."""

    claim = models.OneToOneField("claims.Claim", models.PROTECT, primary_key=True, related_name="by_kin")
    kinship = models.ForeignKey(Kinship, models.PROTECT, related_name="claims")

    def __str__(self) -> str:
        return f"{self.claim_id} {self.kinship_id}"
