"""The simulator's doors, on this machine only: the protocol under ``/v1``, the payer's page, and ``/control`` for tests."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from mutualaid.contributions.simulator.cashier import MISBEHAVIOURS, Cashier, Conflict, Sale
from mutualaid.contributions.simulator.sealing import Refusal

HERE = "127.0.0.1"
BYTES_MOST = 65_536
_STATES = {"waiting": "待支付", "paid": "已支付", "closed": "已关闭"}
_STYLE = (
    "body{font:18px/1.6 system-ui,sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "button{font:inherit;width:100%;min-height:60px;margin:.5rem 0;border:1px solid #0a6b3d;border-radius:8px;background:#fff}"
    "button[value=pay]{background:#0a6b3d;color:#fff}.amount{font-size:2rem}.note{background:#fff3cd;padding:.5rem 1rem}"
)


def serve(cashier: Cashier, port: int) -> ThreadingHTTPServer:
    """A server that is bound to this machine, not yet running; port 0 takes a free one."""

    class Door(_Door):
        pass

    Door.cashier = cashier
    return ThreadingHTTPServer((HERE, port), Door)


class _Door(BaseHTTPRequestHandler):
    """One request."""

    cashier: Cashier
    server_version = "neutral-channel-simulator"

    def do_GET(self) -> None:
        """Asking, and the payer's page."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Making, closing, paying."""
        self._answer("POST")

    def log_message(self, *_: Any) -> None:
        """Nothing: the person at the keyboard reads what the program itself says."""

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, BYTES_MOST))
        path = self.path.partition("?")[0]
        for way, pattern, door in _DOORS:
            found = re.fullmatch(pattern, path)
            if way == method and found:
                door(self, body, *found.groups())
                return
        self._say(404, {"fault": "no such address"})

    def _say(self, status: int, facts: dict[str, Any]) -> None:
        """An answer of the protocol, signed."""
        body = json.dumps(facts, ensure_ascii=False).encode()
        self._send(status, body, "application/json", self.cashier.seals.headers(body, int(self.cashier.clock())))

    def _send(self, status: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # --- the protocol ---------------------------------------------------------------------------------------------

    def _lawful(self, method: str, body: bytes) -> bool:
        try:
            self.cashier.seals.check(
                method, self.path, self.headers.get("Authorization", ""), body, int(self.cashier.clock())
            )
        except Refusal as fault:
            self._say(401, {"fault": str(fault)})
            return False
        return True

    def _create(self, body: bytes) -> None:
        if not self._lawful("POST", body):
            return
        try:
            sale = self.cashier.create(json.loads(body))
        except Conflict:
            self._say(409, {"fault": "the number is known with other contents"})
        except (KeyError, ValueError, TypeError) as fault:
            self._say(400, {"fault": type(fault).__name__})
        else:
            if "lose-response" in self.cashier.flags:
                self._say(503, {"fault": "lost"})
            else:
                self._say(200, self.cashier.facts(sale))

    def _ask(self, body: bytes, number: str) -> None:
        if self._lawful("GET", body):
            self._tell(number, self.cashier.refresh)

    def _close(self, body: bytes, number: str) -> None:
        if self._lawful("POST", body):
            self._tell(number, self.cashier.close)

    def _tell(self, number: str, do: Callable[[Sale], Sale]) -> None:
        sale = self.cashier.sales.get(number)
        if sale is None:
            self._say(404, {"fault": "no such order"})
        else:
            self._say(200, self.cashier.facts(do(sale)))

    # --- the payer ------------------------------------------------------------------------------------------------

    def _page(self, _: bytes, external: str) -> None:
        sale = next((sale for sale in self.cashier.sales.values() if sale.external == external), None)
        if sale is None:
            self._html(404, "没有这笔订单", "<p>请回到缴费页面重新发起支付。</p>")
            return
        state = self.cashier.refresh(sale).state
        buttons = (
            '<form method="post"><button name="do" value="pay">确认支付</button>'
            '<button name="do" value="refuse">放弃支付</button></form>'
            if state == "waiting"
            else f"<p><strong>{_STATES[state]}</strong></p><p>可以关闭本页，回到缴费页面查看结果。</p>"
        )
        amount = f"{sale.amount // 100:,}.{sale.amount % 100:02}"
        self._html(
            200,
            "模拟收银台",
            f'<p>{html.escape(sale.description)}</p><p>订单 {html.escape(sale.order)}</p><p class="amount">¥ {amount}</p>'
            + buttons,
        )

    def _press(self, body: bytes, external: str) -> None:
        sale = next((sale for sale in self.cashier.sales.values() if sale.external == external), None)
        pressed = parse_qs(body.decode("utf-8", "replace")).get("do", [""])[0]
        if sale is not None and pressed == "pay":
            self.cashier.pay(sale)
        elif sale is not None and pressed == "refuse":
            self.cashier.close(sale)
        self._page(b"", external)

    def _html(self, status: int, title: str, inner: str) -> None:
        page = (
            f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
            f'<p class="note">这是模拟支付，不会扣款。</p>{inner}</html>'
        )
        self._send(status, page.encode(), "text/html")

    # --- tests ----------------------------------------------------------------------------------------------------

    def _misbehave(self, body: bytes) -> None:
        wanted = set(json.loads(body))
        if wanted - MISBEHAVIOURS.keys():
            self._say(400, {"fault": "no such misbehaviour"})
            return
        self.cashier.flags = wanted
        self._say(200, {"flags": sorted(wanted)})

    def _pay(self, body: bytes, number: str) -> None:
        sale = self.cashier.sales[number]
        self._say(200, {"paid": self.cashier.pay(sale, anyhow=body == b"anyhow")})

    def _send_held(self, _: bytes) -> None:
        self._say(200, {"sent": self.cashier.send_held()})


_DOORS: tuple[tuple[str, str, Callable[..., None]], ...] = (
    ("POST", "/v1/orders", _Door._create),
    ("GET", "/v1/orders/([A-Za-z0-9-]{6,32})", _Door._ask),
    ("POST", "/v1/orders/([A-Za-z0-9-]{6,32})/close", _Door._close),
    ("GET", "/cashier/([0-9a-f]{24})", _Door._page),
    ("POST", "/cashier/([0-9a-f]{24})", _Door._press),
    ("POST", "/control/flags", _Door._misbehave),
    ("POST", "/control/orders/([A-Za-z0-9-]{6,32})/pay", _Door._pay),
    ("POST", "/control/send", _Door._send_held),
)
