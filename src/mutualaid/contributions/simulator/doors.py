"""A simulator's doors on this machine, whatever its protocol: its own, the payer's page, a list, ``/control`` for tests."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from mutualaid.contributions.simulator.books import HANGS_FOR, MISBEHAVIOURS, Books, Sale

HERE = "127.0.0.1"
BYTES_MOST = 1_048_576
_STATES = {"waiting": "待支付", "paid": "已支付", "closed": "已关闭"}
_STYLE = (
    "body{font:18px/1.6 system-ui,sans-serif;max-width:28rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "button{font:inherit;width:100%;min-height:60px;margin:.5rem 0;border:1px solid #0a6b3d;border-radius:8px;background:#fff}"
    "button[value=pay]{background:#0a6b3d;color:#fff}.amount{font-size:2rem}.note{background:#fff3cd;padding:.5rem 1rem}"
)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    """With its query, as it was sent."""
    headers: Mapping[str, str]
    body: bytes
    found: tuple[str, ...] = ()
    """What the pattern of the door found in the path."""

    @property
    def query(self) -> dict[str, str]:
        """Each name once."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}


@dataclass(frozen=True)
class Answered:
    """One answer. ``does``: it did something, so that misbehaviour may lose it."""

    status: int
    body: bytes = b""
    media_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    does: bool = False


Door = tuple[str, str, Callable[[Asked], Answered]]


class Channel(Protocol):
    """A protocol of its own."""

    name: str
    books: Books
    doors: Sequence[Door]


def serve(channel: Channel, port: int) -> ThreadingHTTPServer:
    """A server that is bound to this machine, not yet running; port 0 takes a free one."""

    class Here(_Door):
        pass

    Here.channel = channel
    Here.server_version = f"{channel.name}-simulator"
    server = ThreadingHTTPServer((HERE, port), Here)
    server.daemon_threads = True
    return server


class _Door(BaseHTTPRequestHandler):
    """One request."""

    channel: Channel

    def do_GET(self) -> None:
        """Asking, and pages."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Making, closing, paying."""
        self._answer("POST")

    def log_message(self, *_: Any) -> None:
        """Nothing: the person at the keyboard reads what the program itself says."""

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, BYTES_MOST))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = urlsplit(self.path).path
        for way, pattern, door in (*self.channel.doors, *self._own()):
            found = re.fullmatch(pattern, path)
            if way == method and found:
                self._send(door(Asked(method, self.path, headers, body, found.groups())))
                return
        self._send(Answered(404, b'{"code":"NOT_FOUND"}'))

    def _send(self, answered: Answered) -> None:
        if answered.does and "hang" in self.channel.books.flags:
            time.sleep(HANGS_FOR)
        if answered.does and "lose-response" in self.channel.books.flags:
            answered = Answered(500, b'{"code":"SYSTEM_ERROR"}')
        try:
            self.send_response(answered.status)
            self.send_header("Content-Type", answered.media_type)
            self.send_header("Content-Length", str(len(answered.body)))
            for name, value in answered.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answered.body)
        except OSError:
            return  # who asked has gone

    # --- the payer ------------------------------------------------------------------------------------------------

    def _own(self) -> tuple[Door, ...]:
        return (
            ("GET", "/", self._list),
            ("GET", "/cashier/([0-9]{21})", self._page),
            ("POST", "/cashier/([0-9]{21})", self._press),
            ("POST", "/control/flags", self._misbehave),
            ("POST", "/control/orders/([A-Za-z0-9-]{6,40})/pay", self._pay),
            ("POST", "/control/refunds", self._finish),
            ("POST", "/control/send", self._send_held),
        )

    def _list(self, _: Asked) -> Answered:
        """Orders of this run: whoever has no phone to scan a code with pays from here."""
        rows = "".join(
            f'<li><a href="/cashier/{one.external}">{html.escape(one.order)}</a> {yuan(one.fen)} '
            f"{_STATES[self.channel.books.refresh(one).state]}</li>"
            for one in reversed(self.channel.books.sales.values())
        )
        return page(200, "模拟渠道的订单", f"<ul>{rows}</ul>" if rows else "<p>还没有订单。</p>")

    def _page(self, asked: Asked) -> Answered:
        sale = self._found(asked.found[0])
        if sale is None:
            return page(404, "没有这笔订单", "<p>请回到缴费页面重新发起支付。</p>")
        return cashier(self.channel.books.refresh(sale))

    def _press(self, asked: Asked) -> Answered:
        sale = self._found(asked.found[0])
        pressed = parse_qs(asked.body.decode("utf-8", "replace")).get("do", [""])[0]
        if sale is not None and pressed == "pay":
            self.channel.books.pay(sale)
        elif sale is not None and pressed == "refuse":
            self.channel.books.close(sale)
        return self._page(asked)

    def _found(self, external: str) -> Sale | None:
        return next((one for one in self.channel.books.sales.values() if one.external == external), None)

    # --- tests ----------------------------------------------------------------------------------------------------

    def _misbehave(self, asked: Asked) -> Answered:
        wanted = set(json.loads(asked.body))
        if wanted - MISBEHAVIOURS.keys():
            return Answered(400, b'{"code":"NO_SUCH_MISBEHAVIOUR"}')
        self.channel.books.flags.clear()
        self.channel.books.flags.update(wanted)
        return as_json({"flags": sorted(wanted)})

    def _pay(self, asked: Asked) -> Answered:
        sale = self.channel.books.sales.get(asked.found[0])
        return as_json({"paid": sale is not None and self.channel.books.pay(sale, anyhow=asked.body == b"anyhow")})

    def _finish(self, _: Asked) -> Answered:
        return as_json({"finished": self.channel.books.finish_all()})

    def _send_held(self, _: Asked) -> Answered:
        return as_json({"sent": self.channel.books.send_held()})


def as_json(facts: Mapping[str, Any]) -> Answered:
    """Without a signature."""
    return Answered(200, json.dumps(facts, ensure_ascii=False).encode())


def cashier(sale: Sale) -> Answered:
    """Where the payer pays."""
    back = f'<p><a href="{html.escape(sale.back_url)}">回到缴费页面</a></p>' if sale.back_url.startswith("http") else ""
    buttons = (
        f'<form method="post" action="/cashier/{sale.external}"><button name="do" value="pay">确认支付</button>'
        '<button name="do" value="refuse">放弃支付</button></form>'
        if sale.state == "waiting"
        else f"<p><strong>{_STATES[sale.state]}</strong></p><p>可以关闭本页，回到缴费页面查看结果。</p>{back}"
    )
    inner = f"<p>{html.escape(sale.description)}</p><p>订单 {html.escape(sale.order)}</p>"
    return page(200, "模拟收银台", f'{inner}<p class="amount">{yuan(sale.fen)}</p>{buttons}')


def page(status: int, title: str, inner: str) -> Answered:
    """A page for a person."""
    text = (
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f'<p class="note">这是模拟支付，不会扣款。</p>{inner}</html>'
    )
    return Answered(status, text.encode(), "text/html; charset=utf-8")


def yuan(fen: int) -> str:
    """For a person."""
    return f"¥ {fen // 100:,}.{fen % 100:02}"
