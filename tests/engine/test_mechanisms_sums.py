"""Every mechanism of the plan language by hand-computed examples: days, lump sums, several formulas, units and floors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.small_plans import amounts, bill, case, cover, decide, engine, event, one, plan, stay, told

TEN_DAYS = stay("e1", "2025-03-01", "2025-03-11")


def steps(document: str, data: dict[str, Any], line: int = 0) -> list[tuple[str, str, str]]:
    """The working of a line: step, what it adds or takes, the running figure."""
    return [(step["step"], step["amount"], step["after"]) for step in decide(document, data)["lines"][line]["working"]]


def allowance(days: str, rest: str = "") -> str:
    """A plan that pays so much a day."""
    return one(f"days: {{{days}}}\n", benefit="allowance", rest=rest)


# -- days -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "ended_on", "line"),
    [
        ("per_day: 30", "2025-03-08", "pay 210.00"),  # the day of discharge does not count: 7
        ("per_day: 30", "2025-03-01", "pay 30.00"),  # at least 1
        ("per_day: 30", None, "refer 0.00 fact_unknown ended_on"),
        ("per_day: 30, both_ends: true", "2025-03-08", "pay 240.00"),  # 8
        ("per_day: 30, both_ends: true", "2025-03-01", "pay 30.00"),  # 1
        ("per_day: 30, after: 3", "2025-03-04", "refuse 0.00 too_few_days"),  # 3 are not more than 3
        ("per_day: 30, after: 3", "2025-03-05", "pay 30.00"),  # 4 - 3 = 1
        ("per_day: 30, after: 3", "2025-03-11", "pay 210.00"),  # 10 - 3 = 7
        ("per_day: 30, after: 3, all_once_more: true", "2025-03-04", "refuse 0.00 too_few_days"),
        ("per_day: 30, after: 3, all_once_more: true", "2025-03-05", "pay 120.00"),  # 4, all of them
        ("per_day: 30, after: 3, both_ends: true", "2025-03-04", "pay 30.00"),  # 4 - 3
    ],
)
def test_days_that_count(days: str, ended_on: str | None, line: str) -> None:
    assert told(allowance(days), case(stay("e1", "2025-03-01", ended_on))) == [f"e1 allowance {line}"]


@pytest.mark.parametrize(
    ("days", "paid"),
    [
        ("per_day: 30", "360.00"),  # a stay that begins in the cover counts whole: 12 days
        ("per_day: 30, within_cover: true", "210.00"),  # 25 to 31 December: 7 days
        ("per_day: 30, within_cover: true, both_ends: true", "210.00"),  # the discharge lies outside
        ("per_day: 30, within_cover: true, after: 2", "150.00"),  # 7 - 2
    ],
)
def test_days_within_the_cover(days: str, paid: str) -> None:
    assert amounts(allowance(days), case(stay("e1", "2025-12-25", "2026-01-06"))) == [paid]


def test_days_of_rest_come_from_the_case() -> None:
    document = allowance("per_day: 20, of: rest, after: 5")
    claims = [stay(f"e{i}", "2025-03-01", "2025-03-20", rest_days=days) for i, days in enumerate((5, 6, 30))]
    assert amounts(document, case(*claims)) == ["0.00", "20.00", "500.00"]
    assert told(document, case(TEN_DAYS)) == ["e1 allowance refer 0.00 fact_unknown rest_days"]


def test_caps_on_days_of_the_stay_the_period_and_life() -> None:
    document = allowance(
        "per_day: 40, caps: [{days: 10, per: stay}, {days: 15, per: period}, {days: 20, per: life}]",
        rest="units: {most: 2, clause: 第三条}\n",
    )
    claims = [
        stay("e1", "2025-01-01", "2025-01-13"),  # 12 days, 10 of them
        stay("e2", "2025-02-01", "2025-02-09"),  # 8 days, 5 of them: 15 in 2025
        stay("e3", "2025-03-01", "2025-03-02"),  # none left in 2025
        stay("e4", "2026-01-01", "2026-01-06"),  # 5 days: 20 in a life
        stay("e5", "2026-02-01", "2026-02-02"),
    ]
    covers = [cover(units=2), cover(start="2026-01-01", until="2027-01-01", units=2)]
    # units multiply the sum of a day (2 x 40 = 80), not the number of days
    assert told(document, case(*claims, covers=covers)) == [
        "e1 allowance pay 800.00 cap_reached",
        "e2 allowance pay 400.00 cap_reached",
        "e3 allowance refuse 0.00 cap_reached",
        "e4 allowance pay 400.00",
        "e5 allowance refuse 0.00 cap_reached",
    ]


def test_sum_of_a_day_by_facts() -> None:
    document = allowance(
        "per_day: [{when: {diagnoses: [C00-C97]}, value: 100}, {when: {days: {from: 8}}, value: 60.50}, {value: 50}]"
    )
    claims = [
        stay("e1", "2025-03-01", "2025-03-04", diagnoses=["c50.9"]),
        stay("e2", "2025-03-01", "2025-03-09", diagnoses=["I10"]),
        stay("e3", "2025-03-01", "2025-03-08", diagnoses=["I10"]),
    ]
    assert amounts(document, case(*claims)) == ["300.00", "484.00", "350.00"]  # 3 x 100, 8 x 60.50, 7 x 50


# -- lump sums --------------------------------------------------------------------------------------------------------------

ILLNESS = one(
    """\
    when: {diagnoses: [C00-C97]}
    sum: {amount: [{when: {severity: mild}, value: 3000}, {when: {severity: severe}, value: 10000}]}
    once: {per: life, upgrade: true}
    """,
    benefit="critical_illness",
    kinds="diagnosis",
    rest="units: {most: 2, clause: 第三条}\n",
)


def found(name: str, severity: str | None, **facts: Any) -> dict[str, Any]:
    """A disease that was found."""
    return event(name, "diagnosis", "2025-03-01", severity=severity, diagnoses=["C50.1"], **facts)


def test_an_upgrade_pays_the_difference_between_mild_and_severe() -> None:
    assert told(
        ILLNESS, case(found("e1", "mild"), found("e2", "mild"), found("e3", "severe"), found("e4", "severe"))
    ) == [
        "e1 critical_illness pay 3000.00",
        "e2 critical_illness refuse 0.00 already_paid_once",
        "e3 critical_illness pay 7000.00",  # 10,000 - 3,000
        "e4 critical_illness refuse 0.00 already_paid_once",
    ]
    severe_first = case(found("e1", "severe"), found("e2", "mild"))
    assert amounts(ILLNESS, severe_first) == ["10000.00", "0.00"]


def test_an_upgrade_counts_the_units_of_the_day() -> None:
    covers = [cover(units=1), cover(start="2026-01-01", until="2027-01-01", units=2)]
    later = {**found("e2", "severe"), "started_on": "2026-03-01"}
    # 3,000 x 1, then 10,000 x 2 - 3,000
    assert amounts(ILLNESS, case(found("e1", "mild"), later, covers=covers)) == ["3000.00", "17000.00"]


def test_a_sum_without_a_row_for_the_severity_is_not_triggered() -> None:
    assert told(ILLNESS, case(found("e1", "slight"))) == ["e1 critical_illness none 0.00 severity"]
    assert told(ILLNESS, case(found("e1", None))) == ["e1 critical_illness refer 0.00 fact_unknown severity"]


@pytest.mark.parametrize(
    ("grade", "line"),
    [
        (1, "pay 2000.20"),  # 1,000.10 x 100 % x 2
        (7, "pay 800.08"),  # 1,000.10 x 40 % x 2
        (10, "pay 250.02"),  # 1,000.10 x 12.5 % = 125.0125, rounded to 125.01 before it is doubled
        (None, "refer 0.00 fact_unknown disability_grade"),
    ],
)
def test_the_ladder_pays_a_share_by_grade(grade: int | None, line: str) -> None:
    document = one(
        "sum: {amount: 1000.10, ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 12.5%]}\n",
        benefit="disability",
        kinds="disability",
        rest="units: {most: 2, clause: 第三条}\n",
    )
    claim = event("e1", "disability", "2025-03-01", disability_grade=grade)
    assert told(document, case(claim, covers=[cover(units=2)])) == [f"e1 disability {line}"]


TOP_UP = plan("""\
    units: {most: 2, clause: 第五条}
    benefits:
      - benefit: inpatient
        kinds: [inpatient]
        clause: 第二条
        base: {of: [self_paid], name: 个人自付}
        rate: 60%
      - benefit: death
        kinds: [death]
        clause: 第三条
        sum: {amount: 3000, top_up: {of: inpatient, per: period}}
        once: {per: life}
    """)


@pytest.mark.parametrize(
    ("self_paid", "units", "line"),
    [
        (None, 1, "pay 3000.00"),
        ("2000.00", 1, "pay 1800.00"),  # 3,000 - 1,200
        ("5000.00", 1, "refuse 0.00 cap_reached"),  # 3,000 - 3,000
        ("9000.00", 1, "refuse 0.00 cap_reached"),
        ("2000.00", 2, "pay 4800.00"),  # 3,000 x 2 - 1,200: the sum of both units is filled up
        ("5000.00", 2, "pay 3000.00"),  # 6,000 - 3,000
    ],
)
def test_a_top_up_fills_up_to_the_sum(self_paid: str | None, units: int, line: str) -> None:
    claims = [] if self_paid is None else [stay("e1", "2025-03-01", self_paid=self_paid)]
    death = event("e2", "death", "2025-04-01")
    assert told(TOP_UP, case(*claims, death, covers=[cover(units=units)]))[-1] == f"e2 death {line}"


def test_a_top_up_of_the_period_forgets_the_last_one() -> None:
    claims = [stay("e1", "2025-03-01", self_paid="2000.00"), event("e2", "death", "2026-01-01")]
    covers = [cover(), cover(start="2026-01-01", until="2027-01-01")]
    assert amounts(TOP_UP, case(*claims, covers=covers)) == ["1200.00", "3000.00"]
    for_life = TOP_UP.replace("per: period}}", "per: life}}")
    assert amounts(for_life, case(*claims, covers=covers)) == ["1200.00", "1800.00"]


# -- several formulas -------------------------------------------------------------------------------------------------------


def several(which: str) -> str:
    """Half of the bill, or 50 a day: the greater or the lesser."""
    return one(
        f"""\
{which}:
  - {{base: {{of: [self_paid], name: 个人自付}}, rate: 50%}}
  - days: {{per_day: 50}}
""",
        rest="units: {most: 3, clause: 第三条}\n",
    )


@pytest.mark.parametrize(
    ("which", "self_paid", "units", "paid"),
    [
        ("greater_of", "1200.00", 1, "600.00"),  # 600 or 10 x 50 = 500
        ("greater_of", "900.00", 1, "500.00"),  # 450 or 500
        ("lesser_of", "1200.00", 1, "500.00"),
        ("lesser_of", "900.00", 1, "450.00"),
        # Units multiply the allowance and not the reimbursement, before the two are compared: 600 or 1,500
        ("greater_of", "1200.00", 3, "1200.00"),  # 1,500, at most the bill
        ("lesser_of", "1200.00", 3, "600.00"),
        ("lesser_of", "4000.00", 3, "1500.00"),  # 2,000 or 1,500
    ],
)
def test_the_greater_or_the_lesser_of_several_formulas(which: str, self_paid: str, units: int, paid: str) -> None:
    claim = stay("e1", "2025-03-01", "2025-03-11", self_paid=self_paid)
    assert amounts(several(which), case(claim, covers=[cover(units=units)])) == [paid]


def details(step: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["label"], row["amount"]) for row in step["detail"]]


def test_the_working_of_several_formulas_sets_aside_the_second() -> None:
    claim = stay("e1", "2025-03-01", "2025-03-11", self_paid="1200.00")
    facts = case(claim, covers=[cover(units=3)])
    assert steps(several("lesser_of"), facts) == [
        ("formula", "0.00", "0.00"),
        ("base", "1200.00", "1200.00"),
        ("rate", "-600.00", "600.00"),
        ("formula", "0.00", "600.00"),
        ("pick", "0.00", "600.00"),
    ]
    *_, second, pick = decide(several("lesser_of"), facts)["lines"][0]["working"]
    assert details(second) == [("住院10天 × 每天50元", "500.00"), ("× 3份", "1000.00")]
    assert pick["label"] == "取较小者"
    assert details(pick) == [("算法1", "600.00"), ("算法2", "1500.00")]


def test_the_working_of_several_formulas_sets_aside_the_first() -> None:
    claim = stay("e1", "2025-03-01", "2025-03-11", self_paid="900.00")
    assert steps(several("greater_of"), case(claim)) == [
        ("formula", "0.00", "0.00"),
        ("formula", "0.00", "0.00"),
        ("days", "500.00", "500.00"),
        ("pick", "0.00", "500.00"),
    ]
    first, *_, pick = decide(several("greater_of"), case(claim))["lines"][0]["working"]
    assert details(first) == [("个人自付", "900.00"), ("50%", "-450.00")]
    assert pick["label"] == "取较大者"
    assert details(pick) == [("算法1", "450.00"), ("算法2", "500.00")]


def test_equal_formulas_keep_the_first() -> None:
    document = one("""\
        greater_of:
          - days: {per_day: 50, caps: [{days: 10, per: period}]}
          - sum: {amount: 500}
        """)
    # 10 x 50 = 500 uses up the ten days; then none are left, and the sum is greater.
    claims = [TEN_DAYS, {**TEN_DAYS, "event": "e2"}]
    assert told(document, case(*claims)) == ["e1 inpatient pay 500.00", "e2 inpatient pay 500.00"]
    assert [step for step, _, _ in steps(document, case(*claims), line=1)] == [
        *("formula", "formula", "sum", "pick"),
    ]


def test_equal_formulas_of_which_the_lesser_is_paid_keep_the_first_too() -> None:
    document = one("""\
        lesser_of:
          - days: {per_day: 50, caps: [{days: 10, per: period}]}
          - sum: {amount: 500}
        """)
    # 500 by days, which uses them up; then 0 days are less than 500
    assert told(document, case(TEN_DAYS, {**TEN_DAYS, "event": "e2"})) == [
        "e1 inpatient pay 500.00",
        "e2 inpatient refuse 0.00 cap_reached",
    ]


@pytest.mark.parametrize(("ended_on", "paid"), [("2025-03-04", "20.00"), ("2025-03-05", "120.00")])
def test_too_few_days_for_one_formula_leave_the_other(ended_on: str, paid: str) -> None:
    document = one("""\
        greater_of:
          - days: {per_day: 30, after: 3, all_once_more: true}
          - sum: {amount: 20}
        """)
    # 3 days are not more than 3; of 4 all count
    assert amounts(document, case(stay("e1", "2025-03-01", ended_on))) == [paid]


# -- units and floor ----------------------------------------------------------------------------------------------------------


def test_units_multiply_allowances_and_their_own_caps_but_no_reimbursement() -> None:
    document = plan("""\
        units: {most: 3, clause: 第五条}
        benefits:
          - benefit: inpatient
            kinds: [inpatient]
            clause: 第二条
            base: {of: [self_paid], name: 个人自付}
            rate: 50%
            caps: [{amount: 800, per: stay}]
          - benefit: allowance
            kinds: [inpatient]
            clause: 第三条
            days: {per_day: 50}
            caps: [{amount: 400, per: stay}]
        """)
    claim = stay("e1", "2025-03-01", "2025-03-11", self_paid="2000.00")
    # 1,000, at most 800, however many units; 10 x 50 x 3 = 1,500, at most 400 x 3
    assert amounts(document, case(claim, covers=[cover(units=1)])) == ["800.00", "400.00"]
    assert amounts(document, case(claim, covers=[cover(units=3)])) == ["800.00", "1200.00"]
    # Two covers on the day, of two units each: four count as the most, three.
    assert amounts(document, case(claim, covers=[cover(units=2), cover(units=2)])) == ["800.00", "1200.00"]
    # A cover that has ended brings no units.
    ended = cover(until="2025-02-01", units=2)
    assert amounts(document, case(claim, covers=[ended, cover(units=2)])) == ["800.00", "800.00"]


FLOOR = one("""\
    base: {of: [self_paid], name: 个人自付}
    deductible: {amount: 1000}
    rate: 50%
    floor: 100
    caps: [{amount: 250, per: period}]
    """)


def test_a_floor_lifts_what_is_above_zero_and_never_passes_a_cap_or_the_bill() -> None:
    under = engine(FLOOR)
    claims = [
        stay(f"e{i}", "2025-03-01", self_paid=sum_)
        for i, sum_ in enumerate(("1000.00", "1000.02", "1190.00", "1300.00"))
    ]
    # 0 stays 0; 0.01 and 95 are lifted to 100; 150 is cut to the 50 that are left
    assert amounts(under, case(*claims)) == ["0.00", "100.00", "100.00", "50.00"]
    # A floor that would pass the cap: 250 - 100 - 100 = 50
    assert amounts(under, case(*claims[:3], {**claims[1], "event": "e9"})) == ["0.00", "100.00", "100.00", "50.00"]
    # Other aid leaves 1,100 - 1,030 = 70 to the member: 50 is lifted to 100, then cut to 70.
    aided = stay("e1", "2025-03-01", **bill(self_paid="1100.00", other_aid_paid="1030.00"))
    assert told(under, case(aided)) == ["e1 inpatient pay 70.00 exceeds_out_of_pocket"]


def test_another_order_of_steps() -> None:
    """With the cap before the floor, the floor lifts what the cap has cut; with the floor first, the cap has the last word."""
    body = "base: {of: [self_paid], name: 个人自付}\nrate: 50%\nfloor: 100\ncaps: [{amount: 250, per: period}]\n"
    usual = one(body)
    other = one(body + "order: [units, caps, floor, exclusive, shared_caps, combined_caps, indemnity]\n")
    claims = [stay("e1", "2025-03-01", self_paid="420.00"), stay("e2", "2025-03-02", self_paid="420.00")]
    # 210; then 210, of which the cap leaves 40
    assert told(usual, case(*claims)) == ["e1 inpatient pay 210.00", "e2 inpatient pay 40.00 cap_reached"]
    assert told(other, case(*claims)) == ["e1 inpatient pay 210.00", "e2 inpatient pay 100.00 cap_reached"]
    assert [step for step, _, _ in steps(other, case(*claims), line=1)] == ["base", "rate", "cap", "floor"]
