"""A refund of money that came by an online channel goes back the way it came: one person of finance proposes it, another
agrees, and the channel is asked. It is booked once, when the channel says that it is done (``online_refunds``); where the
channel refuses, it is paid by bank as any other."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.actions.online_refunds import MoreThanPaid, NotByChannel, ask_refund
from mutualaid.contributions.models import Payment, Refund
from mutualaid.contributions.online_money import Way, ways_back
from mutualaid.contributions.persons import NotYours, person_of
from mutualaid.contributions.queries import unit_of
from mutualaid.contributions.states import REFUND
from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within


@transaction.atomic
def propose_channel_refund(*, refund: Refund, payment: Payment, by: Actor, at: datetime.datetime) -> Refund:
    """It shall go back by the channel by which ``payment``, money of the same payer, came. Raises NotYours, NotByChannel,
    MoreThanPaid, IllegalMove."""
    name = person_of(by=by)
    with within([EVERYTHING]):
        way = _way(refund, payment)
        if way.left < refund.amount:
            raise MoreThanPaid(
                f"该笔支付可退余额应不少于 {shown(refund.amount)} 元，还可退 {shown(way.left)} 元；请改由银行转账退回",
                f"expected at least {shown(refund.amount)} of the payment to be left, found {shown(way.left)}; pay it by bank",
            )
        also = {
            "online": payment, "entered_by": by.key, "entered_name": name, "confirmed_by": "", "confirmed_name": "",
            "paid_on": None, "serial": "",
        }  # fmt: skip
        return make(refund, REFUND, "propose_channel_refund", by=by, at=at, also=also)


@transaction.atomic
def drop_channel_refund(*, refund: Refund, by: Actor, at: datetime.datetime) -> Refund:
    """It shall not: it is to be paid by bank, or proposed anew. Raises NotYours, IllegalMove."""
    person_of(by=by)
    also = {"online": None, "entered_by": "", "entered_name": ""}
    return make(refund, REFUND, "drop_channel_refund", by=by, at=at, also=also)


@transaction.atomic
def confirm_channel_refund(*, refund: Refund, by: Actor, at: datetime.datetime) -> Refund:
    """Another person agrees: the channel is asked after commit. Raises NotYours, NotByChannel, MoreThanPaid, IllegalMove."""
    name = person_of(by=by)
    with within([EVERYTHING]):
        # The money first, as everywhere.
        online = Refund.objects.values_list("online", flat=True).get(pk=refund.pk)
        if online is not None:
            Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=online)
        found = Refund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
        if found.state != "proposed" or found.online is None or found.online_id != online:
            raise IllegalMove(found, REFUND, "confirm_channel_refund", found.state)
        if found.entered_by == by.key:
            raise NotYours(
                "应由提出人以外的财务人员复核，您是提出人；请交由另一位财务人员复核",
                "expected somebody other than who proposed it; have another person of finance agree",
            )
        _way(found, found.online)
        asked = ask_refund(
            payment=found.online,
            amount=Decimal(found.amount),
            reference=found.number,
            unit=unit_of(refund=found),
            by=by,
            at=at,
        )
        also = {"channel_refund": asked, "confirmed_by": by.key, "confirmed_name": name}
        return make(found, REFUND, "confirm_channel_refund", by=by, at=at, also=also)


def _way(refund: Refund, payment: Payment) -> Way:
    """Raises NotByChannel."""
    for way in ways_back(refund=refund):
        if way.payment.pk == payment.pk:
            return way
    raise NotByChannel(
        "应为该缴费方缴这张账单的在线支付；不是，请改由银行转账退回",
        "expected an online payment of this bill by a channel that gives back; pay it by bank transfer instead",
    )
