"""A bill of the past that was paid at the online channel: the order, and what the channel said of it, told to the actions."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mutualaid.contributions.actions.online import FEN, open_order, take_answer
from mutualaid.contributions.gateway import NAME, Answer
from mutualaid.contributions.models import Bill, Order
from mutualaid.core.actors import Actor, system

CHANNEL = "neutral"
_BY = system("contributions")


def pay_online(*, bill: Bill, by: Actor, at: datetime.datetime) -> Order:
    """The channel itself runs only later, and is not asked: for it the order is over."""
    with _channel_known():
        order = open_order(bill=bill, channel=CHANNEL, by=by, at=at)
    fen = int(bill.amount * FEN)
    order = take_answer(
        order=order, answer=Answer(order.number, "waiting", fen, "demo", "http://127.0.0.1/"), by=_BY, at=at
    )
    paid_at = at + datetime.timedelta(minutes=4)
    answer = Answer(order.number, "paid", fen, "demo", paid_at=paid_at)
    return take_answer(order=order, answer=answer, by=_BY, at=paid_at)


@contextmanager
def _channel_known() -> Iterator[None]:
    """For a moment there is a channel of this name, if there is none."""
    before = os.environ.get(NAME)
    os.environ[NAME] = before or f"{CHANNEL}=none"
    try:
        yield
    finally:
        if before is None:
            del os.environ[NAME]
        else:
            os.environ[NAME] = before
