"""The shipped cases hold, every plan has some, and a file of cases that is wrong says so with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benefit_engine.facts import CaseError
from mutualaid.plans.reading import PlanError
from mutualaid.plans.shipped_cases import ShippedCase, judge, load_cases
from tests.engine.support import shipped

CASES = Path(__file__).parents[1] / "engine" / "cases"
ALL = load_cases(CASES, shipped())


@pytest.mark.parametrize("case", ALL, ids=[case.id for case in ALL])
def test_the_engine_says_what_the_case_expects(case: ShippedCase) -> None:
    assert judge(case, shipped().engine).differences == ()


@pytest.mark.parametrize("plan_id", sorted(shipped().documents))
def test_every_plan_of_the_library_has_cases(plan_id: str) -> None:
    cases = [case for case in ALL if plan_id in case.plans]
    assert len(cases) >= 5
    paid = {
        line["benefit"]
        for case in cases
        for line in judge(case, shipped().engine).decision["lines"]
        if line["outcome"] == "pay"
    }
    assert {benefit.benefit for benefit in shipped().documents[plan_id].document.benefits} <= paid


def test_cases_are_told_apart_by_their_names() -> None:
    ids = [(case.file.name, case.entry.name) for case in ALL]
    assert len(ids) == len(set(ids))
    assert len({case.case["case"] for case in ALL}) == len(ALL)


def test_published_figures_stand_beside_the_rules_and_are_never_forced() -> None:
    published = [case for case in ALL if case.entry.published is not None]
    assert len(published) >= 15
    assert {case.entry.fits for case in published} == {"true", "false", "near", "unknown"}
    for case in published:
        total = judge(case, shipped().engine).decision["total"]
        if case.entry.fits == "false":
            assert total != case.entry.published, f"{case.id}: says that it does not fit, but it does"


# --- files of cases ----------------------------------------------------------------------------------------------------


def load(tmp_path: Path, text: str) -> list[ShippedCase]:
    file = tmp_path / "some.yaml"
    file.write_text(text, encoding="utf-8")
    return load_cases(file, shipped())


PLAIN = """plan: hubei-inpatient-2025
cases:
  - name: 自付1000元
    event: {amounts: {self_paid: 1000}}
    expect: {total: 700.00, lines: [{benefit: inpatient, amount: "700.00"}]}
"""


def test_a_case_says_only_what_matters_to_it(tmp_path: Path) -> None:
    (case,) = load(tmp_path, PLAIN)
    assert case.line == 3
    assert case.case == {
        "case": "some:1",
        "member": {
            "birth_date": "1985-04-02",
            "sex": "F",
            "employment": "in_service",
            "basic_insurance": "employee",
            "groups": [],
        },
        "covers": [
            {
                "plan": "hubei-inpatient-2025",
                "units": 1,
                "from": "2025-01-01",
                "until": "2026-01-01",
                "joined_on": "2024-01-01",
            }
        ],
        "events": [
            {
                "event": "e1",
                "kind": "inpatient",
                "started_on": "2025-03-01",
                "ended_on": "2025-03-08",
                "settled_on": "2025-03-08",
                "filed_on": None,
                "hospital_level": 3,
                "diagnoses": ["J18.900"],
                "operations": [],
                "severity": None,
                "accident": False,
                "disability_grade": None,
                "amounts": {"self_paid": "1000.00"},
            }
        ],
    }
    assert judge(case, shipped().engine).holds


def test_a_plan_with_dates_of_its_own_gives_them_to_its_cases(tmp_path: Path) -> None:
    text = PLAIN.replace("hubei-inpatient-2025", "hainan-period-2")
    (case,) = load(tmp_path, text)
    (cover,) = case.case["covers"]
    assert (cover["from"], cover["until"], cover["joined_on"]) == ("2017-03-01", "2020-03-01", "2016-03-01")


def test_what_a_case_says_goes_before_the_defaults(tmp_path: Path) -> None:
    text = """plans: [hubei-inpatient-2025, hubei-women-2025]
cases:
  - name: x
    member: {sex: M}
    covers: [{units: 2, from: 2025-05-01}, {plan: hubei-women-2025, joined_on: 2020-01-01}]
    events:
      - {started_on: 2025-06-01, amounts: {self_paid: 0.50}}
      - {event: own, ended_on: null}
    opening: []
    expect: {total: "0.35"}
"""
    (case,) = load(tmp_path, text)
    first, second = case.case["covers"]
    assert (first["plan"], first["units"], first["from"], first["until"]) == (
        "hubei-inpatient-2025",
        2,
        "2025-05-01",
        "2026-05-01",
    )
    assert (second["plan"], second["joined_on"]) == ("hubei-women-2025", "2020-01-01")
    one, two = case.case["events"]
    assert (one["ended_on"], one["settled_on"], one["amounts"]) == ("2025-06-08", "2025-06-08", {"self_paid": "0.50"})
    assert (two["event"], two["ended_on"], two["settled_on"]) == ("own", None, None)
    assert case.case["member"]["sex"] == "M"
    assert case.case["opening"] == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("total: 700.00", "total: 700.01", "total"),
        ('amount: "700.00"', 'amount: "699.00"', "e1 hubei-inpatient-2025 inpatient amount"),
        ('amount: "700.00"', "outcome: refuse", "e1 hubei-inpatient-2025 inpatient outcome"),
        ('amount: "700.00"', "reasons: [cap_reached]", "e1 hubei-inpatient-2025 inpatient reasons"),
        ('amount: "700.00"', "provisional: true", "e1 hubei-inpatient-2025 inpatient provisional"),
        ("benefit: inpatient", "benefit: death", "e1 hubei-inpatient-2025 death"),
        ("benefit: inpatient", "event: e2, benefit: inpatient", "e2 hubei-inpatient-2025 inpatient"),
        ("自付1000元", '自付1000元\n    published: "800.00"', "published"),
    ],
)
def test_a_wrong_expectation_is_found(tmp_path: Path, old: str, new: str, what: str) -> None:
    (case,) = load(tmp_path, PLAIN.replace(old, new))
    verdict = judge(case, shipped().engine)
    assert not verdict.holds
    assert [one.what for one in verdict.differences] == [what]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("plan: hubei-inpatient-2025", "plan: nowhere", 1, "计划库里没有 nowhere"),
        ("plan: hubei-inpatient-2025", "plans: [hubei-inpatient-2025, nowhere]", 1, "计划库里没有 nowhere"),
        ("plan: hubei-inpatient-2025\n", "", 1, "应写 plan 或 plans 之一"),
        ("cases:", "plans: [hubei-inpatient-2025]\ncases:", 1, "应写 plan 或 plans 之一"),
        ("    event:", "    events: []\n    event:", 3, "event 与 events 只写一个"),
        ("    event:", "    cover: {}\n    covers: []\n    event:", 3, "cover 与 covers 只写一个"),
        ("    event:", "    fits: near\n    published: 1\n    event:", 3, "fits: near 须写 why"),
        ("    event:", "    fits: false\n    why: x\n    event:", 3, "fits: false 须有 published"),
        ("    event:", "    fits: perhaps\n    event:", 4, "fits"),
        ("    event:", "    colour: red\n    event:", 4, "colour"),
        ("total: 700.00", 'total: "700"', 5, "total"),
        ("name: 自付1000元", "name: 自付1000元\n    name: 又一个", 4, "重复的键"),
    ],
)
def test_a_faulty_file_says_where_and_what(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in PLAIN
    with pytest.raises(PlanError) as caught:
        load(tmp_path, PLAIN.replace(old, new, 1))
    (fault, *_) = caught.value.faults
    assert fault.line == line
    assert words in fault.text("zh")
    assert fault.file.endswith("some.yaml")


def test_a_case_that_the_contract_refuses_is_refused(tmp_path: Path) -> None:
    (case,) = load(tmp_path, PLAIN.replace("self_paid: 1000", 'self_paid: "1000"'))
    with pytest.raises(CaseError, match="self_paid"):
        judge(case, shipped().engine)


def test_a_folder_without_cases_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"no \.yaml files of cases"):
        load_cases(tmp_path, shipped())


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot read the file"):
        load_cases(tmp_path / "gone.yaml", shipped())
