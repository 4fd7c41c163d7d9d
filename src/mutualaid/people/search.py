"""One search box: members, units and employers by whatever people have at hand; other domains add their numbers.

A domain above registers a finder when its app is ready (``register_finder``). Each finder asks its own ``access``; what is
found is what the actor may see, and no text that is typed makes it fail. Who looked for persons is the portal's to note:
``SearchResult.persons`` says how many were shown.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Prefetch, Q

from mutualaid.core.actors import Actor
from mutualaid.people.access import members_visible_to, units_visible_to
from mutualaid.people.identity import normal
from mutualaid.people.models import Employment, Level, Member, Unit
from mutualaid.people.names import unit_key
from mutualaid.people.queries import found_by_former_number, members_found, on_day

LONGEST = 100


@dataclass(frozen=True)
class Hit:
    """Something found. ``kind``: ``member``, ``employer``, ``unit``, or a word of another domain; ``number``: by which pages name
    it (member's number, unit's code); ``title`` and ``note``: what is shown."""

    kind: str
    number: str
    title: str
    note: str


@dataclass(frozen=True)
class SearchResult:
    """``hits`` in the order of kinds; ``more``: whether a kind had more than was wanted."""

    text: str
    hits: tuple[Hit, ...]
    more: bool

    @property
    def persons(self) -> int:
        """How many hits name persons: a search for persons is noted in the audit trail by the portal."""
        return sum(1 for hit in self.hits if hit.kind in {"member", "cover", "claim"})


class Finder(Protocol):
    """Looks for one kind of things that the actor may see; gives at most ``limit``."""

    def __call__(self, *, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]: ...


def search(*, actor: Actor, text: str, on: datetime.date, limit: int = 20) -> SearchResult:
    """What is meant by a text: at most ``limit`` of each kind. Nothing is found by nothing."""
    wanted = text.replace("\x00", "").encode("utf-8", "ignore").decode().strip()[:LONGEST]
    if not wanted:
        return SearchResult("", (), more=False)
    found: list[Hit] = []
    more = False
    for finder in _FINDERS:
        hits = finder(actor=actor, text=wanted, on=on, limit=limit + 1)
        more = more or len(hits) > limit
        found.extend(hits[:limit])
    return SearchResult(wanted, tuple(found), more)


def register_finder(finder: Finder) -> None:
    """Add a kind of things, once, when the app of a domain is ready."""
    if finder not in _FINDERS:
        _FINDERS.append(finder)


def find_members(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """By number, name or a part of it, pinyin initials, identity number or its last four places, phone; two statements beside
    those of ``access``."""
    works = Employment.objects.filter(on_day(on)).select_related("employer__unit")
    among = members_visible_to(actor=actor, on=on).prefetch_related(Prefetch("employments", works, to_attr="current"))
    found = list(members_found(among=among, text=text)[:limit])
    former = {one.pk for one in found if len(found) == 1 and found_by_former_number(member=one, text=text)}
    return [Hit("member", one.number, one.name, _where(one, former=one.pk in former)) for one in found]


def _where(member: Member, *, former: bool) -> str:
    works = next((str(job.employer.unit.name) for job in member.current), "")  # type: ignore[attr-defined]
    return f"{works}（凭更正前的证件号码找到）" if former else works


def find_units(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """By code, name or a part of it, pinyin initials, credit code; after an employer that became part of another stands that
    one. One statement beside those of ``access``."""
    plain, key = normal(text), unit_key(text)
    wanted = Q(code__iexact=text) | Q(employer__credit_code=plain)
    if key:
        wanted |= Q(name_key__contains=key)
    if re.fullmatch(r"[A-Z]{1,20}", plain):
        wanted |= Q(initials__startswith=plain)
    among = units_visible_to(actor=actor, on=on).filter(wanted).order_by("path")
    found = list(among.select_related("employer__merged_into__unit")[:limit])
    hits: dict[str, Hit] = {unit.code: _hit(unit) for unit in found}
    for unit in found:
        into = _successor(unit)
        if into is not None and into.code not in hits:
            hits[into.code] = Hit(*_kind(into), into.name, f"{Level(into.level).label}（由{unit.name}并入）")
    return list(hits.values())[:limit]


def _hit(unit: Unit) -> Hit:
    into, level = _successor(unit), Level(unit.level).label
    return Hit(*_kind(unit), unit.name, level if into is None else f"{level}（已并入{into.name}）")


def _successor(unit: Unit) -> Unit | None:
    into = unit.employer.merged_into if hasattr(unit, "employer") else None
    return None if into is None else into.unit


def _kind(unit: Unit) -> tuple[str, str]:
    return "employer" if hasattr(unit, "employer") else "unit", unit.code


_FINDERS: list[Finder] = [find_members, find_units]
