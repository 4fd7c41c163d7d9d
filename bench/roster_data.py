"""What the benchmark of rosters needs: an invented union, an employer with its clerk, and a workbook of invented persons."""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import xlsxwriter
from stdnum import luhn
from stdnum.cn import uscc

HEADERS = ("姓名", "证件种类", "证件号码", "手机号码", "银行卡号", "参加份数")
SURNAMES = "林周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "晓一子思雨嘉文若清远知行安宁乐欣怡然景和书瑶锦程云舒志明海阳"
FAULTY_EACH = 200
"""One row of so many is faulty: a mistyped check place, as in earnest."""
PLAN = """
plan: bench
family: bench
status: published
name: {zh: 住院互助（虚构）, en: Hospital aid}
organiser: {zh: 海市总工会（虚构）, en: Federation of an invented city}
source: S1
sources:
  S1: {title: {zh: 示例办法（虚构）, en: Invented rules}}
price:
  - {fee: 50, clause: 第一条}
term: {years: 1, begins: next_day, clause: 第二条}
who:
  - {ages: [{from: 16, up_to: 65}], clause: 第三条}
units: {most: 1, clause: 第二条}
benefits:
  - benefit: inpatient
    name: {zh: 住院补助, en: hospital costs}
    kinds: [inpatient]
    clause: 第三条
    base: {of: [self_paid], name: {zh: 个人自付, en: own part}}
    rate: 50%
"""


@dataclass(frozen=True)
class Made:
    """What was seeded: keys of the large employer and of the plan's version, accounts of its clerk and of another's."""

    employer: int
    version: int
    clerk: int
    other_clerk: int


def persons(count: int) -> Iterator[tuple[str, ...]]:
    """Rows of the workbook, by ``HEADERS``: valid numbers, but for the faulty ones."""
    from mutualaid.people.identity import check_letter

    first = datetime.date(1966, 1, 1)
    for place in range(count):
        born = first + datetime.timedelta(days=place // 900 * 37 % 14_000)
        body = f"450502{born:%Y%m%d}{place % 900 + 1:03d}"
        last = check_letter(body)
        if place % FAULTY_EACH == FAULTY_EACH - 1:
            last = "1" if last == "0" else "0"
        name = SURNAMES[place % 29] + GIVEN[place // 29 % 30] + GIVEN[place // 870 % 30]
        card = f"622202{place:012d}"
        yield name, "居民身份证", body + last, f"139{place:08d}", card + luhn.calc_check_digit(card), "1"


def workbook(count: int) -> bytes:
    """An ``.xlsx`` as Excel writes one: strings shared, one sheet, text columns."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("花名册")
    for line, row in enumerate((HEADERS, *persons(count))):
        for place, text in enumerate(row):
            sheet.write_string(line, place, text)
    book.close()
    return target.getvalue()


def seed(rows: int, at: datetime.datetime) -> Made:
    """Rows of the real tables, by actions where there are any."""
    from mutualaid.contributions.actions.bills import open_fund
    from mutualaid.core.actors import system
    from mutualaid.core.row_security import EVERYTHING, within
    from mutualaid.people.actions.units import register_employer, register_unit
    from mutualaid.people.models import Account, EmployerClerk, Level, Unit
    from mutualaid.plans.models import PlanVersion

    by = system("bench")
    with within([EVERYTHING]):
        above: Unit | None = None
        for level, code in ((Level.NATIONAL, "CN"), (Level.PROVINCE, "45"), (Level.CITY, "4505")):
            above = register_unit(level=level, parent=above, code=code, name=f"{code}总工会", by=by, at=at)
        assert above is not None
        keys = []
        for order, name in enumerate(("第一厂工会", "第二厂工会"), start=1):
            union = register_unit(level=Level.GRASSROOTS, parent=above, code=f"G{order}", name=name, by=by, at=at)
            code = f"91450500MA5K0000{order}"
            employer = register_employer(
                unit=union,
                credit_code=code + uscc.calc_check_digit(code),
                headcount_declared=rows,
                contact_name="周一帆",
                contact_phone="13900000000",
                by=by,
                at=at,
            )
            account = Account.objects.create(name=f"clerk{order}")
            EmployerClerk.objects.create(
                employer=employer, account=account, name="周一帆", evidence="bench", state="bound"
            )
            keys.append((employer.pk, account.pk))
        open_fund(
            unit=above, account_name="互助专户", account_number="6222000011112222", bank_name="海市银行", by=by, at=at
        )
        version = PlanVersion.objects.create(
            office=above,
            plan="bench",
            family="bench",
            name_zh="住院互助",
            text=PLAN,
            sha256=hashlib.sha256(PLAN.encode()).hexdigest(),
            state="published",
            drafted_at=at,
            published_at=at,
            offered_from_on=at.date() - datetime.timedelta(days=30),
        )
    return Made(keys[0][0], version.pk, keys[0][1], keys[1][1])
