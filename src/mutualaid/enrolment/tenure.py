"""How long somebody is covered without a break, and of which pieces that is made, whichever employer, office or plan of the
family.

Waiting times are reckoned from the first day of it; what each cover says of that itself (``Cover.joined_on``) was written when it
began.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.doubling import tenures
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.windows import Continuing
from mutualaid.people.models import Member
from mutualaid.plans.offering import continues_from, waits_until
from mutualaid.plans.queries import document_of


@dataclass(frozen=True)
class Piece:
    """Days by one cover. ``number`` and ``employer`` are empty where the asker may not see the cover: then ``office`` alone says
    where it was."""

    number: str
    employer: str
    office: str
    plan: str
    from_on: datetime.date
    until_on: datetime.date


@dataclass(frozen=True)
class Unbroken:
    """One family's last unbroken run: since when, the how manieth period it is, until when it lasts, the first day without
    waiting (None: the plan has no waiting, or it is over), and its pieces from the latest on. ``earlier``: there were days before
    the first piece, which another system told when an office was taken over."""

    family: str
    plan: str
    joined_on: datetime.date
    periods: int
    until_on: datetime.date
    waits_until: datetime.date | None
    pieces: tuple[Piece, ...]
    earlier: bool


def unbroken(*, member: Member, on: datetime.date, seen: Collection[int] | None = None) -> list[Unbroken]:
    """Of each family in which a member is or was covered, the last run, the latest first. ``seen``: keys of the covers that the
    asker may see; all without it. One statement, whatever branch the covers lie in."""
    with within([EVERYTHING], reads=True):
        joined = Cover.objects.select_related("version", "employer__unit__parent")
        covers = list(joined.filter(member=member, state="begun").order_by("-from_on", "-id"))
    families: dict[str, list[Cover]] = {}
    for cover in covers:
        families.setdefault(cover.family, []).append(cover)
    return [_run(rows, on, seen) for rows in families.values()]


def _run(covers: Sequence[Cover], on: datetime.date, seen: Collection[int] | None) -> Unbroken:
    """``covers`` of one family, the latest first."""
    last = covers[0]
    run, first = [last], last
    for cover in covers[1:]:
        since = continues_from(document_of(version=first.version), from_on=first.from_on)
        # What was counted when the last began holds: an office's window of that term may have been withdrawn since.
        if cover.until_on < since and cover.from_on < last.joined_on:
            break
        run.append(cover)
        first = min(first, cover, key=lambda one: one.from_on)
    wait = waits_until(document_of(version=last.version), joined_on=last.joined_on)
    return Unbroken(
        str(last.family),
        str(last.version.name_zh),
        last.joined_on,
        last.consecutive_periods,
        last.until_on,
        wait if wait is not None and wait > on else None,
        tuple(_piece(cover, seen is None or cover.pk in seen) for cover in run),
        last.joined_on < first.from_on,
    )


def _piece(cover: Cover, shown: bool) -> Piece:
    unit = cover.employer.unit
    above = unit.parent
    return Piece(
        str(cover.number) if shown else "",
        str(unit.name) if shown else "",
        str(above.name) if above is not None else "",
        str(cover.version.name_zh),
        cover.from_on,
        cover.until_on,
    )


def reckon_anew(*, members: Collection[int], family: str) -> list[Cover]:
    """Covers of some members in a family that say less than is so, since one that they go on with began after them (its bill was
    paid late), with what they are to say. Not saved; in the order of their keys."""
    covers: dict[int, list[Cover]] = {}
    rows = Cover.objects.filter(member__in=members, family=family, state="begun").select_related("version")
    for cover in rows.order_by("pk"):
        covers.setdefault(cover.member_id, []).append(cover)
    changed = []
    continuing = Continuing()
    for own in covers.values():
        found = tenures(covers=own, continuing=continuing)
        for cover in own:
            now = found[cover.pk]
            if (now.joined_on, now.consecutive_periods) != (cover.joined_on, cover.consecutive_periods):
                cover.joined_on, cover.consecutive_periods = now.joined_on, now.consecutive_periods
                changed.append(cover)
    return sorted(changed, key=lambda cover: cover.pk)
