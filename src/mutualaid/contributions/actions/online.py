"""Paying at an online channel: an order is opened, sent, asked after, and what the channel says of it is taken.

The channel is never asked inside a transaction: ``jobs`` asks, and hands what it said to ``take_answer``.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from mutualaid.contributions.actions.settling import receive
from mutualaid.contributions.gateway import Answer, UnknownChannel, Way, channel_names, pays_out_by_days
from mutualaid.contributions.models import Bill, Order, Payment
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import rest_of_bill
from mutualaid.contributions.states import OPEN_ORDERS, ORDER
from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within

OPEN_FOR = datetime.timedelta(minutes=30)
"""How long an order may be paid."""
ON_ITS_WAY = datetime.timedelta(minutes=10)
"""For so long a channel may still come to hear of an order; an older request it refuses by its time."""
FEN = 100
FORGOTTEN: dict[str, Any] = {"pay_code": "", "pay_fields": {}, "payer": None, "client_address": ""}
"""What an order that is over need not know any more."""


class BillNotOpen(Refused):
    """A bill that is paid or cancelled takes no order."""


class OrderIsOpen(Refused):
    """An earlier order may still be paid, or was perhaps paid: two at a time would be paid twice."""


class NothingToLookAt(Refused):
    """The order has no fault, and its result is known."""


class OrderIsOver(Refused):
    """The order's result is known, or finance looks at it: there is nothing to give up."""


@transaction.atomic
def open_order(
    *,
    bill: Bill,
    channel: str,
    way: Way = "page",
    payer: str = "",
    client_address: str = "",
    back: str = "",
    by: Actor,
    at: datetime.datetime,
) -> Order:
    """The bill is to be paid at a channel: the order is made here, and sent by the worker after commit. While an earlier one
    is open at the same channel, that one is given. ``way``: how the payer comes to the channel; ``payer``: who they are there
    (their openid, for ``jsapi``); ``client_address``: from where they ask; ``back``: our page to which the channel leads back.

    Raises UnknownChannel (or one of another fund), BillNotOpen, OrderIsOpen.
    """
    # The fund stands above the branch of whoever pays, and of a member who pays for themself.
    with within([EVERYTHING], reads=True):
        fund = bill.fund.unit.code
    if channel not in channel_names(fund=fund):
        raise UnknownChannel(channel)
    bill = Bill.objects.select_for_update(no_key=True, of=("self",)).get(pk=bill.pk)
    if bill.state != "issued":
        raise BillNotOpen(
            f"账单 {bill.number} 应为“待缴费”，已缴清或作废；无需再支付",
            f"expected bill {bill.number} to wait for payment, it is {bill.state}; there is nothing to pay",
        )
    earlier = bill.orders.filter(state__in=OPEN_ORDERS).first()
    if earlier is not None:
        if earlier.channel == channel and earlier.expires_at > at and not (earlier.fault or earlier.given_up_at):
            return earlier
        # Closed here without asking, it could be paid there all the same: the worker closes it at the channel first.
        raise OrderIsOpen(
            "上一笔订单应已关闭，正在与支付渠道核对；请一两分钟后再试",
            "expected the earlier order to be closed, the channel is being asked about it; try again in a minute or two",
        )
    order = Order.objects.create(
        number=f"{bill.number}-{bill.orders.count() + 1}",
        bill=bill,
        channel=channel,
        amount=rest_of_bill(bill=bill),
        way=way,
        payer=payer or None,
        client_address=client_address[:45],
        back=back[:500],
        in_transit=pays_out_by_days(channel),
        created_at=at,
        expires_at=at + OPEN_FOR,
    )
    record(what="order_opened", row=order, by=by, at=at, channel=channel)
    work.post(name="contributions.send_order", wanted={"order": order.number})
    return order


@transaction.atomic
def take_answer(*, order: Order, answer: Answer, by: Actor, at: datetime.datetime) -> Order:
    """What the channel said of an order, asked or by itself, in whatever order and however often: paid money is booked
    once, another amount than ours never. Raises nothing that the channel could cause."""
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(asked_at=at)
    if answer.standing == "paid":
        if order.state == "paid":
            return order
        if answer.fen != int(order.amount * FEN):
            return _unclear(order, "wrong_amount", by, at)
        return _take_payment(order, answer, by, at)
    if order.state in ("paid", "closed") or order.fault:
        return order  # late news of a time before
    if answer.standing == "waiting":
        if order.state != "pending":
            order = make(order, ORDER, "order_accepted", by=by, at=at)
        if answer.pay_address or answer.code or answer.fields:
            order.external, order.pay_address = answer.external, answer.pay_address
            order.pay_code, order.pay_fields = answer.code, dict(answer.fields)
            order.save(update_fields=["external", "pay_address", "pay_code", "pay_fields"])
        return order
    if answer.standing == "absent" and order.created_at + ON_ITS_WAY > at:
        return _unclear(order, "", by, at)  # what we sent may still be on its way
    return make(order, ORDER, "order_closed", by=by, at=at, also=FORGOTTEN)


@transaction.atomic
def mark_unclear(*, order: Order, by: Actor, at: datetime.datetime) -> Order:
    """The channel's answer is missing: it is asked again later, and nothing is paid twice on a guess."""
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(asked_at=at)
    return _unclear(order, "", by, at)


@transaction.atomic
def refuse_order(*, order: Order, by: Actor, at: datetime.datetime) -> Order:
    """The channel did not take the order, and said so: it is closed. Raises nothing for one that went on meanwhile."""
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    return make(order, ORDER, "order_closed", by=by, at=at, also=FORGOTTEN) if order.state == "created" else order


@transaction.atomic
def look_again(*, order: Order, by: Actor, at: datetime.datetime) -> Order:
    """Finance has looked at an order about which the channel said what cannot be, or nothing clear: it is asked about at once.

    Raises NothingToLookAt.
    """
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if not order.fault and order.state != "unknown":
        raise NothingToLookAt(
            f"订单 {order.number} 应有待核对的异常或结果未知，均没有；无需处理",
            f"expected order {order.number} to have a fault or an unknown result, it has neither; there is nothing to do",
        )
    order.fault = ""
    order.save(update_fields=["fault"])
    record(what="order_looked_at", row=order, by=by, at=at)
    work.post(name="contributions.ask_order", wanted={"order": order.number})
    return order


@transaction.atomic
def give_up(*, order: Order, by: Actor, at: datetime.datetime) -> Order:
    """The payer wants to pay in another way: the order is to be closed at its channel, at once, by the worker. It may turn
    out to be paid. Raises OrderIsOver."""
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if order.state not in OPEN_ORDERS or order.fault:
        raise OrderIsOver(
            f"支付订单 {order.number} 应还没有结果且没有异常，并非如此；请刷新页面查看",
            f"expected order {order.number} to be without result and fault, it is not; load the page again",
        )
    if order.given_up_at is None:
        order.given_up_at = at
        order.save(update_fields=["given_up_at"])
        record(what="order_given_up", row=order, by=by, at=at)
    work.post(name="contributions.ask_order", wanted={"order": order.number})
    return order


def _unclear(order: Order, fault: str, by: Actor, at: datetime.datetime) -> Order:
    if fault and not order.fault:
        order.fault = fault
        order.save(update_fields=["fault"])
        record(what="order_fault_found", row=order, by=by, at=at, fault=fault)
    return make(order, ORDER, "order_unclear", by=by, at=at) if order.state in ("created", "pending") else order


def _take_payment(order: Order, answer: Answer, by: Actor, at: datetime.datetime) -> Order:
    """Money is there. It settles the bill, unless that is no longer open or the order was closed: then it waits as 暂收款."""
    in_time = order.state != "closed"
    assert answer.paid_at is not None  # a channel's client lets no other answer pass
    told = {"fault": "", "paid_at": answer.paid_at, "external": answer.external or order.external}
    order = make(order, ORDER, "order_paid", by=by, at=at, also={**FORGOTTEN, **told})
    payment = Payment.objects.create(
        fund=order.bill.fund, amount=Decimal(answer.fen) / FEN, received_on=day_of(answer.paid_at), order=order, at=at
    )
    if in_time:
        try:
            with transaction.atomic():
                receive(payment=payment, bills=[order.bill], inexact=True, by=by, at=at)
                return order
        except (IllegalMove, Refused):
            pass  # paid by bank at the same time, cancelled, or its covers can no longer begin: the money is there all the same
    receive(payment=payment, bills=[], by=by, at=at)
    return order
