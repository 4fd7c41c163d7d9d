"""What a changed engine got away with until these cases were added: see docs/mutation-testing.md."""

from __future__ import annotations

from tests.engine.small_plans import JsonDict, case, event, one, outcome, plan, stay, told

TWO_GROUPS = plan(
    """\
    benefits:
      - {benefit: alpha, kinds: [inpatient], clause: 第二条, sum: {amount: 100}}
      - {benefit: beta, kinds: [inpatient], clause: 第三条, sum: {amount: 300}}
      - {benefit: gamma, kinds: [inpatient], clause: 第四条, sum: {amount: 50}}
      - {benefit: delta, kinds: [inpatient], clause: 第五条, sum: {amount: 40}}
      - {benefit: epsilon, kinds: [death], clause: 第六条, sum: {amount: 10}}
    exclusive:
      - {benefits: [alpha, epsilon], per: life, rule: first, clause: 第七条}
      - {benefits: [alpha, beta], per: stay, rule: larger, clause: 第八条}
      - {benefits: [gamma, delta], per: stay, rule: larger, clause: 第九条}
    """
)
"""A group by another rule stands first, then two by the rule ``larger``."""


def test_each_group_by_the_larger_rule_has_its_own_winner() -> None:
    assert told(TWO_GROUPS, case(stay("e1", "2025-03-01"))) == [
        "e1 alpha refuse 0.00 excluded_with_other_benefit",
        "e1 beta pay 300.00",
        "e1 gamma pay 50.00",
        "e1 delta refuse 0.00 excluded_with_other_benefit",
    ]


def test_the_larger_rule_without_a_benefit_for_the_event() -> None:
    assert told(TWO_GROUPS, case(event("e1", "death", "2025-03-01"))) == ["e1 epsilon pay 10.00"]


BY_DISEASE = one("sum: {amount: 100}\nonce: {per: disease, clause: 第三条}\n")
"""Once per disease without any list: the category of the first diagnosis tells diseases apart."""


def test_a_disease_on_no_list_goes_by_its_category() -> None:
    claims = case(
        stay("e1", "2025-03-01", diagnoses=["J18.900"]),
        stay("e2", "2025-04-01", diagnoses=["J18.000"]),
        stay("e3", "2025-05-01", diagnoses=["K80.200", "J18.900"]),
        stay("e4", "2025-06-01", diagnoses=[]),
        stay("e5", "2025-07-01", diagnoses=[]),
    )
    assert told(BY_DISEASE, claims) == [
        "e1 inpatient pay 100.00",
        "e2 inpatient refuse 0.00 already_paid_once",
        "e3 inpatient pay 100.00",
        "e4 inpatient pay 100.00",
        "e5 inpatient refuse 0.00 already_paid_once",
    ]


def test_unknown_diagnoses_are_no_other_diagnoses() -> None:
    plan_by_code = one("when: {diagnoses: [C50]}\nsum: {amount: 100}\n")
    assert outcome(plan_by_code, stay("e1", "2025-03-01", diagnoses=None)) == "refer 0.00 fact_unknown diagnoses"
    assert outcome(plan_by_code, stay("e1", "2025-03-01", diagnoses=["C50.1"])) == "pay 100.00"


def test_a_list_inside_any_of_still_tells_diseases_apart() -> None:
    document = one(
        """\
        when:
          any_of:
            - {diseases: [listed]}
            - {accident: true}
        sum: {amount: 100}
        once: {per: disease, clause: 第三条}
        """,
        rest="""\
        lists:
          listed:
            name: 两种
            clause: 附表
            entries:
              - {name: 肿瘤, diagnoses: [C00-C97]}
              - {name: 心梗, diagnoses: [I21]}
        """,
    )
    claims = case(
        stay("e1", "2025-03-01", diagnoses=["C50.900"], accident=False),
        stay("e2", "2025-04-01", diagnoses=["C34.900"], accident=False),
        stay("e3", "2025-05-01", diagnoses=["I21.000"], accident=False),
    )
    assert told(document, claims) == [
        "e1 inpatient pay 100.00",
        "e2 inpatient refuse 0.00 already_paid_once",
        "e3 inpatient pay 100.00",
    ]


def test_codes_that_exclude_ask_for_the_diagnoses() -> None:
    others = one("when: {not_diagnoses: [C50]}\nsum: {amount: 100}\n")
    assert outcome(others, stay("e1", "2025-03-01", diagnoses=None)) == "refer 0.00 fact_unknown diagnoses"


def test_the_statutory_retirement_age_needs_to_know_the_sex() -> None:
    document = one(
        "sum: {amount: 100}\n",
        rest="""\
        who:
          - {ages: [{from: 16, until_retirement: true}], clause: 第三条}
        retirement_ages:
          - {sex: F, years: 55, clause: 附表}
          - {sex: M, years: 60, clause: 附表}
        """,
    )
    claim = stay("e1", "2025-03-01")
    assert outcome(document, claim, member={"sex": None}) == "refer 0.00 fact_unknown sex"
    assert outcome(document, claim, member={"sex": "F", "birth_date": "1969-12-31"}) == "refuse 0.00 age"
    assert outcome(document, claim, member={"sex": "M", "birth_date": "1969-12-31"}) == "pay 100.00"


AS_ONE = one(
    "base: {of: [self_paid], name: 个人自付}\ndeductible: {amount: 100}\nrate: 100%\n",
    rest="stays_as_one: {within_days: 10, same_disease: true, clause: 第三条}\n",
)
"""Stays of one category of disease within ten days have one deductible of 100."""


def test_which_stays_count_as_one() -> None:
    """One bill of 80 alone is below the deductible; of two that count as one, 60 are left."""

    def second(first: JsonDict, **facts: object) -> str:
        again = stay("e2", "2025-03-05", "2025-03-07", self_paid="80.00", **{"diagnoses": ["J18.9"], **facts})
        return told(AS_ONE, case(first, again))[1]

    known = stay("e1", "2025-03-01", "2025-03-03", self_paid="80.00", diagnoses=["J18.0"])
    assert second(known) == "e2 inpatient pay 60.00"
    assert second({**known, "started_on": "2025-03-05", "ended_on": "2025-03-05"}) == "e2 inpatient pay 60.00"
    apart = "e2 inpatient refuse 0.00 below_deductible"
    assert second({**known, "ended_on": None}) == apart
    assert second({**known, "started_on": "2025-03-06", "ended_on": "2025-03-06"}) == apart
    assert second(known, diagnoses=["J45"]) == apart


def test_claims_taken_over_are_summed_only_with_their_own() -> None:
    """Counters of another family, of another scope and of other benefits do not fill the two claims of a period."""
    document = plan(
        """\
        benefits:
          - {benefit: alpha, kinds: [inpatient], clause: 第二条, sum: {amount: 10}, claims: {most: 2, of: [alpha, beta]}}
          - {benefit: beta, kinds: [inpatient], clause: 第三条, sum: {amount: 20}}
          - {benefit: gamma, kinds: [inpatient], clause: 第四条, sum: {amount: 30}}
        """
    )

    def first(family: str, counter: str, key: str) -> str:
        taken_over = {"family": family, "counter": counter, "key": key, "count": 2}
        return told(document, case(stay("e1", "2025-03-01"), opening=[taken_over]))[0]

    assert first("small", "beta.claims", "period:2025-01-01") == "e1 alpha refuse 0.00 claim_count_reached"
    for other in (("large", "beta.claims", "period:2025-01-01"), ("small", "gamma.claims", "period:2025-01-01")):
        assert first(*other) == "e1 alpha pay 10.00"
    assert first("small", "beta.claims", "life") == "e1 alpha pay 10.00"
