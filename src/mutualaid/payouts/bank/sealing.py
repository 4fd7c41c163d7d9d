"""The seal of a file: Ed25519 over its name and its bytes, base64 in a file of its own beside it (``.sig``)."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ENDING = ".sig"


def seal(*, key: Ed25519PrivateKey, name: str, data: bytes) -> bytes:
    """What stands in the file beside it. The name is sealed in: a file that is renamed does not hold."""
    return base64.b64encode(key.sign(_sealed(name, data))) + b"\n"


def holds(*, key: Ed25519PublicKey, name: str, data: bytes, seal: bytes) -> bool:
    """Whether a file is as its sender sealed it."""
    try:
        key.verify(base64.b64decode(seal.strip(), validate=True), _sealed(name, data))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _sealed(name: str, data: bytes) -> bytes:
    return name.encode() + b"\n" + data
