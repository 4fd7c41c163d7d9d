"""Claims from entry to decision, through the actions, on PostgreSQL: claims a second in one and in two processes, and SQL
statements a claim; beside it, in the same run, a bare locked transaction without any rule.

Each claim: four expense lines, deductible of the year, 80 %, cap of the year; facts encrypted, the engine's word over the whole
history, its lines and working kept, limits reserved in the ledger, audit row with its proof leaf, the member told, programs
asked for. Five claims a member. The server is durable (fsync on), on a socket of this machine.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.claims_data import AT, FACTS, LINES, seed
from bench.common import machine

OPENIMIS = (
    "openIMIS 26.04, measured likewise (reference): 3.3-3.9 claims/s in one process, 3.7-6.5 in two, 240 statements"
)
PER_MEMBER = 5


def _begin() -> None:
    from mutualaid.core import preparing

    preparing.begin()


def enter(members: list[int]) -> Callable[[], int]:
    """One pass: a claim of each member."""
    from decimal import Decimal

    from mutualaid.claims.actions.filing import Expense, Payee, enter_claim
    from mutualaid.claims.models import Source
    from mutualaid.core.actors import system
    from mutualaid.people.models import Member

    by = system("bench")
    payee = Payee("林晓禾", "6222020000001234567", "海市银行")
    expenses = [Expense(item, Decimal(amount)) for item, amount in LINES]
    rows = [Member(pk=key) for key in members]

    def work() -> int:
        for order in range(PER_MEMBER):
            start = datetime.date(2025, 5, 1) + datetime.timedelta(days=5 * order)
            facts = {
                **FACTS,
                "started_on": start.isoformat(),
                "ended_on": (start + datetime.timedelta(days=3)).isoformat(),
                "settled_on": (start + datetime.timedelta(days=3)).isoformat(),
            }
            at = AT + datetime.timedelta(days=300, minutes=order)
            for member in rows:
                enter_claim(
                    member=member,
                    facts=facts,
                    expenses=expenses,
                    hospital="海市人民医院",
                    payee=payee,
                    source=Source.API,
                    by=by,
                    at=at,
                )
        return PER_MEMBER * len(rows)

    return work


def bare(members: list[int]) -> Callable[[], int]:
    """The least that keeps one promise: lock the member, write one row, commit."""
    from django.db import connection

    def work() -> int:
        connection.ensure_connection()
        raw: Any = connection.connection
        done = 0
        for _ in range(PER_MEMBER):
            for key in members:
                with raw.transaction():
                    raw.execute("SELECT id FROM people_member WHERE id = %s FOR NO KEY UPDATE", [key])
                    raw.execute("INSERT INTO bench_bare (member, told) VALUES (%s, %s)", [key, "x" * 400])
                done += 1
        return done

    return work


def statements(members: list[int]) -> float:
    """What PostgreSQL is asked for a claim, transaction control included."""
    from django.db import connection

    count = 0

    def counted(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    work = enter(members)
    with connection.execute_wrapper(counted):
        done = work()
    return count / done + 2  # BEGIN and COMMIT go past the wrapper


def _run(place: int, kind: str, members: list[int], gate: Any, answers: Any) -> None:
    os.environ["MUTUALAID_BENCH"] = str(place)
    _begin()
    from mutualaid.core.row_security import see_everything

    see_everything()
    warm = enter(members[:3]) if kind == "claims" else bare(members[:3])
    warm()
    work = enter(members[3:]) if kind == "claims" else bare(members[3:])
    gate.wait()
    started = time.perf_counter()
    done = work()
    answers.put((done, time.perf_counter() - started))


def rate(kind: str, keys: list[int], processes: int) -> float:
    """Claims a second by so many processes at once, each with members of its own."""
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(processes), context.Queue()
    part = len(keys) // processes
    running = [
        context.Process(target=_run, args=(place, kind, keys[place * part : (place + 1) * part], gate, answers))
        for place in range(processes)
    ]
    for one in running:
        one.start()
    told = [answers.get(timeout=120) for _ in running]
    for one in running:
        one.join()
    return sum(done for done, _ in told) / max(seconds for _, seconds in told)


def main() -> int:
    """Seed, measure, print; the folder goes at the end."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=120)
    asked.add_argument("--repeats", type=int, default=3)
    wish = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mutualaid-bench-"))
    folder.chmod(0o755)
    os.environ["MUTUALAID_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from mutualaid.core import preparing
    from mutualaid.core.places import cluster

    try:
        preparing.prepare(lambda _zh, _en: None)
        from django.db import connection

        keys = iter(seed(wish.members * (2 * wish.repeats + 1)))

        def fresh() -> list[int]:
            """Members who have claimed nothing yet."""
            return list(itertools.islice(keys, wish.members))

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_bare (id bigserial PRIMARY KEY, member bigint, told text)")
            cursor.execute("GRANT ALL ON bench_bare, bench_bare_id_seq TO mutualaid_app")
            cursor.execute("ANALYZE")
        connection.close()
        print(machine())
        told = statements(fresh()[:10])
        connection.close()
        some = list(range(1, wish.members + 1))
        for processes in (1, 2):
            ours = [rate("claims", fresh(), processes) for _ in range(wish.repeats)]
            least = [rate("bare", some, processes) for _ in range(wish.repeats)]
            mine, theirs = statistics.median(ours), statistics.median(least)
            print(
                f"{processes} process(es): {mine:7.1f} claims/s   bare locked transaction {theirs:8.1f}/s   "
                f"ratio {mine / theirs:.3f}   all runs {[round(one, 1) for one in ours]}"
            )
        print(f"SQL statements a claim: {told:.1f}")
        print(OPENIMIS)
    finally:
        cluster().remove()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
