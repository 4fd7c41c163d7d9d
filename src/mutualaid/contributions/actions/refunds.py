"""Money given back: fees of covers that came to nothing or ended, to whoever bore them, as the plan says; and what was paid too
much. The payment is entered by one person of finance and confirmed by another; by the channel: ``refunds_by_channel``."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.actions.credits import OtherPayer
from mutualaid.contributions.actions.lowering import lower
from mutualaid.contributions.actions.refund_ends import after_payment
from mutualaid.contributions.locking import lock_bills, waiting
from mutualaid.contributions.models import Bill, Lowering, Payment, Refund, RefundPart, RefundRequest
from mutualaid.contributions.persons import NotYours, person_of
from mutualaid.contributions.queries import earned_by, share_of, unit_of
from mutualaid.contributions.refundable import Borne, all_back, borne_of, rule_of
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.states import REFUND
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.actions import post_refund, post_refund_of_fee, post_refund_payment
from mutualaid.notices.actions import notify_office
from mutualaid.people.models import RoleName

__all__ = [
    "SERIAL_MOST",
    "NotYours",
    "Untold",
    "approve_refund",
    "confirm_refund_payment",
    "enter_refund_payment",
    "give",
    "refund_money",
    "return_refund_payment",
]
SERIAL_MOST = 64


class Untold(Refused):
    """The day or the bank's number of the payment is missing, or cannot be."""


def give(
    *,
    parts: Sequence[tuple[int, Borne]],
    subject: str,
    request: RefundRequest | None = None,
    void: bool,
    by: Actor,
    at: datetime.datetime,
) -> list[Refund]:
    """What of fees goes back, each part with the key of its cover, to whoever bore it: of a paid bill it is owed to its payer,
    one refund for a bill with all its covers; an unpaid one asks for less. Bills are locked by who asks; the entry on lowered
    ones stands under ``subject``. Raises PartPaid."""
    owed: dict[int, list[tuple[int, Borne]]] = {}
    for cover, part in parts:
        if part.back > 0 and not part.lowered:
            owed.setdefault(part.bill.pk, []).append((cover, part))
    made = [_owe(owed[key][0][1].bill, owed[key], request, by, at) for key in sorted(owed)]
    less = [(cover, part) for cover, part in parts if part.back > 0 and part.lowered]
    if less:
        lower(parts=less, subject=subject, request=request, void=void, by=by, at=at)
    return made


def _owe(
    bill: Bill, parts: Sequence[tuple[int, Borne]], request: RefundRequest | None, by: Actor, at: datetime.datetime
) -> Refund:
    amount = sum((one.back for _, one in parts), Decimal(0))
    refund = Refund.objects.create(fund=bill.fund, bill=bill, request=request, amount=amount, approved_at=at)
    refund.refresh_from_db(fields=["number"])
    RefundPart.objects.bulk_create(
        [
            RefundPart(refund=refund, bill=bill, cover_id=cover, payer_kind=one.payer_kind, amount=one.back)
            for cover, one in parts
        ],
        batch_size=1000,
    )
    record(what="approve_refund", row=refund, by=by, at=at, covers=len(parts), amount=str(amount))
    post_refund_of_fee(
        book=bill.fund.book,
        refund=subject_of(refund),
        share=share_of(bill=bill, amount=amount),
        earned=earned_by(bill=bill) is not None,
        on=max(day_of(at), bill.issued_on),
        by=by,
        at=at,
    )
    return refund


@transaction.atomic
def approve_refund(*, cover: Cover, by: Actor, at: datetime.datetime) -> list[Refund]:
    """A cover was just declared void since another one stays: what its plan gives back is owed to whoever paid, and booked.
    Nothing where the plan gives nothing back, or no bill of ours was paid for it. Asked twice, it is owed once."""
    with within([EVERYTHING]):
        if rule_of(cover=cover)[0].never_eligible != "full":
            return []
        lock_bills(covers=[cover])
        if RefundPart.objects.filter(cover=cover).exists() or Lowering.objects.filter(cover=cover).exists():
            return list(Refund.objects.filter(parts__cover=cover).distinct().order_by("id"))
        parts = [(cover.pk, one) for one in all_back(parts=borne_of(covers=[cover]).get(cover.pk, []))]
        made = give(parts=parts, subject=subject_of(cover), void=True, by=by, at=at)
        for refund in made:
            words = {"number": refund.number, "cover": cover.number, "amount": shown(refund.amount)}
            notify_office(
                unit=refund.fund.unit, roles=[RoleName.FINANCE], template="refund_to_pay", words=words,
                link="/workbench/refunds", by=by, at=at,
            )  # fmt: skip
    return made


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
            book=payment.fund.book,
            refund=subject_of(refund),
            unit=unit_of(refund=refund),
            amount=rest,
            on=on,
            by=by,
            at=at,
        )
    return refund


@transaction.atomic
def enter_refund_payment(
    *, refund: Refund, paid_on: datetime.date, serial: str, by: Actor, at: datetime.datetime
) -> Refund:
    """Finance has paid it at the bank, and says on which day and by which number. Raises NotYours, Untold, IllegalMove."""
    name, serial = person_of(by=by), serial.strip()
    first, today = day_of(refund.approved_at), day_of(at)
    if not serial or len(serial) > SERIAL_MOST or not first <= paid_on <= today:
        raise Untold(
            f"应填写银行流水号（不超过 {SERIAL_MOST} 字）和 {first} 至 {today} 之间的付款日；得到 {paid_on}，请照银行回单填写",
            f"expected the bank's number (up to {SERIAL_MOST} characters) and a day from {first} to {today}, found {paid_on}; "
            "enter them as the bank's paper says",
        )
    also = {"paid_on": paid_on, "serial": serial, "entered_by": by.key, "entered_name": name, "online": None}
    return make(refund, REFUND, "enter_refund_payment", by=by, at=at, also=also)


@transaction.atomic
def return_refund_payment(*, refund: Refund, by: Actor, at: datetime.datetime) -> Refund:
    """What was entered does not agree with the bank's paper: it is to be paid, or entered again. Raises NotYours, IllegalMove."""
    person_of(by=by)
    also = {"paid_on": None, "serial": "", "entered_by": "", "entered_name": ""}
    return make(refund, REFUND, "return_refund_payment", by=by, at=at, also=also)


@transaction.atomic
def confirm_refund_payment(*, refund: Refund, by: Actor, at: datetime.datetime) -> Refund:
    """Another person has compared it with the bank's paper: it is booked, and the employer hears of it. Raises NotYours,
    IllegalMove."""
    name = person_of(by=by)
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
            book=paid.fund.book, refund=subject_of(paid), unit=unit_of(refund=paid), amount=Decimal(paid.amount),
            on=paid.paid_on, by=by, at=at,
        )  # fmt: skip
        after_payment(refund=paid, by=by, at=at)
    return paid
