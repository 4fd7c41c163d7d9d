"""Client of WeChat Pay v3 (docs/channels/wechat-pay.md): Native, H5 and JSAPI, refunds, bills, notifications, by ``wechatpayv3``.

Amounts are integer fen. What a 2xx answer says is believed only with the platform's signature; a clear refusal (4xx) by TLS
alone, as the channel's own libraries do.
"""

from __future__ import annotations

import datetime
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization, load_certificate

from mutualaid.contributions.channels.calls import (
    BEIJING,
    BYTES_MOST,
    FILE_BYTES_MOST,
    SKEW,
    address_of,
    call,
    moment_of,
    read_json,
    whole_fen,
)
from mutualaid.contributions.channels.wechat_bill import read_bill
from mutualaid.contributions.channels.wechat_identity import AUTHORIZE, IDENTITY, Application
from mutualaid.contributions.gateway import (
    Answer,
    DayFile,
    Forged,
    NoTrades,
    NotReady,
    NotTaken,
    RefundAnswer,
    RefundStanding,
    RefundWanted,
    Reply,
    Standing,
    Unclear,
    Wanted,
    Way,
)

ADDRESS = "https://api.mch.weixin.qq.com"
_TYPES = {"qr": WeChatPayType.NATIVE, "mobile": WeChatPayType.H5, "jsapi": WeChatPayType.JSAPI}
_STANDINGS: Mapping[str, Standing] = {
    "SUCCESS": "paid",
    "REFUND": "paid",  # it was paid before it was given back
    "NOTPAY": "waiting",
    "USERPAYING": "waiting",
    "ACCEPT": "waiting",
    "PAYERROR": "waiting",  # this try failed; the order may still be paid
    "CLOSED": "closed",
    "REVOKED": "closed",
}
_REFUNDS: Mapping[str, RefundStanding] = {
    "SUCCESS": "done",
    "PROCESSING": "pending",
    "CLOSED": "failed",
    "ABNORMAL": "abnormal",
}
_ASK_AGAIN = {"OUT_TRADE_NO_USED", "ORDERPAID", "ORDER_PAID", "FREQUENCY_LIMITED", "SYSTEM_ERROR", "BIZERR_NEED_RETRY"}
"""Refused, but something is there, or may come to be."""


class _Core(Core):  # type: ignore[misc] # the library has no types
    """The library's core with what an installation must be able to say: the address (the library fixes it, and the simulator
    could not stand in), time-outs, no proxy and no redirect; and with platform certificates fetched by the worker alone."""

    fetches = True

    def __init__(self, address: str, **facts: Any) -> None:
        self._address = address
        super().__init__(**facts)

    @property
    def _gate_way(self) -> str:
        return self._address

    @_gate_way.setter
    def _gate_way(self, _fixed: str) -> None:
        """The library's own address is left aside."""

    def _init_certificates(self) -> None:
        """Those on disk. One that is not there is fetched when an answer is signed with it: no page waits for the network."""
        paths = sorted(Path(self._cert_dir).glob("*.pem")) if self._cert_dir else []
        found = [load_certificate(path.read_text(encoding="utf-8")) for path in paths]
        self._certificates.extend(one for one in found if one)

    def forget_expired(self, at: datetime.datetime) -> None:
        """By a certificate whose time is over, or has not come, nothing is believed."""
        lawful = [one for one in self._certificates if one.not_valid_before_utc <= at <= one.not_valid_after_utc]
        self._certificates[:] = lawful

    def _update_certificates(self) -> None:
        # A notification with an invented serial must not make us call anybody: the worker's next answer brings a new certificate.
        if self.fetches and not self._public_key:
            super()._update_certificates()

    def request(
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,
        sign_data: Any = None,
        files: Any = None,
        cipher_data: bool = False,
        headers: Any = None,
    ) -> tuple[int, Any]:
        """As the library's, through our own ``call``. Raises Unclear."""
        body = json.dumps(data) if data else ""
        authorization = build_authorization(
            path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=body
        )
        sent = {"Authorization": authorization, "Accept": "application/json", "User-Agent": "mutualaid"}
        if body:
            sent["Content-Type"] = "application/json"
        if self._public_key_id:
            sent["Wechatpay-Serial"] = self._public_key_id
        most = FILE_BYTES_MOST if path.startswith("/v3/billdownload/") else BYTES_MOST
        said = call(method.value, self._address + path, body=body.encode(), headers=sent, bytes_most=most)
        if 200 <= said.status < 300 and not skip_verify and not self._holds(said.headers, said.body):
            raise Unclear("the answer is not signed by the channel")
        is_json = "application/json" in said.headers.get("content-type", "")
        return said.status, said.body.decode("utf-8", "replace") if is_json else said.body

    def _holds(self, headers: Mapping[str, str], body: bytes) -> bool:
        told = {name.lower(): value for name, value in headers.items()}
        try:
            return bool(self._verify_signature(told, body.decode("utf-8")))
        except Unclear:
            raise
        except Exception:  # noqa: BLE001 - the library raises bare ones: another algorithm, a serial that is no number
            return False


class _Merchant(WeChatPay):  # type: ignore[misc] # the library has no types
    """The library's calls upon our core. Its own constructor would make a core for the fixed address."""

    def __init__(self, core: _Core, *, mchid: str, appid: str, notify_url: str) -> None:
        self._core, self._mchid, self._appid, self._notify_url = core, mchid, appid, notify_url
        self._type, self._partner_mode = WeChatPayType.NATIVE, False


@dataclass(frozen=True)
class WeChatChannel:
    """A merchant of WeChat Pay (直连商户)."""

    zh: str
    en: str
    mchid: str
    appid: str
    core: _Core
    pay: _Merchant
    ways: tuple[Way, ...] = ("qr", "mobile")
    app: Application | None = None

    payer_makes: ClassVar[bool] = False
    gives_back: ClassVar[bool] = True
    tells_days: ClassVar[bool] = True
    day_ends: ClassVar[datetime.time] = datetime.time()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """A channel from its file: either ``public_key`` with ``public_key_id``, or ``certificates``, a folder. Raises KeyError,
        ValueError, TypeError."""
        if len(facts["apiv3_key"].encode()) != 32 or not re.fullmatch(r"[0-9]{8,32}", facts["mchid"]):
            raise ValueError("expected 32 bytes of a key and the digits of a merchant")
        by_key = "public_key" in facts
        try:
            core = _Core(
                address_of(facts.get("address", ADDRESS)),
                mchid=facts["mchid"],
                cert_serial_no=facts["serial"],
                private_key=facts["private_key"],
                apiv3_key=facts["apiv3_key"],
                cert_dir=None if by_key else facts["certificates"],
                public_key=facts["public_key"] if by_key else None,
                public_key_id=facts["public_key_id"] if by_key else None,
            )
        except (KeyError, OSError):
            raise
        except Exception as fault:  # noqa: BLE001 - the library raises bare ones for a key that is none
            raise ValueError(type(fault).__name__) from None
        pay = _Merchant(core, mchid=facts["mchid"], appid=facts["appid"], notify_url=facts["notify_address"])
        app = None
        if "app_secret" in facts:
            places = facts.get("authorize", AUTHORIZE), facts.get("identity", IDENTITY)
            app = Application(facts["appid"], facts["app_secret"], *places)
        # Inside WeChat a payer must be known, which takes the application's secret.
        ways = tuple(
            way for way in facts.get("ways", ["qr", "mobile"]) if way in _TYPES and (way != "jsapi" or app is not None)
        )
        return cls(facts["zh"], facts["en"], facts["mchid"], facts["appid"], core, pay, ways, app)

    def who_address(self, *, back: str, state: str) -> str:
        """See ``gateway.KnowsPayers``."""
        assert self.app is not None  # it has no such way else
        return self.app.address(back=back, state=state)

    def who(self, *, code: str) -> str:
        """See ``gateway.KnowsPayers``."""
        assert self.app is not None
        return self.app.openid(code)

    def _by(self, at: datetime.datetime) -> _Merchant:
        self.core.forget_expired(at)
        return self.pay

    # --- orders -------------------------------------------------------------------------------------------------------

    def create(self, *, wanted: Wanted, at: datetime.datetime) -> Answer:
        """See the protocol."""
        more: dict[str, Any] = {}
        way = wanted.way if wanted.way in self.ways else self.ways[0]
        if way == "mobile":
            more["scene_info"] = {"payer_client_ip": wanted.client_address, "h5_info": {"type": "Wap"}}
        elif way == "jsapi":
            more["payer"] = {"openid": wanted.payer}
        expires = wanted.expires_at.astimezone(BEIJING).replace(microsecond=0).isoformat()
        status, text = self._by(at).pay(
            description=wanted.description,
            out_trade_no=wanted.number,
            amount={"total": wanted.fen, "currency": "CNY"},
            time_expire=expires,
            pay_type=_TYPES[way],
            **more,
        )
        if status != 200:
            raise _refusal(status, text)
        found = read_json(_bytes(text))
        return self._payable(wanted, way, found, at)

    def _payable(self, wanted: Wanted, way: Way, found: Mapping[str, Any], at: datetime.datetime) -> Answer:
        if way == "qr" and str(found.get("code_url", "")).startswith("weixin://"):
            return Answer(wanted.number, "waiting", wanted.fen, code=str(found["code_url"])[:500])
        if way == "mobile" and re.match(r"https://|http://127\.0\.0\.1[:/]", str(found.get("h5_url", ""))):
            return Answer(wanted.number, "waiting", wanted.fen, pay_address=str(found["h5_url"])[:2000])
        if way == "jsapi" and found.get("prepay_id"):
            return Answer(wanted.number, "waiting", wanted.fen, fields=self._page(str(found["prepay_id"]), at))
        raise Unclear("the answer has no way to pay")

    def _page(self, prepay: str, at: datetime.datetime) -> dict[str, str]:
        """What a page inside WeChat hands to ``WeixinJSBridge``, signed."""
        stamp, nonce, package = str(int(at.timestamp())), secrets.token_hex(16), f"prepay_id={prepay}"
        signature = self.pay.sign([self.appid, stamp, nonce, package])
        told = {"appId": self.appid, "timeStamp": stamp, "nonceStr": nonce, "package": package}
        return {**told, "signType": "RSA", "paySign": signature}

    def ask(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        status, text = self._by(at).query(out_trade_no=number)
        if status == 404 and _code(text) in ("ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"):
            return Answer(number, "absent", 0)
        if status != 200:
            raise Unclear(f"the channel answered {status} {_code(text)}")
        return self._answer(read_json(_bytes(text)), number)

    def close(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        status, text = self._by(at).close(out_trade_no=number)
        if status == 204 or _code(text) == "ORDER_CLOSED":
            return Answer(number, "closed", 0)
        if status == 404 and _code(text) in ("ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"):
            return Answer(number, "absent", 0)
        if _code(text) in ("ORDERPAID", "ORDER_PAID"):
            return self.ask(number=number, at=at, made_at=made_at)
        raise Unclear(f"the channel answered {status} {_code(text)}")

    def _answer(self, found: Mapping[str, Any], number: str) -> Answer:
        """Raises Unclear for what is no answer about this order of ours."""
        if (found.get("out_trade_no"), found.get("mchid"), found.get("appid")) != (number, self.mchid, self.appid):
            raise Unclear("the answer is about something else")
        standing = _STANDINGS.get(str(found.get("trade_state", "")))
        if standing is None:
            raise Unclear("the answer says a state that is not known")
        amount = found.get("amount") or {}
        if standing != "paid":
            return Answer(number, standing, 0)
        if amount.get("currency", "CNY") != "CNY":
            raise Unclear("another currency")
        external = str(found.get("transaction_id", ""))[:64]
        return Answer(
            number, "paid", whole_fen(amount.get("total")), external, paid_at=moment_of(found.get("success_time"))
        )

    # --- refunds ------------------------------------------------------------------------------------------------------

    def refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """See the protocol."""
        status, text = self._by(at).refund(
            out_refund_no=wanted.number,
            out_trade_no=wanted.order,
            amount={"refund": wanted.fen, "total": wanted.order_fen, "currency": "CNY"},
            reason=wanted.reason[:80],
        )
        if status != 200:
            raise _refusal(status, text)
        return self._refund(read_json(_bytes(text)), wanted.number)

    def ask_refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """See the protocol."""
        status, text = self._by(at).query_refund(out_refund_no=wanted.number)
        if status == 404 and _code(text) == "RESOURCE_NOT_EXISTS":
            return RefundAnswer(wanted.number, "absent", 0)
        if status != 200:
            raise Unclear(f"the channel answered {status} {_code(text)}")
        return self._refund(read_json(_bytes(text)), wanted.number)

    def _refund(self, found: Mapping[str, Any], number: str) -> RefundAnswer:
        standing = _REFUNDS.get(str(found.get("status", found.get("refund_status", ""))))
        if found.get("out_refund_no") != number or standing is None:
            raise Unclear("the answer is about something else, or says a state that is not known")
        fen = whole_fen((found.get("amount") or {}).get("refund"))
        done_at = moment_of(found.get("success_time")) if standing == "done" else None
        return RefundAnswer(number, standing, fen, str(found.get("refund_id", ""))[:64], done_at)

    # --- daily file and notifications ---------------------------------------------------------------------------------

    def day_file(self, *, day: datetime.date, at: datetime.datetime) -> DayFile:
        """See the protocol. The file comes from an address that the channel signed, and has the SHA-1 that it told there."""
        status, text = self._by(at).trade_bill(bill_date=day.isoformat(), tar_type="GZIP")
        if status != 200:
            if _code(text) == "NO_STATEMENT_EXIST":
                raise NoTrades(_code(text))
            if _code(text) == "STATEMENT_CREATING":
                raise NotReady(_code(text))
            raise Unclear(f"the channel answered {status} {_code(text)}")
        told = read_json(_bytes(text))
        url = str(told.get("download_url", ""))
        if told.get("hash_type") != "SHA1" or not url.startswith(self.core._gate_way + "/"):
            raise Unclear("the answer has another hash, or an address that is not the channel's")
        status, packed = self.pay.download_bill(url)
        if status != 200:
            raise Unclear(f"the channel answered {status}")
        content, entries = read_bill(_bytes(packed), str(told.get("hash_value", "")), self.mchid)
        return DayFile(f"wechat-{self.mchid}-{day:%Y%m%d}.csv", content, entries)

    def read_notification(
        self, *, headers: Mapping[str, str], body: bytes, at: datetime.datetime
    ) -> Answer | RefundAnswer:
        """See the protocol."""
        told = {name.lower(): value for name, value in headers.items()}
        stamp = told.get("wechatpay-timestamp", "")
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or len(body) > BYTES_MOST:
            raise Forged("without a time, or too long")
        if abs(at - datetime.datetime.fromtimestamp(int(stamp), datetime.UTC)) > SKEW:
            raise Forged("too old, or of a clock that is wrong")
        self.core.forget_expired(at)
        self.core.fetches = False
        try:
            if not self.core._holds(told, body):
                raise Forged("the signature is not the channel's, or its certificate is not known")
            found = self.pay.callback(told, body.decode("utf-8"))
            return self._told(found)
        except Unclear as fault:
            raise Forged(str(fault)) from None
        except Forged:
            raise
        except Exception as fault:  # noqa: BLE001 - the library raises bare ones for what cannot be opened
            raise Forged(f"cannot be opened ({type(fault).__name__})") from None
        finally:
            self.core.fetches = True

    def _told(self, found: Any) -> Answer | RefundAnswer:
        """Raises Forged, Unclear."""
        if not isinstance(found, dict) or not isinstance(found.get("resource"), dict):
            raise Forged("cannot be opened")
        event, resource = str(found.get("event_type", "")), found["resource"]
        if resource.get("mchid") != self.mchid:
            raise Forged("for another merchant")
        if event.startswith("REFUND."):
            return self._refund(resource, str(resource.get("out_refund_no", "")))
        if event.startswith("TRANSACTION."):
            return self._answer(resource, str(resource.get("out_trade_no", "")))
        raise Forged("an event that is not known")

    def reply(self, *, taken: bool) -> Reply:
        """See the protocol."""
        if taken:
            return Reply(204)
        return Reply(400, '{"code":"FAIL","message":"not taken"}', "application/json")


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()


def _code(text: Any) -> str:
    """The channel's word for a refusal; empty where there is none."""
    try:
        code = str(json.loads(_bytes(text)).get("code", ""))
    except (ValueError, AttributeError):
        return ""
    return code if re.fullmatch(r"[A-Z_]{1,64}", code) else ""


def _refusal(status: int, text: Any) -> Exception:
    """A clear refusal, or one that says nothing of what becomes of it."""
    code = _code(text)
    if code and code not in _ASK_AGAIN and 400 <= status < 500:
        return NotTaken(code)
    return Unclear(f"the channel answered {status} {code}")
