"""What is read of mergers and splits of employers: whom a list names, what goes along, what has to be done first."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from mutualaid.core.encryption import blind_indexes
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.leavers import NoLeavers, rows_of
from mutualaid.enrolment.models import (
    ChangedEmployer,
    ChangedPerson,
    ChangeKind,
    Cover,
    EmployerChange,
    Enrolment,
    JoiningPage,
    RosterRow,
    Target,
    Way,
)
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.queries import kept_by
from mutualaid.enrolment.roster.columns import header
from mutualaid.people.identity import normal
from mutualaid.people.models import Employer, EmployerClerk, Employment, IdentityChange, Member
from mutualaid.people.move_models import UnitMove
from mutualaid.people.names import search_key

ROWS_MOST = 50_000
_AT_ONCE = 10_000


# --- whom a list names ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """A row of a list of staff, as it is written."""

    line: int
    name: str
    identity_number: str


@dataclass(frozen=True)
class Missing:
    """A row that leads to nobody, and why (Chinese, English); no personal data."""

    line: int
    zh: str
    en: str


def read_list(*, content: bytes) -> list[Named]:
    """An .xlsx, .xls or .csv with a column of identity numbers, perhaps one of names, in any order. Raises NoLeavers."""
    rows = rows_of(content=content)
    for place, row in enumerate(rows[:20]):  # noqa: B007 - used after it
        columns = {header(cell) or "": at for at, cell in enumerate(row)}
        if "identity_number" in columns:
            break
    else:
        raise NoLeavers(
            "应有表头“证件号码”（可另有“姓名”）；没有找到，请加上表头后再上传",
            "expected a header with the identity number, perhaps the name, found none; add it and bring the file again",
        )
    found = []
    for line, row in enumerate(rows[place + 1 :], start=place + 2):
        told = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        if told["identity_number"] or told.get("name"):
            found.append(Named(line, told.get("name", ""), told["identity_number"]))
    if not 0 < len(found) <= ROWS_MOST:
        raise NoLeavers(
            f"应有 1 至 {ROWS_MOST} 人；得到 {len(found)} 人，请核对名单",
            f"expected 1 to {ROWS_MOST} persons, found {len(found)}; check the list",
        )
    return found


def staff_named(*, named: Sequence[Named], giver: int, on: datetime.date) -> tuple[list[int], list[Missing]]:
    """Keys of the members of a list who work at an employer (its key), in the order of the list, and the rows that lead to
    nobody there."""
    indexes = [
        str(one) for one in blind_indexes(Member, "identity_index", [normal(one.identity_number) for one in named])
    ]
    with within([EVERYTHING], reads=True):
        known = _known(indexes)
        work = Employment.objects.filter(Q(until_on=None) | Q(until_on__gt=on), employer=giver)
        here = set(work.values_list("member_id", flat=True))
        former = _former([one for one, index in zip(named, indexes, strict=True) if index not in known])
    found: dict[int, int] = {}
    missing = []
    for one, index in zip(named, indexes, strict=True):
        member, name = known.get(index, (0, ""))
        why = _why_missing(one, member, name, member in here, found.get(member), former)
        if why is None:
            found[member] = one.line
        else:
            missing.append(Missing(one.line, *why))
    return list(found), missing


def _why_missing(
    one: Named, member: int, name: str, here: bool, line: int | None, former: set[int]
) -> tuple[str, str] | None:
    if line is not None:
        return f"与第 {line} 行是同一人", f"the same person as row {line}"
    if one.line in former:
        return (
            "证件号码已更正，请改用更正后的号码",
            "this number was corrected; use the corrected one",
        )
    if not member:
        return "没有登记使用该证件号码的会员", "no member is registered with this number"
    if not here:
        return "现不在原单位任职", "does not work at the former employer"
    if one.name and search_key(one.name) != search_key(name):
        return "姓名与登记的不一致", "the name is not the one that is registered"
    return None


def _known(indexes: Sequence[str]) -> dict[str, tuple[int, str]]:
    """By the blind index of a number: the key and name of who bears it, or of the one into whom they were merged."""
    found: dict[str, tuple[int, str]] = {}
    for first in range(0, len(indexes), _AT_ONCE):
        rows = Member.objects.filter(identity_index__in=indexes[first : first + _AT_ONCE])
        columns = ("identity_index", "id", "name", "merged_into_id", "merged_into__name")
        for index, key, name, into, into_name in rows.values_list(*columns):
            found[str(index)] = (key, name) if into is None else (into, into_name)
    return found


def _former(named: Sequence[Named]) -> set[int]:
    """Lines whose number somebody had until it was corrected."""
    numbers = blind_indexes(IdentityChange, "identity_index", [normal(one.identity_number) for one in named])
    lines: dict[str, list[int]] = {}
    for one, index in zip(named, numbers, strict=True):
        lines.setdefault(str(index), []).append(one.line)
    rows = IdentityChange.objects.filter(identity_index__in=list(lines)[:_AT_ONCE])
    return {line for index in rows.values_list("identity_index", flat=True) for line in lines[str(index)]}


# --- what goes along --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """What an employer of a change brings along, as it stands: ``persons`` who work there or will, ``covers`` in force or to
    come, ``drafts`` of rosters and packages, bound ``clerks``, ``targets``, open ``pages`` to join by."""

    giver: ChangedEmployer
    persons: int
    covers: int
    drafts: int = 0
    clerks: int = 0
    targets: int = 0
    pages: int = 0


def loads(*, change: EmployerChange, on: datetime.date) -> list[Load]:
    """Employer by employer."""
    with within([EVERYTHING], reads=True):
        givers = list(ChangedEmployer.objects.filter(change=change).select_related("employer__unit").order_by("id"))
        return [_load(change, one, on) for one in givers]


def _load(change: EmployerChange, giver: ChangedEmployer, on: datetime.date) -> Load:
    employer = giver.employer_id
    going = staff_going(change=change, employer=employer, on=on)
    covers = Cover.objects.filter(kept_by(employer=employer), until_on__gt=on).exclude(state="cancelled")
    if change.kind == ChangeKind.SPLIT:
        listed = ChangedPerson.objects.filter(change=change).values("member")
        persons = going.values("member").distinct().count()
        return Load(giver, persons, covers.filter(member__in=listed).count())
    return Load(
        giver,
        going.values("member").distinct().count(),
        covers.count(),
        drafts_of(employer=employer).count() + packages_of(employer=employer).count(),
        EmployerClerk.objects.filter(employer=employer, state="bound").count(),
        Target.objects.filter(unit=employer).count(),
        JoiningPage.objects.filter(employer=employer, state="open").count(),
    )


def staff_going(*, change: EmployerChange, employer: int, on: datetime.date) -> QuerySet[Employment]:
    """Employments, today or later, of those who go from an employer (its key)."""
    going = Employment.objects.filter(Q(until_on=None) | Q(until_on__gt=on), employer=employer)
    if change.kind == ChangeKind.MERGER:
        return going
    return going.filter(member__in=ChangedPerson.objects.filter(change=change).values("member"))


def drafts_of(*, employer: int) -> QuerySet[Enrolment]:
    """Rosters under way that go along: of a single plan, not handed in."""
    return Enrolment.objects.filter(employer=employer, state="draft", package=None, way=Way.ROSTER)


def packages_of(*, employer: int) -> QuerySet[Package]:
    """Packages under way that go along with all their plans: not handed in."""
    return Package.objects.filter(employer=employer, state="draft")


def persons_of(*, change: EmployerChange) -> QuerySet[ChangedPerson]:
    """Who is named by a split, by name."""
    return ChangedPerson.objects.filter(change=change).select_related("member").order_by("member__name", "member_id")


def changes_of(*, employer: Employer, among: QuerySet[EmployerChange]) -> QuerySet[EmployerChange]:
    """Of some changes those in which an employer has a part, the newest first."""
    part = ChangedEmployer.objects.filter(employer=employer).values("change")
    return among.filter(Q(taker=employer) | Q(pk__in=part)).order_by("-id")


def words_of(*, change: EmployerChange) -> dict[str, object]:
    """What notices say of it."""
    givers = change.givers.order_by("id").values_list("name", flat=True)
    return {"number": change.number, "givers": "、".join(givers), "taker": change.taker_name, "on": change.on_day}


# --- what has to be done first ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Obstacle:
    """Why a change cannot be made as things stand, and what to do first (Chinese, English). ``enrolment`` and ``package``: the
    number of what it is about."""

    employer: str
    zh: str
    en: str
    enrolment: str = ""
    package: str = ""


def obstacles(*, change: EmployerChange) -> list[Obstacle]:
    """All that stands in the way. What is handed in, or accepted and not paid, names an employer that is to pay and whose
    declared staff it was held against: it is finished under that name before the employer is part of another."""
    with within([EVERYTHING], reads=True):
        taker = Employer.objects.select_related("unit").get(pk=change.taker_id)
        givers = list(ChangedEmployer.objects.filter(change=change).select_related("employer__unit").order_by("id"))
        found = [one for each in [taker, *(giver.employer for giver in givers)] for one in _of_tree(change, each)]
        for giver in givers:
            found += _handed_in(change, giver.employer)
            if change.kind == ChangeKind.MERGER:
                found += _unpaid(giver.employer) + _under_way(giver.employer) + _moving(giver.employer)
        return found + (_drafts_twice(change, givers) if change.kind == ChangeKind.MERGER else [])


def _of_tree(change: EmployerChange, employer: Employer) -> list[Obstacle]:
    name = employer.unit.name
    if employer.merged_into_id is not None:
        return [Obstacle(name, "该单位已并入另一单位，请撤回", "it is part of another employer already; withdraw this")]
    if not employer.unit_path.startswith(change.office_path):
        return [
            Obstacle(
                name,
                "该单位已转到另一机构，请撤回后由新的共同上级机构办理",
                "it went to another office; withdraw this and have the office above both do it",
            )
        ]
    return []


def _handed_in(change: EmployerChange, employer: Employer) -> list[Obstacle]:
    """Of a split, only what names somebody who goes: accepted, it would bring them back."""
    waiting = Enrolment.objects.filter(employer=employer, state="submitted")
    if change.kind == ChangeKind.SPLIT:
        numbers = ChangedPerson.objects.filter(change=change).values("member__identity_index")
        rows = RosterRow.objects.filter(enrolment=OuterRef("pk"), taken=True, identity_index__in=numbers)
        waiting = waiting.filter(Exists(rows))
    return [
        Obstacle(
            employer.unit.name,
            f"{name.zh}待审核，请先核准或退回",
            f"{name.en} is handed in; accept it or send it back first",
            name.enrolment,
            name.package,
        )
        for name in _named(waiting)
    ]


def _unpaid(employer: Employer) -> list[Obstacle]:
    pending = Q(covers__state="pending") | Q(group__state="pending")
    waiting = Enrolment.objects.filter(pending, employer=employer, state="accepted").distinct()
    return [
        Obstacle(
            employer.unit.name,
            f"{name.zh}已核准，还有账单未缴清；请先缴清，或撤回、作废账单",
            f"{name.en} is accepted and not wholly paid; have it paid, or take it back or cancel its bills",
            name.enrolment,
            name.package,
        )
        for name in _named(waiting)
    ]


@dataclass(frozen=True)
class _Name:
    """How an obstacle calls an enrolment, or the package of which it is a part."""

    zh: str
    en: str
    enrolment: str = ""
    package: str = ""


def _named(enrolments: QuerySet[Enrolment]) -> list[_Name]:
    """The first of them; a package once, since its plans are decided and taken back together."""
    found: dict[_Name, None] = {}
    for one in enrolments.select_related("package").order_by("id")[:20]:
        whole = one.package
        if whole is not None:
            found[_Name(f"综合保障计划 {whole.number} ", f"package {whole.number}", package=whole.number)] = None
        else:
            found[_Name(f"参保单 {one.number} ", f"enrolment {one.number}", one.number)] = None
    return list(found)


def _under_way(employer: Employer) -> list[Obstacle]:
    others = Enrolment.objects.filter(employer=employer, state="draft", package=None).exclude(way=Way.ROSTER)
    return [
        Obstacle(
            employer.unit.name,
            f"参保单 {one.number} 不是名单参保，请先办完或取消",
            f"enrolment {one.number} is not by a roster; finish it or cancel it first",
            one.number,
        )
        for one in others.order_by("id")[:20]
    ]


def _moving(employer: Employer) -> list[Obstacle]:
    waits = UnitMove.objects.filter(unit=employer.pk, state__in=["asked", "accepted"]).order_by("id")
    return [
        Obstacle(
            employer.unit.name,
            f"单位转移 {one.number} 正在办理，请先办完或撤回",
            f"move {one.number} to another office is under way; finish it or take it back first",
        )
        for one in waits
    ]


def _drafts_twice(change: EmployerChange, givers: Sequence[ChangedEmployer]) -> list[Obstacle]:
    """Of one plan and term an employer has one open enrolment."""
    every = [change.taker_id, *(one.employer_id for one in givers)]
    among = Enrolment.objects.filter(employer__in=every, state__in=["draft", "submitted"])
    twice = among.values("version", "from_on").annotate(n=Count("id")).filter(n__gt=1).order_by("version", "from_on")
    found = []
    for pair in twice:
        same = among.filter(version=pair["version"], from_on=pair["from_on"]).select_related(
            "employer__unit", "version", "package"
        )
        rows = list(same.order_by("id"))
        last = rows[-1]
        # A plan of a package is not cancelled by itself: taken out of it, or the package is cancelled.
        numbers = "、".join(one.package.number if one.package is not None else one.number for one in rows)
        found.append(
            Obstacle(
                last.employer.unit.name,
                f"“{rows[0].version.name_zh}”同一期有多份未办完的参保单（{numbers}），请先取消或从综合保障计划中去掉，只留一份",
                f"several open enrolments in “{rows[0].version.name_zh}” for one term ({numbers}); cancel all but one "
                "first, or take it out of its package",
                last.number if last.package is None else "",
                last.package.number if last.package is not None else "",
            )
        )
    return found
