"""What changed between two documents, in words: every rule, and nothing but rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mutualaid.plans import document as d
from mutualaid.plans.prose import changes as rules
from mutualaid.plans.prose.changes import Change, changed_rules
from mutualaid.plans.prose.wording import Lang
from mutualaid.plans.reading import read_document
from tests.datacentre.small_year import PLAN_FILE
from tests.plans import everything
from tests.plans.test_prose import CHOICES, changed, leaves, others

CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
TEXTS = {"clause", "source", "assumed", "reading", "note", "zh", "en", "name", "summary", "organiser", "sources"}
TEXTS |= {"vocabulary", "plan", "family", "status", "told"}
"""Keys that hold words and not rules."""


def edited(tmp_path: Path, *pairs: tuple[str, str]) -> list[Change]:
    """Changes from the shipped plan to one with texts replaced."""
    text = PLAN_FILE.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "b.yaml"
    file.write_text(text, encoding="utf-8")
    return changed_rules(read_document(PLAN_FILE).document, read_document(file).document, "zh")


def test_the_same_plan_has_no_changes(tmp_path: Path) -> None:
    assert edited(tmp_path) == []


def test_a_deductible(tmp_path: Path) -> None:
    assert edited(tmp_path, ("amount: 1000\n", "amount: 800\n")) == [
        Change(("住院自付补助", "免补额"), "每次先扣除1,000元", "每次先扣除800元")
    ]


def test_a_rate_of_a_bracket_and_a_bracket_that_moves(tmp_path: Path) -> None:
    rate = edited(tmp_path, ("up_to: 30000, rate: 40%", "up_to: 30000, rate: 45%"))
    assert rate == [Change(("住院自付补助", "给付比例", "10,000以上至30,000"), "40%", "45%")]
    moved = edited(tmp_path, ("up_to: 30000", "up_to: 20000"), ("over: 30000", "over: 20000"))
    assert {(one.place[-1], one.before, one.after) for one in moved} == {
        ("10,000以上至30,000", "40%", None),
        ("10,000以上至20,000", None, "40%"),
        ("30,000以上至50,000", "60%", None),
        ("20,000以上至50,000", None, "60%"),
    }


def test_the_price(tmp_path: Path) -> None:
    [change] = edited(tmp_path, ("fee: 100", "fee: 120"))
    assert change == Change(("缴费与保障期", "互助费"), "每人每个保障期100元", "每人每个保障期120元")


def test_a_cap_more_and_a_rule_for_all(tmp_path: Path) -> None:
    found = edited(
        tmp_path,
        ("units:\n  most: 1\n", "waiting: {days: 30, source: S1}\nunits:\n  most: 1\n"),
        ("  - benefit: disability\n", "      - {amount: 900, per: period, source: S1}\n  - benefit: disability\n"),
    )
    assert [(one.place, one.before is None) for one in found] == [
        (("各项待遇通用的规定", "等待期"), True),
        (("住院津贴", "限额"), True),
    ]
    assert found[1].after == "每个保障期最高900元"


def test_a_benefit_that_is_gone_and_one_that_is_new(tmp_path: Path) -> None:
    text = PLAN_FILE.read_text(encoding="utf-8")
    (tmp_path / "less.yaml").write_text(text[: text.index("  - benefit: death")], encoding="utf-8")
    less, whole = (read_document(file).document for file in (tmp_path / "less.yaml", PLAN_FILE))
    [gone] = changed_rules(whole, less, "zh")
    assert gone.place == ("身故抚恤金",)
    assert gone.before is not None
    assert "1万元" in gone.before
    assert gone.after is None
    assert changed_rules(less, whole, "zh") == [Change(gone.place, None, gone.before)]


def test_another_name_of_a_benefit_is_told_under_the_new_name(tmp_path: Path) -> None:
    [change] = edited(tmp_path, ("zh: 住院津贴", "zh: 住院补贴"))
    assert change == Change(("住院补贴", "名称"), "住院津贴", "住院补贴")


def test_notes_and_sources_are_no_rules(tmp_path: Path) -> None:
    assert edited(tmp_path, ("公布的文字没有等待期", "文字没有等待期"), ("读作每次住院扣一次", "每次扣")) == []


def test_an_entry_of_a_list_of_diseases() -> None:
    content = everything.raw(everything.PLAN)
    name = next(iter(content["lists"]))
    before = d.Document.model_validate(content)
    content["lists"][name]["entries"].append({"name": {"zh": "新病", "en": "new disease"}, "diagnoses": ["Z99"]})
    [change] = changed_rules(before, d.Document.model_validate(content), "en")
    assert (change.place[-1], change.before, change.after) == ("new disease", None, "diagnosis (ICD-10) Z99")


@pytest.fixture(scope="module")
def one_value_changed() -> tuple[d.Document, list[tuple[str, d.Document]]]:
    """A plan that says everything, and for each of its values that is a rule the plan with another value there."""
    content = everything.raw(everything.PLAN)
    found = []
    for path, value in leaves(content):
        if TEXTS & {key for key in path if isinstance(key, str)} - {"plan"} or path[0] == "plan" or value == "china":
            continue
        for other in (*others(value), *(word for word in CHOICES if word != value)):
            document = changed(content, path, other)
            if document is not None:
                found.append((f"{path}: {value!r} -> {other!r}", document))
                break
    return d.Document.model_validate(content), found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_value_that_is_a_rule_is_found_when_it_changes(
    one_value_changed: tuple[d.Document, list[tuple[str, d.Document]]], lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, documents = one_value_changed
    tell, told = rules._parts, rules._parts(whole, lang)
    monkeypatch.setattr(rules, "_parts", lambda one, lang: told if one is whole else tell(one, lang))  # tell it once
    for what, document in documents:
        changes = changed_rules(whole, document, lang)
        assert changes, f"{what} is not told"
        for one in changes:
            assert lang == "zh" or not CJK.search(f"{one.place}{one.before}{one.after}".replace("⑨", "")), one
    assert len(documents) > 100
