"""What the tests of enrolment share: an invented plan, its versions, and workbooks as clerks bring them."""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person, preview_roster, take_good_rows
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.people.models import Employer, Unit
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT, BY, resident_id

ON = datetime.date(2025, 3, 1)
FROM_ON, UNTIL_ON = datetime.date(2025, 7, 1), datetime.date(2026, 7, 1)
HEADERS = ["姓名", "证件种类", "证件号码", "性别", "出生日期", "手机号码", "银行卡号", "参加份数"]

PLAN = """
plan: {plan}
family: {family}
status: published
name: {{zh: 示例互助保障, en: Example aid}}
organiser: {{zh: 海市总工会（虚构）, en: Federation of an invented city}}
source: S1
sources:
  S1: {{title: {{zh: 示例办法（虚构）, en: Invented rules}}}}
price:
  - {{fee: {fee}, clause: 第一条}}
term: {term}
who:
  - {{ages: [{{from: 16, up_to: 60}}], clause: 第三条}}
units: {{most: {most}, clause: 第四条}}
{more}
benefits:
  - benefit: inpatient
    name: {{zh: 住院补助, en: hospital costs}}
    kinds: [inpatient]
    clause: 第五条
    base: {{of: [self_paid], name: {{zh: 个人自付, en: own part}}}}
    rate: 50%
"""
FIXED = '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01, clause: 第二条}'
NEXT_DAY = "{years: 1, begins: next_day, clause: 第二条}"
SHARE = "employer:\n  - {least_share: 80%, of: staff, all_up_to: 5, clause: 第六条}"


def version(
    office: Unit,
    plan: str = "example-2025",
    *,
    family: str = "example",
    term: str = FIXED,
    most: int = 1,
    more: str = "",
    fee: int = 100,
) -> PlanVersion:
    """A published version, offered from the day of the tests on."""
    text = PLAN.format(plan=plan, family=family, term=term, most=most, more=more, fee=fee)
    return PlanVersion.objects.create(
        office=office,
        plan=plan,
        family=family,
        name_zh="示例互助保障",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=ON,
    )


def begun(employer: Employer, of: PlanVersion, headcount: int = 20, at: datetime.datetime = AT) -> Enrolment:
    """An enrolment being written."""
    return begin_enrolment(employer=employer, version=of, headcount=headcount, by=BY, at=at)


def person(order: int, name: str = "林晓禾", **more: str) -> list[str]:
    """A row of a roster with an invented resident ID; ``more`` by header."""
    told = {"姓名": name, "证件种类": "居民身份证", "证件号码": resident_id(order=order), **more}
    return [told.get(header, "") for header in HEADERS]


def workbook(
    rows: Iterable[Sequence[Any]],
    *,
    above: Sequence[Sequence[Any]] = (),
    headers: Sequence[str] = HEADERS,
    sheet: str = "花名册",
) -> bytes:
    """An ``.xlsx`` as somebody might make it themselves."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for line, cells in enumerate([*above, headers, *rows]):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and not cell.startswith("="):
                page.write_string(line, place, cell)
            else:
                page.write(line, place, cell)
    book.close()
    return target.getvalue()


def stored(content: bytes, enrolment: Enrolment, name: str = "花名册.xlsx") -> StoredFile:
    """A file as the clerk uploaded it."""
    media_type = papers.CSV if name.endswith(".csv") else papers.XLSX
    path = enrolment.employer.unit.path
    return papers.store(content=content, name=name, kind="roster", media_type=media_type, unit_path=path, by=BY, at=AT)


def previewed(enrolment: Enrolment, rows: Iterable[Sequence[Any]]) -> RosterUpload:
    """The preview of a workbook with these rows."""
    return preview_roster(enrolment=enrolment, file=stored(workbook(rows), enrolment), by=BY, at=AT)


def taken(enrolment: Enrolment, rows: Iterable[Sequence[Any]]) -> Enrolment:
    """The enrolment with these rows, all good."""
    take_good_rows(upload=previewed(enrolment, rows), by=BY, at=AT)
    return enrolment


def submitted(employer: Employer, of: PlanVersion, orders: Iterable[int], headcount: int = 20) -> Enrolment:
    """An enrolment that was handed in, with persons of these orders."""
    enrolment = begun(employer, of, headcount)
    for order in orders:
        add_person(
            enrolment=enrolment,
            name=f"林晓{'禾苗木水土石山川'[order % 8]}",
            identity_number=resident_id(order=order),
            by=BY,
            at=AT,
        )
    return submit_enrolment(enrolment=enrolment, by=BY, at=AT)
