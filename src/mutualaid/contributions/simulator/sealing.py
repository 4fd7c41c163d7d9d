"""The channel's side of the protocol: keys of both sides, checking requests, signing answers, sealing notifications."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MERCHANT = "demo-merchant"
WINDOW_SECONDS = 300
OURS, THEIRS = "simulator.json", "channel.json"
_AUTHORIZATION = re.compile(
    r'NEUTRAL-RSA-SHA256 merchant="([^"]+)",nonce="([0-9a-zA-Z]{16,64})",timestamp="([0-9]{1,12})",signature="([^"]+)"'
)


class Refusal(Exception):
    """A request whose authorization does not hold; the text says in a word why."""


def set_up(folder: Path, address: str, notify_address: str) -> None:
    """Make the keys of both sides and write each side's file, readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    _write(
        folder / OURS,
        {
            "merchant": MERCHANT,
            "private_key": _pem(ours),
            "merchant_public_key": _public(theirs),
            "notification_key": secret,
        },
    )
    _write(
        folder / THEIRS,
        {
            "zh": "模拟收银台",
            "en": "simulated cashier",
            "address": address,
            "merchant": MERCHANT,
            "notify_address": notify_address,
            "private_key": _pem(theirs),
            "channel_public_key": _public(ours),
            "notification_key": secret,
        },
    )


@dataclass
class Seals:
    """The channel's keys, and the nonces that it has seen."""

    private_key: rsa.RSAPrivateKey
    merchant_key: rsa.RSAPublicKey
    notification_key: bytes
    merchant: str
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Seals:
        """As ``set_up`` wrote them."""
        facts = json.loads((folder / OURS).read_text(encoding="utf-8"))
        private = serialization.load_pem_private_key(facts["private_key"].encode(), password=None)
        public = serialization.load_pem_public_key(facts["merchant_public_key"].encode())
        assert isinstance(private, rsa.RSAPrivateKey)
        assert isinstance(public, rsa.RSAPublicKey)
        return cls(private, public, base64.b64decode(facts["notification_key"]), facts["merchant"])

    def check(self, method: str, path: str, authorization: str, body: bytes, now: int) -> None:
        """Raises Refusal."""
        told = _AUTHORIZATION.fullmatch(authorization)
        if told is None or told.group(1) != self.merchant:
            raise Refusal("authorization")
        _, nonce, stamp, signature = told.groups()
        if abs(now - int(stamp)) > WINDOW_SECONDS:
            raise Refusal("timestamp")
        message = f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        try:
            self.merchant_key.verify(
                base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256()
            )
        except (ValueError, InvalidSignature):
            raise Refusal("signature") from None
        self.seen = {old: at for old, at in self.seen.items() if now - at <= 2 * WINDOW_SECONDS}
        if nonce in self.seen:
            raise Refusal("nonce")
        self.seen[nonce] = now

    def headers(self, body: bytes, now: int, *, forged: bool = False) -> dict[str, str]:
        """Headers that sign an answer or a notification; a forged one is signed by a key of somebody else."""
        nonce, stamp = secrets.token_hex(16), str(now)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048) if forged else self.private_key
        signature = key.sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
        return {
            "Channel-Timestamp": stamp,
            "Channel-Nonce": nonce,
            "Channel-Signature": base64.b64encode(signature).decode(),
        }

    def notification(self, event: str, facts: Mapping[str, Any]) -> bytes:
        """The body of a notification."""
        nonce = secrets.token_hex(6)
        plain = json.dumps({"merchant": self.merchant, **facts}).encode()
        sealed = AESGCM(self.notification_key).encrypt(nonce.encode(), plain, event.encode())
        resource = {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": event,
            "ciphertext": base64.b64encode(sealed).decode(),
        }
        return json.dumps({"id": secrets.token_hex(8), "event": event, "resource": resource}).encode()


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _write(path: Path, facts: Mapping[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)
