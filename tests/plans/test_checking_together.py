"""Checks of documents together: ids, exclusions, combinations; and what keeps a plan from publication."""

import pytest

from mutualaid.plans.publication import why_not_publishable
from mutualaid.plans.reading import read_document
from tests.plans.documents import COMBINATION, GOOD, PART, SECOND, Wrong, assert_found, change, check

OTHER = change(SECOND, ("plan: second", "plan: third"))
AGAIN = "lists:\n  cancers: {name: 恶性肿瘤, source: S1, entries: [{name: 恶性肿瘤, diagnoses: C50}]}\n"
BENEFITS = COMBINATION[COMBINATION.index("benefits:") : COMBINATION.index("shared_caps:")]

TOGETHER = {
    "part that isn't loaded": Wrong(
        [("[first, second]", "[first, secand]")],
        "combines:",
        "combines[1]",
        "应为已载入的计划编号；得到 secand；是否想写 second？请一并载入那个计划的文件",
        "expected the id of a plan that is loaded, found secand; did you mean second? load that plan's file too",
    ),
    "combination of a combination": Wrong(
        [("[first, second]", "[first, bundle]")],
        "combines:",
        "combines[1]",
        "bundle 本身是组合",
        "bundle is a combination itself",
    ),
    "shared cap over a plan outside": Wrong(
        [("{amount: 30000, per", "{plans: [first, third], amount: 29999, per")],
        "- {plans: [first, third]",
        "shared_caps[0].plans[1]",
        "应为 combines 中的计划（first、second）；得到 third",
        "expected a plan of combines (first, second), found third",
    ),
    "shared cap over a benefit that no part has": Wrong(
        [("{amount: 30000, per", "{benefits: [inpatient, surgery], amount: 30000, per")],
        "- {benefits: [inpatient, surgery]",
        "shared_caps[0].benefits[1]",
        "应为所组合计划的待遇编号（inpatient、death、relief）；得到 surgery",
        "expected a benefit of the combined plans (inpatient, death, relief), found surgery",
    ),
    "shared cap that not every event has": Wrong(
        [("{amount: 30000, per", "{amount: [{when: {hospital_level: [1, 2]}, value: 30000}], per")],
        "- {amount: [{when",
        "shared_caps[0].amount",
        "hospital_level 为 3 时没有对应的行",
        "no row is for hospital_level 3",
    ),
    "part of the combination's own family": Wrong(
        [("family: bundles", "family: firsts")],
        "combines:",
        "combines[0]",
        "first 与 bundle 不能同时享受",
        "first and bundle cannot be held together",
    ),
    "waiting time without benefits": Wrong(
        [(BENEFITS, "waiting: {days: 30, source: S1}\n")],
        "waiting:",
        "waiting",
        "waiting 只用于组合自己的待遇；这个组合没有 benefits",
        "waiting applies to the combination's own benefits; it has none",
    ),
}


@pytest.mark.parametrize("wrong", TOGETHER.values(), ids=TOGETHER)
def test_combinations(wrong: Wrong) -> None:
    assert_found(wrong, COMBINATION, PART, SECOND)


def test_parts_that_exclude_each_other() -> None:
    excluding = PART.replace("units:", "excludes: {plans: [seconds], source: S1}\nunits:")
    faults = check(COMBINATION, excluding, SECOND)
    assert [(fault.file, fault.line, fault.place) for fault in faults] == [("bundle.yaml", 19, "combines[1]")]
    assert "second 与 first 不能同时享受（同一系列或互相排除）" in faults[0].zh
    assert "second and first cannot be held together" in faults[0].en


def test_two_parts_of_one_family() -> None:
    faults = check(COMBINATION, PART, SECOND.replace("family: seconds", "family: firsts"))
    assert [fault.place for fault in faults] == ["combines[1]"]


def test_one_plan_in_two_files() -> None:
    faults = check(PART, change(PART, ("name: 单项计划", "name: 另一计划")), files=("first.yaml", "copy/first.yml"))
    assert [(fault.file, fault.line, fault.place) for fault in faults] == [("copy/first.yml", 1, "plan")]
    assert "first 已用于 first.yaml" in faults[0].zh
    assert "first is used in first.yaml" in faults[0].en


def test_a_file_may_have_any_name() -> None:
    assert check(PART, files=("drafts/of tuesday.yml",)) == []


@pytest.mark.parametrize("name", ["second", "seconds"])
def test_exclusion_of_a_loaded_plan(name: str) -> None:
    excluding = change(PART, ("units:", f"excludes: {{plans: [{name}], source: S1}}\nunits:"))
    assert check(excluding, SECOND) == []
    faults = check(excluding)
    assert [(fault.line, fault.place) for fault in faults] == [(9, "excludes.plans[0]")]
    assert f"得到 {name}；请一并载入那个计划的文件" in faults[0].zh
    assert "load that plan's file too" in faults[0].en


@pytest.mark.parametrize("name", ["first", "firsts"])
def test_exclusion_of_itself(name: str) -> None:
    faults = check(change(PART, ("units:", f"excludes: {{plans: {name}, source: S1}}\nunits:")))
    assert [(fault.line, fault.place) for fault in faults] == [(9, "excludes.plans")]
    assert f"计划不能排除自己；得到 {name}" in faults[0].zh
    assert f"a plan cannot exclude itself, found {name}" in faults[0].en


def test_combination_of_an_illustrative_part() -> None:
    part = change(
        PART,
        ("status: published", "status: illustrative"),
        ("    sum: {amount: 10000}", "    sum: {amount: 10000, assumed: 没有公布}"),
    )
    faults = check(COMBINATION, part, SECOND)
    assert [(fault.file, fault.line, fault.place) for fault in faults] == [("bundle.yaml", 3, "status")]
    assert "组合了示例计划 first，status 应为 illustrative" in faults[0].zh
    assert "expected status illustrative, as the combined plan first is" in faults[0].en
    assert check(change(COMBINATION, ("status: published", "status: illustrative")), part, SECOND) == []


# -- publication ------------------------------------------------------------------------------------------------------


def test_a_published_plan_with_a_price_can_be_published() -> None:
    assert why_not_publishable(read_document("sample.yaml", GOOD.encode()).document) == []


def test_why_an_illustrative_plan_cannot() -> None:
    text = change(
        PART,
        ("status: published", "status: illustrative"),
        ("    sum: {amount: 10000}", "    sum: {amount: [{value: 10000, assumed: 金额未公布}]}"),
        ("units: {most: 1, source: S1}", "units: {most: 1, assumed: 份数未公布}"),
    )
    reasons = why_not_publishable(read_document("first.yaml", text.encode()).document)
    assert [reason.place for reason in reasons] == ["status", "price", "units", "benefits[1].sum.amount[0]"]
    assert reasons[1].text() == "price: 没有互助费标准；会员须知道交多少，请写 price"
    assert reasons[1].text("en") == "price: there is no price; members must know what they pay, write price"
    assert "金额未公布" in reasons[3].zh
    assert "金额未公布" in reasons[3].en
