"""By which online payments a refund may go back the way it came. Reads alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from mutualaid.contributions.gateway import ChannelFault, UnknownChannel, channel_for
from mutualaid.contributions.models import ChannelRefund, Payment, Refund
from mutualaid.contributions.resting import standing
from mutualaid.core.row_security import EVERYTHING, within

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Way:
    """An online payment of the payer, and how much of it can go back still (yuan)."""

    payment: Payment
    left: Decimal


def ways_back(*, refund: Refund) -> list[Way]:
    """Of a refund of money, that payment itself; of a fee, the payments of its bill: those that came by a channel that gives
    back, the one with most left first."""
    with within([EVERYTHING], reads=True):
        found = []
        for payment, amount in _candidates(refund):
            order = payment.order
            if order is None or not _gives_back(str(order.channel)):
                continue
            back = ChannelRefund.objects.filter(payment=payment).exclude(state="failed").aggregate(total=Sum("amount"))
            left = min(amount, payment.amount - (back["total"] or NOTHING))
            if left > 0:
                found.append(Way(payment, left))
    return sorted(found, key=lambda one: -one.left)


def _candidates(refund: Refund) -> list[tuple[Payment, Decimal]]:
    if refund.payment_id is not None:
        payment = Payment.objects.select_related("order").get(pk=refund.payment_id)
        return [(payment, payment.amount)]
    parts = standing().filter(bill=refund.bill_id).select_related("payment__order").order_by("id")
    return [(part.payment, part.amount) for part in parts]


def _gives_back(channel: str) -> bool:
    try:
        return channel_for(channel).gives_back
    except (UnknownChannel, ChannelFault):
        return False
