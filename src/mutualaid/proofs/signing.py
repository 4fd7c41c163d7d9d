"""The private key that signs heads: beside the other keys of the installation, never in the database."""

from __future__ import annotations

import os

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mutualaid.core.encryption import KeyFault
from mutualaid.core.places import kept_secret

NAME = "MUTUALAID_PROOF_KEY"
FILE = "proof-key"


def new_key() -> str:
    """A fresh private key as it is written: PEM, PKCS 8."""
    made = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.decode("ascii")


def signing_key() -> Ed25519PrivateKey:
    """The installation's key: ``MUTUALAID_PROOF_KEY``, else the file ``proof-key`` of the data folder, made at first use and
    readable by its owner alone. Read each time: a key that was changed is used from the next head on. Raises KeyFault."""
    written = os.environ.get(NAME) or kept_secret(FILE, new_key)
    try:
        key = serialization.load_pem_private_key(written.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFault(
            f"{NAME}（或数据文件夹里的 {FILE}）应为 Ed25519 私钥（PEM），得到别的内容；请改正或从备份恢复",
            f"{NAME} (or {FILE} in the data folder): expected an Ed25519 private key as PEM, found something else; "
            "correct it, or bring it back from its copy",
        )
    return key
