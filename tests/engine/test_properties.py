"""What must hold of every decision, whatever the plan: outcomes, reasons, limits, workings. Random plans and histories.

The histories that are changed and decided again (reversals, cuts, renamings) are in ``test_properties_of_histories``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from benefit_engine import plan as p
from benefit_engine.accumulators import ENTITLED
from benefit_engine.decision import Line
from benefit_engine.money import yuan
from benefit_engine.words import OUTCOMES, REASONS
from tests.engine.recount import Counted, Recount, Use, burden_of, expected_lines, live_order
from tests.engine.strategies import Properties, World, worlds
from tests.engine.strategies_plans import ALL_KINDS

properties = Properties()
TRIGGERS = {
    *("sex", "groups", "not_accident", "diagnosis_not_listed", "operation_not_listed", "severity", "disability_grade"),
    "reversed",
}
"""Reasons of ``none``: what triggers the benefit isn't there, or the event counts as never been."""
PEOPLE = {"fact_unknown", "amount_unknown", "amounts_disagree"}
"""Reasons of ``refer``."""
CUTS = {"below_deductible", "cap_reached", "exceeds_out_of_pocket", "already_paid_once", "excluded_with_other_benefit"}
"""Reasons that the formula gives; the last two are gates as well."""
GATES = {*REASONS} - PEOPLE - {"duplicate", "reversed", "below_deductible", "cap_reached", "exceeds_out_of_pocket"}
STEPS = {
    *(
        "base",
        "share",
        "deductible",
        "rate",
        "days",
        "sum",
        "ladder",
        "top_up",
        "formula",
        "pick",
        "units",
        "floor",
        "cap",
        "once",
    ),
    *("exclusive", "shared_cap", "combined_cap", "indemnity", "gate", "refer"),
}


def test_the_worlds_are_worth_deciding() -> None:
    """Many lines pay, and every reason and every step of a working occurs: else the properties below pass over it."""
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    steps: Counter[str] = Counter()

    def gather(world: World) -> None:
        for line in world.decide().lines:
            outcomes[line.outcome] += 1
            outcomes["provisional"] += line.provisional
            reasons.update(line.reasons)
            steps.update(step["step"] for step in line.working)

    # A duplicate is found where claims are filed, not by the engine.
    expected = {*REASONS} - {"duplicate"}
    few = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
    for number in range(10):
        kinds = ("disability", "death", "disease", "days", "cost") if number % 2 else ALL_KINDS
        seed(number)(few(given(worlds(kinds_of_benefit=kinds))(gather)))()
        if ({*reasons}, {*steps}) == (expected, STEPS):
            break
    assert ({*reasons}, {*steps}) == (expected, STEPS)
    assert outcomes.keys() == {*OUTCOMES, "provisional"}
    asked = outcomes["pay"] + outcomes["refuse"] + outcomes["refer"]
    assert outcomes["pay"] > asked * 0.3
    assert outcomes["provisional"] > 20


@properties.hold()
def test_outcomes_amounts_and_reasons_are_as_the_contract_defines_them(world: World) -> None:
    decision = world.decide()
    shown = decision.as_dict()
    assert shown["total"] == yuan(sum(line.amount for line in decision.lines if line.outcome == "pay"))
    for line, written in zip(decision.lines, shown["lines"], strict=True):
        assert line.outcome in OUTCOMES
        assert (line.amount > 0) == (line.outcome == "pay"), "an amount is above zero when the line pays, else zero"
        assert written["amount"] == yuan(line.amount)
        assert len(set(line.reasons)) == len(line.reasons)
        assert bool(line.missing) == bool({"fact_unknown", "amount_unknown"} & {*line.reasons})
        assert ("missing" in written) == bool(line.missing)
        assert ("provisional" in written) == line.provisional
        _assert_reasons_fit(line)


def _assert_reasons_fit(line: Line) -> None:
    reasons = {*line.reasons}
    if line.outcome == "none":
        assert reasons
        assert reasons <= TRIGGERS
        assert not line.provisional
    elif line.outcome == "refer":
        assert reasons
        assert reasons <= PEOPLE
        assert "amount_unknown" not in reasons or len(reasons) == 1, "a base is asked for only when all gates pass"
    elif line.outcome == "pay":
        assert reasons <= CUTS - {"below_deductible"}
    else:
        assert reasons
        gates = any(step["step"] == "gate" for step in line.working)
        assert reasons <= (GATES if gates else CUTS)
    if line.outcome in ("none", "refer") or any(step["step"] == "gate" for step in line.working):
        assert line.reasons == sorted(line.reasons, key=REASONS.index), "gates stand in the contract's order"


@properties.hold()
def test_lines_come_in_the_contracts_order(world: World) -> None:
    found = [(line.event, line.plan, line.benefit) for line in world.decide().lines]
    assert found == expected_lines(world)


@properties.hold()
def test_only_lines_of_undone_events_are_reversed(world: World) -> None:
    live = set(live_order(world.events))
    for line in world.decide().lines:
        assert ("reversed" in line.reasons) == (line.event not in live)
        assert line.event in live or (line.outcome, line.reasons) == ("none", ["reversed"])


@properties.hold()
def test_what_was_paid_before_is_set_off(world: World) -> None:
    paid: Counter[tuple[str, ...]] = Counter()
    for item in world.case.get("paid", ()):
        paid[item["event"], item["plan"], item["benefit"]] += int(item["amount"].replace(".", ""))
    for written in world.decide().as_dict()["lines"]:
        assert ("due" in written) == ("paid_before" in written) == ("paid" in world.case)
        if "due" in written:
            before = paid[written["event"], written["plan"], written["benefit"]]
            assert written["paid_before"] == yuan(before)
            assert Decimal(written["due"]) == Decimal(written["amount"]) - Decimal(before).scaleb(-2)


# --- limits -------------------------------------------------------------------------------------------------------------


@properties.hold(examples=150)
def test_no_cap_of_any_scope_is_ever_passed(world: World) -> None:
    recount = Recount(world, world.decide())
    used = recount.opening("paid")
    for item in recount.paying:
        for key in item.keys.values():
            used[item.plan.family, item.benefit.id, key] += item.line.amount
        units = item.units if item.lump else 1
        for cap in item.benefit.caps:
            assert used[item.use(cap.per)] <= item.value(cap.amount) * units
        _assert_shared_caps_hold(recount, item, used)


def _assert_shared_caps_hold(recount: Recount, item: Counted, used: Counter[Use]) -> None:
    caps = [(cap, cap.per) for cap in item.plan.shared_caps if ("", item.benefit.id) in cap.benefits]
    combination = recount.combination(item)
    across = combination.shared_caps if combination is not None else ()
    caps += [
        (cap, p.COMBINATION if cap.per == p.PERIOD else cap.per)
        for cap in across
        if (item.plan.family, item.benefit.id) in cap.benefits
    ]
    for cap, scope in caps:
        together = sum(used[item.use(scope, benefit, family)] for family, benefit in cap.benefits)
        assert together <= item.value(cap.amount)


@properties.hold()
def test_counted_limits_hold(world: World) -> None:
    _assert_counted_limits(world)


@properties.hold(kinds_of_benefit=("days", "disease"), undone=False, plans_most=2)
def test_counted_limits_of_allowances_and_sums_hold(world: World) -> None:
    _assert_counted_limits(world)


def _assert_counted_limits(world: World) -> None:
    """Once-only and its upgrades, numbers of claims, days, sums that are topped up, benefits of which only the first pays."""
    recount = Recount(world, world.decide())
    paid, claims, days = (recount.opening(name) for name in ("paid", "claims", "days"))
    stays: defaultdict[Use, set[str]] = defaultdict(set)
    allowances: Counter[Use] = Counter()
    for item in recount.paying:
        _assert_may_pay(item, paid, claims, stays)
        for key in item.keys.values():
            use = (item.plan.family, item.benefit.id, key)
            paid[use] += item.line.amount
            allowances[use] += item.line.amount
            stays[use].add(item.keys[p.STAY])
        formula = item.benefit.formulas[0]
        if len(item.benefit.formulas) > 1:
            continue
        if formula.days is not None:
            most = max(row.value for row in formula.days.per_day) * _most_units(recount, item)
            for cap in formula.days.caps:
                left = max(0, cap.days - days[item.use(cap.per)])
                assert allowances[item.use(cap.per)] <= left * most, "more days than the cap"
        once = item.benefit.once
        if formula.sum is not None and once is not None and once.upgrade:
            assert paid[item.use(once.per)] <= item.value(formula.sum.amount) * item.units
        if formula.sum is not None and formula.sum.top_up:
            others = sum(paid[item.use(formula.sum.top_up_per, other)] for other in formula.sum.top_up)
            assert others + item.line.amount <= item.value(formula.sum.amount) * item.units


def _assert_may_pay(item: Counted, paid: Counter[Use], claims: Counter[Use], stays: dict[Use, set[str]]) -> None:
    """Gates that read counters: ``claims`` are those of the opening, ``stays`` those paid since."""
    once, count = item.benefit.once, item.benefit.claims
    if once is not None and not once.upgrade:
        assert not stays[item.use(once.per)]
        assert not claims[item.use(once.per)]
    if count is not None:
        uses = [item.use(count.per, other) for other in count.of]
        seen = set().union(*(stays[use] for use in uses))
        assert item.keys[p.STAY] in seen or len(seen) + sum(claims[use] for use in uses) < count.most
    for group in item.plan.exclusives:
        others = set(group.benefits) - {item.benefit.id}
        if group.rule == "first" and item.benefit.id in group.benefits:
            assert not any(paid[item.use(group.per, other)] for other in others)


def _most_units(recount: Recount, item: Counted) -> int:
    """The greatest number of units with which this benefit was ever paid."""
    return max(one.units for one in recount.paying if one.benefit is item.benefit)


@properties.hold(opening=False)
def test_benefits_that_exclude_each_other_pay_no_more_than_the_greatest_alone(world: World) -> None:
    decision = world.decide()
    counters = dict(decision.accumulators.items())
    paid: Counter[tuple[p.Exclusive, str, str]] = Counter()
    winners: defaultdict[tuple[str, str, p.Exclusive], set[str]] = defaultdict(set)
    for item in Recount(world, decision).paying:
        for group in item.plan.exclusives:
            if item.benefit.id not in group.benefits or group.rule == "first":
                continue
            key = item.keys[group.per]
            paid[group, item.plan.family, key] += item.line.amount
            due = max(counters.get((item.plan.family, f"{name}.{ENTITLED}", key), 0) for name in group.benefits)
            assert paid[group, item.plan.family, key] <= due
            if group.rule == "larger":
                winners[item.event.id, item.plan.id, group].add(item.benefit.id)
    assert all(len(names) == 1 for names in winners.values()), "of one event the larger one pays"


@properties.hold(examples=120)
def test_reimbursements_of_an_event_never_pass_what_the_person_bore(world: World) -> None:
    _assert_within_burden(world)


@properties.hold(examples=120, kinds_of_benefit=("settled", "cost", "settled", "relief"), plans_most=2)
def test_settlements_of_a_period_never_pass_what_the_person_bore(world: World) -> None:
    _assert_within_burden(world)


def _assert_within_burden(world: World) -> None:
    recount = Recount(world, world.decide())
    reimbursed: list[tuple[set[str], int]] = []
    done: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for item in recount.paying:
        if not item.benefit.indemnity:
            continue
        bills = recount.settled(item, done[item.plan.family, item.benefit.id])
        ids = {item.event.id, *(one.id for one in bills)}
        if item.benefit.indemnity_limited:
            burdens = [burden_of(one) for one in bills]
            assert None not in burdens, "paid although nobody knows what the person bore"
            borne = sum(burden for burden in burdens if burden is not None)
            aid = sum(one.amounts.get("other_aid_paid", 0) for one in bills)
            before = sum(amount for others, amount in reimbursed if others & ids)
            assert before + item.line.amount <= borne - aid
            bases = [row.value for f in item.benefit.formulas if f.base is not None for row in f.base.components]
            if bases == [((1, p.REMAINING),)]:
                remaining = Decimal(borne - aid - before).scaleb(-2)
                assert Decimal(item.line.working[0]["amount"]) == remaining, "the base is what the person still bears"
        reimbursed.append((ids, item.line.amount))
        if bills != [item.event]:
            done[item.plan.family, item.benefit.id] |= ids


@properties.hold()
def test_lines_are_provisional_after_a_referred_event_and_only_then(world: World) -> None:
    recount = Recount(world, world.decide())
    waiting: set[str] = set()
    today: list[Counted] = []
    event = None
    for item in recount.lines:
        if item.event is not event:
            waiting |= {one.plan.family for one in today}
            today, event = [], item.event
        after = item.plan.family in waiting
        layers = [row.value for f in item.benefit.formulas if f.base is not None for row in f.base.components]
        if any((1, p.REMAINING) in layer for layer in layers) and any(one.benefit.indemnity for one in today):
            after = True  # what remains of this very event is not known for sure
        if item.line.outcome == "refer":
            today.append(item)
        assert not item.line.provisional or after
        if item.line.outcome == "pay" and _reads_beyond_its_event(item):
            assert item.line.provisional == after


def _reads_beyond_its_event(item: Counted) -> bool:
    wide = {p.PERIOD, p.LIFE, p.DISEASE, p.CAUSE, p.DAY}
    continues = item.keys[p.STAY] != f"stay:{item.event.id}"
    shared = [cap for cap in item.plan.shared_caps if ("", item.benefit.id) in cap.benefits]
    scopes = {cap.per for cap in item.benefit.caps} | {cap.per for cap in shared}
    scopes |= {f.deductible.per for f in item.benefit.formulas if f.deductible is not None}
    counts = item.benefit.once is not None or item.benefit.claims is not None
    return counts or bool(scopes & wide) or (continues and p.STAY in scopes)


# --- workings -----------------------------------------------------------------------------------------------------------

_MONEY = re.compile(r"-?\d+\.\d{2,}")


@properties.hold(examples=150)
def test_a_working_leads_step_by_step_to_the_amount(world: World) -> None:
    for line in world.decide().lines:
        figure = Decimal(0)
        for step in line.working:
            assert step["step"] in STEPS
            assert step["label"]
            assert _MONEY.fullmatch(step["amount"])
            assert _MONEY.fullmatch(step["after"])
            amount, after = Decimal(step["amount"]), Decimal(step["after"])
            if step["step"] in ("gate", "refer"):
                assert after == 0
            elif step["step"] in ("base", "days", "sum"):
                assert figure == 0, "a formula begins at nothing"
            assert figure + amount == after
            if step["step"] == "rate":
                _assert_brackets_add_up(step, figure)
            figure = after
        if line.outcome == "pay":
            assert figure == Decimal(line.amount).scaleb(-2)
        elif line.outcome == "refuse":
            assert figure == 0
        assert line.outcome == "none" or line.working


def _assert_brackets_add_up(step: dict[str, Any], base: Decimal) -> None:
    """Each bracket's part at its rate; the parts sum to the base, their amounts to the step, rounded once."""
    rows = step.get("detail")
    if rows is None:
        return
    assert sum(Decimal(row["base"]) for row in rows) == base
    for row in rows:
        assert Decimal(row["base"]) * Decimal(row["rate"].rstrip("%")) == Decimal(row["amount"]) * 100
    total = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
    if "累计" in step["label"]:
        assert abs(total - Decimal(step["after"])) < Decimal("0.01"), "F(after) − F(before), each rounded"
    else:
        assert total.quantize(Decimal("0.01"), "ROUND_HALF_UP") == Decimal(step["after"])


@pytest.mark.slow
@pytest.mark.parametrize("check", properties.checks)
def test_at_length(check: Callable[[], None]) -> None:
    check()
