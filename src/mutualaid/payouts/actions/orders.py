"""Payment orders: made when a benefit is approved, stopped before they leave, and ordered anew when the bank could not pay."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.prepared import insert
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.benefits import BenefitShare, post_benefit, post_benefit_taken_over, undo_benefit
from mutualaid.ledger.models import Book
from mutualaid.payouts.accounts import payee
from mutualaid.payouts.models import OrderShare, PaymentOrder
from mutualaid.payouts.refusals import Refused, said
from mutualaid.payouts.states import PAYMENT_ORDER
from mutualaid.people.models import Member


class SharesDiffer(Refused):
    """What plans bear must make up the amount."""


class NotToCorrect(Refused):
    """Only an order that is known to have failed or come back, and was not ordered anew yet, is."""


@transaction.atomic(savepoint=False)  # in the transaction of the approval, which goes as a whole or not at all
def order_payment(
    *,
    reference: str,
    subject: str,
    fund: Fund,
    member: Member | None,
    unit_path: str,
    payee_name: str,
    account_number: str,
    bank_name: str,
    bank_code: str = "",
    amount: Decimal,
    shares: Sequence[BenefitShare],
    taken_over: bool = False,
    by: Actor,
    at: datetime.datetime,
    on: datetime.date,
) -> PaymentOrder:
    """A benefit is approved: it is owed from now on, and waits to be paid. ``reference``: the claim's number; ``subject``: the
    claim as the audit trail names it; ``shares``: what each plan bears, each plan and period once; ``taken_over``: another system
    approved it, in whose books its cost stands.

    Raises BadAccount, SharesDiffer, WrongAmount.
    """
    to = payee(payee_name=payee_name, account_number=account_number, bank_name=bank_name, bank_code=bank_code)
    total = sum((share.amount for share in shares), Decimal(0))
    if total != amount:
        raise SharesDiffer(
            f"各计划承担之和应等于支付金额 {shown(amount)}，得到 {shown(total)}；请核对理算结果",
            f"expected shares of {shown(amount)} in all, found {shown(total)}; check the assessment",
        )
    earlier = PaymentOrder.objects.filter(reference=reference).aggregate(last=Max("ordinal"))["last"]
    order = insert(
        PaymentOrder(
            reference=reference,
            subject=subject,
            ordinal=(earlier or 0) + 1,
            fund=fund,
            member=member,
            unit_path=unit_path,
            payee_name=to.name,
            account_number=to.account_number,
            bank_name=to.bank_name,
            bank_code=to.bank_code,
            amount=amount,
            created_at=at,
        )
    )
    _bear(order, [(share.plan, share.period.from_on, share.period.until_on, share.amount) for share in shares])
    # Named by its key: the approver need not see the book.
    post = post_benefit_taken_over if taken_over else post_benefit
    post(book=Book(pk=fund.book_id), subject=subject_of(order), shares=shares, on=on, by=by, at=at)
    record(what="payment_ordered", row=order, by=by, at=at, reference=reference, amount=str(amount))
    return order


@transaction.atomic
def stop_order(*, order: PaymentOrder, reason: str, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """No money is to leave by an order that is in no batch yet, or that failed or came back: the approval is undone in the
    books. Raises NoReason, IllegalMove (it is on its way, paid, or was ordered anew)."""
    reason = said(reason)
    order = make(order, PAYMENT_ORDER, "payout_stopped", by=by, at=at)
    if PaymentOrder.objects.filter(replaces=order).exists():
        raise _replaced(order)
    order.remark = reason
    order.save(update_fields=["remark"])
    book = Book(pk=_fund(order).book_id)
    undo_benefit(book=book, subject=_approved_as(order), on=day_of(at), by=by, at=at)
    return order


@transaction.atomic
def correct_account(
    *,
    order: PaymentOrder,
    payee_name: str,
    account_number: str,
    bank_name: str,
    bank_code: str = "",
    reason: str = "",
    by: Actor,
    at: datetime.datetime,
) -> PaymentOrder:
    """What the bank could not pay, or got back, is ordered anew under a new number, to this account; it may be the same, where
    the fault was the bank's. The benefit is owed as before, so that nothing is booked. Raises BadAccount, NotToCorrect."""
    to = payee(payee_name=payee_name, account_number=account_number, bank_name=bank_name, bank_code=bank_code)
    order = PaymentOrder.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if order.state not in ("failed", "returned"):
        raise NotToCorrect(
            f"支付单 {order.number} 应为“支付失败”或“已退票”，现为“{PAYMENT_ORDER.names[order.state][0]}”；请刷新后再看",
            f"expected order {order.number} to have failed or come back, it is {PAYMENT_ORDER.names[order.state][1]}; "
            "look again",
        )
    if PaymentOrder.objects.filter(replaces=order).exists():
        raise _replaced(order)
    anew = PaymentOrder.objects.create(
        reference=order.reference,
        subject=order.subject,
        ordinal=order.ordinal,
        fund_id=order.fund_id,
        member_id=order.member_id,
        unit_path=order.unit_path,
        payee_name=to.name,
        account_number=to.account_number,
        bank_name=to.bank_name,
        bank_code=to.bank_code,
        amount=order.amount,
        root_id=order.root_id or order.pk,
        replaces=order,
        created_at=at,
        remark=reason.strip()[:200],
    )
    _bear(anew, order.shares.order_by("id").values_list("plan", "from_on", "until_on", "amount"))
    same = (order.payee_name, order.account_number, order.bank_name, order.bank_code)
    is_other = same != (to.name, to.account_number, to.bank_name, to.bank_code)
    record(what="payment_ordered_anew", row=anew, by=by, at=at, instead_of=order.number, other_account=is_other)
    return anew


def _bear(order: PaymentOrder, parts: Iterable[tuple[str, datetime.date, datetime.date, Decimal]]) -> None:
    OrderShare.objects.bulk_create(
        OrderShare(order=order, plan=plan, from_on=from_on, until_on=until_on, amount=amount)
        for plan, from_on, until_on, amount in parts
    )


def _approved_as(order: PaymentOrder) -> str:
    """The row for which the approval is booked."""
    return f"{order._meta.label_lower}:{order.root_id or order.pk}"


def _fund(order: PaymentOrder) -> Fund:
    with within([EVERYTHING]):
        return Fund.objects.get(pk=order.fund_id)


def _replaced(order: PaymentOrder) -> NotToCorrect:
    return NotToCorrect(
        f"支付单 {order.number} 应尚未重新支付，已由新的支付单代替；请处理新的一张",
        f"expected order {order.number} not to be ordered anew yet, it is; deal with the new one",
    )
