"""Whom payouts tell what: members of their money, by notice and short message; programs by event. Nothing says an illness."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.actions import notify_member
from mutualaid.notices.actions.webhooks import announce
from mutualaid.payouts.models import PaymentOrder


def sent(*, orders: Iterable[PaymentOrder], by: Actor, at: datetime.datetime) -> None:
    """It is with the bank."""
    for order in _with_members(orders):
        _tell(order, "payment_sent", {**_money(order), "tail": _tail(order)}, by, at)


def paid(*, orders: Iterable[PaymentOrder], by: Actor, at: datetime.datetime) -> None:
    """The bank has paid it."""
    for order in _with_members(orders):
        _tell(order, "payment_paid", {**_money(order), "tail": _tail(order)}, by, at)
        _announce(order, "claim.paid", by, at)


def came_back(*, orders: Iterable[PaymentOrder], reasons: Mapping[str, str], by: Actor, at: datetime.datetime) -> None:
    """The bank could not pay it, or got it back; ``reasons``: by the order's number."""
    for order in _with_members(orders):
        words = {"number": order.reference, "reason": reasons.get(order.number) or "账户信息不符"}
        _tell(order, "payment_returned", words, by, at)
        _announce(order, "payment.returned", by, at)


def _with_members(orders: Iterable[PaymentOrder]) -> list[PaymentOrder]:
    with within([EVERYTHING]):  # finance need not see the members
        found = PaymentOrder.objects.filter(pk__in=[order.pk for order in orders])
        return list(found.select_related("member__account").order_by("pk"))


def _money(order: PaymentOrder) -> dict[str, str]:
    return {"number": order.reference, "amount": shown(order.amount)}


def _tail(order: PaymentOrder) -> str:
    return str(order.account_number)[-4:]


def _tell(order: PaymentOrder, template: str, words: Mapping[str, str], by: Actor, at: datetime.datetime) -> None:
    if order.member is not None:
        link = f"/members/claims/{order.reference}"
        notify_member(member=order.member, template=template, words=words, link=link, by=by, at=at)


def _announce(order: PaymentOrder, event: str, by: Actor, at: datetime.datetime) -> None:
    facts = {"number": order.reference, "payment": order.number, "amount": str(order.amount)}
    announce(event=event, unit_path=order.unit_path, subject=order.reference, facts=facts, by=by, at=at)
