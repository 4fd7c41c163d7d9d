"""The phones of the demonstration: what the simulated provider of short messages sent to them, asked for on this machine."""

from __future__ import annotations

import datetime
import http.client
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.gateway import NAME
from mutualaid.notices.models import SmsMessage

SECONDS_MOST = 2
SHOWN_MOST = 50
_OK = 200


@dataclass(frozen=True)
class Bubble:
    """One message on one phone; ``name``: of the invented member, empty for a phone that is nobody's."""

    phone: str
    name: str
    text: str
    at: datetime.datetime


def bubbles() -> list[Bubble] | None:
    """The last messages, latest first; None where no simulator answers."""
    told = _asked()
    if told is None:
        return None
    with within([EVERYTHING]):
        rows = SmsMessage.objects.filter(key__in=[one["out_id"] for one in told]).select_related("member")
        names = {row.key.hex: str(row.member.name) for row in rows}
    return [
        Bubble(
            one["phone"],
            names.get(one["out_id"], ""),
            one["text"],
            datetime.datetime.fromtimestamp(one["at"], datetime.UTC),
        )
        for one in told
    ]


def _asked() -> list[dict[str, Any]] | None:
    try:
        address = urlsplit(json.loads(Path(os.environ.get(NAME, "")).read_text(encoding="utf-8"))["address"])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=SECONDS_MOST)
        try:
            connection.request("GET", "/control/messages")
            response = connection.getresponse()
            found = json.loads(response.read())["messages"] if response.status == _OK else None
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    return found[:SHOWN_MOST] if found is not None else None
