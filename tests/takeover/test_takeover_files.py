"""Hostile and clumsy files: each fault is told in its place, and nothing worse happens."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from mutualaid.core.models import LongJob
from mutualaid.takeover.columns import BY_WORD, SHEETS
from mutualaid.takeover.reading import NotATakeover, open_file
from mutualaid.takeover.template import takeover_template
from tests.people.cast import credit_code, resident_id
from tests.takeover.moving import claim, faults_of, members, number, whole, workbook

if TYPE_CHECKING:
    from tests.takeover.moving import Moving


def zipped(sheets: dict[str, list[dict[str, Any]]], encoding: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for word, rows in sheets.items():
            text = io.StringIO()
            headers = [column.zh for column in BY_WORD[word].columns]
            writer = csv.DictWriter(text, headers)
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(f"导出/{BY_WORD[word].zh}.csv", text.getvalue().encode(encoding))
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_a_zip_of_csv_files_is_read_as_a_workbook_is(moving: Moving, encoding: str) -> None:
    takeover = moving.upload(zipped(whole(), encoding), name="导出.zip")
    assert faults_of(takeover) == []
    assert takeover.report["sheets"]["covers"]["make"] == 4


def test_the_template_is_read_and_its_examples_are_left_out() -> None:
    tables = open_file(takeover_template(), name="模板.xlsx")
    assert set(tables) == {sheet.word for sheet in SHEETS}
    assert [line for table in tables.values() for line in table.lines()] == []


def test_the_template_explains_and_offers_words() -> None:
    book = openpyxl.load_workbook(io.BytesIO(takeover_template()))
    assert book.sheetnames == ["填写说明", *(sheet.zh for sheet in SHEETS)]
    rules = book["已用额度"].data_validations.dataValidation
    assert any("本期已付金额" in str(rule.formula1) for rule in rules)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xd0\xcf\x11\xe0old", "a.xls", "旧版 .xls"),
        (b"PKbroken", "a.xlsx", "损坏"),
        (b"hello", "a.txt", "其他格式"),
        (workbook({"members": []}, names={"members": "别的表"}), "a.xlsx", "应至少有一张"),
        (zipped({"members": []}, "utf-16"), "a.zip", "编码"),
    ],
)
def test_what_is_no_takeover_is_refused(content: bytes, name: str, words: str) -> None:
    with pytest.raises(NotATakeover) as refused:
        open_file(content, name=name)
    assert words in refused.value.zh


def test_formulas_are_refused_with_their_cells() -> None:
    def write(word: str, page: Any) -> None:
        if word == "used":
            page.write_formula(5, 5, "=SUM(A1:A2)", value=7)

    with pytest.raises(NotATakeover) as refused:
        open_file(workbook(whole(), write=write), name="a.xlsx")
    assert "F6" in refused.value.zh


def test_a_sheet_twice_is_refused() -> None:
    with pytest.raises(NotATakeover) as refused:
        open_file(workbook({"members": [], "covers": []}, names={"covers": "人员"}), name="a.xlsx")
    assert "两张" in refused.value.zh


def test_a_sheet_without_its_headers_fails_the_check_and_says_which(moving: Moving) -> None:
    sheets = zipped({"members": []}, "utf-8")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("会员.csv", "甲,乙\n1,2\n")
    assert sheets
    takeover = moving.upload(target.getvalue(), name="a.zip")
    assert takeover.state == "uploaded"
    job = LongJob.objects.latest("id")
    assert (job.state, "“会员”表前" in job.fault_zh) == ("failed", True)


NEW = {"姓名": "林小禾", "证件号码": resident_id(order=888), "单位编码": "D1"}
UNIT = {
    "单位编码": "D2", "单位名称": "二厂", "统一社会信用代码": credit_code(78), "联系人": "周一帆", "联系电话": "13900000078",
}  # fmt: skip
COVER = {"证件号码": number(3), "单位编码": "D1", "计划": "在职住院", "起始日": "2017-03-01", "最后一日": "2020-02-29"}
USED = {"证件号码": number(1), "计划": "在职住院", "待遇": "inpatient", "项目": "本期次数", "数额": "1"}
OWED = {
    "旧单号": "P9", "证件号码": number(0), "计划": "在职住院", "本期起始日": "2017-03-01", "应付金额": "1", "收款人": "甲",
    "收款账号": "6222020000001234567", "开户银行": "海市银行",
}  # fmt: skip
ONCE = {"证件号码": "", "计划": "cwmia-women-8", "待遇": "womens_illness", "已付金额": "1"}
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("members", {**NEW, "证件号码": number(1)}, "identity_number", "每人应只有一行"),
    ("members", {**NEW, "证件号码": "450502800505102"}, "identity_number", "15 位的旧号码"),
    ("members", {**NEW, "证件号码": 450502198005051062}, "identity_number", "15 位"),
    ("members", {**NEW, "证件号码": "450502198005051021"}, "identity_number", "校验码"),
    ("members", {**NEW, "单位编码": "D9"}, "unit", "单位编码"),
    ("members", {**NEW, "证件号码": resident_id(order=884), "入职日期": "上个月"}, "employed_on", "日期"),
    ("units", {**UNIT, "统一社会信用代码": "123"}, "credit_code", "18 位"),
    ("units", {**UNIT, "单位编码": "D1"}, "unit", "只出现一次"),
    ("units", {**UNIT, "单位编码": "D3", "统一社会信用代码": credit_code(3)}, "credit_code", "辖内"),
    ("covers", {**COVER, "计划": "没有"}, "plan", "已发布计划"),
    ("covers", {**COVER, "证件号码": resident_id(order=886)}, "identity_number", "“会员”表"),
    ("covers", {**COVER, "证件号码": number(1), "起始日": "2018-03-01", "最后一日": "2021-02-28"}, "from_on", "重叠"),
    ("covers", {**COVER, "参加份数": "5"}, "units", "整数"),
    ("covers", {**COVER, "起始日": "2020-03-01", "最后一日": "2017-02-28"}, "last_on", "至少有一天"),
    ("used", {**USED, "项目": "本期已付金额", "数额": "-5.00"}, "value", "负数"),
    ("used", {**USED, "项目": "本期已付金额", "数额": "5.001"}, "value", "两位小数"),
    ("used", {**USED, "项目": "不知道"}, "what", "项目应为"),
    ("used", {**USED, "待遇": "牙科"}, "benefit", "待遇应为"),
    ("used", {**USED, "证件号码": number(0)}, "benefit", "重复"),
    ("used", {**USED, "本期起始日": "2016-01-01"}, "period_on", "起始日"),
    ("once", ONCE, "identity_number", "应填写"),
    ("claims", claim("A7", 1, "2099-01-01"), "filed_on", "不晚于今天"),
    ("claims", claim("A8", 1, "2019-06-20", stage="待补材料"), "wanted", "应填写"),
    ("claims", claim("A9", 3, "2019-06-20"), "identity_number", "应有参保"),
    ("claims", claim("A10", 1, "2019-06-20", started="1970-01-01", ended="1970-01-05"), "started_on", ""),
    ("payables", {**OWED, "收款账号": "12"}, "account_number", "8 至 32 位"),
    (
        "payables",
        {**OWED, "旧单号": "P10", "证件号码": number(1), "本期起始日": "2016-01-01"},
        "period_on",
        "参保的起始日",
    ),
    ("balances", {"科目": "管理费用", "余额": "1"}, "account", "科目应为"),
    ("totals", {"项目": "别的", "数值": "1"}, "what", "项目应为"),
]


def test_each_fault_is_told_in_its_place(moving: Moving) -> None:
    sheets = whole()
    places = []
    for sheet, row, field, words in CASES:
        sheets[sheet].append(row)
        places.append((sheet, len(sheets[sheet]) + 1, field, words))
    takeover = moving.upload(sheets)
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for sheet, line, field, zh in faults_of(takeover):
        found.setdefault((sheet, line), []).append((field, zh))
    for (sheet, line, field, words), case in zip(places, CASES, strict=True):
        assert any(name == field and words in zh for name, zh in found.get((sheet, line), [])), (
            case,
            found.get((sheet, line)),
        )
    good = {(sheet, line) for sheet, line, *_ in faults_of(takeover)} - {(sheet, line) for sheet, line, *_ in places}
    assert good == set()


def test_faults_repeat_no_numbers_of_persons(moving: Moving) -> None:
    sheets = whole()
    for sheet, row, _, _ in CASES:
        sheets[sheet].append(row)
    told = str(faults_of(moving.upload(sheets)))
    assert not any(str(row.get("证件号码") or "-" * 9)[:15] in told for _, row, _, _ in CASES if row.get("证件号码"))


def test_an_old_number_is_offered_in_its_new_form(moving: Moving) -> None:
    old = {"姓名": "林小禾", "证件号码": "450502800505102", "单位编码": "D1"}
    takeover = moving.upload({"units": whole()["units"], "members": [old]})
    (fault,) = takeover.rows.get(sheet="members").faults
    assert fault["offered"] == resident_id(birth="19800505", order=102)


def test_balances_that_do_not_balance_and_payables_that_differ_are_told(moving: Moving) -> None:
    sheets = whole()
    sheets["balances"][0]["余额"] = "500001.00"
    sheets["payables"][0]["应付金额"] = "2599.00"
    across = [one["zh"] for one in moving.upload(sheets).report["across"]]
    assert len(across) == 2
    assert "借方比贷方多 1.00 元" in across[0]
    assert "应等于“应付”表合计 2,599.00 元，得到 2,600.00 元" in across[1]


def test_days_and_amounts_are_read_as_people_write_them(moving: Moving) -> None:
    sheets = whole()
    sheets["covers"][0] |= {"起始日": "2017/3/1", "最后一日": "2020年2月29日"}
    sheets["covers"][1] |= {"起始日": "20170301", "最后一日": 43890}
    sheets["used"][0]["数额"] = "¥47,500.00元"
    takeover = moving.upload(sheets)
    assert faults_of(takeover) == []


def test_a_hundred_times_the_same_person_is_told_a_hundred_times_but_one(moving: Moving) -> None:
    sheets = {"units": whole()["units"], "members": members(1) * 100}
    assert moving.upload(sheets).report["sheets"]["members"]["faulty"] == 99
