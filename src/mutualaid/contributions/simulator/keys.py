"""Keys and certificates of both sides, for simulators: made at first use, in files that only their owner reads."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.x509.oid import NameOID

OURS, THEIRS = "simulator.json", "channel.json"


def new_key() -> RSAPrivateKey:
    """RSA, 2048 bits."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: RSAPrivateKey) -> str:
    """A private key as PKCS#8."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def public_pem(key: RSAPrivateKey) -> str:
    """Its public key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def certificate(key: RSAPrivateKey, name: str) -> x509.Certificate:
    """Signed by itself."""
    told = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins, ends = (
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC),
    )
    made = x509.CertificateBuilder().subject_name(told).issuer_name(told).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(begins)
    return made.not_valid_after(ends).sign(key, hashes.SHA256())


def certificate_pem(made: x509.Certificate) -> str:
    """As text."""
    return made.public_bytes(serialization.Encoding.PEM).decode()


def private_key(text: str) -> RSAPrivateKey:
    """From PEM."""
    found = serialization.load_pem_private_key(text.encode(), password=None)
    assert isinstance(found, RSAPrivateKey)
    return found


def public_key(text: str) -> RSAPublicKey:
    """From PEM."""
    found = serialization.load_pem_public_key(text.encode())
    assert isinstance(found, RSAPublicKey)
    return found


def write(path: Path, facts: Mapping[str, Any]) -> None:
    """JSON, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)


def read(path: Path) -> dict[str, Any]:
    """As ``write`` wrote it."""
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
