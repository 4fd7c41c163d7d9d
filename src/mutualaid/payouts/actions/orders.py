"""Payment orders: made when a benefit is approved, stopped before they leave, and ordered anew when the bank could not pay, or
when what was stopped is to be paid after all."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.benefits import BenefitShare, post_benefit, post_benefit_taken_over, undo_benefit
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book
from mutualaid.payouts import telling
from mutualaid.payouts.accounts import Payee, payee
from mutualaid.payouts.correcting import NotToCorrect, replaced, to_correct_now
from mutualaid.payouts.models import AccountChange, OrderShare, PaymentOrder
from mutualaid.payouts.persons import SamePerson
from mutualaid.payouts.refusals import Refused, said
from mutualaid.payouts.states import ACCOUNT_CHANGE, PAYMENT_ORDER
from mutualaid.people.models import Member

__all__ = [
    "NotToCorrect",
    "SharesDiffer",
    "correct_account",
    "keep_here",
    "order_anew",
    "order_payment",
    "order_stopped_again",
    "retry_order",
    "stop_order",
]


class SharesDiffer(Refused):
    """What plans bear must make up the amount."""


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
        raise replaced(order)
    order.remark = reason
    order.save(update_fields=["remark"])
    book = Book(pk=_fund(order).book_id)
    undo_benefit(book=book, subject=_approved_as(order), on=day_of(at), by=by, at=at)
    return order


@transaction.atomic
def keep_here(*, order: PaymentOrder, after: PaymentOrder, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """A new order goes to the account from which ``after`` came back, or to which it could not be paid: it fails before it
    leaves, for the bank's same reason, and waits for another account, or for finance to say that this one is right. Raises
    IllegalMove."""
    told = {"bank_reason": after.bank_reason, "bank_message": after.bank_message}
    also = {**told, "remark": f"收款账户与 {after.number} 相同，未送银行"}
    return make(order, PAYMENT_ORDER, "payout_kept_here", by=by, at=at, also=also, after=after.number)


@transaction.atomic
def correct_account(
    *,
    order: PaymentOrder,
    payee_name: str,
    account_number: str,
    bank_name: str,
    bank_code: str = "",
    by: Actor,
    at: datetime.datetime,
) -> PaymentOrder:
    """What the bank could not pay, or got back, is ordered anew under a new number, to the account that the payee names
    themselves; they are told. What staff hears of another account, two persons enter (``actions.accounts``).

    Raises BadAccount, NotToCorrect, SamePerson (staff).
    """
    if by.kind is ActorKind.STAFF:
        raise SamePerson(
            "工作人员更正收款账户应由一人登记、另一人复核，得到一人直接办理；请先登记新账户",
            "expected two persons of staff for another account, one to enter and one to confirm it, found one; enter it first",
        )
    to = payee(payee_name=payee_name, account_number=account_number, bank_name=bank_name, bank_code=bank_code)
    return order_anew(order=order, to=to, reason="", by=by, at=at)


@transaction.atomic
def retry_order(*, order: PaymentOrder, reason: str, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """What failed or came back is ordered anew to the very same account: the fault was the bank's. Raises NoReason,
    NotToCorrect."""
    reason = said(reason)
    order = to_correct_now(order=order)
    to = Payee(order.payee_name, str(order.account_number), order.bank_name, order.bank_code)
    return order_anew(order=order, to=to, reason=reason, by=by, at=at)


@transaction.atomic
def order_anew(
    *,
    order: PaymentOrder,
    to: Payee,
    reason: str,
    change: AccountChange | None = None,
    by: Actor,
    at: datetime.datetime,
) -> PaymentOrder:
    """Another attempt to pay what failed or came back, under a new number. The benefit is owed as before, so that nothing is
    booked; the payee hears of another account. Who asks has seen to a second person, who confirmed ``change``. Raises
    NotToCorrect."""
    order = to_correct_now(order=order)
    anew = _after(order, to, reason, root=order.root_id or order.pk, at=at)
    # What somebody waits to have confirmed is about an order that is over.
    others = AccountChange.objects.filter(order=order, state="open").exclude(pk=change.pk if change else 0)
    for other in others:
        make(other, ACCOUNT_CHANGE, "refuse_account", by=by, at=at, also={"decided_at": at, "remark": _OVER})
    same = (order.payee_name, order.account_number, order.bank_name, order.bank_code)
    is_other = same != (to.name, to.account_number, to.bank_name, to.bank_code)
    record(what="payment_ordered_anew", row=anew, by=by, at=at, instead_of=order.number, other_account=is_other)
    if is_other:
        telling.account_changed(order=anew, before=order, by=by, at=at)
    return anew


@transaction.atomic
def order_stopped_again(
    *, order: PaymentOrder, reason: str, taken_over: bool = False, by: Actor, at: datetime.datetime
) -> PaymentOrder:
    """What was stopped is to be paid after all: ordered under a new number that names the old one, to the same account, and
    booked as approved anew. That it is still due, who asks has seen to. ``taken_over`` as in ``order_payment``.

    Raises NoReason, NotToCorrect (it is not stopped, or was ordered again).
    """
    reason = said(reason)
    order = PaymentOrder.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if order.state != "stopped":
        raise NotToCorrect(
            f"支付单 {order.number} 应为“已止付”，现为“{PAYMENT_ORDER.names[order.state][0]}”；请刷新后再看",
            f"expected order {order.number} to be stopped, it is {PAYMENT_ORDER.names[order.state][1]}; look again",
        )
    if PaymentOrder.objects.filter(replaces=order).exists():
        raise replaced(order)
    to = Payee(order.payee_name, str(order.account_number), order.bank_name, order.bank_code)
    anew = _after(order, to, reason, root=None, at=at)
    rows = order.shares.order_by("id").values_list("plan", "from_on", "until_on", "amount")
    shares = [BenefitShare(plan, Period(from_on, until_on), amount) for plan, from_on, until_on, amount in rows]
    post = post_benefit_taken_over if taken_over else post_benefit
    post(book=Book(pk=_fund(order).book_id), subject=subject_of(anew), shares=shares, on=day_of(at), by=by, at=at)
    record(what="stopped_ordered_again", row=anew, by=by, at=at, instead_of=order.number, amount=str(anew.amount))
    return anew


_OVER = "支付单已另行重新支付"


def _after(order: PaymentOrder, to: Payee, reason: str, *, root: int | None, at: datetime.datetime) -> PaymentOrder:
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
        root_id=root,
        replaces=order,
        created_at=at,
        remark=reason.strip()[:200],
    )
    _bear(anew, order.shares.order_by("id").values_list("plan", "from_on", "until_on", "amount"))
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
