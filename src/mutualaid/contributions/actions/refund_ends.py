"""What follows when a refund was paid, by whichever way: the payer hears of it, and the bill's fiscal note is made anew."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.contributions.actions.fiscal import bill_after_refund
from mutualaid.contributions.actions.telling import tell_payer
from mutualaid.contributions.models import ChannelRefund, Refund
from mutualaid.contributions.states import REFUND
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.notices.actions import notify_office
from mutualaid.people.models import RoleName


def after_payment(*, refund: Refund, by: Actor, at: datetime.datetime) -> None:
    """It was paid and booked."""
    if refund.bill is None:
        return
    words = {"number": refund.number, "amount": shown(refund.amount)}
    tell_payer(bill=refund.bill, template="refund_paid", words=words, by=by, at=at)
    if refund.payment_id is None:
        bill_after_refund(bill=refund.bill, by=by, at=at)


def channel_gave_back(*, done: ChannelRefund, by: Actor, at: datetime.datetime) -> None:
    """The channel says that it is done, and that is booked: the refund of which it is a part is paid. Where the bank paid it
    meanwhile since the channel had said otherwise, it was paid twice: finance hears of it and gets it back from the payer."""
    refund = _refund_of(done)
    if refund is None or refund.state == "paid":
        if refund is not None:
            _paid_twice(refund, by, at)
        return
    if refund.state == "entered":
        _paid_twice(refund, by, at)
        return
    done_at = done.done_at or at
    also = {"paid_on": day_of(done_at), "online": done.payment, "channel_refund": done}
    paid = make(refund, REFUND, "refund_by_channel", by=by, at=at, also=also)
    assert Decimal(paid.amount) == done.amount  # it was asked for as a whole
    after_payment(refund=paid, by=by, at=at)


def channel_refused(*, refused: ChannelRefund, by: Actor, at: datetime.datetime) -> None:
    """The channel gives nothing back: the refund is to be paid by bank, or to be asked for anew."""
    refund = _refund_of(refused)
    if refund is not None and refund.state == "sending" and refund.channel_refund_id == refused.pk:
        make(refund, REFUND, "refund_not_by_channel", by=by, at=at)
        words = {"number": refund.number, "amount": shown(refund.amount)}
        _tell_finance(refund, "refund_not_by_channel", words, by, at)


def _refund_of(found: ChannelRefund) -> Refund | None:
    """Locked. By its number, not by the link: that may be to a later one, asked for since this one was said to have failed."""
    rows = Refund.objects.select_for_update(no_key=True, of=("self",)).select_related("bill", "fund__unit")
    return rows.filter(number=found.reference).exclude(channel_refund=None).first()


def _paid_twice(refund: Refund, by: Actor, at: datetime.datetime) -> None:
    record(what="refund_paid_twice", row=refund, by=by, at=at)
    words = {"number": refund.number, "amount": shown(refund.amount)}
    _tell_finance(refund, "refund_paid_twice", words, by, at)


def _tell_finance(refund: Refund, template: str, words: dict[str, str], by: Actor, at: datetime.datetime) -> None:
    notify_office(
        unit=refund.fund.unit, roles=[RoleName.FINANCE], template=template, words=words,
        link=f"/workbench/refunds/{refund.number}", by=by, at=at,
    )  # fmt: skip
