"""What tests of 单位端 share: a plan that is offered, a fund, rosters as clerks bring them, and how far things have come."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import accept_and_bill, open_fund, submit_and_bill
from mutualaid.contributions.models import Bill, Fund, Statement, StatementLine
from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.actions.mending import map_columns
from mutualaid.enrolment.actions.rosters import preview_roster
from mutualaid.enrolment.models import Enrolment, HeaderMapping, RosterUpload
from mutualaid.people.models import EmployerApplication
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import NEXT_DAY, SHARE, begun, person, previewed, stored, taken, version, workbook
from tests.people.cast import AT, BY
from tests.web.cast import Web

PDF = b"%PDF-1.7 stamped"
NAMES = "禾苗木水土石山川云风雨雪"


def scan(name: str = "盖章.pdf") -> SimpleUploadedFile:
    """A stamped form as a clerk brings it."""
    return SimpleUploadedFile(name, PDF, papers.PDF)


def sheet(rows: Iterable[Any], name: str = "花名册.xlsx") -> SimpleUploadedFile:
    """A roster as a clerk brings it."""
    return SimpleUploadedFile(name, workbook(rows), papers.XLSX)


def people(count: int, first: int = 10) -> list[list[str]]:
    """Good rows."""
    return [person(first + 2 * i, f"林晓{NAMES[i % len(NAMES)]}") for i in range(count)]


def plan(web: Web) -> PlanVersion:
    """Offered by the province: a day after payment, least share 80 %, all of up to five."""
    if "plan" not in web.made:
        web.made["plan"] = version(web.people.province, term=NEXT_DAY, more=SHARE)
        web.made["plan"].refresh_from_db()
    return web.made["plan"]


def fund(web: Web) -> Fund:
    """The city's dedicated account."""
    if "fund" not in web.made:
        web.made["fund"] = open_fund(
            unit=web.people.city, account_name="海市互助专户", account_number="6222000011112222", bank_name="海市银行",
            by=BY, at=AT,
        )  # fmt: skip
    return web.made["fund"]


def draft(web: Web, rows: int = 0, headcount: int = 3) -> Enrolment:
    """An enrolment of the mill that is being written."""
    if "enrolment" not in web.made:
        made = begun(web.people.mill, plan(web), headcount)
        made.refresh_from_db()
        if rows:
            taken(made, people(rows))
        web.made["enrolment"] = made
    return web.made["enrolment"]


def upload(web: Web) -> RosterUpload:
    """A preview with two good rows and a faulty one."""
    if "upload" not in web.made:
        web.made["upload"] = previewed(draft(web), [*people(2), person(30, "")])
    return web.made["upload"]


def asked(web: Web) -> RosterUpload:
    """A file of which the clerk has to say which column is which."""
    if "asked" not in web.made:
        content = workbook([["林晓禾", person(10)[2], "一车间"]], headers=["人员", "身份证件（本人）号", "车间"])
        file = stored(content, draft(web))
        web.made["asked"] = preview_roster(enrolment=draft(web), file=file, by=BY, at=AT)
    return web.made["asked"]


def old(web: Web) -> RosterUpload:
    """A preview with a number of 15 places."""
    if "old" not in web.made:
        number = person(10)[2]
        rows = [person(10, 证件号码=number[:6] + number[8:17]), person(12)]
        web.made["old"] = previewed(draft(web), rows)
    return web.made["old"]


def mapping(web: Web) -> HeaderMapping:
    """What the mill's clerk confirmed of a header."""
    if "mapping" not in web.made:
        waiting = asked(web)
        columns = json.loads(waiting.asked or "{}")["columns"]
        fields = {one["label"]: name for one, name in zip(columns, ("name", "identity_number"), strict=False)}
        map_columns(upload=waiting, fields=fields, by=BY, at=AT)
        web.made["mapping"] = HeaderMapping.objects.get()
    return web.made["mapping"]


def bill(web: Web) -> Bill:
    """What the mill owes for three persons."""
    if "bill" not in web.made:
        fund(web)
        enrolment = draft(web, rows=3)
        submit_and_bill(enrolment=enrolment, by=BY, at=AT)
        enrolment.refresh_from_db()
        made = accept_and_bill(enrolment=enrolment, by=BY, at=AT)
        assert made is not None
        web.made["bill"] = made
    return web.made["bill"]


def paid(web: Web) -> Bill:
    """The same, paid by bank."""
    found = bill(web)
    if found.state != "paid":
        file = StoredFile.objects.create(
            kind="statement", name="流水.csv", media_type="text/csv", size=1, sha256="0" * 64, at=AT, by_kind="staff",
            by_key="1",
        )  # fmt: skip
        statement = Statement.objects.create(fund=fund(web), file=file, at=AT, lines_read=1, lines_new=1)
        line = StatementLine.objects.create(
            statement=statement, fund=fund(web), serial="S1", booked_on=AT.date(), amount=Decimal(found.amount),
            payer_name=found.payer_name, text=found.number,
        )  # fmt: skip
        match_line(line=line, bills=[found], by=BY, at=AT)
        found.refresh_from_db()
    return found


def application(web: Web, client: Client | None = None) -> EmployerApplication:
    """The newcomer's application at the county."""
    if "application" not in web.made:
        client = client or web.client("newcomer")
        answer = client.post(
            reverse("employers:application_new") + "?office=450502", {**applying(), "stamped_form": scan()}
        )
        assert answer.status_code == 302, answer.content.decode()
        web.made["application"] = EmployerApplication.objects.get()
    return web.made["application"]


def applying() -> dict[str, Any]:
    """What is typed of a new employer."""
    from tests.people.cast import credit_code

    return {
        "name": "碧海食品厂",
        "credit_code": credit_code(77),
        "headcount_declared": "3",
        "contact_name": "周一帆",
        "contact_phone": "13900000055",
    }
