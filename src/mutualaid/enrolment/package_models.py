"""Tables of packages (综合保障计划): what an employer composes of single plans for the groups of its staff."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from mutualaid.core.money import MoneyField
from mutualaid.enrolment.states import PACKAGE
from mutualaid.people.models import Employer
from mutualaid.plans.models import PlanVersion

WHOLE = 10_000
"""Shares are basis points: 10000 is the whole."""


class PackageNumber(Func):
    """``Z00000017``, in the order of beginning."""

    template = "'Z' || lpad(nextval('enrolment_package_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Package(models.Model):
    """An employer's 综合保障计划: groups of its staff, each with its single plans. Of each plan there is one enrolment
    (``Enrolment.package``); they are handed in, accepted and billed together. ``members_pay``: the members' part is billed
    to each member, else the employer collects it and pays it with its own."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=PackageNumber())
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="packages")
    name = models.CharField(max_length=60)
    headcount = models.PositiveIntegerField()
    women_headcount = models.PositiveIntegerField(null=True)
    members_pay = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=PACKAGE.choices, default=PACKAGE.first)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=500, blank=True)
    """Why the office returned it, or what it wants to say."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(PACKAGE.names)), name="package_state"),
            models.CheckConstraint(condition=~Q(name="") & Q(headcount__gt=0), name="package_named"),
        )
        indexes = (models.Index(fields=["employer", "-id"]), models.Index(fields=["state", "id"]))

    def __str__(self) -> str:
        return self.number


class GroupRule(models.TextChoices):
    """Who is in a group: a person is in the first group, in their order, whose rule holds."""

    WORD = "word", "花名册“参保组”列写明"
    SEX = "sex", "按性别"
    RISK_CLASS = "risk_class", "按职业类别"
    EVERYBODY = "everybody", "其余职工"


class PackageGroup(models.Model):
    """A group of staff of a package. ``word``: of ``sex`` F or M, of ``risk_class`` the plan's word; else empty. ``headcount``:
    how many the employer reckons with in it, by which it is told what all cost before there is a roster."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="groups")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    rule = models.CharField(max_length=12, choices=GroupRule.choices)
    word = models.CharField(max_length=60, blank=True)
    headcount = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(rule__in=GroupRule.values) & ~Q(name=""), name="package_group_rule"),
            models.CheckConstraint(
                condition=Q(rule__in=["sex", "risk_class"]) & ~Q(word="") | Q(rule__in=["word", "everybody"], word=""),
                name="package_group_word",
            ),
            models.UniqueConstraint(fields=["package", "name"], name="package_group_once"),
        )
        ordering = ("place", "id")

    def __str__(self) -> str:
        return self.name


class PackagePlan(models.Model):
    """A single plan of a group: option, risk class and units of whoever does not say otherwise on the roster; and the
    members' part of the fee, in yuan for one unit or as a share of the fee, of what the office's rule leaves to employer
    and members."""

    group = models.ForeignKey(PackageGroup, models.CASCADE, related_name="plans")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="+")
    option = models.CharField(max_length=60, blank=True)
    risk_class = models.CharField(max_length=60, blank=True)
    units = models.PositiveSmallIntegerField(default=1)
    member_amount = MoneyField(null=True)
    member_share = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(units__gte=1), name="package_plan_units"),
            models.CheckConstraint(
                condition=Q(member_amount=None) | Q(member_share=None) & Q(member_amount__gte=0),
                name="package_plan_one_part",
            ),
            models.CheckConstraint(
                condition=Q(member_share=None) | Q(member_share__lte=WHOLE), name="package_plan_share_of_the_whole"
            ),
            models.UniqueConstraint(fields=["group", "version"], name="package_plan_once"),
        )
        ordering = ("version__name_zh", "id")

    def __str__(self) -> str:
        return f"{self.group_id} {self.version_id}"
