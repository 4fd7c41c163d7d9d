"""Reading plan documents: every fault of form with file, line, place and what to do; whatever is in the file, never a crash."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefit_engine.facts import parse_case
from benefit_engine.words import KINDS
from mutualaid.plans.checking import check_drafts
from mutualaid.plans.library import compile_drafts
from mutualaid.plans.reading import FAULTS_MOST, Draft, PlanError, PlanFault, dotted, read_document
from mutualaid.plans.values import shown, to_bp, to_fen
from tests.plans.documents import GOOD, change, line_of

RATE = "rate: 40%"
AMOUNT = "{amount: 500}"


def faults_of(text: str | bytes) -> list[PlanFault]:
    """The faults of form of a text; none when it can be read."""
    try:
        read_document("sample.yaml", text if isinstance(text, bytes) else text.encode())
    except PlanError as error:
        return error.faults
    return []


FORM: dict[str, tuple[tuple[str, str], str, str, str, str]] = {
    # change, where the text begins, place, words in Chinese and in English
    "missing key": (
        ("family: samples\n", ""),
        "plan: sample",
        "family",
        "请补上，如 family: my-plan",
        "missing; add it, as in family: my-plan",
    ),
    "unknown key": (
        ("    floor: 100\n", "    flor: 100\n"),
        "flor",
        "benefits[0].flor",
        "没有这个键；是否想写 floor",
        "unknown key; did you mean floor",
    ),
    "key of another part": (
        ("    floor: 100\n", "    months: 100\n"),
        "months",
        "benefits[0].months",
        "这里没有 months 这个键，它用在别处；请移到它所属的部分，或删去",
        "months is no key of this part, but of others; move or remove it",
    ),
    "key like no other": (
        ("    floor: 100\n", "    qqqq: 100\n"),
        "qqqq",
        "benefits[0].qqqq",
        "没有这个键（全部键见 mutualaid plan schema）",
        "unknown key (mutualaid plan schema lists all keys)",
    ),
    "word that isn't allowed": (
        ("status: published", "status: draft"),
        "status: draft",
        "status",
        '应为 published、illustrative 之一，得到 "draft"；请改正',
        'expected published or illustrative, found "draft"; correct it',
    ),
    "number that isn't allowed": (
        ("hospital_level: [2, 3]", "hospital_level: [2, 4]"),
        "- {when: {hospital_level",
        "benefits[0].requires[0].when.hospital_level[1]",
        "应为 1、2、3 之一，得到 4",
        "expected 1, 2 or 3, found 4",
    ),
    "word or date": (
        ("of: start", "of: 2025-02-30"),
        "- {what: filing",
        "limits[0].of",
        '（或：应为日期 YYYY-MM-DD（须存在，不加引号），得到 "2025-02-30"；请改正）',
        '(or: expected a date YYYY-MM-DD (one that exists, without quotes), found "2025-02-30"; correct it)',
    ),
    "mapping for a word": (
        ("of: start", "of: {a: 1}"),
        "- {what: filing",
        "limits[0].of",
        "应为 start、discharge、settlement、accident、cover_end 之一，得到 {a: …}",
        "expected start, discharge, settlement, accident or cover_end, found {a: …}",
    ),
    "day that doesn't exist": (
        ("first_on: 2025-01-01", "first_on: 2025-02-29"),
        "first_on",
        "term.first_on",
        '应为日期 YYYY-MM-DD（须存在，不加引号），得到 "2025-02-29"',
        'expected a date YYYY-MM-DD (one that exists, without quotes), found "2025-02-29"',
    ),
    "number for text": (
        ("plan: sample", "plan: 2025"),
        "plan: 2025",
        "plan",
        "应为文字（数字请加引号），得到 2025",
        "expected text (quote numbers), found 2025",
    ),
    "bad id": (
        ("plan: sample", "plan: Sample Plan"),
        "plan: Sample",
        "plan",
        "应为小写字母和数字组成的编号",
        "expected an id of lower-case letters and digits",
    ),
    "bad day of the year": (
        ("on: 01-01", "on: 1-1"),
        "on: 1-1",
        "term.on",
        '应为月日 MM-DD，得到 "1-1"',
        'expected a month and day MM-DD, found "1-1"',
    ),
    "no text": (
        ("organiser: 示例总工会", "organiser:"),
        "organiser",
        "organiser",
        "应为文字，或 {zh: …, en: …}；得到 null",
        "expected text, or {zh: …, en: …}, found null",
    ),
    "English only": (
        ("name: {zh: 示例计划, en: Sample plan}", "name: {en: Sample plan}"),
        "name: {en",
        "name.zh",
        "缺少这一项，请补上，如 zh: 住院补助",
        "missing; add it, as in zh: 住院补助",
    ),
    "empty text": (
        ("organiser: 示例总工会", 'organiser: ""'),
        "organiser",
        "organiser",
        "应为至少 1 个字",
        "expected at least 1 characters",
    ),
    "text too long": (
        ("organiser: 示例总工会", "organiser: " + "会" * 2001),
        "organiser",
        "organiser",
        "应为至多 2000 个字",
        "expected at most 2000 characters",
    ),
    "word for a number": (
        ("years: 1\n", "years: one\n"),
        "years: one",
        "term.years",
        '应为整数，得到 "one"',
        'expected a whole number, found "one"',
    ),
    "decimal for a whole number": (
        ("years: 1\n", "years: 1.0\n"),
        "years: 1.0",
        "term.years",
        "应为整数，得到 1.0",
        "expected a whole number, found 1.0",
    ),
    "number too small": (
        ("years: 1\n", "years: 0\n"),
        "years: 0",
        "term.years",
        "应为不小于 1 的数，得到 0",
        "expected a number of at least 1, found 0",
    ),
    "number too large": (
        ("years: 1\n", "years: 11\n"),
        "years: 11",
        "term.years",
        "应为不大于 10 的数，得到 11",
        "expected a number of at most 10, found 11",
    ),
    "yes for true": (
        ("upgrade: true", "upgrade: yes"),
        "once: {per: life, upgrade",
        "benefits[3].once.upgrade",
        '应为 true 或 false，得到 "yes"',
        'expected true or false, found "yes"',
    ),
    "mapping for a list": (
        (GOOD[GOOD.index("benefits:\n") :], "benefits: {a: 1}\n"),
        "benefits:",
        "benefits",
        "应为列表（每项以 - 开头），得到 {a: …}",
        "expected a list (items begin with -), found {a: …}",
    ),
    "list for a mapping": (
        ("units: {most: 2, source: S1}", "units: [most, 2]"),
        "units:",
        "units",
        '应为键: 值 的组合，得到 ["most", 2]',
        'expected a mapping of keys to values, found ["most", 2]',
    ),
    "empty list": (
        ("kinds: [diagnosis, inpatient]", "kinds: []"),
        "kinds: []",
        "benefits[3].kinds",
        "应为至少 1 项，得到 []",
        "expected at least 1 items, found []",
    ),
    "nine grades": (
        (", 20%, 10%]", ", 20%]"),
        "ladder",
        "benefits[4].sum.ladder",
        "应为至少 10 项",
        "expected at least 10 items",
    ),
    "amount in words": (
        (AMOUNT, "{amount: 五百}"),
        "deductible",
        "benefits[0].deductible.amount",
        '应为金额（元），如 1000 或 0.50；得到 "五百"；请改正',
        'expected yuan like 1000 or 0.50, found "五百"; correct it',
    ),
    "amount with an exponent": (
        (AMOUNT, "{amount: 1e3}"),
        "deductible",
        "benefits[0].deductible.amount",
        '得到 "1e3"',
        'found "1e3"',
    ),
    "infinite amount": (
        (AMOUNT, "{amount: .inf}"),
        "deductible",
        "benefits[0].deductible.amount",
        '得到 ".inf"',
        'found ".inf"',
    ),
    "amount that is true": (
        (AMOUNT, "{amount: true}"),
        "deductible",
        "benefits[0].deductible.amount",
        "得到 true",
        "found true",
    ),
    "amount that is a mapping": (
        (AMOUNT, "{amount: {a: 1}}"),
        "deductible",
        "benefits[0].deductible.amount",
        "得到 {a: …}",
        "found {a: …}",
    ),
    "negative amount": (
        (AMOUNT, "{amount: -500}"),
        "deductible",
        "benefits[0].deductible.amount",
        "金额应在 0 到",
        "expected 0 to",
    ),
    "amount too large": (
        (AMOUNT, "{amount: 1000000000001}"),
        "deductible",
        "benefits[0].deductible.amount",
        "金额应在 0 到 1000000000000 元之间",
        "expected 0 to 1000000000000 yuan",
    ),
    "amount of tenths of a fen": (
        (AMOUNT, "{amount: 0.005}"),
        "deductible",
        "benefits[0].deductible.amount",
        "金额最多两位小数；得到 0.005",
        "at most two decimals of a yuan, found 0.005",
    ),
    "rate as a decimal": (
        (RATE, "rate: 0.4"),
        "- {over: 0,",
        "benefits[0].rate.brackets[0].rate",
        "应为百分数，如 70% 或 12.5%（最多两位小数）；得到 0.4",
        "expected a percentage like 70% or 12.5% (at most two decimals), found 0.4",
    ),
    "rate too fine": (
        (RATE, "rate: 12.345%"),
        "- {over: 0,",
        "benefits[0].rate.brackets[0].rate",
        '得到 "12.345%"',
        'found "12.345%"',
    ),
    "rate too large": (
        (RATE, "rate: 99999%"),
        "- {over: 0,",
        "benefits[0].rate.brackets[0].rate",
        "百分数过大",
        "percentage too large",
    ),
}


@pytest.mark.parametrize(("replaced", "at", "place", "zh", "en"), FORM.values(), ids=FORM)
def test_faults_of_form(replaced: tuple[str, str], at: str, place: str, zh: str, en: str) -> None:
    text = change(GOOD, replaced)
    faults = faults_of(text)
    assert [(fault.file, fault.line, fault.place) for fault in faults] == [("sample.yaml", line_of(text, at), place)]
    assert zh in faults[0].zh
    assert en in faults[0].en


def test_all_faults_are_told_in_the_order_of_the_text() -> None:
    text = change(
        GOOD, ("status: published", "status: draft"), ("years: 1\n", "years: 0\n"), ("kinds: death", "kinds: []")
    )
    assert [fault.place for fault in faults_of(text)] == ["status", "term.years", "benefits[5].kinds"]


def test_a_fault_is_written_as_editors_read_it() -> None:
    fault = PlanFault("plans/a.yaml", 7, "benefits[0].rate", "应为百分数", "expected a percentage")
    assert fault.text() == "plans/a.yaml:7: benefits[0].rate: 应为百分数"
    assert fault.text("en") == "plans/a.yaml:7: benefits[0].rate: expected a percentage"
    assert PlanFault("a.yaml", 1, "", "空", "empty").text("en") == "a.yaml:1: empty"


def test_an_error_says_all_its_faults() -> None:
    with pytest.raises(PlanError) as caught:
        read_document("a.yaml", b"plan: a\nfamily: 1\n")
    assert str(caught.value).startswith("a.yaml:1: status: missing; add it, as in status: published\n")
    assert "a.yaml:2: family: expected text (quote numbers), found 1; correct it" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"- plan: a", b"plan", b"# nothing"])
def test_a_file_that_is_no_mapping(data: bytes) -> None:
    faults = faults_of(data)
    assert [(fault.line, fault.place) for fault in faults] == [(1, "")]
    assert faults[0].zh.startswith("应为计划文件（顶层有 plan: 与 family:），得到 ")
    assert faults[0].en.startswith("expected a plan document (with plan: and family: at the top), found ")


def test_a_fault_of_the_text_is_a_fault_of_the_plan() -> None:
    faults = faults_of(change(GOOD, ("units: {most: 2, source: S1}", "units: {most: 2, source: S1")))
    assert len(faults) == 1
    assert faults[0].line == line_of(GOOD, "units:")
    assert faults[0].zh.startswith("YAML 语法错误：")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, zh, en in (
        (
            tmp_path / "gone.yaml",
            "没有这个文件；请检查文件名和所在文件夹",
            "there is none of this name; check the name and folder",
        ),
        (tmp_path, "这是文件夹；请给出其中的文件", "this is a folder; name a file in it"),
    ):
        with pytest.raises(PlanError) as caught:
            read_document(path)
        assert [fault.text("en") for fault in caught.value.faults] == [f"{path}:1: cannot read the file: {en}"]
        assert caught.value.faults[0].zh == f"无法读取文件：{zh}"


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(GOOD, encoding="utf-8")
    draft = read_document(path)
    assert draft.file == str(path)
    assert draft.document.plan == "sample"


def test_a_huge_file_is_refused_by_its_first_part(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.seek(10**12)  # a hole: a terabyte that takes no space
        stream.write(b"x")
    with pytest.raises(PlanError) as caught:
        read_document(path)
    assert "expected at most" in caught.value.faults[0].en


def test_thousands_of_faults_are_told_in_part_and_soon() -> None:
    faults = faults_of("\n".join(f"benefitz{i}: 1" for i in range(9000)))
    assert len(faults) == FAULTS_MOST + 1
    assert faults[-1].en.endswith("more faults; correct these first")
    assert faults[-1].zh.endswith("请先改正以上各处")


def test_dotted_paths() -> None:
    assert dotted(()) == ""
    assert dotted(("benefits", 0, "rate", "brackets", 1)) == "benefits[0].rate.brackets[1]"


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        (0, 0),
        (1000, 100_000),
        (Decimal("0.50"), 50),
        (Decimal("12.5"), 1250),
        ("1000", 100_000),
        ("0.5", 50),
        ("1.500", 150),
        (10**12, 10**14),
    ],
)
def test_yuan(value: Any, fen: int) -> None:
    assert to_fen(value) == fen


@pytest.mark.parametrize(
    "value", ["", "1,000", "-1", " 1", "1.", ".5", "１", "0." + "0" * 40 + "1", "9" * 50, 1.5, [], None, True]
)
def test_what_is_no_yuan(value: Any) -> None:
    with pytest.raises(ValueError, match=r"expected yuan like 1000 or 0\.50"):
        to_fen(value)


@pytest.mark.parametrize(
    ("value", "bp"), [("0%", 0), ("70%", 7000), ("12.5%", 1250), ("0.05%", 5), ("33.33%", 3333), ("100%", 10_000)]
)
def test_percentages(value: str, bp: int) -> None:
    assert to_bp(value) == bp


@pytest.mark.parametrize("value", ["70", "70 %", "-5%", "%", "1e1%", "７０%", 70, Decimal("0.7"), None, []])
def test_what_is_no_percentage(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a percentage"):
        to_bp(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a" * 100, '"' + "a" * 56 + "…"),
        ([1, "a", None, True, 5], '[1, "a", null, …]'),
        ({"a": 1, "b": {}}, "{a: …, b: …}"),
        (False, "false"),
        (Decimal("0.50"), "0.50"),
        (datetime.date(2025, 1, 2), "2025-01-02"),
    ],
)
def test_found_values_in_messages(value: Any, text: str) -> None:
    assert shown(value) == text


# -- whatever is in the file ------------------------------------------------------------------------------------------

SCALARS = sorted(
    {
        word.strip()
        for part in GOOD.replace("{", ",").replace("}", ",").replace("[", ",").replace("]", ",").split("\n")
        for piece in part.split(",")
        for word in [piece.split(":")[-1]]
        if len(word.strip()) > 1
    }
)
WRONG = [
    *(
        "null",
        "true",
        "-1",
        "0",
        "1",
        "999999999999999",
        "9" * 40,
        "0.5",
        "1e9",
        ".nan",
        "70%",
        "0%",
        "9999%",
        "2025-01-01",
        "02-30",
    ),
    *(
        "[]",
        "{}",
        "[a, b]",
        "{a: 1}",
        "[1, 2, 3]",
        '""',
        "'x'",
        "text",
        "甲",
        "x" * 3000,
        "[" * 25 + "]" * 25,
        "{a: " * 12 + "1" + "}" * 12,
    ),
    *(
        "inpatient",
        "sample",
        "life",
        "disease",
        "cancers",
        "S1",
        "self_paid",
        "remaining",
        "total",
        "F",
        "[F, M]",
        "C97-C00",
        "C00-C97",
    ),
]


def drop_line(text: str, place: int, _: Any) -> str:
    lines = text.split("\n")
    del lines[place % len(lines)]
    return "\n".join(lines)


def repeat_line(text: str, place: int, other: int) -> str:
    lines = text.split("\n")
    lines.insert(other % len(lines), lines[place % len(lines)])
    return "\n".join(lines)


def indent_line(text: str, place: int, other: int) -> str:
    lines = text.split("\n")
    lines[place % len(lines)] = " " * (other % 8) + lines[place % len(lines)].lstrip()
    return "\n".join(lines)


def replace_value(text: str, place: int, other: int) -> str:
    return text.replace(SCALARS[place % len(SCALARS)], WRONG[other % len(WRONG)], 1 + other % 3)


def flip_character(text: str, place: int, other: int) -> str:
    at = place % len(text)
    return text[:at] + "\x00\t\n :-[]{}&*!\"'%#0甲"[other % 19] + text[at + 1 :]


def move_block(text: str, place: int, other: int) -> str:
    lines = text.split("\n")
    start, length = place % len(lines), other % 9
    block = lines[start : start + length]
    del lines[start : start + length]
    at = (place * 7 + other) % (len(lines) + 1)
    return "\n".join([*lines[:at], *block, *lines[at:]])


CHANGES = [drop_line, repeat_line, indent_line, replace_value, replace_value, replace_value, flip_character, move_block]
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=4
)


def some_case(plan: str, *, known: bool) -> dict[str, Any]:
    """A year of events of all kinds, with every fact or with hardly any."""
    events: list[dict[str, Any]] = []
    for month, kind in enumerate(("inpatient", *KINDS, "inpatient"), start=1):
        event = {"event": f"e{month}", "kind": kind, "started_on": f"2025-{month:02}-03"}
        facts = {
            "ended_on": f"2025-{month:02}-15",
            "filed_on": f"2025-{month:02}-20",
            "accident_on": f"2025-{month:02}-01",
            "hospital_level": 3,
            "severity": "severe",
            "disability_grade": 3,
            "accident": True,
            "rest_days": 5,
            "diagnoses": ["C50.9"],
            "operations": ["33.5"],
            "amounts": {"self_paid": "30000.00", "copay": "9000.00"},
        }
        events.append(event | facts if known else event)
    cover: dict[str, Any] = {"plan": plan, "from": "2025-01-01", "until": "2026-01-01"}
    if not known:
        return {"case": "c", "member": {}, "covers": [cover], "events": events}
    member = {"birth_date": "1985-01-01", "sex": "F", "employment": "in_service"}
    cover |= {"units": 2, "option": "a", "consecutive_periods": 2, "joined_on": "2020-01-01"}
    return {"case": "c", "member": member, "covers": [cover], "events": events}


def only_plan_faults(text: str) -> None:
    """A text is read, checked, compiled and decides, or is refused with faults that have a line; nothing else happens."""
    drafts: list[Draft] = []
    faults: list[PlanFault] = []
    try:
        drafts = [read_document("sample.yaml", text.encode())]
        faults = check_drafts(drafts)
    except PlanError as error:
        faults = error.faults
        assert faults
    if drafts and not faults:
        engine = compile_drafts(drafts).engine
        for known in (True, False):
            case = parse_case(some_case(drafts[0].document.plan, known=known), engine.knows)
            assert engine.decide(case).total >= 0
    for fault in faults:
        assert fault.file == "sample.yaml"
        assert 1 <= fault.line <= text.count("\n") + 1
        assert fault.zh
        assert fault.en
        assert "\n" not in fault.text("zh") + fault.text("en")


@settings(max_examples=400)
@given(MUTATIONS)
def test_a_changed_document_is_read_or_refused(changes: list[tuple[Any, int, int]]) -> None:
    text = GOOD
    for function, place, other in changes:
        text = function(text, place, other)
    only_plan_faults(text)


@pytest.mark.slow
@settings(max_examples=5000)
@given(st.sampled_from(sorted((Path(__file__).parents[2] / "plans").glob("*.yaml"))), MUTATIONS)
def test_a_changed_shipped_document_is_read_or_refused(path: Path, changes: list[tuple[Any, int, int]]) -> None:
    text = path.read_text(encoding="utf-8")
    for function, place, other in changes:
        text = function(text, place, other)
    only_plan_faults(text)
