"""Keys of both sides of the folder, made at first use, and the bank's way of sealing and checking."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

OURS, THEIRS = "simulator.json", "bank.json"


def set_up(folder: Path, fund: str, bank_name: str) -> None:
    """Make the keys of both sides and write each side's file, readable by its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ours, theirs = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    _write(
        folder / OURS,
        {"bank_name": bank_name, "private_key": _pem(ours), "payer_public_key": _public(theirs)},
    )
    _write(
        folder / THEIRS,
        {
            "zh": f"{bank_name}（模拟）",
            "en": "simulated bank",
            "fund": fund,
            "folder": str(folder.absolute() / "exchange"),
            "private_key": _pem(theirs),
            "bank_public_key": _public(ours),
        },
    )


@dataclass(frozen=True)
class Seals:
    """The bank's key, and the payer's."""

    bank_name: str
    private_key: Ed25519PrivateKey
    payer_key: Ed25519PublicKey

    @classmethod
    def of(cls, folder: Path) -> Self:
        """As ``set_up`` wrote them."""
        facts = json.loads((folder / OURS).read_text(encoding="utf-8"))
        private = serialization.load_pem_private_key(facts["private_key"].encode(), password=None)
        public = serialization.load_pem_public_key(facts["payer_public_key"].encode())
        assert isinstance(private, Ed25519PrivateKey)
        assert isinstance(public, Ed25519PublicKey)
        return cls(facts["bank_name"], private, public)

    def sealed(self, name: str, data: bytes, *, forged: bool = False) -> bytes:
        """The seal of a file; a forged one is of somebody else's key."""
        key = Ed25519PrivateKey.generate() if forged else self.private_key
        return base64.b64encode(key.sign(name.encode() + b"\n" + data)) + b"\n"

    def holds(self, name: str, data: bytes, seal: bytes) -> bool:
        """Whether a file is the payer's."""
        try:
            self.payer_key.verify(base64.b64decode(seal.strip(), validate=True), name.encode() + b"\n" + data)
        except (InvalidSignature, ValueError):
            return False
        return True


def _pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public(key: Ed25519PrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _write(path: Path, facts: dict[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)
