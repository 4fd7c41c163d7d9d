"""Simulator of WeChat Pay v3: its own reading of the protocol, without the library that the client uses."""

from __future__ import annotations

import base64
import datetime
import gzip
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from mutualaid.contributions.simulator.books import BEIJING, Back, Books, News, Refused, Sale
from mutualaid.contributions.simulator.doors import Answered, Asked, Door
from mutualaid.contributions.simulator.keys import (
    OURS,
    THEIRS,
    certificate,
    certificate_pem,
    new_key,
    pem,
    private_key,
    public_key,
    public_pem,
    read,
    write,
)
from mutualaid.contributions.simulator.wechat_app import OPENID, App

MCHID, APPID, SERIAL = "1900009191", "wxd678efh567hg6787", "5157F09EFDC096DE15EBE81A47057A72"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000091912026112200382300000001"
WINDOW_SECONDS = 300
_AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="([0-9]+)",nonce_str="([0-9A-Za-z]{16,64})",'
    r'signature="([^"]+)",timestamp="([0-9]{1,12})",serial_no="([0-9A-F]+)"'
)
_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def set_up(folder: Path, address: str, notify_address: str, *, fund: str = "", by_certificate: bool = False) -> None:
    """Make the keys of both sides and write each side's file. ``by_certificate``: the platform signs by a certificate that the
    product has to fetch, in place of a public key that it was given."""
    ours, theirs = new_key(), new_key()
    made = certificate(ours, "Tenpay.com sign")
    secret, app_secret = secrets.token_hex(16), secrets.token_hex(16)
    write(
        folder / OURS,
        {
            "private_key": pem(ours),
            "certificate": certificate_pem(made) if by_certificate else "",
            "merchant_public_key": public_pem(theirs),
            "apiv3_key": secret,
            "app_secret": app_secret,
        },
    )
    known = (
        {"certificates": str(folder / "certificates")}
        if by_certificate
        else {"public_key": public_pem(ours), "public_key_id": PUBLIC_KEY_ID}
    )
    if by_certificate:
        (folder / "certificates").mkdir(exist_ok=True)
    write(
        folder / THEIRS,
        {
            "kind": "wechat",
            "zh": "微信支付（模拟）",
            "en": "WeChat Pay (simulated)",
            "fund": fund,
            "address": address,
            "mchid": MCHID,
            "appid": APPID,
            "serial": SERIAL,
            "private_key": pem(theirs),
            "apiv3_key": secret,
            "notify_address": notify_address,
            "ways": ["qr", "mobile", "jsapi"],
            "app_secret": app_secret,
            "authorize": address,
            "identity": address,
            **known,
        },
    )


class WeChat:
    """The platform's side. ``clock`` gives seconds since 1970."""

    name = "wechat"

    def __init__(self, folder: Path, address: str, flags: set[str], clock: Callable[[], float] = time.time) -> None:
        facts = read(folder / OURS)
        self.address, self.key, self.secret = address, private_key(facts["private_key"]), facts["apiv3_key"].encode()
        self.merchant_key = public_key(facts["merchant_public_key"])
        self.certificate = facts["certificate"]
        shown = load_pem_x509_certificate(self.certificate.encode()) if self.certificate else None
        self.serial = f"{shown.serial_number:X}" if shown else PUBLIC_KEY_ID
        self.books = Books(clock, flags, self)
        self.seen: dict[str, int] = {}
        self.bills: dict[str, bytes] = {}
        self.app = App(APPID, facts["app_secret"], address, self.books, self.merchant_key)
        self.doors: Sequence[Door] = (
            *self.app.doors(),
            ("POST", "/v3/pay/transactions/(native|h5|jsapi)", self._lawful(self._create)),
            ("GET", "/v3/pay/transactions/out-trade-no/([^/]+)", self._lawful(self._ask)),
            ("POST", "/v3/pay/transactions/out-trade-no/([^/]+)/close", self._lawful(self._close)),
            ("POST", "/v3/refund/domestic/refunds", self._lawful(self._refund)),
            ("GET", "/v3/refund/domestic/refunds/([^/]+)", self._lawful(self._ask_refund)),
            ("GET", "/v3/bill/tradebill", self._lawful(self._bill)),
            ("GET", "/v3/billdownload/file", self._lawful(self._download)),
            ("GET", "/v3/certificates", self._lawful(self._certificates)),
        )

    # --- signatures ---------------------------------------------------------------------------------------------------

    def _lawful(self, door: Callable[[Asked], Answered]) -> Callable[[Asked], Answered]:
        def checked(asked: Asked) -> Answered:
            fault = self._fault(asked)
            return self._say(401, {"code": "SIGN_ERROR", "message": fault}) if fault else door(asked)

        return checked

    def _fault(self, asked: Asked) -> str:
        told = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if told is None or (told[1], told[5]) != (MCHID, SERIAL):
            return "authorization"
        nonce, signature, stamp, now = told[2], told[3], told[4], int(self.books.clock())
        if abs(now - int(stamp)) > WINDOW_SECONDS:
            return "timestamp"
        message = f"{asked.method}\n{asked.path}\n{stamp}\n{nonce}\n".encode() + asked.body + b"\n"
        try:
            self.merchant_key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return "signature"
        if nonce in self.seen:
            return "nonce"
        self.seen[nonce] = now
        return ""

    def _headers(self, body: bytes, *, forged: bool = False) -> dict[str, str]:
        stamp, nonce = str(int(self.books.clock())), secrets.token_hex(16)
        key = new_key() if forged else self.key
        signature = key.sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def _say(self, status: int, facts: dict[str, Any] | None = None, *, does: bool = False) -> Answered:
        body = b"" if facts is None else json.dumps(facts, ensure_ascii=False).encode()
        return Answered(status, body, headers=self._headers(body), does=does)

    def _sealed(self, plain: bytes, about: str) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        sealed = AESGCM(self.secret).encrypt(nonce.encode(), plain, about.encode())
        cipher = base64.b64encode(sealed).decode()
        return {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": about, "ciphertext": cipher}

    # --- orders -------------------------------------------------------------------------------------------------------

    def _create(self, asked: Asked) -> Answered:
        try:
            told = json.loads(asked.body)
            whose = (told["mchid"], told["appid"], told["amount"]["currency"])
            fen, way = told["amount"]["total"], asked.found[0]
            expires = datetime.datetime.fromisoformat(told["time_expire"])
            if whose != (MCHID, APPID, "CNY") or not isinstance(fen, int) or fen <= 0 or expires.tzinfo is None:
                raise ValueError
            if (way == "h5" and not told["scene_info"]["payer_client_ip"]) or (
                way == "jsapi" and told["payer"]["openid"] != OPENID
            ):
                raise ValueError
            wanted = Sale(
                told["out_trade_no"], fen, told["description"], told["notify_url"], expires, self.books.moment()
            )
        except (KeyError, ValueError, TypeError):
            return self._say(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        try:
            sale = self.books.open(wanted)
        except Refused:
            return self._say(403, {"code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"})
        if sale.state == "paid" and "before-response" not in self.books.flags:
            return self._say(400, {"code": "ORDERPAID", "message": "订单已支付"})
        ways = {
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={sale.external}"},
            "h5": {"h5_url": f"{self.address}/cashier/{sale.external}"},
            "jsapi": {"prepay_id": f"wx{sale.external}"},
        }
        return self._say(200, ways[way], does=True)

    def _sale(self, asked: Asked) -> Sale | None:
        return self.books.sales.get(asked.found[0])

    def _ask(self, asked: Asked) -> Answered:
        sale = self._sale(asked)
        if sale is None or asked.query.get("mchid") != MCHID:
            return self._say(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
        return self._say(200, self._facts(self.books.refresh(sale), sale.fen))

    def _close(self, asked: Asked) -> Answered:
        sale = self._sale(asked)
        if sale is None:
            return self._say(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
        if self.books.close(sale).state == "paid":
            return self._say(400, {"code": "ORDERPAID", "message": "订单已支付"})
        return self._say(204, does=True)

    def _facts(self, sale: Sale, fen: int) -> dict[str, Any]:
        given = any(back.sale is sale and back.state != "stuck" for back in self.books.backs.values())
        states = {"waiting": "NOTPAY", "paid": "REFUND" if given else "SUCCESS", "closed": "CLOSED"}
        facts = {
            "mchid": MCHID,
            "appid": APPID,
            "out_trade_no": sale.order,
            "trade_state": states[sale.state],
            "trade_state_desc": states[sale.state],
            "amount": {"total": fen, "payer_total": fen, "currency": "CNY", "payer_currency": "CNY"},
        }
        if sale.paid_at:
            paid = {"transaction_id": sale.external, "trade_type": "NATIVE", "bank_type": "OTHERS"}
            facts |= {
                **paid,
                "success_time": sale.paid_at.isoformat(),
                "payer": {"openid": OPENID},
            }
        return facts

    # --- refunds ------------------------------------------------------------------------------------------------------

    def _refund(self, asked: Asked) -> Answered:
        try:
            told = json.loads(asked.body)
            sale = self.books.sales[told["out_trade_no"]]
            if told["amount"]["total"] != sale.fen or told["amount"]["currency"] != "CNY":
                raise ValueError
            wanted = Back(
                told["out_refund_no"], sale, told["amount"]["refund"], told.get("notify_url", ""), self.books.moment()
            )
        except (KeyError, ValueError, TypeError):
            return self._say(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        try:
            back = self.books.give_back(wanted)
        except Refused:
            return self._say(403, {"code": "NOT_ENOUGH", "message": "基本账户余额不足"})
        return self._say(200, self._back(back, back.fen, status="PROCESSING"), does=True)

    def _ask_refund(self, asked: Asked) -> Answered:
        back = self.books.backs.get(asked.found[0])
        if back is None:
            return self._say(404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})
        return self._say(200, self._back(back, back.fen))

    def _back(self, back: Back, fen: int, *, status: str = "") -> dict[str, Any]:
        states = {"pending": "PROCESSING", "done": "SUCCESS", "stuck": "ABNORMAL"}
        facts = {
            "refund_id": back.external,
            "out_refund_no": back.number,
            "transaction_id": back.sale.external,
            "out_trade_no": back.sale.order,
            "channel": "ORIGINAL",
            "status": status or states[back.state],
            "amount": {"total": back.sale.fen, "refund": fen, "currency": "CNY"},
        }
        if back.state == "done":
            facts["success_time"] = back.done_at.isoformat() if back.done_at else ""
        return facts

    # --- what it says by itself -----------------------------------------------------------------------------------------

    def of_sale(self, sale: Sale, *, fen: int, forged: bool) -> News:
        """See ``books.Voice``."""
        return self._news(sale.notify_url, "TRANSACTION.SUCCESS", "transaction", self._facts(sale, fen), forged)

    def of_back(self, back: Back, *, fen: int, forged: bool) -> News:
        """See ``books.Voice``."""
        facts = {"mchid": MCHID, **self._back(back, fen)}
        facts["refund_status"] = facts.pop("status")
        event = "REFUND.SUCCESS" if back.state == "done" else "REFUND.ABNORMAL"
        return self._news(back.notify_url, event, "refund", facts, forged)

    def _news(self, url: str, event: str, about: str, facts: dict[str, Any], forged: bool) -> News:
        told = {
            "id": secrets.token_hex(16),
            "create_time": self.books.moment().isoformat(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": event,
            "resource": {"original_type": about, **self._sealed(json.dumps(facts).encode(), about)},
        }
        body = json.dumps(told).encode()
        return News(url, body, {"Content-Type": "application/json", **self._headers(body, forged=forged)})

    # --- daily file and certificates ----------------------------------------------------------------------------------------

    def _bill(self, asked: Asked) -> Answered:
        day = datetime.date.fromisoformat(asked.query["bill_date"])
        if "bill-late" in self.books.flags:
            return self._say(400, {"code": "STATEMENT_CREATING", "message": "账单生成中"})
        sales, backs = self.books.day(day)
        if not sales and not backs:
            return self._say(400, {"code": "NO_STATEMENT_EXIST", "message": "账单不存在"})
        content = _bill_text(sales, backs).encode()
        token = secrets.token_hex(16)
        self.bills[token] = gzip.compress(content + (b"\n" if "bill-broken" in self.books.flags else b""))
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        url = f"{self.address}/v3/billdownload/file?token={token}"
        return self._say(200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def _download(self, asked: Asked) -> Answered:
        found = self.bills.get(asked.query.get("token", ""))
        if found is None:
            return self._say(404, {"code": "RESOURCE_NOT_EXISTS", "message": "文件不存在"})
        return Answered(200, found, "application/octet-stream")

    def _certificates(self, _: Asked) -> Answered:
        shown = load_pem_x509_certificate(self.certificate.encode())
        told = {
            "serial_no": self.serial,
            "effective_time": shown.not_valid_before_utc.astimezone(BEIJING).isoformat(),
            "expire_time": shown.not_valid_after_utc.astimezone(BEIJING).isoformat(),
            "encrypt_certificate": self._sealed(self.certificate.encode(), "certificate"),
        }
        return self._say(200, {"data": [told]})


def _bill_text(sales: Sequence[Sale], backs: Sequence[Back]) -> str:
    rows = [_row(sale, None) for sale in sales] + [_row(back.sale, back) for back in backs]
    fees = sum(sale.fee for sale in sales)
    sold, back = sum(sale.fen for sale in sales), sum(one.fen for one in backs)
    totals = [str(len(rows)), _yuan(sold), _yuan(back), "0.00", f"{_yuan(fees)}000", _yuan(sold), _yuan(back)]
    return "\r\n".join([_COLUMNS, *(_ticked(row) for row in rows), _TOTALS, _ticked(totals)]) + "\r\n"


def _row(sale: Sale, back: Back | None) -> list[str]:
    assert sale.paid_at is not None
    moment = f"{(back.made_at if back else sale.paid_at):%Y-%m-%d %H:%M:%S}"
    head = [moment, APPID, MCHID, "0", "", sale.external, sale.order, OPENID, "NATIVE"]
    if back is None:
        middle = ["SUCCESS", "OTHERS", "CNY", _yuan(sale.fen), "0.00", "0", "0", "0.00", "0.00", "", ""]
        return [*head, *middle, sale.description, "", f"{_yuan(sale.fee)}000", "0.60%", _yuan(sale.fen), "0.00", ""]
    status = {"pending": "PROCESSING", "done": "SUCCESS", "stuck": "ABNORMAL"}[back.state]
    middle = [
        "REFUND",
        "OTHERS",
        "CNY",
        "0.00",
        "0.00",
        back.external,
        back.number,
        _yuan(back.fen),
        "0.00",
        "ORIGINAL",
        status,
    ]
    return [*head, *middle, sale.description, "", "0.00000", "0.60%", "0.00", _yuan(back.fen), ""]


def _ticked(values: Sequence[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
