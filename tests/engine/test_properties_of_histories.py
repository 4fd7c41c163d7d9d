"""What must hold when a history is changed and decided again: undone, renamed, cut and carried on, added to, varied.

Each property compares two decisions of the engine, so that no second engine is needed.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benefit_engine import plan as p
from benefit_engine.accumulators import IN_ATOMS, Accumulators
from benefit_engine.decide import Engine
from benefit_engine.decision import Decision
from benefit_engine.money import ATOMS, yuan
from tests.engine.strategies import Dict, Properties, World, a_bill, worlds
from tests.engine.strategies_plans import ALL_KINDS, Maker, Shape, a_table

properties = Properties()
ROOT = Path(__file__).parents[2]
COST = ("cost", "cost", "relief")
WITHOUT_SETTLEMENTS = ("cost", "days", "cost", "disease", "death", "disability", "relief")
index = st.integers(0, 99)
"""Chooses an event: the remainder by their number."""


def lines_of(decision: Decision, without: Iterable[str] = ()) -> list[Dict]:
    """The lines as written, without those of some events."""
    left_out = set(without)
    return [line.as_dict() for line in decision.lines if line.event not in left_out]


def by_place(decision: Decision) -> dict[tuple[str, str, str], Dict]:
    """The lines by event, plan and benefit."""
    return {(line.event, line.plan, line.benefit): line.as_dict() for line in decision.lines}


# --- undoing ------------------------------------------------------------------------------------------------------------


@properties.hold(undone=False)
def test_a_reversal_gives_back_all_that_the_event_used(world: World) -> None:
    causes = {event.get("cause") for event in world.events}
    for event in world.events:
        if event["event"] in causes:
            continue
        name, kind, started_on = event["event"], event["kind"], event["started_on"]
        reversal = {
            "event": "undo",
            "kind": kind,
            "started_on": started_on,
            "reverses": name,
            "amounts": {"total": "-1.00"},
        }
        with_both = world.decide(world.with_events([*world.events, reversal]))
        without = world.decide(world.with_events([other for other in world.events if other is not event]))
        assert lines_of(with_both, [name, "undo"]) == lines_of(without)
        undone = [line for line in with_both.lines if line.event in (name, "undo")]
        assert all((line.outcome, line.amount, line.reasons) == ("none", 0, ["reversed"]) for line in undone)


@st.composite
def worlds_and_bills(draw: st.DrawFn) -> tuple[World, dict[str, str]]:
    """A world in which nothing is undone yet, and another bill for one of its events."""
    kinds = draw(st.sampled_from([ALL_KINDS, ("disability", "death"), ("settled", "cost")]))
    return draw(worlds(undone=False, kinds_of_benefit=kinds)), a_bill(Maker(draw))


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(worlds_and_bills(), index)
def test_a_replacement_counts_as_if_it_had_stood_there_from_the_beginning(
    world_and_bill: tuple[World, dict[str, str]], chosen: int
) -> None:
    world, bill = world_and_bill
    place = chosen % len(world.events)
    old = world.events[place]
    new = {**old, "event": "new", "amounts": bill}
    replaced = world.decide(world.with_events([*world.events, {**new, "replaces": old["event"]}]))
    events = [new if event is old else event for event in world.events]
    events = [{**event, "cause": "new"} if event.get("cause") == old["event"] else event for event in events]
    in_place = world.decide(world.with_events(events))
    found = by_place(replaced)
    for key in [key for key in found if key[0] == old["event"]]:
        assert found.pop(key)["reasons"] == ["reversed"]
    assert found == by_place(in_place)


# --- what must not matter -----------------------------------------------------------------------------------------------


@properties.hold(stays_as_one=False)
def test_an_event_outside_every_cover_changes_nothing_else(world: World) -> None:
    kinds = sorted({event["kind"] for event in world.events})
    before = lines_of(world.decide())
    for place in range(len(world.events) + 1):
        stranger = {
            "event": "far",
            "kind": kinds[place % len(kinds)],
            "started_on": "2045-06-01",
            "ended_on": "2045-06-11",
        }
        events = [*world.events[:place], {**stranger, "amounts": {"self_paid": "9999.00"}}, *world.events[place:]]
        decision = world.decide(world.with_events(events))
        assert lines_of(decision, ["far"]) == before
        for line in decision.lines:
            if line.event == "far":
                assert line.outcome == "none" or (line.outcome, line.reasons[0]) == ("refuse", "not_covered")


@properties.hold(stays_as_one=False, undone=False, kinds_of_benefit=WITHOUT_SETTLEMENTS)
def test_an_event_that_is_refused_uses_nothing_up(world: World) -> None:
    """Whether at the gates, by a cap or by the burden; only deductibles and days remember what was too small to pay."""
    decision = world.decide()
    causes = {event.get("cause") for event in world.events}
    small = {"below_deductible", "too_few_days"}
    for event in world.events:
        lines = [line for line in decision.lines if line.event == event["event"]]
        silent = all(line.outcome in ("none", "refuse") and not small & {*line.reasons} for line in lines)
        numbered = event["kind"] == "inpatient" and "field='stay'" in repr(world.library)  # ordinals count every stay
        if silent and not numbered and event["event"] not in causes:
            rest = [other for other in world.events if other is not event]
            assert lines_of(world.decide(world.with_events(rest))) == lines_of(decision, [event["event"]])


@properties.hold()
def test_names_of_events_do_not_matter(world: World) -> None:
    names = {event["event"]: f"事-{99 - i}" for i, event in enumerate(world.events)}

    def renamed(part: Dict) -> Dict:
        links = {
            key: names[part[key]] for key in ("event", "cause", "reverses", "replaces") if part.get(key) is not None
        }
        return {**part, **links}

    case = {**world.case, "case": "another", "events": [renamed(event) for event in world.events]}
    if "paid" in case:
        case["paid"] = [renamed(item) for item in case["paid"]]
    assert lines_of(world.decide(case)) == [renamed(line) for line in lines_of(world.decide())]


@properties.hold()
def test_own_fields_do_not_matter(world: World) -> None:
    def noted(part: Dict) -> Dict:
        return {"x_note": {"any": ["thing", 1.5, None]}, **part}

    case = noted(world.case)
    case["member"] = noted(case["member"])
    for key in ("covers", "events", "opening", "paid"):
        if key in case:
            case[key] = [noted(part) for part in case[key]]
    for event in case["events"]:
        event["amounts"] = {**event.get("amounts", {}), "x_unheard_of": "123.45"}
    assert world.decide(case).as_dict() == world.decide().as_dict()


@properties.hold(combinations=False, kinds_of_benefit=COST)
def test_units_never_change_reimbursements(world: World) -> None:
    single = {**world.case, "covers": [{**cover, "units": 1} for cover in world.case["covers"]]}
    assert lines_of(world.decide(single)) == lines_of(world.decide())


@properties.hold()
def test_the_same_case_gets_the_same_decision(world: World) -> None:
    first = world.decide().as_dict()
    assert world.decide().as_dict() == first
    assert Engine(world.library).decide(world.engine.parse(world.case)).as_dict() == first


def test_the_decision_does_not_hang_on_the_order_of_hashes(tmp_path: Path) -> None:
    """Sets of words have another order in every process: none of it may show."""
    gathered: list[World] = []

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds())
    def gather(world: World) -> None:
        gathered.append(World(world.library, world.case))

    gather()
    sample = tmp_path / "worlds"
    sample.write_bytes(pickle.dumps(gathered))
    program = (
        "import json, pathlib, pickle, sys\n"
        "for world in pickle.loads(pathlib.Path(sys.argv[1]).read_bytes()):\n"
        "    print(json.dumps(world.decide().as_dict(), ensure_ascii=True))\n"
    )
    answers = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", program, str(sample)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        answers.add(done.stdout)
    assert len(answers) == 1
    assert [json.loads(line) for line in answers.pop().splitlines()] == [world.decide().as_dict() for world in gathered]


# --- what must matter ---------------------------------------------------------------------------------------------------


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    worlds(plain=True, events_most=1, undone=False, combinations=False, kinds_of_benefit=("cost",)),
    st.integers(0, 4_000_000),
)
def test_a_fen_more_of_own_cost_never_pays_less(world: World, fen: int) -> None:
    event = {**world.events[0], "amounts": {"self_paid": yuan(fen), "out_of_scope": "0.00"}}
    more = {**event, "amounts": {"self_paid": yuan(fen + 1), "out_of_scope": "0.00"}}
    assert world.decide(world.with_events([event])).total <= world.decide(world.with_events([more])).total


@st.composite
def periodic_benefits(draw: st.DrawFn) -> p.Benefit:
    """Brackets on the period's running total, sometimes after a deductible or threshold of the period. No rate is 0 %."""
    make = Maker(draw)
    tables = (p.Row((), a_table(make, Shape(plain=True))),)
    assume(all(bracket.rate > 0 for bracket in tables[0].value.brackets))
    amount = (p.Row((), make.one(10_000, 50_000, 100_000)),)
    deductible = p.Deductible(amount, p.PERIOD, make.chance(30)) if make.chance(60) else None
    base = p.Base((p.Row((), ((1, "self_paid"),)),), (p.Row((), 10_000),), "个人自付")
    formula = p.Formula(base=base, deductible=deductible, rate=p.Rate(tables, p.PERIOD))
    kinds = ("inpatient",)
    return p.Benefit("inpatient", "住院", kinds, formulas=(formula,), indemnity=True, indemnity_limited=False)


@settings(max_examples=150)
@given(periodic_benefits(), st.lists(st.integers(10_000, 3_000_000), min_size=1, max_size=6))
def test_the_parts_of_a_running_total_pay_what_the_whole_pays(benefit: p.Benefit, parts: list[int]) -> None:
    """Round(F(after)) − round(F(before)), summed over the events of a period, is round(F(all))."""
    world = World(p.Library({"small": p.Plan("small", "small", "小", benefits=(benefit,))}), {})
    case: Dict = {"case": "1", "member": {}, "covers": [{"plan": "small", "from": "2025-01-01", "until": "2026-01-01"}]}

    def decided(*sums: int) -> Decision:
        stay = {"kind": "inpatient", "started_on": "2025-03-01"}
        stays = [{"event": f"e{i}", **stay, "amounts": {"self_paid": yuan(fen)}} for i, fen in enumerate(sums)]
        return world.decide({**case, "events": stays})

    by_parts = decided(*parts)
    for (
        line
    ) in by_parts.lines:  # Only what pays moves a running total: a rest of a few fen that rounds to nothing doesn't.
        assume(line.outcome == "pay" or line.working[-2]["after"] == "0.00")
    assert by_parts.total == decided(sum(parts)).total


@properties.hold()
def test_gates_that_fail_are_all_named_and_the_formula_is_not_run(world: World) -> None:
    kinds = tuple({event["kind"] for event in world.events})
    wall = p.Gate((p.Test("kinds", kinds),), excludes=True)
    plans = {name: _walled(plan, wall) for name, plan in world.library.plans.items()}
    combinations = {
        name: replace(combination, own=_walled(combination.own, wall) if combination.own is not None else None)
        for name, combination in world.library.combinations.items()
    }
    walled = World(p.Library(plans, combinations), world.case).decide()
    for before, line in zip(world.decide().lines, walled.lines, strict=True):
        if before.outcome == "none":
            assert line.as_dict() == before.as_dict()
            continue
        assert (line.outcome, line.amount) == ("refuse", 0)
        assert {step["step"] for step in line.working} == {"gate"}
        named = {"exclusion"}
        if before.outcome == "refuse" and before.working[0]["step"] == "gate":
            named |= {*before.reasons}
        assert {*line.reasons} | _COUNTED == named | _COUNTED


_COUNTED = {"already_paid_once", "claim_count_reached", "excluded_with_other_benefit", "too_few_days"}
"""Gates that look at what other lines paid or how long the stay was: with nothing paid they may open."""


def _walled(plan: p.Plan, wall: p.Gate) -> p.Plan:
    return replace(plan, benefits=tuple(replace(one, gates=(*one.gates, wall)) for one in plan.benefits))


@properties.hold(opening=False)
def test_a_cap_used_up_before_the_events_pays_nothing_more(world: World) -> None:
    before = world.decide()
    plans = {plan.id: plan for plan in world.library.plans.values()}
    for line in before.lines:
        if line.outcome != "pay" or line.plan not in plans:
            continue
        plan = plans[line.plan]
        benefit = next(one for one in plan.benefits if one.id == line.benefit)
        scopes = {cap.per for cap in benefit.caps} & {p.PERIOD, p.LIFE}
        keys = ["life"] * (p.LIFE in scopes)
        keys += [f"period:{cover['from']}" for cover in world.case["covers"]] if p.PERIOD in scopes else []
        if not keys:
            continue
        used = {"family": plan.family, "counter": f"{benefit.id}.paid", "amount": "9999999.00"}
        after = world.decide({**world.case, "opening": [{**used, "key": key} for key in dict.fromkeys(keys)]})
        found = by_place(after)[line.event, line.plan, line.benefit]
        assert (found["outcome"], found["amount"]) == ("refuse", "0.00")
        if not plan.exclusives and benefit.order == p.MIDDLE_STEPS and not _carries_over(benefit):
            assert found["reasons"] == ["cap_reached"]


def _carries_over(benefit: p.Benefit) -> bool:
    """Does what earlier lines did not pay change the figure of this one, or its right to be asked for?"""
    per = [part.per for f in benefit.formulas for part in (f.deductible, f.rate) if part is not None]
    return p.PERIOD in per or benefit.claims is not None


# --- cutting a history and carrying on ----------------------------------------------------------------------------------


def export(accumulators: Accumulators) -> list[Dict] | None:
    """The counters as the ``opening`` of a case; None where a running total has parts of a fen, which no case can say."""
    opening: list[Dict] = []
    for (family, counter, key), used in accumulators.items():
        name = counter.rpartition(".")[2]
        entry: Dict = {"family": family, "counter": counter, "key": key}
        if name in IN_ATOMS:
            if used % ATOMS:
                return None
            opening.append({**entry, "amount": yuan(used // ATOMS)})
        elif name in ("paid", "entitled"):
            opening.append({**entry, "amount": yuan(used)})
        else:
            opening.append({**entry, "count": used})
    return opening


@properties.hold(examples=150, undone=False, stays_as_one=False, kinds_of_benefit=WITHOUT_SETTLEMENTS)
def test_a_history_may_be_cut_anywhere_and_carried_on_by_its_counters(world: World) -> None:
    whole = world.decide()
    for cut in range(1, len(world.events)):
        earlier, later = world.events[:cut], world.events[cut:]
        roots = {event["event"] for event in earlier if event.get("cause") is None}
        if any(event.get("cause") not in {None, *roots, *(other["event"] for other in later)} for event in later):
            continue
        opening = export(world.decide(world.with_events(earlier)).accumulators)
        assume(opening is not None)
        carried_on = world.decide({**world.with_events(later), "opening": opening})
        found, expected = lines_of(carried_on), lines_of(whole, [event["event"] for event in earlier])
        for line in (*found, *expected):
            line.pop("provisional", None)
        assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize("check", properties.checks)
def test_at_length(check: Callable[[], None]) -> None:
    check()
