"""Every mechanism of the plan language by hand-computed examples: caps, counts, benefits and plans that limit each other."""

from __future__ import annotations

import pytest

from tests.engine.small_plans import JsonDict, amounts, bill, case, cover, engine, event, one, plan, stay, told

ALL = "base: {of: [self_paid], name: 个人自付}\nrate: 100%\n"
TWO_YEARS = [cover(), cover(start="2026-01-01", until="2027-01-01")]
LISTED = """\
lists:
  serious:
    name: 重大疾病
    clause: 第九条
    entries:
      - {name: 恶性肿瘤, diagnoses: [C00-C97]}
      - {name: 急性心肌梗死, diagnoses: [I21], operations: ["36.1"]}
"""
FOUR = [
    stay("e1", "2025-03-01", self_paid="300.00", diagnoses=["C50.9"]),
    stay("e2", "2025-03-01", self_paid="300.00", diagnoses=["I21.0"], cause="e1"),
    stay("e3", "2025-06-01", self_paid="300.00", diagnoses=["C34.1"]),
    stay("e4", "2026-02-01", self_paid="300.00", diagnoses=["I25"], operations=["36.15"], cause="e2"),
]
"""Cancer; on the same day a heart attack that follows from it; cancer again; a bypass, following from the heart attack."""


# -- scopes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "paid"),
    [
        ("stay", ["300.00", "300.00", "300.00", "300.00"]),
        ("day", ["300.00", "100.00", "300.00", "300.00"]),  # e1 and e2 begin on one day
        ("period", ["300.00", "100.00", "0.00", "300.00"]),  # e4 is of 2026
        ("life", ["300.00", "100.00", "0.00", "0.00"]),
        ("disease", ["300.00", "300.00", "100.00", "100.00"]),  # e1 with e3, e2 with e4 (by its operation)
        ("cause", ["300.00", "100.00", "300.00", "0.00"]),  # e1, e2 and e4 are one chain
    ],
)
def test_a_cap_in_each_scope(scope: str, paid: list[str]) -> None:
    document = one(f"when: {{diseases: serious}}\n{ALL}caps: [{{amount: 400, per: {scope}}}]\n", rest=LISTED)
    assert amounts(document, case(*FOUR, covers=TWO_YEARS)) == paid


@pytest.mark.parametrize(
    ("scope", "refused"),
    [("period", {"e2", "e3"}), ("life", {"e2", "e3", "e4"}), ("disease", {"e3", "e4"}), ("cause", {"e2", "e4"})],
)
def test_once_in_each_scope(scope: str, refused: set[str]) -> None:
    document = one(f"when: {{diseases: serious}}\nsum: {{amount: 500}}\nonce: {{per: {scope}}}\n", rest=LISTED)
    lines = told(document, case(*FOUR, covers=TWO_YEARS))
    assert lines == [
        f"{name} inpatient {'refuse 0.00 already_paid_once' if name in refused else 'pay 500.00'}"
        for name in ("e1", "e2", "e3", "e4")
    ]


def test_editions_of_one_family_share_what_is_counted_for_life() -> None:
    body = ALL + "caps: [{amount: 400, per: life}]\n"
    editions = [
        one(body, plan_id=f"small-{year}").replace(f"family: small-{year}", f"family: {family}")
        for year, family in ((2025, "small"), (2026, "small"), (2027, "other"))
    ]
    covers = [cover(f"small-{year}", f"{year}-01-01", f"{year + 1}-01-01") for year in (2025, 2026, 2027)]
    claims = [stay(f"e{year}", f"{year}-03-01", self_paid="300.00") for year in (2025, 2026, 2027)]
    lines = told(engine(*editions), case(*claims, covers=covers))
    assert [line for line in lines if "not_covered" not in line] == [
        "e2025 small-2025/inpatient pay 300.00",
        "e2026 small-2026/inpatient pay 100.00 cap_reached",
        "e2027 small-2027/inpatient pay 300.00",
    ]


def test_several_caps_cut_in_turn_and_the_last_unit_of_money_counts() -> None:
    document = one(ALL + "caps: [{amount: 250.01, per: stay}, {amount: 400, per: period}]\n")
    claims = [stay(f"e{i}", "2025-03-01", self_paid=sum_) for i, sum_ in enumerate(("250.01", "250.02", "0.01"))]
    # 250.01 is not over the cap of the stay; then 149.99 are left of 400; then nothing
    assert told(document, case(*claims)) == [
        "e0 inpatient pay 250.01",
        "e1 inpatient pay 149.99 cap_reached",
        "e2 inpatient refuse 0.00 cap_reached",
    ]


# -- counts ---------------------------------------------------------------------------------------------------------------

COUNTED = """\
benefits:
  - benefit: inpatient
    kinds: [inpatient]
    clause: 第二条
    base: {{of: [self_paid], name: 个人自付}}
    deductible: {{amount: 100}}
    rate: 50%
    claims: {{most: 2, per: {per}{of}}}
  - benefit: outpatient
    like: inpatient
    kinds: [outpatient]
"""


@pytest.mark.parametrize(
    ("per", "of", "refused"),
    [
        ("period", "", {"e4"}),  # e1 pays nothing and is not counted; e2 and e3 are the two, out-patients count apart
        ("life", "", {"e4", "e6"}),
        ("period", ", of: [inpatient, outpatient]", {"e4", "o1"}),  # both together
    ],
)
def test_a_number_of_claims(per: str, of: str, refused: set[str]) -> None:
    claims = [stay(f"e{i}", f"2025-0{i}-01", self_paid="100.00" if i == 1 else "300.00") for i in (1, 2, 3, 4)]
    claims.append(event("o1", "outpatient", "2025-05-01", **bill(self_paid="300.00")))
    claims.append(stay("e6", "2026-01-01", self_paid="300.00"))
    lines = told(plan(COUNTED.format(per=per, of=of)), case(*claims, covers=TWO_YEARS))
    assert lines[0] == "e1 inpatient refuse 0.00 below_deductible"
    assert {line.split()[0] for line in lines if "claim_count_reached" in line} == refused
    assert sum("pay 100.00" in line for line in lines) == 5 - len(refused)  # (300 - 100) x 50 %


# -- shared caps ------------------------------------------------------------------------------------------------------------

SHARED = plan("""\
    units: {most: 2, clause: 第五条}
    benefits:
      - benefit: inpatient
        kinds: [inpatient]
        clause: 第二条
        base: {of: [self_paid], name: 个人自付}
        rate: 50%
      - benefit: allowance
        kinds: [inpatient]
        clause: 第三条
        days: {per_day: 50}
    shared_caps:
      - amount: [{when: {option: plus}, value: 2000}, {value: 1000}]
        per: period
        clause: 第四条
    """)


@pytest.mark.parametrize(
    ("option", "lines"),
    [
        # 500 + 10 x 50 x 2 = 1,000, of which the shared cap leaves 500; a shared cap has no units; then nothing is left
        ("basic", ["pay 500.00", "pay 500.00 cap_reached", "refuse 0.00 cap_reached", "refuse 0.00 cap_reached"]),
        ("plus", ["pay 500.00", "pay 1000.00", "pay 500.00", "refuse 0.00 cap_reached"]),
    ],
)
def test_a_shared_cap_is_used_up_in_the_order_of_lines(option: str, lines: list[str]) -> None:
    claims = [stay(f"e{i}", "2025-03-01", "2025-03-11", self_paid="1000.00") for i in (1, 2)]
    told_lines = told(SHARED, case(*claims, covers=[cover(units=2, option=option)]))
    assert [line.split(maxsplit=2)[2] for line in told_lines] == lines


# -- benefits that exclude each other -----------------------------------------------------------------------------------------

ACCIDENT = """\
benefits:
  - benefit: disability
    kinds: [disability]
    clause: 第二条
    when: {{accident: true}}
    sum: {{amount: 20000, ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 10%]}}
  - benefit: death
    kinds: [death]
    clause: 第三条
    when: {{accident: true}}
    sum: {{amount: 30000}}
exclusive:
  - {{benefits: [disability, death], per: cause, rule: {rule}, clause: 第四条}}
"""
HURT: JsonDict = {"accident": True, "accident_on": "2025-02-01"}


def accident_case(*, cause: str | None, death_first: bool = False) -> JsonDict:
    """A disability of grade 7 and a death; ``cause`` of the second."""
    pair = [("disability", {"disability_grade": 7}), ("death", {})]
    kinds = pair[::-1] if death_first else pair
    (first, facts), (second, more) = kinds
    return case(
        event("e1", first, "2025-02-10", **HURT, **facts),
        event("e2", second, "2025-05-01", **HURT, **more, cause=cause),
    )


@pytest.mark.parametrize(
    ("rule", "cause", "death_first", "lines"),
    [
        # grade 7: 20,000 x 40 % = 8,000; the death that follows pays 30,000 - 8,000
        ("difference", "e1", False, ["pay 8000.00", "pay 22000.00 excluded_with_other_benefit"]),
        ("difference", "another", False, ["pay 8000.00", "pay 30000.00"]),  # not the same accident
        ("difference", None, False, ["pay 8000.00", "pay 30000.00"]),
        ("difference", "e1", True, ["pay 30000.00", "refuse 0.00 excluded_with_other_benefit"]),
        ("larger", "e1", False, ["pay 8000.00", "pay 22000.00 excluded_with_other_benefit"]),
        ("first", "e1", False, ["pay 8000.00", "refuse 0.00 excluded_with_other_benefit"]),
        ("first", "another", False, ["pay 8000.00", "pay 30000.00"]),
    ],
)
def test_disability_and_death_by_one_cause(rule: str, cause: str | None, death_first: bool, lines: list[str]) -> None:
    decision = told(plan(ACCIDENT.format(rule=rule)), accident_case(cause=cause, death_first=death_first))
    assert [line.split(maxsplit=2)[2] for line in decision] == lines


def test_events_of_an_accident_that_lies_before_the_case_belong_together() -> None:
    data = accident_case(cause="accident-7")
    data["events"][0]["cause"] = "accident-7"
    assert amounts(plan(ACCIDENT.format(rule="difference")), data) == ["8000.00", "22000.00"]


MEET = """\
benefits:
  - benefit: inpatient
    kinds: [inpatient]
    clause: 第二条
    base: {{of: [self_paid], name: 个人自付}}
    rate: 50%
  - benefit: allowance
    kinds: [inpatient]
    clause: 第三条
    days: {{per_day: 50}}
exclusive:
  - {{benefits: [inpatient, allowance], per: {per}, rule: {rule}, clause: 第四条}}
"""


@pytest.mark.parametrize(
    ("rule", "self_paid", "inpatient", "allowance"),
    [
        ("larger", "1200.00", "pay 600.00", "refuse 0.00 excluded_with_other_benefit"),  # 600 against 10 x 50
        ("larger", "800.00", "refuse 0.00 excluded_with_other_benefit", "pay 500.00"),
        ("larger", "1000.00", "pay 500.00", "refuse 0.00 excluded_with_other_benefit"),  # equal: the first
        ("first", "800.00", "pay 400.00", "refuse 0.00 excluded_with_other_benefit"),
        ("difference", "800.00", "pay 400.00", "pay 100.00 excluded_with_other_benefit"),  # 500 - 400
    ],
)
def test_benefits_of_one_event_that_exclude_each_other(
    rule: str, self_paid: str, inpatient: str, allowance: str
) -> None:
    document = plan(MEET.format(rule=rule, per="stay"))
    claims = [stay(name, "2025-03-01", "2025-03-11", self_paid=self_paid) for name in ("e1", "e2")]
    for name in ("e1", "e2"):  # the scope is the stay: the second event has its own
        expected = [f"{name} inpatient {inpatient}", f"{name} allowance {allowance}"]
        assert [line for line in told(document, case(*claims)) if line.startswith(name)] == expected


def test_difference_over_a_period_counts_what_is_due_to_each_side() -> None:
    document = plan(MEET.format(rule="difference", per="period"))
    claims = [stay("e1", "2025-03-01", "2025-03-11", self_paid="800.00")]  # 400 of 500
    claims.append(stay("e2", "2025-04-01", "2025-04-03", self_paid="600.00"))  # 300 and 100
    # e1: 400, then 500 - 400 = 100. e2: in-patient due 400 + 300 = 700, paid to both 500, so 200;
    # allowance due 500 + 100 = 600, paid to both 700, so nothing.
    assert told(document, case(*claims)) == [
        "e1 inpatient pay 400.00",
        "e1 allowance pay 100.00 excluded_with_other_benefit",
        "e2 inpatient pay 200.00 excluded_with_other_benefit",
        "e2 allowance refuse 0.00 excluded_with_other_benefit",
    ]


# -- indemnity ----------------------------------------------------------------------------------------------------------------


def layers(*parts: str) -> list[str]:
    """Plans a, b, ... with one benefit each."""
    return [one(body, plan_id=name) for name, body in zip("abc", parts, strict=False)]


def test_reimbursements_of_all_plans_stay_within_what_the_member_bore() -> None:
    base = "base: {of: [self_paid], name: 个人自付}\n"
    documents = layers(base + "rate: 70%\n", "days: {per_day: 100}\n", base + "rate: 60%\n")
    covers = [cover(name) for name in "abc"]
    claim = stay(
        "e1", "2025-03-01", "2025-03-11", **bill(self_paid="1000.00", out_of_scope="50.00", other_aid_paid="150.00")
    )
    # 700; the allowance of 1,000 neither counts nor is cut; 1,050 - 150 - 700 = 200 of 600
    assert told(engine(*documents), case(claim, covers=covers)) == [
        "e1 a/inpatient pay 700.00",
        "e1 b/inpatient pay 1000.00",
        "e1 c/inpatient pay 200.00 exceeds_out_of_pocket",
    ]
    # The hospital bore 100 of the patient's part: 1,000 + 50 - 100 - 150 - 700 = 100
    total = bill(
        self_paid="1000.00", out_of_scope="50.00", other_aid_paid="150.00", total="3050.00", hospital_borne="100.00"
    )
    total["amounts"] |= {"fund_paid": "2000.00", "supplement_paid": "0.00", "medical_aid_paid": "0.00"}
    assert amounts(engine(*documents), case({**claim, **total}, covers=covers)) == ["700.00", "1000.00", "100.00"]


def test_indemnity_can_be_switched_off_and_still_counts_for_others() -> None:
    base = "base: {of: [self_paid], name: 个人自付}\n"
    documents = layers(
        base + "rate: 70%\nindemnity: false\n", base + "rate: 60%\n", base + "rate: 50%\nindemnity: false\n"
    )
    claim = stay("e1", "2025-03-01", self_paid="1000.00")
    # 700; 1,000 - 700 = 300 of 600; 500 in full although nothing is left
    assert amounts(engine(*documents), case(claim, covers=[cover(name) for name in "abc"])) == [
        "700.00",
        "300.00",
        "500.00",
    ]


def test_an_unknown_burden_shows_no_limit() -> None:
    document = one("base: {of: [fund_paid], name: 统筹支付}\nrate: 10%\n")
    claim = stay("e1", "2025-03-01", **bill(fund_paid="1000.00"))
    assert told(document, case(claim)) == ["e1 inpatient refer 0.00 amount_unknown amounts.self_paid"]
    assert told(document + "    indemnity: false\n", case(claim)) == ["e1 inpatient pay 100.00"]
    # How it was paid says what was borne: 60 + 30, of which 100 would be too much.
    paid = stay("e1", "2025-03-01", **bill(fund_paid="1000.00", account_paid="60.00", cash_paid="30.00"))
    assert told(document, case(paid)) == ["e1 inpatient pay 90.00 exceeds_out_of_pocket"]


# -- plans beside each other --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["a", "b"])
@pytest.mark.parametrize("by", ["a", "family-a"])
def test_of_plans_that_exclude_each_other_the_earlier_cover_pays(first: str, by: str) -> None:
    plain = one(ALL, plan_id="a").replace("family: a", "family: family-a")
    excluding = one(ALL, plan_id="b", rest=f"excludes: {{plans: [{by}], clause: 第六条}}\n")
    second = "b" if first == "a" else "a"
    claim = stay("e1", "2025-03-01", self_paid="100.00")
    under = engine(plain, excluding)
    assert told(under, case(claim, covers=[cover(first), cover(second)])) == [
        f"e1 {first}/inpatient pay 100.00",
        f"e1 {second}/inpatient refuse 0.00 plan_excluded",
    ]
    # Where the earlier cover has ended on the day, there is nothing to exclude.
    ended = cover(first, until="2025-03-01")
    assert told(under, case(claim, covers=[ended, cover(second)])) == [
        f"e1 {first}/inpatient refuse 0.00 not_covered",
        f"e1 {second}/inpatient pay 100.00",
    ]


def test_two_editions_of_a_family_are_not_held_at_once() -> None:
    editions = [one(ALL, plan_id=name).replace(f"family: {name}", "family: small") for name in ("a", "b")]
    claim = stay("e1", "2025-03-01", self_paid="100.00")
    assert told(engine(*editions), case(claim, covers=[cover("b"), cover("a")])) == [
        "e1 b/inpatient pay 100.00",
        "e1 a/inpatient refuse 0.00 duplicate_cover",
    ]


COMBINATION = plan(
    """\
    combines: [a, b]
    benefits:
      - benefit: relief
        kinds: [inpatient]
        clause: 第二条
        base: {of: [remaining], name: 仍由个人负担}
        rate: 50%
    shared_caps:
      - {plans: [a, b], amount: 1000, per: period, clause: 第三条}
      - {benefits: [relief], amount: 250, per: period, clause: 第四条}
    """,
    plan_id="both",
)


@pytest.mark.parametrize(
    ("covers", "lines"),
    [
        # 900; 500, of which the cap of both leaves 100; an allowance reimburses nothing, so 1,500 - 900 = 600 remain:
        # 300, of which the relief's own cap in the combination leaves 250
        (
            [cover("both")],
            ["a/inpatient pay 900.00", "b/inpatient pay 100.00 cap_reached", "both/relief pay 250.00 cap_reached"],
        ),
        (
            [cover("a", combination="both"), cover("b", combination="both")],
            ["a/inpatient pay 900.00", "b/inpatient pay 100.00 cap_reached", "both/relief pay 250.00 cap_reached"],
        ),
        ([cover("a"), cover("b")], ["a/inpatient pay 900.00", "b/inpatient pay 500.00"]),  # held apart: no common cap
    ],
)
def test_a_combination_caps_its_plans_together_and_adds_relief(covers: list[JsonDict], lines: list[str]) -> None:
    under = engine(one(ALL.replace("100%", "60%"), plan_id="a"), one("days: {per_day: 50}\n", plan_id="b"), COMBINATION)
    claim = stay("e1", "2025-03-01", "2025-03-11", self_paid="1500.00")
    assert told(under, case(claim, covers=covers)) == [f"e1 {line}" for line in lines]


def test_a_cap_of_a_combination_without_named_plans_counts_its_own_benefits() -> None:
    all_together = COMBINATION.replace("plans: [a, b], amount: 1000", "amount: 1700")
    assert all_together != COMBINATION
    under = engine(
        one(ALL.replace("100%", "60%"), plan_id="a"), one("days: {per_day: 50}\n", plan_id="b"), all_together
    )
    claim = stay("e1", "2025-03-01", "2025-03-11", self_paid="2100.00")
    # 1,260 + 440 (of 500) use up 1,700; the relief of (2,100 - 1,260) x 50 % = 420 finds nothing left
    assert told(under, case(claim, covers=[cover("both")])) == [
        "e1 a/inpatient pay 1260.00",
        "e1 b/inpatient pay 440.00 cap_reached",
        "e1 both/relief refuse 0.00 cap_reached",
    ]
