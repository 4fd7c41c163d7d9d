"""The order in which a member's claims count: that of complete filing, unless plans reopen for an earlier stay filed late.

A claim passes one that began later where both touch the same family of plans and every plan of theirs in it says ``reopens``; it
passes freely what shares no family with it, and stops at all else. Which plans a claim touches is told by its lines: those that
pay, are left to a person, or are cut to nothing by what was used up before; a line that a gate refuses has no say.

Decided claims are passed at once only where none of them comes to anything else; otherwise a person looks, and puts them in order
in one go. So what is decided is at any moment what the order that is kept gives.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from benefit_engine.decision import Decision, Line
from benefit_engine.plan import Library
from mutualaid.claims.history import Computed, Standing, Told, computed, decided, library_of, read
from mutualaid.claims.models import Assessment, Claim
from mutualaid.claims.states import DECIDED
from mutualaid.people.models import Member

_BY_HISTORY = frozenset(
    (
        "already_paid_once",
        "excluded_with_other_benefit",
        "claim_count_reached",
        "below_deductible",
        "cap_reached",
        "exceeds_out_of_pocket",
    )
)
"""Reasons for which a line comes to nothing by what was used up before, and might not in another place."""


@dataclass(frozen=True, slots=True)
class Event:
    """A claim as its order is told: when its event began (ISO), and the families of plans that it touches, each with whether all
    of them reopen."""

    told: Told
    began: str
    touches: Mapping[str, bool]


def may_reopen(*, standing: Standing) -> bool:
    """Whether any plan of the covers reopens; where none does, nothing of this module is asked."""
    return any(plan.reopens for plan in library_of(standing=standing).library.plans.values())


def told_of(*, standing: Standing, decision: Decision, events: Sequence[Told]) -> list[Event]:
    """Events with what they touch by a decision on all of them."""
    library = library_of(standing=standing).library
    touched: dict[str, dict[str, bool]] = {told.number: {} for told in events}
    for line in decision.lines:
        if _has_a_say(line):
            families = touched[line.event]
            for family, reopens in _families(standing, library, line.plan):
                families[family] = families.get(family, True) and reopens
    return [Event(told, json.loads(told.facts)["started_on"], touched[told.number]) for told in events]


def _has_a_say(line: Line) -> bool:
    return line.outcome in ("pay", "refer") or (line.outcome == "refuse" and _BY_HISTORY.issuperset(line.reasons))


def _families(standing: Standing, library: Library, plan: str) -> list[tuple[str, bool]]:
    """The family of a plan, and those of combinations by which it is covered: caps may run across them."""
    own = library.plans.get(plan) or library.combinations[plan]
    covering = {cover.plan for cover in standing.covers}
    combined = (one for name, one in library.combinations.items() if name in covering and plan in one.plans)
    return [(own.family, own.reopens), *((one.family, one.reopens) for one in combined)]


def in_order(*, events: Sequence[Event], still: Collection[int] = ()) -> list[Event]:
    """Each in turn put before the first that it passes. ``still``: keys of claims that pass none and that none passes. Doing it
    again changes nothing."""
    found: list[Event] = []
    for event in events:
        if event.told.claim in still:
            found.append(event)
            continue
        place = len(found)
        for i in range(len(found) - 1, -1, -1):
            other = found[i]
            shared = event.touches.keys() & other.touches.keys()
            if other.told.claim in still or (shared and not _passes(event, other)):
                break
            if shared:
                place = i
        found.insert(place, event)
    return found


def _passes(event: Event, other: Event) -> bool:
    shared = event.touches.keys() & other.touches.keys()
    agreed = all(event.touches[family] and other.touches[family] for family in shared)
    return event.began < other.began and agreed


def disputed_by(*, events: Sequence[Event]) -> Event | None:
    """The claim that the last one would pass by one of their plans, and another forbids; None where they agree."""
    last = events[-1]
    for other in reversed(events[:-1]):
        shared = last.touches.keys() & other.touches.keys()
        if shared and not _passes(last, other):
            said = {said for family in shared for said in (last.touches[family], other.touches[family])}
            return other if other.began > last.began and True in said else None
    return None


@dataclass(frozen=True)
class Placing:
    """Where a claim that is filed or corrected counts. ``events``: the history from now on; ``decision``: the engine's word on
    it; ``moves``: whether that is another order than claims were kept in, the one filed at the end; ``awaits``: whether a person
    has to put decided claims in order; ``disputed``: the number of a claim about which its plans disagree."""

    events: list[Told]
    decision: Decision
    moves: bool = False
    awaits: bool = False
    disputed: str = ""


def placed(*, standing: Standing, events: Sequence[Told]) -> Placing:
    """The place of the last of some events, which was just completed. Raises FactsFaulty."""
    filed = list(events)
    decision = decided(standing=standing, events=filed)
    if not may_reopen(standing=standing):
        return Placing(filed, decision)
    told = told_of(standing=standing, decision=decision, events=filed)
    dispute = disputed_by(events=told)
    disputed = dispute.told.number if dispute is not None else ""
    wanted = _order(told)
    if wanted[-1] == filed[-1]:  # what else waits to be put in order, waits for its own task
        return Placing(filed, decision, disputed=disputed)
    return _nearest(standing, told, decision, new=filed[-1].claim, disputed=disputed)


def placed_anew(*, standing: Standing, events: Sequence[Told]) -> Placing:
    """The places of some events as they are kept, after what one of them tells was corrected or two histories became one. Raises
    FactsFaulty."""
    kept = list(events)
    decision = decided(standing=standing, events=kept)
    if len(kept) < 2 or not may_reopen(standing=standing):
        return Placing(kept, decision)
    told = told_of(standing=standing, decision=decision, events=kept)
    return Placing(kept, decision) if _order(told) == kept else _nearest(standing, told, decision)


def disputes(*, standing: Standing, placing: Placing) -> list[tuple[Told, Told]]:
    """Each claim that would pass an earlier one (the second of the two) by one of their plans, where another plan forbids it."""
    if not may_reopen(standing=standing):
        return []
    told = told_of(standing=standing, decision=placing.decision, events=placing.events)
    found = ((one, disputed_by(events=told[:place])) for place, one in enumerate(told, 1))
    return [(one.told, other.told) for one, other in found if other is not None]


def _nearest(
    standing: Standing, told: Sequence[Event], decision: Decision, *, new: int | None = None, disputed: str = ""
) -> Placing:
    """The order that the plans want, where no decided claim comes to anything else by it; otherwise as near to it as undecided
    claims alone can come. ``decision``: the engine's word on the order that is kept; ``new``: the key of a claim that is filed,
    whatever was decided of it before."""
    kept, wanted = [event.told for event in told], _order(told)
    anew = decided(standing=standing, events=wanted)
    keys = [one.claim for one in kept]
    still = set(Claim.objects.filter(pk__in=keys, state__in=DECIDED).values_list("pk", flat=True)) - {new}
    if all(_same(decision, anew, one.number) for one in kept if one.claim in still):
        return Placing(wanted, anew, True, disputed=disputed)
    nearest = _order(told, still)
    if nearest != kept:
        decision = decided(standing=standing, events=nearest)
    return Placing(nearest, decision, nearest != kept, True, disputed)


def _order(told: Sequence[Event], still: Collection[int] = ()) -> list[Told]:
    return [event.told for event in in_order(events=told, still=still)]


def _same(one: Decision, other: Decision, number: str) -> bool:
    lines, others = ([line.as_dict() for line in said.lines if line.event == number] for said in (one, other))
    return lines == others and one.accumulators.used_by(number) == other.accumulators.used_by(number)


@dataclass(frozen=True)
class Change:
    """A claim that would come to something else in the order that the plans want."""

    claim: Claim
    stands: Assessment
    found: Computed


@dataclass(frozen=True)
class Wanted:
    """The order that the plans want, where it is not the one that is kept; and what would change."""

    standing: Standing
    events: list[Told]
    decision: Decision
    changes: list[Change]

    def computed(self, *, claim: Claim) -> Computed:
        """What a claim would come to."""
        told = next(one for one in self.events if one.claim == claim.pk)
        return computed(standing=self.standing, decision=self.decision, told=told)


def sha256_of(*, wanted: Wanted) -> str:
    """Of all that would change: what two persons come to."""
    told = [f"{one.claim.number} {one.found.sha256}" for one in wanted.changes]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def wanted_order_of(*, member: Member) -> Wanted | None:
    """The order that the plans want of a member's claims; None where it is the one that is kept. Nothing is written. Raises
    FactsFaulty."""
    known = read(member=member)
    if len(known.events) < 2 or not may_reopen(standing=known.standing):
        return None
    standing, events = known.standing, known.events
    told = told_of(standing=standing, decision=decided(standing=standing, events=events), events=events)
    wanted = _order(told)
    if wanted == events:
        return None
    decision = decided(standing=standing, events=wanted)
    claims = Claim.objects.select_related("member", "employer__unit").in_bulk([one.claim for one in events])
    latest = Assessment.objects.filter(claim__in=list(claims)).order_by("claim_id", "-round").distinct("claim_id")
    stands = {one.claim_id: one for one in latest}
    changes = []
    for one in wanted:
        found = computed(standing=standing, decision=decision, told=one)
        if stands[one.claim].sha256 != found.sha256:
            changes.append(Change(claims[one.claim], stands[one.claim], found))
    return Wanted(standing, wanted, decision, changes)
