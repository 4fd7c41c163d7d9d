"""Trying to break take-overs: the same file again, half changed, signed by two at once, empty, huge, oddly written."""

from __future__ import annotations

import datetime
import io
import threading
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from mutualaid.claims.models import Claim, Opening
from mutualaid.core.moves import IllegalMove
from mutualaid.core.work import run_waiting
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.models import Entry
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Member, RoleName
from mutualaid.takeover.actions.bringing import ask_to_apply, sign_takeover, submit_takeover
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.rows import Row
from mutualaid.takeover.models import Takeover, TakeoverRow
from mutualaid.takeover.reading import CELL_MOST, Line, NotATakeover, open_file
from mutualaid.takeover.refusals import Faulty, Refused, SamePerson
from tests.people.cast import as_staff, staff
from tests.takeover.moving import AT, covers, faults_of, made, members, number, whole, workbook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.takeover.moving import Moving

THINGS = (Member, Cover, Opening, Claim, PaymentOrder, Entry)


def counts() -> list[int]:
    return [model.objects.count() for model in THINGS]


# --- again ------------------------------------------------------------------------------------------------------------


def test_the_same_file_again_is_told_row_by_row_and_brings_nothing(moving: Moving) -> None:
    first, before = moving.applied(whole()), counts()
    again = moving.upload(whole())
    found = faults_of(again)
    assert [(sheet, line, field) for sheet, line, field, _ in found] == [
        *(("balances", line, "account") for line in (2, 4, 5)),
        *(("claims", line, "old_number") for line in (2, 3)),
        ("once", 2, "benefit"),
        ("payables", 2, "old_number"),
        *(("used", line, "benefit") for line in (2, 3)),
    ]
    assert str(first.number) in {sheet: zh for sheet, _, _, zh in found}["claims"]
    report = again.report["sheets"]
    assert [report[word]["match"] for word in ("units", "members", "covers")] == [1, 4, 4]
    with pytest.raises(Faulty):
        submit_takeover(takeover=again, by=moving.by, at=AT)
    assert counts() == before


def test_of_a_half_changed_file_the_new_half_comes_in(moving: Moving) -> None:
    moving.applied(whole())
    told = {"units": whole()["units"], "plans": whole()["plans"], "members": members(6), "covers": covers(6)}
    told["covers"][3] = {**whole()["covers"][3]}  # as it was
    told["used"] = [{"证件号码": number(5), "计划": "在职住院", "待遇": "inpatient", "项目": "本期次数", "数额": "1"}]
    again = moving.applied(told)
    assert again.closing["differences"] == []
    report = again.report["sheets"]
    assert [(report[word]["match"], report[word]["make"]) for word in ("members", "covers")] == [(4, 2), (4, 2)]
    assert (Member.objects.count() - 3, Cover.objects.count(), Opening.objects.count()) == (6, 6, 5)


def test_a_cover_that_overlaps_one_that_is_here_is_told(moving: Moving) -> None:
    moving.applied({word: rows for word, rows in whole().items() if word in ("plans", "units", "members", "covers")})
    changed = covers(1, 起始日="2018-03-01", 最后一日="2021-02-28")
    told = {"plans": whole()["plans"], "units": whole()["units"], "covers": changed}
    ((sheet, line, field, zh),) = faults_of(moving.upload(told))
    assert (sheet, line, field) == ("covers", 2, "from_on")
    assert "本系统" in zh


def test_another_balance_of_the_same_account_is_added_and_that_is_said(moving: Moving) -> None:
    moving.applied(whole())
    told = {"balances": [{"科目": "银行存款", "余额": "10"}, {"科目": "限定性净资产", "余额": "10"}]}
    again = moving.upload(told)
    assert faults_of(again) == []
    rows = TakeoverRow.objects.filter(takeover=again, noticed=True).order_by("line")
    assert ["以前的接管已登记" in str(row.warnings) for row in rows] == [True, True]


# --- signing ----------------------------------------------------------------------------------------------------------


def together(*deeds: Callable[[], object]) -> list[BaseException | None]:
    """All at once, each on a connection of its own; what each raised."""
    raised: list[BaseException | None] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(place: int, deed: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            deed()
        except Exception as fault:  # noqa: BLE001 - the test looks at what was raised
            raised[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_nobody_signs_twice(moving: Moving) -> None:
    submitted = submit_takeover(takeover=moving.upload(whole()), by=moving.by, at=AT)
    sign_takeover(takeover=submitted, by=moving.by_signer, at=AT)
    with pytest.raises(IllegalMove):
        sign_takeover(takeover=submitted, by=moving.by_signer, at=AT)
    with pytest.raises(SamePerson):
        sign_takeover(takeover=submitted, by=moving.by, at=AT)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_that_sign_at_once_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    moving = made()
    units = {"units": whole()["units"]}
    second = as_staff(staff("复核丁", moving.cast.city, RoleName.SENIOR_REVIEWER))
    both = [submit_takeover(takeover=moving.upload(units), by=moving.by, at=AT) for _ in range(2)]
    for takeover in both:  # the same one by two, then two of one office
        raised = together(
            lambda: sign_takeover(takeover=both[0], by=moving.by_signer, at=AT),
            lambda takeover=takeover: sign_takeover(takeover=takeover, by=second, at=AT),
        )
        if takeover is both[0]:
            assert [type(one) for one in raised if one] == [IllegalMove]
            Takeover.objects.filter(pk=both[0].pk).update(state="submitted", signed_by=None, signed_at=None)
    assert [type(one) for one in raised if one] == [Refused]
    assert Takeover.objects.filter(state="signed_off").count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_that_begin_to_apply_at_once_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    moving = made()
    signed = moving.signed({"units": whole()["units"]})
    raised = together(*[lambda: ask_to_apply(takeover=signed, by=moving.by, at=AT)] * 2)
    assert len([one for one in raised if isinstance(one, Refused)]) == 1
    run_waiting()
    assert Takeover.objects.get().state == "applied"


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheets", [{"members": []}, {"totals": [{"项目": "会员人数", "数值": "0"}]}])
def test_a_file_with_nothing_to_take_over_is_not_submitted(moving: Moving, sheets: Any) -> None:
    takeover = moving.upload(sheets)
    (one,) = takeover.report["across"]
    assert "至少有一行" in one["zh"]
    with pytest.raises(Faulty):
        submit_takeover(takeover=takeover, by=moving.by, at=AT)


def test_a_huge_cell_is_cut_and_told(moving: Moving) -> None:
    sheets = whole()
    sheets["members"][3]["姓名"] = "林" * 30_000
    sheets["used"][0]["数额"] = "9" * 30_000
    sheets["claims"][0]["医院"] = "院" * 30_000
    takeover = moving.upload(sheets)
    assert {(sheet, field) for sheet, _, field, _ in faults_of(takeover)} >= {("members", "name"), ("used", "value")}
    assert ("claims", 2, "hospital") in [(sheet, line, field) for sheet, line, field, _ in faults_of(takeover)]
    row = TakeoverRow.objects.get(takeover=takeover, sheet="members", line=5)
    assert len(row.content) < 3 * CELL_MOST


def test_what_looks_like_a_formula_in_a_csv_is_text(moving: Moving) -> None:
    sheets = whole()
    text = f"姓名,证件号码,单位编码\n=1+1,{number(5)},D1\n"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("会员.csv", text)
        archive.writestr("单位.csv", ",".join(sheets["units"][0]) + "\n" + ",".join(sheets["units"][0].values()) + "\n")
    takeover = moving.upload(target.getvalue(), name="a.zip")
    assert [(sheet, field) for sheet, _, field, _ in faults_of(takeover)] == [("members", "name")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_csv_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    content = "单位编码,单位名称\nD1,晨光机械厂工会\n".encode(encoding)
    (line,) = open_file(content, name="单位.csv")["units"].lines()
    assert line.told == {"unit": "D1", "name": "晨光机械厂工会"}


@pytest.mark.parametrize("content", ["会员".encode("utf-16"), b"\xff\xfe\x00\xd8", b"\x81\x81\xff\xff\x00"])
def test_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(NotATakeover) as refused:
        list(open_file(content, name="会员.csv")["members"].lines())
    assert refused.value.zh


def test_a_broken_quote_is_told() -> None:
    table = open_file('姓名,证件号码\n"甲,1\n'.encode() + b'"' * 140_000, name="会员.csv")["members"]
    with pytest.raises(NotATakeover):
        list(table.lines())


# --- how people write -------------------------------------------------------------------------------------------------


def row_with(**told: str) -> Row:
    return Row.of(Line("covers", 2, told))


@pytest.mark.parametrize(
    "written",
    [
        "2017-03-01", "2017-3-1", "2017/3/1", "2017.03.01", "2017年3月1日", "2017年03月01", "20170301", "42795",
        "２０１７－０３－０１", "２０１７／３／１", "2017-03-01 00:00:00", "2017-03-01T00:00", " 2017-03-01 ",
    ],
)  # fmt: skip
def test_days_as_people_write_them(written: str) -> None:
    row = row_with(from_on=written)
    assert (values.day(row, "from_on"), row.faults) == (datetime.date(2017, 3, 1), [])


@pytest.mark.parametrize(
    "written",
    [
        "2020-02-30",
        "17-3-1",
        "2017/13/1",
        "1.3.2017",
        "2017-03",
        "二〇一七年三月一日",
        "0001-01-01",
        "9999-12-31",
        "2017-03-01x",
    ],
)
def test_what_is_no_day_is_told(written: str) -> None:
    row = row_with(from_on=written)
    assert values.day(row, "from_on") is None
    assert [one["field"] for one in row.faults] == ["from_on"]


@pytest.mark.parametrize(
    "written", ["1200", "1,200.00", "１，２００．００", "１２００", "¥1,200.00元", "￥1200", "1200.0", " 1200 "]
)
def test_amounts_as_people_write_them(written: str) -> None:
    row = row_with(fee=written)
    assert (values.amount(row, "fee"), row.faults) == (1200, [])


@pytest.mark.parametrize("written", ["1200.001", "一千二百", "1e3", "NaN", "-1", "1,20", "1200-1300", "9" * 40])
def test_what_is_no_amount_is_told(written: str) -> None:
    row = row_with(fee=written)
    assert values.amount(row, "fee") is None
    assert [one["field"] for one in row.faults] == ["fee"]


def test_numbers_of_persons_may_be_written_in_full_width(moving: Moving) -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    sheets = {"units": whole()["units"], "members": members(2)}
    sheets["members"][1]["证件号码"] = number(1).translate(wide)
    takeover = moving.upload(sheets)
    assert faults_of(takeover) == []
    sheets["members"].append({**sheets["members"][1], "证件号码": number(1)})
    assert [(line, field) for _, line, field, _ in faults_of(moving.upload(workbook(sheets)))] == [
        (4, "identity_number")
    ]
