"""Whom an employer covered in the term before and may renew: reads, for the offer of a renewal and for the roster
that it makes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from mutualaid.enrolment.composition import GroupWanted, wanted_of
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.package_models import Package, PackagePlan
from mutualaid.enrolment.packages import groups_of
from mutualaid.enrolment.queries import ends_after, ends_with, kept_by
from mutualaid.enrolment.roster.columns import EMPLOYMENTS, INSURANCES, KINDS
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Employer, Employment
from mutualaid.people.queries import on_day
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import Term
from mutualaid.plans.queries import offered

_AT_ONCE = 2000
_KIND = {kind.value: word for word, kind in KINDS.items()}
_WORK = {code: word for word, code in EMPLOYMENTS.items()}
_INSURANCE = {code: word for word, code in INSURANCES.items()}


RENEWED, YEAR = datetime.timedelta(days=90), datetime.timedelta(days=366)
"""So long before their end, and after it, packages are offered for renewal."""


@dataclass(frozen=True)
class Renewable:
    """An offered version of a family in which the employer covered staff before the term that can be enrolled in
    now. ``here``: how many
    of those ``before`` still work at the employer; ``enrolled``: whether an enrolment for that term is there already."""

    version: PlanVersion
    term: Term
    before: int
    here: int
    enrolled: Enrolment | None


def covers_before(
    *, employer: Employer, family: str, from_on: datetime.date, until_on: datetime.date
) -> QuerySet[Cover]:
    """The last covers of the employer's staff, or handed over to it, in the term before ``[from_on, until_on)``, one of each
    member; without those whose cover goes on into it."""
    last = ends_with(from_on=from_on, until_on=until_on)
    before = Cover.objects.filter(
        kept_by(employer=employer.pk),
        family=family,
        state="begun",
        from_on__lt=from_on,
        until_on__gt=ends_after(from_on=from_on, until_on=until_on),
        until_on__lte=last,
    )
    goes_on = (
        Cover.objects.filter(member=OuterRef("member"), family=family, until_on__gt=last)
        .exclude(state="cancelled")
        .values("pk")
    )
    return before.filter(~Exists(goes_on)).order_by("member_id", "-until_on", "-id").distinct("member_id")


def still_here(*, covers: QuerySet[Cover], employer: Employer, on: datetime.date) -> QuerySet[Cover]:
    """Those whose members work at the employer on a day, and of whom no end of it is known."""
    work = Employment.objects.filter(on_day(on), member=OuterRef("member"), employer=employer, until_on=None)
    return covers.filter(Exists(work.values("pk")))


def renewable(*, employer: Employer, offers: Sequence[tuple[PlanVersion, Term]], on: datetime.date) -> list[Renewable]:
    """Of what is offered, that in which somebody was covered before; a statement or two for each family."""
    families = dict(
        Cover.objects.filter(kept_by(employer=employer.pk), family__in=[one.family for one, _ in offers], state="begun")
        .order_by()
        .values_list("family")
        .annotate(n=Count("id"))
    )
    found = []
    for version, term in offers:
        if version.family not in families:
            continue
        covers = covers_before(employer=employer, family=version.family, from_on=term.from_on, until_on=term.until_on)
        before = covers.count()
        if not before:
            continue
        here = still_here(covers=covers, employer=employer, on=on).count()
        same = Enrolment.objects.filter(employer=employer, version=version, until_on=term.until_on)
        enrolled = same.exclude(state="cancelled").order_by("-id").first()
        found.append(Renewable(version, term, before, here, enrolled))
    return found


def roster_before(*, enrolment: Enrolment, on: datetime.date) -> Iterator[dict[str, str]]:
    """Last term's persons who still work at the employer, as a roster would tell them: who they are by the register,
    what they were by
    their cover. Those who left are for the differences to name. Decrypts, so it takes some seconds for 100,000."""
    covers = covers_before(
        employer=enrolment.employer,
        family=enrolment.version.family,
        from_on=enrolment.from_on,
        until_on=enrolment.until_on,
    )
    keys = list(still_here(covers=covers, employer=enrolment.employer, on=on).values_list("pk", flat=True))
    for first in range(0, len(keys), _AT_ONCE):
        some = Cover.objects.filter(pk__in=keys[first : first + _AT_ONCE]).select_related("member")
        for cover in some.defer("member__phone", "member__bank_card").order_by("member__name", "member_id"):
            yield _told(cover)


def package_before(*, package: Package) -> QuerySet[Cover]:
    """Of each member whom a package covers or covered one cover, that with a risk class if there is one."""
    covers = Cover.objects.filter(enrolment__package=package, state="begun")
    return covers.order_by("member_id", "-risk_class", "id").distinct("member_id")


def package_roster_before(*, package: Package, on: datetime.date) -> Iterator[dict[str, str]]:
    """A package's persons who still work at the employer, each in their group, as a roster for another would tell them. Options
    and units are those of the new package."""
    covers = package_before(package=package)
    keys = list(still_here(covers=covers, employer=package.employer, on=on).values_list("pk", flat=True))
    for first in range(0, len(keys), _AT_ONCE):
        some = Cover.objects.filter(pk__in=keys[first : first + _AT_ONCE]).select_related("member")
        for cover in some.defer("member__phone", "member__bank_card").order_by("member__name", "member_id"):
            told = _told(cover) | {"package_group": cover.package_group}
            yield {name: text for name, text in told.items() if text and name not in ("option", "units")}


@dataclass(frozen=True)
class PackageRenewal:
    """What would come of renewing a package: how many it covered, how many of them still work there, the groups with what is
    offered now, and the names of plans that are offered no more."""

    before: int
    here: int
    groups: Sequence[GroupWanted]
    gone: Sequence[str]


def package_renewal(*, package: Package, on: datetime.date) -> PackageRenewal:
    """As it is on a day. A plan goes on in the version of its family that is offered then."""
    now = {one.family: one for one in offered(unit=package.employer.unit, on=on)}
    groups: list[GroupWanted] = []
    gone: dict[str, str] = {}
    for row in groups_of(package=package):
        group = wanted_of(group=row)
        plans = [replace(one, version=now[one.version.family]) for one in group.plans if one.version.family in now]
        gone |= {one.version.family: one.version.name_zh for one in group.plans if one.version.family not in now}
        if plans:
            groups.append(replace(group, plans=plans, headcount=None))
    covers = package_before(package=package)
    here = still_here(covers=covers, employer=package.employer, on=on).count()
    return PackageRenewal(covers.count(), here, groups, list(gone.values()))


def packages_to_renew(*, among: QuerySet[Package], on: datetime.date) -> list[Package]:
    """Accepted packages whose covers begun and end within 90 days, or ended within the year, the latest first, of which no later
    package was begun."""
    ends = Max("enrolments__until_on", filter=~Q(enrolments__state="cancelled"))
    rows = among.filter(state="accepted").annotate(ends_on=ends)
    begun = Cover.objects.filter(enrolment__package=OuterRef("pk"), state="begun")
    later = Package.objects.filter(employer=OuterRef("employer"), pk__gt=OuterRef("pk")).exclude(state="cancelled")
    rows = rows.filter(Exists(begun), ~Exists(later), ends_on__lte=on + RENEWED, ends_on__gt=on - YEAR)
    return list(rows.select_related("employer__unit").order_by("-id"))


def families_of(*, packages: Sequence[Package]) -> set[str]:
    """Of the plans that stand in any of them. One statement."""
    held = PackagePlan.objects.filter(group__package__in=packages)
    return set(held.values_list("version__family", flat=True))


def _told(cover: Cover) -> dict[str, str]:
    member = cover.member
    told = {
        "name": member.name,
        "identity_kind": _KIND[member.identity_kind],
        "identity_number": member.identity_number,
        "units": str(cover.units),
        "employment": _WORK.get(cover.employment, ""),
        "basic_insurance": _INSURANCE.get(cover.basic_insurance, ""),
        "option": cover.option,
        "risk_class": cover.risk_class,
        "groups": "、".join(cover.groups),
    }
    if member.identity_kind in (IdentityKind.PASSPORT, IdentityKind.FOREIGN_RESIDENCE):
        told |= {"sex": "女" if member.sex == "F" else "男", "birth_date": member.birth_date.isoformat()}
    return {name: text for name, text in told.items() if text}
