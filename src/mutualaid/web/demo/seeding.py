"""The invented union of the demonstration, made by the product's own actions, as if it had been at work for half a year.

All of it is one transaction: killed in the middle, nothing is there, and the next start begins anew. Moments are told to the
actions, so that covers bought in the past are in force today.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence

from django.conf import settings
from django.utils import timezone

from mutualaid.contributions.actions.bank import import_statement, match_line
from mutualaid.contributions.actions.bills import accept_and_bill, earn_bill, open_fund, submit_and_bill
from mutualaid.contributions.models import Bill
from mutualaid.contributions.queries import bills_to_earn
from mutualaid.core import papers
from mutualaid.core.actors import Actor, system
from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.enrolling import begin_enrolment, return_enrolment
from mutualaid.enrolment.actions.rosters import preview_roster, take_good_rows
from mutualaid.enrolment.models import Enrolment
from mutualaid.people.actions.activation import activate, make_activation
from mutualaid.people.actions.applications import STAMPED_FORM, approve_application, submit_application
from mutualaid.people.actions.members import give_consent
from mutualaid.people.actions.sign_in import set_password
from mutualaid.people.actions.staff import assign_role, open_account, register_staff
from mutualaid.people.actions.units import register_unit, set_unit_contact
from mutualaid.people.consents import current_text
from mutualaid.people.models import Account, EmployerApplication, Level, Member, Purpose, Unit
from mutualaid.plans.actions import draft_plan, publish_library, submit_plan
from mutualaid.plans.shipped import library_document, library_documents
from mutualaid.web.demo import cast, claims_past, gig_past, samples
from mutualaid.web.demo.drawing import Drawer, Row, credit_code, unusual, workbook
from mutualaid.web.demo.paid_online import pay_online
from mutualaid.web.demo.union import BY, GIG, INPATIENT, WOMEN, Union

Said = Callable[[str, str], None]
_HALF_A_YEAR = 160
"""Days: long enough for the waiting periods of the invented plans to be over."""
_CONTACTS = {
    "province": ("0990-5550100", "示范市中心路 1 号工会大厦（虚构）"),
    "city": ("0990-5550101", "示范市人民路 12 号职工服务中心一楼 3 号窗口（虚构）"),
    "county": ("0990-5550102-8", "示范市滨海区海港路 6 号（虚构）"),
    "industry": ("0990-5550103", "示范市学府路 20 号（虚构）"),
}
"""Telephones and counters of the invented offices."""
_FOREIGN_OFFICE = "各地办法陈列处（虚构）"


class NotTheDemonstration(RuntimeError):
    """Invented people are never mixed with real ones."""


def seed(said: Said, members: int = 2000) -> None:
    """Fill an empty database; one that has its union already stays as it is. Raises NotTheDemonstration."""
    refuse_outside()
    now = timezone.now()
    with within([EVERYTHING]):
        if Unit.objects.exists():
            said("演示工会已在，不再虚构", "the union of the demonstration is there already")
            return
        union = Union(now - datetime.timedelta(days=_HALF_A_YEAR))
        _tree(union)
        _staff(union)
        _plans(union)
        said("已有工会、人员、计划", "made the units, the staff and the plans")
        _draw(union, members)
        _employers(union)
        _enrol(union, said)
        _members_with_accounts(union)
        claims_past.fall_ill(union, now)
        said("已有理赔申请、审核和付款", "made claims, their reviews and payments")
        union.at = now - datetime.timedelta(days=2)
        _open_work(union)
        _clerks_to_come(union)
        gig_past.ride(union, now)
        said("已有扫码参加、平台批量参加和集体保障", "made a page to join, a platform's batch and places without names")
        for bill in bills_to_earn(on=day_of(now)):
            earn_bill(bill=bill, by=BY, at=now)
    said("演示工会已就绪", "the union of the demonstration is complete")


def refuse_outside() -> None:
    """Raises NotTheDemonstration in a real installation."""
    if not settings.DEMO:
        raise NotTheDemonstration(
            "演示数据只能写入演示模式的数据库；请用 mutualaid demo · "
            "expected demo mode, found an installation; invented data stay in the demonstration: mutualaid demo"
        )


# --- who runs the scheme, and what it offers ------------------------------------------------------------------------------


def _tree(union: Union) -> None:
    def grow(key: str, level: Level, parent: str | None, code: str, name: str) -> None:
        above = union.units[parent] if parent else None
        region = code.ljust(6, "0") if code.isdecimal() else ""
        union.units[key] = register_unit(
            level=level, parent=above, code=code, name=name, region_code=region, by=BY, at=union.at
        )

    grow("nation", Level.NATIONAL, None, "CN", "全国职工互助保障总部（虚构）")
    grow("province", Level.PROVINCE, "nation", "99", "示范省职工互助保障办事处（虚构）")
    grow("city", Level.CITY, "province", "9901", "示范市职工互助保障办事处（虚构）")
    grow("county", Level.COUNTY, "city", "990101", "示范市滨海区总工会（虚构）")
    grow("industry", Level.INDUSTRY, "city", "9901C", "示范市教科卫产业工会（虚构）")
    grow("elsewhere", Level.PROVINCE, "nation", "98", _FOREIGN_OFFICE)
    for key, (phone, address) in _CONTACTS.items():
        set_unit_contact(unit=union.units[key], phone=phone, address=address, by=BY, at=union.at)


def _account(union: Union, person: cast.Person, *, password: bool) -> Account:
    account = open_account(name=person.key, by=BY, at=union.at)
    if password:
        set_password(account=account, password=cast.PASSWORD, by=BY, at=union.at)
        account.refresh_from_db()
    union.accounts[person.key] = account
    return account


def _staff(union: Union) -> None:
    on = day_of(union.at)
    for person in cast.STAFF:
        account = _account(union, person, password=False)
        unit = union.units[person.unit]
        member = register_staff(account=account, unit=unit, name=person.name, by=BY, at=union.at)
        for role in person.roles:
            assign_role(staff=member, role=role, unit=unit, from_on=on, by=BY, at=union.at)
    union.fund = open_fund(
        unit=union.units["city"],
        account_name="示范市职工互助保障专户（虚构）",
        account_number=samples.ACCOUNT,
        bank_name=f"{samples.BANK}示范市分行（虚构）",
        by=union.by(cast.FINANCE),
        at=union.at,
    )


def _plans(union: Union) -> None:
    """The invented plans where the employers are; the real ones that may be published, in an office without employers."""
    designer, checker = union.by(cast.DESIGNER), union.by(cast.CHECKER)
    offices = {True: union.units["city"], False: union.units["elsewhere"]}
    for invented, office in offices.items():
        plans = [one.document.plan for one in library_documents() if one.invented is invented]
        made = publish_library(office=office, plans=plans, by_designer=designer, by=checker, at=union.at)
        union.versions |= {one.plan: one for one in made}


# --- employers, and their staff ---------------------------------------------------------------------------------------------


def _papers(union: Union, person: cast.Person, name: str) -> list[StoredFile]:
    form = papers.store(
        content=samples.stamped_form(name),
        name="盖章授权书（虚构）.pdf",
        kind=STAMPED_FORM,
        media_type=papers.PDF,
        by=union.by(person),
        at=union.at,
    )
    return [form]


def _apply(
    union: Union, person: cast.Person, office: str, number: int, name: str, headcount: int
) -> EmployerApplication:
    return submit_application(
        account=union.accounts[person.key],
        office=union.units[office],
        name=name,
        credit_code=credit_code(number),
        headcount_declared=headcount,
        contact_name=person.name,
        contact_phone=f"1990002{number:04d}",
        papers=_papers(union, person, name),
        by=union.by(person),
        at=union.at,
    )


_OFFICES = {1: "city", 2: "industry", 3: "industry", 4: "city", 5: "county"}


def _employers(union: Union) -> None:
    for place in cast.WORKPLACES:
        _account(union, place.clerk, password=True)
        union.later(hours=2)
        application = _apply(
            union, place.clerk, _OFFICES[place.code], place.code, place.name, len(union.rows[place.code])
        )
        employer = approve_application(application=application, by=union.by(cast.OFFICER), at=union.later(hours=1))
        union.employers[place.code] = employer


def _draw(union: Union, members: int) -> None:
    """All staff; together ``members`` of them are going to be covered."""
    drawer = Drawer()
    women = {cast.HOSPITAL.code: 72, cast.SCHOOL.code: 64, cast.PORT.code: 24, cast.RIDERS.code: 14}
    rest = members
    for place in (cast.HOSPITAL, cast.SCHOOL, cast.RIDERS, cast.PORT):
        many = rest if place is cast.PORT else max(1, members * place.share // 1000)
        rest -= many
        strangers = unusual() if place is cast.HOSPITAL and many > 20 else []
        drawn = drawer.people(many - len(strangers), women=women[place.code], gig=place is cast.RIDERS)
        union.rows[place.code] = [*drawn, *strangers]
    for row, person in zip(union.rows[cast.PORT.code], cast.MEMBERS, strict=False):
        row["name"] = person.name
    union.rows[cast.MILL.code] = drawer.people(36)


# --- they enrol, and pay ------------------------------------------------------------------------------------------------------


def _enrolment(union: Union, place: cast.Workplace, plan: str, rows: Sequence[Row]) -> Enrolment:
    """A draft with a roster, all good rows taken."""
    employer, by = union.employers[place.code], union.by(place.clerk)
    women = sum(_is_woman(row) for row in rows) if plan == WOMEN else None
    enrolment = begin_enrolment(
        employer=employer,
        version=union.versions[plan],
        headcount=max(len(rows), len(union.rows[place.code])),
        women_headcount=women,
        by=by,
        at=union.later(hours=1),
    )
    enrolment.refresh_from_db()
    file = papers.store(
        content=workbook(rows),
        name=f"花名册 {enrolment.number}.xlsx",
        kind="roster",
        media_type=papers.XLSX,
        unit_path=employer.unit_path,
        by=by,
        at=union.at,
    )
    upload = preview_roster(enrolment=enrolment, file=file, by=by, at=union.at)
    take_good_rows(upload=upload, by=by, at=union.later(minutes=5))
    return enrolment


def _is_woman(row: Row) -> bool:
    return row.get("sex") == "女" or (
        row["identity_number"][16:17].isdigit() and int(row["identity_number"][16]) % 2 == 0
    )


def _billed(union: Union, place: cast.Workplace, plan: str, rows: Sequence[Row]) -> Bill:
    enrolment = _enrolment(union, place, plan, rows)
    submit_and_bill(enrolment=enrolment, by=union.by(place.clerk), at=union.later(minutes=5))
    enrolment.refresh_from_db()
    bill = accept_and_bill(enrolment=enrolment, by=union.by(cast.OFFICER), at=union.later(hours=3))
    assert bill is not None  # the invented plans have fees
    return bill


def _enrol(union: Union, said: Said) -> None:
    for place, plan in (
        (cast.PORT, INPATIENT),
        (cast.HOSPITAL, INPATIENT),
        (cast.SCHOOL, INPATIENT),
        (cast.RIDERS, GIG),
    ):
        bill = _billed(union, place, plan, union.rows[place.code])
        said(f"{place.name}：{bill.persons} 人已核准", f"{bill.persons} persons of employer {place.code} accepted")
        if place is cast.HOSPITAL:
            pay_online(bill=bill, by=union.by(place.clerk), at=union.later(hours=20))
    union.later(days=1)
    _by_bank(union)


def _statement(union: Union) -> int:
    """A bank's file with money for whatever bill waits; the key of the statement."""
    assert union.fund is not None
    by = union.by(cast.FINANCE)
    file = papers.store(
        content=samples.sample_statement(union.fund, day_of(union.at)),
        name=f"银行流水 {day_of(union.at)}.csv",
        kind="statement",
        media_type=papers.CSV,
        unit_path=union.units["city"].path,
        by=by,
        at=union.at,
    )
    return import_statement(fund=union.fund, file=file, by=by, at=union.at).pk


def _by_bank(union: Union) -> None:
    """The bills that wait are paid by bank, and finance matches them."""
    assert union.fund is not None
    statement = _statement(union)
    bills = {samples.serial_of(bill): bill for bill in Bill.objects.filter(fund=union.fund, state="issued")}
    for line in union.fund.lines.filter(statement=statement).order_by("id"):
        if line.serial in bills:
            match_line(line=line, bills=[bills[line.serial]], by=union.by(cast.FINANCE), at=union.later(minutes=3))


# --- what waits for somebody today --------------------------------------------------------------------------------------------


def _open_work(union: Union) -> None:
    """A bill that is paid and not matched, an enrolment and an application that wait, a returned one, plans being written."""
    _billed(union, cast.HOSPITAL, WOMEN, _women(union, cast.HOSPITAL))
    union.later(hours=1)
    _statement(union)
    waiting = _enrolment(union, cast.SCHOOL, WOMEN, _women(union, cast.SCHOOL))
    submit_and_bill(enrolment=waiting, by=union.by(cast.SCHOOL.clerk), at=union.later(minutes=5))
    returned = _enrolment(union, cast.MILL, INPATIENT, union.rows[cast.MILL.code])
    submit_and_bill(enrolment=returned, by=union.by(cast.MILL.clerk), at=union.later(minutes=5))
    returned.refresh_from_db()
    return_enrolment(
        enrolment=returned,
        remark="名单应含新入职的职工；请补充后重新提交（演示）",
        by=union.by(cast.OFFICER),
        at=union.later(minutes=30),
    )
    _account(union, cast.WAITING, password=True)
    _apply(union, cast.WAITING, "county", 6, "示范市望月机械厂工会（虚构）", 64)
    _drafts(union)


def _women(union: Union, place: cast.Workplace) -> list[Row]:
    return [
        row | {"units": "2" if number % 4 == 0 else "1"}
        for number, row in enumerate(filter(_is_woman, union.rows[place.code]))
    ]


def _drafts(union: Union) -> None:
    by = union.by(cast.DESIGNER)
    for plan in (WOMEN, INPATIENT):
        shipped = library_document(plan=plan)
        assert shipped is not None
        text = shipped.text.replace(plan, plan.replace("2026", "2027")).replace("2026年版", "2027年版")
        text = text.replace("2026 edition", "2027 edition")
        version = draft_plan(
            office=union.units["city"], text=text, based_on=union.versions[plan], by=by, at=union.later(minutes=10)
        )
        if plan == INPATIENT:
            submit_plan(version=version, by=by, at=union.later(minutes=10))


# --- who signs in by themselves -----------------------------------------------------------------------------------------------


def _members_with_accounts(union: Union) -> None:
    """Some members of the port have an account already, and have agreed to what enrolment needs."""
    for row, person in zip(union.rows[cast.PORT.code], cast.MEMBERS, strict=False):
        union.accounts[person.key] = opened_for(
            number=row["identity_number"], person=person, by=union.by(cast.CLERK), at=union.later(minutes=5)
        )


def opened_for(*, number: str, person: cast.Person, by: Actor, at: datetime.datetime) -> Account:
    """The account of the member with an identity number, as they would open it by a code. Raises Member.DoesNotExist."""
    refuse_outside()
    member = Member.objects.get(identity_index=blind_index(Member, "identity_index", number))
    code = make_activation(member=member, by=by, at=at)
    account = activate(
        code=code, identity_tail=number[-6:], name=person.key, password=cast.PASSWORD, by=system("members"), at=at
    )
    _agree(member, (Purpose.ENROLMENT, Purpose.MESSAGES), Actor(person.kind, str(account.pk)), at)
    return account


def _agree(member: Member, purposes: Iterable[Purpose], by: Actor, at: datetime.datetime) -> None:
    for purpose in purposes:
        give_consent(member=member, purpose=purpose, version=current_text(purpose).version, by=by, at=at)


def _clerks_to_come(union: Union) -> None:
    _account(union, cast.NEWCOMER, password=True)
