"""A large office moves over: what the check and the application take, of time and memory. Prints its figures.

MUTUALAID_TAKEOVER_MEMBERS=100000 python -m pytest -n 0 -s -m slow tests/takeover/test_takeover_size.py
"""

from __future__ import annotations

import datetime
import io
import os
import resource
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from mutualaid.claims.models import Opening
from mutualaid.core.work import run_waiting
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member
from mutualaid.takeover.actions.bringing import ask_to_apply, sign_takeover, submit_takeover, upload_takeover
from mutualaid.takeover.columns import BY_WORD
from mutualaid.takeover.models import Takeover
from tests.people.cast import credit_code, resident_id
from tests.takeover.moving import AT, CUTOVER, NAMES, whole

if TYPE_CHECKING:
    from tests.takeover.moving import Moving

MEMBERS = int(os.environ.get("MUTUALAID_TAKEOVER_MEMBERS", "5000"))
AT_AN_EMPLOYER = 200
BYTES_A_MEMBER = 12_000
"""Of all memory beyond that of a small process: the file itself, the index of persons and covers, one part of rows."""


def _numbers() -> Iterator[str]:
    day = datetime.date(1970, 1, 1)
    for place in range(MEMBERS):
        birth = day + datetime.timedelta(days=place // 499)
        yield resident_id(birth=f"{birth:%Y%m%d}", order=2 * (place % 499) + 2)


def _workbook() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": False})

    def sheet(word: str, rows: Iterator[dict[str, str]]) -> None:
        page = book.add_worksheet(BY_WORD[word].zh)
        headers = [column.zh for column in BY_WORD[word].columns]
        for place, header in enumerate(headers):
            page.write_string(0, place, header)
        for line, row in enumerate(rows, start=1):
            for place, header in enumerate(headers):
                if header in row:
                    page.write_string(line, place, row[header])

    units = -(-MEMBERS // AT_AN_EMPLOYER)
    sheet("plans", iter(whole()["plans"]))
    sheet(
        "units",
        (
            {
                "单位编码": f"D{one}",
                "单位名称": f"第{one}示例厂工会",
                "统一社会信用代码": credit_code(10_000 + one),
                "职工人数": str(AT_AN_EMPLOYER),
                "联系人": "周一帆",
                "联系电话": "13900000077",
            }
            for one in range(units)
        ),
    )
    sheet(
        "members",
        (
            {
                "姓名": NAMES[place % 6],
                "证件号码": number,
                "单位编码": f"D{place // AT_AN_EMPLOYER}",
                "入职日期": "2015-01-01",
            }
            for place, number in enumerate(_numbers())
        ),
    )
    cover = {
        "计划": "在职住院",
        "起始日": "2017-03-01",
        "最后一日": "2020-02-29",
        "职工身份": "在职",
        "基本医保": "职工医保",
    }
    sheet(
        "covers",
        (
            {"证件号码": number, "单位编码": f"D{place // AT_AN_EMPLOYER}", **cover}
            for place, number in enumerate(_numbers())
        ),
    )
    used = {"计划": "在职住院", "待遇": "inpatient", "项目": "本期已付金额", "数额": "1250.00"}
    sheet("used", ({"证件号码": number, **used} for number in _numbers()))
    book.close()
    return target.getvalue()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.slow
def test_a_large_office_moves_over(moving: Moving) -> None:
    content = _workbook()
    before = _peak()
    told: list[tuple[str, float, float]] = []

    def timed(name: str, begun: tuple[float, float]) -> None:
        told.append((name, time.perf_counter() - begun[0], time.process_time() - begun[1]))

    begun = time.perf_counter(), time.process_time()
    upload_takeover(
        office=moving.cast.city,
        content=content,
        name="大.xlsx",
        cutover_on=CUTOVER,
        controls={"members": str(MEMBERS), "covers": str(MEMBERS), "used_amount": str(1250 * MEMBERS)},
        by=moving.by,
        at=AT,
    )
    run_waiting()
    timed("check", begun)
    checked = _peak()
    takeover = Takeover.objects.get()
    assert takeover.report["faults"] == 0
    submitted = submit_takeover(takeover=takeover, by=moving.by, at=AT)
    signed = sign_takeover(takeover=submitted, by=moving.by_signer, at=AT)
    begun = time.perf_counter(), time.process_time()
    ask_to_apply(takeover=signed, by=moving.by, at=AT)
    run_waiting()
    timed("apply", begun)
    takeover.refresh_from_db()
    assert takeover.closing["differences"] == []
    assert (Member.objects.count() - 3, Cover.objects.count(), Opening.objects.count()) == (MEMBERS, MEMBERS, MEMBERS)
    for name, seconds, cpu in told:
        print(f"{name}: {MEMBERS} members, {seconds:.1f} s, {cpu:.1f} s CPU of the worker")
    peak = _peak()
    megabytes = [size >> 20 for size in (len(content), before, checked, peak)]
    print("MB: file {}; memory before {}, after the check {}, at the end {}".format(*megabytes))
    assert peak - before < 256 * 2**20 + BYTES_A_MEMBER * MEMBERS
