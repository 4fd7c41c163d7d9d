"""Deciding the whole database again: each member's history as the contract's case, by the explained engine, held against what was
decided online, line by line, and against the ledger of what plans' limits have been used up.

A claim with an open review task is one whose computation is known to have changed; it is counted apart until a person has closed
the task. Any other difference is a fault of the program, or of somebody who wrote into the database.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Sum, When

from benefit_engine.accumulators import Key
from mutualaid.claims.agreeing import Again
from mutualaid.claims.history import Computed, Standing, Told, covers_of, decided, openings_of
from mutualaid.claims.models import Assessment, AssessmentLine, Claim, Consumption, ReviewTask, Step, TaskKind
from mutualaid.claims.refusals import FactsFaulty
from mutualaid.people.models import Member

AT_ONCE = 500
"""Members whose histories are read together."""


@dataclass(frozen=True)
class Difference:
    """What does not agree. ``what``: ``lines``, ``ledger``, ``stored`` (the rows are not those whose hash was kept), ``lacking``
    (no computation), ``undecidable`` (the history is refused by the engine)."""

    member: str
    claim: str
    what: str
    online: str
    again: str


@dataclass
class Replayed:
    """What was found so far."""

    members: int = 0
    claims: int = 0
    lines: int = 0
    awaiting: list[str] = field(default_factory=list)
    """Claims whose computation changed and which a person is to look at."""
    differences: list[Difference] = field(default_factory=list)


def replayed() -> Iterator[Replayed]:
    """The whole database, member by member in the order of their keys; the same object after each batch."""
    found = Replayed()
    last = 0
    while True:
        among = Claim.objects.filter(member__gt=last).order_by("member").values_list("member_id", flat=True)
        batch = list(among.distinct()[:AT_ONCE])
        if not batch:
            return
        _replay(batch, found)
        last = batch[-1]
        yield found


@dataclass(frozen=True)
class _Kept:
    """What was decided online of one claim."""

    claim: int
    number: str
    counts: bool
    round: int
    sha256: str
    lines: tuple[Mapping[str, Any], ...]


def histories(*, members: Sequence[int]) -> Iterator[tuple[Standing, list[Told]]]:
    """Standing and counting events of some members, in the order of their keys."""
    covers, openings, events = covers_of(members=members), openings_of(members=members), _events(members)
    for member in Member.objects.filter(pk__in=members).order_by("pk").only("number", "birth_date", "sex"):
        yield (
            Standing(
                str(member.number),
                member.birth_date,
                member.sex,
                tuple(covers.get(member.pk, ())),
                tuple(openings.get(member.pk, ())),
            ),
            events.get(member.pk, []),
        )


def _replay(members: Sequence[int], found: Replayed) -> None:
    kept = _kept(members)
    used = _used(members)
    awaiting = _awaiting(members)
    for member, (standing, events) in zip(members, histories(members=members), strict=True):
        found.members += 1
        told = {one.claim: one for one in events}
        try:
            again = Again(standing, events, decided(standing=standing, events=events)) if events else None
        except FactsFaulty as fault:
            found.differences.append(Difference(standing.number, "", "undecidable", "", fault.en))
            continue
        for one in kept.get(member, ()):
            found.claims += 1
            found.lines += len(one.lines)
            mine = used.get(one.claim, {})
            now = _again(again, told[one.claim], one, mine) if again is not None and one.claim in told else None
            _compare(standing.number, one, now, mine, awaiting, found)


def _again(again: Again, told: Told, one: _Kept, used: Mapping[Key, int]) -> Computed:
    """What a claim comes to now, by the covers that there were where that is what was decided."""
    wholly = again.agreeing(told=told, sha256=one.sha256, used=used)
    return wholly or again.agreeing(told=told, sha256=one.sha256) or again.of(told)


def _compare(
    member: str,
    one: _Kept,
    again: Computed | None,
    used: Mapping[Key, int],
    awaiting: frozenset[int],
    found: Replayed,
) -> None:
    def differs(what: str, online: str, anew: str) -> None:
        found.differences.append(Difference(member, one.number, what, online, anew))

    if not one.counts:
        if used:
            differs("ledger", str(dict(used)), "{}")
        return
    if again is None or not one.round:
        differs("lacking", str(one.round), "")
        return
    if one.claim in awaiting and again.sha256 != one.sha256:
        found.awaiting.append(one.number)
        return
    if again.sha256 != one.sha256:
        differs("lines", json.dumps(one.lines, ensure_ascii=False), json.dumps(again.told, ensure_ascii=False))
    elif list(one.lines) != json.loads(json.dumps(again.told)):
        differs("stored", json.dumps(one.lines, ensure_ascii=False), json.dumps(again.told, ensure_ascii=False))
    if dict(used) != dict(again.used):
        differs("ledger", str(dict(used)), str(dict(again.used)))


def _events(members: Sequence[int]) -> dict[int, list[Told]]:
    rows = Claim.objects.filter(member__in=members, counts=True).order_by("member", "place")
    events: dict[int, list[Told]] = defaultdict(list)
    for member, claim, number, facts in rows.values_list("member_id", "id", "number", "particulars__facts"):
        events[member].append(Told(claim, number, facts))
    return events


def _kept(members: Sequence[int]) -> dict[int, list[_Kept]]:
    latest = {
        row.claim_id: row
        for row in Assessment.objects.filter(claim__member__in=members).order_by("claim", "round")  # the last stays
    }
    lines: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    rows = AssessmentLine.objects.filter(assessment__in=[one.pk for one in latest.values()])
    for line in rows.order_by("assessment", "place"):
        lines[line.assessment_id].append(_told(line))
    kept: dict[int, list[_Kept]] = defaultdict(list)
    claims = Claim.objects.filter(member__in=members).order_by("member", "id")
    for member, claim, number, counts in claims.values_list("member_id", "id", "number", "counts"):
        one = latest.get(claim)
        kept[member].append(
            _Kept(
                claim,
                number,
                counts,
                one.round if one else 0,
                one.sha256 if one else "",
                tuple(lines[one.pk]) if one else (),
            )
        )
    return kept


def _told(line: AssessmentLine) -> Mapping[str, Any]:
    """A stored line as the contract writes it, without the event."""
    told: dict[str, Any] = {
        "plan": line.plan,
        "benefit": line.benefit,
        "outcome": line.outcome,
        "amount": f"{Decimal(line.amount):.2f}",
        "reasons": line.reasons,
        "working": json.loads(line.working),
    }
    if line.missing:
        told["missing"] = line.missing
    if line.provisional:
        told["provisional"] = True
    return told


def _used(members: Sequence[int]) -> dict[int, dict[Key, int]]:
    signed = Case(
        When(step=Step.RESERVED, then=F("quantity")), When(step=Step.REVERSED, then=-F("quantity")), default=0
    )
    rows = Consumption.objects.filter(member__in=members).values_list("claim_id", "family", "counter", "key")
    used: dict[int, dict[Key, int]] = defaultdict(dict)
    for claim, family, counter, key, quantity in rows.annotate(sum=Sum(signed)).order_by("claim_id"):
        if quantity:
            used[claim][family, counter, key] = quantity
    return used


def _awaiting(members: Sequence[int]) -> frozenset[int]:
    open_tasks = ReviewTask.objects.filter(claim__member__in=members, kind=TaskKind.RECALCULATED, state="open")
    return frozenset(open_tasks.values_list("claim_id", flat=True))
