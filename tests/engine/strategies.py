"""Random worlds for the tests by properties: a library of plans and one person's history under it.

The plans come from ``strategies_plans``; here are the histories, as contract cases (plain dicts): all kinds of event, several
covers, bills that agree and that don't, unknown facts, reversals, replacements, chains of causes, openings and payments.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefit_engine import plan as p
from benefit_engine.decide import Engine
from benefit_engine.decision import Decision
from benefit_engine.money import yuan
from tests.engine.strategies_plans import GROUPS, OPTIONS, RISKS, SETTLEMENT, Maker, Shape, a_library

Dict = dict[str, Any]
ANYTHING = Shape()

START = datetime.date(2025, 1, 1)
"""Most covers begin here or a year later."""
CODES = ("C50.900", "J18.900", "I21.0", "D05.1", "S72.000", "c53.1", "Z51")
OPERATIONS = ("68.4", "36.1", "79.3")


@dataclass(frozen=True)
class World:
    """A library and a case under it."""

    library: p.Library
    case: Dict

    @functools.cached_property
    def engine(self) -> Engine:
        """The engine on the library."""
        return Engine(self.library)

    def decide(self, case: Dict | None = None) -> Decision:
        """The decision on the world's case, or on another one under the same library."""
        return self.engine.decide(self.engine.parse(self.case if case is None else case))

    def with_events(self, events: list[Dict]) -> Dict:
        """The case with other events, and with the payments on them."""
        case = {**self.case, "events": events}
        if "paid" in case:
            names = {event["event"] for event in events}
            case["paid"] = [item for item in case["paid"] if item["event"] in names]
        return case

    @property
    def events(self) -> list[Dict]:
        """The events of the case."""
        found: list[Dict] = self.case["events"]
        return found


# --- the person and the covers ------------------------------------------------------------------------------------------


def a_member(make: Maker) -> Dict:
    """Mostly someone whom plans admit and of whom all is known."""
    born = datetime.date(make.one(1985, 1990, 1972, 1968, 1964, 1999, 1981, 2012), make.whole(1, 12), make.whole(1, 28))
    member: Dict = {
        "birth_date": f"{born}",
        "sex": make.one("F", "M"),
        "employment": make.one(*["in_service"] * 6, "flexible", "retired"),
        "basic_insurance": make.one(*["employee"] * 4, "resident"),
    }
    if make.chance(40):
        member["groups"] = list(make.some(*GROUPS))
    if make.chance(10):
        member["relation"] = make.one("child", "spouse", "self")
    if make.chance(3):
        member[make.one("birth_date", "sex", "employment", "basic_insurance")] = None
    return member


def a_cover(make: Maker, plan: str, start: datetime.date) -> Dict:
    """A year of cover, mostly joined long ago."""
    until = start.replace(year=start.year + make.one(1, 1, 1, 2))
    joined = make.one(
        start - datetime.timedelta(days=800), START.replace(year=2022), start, start - datetime.timedelta(days=20), None
    )
    cover: Dict = {"plan": plan, "units": make.one(1, 1, 2, 4), "from": f"{start}", "until": f"{until}"}
    cover["joined_on"] = joined and f"{joined}"
    cover |= {
        "option": make.one(*OPTIONS, "A", "A"),
        "risk_class": make.one(*RISKS, "low"),
        "consecutive_periods": make.whole(1, 4),
    }
    if make.chance(4):
        cover[make.one("option", "risk_class", "consecutive_periods")] = None
    return cover


def the_covers(make: Maker, library: p.Library) -> list[Dict]:
    """One or two covers for nearly every plan, by itself or through the combination."""
    covers = []
    for plan in library.plans:
        start = make.one(START, START, START, datetime.date(2024, 11, 1))
        covers.append(a_cover(make, plan, start))
        if make.chance(25):
            covers.append(
                a_cover(make, plan, make.one(start.replace(year=start.year + 1), START, START.replace(month=5)))
            )
    for name, combination in library.combinations.items():
        whole = [cover for cover in covers if cover["plan"] not in combination.plans]
        if make.chance(50):
            covers = [*whole, a_cover(make, name, START)]
        else:
            covers = [{**cover, "combination": name} if cover not in whole else cover for cover in covers]
    if len(covers) > 1 and make.chance(10):
        covers.pop()
    return covers


# --- bills --------------------------------------------------------------------------------------------------------------

_SHOWN: tuple[tuple[str, ...] | None, ...] = (
    *[None] * 6,
    ("self_paid", "out_of_scope", "total"),
    ("self_paid",),
    (*p.FIVE_PARTS, "out_of_scope", "hospital_borne"),
    ("total", "fund_paid", "supplement_paid", "self_paid", "basic_deductible", "copay"),
    ("account_paid", "cash_paid", "total"),
)


def a_bill(make: Maker) -> dict[str, str]:
    """The amounts of one event: mostly a whole bill that agrees, or a part of it, or one that disagrees."""
    fen = {
        "copay": make.one(make.whole(0, 30), make.whole(30, 2000), make.whole(200, 3000)) * 1000 + make.one(0, 0, 1, 37)
    }
    for part in ("basic_deductible", "pre_self_paid", "above_ceiling", "over_limit", "out_of_scope"):
        fen[part] = make.whole(0, 4) * 20_000 + make.one(0, 50, 99) if make.chance(50) else 0
    fen["self_paid"] = sum(fen[part] for part in p.FIVE_PARTS)
    burden = fen["self_paid"] + fen["out_of_scope"]
    fen["fund_paid"] = fen["copay"] * make.whole(0, 4)
    fen["supplement_paid"] = make.one(0, 0, 12_345)
    fen["medical_aid_paid"] = make.one(0, 0, 5000)
    fen["total"] = burden + sum(fen[name] for name in ("fund_paid", "supplement_paid", "medical_aid_paid"))
    if make.chance(12):
        fen["hospital_borne"] = make.whole(0, 50) * 100
        if make.chance(50):
            fen["total"] += fen["hospital_borne"]
        else:
            burden -= fen["hospital_borne"]
    fen["account_paid"] = max(0, burden) // make.one(1, 2, 3)
    fen["cash_paid"] = max(0, burden) - fen["account_paid"]
    shown = make.one(*_SHOWN)
    if shown is not None:
        fen = {name: value for name, value in fen.items() if name in shown}
    if make.chance(12):
        fen["other_aid_paid"] = make.whole(0, 60) * 10_000
    if make.chance(60):
        fen["x_special_drugs"] = make.whole(0, 40) * 10_000
    if make.chance(5):
        fen[make.one("total", "self_paid", "copay", "cash_paid")] = make.whole(0, 2000) * 1000
    return {name: yuan(value) for name, value in fen.items()}


# --- events -------------------------------------------------------------------------------------------------------------


def an_event(make: Maker, name: str, kind: str, start: datetime.date, earlier: list[Dict]) -> Dict:
    """One event of which nearly all is known."""

    def later(*days: int) -> str:
        return f"{start + datetime.timedelta(days=make.one(*days))}"

    accident = make.chance(85 if kind == "disability" else 30)
    event: Dict = {"event": name, "kind": kind, "started_on": f"{start}", "accident": accident}
    event["hospital_level"] = make.one(3, 2, 2, 1)
    event["diagnoses"] = list(make.some(*CODES[:2], "I21.0")) if make.chance(60) else [make.one(*CODES)]
    event["operations"] = [make.one(*OPERATIONS)] if make.chance(30) else []
    if kind in ("inpatient", "outpatient", "outpatient_special", SETTLEMENT):
        event["ended_on"] = later(7, 0, 2, 3, 4, 12, 45, 12, 7, 7, 100) if kind == "inpatient" else f"{start}"
        event["amounts"] = a_bill(make) if not make.chance(3) else {}
    if make.chance(93):
        event["severity"] = make.one("mild", "severe")
    if kind == "disability" or make.chance(10):
        event["disability_grade"] = make.one(4, 1, 10, 7)
    event["rest_days"] = make.one(10, 0, 3, 90)
    if event["accident"]:
        event["accident_on"] = f"{start - datetime.timedelta(days=make.one(0, 0, 0, 3, 3, 200))}"
    _asides(make, event, earlier, later)
    if make.chance(5):
        unknown = make.one(
            "accident", "hospital_level", "diagnoses", "ended_on", "severity", "disability_grade", "accident_on"
        )
        event[unknown] = None
    return event


def _asides(make: Maker, event: Dict, earlier: list[Dict], later: Callable[..., str]) -> None:
    """Facts that few events have: when it was settled, filed and found, what it follows from, how it came about."""
    if make.chance(95):
        event["settled_by_insurance"] = not make.chance(8)
    if make.chance(60):
        event["settled_on"] = later(0, 5, 5, 130)
        event["filed_on"] = later(3, 20, 30, 59, 60, 61, 400)
    if make.chance(10):
        event["reported_on"] = later(0, 10, 100)
    if make.chance(25):
        event["first_diagnosed_on"] = later(0, -5, -40, -1900, -1900)
    if make.chance(8):
        event["circumstances"] = list(make.some("drunk_driving", "self_harm", "work_injury"))
    if earlier and make.chance(60 if event["kind"] in ("disability", "death") else 8):
        event["cause"] = make.one(*(other["event"] for other in earlier))


def the_events(make: Maker, library: p.Library, shape: Shape) -> list[Dict]:
    """Events in the order of time, mostly of the kinds that the plans name, mostly covered, some soon after the last."""
    own = [combination.own for combination in library.combinations.values() if combination.own is not None]
    benefits = [benefit for plan in (*library.plans.values(), *own) for benefit in plan.benefits]
    kinds = tuple(kind for benefit in benefits for kind in benefit.kinds)
    if any(benefit.kinds == (SETTLEMENT,) for benefit in benefits):
        kinds = (*kinds, "outpatient", "outpatient")
    day = START
    events: list[Dict] = []
    for number in range(1, make.whole(1, shape.events_most) + 1):
        day += datetime.timedelta(days=make.one(5, 0, 20, 40, 60))
        start = day if not make.chance(4) else day.replace(year=make.one(2023, 2029), day=1)
        kind = make.one(*kinds) if not make.chance(5) else make.one("inpatient", "outpatient", "death")
        events.append(an_event(make, f"e{number}", kind, start, events))
        ended = events[-1].get("ended_on")
        if ended is not None and start == day:
            day = datetime.date.fromisoformat(ended)
    if "death" in kinds and make.chance(40):
        events.append(an_event(make, f"e{len(events) + 1}", "death", day + datetime.timedelta(days=5), events))
    return undo(make, events) if shape.undone else events


def undo(make: Maker, events: list[Dict]) -> list[Dict]:
    """The events with a reversal or a replacement of some of them put at the end, replacements of replacements too."""
    undone: set[str] = set()
    for number in range(make.one(1, 2) if make.chance(15) else 0):
        left = tuple(i for i, event in enumerate(events) if event["event"] not in undone and "reverses" not in event)
        if not left:
            break
        old = events[make.one(*left)]
        undone.add(old["event"])
        new = {
            **{name: old[name] for name in ("kind", "started_on", "ended_on", "accident", "diagnoses") if name in old}
        }
        new |= {"event": f"u{number}", make.one("reverses", "replaces"): old["event"]}
        if "replaces" in new:
            new = {**old, **new, "amounts": a_bill(make)}
        events = [*events, new]
    return events


# --- what was used and paid before --------------------------------------------------------------------------------------


def the_opening(make: Maker, library: p.Library) -> list[Dict]:
    """Some counters of periods and of the life, as a take-over would state them."""
    opening = []
    for plan in library.plans.values():
        for benefit in plan.benefits:
            key = make.one(f"period:{START}", "life")
            for counter in ("paid", "claims", "days", "base", "rated"):
                if make.chance(30):
                    size: Dict = (
                        {"count": make.whole(0, 5)}
                        if counter in ("claims", "days")
                        else {"amount": yuan(make.whole(0, 80) * 5000)}
                    )
                    opening.append({"family": plan.family, "counter": f"{benefit.id}.{counter}", "key": key, **size})
        if make.chance(20):
            opening.append(
                {"family": plan.family, "counter": "stays", "key": f"period:{START}", "count": make.whole(0, 3)}
            )
    return opening


def the_payments(make: Maker, library: p.Library, case: Dict) -> list[Dict]:
    """Payments made so far on some lines."""
    covered = {cover["plan"] for cover in case["covers"]}
    for name, combination in library.combinations.items():
        covered |= {*combination.plans} if name in covered else set()
    return [
        {"event": event["event"], "plan": plan.id, "benefit": benefit.id, "amount": yuan(make.whole(0, 90) * 1000 + 7)}
        for event in case["events"]
        for plan in library.plans.values()
        for benefit in plan.benefits
        if plan.id in covered and event["kind"] in benefit.kinds and make.chance(40)
    ]


def a_history(make: Maker, library: p.Library, shape: Shape = ANYTHING) -> Dict:
    """A contract case under these plans."""
    case: Dict = {"case": "w-1", "member": a_member(make), "covers": the_covers(make, library)}
    case["events"] = the_events(make, library, shape)
    if shape.opening and make.chance(25):
        case["opening"] = the_opening(make, library)
    if shape.paid and make.chance(25):
        case["paid"] = the_payments(make, library, case)
    return case


@st.composite
def histories(draw: st.DrawFn, library: p.Library, shape: Shape = ANYTHING) -> Dict:
    """A contract case under these plans."""
    return a_history(Maker(draw), library, shape)


@st.composite
def worlds(draw: st.DrawFn, /, shape: Shape = ANYTHING, **changes: Any) -> World:
    """A random library and a random history under it; ``changes`` are fields of ``Shape``."""
    shape = replace(shape, **changes)
    library = a_library(Maker(draw), shape)
    return World(library, draw(histories(library, shape)))


class Properties:
    """Properties of random worlds: each a quick test by itself, and all of them once more ``at_length`` for the slow run."""

    def __init__(self, at_length: int = 2000) -> None:
        self.checks: list[Any] = []
        self._at_length = at_length

    def hold(self, examples: int = 80, **changes: Any) -> Callable[[Callable[[World], None]], Any]:
        """Decorates ``check(world)``: it must hold of so many worlds; ``changes`` are fields of ``Shape``."""

        def decorate(check: Callable[[World], None]) -> Any:
            given_worlds = given(worlds(**changes))(check)
            rather_slow = [HealthCheck.too_slow]
            long = settings(max_examples=self._at_length, suppress_health_check=rather_slow)(
                given(worlds(**changes))(check)
            )
            self.checks.append(pytest.param(long, id=check.__name__.removeprefix("test_")))
            return settings(max_examples=examples, suppress_health_check=rather_slow)(given_worlds)

        return decorate
