"""Tables of who bears the fee: an office's rules on its parts, programmes of subsidy, and each cover's part of a bill."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from mutualaid.contributions.states import SUBSIDY
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Unit
from mutualaid.plans.models import PlanVersion

WHOLE = 10_000
"""Shares are basis points: 10000 is the whole."""


class _Numbered(Func):
    output_field = models.CharField(max_length=20)
    allowed_default = True


class SplitNumber(_Numbered):
    """``S00000017``."""

    template = "'S' || lpad(nextval('contributions_split_number')::text, 8, '0')"


class SubsidyNumber(_Numbered):
    """``H00000017``."""

    template = "'H' || lpad(nextval('contributions_subsidy_number')::text, 8, '0')"


class PayerKind(models.TextChoices):
    """Who bears a part of the fee. A member's part is the employer's to collect and to pay, unless the member is billed."""

    EMPLOYER = "employer", "用人单位工会"
    MEMBER = "member", "职工个人"
    UPPER_UNION = "upper_union", "上级工会"
    ADMINISTRATION = "administration", "行政补助"
    PLATFORM = "platform", "平台企业"


OUTSIDE = (PayerKind.UPPER_UNION, PayerKind.ADMINISTRATION, PayerKind.PLATFORM)
"""Payers who are neither the employer nor its staff: a union of the tree, or somebody by name."""


class FeeSplit(models.Model):
    """A rule on who bears the fee, of a unit for the employers in its branch: of one version or any plan, for one group of staff
    or everybody, in ``[from_on, until_on)``. The nearest unit's rule holds; of one unit that of the version, then of the
    group."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=SplitNumber())
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="fee_splits")
    version = models.ForeignKey(PlanVersion, models.PROTECT, null=True, related_name="+")
    group = models.CharField(max_length=20, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="fee_split_days"),
            models.UniqueConstraint(
                fields=["unit", "version", "group"],
                condition=Q(until_on=None),
                nulls_distinct=False,
                name="fee_split_one_open",
            ),
        )

    def __str__(self) -> str:
        return self.number


class FeeSplitPart(models.Model):
    """A payer's part: yuan for one unit of a person, a share of the fee, or (one of them) the rest. ``billed``: a member's
    part is billed to the member. ``payer_unit``: which union; ``payer_name``: who else it is."""

    rule = models.ForeignKey(FeeSplit, models.CASCADE, related_name="parts")
    place = models.PositiveSmallIntegerField()
    payer_kind = models.CharField(max_length=20, choices=PayerKind.choices)
    payer_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    payer_name = models.CharField(max_length=100, blank=True)
    billed = models.BooleanField(default=False)
    amount = MoneyField(null=True)
    share = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(payer_kind__in=PayerKind.values), name="fee_split_payer"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(share=None) & Q(amount__gte=0), name="fee_split_one_measure"
            ),
            models.CheckConstraint(condition=Q(share=None) | Q(share__lte=WHOLE), name="fee_split_share"),
            models.CheckConstraint(
                condition=Q(billed=False) | Q(payer_kind=PayerKind.MEMBER), name="fee_split_members_are_billed"
            ),
            models.UniqueConstraint(fields=["rule"], condition=Q(amount=None, share=None), name="fee_split_one_rest"),
        )
        ordering = ("place", "id")

    def __str__(self) -> str:
        return f"{self.rule_id} {self.payer_kind}"


class Subsidy(models.Model):
    """A programme by which somebody bears a part of the fee while its budget lasts, for employers of an office's branch.
    ``plans``: ids or families (none: any); ``groups``: of packages (none: everybody). ``granted``: a promise that covers do
    not wait for."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=SubsidyNumber())
    office = models.ForeignKey(Unit, models.PROTECT, related_name="subsidies")
    name = models.CharField(max_length=60)
    payer_kind = models.CharField(max_length=20, choices=PayerKind.choices)
    payer_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    payer_name = models.CharField(max_length=100, blank=True)
    plans = ArrayField(models.CharField(max_length=64), default=list)
    groups = ArrayField(models.CharField(max_length=20), default=list)
    amount = MoneyField(null=True)
    """Yuan for one unit of a person; or ``share``, of the fee."""
    share = models.PositiveSmallIntegerField(null=True)
    budget = MoneyField()
    granted = models.BooleanField(default=True)
    from_on = models.DateField()
    until_on = models.DateField()
    state = models.CharField(max_length=10, choices=SUBSIDY.choices, default=SUBSIDY.first)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(SUBSIDY.names)), name="subsidy_state"),
            models.CheckConstraint(condition=Q(payer_kind__in=OUTSIDE) & ~Q(name=""), name="subsidy_payer"),
            models.CheckConstraint(
                condition=Q(payer_unit__isnull=False) | ~Q(payer_name=""), name="subsidy_payer_is_named"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, share=None) | Q(amount=None, share__gt=0, share__lte=WHOLE),
                name="subsidy_measure",
            ),
            models.CheckConstraint(condition=Q(budget__gt=0), name="subsidy_budget"),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="subsidy_days"),
        )

    def __str__(self) -> str:
        return self.number


class FeePart(models.Model):
    """What a bill asks for one cover, of what is whose part: only where several pay. Parts of a cover make up its fee. Only
    grows."""

    bill = models.ForeignKey("contributions.Bill", models.PROTECT, related_name="parts")
    cover = models.ForeignKey(Cover, models.PROTECT, related_name="fee_parts")
    payer_kind = models.CharField(max_length=20, choices=PayerKind.choices)
    amount = MoneyField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="fee_part_amount"),
            models.UniqueConstraint(fields=["bill", "cover", "payer_kind"], name="fee_part_once"),
        )

    def __str__(self) -> str:
        return f"{self.bill_id} {self.cover_id} {self.amount}"
