"""What clients of real channels believe: an answer, a notification or a file that is signed, but about something else, of another
merchant, amount or currency, counts for nothing. Without a network: what the channel says is written here."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from mutualaid.contributions.channels import alipay as alipay_client
from mutualaid.contributions.channels.alipay import AlipayChannel
from mutualaid.contributions.channels.unionpay import UnionPayChannel, digest
from mutualaid.contributions.channels.wechat import WeChatChannel
from mutualaid.contributions.gateway import Forged, NotTaken, RefundWanted, Unclear, Wanted
from mutualaid.contributions.simulator import keys
from mutualaid.contributions.simulator.keys import certificate, certificate_pem, new_key
from tests.contributions.rivals import SETS_UP

AT = datetime.datetime(2026, 6, 1, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)
OURS, OTHER = "B00000001-1", "B00000002-1"
WANTED = RefundWanted("R00000001", OURS, "42000001", 2000, 5000, "退回", AT)
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    """The product's file of each channel."""
    found = {}
    for kind, sets_up in SETS_UP.items():
        folder: Path = tmp_path_factory.mktemp(kind)
        sets_up(folder, "http://127.0.0.1:9", "https://union.example/n", by_certificate=False)
        found[kind] = keys.read(folder / keys.THEIRS)
    return found


# --- WeChat Pay -------------------------------------------------------------------------------------------------------


@pytest.fixture
def wechat(facts: dict[str, Facts]) -> WeChatChannel:
    return WeChatChannel.of(facts["wechat"])


def test_wechat_tells_of_our_order_to_us_in_yuan(wechat: WeChatChannel) -> None:
    told: Facts = {
        "out_trade_no": OURS, "mchid": wechat.mchid, "appid": wechat.appid, "trade_state": "SUCCESS",
        "transaction_id": "42000001", "amount": {"total": 5000, "currency": "CNY"}, "success_time": AT.isoformat(),
    }  # fmt: skip
    assert (wechat._answer(told, OURS).standing, wechat._answer(told, OURS).fen) == ("paid", 5000)
    for wrong in (
        {"out_trade_no": OTHER}, {"mchid": "1900000001"}, {"appid": "wx0000000000000000"}, {"trade_state": "NEW"},
        {"amount": {"total": 5000, "currency": "USD"}}, {"amount": {"total": 0}}, {"amount": {"total": True}},
        {"success_time": "2026-06-01T09:00:00"},
    ):  # fmt: skip
        with pytest.raises(Unclear):
            wechat._answer({**told, **wrong}, OURS)


def test_wechat_tells_of_our_refund_to_us(wechat: WeChatChannel) -> None:
    told = {
        "out_refund_no": WANTED.number, "mchid": wechat.mchid, "refund_status": "SUCCESS", "amount": {"refund": 2000},
        "success_time": AT.isoformat(),
    }  # fmt: skip
    assert wechat._refund(told, WANTED.number).standing == "done"
    for wrong in ({"out_refund_no": "R00000002"}, {"refund_status": "NEW"}, {"amount": {"refund": -1}}):
        with pytest.raises(Unclear):
            wechat._refund({**told, **wrong}, WANTED.number)
    event = {"event_type": "REFUND.SUCCESS", "resource": told}
    assert wechat._told(event).fen == 2000
    for resource, kind in (({**told, "mchid": "1900000001"}, "REFUND.SUCCESS"), (told, "COUPON.USE"), ("", "REFUND.")):
        with pytest.raises(Forged):
            wechat._told({"event_type": kind, "resource": resource})


def test_wechat_refuses_clearly_or_is_asked_again(wechat: WeChatChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Wanted(OURS, 5000, "互助费", AT + DAY)
    for status, code, said in (
        (400, "PARAM_ERROR", NotTaken), (403, "OUT_TRADE_NO_USED", Unclear), (400, "ORDERPAID", Unclear),
        (400, "", Unclear), (302, "PARAM_ERROR", Unclear),
    ):  # fmt: skip
        monkeypatch.setattr(wechat.pay, "pay", lambda s=status, c=code, **_: (s, json.dumps({"code": c})))
        with pytest.raises(said):
            wechat.create(wanted=wanted, at=AT)


def test_wechat_s_file_comes_from_wechat(wechat: WeChatChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(_url: str) -> Any:
        raise AssertionError("it was fetched")

    monkeypatch.setattr(wechat.pay, "download_bill", fetched)
    for url, kind in (("https://elsewhere.example/bill", "SHA1"), (f"{wechat.core._gate_way}/bill", "MD5")):
        told = json.dumps({"download_url": url, "hash_type": kind, "hash_value": "0"})
        monkeypatch.setattr(wechat.pay, "trade_bill", lambda t=told, **_: (200, t))
        with pytest.raises(Unclear):
            wechat.day_file(day=AT.date(), at=AT)


def test_by_a_certificate_whose_time_is_over_nothing_is_believed(facts: dict[str, Facts], tmp_path: Path) -> None:
    (tmp_path / "one.pem").write_text(certificate_pem(certificate(new_key(), "wechat")), encoding="utf-8")
    by_key = {"public_key", "public_key_id"}
    channel = WeChatChannel.of(
        {name: value for name, value in facts["wechat"].items() if name not in by_key} | {"certificates": str(tmp_path)}
    )
    late = datetime.datetime(2051, 1, 1, tzinfo=datetime.UTC)
    assert len(channel.core._certificates) == 1
    with pytest.raises(Forged):
        channel.read_notification(headers={"Wechatpay-Timestamp": str(int(late.timestamp()))}, body=b"{}", at=late)
    assert channel.core._certificates == []


# --- Alipay -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def alipay(facts: dict[str, Facts]) -> AlipayChannel:
    return AlipayChannel.of(facts["alipay"])


def says(monkeypatch: pytest.MonkeyPatch, **told: Any) -> None:
    monkeypatch.setattr(AlipayChannel, "_asked", lambda *_: told)


def test_alipay_tells_of_our_order(alipay: AlipayChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "code": "10000", "out_trade_no": OURS, "trade_status": "TRADE_SUCCESS", "total_amount": "50.00",
        "send_pay_date": "2026-06-01 09:00:00",
    }  # fmt: skip
    says(monkeypatch, **told)
    assert alipay.ask(number=OURS, at=AT).fen == 5000
    # What was paid and wholly given back is told as closed: it was paid all the same.
    says(monkeypatch, **{**told, "trade_status": "TRADE_CLOSED"})
    assert alipay.ask(number=OURS, at=AT).standing == "paid"
    for wrong in (
        {"out_trade_no": OTHER}, {"code": "20000"}, {"trade_status": "NEW"}, {"total_amount": "50.001"},
        {"total_amount": "-50.00"}, {"total_amount": "NaN"}, {"send_pay_date": ""},
    ):  # fmt: skip
        says(monkeypatch, **{**told, **wrong})
        with pytest.raises(Unclear):
            alipay.ask(number=OURS, at=AT)


def test_alipay_tells_of_our_refund(alipay: AlipayChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "code": "10000", "out_trade_no": OURS, "out_request_no": WANTED.number, "refund_amount": "20.00",
        "refund_status": "REFUND_SUCCESS",
    }  # fmt: skip
    says(monkeypatch, **told)
    assert alipay.ask_refund(wanted=WANTED, at=AT).standing == "done"
    says(monkeypatch, **{**told, "refund_status": ""})
    assert alipay.ask_refund(wanted=WANTED, at=AT).standing == "pending"
    for wrong in ({"out_trade_no": OTHER}, {"out_request_no": "R00000002"}, {"refund_amount": "0"}):
        says(monkeypatch, **{**told, **wrong})
        with pytest.raises(Unclear):
            alipay.ask_refund(wanted=WANTED, at=AT)
    for code, said in (
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", NotTaken), ("ACQ.SYSTEM_ERROR", Unclear), ("AOP.SYSTEM_ERROR", Unclear),
    ):  # fmt: skip
        says(monkeypatch, code="40004", sub_code=code)
        with pytest.raises(said):
            alipay.refund(wanted=WANTED, at=AT)


def test_alipay_tells_us_in_time(alipay: AlipayChannel) -> None:
    told = {
        "app_id": alipay.caller.appid, "seller_id": alipay.seller, "out_trade_no": OURS, "total_amount": "50.00",
        "trade_status": "TRADE_SUCCESS", "notify_time": "2026-06-01 09:00:00", "gmt_payment": "2026-06-01 09:00:00",
    }  # fmt: skip
    assert alipay._told(told, AT).fen == 5000
    for wrong in ({"app_id": "2021000000000000"}, {"seller_id": "2088000000000000"}, {"notify_time": ""}):
        with pytest.raises(Forged):
            alipay._told({**told, **wrong}, AT)
    for at in (AT - 6 * MINUTE, AT + DAY + DAY):
        with pytest.raises(Forged):
            alipay._told(told, at)


def test_alipay_s_file_comes_from_alipay(alipay: AlipayChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: Any, **__: Any) -> Any:
        raise AssertionError("it was fetched")

    monkeypatch.setattr(alipay_client, "call", called)
    for url in ("https://elsewhere.example/bill.zip", f"{alipay.bills}.elsewhere.example/bill.zip", ""):
        says(monkeypatch, code="10000", bill_download_url=url)
        with pytest.raises(Unclear):
            alipay.day_file(day=AT.date(), at=AT)


# --- UnionPay ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def unionpay(facts: dict[str, Facts]) -> UnionPayChannel:
    return UnionPayChannel.of(facts["unionpay"])


def test_unionpay_tells_of_our_order_and_refund(unionpay: UnionPayChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "respCode": "00", "origRespCode": "00", "orderId": OURS.replace("-", "x"), "txnAmt": "5000",
        "currencyCode": "156", "txnTime": "20260601090000", "traceTime": "0601090001",
    }  # fmt: skip

    def says(**more: str) -> None:
        monkeypatch.setattr(UnionPayChannel, "_posted", lambda *_, **__: {**told, **more})

    says()
    assert unionpay.ask(number=OURS, at=AT).fen == 5000
    for wrong in (
        {"orderId": OTHER.replace("-", "x")}, {"currencyCode": "840"}, {"txnAmt": "0"}, {"txnAmt": "-5"},
        {"respCode": "01"}, {"traceTime": ""},
    ):  # fmt: skip
        says(**wrong)
        with pytest.raises(Unclear):
            unionpay.ask(number=OURS, at=AT)
    says(orderId=WANTED.number)
    assert unionpay.ask_refund(wanted=WANTED, at=AT).standing == "done"
    says(orderId="R00000002")
    with pytest.raises(Unclear):
        unionpay.ask_refund(wanted=WANTED, at=AT)
    says(settleDate="0531", fileContent="")
    with pytest.raises(Unclear, match="something else"):
        unionpay.day_file(day=AT.date(), at=AT)


def test_unionpay_pays_over_new_year(unionpay: UnionPayChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "respCode": "00", "origRespCode": "00", "orderId": OURS.replace("-", "x"), "txnAmt": "5000",
        "txnTime": "20261231235900", "traceTime": "0101000010",
    }  # fmt: skip
    monkeypatch.setattr(UnionPayChannel, "_posted", lambda *_, **__: told)
    paid_at = unionpay.ask(number=OURS, at=AT).paid_at
    assert paid_at is not None
    assert paid_at.date() == datetime.date(2027, 1, 1)


def test_unionpay_signs_by_a_certificate_of_ours(unionpay: UnionPayChannel) -> None:
    """Whoever brings a certificate of their own with a signature that fits it is a stranger."""
    key = new_key()
    own = certificate(key, "stranger")
    told = {"version": "5.1.0", "signMethod": "01", "merId": unionpay.merchant, "signPubKeyCert": certificate_pem(own)}
    signed = {**told, "signature": base64.b64encode(key.sign(digest(told), PKCS1v15(), hashes.SHA256())).decode()}
    with pytest.raises(Forged, match="not the gateway's"):
        unionpay._verify(signed)
    known = dataclasses.replace(unionpay, certificates=(own,))
    known._verify(signed)
    for wrong in ({"version": "5.0.0"}, {"merId": "7"}, {"signMethod": "11"}):
        with pytest.raises(Forged):
            known._verify({**signed, **wrong})
