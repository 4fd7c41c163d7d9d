"""Faults that the properties of random worlds once found, each as the smallest case by hand that shows it."""

from __future__ import annotations

from benefit_engine.decide import Engine
from tests.engine.small_plans import (
    LIMITED,
    MADE_POSSIBLE,
    UNLIMITED,
    JsonDict,
    bill,
    case,
    cover,
    engine,
    event,
    one,
    plan,
    stay,
    told,
)

ACCIDENT: JsonDict = {"accident": True, "accident_on": "2025-02-01"}
DAY = "2025-03-01"


def test_what_follows_from_a_replaced_event_follows_from_its_replacement() -> None:
    """The death names the disability of grade 5 as its cause, which is corrected to grade 6 later (5,000): with a rule that
    only the difference is paid, 10,000 - 5,000 are left. The correction was taken for another accident: 10,000 were paid."""
    document = plan("""\
        benefits:
          - benefit: disability
            kinds: [disability]
            clause: 第二条
            when: {accident: true}
            sum: {amount: 10000, ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 10%]}
          - benefit: death
            kinds: [death]
            clause: 第三条
            when: {accident: true}
            sum: {amount: 10000}
        exclusive:
          - {benefits: [disability, death], per: cause, rule: difference, clause: 第四条}
        """)
    first = event("e1", "disability", "2025-02-01", disability_grade=5, **ACCIDENT)
    death = event("e2", "death", "2025-04-01", cause="e1", **ACCIDENT)
    corrected = {**first, "event": "e3", "disability_grade": 6, "replaces": "e1"}
    assert told(document, case(first, death, corrected)) == [
        "e1 disability none 0.00 reversed",
        "e2 death pay 5000.00 excluded_with_other_benefit",
        "e3 disability pay 5000.00",
    ]


def test_a_stay_that_continues_a_referred_one_is_provisional() -> None:
    """Both stays count as one with one deductible of 1,000. The first is referred; the second is computed without it,
    (3,000 - 1,000) x 50 %, and may change once the first is known. A stay by itself is not touched by that."""
    document = one(
        "base: {of: [self_paid], name: 个人自付}\ndeductible: {amount: 1000}\nrate: 50%\n",
        rest="stays_as_one: {within_days: 10, clause: 第三条}\n",
    )
    unknown = stay("e1", "2025-03-01", "2025-03-05")
    continued = stay("e2", "2025-03-10", "2025-03-12", self_paid="3000.00")
    apart = stay("e3", "2025-06-10", "2025-06-12", self_paid="3000.00")
    assert told(document, case(unknown, continued, apart)) == [
        "e1 inpatient refer 0.00 amount_unknown amounts.self_paid",
        "e2 inpatient pay 1000.00 provisional",
        "e3 inpatient pay 1000.00",
    ]


def test_two_plans_of_a_family_count_a_stay_once() -> None:
    """A second cover of the family is void and must not make the second stay the third: (1,000 - 400) x 50 %."""
    body = """\
        base: {of: [self_paid], name: 个人自付}
        deductible:
          amount: [{when: {stay: {up_to: 1}}, value: 800}, {when: {stay: {from: 2, up_to: 2}}, value: 400}, {value: 100}]
        rate: 50%
        """
    editions = [one(body, plan_id=name).replace(f"family: {name}", "family: small") for name in ("a", "b")]
    claims = [stay(f"e{i}", DAY, self_paid="1000.00") for i in (1, 2, 3)]
    lines = told(engine(*editions), case(*claims, covers=[cover("a"), cover("b")]))
    assert lines[::2] == ["e1 a/inpatient pay 100.00", "e2 a/inpatient pay 300.00", "e3 a/inpatient pay 450.00"]
    assert lines[1::2] == [f"e{i} b/inpatient refuse 0.00 duplicate_cover" for i in (1, 2, 3)]


COUNTED = plan("""\
    benefits:
      - benefit: inpatient
        kinds: [inpatient]
        clause: 第二条
        base: {of: [self_paid], name: 个人自付}
        rate: 50%
        claims: {most: 2, of: [inpatient, allowance]}
      - benefit: allowance
        kinds: [inpatient]
        clause: 第三条
        days: {per_day: 10}
    """)
"""At most two stays with aid of either kind; the allowance itself is not held to it."""


def test_an_event_paid_twice_over_is_one_claim_also_after_a_take_over() -> None:
    """The first stay was paid by both benefits and is one claim of two. With the counters of both benefits alone it would
    be two, and the second stay would get nothing: the export names what they share."""
    first, second, third = (stay(f"e{i}", f"2025-0{i}-01", f"2025-0{i}-02", self_paid="100.00") for i in (1, 2, 3))
    under = engine(COUNTED)
    counters = under.decide(under.parse(case(first))).accumulators.items()
    claims: list[JsonDict] = [
        {"family": family, "counter": counter, "key": key, "count": used}
        for (family, counter, key), used in counters
        if counter.endswith(".claims") and key.startswith("period")
    ]
    assert [(item["counter"], item["count"]) for item in claims] == [
        ("allowance+inpatient.claims", 1),
        ("allowance.claims", 1),
        ("inpatient.claims", 1),
    ]
    expected = [
        "e2 inpatient pay 50.00",
        "e2 allowance pay 10.00",
        "e3 inpatient refuse 0.00 claim_count_reached",
        "e3 allowance pay 10.00",
    ]
    assert told(under, case(first, second, third))[2:] == expected
    assert told(under, case(second, third, opening=claims)) == expected
    # Who takes over from a system that counts by benefit only must take them for different claims.
    apart = [item for item in claims if "+" not in item["counter"]]
    assert told(under, case(second, opening=apart))[0] == "e2 inpatient refuse 0.00 claim_count_reached"
    # And what was taken over goes on into the next export, whatever is paid after it: one claim of old, one of now.
    counters = under.decide(under.parse(case(first, opening=apart[-1:]))).accumulators.items()
    assert {counter: used for (_, counter, key), used in counters if key.startswith("period")} == {
        "allowance+inpatient.claims": 2,
        "allowance.claims": 1,
        "allowance.paid": 1000,
        "inpatient.claims": 2,
        "inpatient.paid": 5000,
        "stays": 1,
    }


def cut_and_carried_on(under: Engine, whole: JsonDict) -> list[str]:
    """The lines of all events but the first, decided by the counters that the first one left."""
    counters = under.decide(under.parse({**whole, "events": whole["events"][:1]})).accumulators.items()
    opening: list[JsonDict] = [
        {"family": family, "counter": counter, "key": key, "count": used}
        for (family, counter, key), used in counters
        if counter.endswith(".claims")
    ]
    return told(under, {**whole, "events": whole["events"][1:], "opening": opening})


def test_what_one_plan_of_a_family_paid_is_a_claim_of_another_also_where_only_that_one_counts() -> None:
    """One plan counts both benefits together, at most one claim; the other pays without counting. Counters are of the family:
    the claim that was paid counts, whichever plan paid it, whether the history is decided whole or carried on by its counters.
    The whole history forgot it: a second edition paid 70 once more, and beside a void cover a reason was missing."""
    under = engine(plan(UNLIMITED, "old", "small"), plan(LIMITED, "new", "small"))
    first, second = stay("e1", "2025-01-06", self_paid="100.00"), stay("e2", "2026-01-18", self_paid="100.00")
    years = [cover("old"), cover("new", "2026-01-01", "2027-01-01")]
    editions = case(first, second, covers=years)
    assert [line for line in told(under, editions) if "not_covered" not in line] == [
        "e1 old/special pay 70.00",
        "e1 old/inpatient pay 30.00 exceeds_out_of_pocket",
        "e2 new/special refuse 0.00 claim_count_reached",
        "e2 new/inpatient pay 70.00",
    ]
    assert cut_and_carried_on(under, editions) == told(under, editions)[4:]
    nothing = stay("e2", "2025-02-18", self_paid="0.00")
    at_once = case(first, nothing, covers=[years[0], cover("new")])
    assert told(under, at_once)[4:] == [
        "e2 old/special refuse 0.00 below_deductible",
        "e2 old/inpatient refuse 0.00 below_deductible",
        "e2 new/special refuse 0.00 duplicate_cover claim_count_reached",
        "e2 new/inpatient refuse 0.00 duplicate_cover",
    ]
    assert cut_and_carried_on(under, at_once) == told(under, at_once)[4:]


def test_a_bill_is_settled_once_in_its_period() -> None:
    """Visits of 1,000 at 80 %: the half-yearly settlement pays 800; the one at the year's end has only the later visit,
    500 x 80 %. It took both visits again, and more was paid than the member had borne."""
    document = one(
        "base: {of: [self_paid], collects: [outpatient], name: 门诊自付}\nrate: 80%\n",
        kinds="outpatient_settlement",
        benefit="outpatient",
    )
    visits = [event("v1", "outpatient", "2025-02-01", **bill(self_paid="1000.00"))]
    visits.append(event("v2", "outpatient", "2025-09-01", **bill(self_paid="500.00")))
    halves = [event(f"s{i}", "outpatient_settlement", day) for i, day in enumerate(("2025-06-30", "2025-12-31"))]
    assert told(document, case(visits[0], halves[0], visits[1], halves[1])) == [
        "s0 outpatient pay 800.00",
        "s1 outpatient pay 400.00",
    ]
    assert told(document, case(visits[0], *halves)) == [
        "s0 outpatient pay 800.00",
        "s1 outpatient refuse 0.00 below_deductible",
    ]


ALLOWANCES = [one("days: {per_day: 100}\n", benefit="allowance", plan_id=name) for name in ("a", "b")]


def test_a_cap_across_plans_asks_for_the_facts_by_which_it_is_chosen() -> None:
    """The cap of the combination depends on the hospital's level, which nobody knows: a person must look. It crashed."""
    combination = plan(
        """\
        combines: [a, b]
        shared_caps:
          - {amount: [{when: {hospital_level: 3}, value: 300}, {value: 500}], per: period, clause: 第二条}
        """,
        plan_id="both",
    )
    under = engine(*ALLOWANCES, combination)
    claim = stay("e1", DAY, "2025-03-05")
    assert told(under, case(claim, covers=[cover("both")])) == [
        "e1 a/allowance refer 0.00 fact_unknown hospital_level",
        "e1 b/allowance refer 0.00 fact_unknown hospital_level",
    ]
    known = {**claim, "hospital_level": 2}
    assert told(under, case(known, covers=[cover("both")])) == [
        "e1 a/allowance pay 400.00",
        "e1 b/allowance pay 100.00 cap_reached",  # 500 - 400
    ]


def test_plans_entered_one_by_one_have_the_combinations_own_benefits_once() -> None:
    """Both covers name the combination but differ in their tier; the combination's own allowance is still one unit."""
    combination = plan(
        """\
        combines: [a, b]
        benefits:
          - {benefit: relief, kinds: [inpatient], clause: 第二条, days: {per_day: 10}}
        """,
        plan_id="both",
    )
    covers = [cover("a", option="basic", combination="both"), cover("b", option="plus", combination="both")]
    lines = told(engine(*ALLOWANCES, combination), case(stay("e1", DAY, "2025-03-05"), covers=covers))
    assert lines == ["e1 a/allowance pay 400.00", "e1 b/allowance pay 400.00", "e1 both/relief pay 40.00"]


def test_a_benefit_that_a_larger_one_makes_possible_does_not_pay_beside_it() -> None:
    """Beta may pay once, claims of alpha counted too. Of the second stay it had nothing by trial, so alpha was the larger; when
    alpha had paid, the stay was among those claimed, and beta paid 50 beside it."""
    assert told(plan(MADE_POSSIBLE), case(stay("e1", DAY), stay("e2", "2025-06-01"))) == [
        "e1 alpha refuse 0.00 excluded_with_other_benefit",
        "e1 beta pay 150.00",
        "e2 alpha pay 100.00",
        "e2 beta refuse 0.00 excluded_with_other_benefit",
    ]
