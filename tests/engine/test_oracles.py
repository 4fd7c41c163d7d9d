"""Four plans, each decided twice: by the engine and by a slow second opinion that was written apart from it.

Thousands of random histories per plan must give the same lines in the same order: outcome, amount, reasons, what is missing,
what is provisional, what was paid and what is due. A difference is shown as the smallest history that still has it.
"""

import json
import os
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.oracles import PLANS, allowance_2015, guangxi_1, hainan_2, hangzhou_medical
from tests.engine.oracles.histories import SHAPES, random_history
from tests.engine.support import decide as decide_by_engine

Dict = dict[str, Any]

FAST_HISTORIES, FAST_CHUNK = 2_000, 500
SLOW_HISTORIES, SLOW_CHUNK = (100_000 if os.environ.get("MUTUALAID_SOAK") else 20_000), 2_000
"""Of each plan; ``make soak`` looks at five times as many."""
ABSENT: Dict = {"provisional": False, "missing": [], "paid_before": None, "due": None}
COMPARED = ("event", "plan", "benefit", "outcome", "amount", "reasons", *ABSENT)


def _chunks(first: int, histories: int, chunk: int) -> list[Any]:
    """Pieces of the seeds that workers can share."""
    return [
        pytest.param(plan, range(seed, seed + chunk), id=f"{plan}-{seed}")
        for plan in PLANS
        for seed in range(first, first + histories, chunk)
    ]


@pytest.mark.parametrize(("plan", "seeds"), _chunks(0, FAST_HISTORIES, FAST_CHUNK))
def test_engine_agrees_with_the_second_opinion(plan: str, seeds: range) -> None:
    _compare_all(plan, seeds)


@pytest.mark.slow
@pytest.mark.parametrize(("plan", "seeds"), _chunks(FAST_HISTORIES, SLOW_HISTORIES, SLOW_CHUNK))
def test_engine_agrees_with_the_second_opinion_at_length(plan: str, seeds: range) -> None:
    _compare_all(plan, seeds)


# What each plan can answer. A list that histories don't fill would mean that the comparison above passes over it.
ANSWERS = {
    guangxi_1.PLAN: "not_covered employment insurance not_accident already_paid_once fact_unknown amount_unknown "
    "amounts_disagree reversed below_deductible cap_reached exceeds_out_of_pocket",
    hangzhou_medical.PLAN: "not_covered employment insurance hospital_level fact_unknown amount_unknown "
    "amounts_disagree reversed below_deductible cap_reached exceeds_out_of_pocket",
    hainan_2.PLAN: "not_covered employment insurance already_paid_once claim_count_reached fact_unknown amount_unknown "
    "amounts_disagree reversed below_deductible cap_reached exceeds_out_of_pocket",
    allowance_2015.PLAN: "not_covered age employment waiting_period found_before_cover hospital_level diagnosis_not_listed "
    "too_few_days already_paid_once fact_unknown amounts_disagree reversed cap_reached",
}


@pytest.mark.parametrize("plan", PLANS)
def test_histories_reach_every_answer_of_the_plan(plan: str) -> None:
    lines = [line for seed in range(FAST_HISTORIES) for line in PLANS[plan](random_history(plan, seed))]
    seen = {reason for line in lines for reason in line["reasons"]}
    assert seen == set(ANSWERS[plan].split())
    asked = [line for line in lines if line["outcome"] != "none"]
    paid = [line for line in asked if line["outcome"] == "pay"]
    assert len(paid) > 0.45 * len(asked), "too few payments to exercise the sums"
    assert {line["benefit"] for line in paid} == {name for names in SHAPES[plan].benefits.values() for name in names}
    assert len([line for line in lines if line.get("provisional")]) > 100
    assert len([line for line in lines if line.get("due", "").startswith("-")]) > 20


def _one_event(plan: str, cover: tuple[str, str], **event: Any) -> list[Dict]:
    person = {"birth_date": "1980-05-05", "employment": "in_service", "basic_insurance": "employee"}
    covers = [{"plan": plan, "units": 1, "from": cover[0], "until": cover[1]}]
    known = {
        "event": "e1",
        "kind": "inpatient",
        "started_on": f"{cover[0][:4]}-06-01",
        "hospital_level": 2,
        "accident": False,
    }
    return PLANS[plan]({"case": "1", "member": person, "covers": covers, "events": [known | event]})


def test_second_opinion_knows_the_worked_example_of_the_contract() -> None:
    amounts = {"total": "52000.00", "self_paid": "12000.00", "out_of_scope": "1500.00"}
    year = ("2025-01-01", "2026-01-01")
    lines = _one_event(guangxi_1.PLAN, year, ended_on="2025-06-08", diagnoses=["C50.900"], amounts=amounts)
    assert [(line["benefit"], line["outcome"], line["amount"], line["reasons"]) for line in lines] == [
        ("inpatient", "pay", "3400.00", []),
        ("allowance", "pay", "200.00", ["cap_reached"]),
    ]


# Arithmetic published with the plans, or following from what was published: own part of the bill -> aid.
HANGZHOU = "300 100 500 100 1000 200 1001 200.50 5000 2200 10000 4700 15000 9200 30000 18200 50000 30200 100000 30200"
GUANGXI = "1000 0 2000 300 5000 1200 11000 3000 31000 11000 51000 23000 101000 70500 1200000 1000000"
HAINAN = "999 0 1000 500 5000 2500 10000 5500 20000 12500 100000 50000"


def _pairs(figures: str) -> list[tuple[str, str]]:
    texts = [f"{Decimal(text):.2f}" for text in figures.split()]
    return list(zip(texts[::2], texts[1::2], strict=True))


@pytest.mark.parametrize(("own_part", "aid"), _pairs(HANGZHOU))
def test_second_opinion_knows_the_figures_of_hangzhou(own_part: str, aid: str) -> None:
    year = ("2021-01-01", "2022-01-01")
    assert _one_event(hangzhou_medical.PLAN, year, amounts={"self_paid": own_part})[0]["amount"] == aid


@pytest.mark.parametrize(("own_part", "aid"), _pairs(GUANGXI))
def test_second_opinion_knows_the_figures_of_guangxi(own_part: str, aid: str) -> None:
    year = ("2025-01-01", "2026-01-01")
    assert _one_event(guangxi_1.PLAN, year, amounts={"self_paid": own_part})[0]["amount"] == aid


@pytest.mark.parametrize(
    ("ended_on", "aid"), [("2025-06-02", "50.00"), ("2025-06-04", "150.00"), ("2025-06-11", "200.00")]
)
def test_second_opinion_knows_the_allowance_of_guangxi(ended_on: str, aid: str) -> None:
    line = _one_event(guangxi_1.PLAN, ("2025-01-01", "2026-01-01"), ended_on=ended_on)[1]
    assert (line["benefit"], line["amount"]) == ("allowance", aid)


@pytest.mark.parametrize(("own_part", "aid"), _pairs(HAINAN))
def test_second_opinion_knows_the_figures_of_hainan(own_part: str, aid: str) -> None:
    amounts = {"basic_deductible": own_part, "copay": "0.00", "self_paid": own_part}
    assert _one_event(hainan_2.PLAN, ("2017-03-01", "2020-03-01"), amounts=amounts)[0]["amount"] == aid


@pytest.mark.parametrize(
    ("ended_on", "outcome", "aid"),
    [("2015-06-04", "refuse", "0.00"), ("2015-06-05", "pay", "50.00"), ("2015-09-02", "pay", "4500.00")],
)
def test_second_opinion_knows_the_allowance_of_2015(ended_on: str, outcome: str, aid: str) -> None:
    line = _one_event(allowance_2015.PLAN, ("2015-01-01", "2016-01-01"), ended_on=ended_on, diagnoses=["J18.9"])[0]
    assert (line["benefit"], line["outcome"], line["amount"]) == ("allowance", outcome, aid)


@pytest.mark.parametrize(
    ("found_on", "outcome", "aid"),
    [
        ("2015-01-30", "refuse", "0.00"),
        ("2015-01-31", "pay", "500.00"),
        ("2015-03-31", "pay", "500.00"),
        ("2015-04-01", "pay", "500.00"),
        ("2015-04-02", "pay", "10000.00"),
    ],
)
def test_second_opinion_knows_the_disease_sums_of_2015(found_on: str, outcome: str, aid: str) -> None:
    year = ("2015-01-01", "2016-01-01")
    line = _one_event(allowance_2015.PLAN, year, kind="diagnosis", started_on=found_on, diagnoses=["C50.900"])[0]
    assert (line["outcome"], line["amount"]) == (outcome, aid)


def _compare_all(plan: str, seeds: range) -> None:
    different = [case for case in (random_history(plan, seed) for seed in seeds) if _difference(plan, case)]
    if different:
        smallest = min((_shrunk(plan, case) for case in different[:5]), key=lambda case: len(json.dumps(case)))
        shown = json.dumps(smallest, ensure_ascii=False)
        lines = _difference(plan, smallest)
        pytest.fail(f"{len(different)} of {len(seeds)} histories differ, for example:\n{shown}\n{lines}")


def _difference(plan: str, case: Dict) -> str:
    """The first difference between the two decisions of a case, or nothing."""
    expected = [_comparable(line) for line in PLANS[plan](case)]
    decision = _decide_by_engine(plan, case)
    found = [_comparable(line) for line in decision["lines"]]
    for mine, theirs in zip(expected, found, strict=False):
        if mine != theirs:
            return f"second opinion: {json.dumps(mine)}\nengine:         {json.dumps(theirs)}"
    if len(expected) != len(found):
        return f"second opinion: {len(expected)} lines\nengine:         {len(found)} lines"
    fen = sum(int(line["amount"].replace(".", "")) for line in expected)
    total = f"{fen // 100}.{fen % 100:02}"
    if decision["total"] != total:
        return f"second opinion: total {total}\nengine:         total {decision['total']}"
    return ""


def _decide_by_engine(plan: str, case: Dict) -> Dict:
    try:
        return decide_by_engine([plan], case)
    except Exception as error:
        error.add_note(json.dumps(case, ensure_ascii=False))
        raise


def _comparable(line: Dict) -> Dict:
    line = {name: line.get(name, ABSENT.get(name)) for name in COMPARED}
    # No rule says in which order missing facts are named.
    return line | {"missing": sorted(line["missing"] or []), "provisional": bool(line["provisional"])}


def _shrunk(plan: str, case: Dict) -> Dict:
    """The case without the events, covers and payments that the difference does not need."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(case):
            if _difference(plan, candidate):
                case, smaller = candidate, True
                break
    return case


def _smaller(case: Dict) -> Iterable[Dict]:
    if "paid" in case:
        yield {name: value for name, value in case.items() if name != "paid"}
    for event in case["events"]:
        gone = {event["event"]}
        for other in case["events"]:  # Whatever undoes an event that is gone goes with it.
            gone |= {other["event"]} if gone & {other.get("reverses"), other.get("replaces")} else set()
        events = [other for other in case["events"] if other["event"] not in gone]
        paid = [entry for entry in case.get("paid", []) if entry["event"] not in gone]
        if events:
            yield {**case, "events": events} | ({"paid": paid} if "paid" in case else {})
    for cover in case["covers"] if len(case["covers"]) > 1 else []:
        yield {**case, "covers": [other for other in case["covers"] if other is not cover]}
