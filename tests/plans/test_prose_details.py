"""Plan show: sentences that a member could misread, each on one small plan."""

from __future__ import annotations

from mutualaid.plans.checking import check_drafts
from mutualaid.plans.library import compile_drafts
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.prose.model import texts
from mutualaid.plans.reading import read_document

PLAN = """
plan: details
family: details
status: illustrative
name: 示例计划
organiser: 示例总工会
term: {years: 1, begins: fixed, on: "01-01", clause: 一}
exclusions:
  - {when: {circumstances: [drunk_driving]}, name: 酒后驾驶, assumed: 借用}
benefits:
  - benefit: inpatient
    name: 住院补助
    kinds: [inpatient]
    clause: 二
    base: {of: [self_paid], name: 个人自付}
    rate:
      tables:
        - {when: {operations: ["68.4"], any_of: [{operations: ["65.5"]}]}, rate: 60%}
        - {rate: 50%}
      tenure_bonus: {rate: 1%, after: 1, most: 5%}
  - benefit: outpatient
    name: 门诊年终结算
    kinds: [年终结算]
    clause: 三
    base: {of: [self_paid], name: 全年门诊自付, collects: [outpatient]}
    deductible: {amount: 3000, threshold: true}
    rate: 20%
  - benefit: relief
    name: 慰问
    kinds: [inpatient]
    clause: 四
    base: {of: remaining, name: 剩余负担}
    rate: 10%
"""


def shown(lang: str) -> str:
    """All sentences of the plan."""
    draft = read_document("details.yaml", PLAN.encode())
    assert check_drafts([draft]) == []
    return "\n".join(texts(plan_prose(draft.document, lang, compile_drafts([draft]))))


def test_a_bonus_is_told_in_percentage_points() -> None:
    assert "比例提高1个百分点，最多提高5个百分点" in shown("zh")
    assert "percentage points added for each term after term 1: 1, at most 5 in all" in shown("en")


def test_events_that_are_collected_are_not_told_as_uncovered() -> None:
    lines = [line for line in shown("zh").splitlines() if "没有针对这些事项的待遇" in line]
    assert lines == ["本计划没有针对这些事项的待遇：门诊慢特病、伤残、身故"]


def test_a_threshold_of_collected_events_is_of_their_sum() -> None:
    assert "汇总后达到3,000元才给付" in shown("zh")
    assert "每次达到" not in shown("zh")


def test_a_single_alternative_is_told_as_a_condition() -> None:
    assert "属于68.4，且手术编码（ICD-9-CM-3）属于65.5" in shown("zh")


def test_an_assumed_exclusion_is_named_among_the_assumptions() -> None:
    assert "不予给付：酒后驾驶" in shown("zh")


def test_what_remains_says_what_was_paid_before() -> None:
    lines = shown("zh").splitlines()
    assert "此前已给付" in lines
    assert "Paid by benefits above" in shown("en").splitlines()
