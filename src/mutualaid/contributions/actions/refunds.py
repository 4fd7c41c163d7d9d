"""Fees given back: of a cover that is void since the person was covered twice. What the plan says decides whether; the payment is
entered by one person of finance and confirmed by another."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.models import Bill, Refund
from mutualaid.contributions.queries import refund_due
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.states import REFUND
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.actions import Share, post_refund_of_cover, post_refund_payment
from mutualaid.ledger.lines import Period
from mutualaid.notices.actions import notify_clerks, notify_office
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
        refund = Refund.objects.create(cover=cover, bill=bill, amount=amount, approved_at=at)
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
        bill = Bill.objects.select_related("fund__book", "employer__unit").get(pk=paid.bill_id)
        assert paid.paid_on is not None  # the database keeps it
        post_refund_payment(
            book=bill.fund.book, refund=subject_of(paid), unit=bill.employer.unit.code, amount=Decimal(paid.amount),
            on=paid.paid_on, by=by, at=at,
        )  # fmt: skip
        notify_clerks(
            employer=bill.employer,
            template="refund_paid",
            words={"number": paid.number, "amount": shown(paid.amount)},
            link=f"/employers/bills/{bill.number}",
            by=by,
            at=at,
        )
    return paid


def _person(by: Actor) -> str:
    """The name of who acts. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由财务人员办理", "expected somebody of finance to do it")
    return found.name
