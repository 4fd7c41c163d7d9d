"""The simulator as tests run it: its own process, this machine, and a listener that keeps the notifications it sends."""

from __future__ import annotations

import http.client
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from django.utils import timezone

from mutualaid.contributions import jobs
from mutualaid.contributions.models import Order

Told = tuple[dict[str, str], bytes]


@dataclass
class Simulator:
    """A running simulator; ``told`` holds the notifications that came and were not taken yet."""

    folder: Path
    port: int
    process: subprocess.Popen[str]
    listener: ThreadingHTTPServer
    told: queue.Queue[Told] = field(default_factory=queue.Queue)

    @classmethod
    def start(cls, folder: Path, notify: str = "") -> Self:
        """Run it with fresh keys; it sends its notifications to the listener, or to another address."""
        told: queue.Queue[Told] = queue.Queue()

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.put((dict(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        notify = notify or f"http://127.0.0.1:{listener.server_port}/notifications"
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mutualaid.contributions.simulator"),
                *("--folder", str(folder), "--port", str(port), "--notify", notify),
            ],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1")
        return cls(folder, port, process, listener, told)

    def stop(self) -> None:
        """End both."""
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.listener.shutdown()
        self.listener.server_close()

    @property
    def channels(self) -> str:
        """What the environment tells the product."""
        return f"neutral={self.folder / 'channel.json'}"

    def call(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, str]:
        """A request without the protocol's signature."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def misbehave(self, *flags: str) -> None:
        """From now on."""
        assert self.call("POST", "/control/flags", json.dumps(flags).encode())[0] == 200

    def pay(self, order: Order, *, anyhow: bool = False) -> None:
        """As if the payer had."""
        status, said = self.call("POST", f"/control/orders/{order.number}/pay", b"anyhow" if anyhow else b"")
        assert (status, json.loads(said)["paid"]) == (200, True)

    def send_held(self) -> None:
        """Let late notifications go."""
        self.call("POST", "/control/send")

    def waiting(self) -> list[Told]:
        """Notifications that came: the simulator sends them before it answers who pays."""
        found = []
        while not self.told.empty():
            found.append(self.told.get())
        return found

    def take(self) -> list[bool]:
        """Hand all that came to the product; which of them it took."""
        taken = []
        for headers, body in self.waiting():
            try:
                jobs.take_notification(channel="neutral", headers=headers, body=body, at=timezone.now())
                taken.append(True)
            except jobs.Refusal:
                taken.append(False)
        return taken
