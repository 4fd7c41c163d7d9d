"""Online channels: the one interface that all of them have, and which of them this installation was given.

``MUTUALAID_CHANNELS`` names them: ``name=/path/to/file.json`` joined by commas. None is a lawful answer: employers then
pay by bank transfer only. The file holds keys; only the product's own user may read it. Its ``kind`` says which client
it is for: ``wechat``, ``alipay``, ``unionpay`` or, left out, ``neutral``.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, cast

NAME = "MUTUALAID_CHANNELS"
SETTLES = ("net", "gross")
"""How a channel pays out a day: less its fee, or in full, its fee being taken from another account."""

Standing = Literal["waiting", "paid", "closed", "absent"]
"""How a channel says that an order stands; ``absent``: it never heard of it."""
RefundStanding = Literal["pending", "done", "failed", "abnormal", "absent"]
"""How a channel says that a refund stands. ``abnormal``: it could not be paid out, and somebody must see to it there."""
Way = Literal["page", "mobile", "qr", "jsapi"]
"""How the payer comes to the channel: by a page on a desk, one on a phone, a code to scan, or inside the channel's own app."""


@dataclass(frozen=True)
class Wanted:
    """What a channel is asked to collect. ``number`` is ours and makes asking twice harmless. ``payer``: who they are at
    the channel (``jsapi`` only); ``client_address``: from where they ask (``mobile``); ``back``: our page to come back to."""

    number: str
    fen: int
    description: str
    expires_at: datetime.datetime
    made_at: datetime.datetime | None = None
    way: Way = "page"
    payer: str = ""
    client_address: str = ""
    back: str = ""


@dataclass(frozen=True)
class Answer:
    """How an order stands at a channel, by its signed word. ``fen``: what was paid, or is to be paid. How it can be paid:
    ``pay_address`` to open, together with ``fields`` a form to post there; ``code`` to scan; ``fields`` alone for the
    channel's own app."""

    number: str
    standing: Standing
    fen: int
    external: str = ""
    pay_address: str = ""
    paid_at: datetime.datetime | None = None
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RefundWanted:
    """What a channel is asked to give back, of an order that was paid. ``external``: the channel's number of the order."""

    number: str
    order: str
    external: str
    fen: int
    order_fen: int
    reason: str
    made_at: datetime.datetime


@dataclass(frozen=True)
class RefundAnswer:
    """How a refund stands at a channel, by its signed word."""

    number: str
    standing: RefundStanding
    fen: int
    external: str = ""
    done_at: datetime.datetime | None = None


@dataclass(frozen=True)
class DayEntry:
    """One line of a channel's daily file. ``number``: ours, of the order or of the refund, as the channel tells it;
    ``fee_fen``: what the channel keeps, negative where it gives it back."""

    kind: Literal["payment", "refund"]
    number: str
    external: str
    fen: int
    fee_fen: int
    made_at: datetime.datetime | None = None
    """When it was made; told where the channel knows an order by that only."""


@dataclass(frozen=True)
class DayFile:
    """A channel's daily file, whole and checked against its own hash or totals."""

    name: str
    content: bytes
    entries: tuple[DayEntry, ...]


@dataclass(frozen=True)
class Reply:
    """What a channel is told when it has sent a notification."""

    status: int
    body: str = ""
    media_type: str = "text/plain"


class Channel(Protocol):
    """What we ask of any channel. Each call has its time-outs and raises Unclear, NotTaken or Forged, nothing else."""

    @property
    def zh(self) -> str:
        """Its name for payers."""

    @property
    def en(self) -> str:
        """The same in English."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """How payers can come to it."""

    @property
    def payer_makes(self) -> bool:
        """Whether an order is there only once the payer has opened it: before, the channel never heard of it."""

    @property
    def day_ends(self) -> datetime.time:
        """When its day ends (Beijing): 00:00, or the hour of the evening after which money counts for the next day."""

    @property
    def gives_back(self) -> bool:
        """Whether it takes refunds."""

    @property
    def tells_days(self) -> bool:
        """Whether it has daily files."""

    def create(self, *, wanted: Wanted, at: datetime.datetime) -> Answer:
        """Have an order made; asked again with the same figures, the same answer comes."""

    def ask(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """How an order stands. ``made_at``: when it was made; some channels know it by both only."""

    def close(self, *, number: str, at: datetime.datetime, made_at: datetime.datetime | None = None) -> Answer:
        """Let nobody pay an order any more; it may turn out to be paid."""

    def refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """Have money given back."""

    def ask_refund(self, *, wanted: RefundWanted, at: datetime.datetime) -> RefundAnswer:
        """How a refund stands."""

    def day_file(self, *, day: datetime.date, at: datetime.datetime) -> DayFile:
        """The file of a day that is over. Raises NotReady and NoTrades, too."""

    def read_notification(
        self, *, headers: Mapping[str, str], body: bytes, at: datetime.datetime
    ) -> Answer | RefundAnswer:
        """What a channel sent by itself, once it is proven to be of the channel."""

    def reply(self, *, taken: bool) -> Reply:
        """What it is told then; what was not taken is sent again."""


class KnowsPayers(Protocol):
    """A channel with the way ``jsapi``: its own app tells who the payer is, by the payer's browser."""

    def who_address(self, *, back: str, state: str) -> str:
        """Where the browser is sent; it comes to ``back`` with a ``code`` and the ``state``, at most 128 letters and digits."""

    def who(self, *, code: str) -> str:
        """Who brought the code, which counts once. Raises Unclear, NotTaken."""


class Unclear(Exception):
    """The channel did not answer, or not in a way that says what happened: ask again, guess nothing."""


class NotTaken(Exception):
    """The channel refuses, and says so clearly: nothing was made and nothing will be."""


class NotReady(Exception):
    """The daily file is not there yet."""


class NoTrades(NotReady):
    """The channel has no file for the day, as it says where there was no trade. Some say so, too, while it is not made yet."""


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


def channel_names(*, fund: str = "") -> list[str]:
    """The channels of this installation, none if it was given none; with the code of a fund's office those that pay into that
    fund, or into none of its own (a channel that is told no ``fund`` serves all)."""
    return [name for name in _given() if not fund or fund_of_channel(name) in ("", fund)]


def fund_of_channel(name: str) -> str:
    """The code of the office whose fund a channel pays into; empty: it serves all. Unreadable: none at all."""
    try:
        return str(_facts(name).get("fund", ""))
    except (ChannelFault, UnknownChannel):
        return ""  # it says so itself when it is used


def settles_net(name: str) -> bool:
    """Whether a channel keeps its fee of what it pays out. Raises UnknownChannel, ChannelFault."""
    return bool(_facts(name).get("settles", SETTLES[0]) == SETTLES[0])


def pays_out_by_days(name: str) -> bool:
    """Whether a channel has daily files, by which it pays out later what it collected. One that cannot be used collects
    nothing."""
    try:
        return _client(str(_facts(name).get("kind", "neutral"))).tells_days
    except (ChannelFault, UnknownChannel, KeyError):
        return False


def channels_by_days(*, fund: str) -> dict[str, tuple[str, ...]]:
    """Channels of a fund, by the code of its office, that pay out by days, each with what it may be called."""
    channels = {name: channel_for(name) for name in channel_names(fund=fund) if pays_out_by_days(name)}
    return {name: (channel.zh, channel.en, name) for name, channel in channels.items()}


def channel_for(name: str) -> Channel:
    """A channel by its name. Raises UnknownChannel, ChannelFault."""
    facts = _facts(name)
    try:
        if facts.get("settles", SETTLES[0]) not in SETTLES:
            raise ValueError("settles")
        return _client(str(facts.get("kind", "neutral"))).of(facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as fault:
        raise _cannot(name, fault) from None


def payers_of(name: str) -> KnowsPayers | None:
    """A channel that can be asked who a payer is inside its app; None where it has no such way. Raises as ``channel_for``."""
    channel = channel_for(name)
    return cast(KnowsPayers, channel) if "jsapi" in channel.ways else None


class _Client(Protocol):
    """The class of a channel's client."""

    tells_days: bool

    def of(self, facts: Mapping[str, Any]) -> Channel:
        """A channel from its file."""


def _client(kind: str) -> _Client:
    """A channel's client knows this module, so it is imported when it is wanted. Raises KeyError."""
    if kind == "wechat":
        from mutualaid.contributions.channels.wechat import WeChatChannel

        return WeChatChannel
    if kind == "alipay":
        from mutualaid.contributions.channels.alipay import AlipayChannel

        return AlipayChannel
    if kind == "unionpay":
        from mutualaid.contributions.channels.unionpay import UnionPayChannel

        return UnionPayChannel
    if kind == "neutral":
        from mutualaid.contributions.channels.neutral import NeutralChannel

        return NeutralChannel
    raise KeyError(kind)


def _facts(name: str) -> Mapping[str, Any]:
    path = _given().get(name)
    if path is None:
        raise UnknownChannel(name)
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError("no object")
        return found
    except (OSError, ValueError, TypeError) as fault:
        raise _cannot(name, fault) from None


def _cannot(name: str, fault: Exception) -> ChannelFault:
    kind = type(fault).__name__
    return ChannelFault(
        f"支付渠道 {name} 的配置文件读不出或缺项（{kind}）；请按 docs/channels/ 里该渠道的说明补全 · "
        f"the file of channel {name} cannot be read or lacks something ({kind}); "
        "complete it as its page in docs/channels/ says"
    )


def _given() -> dict[str, str]:
    pairs = (part.partition("=") for part in os.environ.get(NAME, "").split(",") if part.strip())
    return {name.strip(): path.strip() for name, _, path in pairs}
