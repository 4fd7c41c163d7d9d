"""Simulator of a UnionPay-style B2B gateway (full-channel scheme 5.1.0): its own reading of docs/channels/unionpay-b2b.md."""

from __future__ import annotations

import base64
import datetime
import hashlib
import io
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from mutualaid.contributions.simulator.books import BEIJING, Back, Books, News, Refused, Sale
from mutualaid.contributions.simulator.doors import Answered, Asked, Door, cashier, page
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

MERCHANT, CERT_ID = "777290058110097", "68759663125"
CARD = "6226090000000048"
"""An account number of the gateway's own tests. It stands in its answers and files, and must stand in none of our logs."""
_STAMP = "%Y%m%d%H%M%S"
_WIDTHS = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32),
    *(13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98),
)


def set_up(folder: Path, address: str, notify_address: str, *, fund: str = "", by_certificate: bool = False) -> None:  # noqa: ARG001
    """Make the keys of both sides and write each side's file."""
    ours, theirs = new_key(), new_key()
    shown = certificate_pem(certificate(ours, "041@Z12@00040000:SIGN@00000001"))
    facts = {"private_key": pem(ours), "certificate": shown, "merchant_public_key": public_pem(theirs)}
    write(folder / OURS, facts)
    write(
        folder / THEIRS,
        {
            "kind": "unionpay",
            "zh": "银联企业网银（模拟）",
            "en": "UnionPay B2B (simulated)",
            "fund": fund,
            "address": address,
            "files": f"{address}/files",
            "merchant": MERCHANT,
            "cert_id": CERT_ID,
            "private_key": pem(theirs),
            "gateway_certificates": [shown],
            "notify_address": notify_address,
        },
    )


class UnionPay:
    """The gateway's side. ``clock`` gives seconds since 1970."""

    name = "unionpay"

    def __init__(self, folder: Path, address: str, flags: set[str], clock: Callable[[], float] = time.time) -> None:
        facts = read(folder / OURS)
        self.address, self.key, self.certificate = address, private_key(facts["private_key"]), facts["certificate"]
        self.merchant_key = public_key(facts["merchant_public_key"])
        self.books = Books(clock, flags, self)
        self.doors: Sequence[Door] = (
            ("POST", "/gateway/api/frontTransReq.do", self._front),
            ("POST", "/gateway/api/queryTrans.do", self._lawful(self._query)),
            ("POST", "/gateway/api/backTransReq.do", self._lawful(self._refund)),
            ("POST", "/files", self._lawful(self._file)),
        )

    # --- signatures ---------------------------------------------------------------------------------------------------

    def _told(self, asked: Asked) -> dict[str, str]:
        """Fields that the merchant signed. Raises Refused."""
        told = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        lawful = (told.get("version"), told.get("signMethod"), told.get("merId"), told.get("certId"))
        if lawful != ("5.1.0", "01", MERCHANT, CERT_ID):
            raise Refused("fields")
        try:
            signature = base64.b64decode(told.get("signature", ""), validate=True)
            self.merchant_key.verify(signature, _digest(told), PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            raise Refused("signature") from None
        return told

    def _signed(self, fields: Mapping[str, str], *, forged: bool = False) -> dict[str, str]:
        told = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "merId": MERCHANT, **fields}
        told["signPubKeyCert"] = self.certificate
        key = new_key() if forged else self.key
        told["signature"] = base64.b64encode(key.sign(_digest(told), PKCS1v15(), hashes.SHA256())).decode()
        return told

    def _lawful(self, door: Callable[[dict[str, str]], tuple[dict[str, str], bool]]) -> Callable[[Asked], Answered]:
        def checked(asked: Asked) -> Answered:
            try:
                facts, does = door(self._told(asked))
            except Refused:
                facts, does = {"respCode": "11", "respMsg": "验证签名失败"}, False
            except (KeyError, ValueError):
                facts, does = {"respCode": "10", "respMsg": "报文格式错误"}, False
            text = "&".join(f"{name}={value}" for name, value in self._signed(facts).items())
            return Answered(200, text.encode(), "text/html;charset=UTF-8", does=does)

        return checked

    # --- orders -------------------------------------------------------------------------------------------------------

    def _front(self, asked: Asked) -> Answered:
        """The payer's browser brings the signed form: only now is there an order."""
        try:
            told = self._told(asked)
            if (told["txnType"], told["txnSubType"], told["bizType"], told["currencyCode"]) != (
                "01",
                "01",
                "000202",
                "156",
            ):
                raise Refused("fields")
            wanted = Sale(
                told["orderId"],
                int(told["txnAmt"]),
                f"订单 {told['orderId']}",
                told["backUrl"],
                _moment(told["payTimeout"]),
                _moment(told["txnTime"]),
                told.get("frontUrl", ""),
            )
            if not told["orderId"].isalnum() or not 8 <= len(told["orderId"]) <= 40:
                raise Refused("orderId")
            if wanted.expires_at <= self.books.moment() and wanted.order not in self.books.sales:
                return page(400, "支付已超时", "<p>请回到缴费页面重新发起支付。</p>")
            return cashier(self.books.open(wanted))
        except (Refused, KeyError, ValueError) as fault:
            return page(400, "网关不受理", f"<p>{type(fault).__name__} {fault}</p>")

    def _query(self, told: dict[str, str]) -> tuple[dict[str, str], bool]:
        sale, back = self.books.sales.get(told["orderId"]), self.books.backs.get(told["orderId"])
        if back is not None and _stamp(back.made_at) == told["txnTime"]:
            return {**self._back(back, back.fen), "respCode": "00"}, False
        if sale is None or _stamp(sale.made_at) != told["txnTime"]:
            return {"respCode": "34", "respMsg": "订单不存在", "orderId": told["orderId"]}, False
        return {**self._facts(self.books.refresh(sale), sale.fen), "respCode": "00"}, False

    def _facts(self, sale: Sale, fen: int) -> dict[str, str]:
        codes = {"waiting": "05", "paid": "00", "closed": "77"}
        facts = {
            "txnType": "01",
            "txnSubType": "01",
            "bizType": "000202",
            "orderId": sale.order,
            "txnTime": _stamp(sale.made_at),
            "txnAmt": str(fen),
            "currencyCode": "156",
            "accNo": CARD,
            "origRespCode": codes[sale.state],
        }
        if sale.paid_at:
            facts |= {
                "queryId": sale.external,
                "traceTime": f"{sale.paid_at:%m%d%H%M%S}",
                "traceNo": sale.external[-6:],
            }
        return facts

    # --- refunds ------------------------------------------------------------------------------------------------------

    def _refund(self, told: dict[str, str]) -> tuple[dict[str, str], bool]:
        if (told["txnType"], told["bizType"]) != ("04", "000202"):
            raise ValueError
        sale = next((one for one in self.books.sales.values() if one.external == told["origQryId"]), None)
        if sale is None:
            return {"respCode": "35", "respMsg": "原交易不存在"}, False
        if told["orderId"] in self.books.backs:
            return {"respCode": "12", "respMsg": "重复交易"}, False
        wanted = Back(told["orderId"], sale, int(told["txnAmt"]), told["backUrl"], _moment(told["txnTime"]))
        try:
            back = self.books.give_back(wanted)
        except Refused:
            return {"respCode": "36", "respMsg": "退货金额超限"}, False
        return {"respCode": "00", "respMsg": "已受理", "orderId": back.number, "queryId": back.external}, True

    def _back(self, back: Back, fen: int) -> dict[str, str]:
        codes = {"pending": "05", "done": "00", "stuck": "99"}
        facts = {
            "txnType": "04",
            "txnSubType": "00",
            "bizType": "000202",
            "orderId": back.number,
            "txnTime": _stamp(back.made_at),
            "txnAmt": str(fen),
            "currencyCode": "156",
            "queryId": back.external,
            "origQryId": back.sale.external,
            "accNo": CARD,
            "origRespCode": codes[back.state],
        }
        return facts | ({"traceTime": f"{back.done_at:%m%d%H%M%S}"} if back.done_at else {})

    # --- what it says by itself ---------------------------------------------------------------------------------------

    def of_sale(self, sale: Sale, *, fen: int, forged: bool) -> News:
        """See ``books.Voice``."""
        return self._news(sale.notify_url, self._facts(sale, fen), forged)

    def of_back(self, back: Back, *, fen: int, forged: bool) -> News:
        """See ``books.Voice``."""
        return self._news(back.notify_url, self._back(back, fen), forged)

    def _news(self, url: str, facts: dict[str, str], forged: bool) -> News:
        told = {**facts, "respCode": facts["origRespCode"], "respMsg": "成功"}
        told.pop("origRespCode")
        body = urlencode(self._signed(told, forged=forged)).encode()
        return News(url, body, {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"})

    # --- daily file ---------------------------------------------------------------------------------------------------

    def _file(self, told: dict[str, str]) -> tuple[dict[str, str], bool]:
        day = datetime.date.fromisoformat(f"{self.books.moment().year}{told['settleDate']}")
        if day > self.books.moment().date():
            day = day.replace(year=day.year - 1)
        sales, backs = ([], []) if "bill-late" in self.books.flags else self.books.day(day, ends=23)
        if not sales and not backs:
            return {"respCode": "98", "respMsg": "文件不存在", "settleDate": told["settleDate"]}, False
        lines = [_line(sale, None) for sale in sales] + [_line(back.sale, back) for back in backs]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"INN{day:%y%m%d}88ZM_{MERCHANT}", "".join(f"{line}\r\n" for line in lines).encode("gbk"))
        content = packed.getvalue()
        if "bill-broken" in self.books.flags:
            content = content[:-30]
        name = f"{MERCHANT}_{day:%Y%m%d}.zip"
        text = base64.b64encode(zlib.compress(content)).decode()
        return {"respCode": "00", "settleDate": told["settleDate"], "fileName": name, "fileContent": text}, False


def _line(sale: Sale, back: Back | None) -> str:
    made = back.made_at if back else sale.made_at
    fee = 0 if back else sale.fee
    fen = back.fen if back else sale.fen
    fields = [""] * len(_WIDTHS)
    fields[0], fields[1], fields[2] = ("S30" if back else "S22"), "00049992", "00049992"
    fields[3], fields[4], fields[5] = (back or sale).external[-6:], f"{made:%m%d%H%M%S}", CARD
    fields[6], fields[9], fields[11] = f"{fen:012}", (back or sale).external, (back.number if back else sale.order)
    fields[15], fields[16] = f"D{fee:012}", f"{'D' if back else 'C'}{fen - fee:012}"
    fields[19], fields[20], fields[21], fields[27] = ("04" if back else "01"), "00", "000202", MERCHANT
    return " ".join(field.ljust(width) for field, width in zip(fields, _WIDTHS, strict=True))


def _digest(told: Mapping[str, str]) -> bytes:
    text = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "signature")
    return hashlib.sha256(text.encode()).hexdigest().encode()


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, _STAMP).replace(tzinfo=BEIJING)


def _stamp(at: datetime.datetime) -> str:
    return at.astimezone(BEIJING).strftime(_STAMP)
