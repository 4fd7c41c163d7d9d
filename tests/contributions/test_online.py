"""Paying at an online channel, over real HTTP against the simulator, well-behaved and not."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from mutualaid.contributions import gateway, jobs
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.online import (
    BillNotOpen,
    NothingToLookAt,
    OrderIsOpen,
    OrderIsOver,
    give_up,
    look_again,
    open_order,
    take_answer,
)
from mutualaid.contributions.channels.neutral import NeutralChannel
from mutualaid.contributions.models import Order, Payment
from mutualaid.contributions.queries import orders_to_ask
from tests.contributions.scene import World
from tests.people.cast import AT, as_clerk

if TYPE_CHECKING:
    from tests.contributions.channel import Simulator

HOUR = datetime.timedelta(hours=1)


def opened(world: World) -> Order:
    """An order for a new bill, sent to the channel."""
    order = open_order(bill=world.bill(), channel="neutral", by=as_clerk(world.cast.clerk), at=timezone.now())
    assert world.outbox[-1] == ("send_order", {"order": order.number})
    jobs.send_order(number=order.number, at=timezone.now())
    order.refresh_from_db()
    return order


def standing(order: Order) -> tuple[str, str, int]:
    """State of the order and of its bill, and how many payments came of it."""
    order.refresh_from_db()
    order.bill.refresh_from_db()
    return order.state, order.bill.state, Payment.objects.filter(order=order).count()


PAID, OPEN, UNKNOWN = ("paid", "paid", 1), ("pending", "issued", 0), ("unknown", "issued", 0)


def client() -> NeutralChannel:
    """The client itself."""
    found = gateway.channel_for("neutral")
    assert isinstance(found, NeutralChannel)
    return found


def test_the_payer_pays_on_the_page_of_the_channel(world: World, channel: Simulator) -> None:
    order = opened(world)
    assert standing(order) == OPEN
    path = urlsplit(order.pay_address).path
    status, page = channel.call("GET", path)
    assert status == 200
    assert "模拟收银台" in page
    assert "50.00" in page
    assert "已支付" in channel.call("POST", path, b"do=pay")[1]
    assert channel.take() == [True]
    assert standing(order) == PAID
    assert world.held() == 50
    assert world.waiting == 0
    assert {cover.state for cover in order.bill.enrolment.covers.all()} == {"begun"}
    assert order.bill.receipt.amount == 50
    with pytest.raises(BillNotOpen):
        open_order(bill=order.bill, channel="neutral", by=world.by, at=timezone.now())


def test_the_payer_refuses(world: World, channel: Simulator) -> None:
    order = opened(world)
    assert "已关闭" in channel.call("POST", urlsplit(order.pay_address).path, b"do=refuse")[1]
    jobs.ask_orders(at=timezone.now() + 2 * datetime.timedelta(minutes=1))
    assert standing(order) == ("closed", "issued", 0)
    second = open_order(bill=order.bill, channel="neutral", by=world.by, at=timezone.now())
    assert second.number == f"{order.bill.number}-2"


def test_one_open_order_for_a_bill(world: World, channel: Simulator) -> None:
    order = opened(world)
    assert open_order(bill=order.bill, channel="neutral", by=world.by, at=timezone.now()) == order
    with pytest.raises(OrderIsOpen):
        open_order(bill=order.bill, channel="neutral", by=world.by, at=timezone.now() + HOUR)


def test_without_a_channel_there_is_bank_transfer_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUTUALAID_CHANNELS", raising=False)
    assert gateway.channel_names() == []
    with pytest.raises(gateway.UnknownChannel):
        open_order(bill=world.bill(), channel="neutral", by=world.by, at=AT)


def test_a_channel_that_is_told_wrongly_says_so(monkeypatch: pytest.MonkeyPatch, channel: Simulator) -> None:
    file = channel.folder / "channel.json"
    facts = json.loads(file.read_text(encoding="utf-8"))
    other = channel.folder / "other.json"
    for change in ({"address": "http://pay.example"}, {"notification_key": "AA=="}, {"private_key": "x"}):
        other.write_text(json.dumps({**facts, **change}), encoding="utf-8")
        monkeypatch.setenv("MUTUALAID_CHANNELS", f"neutral={other}")
        with pytest.raises(gateway.ChannelFault):
            gateway.channel_for("neutral")


# --- misbehaviour -----------------------------------------------------------------------------------------------------


def test_late(world: World, channel: Simulator) -> None:
    channel.misbehave("late")
    order = opened(world)
    channel.pay(order)
    assert channel.take() == []
    assert standing(order) == OPEN
    channel.send_held()
    assert channel.take() == [True]
    assert standing(order) == PAID


def test_twice(world: World, channel: Simulator) -> None:
    channel.misbehave("twice")
    order = opened(world)
    channel.pay(order)
    assert channel.take() == [True, True]
    assert standing(order) == PAID
    assert world.held() == 50


def test_before_the_response(world: World, channel: Simulator) -> None:
    channel.misbehave("before-response")
    order = open_order(bill=world.bill(), channel="neutral", by=world.by, at=timezone.now())
    wanted = gateway.Wanted(order.number, 5000, "互助费", order.expires_at)
    answer = client().create(wanted=wanted, at=timezone.now())
    assert channel.take() == [True]
    assert standing(order) == PAID
    take_answer(order=order, answer=answer, by=world.by, at=timezone.now())
    take_answer(order=order, answer=replace(answer, standing="waiting"), by=world.by, at=timezone.now())
    assert standing(order) == PAID


def test_forged(world: World, channel: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    channel.misbehave("forge")
    order = opened(world)
    channel.pay(order)
    assert channel.take() == [False]
    assert standing(order) == OPEN
    assert "signature" in caplog.text
    assert order.number not in caplog.text
    # What the channel says when it is asked is signed by itself.
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == PAID


def test_another_amount_is_never_booked(world: World, channel: Simulator) -> None:
    channel.misbehave("wrong-amount")
    order = opened(world)
    channel.pay(order)
    assert channel.take() == [True]
    assert standing(order) == UNKNOWN
    assert order.fault == "wrong_amount"
    assert world.held() == 0
    later = timezone.now() + HOUR
    assert list(orders_to_ask(at=later)) == []
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == UNKNOWN
    with pytest.raises(OrderIsOpen):  # nobody is sent to a page where they perhaps paid
        open_order(bill=order.bill, channel="neutral", by=world.by, at=timezone.now())
    with pytest.raises(OrderIsOver):
        give_up(order=order, by=world.by, at=timezone.now())
    closed = gateway.Answer(order.number, "closed", 0)  # nor is it over before finance has looked
    take_answer(order=order, answer=closed, by=world.by, at=timezone.now())
    assert standing(order) == UNKNOWN
    look_again(order=order, by=world.by, at=timezone.now())
    jobs.ask_order(number=order.number, at=timezone.now())  # and it was 50.00 after all
    assert standing(order) == PAID
    with pytest.raises(NothingToLookAt):
        look_again(order=order, by=world.by, at=timezone.now())


def test_out_of_order(world: World, channel: Simulator) -> None:
    channel.misbehave("out-of-order")
    order = opened(world)
    channel.pay(order)
    assert channel.take() == [True, True]
    assert standing(order) == PAID


def test_lost(world: World, channel: Simulator) -> None:
    channel.misbehave("lose")
    order = opened(world)
    channel.pay(order)
    assert channel.take() == []
    jobs.ask_orders(at=timezone.now() + datetime.timedelta(minutes=2))
    assert standing(order) == PAID


def test_the_answer_to_an_order_is_lost(world: World, channel: Simulator) -> None:
    channel.misbehave("lose-response")
    order = opened(world)
    assert standing(order) == UNKNOWN
    jobs.send_order(number=order.number, at=timezone.now())  # never sent again on a guess
    channel.misbehave()
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == OPEN
    assert order.pay_address


def test_a_channel_that_is_down(world: World, channel: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = json.loads((channel.folder / "channel.json").read_text(encoding="utf-8"))
    down = channel.folder / "down.json"
    down.write_text(json.dumps({**facts, "address": "http://127.0.0.1:9"}), encoding="utf-8")
    monkeypatch.setenv("MUTUALAID_CHANNELS", f"neutral={down}")
    order = opened(world)
    assert standing(order) == UNKNOWN
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == UNKNOWN
    # It comes back, and never heard of the order: only when nothing can be on its way any more is it closed.
    monkeypatch.setenv("MUTUALAID_CHANNELS", channel.channels)
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == UNKNOWN
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - HOUR)
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == ("closed", "issued", 0)


def test_an_order_that_the_channel_refuses_is_closed(world: World, channel: Simulator) -> None:
    order = open_order(bill=world.bill(), channel="neutral", by=world.by, at=timezone.now())
    known = gateway.Wanted(order.number, 1, "另一笔", order.expires_at)
    client().create(wanted=known, at=timezone.now())
    jobs.send_order(number=order.number, at=timezone.now())
    assert standing(order) == ("closed", "issued", 0)


# --- time, cancelling, paying twice -----------------------------------------------------------------------------------


def test_an_order_past_its_time_is_closed_at_the_channel(world: World, channel: Simulator) -> None:
    order = opened(world)
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == ("closed", "issued", 0)
    assert "已关闭" in channel.call("GET", urlsplit(order.pay_address).path)[1]


def test_money_after_closing_waits_for_finance(world: World, channel: Simulator) -> None:
    order = opened(world)
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
    jobs.ask_order(number=order.number, at=timezone.now())
    channel.pay(order, anyhow=True)
    assert channel.take() == [True]
    assert standing(order) == ("paid", "issued", 1)
    assert world.held() == 50
    assert world.waiting == 50


def test_money_for_a_cancelled_bill_waits_for_finance(world: World, channel: Simulator) -> None:
    order = opened(world)
    cancel_bill(bill=order.bill, reason="名单有误", by=world.by, at=timezone.now())
    assert world.outbox[-1] == ("ask_order", {"order": order.number})
    channel.pay(order)
    assert channel.take() == [True]
    assert standing(order) == ("paid", "cancelled", 1)
    assert world.held() == 50
    assert world.waiting == 50


def test_an_order_of_a_cancelled_bill_is_closed_at_the_channel(world: World, channel: Simulator) -> None:
    order = opened(world)
    cancel_bill(bill=order.bill, reason="名单有误", by=world.by, at=timezone.now())
    jobs.ask_order(number=order.number, at=timezone.now())
    assert standing(order) == ("closed", "cancelled", 0)


def test_paid_by_bank_and_then_online(world: World, channel: Simulator) -> None:
    order = opened(world)
    match_line(line=world.line(50), bills=[order.bill], by=world.by, at=AT)
    channel.pay(order)
    assert channel.take() == [True]
    assert standing(order) == PAID
    assert world.held() == 100
    assert world.waiting == 50


# --- the protocol -----------------------------------------------------------------------------------------------------


def test_notifications_that_are_not_the_channels_are_refused(world: World, channel: Simulator) -> None:
    order = opened(world)
    channel.pay(order)
    ((headers, body),) = channel.waiting()

    def taken(headers: dict[str, str], body: bytes, at: datetime.datetime, name: str = "neutral") -> bool:
        try:
            jobs.take_notification(channel=name, headers=headers, body=body, at=at)
        except jobs.Refusal:
            return False
        return True

    now = timezone.now()
    assert not taken(headers, body + b" ", now)
    assert not taken(headers, body, now + datetime.timedelta(minutes=6))
    assert not taken(headers, body, now - datetime.timedelta(minutes=6))
    assert not taken({}, body, now)
    assert not taken(headers, b"x" * 70_000, now)
    assert not taken(headers, body, now, name="other")
    assert standing(order) == OPEN
    assert taken({name.lower(): value for name, value in headers.items()}, body, now + datetime.timedelta(minutes=4))
    assert taken(headers, body, now)  # played back: nothing more happens
    assert standing(order) == PAID


def test_a_notification_about_nothing_of_ours_is_refused(world: World, channel: Simulator) -> None:
    order = opened(world)
    channel.pay(order)
    Order.objects.filter(pk=order.pk).update(number="B99999999-9")
    assert channel.take() == [False]


def test_the_channel_refuses_what_is_not_signed_by_us(channel: Simulator, world: World) -> None:
    assert channel.call("GET", "/v1/orders/B99999990-1")[0] == 401
    stranger = channel.folder.parent / "stranger"
    from mutualaid.contributions.simulator.sealing import set_up

    set_up(stranger, f"http://127.0.0.1:{channel.port}", "http://127.0.0.1:9/")
    found = NeutralChannel.of(json.loads((stranger / "channel.json").read_text(encoding="utf-8")))
    with pytest.raises(gateway.Unclear):
        found.ask(number="B99999990-1", at=timezone.now())
    with pytest.raises(gateway.Unclear):  # a clock that is wrong
        client().ask(number="B99999990-1", at=timezone.now() - HOUR)
    assert client().ask(number="B99999990-1", at=timezone.now()).standing == "absent"
    assert client().close(number="B99999990-1", at=timezone.now()).standing == "absent"


def test_a_request_played_back_is_refused(channel: Simulator) -> None:
    path = "/v1/orders/B99999990-1"
    headers = {"Authorization": client()._authorization("GET", path, b"", timezone.now())}
    assert channel.call("GET", path, headers=headers)[0] == 404
    assert channel.call("GET", path, headers=headers)[0] == 401
