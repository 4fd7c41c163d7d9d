"""The demonstration as a process of its own, and what tests do to it from outside."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mutualaid.cli.asking import answer
from tests.cli.processes import a_data_folder, a_free_port, end, mutualaid, wait_for

HOST = "127.0.0.1"
MEMBERS = 60
START_WITHIN = 240.0


@dataclass(frozen=True)
class Demonstration:
    """``address`` without a slash at its end; ``data``: the folder in which it keeps all."""

    address: str
    data: Path

    def _worker(self) -> int:
        return int((self.data / "demo" / "run" / "worker.pid").read_text("ascii"))

    def hold_worker(self) -> int:
        """Hold the worker still where it is; its process, for ``let_go``."""
        number = self._worker()
        os.kill(number, signal.SIGSTOP)
        return number

    def let_go(self, number: int) -> None:
        """It goes on."""
        os.kill(number, signal.SIGCONT)

    def kill_worker(self) -> int:
        """End the worker in the middle of whatever it does; the demonstration starts another. The process that ended."""
        number = self._worker()
        os.kill(number, signal.SIGKILL)
        return number

    def wait_for_worker(self, besides: int) -> None:
        """Until another worker runs."""
        wait_for(lambda: self._worker() != besides, 60)


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """Started, and stopped as Ctrl-C does."""
    port = a_free_port()
    with a_data_folder() as data:
        arguments = ("demo", "--no-browser", "--port", str(port), "--members", str(MEMBERS))
        process = mutualaid(data, *arguments)
        try:
            wait_for(lambda: process.poll() is not None or (data / "demo" / "running.json").exists(), START_WITHIN)
            assert process.poll() is None, (data / "told").read_text("utf-8")
            assert answer(HOST, port, "/demo/") is not None
            yield Demonstration(f"http://{HOST}:{port}", data)
        finally:
            if process.poll() is None:
                end(process, seconds=60)
