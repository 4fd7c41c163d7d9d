"""The whole road by real actions: from an employer's application to the member who reads a certificate, each step within the
bounds of whoever takes it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from mutualaid.contributions import access as money
from mutualaid.contributions import jobs
from mutualaid.contributions.actions.bank import import_statement, match_line
from mutualaid.contributions.actions.bills import accept_and_bill, cancel_bill, open_fund, submit_and_bill
from mutualaid.contributions.actions.online import open_order
from mutualaid.contributions.matching import suggestions
from mutualaid.contributions.models import Bill, Fund, Receipt
from mutualaid.contributions.receipts import receipt_pdf
from mutualaid.core import papers, work
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.dates import day_of
from mutualaid.core.models import AuditEntry
from mutualaid.enrolment import access as enrolments
from mutualaid.enrolment import jobs as enrolment_jobs
from mutualaid.enrolment.actions.enrolling import (
    begin_enrolment,
    cancel_enrolment,
    return_enrolment,
    set_office_setting,
)
from mutualaid.enrolment.actions.rosters import take_good_rows
from mutualaid.enrolment.certificate import certificate
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.queries import covers_of_member, rows_of, rows_of_upload
from mutualaid.enrolment.roster.template import roster_template
from mutualaid.ledger.access import book_for
from mutualaid.ledger.chart import BANK, CONTRIBUTIONS, RECEIVABLE, UNEARNED, UNMATCHED
from mutualaid.ledger.lines import Period
from mutualaid.ledger.queries import trial_balance
from mutualaid.people import access as people
from mutualaid.people.actions.activation import activate, make_activation
from mutualaid.people.actions.applications import (
    STAMPED_FORM,
    approve_application,
    resubmit_application,
    return_application,
    submit_application,
)
from mutualaid.people.models import Account, Employer, Member
from mutualaid.plans.access import published_for, version_to_approve, version_to_design
from mutualaid.plans.actions import draft_plan, publish_plan, submit_plan
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT as LONG_AGO
from tests.people.cast import as_staff, credit_code
from tests.plans.office import text_of
from tests.road.walking import STAMPED, Office, acting, filled, looking, office, persons, the_worker, told

if TYPE_CHECKING:
    from tests.contributions.channel import Simulator

pytestmark = pytest.mark.django_db
AT = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.UTC)
ON = day_of(AT)
DAY = datetime.timedelta(days=1)
ACCOUNT = "6222000011112222"
HEAD = "交易日期,贷方发生额,对方户名,对方账号,附言,流水号"


@pytest.fixture
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's clock stands at the day of these tests: nothing else is replaced."""
    for module in (enrolment_jobs, jobs):
        monkeypatch.setattr(module, "database_time", lambda: AT)


@pytest.fixture
def union() -> Office:
    """The office with its fund, which finance opened."""
    found = office()
    with acting(found.by_finance, LONG_AGO):
        open_fund(
            unit=people.unit_for(actor=found.by_finance, code="4505", on=day_of(LONG_AGO)),
            account_name="海市职工互助保障专户",
            account_number=ACCOUNT,
            bank_name="海市银行",
            by=found.by_finance,
            at=LONG_AGO,
        )
    return found


# --- the steps --------------------------------------------------------------------------------------------------------


def registered(union: Office, at: datetime.datetime, number: int = 31, headcount: int = 8) -> Employer:
    """An employer applies, is sent back, applies again and is let in; the applicant is its clerk."""
    by, looker = union.by_clerk, union.by_enroller
    facts: dict[str, Any] = {
        "name": f"海市第{number}纺织有限公司",
        "credit_code": credit_code(number),
        "headcount_declared": headcount,
        "contact_name": "周一帆",
        "contact_phone": "13900000031",
    }
    with acting(by, at):
        form = papers.store(content=STAMPED, name="登记表.pdf", kind=STAMPED_FORM, media_type=papers.PDF, by=by, at=at)
        application = submit_application(
            account=union.applicant, office=union.city, papers=[form], **facts, by=by, at=at
        )
    with looking(looker, at):
        seen = people.application_to_review(actor=looker, number=application.number, on=day_of(at))
        assert papers.read(seen.papers.get()) == STAMPED
    with looking(as_staff(union.outsider), at), pytest.raises(people.NotFound):
        people.application_to_review(actor=as_staff(union.outsider), number=application.number, on=day_of(at))
    with acting(looker, at):
        return_application(application=application, remark="印章不清晰", by=looker, at=at)
    with acting(by, at):
        mine = people.application_to_mend(actor=by, number=application.number, on=day_of(at))
        form = papers.store(content=STAMPED, name="登记表.pdf", kind=STAMPED_FORM, media_type=papers.PDF, by=by, at=at)
        resubmit_application(application=mine, office=union.city, papers=[form], **facts, by=by, at=at)
    with acting(looker, at):
        seen = people.application_to_review(actor=looker, number=application.number, on=day_of(at))
        employer = approve_application(application=seen, by=looker, at=at)
    with looking(by, at):
        return people.employer_for(actor=by, code=employer.unit.code, on=day_of(at))


def published(union: Office, at: datetime.datetime, text: str) -> PlanVersion:
    """A plan drafted by one, approved by another, within their branches."""
    designer, approver = as_staff(union.designer), as_staff(union.approver)
    with acting(designer, at):
        drafted = draft_plan(office=union.city, text=text, by=designer, at=at)
        drafted = version_to_design(actor=designer, number=drafted.number, on=day_of(at))
        submit_plan(version=drafted, by=designer, at=at)
    with acting(approver, at):
        waiting = version_to_approve(actor=approver, number=drafted.number, on=day_of(at))
        return publish_plan(version=waiting, offered_from_on=day_of(at), by=approver, at=at)


def brought(
    union: Office, employer: Employer, plan: str, rows: Sequence[dict[str, str]], at: datetime.datetime, good: int
) -> Enrolment:
    """The clerk downloads the template, fills it, uploads it and takes the good rows; the worker checks it."""
    by = union.by_clerk
    with acting(by, at):
        version = published_for(actor=by, plan=plan, on=day_of(at))
        enrolment = begin_enrolment(
            employer=employer, version=version, headcount=good, women_headcount=good, by=by, at=at
        )
        number = Enrolment.objects.get(pk=enrolment.pk).number
    with looking(by, at):
        template = roster_template(enrolment=enrolments.enrolment_of_clerk(actor=by, number=number, on=day_of(at)))
    with acting(by, at):
        file = papers.store(
            content=filled(template, rows), name="花名册.xlsx", kind="roster", media_type=papers.XLSX,
            unit_path=employer.unit.path, by=by, at=at,
        )  # fmt: skip
        job = work.ask(kind="preview_roster", wanted={"enrolment": number, "file": str(file.key)}, by=by, at=at)
    with the_worker():
        work.run_waiting()
        job.refresh_from_db()
    assert job.result["good"] == good, job.result
    with acting(by, at):
        upload = enrolments.upload_for(actor=by, number=number, upload=job.result["upload"], on=day_of(at))
        assert [len(row.faults) > 0 for row in rows_of_upload(upload=upload)].count(True) == len(rows) - good
        take_good_rows(upload=upload, by=by, at=at)
    with looking(by, at):
        found = enrolments.enrolment_of_clerk(actor=by, number=number, on=day_of(at))
        assert rows_of(enrolment=found).count() == good
        return found


def submitted(union: Office, enrolment: Enrolment, at: datetime.datetime) -> Bill | None:
    """The clerk hands it in."""
    by = union.by_clerk
    with acting(by, at):
        return submit_and_bill(
            enrolment=enrolments.enrolment_of_clerk(actor=by, number=enrolment.number, on=day_of(at)), by=by, at=at
        )


def accepted(union: Office, enrolment: Enrolment, at: datetime.datetime) -> Bill | None:
    """The office takes it."""
    by = union.by_enroller
    with acting(by, at):
        seen = enrolments.enrolment_to_decide(actor=by, number=enrolment.number, on=day_of(at))
        return accept_and_bill(enrolment=seen, by=by, at=at)


def transferred(union: Office, bill: Bill, at: datetime.datetime) -> None:
    """The bank's file comes, and finance takes what is suggested."""
    by, on = union.by_finance, day_of(at)
    name = bill.payer_name
    text = f"账号：{ACCOUNT}\n{HEAD}\n{on},{bill.amount},{name},62220001,互助费 {bill.number},S{bill.number}\n"
    with acting(by, at):
        file = papers.store(
            content=text.encode(), name="流水.csv", kind="statement", media_type=papers.CSV,
            unit_path=union.city.path, by=by, at=at,
        )  # fmt: skip
        import_statement(fund=money.fund_for(actor=by, code="4505", on=on), file=file, by=by, at=at)
    with looking(by, at):
        line = money.line_for(actor=by, fund="4505", serial=f"S{bill.number}", on=on)
        [likeliest, *_] = suggestions(line=line)
        assert likeliest.clear
        assert likeliest.bills == (bill,)
    with acting(by, at):
        match_line(line=line, bills=list(likeliest.bills), by=by, at=at)


def activated(union: Office, member: Member, at: datetime.datetime) -> Account:
    """The clerk hands a code over, and the member makes an account."""
    by = union.by_clerk
    with acting(by, at):
        seen = people.member_for(actor=by, number=member.number, on=day_of(at))
        code = make_activation(member=seen, by=by, at=at)
        tail = seen.identity_number[-6:]
    with the_worker():  # as signing in: nobody is who they are yet
        return activate(
            code=code, identity_tail=tail, name=f"会员{member.number}", password="hai-feng-qing-qing-25",
            by=Actor(ActorKind.SYSTEM, "members"), at=at,
        )  # fmt: skip


def balances(union: Office, at: datetime.datetime) -> dict[str, Decimal]:
    """What the accounts of the fund's book hold, as finance reads them."""
    by = union.by_finance
    with looking(by, at):
        fund = money.fund_for(actor=by, code="4505", on=day_of(at))
        book = book_for(actor=by, code=fund.book.code, on=day_of(at))
        found = trial_balance(book=book, period=Period(datetime.date(2020, 1, 1), day_of(at) + DAY))
        assert found.opening == found.closing == 0
        assert found.debits == found.credits
        return {row.account.code: row.closing for row in found.rows if row.closing}


def recorded() -> set[str]:
    """What the audit trail tells."""
    return set(AuditEntry.objects.values_list("what", flat=True))


# --- the roads --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_clock")
def test_by_bank_transfer(union: Office) -> None:
    employer = registered(union, AT)
    published(union, AT, text_of())
    rows = [*persons(8), {"name": "无名", "identity_number": "450502198806070001", "basic_insurance": "职工医保"}]
    enrolment = brought(union, employer, "demo-inpatient-2026", rows, AT, good=8)
    assert submitted(union, enrolment, AT) is None
    by = union.by_enroller
    with acting(by, AT):
        seen = enrolments.enrolment_to_decide(actor=by, number=enrolment.number, on=ON)
        return_enrolment(enrolment=seen, remark="请核对人数", by=by, at=AT)
    assert submitted(union, enrolment, AT) is None
    bill = accepted(union, enrolment, AT)
    assert bill is not None
    assert (bill.amount, bill.persons) == (Decimal(800), 8)
    first = Member.objects.order_by("id")[0]
    reader = activated(union, first, AT)
    assert balances(union, AT) == {RECEIVABLE.code: 800, UNEARNED.code: -800}
    transferred(union, bill, AT)
    assert balances(union, AT) == {BANK.code: 800, UNEARNED.code: -800}

    clerk = union.by_clerk
    with looking(clerk, AT):
        number = Receipt.objects.get(bill=bill).number
        receipt = money.receipt_for(actor=clerk, number=number, on=ON)
        assert receipt_pdf(receipt=receipt, lang="zh").startswith(b"%PDF-")
        covers = enrolments.covers_visible_to(actor=clerk, on=ON)
        assert {(cover.state, cover.from_on) for cover in covers} == {("begun", ON + DAY)}

    own = Actor(ActorKind.MEMBER, str(reader.pk))
    with looking(own, AT):
        me = people.members_visible_to(actor=own, on=ON).get()
        assert [standing.when for standing in covers_of_member(member=me, on=ON + DAY)] == ["in_force"]
        cover = enrolments.cover_for(actor=own, number=Cover.objects.get().number, on=ON)
        assert certificate(cover=cover, lang="zh", on=ON).startswith(b"%PDF-")
        assert certificate(cover=cover, lang="en", on=ON).startswith(b"%PDF-")
        assert not Bill.objects.exists()

    with the_worker():
        jobs.earn_bills(at=AT + 2 * DAY)
    assert balances(union, AT + 2 * DAY) == {BANK.code: 800, CONTRIBUTIONS.code: -800}
    assert told(union.applicant, "clerk") == [
        "application_returned", "clerk_bound", "application_approved", "enrolment_returned", "enrolment_accepted",
        "bill_issued", "bill_paid",
    ]  # fmt: skip
    assert told(union.enroller.account, "staff") == [
        "application_to_review", "application_to_review", "enrolment_to_review", "enrolment_to_review",
    ]  # fmt: skip
    assert told(union.approver.account, "staff") == ["plan_to_approve"]
    assert told(union.designer.account, "staff") == ["plan_published"]
    assert told(union.outsider.account, "staff") == []
    assert told(reader, "member") == ["cover_begun"]
    wanted = (
        "submit_application return_application resubmit_application approve_application register_unit register_employer"
        " register_clerk bind_clerk draft_plan submit_plan publish_plan begin_enrolment store_file ask_job start_job"
        " preview_roster take_good_rows submit_enrolment return_enrolment accept_enrolment register_member"
        " begin_employment register_cover bill_issued book_opened fund_opened entry_posted statement_imported match_line"
        " payment_received settle_bill begin_cover receipt_issued make_activation activate_member notify"
    )
    assert set(wanted.split()) <= recorded()


def test_by_the_online_channel(union: Office, channel: Simulator) -> None:
    at = timezone.now()  # the channel is another process with the real clock
    employer = registered(union, at)
    published(union, at, text_of("demo-women-2026"))
    enrolment = brought(union, employer, "demo-women-2026", persons(6), at, good=6)
    submitted(union, enrolment, at)
    bill = accepted(union, enrolment, at)
    assert bill is not None
    by = union.by_clerk
    with acting(by, at):
        order = open_order(
            bill=money.bill_for(actor=by, number=bill.number, on=day_of(at)),
            channel="neutral",
            by=by,
            at=timezone.now(),
        )
    with the_worker():
        assert work.run_waiting() == 1
    with looking(by, at):
        order = money.order_for(actor=by, number=order.number, on=day_of(at))
        assert order.pay_address
    channel.pay(order)
    assert channel.take() == [True]
    with looking(by, at):
        assert money.bill_for(actor=by, number=bill.number, on=day_of(at)).state == "paid"
        covers = enrolments.covers_visible_to(actor=by, on=day_of(at))
        assert {(cover.state, cover.from_on.day) for cover in covers} == {("begun", 1)}
        assert all(cover.from_on > day_of(at) for cover in covers)
    assert balances(union, at) == {BANK.code: 240, UNEARNED.code: -240}
    assert told(union.applicant, "clerk")[-2:] == ["bill_issued", "bill_paid"]
    assert {"order_opened", "order_accepted", "order_paid", "payment_received", "receipt_issued"} <= recorded()


@pytest.mark.usefixtures("_clock")
def test_an_office_that_accepts_by_itself(union: Office) -> None:
    employer = registered(union, AT)
    published(union, AT, text_of())
    by = union.by_enroller
    with acting(by, AT):
        set_office_setting(unit=union.city, accepts_by_itself=True, by=by, at=AT)
    bill = submitted(union, brought(union, employer, "demo-inpatient-2026", persons(8), AT, good=8), AT)
    assert bill is not None
    assert told(union.applicant, "clerk")[-2:] == ["enrolment_accepted", "bill_issued"]
    assert "enrolment_to_review" not in told(union.enroller.account, "staff")
    assert AuditEntry.objects.get(what="accept_enrolment").actor_kind == ActorKind.SYSTEM
    transferred(union, bill, AT)
    assert balances(union, AT) == {BANK.code: 800, UNEARNED.code: -800}


@pytest.mark.usefixtures("_clock")
def test_a_plan_without_a_fee(union: Office) -> None:
    employer = registered(union, AT)
    text = text_of(plan="demo-free-2026", family="demo-free").replace("{fee: 100, ", "{fee: 0, ")
    published(union, AT, text)
    enrolment = brought(union, employer, "demo-free-2026", persons(8), AT, good=8)
    submitted(union, enrolment, AT)
    assert accepted(union, enrolment, AT) is None
    with looking(union.by_clerk, AT):
        covers = enrolments.covers_visible_to(actor=union.by_clerk, on=ON)
        assert {cover.state for cover in covers} == {"begun"}
        assert not Bill.objects.exists()
    assert balances(union, AT) == {}


@pytest.mark.usefixtures("_clock")
def test_a_bill_that_comes_to_nothing_makes_room_for_another(union: Office) -> None:
    employer = registered(union, AT)
    published(union, AT, text_of())
    enrolment = brought(union, employer, "demo-inpatient-2026", persons(7), AT, good=7)
    submitted(union, enrolment, AT)
    bill = accepted(union, enrolment, AT)
    assert bill is not None
    by = union.by_finance
    with acting(by, AT):
        seen = money.bill_to_deal_with(actor=by, number=bill.number, on=ON)
        cancel_bill(bill=seen, reason="名单有误", by=by, at=AT)
    assert balances(union, AT) == {}
    again = brought(union, employer, "demo-inpatient-2026", persons(8), AT, good=8)
    submitted(union, again, AT)
    second = accepted(union, again, AT)
    assert second is not None
    transferred(union, second, AT)
    assert balances(union, AT) == {BANK.code: 800, UNEARNED.code: -800}
    assert UNMATCHED.code not in balances(union, AT)


@pytest.mark.usefixtures("_clock")
def test_a_draft_that_is_given_up(union: Office) -> None:
    employer = registered(union, AT)
    published(union, AT, text_of())
    enrolment = brought(union, employer, "demo-inpatient-2026", persons(8), AT, good=8)
    by = union.by_clerk
    with acting(by, AT):
        mine = enrolments.enrolment_of_clerk(actor=by, number=enrolment.number, on=ON)
        assert cancel_enrolment(enrolment=mine, by=by, at=AT).state == "cancelled"
    assert Fund.objects.count() == 1
