"""Bills: made when an enrolment is accepted, cancelled before payment; and the fund that they are paid into."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.contributions.actions import undoing
from mutualaid.contributions.actions.billing import DUE_DAYS, issue_bills
from mutualaid.contributions.actions.leaving_alone import leave_alone
from mutualaid.contributions.actions.lowering import call_off, undo_issue
from mutualaid.contributions.actions.settling import release_parts
from mutualaid.contributions.locking import lock_payments
from mutualaid.contributions.models import Bill, Fund
from mutualaid.contributions.queries import back_of, earned_by, fund_for, share_of
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.resting import standing
from mutualaid.contributions.undoable import enrolment_not_taken_back
from mutualaid.core import work
from mutualaid.core.actors import Actor, system
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.models import LongJob
from mutualaid.core.moves import refuse_move
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment import queries as enrolments
from mutualaid.enrolment.actions import accepting, enrolling, packages, rosters
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow, Way
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import open_enrolments
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.enrolment.standing import refuse_part
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.ledger.actions import open_book, post_income
from mutualaid.ledger.models import Entry
from mutualaid.people.models import Unit

__all__ = [
    "BY_ITSELF",
    "DUE_DAYS",
    "FundExists",
    "NotIncomeYet",
    "PartlyPaid",
    "accept_and_bill",
    "accept_package_and_bill",
    "bill_accepted",
    "call_back",
    "cancel_bill",
    "earn_bill",
    "open_fund",
    "submit_and_bill",
    "submit_package_and_bill",
    "take_and_submit",
]  # fmt: skip
BY_ITSELF = system("accepting_by_setting")


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


@transaction.atomic
def call_back(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Enrolment | LongJob:
    """``take_back_enrolment``, a large roster by the worker, whose job is then given; what is paid is refused at once. Raises
    what that raises."""
    if not _is_large(enrolment):
        return undoing.take_back_enrolment(enrolment=enrolment, by=by, at=at)
    refuse_part(enrolment=enrolment, as_part=False)
    refuse_move(enrolment, ENROLMENT, "take_back_enrolment")
    refusal = enrolment_not_taken_back(enrolment=enrolment)
    if refusal is not None:
        raise refusal
    return _asked("take_back_enrolment", "employers", enrolment, by, at)


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
    """The office takes roster and headcount; each payer is billed. Gives the employer's bill, else the first of the others.
    Without a fee there is no bill and covers begin at once. Raises NoFund and what enrolment refuses."""
    enrolment = accepting.accept_enrolment(enrolment=enrolment, by=by, at=at, tell=tell)
    return next(iter(bill_accepted(enrolment=enrolment, by=by, at=at)), None)


@transaction.atomic
def bill_accepted(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> list[Bill]:
    """An enrolment that was just accepted is billed, each payer for its part; where covers wait for no payment, they begin.
    Raises NoFund."""
    _persons, amount = enrolments.billable(enrolment=enrolment)
    on = day_of(at)
    bills: list[Bill] = []
    if amount:
        # Fund and book may stand above the branches that the actor sees; whether the actor may accept was asked before.
        with within([EVERYTHING]):
            fund = fund_for(employer=enrolment.employer)
            bills = issue_bills(enrolment=enrolment, fund=fund, on=on, by=by, at=at)
    if not any(bill.holds_cover for bill in bills):
        accepting.begin_covers(enrolment=enrolment, paid_on=on, by=by, at=at)
    return bills


@transaction.atomic
def submit_package_and_bill(*, package: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> list[Bill]:
    """The clerk hands a package in, all plans at once. Where the office accepts by itself and nothing was noticed about
    anybody, it is accepted and billed in the same transaction. Raises NoFund and what ``submit_package`` raises."""
    moved = packages.submit_package(package=package, by=by, at=at, tell=tell)
    with within([EVERYTHING]):
        if not all(enrolments.accepted_by_itself(enrolment=one) for one in open_enrolments(package=moved)):
            return []
        return accept_package_and_bill(package=moved, by=BY_ITSELF, at=at, tell=tell)


@transaction.atomic
def accept_package_and_bill(*, package: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> list[Bill]:
    """The office takes a package; of each plan each payer is billed. Raises NoFund and what ``accept_package`` raises."""
    moved = packages.accept_package(package=package, by=by, at=at, tell=tell)
    bills: list[Bill] = []
    mine = open_enrolments(package=moved)
    for done, enrolment in enumerate(mine):
        tell("开出各方账单", "billing each payer", done, len(mine))
        bills += bill_accepted(enrolment=enrolment, by=by, at=at)
    return bills


class PartlyPaid(Refused):
    """Another payer of the same has paid."""


@transaction.atomic
def cancel_bill(*, bill: Bill, reason: str, by: Actor, at: datetime.datetime) -> Bill:
    """A bill comes to nothing before it is paid, and with it the other payers' bills, the enrolment and its pending covers; of a
    package the whole of it. A member's own bill, where others are billed too, goes alone with the member's covers; what others
    were billed for these is asked for no longer, or goes back as the plan says, or is kept for their next bill.
    What came in for them waits as 暂收款 again, entries are reversed. An order that is open at a channel is closed by the worker;
    what is still paid there waits as 暂收款.

    Raises NoReason, PartlyPaid, IllegalMove (it is paid, or cancelled already).
    """
    reason = said(reason)[:200]
    enrolment = Enrolment.objects.select_for_update(no_key=True, of=("self",)).get(pk=bill.enrolment_id)
    with within([EVERYTHING]):
        alone = _members_alone(bill)
        together = _of_the_same(bill, enrolment) if not alone else [bill]
        cancelled = {one.pk: _cancel(one, reason, by, at) for one in together}
        if alone:
            leave_alone(bill=bill, by=by, at=at)
        elif enrolment.package is not None:
            packages.close_package(package=enrolment.package, reason=reason, by=by, at=at)
        else:
            enrolling.cancel_enrolment(enrolment=enrolment, reason=reason, by=by, at=at)
    return cancelled[bill.pk]


def _members_alone(bill: Bill) -> bool:
    """Whether a bill is a member's own, and others of the enrolment have bills."""
    if bill.payer_member_id is None:
        return False
    if bill.enrolment.way == Way.JOINING:  # strangers to each other, who joined on the same day
        return Cover.objects.filter(enrolment=bill.enrolment_id).exclude(member=bill.payer_member_id).exists()
    return Bill.objects.filter(enrolment=bill.enrolment_id).exclude(pk=bill.pk).exclude(state="cancelled").exists()


def _of_the_same(bill: Bill, enrolment: Enrolment) -> list[Bill]:
    """The bill and those of the other payers, of a package all; in the order in which they are locked. Raises PartlyPaid."""
    same = Bill.objects.filter(enrolment=enrolment)
    if enrolment.package_id is not None:
        same = Bill.objects.filter(enrolment__package=enrolment.package_id)
    others = list(same.exclude(state="cancelled").exclude(pk=bill.pk))
    paid = next((one for one in others if one.state == "paid"), None)
    if paid is not None:
        raise PartlyPaid(
            f"同一参保的各方账单应都未缴；账单 {paid.number} 已缴清，不能作废，请先按退费办理",
            f"expected that no payer of the same has paid, found bill {paid.number} paid; deal with it as a refund first",
        )
    return sorted([bill, *others], key=lambda one: one.pk)


def _cancel(bill: Bill, reason: str, by: Actor, at: datetime.datetime) -> Bill:
    lock_payments(bill=bill)
    bill = call_off(bill=bill, remark=reason, by=by, at=at)
    release_parts(bill=bill, by=by, at=at)
    undo_issue(bill=bill, text="账单作废", by=by, at=at)
    return bill


@transaction.atomic
def earn_bill(*, bill: Bill, by: Actor, at: datetime.datetime) -> Entry:
    """The cover that a bill paid for has begun: 预收 becomes income, on the first day of the cover or the day of
    payment, whichever is later; without what goes back to its payer by then. Asked twice, it is booked once. Raises
    NotIncomeYet."""
    bill = Bill.objects.select_for_update(no_key=True, of=("self",)).get(pk=bill.pk)
    last = standing().filter(bill=bill).select_related("payment").order_by("-payment__received_on").first()
    paid_on = last.payment.received_on if last is not None and bill.state == "paid" else None
    begins = bill.enrolment.from_on
    known = earned_by(bill=bill)
    if known is not None:
        return known
    due = bill.amount - back_of(bill=bill)
    if paid_on is None or begins > day_of(at) or due == 0:
        raise NotIncomeYet(
            f"账单 {bill.number} 应已缴清且保障已开始，保障自 {begins} 开始；请待保障开始后再确认收入",
            f"expected bill {bill.number} to be paid and its cover to have begun, it begins on {begins}; wait until then",
        )
    return post_income(
        book=bill.fund.book,
        bill=subject_of(bill),
        shares=[share_of(bill=bill, amount=due)],
        on=max(begins, paid_on, bill.issued_on),
        by=by,
        at=at,
    )
