"""What a leaf of the log of proofs is the hash of: pure, so that a proof can be checked where there is no database."""

from __future__ import annotations

import datetime
import hashlib

LEAF_PREFIX = b"\0"
"""Before the content of a leaf (RFC 6962): no hash of a leaf can pass for one of a node."""


def leaf_of(content: str) -> bytes:
    """The leaf of a canonical content (``core.audit.content_of``): SHA-256 over a zero byte and its UTF-8, 32 bytes."""
    return hashlib.sha256(LEAF_PREFIX + content.encode()).digest()


def utc_text(at: datetime.datetime) -> str:
    """A moment in UTC with microseconds: ``2026-03-01T09:30:00.000000Z``."""
    return at.astimezone(datetime.UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
