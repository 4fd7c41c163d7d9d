"""Bills ask for less, since a cover came to nothing or ended: of an unpaid one nothing is paid out, its claim is less; what was
paid in for a cover that never began is kept for the payer's next bill."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from mutualaid.contributions.actions.credits import keep_credit
from mutualaid.contributions.actions.receipts import replace_receipt
from mutualaid.contributions.actions.settling import Part, told
from mutualaid.contributions.models import Bill, Lowering, Payment, RefundRequest, Release, Settlement
from mutualaid.contributions.queries import share_of
from mutualaid.contributions.refundable import Borne
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import credit_of, settled_of, standing
from mutualaid.contributions.states import BILL, OPEN_ORDERS
from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.ledger.actions import post_lowered, post_release, reverse
from mutualaid.ledger.models import Entry

REMARK = "应缴的保障均已退出，账单作废"


class PartPaid(Refused):
    """More would be taken off a bill than is unpaid of it."""


def call_off(*, bill: Bill, remark: str, by: Actor, at: datetime.datetime) -> Bill:
    """A bill is cancelled. Orders that are open at a channel are asked after by the worker, who closes them there. Raises
    IllegalMove."""
    bill = make(bill, BILL, "cancel_bill", by=by, at=at, also={"remark": remark})
    for order in bill.orders.filter(state__in=OPEN_ORDERS):
        work.post(name="contributions.ask_order", wanted={"order": order.number})
    return bill


def undo_issue(*, bill: Bill, text: str, by: Actor, at: datetime.datetime) -> None:
    """A bill that was just cancelled was never owed: its entry is reversed; one that was lowered before, over what was left."""
    if Lowering.objects.filter(bill=bill).exists():
        on = max(day_of(at), bill.issued_on)
        shares = [share_of(bill=bill)]
        post_lowered(book=bill.fund.book, lowered=subject_of(bill), shares=shares, rest=True, on=on, by=by, at=at)
        return
    issued = Entry.objects.get(book=bill.fund.book_id, subject=subject_of(bill), event="issued")
    reverse(entry=issued, on=max(day_of(at), issued.posted_on), text=text, by=by, at=at)


def lower(
    *,
    parts: Sequence[tuple[int, Borne]],
    subject: str,
    request: RefundRequest | None,
    void: bool,
    by: Actor,
    at: datetime.datetime,
) -> None:
    """Unpaid bills, locked by who asks, ask no longer for these parts (with the keys of their covers), booked as one entry for
    each book under ``subject``. A bill of which nothing is left is cancelled, one that is paid by now is settled. ``void``: the
    covers never began, so that the bills are for fewer persons. Raises PartPaid."""
    by_bill: dict[int, list[tuple[int, Borne]]] = {}
    for cover, part in parts:
        by_bill.setdefault(part.bill.pk, []).append((cover, part))
    shares = []
    for key in sorted(by_bill):
        bill = by_bill[key][0][1].bill
        amount = sum((one.back for _, one in by_bill[key]), Decimal(0))
        _note(by_bill[key], request, at)
        shares.append((bill, share_of(bill=bill, amount=amount)))
        _lower(bill, amount, len({cover for cover, _ in by_bill[key]}) if void else 0, by, at)
    for book in {bill.fund.book for bill, _ in shares}:
        own = [(bill, share) for bill, share in shares if bill.fund.book == book]
        on = max([day_of(at), *(bill.issued_on for bill, _ in own)])
        post_lowered(book=book, lowered=subject, shares=[share for _, share in own], on=on, by=by, at=at)


def _note(parts: Sequence[tuple[int, Borne]], request: RefundRequest | None, at: datetime.datetime) -> list[Lowering]:
    return Lowering.objects.bulk_create(
        [
            Lowering(bill=one.bill, cover_id=cover, payer_kind=one.payer_kind, amount=one.back, request=request, at=at)
            for cover, one in parts
            if one.back > 0
        ]
    )


def _lower(bill: Bill, amount: Decimal, persons: int, by: Actor, at: datetime.datetime) -> None:
    settled = settled_of(bills=[bill])[bill.pk]
    if amount > bill.amount - settled:
        raise PartPaid(
            f"账单 {bill.number} 尚欠应不少于要调减的 {shown(amount)} 元，得到 {shown(bill.amount - settled)} 元；请待缴清再办",
            f"expected at least {shown(amount)} to be unpaid of bill {bill.number}, found {shown(bill.amount - settled)}; wait "
            "until it is paid",
        )
    if amount == bill.amount:
        call_off(bill=bill, remark=REMARK, by=by, at=at)
        return
    _ask_for_less(bill, amount, persons, by, at)
    if bill.amount == settled:
        paid = make(bill, BILL, "settle_bill", by=by, at=at)
        last = standing().filter(bill=bill).order_by("id").last()
        assert last is not None  # settled > 0
        told(parts=[Part(paid, last, full=True)], by=by, at=at)


def _ask_for_less(bill: Bill, amount: Decimal, persons: int, by: Actor, at: datetime.datetime) -> None:
    bill.amount -= amount
    bill.persons = max(bill.persons - persons, 1)
    bill.save(update_fields=["amount", "persons"])
    record(what="bill_lowered", row=bill, by=by, at=at, amount=str(amount))


def keep_for_next(*, bill: Bill, parts: Sequence[tuple[int, Borne]], by: Actor, at: datetime.datetime) -> Decimal:
    """A paid bill, whose payments are locked before it by who asks, was for covers too that will never begin: it is for less, and
    what was paid for them is kept for the payer's next bill; how much (yuan). Its receipt is issued anew. Some of it stays: a
    bill is never for nothing."""
    amount = sum((one.back for _, one in parts), Decimal(0))
    noted = _note(parts, None, at)
    _ask_for_less(bill, amount, len({cover for cover, _ in parts}), by, at)
    share = share_of(bill=bill, amount=amount)
    on = max(day_of(at), bill.issued_on)
    post_lowered(book=bill.fund.book, lowered=subject_of(noted[0]), shares=[share], on=on, by=by, at=at)
    for payment in _set_free(bill, amount, by, at):
        if credit_of(payment=payment) is None:
            keep_credit(payment=payment, like=bill, by=by, at=at)
    replace_receipt(bill=bill, by=by, at=at)
    return amount


def _set_free(bill: Bill, amount: Decimal, by: Actor, at: datetime.datetime) -> list[Payment]:
    """The latest money first: what of it is no longer for the bill waits, or is kept with the rest of its payment."""
    payments = []
    for part in standing().filter(bill=bill).select_related("payment__fund__book").order_by("-id"):
        if amount == 0:
            break
        free = min(part.amount, amount)
        amount -= free
        Release.objects.create(settlement=part, at=at)
        if part.amount > free:
            again = Settlement.objects.filter(payment=part.payment, bill=bill).count()
            Settlement.objects.create(payment=part.payment, bill=bill, amount=part.amount - free, again=again)
        kept = credit_of(payment=part.payment)
        post_release(
            book=part.payment.fund.book,
            match=subject_of(part),
            share=share_of(bill=bill, amount=free),
            kept_unit=share_of(bill=kept.like).unit if kept else "",
            on=max(day_of(at), bill.issued_on, part.payment.received_on),
            by=by,
            at=at,
        )
        record(what="payment_released", row=part.payment, by=by, at=at, amount=str(free))
        payments.append(part.payment)
    return payments
