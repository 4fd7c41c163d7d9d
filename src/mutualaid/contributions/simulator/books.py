"""What a simulated channel knows, whatever its protocol: orders, refunds, what it tells by itself, its daily file."""

from __future__ import annotations

import datetime
import http.client
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

MISBEHAVIOURS = {
    "late": "notifications wait until somebody asks for them (POST /control/send)",
    "twice": "each notification comes twice",
    "before-response": "an order is paid, and told so, before it is answered (WeChat Pay alone answers orders)",
    "forge": "notifications are signed by somebody else",
    "wrong-amount": "notifications tell 1.00 more than was paid or given back",
    "lose": "no notification is sent",
    "lose-response": "what is asked for is done, and answered by 500",
    "hang": "what is asked for is done, and answered after a minute",
    "refund-pending": "refunds wait until somebody lets them go (POST /control/refunds)",
    "refund-refused": "refunds are refused, clearly",
    "refund-stuck": "refunds come to nothing at the payer's bank",
    "bill-late": "the daily file is not there yet",
    "bill-broken": "the daily file is not what its hash or its totals say",
    "bill-unknown": "the daily file has a payment that the merchant never asked for",
    "bill-missing": "the daily file lacks a payment",
    "bill-amount": "the daily file tells another amount for a payment",
}
BEIJING = ZoneInfo("Asia/Shanghai")
FEE_PER_MILLE = 6
HANGS_FOR = 60.0


@dataclass
class Sale:
    """An order as the channel knows it."""

    order: str
    fen: int
    description: str
    notify_url: str
    expires_at: datetime.datetime
    made_at: datetime.datetime
    back_url: str = ""
    external: str = field(default_factory=lambda: "42" + str(secrets.randbelow(10**19)).zfill(19))
    state: Literal["waiting", "paid", "closed"] = "waiting"
    paid_at: datetime.datetime | None = None

    @property
    def fee(self) -> int:
        """What the channel keeps."""
        return self.fen * FEE_PER_MILLE // 1000


@dataclass
class Back:
    """A refund as the channel knows it."""

    number: str
    sale: Sale
    fen: int
    notify_url: str
    made_at: datetime.datetime
    external: str = field(default_factory=lambda: "50" + str(secrets.randbelow(10**19)).zfill(19))
    state: Literal["pending", "done", "stuck"] = "pending"
    done_at: datetime.datetime | None = None


@dataclass(frozen=True)
class News:
    """One notification, ready to be sent."""

    url: str
    body: bytes
    headers: dict[str, str]


class Voice(Protocol):
    """How a channel's protocol says what became of an order or a refund."""

    def of_sale(self, sale: Sale, *, fen: int, forged: bool) -> News:
        """It is paid."""

    def of_back(self, back: Back, *, fen: int, forged: bool) -> News:
        """It is given back, or came to nothing."""


class Refused(Exception):
    """What the channel does not do; the text is its own word."""


@dataclass
class Books:
    """All orders and refunds of one run. ``clock`` gives seconds since 1970."""

    clock: Callable[[], float]
    flags: set[str]
    voice: Voice | None = None
    sales: dict[str, Sale] = field(default_factory=dict)
    backs: dict[str, Back] = field(default_factory=dict)
    held: list[News] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def moment(self) -> datetime.datetime:
        """By the channel's clock."""
        return datetime.datetime.fromtimestamp(int(self.clock()), BEIJING)

    def open(self, sale: Sale) -> Sale:
        """An order, or the one that is there. Raises Refused for a known number with other figures."""
        with self.lock:
            there = self.sales.setdefault(sale.order, sale)
            if (there.fen, there.notify_url) != (sale.fen, sale.notify_url):
                raise Refused("another order has this number")
        if there is sale and "before-response" in self.flags:
            self.pay(sale)
        return self.refresh(there)

    def refresh(self, sale: Sale) -> Sale:
        """An order that nobody paid in time is closed."""
        with self.lock:
            if sale.state == "waiting" and sale.expires_at <= self.moment():
                sale.state = "closed"
        return sale

    def close(self, sale: Sale) -> Sale:
        """Nobody may pay it any more."""
        with self.lock:
            if sale.state == "waiting":
                sale.state = "closed"
        return sale

    def pay(self, sale: Sale, *, anyhow: bool = False) -> bool:
        """The payer pays; ``anyhow``: although the order is closed. Whether it was paid now."""
        with self.lock:
            self.refresh(sale)
            if sale.state == "paid" or (sale.state == "closed" and not anyhow):
                return False
            sale.state, sale.paid_at = "paid", self.moment()
        assert self.voice is not None
        self._tell(lambda more, forged: self._of_sale(sale, more, forged))
        return True

    def give_back(self, back: Back) -> Back:
        """A refund, or the one that is there. Raises Refused: clearly, or more than was paid."""
        with self.lock:
            there = self.backs.get(back.number)
            if there is not None:
                if (there.fen, there.sale.order) != (back.fen, back.sale.order):
                    raise Refused("another refund has this number")
                return there
            if "refund-refused" in self.flags:
                raise Refused("not enough money")
            given = sum(one.fen for one in self.backs.values() if one.sale is back.sale and one.state != "stuck")
            if back.sale.state != "paid" or given + back.fen > back.sale.fen:
                raise Refused("more than was paid")
            self.backs[back.number] = back
        if "refund-pending" not in self.flags:
            self.finish(back)
        return back

    def finish(self, back: Back) -> None:
        """A refund comes to its end."""
        with self.lock:
            if back.state != "pending":
                return
            back.state = "stuck" if "refund-stuck" in self.flags else "done"
            back.done_at = self.moment()
        self._tell(lambda more, forged: self._of_back(back, more, forged))

    def finish_all(self) -> int:
        """All refunds that wait; how many that was."""
        waiting = [back for back in self.backs.values() if back.state == "pending"]
        for back in waiting:
            self.finish(back)
        return len(waiting)

    def send_held(self) -> int:
        """Send what waits; how many that was."""
        with self.lock:
            held, self.held = self.held, []
        for news in held:
            deliver(news)
        return len(held)

    def _of_sale(self, sale: Sale, more: int, forged: bool) -> News:
        assert self.voice is not None
        return self.voice.of_sale(sale, fen=sale.fen + more, forged=forged)

    def _of_back(self, back: Back, more: int, forged: bool) -> News:
        assert self.voice is not None
        return self.voice.of_back(back, fen=back.fen + more, forged=forged)

    def _tell(self, news: Callable[[int, bool], News]) -> None:
        if "lose" in self.flags:
            return
        more = 100 if "wrong-amount" in self.flags else 0
        for _ in range(2 if "twice" in self.flags else 1):
            with self.lock:
                self.held.append(news(more, "forge" in self.flags))
        if "late" not in self.flags:
            self.send_held()

    # --- the daily file -----------------------------------------------------------------------------------------------

    def day(self, day: datetime.date, ends: int = 0) -> tuple[list[Sale], list[Back]]:
        """What stands in the file of a day that ends at an hour (0: midnight), as misbehaviour leaves it. A sale that is told
        otherwise is a copy."""
        if "bill-unknown" in self.flags and "STRANGE00000001" not in self.sales:
            self._strange(day)
        sales = [one for one in self.sales.values() if one.paid_at and self._is_of(one.paid_at, day, ends)]
        backs = [one for one in self.backs.values() if self._is_of(one.made_at, day, ends)]
        sales.sort(key=lambda one: one.order)
        if "bill-missing" in self.flags and sales:
            sales.pop(0)
        if "bill-amount" in self.flags and sales:
            first = sales[0]
            sales[0] = Sale(**{**first.__dict__, "fen": first.fen + 100})
        return sales, backs

    def _is_of(self, moment: datetime.datetime, day: datetime.date, ends: int) -> bool:
        later = datetime.timedelta(hours=(24 - ends) % 24)
        return (moment.astimezone(BEIJING) + later).date() == day

    def _strange(self, day: datetime.date) -> None:
        paid_at = datetime.datetime.combine(day, datetime.time(12), BEIJING)
        strange = Sale("STRANGE00000001", 1234, "不知哪来的一笔", "", paid_at, paid_at, state="paid", paid_at=paid_at)
        self.sales[strange.order] = strange


def deliver(news: News) -> int:
    """Send a notification to this machine; the answer's status, 0 without one."""
    parts = urlsplit(news.url)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        return 0
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("POST", parts.path, body=news.body, headers=news.headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
