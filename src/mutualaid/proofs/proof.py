"""The proof of one row of the audit trail, as it is handed out: what was recorded, where in the log, under which head.

It is written in exactly one way (JSON with sorted keys), so that each of its bytes is checked. Knows no database.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mutualaid.proofs.heads import SIGNATURE_BYTES, Head, NotAHead, NotAKey, read_head, read_pem, to_pem
from mutualaid.proofs.tree import HASH_BYTES

FORM = "mutualaid-proof/1"
LENGTH_MOST = 256 * 1024
"""Of a proof, in characters: what is longer is none of ours, and not looked into."""


class NotAProof(ValueError):
    """A text that is no proof, or not written exactly as proofs are."""


@dataclass(frozen=True)
class Proof:
    """``content``: the canonical content of the row; ``position``: of its leaf; ``path``: from the leaf to the head's root;
    ``key``: the public key that the head was signed with."""

    content: str
    position: int
    path: tuple[bytes, ...]
    head: Head
    signature: bytes
    key: Ed25519PublicKey

    def text(self, *, indent: int | None = None) -> str:
        """As it is written: in one line, or for people with an indent of 1 and a line's end."""
        told = {
            "content": self.content,
            "form": FORM,
            "head": self.head.text(),
            "key": to_pem(self.key),
            "path": [step.hex() for step in self.path],
            "position": self.position,
            "signature": base64.b64encode(self.signature).decode(),
        }
        separators = (",", ":") if indent is None else (",", ": ")
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=separators, indent=indent)
        return text if indent is None else text + "\n"

    def entry(self) -> dict[str, Any]:
        """The row that the content tells of. Raises NotAProof."""
        try:
            found = json.loads(self.content)
            datetime.datetime.fromisoformat(found["at"])
            whole = isinstance(found["detail"], dict) and {type(found["what"]), type(found["subject"])} == {str}
        except (ValueError, TypeError, KeyError, RecursionError) as fault:
            raise NotAProof("expected the content of an audit row, found something else") from fault
        if not whole:
            raise NotAProof("expected the content of an audit row, found something else")
        return found  # type: ignore[no-any-return] # what JSON holds


def read_proof(text: str) -> Proof:
    """The proof that a text is. Raises NotAProof, also when it is written in another way than ``Proof.text`` writes."""
    if len(text) > LENGTH_MOST:
        raise NotAProof(f"expected at most {LENGTH_MOST} characters, found {len(text)}")
    try:
        told = json.loads(text)
        proof = Proof(
            content=told["content"],
            position=int(told["position"]),
            path=tuple(bytes.fromhex(step) for step in told["path"]),
            head=read_head(told["head"]),
            signature=base64.b64decode(told["signature"], validate=True),
            key=read_pem(told["key"]),
        )
        exact = text in (proof.text(), proof.text(indent=1))
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        binascii.Error,
        NotAHead,
        NotAKey,
    ) as fault:
        raise NotAProof(f"expected a proof, found {text[:60]!r}") from fault
    if not exact or len(proof.signature) != SIGNATURE_BYTES or {len(step) for step in proof.path} - {HASH_BYTES}:
        raise NotAProof("expected a proof exactly as it is written, found another spelling of it")
    return proof
