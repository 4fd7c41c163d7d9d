"""Simulator of Alipay's open platform: its own reading of the protocol, without the library that the client uses."""

from __future__ import annotations

import base64
import datetime
import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from mutualaid.contributions.simulator.books import BEIJING, Back, Books, News, Refused, Sale
from mutualaid.contributions.simulator.doors import Answered, Asked, Door, cashier, page
from mutualaid.contributions.simulator.keys import (
    OURS,
    THEIRS,
    new_key,
    pem,
    private_key,
    public_key,
    public_pem,
    read,
    write,
)

APP_ID, SELLER = "2021000122600000", "2088102146225135"
WINDOW = datetime.timedelta(minutes=15)
_MOMENT = "%Y-%m-%d %H:%M:%S"
_PAGES = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY", "alipay.trade.wap.pay": "QUICK_WAP_WAY"}
_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)


def set_up(folder: Path, address: str, notify_address: str, *, fund: str = "", by_certificate: bool = False) -> None:  # noqa: ARG001
    """Make the keys of both sides and write each side's file."""
    ours, theirs = new_key(), new_key()
    write(folder / OURS, {"private_key": pem(ours), "merchant_public_key": public_pem(theirs)})
    write(
        folder / THEIRS,
        {
            "kind": "alipay",
            "zh": "支付宝（模拟）",
            "en": "Alipay (simulated)",
            "fund": fund,
            "address": f"{address}/gateway.do",
            "bills": address,
            "app_id": APP_ID,
            "seller_id": SELLER,
            "private_key": pem(theirs),
            "alipay_public_key": public_pem(ours),
            "notify_address": notify_address,
        },
    )


class Alipay:
    """The platform's side. ``clock`` gives seconds since 1970."""

    name = "alipay"

    def __init__(self, folder: Path, address: str, flags: set[str], clock: Callable[[], float] = time.time) -> None:
        facts = read(folder / OURS)
        self.address, self.key = address, private_key(facts["private_key"])
        self.merchant_key = public_key(facts["merchant_public_key"])
        self.books = Books(clock, flags, self)
        self.bills: dict[str, bytes] = {}
        self.doors: Sequence[Door] = (
            ("GET", "/gateway.do", self._gateway),
            ("GET", "/bills/([0-9a-f]{32})", self._download),
        )
        self._methods: Mapping[str, Callable[[dict[str, Any]], tuple[dict[str, Any], bool]]] = {
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._ask_refund,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill,
        }

    # --- the gateway --------------------------------------------------------------------------------------------------

    def _gateway(self, asked: Asked) -> Answered:
        told = asked.query
        method = told.get("method", "")
        try:
            self._check(told)
            content = json.loads(told["biz_content"])
            if method in _PAGES:
                return self._pay_page(told, content)
            facts, does = self._methods[method](content)
        except Refused as fault:
            if method in _PAGES:
                return page(400, "支付宝不受理", f"<p>{fault}</p>")
            facts, does = {"code": "40002", "msg": "Invalid Arguments", "sub_code": str(fault)}, False
        except (KeyError, ValueError, TypeError, InvalidOperation):
            facts, does = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.INVALID_PARAMETER"}, False
        return self._say(method, facts, does=does)

    def _check(self, told: Mapping[str, str]) -> None:
        """Raises Refused, KeyError, ValueError."""
        if (told["app_id"], told["charset"], told["sign_type"], told["version"]) != (APP_ID, "utf-8", "RSA2", "1.0"):
            raise Refused("isv.invalid-app-id")
        sent = datetime.datetime.strptime(told["timestamp"], _MOMENT).replace(tzinfo=BEIJING)
        if abs(self.books.moment() - sent) > WINDOW:
            raise Refused("isv.invalid-timestamp")
        signed = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "sign" and told[name])
        try:
            signature = base64.b64decode(told["sign"], validate=True)
            self.merchant_key.verify(signature, signed.encode(), PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            raise Refused("isv.invalid-signature") from None

    def _sign(self, text: str, *, forged: bool = False) -> str:
        key = new_key() if forged else self.key
        return base64.b64encode(key.sign(text.encode(), PKCS1v15(), hashes.SHA256())).decode()

    def _say(self, method: str, facts: Mapping[str, Any], *, does: bool) -> Answered:
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        name = method.replace(".", "_") + "_response"
        return Answered(200, f'{{"{name}":{text},"sign":"{self._sign(text)}"}}'.encode(), does=does)

    # --- orders -------------------------------------------------------------------------------------------------------

    def _pay_page(self, told: Mapping[str, str], content: Mapping[str, Any]) -> Answered:
        """The payer opens the signed address: only now is there an order."""
        if content["product_code"] != _PAGES[told["method"]]:
            raise Refused("ACQ.INVALID_PARAMETER")
        expires = datetime.datetime.strptime(content["time_expire"], _MOMENT).replace(tzinfo=BEIJING)
        wanted = Sale(
            content["out_trade_no"],
            _fen(content["total_amount"]),
            content["subject"],
            told["notify_url"],
            expires,
            self.books.moment(),
            told.get("return_url", ""),
        )
        if expires <= self.books.moment() and wanted.order not in self.books.sales:
            return page(400, "支付已超时", "<p>请回到缴费页面重新发起支付。</p>")
        return cashier(self.books.open(wanted))

    def _query(self, content: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        sale = self.books.sales.get(content["out_trade_no"])
        if sale is None:
            return _failed("ACQ.TRADE_NOT_EXIST"), False
        return {"code": "10000", "msg": "Success", **self._facts(self.books.refresh(sale), sale.fen)}, False

    def _close(self, content: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        sale = self.books.sales.get(content["out_trade_no"])
        if sale is None:
            return _failed("ACQ.TRADE_NOT_EXIST"), False
        if self.books.close(sale).state == "paid":
            return _failed("ACQ.TRADE_STATUS_ERROR"), False
        told = {"out_trade_no": sale.order, "trade_no": sale.external}
        return {"code": "10000", "msg": "Success", **told}, True

    def _facts(self, sale: Sale, fen: int) -> dict[str, Any]:
        given = sum(one.fen for one in self.books.backs.values() if one.sale is sale and one.state == "done")
        states = {"waiting": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}
        facts = {
            "trade_no": sale.external,
            "out_trade_no": sale.order,
            "trade_status": "TRADE_CLOSED" if given and given == sale.fen else states[sale.state],
            "total_amount": _yuan(fen),
            "buyer_logon_id": "138****5678",
        }
        if sale.paid_at:
            facts["send_pay_date"] = f"{sale.paid_at:{_MOMENT}}"
        return facts

    # --- refunds ------------------------------------------------------------------------------------------------------

    def _refund(self, content: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        sale = self.books.sales.get(content["out_trade_no"])
        if sale is None:
            return _failed("ACQ.TRADE_NOT_EXIST"), False
        wanted = Back(content["out_request_no"], sale, _fen(content["refund_amount"]), "", self.books.moment())
        try:
            back = self.books.give_back(wanted)
        except Refused:
            return _failed("ACQ.SELLER_BALANCE_NOT_ENOUGH"), False
        told = {"out_trade_no": sale.order, "trade_no": sale.external, "refund_fee": _yuan(back.fen)}
        return {"code": "10000", "msg": "Success", "fund_change": "Y" if back.state == "done" else "N", **told}, True

    def _ask_refund(self, content: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        back = self.books.backs.get(content["out_request_no"])
        if back is None:
            return {"code": "10000", "msg": "Success"}, False
        facts = {
            "code": "10000",
            "msg": "Success",
            "out_request_no": back.number,
            "out_trade_no": back.sale.order,
            "trade_no": back.sale.external,
            "refund_amount": _yuan(back.fen),
            "total_amount": _yuan(back.sale.fen),
        }
        if back.state == "done" and back.done_at:
            facts |= {"refund_status": "REFUND_SUCCESS", "gmt_refund_pay": f"{back.done_at:{_MOMENT}}"}
        return facts, False

    # --- what it says by itself ---------------------------------------------------------------------------------------

    def of_sale(self, sale: Sale, *, fen: int, forged: bool) -> News:
        """See ``books.Voice``."""
        assert sale.paid_at is not None
        return self._news(sale, {**self._facts(sale, fen), "gmt_payment": f"{sale.paid_at:{_MOMENT}}"}, forged)

    def of_back(self, back: Back, *, fen: int, forged: bool) -> News:
        """See ``books.Voice``: told as news of the order, with what was given back."""
        assert back.sale.paid_at is not None
        more = {"refund_fee": _yuan(fen), "gmt_refund": f"{back.done_at:{_MOMENT}}", "out_biz_no": back.number}
        paid = {"gmt_payment": f"{back.sale.paid_at:{_MOMENT}}"}
        return self._news(back.sale, {**self._facts(back.sale, back.sale.fen), **paid, **more}, forged)

    def _news(self, sale: Sale, facts: Mapping[str, Any], forged: bool) -> News:
        told = {
            **facts,
            "notify_time": f"{self.books.moment():{_MOMENT}}",
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(16),
            "app_id": APP_ID,
            "seller_id": SELLER,
            "charset": "utf-8",
            "version": "1.0",
            "subject": sale.description,
        }
        signed = "&".join(f"{name}={told[name]}" for name in sorted(told))
        body = urlencode({**told, "sign_type": "RSA2", "sign": self._sign(signed, forged=forged)}).encode()
        return News(sale.notify_url, body, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})

    # --- daily file ---------------------------------------------------------------------------------------------------

    def _bill(self, content: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        if content["bill_type"] != "trade":
            raise ValueError
        day = datetime.date.fromisoformat(content["bill_date"])
        sales, backs = ([], []) if "bill-late" in self.books.flags else self.books.day(day)
        backs = [back for back in backs if back.state == "done"]
        if not sales and not backs:
            return _failed("isp.bill_not_exist"), False
        text = _bill_text(day, sales, backs)
        if "bill-broken" in self.books.flags:
            text = text.replace("#交易合计：", "#交易合计：9")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{SELLER}_{day:%Y%m%d}_业务明细.csv", text.encode("gbk"))
            archive.writestr(f"{SELLER}_{day:%Y%m%d}_业务明细(汇总).csv", "#支付宝业务汇总查询\r\n".encode("gbk"))
        token = secrets.token_hex(16)
        self.bills[token] = packed.getvalue()
        return {"code": "10000", "msg": "Success", "bill_download_url": f"{self.address}/bills/{token}"}, False

    def _download(self, asked: Asked) -> Answered:
        found = self.bills.get(asked.found[0])
        return Answered(404) if found is None else Answered(200, found, "application/zip")


def _bill_text(day: datetime.date, sales: Sequence[Sale], backs: Sequence[Back]) -> str:
    rows = [_row(sale, None) for sale in sales] + [_row(back.sale, back) for back in backs]
    sold, back = sum(sale.fen for sale in sales), sum(one.fen for one in backs)
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{SELLER}0156]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{day:%Y年%m月%d日} 23:59:59]",
        "#-----------------------------------------业务明细列表----------------------------------------",
        _HEAD,
        *(",".join(row) for row in rows),
        "#-----------------------------------------业务明细列表结束------------------------------------",
        f"#交易合计：{len(sales)}笔，商家实收共{_yuan(sold)}元，商家优惠共0.00元",
        f"#退款合计：{len(backs)}笔，商家实收共{_yuan(-back)}元，商家优惠共0.00元",
        f"#导出时间：[{day:%Y年%m月%d日} 12:00:00]",
    ]
    return "\r\n".join(lines) + "\r\n"


def _row(sale: Sale, back: Back | None) -> list[str]:
    moment = back.made_at if back else sale.paid_at
    sign, fen = (-1, back.fen) if back else (1, sale.fen)
    fee = 0 if back else sale.fee
    amounts = [_yuan(sign * fen), _yuan(sign * fen), *(["0.00"] * 4), "0.00", "", "0.00", "0.00"]
    kind, request = ("退款", back.number) if back else ("交易", "")
    head = [
        f"{sale.external}\t",
        f"{sale.order}\t",
        kind,
        sale.description,
        f"{sale.made_at:{_MOMENT}}",
        f"{moment:{_MOMENT}}",
    ]
    return [*head, "", "", "", "", "*小明(138****5678)", *amounts, request, _yuan(-fee), "0.00", ""]


def _failed(sub_code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": ""}


def _fen(text: str) -> int:
    """Raises ValueError, InvalidOperation."""
    fen = Decimal(text) * 100
    if len(text.partition(".")[2]) != 2 or fen != fen.to_integral_value() or fen <= 0:
        raise ValueError
    return int(fen)


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"
