"""What the pages of money and of administration are asked about: a fund, bills, lines, an order, made once for a cast."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from mutualaid import plans
from mutualaid.contributions.actions.bank import hold_line, import_statement, match_line
from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.models import Bill, Fund, Order, StatementLine
from mutualaid.contributions.queries import share_of
from mutualaid.contributions.words import payer_key
from mutualaid.core import papers
from mutualaid.core.audit import subject_of
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.models import Enrolment
from mutualaid.ledger.actions import post_bill
from mutualaid.ledger.models import Entry
from mutualaid.people.models import Employer, RoleName
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT, BY, ON, staff
from tests.web.cast import Web

PLAN = Path(plans.__file__).parent / "demo_plans" / "demo-inpatient-2026.yaml"
ACCOUNT = "6222000011112222"
TERM = (datetime.date(2025, 4, 1), datetime.date(2026, 4, 1))
HEAD = "交易日期,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要,附言,流水号\n"


def csv(*rows: str, account: str = ACCOUNT) -> bytes:
    """A bank's file."""
    return (f"账号：{account},,\n{HEAD}" + "\n".join(rows) + "\n").encode()


def row(serial: str, amount: str = "50.00", *, text: str = "", name: str = "第1厂工会") -> str:
    """Money that came in."""
    return f"2025-03-01,,{amount},,{name},62220001,转账,{text},{serial}"


def fund(web: Web) -> Fund:
    """The city's."""
    if "fund" not in web.made:
        web.made["fund"] = open_fund(
            unit=web.people.city,
            account_name="海市职工互助保障专户",
            account_number=ACCOUNT,
            bank_name="海市银行",
            by=BY,
            at=AT,
        )
        far = staff("财务己", web.people.other_city, RoleName.FINANCE, RoleName.SENIOR_REVIEWER)
        far_system = staff("系统庚", web.people.other_city, RoleName.SYSTEM_ADMIN)
        far_security = staff("安全辛", web.people.other_city, RoleName.SECURITY_ADMIN)
        staff("柜员壬", web.people.city, RoleName.REVIEWER)
        kind = web.accounts["finance"][1]
        for person, who in (("far_finance", far), ("far_system", far_system), ("far_security", far_security)):
            web.accounts[person] = (who.account, kind)
    return web.made["fund"]


def version(web: Web) -> PlanVersion:
    """An offered plan."""
    if "version" not in web.made:
        web.made["version"] = PlanVersion.objects.create(
            office=web.people.province,
            plan="demo-inpatient-2026",
            family="demo-inpatient",
            name_zh="住院互助保障计划",
            text=PLAN.read_text(encoding="utf-8"),
            sha256="0" * 64,
            state="published",
            drafted_by="1",
            drafted_at=AT,
            published_at=AT,
            offered_from_on=TERM[0],
        )
    return web.made["version"]


def bill(web: Web, amount: str = "50.00", employer: Employer | None = None) -> Bill:
    """A bill of an accepted enrolment, booked."""
    employer = employer or web.people.mill
    days = datetime.timedelta(days=Enrolment.objects.filter(employer=employer).count())
    enrolment = Enrolment.objects.create(
        employer=employer,
        version=version(web),
        from_on=TERM[0] + days,
        until_on=TERM[1] + days,
        headcount=20,
        state="accepted",
        begun_at=AT,
    )
    name = employer.unit.name
    made = Bill.objects.create(
        enrolment=enrolment,
        employer=employer,
        fund=fund(web),
        payer_name=name,
        payer_key=payer_key(name),
        amount=Decimal(amount),
        persons=1,
        from_on=enrolment.from_on,
        until_on=enrolment.until_on,
        issued_on=ON,
        due_on=ON + datetime.timedelta(days=30),
    )
    made.refresh_from_db()
    post_bill(book=made.fund.book, bill=subject_of(made), shares=[share_of(bill=made)], on=ON, by=BY, at=AT)
    return made


def imported(web: Web, *rows: str) -> list[StatementLine]:
    """Lines of a bank's file."""
    file = upload(web, *rows)
    import_statement(fund=fund(web), file=file, by=web.actor("finance"), at=AT)
    return list(StatementLine.objects.filter(statement__file=file).order_by("pk"))


def upload(web: Web, *rows: str) -> StoredFile:
    """A bank's file that finance brought and did not import yet."""
    return papers.store(
        content=csv(*rows),
        name="流水.csv",
        kind="statement",
        media_type=papers.CSV,
        unit_path=fund(web).unit.path,
        by=web.actor("finance"),
        at=AT,
    )


def money(web: Web) -> dict[str, Any]:
    """An open bill, a paid one with its receipt, a line that waits, one aside, money held, an unclear order."""
    if "open" not in web.made:
        open_bill, paid, other = bill(web), bill(web, "70.00"), bill(web, "90.00")
        waits, matched, held = imported(
            web, row("S/1", text=f"互助费 {open_bill.number}"), row("S2", "70.00"), row("S3", "7.00", name="某人")
        )
        match_line(line=matched, bills=[paid], by=BY, at=AT)
        payment = hold_line(line=held, reason="多缴", by=BY, at=AT)
        order = Order.objects.create(
            number=f"{other.number}-1",
            bill=other,
            channel="neutral",
            amount=Decimal("90.00"),
            state="unknown",
            created_at=AT,
            expires_at=AT + datetime.timedelta(minutes=30),
            fault="wrong_amount",
        )
        paid.refresh_from_db()
        web.made |= {"open": open_bill, "paid": paid, "line": waits, "held": held, "payment": payment, "order": order}
        web.made["entry"] = Entry.objects.filter(subject=subject_of(paid)).earliest("pk")
        web.made["upload"] = upload(web, row("S9", "9.00"))
    return web.made
