"""The values that are changed most: found in every shipped document, written back without touching anything else."""

from __future__ import annotations

import re

import pytest

from mutualaid.plans.common_values import CommonValue, ValuesRefused, common_values, with_values
from mutualaid.plans.scalars import quoted, rewritten, scalars_of
from mutualaid.plans.shipped import LibraryDocument, library_document, library_documents
from mutualaid.plans.texts import read_text
from mutualaid.plans.yaml_reader import read_yaml

INPATIENT = library_document(plan="demo-inpatient-2026")
assert INPATIENT is not None
TEXT = INPATIENT.text
OTHER = {
    "money": "123.4",
    "percent": "12.5",
    "number": "7",
    "date": "2031-02-03",
    "month_day": "02-03",
    "id": "another-2031",
    "text": '另一个：名称 "甲" # 乙',
}


def by_place(text: str) -> dict[str, CommonValue]:
    return {value.place: value for value in common_values(text)}


@pytest.mark.parametrize("shipped", library_documents(), ids=lambda one: one.document.plan)
def test_every_place_of_every_document_holds_its_value(shipped: LibraryDocument) -> None:
    text = shipped.text
    assert [value.value for value in common_values(text)]
    for path, scalar in scalars_of(text).items():
        if not scalar.block and not scalar.quoted:
            value = read_yaml(text.encode()).line(path)
            assert text.count("\n", 0, scalar.start) + 1 >= value
            assert text[scalar.start : scalar.end].strip() == text[scalar.start : scalar.end]


@pytest.mark.parametrize("shipped", library_documents(), ids=lambda one: one.document.plan)
def test_only_what_was_changed_is_changed(shipped: LibraryDocument) -> None:
    text = shipped.text
    before = by_place(text)
    assert with_values(text, {place: value.value for place, value in before.items()}) == text
    changed = with_values(text, {place: OTHER[value.kind] for place, value in before.items()})
    after = read_yaml(changed.encode())
    assert re.findall(r"(?m)^\s*#.*$", changed) == re.findall(r"(?m)^\s*#.*$", text)
    assert changed.count("\n") <= text.count("\n")
    old, new = (dict(_leaves(value)) for value in (read_yaml(text.encode()).value, after.value))
    assert list(old) == list(new)
    moved = {place for place in old if old[place] != new[place]}
    overs = {place for place in moved if place.endswith(".over")}
    assert moved - overs <= set(before)
    for place, value in before.items():
        wanted = OTHER[value.kind] + ("%" if value.kind == "percent" else "")
        assert str(new[place]).rstrip("0") == wanted.rstrip("0"), place


def _leaves(value: object, place: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, f"{place}.{key}" if place else key)]
    if isinstance(value, list):
        return [leaf for i, part in enumerate(value) for leaf in _leaves(part, f"{place}[{i}]")]
    return [(place, value)]


def test_labels_say_which_one() -> None:
    found = by_place(TEXT)
    assert (found["price[0].fee"].zh, found["price[0].fee"].group[0]) == ("缴费标准", "缴费")
    second = found["benefits[0].rate.brackets[1].rate"]
    assert (second.group, second.zh) == (("住院自付补助", "Hospital costs"), "分段比例（10000 元以上至 50000 元）")
    assert found["benefits[1].days.caps[0].days"].zh == "最多天数（每次）"
    assert found["benefits[0].caps[0].amount"].en == "Cap (a period)"
    assert found["payers[0].most"].zh == "出资上限（个人）"
    assert found["benefits[2].sum.ladder[9]"].zh == "伤残给付比例（10 级）"
    rows = by_place(_text("hubei-inpatient-2025"))
    assert all(value.zh for value in rows.values())


def test_rows_are_told_by_their_conditions() -> None:
    values = by_place(TEXT.replace("per_day: 50", "per_day: [{when: {stay: {from: 2}}, value: 60}, {value: 50}]"))
    told = [values[f"benefits[1].days.per_day[{i}].value"].zh for i in (0, 1)]
    assert told[0].startswith("每天（")
    assert "2" in told[0]
    assert told[1] == "每天（其他情形）"


def _text(plan: str) -> str:
    found = library_document(plan=plan)
    assert found is not None
    return found.text


def test_values_are_written_as_the_language_has_them() -> None:
    text = with_values(
        TEXT,
        {
            "plan": "demo-inpatient-2027",
            "price[0].fee": "1,200.50",
            "benefits[0].rate.brackets[0].up_to": "20000.00",
            "benefits[0].rate.brackets[1].rate": "55%",
            "term.on": "02-01",
            "name.zh": "示范计划：甲",
        },
    )
    assert "{fee: 1200.50, clause: 第六条}" in text
    assert "- {over: 0, up_to: 20000, rate: 40%}" in text
    assert "- {over: 20000, up_to: 50000, rate: 55%}" in text
    assert 'on: "02-01"' in text
    assert "plan: demo-inpatient-2027" in text
    assert 'name: {zh: "示范计划：甲", en: ' in text
    assert text.startswith("# 虚构的计划")
    document = read_text(text).document
    assert (document.price[0].fee, document.name.zh) == (120_050, "示范计划：甲")


@pytest.mark.parametrize(
    ("place", "typed", "says"),
    [
        ("price[0].fee", "一百", "缴费标准应为元"),
        ("price[0].fee", "1.234", "缴费标准应为元"),
        ("price[0].fee", "", "缴费标准应为元"),
        ("benefits[0].rate.brackets[0].rate", "半", "应为百分比"),
        ("waiting.days", "-1", "应为整数"),
        ("term.first_on", "2026-02-30", "应为日期"),
        ("term.on", "1-1", "应为月-日"),
        ("plan", "Demo 2027", "应为小写字母"),
        ("name.zh", "  ", "应为文字"),
        ("nothing[0].fee", "1", "没有 nothing[0].fee"),
    ],
)
def test_what_is_none_of_its_kind_is_refused(place: str, typed: str, says: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        with_values(TEXT, {place: typed})
    [fault] = refused.value.faults
    assert (fault.place, says in fault.zh) == (place, True)


def test_texts_are_quoted_when_they_must_be() -> None:
    for text in (
        "甲",
        "a: b",
        "# c",
        "yes",
        "100",
        "2026-01-01",
        "{x}",
        'a "b"',
        "a\\b",
        "- x",
        "第一行\n第二行",
        " x",
    ):
        source = f"a: {{b: {quoted(text)}, c: 1}}\n"
        assert read_yaml(source.encode()).value == {"a": {"b": text, "c": 1}}


def test_a_path_without_a_value() -> None:
    with pytest.raises(KeyError):
        rewritten("a: 1\n", {("b",): "2"})
