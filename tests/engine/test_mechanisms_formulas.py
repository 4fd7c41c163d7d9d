"""Every mechanism of the plan language by hand-computed examples: bases, shares, deductibles, brackets and the rounding.

Allowances, lump sums and what follows the rounding are in ``test_mechanisms_sums``.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.small_plans import JsonDict, amounts, bill, case, cover, decide, event, one, plan, stay, told

SELF_PAID = "base: {of: [self_paid], name: 个人自付}\n"
DAY = "2025-03-01"


def pays(document: str, *self_paid: str, **facts: Any) -> list[str]:
    """What stays of these sums pay, one after the other."""
    return amounts(document, case(*(stay(f"e{i}", DAY, self_paid=sum_, **facts) for i, sum_ in enumerate(self_paid))))


# -- base -------------------------------------------------------------------------------------------------------------

PARTS = one("""\
    base: {of: [copay, out_of_scope, x_nursing], less: [hospital_borne, other_aid_paid], name: 所列各项}
    rate: 50%
    indemnity: false
    """)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "pay 260.00"),  # (300 + 200 + 100 - 30 - 50) x 50 %
        ({"hospital_borne": None}, "pay 275.00"),  # what the hospital bore is 0 where it isn't given
        ({"other_aid_paid": "600.00"}, "refuse 0.00 below_deductible"),  # 600 - 630 is less than nothing
        ({"x_nursing": None}, "refer 0.00 amount_unknown amounts.x_nursing"),
        ({"other_aid_paid": None}, "refer 0.00 amount_unknown amounts.other_aid_paid"),
    ],
)
def test_base_adds_and_takes_away_components(changed: dict[str, str | None], line: str) -> None:
    sums = {"copay": "300.00", "out_of_scope": "200.00", "x_nursing": "100.00", "other_aid_paid": "50.00"}
    known = {**sums, "hospital_borne": "30.00", **changed}
    claim = stay("e1", DAY, **bill(**{name: sum_ for name, sum_ in known.items() if sum_ is not None}))
    assert told(PARTS, case(claim)) == [f"e1 inpatient {line}"]


def test_base_of_all_five_parts_may_be_known_as_their_sum() -> None:
    document = one("""\
        base: {of: [basic_deductible, copay, above_ceiling, pre_self_paid, over_limit], name: 五项}
        rate: 50%
        """)
    assert pays(document, "1000.00") == ["500.00"]
    # Two of the five are known and agree with the sum; the other three are not needed.
    part_known = stay("e1", DAY, **bill(self_paid="1000.00", copay="300.00", over_limit="100.00"))
    assert amounts(document, case(part_known)) == ["500.00"]


def test_base_takes_other_components_where_a_condition_holds() -> None:
    document = one("""\
        base:
          of: [copay]
          variants:
            - {when: {settled_by_insurance: false, accident: true}, of: [total], less: [hospital_borne]}
            - {when: {settled_by_insurance: false}, of: [self_paid, out_of_scope]}
          name: 计入金额
        rate: 50%
        indemnity: false
        """)
    sums = bill(total="1000.00", copay="100.00", self_paid="400.00", out_of_scope="200.00", hospital_borne="50.00")
    for settled, accident, paid in (
        (True, True, "50.00"),  # 100 x 50 %
        (False, True, "475.00"),  # (1,000 - 50) x 50 %: the first variant
        (False, False, "300.00"),  # (400 + 200) x 50 %: the second
    ):
        claim = stay("e1", DAY, settled_by_insurance=settled, accident=accident, **sums)
        assert amounts(document, case(claim)) == [paid]
    unknown = stay("e1", DAY, accident=False, **sums)
    assert told(document, case(unknown)) == ["e1 inpatient refer 0.00 fact_unknown settled_by_insurance"]


def test_base_counts_a_share_by_facts() -> None:
    document = one("""\
        base:
          of: [self_paid]
          share: [{when: {hospital_level: 3}, value: 85%}, {value: 90%}]
          name: 个人自付
        rate: 70%
        """)
    assert pays(document, "333.33", hospital_level=3) == ["198.33"]  # 333.33 x 0.85 x 0.7 = 198.33135
    assert pays(document, "333.33", hospital_level=2) == ["210.00"]  # 333.33 x 0.9 x 0.7 = 209.9979


def test_rounding_is_once_and_half_up() -> None:
    half = one(SELF_PAID + "rate: 50%\n")
    assert pays(half, "0.01", "0.03", "100.01") == ["0.01", "0.02", "50.01"]  # 0.005, 0.015, 50.005
    # Rounding the share first would give 0.05 x 30 % = 0.015, so 0.02 x 50 % = 0.01; exactly it is 0.0075, so 0.01,
    # and 0.03 x 30 % x 50 % = 0.0045, so nothing, where 0.01 x 50 % = 0.005 would give a fen.
    share = one("base: {of: [self_paid], share: 30%, name: 个人自付}\nrate: 50%\n")
    assert pays(share, "0.05", "0.03") == ["0.01", "0.00"]


SECOND_LAYER = plan("""\
    benefits:
      - benefit: inpatient
        kinds: [inpatient]
        clause: 第二条
        base: {of: [self_paid], name: 个人自付}
        rate: 60%
      - benefit: relief
        kinds: [inpatient]
        clause: 第三条
        base: {of: remaining, name: 仍由个人负担}
        deductible: {amount: 1000}
        rate: 50%
    """)


def test_relief_is_paid_on_what_still_remains() -> None:
    claim = stay("e1", DAY, **bill(self_paid="5000.00", out_of_scope="1500.00", other_aid_paid="500.00"))
    # 5,000 x 60 % = 3,000; burden 6,500 - other aid 500 - 3,000 = 3,000 remain; (3,000 - 1,000) x 50 %
    assert amounts(SECOND_LAYER, case(claim)) == ["3000.00", "1000.00"]
    # Without a first layer (not a known burden either): nothing can be shown to remain.
    unknown = stay("e1", DAY, **bill(total="9000.00"))
    assert told(SECOND_LAYER, case(unknown)) == [
        "e1 inpatient refer 0.00 amount_unknown amounts.self_paid",
        "e1 relief refer 0.00 amount_unknown amounts.self_paid",
    ]


SETTLEMENT = one(
    """\
    base: {of: [self_paid], collects: [outpatient], name: 全年门诊自付}
    deductible: {amount: 1000}
    rate: {brackets: [{over: 0, up_to: 2000, rate: 50%}, {over: 2000, rate: 60%}]}
    """,
    kinds="outpatient_yearly",
    benefit="outpatient",
)


def test_a_settlement_at_the_end_collects_the_events_of_its_period() -> None:
    visits = [
        event(f"v{i}", "outpatient", day, **bill(self_paid=sum_))
        for i, (day, sum_) in enumerate(
            [("2024-12-31", "9999.99"), ("2025-02-01", "1500.00"), ("2025-11-30", "2500.50")]
        )
    ]
    settlement = event("s1", "outpatient_yearly", "2025-12-31")
    # 1,500 + 2,500.50 - 1,000 = 3,000.50; 2,000 x 50 % + 1,000.50 x 60 % = 1,000 + 600.30. Last year's visit is not in it.
    assert told(SETTLEMENT, case(*visits, settlement)) == ["s1 outpatient pay 1600.30"]
    # A visit that comes after the settlement in the order is not in it: 1,500 - 1,000 = 500 x 50 %.
    assert told(SETTLEMENT, case(*visits[:2], settlement, visits[2])) == ["s1 outpatient pay 250.00"]


# -- deductibles --------------------------------------------------------------------------------------------------------


def test_deductible_of_the_stay_by_its_ordinal() -> None:
    document = one(
        SELF_PAID
        + """\
deductible:
  amount:
    - {when: {stay: {up_to: 1}}, value: 800}
    - {when: {stay: {from: 2, up_to: 2}}, value: 400}
    - {value: 100}
rate: 50%
"""
    )
    # The first stay pays nothing, and counts as the first: 700 < 800; (700 - 400) / 2; (700 - 100) / 2 twice.
    assert pays(document, "700.00", "700.00", "700.00", "700.00") == ["0.00", "150.00", "300.00", "300.00"]


def test_deductible_of_the_period_is_used_up_by_claims_that_pay_nothing() -> None:
    document = one(SELF_PAID + "deductible: {amount: 1000, per: period}\nrate: 50%\n")
    # 600 of 1,000; then 400 of 700 more, so 300 x 50 %; then all of 500
    assert pays(document, "600.00", "700.00", "500.00") == ["0.00", "150.00", "250.00"]
    # A new period begins anew.
    claims = [stay("e1", "2025-03-01", self_paid="1500.00"), stay("e2", "2026-03-01", self_paid="1500.00")]
    covers = [cover(), cover(start="2026-01-01", until="2027-01-01")]
    assert amounts(document, case(*claims, covers=covers)) == ["250.00", "250.00"]


def test_threshold_counts_from_the_first_yuan_once_it_is_reached() -> None:
    document = one(SELF_PAID + "deductible: {amount: 1000, threshold: true}\nrate: 50%\n")
    assert pays(document, "999.99", "1000.00", "1000.01") == ["0.00", "500.00", "500.01"]  # 500.005 is half up


def test_threshold_of_the_period_brings_back_what_came_before() -> None:
    document = one(SELF_PAID + "deductible: {amount: 1000, per: period, threshold: true}\nrate: 50%\n")
    # 400; 400 + 500 = 900; 1,200 reaches it, all 1,200 x 50 %; from then on each by itself. Where one line pays for
    # what earlier events brought, the bill of its own event is still the limit (indemnity): 300, not 600.
    assert pays(document, "400.00", "500.00", "300.00", "200.00") == ["0.00", "0.00", "300.00", "100.00"]
    free = document + "    indemnity: false\n"
    assert pays(free, "400.00", "500.00", "300.00", "200.00") == ["0.00", "0.00", "600.00", "100.00"]


# -- rates --------------------------------------------------------------------------------------------------------------

BRACKETS = (
    "brackets: [{over: 0, up_to: 5000, rate: 40%}, {over: 5000, up_to: 20000, rate: 60%}, {over: 20000, rate: 0%}]"
)


def test_marginal_brackets_pay_each_part_at_its_own_rate() -> None:
    document = one(SELF_PAID + f"rate: {{{BRACKETS}}}\n")
    # 4,999.99 x 40 % = 1,999.996; 2,000; 2,000 + 0.01 x 60 %; 2,000 + 15,000 x 60 %; nothing above 20,000
    sums = ("4999.99", "5000.00", "5000.01", "20000.00", "30000.00")
    assert pays(document, *sums) == ["2000.00", "2000.00", "2000.01", "11000.00", "11000.00"]


def test_whole_brackets_pay_all_at_the_rate_of_the_bracket() -> None:
    document = one(SELF_PAID + f"rate: {{mode: whole, {BRACKETS}}}\n")
    # 5,000 x 40 %; one fen more pays 5,000.01 x 60 % = 3,000.006: the cliff that `plan check` points out; then nothing
    assert pays(document, "5000.00", "5000.01", "20000.00", "20000.01") == ["2000.00", "3000.01", "12000.00", "0.00"]


def test_steps_pay_the_sum_of_the_bracket() -> None:
    document = one(
        SELF_PAID
        + "rate: {mode: steps, brackets: [{over: 0, up_to: 3000, sum: 0}, {over: 3000, up_to: 9000, sum: 800.50}, "
        + "{over: 9000, sum: 2000}]}\n"
    )
    sums = ("3000.00", "3000.01", "9000.00", "9000.01")
    assert pays(document, *sums) == ["0.00", "800.50", "800.50", "2000.00"]
    # A sum is cut by what the member bore, like every reimbursement.
    small = document.replace("up_to: 3000, sum: 0", "up_to: 3000, sum: 700")
    assert told(small, case(stay("e1", DAY, self_paid="600.00"))) == ["e1 inpatient pay 600.00 exceeds_out_of_pocket"]


def test_brackets_on_the_running_total_of_the_period() -> None:
    document = one(
        SELF_PAID + "rate: {per: period, brackets: [{over: 0, up_to: 1000, rate: 33%}, {over: 1000, rate: 50%}]}\n"
    )
    # F(1.01) = 0.3333 -> 0.33; F(2.02) = 0.6666 -> 0.67, so 0.34; F(1,001.02) = 330.51, less 0.67: 329.84.
    # Rounding each by itself would give 0.33 + 0.33 + 329.85.
    assert pays(document, "1.01", "1.01", "999.00") == ["0.33", "0.34", "329.84"]


def test_running_totals_never_take_back() -> None:
    document = one(SELF_PAID + f"rate: {{per: period, mode: whole, {BRACKETS}}}\n")
    # F(4,000) = 1,600; F(6,000) = 3,600, so 2,000 more; F(21,000) = 0, and what was paid stays paid.
    claims = [stay(f"e{i}", DAY, self_paid=sum_) for i, sum_ in enumerate(("4000.00", "2000.00", "15000.00"))]
    lines = decide(document, case(*claims))["lines"]
    assert [line["amount"] for line in lines] == ["1600.00", "2000.00", "0.00"]
    assert [step["after"] for step in lines[2]["working"]] == ["15000.00", "0.00"]


def test_tables_are_chosen_by_facts() -> None:
    document = one(
        SELF_PAID
        + """\
rate:
  tables:
    - {when: {option: [plus], hospital_level: [1, 2]}, rate: 90%}
    - {when: {option: [plus]}, brackets: [{over: 0, up_to: 100, rate: 80%}, {over: 100, rate: 70%}]}
    - {rate: 50%}
"""
    )
    claim = stay("e1", DAY, self_paid="200.00", hospital_level=3)
    # plus at level 3: 100 x 80 % + 100 x 70 %; plus at level 2: 200 x 90 %; another option: 200 x 50 %
    assert amounts(document, case(claim, covers=[cover(option="plus")])) == ["150.00"]
    assert amounts(document, case({**claim, "hospital_level": 2}, covers=[cover(option="plus")])) == ["180.00"]
    assert amounts(document, case(claim, covers=[cover(option="basic")])) == ["100.00"]
    assert told(document, case(claim)) == ["e1 inpatient refer 0.00 fact_unknown option"]


@pytest.mark.parametrize(
    ("periods", "paid"),
    [(1, "500.00"), (2, "500.00"), (3, "510.00"), (7, "550.00"), (8, "555.00"), (30, "555.00")],
)
def test_tenure_bonus_grows_to_its_most(periods: int, paid: str) -> None:
    document = one(SELF_PAID + "rate: {rate: 50%, tenure_bonus: {rate: 1%, after: 2, most: 5.5%}}\n")
    # 50 % + (periods - 2) x 1 %, at most 55.5 %
    covers = [cover(consecutive_periods=periods)]
    assert amounts(document, case(stay("e1", DAY, self_paid="1000.00"), covers=covers)) == [paid]


def test_tenure_bonus_raises_every_bracket_and_needs_the_periods() -> None:
    document = one(SELF_PAID + f"rate: {{tenure_bonus: {{rate: 1%, most: 5%}}, {BRACKETS}}}\n")
    claim = stay("e1", DAY, self_paid="6000.00")
    # 5,000 x 42 % + 1,000 x 62 %
    assert amounts(document, case(claim, covers=[cover(consecutive_periods=3)])) == ["2720.00"]
    assert told(document, case(claim)) == ["e1 inpatient refer 0.00 fact_unknown consecutive_periods"]


# -- the working ----------------------------------------------------------------------------------------------------------


def test_a_working_can_be_followed_by_hand() -> None:
    document = one("""\
        base: {of: [copay, out_of_scope], share: 80%, name: 计入费用}
        deductible: {amount: 100}
        rate: {brackets: [{over: 0, up_to: 500, rate: 40%}, {over: 500, rate: 60%}]}
        caps: [{amount: 300, per: period}]
        """)
    claim = stay("e1", DAY, **bill(copay="700.00", out_of_scope="300.01", self_paid="700.00"))
    line: JsonDict = decide(document, case(claim))["lines"][0]
    steps = [(step["step"], step["amount"], step["after"]) for step in line["working"]]
    assert steps == [
        ("base", "1000.01", "1000.01"),  # 700 + 300.01
        ("share", "-200.002", "800.008"),  # x 80 %
        ("deductible", "-100.00", "700.008"),
        ("rate", "-380.008", "320.00"),  # 500 x 40 % + 200.008 x 60 % = 200 + 120.0048 = 320.0048
        ("cap", "-20.00", "300.00"),
    ]
    assert all(step["clause"] == "第二条" for step in line["working"])
    detail = line["working"][3]["detail"]
    assert [(row["base"], row["rate"], row["amount"]) for row in detail] == [
        ("500.00", "40%", "200.00"),
        ("200.008", "60%", "120.0048"),
    ]
