"""How fast pages are with a province in the database, over HTTP, beside a bare Django page of the same size.

    make bench
    .venv/bin/python -m bench.bench_pages [--members 200000] [--claims 1000000] [--seconds 8]

A private PostgreSQL is filled (``pages_data``); ``mutualaid serve`` serves it with two processes; eight browsers of this
machine ask for each page without pause (``pages_load``), on the same cores. The rival (``rival_page``) is measured in the
same run. Statements are all that PostgreSQL gets for a page. Exit status 1 when one of ``ASKED`` misses a goal; the other pages
stand beside them.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.common import ROOT, machine, table
from bench.pages_load import Load, load

from mutualaid.core.cluster import Cluster

GOAL_PER_SECOND, GOAL_SLOWEST, GOAL_STATEMENTS = 200, 0.2, 12
ASKED = ("/members/", "/members/claims", "/workbench/claims")
"""The pages that have goals: they are opened all day. A member's home and claims, the queue of reviewers."""
WAIT = 180
"""Seconds within which a server answers."""


@dataclass(frozen=True)
class Measured:
    """A page, what it took, and the statements of one."""

    name: str
    path: str
    load: Load
    statements: int

    @property
    def good(self) -> bool:
        """Whether all goals are reached."""
        fast = self.load.per_second >= GOAL_PER_SECOND and self.load.slowest < GOAL_SLOWEST
        return fast and self.statements <= GOAL_STATEMENTS


@contextlib.contextmanager
def private_database() -> Iterator[None]:
    """A server and a data folder of this run's own, told by the environment."""
    with tempfile.TemporaryDirectory(prefix="mutualaid-bench-") as folder:
        Path(folder).chmod(0o755)  # as root the server is another user
        (data := Path(folder) / "data").mkdir(mode=0o700)
        cluster = Cluster(Path(folder) / "server")  # as in earnest: `serve` refuses a server without fsync
        cluster.start()
        zeros = base64.b64encode(bytes(32)).decode()
        os.environ |= {
            "DATABASE_URL": cluster.url("bench"),
            "MUTUALAID_DATA": str(data),
            "MUTUALAID_FIELD_KEY": f"index:{zeros},1:{zeros}",
            "MUTUALAID_SECRET_KEY": "of a benchmark, and long enough to be taken for a good one",
            "MUTUALAID_HTTPS": "0",
        }
        try:
            yield
        finally:
            cluster.remove()


@contextlib.contextmanager
def served(command: list[str], port: int) -> Iterator[None]:
    """A server as a process of its own, until it answers and as long as it is measured."""
    server = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + WAIT
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"服务没有启动 · the server did not start: {' '.join(command)}")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def statements(path: str, cookie: str) -> int:
    """All that PostgreSQL gets for a page, beginning and end of transactions too."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"Cookie": cookie, "Host": "localhost"})
    client.get(path)
    with CaptureQueriesContext(connection) as told:
        client.get(path)
    return len(told)


def measure(members: int, claims: int, seconds: float) -> tuple[list[Measured], Load]:
    """Each page, and the rival of the size of the first one."""
    from mutualaid.core import preparing

    preparing.prepare(lambda zh, en: None)
    from bench import pages_data

    begun = time.monotonic()
    province = pages_data.make(members=members, claims=claims)
    print(f"填库 · filled the database in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    pages: list[tuple[str, str, tuple[str, ...]]] = [
        ("会员首页 · member's home", "/members/", province.members),
        ("会员的保障 · member's covers", "/members/covers", province.members),
        ("会员的理赔 · member's claims", "/members/claims", province.members),
        ("单位首页 · employer's home", "/employers/", (province.clerk,)),
        ("管理端待办 · workbench", "/workbench/", (province.enrolment_clerk,)),
        ("理赔待办（初审） · queue of a reviewer", "/workbench/claims", (province.reviewer,)),
        ("理赔待办（两级） · queue of a senior reviewer", "/workbench/claims", (province.senior_reviewer,)),
        ("管理端会员列表 · list of members", "/workbench/members", (province.enrolment_clerk,)),
        ("管理端保障列表 · list of covers", "/workbench/covers", (province.enrolment_clerk,)),
    ]
    pages = [page for page in pages if _there(page[1])]
    counted = [statements(path, cookies[0]) for _, path, cookies in pages]
    port = free_port()
    with served(["mutualaid.cli", "serve", "--port", str(port), "--workers", "2"], port):
        loads = [told(name, load(port, path, cookies, seconds=seconds)) for name, path, cookies in pages]
    port = free_port()
    with served(["bench.rival_page", str(port), str(loads[0].size)], port):
        rival = load(port, "/", ["none=1"], seconds=seconds)
    found = zip(pages, loads, counted, strict=True)
    return [Measured(name, path, one, count) for (name, path, _), one, count in found], rival


def told(name: str, one: Load) -> Load:
    """The load, told as soon as it is measured, so that a run which ends early leaves what it found."""
    print(f"{name}: {one.per_second:.0f}/s, p99 {one.slowest * 1000:.0f} ms", file=sys.stderr)
    return one


def _there(path: str) -> bool:
    """Whether there is such a page."""
    from django.urls import Resolver404, resolve

    with contextlib.suppress(Resolver404):
        return bool(resolve(path))
    return False


def report(measured: list[Measured], rival: Load) -> str:
    """The table."""

    def row(name: str, one: Load, statements: str) -> list[str]:
        times = [f"{seconds * 1000:.0f}" for seconds in (one.median, one.slowest)]
        against = f"{one.per_second / rival.per_second:.2f}"
        return [name, f"{one.per_second:.0f}", *times, statements, f"{one.size / 1000:.0f}", against]

    rows = [row(one.name, one.load, str(one.statements)) for one in measured]
    bare = row("对照：一条 SELECT 的裸 Django 页 · rival: bare Django, one SELECT", rival, "1")
    header = ["页面 · page", "req/s", "p50 ms", "p99 ms", "SQL", "kB", "× rival"]
    return table(header, [*rows, bare])


def main() -> int:
    """Exit status: 0 when each page reaches the goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each page")
    asked = parser.parse_args()
    print(machine())
    with private_database():
        measured, rival = measure(asked.members, asked.claims, asked.seconds)
    print(report(measured, rival))
    goal = f"≥ {GOAL_PER_SECOND} req/s, p99 < {GOAL_SLOWEST * 1000:.0f} ms, ≤ {GOAL_STATEMENTS} SQL"
    missed = [one.name for one in measured if one.path in ASKED and not one.good]
    print(f"目标 · goal: {goal}: " + ("达到 · reached" if not missed else f"未达到 · missed by {'; '.join(missed)}"))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
