"""The simulators of real channels as tests run them: each in a thread, with a listener that keeps what it sends."""

from __future__ import annotations

import datetime
import http.client
import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.utils import timezone

from mutualaid.contributions import jobs
from mutualaid.contributions.actions.online import open_order
from mutualaid.contributions.models import ChannelRefund, Difference, Order, Payment, Reconciliation
from mutualaid.contributions.simulator import alipay, doors, keys, unionpay, wechat
from tests.contributions.scene import World

Told = tuple[dict[str, str], bytes]
REAL: dict[str, Any] = {"wechat": wechat.WeChat, "alipay": alipay.Alipay, "unionpay": unionpay.UnionPay}
SETS_UP = {"wechat": wechat.set_up, "alipay": alipay.set_up, "unionpay": unionpay.set_up}


@dataclass
class Rival:
    """A running simulator; ``told`` holds the notifications that came and were not taken yet."""

    kind: str
    folder: Path
    channel: Any
    server: ThreadingHTTPServer
    listener: ThreadingHTTPServer
    told: queue.Queue[Told] = field(default_factory=queue.Queue)

    @classmethod
    def start(cls, kind: str, folder: Path, *, by_certificate: bool = False) -> Self:
        """Run it with fresh keys."""
        told: queue.Queue[Told] = queue.Queue()

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.put((dict(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as free:
            port = free.server_port
        address = f"http://127.0.0.1:{port}"
        notify = f"http://127.0.0.1:{listener.server_port}/notifications"
        SETS_UP[kind](folder, address, notify, by_certificate=by_certificate)
        channel = REAL[kind](folder, address, set())
        server = doors.serve(channel, port)
        for one in (listener, server):
            threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return cls(kind, folder, channel, server, listener, told)

    def stop(self) -> None:
        """End both."""
        for one in (self.server, self.listener):
            one.shutdown()
            one.server_close()

    def begin(self, fund: str) -> str:
        """As if it had just been started, for the fund of an office; what the environment tells the product."""
        self.channel.books.flags.clear()
        for kept in (self.channel.books.sales, self.channel.books.backs, self.channel.books.held):
            kept.clear()
        self.waiting()
        path = self.folder / keys.THEIRS
        keys.write(path, {**keys.read(path), "fund": fund})
        return f"{self.kind}={path}"

    def facts(self) -> dict[str, Any]:
        """The product's file."""
        return keys.read(self.folder / keys.THEIRS)

    def misbehave(self, *flags: str) -> None:
        """From now on."""
        self.channel.books.flags.clear()
        self.channel.books.flags.update(flags)

    def call(self, method: str, address: str, body: bytes = b"") -> tuple[int, str]:
        """A request of a browser."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body=body)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def visit(self, order: Order) -> str:
        """The payer comes to the channel, where that makes the order; the page."""
        order.refresh_from_db()
        if not order.pay_address:
            return ""
        if order.pay_fields:
            status, page = self.call("POST", order.pay_address, urlencode(order.pay_fields).encode())
        else:
            status, page = self.call("GET", order.pay_address)
        assert status == 200, page
        return page

    def pay(self, order: Order, *, anyhow: bool = False) -> None:
        """As if the payer had."""
        if self.number(order) not in self.channel.books.sales:
            self.visit(order)
        assert self.channel.books.pay(self.sale(order), anyhow=anyhow)

    @contextmanager
    def later(self, by: datetime.timedelta) -> Iterator[None]:
        """Its clock goes ahead; that of WeChat Pay does not, whose library signs by the machine's own."""
        if self.kind != "wechat":
            self.channel.books.clock = lambda: time.time() + by.total_seconds()
        try:
            yield
        finally:
            self.channel.books.clock = time.time

    def sale(self, order: Order) -> Any:
        """What it knows of an order."""
        return self.channel.books.sales[self.number(order)]

    def number(self, order: Order) -> str:
        """Of an order, as it knows it."""
        return order.number.replace("-", "x") if self.kind == "unionpay" else order.number

    def waiting(self) -> list[Told]:
        """Notifications that came."""
        found = []
        while not self.told.empty():
            found.append(self.told.get())
        return found

    def take(self) -> list[bool]:
        """Hand all that came to the product; which of them it took."""
        return [self.taken(headers, body) for headers, body in self.waiting()]

    def taken(self, headers: dict[str, str], body: bytes, at: datetime.datetime | None = None) -> bool:
        """Whether the product takes a notification."""
        try:
            jobs.take_notification(channel=self.kind, headers=headers, body=body, at=at or timezone.now())
        except jobs.Refusal:
            return False
        return True

    def day_of(self, moment: datetime.datetime) -> datetime.date:
        """The channel's day."""
        later = datetime.timedelta(hours=1 if self.kind == "unionpay" else 0)
        return (moment.astimezone(ZoneInfo("Asia/Shanghai")) + later).date()


@dataclass
class Scene:
    """The world, and a channel in it."""

    world: World
    rival: Rival

    def opened(self, **more: Any) -> Order:
        """An order for a new bill, sent to the channel."""
        order = open_order(bill=self.world.bill(), channel=self.rival.kind, by=self.world.by, at=timezone.now(), **more)
        assert self.world.outbox[-1] == ("send_order", {"order": order.number})
        jobs.send_order(number=order.number, at=timezone.now())
        order.refresh_from_db()
        return order

    def paid(self) -> Order:
        """An order that was paid and booked."""
        order = self.opened()
        self.rival.pay(order)
        assert self.rival.take() == [True]
        assert standing(order) == PAID
        return order

    def ask(self, order: Order, later: datetime.timedelta = datetime.timedelta()) -> tuple[str, str, int]:
        """The janitor asks; how it stands then. By the clocks of both sides it is later."""
        with self.rival.later(later):
            jobs.ask_order(number=order.number, at=timezone.now() + later)
        return standing(order)

    def day(self) -> Reconciliation:
        """Today is held against the channel's file."""
        from mutualaid.contributions import channel_jobs
        from mutualaid.contributions.actions.reconciling import open_day

        day, now = self.rival.day_of(timezone.now()), timezone.now()
        row = open_day(channel=self.rival.kind, fund=self.world.fund, day=day, by=self.world.by, at=now)
        channel_jobs.fetch_day(channel=self.rival.kind, day=day, at=now)
        row.refresh_from_db()
        return row

    def differences(self) -> list[tuple[str, str]]:
        """Kind and finding of what is open."""
        rows = Difference.objects.filter(state="open").order_by("id")
        return list(rows.values_list("kind", "finding"))


def standing(order: Order) -> tuple[str, str, int]:
    """State of the order and of its bill, and how many payments came of it."""
    order.refresh_from_db()
    order.bill.refresh_from_db()
    return order.state, order.bill.state, Payment.objects.filter(order=order).count()


def state_of(refund: ChannelRefund) -> str:
    """As it is stored."""
    refund.refresh_from_db()
    return refund.state


PAID, OPEN, UNKNOWN = ("paid", "paid", 1), ("pending", "issued", 0), ("unknown", "issued", 0)


def secrets_of(rival: Rival) -> list[str]:
    """What must stand in no log: keys of both sides as they are written, the notifications' key, an account number."""
    facts = {**rival.facts(), **{f"their_{name}": value for name, value in keys.read(rival.folder / keys.OURS).items()}}
    found = [unionpay.CARD, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"]
    for name, value in facts.items():
        if "key" in name and isinstance(value, str):
            found += [line for line in value.splitlines() if line and not line.startswith("-----")]
    return [one for one in found if len(one) > 12]


def written(facts: dict[str, Any], folder: Path) -> str:
    """A file of a channel that was changed; what the environment tells of it."""
    path = folder / "changed.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    return f"{facts['kind']}={path}"
