"""Money that the bank could not pay, or got back, goes to the account that the member now names; money that finance stopped is
stopped with the claim in view, and ordered again while it is still due."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.claims.actions.drafting import write_payee
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.settling import settle, take_stock
from mutualaid.claims.assessing import latest, lock_member
from mutualaid.claims.models import Assessment, Claim
from mutualaid.claims.parts import parts_of_assessment
from mutualaid.claims.queries import beside_orders
from mutualaid.claims.refusals import Refused
from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.payouts.actions.accounts import confirm_account
from mutualaid.payouts.actions.orders import correct_account, order_stopped_again, retry_order, stop_order
from mutualaid.payouts.models import AccountChange, PaymentOrder
from mutualaid.payouts.queries import money_of, not_left


class NothingCameBack(Refused):
    """No payment of the claim waits for another account."""


class NotDue(Refused):
    """By the decision that stands, the money is not due, or not all of it."""


def correct_payee(*, claim: Claim, payee: Payee, by: Actor, at: datetime.datetime) -> PaymentOrder | None:
    """Each payment of a claim that failed or came back is ordered anew, to this account of the member's own; where a review
    came to less meanwhile, what is still due. Gives the last order made, None where nothing is due any more.

    Raises NothingCameBack, NotOwnCard, NotAContact.
    """
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        row = Claim.objects.select_related("particulars", "member", "employer").get(pk=claim.pk)
        orders = _came_back(row)
        if not orders:
            raise NothingCameBack(
                "应有付款失败或退回的款项，没有找到；可能已经更正，请刷新后再看",
                "expected a payment that failed or came back, found none; it may be corrected already, look again",
            )
        told = write_payee(claim=row, payee=payee, by=by, at=at)
        stands = latest(claim=row)
        if stands is not None and _beyond_due(row, stands) > 0:
            settle(claim=row, number=stands.round, parts=parts_of_assessment(stands), by=by, at=at)
            orders = _came_back(row)
        for order in orders:
            correct_account(
                order=order,
                payee_name=told.payee_name,
                account_number=str(told.account_number),
                bank_name=told.bank_name,
                bank_code=told.bank_code,
                by=by,
                at=at,
            )
        made = PaymentOrder.objects.filter(reference=row.number, state="created", replacement=None)
        return made.order_by("id").last()


def confirm_payee(*, change: AccountChange, account_number: str, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """Another person of finance confirms an account for what failed or came back, while all of it is due.

    Raises NotDue, and what ``payouts.actions.accounts.confirm_account`` does.
    """
    with within([EVERYTHING]):
        _expect_due(change.order)
        return confirm_account(change=change, account_number=account_number, by=by, at=at)


def pay_again(*, order: PaymentOrder, reason: str, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """What failed, came back or was stopped is ordered again to the same account under a new number, which names the old one,
    as far as it is still due. Where of a stopped order only a part is due by now, the rest of the claim is ordered as decided.

    Raises NoReason, NotDue, NotToCorrect.
    """
    with within([EVERYTHING]):
        claim, order = _expect_due(order)
        if order.state != "stopped":
            return retry_order(order=order, reason=reason, by=by, at=at)
        if claim is None:  # approved by another system: nothing else orders it
            return order_stopped_again(order=order, reason=reason, taken_over=True, by=by, at=at)
        stands = latest(claim=claim)
        missing = -_beyond_due(claim, stands) if stands is not None and claim.state == "approved" else Decimal(0)
        if missing <= 0:
            raise NotDue(
                f"支付单 {order.number} 应仍为应付，按现行决定 {claim.number} 已没有未安排支付的款项；不必再付",
                f"expected order {order.number} to be due, all of {claim.number} is ordered by the decision that stands; nothing "
                "is to be paid",
            )
        if missing >= order.amount:
            anew = order_stopped_again(order=order, reason=reason, by=by, at=at)
            take_stock(claim=claim, by=by, at=at)  # what is due may be another plan's by now
            return anew
        assert stands is not None  # something is missing by it
        settle(claim=claim, number=stands.round, parts=parts_of_assessment(stands), by=by, at=at)
        return PaymentOrder.objects.filter(reference=claim.number).latest("id")


def stop_payment(*, order: PaymentOrder, reason: str, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """Finance stops an order that has not left or came back; where the member was to return too much, that is less by it. Raises
    NoReason, IllegalMove, NotToCorrect."""
    with within([EVERYTHING]):
        claim = _claim_of(order)
        stopped = stop_order(order=order, reason=reason, by=by, at=at)
        if claim is not None:
            take_stock(claim=claim, by=by, at=at)
    return stopped


def _claim_of(order: PaymentOrder) -> Claim | None:
    """The claim of an order, its member locked; None where another system approved it."""
    claim = Claim.objects.filter(number=order.reference).first()
    if claim is None or order.subject != f"claims.claim:{claim.pk}":
        return None
    lock_member(member_id=claim.member_id)
    return Claim.objects.select_related("particulars", "member", "employer").get(pk=claim.pk)


def _came_back(claim: Claim) -> list[PaymentOrder]:
    return [order for order in not_left(reference=claim.number) if order.state in ("failed", "returned")]


def _beyond_due(claim: Claim, stands: Assessment) -> Decimal:
    """Yuan by which what is ordered passes what is due; negative: what is due and not ordered."""
    money = money_of(reference=claim.number)
    return money.paid + money.open + beside_orders(claim=claim) - (stands.total_amount if claim.counts else Decimal(0))


def _expect_due(order: PaymentOrder) -> tuple[Claim | None, PaymentOrder]:
    """The claim of an order, its member locked, and the order as it now is. What failed or came back is due as a whole, or it is
    stopped first. Raises NotDue."""
    claim = _claim_of(order)
    order = PaymentOrder.objects.get(pk=order.pk)
    stands = latest(claim=claim) if claim is not None else None
    if claim is None or stands is None or order.state == "stopped":
        return claim, order
    over = _beyond_due(claim, stands)
    if over > 0:
        raise NotDue(
            f"支付单 {order.number} 应全部仍为应付，按现行决定会多付 {shown(over)} 元；请先止付这一笔，再点“重新支付”，"
            "系统按现行决定只支付差额",
            f"expected all of order {order.number} to be due, by the decision that stands {shown(over)} yuan too much would be "
            "paid; stop it first and order it again, then only the rest is paid",
        )
    return claim, order
