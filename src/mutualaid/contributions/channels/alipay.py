"""Client of Alipay (docs/channels/alipay.md): page and WAP payment, refunds, bills, notifications, by ``python-alipay-sdk``.

Amounts are yuan with two decimals, as text; all is signed by RSA2 (RSA with SHA-256). An order is nothing to Alipay before
the payer has opened its signed address.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError

from mutualaid.contributions.channels.alipay_bill import read_bill
from mutualaid.contributions.channels.calls import (
    BEIJING,
    BYTES_MOST,
    FILE_BYTES_MOST,
    SKEW,
    address_of,
    beijing,
    call,
)
from mutualaid.contributions.gateway import (
    Answer,
    DayFile,
    Forged,
    NoTrades,
    NotTaken,
    RefundAnswer,
    RefundWanted,
    Reply,
    Standing,
    Unclear,
    Wanted,
    Way,
)

ADDRESS = "https://openapi.alipay.com/gateway.do"
BILLS = "https://dwbillcenter.alipay.com"
SENT_AGAIN_FOR = datetime.timedelta(hours=26)
"""For about 25 hours Alipay sends a notification again that was not answered by ``success``."""
_METHODS = {
    "page": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    "mobile": ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
}
_STANDINGS: Mapping[str, Standing] = {
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
    "WAIT_BUYER_PAY": "waiting",
    "TRADE_CLOSED": "closed",
}
_MOMENT = "%Y-%m-%d %H:%M:%S"
_OK = "10000"
_NOT_THERE = {"ACQ.TRADE_NOT_EXIST"}
_NOT_SURE = {"ACQ.SYSTEM_ERROR", "AOP.SYSTEM_ERROR", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}


class _Caller(AliPay):  # type: ignore[misc] # the library has no types
    """The library upon our own ``call``: it has an address of its own, reads the environment's proxy, and follows redirects."""

    def __init__(self, address: str, **facts: Any) -> None:
        super().__init__(**facts)
        self._gateway = address

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> Any:
        """As the library's. Raises Unclear."""
        said = call("GET", f"{self._gateway}?{self.sign_data(data)}", headers={"User-Agent": "mutualaid"})
        if said.status != 200:
            raise Unclear(f"the channel answered {said.status}")
        try:
            return self._verify_and_return_sync_response(said.body.decode("utf-8"), response_type)
        except (AliPayException, AliPayValidationError, ValueError, TypeError, KeyError, AttributeError) as fault:
            # Without a signature that holds nothing was said. The library's text holds the whole answer: it is not told on.
            raise Unclear(f"no answer that counts ({type(fault).__name__})") from None


@dataclass(frozen=True)
class AlipayChannel:
    """A merchant's application at Alipay."""

    zh: str
    en: str
    seller: str
    notify_address: str
    bills: str
    caller: _Caller
    ways: tuple[Way, ...] = ("page", "mobile")

    payer_makes: ClassVar[bool] = True
    gives_back: ClassVar[bool] = True
    tells_days: ClassVar[bool] = True
    day_ends: ClassVar[datetime.time] = datetime.time()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """A channel from its file. Raises KeyError, ValueError, TypeError, IndexError."""
        caller = _Caller(
            address_of(facts.get("address", ADDRESS)),
            appid=facts["app_id"],
            app_private_key_string=facts["private_key"],
            alipay_public_key_string=facts["alipay_public_key"],
            sign_type="RSA2",
        )
        bills = address_of(facts.get("bills", BILLS))
        return cls(facts["zh"], facts["en"], facts["seller_id"], facts["notify_address"], bills, caller)

    # --- orders -------------------------------------------------------------------------------------------------------

    def create(self, *, wanted: Wanted, at: datetime.datetime) -> Answer:
        """See the protocol: an address, signed; Alipay is not asked."""
        method, product = _METHODS.get(wanted.way, _METHODS["page"])
        content = {
            "out_trade_no": wanted.number,
            "total_amount": yuan(wanted.fen),
            "subject": wanted.description,
            "product_code": product,
            "time_expire": wanted.expires_at.astimezone(BEIJING).strftime(_MOMENT),
        }
        query = self.caller.client_api(
            method, content, notify_url=self.notify_address, return_url=wanted.back, timestamp=_stamp(at)
        )
        return Answer(wanted.number, "waiting", wanted.fen, pay_address=f"{self.caller._gateway}?{query}")

    def ask(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        found = self._asked("alipay.trade.query", {"out_trade_no": number}, at)
        if found.get("sub_code") in _NOT_THERE:
            return Answer(number, "absent", 0)
        if found.get("code") != _OK or found.get("out_trade_no") != number:
            raise Unclear("the answer is about something else, or no answer")
        return _answer(found, number, paid_at=found.get("send_pay_date"))

    def close(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        found = self._asked("alipay.trade.close", {"out_trade_no": number}, at)
        if found.get("sub_code") in _NOT_THERE:
            return Answer(number, "absent", 0)
        if found.get("code") == _OK and found.get("out_trade_no") == number:
            return Answer(number, "closed", 0)
        return self.ask(number=number, at=at, made_at=made_at)  # it cannot be closed: paid, or closed before

    def _asked(self, method: str, content: dict[str, Any], at: datetime.datetime) -> Mapping[str, Any]:
        """An answer that Alipay signed. Raises Unclear."""
        found = self.caller.server_api(method, content, timestamp=_stamp(at))
        if not isinstance(found, dict):
            raise Unclear("the answer is no object")
        return found

    # --- refunds ------------------------------------------------------------------------------------------------------

    def refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """See the protocol. Whether the money moved, only the question afterwards says for certain."""
        content = {
            "out_trade_no": wanted.order,
            "refund_amount": yuan(wanted.fen),
            "out_request_no": wanted.number,
            "refund_reason": wanted.reason[:200],
        }
        found = self._asked("alipay.trade.refund", content, at)
        code, sub_code = found.get("code"), str(found.get("sub_code", ""))
        if code == "40004" and sub_code.startswith("ACQ.") and sub_code not in _NOT_SURE:
            raise NotTaken(sub_code)
        if code != _OK or found.get("out_trade_no") != wanted.order:
            raise Unclear("the answer is about something else, or no answer")
        return self.ask_refund(wanted=wanted, at=at)

    def ask_refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """See the protocol."""
        content = {
            "out_trade_no": wanted.order,
            "out_request_no": wanted.number,
            "query_options": ["gmt_refund_pay"],
        }
        found = self._asked("alipay.trade.fastpay.refund.query", content, at)
        if found.get("sub_code") in _NOT_THERE:
            return RefundAnswer(wanted.number, "absent", 0)
        if found.get("code") != _OK:
            raise Unclear("no answer that says how the refund stands")
        if not found.get("out_request_no"):
            return RefundAnswer(wanted.number, "absent", 0)
        if (found["out_request_no"], found.get("out_trade_no")) != (wanted.number, wanted.order):
            raise Unclear("the answer is about something else")
        fen = fen_of(found.get("refund_amount"))
        if found.get("refund_status") != "REFUND_SUCCESS":
            return RefundAnswer(wanted.number, "pending", fen)
        told = found.get("gmt_refund_pay")
        done_at = beijing(told, _MOMENT) if told else at
        return RefundAnswer(wanted.number, "done", fen, str(found.get("trade_no", ""))[:64], done_at)

    # --- daily file and notifications ---------------------------------------------------------------------------------

    def day_file(self, *, day: datetime.date, at: datetime.datetime) -> DayFile:
        """See the protocol. Alipay tells no hash; the file's own counts and sums are held against its lines."""
        content = {"bill_type": "trade", "bill_date": day.isoformat()}
        found = self._asked("alipay.data.dataservice.bill.downloadurl.query", content, at)
        if str(found.get("sub_code", "")).lower().endswith("bill_not_exist"):
            raise NoTrades("bill_not_exist")
        url = str(found.get("bill_download_url", ""))
        if found.get("code") != _OK or not url.startswith(self.bills + "/"):
            raise Unclear("no address, or one that is not the channel's")
        said = call("GET", url, headers={"User-Agent": "mutualaid"}, bytes_most=FILE_BYTES_MOST)
        if said.status != 200:
            raise Unclear(f"the channel answered {said.status}")
        return DayFile(f"alipay-{self.seller}-{day:%Y%m%d}.zip", said.body, read_bill(said.body))

    def read_notification(
        self,
        *,
        headers: Mapping[str, str],
        body: bytes,
        at: datetime.datetime,
    ) -> Answer | RefundAnswer:
        """See the protocol."""
        if len(body) > BYTES_MOST:
            raise Forged("too long")
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
        except (UnicodeDecodeError, ValueError):
            raise Forged("no form") from None
        told = dict(pairs)
        if len(told) != len(pairs) or told.get("sign_type") != "RSA2":
            raise Forged("a field twice, or another way to sign")
        signature = told.get("sign", "")
        try:
            signed = {name: value for name, value in told.items() if name != "sign"}
            holds = self.caller.verify(signed, signature)
        except (AliPayException, ValueError, TypeError):
            holds = False
        if not holds:
            raise Forged("the signature is not the channel's")
        return self._told(told, at)

    def _told(self, told: Mapping[str, str], at: datetime.datetime) -> Answer:
        """Raises Forged."""
        if (told.get("app_id"), told.get("seller_id")) != (self.caller.appid, self.seller):
            raise Forged("for another merchant")
        try:
            sent = beijing(told.get("notify_time"), _MOMENT)
            if not -SKEW <= at - sent <= SENT_AGAIN_FOR:
                raise Forged("too old, or of a clock that is wrong")
            return _answer(told, told.get("out_trade_no", ""), paid_at=told.get("gmt_payment"))
        except Unclear as fault:
            raise Forged(str(fault)) from None

    def reply(self, *, taken: bool) -> Reply:
        """See the protocol: anything but the word is sent again."""
        return Reply(200 if taken else 400, "success" if taken else "fail")


def _answer(found: Mapping[str, Any], number: str, *, paid_at: Any) -> Answer:
    """Raises Unclear."""
    standing = _STANDINGS.get(str(found.get("trade_status", "")))
    if standing is None or not number:
        raise Unclear("the answer says a state that is not known")
    if standing == "closed" and paid_at:
        standing = "paid"  # what was paid and wholly given back is told as closed, too
    if standing != "paid":
        return Answer(number, standing, 0)
    external = str(found.get("trade_no", ""))[:64]
    return Answer(number, "paid", fen_of(found.get("total_amount")), external, paid_at=beijing(paid_at, _MOMENT))


def yuan(fen: int) -> str:
    """Yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02}"


def fen_of(text: Any) -> int:
    """Fen of yuan with at most two decimals. Raises Unclear."""
    try:
        fen = Decimal(str(text)) * 100
    except InvalidOperation:
        raise Unclear("the amount is none") from None
    if not fen.is_finite() or fen <= 0 or fen != fen.to_integral_value():
        raise Unclear("the amount is none")
    return int(fen)


def _stamp(at: datetime.datetime) -> str:
    return at.astimezone(BEIJING).strftime(_MOMENT)
