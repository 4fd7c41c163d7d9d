"""Signed heads of the log: how many leaves, and the one hash that stands for all of them. Knows no database.

What is signed is a text of five lines, the first three as in a checkpoint of transparency logs (C2SP ``tlog-checkpoint``)::

    mutualaid/proofs
    12345
    IBQ1o7nC2jUvoR1nQbGAlJqRnFm9nLZzmkpB8pUyrf8=
    at 2026-11-22T15:05:46.123456Z
    key 5a0f61d2c3b4e697
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mutualaid.core.leaves import utc_text
from mutualaid.proofs.tree import HASH_BYTES, SIZE_MOST

ORIGIN = "mutualaid/proofs"
KEY_ID_LENGTH = 16
SIGNATURE_BYTES = 64
_FORM = re.compile(
    rf"{ORIGIN}\n([1-9][0-9]{{0,18}})\n([A-Za-z0-9+/]{{43}}=)\n"
    r"at ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z\nkey ([0-9a-f]{16})\n"
)


class NotAHead(ValueError):
    """A text that no head is written as."""


class NotAKey(ValueError):
    """What is no public key for signatures of heads; ``zh`` and ``en`` say what was expected."""

    def __init__(self) -> None:
        self.zh = "应为 Ed25519 公钥（PEM，以 -----BEGIN PUBLIC KEY----- 开头），得到别的内容；请下载已公布的公钥"
        self.en = (
            "expected an Ed25519 public key (PEM, beginning -----BEGIN PUBLIC KEY-----), found something else; "
            "download the published one"
        )
        super().__init__(self.en)


@dataclass(frozen=True)
class Head:
    """What a head says. ``at``: when it was signed; ``key_id``: with which key."""

    size: int
    root: bytes
    at: datetime.datetime
    key_id: str

    def text(self) -> str:
        """What is signed, as UTF-8."""
        root = base64.b64encode(self.root).decode()
        return f"{ORIGIN}\n{self.size}\n{root}\nat {utc_text(self.at)}\nkey {self.key_id}\n"

    def sign(self, key: Ed25519PrivateKey) -> bytes:
        """The signature, 64 bytes."""
        return key.sign(self.text().encode())

    def signed_by(self, key: Ed25519PublicKey, signature: bytes) -> bool:
        """Whether this very head was signed with a key."""
        try:
            key.verify(signature, self.text().encode())
        except InvalidSignature:
            return False
        return self.key_id == key_id(key)


def read_head(text: str) -> Head:
    """The head that a text says. Raises NotAHead."""
    found = _FORM.fullmatch(text)
    if not found:
        raise NotAHead(f"expected five lines beginning {ORIGIN!r}, found {text[:40]!r}")
    size, root, at, key = found.groups()
    try:
        head = Head(int(size), base64.b64decode(root), datetime.datetime.fromisoformat(f"{at}+00:00"), key)
    except (ValueError, binascii.Error) as fault:
        raise NotAHead(f"expected a moment and a root, found {text[:120]!r}") from fault
    if head.text() != text or head.size > SIZE_MOST or len(head.root) != HASH_BYTES:
        raise NotAHead(f"expected a head exactly as it is written, found {text[:120]!r}")
    return head


def fingerprint(key: Ed25519PublicKey) -> str:
    """By which people compare keys: SHA-256 of its DER, 64 hexadecimal digits."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def key_id(key: Ed25519PublicKey) -> str:
    """The first sixteen digits of the fingerprint: names the key in heads."""
    return fingerprint(key)[:KEY_ID_LENGTH]


def to_pem(key: Ed25519PublicKey) -> str:
    """A public key as a file that openssl reads."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def read_pem(text: str) -> Ed25519PublicKey:
    """The public key of such a file. Raises NotAKey."""
    try:
        key = serialization.load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise NotAKey from fault
    if not isinstance(key, Ed25519PublicKey):
        raise NotAKey
    return key
