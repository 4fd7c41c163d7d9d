"""The columnar engine gives the explained engine's lines: on random plans and histories, on shipped cases, whatever is odd.

``test_thousands_…`` draws by dice: the same worlds as the properties, but a thousand in a second and without shrinking; a world
that fails by dice is looked into by its seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from benefit_engine.columns import layout
from benefit_engine.columns.run import Compiled, Decided, Decider, compiled
from benefit_engine.decide import Engine
from benefit_engine.fact_reader import CaseError
from mutualaid.plans.library import compile_drafts, load_library
from mutualaid.plans.reading import read_document
from mutualaid.plans.shipped_cases import load_cases
from tests.engine.small_plans import LIMITED, MADE_POSSIBLE, UNLIMITED, JsonDict, case, cover, event, one, plan, stay
from tests.engine.strategies import World, a_history, worlds
from tests.engine.strategies_plans import ALL_KINDS, Dice, Shape, a_library

ROOT = Path(__file__).parents[2]
Rows = list[dict[str, Any]]


def expected(engine: Engine, cases: Iterable[JsonDict]) -> Rows:
    """The rows that the explained engine gives."""
    rows: Rows = []
    for data in cases:
        decision = engine.decide(engine.parse(data))
        rows += layout.lines_table([layout.line_row(decision.case, line) for line in decision.lines]).to_pylist()
    return rows


def as_table(cases: Sequence[JsonDict]) -> pa.Table:
    """Cases as flat columns."""
    rows = [row for data in cases for row in layout.rows_of(data)]
    own = sorted({name for row in rows for name in row if name.startswith("x_")})
    return pa.Table.from_pylist(rows, schema=layout.cases_schema(own))


def decided(library: Compiled, cases: Sequence[JsonDict]) -> Decided:
    """What the columns make of cases."""
    return Decider(library).decide(as_table(cases))


def assert_agree(library: Compiled, cases: Sequence[JsonDict], *, explained: int | None = 0) -> None:
    """The same lines by both engines; so many persons went through the explained engine (None: whatever)."""
    assert library.tables is not None, "the library did not compile"
    found = decided(library, cases)
    assert found.errors == {}
    assert found.lines.to_pylist() == expected(library.engine, cases)
    if explained is not None:
        assert found.explained == explained


def library_of(*documents: str) -> Compiled:
    """Small plans, compiled."""
    drafts = [
        read_document(f"{text.partition('plan: ')[2].partition(chr(10))[0]}.yaml", text.encode()) for text in documents
    ]
    return compiled(compile_drafts(drafts).library)


# --- random worlds ------------------------------------------------------------------------------------------------------


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(paid=False))
def test_one_and_batch_agree_on_any_world(world: World) -> None:
    assert_agree(compiled(world.library), [world.case])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_worlds_with_payments_agree(world: World) -> None:
    if world.case.get("paid") != []:  # which flat columns cannot say
        assert_agree(compiled(world.library), [world.case])


def agree_by_dice(seed: int, histories: int) -> int:
    """Many random histories under one random library; how many there were."""
    dice, shape = (
        Dice(seed),
        Shape(paid=True, kinds_of_benefit=ALL_KINDS if seed % 2 else ("days", "disease", "cost", "settled")),
    )
    library = compiled(a_library(dice, shape))
    cases = []
    for number in range(histories):
        data = {**a_history(dice, library.engine.library, shape), "case": f"{seed}-{number}"}
        library.engine.parse(data)
        if data.get("paid") == []:  # which flat columns cannot say
            del data["paid"]
        cases.append(data)
    assert_agree(library, cases)
    return len(cases)


@pytest.mark.parametrize("seed", range(20))
def test_thousands_of_random_cases_agree(seed: int) -> None:
    assert sum(agree_by_dice(1000 * seed + i, 50) for i in range(4)) == 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_two_hundred_thousand_random_cases_agree(seed: int) -> None:
    assert sum(agree_by_dice(100_000 + 1000 * seed + i, 100) for i in range(50)) == 5000


# --- what is shipped ----------------------------------------------------------------------------------------------------


def test_all_shipped_plans_compile_whole() -> None:
    library = compiled(load_library([ROOT / "plans"]).library)
    assert library.program is not None
    own = {one.own.id for one in library.engine.library.combinations.values() if one.own is not None}
    assert {plan for plan, _ in library.program.lines} == {*library.engine.library.plans} | own


def test_shipped_cases_and_examples_agree() -> None:
    loaded = load_library([ROOT / "plans", ROOT / "docs" / "examples"])
    library = compiled(loaded.library)
    cases: list[JsonDict] = [shipped.case for shipped in load_cases(ROOT / "tests" / "engine" / "cases", loaded)]
    for path in sorted((ROOT / "docs" / "examples").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                data = json.loads(line)
                library.engine.parse(data)
            except (ValueError, CaseError):
                continue
            cases.append(data)
    named = [{**data, "case": f"{i}"} for i, data in enumerate(cases) if layout.flat_rows(data) is not None]
    assert len(named) > 500
    assert_agree(library, named)


# --- whatever is odd ----------------------------------------------------------------------------------------------------

PLAN = one("base: {of: [self_paid], name: 个人自付}\ndeductible: {amount: 100}\nrate: 50%\n")
ODD: dict[str, JsonDict] = {
    "plan not loaded": case(stay("e1", "2025-03-01"), covers=[cover("other")]),
    "until before from": case(stay("e1", "2025-03-01"), covers=[cover(until="2024-01-01")]),
    "joined after the end": case(stay("e1", "2025-03-01"), covers=[cover(joined_on="2026-05-01")]),
    "no units": case(stay("e1", "2025-03-01"), covers=[cover(units=0)]),
    "event twice": case(stay("e1", "2025-03-01"), stay("e1", "2025-04-01")),
    "unknown kind": case(event("e1", "inpatiemt", "2025-03-01")),
    "ends before it starts": case(stay("e1", "2025-03-01", "2025-02-01")),
    "level 4": case(stay("e1", "2025-03-01", hospital_level=4)),
    "grade 0": case(stay("e1", "2025-03-01", disability_grade=0)),
    "negative amount": case(stay("e1", "2025-03-01", self_paid="-5.00")),
    "reverses nobody": case(stay("e1", "2025-03-01", reverses="e9")),
    "replaced twice": case(
        stay("e1", "2025-03-01"), stay("e2", "2025-03-01", replaces="e1"), stay("e3", "2025-03-01", replaces="e1")
    ),
    "ring": case(stay("e1", "2025-03-01", replaces="e2"), stay("e2", "2025-03-01", replaces="e1")),
    "born later": case(stay("e1", "2025-03-01"), member={"birth_date": "2025-02-01"}),
    "accident after the end": case(stay("e1", "2025-03-01", "2025-03-04", accident_on="2025-03-05")),
    "blank id": case(stay(" ", "2025-03-01")),
    "sex": case(stay("e1", "2025-03-01"), member={"sex": "X"}),
    "code that is none": case(stay("e1", "2025-03-01", diagnoses=["瘤"])),
    "counter that is none": case(
        stay("e1", "2025-03-01"),
        opening=[{"family": "small", "counter": "inpatient.pade", "key": "life", "amount": "1.00"}],
    ),
    "combination that is none": case(stay("e1", "2025-03-01"), covers=[cover(combination="small")]),
    "negative amount that no plan reads": case(stay("e1", "2025-03-01", amounts={"x_other": "-5.00"})),
    "reported before it starts": case(stay("e1", "2025-03-01", reported_on="2025-02-28")),
    "payment of an event that is none": case(
        stay("e1", "2025-03-01", self_paid="300.00"),
        paid=[{"event": "e9", "plan": "small", "benefit": "inpatient", "amount": "1.00"}],
    ),
    "payment of a benefit that is none": case(
        stay("e1", "2025-03-01", self_paid="300.00"),
        paid=[{"event": "e1", "plan": "small", "benefit": "outpatient", "amount": "1.00"}],
    ),
    "cover before birth": case(stay("e1", "2025-03-01"), covers=[cover("small", "1949-01-01")]),
}
ODD |= {
    f"{name}, no events": {**data, "events": []} for name, data in ODD.items() if data["covers"] != case()["covers"]
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_faults_are_those_of_the_explained_engine(data: JsonDict) -> None:
    library = library_of(PLAN)
    good = {**case(stay("e1", "2025-03-01", self_paid="300.00")), "case": "good"}
    with pytest.raises(CaseError) as caught:
        library.engine.parse(data)
    found = decided(library, [good, {**data, "case": "bad"}])
    assert found.errors == {1: caught.value.text("zh")}
    assert found.lines.to_pylist() == expected(library.engine, [good])


def test_a_plan_must_be_of_the_combination_also_without_events() -> None:
    library = compiled(load_library([ROOT / "plans"]).library)
    data = case(covers=[cover("guangxi-huzhubao-1-2025", combination="hangzhou-all-2021")])
    with pytest.raises(CaseError) as caught:
        library.engine.parse(data)
    assert decided(library, [data]).errors == {0: caught.value.text("zh")}


def test_who_needs_more_room_goes_through_the_explained_engine() -> None:
    """Sums beyond 64 bits, more events than there is room for, names that are not ASCII: the same lines."""
    library = library_of(PLAN)
    large = {**case(stay("e1", "2025-03-01", self_paid="99999999999.99")), "case": "large"}
    long = [stay(f"e{i}", "2025-03-01", self_paid="101.00") for i in range(600)]
    assert_agree(library, [large, {**case(*long), "case": "long"}], explained=2)
    assert_agree(library, [{**case(stay("住院-1", "2025-03-01", self_paid="300.00")), "case": "案例一"}], explained=0)


def test_many_covers_fit() -> None:
    """Who holds every plan of a large union for years has dozens."""
    library = library_of(PLAN)
    many = [
        cover("small", f"20{25 - i // 12:02}-{12 - i % 12:02}-01", f"20{25 - i // 12:02}-{12 - i % 12:02}-28")
        for i in range(76)
    ]
    held = {**case(stay("e1", "2025-03-02", self_paid="300.00"), covers=many[:64]), "case": "held"}
    assert_agree(library, [held], explained=0)
    assert_agree(library, [{**held, "covers": many}], explained=1)


def test_a_library_that_is_too_large_goes_through_the_explained_engine() -> None:
    kinds = ", ".join(f"kind_{i}" for i in range(70))
    library = library_of(one("sum: {amount: 100}\n", kinds=kinds))
    assert library.tables is None
    data = case(event("e1", "kind_69", "2025-03-01"))
    found = decided(library, [data])
    assert (found.explained, found.lines.to_pylist()) == (1, expected(library.engine, [data]))


def test_members_without_events_have_no_lines() -> None:
    library = library_of(PLAN)
    found = decided(library, [{**case(), "case": f"{i}"} for i in range(3)])
    assert found.cases.to_pylist() == ["0", "1", "2"]
    assert (found.lines.num_rows, found.explained) == (0, 0)


def test_the_member_must_not_differ_from_row_to_row() -> None:
    library = library_of(PLAN)
    data = case(stay("e1", "2025-03-01", self_paid="300.00"), stay("e2", "2025-04-01", self_paid="300.00"))
    rows = layout.rows_of(data)
    again = pa.Table.from_pylist([rows[0], {**rows[1], "member_sex": "F"}], schema=layout.cases_schema())
    assert Decider(library).decide(again).explained == 0
    other = pa.Table.from_pylist([rows[0], {**rows[1], "member_sex": "M"}], schema=layout.cases_schema())
    assert Decider(library).decide(other).explained == 1


def test_a_case_to_rows_and_back() -> None:
    data = case(
        stay(
            "e1",
            "2025-03-01",
            "2025-03-05",
            self_paid="300.00",
            diagnoses=["C50.900", "I10"],
            operations=[],
            accident=False,
        ),
        stay("e2", "2025-04-01", reverses="e1"),
        covers=[cover(), cover("small", "2026-01-01", "2027-01-01", units=2)],
        opening=[{"family": "small", "counter": "inpatient.paid", "key": "life", "amount": "1.00"}],
        paid=[{"event": "e1", "plan": "small", "benefit": "inpatient", "amount": "-2.00"}],
    )
    engine = library_of(PLAN).engine
    again = layout.case_of(as_table([data]).to_pylist())
    assert engine.parse(again) == engine.parse(data)
    with pytest.raises(layout.NotFlat):
        layout.rows_of(case(stay("e1", "2025-03-01", circumstances=["a;b"])))


def test_plans_of_the_same_family_count_what_any_of_them_reads() -> None:
    """The old edition knows no limit by disease; the new one pays once for each, and what the old one paid counts."""
    old = one("sum: {amount: 100}\n", plan_id="old").replace("family: old", "family: small")
    new = one("sum: {amount: 200}\nonce: {per: disease, clause: 第三条}\n", plan_id="new").replace(
        "family: new", "family: small"
    )
    library = library_of(old, new)
    covers = [cover("old", "2024-01-01", "2025-01-01"), cover("new", "2025-01-01", "2026-01-01")]
    data = case(
        stay("e1", "2024-03-01", diagnoses=["J18.9"]),
        stay("e2", "2025-03-01", diagnoses=["J18.0"]),
        stay("e3", "2025-05-01", diagnoses=["J45"]),
        covers=covers,
    )
    rows = expected(library.engine, [data])
    paid = [(row["event"], row["plan"], str(row["amount"])) for row in rows if row["outcome"] == "pay"]
    assert paid == [("e1", "old", "100.00"), ("e3", "new", "200.00")]
    assert_agree(library, [data])


def test_claims_that_one_plan_of_a_family_counts_together_are_those_of_all_its_plans() -> None:
    """The old edition counts nothing; the new one pays its special sum once in a life, whoever paid, with and without a past."""
    library = library_of(plan(UNLIMITED, "old", "small"), plan(LIMITED, "new", "small"))
    covers = [cover("old", "2024-01-01", "2025-01-01"), cover("new", "2025-01-01", "2026-01-01")]
    stays = [stay(f"e{year}", f"{year}-03-01", self_paid="100.00") for year in (2024, 2025)]
    past = [{"family": "small", "counter": "inpatient.claims", "key": "life", "count": 1}]
    for number, opening in enumerate(([], past)):
        data = {**case(*stays, covers=covers, opening=opening), "case": f"c{number}"}
        paid = [row["benefit"] for row in expected(library.engine, [data]) if row["event"] == "e2025" and row["amount"]]
        assert paid == ["inpatient"]
        assert_agree(library, [data])


def test_a_benefit_that_a_larger_one_makes_possible_does_not_pay_beside_it() -> None:
    assert_agree(library_of(plan(MADE_POSSIBLE)), [case(stay("e1", "2025-03-01"), stay("e2", "2025-06-01"))])
