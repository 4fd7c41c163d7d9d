"""A program that is told of events: a real server on this machine, which behaves as a test wants and checks signatures itself."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Listener:
    """``heard``: what came, as (headers, body), whatever was answered."""

    server: ThreadingHTTPServer
    how: str = "take"
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @classmethod
    def start(cls) -> Self:
        """Listen."""

        class Door(BaseHTTPRequestHandler):
            listener: Any

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.listener.heard.append((dict(self.headers.items()), body))
                self.listener.answer(self)

            def log_message(self, *_: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        found = cls(server)
        Door.listener = found
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return found

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/events?from=mutualaid"

    def answer(self, door: BaseHTTPRequestHandler) -> None:
        """As it is told to."""
        if self.how == "close":
            door.close_connection = True
            door.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.how == "drip":  # a header that never ends, a letter at a time
            door.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(100):
                time.sleep(0.1)
                try:
                    door.wfile.write(b"x")
                except OSError:
                    return
            return
        if self.how == "slow":
            time.sleep(3)
        statuses = {"take": 204, "fail": 500, "redirect": 302, "slow": 204}
        try:
            door.send_response(statuses[self.how])
            door.send_header("Location", self.address)
            door.send_header("Content-Length", "0")
            door.end_headers()
        except OSError:
            return

    def stop(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()


def is_ours(secret: str, headers: dict[str, str], body: bytes, now: int) -> bool:
    """As docs/api.md shows it."""
    stamp = headers["Mutualaid-Timestamp"]
    if abs(now - int(stamp)) > 300:
        return False
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    told = headers["Mutualaid-Signature"].split(",")
    return any(hmac.compare_digest(f"v1={wanted}", one) for one in told)
