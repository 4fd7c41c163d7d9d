"""Batches: made by one, released by another; each refusal; what leaves is what was batched and what the books owe."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.db import IntegrityError, transaction

from mutualaid.core import papers
from mutualaid.core.actors import system
from mutualaid.core.moves import IllegalMove
from mutualaid.payouts.actions.batches import (
    BooksDiffer,
    NotAPerson,
    NothingToPay,
    NotMissing,
    NotPaidByHand,
    SamePerson,
    confirm_upload,
    make_batch,
    mark_sent,
    release_batch,
    send_again,
    withdraw_batch,
)
from mutualaid.payouts.actions.orders import stop_order
from mutualaid.payouts.models import Batch, PaymentOrder
from mutualaid.payouts.queries import tasks
from tests.payouts.bank_side import OWN, BankSide, states
from tests.payouts.scene import CARD, LATER, World
from tests.people.cast import AT, BY

HOUR = datetime.timedelta(hours=1)


def test_a_batch_holds_all_that_wait(world: World) -> None:
    orders = [world.order(100, bank=OWN), world.order("50.50"), world.order(7)]
    stop_order(order=orders[2], reason="撤回", by=BY, at=AT)
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    assert (batch.number[0], batch.count, str(batch.total), batch.own_count, str(batch.own_total)) == (
        *("Z", 2, "150.50", 1, "100.00"),
    )
    assert states(orders) == ["batched", "batched", "stopped"]
    assert world.notices == ["batch_to_release"]
    with pytest.raises(NothingToPay):
        make_batch(fund=world.fund, by=world.by, at=AT)


def test_only_orders_that_wait_are_batched(world: World) -> None:
    orders = [world.order(1), world.order(2)]
    make_batch(fund=world.fund, orders=orders[:1], by=world.by, at=AT)
    assert states(orders) == ["batched", "created"]
    with pytest.raises(IllegalMove), transaction.atomic():
        make_batch(fund=world.fund, orders=orders, by=world.by, at=AT)
    with pytest.raises(NothingToPay):
        make_batch(fund=world.fund, orders=[], by=world.by, at=AT)
    with pytest.raises(NotAPerson):
        make_batch(fund=world.fund, by=system("payouts"), at=AT)


def test_a_second_person_releases(world: World) -> None:
    world.order(100)
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    with pytest.raises(SamePerson), transaction.atomic():
        release_batch(batch=batch, by=world.by, at=LATER)
    with pytest.raises(NotAPerson), transaction.atomic():
        release_batch(batch=batch, by=BY, at=LATER)
    batch = release_batch(batch=batch, by=world.other, at=LATER)
    assert (batch.state, batch.way, batch.released_by_id) == ("released", "", world.releaser.account_id)
    assert PaymentOrder.objects.get().state == "released"
    assert world.outbox == []  # paid by hand: nothing is sent
    for again in (world.other, world.by):
        with pytest.raises(IllegalMove, match="expected waits for release, found released"), transaction.atomic():
            release_batch(batch=batch, by=again, at=LATER)
    with pytest.raises(IntegrityError, match="batch_of_two_persons"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(released_by=batch.made_by_id)
    with pytest.raises(IntegrityError, match="batch_released_by_somebody"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(released_by=None)


def test_a_batch_is_withdrawn_before_release(world: World) -> None:
    order = world.order()
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    batch = withdraw_batch(batch=batch, by=world.other, at=LATER)
    assert (batch.state, states([order])) == ("withdrawn", ["created"])
    assert PaymentOrder.objects.get().batch_id is None
    with pytest.raises(IllegalMove), transaction.atomic():
        release_batch(batch=batch, by=world.other, at=LATER)
    batch = release_batch(batch=make_batch(fund=world.fund, by=world.by, at=AT), by=world.other, at=LATER)
    with pytest.raises(IllegalMove):
        withdraw_batch(batch=batch, by=world.by, at=LATER)


def test_what_leaves_is_what_was_batched(world: World) -> None:
    orders = [world.order(100), world.order(50)]
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    PaymentOrder.objects.filter(pk=orders[0].pk).update(batch=None)  # as no action does
    with pytest.raises(BooksDiffer, match=r"expected 2 orders of 150\.00, found 1 of 50\.00"), transaction.atomic():
        release_batch(batch=batch, by=world.other, at=AT)
    assert states(orders) == ["batched", "batched"]


def test_what_leaves_is_owed_in_the_books(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.order(100)
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    monkeypatch.setattr("mutualaid.payouts.actions.batches.payable", lambda **_: Decimal("99.99"))
    with pytest.raises(BooksDiffer, match=r"at most 99\.99"):
        release_batch(batch=batch, by=world.other, at=AT)


def test_paying_by_hand(world: World) -> None:
    order = world.order("880.50")
    batch = make_batch(fund=world.fund, by=world.by, at=AT)
    with pytest.raises(IllegalMove):
        confirm_upload(batch=batch, by=world.by, at=AT)
    batch = release_batch(batch=batch, by=world.other, at=AT)
    assert batch.file is not None
    sheet = openpyxl.load_workbook(io.BytesIO(papers.read(batch.file))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][1:8] == (
        *(order.number, order.payee_name, CARD, "邻市银行海城支行", "", "880.50", f"互助金 {order.reference}"),
    )
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    batch = confirm_upload(batch=batch, by=world.by, at=LATER)
    assert (batch.state, batch.sent_at, states([order])) == ("sent", LATER, ["sent"])
    assert confirm_upload(batch=batch, by=world.by, at=LATER + HOUR).sent_at == LATER


def test_a_bank_with_a_folder_is_sent_the_file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    side = BankSide.known(tmp_path / "bank", monkeypatch)
    order = world.order(100, bank=OWN)
    batch = release_batch(batch=make_batch(fund=world.fund, by=world.by, at=AT), by=world.other, at=AT)
    assert (batch.way, world.outbox) == ("sea", [("send_batch", {"batch": batch.number})])
    with pytest.raises(NotPaidByHand):
        confirm_upload(batch=batch, by=world.by, at=LATER)
    for _ in range(2):  # a worker that died after the file was there does it again
        side.send(batch)
    assert (Batch.objects.get().state, states([order])) == ("sent", ["sent"])
    assert len(list((tmp_path / "bank" / "exchange" / "out").glob("*.xml"))) == 1
    assert mark_sent(batch=batch, by=BY, at=LATER).sent_at == AT
    with pytest.raises(NotMissing):
        send_again(batch=batch, by=world.by, at=LATER)


def test_what_waits_for_finance(world: World) -> None:
    orders = [world.order(10), world.order(20), world.order(30)]
    make_batch(fund=world.fund, orders=orders[1:], by=world.by, at=AT)

    def waiting(account: int | None) -> list[tuple[str, int, str]]:
        from mutualaid.payouts.models import BankResult

        found = tasks(
            orders=PaymentOrder.objects.all(),
            batches=Batch.objects.all(),
            results=BankResult.objects.all(),
            account=account or 0,
        )
        return [(row.kind, row.count, str(row.amount)) for row in found]

    assert waiting(world.releaser.account_id) == [("to_batch", 1, "10.00"), ("to_release", 1, "50.00")]
    assert waiting(world.maker.account_id) == [("to_batch", 1, "10.00")]
