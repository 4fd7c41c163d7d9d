"""The simulated provider of short messages as tests run it: its own process, this machine."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from mutualaid.people.models import Member


@dataclass
class Phones:
    """A running provider, and the phones that it reaches."""

    folder: Path
    port: int
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Run it with fresh keys."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "mutualaid.notices.simulator", "--folder", str(folder), "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--late-seconds", "2"], stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1")
        return cls(folder, port, process)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def file(self) -> Path:
        """What ``MUTUALAID_SMS`` names."""
        return self.folder / "sms.json"

    def call(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """A request without a signature of ours."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def misbehave(self, *flags: str) -> None:
        """From now on."""
        assert self.call("POST", "/control/flags", json.dumps(flags).encode())[0] == 200

    def sent(self, member: Member) -> list[str]:
        """What came to a member's phone, latest first."""
        return [
            one["text"] for one in self.call("GET", "/control/messages")[1]["messages"] if one["phone"] == member.phone
        ]
