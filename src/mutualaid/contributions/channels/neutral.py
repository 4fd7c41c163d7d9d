"""Client of the neutral online channel, a protocol of our own (docs/channels/neutral-channel.md): signed JSON, integer fen."""

from __future__ import annotations

import base64
import binascii
import datetime
import http.client
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from mutualaid.contributions.gateway import (
    Answer,
    DayFile,
    Forged,
    NotReady,
    NotTaken,
    RefundAnswer,
    RefundWanted,
    Reply,
    Unclear,
    Wanted,
    Way,
)

SCHEME = "NEUTRAL-RSA-SHA256"
SECONDS_MOST = 10
"""How long one call may take to connect, and then to answer."""
SKEW = datetime.timedelta(minutes=5)
"""How far the two clocks may be apart, and so how long a message can be played back."""
BYTES_MOST = 65_536
_STANDINGS = {"waiting", "paid", "closed"}
_HERE = {"127.0.0.1", "localhost", "::1"}
_OK, _ABSENT, _SERVER_FAULT = 200, 404, 500
_AGAIN = {408, 425, 429}
"""Refused for now, which says nothing of what becomes of it."""


@dataclass(frozen=True)
class NeutralChannel:
    """A merchant at the neutral channel, with both sides' keys."""

    zh: str
    en: str
    address: str
    merchant: str
    notify_address: str
    private_key: RSAPrivateKey
    channel_key: RSAPublicKey
    notification_key: bytes

    ways: ClassVar[tuple[Way, ...]] = ("page",)
    payer_makes: ClassVar[bool] = False
    gives_back: ClassVar[bool] = False
    tells_days: ClassVar[bool] = False
    day_ends: ClassVar[datetime.time] = datetime.time()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """A channel from its file. Raises KeyError, ValueError, TypeError."""
        private = load_pem_private_key(facts["private_key"].encode(), password=None)
        public = load_pem_public_key(facts["channel_public_key"].encode())
        secret = base64.b64decode(facts["notification_key"], validate=True)
        parts = urlsplit(facts["address"])
        if not isinstance(private, RSAPrivateKey) or not isinstance(public, RSAPublicKey) or len(secret) != 32:
            raise ValueError("expected RSA keys and 32 bytes for notifications")
        if parts.hostname is None or not (
            parts.scheme == "https" or (parts.hostname in _HERE and parts.scheme == "http")
        ):
            raise ValueError("expected an https address")
        return cls(
            facts["zh"],
            facts["en"],
            facts["address"].rstrip("/"),
            facts["merchant"],
            facts["notify_address"],
            private,
            public,
            secret,
        )

    def create(self, *, wanted: Wanted, at: datetime.datetime) -> Answer:
        """See the protocol."""
        body = {
            "merchant": self.merchant,
            "order": wanted.number,
            "amount": wanted.fen,
            "currency": "CNY",
            "description": wanted.description,
            "notify_url": self.notify_address,
            "expires_at": wanted.expires_at.isoformat(),
        }
        status, found = self._call("POST", "/v1/orders", body, at)
        if status != _OK:
            raise NotTaken(f"the channel answered {status}")
        answer = self._answer(found, wanted.number)
        if answer.fen != wanted.fen:
            raise Unclear("the channel answered with another amount")
        return answer

    def ask(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        status, found = self._call("GET", f"/v1/orders/{number}", None, at)
        if status == _ABSENT:
            return Answer(number, "absent", 0)
        if status != _OK:
            raise Unclear(f"the channel answered {status}")
        return self._answer(found, number)

    def close(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """See the protocol."""
        status, found = self._call("POST", f"/v1/orders/{number}/close", {"merchant": self.merchant}, at)
        if status == _ABSENT:
            return Answer(number, "absent", 0)
        if status != _OK:
            raise Unclear(f"the channel answered {status}")
        return self._answer(found, number)

    def refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """This protocol has none."""
        raise NotTaken("this channel takes no refunds")

    def ask_refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """This protocol has none."""
        return RefundAnswer(wanted.number, "absent", 0)

    def day_file(self, *, day: datetime.date, at: datetime.datetime) -> DayFile:
        """This protocol has none."""
        raise NotReady("this channel has no daily files")

    def reply(self, *, taken: bool) -> Reply:
        """See the protocol."""
        return Reply(204 if taken else 400)

    def read_notification(self, *, headers: Mapping[str, str], body: bytes, at: datetime.datetime) -> Answer:
        """See the protocol."""
        if len(body) > BYTES_MOST:
            raise Forged("too long")
        self._verify(headers, body, at)
        try:
            resource = json.loads(body)["resource"]
            if resource["algorithm"] != "AEAD_AES_256_GCM":
                raise Forged("another cipher")
            opened = AESGCM(self.notification_key).decrypt(
                resource["nonce"].encode(),
                base64.b64decode(resource["ciphertext"], validate=True),
                resource["associated_data"].encode(),
            )
            found = json.loads(opened)
            if found["merchant"] != self.merchant:
                raise Forged("for another merchant")
            return self._answer(found, found["order"])
        except (InvalidTag, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise Forged(f"cannot be opened ({type(fault).__name__})") from None
        except Unclear as fault:
            raise Forged(str(fault)) from None

    def _answer(self, found: Any, number: str) -> Answer:
        """Raises Unclear for what is no answer about this order."""
        try:
            standing, fen, told = found["state"], found["amount"], found["order"]
            paid_at = datetime.datetime.fromisoformat(found["paid_at"]) if found.get("paid_at") else None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unclear("the answer lacks something") from None
        whole = isinstance(fen, int) and not isinstance(fen, bool) and fen > 0
        dated = standing != "paid" or (paid_at is not None and paid_at.tzinfo is not None)
        if told != number or standing not in _STANDINGS or not whole or not dated:
            raise Unclear("the answer is about something else, or says nothing that can be")
        address = str(found.get("pay_url", ""))[:500]
        if address and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", address):
            raise Unclear("the address to pay at is none")
        return Answer(number, standing, fen, str(found.get("external", ""))[:64], address, paid_at)

    def _call(self, method: str, path: str, body: Any, at: datetime.datetime) -> tuple[int, Any]:
        """One call, never tried again here: whether it may be, its caller knows. Raises Unclear."""
        parts = urlsplit(self.address)
        assert parts.hostname is not None
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=SECONDS_MOST)
        sent = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Authorization": self._authorization(method, parts.path + path, sent, at)}
        if sent:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            connection.request(method, parts.path + path, body=sent or None, headers=headers)
            response = connection.getresponse()
            raw = response.read(BYTES_MOST + 1)
            if response.status >= _SERVER_FAULT or response.status in _AGAIN or len(raw) > BYTES_MOST:
                raise Unclear(f"the channel answered {response.status}")
            self._verify(dict(response.getheaders()), raw, at)
            return response.status, json.loads(raw)
        except (OSError, http.client.HTTPException, ValueError, Forged) as fault:
            raise Unclear(f"no answer that counts ({type(fault).__name__})") from None
        finally:
            connection.close()

    def _authorization(self, method: str, path: str, body: bytes, at: datetime.datetime) -> str:
        stamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        message = f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self.private_key.sign(message, PKCS1v15(), hashes.SHA256())).decode()
        return f'{SCHEME} merchant="{self.merchant}",nonce="{nonce}",timestamp="{stamp}",signature="{signature}"'

    def _verify(self, headers: Mapping[str, str], body: bytes, at: datetime.datetime) -> None:
        """Raises Forged."""
        told = {name.lower(): value for name, value in headers.items()}
        stamp, nonce = told.get("channel-timestamp", ""), told.get("channel-nonce", "")
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or not re.fullmatch(r"[0-9A-Za-z]{16,64}", nonce):
            raise Forged("without a time or a nonce")
        apart = at - datetime.datetime.fromtimestamp(int(stamp), datetime.UTC)
        if abs(apart) > SKEW:
            raise Forged("too old, or of a clock that is wrong")
        try:
            signature = base64.b64decode(told.get("channel-signature", ""), validate=True)
            self.channel_key.verify(
                signature, f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), hashes.SHA256()
            )
        except (binascii.Error, InvalidSignature, ValueError):
            raise Forged("the signature is not the channel's") from None
