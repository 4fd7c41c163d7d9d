"""Bills: made when an enrolment is accepted, cancelled before payment; and the fund that they are paid into."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.contributions.actions.settling import lock_payments, release_parts
from mutualaid.contributions.models import Bill, Fund
from mutualaid.contributions.queries import fund_of, share_of
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.resting import standing
from mutualaid.contributions.states import BILL
from mutualaid.contributions.words import payer_key
from mutualaid.core import work
from mutualaid.core.actors import Actor, system
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.models import LongJob
from mutualaid.core.money import shown
from mutualaid.core.moves import make, refuse_move
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment import queries as enrolments
from mutualaid.enrolment.actions import accepting, enrolling, rosters
from mutualaid.enrolment.models import Enrolment, RosterRow
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.ledger.actions import open_book, post_bill, post_income, reverse
from mutualaid.ledger.models import Entry
from mutualaid.notices.actions import notify_clerks
from mutualaid.people.models import Unit

DUE_DAYS = 30
BY_ITSELF = system("accepting_by_setting")


class NoFund(Refused):
    """No office above the employer has an account to pay into."""


class FundExists(Refused):
    """An office has one dedicated account."""


class NotIncomeYet(Refused):
    """The bill is not paid, or its cover has not begun."""


@transaction.atomic
def open_fund(
    *, unit: Unit, account_name: str, account_number: str, bank_name: str, by: Actor, at: datetime.datetime
) -> Fund:
    """The dedicated account of an office, with a book of its own. Raises FundExists, BookExists."""
    if Fund.objects.filter(unit=unit).exists():
        raise FundExists(
            f"{unit.name}应尚无互助专户，已有一个；请使用已有的专户",
            f"expected {unit.name} to have no dedicated account, it has one; use that",
        )
    book = open_book(code=f"fund-{unit.code}", name=account_name, unit=unit, by=by, at=at)
    fund = Fund.objects.create(
        unit=unit, book=book, account_name=account_name, account_number=account_number, bank_name=bank_name
    )
    record(what="fund_opened", row=fund, by=by, at=at)
    return fund


@transaction.atomic
def submit_and_bill(*, enrolment: Enrolment, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Bill | None:
    """The clerk hands the roster in. Where the office accepts by itself, and nothing was noticed, it is accepted and
    billed in the same transaction; else, and for a plan without a fee, there is no bill.
    Raises NoFund and what enrolment refuses."""
    enrolling.submit_enrolment(enrolment=enrolment, by=by, at=at, tell=tell)
    with within([EVERYTHING]):
        if not enrolments.accepted_by_itself(enrolment=enrolment):
            return None
        return accept_and_bill(enrolment=enrolment, by=BY_ITSELF, at=at, tell=tell)


AT_ONCE_PERSONS = 3000
"""Persons of a roster that is handed in, or accepted, while somebody waits: a second or two. A larger one is the worker's."""


@transaction.atomic
def hand_in(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Bill | LongJob | None:
    """``submit_and_bill``, a large roster by the worker, whose job is then given. Raises what that raises."""
    if not _is_large(enrolment):
        return submit_and_bill(enrolment=enrolment, by=by, at=at)
    refuse_move(enrolment, ENROLMENT, "submit_enrolment")
    return _asked("submit_and_bill", "employers", enrolment, by, at)


@transaction.atomic
def take_on(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Bill | LongJob | None:
    """``accept_and_bill``, a large roster by the worker, whose job is then given. Raises what that raises."""
    if not _is_large(enrolment):
        return accept_and_bill(enrolment=enrolment, by=by, at=at)
    refuse_move(enrolment, ENROLMENT, "accept_enrolment")
    return _asked("accept_and_bill", "workbench", enrolment, by, at)


def _asked(kind: str, portal: str, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> LongJob:
    wanted = {"enrolment": enrolment.number, "back": f"/{portal}/enrolments/{enrolment.number}"}
    return work.ask(kind=kind, wanted=wanted, by=by, at=at)


def _is_large(enrolment: Enrolment) -> bool:
    taken = RosterRow.objects.filter(enrolment=enrolment, taken=True)
    return taken[: AT_ONCE_PERSONS + 1].count() > AT_ONCE_PERSONS


@transaction.atomic
def take_and_submit(
    *, enrolment: Enrolment, leave_out_faulty: bool = False, by: Actor, at: datetime.datetime
) -> Bill | None:
    """The rows of the preview that waits are taken and the roster is handed in, in one: for programs. Raises what
    ``take_preview`` and ``submit_and_bill`` raise."""
    rosters.take_preview(enrolment=enrolment, leave_out_faulty=leave_out_faulty, by=by, at=at)
    return submit_and_bill(enrolment=enrolment, by=by, at=at)


@transaction.atomic
def accept_and_bill(*, enrolment: Enrolment, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Bill | None:
    """The office takes roster and headcount; the employer is billed. Without a fee there is no bill and covers begin
    at once. Raises NoFund and what enrolment refuses."""
    enrolment = accepting.accept_enrolment(enrolment=enrolment, by=by, at=at, tell=tell)
    persons, amount = enrolments.billable(enrolment=enrolment)
    on = day_of(at)
    if amount == 0:
        accepting.begin_covers(enrolment=enrolment, paid_on=on, by=by, at=at)
        return None
    employer = enrolment.employer
    # Fund and book may stand above the branches that the actor sees; whether the actor may accept was asked before.
    with within([EVERYTHING]):
        fund = fund_of(employer=employer)
        if fund is None:
            raise NoFund(
                "该单位的上级应有互助专户，未找到；请先由财务登记专户",
                "expected an office above the employer to have a dedicated account, found none; have finance enter one",
            )
        bill = Bill.objects.create(
            enrolment=enrolment,
            employer=employer,
            fund=fund,
            payer_name=employer.unit.name,
            payer_key=payer_key(employer.unit.name),
            amount=amount,
            persons=persons,
            from_on=enrolment.from_on,
            until_on=enrolment.until_on,
            issued_on=on,
            due_on=on + datetime.timedelta(days=DUE_DAYS),
        )
        bill.refresh_from_db(fields=["number"])
        post_bill(book=fund.book, bill=subject_of(bill), shares=[share_of(bill=bill)], on=on, by=by, at=at)
        record(what="bill_issued", row=bill, by=by, at=at, amount=str(amount), persons=persons)
        notify_clerks(
            employer=employer,
            template="bill_issued",
            words={
                "number": bill.number,
                "plan": enrolment.version.name_zh,
                "amount": shown(amount),
                "due_on": bill.due_on.isoformat(),
            },
            link=f"/employers/bills/{bill.number}",
            by=by,
            at=at,
        )
    return bill


@transaction.atomic
def cancel_bill(*, bill: Bill, reason: str, by: Actor, at: datetime.datetime) -> Bill:
    """A bill comes to nothing before it is paid in full: what came in for it waits as 暂收款 again, its entry is reversed,
    the enrolment and its pending covers are cancelled. An order that is open at a channel is closed by the worker; what is
    still paid there waits as 暂收款.

    Raises NoReason, IllegalMove (it is paid, or cancelled already).
    """
    reason = said(reason)[:200]
    lock_payments(bill=bill)
    bill = make(bill, BILL, "cancel_bill", by=by, at=at)
    bill.remark = reason
    bill.save(update_fields=["remark"])
    with within([EVERYTHING]):
        release_parts(bill=bill, by=by, at=at)
        issued = Entry.objects.get(book=bill.fund.book_id, subject=subject_of(bill), event="issued")
        reverse(entry=issued, on=max(day_of(at), issued.posted_on), text="账单作废", by=by, at=at)
    enrolling.cancel_enrolment(enrolment=bill.enrolment, reason=bill.remark, by=by, at=at)
    for order in bill.orders.filter(state__in=["created", "pending", "unknown"]):
        work.post(name="contributions.ask_order", wanted={"order": order.number})
    return bill


@transaction.atomic
def earn_bill(*, bill: Bill, by: Actor, at: datetime.datetime) -> Entry:
    """The cover that a bill paid for has begun: 预收 becomes income, on the first day of the cover or the day of
    payment, whichever is later. Asked twice, it is booked once. Raises NotIncomeYet."""
    last = standing().filter(bill=bill).select_related("payment").order_by("-payment__received_on").first()
    paid_on = last.payment.received_on if last is not None and bill.state == "paid" else None
    begins = bill.enrolment.from_on
    if paid_on is None or begins > day_of(at):
        raise NotIncomeYet(
            f"账单 {bill.number} 应已缴清且保障已开始，保障自 {begins} 开始；请待保障开始后再确认收入",
            f"expected bill {bill.number} to be paid and its cover to have begun, it begins on {begins}; wait until then",
        )
    return post_income(
        book=bill.fund.book,
        bill=subject_of(bill),
        shares=[share_of(bill=bill)],
        on=max(begins, paid_on, bill.issued_on),
        by=by,
        at=at,
    )
