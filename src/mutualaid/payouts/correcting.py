"""Orders that are to be made anew: those that failed or came back, once each."""

from __future__ import annotations

from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.refusals import Refused
from mutualaid.payouts.states import PAYMENT_ORDER


class NotToCorrect(Refused):
    """Only an order that is known to have failed or come back, and was not ordered anew yet, is."""


def to_correct_now(*, order: PaymentOrder) -> PaymentOrder:
    """An order that failed or came back and was not ordered anew yet, locked. Raises NotToCorrect."""
    order = PaymentOrder.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if order.state not in ("failed", "returned"):
        raise NotToCorrect(
            f"支付单 {order.number} 应为“支付失败”或“已退票”，现为“{PAYMENT_ORDER.names[order.state][0]}”；请刷新后再看",
            f"expected order {order.number} to have failed or come back, it is {PAYMENT_ORDER.names[order.state][1]}; "
            "look again",
        )
    if PaymentOrder.objects.filter(replaces=order).exists():
        raise replaced(order)
    return order


def replaced(order: PaymentOrder) -> NotToCorrect:
    """Why an order that was ordered anew is left alone."""
    return NotToCorrect(
        f"支付单 {order.number} 应尚未重新支付，已由新的支付单代替；请处理新的一张",
        f"expected order {order.number} not to be ordered anew yet, it is; deal with the new one",
    )
