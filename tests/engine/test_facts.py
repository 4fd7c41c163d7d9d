"""Reading cases: every kind of bad field, with its place and words in both languages."""

import copy
import datetime
import math
from typing import Any

import pytest

from benefit_engine.fact_reader import FAULTS_MOST, ITEMS_MOST, CaseError, normal_code
from benefit_engine.facts import Case, parse_case

GOOD: dict[str, Any] = {
    "case": "c-1",
    "x_note": "own fields begin with x_",
    "member": {
        "birth_date": "1985-04-02",
        "sex": "F",
        "employment": "in_service",
        "basic_insurance": "employee",
        "groups": ["hardship"],
        "relation": "self",
    },
    "covers": [
        {
            "plan": "p",
            "units": 2,
            "from": "2025-01-01",
            "until": "2026-01-01",
            "joined_on": "2024-01-01",
            "consecutive_periods": 2,
            "option": "a",
            "risk_class": "high",
            "combination": "p",
        }
    ],
    "events": [
        {
            "event": "e1",
            "kind": "inpatient",
            "started_on": "2025-03-01",
            "ended_on": "2025-03-08",
            "settled_on": "2025-03-08",
            "filed_on": "2025-03-20",
            "reported_on": "2025-03-02",
            "hospital_level": 3,
            "diagnoses": ["C50.900"],
            "operations": ["68.4"],
            "severity": "mild",
            "accident": False,
            "accident_on": "2025-02-28",
            "cause": "e0",
            "first_diagnosed_on": "2025-02-01",
            "disability_grade": 10,
            "rest_days": 0,
            "circumstances": ["drunk_driving"],
            "settled_by_insurance": True,
            "amounts": {"total": "52000.00", "self_paid": "0.05", "x_registration": "12.00"},
        },
        {"event": "e2", "kind": "outpatient", "started_on": "2025-04-01", "amounts": {"total": "10.00"}},
    ],
    "opening": [{"family": "f", "counter": "inpatient.paid", "key": "life", "amount": "1.00", "last_on": "2024-05-01"}],
    "paid": [{"event": "e1", "plan": "p", "benefit": "inpatient", "amount": "-5.00"}],
}
DELETE = object()


def changed(**changes: Any) -> dict[str, Any]:
    """The good case with values put at places like ``events__0__kind``."""
    case = copy.deepcopy(GOOD)
    for place, value in changes.items():
        *path, last = [int(part) if part.isdigit() else part for part in place.split("__")]
        inside: Any = case
        for part in path:
            inside = inside[part]
        if value is DELETE:
            del inside[last]
        elif isinstance(inside, list) and last == len(inside):
            inside.append(value)
        else:
            inside[last] = value
    return case


def parse(data: object) -> Case:
    """Parse with one plan loaded, which names no kinds of its own."""
    return parse_case(data, lambda plan: plan == "p", lambda kind: False)


def faults_of(data: object) -> list[tuple[str, str, str]]:
    """Place and words of every fault."""
    with pytest.raises(CaseError) as caught:
        parse(data)
    return [(fault.path, fault.zh, fault.en) for fault in caught.value.faults]


def test_a_good_case() -> None:
    case = parse(GOOD)
    assert case.id == "c-1"
    assert case.member.birth_date == datetime.date(1985, 4, 2)
    assert case.covers[0].start == datetime.date(2025, 1, 1)
    assert case.covers[0].joined == datetime.date(2024, 1, 1)
    event = case.events[0]
    assert event.diagnoses == ("C50900",)
    assert event.operations == ("684",)
    assert event.amounts == {"total": 5_200_000, "self_paid": 5, "x_registration": 1200}
    assert case.opening[0].amount == 100
    assert case.paid == {("e1", "p", "inpatient"): -500}


def test_what_is_absent_is_unknown() -> None:
    case = parse(
        {
            "case": "c",
            "member": {},
            "covers": [],
            "events": [{"event": "e", "kind": "death", "started_on": "2025-01-01"}],
        }
    )
    event = case.events[0]
    assert (case.member.birth_date, case.member.sex, case.member.relation) == (None, None, "self")
    assert (event.ended_on, event.diagnoses, event.accident, event.settled_by_insurance) == (None, None, None, None)
    assert (event.circumstances, event.amounts, case.paid) == ((), {}, None)


def test_null_is_unknown() -> None:
    nulls = dict.fromkeys(set(GOOD["events"][0]) - {"event", "kind", "started_on"})
    assert parse(changed(events__0={**GOOD["events"][0], **nulls})).events[0].amounts == {}
    assert parse(changed(member=dict.fromkeys(GOOD["member"]), paid=None, opening=None)).paid is None


BAD: dict[str, tuple[dict[str, Any], str, str, str]] = {
    # changes, place, words in Chinese and in English
    "unknown field": ({"coverage": 1}, "coverage", "没有这个字段，请删去或改正", "unknown field; remove"),
    "unknown field like a known one": (
        {"member__birthdate": "1985-04-02"},
        "member.birthdate",
        "是否想写 birth_date",
        "did you mean birth_date",
    ),
    "unknown field of a cover": ({"covers__0__unit": 1}, "covers[0].unit", "是否想写 units", "did you mean units"),
    "unknown field of an event": (
        {"events__1__started": "2025-01-01"},
        "events[1].started",
        "自定义字段请以 x_ 开头",
        "own fields begin with x_",
    ),
    "unknown amount": (
        {"events__0__amounts__selfpaid": "1.00"},
        "events[0].amounts.selfpaid",
        "是否想写 self_paid",
        "did you mean self_paid",
    ),
    "unknown field of an opening": ({"opening__0__per": "life"}, "opening[0].per", "没有这个字段", "unknown field"),
    "unknown field of a payment": ({"paid__0__on": "2025-01-01"}, "paid[0].on", "没有这个字段", "unknown field"),
    "no id": (
        {"case": DELETE},
        "case",
        "缺少这一项，应为非空文字（至多 200 字），请补上",
        "missing; expected non-empty text (at most 200 characters); add it",
    ),
    "empty id": ({"case": "  "}, "case", '得到 "  "', 'found "  "'),
    "long id": ({"case": "x" * 201}, "case", "应为非空文字", "expected non-empty text"),
    "id that is a number": ({"case": 5}, "case", "得到 5", "found 5"),
    "id with a line break": ({"case": "a\nb"}, "case", "应为非空文字", "expected non-empty text"),
    "id with a lone surrogate": ({"case": "a\ud800"}, "case", '得到 "a\ufffd"', 'found "a\ufffd"'),
    "surrogate in a field's name": ({"\udfff": 1}, "\ufffd", "没有这个字段", "unknown field"),
    "member that is a list": (
        {"member": []},
        "member",
        "应为对象 {…}，得到 列表（0 项），请改正",
        "expected an object {…}, found a list of 0; correct it",
    ),
    "no member": (
        {"member": DELETE},
        "member",
        "缺少这一项，应为对象 {…}，请补上",
        "missing; expected an object {…}; add it",
    ),
    "no covers": (
        {"covers": DELETE},
        "covers",
        "缺少这一项，应为列表 […]（没有内容写 []），请补上",
        "missing; expected a list […] ([] when there",
    ),
    "covers that are none": ({"covers": None}, "covers", "应为列表 […]，得到 null", "expected a list […], found null"),
    "events as an object": (
        {"events": {}},
        "events",
        "应为列表 […]，得到 对象（0 项），请改正",
        "expected a list […], found an object of 0; correct it",
    ),
    "event that is text": (
        {"events__1": "e2"},
        "events[1]",
        '应为对象 {…}，得到 "e2"',
        'expected an object {…}, found "e2"',
    ),
    "too many covers": (
        {"covers": [{}] * (ITEMS_MOST + 1)},
        "covers",
        f"最多 {ITEMS_MOST} 项",
        f"at most {ITEMS_MOST} items",
    ),
    "unknown sex": (
        {"member__sex": "X"},
        "member.sex",
        '应为 F / M 之一或 null，得到 "X"',
        'expected one of F / M, or null, found "X"',
    ),
    "sex that is a list": ({"member__sex": ["F"]}, "member.sex", "得到 列表（1 项）", "found a list of 1"),
    "unknown employment": (
        {"member__employment": "working"},
        "member.employment",
        "应为 in_service / retired / flexible / gig 之一",
        "expected one of in_service / retired / flexible / gig",
    ),
    "unknown insurance": (
        {"member__basic_insurance": "civil"},
        "member.basic_insurance",
        "应为 employee / resident / none 之一",
        "expected one of employee / resident / none",
    ),
    "unknown relation": (
        {"member__relation": "cousin"},
        "member.relation",
        "应为 self / child / spouse 之一",
        "expected one of self / child / spouse",
    ),
    "group that is no list": (
        {"member__groups": "hardship"},
        "member.groups",
        "应为文字列表",
        "expected a list of words",
    ),
    "group that is a number": (
        {"member__groups": ["hardship", 1]},
        "member.groups",
        "应为文字列表",
        "expected a list of words",
    ),
    "empty group": ({"member__groups": [""]}, "member.groups", "应为文字列表", "expected a list of words"),
    "birth that isn't a date": (
        {"member__birth_date": 1985},
        "member.birth_date",
        "应为日期 YYYY-MM-DD，如 2025-03-01，得到 1985，请改正",
        "expected a date YYYY-MM-DD like 2025-03-01, found 1985; correct it",
    ),
    "unknown plan": (
        {"covers__0__plan": "q"},
        "covers[0].plan",
        "没有载入计划 q，请在 --plans 中给出它的文件，或改正编号",
        "plan q was not loaded; name its file in --plans, or correct the id",
    ),
    "unknown combination": (
        {"covers__0__combination": "q"},
        "covers[0].combination",
        "没有载入计划 q",
        "plan q was not loaded",
    ),
    "unknown plan of a payment": ({"paid__0__plan": "q"}, "paid[0].plan", "没有载入计划 q", "plan q was not loaded"),
    "cover without a beginning": (
        {"covers__0__from": DELETE},
        "covers[0].from",
        "缺少这一项，应为日期 YYYY-MM-DD，如 2025-03-01，请补上",
        "missing; expected a date YYYY-MM-DD like 2025-03-01; add it",
    ),
    "cover without an end": (
        {"covers__0__until": None},
        "covers[0].until",
        "应为日期 YYYY-MM-DD，如 2025-03-01，得到 null，请改正",
        "expected a date YYYY-MM-DD like 2025-03-01, found null; correct it",
    ),
    "cover that ends before it begins": (
        {"covers__0__until": "2025-01-01"},
        "covers[0].until",
        "应晚于 from 2025-01-01（until 当日不含），得到 2025-01-01",
        "expected a date after from 2025-01-01 (until is exclusive), found 2025-01-01",
    ),
    "no units": (
        {"covers__0__units": 0},
        "covers[0].units",
        "应为 1 到 10000 的整数，得到 0",
        "expected a whole number from 1 to 10000, found 0",
    ),
    "units that are true": ({"covers__0__units": True}, "covers[0].units", "得到 true", "found true"),
    "units with a point": ({"covers__0__units": 1.0}, "covers[0].units", "得到 小数 1.0", "found the decimal 1.0"),
    "units beyond counting": ({"covers__0__units": 10**5000}, "covers[0].units", "很大的整数", "a huge number"),
    "no period": (
        {"covers__0__consecutive_periods": 0},
        "covers[0].consecutive_periods",
        "应为 1 到 1000 的整数",
        "expected a whole number from 1 to 1000",
    ),
    "option that is a number": (
        {"covers__0__option": 26},
        "covers[0].option",
        "应为非空文字",
        "expected non-empty text",
    ),
    "event without an id": (
        {"events__1__event": DELETE},
        "events[1].event",
        "缺少这一项，应为非空文字",
        "missing; expected",
    ),
    "event without a kind": ({"events__1__kind": DELETE}, "events[1].kind", "应为非空文字", "expected non-empty text"),
    "kind that no plan names": (
        {"events__1__kind": "inpatent"},
        "events[1].kind",
        "或某个已载入计划所用的词",
        "or a word that a loaded plan names",
    ),
    "event without a day": (
        {"events__1__started_on": DELETE},
        "events[1].started_on",
        "缺少这一项，应为日期 YYYY-MM-DD，如 2025-03-01，请补上",
        "missing; expected a date YYYY-MM-DD like 2025-03-01; add it",
    ),
    "day that doesn't exist": (
        {"events__1__started_on": "2025-02-29"},
        "events[1].started_on",
        '得到 "2025-02-29"',
        'found "2025-02-29"',
    ),
    "day with a time": (
        {"events__1__started_on": "2025-02-28T00:00:00"},
        "events[1].started_on",
        "应为日期",
        "expected a date",
    ),
    "day without separators": (
        {"events__1__started_on": "20250228"},
        "events[1].started_on",
        "应为日期",
        "expected a date",
    ),
    "week day": ({"events__1__started_on": "2025-W09-5"}, "events[1].started_on", "应为日期", "expected a date"),
    "day in other digits": (
        {"events__1__started_on": "２０２５-02-28"},
        "events[1].started_on",
        "应为日期",
        "expected a date",
    ),
    "year nought": ({"events__1__started_on": "0000-01-01"}, "events[1].started_on", "应为日期", "expected a date"),
    "end before the beginning": (
        {"events__0__ended_on": "2025-02-28"},
        "events[0].ended_on",
        "不应早于 started_on 2025-03-01，得到 2025-02-28",
        "expected no date before started_on 2025-03-01, found 2025-02-28",
    ),
    "filed before it happened": (
        {"events__0__filed_on": "2025-02-28"},
        "events[0].filed_on",
        "不应早于 started_on",
        "expected no date before started_on",
    ),
    "settled before it happened": (
        {"events__0__settled_on": "2025-02-28"},
        "events[0].settled_on",
        "不应早于 started_on",
        "expected no date before started_on",
    ),
    "reported before it happened": (
        {"events__0__reported_on": "2025-02-28"},
        "events[0].reported_on",
        "不应早于 started_on",
        "expected no date before started_on",
    ),
    "event before the birth": (
        {"member__birth_date": "2025-03-31", "covers": []},
        "events[0].started_on",
        "不应早于出生日期 2025-03-31，得到 2025-03-01",
        "expected no date before the birth date 2025-03-31, found 2025-03-01",
    ),
    "cover before the birth": (
        {"member__birth_date": "2025-01-02", "events": []},
        "covers[0].from",
        "不应早于出生日期 2025-01-02，得到 2025-01-01",
        "expected no date before the birth date 2025-01-02, found 2025-01-01",
    ),
    "hospital level": (
        {"events__0__hospital_level": 4},
        "events[0].hospital_level",
        "应为 1 到 3 的整数，得到 4",
        "expected a whole number from 1 to 3, found 4",
    ),
    "grade": (
        {"events__0__disability_grade": 0},
        "events[0].disability_grade",
        "应为 1 到 10 的整数",
        "expected a whole number from 1 to 10",
    ),
    "days of rest": (
        {"events__0__rest_days": -1},
        "events[0].rest_days",
        "应为 0 到 36600 的整数",
        "expected a whole number from 0 to 36600",
    ),
    "accident in words": (
        {"events__0__accident": "no"},
        "events[0].accident",
        '应为 true、false 或 null，得到 "no"',
        'expected true, false or null, found "no"',
    ),
    "accident as a number": ({"events__0__accident": 0}, "events[0].accident", "得到 0", "found 0"),
    "diagnosis as text": (
        {"events__0__diagnoses": "C50"},
        "events[0].diagnoses",
        "应为文字列表",
        "expected a list of words",
    ),
    "diagnosis that is no code": (
        {"events__0__diagnoses": ["乳腺癌"]},
        "events[0].diagnoses",
        '应为编码，如 C50.900，得到 "乳腺癌"',
        'expected codes like C50.900, found "乳腺癌"',
    ),
    "operation of dots": ({"events__0__operations": ["..."]}, "events[0].operations", "应为编码", "expected codes"),
    "severity as a number": (
        {"events__0__severity": 2},
        "events[0].severity",
        "应为非空文字",
        "expected non-empty text",
    ),
    "circumstances as an object": (
        {"events__0__circumstances": {}},
        "events[0].circumstances",
        "应为文字列表",
        "expected a list of words",
    ),
    "amounts as a list": ({"events__0__amounts": []}, "events[0].amounts", "应为对象 {…}", "expected an object {…}"),
    "negative amount": (
        {"events__0__amounts__total": "-0.01"},
        "events[0].amounts.total",
        "不为负的金额（只有 reverses 冲销事件可为负）",
        "no negative amount (only with reverses)",
    ),
    "negative amount of a replacement": (
        {"events__1__replaces": "e1", "events__1__amounts__total": "-1.00"},
        "events[1].amounts.total",
        "不为负的金额",
        "no negative amount",
    ),
    "opening without a family": (
        {"opening__0__family": DELETE},
        "opening[0].family",
        "应为非空文字",
        "expected non-empty text",
    ),
    "opening without a figure": (
        {"opening__0__amount": DELETE},
        "opening[0]",
        "计数器 inpatient.paid 应给出 amount，不写 count，得到 ",
        "and no count, found ",
    ),
    "opening with a count of money": (
        {"opening__0__count": 3},
        "opening[0]",
        "计数器 inpatient.paid 应给出 amount，不写 count，得到 ",
        "and no count, found ",
    ),
    "opening of a counter that nothing reads": (
        {"opening__0__counter": "inpatient.sum"},
        "opening[0].counter",
        "应为 <benefit>.paid",
        "expected <benefit>.paid",
    ),
    "opening with a bad key": ({"opening__0__key": 1}, "opening[0].key", "应为文字", "expected text"),
    "negative opening": ({"opening__0__amount": "-1.00"}, "opening[0].amount", "不为负的金额", "no negative amount"),
    "payment without an amount": (
        {"paid__0__amount": DELETE},
        "paid[0].amount",
        '缺少这一项，应为两位小数的金额字符串，如 "1200.00"，请补上',
        'missing; expected an amount string with two decimals like "1200.00"; add it',
    ),
    "payments as an object": ({"paid": {}}, "paid", "应为列表 […]", "expected a list […]"),
    "event id twice": (
        {"events__1__event": "e1"},
        "events[1].event",
        "事件编号 e1 重复（events[0] 已用），请换",
        "duplicate event id e1 (that of events[0]); give",
    ),
    "reverses itself": (
        {"events__1__reverses": "e2"},
        "events[1].reverses",
        "应为本案另一事件的编号，得到 e2",
        "expected the id of another event, found e2",
    ),
    "reverses nothing": (
        {"events__1__reverses": "e9"},
        "events[1].reverses",
        "应为本案另一事件的编号，得到 e9",
        "expected the id of another event, found e9",
    ),
    "replaces nothing": (
        {"events__1__replaces": "e9"},
        "events[1].replaces",
        "应为本案另一事件的编号",
        "expected the id of another event",
    ),
    "reverses and replaces": (
        {"events__1__replaces": "e1", "events__1__reverses": "e1"},
        "events[1]",
        "reverses 与 replaces 只能有一个，得到 e1 与 e1，请删去一个",
        "only one of reverses and replaces, found e1 and e1; remove one",
    ),
}


@pytest.mark.parametrize(("changes", "place", "zh", "en"), BAD.values(), ids=BAD)
def test_bad_fields(changes: dict[str, Any], place: str, zh: str, en: str) -> None:
    found = faults_of(changed(**changes))
    assert [path for path, _, _ in found][:1] == [place]
    assert zh in found[0][1]
    assert en in found[0][2]
    assert ("得到" in found[0][1]) == ("found" in found[0][2])
    assert "请" in found[0][1]
    assert ";" in found[0][2]


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "1",
        "1.0",
        "1.000",
        "1,000.00",
        " 1.00",
        "1.00 ",
        "+1.00",
        "--1.00",
        "1e3",
        "NaN",
        "Infinity",
        "١.00",
        "１.００",
        ".00",
        "1.00\n",
        "9" * 30 + ".00",
        1,
        1.5,
        math.nan,
        math.inf,
        True,
        [],
        {},
        10**5000,
    ],
    ids=lambda amount: "huge" if type(amount) is int and amount > 1 else repr(amount),
)
def test_what_is_no_amount(amount: Any) -> None:
    found = faults_of(changed(events__0__amounts__total=amount))
    assert [path for path, _, _ in found] == ["events[0].amounts.total"]
    assert found[0][1].startswith('应为两位小数的金额字符串，如 "1200.00"，得到 ')
    assert found[0][2].startswith('expected an amount string with two decimals like "1200.00", found ')


@pytest.mark.parametrize(
    ("amount", "fen"), [("0.00", 0), ("-0.00", 0), ("0001.50", 150), ("9999999999.99", 999_999_999_999)]
)
def test_amounts(amount: str, fen: int) -> None:
    assert parse(changed(events__0__amounts={"total": amount})).events[0].amounts == {"total": fen}


def test_a_reversal_may_be_negative() -> None:
    case = parse(changed(events__1__reverses="e1", events__1__amounts={"total": "-52000.00"}))
    assert case.events[1].amounts == {"total": -5_200_000}


def test_an_event_is_undone_once() -> None:
    third = {"event": "e3", "kind": "inpatient", "started_on": "2025-04-02", "replaces": "e1"}
    assert faults_of(changed(events__1__replaces="e1", events__2=third)) == [
        ("events[2].replaces", "e1 已被 e2 冲销或替换，请删去其一", "e1 is already undone by e2; remove one of them")
    ]


def test_a_red_letter_bill_and_the_new_one() -> None:
    third = {"event": "e3", "kind": "inpatient", "started_on": "2025-04-02", "replaces": "e1"}
    assert len(parse(changed(events__1__reverses="e1", events__2=third)).events) == 3


def test_a_reversal_is_not_undone() -> None:
    third = {"event": "e3", "kind": "inpatient", "started_on": "2025-04-02", "reverses": "e2"}
    assert faults_of(changed(events__1__reverses="e1", events__2=third)) == [
        (
            "events[2].reverses",
            "冲销事件本身不能再冲销或替换，得到 e2，请另报新事件",
            "a reversal cannot itself be undone, found e2; file a new event",
        )
    ]


def test_events_that_replace_each_other() -> None:
    assert faults_of(changed(events__0__replaces="e2", events__1__replaces="e1")) == [
        (
            "events[0].replaces",
            "替换成环（e1 → e2），请删去环中一个 replaces",
            "events replace each other in a ring (e1 → e2); remove one replaces of it",
        )
    ]


def test_a_cause_may_lie_outside_the_case() -> None:
    assert parse(changed(events__0__cause="an earlier accident")).events[0].cause == "an earlier accident"


def test_all_faults_are_told() -> None:
    with pytest.raises(CaseError) as caught:
        parse(changed(member__sex="X", covers__0__units=0, events__1__kind=DELETE))
    assert caught.value.case == "c-1"
    assert [fault.path for fault in caught.value.faults] == ["member.sex", "covers[0].units", "events[1].kind"]
    assert caught.value.text("en").count("; ") >= 2
    assert str(caught.value) == caught.value.text("en")
    assert "member.sex: 应为 F / M 之一" in caught.value.text()


@pytest.mark.parametrize("data", [None, [], "case", 1, 1.5, True])
def test_a_line_that_is_no_object(data: object) -> None:
    with pytest.raises(CaseError) as caught:
        parse(data)
    assert caught.value.case is None
    assert [fault.path for fault in caught.value.faults] == [""]
    assert caught.value.text("en").startswith("expected an object {…}, found ")


def test_an_id_that_cannot_be_read_is_none() -> None:
    with pytest.raises(CaseError) as caught:
        parse(changed(case=["c-1"]))
    assert caught.value.case is None


def test_a_line_of_garbage_makes_a_short_message() -> None:
    found = faults_of(changed(**{f"self_pay{i}": 1 for i in range(20_000)}))
    assert len(found) == FAULTS_MOST + 1
    assert found[-1] == ("", "另有 19900 处错误，请先改正以上各处", "19900 more faults; correct these first")


def test_deep_values_are_not_followed() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert [path for path, _, _ in faults_of(changed(member__groups=deep, events__0__amounts=deep, case=deep))] == [
        "case",
        "member.groups",
        "events[0].amounts",
    ]


@pytest.mark.parametrize(
    ("code", "normal"), [("C50.900", "C50900"), ("c50", "C50"), (" 68.4 ", "684"), ("M80.1X1", "M801X1")]
)
def test_codes_without_dots_and_case(code: str, normal: str) -> None:
    assert normal_code(code) == normal
