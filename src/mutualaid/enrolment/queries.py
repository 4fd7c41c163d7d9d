"""Reads of enrolments, rosters and covers. Lists start from what ``access`` lets somebody see."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Length

from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.written import written
from mutualaid.enrolment.models import (
    Cover,
    Enrolment,
    GroupCover,
    GroupPlace,
    OfficeSetting,
    RosterRow,
    RosterUpload,
    Way,
)
from mutualaid.enrolment.roster.checking import Wanted, read_lines
from mutualaid.enrolment.roster.told import line_of
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.people.identity import normal
from mutualaid.people.models import Employer, Employment, Member
from mutualaid.people.queries import on_day
from mutualaid.plans.offering import employer_share
from mutualaid.plans.queries import document_of

ENDING = datetime.timedelta(days=60)
"""A cover that lasts longer than this into a new term goes on beside it: a roster of the term need not renew it."""


def ends_with(*, from_on: datetime.date, until_on: datetime.date) -> datetime.date:
    """The last day on which a cover of before may end for one of ``[from_on, until_on)`` to come after it. Of a term of which
    less than ``ENDING`` is left, covers that last to its end are not of before: they are of this very term."""
    return min(from_on + ENDING, until_on - datetime.timedelta(days=1))


def ends_after(*, from_on: datetime.date, until_on: datetime.date) -> datetime.date:
    """The day after which a cover of before one of ``[from_on, until_on)`` ends: a term's length before it, but for the day by
    which a leap year makes the term longer than the last: else the term before that would be of before, too."""
    length = until_on - from_on
    return from_on - length + datetime.timedelta(days=1 if length > ENDING else 0)


def billable(*, enrolment: Enrolment) -> tuple[int, Decimal]:
    """How many persons, and how much they owe together."""
    if enrolment.state == "accepted":
        sums = Cover.objects.filter(enrolment=enrolment).exclude(state="cancelled")
    else:
        sums = enrolment.rows.filter(taken=True)  # type: ignore[assignment]
    found = sums.aggregate(persons=Count("id"), amount=Coalesce(Sum("fee_amount"), Decimal(0)))
    return found["persons"], found["amount"]


def accepts_by_itself(*, employer: Employer) -> bool:
    """By the setting of the nearest office above the employer that has one."""
    above = [int(part) for part in employer.unit.path.split("/") if part]
    setting = OfficeSetting.objects.filter(unit__in=above).order_by(Length("unit__path").desc()).first()
    return setting is not None and setting.accepts_by_itself


def accepted_by_itself(*, enrolment: Enrolment) -> bool:
    """Whether an enrolment that was handed in needs no person: the office's setting says so, and nothing was noticed about
    anybody. Somebody who would be moved here from another employer is always seen by the office."""
    noticed = RosterRow.objects.filter(enrolment=enrolment, taken=True).exclude(warnings=[])
    return accepts_by_itself(employer=enrolment.employer) and not noticed.exists()


def with_persons(*, among: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Enrolments with ``persons``, the taken rows of each, newest first, ready for a list."""
    rows = RosterRow.objects.filter(enrolment=OuterRef("pk"), taken=True).order_by().values("enrolment")
    count = Subquery(rows.annotate(n=Count("id")).values("n"), output_field=IntegerField())
    listed = among.select_related("employer__unit", "version").annotate(persons=Coalesce(count, Value(0)))
    return listed.order_by("-id")


def rows_of(*, enrolment: Enrolment) -> QuerySet[RosterRow]:
    """The persons of an enrolment."""
    return enrolment.rows.filter(taken=True).order_by("line", "id")


def rows_named(*, rows: QuerySet[RosterRow], text: str) -> QuerySet[RosterRow]:
    """Those whose name has a text in it, or whose whole identity number it is; all for an empty text."""
    if not text.strip():
        return rows
    return rows.filter(
        Q(name__icontains=text.strip()) | Q(identity_index=blind_index(Member, "identity_index", normal(text)))
    )


def with_warnings(*, rows: QuerySet[RosterRow]) -> QuerySet[RosterRow]:
    """Those about which something was noticed that is no fault."""
    return rows.exclude(warnings=[])


def rows_of_upload(*, upload: RosterUpload, faulty: bool | None = None, field: str = "") -> QuerySet[RosterRow]:
    """The rows of a preview in the order of the file: all, the good or the faulty ones, or those with a fault in a field."""
    rows = upload.rows.order_by("line", "id")
    if faulty is not None:
        rows = rows.exclude(faults=[]) if faulty else rows.filter(faults=[])
    return rows.filter(faults__contains=[{"field": field}]) if field else rows


@dataclass(frozen=True)
class FaultGroup:
    """One kind of fault of a preview: how many rows have it, and the first of them."""

    field: str
    zh: str
    en: str
    count: int
    lines: Sequence[int]


def faults_grouped(*, upload: RosterUpload, lines_most: int = 20) -> list[FaultGroup]:
    """The faults of a preview by kind, the most frequent first."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for line, faults in upload.rows.exclude(faults=[]).order_by("line").values_list("line", "faults"):
        for one in faults:
            found.setdefault((one["field"], one["zh"], one["en"]), []).append(line)
    groups = [FaultGroup(*kind, len(lines), lines[:lines_most]) for kind, lines in found.items()]
    return sorted(groups, key=lambda group: (-group.count, group.lines[0]))


@dataclass(frozen=True)
class ShareNeeded:
    """A rule on an employer's share: of ``staff`` or ``women``; ``headcount`` is None where it was not declared."""

    of: str
    wanted: int
    enrolled: int
    headcount: int | None

    @property
    def kept(self) -> bool:
        """Whether enough are enrolled."""
        return self.headcount is not None and self.enrolled >= self.wanted

    @property
    def percent(self) -> int:
        """How far it is on the way to what is wanted, at most 100."""
        return min(100, self.enrolled * 100 // self.wanted) if self.wanted else 100


def kept_by(*, employer: int | OuterRef) -> Q:
    """Covers that an employer (its key, or what stands for that in a statement on many) took and kept, or that were handed over
    to it."""
    return Q(heir=None, employer=employer) | Q(heir=employer)


def kept_by_any(*, employers: Collection[int] | QuerySet[Employer, int]) -> Q:
    """The same of several, by their keys."""
    return Q(heir=None, employer__in=employers) | Q(heir__in=employers)


def covered_already(*, enrolment: Enrolment) -> tuple[int, int]:
    """How many of the employer's present staff, and how many women of them, have cover in the family that lasts well
    into the term by other enrolments: a roster of newcomers need not bring them again. One statement."""
    work = Employment.objects.filter(on_day(day_of(enrolment.begun_at)), member=OuterRef("member"), until_on=None)
    here = Exists(work.filter(employer=enrolment.employer_id).values("pk"))
    covers = Cover.objects.filter(
        kept_by(employer=enrolment.employer_id),
        here,
        family=enrolment.version.family,
        until_on__gt=ends_with(from_on=enrolment.from_on, until_on=enrolment.until_on),
    ).exclude(state="cancelled")
    rows = RosterRow.objects.filter(enrolment=enrolment, taken=True).values("identity_index")
    others = covers.exclude(enrolment=enrolment).exclude(member__identity_index__in=rows).order_by()
    women = Count("member", distinct=True, filter=Q(member__sex="F"))
    found = others.aggregate(all=Count("member", distinct=True), women=women)
    return found["all"], found["women"]


def shares_of(*, enrolment: Enrolment, persons: int) -> list[ShareNeeded]:
    """The plan's rules on the employer's share, held against ``persons`` taken rows. Rows are read only for a rule on women."""
    document = document_of(version=enrolment.version)
    women = _women(enrolment) if any(rule.of == "women" for rule in document.employer) else 0
    if document.employer:
        others, other_women = covered_already(enrolment=enrolment)
        persons, women = persons + others, women + other_women
    found = []
    for rule in document.employer:
        alone = document.model_copy(update={"employer": [rule]})
        headcount = enrolment.women_headcount if rule.of == "women" else enrolment.headcount
        # What is wanted is what nobody enrolled would fall short of.
        lacking = employer_share(alone, enrolled=0, headcount=enrolment.headcount, women_headcount=headcount)
        wanted = lacking.wanted if lacking is not None else 0
        found.append(ShareNeeded(rule.of, wanted, women if rule.of == "women" else persons, headcount))
    return found


def _women(enrolment: Enrolment) -> int:
    """How many of the taken rows are of women."""
    wanted = Wanted(document_of(version=enrolment.version), enrolment.employer_id, enrolment.from_on, enrolment.from_on)
    rows = read_lines((line_of(row=row) for row in rows_of(enrolment=enrolment)), wanted)
    return sum(row.person is not None and row.person.sex == "F" for row in rows)


def covered_by_employer(*, employers: Iterable[int], on: datetime.date) -> dict[int, int]:
    """How many persons each of some employers (keys of their units) has covered on a day."""
    keys = list(employers)
    covers = Cover.objects.filter(kept_by_any(employers=keys), in_force(on=on)).order_by()
    kept = covers.annotate(keeper=Coalesce("heir", "employer")).values_list("keeper")
    return dict(kept.annotate(n=Count("member", distinct=True)))


def progress_of(*, among: QuerySet[Enrolment]) -> dict[str, int]:
    """How many enrolments stand in each state."""
    counted = dict(among.order_by().values_list("state").annotate(n=Count("id")))
    return {state: counted.get(state, 0) for state in ENROLMENT.names}


@dataclass(frozen=True)
class Standing:
    """A cover on a day: ``pending`` (not paid), ``ahead`` (paid, not begun), ``in_force`` or ``past``."""

    cover: Cover
    when: str


def covers_of_member(*, member: Member, on: datetime.date, among: QuerySet[Cover] | None = None) -> list[Standing]:
    """A member's covers, those in force first; ``among``: only of these. Cancelled ones are left out."""
    covers = _covers(member=member.pk) if among is None else _listed(among.filter(member=member))
    order = ("in_force", "ahead", "pending", "past")
    standing = [Standing(cover, standing_of(cover=cover, on=on)) for cover in covers]
    return sorted(standing, key=lambda one: order.index(one.when))


def _listed(covers: QuerySet[Cover]) -> QuerySet[Cover]:
    joined = covers.exclude(state="cancelled").select_related("version__office", "employer__unit")
    return joined.order_by("-from_on", "-id")


@written
def _covers(*, member: int) -> QuerySet[Cover]:
    return _listed(Cover.objects.filter(member=member))


def standing_of(*, cover: Cover, on: datetime.date) -> str:
    """How a cover stands on a day; ``cancelled`` too."""
    if cover.state != "begun":
        return cover.state
    if on < cover.from_on:
        return "ahead"
    return "in_force" if on < cover.until_on else "past"


def in_force(*, on: datetime.date) -> Q:
    """Covers that are in force on a day."""
    return Q(state="begun") & on_day(on)


def expiring(*, on: datetime.date, days: int = 30) -> Q:
    """Covers in force on a day that end within some days of it."""
    return in_force(on=on) & Q(until_on__lte=on + datetime.timedelta(days=days))


def persons_covered(*, among: QuerySet[Cover], on: datetime.date) -> int:
    """How many persons are covered on a day by some of the covers."""
    return among.filter(in_force(on=on)).order_by().values("member").distinct().count()


def gig_unions() -> QuerySet[Employer, Any]:
    """Keys of employers that are unions of gig workers: people have joined them without a roster, or can."""
    joined = Enrolment.objects.filter(way__in=[Way.JOINING, Way.PLATFORM]).values("employer")
    return Employer.objects.filter(Q(joining_pages__isnull=False) | Q(pk__in=joined)).values("pk")


def free_to_come(*, members: Sequence[Member], employer: Employer, on: datetime.date) -> list[Member]:
    """Those of some gig workers who work nowhere from a day on, or at unions of gig workers: not who has an employer of their
    own."""
    work = Employment.objects.filter(Q(until_on=None) | Q(until_on__gt=on), member__in=members)
    elsewhere = work.exclude(employer=employer).exclude(employer__in=gig_unions())
    stay = set(elsewhere.values_list("member_id", flat=True))
    return [member for member in members if member.pk not in stay]


def groups_listed(*, among: QuerySet[GroupCover]) -> QuerySet[GroupCover]:
    """Groups with how many places were named or confirmed (``used``), the newest first, ready for a list."""
    used = Count("named", filter=~Q(named__state="refused"))
    joined = among.select_related("enrolment__version__office", "enrolment__employer__unit")
    return joined.annotate(used=used).order_by("-id")


def groups_found(*, among: QuerySet[GroupCover], text: str, on: datetime.date) -> QuerySet[GroupCover]:
    """Groups by number, or by a part of the station's name or its code; of terms that are not over long ago, newest first."""
    lately = groups_listed(among=among).filter(enrolment__until_on__gt=on - datetime.timedelta(days=3 * 366))
    if not text:
        return lately
    unit = "enrolment__employer__unit"
    return lately.filter(
        Q(number=text.upper()) | Q(**{f"{unit}__name__icontains": text}) | Q(**{f"{unit}__code": text.upper()})
    )


def places_named(*, among: Iterable[GroupPlace]) -> list[GroupPlace]:
    """Who was named for places that the asker sees, the newest first: with the person, wherever they are employed."""
    seen = [one.pk for one in among]
    with within([EVERYTHING], reads=True):
        rows = GroupPlace.objects.filter(pk__in=seen).order_by("-id")
        return list(rows.select_related("member", "group__enrolment__employer__unit", "evidence", "cover"))


def group_of_cover(*, cover: Cover) -> GroupPlace | None:
    """The place by which a person is covered; None for who is covered by name."""
    with within([EVERYTHING], reads=True):
        return GroupPlace.objects.select_related("group").filter(cover=cover).first() if cover.work else None
