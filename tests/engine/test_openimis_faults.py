"""Eight faults that were found in another open benefit system by running or reading it, as situations of our own.

Each test says what went wrong there and reproduces the situation in our terms; none may ever happen here.
"""

from __future__ import annotations

import itertools

import pytest

from tests.engine.small_plans import JsonDict, amounts, bill, case, cover, decide, engine, event, one, plan, stay, told

SIMPLE = one("""\
    base: {of: [self_paid], name: 个人自付}
    deductible: {amount: 100, per: period}
    rate: 80%
    caps: [{amount: 5000, per: period}]
    """)
"""100 off once a period, 80 %, at most 5,000 a period."""
FIVE = [stay(f"e{month}", f"2025-0{month}-01", self_paid="1200.00") for month in range(1, 6)]
"""880 = (1,200 - 100) x 80 % for the first, 960 = 1,200 x 80 % for each of the others: 4,720, all under the cap."""
SMALL_CAP = one("""\
    base: {of: [self_paid], name: 个人自付}
    rate: 80%
    caps: [{amount: 1000, per: period}]
    """)


def test_f1_a_claim_with_several_lines_pays_its_benefit_once() -> None:
    """There, the sum of a claim was taken over every pair of its lines, so that two by two lines counted double, and the
    step with deductible, share and cap was skipped when a checked claim was settled: 2,400 was paid instead of 880."""
    decision = decide(SIMPLE, case(*FIVE))
    assert [line["amount"] for line in decision["lines"]] == ["880.00", "960.00", "960.00", "960.00", "960.00"]
    assert decision["total"] == "4720.00"


def test_f1_the_number_of_codes_and_parts_of_a_bill_changes_nothing() -> None:
    """Two diagnoses, two operations and five parts of the bill are still one claim of 1,200."""
    parts = {"basic_deductible": "400.00", "copay": "500.00", "above_ceiling": "0.00"}
    parts |= {"pre_self_paid": "200.00", "over_limit": "100.00", "self_paid": "1200.00"}
    codes: JsonDict = {"diagnoses": ["I10", "E11.9"], "operations": ["36.1", "88.5"]}
    detailed = stay("e1", "2025-01-01", **bill(**parts), **codes)
    assert amounts(SIMPLE, case(detailed)) == ["880.00"]


def test_f2_decisions_that_were_undone_use_up_no_cap() -> None:
    """There, deciding again archived the earlier figures, but the archived ones were still read as used-up cap: the third,
    fourth and fifth claim got nothing. Here every claim is corrected once (``replaces``) and one more is reversed."""
    first = [{**claim, "event": f"{claim['event']}a", **bill(self_paid="1000.00")} for claim in FIVE]
    corrected = [{**claim, "replaces": f"{claim['event']}a"} for claim in FIVE]
    mistaken = stay("m1", "2025-01-15", self_paid="6000.00")
    reversal = stay("m2", "2025-01-15", reverses="m1", **bill(self_paid="-6000.00"))
    lines = told(SIMPLE, case(mistaken, *first, reversal, *corrected))
    assert lines[:7] == [
        f"{name} inpatient none 0.00 reversed" for name in ("m1", "e1a", "e2a", "e3a", "e4a", "e5a", "m2")
    ]
    assert lines[7:] == ["e1 inpatient pay 880.00", *(f"e{n} inpatient pay 960.00" for n in (2, 3, 4, 5))]


def test_f2_deciding_after_every_claim_gives_what_deciding_at_the_end_gives() -> None:
    """The history is decided anew each time; what was decided before leaves nothing behind in the engine."""
    under = engine(SIMPLE)
    totals = [decide(under, case(*FIVE[:count]))["total"] for count in range(1, 6)]
    # 880; + 960 each: 1,840; 2,800; 3,760; 4,720
    assert totals == ["880.00", "1840.00", "2800.00", "3760.00", "4720.00"]


@pytest.mark.parametrize("order", list(itertools.permutations(("a", "b"))))
def test_f3_two_claims_never_overrun_a_cap_together(order: tuple[str, str]) -> None:
    """There, two claims of 960 that came in at once were both paid in full against a cap of 1,000. The engine is given
    both, in whatever order they were filed: the first pays 960, the second the 40 that are left."""
    claims = [stay(name, "2025-03-01", self_paid="1200.00") for name in order]
    assert told(SMALL_CAP, case(*claims)) == [
        f"{order[0]} inpatient pay 960.00",
        f"{order[1]} inpatient pay 40.00 cap_reached",
    ]


def test_f3_a_later_claim_alone_is_held_to_what_the_counters_say() -> None:
    """A claim that is decided by itself, with the counters of the earlier one as its opening, gets 1,000 - 960 = 40."""
    used = {"family": "small", "counter": "inpatient.paid", "key": "period:2025-01-01", "amount": "960.00"}
    claim = stay("b", "2025-03-01", self_paid="1200.00")
    assert told(SMALL_CAP, case(claim, opening=[used])) == ["b inpatient pay 40.00 cap_reached"]


def test_f4_amounts_keep_their_fen() -> None:
    """There, the price of a line was cut to whole units of the currency. Here 80 % of 1,234.56 is 987.648, so 987.65,
    80 % of 0.99 is 0.792, so 0.79, and 80 % of 0.03 is 0.024, so 0.02."""
    claims = [stay(f"e{i}", "2025-03-01", self_paid=sum_) for i, sum_ in enumerate(("1234.56", "0.99", "0.03"))]
    wide = SMALL_CAP.replace("amount: 1000", "amount: 9000")
    assert amounts(wide, case(*claims)) == ["987.65", "0.79", "0.02"]


CHILDREN = one("""\
    base: {of: [self_paid], name: 个人自付}
    rate: 80%
    caps:
      - per: period
        amount:
          - {when: {age: {up_to: 17}}, value: 500}
          - {value: 2000}
    """)
"""At most 500 a period for children, 2,000 for adults."""


@pytest.mark.parametrize(
    ("born", "line"),
    [
        ("2010-05-01", "pay 500.00 cap_reached"),
        ("2007-01-02", "pay 500.00 cap_reached"),  # 17 until the day after the cover begins
        ("2007-01-01", "pay 960.00"),  # 18 on the day on which the cover begins
        ("1985-04-02", "pay 960.00"),
        (None, "refer 0.00 fact_unknown birth_date"),
    ],
)
def test_f5_a_rule_for_children_is_for_children_only(born: str | None, line: str) -> None:
    """There, the question whether someone is an adult was asked in a way that is always true, so that the ceiling of
    children never applied. 1,200 x 80 % = 960; unknown age is neither child nor adult."""
    claim = stay("e1", "2025-03-01", self_paid="1200.00")
    assert told(CHILDREN, case(claim, member={"birth_date": born})) == [f"e1 inpatient {line}"]


def test_f5_a_rule_by_relation_asks_the_relation() -> None:
    """A benefit for the members' children, whatever their age: the member gets nothing of it, the child does."""
    document = one("""\
        requires: [{when: {relation: child}}]
        base: {of: [self_paid], name: 个人自付}
        rate: 80%
        """)
    claim = stay("e1", "2025-03-01", self_paid="1200.00")
    assert told(document, case(claim, member={"relation": "child"})) == ["e1 inpatient pay 960.00"]
    assert told(document, case(claim, member={"relation": "self"})) == ["e1 inpatient refuse 0.00 groups"]


CATEGORIES = plan("""\
    benefits:
      - benefit: surgery
        kinds: [inpatient]
        clause: 第二条
        when: {operations: ["36", "47"]}
        base: {of: [self_paid], name: 手术个人自付}
        rate: 80%
        caps: [{amount: 1500, per: period}]
      - benefit: delivery
        kinds: [inpatient]
        clause: 第三条
        when: {operations: ["73-74"]}
        base: {of: [self_paid], name: 分娩个人自付}
        rate: 80%
        caps: [{amount: 1000, per: period}]
    """)


def test_f6_the_ceiling_of_a_category_adds_up_over_claims() -> None:
    """There, what earlier claims had been paid in a category (surgery, delivery, ...) was never loaded, so that each
    claim had the whole ceiling. Surgery has 1,500 a period: 960, then 540, then nothing; delivery has its own 1,000."""
    operations = {"e1": "36.10", "e2": "74.1", "e3": "47.0", "e4": "36.15", "e5": "74.1"}
    claims = [stay(name, "2025-03-01", self_paid="1200.00", operations=[code]) for name, code in operations.items()]
    lines = [line for line in told(CATEGORIES, case(*claims)) if " none " not in line]
    assert lines == [
        "e1 surgery pay 960.00",
        "e2 delivery pay 960.00",
        "e3 surgery pay 540.00 cap_reached",  # 1,500 - 960
        "e4 surgery refuse 0.00 cap_reached",
        "e5 delivery pay 40.00 cap_reached",  # 1,000 - 960
    ]


UNITS = one(
    """\
    days: {per_day: 50}
    caps: [{amount: 600, per: period}]
    """,
    benefit="allowance",
    rest="units: {most: 3, clause: 第四条}\n",
)


@pytest.mark.parametrize(
    ("units", "line"),
    [
        ([1], "pay 600.00 cap_reached"),  # 20 days x 50 = 1,000, at most 600
        ([2], "pay 1200.00 cap_reached"),  # 2,000, at most 2 x 600
        ([1, 1], "pay 1200.00 cap_reached"),  # two covers of one unit are two units
        ([2, 2], "pay 1800.00 cap_reached"),  # four units count as three: 3,000, at most 3 x 600
    ],
)
def test_f7_a_ceiling_by_number_counts_the_number(units: list[int], line: str) -> None:
    """There, a ceiling that should rise with the number of members counted the policies with one id, which is 0 or 1.
    What rises with a number here, a cap with its units, goes by how many there are, in one cover or in several."""
    claim = stay("e1", "2025-03-01", "2025-03-21")
    covers = [cover(units=count) for count in units]
    assert told(UNITS, case(claim, covers=covers)) == [f"e1 allowance {line}"]


def test_f7_each_person_has_a_cap_of_their_own() -> None:
    """One engine, two members of a family one after the other: what the first was paid is not counted for the second."""
    under = engine(SMALL_CAP)
    claim = stay("e1", "2025-03-01", self_paid="2000.00")
    mother, child = case(claim), {**case(claim, member={"relation": "child", "birth_date": "2015-01-01"}), "case": "c2"}
    # 2,000 x 80 % = 1,600, at most 1,000 each
    assert [decide(under, data)["total"] for data in (mother, child, mother)] == ["1000.00"] * 3


PLANS = [one("base: {of: [self_paid], name: 个人自付}\nrate: 10%\n", plan_id=name) for name in ("a", "b", "c")]


@pytest.mark.parametrize("order", list(itertools.permutations(("a", "b", "c"))))
def test_f8_a_cover_that_falls_away_does_not_hide_the_next(order: tuple[str, str, str]) -> None:
    """There, a policy that did not count was removed from the list while the list was walked, so that the next one was
    never looked at. Here, of three covers two have ended, wherever they stand: the third still pays."""
    under = engine(*PLANS)
    covers = [cover(name, "2024-01-01", "2025-01-01") if name != "c" else cover(name) for name in order]
    claim = stay("e1", "2025-03-01", self_paid="1000.00")
    expected = [f"e1 {name}/inpatient {'pay 100.00' if name == 'c' else 'refuse 0.00 not_covered'}" for name in order]
    assert told(under, case(claim, covers=covers)) == expected


def test_f8_covers_of_one_plan_that_fall_away_do_not_hide_the_next() -> None:
    """Two covers of the plan have ended and one is still waiting; the unit of the fourth counts, and only that one."""
    waits = UNITS.replace("benefits:", "waiting: {days: 30, clause: 第五条}\nbenefits:")
    covers = [
        cover(start="2023-01-01", until="2024-01-01"),
        cover(start="2024-01-01", until="2025-01-01"),
        cover(start="2025-02-25", joined_on="2025-02-25"),
        cover(start="2025-01-01"),
    ]
    claim = stay("e1", "2025-03-01", "2025-03-05")
    assert told(waits, case(claim, covers=covers)) == ["e1 allowance pay 200.00"]  # 4 days x 50 x 1


def test_f8_a_benefit_that_fails_does_not_hide_its_neighbour() -> None:
    """The first benefit is refused, the second not triggered, the third cannot be judged; the fourth pays."""
    document = plan("""\
        benefits:
          - benefit: high-level
            kinds: [inpatient]
            clause: 第二条
            requires: [{when: {hospital_level: 3}}, {when: {settled_by_insurance: true}}]
            days: {per_day: 10}
          - benefit: accidental
            kinds: [inpatient]
            clause: 第三条
            when: {accident: true}
            counts_on: start
            days: {per_day: 20}
          - benefit: severe
            kinds: [inpatient]
            clause: 第四条
            when: {severity: severe}
            days: {per_day: 30}
          - benefit: plain
            kinds: [inpatient]
            clause: 第五条
            days: {per_day: 40}
        """)
    facts: JsonDict = {"hospital_level": 1, "settled_by_insurance": False, "accident": False}
    assert told(document, case(stay("e1", "2025-03-01", "2025-03-04", **facts))) == [
        "e1 high-level refuse 0.00 insurance hospital_level",
        "e1 accidental none 0.00 not_accident",
        "e1 severe refer 0.00 fact_unknown severity",
        "e1 plain pay 120.00",  # 3 days x 40
    ]


def test_f8_an_event_that_nothing_answers_does_not_hide_the_next() -> None:
    """An event of a kind that the plan does not know stands between two that it pays."""
    claims = [stay("e1", "2025-03-01", self_paid="100.00"), event("e2", "outpatient", "2025-03-02")]
    claims.append(stay("e3", "2025-03-03", self_paid="100.00"))
    assert told(SMALL_CAP, case(*claims)) == ["e1 inpatient pay 80.00", "e3 inpatient pay 80.00"]
