"""Fifty at once: real threads, real transactions. A batch is released once, an order is batched once and paid once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.models import Entry
from mutualaid.payouts.actions.batches import NothingToPay, make_batch, release_batch, withdraw_batch
from mutualaid.payouts.actions.orders import NotToCorrect, correct_account, stop_order
from mutualaid.payouts.jobs import collect_from, send_batch
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from tests.payouts import scene
from tests.payouts.bank_side import OWN, BankSide, released, states
from tests.people.cast import AT, BY
from tests.racing import together

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = 50


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path / "data"))


def test_fifty_double_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    world = scene.world(monkeypatch)
    for _ in range(PAIRS):
        world.order(100)
        batch = make_batch(fund=world.fund, by=world.by, at=AT)
        raised = together(*[partial(release_batch, batch=batch, by=world.other, at=AT)] * 2)
        assert [type(fault) for fault in raised if fault] == [IllegalMove]
    assert AuditEntry.objects.filter(what="release_batch").count() == PAIRS
    assert AuditEntry.objects.filter(what="payout_released").count() == PAIRS


def test_fifty_releases_of_one_batch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    BankSide.known(tmp_path / "bank", monkeypatch)
    world = scene.world(monkeypatch)
    world.order(100)
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    raised = together(*[partial(release_batch, batch=batch, by=world.other, at=AT)] * 25)
    raised += together(*[partial(release_batch, batch=batch, by=world.other, at=AT)] * 25)
    assert sum(fault is None for fault in raised) == 1
    assert all(isinstance(fault, IllegalMove) for fault in raised if fault)
    assert [name for name, _ in world.outbox] == ["send_batch"]


def test_two_batches_of_the_same_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    world = scene.world(monkeypatch)
    for _ in range(10):
        orders = [world.order(10), world.order(20)]
        raised = together(*[partial(make_batch, fund=world.fund, orders=orders, by=world.by, at=AT)] * 3)
        assert sum(fault is None for fault in raised) == 1
        assert all(isinstance(fault, IllegalMove | NothingToPay) for fault in raised if fault)
    assert Batch.objects.count() == 10


def test_released_and_withdrawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = scene.world(monkeypatch)
    for _ in range(10):
        order = world.order(10)
        batch = make_batch(fund=world.fund, orders=[order], by=world.by, at=AT)
        raised = together(
            partial(release_batch, batch=batch, by=world.other, at=AT),
            partial(withdraw_batch, batch=batch, by=world.by, at=AT),
        )
        assert sum(fault is None for fault in raised) == 1
        assert states([order]) in (["released"], ["created"])


def test_batched_and_stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = scene.world(monkeypatch)
    for _ in range(10):
        order = world.order(10)
        together(
            partial(make_batch, fund=world.fund, orders=[order], by=world.by, at=AT),
            partial(stop_order, order=order, reason="撤回", by=BY, at=AT),
        )
        order.refresh_from_db()
        reversed_ = Entry.objects.filter(
            event="reversed", reverses__subject=f"payouts.paymentorder:{order.pk}"
        ).exists()
        assert (order.state, reversed_) in (("batched", False), ("stopped", True))


def test_one_result_taken_by_many_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    side = BankSide.known(tmp_path / "bank", monkeypatch)
    world = scene.world(monkeypatch)
    orders = [world.order(100, bank=OWN), world.order(50, bank=OWN, card="6217000012340001")]
    batch = released(world, orders)
    raised = together(*[partial(send_batch, number=batch.number, at=AT)] * 4)
    assert raised == [None] * 4
    side.bank.step()
    assert together(*[partial(collect_from, name="sea", at=AT)] * 6) == [None] * 6
    assert states(orders) == ["paid", "failed"]
    assert world.books == ("150.00", "-50.00", "-100.00")
    assert BankResult.objects.filter(changed=2).count() == 1
    failed = PaymentOrder.objects.get(pk=orders[1].pk)
    to = {"payee_name": "林晓禾", "account_number": "6217000012349999", "bank_name": OWN}
    raised = together(*[partial(correct_account, order=failed, **to, by=BY, at=AT)] * 5)
    assert sorted(str(type(fault).__name__) for fault in raised if fault) == [NotToCorrect.__name__] * 4
