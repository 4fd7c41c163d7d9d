"""One call to a channel over HTTP, for all clients: time-outs, no proxy, no redirect, no more bytes than told, no second try."""

from __future__ import annotations

import datetime
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from mutualaid.contributions.gateway import Unclear

SECONDS_MOST = 10
"""How long one call may take to connect, and then for each answer to come."""
BYTES_MOST = 1_048_576
FILE_BYTES_MOST = 64 * 1024 * 1024
BEIJING = ZoneInfo("Asia/Shanghai")
SKEW = datetime.timedelta(minutes=5)
"""How far the two clocks may be apart, and so how long a message can be played back."""
_HERE = {"127.0.0.1", "localhost", "::1"}
_SERVER_FAULT = 500
_AGAIN = {408, 425, 429}
"""Refused for now, which says nothing of what becomes of it."""


@dataclass(frozen=True)
class Said:
    """What came back; the names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def address_of(text: Any) -> str:
    """The address of a channel without its last slash: https, or http on this machine, for the simulator. Raises ValueError."""
    parts = urlsplit(str(text))
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)):
        return str(text).rstrip("/")
    raise ValueError("expected an https address")


def call(method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str], bytes_most: int = BYTES_MOST) -> Said:
    """One call, never tried again here: whether it may be, its caller knows. Raises Unclear: no answer, one of 5xx or "not now",
    or one that is too long. The text names the kind of fault only, never what was sent."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS_MOST)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body=body or None, headers=dict(headers))
        response = connection.getresponse()
        raw = response.read(bytes_most + 1)
        told = {name.lower(): value for name, value in response.getheaders()}
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise Unclear(f"no answer ({type(fault).__name__})") from None
    finally:
        connection.close()
    if response.status >= _SERVER_FAULT or response.status in _AGAIN or len(raw) > bytes_most:
        raise Unclear(f"the channel answered {response.status}")
    return Said(response.status, told, raw)


def read_json(body: bytes) -> dict[str, Any]:
    """An object of JSON. Raises Unclear."""
    try:
        found = json.loads(body)
    except ValueError:
        raise Unclear("the answer is no JSON") from None
    if not isinstance(found, dict):
        raise Unclear("the answer is no object")
    return found


def whole_fen(found: Any) -> int:
    """A positive amount of fen. Raises Unclear."""
    if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
        raise Unclear("the amount is none")
    return found


def moment_of(text: Any) -> datetime.datetime:
    """A moment with its zone, as ISO 8601 says it. Raises Unclear."""
    try:
        found = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        raise Unclear("the time is none") from None
    if found.tzinfo is None:
        raise Unclear("the time has no zone")
    return found


def beijing(text: Any, pattern: str) -> datetime.datetime:
    """A moment told in Beijing's time without a zone. Raises Unclear."""
    try:
        return datetime.datetime.strptime(str(text), pattern).replace(tzinfo=BEIJING)
    except ValueError:
        raise Unclear("the time is none") from None
