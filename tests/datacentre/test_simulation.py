"""A year added up under two versions: small tables whose answers were worked out by hand."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from benefit_engine.columns.layout import cases_schema, decisions_schema
from mutualaid.datacentre.simulation.comparing import compare, plans_in
from mutualaid.datacentre.simulation.deciding import BAD_SHOWN, Bad
from mutualaid.datacentre.simulation.model import Comparison, GroupRow, Pair, share
from mutualaid.datacentre.simulation.years import BadCase

DAY = datetime.date
BORN = DAY(1980, 6, 1)


def person(case: str, birth: DAY | None = BORN, sex: str | None = "F", **more: Any) -> dict[str, Any]:
    """A person with a cover of the plan ``old``."""
    cover = {"cover_plan": "old", "cover_from": DAY(2025, 1, 1), "cover_until": DAY(2026, 1, 1)}
    return {"case": case, "member_birth_date": birth, "member_sex": sex, **cover, **more}


def stay(
    event: str, month: int = 3, level: int | None = 3, amounts: dict[str, str] | None = None, **more: str
) -> dict[str, Any]:
    """An event's columns."""
    money = {name: Decimal(text) for name, text in {**more, **(amounts or {})}.items()}
    return {"event": event, "kind": "inpatient", "started_on": DAY(2025, month, 9), "hospital_level": level, **money}


def line(
    case: str, event: str, yuan: str, plan: str = "old", benefit: str = "inpatient", **more: Any
) -> dict[str, Any]:
    """A decision; one that pays nothing is refused for the deductible unless told otherwise."""
    pays = Decimal(yuan) > 0
    told = {"outcome": "pay" if pays else "refuse", "reasons": "" if pays else "below_deductible", "missing": ""}
    return {"case": case, "event": event, "plan": plan, "benefit": benefit, "amount": Decimal(yuan), **told, **more}


def cases_table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), cases_schema())


def decided(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), decisions_schema())


CASES = cases_table(
    person("p1", **stay("e1", 3, 3, self_paid="2000.00", out_of_scope="500.00")),  # burden 2,500.00
    {"case": "p1", **stay("e2", 5, 2, self_paid="12000.00", out_of_scope="0.00")},  # burden 12,000.00
    person("p2", DAY(1960, 1, 2), "M", **stay("e1", 3, None, self_paid="900.00", out_of_scope="100.00")),  # 1,000.00
    person("p3", None, None, cover_units=2, **stay("e1", 7, 1)),  # burden unknown
    person("p4", **stay("e1", 8, 1, self_paid="100.00")),  # gets nothing, before or after
    person("p5"),  # no event
    {"case": "q1", "cover_plan": "other", "cover_from": DAY(2025, 1, 1), **stay("e1", self_paid="5000.00")},
)
BEFORE = decided(
    line("p1", "e1", "300.00"),
    line("p1", "e1", "50.00", benefit="allowance"),
    line("p1", "e2", "3300.00", reasons="cap_reached"),
    line("p2", "e1", "0.00"),
    line("p3", "e1", "700.10"),
    line("p4", "e1", "0.00"),
    line("p1", "e1", "80.00", plan="beside"),
)
AFTER = decided(
    line("p1", "e1", "360.00", plan="new"),
    line("p1", "e1", "50.00", plan="new", benefit="allowance"),
    line("p1", "e2", "3000.00", plan="new", reasons="cap_reached;exceeds_out_of_pocket"),
    line("p2", "e1", "40.00", plan="new"),
    line("p3", "e1", "0.00", plan="new"),
    line("p4", "e1", "0.00", plan="new"),
    line("p1", "e1", "60.00", plan="beside"),
)


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(CASES, BEFORE, AFTER, old="old", new="new")


def test_totals(found: Comparison) -> None:
    totals = found.totals
    assert (found.people, found.units, found.events) == (5, 6, 5)
    assert totals.paid == Pair(435010, 345000)  # 300 + 50 + 3,300 + 700.10; 360 + 50 + 3,000 + 40
    assert totals.people == Pair(2, 2)  # p1, p3; p1, p2
    assert totals.lines == Pair(4, 4)
    assert totals.mean == Pair(217505, 172500)
    assert totals.median == Pair(70010, 4000)  # of two, the lower one
    assert totals.largest == Pair(365000, 341000)
    assert (found.started, found.stopped) == (1, 1)
    assert found.others == Pair(8000, 6000)
    assert plans_in(CASES) == [("old", 5), ("other", 1)]


def test_benefits(found: Comparison) -> None:
    rows = {row.benefit: (row.paid, row.people, row.lines) for row in found.benefits}
    assert rows == {
        "allowance": (Pair(5000, 5000), Pair(1, 1), Pair(1, 1)),
        "inpatient": (Pair(430010, 340000), Pair(2, 2), Pair(3, 3)),
    }


def test_outcomes_and_reasons(found: Comparison) -> None:
    assert [(row.outcome, row.reason, row.lines) for row in found.outcomes] == [
        ("pay", "", Pair(4, 4)),
        ("pay", "cap_reached", Pair(1, 1)),
        ("pay", "exceeds_out_of_pocket", Pair(0, 1)),
        ("refuse", "", Pair(2, 2)),
        ("refuse", "below_deductible", Pair(2, 2)),
    ]


def test_outcomes_stand_in_one_order() -> None:
    words = ["none", "refer", "refuse", "pay"]
    rows = [line("p1", "e1", "0.00", benefit=word, outcome=word, reasons="") for word in words]
    found = compare(CASES, decided(*rows), decided(), old="old", new="new")
    assert [row.outcome for row in found.outcomes] == ["pay", "refuse", "refer", "none"]


def test_who_gains_and_loses_by_burden(found: Comparison) -> None:
    assert found.groups["burden"] == (
        # p4 bore 100.00 and gets nothing; p2 bore 1,000.00, which begins the next band
        GroupRow(0, 1, 0, 0, 0, 0, Pair(0, 0), 10000, Pair(0, 0)),
        GroupRow(1, 2, 2, 10000, 0, 0, Pair(35000, 45000), 350000, Pair(35000, 45000)),
        GroupRow(3, 1, 0, 0, 1, 30000, Pair(330000, 300000), 1200000, Pair(330000, 300000)),
        GroupRow(-1, 1, 0, 0, 1, 70010, Pair(70010, 0), 0, Pair(0, 0)),
    )


def test_a_person_gains_or_loses_over_all_events_of_the_group(found: Comparison) -> None:
    # p1 gains 60.00 with one stay and loses 300.00 with the other: together a loss of 240.00
    assert found.all == GroupRow(0, 4, 1, 4000, 2, 94010, Pair(435010, 345000), 1560000, Pair(365000, 345000))
    assert found.all.relief == (2340, 2212)  # 3,650 and 3,450 of 15,600.00


def test_by_age_sex_and_level(found: Comparison) -> None:
    # p1 and p4 are 44 on the first day of cover, p2 is 64, p3's date of birth and sex are unknown
    assert [(row.group, row.people, row.gainers, row.losers) for row in found.groups["age"]] == [
        (2, 2, 0, 1),
        (4, 1, 1, 0),
        (-1, 1, 0, 1),
    ]
    assert [(row.group, row.people, row.paid) for row in found.groups["sex"]] == [
        (0, 2, Pair(365000, 341000)),
        (1, 1, Pair(0, 4000)),
        (-1, 1, Pair(70010, 0)),
    ]
    assert [(row.group, row.people, row.gained, row.lost) for row in found.groups["level"]] == [
        (1, 2, 0, 70010),
        (2, 1, 0, 30000),
        (3, 1, 6000, 0),
        (-1, 1, 4000, 0),
    ]


def test_distribution_percentiles_and_months(found: Comparison) -> None:
    bands = {row.band: row.people for row in found.distribution if row.people != Pair(0, 0)}
    assert bands == {0: Pair(0, 1), 2: Pair(1, 0), 4: Pair(0 + 1, 1)}  # 40.00; 700.10; 3,650 and 3,410
    assert [row.band for row in found.distribution] == [0, 1, 2, 3, 4]
    assert dict(found.percentiles)[50] == Pair(70010, 4000)
    assert dict(found.percentiles)[99] == Pair(365000, 341000)
    assert [(row.month, row.benefit, row.paid) for row in found.months] == [
        ("2025-03", "allowance", Pair(5000, 5000)),
        ("2025-03", "inpatient", Pair(30000, 40000)),
        ("2025-05", "inpatient", Pair(330000, 300000)),
        ("2025-07", "inpatient", Pair(70010, 0)),
    ]


def test_the_largest_changes(found: Comparison) -> None:
    assert [(row.case, row.paid.change, row.burden, row.events) for row in found.losses] == [
        ("p3", -70010, None, 1),
        ("p1", -24000, 1450000, 2),
    ]
    assert [(row.case, row.paid.change) for row in found.gains] == [("p2", 4000)]


def test_bad_cases_are_told_with_the_plans_that_were_not_given() -> None:
    bad = Bad()
    for number in range(BAD_SHOWN + 5):
        bad.add(BadCase(f"#{number}", "no JSON"))
    bad.plans.update({"y": 1, "x": 1, "z": 3})
    found = compare(CASES, BEFORE, AFTER, old="old", new="new", bad=bad)
    assert [one.case for one in found.bad] == [f"#{number}" for number in range(BAD_SHOWN)]
    assert found.bad_count == BAD_SHOWN + 5
    assert found.left_plans == (("z", 3), ("x", 1), ("y", 1))


def test_reversed_events_and_those_outside_the_cover_are_not_looked_at() -> None:
    none = {"outcome": "none", "reasons": "reversed"}
    before = decided(line("p1", "e1", "0.00", **none), line("p1", "e2", "0.00", reasons="waiting_period;not_covered"))
    found = compare(CASES, before, decided(), old="old", new="new")
    assert found.events == 0
    assert found.all == GroupRow(0, 0, 0, 0, 0, 0, Pair(0, 0), 0, Pair(0, 0))
    assert found.all.relief == (None, None)


def test_nothing_decided_at_all() -> None:
    found = compare(CASES, decided(), decided(), old="old", new="new")
    assert found.totals.paid == found.totals.largest == Pair(0, 0)
    assert [*found.months, *found.gains, *found.losses, *found.distribution] == []


@pytest.mark.parametrize(
    ("amounts", "burden"),
    [
        ({"self_paid": "10.00"}, 1000),
        ({"self_paid": "10.00", "out_of_scope": "2.50"}, 1250),
        ({"copay": "1.00", "basic_deductible": "2.00", "above_ceiling": "3.00", "pre_self_paid": "4.00",
          "over_limit": "5.00"}, 1500),
        ({"copay": "1.00"}, 0),
        ({"account_paid": "3.00", "cash_paid": "4.00"}, 700),
        # the hospital bore 2.00 of what would be the person's: 20 + 10 = 30, so the burden is 10 − 2
        ({"total": "30.00", "fund_paid": "20.00", "supplement_paid": "0.00", "medical_aid_paid": "0.00",
          "self_paid": "10.00", "out_of_scope": "0.00", "hospital_borne": "2.00"}, 800),
        ({"total": "32.00", "fund_paid": "20.00", "supplement_paid": "0.00", "medical_aid_paid": "0.00",
          "self_paid": "10.00", "out_of_scope": "0.00", "hospital_borne": "2.00"}, 1000),
    ],
)  # fmt: skip
def test_burden_is_worked_out_as_the_engine_does(amounts: dict[str, str], burden: int) -> None:
    from benefit_engine.amounts import read_bill

    fen = {name: int(Decimal(text) * 100) for name, text in amounts.items()}
    assert (read_bill(fen).burden or 0) == burden
    found = compare(
        cases_table(person("p", **stay("e", amounts=amounts))),
        decided(line("p", "e", "1.00")),
        decided(),
        old="old",
        new="n",
    )
    assert found.all.burden == burden


@pytest.mark.parametrize(("part", "whole", "bp"), [(1, 3, 3333), (2, 3, 6667), (1, 8, 1250), (0, 5, 0), (5, 0, None)])
def test_shares_are_rounded_half_up(part: int, whole: int, bp: int | None) -> None:
    assert share(part, whole) == bp
