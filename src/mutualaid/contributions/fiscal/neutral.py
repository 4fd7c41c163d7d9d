"""Client of the neutral fiscal gateway, a protocol of our own (docs/channels/fiscal-billing.md) with names of the national
e-bill."""

from __future__ import annotations

import datetime
import hashlib
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self, cast
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from mutualaid.contributions.fiscal.gateway import Asked, NotTaken, Standing, Told, Unclear
from mutualaid.contributions.fiscal.sealing import BadSeal, opened, sealed

SECONDS_MOST = 10
"""How long one call may take to connect, and then to answer."""
BYTES_MOST = 5_000_000
_HERE = {"127.0.0.1", "localhost", "::1"}
_STANDINGS = ("pending", "issued", "refused")
_OK, _ABSENT, _SERVER_FAULT = 200, 404, 500
_AGAIN = {401, 408, 425, 429}
"""Refused for now, which says nothing of what becomes of it; a clock that is wrong is set, a key that is wrong replaced."""


@dataclass(frozen=True)
class NeutralGateway:
    """An agency at the neutral gateway, with both sides' keys. ``agency``: invoicingPartyCode; ``item_code``: of the project of
    income under which mutual-aid fees are billed."""

    address: str
    agency: str
    agency_name: str
    item_code: str
    private_key: Ed25519PrivateKey
    gateway_key: Ed25519PublicKey

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """A gateway from its file. Raises KeyError, ValueError, TypeError."""
        private = load_pem_private_key(facts["private_key"].encode(), password=None)
        public = load_pem_public_key(facts["gateway_public_key"].encode())
        parts = urlsplit(facts["address"])
        if not isinstance(private, Ed25519PrivateKey) or not isinstance(public, Ed25519PublicKey):
            raise ValueError("expected Ed25519 keys")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise ValueError("expected an https address")
        address = facts["address"].rstrip("/")
        return cls(address, facts["agency"], facts["agency_name"], facts["item_code"], private, public)

    def ask_for(self, *, asked: Asked, at: datetime.datetime) -> Told:
        """See the protocol."""
        amount = format(asked.amount, ".2f")
        body = {
            "request": asked.request,
            "invoicingParty": {"code": self.agency, "name": self.agency_name},
            "payerParty": {"payerPartyType": asked.payer_type, "name": asked.title},
            "totalAmount": amount,
            "currencyType": "CNY",
            "items": [{"itemCode": self.item_code, "itemName": asked.item, "itemAmount": amount}],
            "remark": asked.remark,
            "relatedInvoiceCode": asked.related_code,
            "relatedInvoiceNumber": asked.related_number,
        }
        status, raw = self._call("POST", "/v1/notes", json.dumps(body, ensure_ascii=False).encode(), at)
        if status != _OK:
            raise NotTaken(_words(raw) or f"{status}")
        return _told(raw, asked.request)

    def stands(self, *, request: str, at: datetime.datetime) -> Told:
        """See the protocol."""
        status, raw = self._call("GET", f"/v1/notes/{request}", b"", at)
        if status == _ABSENT:
            return Told(request, "absent")
        if status != _OK:
            raise Unclear(f"the gateway answered {status}")
        return _told(raw, request)

    def face(self, *, request: str, sha256: str, at: datetime.datetime) -> bytes:
        """See the protocol."""
        status, raw = self._call("GET", f"/v1/notes/{request}/face", b"", at)
        if status != _OK or not raw.startswith(b"%PDF-") or hashlib.sha256(raw).hexdigest() != sha256:
            raise Unclear("the face is missing, or another than was told")
        return raw

    def _call(self, method: str, path: str, body: bytes, at: datetime.datetime) -> tuple[int, bytes]:
        """One call, never tried again here: whether it may be, its caller knows. Raises Unclear."""
        parts = urlsplit(self.address)
        assert parts.hostname is not None
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=SECONDS_MOST)
        now, place = int(at.timestamp()), parts.path + path
        headers = {"Fiscal-Agency": self.agency, **sealed(self.private_key, f"{method} {place}", body, now)}
        if body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            connection.request(method, place, body=body or None, headers=headers)
            response = connection.getresponse()
            raw = response.read(BYTES_MOST + 1)
            if response.status >= _SERVER_FAULT or response.status in _AGAIN or len(raw) > BYTES_MOST:
                raise Unclear(f"the gateway answered {response.status}")
            answered = f"{response.status} {place} {headers['Fiscal-Nonce']}"
            opened(self.gateway_key, answered, dict(response.getheaders()), raw, now)
            return response.status, raw
        except (OSError, http.client.HTTPException, ValueError, BadSeal) as fault:
            raise Unclear(f"no answer that counts ({type(fault).__name__})") from None
        finally:
            connection.close()


def _told(raw: bytes, request: str) -> Told:
    """Raises Unclear for what is no answer about this request."""
    try:
        found = json.loads(raw)
        standing = found["state"]
        if found["request"] != request or standing not in _STANDINGS:
            raise Unclear("the answer is about something else")
        if standing == "refused":
            return Told(request, "refused", refusal=str(found["error"])[:40], words=str(found["message"])[:200])
        if standing == "pending":
            return Told(request, cast(Standing, standing))
        told = Told(
            request,
            "issued",
            found["payerParty"]["name"],
            Decimal(found["totalAmount"]),
            found["eInvoiceCode"],
            found["eInvoiceNumber"],
            found["randomNumber"],
            datetime.date.fromisoformat(found["issueDate"]),
            found["faceSha256"],
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise Unclear("the answer lacks something") from None
    shapes = ((told.code, "[0-9]{8}"), (told.number, "[0-9]{10}"), (told.check, "[0-9A-Za-z]{6}"))
    if not all(re.fullmatch(shape, text) for text, shape in (*shapes, (told.face_sha256, "[0-9a-f]{64}"))):
        raise Unclear("the numbers are none")
    return told


def _words(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["message"])[:200]
    except (ValueError, KeyError, TypeError):
        return ""
