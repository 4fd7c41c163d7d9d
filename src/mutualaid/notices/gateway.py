"""Short messages: the one interface of providers, and which of them this installation was given.

``MUTUALAID_SMS`` names a file. None is a lawful answer: members then read their notices in their own end only. The file holds
keys; only the product's own user may read it.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

NAME = "MUTUALAID_SMS"
_OTHERS = 0o077

Fate = Literal["waiting", "delivered", "failed", "absent"]
"""What a provider says became of a message; ``absent``: it never heard of it."""


@dataclass(frozen=True)
class Report:
    """What a provider says of a message. ``code``: its own word for it."""

    fate: Fate
    code: str = ""
    receipt: str = ""


class Provider(Protocol):
    """What we ask of any provider. Each call has its time-outs and raises what stands below, nothing else."""

    def sends(self, *, template: str) -> bool:
        """Whether the provider has approved a text for one of our templates."""

    def send(self, *, name: str, phone: str, template: str, words: Mapping[str, str], at: datetime.datetime) -> str:
        """Hand a message over; gives the provider's number of it. ``name`` is ours, and comes back with its report.

        Raises Unclear, NotTaken, NotNow.
        """

    def ask(self, *, name: str, phone: str, receipt: str, sent_at: datetime.datetime, at: datetime.datetime) -> Report:
        """What became of a message that was handed over, or perhaps was. Raises Unclear, NotNow."""


class Unclear(Exception):
    """The provider did not answer, or not in a way that says what happened: ask it, send nothing again on a guess."""


class NotTaken(Exception):
    """The provider refuses this message for good. The text is its code."""


class NotNow(Exception):
    """The provider sends nothing for now: its limits, an empty purse, a wrong key. Nothing was sent. The text is its code."""


class SmsFault(Exception):
    """Messages are configured, and cannot be sent; ``zh`` and ``en`` say what was expected, and hold no key."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} · {en}")


def is_sent(*, template: str) -> bool:
    """Whether short messages by a template leave this installation. With a file that cannot be read they wait until it can."""
    if not os.environ.get(NAME):
        return False
    try:
        return provider().sends(template=template)
    except SmsFault:
        return True


def provider() -> Provider:
    """The provider of this installation. Raises SmsFault."""
    path = os.environ.get(NAME, "")
    try:
        told = Path(path).stat()
        if told.st_mode & _OTHERS:
            raise SmsFault(
                f"{NAME} 所指文件含密钥，权限应为 600，现为 {told.st_mode & 0o777:o}；请 chmod 600",
                f"{NAME}: the file holds keys; expected mode 600, found {told.st_mode & 0o777:o}; chmod 600",
            )
        return _read(path, told.st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise SmsFault(
            f"{NAME} 所指文件读不出或缺项（{type(fault).__name__}）；请按 docs/channels/sms.md 补全",
            f"{NAME}: the file cannot be read or lacks something ({type(fault).__name__}); "
            "complete it as docs/channels/sms.md says",
        ) from None


@lru_cache(maxsize=4)
def _read(path: str, _changed: int) -> Provider:
    # A provider's client knows this module, so it is imported when it is wanted.
    from mutualaid.notices.channels.aliyun import Aliyun

    facts: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return Aliyun.of(facts)
