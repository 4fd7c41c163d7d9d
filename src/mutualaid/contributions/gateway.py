"""Online channels: the one interface that all of them have, and which of them this installation was given.

``MUTUALAID_CHANNELS`` names them: ``name=/path/to/file.json`` joined by commas. None is a lawful answer: employers then
pay by bank transfer only. The file holds keys; only the product's own user may read it.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

NAME = "MUTUALAID_CHANNELS"

Standing = Literal["waiting", "paid", "closed", "absent"]
"""How a channel says that an order stands; ``absent``: it never heard of it."""


@dataclass(frozen=True)
class Wanted:
    """What a channel is asked to collect. ``number`` is ours and makes asking twice harmless."""

    number: str
    fen: int
    description: str
    expires_at: datetime.datetime


@dataclass(frozen=True)
class Answer:
    """How an order stands at a channel, by its signed word. ``fen``: what was paid, or is to be paid."""

    number: str
    standing: Standing
    fen: int
    external: str = ""
    pay_address: str = ""
    paid_at: datetime.datetime | None = None


class Channel(Protocol):
    """What we ask of any channel. Each call has its time-outs and raises Unclear, NotTaken or Forged, nothing else."""

    @property
    def zh(self) -> str:
        """Its name for payers."""

    @property
    def en(self) -> str:
        """The same in English."""

    def create(self, *, wanted: Wanted, at: datetime.datetime) -> Answer:
        """Have an order made; asked again with the same figures, the same answer comes."""

    def ask(self, *, number: str, at: datetime.datetime) -> Answer:
        """How an order stands."""

    def close(self, *, number: str, at: datetime.datetime) -> Answer:
        """Let nobody pay an order any more; it may turn out to be paid."""

    def read_notification(self, *, headers: Mapping[str, str], body: bytes, at: datetime.datetime) -> Answer:
        """What a channel sent by itself, once it is proven to be of the channel."""


class Unclear(Exception):
    """The channel did not answer, or not in a way that says what happened: ask again, guess nothing."""


class NotTaken(Exception):
    """The channel refuses, and says so clearly: nothing was made and nothing will be."""


class Forged(Exception):
    """Not of the channel, too old, or changed on its way. The text holds no part of a key or of a body."""


class UnknownChannel(Exception):
    """A name that this installation was not given."""

    def __init__(self, name: str) -> None:
        self.zh = f"支付渠道应为 {'、'.join(channel_names()) or '（未配置）'} 之一，得到“{name[:20]}”；请改用银行转账"
        self.en = f"expected one of the channels {channel_names()}, found {name[:20]!r}; pay by bank transfer"
        super().__init__(self.en)


class ChannelFault(Exception):
    """A channel that is configured, and cannot be used; the message says what was expected, and holds no key."""


def channel_names() -> list[str]:
    """The channels of this installation; none if it was given none."""
    return list(_given())


def channel_for(name: str) -> Channel:
    """A channel by its name. Raises UnknownChannel, ChannelFault."""
    # A channel's client knows this module, so it is imported when it is wanted.
    from mutualaid.contributions.channels.neutral import NeutralChannel

    path = _given().get(name)
    if path is None:
        raise UnknownChannel(name)
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
        return NeutralChannel.of(facts)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ChannelFault(
            f"支付渠道 {name} 的配置文件读不出或缺项（{type(fault).__name__}）；请按 docs/channels/neutral-channel.md 补全 · "
            f"the file of channel {name} cannot be read or lacks something ({type(fault).__name__}); "
            "complete it as docs/channels/neutral-channel.md says"
        ) from None


def _given() -> dict[str, str]:
    pairs = (part.partition("=") for part in os.environ.get(NAME, "").split(",") if part.strip())
    return {name.strip(): path.strip() for name, _, path in pairs}
