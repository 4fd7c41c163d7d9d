"""Every mechanism of the plan language by hand-computed examples: who may be paid, and on what conditions.

Ages and retirement, conditions of membership, triggers, gates and the rows of choices.
"""

from __future__ import annotations

import pytest

from tests.engine.small_plans import SUM, JsonDict, case, cover, engine, one, outcome, stay, told

AGES = one(
    SUM,
    rest="""\
who:
  - ages:
      - {from: 16, up_to: 60, sex: M, relation: self}
      - {from: 16, up_to: 55, sex: F, relation: self, renewal_only_from: 51}
      - {up_to: 17, relation: child}
    clause: 第三条
""",
)


@pytest.mark.parametrize(
    ("member", "periods", "line"),
    [
        ({"sex": "M", "birth_date": "2009-01-01"}, 1, "pay 100.00"),  # 16 on the first day of cover
        ({"sex": "M", "birth_date": "2009-01-02"}, 1, "refuse 0.00 age"),
        ({"sex": "M", "birth_date": "1964-01-02"}, 1, "pay 100.00"),  # 60, 61 a day later
        ({"sex": "M", "birth_date": "1964-01-01"}, 1, "refuse 0.00 age"),
        ({"sex": "F", "birth_date": "1974-01-02"}, 1, "pay 100.00"),  # 50: may enter
        ({"sex": "F", "birth_date": "1974-01-01"}, 1, "refuse 0.00 age"),  # 51: only goes on
        ({"sex": "F", "birth_date": "1974-01-01"}, 2, "pay 100.00"),
        ({"sex": "F", "birth_date": "1974-01-01"}, None, "refer 0.00 fact_unknown consecutive_periods"),
        ({"sex": "F", "birth_date": "1969-01-01"}, 9, "refuse 0.00 age"),  # 56
        ({"relation": "child", "birth_date": "2007-01-02"}, 1, "pay 100.00"),  # 17
        ({"relation": "child", "birth_date": "2007-01-01"}, 1, "refuse 0.00 age"),
        ({"relation": "spouse"}, 1, "refuse 0.00 age"),  # no rule is for spouses
        ({"sex": None}, 1, "refer 0.00 fact_unknown sex"),
        ({"birth_date": None}, 1, "refer 0.00 fact_unknown birth_date"),
        ({"birth_date": "2008-02-29", "sex": "M"}, 1, "pay 100.00"),
    ],
)
def test_ages_by_sex_and_relation(member: JsonDict, periods: int | None, line: str) -> None:
    assert outcome(AGES, stay("e1", "2025-03-01"), member, consecutive_periods=periods) == line


RETIREMENT = one(
    SUM,
    rest="""\
who:
  - ages: [{from: 16, until_retirement: true}]
    clause: 第三条
retirement_ages:
  - {sex: F, years: 50, born_from: 1975-01-01, months_per_month: 2, up_to: 55, groups: [worker], clause: 第三条}
  - {sex: F, years: 55, born_from: 1970-01-01, months_per_month: 4, up_to: 58, clause: 第三条}
  - {sex: M, years: 60, born_from: 1965-01-01, months_per_month: 4, up_to: 63, clause: 第三条}
""",
)


@pytest.mark.parametrize(
    ("sex", "birth_date", "group", "retires_on", "day_before"),
    [
        ("M", "1964-12-31", "clerk", "2024-12-31", "2024-12-30"),  # before the table: 60
        ("M", "1965-01-15", "clerk", "2025-02-15", "2025-02-14"),  # born in months 1 to 4 of it: one month later
        ("M", "1965-04-30", "clerk", "2025-05-30", "2025-05-29"),
        ("M", "1965-05-01", "clerk", "2025-07-01", "2025-06-30"),  # months 5 to 8: two months later
        ("M", "1976-08-31", "clerk", "2039-07-31", "2039-07-30"),  # 139 months on: 35 later, 62 and 11
        ("M", "1976-09-01", "clerk", "2039-09-01", "2039-08-31"),  # 140 months on: 36 later, 63
        ("M", "1990-01-01", "clerk", "2053-01-01", "2052-12-31"),  # never more than 63
        ("F", "1970-01-01", "clerk", "2025-02-01", "2025-01-31"),  # 55 and one month
        ("F", "1975-01-01", "clerk", "2031-05-01", "2031-04-30"),  # 60 months on: 16 later, 56 and 4
        ("F", "1975-01-01", "worker", "2025-02-01", "2025-01-31"),  # the row of the group: 50 and one month
        ("F", "1975-03-31", "worker", "2025-05-31", "2025-05-30"),  # 2 months on, one more for each two: two later
    ],
)
def test_cover_until_retirement(sex: str, birth_date: str, group: str, retires_on: str, day_before: str) -> None:
    """Cover that begins on the day on which the member retires is too late; one that began the day before runs on."""
    member: JsonDict = {"sex": sex, "birth_date": birth_date, "groups": [group]}
    claim = stay("e1", "2054-06-01")
    assert outcome(RETIREMENT, claim, member, start=day_before, until="2055-01-01") == "pay 100.00"
    assert outcome(RETIREMENT, claim, member, start=retires_on, until="2055-01-01") == "refuse 0.00 age"


def test_conditions_of_membership_are_all_named() -> None:
    document = one(
        SUM,
        rest="""\
who:
  - {employment: [in_service, flexible], clause: 第三条}
  - {basic_insurance: employee, clause: 第三条}
  - {groups: [hardship, disabled], not_groups: [model_worker], clause: 第三条}
""",
    )
    claim = stay("e1", "2025-03-01")
    for member, line in (
        ({"groups": ["hardship"]}, "pay 100.00"),
        ({"groups": ["hardship", "model_worker"]}, "refuse 0.00 groups"),
        ({"groups": []}, "refuse 0.00 groups"),
        (
            {"groups": ["disabled"], "employment": "retired", "basic_insurance": "none"},
            "refuse 0.00 employment insurance",
        ),
        ({"groups": ["disabled"], "employment": None}, "refer 0.00 fact_unknown employment"),
        ({"groups": ["other"], "employment": None}, "refuse 0.00 groups"),  # what really fails is said first
    ):
        assert outcome(document, claim, member) == line


GATES = one(
    f"""\
requires:
  - when: {{hospital_level: [2, 3]}}
  - when: {{any_of: [{{accident: true}}, {{not_diagnoses: [S00-T98]}}]}}
exclusions:
  - when: {{circumstances: [self_harm], severity: [mild]}}
{SUM}""",
    rest="exclusions:\n  - {when: {circumstances: [drunk_driving]}, clause: 第六条}\n",
)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "pay 100.00"),
        ({"hospital_level": 1}, "refuse 0.00 hospital_level"),
        ({"hospital_level": None}, "refer 0.00 fact_unknown hospital_level"),
        ({"accident": False}, "refuse 0.00 not_accident diagnosis_not_listed"),  # an injury, and no accident
        ({"accident": False, "diagnoses": ["I10"]}, "pay 100.00"),
        ({"accident": None, "diagnoses": ["I10"]}, "pay 100.00"),  # one alternative is enough
        ({"accident": None}, "refer 0.00 fact_unknown accident"),
        ({"circumstances": ["drunk_driving", "work_injury"]}, "refuse 0.00 exclusion"),
        ({"circumstances": ["self_harm"]}, "pay 100.00"),  # both must hold: severe is not mild
        ({"circumstances": ["self_harm"], "severity": "mild"}, "refuse 0.00 exclusion"),
        ({"circumstances": ["self_harm"], "severity": None}, "refer 0.00 fact_unknown severity"),
        ({"circumstances": ["drunk_driving"], "hospital_level": 1}, "refuse 0.00 hospital_level exclusion"),
    ],
)
def test_gates_of_a_benefit(changed: JsonDict, line: str) -> None:
    facts: JsonDict = {"hospital_level": 3, "accident": True, "diagnoses": ["S72.0"], "severity": "severe"}
    assert outcome(GATES, stay("e1", "2025-03-01", **{**facts, **changed})) == line


@pytest.mark.parametrize(
    ("trigger", "facts", "line"),
    [
        ("sex: M", {}, "none 0.00 sex"),
        ("groups: [hardship]", {}, "none 0.00 groups"),
        ("diagnoses: [C00-C97]", {"diagnoses": ["I10", "d05.1"]}, "none 0.00 diagnosis_not_listed"),
        ("diagnoses: [C00-C97]", {"diagnoses": ["I10", "c97"]}, "pay 100.00"),  # any of them, in any case
        ("operations: ['36.1']", {"operations": ["36.2"]}, "none 0.00 operation_not_listed"),
        ("operations: ['36.1']", {"operations": ["3610"]}, "pay 100.00"),  # by prefix, without dots
        ("operations: ['36.1']", {}, "refer 0.00 fact_unknown operations"),
        ("disability_grade: {up_to: 4}", {"disability_grade": 5}, "none 0.00 disability_grade"),
        ("disability_grade: {up_to: 4}", {"disability_grade": 4}, "pay 100.00"),
        ("any_of: [{accident: true}, {severity: severe}]", {"accident": False}, "refer 0.00 fact_unknown severity"),
        ("sex: F, accident: true", {"accident": False, "severity": "mild"}, "none 0.00 not_accident"),
    ],
)
def test_what_does_not_trigger_a_benefit(trigger: str, facts: JsonDict, line: str) -> None:
    """Not triggered is ``none`` whatever else fails: here the cover has ended as well."""
    document = one(f"when: {{{trigger}}}\n{SUM}")
    assert outcome(document, stay("e1", "2025-03-01", **facts)) == line
    if line.startswith("none"):
        assert outcome(document, stay("e1", "2026-03-01", **facts)) == line


def test_rows_by_tenure_and_class_of_risk() -> None:
    document = one("""\
        sum:
          amount:
            - {when: {risk_class: [high], tenure: {from: 3}}, value: 80}
            - {when: {risk_class: [high]}, value: 50}
            - {value: 100}
        """)
    claim = stay("e1", "2025-03-01")
    assert outcome(document, claim, risk_class="high", consecutive_periods=3) == "pay 80.00"
    assert outcome(document, claim, risk_class="high", consecutive_periods=2) == "pay 50.00"
    assert outcome(document, claim, risk_class="low") == "pay 100.00"
    assert outcome(document, claim, risk_class="high") == "refer 0.00 fact_unknown consecutive_periods"


def test_the_first_cover_on_the_day_is_the_one_that_is_asked() -> None:
    """Two covers run on the day: the one that began first gives the age, the term and the option."""
    document = one("sum: {amount: [{when: {option: a, age: {up_to: 39}}, value: 100}, {value: 70}]}\n")
    covers = [cover(start="2025-05-01", option="b"), cover(start="2025-01-01", option="a")]
    under = engine(document)
    # 39 full years on 1 January, 40 on 1 May
    assert told(under, case(stay("e1", "2025-06-01"), covers=covers)) == ["e1 inpatient pay 200.00"]
    assert told(under, case(stay("e1", "2025-06-01"), covers=covers[:1])) == ["e1 inpatient pay 70.00"]
