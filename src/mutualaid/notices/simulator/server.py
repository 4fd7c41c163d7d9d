"""The simulator's doors, on this machine only: the provider's one address, and ``/control`` for tests and the demonstration."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mutualaid.notices.simulator.exchange import MISBEHAVIOURS, Exchange, Fault
from mutualaid.notices.simulator.sealing import Refusal

HERE = "127.0.0.1"
BYTES_MOST = 65_536
VERSION = "2017-05-25"
LATE_SECONDS = 15


def serve(exchange: Exchange, port: int, *, late: int = LATE_SECONDS) -> ThreadingHTTPServer:
    """A server that is bound to this machine, not yet running; port 0 takes a free one. ``late``: seconds of a late answer."""

    class Door(_Door):
        pass

    Door.exchange, Door.late = exchange, late
    return ThreadingHTTPServer((HERE, port), Door)


class _Door(BaseHTTPRequestHandler):
    """One request."""

    exchange: Exchange
    late: int
    server_version = "sms-simulator"

    def do_GET(self) -> None:
        """What was sent, for a page of the demonstration."""
        if self.path == "/control/messages":
            with self.exchange.lock:
                told = [asdict(one) for one in reversed(self.exchange.sent)]
            self._say(200, {"messages": told})
        else:
            self._say(404, {"Code": "InvalidAction.NotFound"})

    def do_POST(self) -> None:
        """The two calls, and how to misbehave."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BYTES_MOST))
        if self.path == "/control/flags":
            self._misbehave(body)
        else:
            self._called(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the person at the keyboard reads what the program itself says."""

    def _called(self, body: bytes) -> None:
        calls = {"SendSms": self.exchange.send, "QuerySendDetails": self.exchange.details}
        action = self.headers.get("x-acs-action", "")
        try:
            told = self.exchange.account.check("POST", self.path, dict(self.headers), body, self.exchange.seconds())
        except Refusal as fault:
            self._say(400, {"Code": str(fault), "Message": "refused"})
            return
        except ValueError:
            self._say(400, {"Code": "InvalidParameter", "Message": "refused"})
            return
        if action not in calls or self.headers.get("x-acs-version") != VERSION:
            self._say(404, {"Code": "InvalidAction.NotFound", "Message": "refused"})
            return
        flags = self.exchange.flags
        if "fail" in flags:
            self._say(500, {"Code": "InternalError", "Message": "the simulator was told to fail"})
            return
        try:
            answer = calls[action](told)
        except Fault as fault:
            answer = {"Code": str(fault), "Message": str(fault)}
        if action == "SendSms" and "lost" in flags:
            self.close_connection = True
            return
        if action == "SendSms" and "late" in flags:
            time.sleep(self.late)
        self._say(200, answer)

    def _misbehave(self, body: bytes) -> None:
        wanted = set(json.loads(body))
        if wanted - MISBEHAVIOURS.keys():
            self._say(400, {"fault": "no such misbehaviour"})
            return
        self.exchange.flags = wanted
        self._say(200, {"flags": sorted(wanted)})

    def _say(self, status: int, facts: dict[str, Any]) -> None:
        body = json.dumps(facts, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # nobody waited
