"""Claims from entry to decision, through the actions, on PostgreSQL: claims a second in one and in two processes, SQL statements
and CPU a claim; beside it, in the same run and in turn, a bare locked transaction without any rule.

Each claim: four expense lines, deductible of the year, 80 %, cap of the year; facts encrypted, the engine's word over the whole
history, its lines and working kept, limits reserved in the ledger, audit row with its proof leaf, the member told, programs
asked for. Five claims a member; then members with 25 claims before; then claims that nobody has to look at, which are ordered to
be paid and booked in the same transaction. The server is durable (fsync, synchronous commit), on a socket of this machine.
Medians of passes, each by members who have claimed nothing yet; a pass before them warms up.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.claims_data import seed
from bench.claims_work import Done, serve
from bench.common import machine

OPENIMIS = (
    "openIMIS 26.04, measured likewise (reference): 3.3-3.9 claims/s in one process, 3.7-6.5 in two, 240 statements"
)
EACH, BEFORE = 5, 25
"""Claims of a member in a pass; and those that members of long standing have had before."""
LONG = 20
GOALS = {1: 150, 2: 200}
STATEMENTS_MOST = 25


@dataclass(frozen=True)
class Pass:
    """What some processes did together."""

    parts: Sequence[Done]

    @property
    def rate(self) -> float:
        """Claims, or transactions, a second, from the first beginning to the last end."""
        seconds = max(one.ended for one in self.parts) - min(one.began for one in self.parts)
        return sum(one.count for one in self.parts) / seconds

    @property
    def client(self) -> float:
        """Milliseconds of CPU in Python for each."""
        return 1000 * sum(one.client for one in self.parts) / sum(one.count for one in self.parts)

    @property
    def server(self) -> float:
        """Milliseconds of CPU in PostgreSQL for each; 0 where the system does not tell."""
        return 1000 * sum(one.server for one in self.parts) / sum(one.count for one in self.parts)


class Workers:
    """Two processes that stay, so that what is measured is warm."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.ends: list[Any] = []
        self.processes: list[Any] = []
        for _ in GOALS:
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
            self.ends.append(ours)
            self.processes.append(process)

    def run(self, kind: str, members: Sequence[int], claims: range = range(EACH), processes: int = 1) -> Pass:
        """Let so many of them work at once, each with members of its own."""
        part = len(members) // processes
        for place, end in enumerate(self.ends[:processes]):
            end.send((kind, list(members[place * part : (place + 1) * part]), claims))
        return Pass([end.recv() for end in self.ends[:processes]])

    def close(self) -> None:
        """Let them go."""
        for end, process in zip(self.ends, self.processes, strict=True):
            end.send(None)
            process.join(10)


@contextmanager
def _database() -> Iterator[None]:
    """A durable private server in a folder that goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix="mutualaid-bench-"))
    folder.chmod(0o755)
    os.environ["MUTUALAID_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from mutualaid.core import preparing
    from mutualaid.core.places import cluster

    try:
        preparing.prepare(lambda _zh, _en: None)
        yield
    finally:
        cluster().remove()
        shutil.rmtree(folder, ignore_errors=True)


def _written(members: int) -> Iterator[int]:
    """Keys of so many members with covers, and the table of the bare transaction."""
    from django.db import connection

    keys = seed(members)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare (id bigserial PRIMARY KEY, member bigint, told text)")
        cursor.execute("GRANT ALL ON bench_bare, bench_bare_id_seq TO mutualaid_app")
        cursor.execute("ANALYZE")
    connection.close()
    return iter(keys)


def _say(name: str, passes: Sequence[Pass]) -> float:
    """A line of figures; gives the median rate."""
    middle = statistics.median(one.rate for one in passes)
    client, server = (statistics.median(getattr(one, side) for one in passes) for side in ("client", "server"))
    every = " ".join(f"{one.rate:.0f}" for one in passes)
    print(f"{name:44s} {middle:8.1f}/s   CPU ms: Python {client:.2f}, PostgreSQL {server:.2f}   passes {every}")
    return middle


def _fresh(keys: Iterator[int], count: int) -> list[int]:
    """Members who have claimed nothing yet."""
    return list(itertools.islice(keys, count))


def _told_of_sizes() -> None:
    """Tables that were empty have rows now: the planner is told, as autovacuum tells it in a database that is in use."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()


def _in_turn(workers: Workers, keys: Iterator[int], members: int, repeats: int) -> bool:
    """Claims and bare transactions in turn, by one process and by two; whether the goals are met."""
    met = True
    ours: dict[int, list[Pass]] = {processes: [] for processes in GOALS}
    bare: dict[int, list[Pass]] = {processes: [] for processes in GOALS}
    for processes in GOALS:
        some = _fresh(keys, 10 * processes)
        workers.run("claims", some, processes=processes)
        workers.run("bare", some, processes=processes)
    _told_of_sizes()
    for _, processes in itertools.product(range(repeats), GOALS):
        some = _fresh(keys, members)
        ours[processes].append(workers.run("claims", some, processes=processes))
        bare[processes].append(workers.run("bare", some, processes=processes))
    for processes, goal in GOALS.items():
        mine = _say(f"claims, {processes} process(es), goal {goal}", ours[processes])
        least = _say(f"bare locked transaction, {processes} process(es)", bare[processes])
        print(f"  ratio {mine / least:.3f}")
        met = met and mine >= goal
    return met


def _of_long_standing(workers: Workers, keys: Iterator[int], repeats: int) -> None:
    """Claims of members who have had many."""
    passes = []
    for _ in range(repeats):
        some = _fresh(keys, LONG)
        workers.run("claims", some, range(BEFORE))
        passes.append(workers.run("claims", some, range(BEFORE, BEFORE + EACH)))
    _say(f"claims {BEFORE + 1} to {BEFORE + EACH} of a member", passes)


def _measure(workers: Workers, keys: Iterator[int], members: int, repeats: int) -> bool:
    """All figures; whether the goals are met."""
    met = _in_turn(workers, keys, members, repeats)
    _of_long_standing(workers, keys, repeats)
    asked = workers.run("statements", _fresh(keys, LONG)).parts[0].count
    workers.run("nobody", [])
    workers.run("claims", _fresh(keys, 10))
    passes = [workers.run("claims", _fresh(keys, members)) for _ in range(repeats)]
    _say("approved by the rules alone, ordered, booked", passes)
    alone = workers.run("statements", _fresh(keys, LONG)).parts[0].count
    print(f"SQL statements a claim, BEGIN and COMMIT included: {asked}; approved by the rules alone: {alone}")
    return met and max(asked, alone) <= STATEMENTS_MOST


def main() -> int:
    """Seed, measure, print; 1 when a goal is missed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=60, help="of each pass")
    asked.add_argument("--repeats", type=int, default=3)
    wish = asked.parse_args()
    began = time.monotonic()
    with _database():
        keys = _written(3 * wish.repeats * wish.members + wish.repeats * LONG + 2 * LONG + 60)
        print(machine())
        workers = Workers()
        try:
            met = _measure(workers, keys, wish.members, wish.repeats)
        finally:
            workers.close()
    print(f"goals {'met' if met else 'MISSED'} in {time.monotonic() - began:.0f} s; {machine()}")
    print(OPENIMIS)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
