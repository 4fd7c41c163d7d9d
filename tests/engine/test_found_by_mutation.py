"""What a changed engine got away with until these cases were added: see docs/mutation-testing.md."""

from __future__ import annotations

from tests.engine.small_plans import case, event, one, outcome, plan, stay, told

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
