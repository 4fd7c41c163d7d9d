"""What is known of a package (综合保障计划): its enrolments, what a group's plans cost, and in which group a person is."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from mutualaid.enrolment.composition import GroupWanted, PlanWanted, price_of
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow, RosterUpload
from mutualaid.enrolment.package_models import GroupRule, Package, PackageGroup
from mutualaid.enrolment.roster.columns import KINDS, SEXES, said
from mutualaid.enrolment.roster.known import Tell
from mutualaid.enrolment.roster.told import faults_of
from mutualaid.enrolment.standing import NotDraft
from mutualaid.enrolment.states import PACKAGE
from mutualaid.people.identity import NotAnIdentity, read_identity
from mutualaid.plans.queries import document_of

GROUP = "package_group"
"""The field of a roster that names the group."""


def locked_package(*, package: Package) -> Package:
    """The package under a lock, while it is being written. Raises NotDraft."""
    found = (
        Package.objects.select_for_update(no_key=True, of=("self",)).select_related("employer__unit").get(pk=package.pk)
    )
    if found.state != "draft":
        raise NotDraft(
            f"综合保障计划应为填报中；现为“{PACKAGE.names[found.state][0]}”，不能修改，请先由经办机构退回",
            f"expected a package that is being written, found it {PACKAGE.names[found.state][1]}; have it sent back first",
        )
    return found


def open_enrolments(*, package: Package) -> list[Enrolment]:
    """Those of its plans, in the order in which they were chosen; without what was taken out of it."""
    among = package.enrolments.exclude(state="cancelled") if package.state != "cancelled" else package.enrolments
    return list(among.select_related("version", "employer__unit", "package").order_by("id"))


def groups_of(*, package: Package) -> list[PackageGroup]:
    """Its groups in their order, each with its plans."""
    return list(package.groups.prefetch_related("plans__version__office").order_by("place", "id"))


def of_plan(*, tell: Tell, place: int, of: int) -> Tell:
    """Who tells how far it is with one plan of a package, says which of them it is."""

    def told(zh: str, en: str, done: int, total: int | None = None) -> None:
        tell(f"第 {place} 项计划（共 {of} 项）：{zh}", f"plan {place} of {of}: {en}", done, total)

    return told


def with_counts(*, among: QuerySet[Package]) -> QuerySet[Package]:
    """Packages with ``persons`` on their rosters and ``plans``, newest first, ready for a list."""
    taken = RosterRow.objects.filter(enrolment__package=OuterRef("pk"), taken=True).exclude(
        enrolment__state="cancelled"
    )
    persons = (
        taken.order_by().values("enrolment__package").annotate(n=Count("identity_index", distinct=True)).values("n")
    )
    mine = Enrolment.objects.filter(package=OuterRef("pk")).exclude(state="cancelled").order_by().values("package")
    return among.select_related("employer__unit").annotate(
        persons=Coalesce(Subquery(persons, output_field=IntegerField()), Value(0)),
        plans=Coalesce(Subquery(mine.annotate(n=Count("id")).values("n"), output_field=IntegerField()), Value(0)),
    ).order_by("-id")  # fmt: skip


def rows_taken(*, package: Package, at_most: int) -> int:
    """Rows of its roster in all plans, counted no further than ``at_most``."""
    taken = RosterRow.objects.filter(enrolment__in=open_enrolments(package=package), taken=True)
    return taken.order_by()[:at_most].count()


def persons_of(*, package: Package) -> tuple[int, Decimal]:
    """How many persons are on its roster, and what they owe for all plans (yuan)."""
    mine = open_enrolments(package=package)
    if package.state == "accepted":
        covers = Cover.objects.filter(enrolment__in=mine).exclude(state="cancelled")
        found = covers.aggregate(n=Count("member", distinct=True), amount=Coalesce(Sum("fee_amount"), Decimal(0)))
    else:
        rows = RosterRow.objects.filter(enrolment__in=mine, taken=True)
        found = rows.aggregate(n=Count("identity_index", distinct=True), amount=Coalesce(Sum("fee_amount"), Decimal(0)))
    return found["n"], found["amount"]


def group_counts(*, package: Package) -> dict[str, int]:
    """How many persons of the roster are in each group."""
    rows = RosterRow.objects.filter(enrolment__in=open_enrolments(package=package), taken=True).order_by()
    return dict(rows.values_list("package_group").annotate(n=Count("identity_index", distinct=True)))


def combination_of(*, cover: Cover) -> list[Cover]:
    """A person's covers of the package of one of them, that one among them; only itself where there is no package."""
    package = Enrolment.objects.filter(pk=cover.enrolment_id).values_list("package", flat=True).first()
    if package is None:
        return [cover]
    covers = Cover.objects.filter(member=cover.member_id, enrolment__package=package).exclude(state="cancelled")
    return list(covers.select_related("version").order_by("id"))


# --- what it costs ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Price:
    """What one plan costs one person of a group (yuan). ``by_class``: the roster tells the risk class, by which it may be
    more."""

    plan: PlanWanted
    fee: Decimal
    by_class: bool


def prices_of(*, group: GroupWanted) -> list[Price]:
    """What the plans of a group cost one person."""
    found = []
    for plan in group.plans:
        document = document_of(version=plan.version)
        fee = price_of(document, option=plan.option, risk_class=plan.risk_class, units=plan.units)
        by_class = not plan.risk_class and any(row.risk_class for row in document.price)
        found.append(Price(plan, fee, by_class))
    return found


# --- who is in which group --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Misplaced:
    """Why a person is in no group."""

    zh: str
    en: str


def group_for(told: Mapping[str, str], groups: Sequence[PackageGroup]) -> PackageGroup | Misplaced:
    """The group that a row of the roster names, else the first, in their order, whose rule holds. One that is named, but by whose
    rule the person is not in it, is a fault, and so is a name that no group has."""
    listed = "、".join(one.name for one in groups)
    word = told.get(GROUP, "").strip()
    if word:
        named = next((one for one in groups if one.name == word), None)
        if named is None:
            return Misplaced(
                f"参保组应为{listed}之一；得到的不是，请改正，或留空由系统按规则归组",
                f"expected one of the groups {listed}, found another word; correct it, or leave it empty",
            )
        if named.rule in (GroupRule.SEX, GroupRule.RISK_CLASS) and not _holds(named, told):
            return Misplaced(
                f"“{named.name}”组的人应符合该组的性别或职业类别；此人不符，请改为另一组",
                f"expected the sex or risk class of group {named.name}, found another; name another group",
            )
        return named
    found = next((one for one in groups if _holds(one, told)), None)
    if found is None:
        return Misplaced(
            f"参保组应为{listed}之一；没有填写，也不符合按性别或职业类别分的组，请在“参保组”列写明",
            f"expected one of the groups {listed}, found none, and no rule that holds; write the group in its column",
        )
    return found


def _holds(group: PackageGroup, told: Mapping[str, str]) -> bool:
    if group.rule == GroupRule.EVERYBODY:
        return True
    if group.rule == GroupRule.SEX:
        return _sex(told) == group.word
    if group.rule == GroupRule.RISK_CLASS:
        return said("risk_class", told.get("risk_class", "")) == group.word
    return False


def _sex(told: Mapping[str, str]) -> str:
    kind = KINDS.get(said("identity_kind", told.get("identity_kind", "居民身份证")))
    if kind is not None:
        try:
            identity = read_identity(kind, told.get("identity_number", ""))
        except NotAnIdentity:
            return ""
        if identity.sex is not None:
            return identity.sex.value
    return SEXES.get(said("sex", told.get("sex", "")), "")


# --- its roster -------------------------------------------------------------------------------------------------------


def waiting_uploads(*, package: Package) -> list[RosterUpload]:
    """The preview that waits: an upload of each plan, all of one file."""
    uploads = RosterUpload.objects.filter(enrolment__in=open_enrolments(package=package), taken_at=None)
    return list(uploads.select_related("file", "enrolment__version").order_by("enrolment", "-id").distinct("enrolment"))


@dataclass(frozen=True)
class PreviewLine:
    """A line of the roster as it was checked for all plans of the person's group; faults are told once."""

    line: int
    name: str
    group: str
    fee: Decimal
    faults: Sequence[Mapping[str, str]]
    warnings: Sequence[Mapping[str, str]]


def preview_counts(*, uploads: Sequence[RosterUpload]) -> tuple[int, int]:
    """How many lines were read, and how many of them are good."""
    rows = RosterRow.objects.filter(upload__in=uploads).order_by()
    every = rows.aggregate(n=Count("line", distinct=True))["n"]
    return every, every - rows.exclude(faults=[]).aggregate(n=Count("line", distinct=True))["n"]


def preview_lines(*, uploads: Sequence[RosterUpload], faulty: bool, first: int, most: int) -> list[PreviewLine]:
    """Some lines of a preview, in the order of the file: the faulty ones, or the good ones."""
    rows = RosterRow.objects.filter(upload__in=uploads).order_by()
    rows = rows.exclude(faults=[]) if faulty else rows.filter(faults=[])
    lines = list(rows.values_list("line", flat=True).distinct().order_by("line")[first : first + most])
    found: dict[int, list[RosterRow]] = {}
    for row in rows.filter(line__in=lines).order_by("line", "id"):
        found.setdefault(row.line, []).append(row)
    return [_line(line, mine) for line, mine in found.items()]


def _line(line: int, rows: Sequence[RosterRow]) -> PreviewLine:
    first = rows[0]
    fee = sum((row.fee_amount for row in rows), Decimal(0))
    return PreviewLine(
        line, first.name, first.package_group, fee, faults_of(row=first), _once(row.warnings for row in rows)
    )


def _once(several: Iterable[list[dict[str, str]]]) -> list[Mapping[str, str]]:
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for one in several:
        for fault in one:
            found.setdefault((fault["field"], fault["zh"]), fault)
    return list(found.values())


def term_of(*, package: Package) -> tuple[datetime.date, datetime.date] | None:
    """The days from the first of its plans' terms to the last; None without plans."""
    mine = open_enrolments(package=package)
    return (min(one.from_on for one in mine), max(one.until_on for one in mine)) if mine else None
