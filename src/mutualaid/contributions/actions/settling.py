"""Money has come in: set against bills, booked, covers begun, receipt issued, in one transaction for all ways to pay.

A bill may be settled by several payments, and a payment may be more than its bills: what is left of it waits as 暂收款.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from mutualaid.contributions.actions.beginning import begin_what_is_paid
from mutualaid.contributions.actions.telling import tell_payer
from mutualaid.contributions.locking import used_already, waiting
from mutualaid.contributions.models import Bill, GivenBack, Payment, Receipt, Release, Settlement
from mutualaid.contributions.paying_out import came_by_days
from mutualaid.contributions.queries import share_of
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import credit_of, settled_of, standing, wholly_waiting
from mutualaid.contributions.states import BILL
from mutualaid.contributions.words import new_check_code
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.actions import Share, post_match, post_payment, post_release


class WrongSum(Refused):
    """The bills do not make up the money exactly, and nobody said that they need not."""


class OtherFund(Refused):
    """The bill is to be paid into another account."""


class RanOut(Refused):
    """The money is used up before all the bills that were named have a part of it."""


@dataclass(frozen=True)
class Part:
    """What of some money is for a bill, and whether the bill is paid in full by it."""

    bill: Bill
    settlement: Settlement
    full: bool

    @property
    def share(self) -> Share:
        """As the ledger splits it."""
        return share_of(bill=self.bill, amount=self.settlement.amount)


@transaction.atomic
def receive(
    *, payment: Payment, bills: Sequence[Bill], inexact: bool = False, by: Actor, at: datetime.datetime
) -> Payment:
    """A payment that was just made is booked: against these bills, the earliest due first, and what is left as 暂收款; without
    bills wholly as 暂收款. Unless ``inexact``, the bills must make it up exactly.

    Raises WrongSum, OtherFund, RanOut, IllegalMove (a bill is no longer open).
    """
    with within([EVERYTHING]):
        record(what="payment_received", row=payment, by=by, at=at, amount=str(payment.amount), bills=len(bills))
        parts = set_against(payment=payment, bills=bills, money=payment.amount, inexact=inexact, by=by, at=at)
        post_payment(
            book=payment.fund.book,
            payment=subject_of(payment),
            amount=payment.amount,
            matched=[part.share for part in parts],
            on=payment.received_on,
            in_transit=came_by_days(payment=payment),
            by=by,
            at=at,
        )
        told(parts=parts, by=by, at=at)
    return payment


@transaction.atomic
def match_payment(
    *, payment: Payment, bills: Sequence[Bill], inexact: bool = False, by: Actor, at: datetime.datetime
) -> Payment:
    """What of a payment waits as 暂收款 is found to be for these bills. Unless ``inexact``, they must make it up exactly.

    Raises AlreadyUsed, WrongSum, OtherFund, RanOut, IllegalMove.
    """
    with within([EVERYTHING]):
        payment, rest = waiting(payment=payment)
        parts = set_against(payment=payment, bills=bills, money=rest, inexact=inexact, by=by, at=at)
        on = max([payment.received_on, *(part.bill.issued_on for part in parts)])
        for part in parts:
            subject = subject_of(part.settlement)
            post_match(book=payment.fund.book, match=subject, shares=[part.share], on=on, by=by, at=at)
        record(what="payment_matched", row=payment, by=by, at=at, bills=len(parts))
        told(parts=parts, by=by, at=at)
    return payment


@transaction.atomic
def give_back(*, payment: Payment, reference: str, by: Actor, at: datetime.datetime) -> Payment:
    """Money that waits as 暂收款, the whole of it, is what a member gives back of a benefit that was paid too much: it is for no
    bill any more. Who asks books it (``ledger.benefits.post_repayment``). Raises AlreadyUsed."""
    with within([EVERYTHING]):
        payment, _ = waiting(payment=payment)
        if not wholly_waiting(among=Payment.objects.filter(pk=payment.pk)).exists():
            raise used_already()
        GivenBack.objects.create(payment=payment, reference=reference, at=at)
        record(what="payment_given_back", row=payment, by=by, at=at, reference=reference)
    return payment


@transaction.atomic
def issue_receipt(*, bill: Bill, by: Actor, at: datetime.datetime) -> Receipt:
    """收款凭证（非财政票据） for a bill that was just paid. Its check code cannot be guessed from another."""
    receipt = Receipt.objects.create(
        bill=bill,
        payer_name=bill.payer_name,
        amount=bill.amount,
        issued_at=at,
        check_code=new_check_code(),
    )
    receipt.refresh_from_db(fields=["number"])
    record(what="receipt_issued", row=receipt, by=by, at=at)
    return receipt


@transaction.atomic
def release_parts(*, bill: Bill, by: Actor, at: datetime.datetime) -> int:
    """A bill comes to nothing: what was set against it waits as 暂收款 again, or is kept with the rest of its payment; how many
    parts. Bill and payments are locked by who asks."""
    with within([EVERYTHING]):
        parts = list(standing().filter(bill=bill).select_related("payment__fund__book").order_by("id"))
        for part in parts:
            Release.objects.create(settlement=part, at=at)
            kept = credit_of(payment=part.payment)
            post_release(
                book=part.payment.fund.book,
                match=subject_of(part),
                share=share_of(bill=bill, amount=part.amount),
                kept_unit=share_of(bill=kept.like).unit if kept else "",
                on=max(day_of(at), bill.issued_on, part.payment.received_on),
                by=by,
                at=at,
            )
            record(what="payment_released", row=part.payment, by=by, at=at, amount=str(part.amount))
    return len(parts)


def set_against(
    *, payment: Payment, bills: Sequence[Bill], money: Decimal, inexact: bool, by: Actor, at: datetime.datetime
) -> list[Part]:
    """Bills, locked in one order (so that two payments never wait for each other), get their parts of the money, those due first
    first; the payment is locked by who asks, or new. Raises WrongSum, OtherFund, RanOut, IllegalMove."""
    if not bills:
        return []
    keys = [bill.pk for bill in bills]
    locked = list(Bill.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk"))
    for bill in locked:
        _expect_payable(bill, payment)
    settled = settled_of(bills=locked)
    rests = {bill.pk: bill.amount - settled[bill.pk] for bill in locked}
    if not inexact:
        _expect_sum(money, sum(rests.values(), Decimal(0)))
    parts, left = [], money
    for bill in sorted(locked, key=lambda bill: (bill.due_on, bill.pk)):
        amount = min(left, rests[bill.pk])
        if amount == 0:
            raise RanOut(
                f"到账 {shown(money)} 元应够所选每张账单至少一部分，轮到账单 {bill.number} 时已用完；请少选账单",
                f"expected {shown(money)} to reach each bill that was chosen, nothing is left for {bill.number}; choose fewer",
            )
        left -= amount
        parts.append(_settled(bill, payment, amount, rests[bill.pk] - amount, by, at))
    return parts


def _expect_payable(bill: Bill, payment: Payment) -> None:
    if bill.fund_id != payment.fund_id:
        raise OtherFund(
            f"账单 {bill.number} 应缴入另一专户，与到账专户不同；请由该专户的财务处理",
            f"bill {bill.number} is to be paid into another account; have that account's finance deal with it",
        )
    if bill.state != "issued":
        raise IllegalMove(bill, BILL, "settle_bill", bill.state)


def _expect_sum(money: Decimal, total: Decimal) -> None:
    if total != money:
        raise WrongSum(
            f"所选账单尚欠合计应正好等于到账金额 {shown(money)}，合计为 {shown(total)}；请改选账单；"
            "金额确有出入的，勾选“金额不等也匹配”：不足的记为部分到账，多出的记入暂收款",
            f"expected bills of which exactly {shown(money)} is unpaid, found {shown(total)}; choose others; where the amount is "
            "really another, say so: what is short stays to be paid, what is over waits as unmatched money",
        )


def _settled(bill: Bill, payment: Payment, amount: Decimal, rest: Decimal, by: Actor, at: datetime.datetime) -> Part:
    settlement = Settlement.objects.create(payment=payment, bill=bill, amount=amount)
    if rest == 0:
        return Part(make(bill, BILL, "settle_bill", by=by, at=at), settlement, full=True)
    record(what="bill_part_paid", row=bill, by=by, at=at, amount=str(amount), rest=str(rest))
    return Part(bill, settlement, full=False)


def told(*, parts: Sequence[Part], by: Actor, at: datetime.datetime) -> None:
    """What follows when bills got money and it is booked: covers begin, receipts are issued, payers hear of it."""
    for part in parts:
        bill = part.bill
        if not part.full:
            rest = bill.amount - settled_of(bills=[bill])[bill.pk]
            words = {"number": bill.number, "amount": shown(part.settlement.amount), "rest": shown(rest)}
            tell_payer(
                bill=bill, template="bill_part_paid", words={**words, "due_on": bill.due_on.isoformat()}, by=by, at=at
            )
            continue
        if bill.holds_cover:
            begin_what_is_paid(bill=bill, paid_on=_paid_on(bill), by=by, at=at)
        issue_receipt(bill=bill, by=by, at=at)
        words = {"number": bill.number, "amount": shown(bill.amount)}
        tell_payer(bill=bill, template="bill_paid", words=words, by=by, at=at)


def _paid_on(bill: Bill) -> datetime.date:
    """The day on which the last of the money came in for which the covers of a bill's enrolment waited; money that was there
    before a bill came with the bill."""
    parts = (
        standing().filter(bill__enrolment=bill.enrolment_id, bill__holds_cover=True).exclude(bill__state="cancelled")
    )
    if bill.payer_member_id is not None:
        # What another member paid, and when, is nothing to this one.
        parts = parts.filter(Q(bill__payer_member=None) | Q(bill__payer_member=bill.payer_member_id))
    days = parts.values_list("payment__received_on", "bill__issued_on")
    return max(max(pair) for pair in days)
