"""Whom payouts tell what: members of their money, by notice and short message; programs by event. Nothing says an illness."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence

from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.actions import Letter, MemberLetter, notify_all, notify_members
from mutualaid.notices.actions.webhooks import announce
from mutualaid.notices.templates import link_of
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Account


def sent(*, orders: Iterable[PaymentOrder], by: Actor, at: datetime.datetime) -> None:
    """It is with the bank."""
    _tell(_with_members(orders), "payment_sent", _of_money, by, at)


def paid(*, orders: Iterable[PaymentOrder], by: Actor, at: datetime.datetime) -> None:
    """The bank has paid it."""
    found = _with_members(orders)
    _tell(found, "payment_paid", _of_money, by, at)
    _announce(found, "claim.paid", by, at)


def came_back(*, orders: Iterable[PaymentOrder], reasons: Mapping[str, str], by: Actor, at: datetime.datetime) -> None:
    """The bank could not pay it, or got it back; ``reasons``: by the order's number."""
    found = _with_members(orders)

    def words(order: PaymentOrder) -> dict[str, str]:
        return {"number": order.reference, "reason": reasons.get(order.number) or "账户信息不符"}

    _tell(found, "payment_returned", words, by, at)
    _announce(found, "payment.returned", by, at)


def account_changed(*, order: PaymentOrder, before: PaymentOrder, by: Actor, at: datetime.datetime) -> None:
    """Money goes to another account from now on; said to the contact that is known of the member, so that they hear of a
    change that is not theirs before money leaves."""
    words = {"number": order.reference, "before": before.account_masked[-4:], "tail": order.account_masked[-4:]}
    _tell(_with_members([order]), "payment_account_changed", lambda _: words, by, at)


def _with_members(orders: Iterable[PaymentOrder]) -> list[PaymentOrder]:
    with within([EVERYTHING]):  # finance need not see the members
        found = PaymentOrder.objects.filter(pk__in=[order.pk for order in orders])
        return list(found.select_related("member").order_by("pk"))


def _of_money(order: PaymentOrder) -> dict[str, str]:
    return {"number": order.reference, "amount": shown(order.amount), "tail": str(order.account_number)[-4:]}


def _tell(
    orders: Sequence[PaymentOrder],
    template: str,
    words: Callable[[PaymentOrder], Mapping[str, str]],
    by: Actor,
    at: datetime.datetime,
) -> None:
    others = _readers[0]([order.reference for order in orders]) if _readers else {}
    letters = [
        MemberLetter(order.member, words(order))
        for order in orders
        if order.member is not None and others.get(order.reference, (None, True))[1]
    ]
    notify_members(letters=letters, template=template, by=by, at=at)
    told = [(others[order.reference][0], words(order)) for order in orders if order.reference in others]
    accounts = [Letter(account, said, link_of(template, said)) for account, said in told if account is not None]
    notify_all(letters=accounts, portal="member", template=template, by=by, at=at)


Readers = Callable[[Sequence[str]], Mapping[str, tuple[Account | None, bool]]]
"""For references of orders of which others than the member are told: whose account, and whether the member is told too."""
_readers: list[Readers] = []


def read_also_by(readers: Readers) -> None:
    """From now on they are told of payments, too: called once, by the application of claims, which knows for whom next of kin
    file."""
    _readers[:] = [readers]


def _announce(orders: Sequence[PaymentOrder], event: str, by: Actor, at: datetime.datetime) -> None:
    for order in orders:
        facts = {
            "number": order.reference,
            "payment": order.number,
            "state": order.state,
            "amount": f"{order.amount:.2f}",
            "paid_on": order.paid_on.isoformat() if order.paid_on else None,
        }
        path, sealed = order.unit_path, ["payment", "amount", "paid_on"]
        announce(event=event, unit_path=path, subject=order.reference, facts=facts, sealed=sealed, by=by, at=at)
