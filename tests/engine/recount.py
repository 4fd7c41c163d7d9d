"""A plain second count of what was used up where, from the lines of a decision alone.

Order of events, stays, ordinals, covers, scopes and burdens are worked out here again, slowly and apart from the engine's
``history``, ``accumulators`` and ``amounts``. Only the choice of a value by facts is asked of ``conditions``.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benefit_engine import plan as p
from benefit_engine.conditions import Context, choose
from benefit_engine.decision import Decision, Line
from benefit_engine.facts import Case, Cover, Event, parse_case
from tests.engine.strategies import World

Use = tuple[str, str, str]
"""Family, benefit and scope key: where an amount was used."""


@dataclass(frozen=True)
class Counted:
    """A line with its event, plan and benefit, and what it touches. ``keys``: key of each scope; no period uncovered."""

    line: Line
    event: Event
    plan: p.Plan
    benefit: p.Benefit
    on: tuple[Cover, ...]
    keys: dict[str, str]
    context: Context

    @property
    def units(self) -> int:
        """Units on the counting date, at most the plan's maximum (waiting times left aside)."""
        units = sum(cover.units for cover in self.on)
        return units if self.plan.units_most is None else min(units, self.plan.units_most)

    @property
    def lump(self) -> bool:
        """A lump sum or an allowance: its own caps grow with the units."""
        return self.benefit.formulas[0].base is None

    def value(self, choice: p.Choice[int]) -> int:
        """The value that holds for this line's facts."""
        value = choose(choice, self.context)
        assert value is not None, "a line was computed although a choice of its benefit has no value"
        return value

    def use(self, scope: str, benefit: str | None = None, family: str | None = None) -> Use:
        """Where this line, or another benefit in the same scope, uses an amount up."""
        return (family or self.plan.family, benefit or self.benefit.id, self.keys[scope])


def live_order(events: Iterable[dict[str, Any]]) -> list[str]:
    """Ids of the events that count, in their order: who replaces takes the place, who is reversed leaves it."""
    places: list[str | None] = []
    for event in events:
        undone = event.get("reverses") or event.get("replaces")
        if undone is None:
            places.append(event["event"])
        else:
            places[places.index(undone)] = event["event"] if event.get("replaces") else None
    return [place for place in places if place is not None]


def root_of(case: Case, event: Event) -> str:
    """The event at the beginning of a chain of causes; a replaced event's part in it is its replacement's."""
    cause = {one.id: one.cause for one in case.events}
    replaced_by = {one.replaces: one.id for one in case.events if one.replaces is not None}
    seen = [event.id]
    while (above := cause.get(seen[-1])) is not None:
        while above in replaced_by:
            above = replaced_by[above]
        if above in seen:
            break
        seen.append(above)
    return seen[-1]


def stays_of(plan: p.Plan, order: list[Event]) -> dict[str, str]:
    """For each event the first one of the stay that it belongs to."""
    stays = {event.id: event.id for event in order}
    rule = plan.stays_as_one
    inpatient = [event for event in order if event.kind == "inpatient"] if rule is not None else []
    for before, event in pairwise(inpatient):
        assert rule is not None
        shared = {code[:3] for code in before.diagnoses or ()} & {code[:3] for code in event.diagnoses or ()}
        soon = (
            before.ended_on is not None
            and before.started_on <= event.started_on <= before.ended_on + datetime.timedelta(days=rule.within_days)
        )
        if soon and (shared or not rule.same_disease):
            stays[event.id] = stays[before.id]
    return stays


def covers_of(library: p.Library, case: Case) -> dict[str, list[Cover]]:
    """Covers by plan, in the order of lines: combinations count as their plans, their own benefits come last."""
    covers: dict[str, list[Cover]] = {}
    own: dict[str, list[Cover]] = {}
    for cover in case.covers:
        combination = library.combinations.get(cover.plan) or library.combinations.get(cover.combination or "")
        for plan in combination.plans if combination is not None and cover.plan == combination.id else [cover.plan]:
            covers.setdefault(plan, []).append(cover)
        if combination is not None and combination.own is not None:
            known = own.setdefault(combination.id, [])
            same = [one for one in known if one.combination is not None and one.combination == cover.combination]
            if (cover.start, cover.until) not in [(one.start, one.until) for one in same]:
                known.append(cover)
    return covers | own


def plan_of(library: p.Library, plan_id: str) -> p.Plan:
    """A plan, or a combination's own benefits."""
    plan = library.plans.get(plan_id) or library.combinations[plan_id].own
    assert plan is not None
    return plan


def expected_lines(world: World) -> list[tuple[str, str, str]]:
    """Event, plan and benefit of every line in the contract's order (arithmetic 3)."""
    case = parse_case(world.case)
    plans = [plan_of(world.library, name) for name in covers_of(world.library, case)]
    return [
        (event.id, plan.id, benefit.id)
        for event in case.events
        for plan in plans
        for benefit in plan.benefits
        if event.kind in benefit.kinds
    ]


def disease_key(benefit: p.Benefit, event: Event) -> str:
    """The first disease that the benefit lists and the event means, else the first diagnosis' category."""
    rows = [row.when for formula in benefit.formulas if formula.sum is not None for row in formula.sum.amount]
    tests = [test for condition in (benefit.trigger, *rows) for test in condition]
    parts = [part for test in tests if test.field == "any_of" for condition in test.want for part in condition]
    for disease in [one for test in (*tests, *parts) if test.field == "diseases" for one in test.want]:
        for codes, ranges in ((event.diagnoses, disease.diagnoses), (event.operations, disease.operations)):
            if any(low <= code[: len(low)] <= high for code in codes or () for low, high in ranges):
                return str(disease.name)
    return event.diagnoses[0][:3] if event.diagnoses else ""


class Recount:
    """The lines of a decision that count, in the order in which they were decided, each with what it touches."""

    def __init__(self, world: World, decision: Decision) -> None:
        self.world = world
        self.case = parse_case(world.case)
        self.by_id = {event.id: event for event in self.case.events}
        self.order = [self.by_id[name] for name in live_order(world.events)]
        self.covers = covers_of(world.library, self.case)
        self.stays = {name: stays_of(plan_of(world.library, name), self.order) for name in self.covers}
        lines: dict[str, list[Line]] = {}
        for line in decision.lines:
            lines.setdefault(line.event, []).append(line)
        self.lines = [self._counted(line) for event in self.order for line in lines.get(event.id, ())]
        self.paying = [item for item in self.lines if item.line.outcome == "pay"]

    def opening(self, counter: str) -> Counter[Use]:
        """What the case says was used before: fen or numbers of one kind of counter."""
        used: Counter[Use] = Counter()
        for item in self.case.opening:
            benefit, _, name = item.counter.rpartition(".")
            if name == counter:
                used[item.family, benefit, item.key] += (item.amount or 0) + (item.count or 0)
        return used

    def combination(self, item: Counted) -> p.Combination | None:
        """The combination under which the plan of this line was taken out."""
        if not item.on:
            return None
        names = {item.on[0].plan, item.on[0].combination}
        return next((one for name, one in self.world.library.combinations.items() if name in names), None)

    def settled(self, item: Counted, done: set[str]) -> list[Event]:
        """The events whose bills a line settles: its own, or those of the period that it collects and are not ``done``."""
        kinds = {
            kind for formula in item.benefit.formulas if formula.base is not None for kind in formula.base.collects
        }
        if not kinds or not item.on:
            return [item.event]
        cover = item.on[0]
        earlier = self.order[: self.order.index(item.event)]
        found = [one for one in earlier if one.kind in kinds and cover.start <= one.started_on < cover.until]
        return [one for one in found if one.id not in done] or [item.event]

    def _ordinal(self, plan: p.Plan, event: Event, cover: Cover | None) -> int:
        """Place of the stay in the cover, from 1: every earlier stay that begins in it counts, paid or not."""
        if cover is None:
            return 1
        family = [plan_of(self.world.library, name) for name in self.covers]
        earlier = {
            one.id
            for one in self.order[: self.order.index(event)]
            for other in family
            if other.family == plan.family and one.kind == "inpatient" and self.stays[other.id][one.id] == one.id
            if (first := self._first_cover(other, one.started_on)) is not None and first.start == cover.start
        }
        opened = self.opening_stays(plan.family, cover)
        return max(1, opened + len(earlier) + (self.stays[plan.id][event.id] == event.id))

    def opening_stays(self, family: str, cover: Cover) -> int:
        """Stays before the events, in this cover."""
        keys = (item for item in self.case.opening if (item.family, item.counter) == (family, "stays"))
        return sum(item.count or 0 for item in keys if item.key == f"period:{cover.start}")

    def _first_cover(self, plan: p.Plan, day: datetime.date) -> Cover | None:
        on = [cover for cover in self.covers[plan.id] if cover.start <= day < cover.until]
        return min(on, key=lambda cover: cover.start, default=None)

    def _counted(self, line: Line) -> Counted:
        event, plan = self.by_id[line.event], plan_of(self.world.library, line.plan)
        benefit = next(one for one in plan.benefits if one.id == line.benefit)
        day = getattr(event, benefit.counts_on) or event.started_on
        on = [cover for cover in self.covers[plan.id] if cover.start <= day < cover.until]
        on.sort(key=lambda cover: cover.start)
        keys = {
            p.STAY: f"stay:{self.stays[plan.id][event.id]}",
            p.DAY: f"day:{day}",
            p.LIFE: "life",
            p.CAUSE: f"cause:{root_of(self.case, event)}",
            p.DISEASE: f"disease:{disease_key(benefit, event)}",
        }
        first = on[0] if on else None
        if first is not None:
            keys[p.PERIOD] = f"period:{first.start}"
            under = first.plan if first.plan in self.world.library.combinations else first.combination
            starts = [
                c.start for c in self.case.covers if under in (c.plan, c.combination) and c.start <= day < c.until
            ]
            if under is not None:
                keys[p.COMBINATION] = f"combination:{under}:{min(starts)}"
        context = Context(self.case.member, event, first, day, self._ordinal(plan, event, first))
        return Counted(line, event, plan, benefit, tuple(on), keys, context)


def burden_of(event: Event) -> int | None:
    """What the person bore, by the contract's identities; None when nobody can say."""
    amounts = event.amounts
    self_paid = amounts.get("self_paid")
    if self_paid is None and all(part in amounts for part in p.FIVE_PARTS):
        self_paid = sum(amounts[part] for part in p.FIVE_PARTS)
    if self_paid is None:
        purses = [amounts.get(name) for name in ("account_paid", "cash_paid")]
        return None if None in purses else sum(purse for purse in purses if purse is not None)
    burden = self_paid + amounts.get("out_of_scope", 0)
    terms = ("total", "fund_paid", "supplement_paid", "medical_aid_paid", "out_of_scope")
    if all(name in amounts for name in terms):
        payers = sum(amounts[name] for name in terms[1:4])
        if abs(payers + burden + amounts.get("hospital_borne", 0) - amounts["total"]) > 1:
            burden -= amounts.get("hospital_borne", 0)
    return burden
