"""What of two records of one person cannot stand side by side: covers that share days, rosters on their way. Reads
everything that it is asked under; pure where it says so."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mutualaid.enrolment.models import Cover, RosterRow
from mutualaid.enrolment.windows import Continuing
from mutualaid.people.models import Member
from mutualaid.plans.queries import document_of


@dataclass(frozen=True)
class Clash:
    """Two covers that one person cannot have. ``excluding``: their plans exclude each other; else there are more
    units than the plan lets a person have on one day."""

    kept: Cover
    merged: Cover
    excluding: bool


def clashes(*, kept: Member, merged: Member, void: Collection[str] = ()) -> list[Clash]:
    """Covers of both, not cancelled, of which one would have to go first. ``void``: numbers of covers that would be gone."""
    covers = list(
        Cover.objects.filter(member__in=[kept, merged])
        .exclude(state="cancelled")
        .exclude(number__in=list(void))
        .select_related("version", "employer__unit")
        .order_by("from_on", "id")
    )
    own = [cover for cover in covers if cover.member_id == kept.pk]
    found = []
    for theirs in (cover for cover in covers if cover.member_id == merged.pk):
        for cover in own:
            if not _share_days(cover, theirs):
                continue
            if cover.family == theirs.family:
                if _too_many(cover, theirs, covers):
                    found.append(Clash(cover, theirs, excluding=False))
            elif _exclude(cover, theirs) or _exclude(theirs, cover):
                found.append(Clash(cover, theirs, excluding=True))
    return found


def rosters_under_way(*, merged: Member) -> list[str]:
    """Numbers of enrolments, not yet accepted, whose roster names the person by the number of the double."""
    rows = RosterRow.objects.filter(
        identity_index=merged.identity_index, taken=True, enrolment__state__in=("draft", "submitted")
    )
    return list(rows.order_by("enrolment__number").values_list("enrolment__number", flat=True).distinct())


@dataclass(frozen=True)
class Tenure:
    """Since when, and how often in a row, the person is covered by the family of a cover."""

    joined_on: datetime.date
    consecutive_periods: int


def tenures(*, covers: Sequence[Cover], continuing: Continuing | None = None) -> dict[int, Tenure]:
    """Of covers of one person that began, by their keys: each goes on with what ended where it begins, whichever
    record had it. What a cover says of itself already is never less. ``continuing``: what is known of offices' windows, where
    many persons are asked about."""
    found: dict[int, Tenure] = {}
    known = continuing or Continuing()
    begun = sorted((one for one in covers if one.state == "begun"), key=lambda one: (one.from_on, one.pk))
    for cover in begun:
        since = known.since(version=cover.version, unit_path=cover.unit_path, from_on=cover.from_on)
        before = [
            found[one.pk]
            for one in begun
            if one.pk in found and one.family == cover.family and since <= one.until_on <= cover.from_on
        ]
        found[cover.pk] = Tenure(
            min([cover.joined_on, *(one.joined_on for one in before)]),
            max([cover.consecutive_periods, *(one.consecutive_periods + 1 for one in before)]),
        )
    return found


def _share_days(one: Cover, other: Cover) -> bool:
    return one.from_on < other.until_on and other.from_on < one.until_on


def _too_many(one: Cover, other: Cover, covers: Sequence[Cover]) -> bool:
    """On a day that both share; the most units in a day are those of a day on which a cover begins."""
    family = [cover for cover in covers if cover.family == one.family]
    most = min(one.units_most, other.units_most)
    days = {cover.from_on for cover in family if cover.from_on < min(one.until_on, other.until_on)}
    shared = [day for day in days if day >= max(one.from_on, other.from_on)]
    return any(sum(cover.units for cover in family if cover.from_on <= day < cover.until_on) > most for day in shared)


def _exclude(one: Cover, other: Cover) -> bool:
    excludes = document_of(version=one.version).excludes
    return excludes is not None and bool({other.plan, other.family} & set(excludes.plans))
