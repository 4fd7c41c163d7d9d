"""Client of a UnionPay-style B2B gateway, full-channel scheme 5.1.0 (docs/channels/unionpay-b2b.md: what of it is from memory).

Fields are signed by RSA with SHA-256 over the SHA-256 of ``key=value`` pairs in order. The payer's browser posts the order,
so the gateway hears of it only then. Amounts are fen as text. An order is known by its number and the time sent with it.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from mutualaid.contributions.channels.calls import BEIJING, BYTES_MOST, FILE_BYTES_MOST, address_of, beijing, call
from mutualaid.contributions.channels.unionpay_bill import read_bill
from mutualaid.contributions.gateway import (
    Answer,
    DayFile,
    Forged,
    NoTrades,
    NotTaken,
    RefundAnswer,
    RefundWanted,
    Reply,
    Unclear,
    Wanted,
    Way,
)

ADDRESS = "https://gateway.95516.com"
FILES = "https://filedownload.95516.com/"
FRONT, BACK, ASK = "/gateway/api/frontTransReq.do", "/gateway/api/backTransReq.do", "/gateway/api/queryTrans.do"
B2B = "000202"
_STAMP = "%Y%m%d%H%M%S"
_DONE, _UNDER_WAY, _NOT_THERE, _NO_FILE = {"00", "A6"}, {"03", "04", "05"}, "34", "98"


@dataclass(frozen=True)
class UnionPayChannel:
    """A merchant of the gateway."""

    zh: str
    en: str
    merchant: str
    address: str
    files: str
    notify_address: str
    cert_id: str
    private_key: RSAPrivateKey
    certificates: tuple[x509.Certificate, ...]

    ways: ClassVar[tuple[Way, ...]] = ("page",)
    payer_makes: ClassVar[bool] = True
    gives_back: ClassVar[bool] = True
    tells_days: ClassVar[bool] = True
    day_ends: ClassVar[datetime.time] = datetime.time(23)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """A channel from its file. ``gateway_certificates``: PEM of each certificate by which the gateway may sign. Raises
        KeyError, ValueError, TypeError."""
        private = serialization.load_pem_private_key(facts["private_key"].encode(), password=None)
        certificates = tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in facts["gateway_certificates"])
        if not isinstance(private, RSAPrivateKey) or not certificates or not facts["merchant"].isdecimal():
            raise ValueError("expected an RSA key, a certificate of the gateway, and the digits of a merchant")
        return cls(
            facts["zh"],
            facts["en"],
            facts["merchant"],
            address_of(facts.get("address", ADDRESS)),
            address_of(facts.get("files", FILES)),
            facts["notify_address"],
            facts["cert_id"],
            private,
            certificates,
        )

    # --- orders -------------------------------------------------------------------------------------------------------

    def create(self, *, wanted: Wanted, at: datetime.datetime) -> Answer:
        """See the protocol: a form, signed, which the payer's browser posts; the gateway is not asked."""
        fields = {
            **self._common("01", "01", B2B),
            "channelType": "07",
            "orderId": told_number(wanted.number),
            "txnTime": _stamp(wanted.made_at or at),
            "txnAmt": str(wanted.fen),
            "currencyCode": "156",
            "backUrl": self.notify_address,
            "frontUrl": wanted.back,
            "payTimeout": _stamp(wanted.expires_at),
        }
        return Answer(
            wanted.number, "waiting", wanted.fen, pay_address=self.address + FRONT, fields=self._signed(fields)
        )

    def ask(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        found = self._question(number, made_at or at)
        if found["respCode"] == _NOT_THERE:
            return Answer(number, "absent", 0)
        if found["respCode"] != "00" or found.get("orderId") != told_number(number):
            raise Unclear("the answer is about something else, or no answer")
        return _answer(found, str(found.get("origRespCode", "")), number)

    def close(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol. The gateway closes nothing on demand: after ``payTimeout`` nobody can begin to pay."""
        return self.ask(number=number, at=at, made_at=made_at)

    # --- refunds ------------------------------------------------------------------------------------------------------

    def refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """See the protocol. What is taken here is not done yet: that, a notification or a question tells."""
        fields = {
            **self._common("04", "00", B2B),
            "channelType": "07",
            "orderId": told_number(wanted.number),
            "txnTime": _stamp(wanted.made_at),
            "txnAmt": str(wanted.fen),
            "currencyCode": "156",
            "origQryId": wanted.external,
            "backUrl": self.notify_address,
        }
        found = self._posted(self.address + BACK, fields)
        if found["respCode"] in _DONE | _UNDER_WAY:
            return RefundAnswer(wanted.number, "pending", wanted.fen, str(found.get("queryId", ""))[:64])
        raise NotTaken(f"respCode {found['respCode']}")

    def ask_refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """See the protocol."""
        found = self._question(wanted.number, wanted.made_at)
        if found["respCode"] == _NOT_THERE:
            return RefundAnswer(wanted.number, "absent", 0)
        if found["respCode"] != "00" or found.get("orderId") != told_number(wanted.number):
            raise Unclear("the answer is about something else, or no answer")
        return _refund(found, str(found.get("origRespCode", "")), wanted.number)

    # --- daily file and notifications ---------------------------------------------------------------------------------

    def day_file(self, *, day: datetime.date, at: datetime.datetime) -> DayFile:
        """See the protocol. The signature over the answer covers the file in it."""
        fields = {
            **self._common("76", "01", "000000"),
            "settleDate": f"{day:%m%d}",
            "fileType": "00",
            "txnTime": _stamp(at),
        }
        found = self._posted(self.files, fields, bytes_most=FILE_BYTES_MOST)
        if found["respCode"] == _NO_FILE:
            raise NoTrades("no file")
        if found["respCode"] != "00" or found.get("settleDate") != f"{day:%m%d}":
            raise Unclear("the answer is about something else, or no answer")
        packed, entries = read_bill(found.get("fileContent", ""), self.merchant, day)
        named = tuple(replace(entry, number=our_number(entry.number)) for entry in entries)
        return DayFile(f"unionpay-{self.merchant}-{day:%Y%m%d}.zip", packed, named)

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
        if len(told) != len(pairs):
            raise Forged("a field twice")
        self._verify(told)
        if told.get("merId") != self.merchant:
            raise Forged("for another merchant")
        number, code = our_number(told.get("orderId", "")), told.get("respCode", "")
        try:
            if told.get("txnType") == "04":
                return _refund(told, code, number)
            if told.get("txnType") == "01":
                return _answer(told, code, number)
        except Unclear as fault:
            raise Forged(str(fault)) from None
        raise Forged("of another kind")

    def reply(self, *, taken: bool) -> Reply:
        """See the protocol."""
        return Reply(200, "ok") if taken else Reply(400, "fail")

    # --- the scheme ---------------------------------------------------------------------------------------------------

    def _common(self, kind: str, sub_kind: str, business: str) -> dict[str, str]:
        return {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "txnType": kind,
            "txnSubType": sub_kind,
            "bizType": business,
            "accessType": "0",
            "merId": self.merchant,
        }

    def _signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        told = {name: value for name, value in fields.items() if value} | {"certId": self.cert_id}
        signature = self.private_key.sign(digest(told), PKCS1v15(), hashes.SHA256())
        return {**told, "signature": base64.b64encode(signature).decode()}

    def _question(self, number: str, made_at: datetime.datetime) -> dict[str, str]:
        fields = {**self._common("00", "00", B2B), "orderId": told_number(number), "txnTime": _stamp(made_at)}
        return self._posted(self.address + ASK, fields)

    def _posted(self, url: str, fields: Mapping[str, str], *, bytes_most: int = BYTES_MOST) -> dict[str, str]:
        """A signed answer with its ``respCode``. Raises Unclear."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "User-Agent": "mutualaid"}
        said = call("POST", url, body=urlencode(self._signed(fields)).encode(), headers=headers, bytes_most=bytes_most)
        try:
            # Answers are pairs as they stand, not as a form encodes them: a value may hold "=" and "+".
            told = dict(pair.split("=", 1) for pair in said.body.decode("utf-8").strip().split("&"))
            self._verify(told)
        except (UnicodeDecodeError, ValueError, Forged) as fault:
            raise Unclear(f"no answer that counts ({type(fault).__name__})") from None
        if said.status != 200 or told.get("merId") != self.merchant or "respCode" not in told:
            raise Unclear(f"the channel answered {said.status}")
        return told

    def _verify(self, told: Mapping[str, str]) -> None:
        """Raises Forged."""
        if (told.get("version"), told.get("signMethod")) != ("5.1.0", "01"):
            raise Forged("another scheme")
        try:
            shown = x509.load_pem_x509_certificate(told.get("signPubKeyCert", "").encode())
            known = next(one for one in self.certificates if one == shown)
            key = known.public_key()
            signature = base64.b64decode(told.get("signature", ""), validate=True)
            assert isinstance(key, RSAPublicKey)
            signed = {name: value for name, value in told.items() if name != "signature"}
            key.verify(signature, digest(signed), PKCS1v15(), hashes.SHA256())
        except (StopIteration, AssertionError):
            raise Forged("signed by a certificate that is not the gateway's") from None
        except (ValueError, binascii.Error, InvalidSignature):
            raise Forged("the signature is not the gateway's") from None


def digest(fields: Mapping[str, str]) -> bytes:
    """What is signed: the SHA-256, in hexadecimal, of the pairs in the order of their names."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    return hashlib.sha256(text.encode()).hexdigest().encode()


def told_number(number: str) -> str:
    """Our number as the scheme allows it: letters and digits alone. Ours have no small letters."""
    return number.replace("-", "x")


def our_number(told: str) -> str:
    """And back."""
    return told.replace("x", "-")


def _stamp(at: datetime.datetime) -> str:
    return at.astimezone(BEIJING).strftime(_STAMP)


def _fen(told: Mapping[str, str]) -> int:
    text = told.get("txnAmt", "")
    if not text.isdecimal() or int(text) == 0:
        raise Unclear("the amount is none")
    return int(text)


def _moment(told: Mapping[str, str]) -> datetime.datetime:
    """When it was done: ``traceTime`` tells no year, which is that of ``txnTime`` or the next. Raises Unclear."""
    sent = beijing(told.get("txnTime"), _STAMP)
    found = beijing(f"{sent.year}{told.get('traceTime', '')}", _STAMP)
    return found if found >= sent - datetime.timedelta(days=1) else found.replace(year=sent.year + 1)


def _answer(told: Mapping[str, str], code: str, number: str) -> Answer:
    """Raises Unclear."""
    if not number or told.get("currencyCode", "156") != "156":
        raise Unclear("without a number, or in another currency")
    if code in _DONE:
        return Answer(number, "paid", _fen(told), str(told.get("queryId", ""))[:64], paid_at=_moment(told))
    if code in _UNDER_WAY or not code:
        return Answer(number, "waiting", 0)
    return Answer(number, "closed", 0)


def _refund(told: Mapping[str, str], code: str, number: str) -> RefundAnswer:
    """Raises Unclear."""
    standing = "done" if code in _DONE else "pending" if code in _UNDER_WAY or not code else "failed"
    done_at = _moment(told) if standing == "done" else None
    external = str(told.get("queryId", ""))[:64]
    if standing == "done":
        return RefundAnswer(number, "done", _fen(told), external, done_at)
    return RefundAnswer(number, "pending" if standing == "pending" else "failed", _fen(told), external)
