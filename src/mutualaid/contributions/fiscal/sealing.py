"""Signatures of the neutral fiscal protocol (docs/channels/fiscal-billing.md), the same on both sides: Ed25519 over what was
sent."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

WINDOW_SECONDS = 300
"""How far two clocks may be apart, and so how long a message can be played back."""


class BadSeal(Exception):
    """Not of the other side, too old, or changed on its way; the text says in a word which."""


def sealed(key: Ed25519PrivateKey, what: str, body: bytes, now: int) -> dict[str, str]:
    """Headers that sign a message. ``what``: method and path of a request; status, path and the nonce of the request of an
    answer."""
    nonce = secrets.token_hex(16)
    signature = key.sign(_message(what, str(now), nonce, body))
    return {
        "Fiscal-Timestamp": str(now),
        "Fiscal-Nonce": nonce,
        "Fiscal-Signature": base64.b64encode(signature).decode(),
    }


def opened(key: Ed25519PublicKey, what: str, headers: Mapping[str, str], body: bytes, now: int) -> str:
    """The nonce of a message whose seal holds. Raises BadSeal."""
    told = {name.lower(): value for name, value in headers.items()}
    stamp, nonce = told.get("fiscal-timestamp", ""), told.get("fiscal-nonce", "")
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or not re.fullmatch(r"[0-9a-f]{32}", nonce):
        raise BadSeal("headers")
    if abs(now - int(stamp)) > WINDOW_SECONDS:
        raise BadSeal("timestamp")
    try:
        signature = base64.b64decode(told.get("fiscal-signature", ""), validate=True)
        key.verify(signature, _message(what, stamp, nonce, body))
    except (binascii.Error, InvalidSignature, ValueError):
        raise BadSeal("signature") from None
    return nonce


def _message(what: str, stamp: str, nonce: str, body: bytes) -> bytes:
    return f"{what}\n{stamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n".encode()
