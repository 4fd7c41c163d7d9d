"""Money given back: the fee of a cover that is void since the person was covered twice, where the plan says so; and what was
paid too much. The payment is entered by one person of finance and confirmed by another."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.actions.credits import OtherPayer
from mutualaid.contributions.actions.fiscal import bill_after_refund
from mutualaid.contributions.actions.telling import tell_payer
from mutualaid.contributions.locking import waiting
from mutualaid.contributions.models import Bill, Payment, Refund
from mutualaid.contributions.queries import refund_due, share_of
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.states import REFUND
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.actions import Share, post_refund, post_refund_of_cover, post_refund_payment
from mutualaid.ledger.lines import Period
from mutualaid.notices.actions import notify_office
from mutualaid.people.models import RoleName, Staff

SERIAL_MOST = 64


class NotYours(Refused):
    """Not of finance, or the same person twice."""


class Untold(Refused):
    """The day or the bank's number of the payment is missing, or cannot be."""


@transaction.atomic
def approve_refund(*, cover: Cover, by: Actor, at: datetime.datetime) -> Refund | None:
    """A cover was just declared void: what its plan gives back is owed to whoever paid, and booked. None where the plan gives
    nothing back, or no bill of ours was paid for it. Asked twice, it is owed once."""
    with within([EVERYTHING]):
        amount = refund_due(cover=cover)
        bill = Bill.objects.select_related("fund__book", "fund__unit", "employer__unit").filter(
            enrolment=cover.enrolment_id, state="paid"
        ).first()  # fmt: skip
        if amount == 0 or bill is None:
            return None
        known = Refund.objects.filter(cover=cover).first()
        if known is not None:
            return known
        refund = Refund.objects.create(fund=bill.fund, cover=cover, bill=bill, amount=amount, approved_at=at)
        refund.refresh_from_db(fields=["number"])
        record(what="approve_refund", row=refund, by=by, at=at, cover=cover.number, amount=str(amount))
        share = Share(cover.plan, Period(bill.from_on, bill.until_on), bill.employer.unit.code, amount)
        post_refund_of_cover(
            book=bill.fund.book,
            refund=subject_of(refund),
            share=share,
            on=max(day_of(at), bill.issued_on),
            by=by,
            at=at,
        )
        words = {"number": refund.number, "cover": cover.number, "amount": shown(amount)}
        notify_office(
            unit=bill.fund.unit, roles=[RoleName.FINANCE], template="refund_to_pay", words=words, link="/workbench/refunds",
            by=by, at=at,
        )  # fmt: skip
    return refund


@transaction.atomic
def refund_money(
    *, payment: Payment, like: Bill | None = None, reason: str, by: Actor, at: datetime.datetime
) -> Refund:
    """What of a payment waits as 暂收款 is given back to where it came from: all of it. ``like``: a bill of the payer, where
    it is known who that is. It is owed and booked; paid by hand at the bank. Raises AlreadyUsed, NoReason, OtherPayer."""
    reason = said(reason)[:200]
    with within([EVERYTHING]):
        payment, rest = waiting(payment=payment)
        if like is not None and like.fund_id != payment.fund_id:
            raise OtherPayer(
                f"账单 {like.number} 应缴入到账的专户，属于另一专户；请改选该缴费方在本专户的账单",
                f"expected bill {like.number} to be paid into the same account, it is of another; choose a bill of this one",
            )
        refund = Refund.objects.create(
            fund=payment.fund, payment=payment, bill=like, amount=rest, reason=reason, approved_at=at
        )
        refund.refresh_from_db(fields=["number"])
        record(what="refund_money", row=refund, by=by, at=at, amount=str(rest))
        on = max(day_of(at), payment.received_on)
        post_refund(
            book=payment.fund.book, refund=subject_of(refund), unit=_unit(refund), amount=rest, on=on, by=by, at=at
        )
    return refund


@transaction.atomic
def enter_refund_payment(
    *, refund: Refund, paid_on: datetime.date, serial: str, by: Actor, at: datetime.datetime
) -> Refund:
    """Finance has paid it at the bank, and says on which day and by which number. Raises NotYours, Untold, IllegalMove."""
    name, serial = _person(by), serial.strip()
    first, today = day_of(refund.approved_at), day_of(at)
    if not serial or len(serial) > SERIAL_MOST or not first <= paid_on <= today:
        raise Untold(
            f"应填写银行流水号（不超过 {SERIAL_MOST} 字）和 {first} 至 {today} 之间的付款日；得到 {paid_on}，请照银行回单填写",
            f"expected the bank's number (up to {SERIAL_MOST} characters) and a day from {first} to {today}, found {paid_on}; "
            "enter them as the bank's paper says",
        )
    also = {"paid_on": paid_on, "serial": serial, "entered_by": by.key, "entered_name": name}
    return make(refund, REFUND, "enter_refund_payment", by=by, at=at, also=also)


@transaction.atomic
def return_refund_payment(*, refund: Refund, by: Actor, at: datetime.datetime) -> Refund:
    """What was entered does not agree with the bank's paper: it is to be paid, or entered again. Raises NotYours, IllegalMove."""
    _person(by)
    also = {"paid_on": None, "serial": "", "entered_by": "", "entered_name": ""}
    return make(refund, REFUND, "return_refund_payment", by=by, at=at, also=also)


@transaction.atomic
def confirm_refund_payment(*, refund: Refund, by: Actor, at: datetime.datetime) -> Refund:
    """Another person has compared it with the bank's paper: it is booked, and the employer hears of it. Raises NotYours,
    IllegalMove."""
    name = _person(by)
    with within([EVERYTHING]):
        found = Refund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
        if found.entered_by == by.key:
            raise NotYours(
                "应由登记人以外的财务人员复核，您是登记人；请交由另一位财务人员对照银行回单复核",
                "expected somebody other than who entered it; have another person of finance compare it with the bank's paper",
            )
        paid = make(
            found, REFUND, "confirm_refund_payment", by=by, at=at, also={"confirmed_by": by.key, "confirmed_name": name}
        )
        assert paid.paid_on is not None  # the database keeps it
        post_refund_payment(
            book=paid.fund.book, refund=subject_of(paid), unit=_unit(paid), amount=Decimal(paid.amount),
            on=paid.paid_on, by=by, at=at,
        )  # fmt: skip
        if paid.bill is not None:
            words = {"number": paid.number, "amount": shown(paid.amount)}
            tell_payer(bill=paid.bill, template="refund_paid", words=words, by=by, at=at)
            if paid.cover_id is not None:
                bill_after_refund(bill=paid.bill, by=by, at=at)
    return paid


def _unit(refund: Refund) -> str:
    """Under whom it is owed in the books: the payer's employer, or the office itself where nobody knows whose money it is."""
    return share_of(bill=refund.bill).unit if refund.bill is not None else refund.fund.unit.code


def _person(by: Actor) -> str:
    """The name of who acts. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由财务人员办理", "expected somebody of finance to do it")
    return found.name
