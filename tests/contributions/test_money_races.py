"""Two ways to pay at once: real threads, real transactions. A bill is paid once, and no money is lost."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from mutualaid.contributions.actions.bank import hold_line, match_line
from mutualaid.contributions.actions.online import open_order, take_answer
from mutualaid.contributions.gateway import Answer
from mutualaid.contributions.models import Receipt, Settlement
from mutualaid.core.moves import IllegalMove
from tests.contributions import scene
from tests.people.cast import AT
from tests.racing import together

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def test_by_bank_and_online_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", "neutral=nowhere.json")
    world = scene.world(monkeypatch)
    for done in range(ROUNDS):
        bill = world.bill()
        order = open_order(bill=bill, channel="neutral", by=world.by, at=AT)
        paid = Answer(order.number, "paid", 5000, paid_at=AT)
        line = world.line(50)
        by_bank = partial(match_line, line=line, bills=[bill], by=world.by, at=AT)
        online = partial(take_answer, order=order, answer=paid, by=world.by, at=AT)
        raised = together(by_bank, online, online)
        assert raised[1:] == [None, None]
        assert raised[0] is None or isinstance(raised[0], IllegalMove)
        bill.refresh_from_db()
        assert bill.state == "paid"
        assert Settlement.objects.filter(bill=bill).count() == Receipt.objects.filter(bill=bill).count() == 1
        if raised[0] is not None:  # online was quicker: finance sees the line still, and keeps the money
            hold_line(line=line, reason="账单已在线缴清", by=world.by, at=AT)
        assert world.held() == Decimal(100) * (done + 1)
        assert world.waiting == Decimal(50) * (done + 1)


def test_two_orders_at_once_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", "neutral=nowhere.json")
    world = scene.world(monkeypatch)
    bill = world.bill()
    raised = together(*[lambda: open_order(bill=bill, channel="neutral", by=world.by, at=AT)] * 3)
    assert raised == [None] * 3
    assert bill.orders.count() == 1
