"""WeChat Pay, Alipay and a UnionPay-style gateway over real HTTP against their simulators, well-behaved and not."""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from mutualaid.contributions import gateway, jobs
from mutualaid.contributions.actions.online import OrderIsOpen, OrderIsOver, give_up, open_order, take_answer
from mutualaid.contributions.channels import calls
from mutualaid.contributions.models import Order, Payment
from mutualaid.contributions.resting import why_waiting
from mutualaid.contributions.simulator import doors
from mutualaid.ledger.chart import IN_TRANSIT
from tests.contributions.rivals import OPEN, PAID, UNKNOWN, Scene, secrets_of, standing, written

if TYPE_CHECKING:
    from pathlib import Path

HOUR, MINUTE = datetime.timedelta(hours=1), datetime.timedelta(minutes=1)


def test_a_bill_is_paid(scene: Scene) -> None:
    order = scene.opened()
    assert standing(order) == OPEN
    assert order.pay_code.startswith("weixin://") == (scene.rival.kind == "wechat")
    assert bool(order.pay_fields) == (scene.rival.kind == "unionpay")
    scene.rival.pay(order)
    assert scene.rival.take() == [True]
    assert standing(order) == PAID
    assert scene.world.held(IN_TRANSIT) == 50
    assert order.bill.receipt.amount == 50
    assert order.paid_at is not None
    assert order.external == scene.rival.sale(order).external
    assert (order.pay_code, order.pay_fields) == ("", {})


def test_the_payer_sees_what_is_paid(scene: Scene) -> None:
    order = scene.opened(way="mobile", client_address="192.0.2.7", back="https://union.example/orders")
    page = scene.rival.visit(order)
    assert "50.00" in page
    assert scene.ask(order) == OPEN
    assert scene.rival.channel.books.pay(scene.rival.sale(order))
    scene.rival.take()
    assert standing(order) == PAID
    assert order.client_address == ""


# --- misbehaviour -----------------------------------------------------------------------------------------------------


def test_late(scene: Scene) -> None:
    scene.rival.misbehave("late")
    order = scene.opened()
    scene.rival.pay(order)
    assert scene.rival.take() == []
    assert standing(order) == OPEN
    scene.rival.channel.books.send_held()
    assert scene.rival.take() == [True]
    assert standing(order) == PAID


def test_twice(scene: Scene) -> None:
    scene.rival.misbehave("twice")
    order = scene.opened()
    scene.rival.pay(order)
    assert scene.rival.take() == [True, True]
    assert standing(order) == PAID
    assert scene.world.held(IN_TRANSIT) == 50


def test_before_the_response(scene: Scene) -> None:
    scene.rival.misbehave("before-response")
    order = scene.opened()
    scene.rival.visit(order)  # where the payer's browser makes the order, it is paid only now
    assert scene.rival.take() == [True]
    assert standing(order) == PAID
    assert scene.world.held(IN_TRANSIT) == 50


def test_forged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.rival.misbehave("forge")
    order = scene.opened()
    scene.rival.pay(order)
    assert scene.rival.take() == [False]
    assert standing(order) == OPEN
    assert "signature" in caplog.text
    assert scene.ask(order) == PAID  # what it says when it is asked is signed by itself


def test_another_amount_is_never_booked(scene: Scene) -> None:
    scene.rival.misbehave("wrong-amount")
    order = scene.opened()
    scene.rival.pay(order)
    assert scene.rival.take() == [True]
    assert standing(order) == UNKNOWN
    assert order.fault == "wrong_amount"
    assert scene.world.held(IN_TRANSIT) == 0
    Order.objects.filter(pk=order.pk).update(fault="")
    assert scene.ask(order) == PAID


def test_lost(scene: Scene) -> None:
    scene.rival.misbehave("lose")
    order = scene.opened()
    scene.rival.pay(order)
    assert scene.rival.take() == []
    jobs.ask_orders(at=timezone.now() + 2 * MINUTE)
    assert standing(order) == PAID


def test_the_answer_to_an_order_is_lost(scene: Scene) -> None:
    scene.rival.misbehave("lose-response")
    order = scene.opened()
    if scene.rival.kind != "wechat":  # nothing is asked of the others
        assert standing(order) == OPEN
        return
    assert standing(order) == UNKNOWN
    jobs.send_order(number=order.number, at=timezone.now())  # never sent again on a guess
    scene.rival.misbehave()
    # It is there, but nobody will ever tell the code to scan: it is closed, and another one may be opened.
    assert scene.ask(order) == ("closed", "issued", 0)
    assert scene.rival.sale(order).state == "closed"
    assert open_order(bill=order.bill, channel="wechat", by=scene.world.by, at=timezone.now()).number.endswith("-2")


def test_a_channel_that_takes_its_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "SECONDS_MOST", 0.2)
    monkeypatch.setattr(doors, "HANGS_FOR", 0.6)
    scene.rival.misbehave("hang")
    order = scene.opened()
    assert standing(order) == (UNKNOWN if scene.rival.kind == "wechat" else OPEN)


def test_an_order_that_nobody_opens(scene: Scene) -> None:
    order = scene.opened()
    assert scene.ask(order) == OPEN
    assert scene.ask(order, HOUR) == ("closed", "issued", 0)


def test_an_order_that_is_not_paid_in_time(scene: Scene) -> None:
    order = scene.opened()
    scene.rival.visit(order)
    assert scene.ask(order, HOUR) == ("closed", "issued", 0)
    scene.rival.pay(order, anyhow=True)  # and is paid all the same
    assert scene.rival.take() == [True]
    assert standing(order) == ("paid", "issued", 1)
    assert scene.world.waiting == 50


def test_a_channel_that_is_down(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    facts = scene.rival.facts()
    monkeypatch.setenv("MUTUALAID_CHANNELS", written({**facts, "address": "http://127.0.0.1:9"}, tmp_path))
    order = scene.opened()
    assert scene.ask(order) == UNKNOWN


# --- notifications ----------------------------------------------------------------------------------------------------


def test_what_is_not_the_channels_is_refused(scene: Scene) -> None:
    order = scene.opened()
    scene.rival.pay(order)
    ((headers, body),) = scene.rival.waiting()
    taken, now = scene.rival.taken, timezone.now()
    assert not taken(headers, body.replace(b"0", b"1", 3))
    assert not taken(headers, b"")
    assert not taken(headers, b"\xff\xfe=&==")
    assert not taken(headers, b"x" * 2_000_000)
    if scene.rival.kind == "wechat":
        assert not taken({}, body)
        assert not taken({**headers, "Wechatpay-Serial": "5157F09EFDC096DE15EBE81A47057A72"}, body)
        assert not taken({**headers, "Wechatpay-Signature-Type": "NONE"}, body)
        assert not taken(headers, body, now + 6 * MINUTE)
        assert not taken(headers, body, now - 6 * MINUTE)
    if scene.rival.kind == "alipay":
        assert not taken(headers, body, now + 27 * HOUR)
        assert not taken(headers, body.replace(b"RSA2", b"RSA"))
        assert not taken(headers, body + b"&trade_status=TRADE_SUCCESS")
    if scene.rival.kind == "unionpay":
        assert not taken(headers, body + b"&respCode=00")
    assert standing(order) == OPEN
    assert taken({name.lower(): value for name, value in headers.items()}, body)
    assert taken(headers, body)  # played back: nothing more happens
    assert standing(order) == PAID
    assert Payment.objects.filter(order=order).count() == 1


def test_for_another_merchant(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order = scene.opened()
    scene.rival.pay(order)
    other = {
        "wechat": ("mchid", "1900000001"),
        "alipay": ("seller_id", "2088000000000000"),
        "unionpay": ("merchant", "7"),
    }
    name, value = other[scene.rival.kind]
    monkeypatch.setenv("MUTUALAID_CHANNELS", written({**scene.rival.facts(), name: value}, tmp_path))
    assert scene.rival.take() == [False]


def test_about_nothing_of_ours(scene: Scene) -> None:
    order = scene.opened()
    scene.rival.pay(order)
    Order.objects.filter(pk=order.pk).update(number="B99999999-9")
    assert scene.rival.take() == [False]


def test_how_the_channel_is_answered(scene: Scene) -> None:
    channel = gateway.channel_for(scene.rival.kind)
    yes, no = channel.reply(taken=True), channel.reply(taken=False)
    assert {"wechat": (204, ""), "alipay": (200, "success"), "unionpay": (200, "ok")}[scene.rival.kind] == (
        yes.status,
        yes.body,
    )
    assert no.status == 400


# --- whose it is, and what is told of it ------------------------------------------------------------------------------


def test_a_channel_serves_the_fund_that_it_pays_into(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", scene.rival.begin(scene.world.cast.other_city.code))
    bill = scene.world.bill()
    assert gateway.channel_names(fund=bill.fund.unit.code) == []
    with pytest.raises(gateway.UnknownChannel):
        open_order(bill=bill, channel=scene.rival.kind, by=scene.world.by, at=timezone.now())


def test_a_channel_that_is_told_wrongly_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    facts = scene.rival.facts()
    for change in ({"address": "http://pay.example"}, {"private_key": "x"}, {"notify_address": None, "kind": "other"}):
        monkeypatch.setenv("MUTUALAID_CHANNELS", written({**facts, **change}, tmp_path))
        with pytest.raises(gateway.ChannelFault) as fault:
            gateway.channel_for(str({**facts, **change}["kind"]))
        assert "PRIVATE" not in str(fault.value)
    lacking = {name: value for name, value in facts.items() if name != "private_key"}
    monkeypatch.setenv("MUTUALAID_CHANNELS", written(lacking, tmp_path))
    with pytest.raises(gateway.ChannelFault):
        gateway.channel_for(scene.rival.kind)


def test_no_secret_stands_in_a_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scene.rival.misbehave("forge", "twice")
    order = scene.opened()
    scene.rival.pay(order)
    scene.rival.take()
    scene.rival.misbehave("lose-response")
    scene.ask(order)
    scene.rival.misbehave()
    scene.ask(order)
    scene.day()
    assert standing(order) == PAID
    assert [one for one in secrets_of(scene.rival) if one in caplog.text] == []


def test_a_request_that_is_not_signed_by_us(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mutualaid.contributions.simulator.keys import new_key, pem

    monkeypatch.setenv("MUTUALAID_CHANNELS", written({**scene.rival.facts(), "private_key": pem(new_key())}, tmp_path))
    stranger = gateway.channel_for(scene.rival.kind)
    with pytest.raises(gateway.Unclear):
        stranger.ask(number="B99999990-1", at=timezone.now())
    monkeypatch.setenv("MUTUALAID_CHANNELS", scene.rival.begin(""))
    channel = gateway.channel_for(scene.rival.kind)
    assert channel.ask(number="B99999990-1", at=timezone.now()).standing == "absent"
    assert channel.close(number="B99999990-1", at=timezone.now()).standing == "absent"


# --- another way to pay -----------------------------------------------------------------------------------------------


def test_giving_up_and_paying_twice(scene: Scene) -> None:
    """The payer takes another way: the order is closed at the channel. What is paid there all the same waits, to be given
    back."""
    order = scene.opened()
    first = give_up(order=order, by=scene.world.by, at=timezone.now())
    assert scene.world.outbox[-1] == ("ask_order", {"order": order.number})
    with pytest.raises(OrderIsOpen):
        open_order(bill=order.bill, channel=scene.rival.kind, by=scene.world.by, at=timezone.now())
    assert scene.ask(first) == ("closed", "issued", 0)
    with pytest.raises(OrderIsOver):
        give_up(order=order, by=scene.world.by, at=timezone.now())
    second = open_order(bill=order.bill, channel=scene.rival.kind, by=scene.world.by, at=timezone.now())
    jobs.send_order(number=second.number, at=timezone.now())
    second.refresh_from_db()
    scene.rival.pay(second)
    assert scene.rival.take() == [True]
    answer = gateway.Answer(order.number, "paid", 5000, "4200000000", paid_at=timezone.now())
    take_answer(order=order, answer=answer, by=scene.world.by, at=timezone.now())
    assert (standing(second), standing(order)) == (PAID, ("paid", "paid", 1))
    assert scene.world.waiting == 50
    payment = Payment.objects.select_related("line", "order__bill").get(order=order)
    assert why_waiting(payments=[payment])[payment.pk].kind == "double"  # which suggests that it is given back
