"""What the simulated channel knows: its orders, who paid, and the notifications that it sends, in time or misbehaving."""

from __future__ import annotations

import datetime
import http.client
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mutualaid.contributions.simulator.sealing import Seals

MISBEHAVIOURS = {
    "late": "notifications wait until somebody asks for them (POST /control/send)",
    "twice": "each notification comes twice",
    "before-response": "an order is paid, and told so, before it is answered",
    "forge": "notifications are signed by somebody else",
    "wrong-amount": "notifications tell 1.00 more than was paid",
    "out-of-order": "older news come after newer ones",
    "lose": "no notification is sent",
    "lose-response": "an order is taken, and the answer lost (503)",
}


@dataclass
class Sale:
    """An order as the channel knows it."""

    order: str
    amount: int
    description: str
    notify_url: str
    expires_at: datetime.datetime
    wanted: dict[str, Any]
    external: str = field(default_factory=lambda: secrets.token_hex(12))
    state: str = "waiting"
    paid_at: datetime.datetime | None = None


class Conflict(Exception):
    """A known number with other contents."""


@dataclass
class Cashier:
    """All orders of one run. ``clock`` gives seconds since 1970."""

    seals: Seals
    address: str
    clock: Callable[[], float]
    flags: set[str]
    sales: dict[str, Sale] = field(default_factory=dict)
    held: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def moment(self) -> datetime.datetime:
        """By the channel's clock."""
        return datetime.datetime.fromtimestamp(int(self.clock()), datetime.UTC)

    def create(self, wanted: dict[str, Any]) -> Sale:
        """An order, or the one that is there for the same contents. Raises Conflict, KeyError, ValueError."""
        with self.lock:
            there = self.sales.get(wanted["order"])
            if there is not None:
                if there.wanted != wanted:
                    raise Conflict
                return there
            expires = datetime.datetime.fromisoformat(wanted["expires_at"])
            amount = wanted["amount"]
            if not isinstance(amount, int) or amount <= 0 or wanted["currency"] != "CNY" or expires.tzinfo is None:
                raise ValueError("amount, currency or time")
            sale = Sale(wanted["order"], amount, wanted["description"], wanted["notify_url"], expires, wanted)
            self.sales[sale.order] = sale
        if "before-response" in self.flags:
            self.pay(sale)
        return sale

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
        self._notify(sale)
        return True

    def facts(self, sale: Sale) -> dict[str, Any]:
        """How an order stands, as the protocol says it."""
        return {
            "order": sale.order,
            "external": sale.external,
            "state": sale.state,
            "amount": sale.amount,
            "pay_url": f"{self.address}/cashier/{sale.external}" if sale.state == "waiting" else "",
            "paid_at": sale.paid_at.isoformat() if sale.paid_at else "",
        }

    def send_held(self) -> int:
        """Send what waits; how many that was."""
        with self.lock:
            held, self.held = self.held, []
        for url, body, headers in held:
            deliver(url, body, headers)
        return len(held)

    def _notify(self, sale: Sale) -> None:
        if "lose" in self.flags:
            return
        facts = self.facts(sale)
        if "wrong-amount" in self.flags:
            facts["amount"] += 100
        news = [("order.paid", facts)]
        if "out-of-order" in self.flags:
            news.append(("order.waiting", {**facts, "state": "waiting", "paid_at": ""}))
        for event, told in news * (2 if "twice" in self.flags else 1):
            body = self.seals.notification(event, told)
            headers = self.seals.headers(body, int(self.clock()), forged="forge" in self.flags)
            with self.lock:
                self.held.append((sale.notify_url, body, headers))
        if "late" not in self.flags:
            self.send_held()


def deliver(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a notification to this machine; the answer's status, 0 without one."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        return 0
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("POST", parts.path, body=body, headers={"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
