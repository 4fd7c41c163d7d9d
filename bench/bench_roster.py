"""A roster of 100,000 persons from the workbook to their covers, through the actions, on PostgreSQL: seconds, CPU, memory and SQL
statements of each step; beside it, in the same run, a bare COPY of the same rows; and how fast pages answer meanwhile.

    .venv/bin/python -m bench.bench_roster [--rows 100000] [--again] [--profile 25]

Parsed; checked and previewed (rows stored, encrypted, with faults); applied: the good rows taken, the roster handed in, accepted
(members and employments registered, contacts and numbers encrypted, covers waiting, an audit row with its proof leaf for each)
and billed; then paid: covers begin. ``--again``: the same persons once more, in the next plan: all are known then. The server is
durable (fsync, synchronous commit). Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import datetime
import hashlib
import os
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.bench_pages import free_port, private_database, served
from bench.common import ROOT, machine, peak_memory, table
from bench.roster_data import PLAN, Made, persons, seed, workbook

SECONDS_MOST = 30
MEMORY_MOST = 2**30
OPENIMIS = "openIMIS 26.04, measured likewise (reference): 29-47 members enrolled a second"
STEPS = {
    "parse": "读取 · parse",
    "preview": "读取、检查、预览 · parse, check, preview",
    "take": "采用 · take",
    "counted": "名单变化：各类人数 · differences, counted",
    "page": "名单变化：中间一页 · differences, a page in the middle",
    "submit": "提交 · hand in",
    "accept": "核准、开账单 · accept, bill",
    "progress": "参保进度 · progress of an office",
    "begin": "缴费后生效 · covers begin",
}


@dataclass
class Step:
    """What a step took: seconds, of them CPU here and in PostgreSQL, statements, peak bytes."""

    seconds: float = 0
    python: float = 0
    server: float = 0
    statements: int = 0
    memory: int = 0


@dataclass
class Pages:
    """Seconds that pages took, by what was done meanwhile; from when until when each step lasted."""

    spans: list[tuple[str, float, float]] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)


def _cpu_of_server(backend: int) -> float:
    """Seconds of CPU of the server's process for this connection: what pages and vacuuming take is not among them; 0 where
    nothing tells."""
    stat = Path(f"/proc/{backend}/stat")
    if not stat.exists():
        return 0
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _backend() -> int:
    from django.db import connection

    connection.ensure_connection()
    raw: Any = connection.connection
    return int(raw.info.backend_pid)


def _from_here() -> None:
    """Let the peak of memory be reckoned anew, where the system does that."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


class Bench:
    """One run: a database, a roster, and what its steps took."""

    def __init__(self, rows: int, profile: int) -> None:
        from django.utils import timezone

        self.rows, self.profile = rows, profile
        self.at = timezone.now()
        self.made: Made = seed(rows, self.at)
        self.pages = Pages()
        self.backend = _backend()

    def step(self, name: str, work: Callable[[], Any]) -> tuple[Step, Any]:
        """Do a step and measure it."""
        from django.db import connection

        found = Step()

        def counting(execute: Any, *told: Any) -> Any:
            found.statements += 1
            return execute(*told)

        _from_here()
        profile = cProfile.Profile() if self.profile else contextlib.nullcontext()
        moment = time.time()
        began, python, server = time.perf_counter(), time.process_time(), _cpu_of_server(self.backend)
        with connection.execute_wrapper(counting), profile:
            result = work()
        found.seconds, found.python = time.perf_counter() - began, time.process_time() - python
        found.server = _cpu_of_server(self.backend) - server
        found.memory = peak_memory()
        self.pages.spans.append((name, moment, time.time()))
        print(f"{name}: {found.seconds:.1f} s", file=sys.stderr, flush=True)
        if isinstance(profile, cProfile.Profile):
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(self.profile)
        return found, result

    def run(self, content: bytes, version: int, *, again: bool = False) -> dict[str, Step]:
        """A roster from its workbook to its covers."""
        from mutualaid.contributions.actions.bills import accept_and_bill
        from mutualaid.core import papers
        from mutualaid.core.actors import Actor, ActorKind, system
        from mutualaid.enrolment import differences, targets
        from mutualaid.enrolment.actions.accepting import begin_covers
        from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
        from mutualaid.enrolment.actions.rosters import preview_roster, take_good_rows
        from mutualaid.enrolment.models import Cover, Enrolment
        from mutualaid.enrolment.roster.reading import read_roster
        from mutualaid.people.models import Employer
        from mutualaid.plans.models import PlanVersion

        clerk = Actor(ActorKind.CLERK, str(self.made.clerk))
        office = system("bench")
        enrolment = begin_enrolment(
            employer=Employer.objects.get(pk=self.made.employer),
            version=PlanVersion.objects.get(pk=version),
            headcount=self.rows,
            by=clerk,
            at=self.at,
        )
        enrolment = Enrolment.objects.get(pk=enrolment.pk)
        file = papers.store(
            content=content,
            name="roster.xlsx",
            kind="roster",
            media_type=papers.XLSX,
            unit_path=enrolment.employer.unit_path,
            by=clerk,
            at=self.at,
        )
        steps = {}
        steps["parse"], _ = self.step("parse", lambda: len(read_roster(content, name="roster.xlsx").lines))
        steps["preview"], upload = self.step(
            "preview", lambda: preview_roster(enrolment=enrolment, file=file, by=clerk, at=self.at)
        )
        steps["take"], taken = self.step("take", lambda: take_good_rows(upload=upload, by=clerk, at=self.at))
        on = self.at.date()
        steps["counted"], _ = self.step("counted", lambda: differences.counted(enrolment=enrolment, on=on))
        kind, half = "joined" if again else "new", self.rows // 2
        steps["page"], _ = self.step(
            "page", lambda: differences.persons(enrolment=enrolment, kind=kind, on=on, first=half, most=50)
        )
        steps["submit"], _ = self.step("submit", lambda: submit_enrolment(enrolment=enrolment, by=clerk, at=self.at))
        steps["accept"], _ = self.step("accept", lambda: accept_and_bill(enrolment=enrolment, by=office, at=self.at))
        span = targets.Span(enrolment.version.family, on, on + datetime.timedelta(days=365))
        above = enrolment.version.office
        steps["progress"], _ = self.step("progress", lambda: targets.progress(office=above, span=span, at=self.at))
        steps["begin"], begun = self.step(
            "begin", lambda: begin_covers(enrolment=enrolment, paid_on=on, by=office, at=self.at)
        )
        if not taken == begun == Cover.objects.filter(enrolment=enrolment, state="begun").count():
            raise SystemExit(f"expected {taken} covers to have begun, found {begun}")
        return steps

    def bare(self) -> float:
        """Seconds of a bare COPY of the same rows into a table without keys, indexes or rules, in one transaction."""
        from django.db import connection, transaction

        rows = list(persons(self.rows))
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE bench_bare"
                " (name text, kind text, number text, phone text, card text, units int, fee numeric(14, 2))"
            )
            began = time.perf_counter()
            with (
                transaction.atomic(),
                cursor.copy("COPY bench_bare FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row((*row, "50.00"))
            return time.perf_counter() - began


@contextlib.contextmanager
def _asking(bench: Bench, port: int) -> Iterator[None]:
    """Pages are asked for, five times a second, by the clerk of the roster and by one of another employer."""
    from bench.pages_data import _session

    from mutualaid.core.actors import ActorKind
    from mutualaid.people.models import Account

    accounts = Account.objects.in_bulk([bench.made.clerk, bench.made.other_clerk])
    cookies = [_session(account, ActorKind.CLERK) for account in accounts.values()]
    asking = subprocess.Popen(
        [sys.executable, "-m", "bench.roster_asking", str(port), *cookies],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield
    finally:
        told, _ = asking.communicate()
        for line in told.splitlines():
            moment, seconds = map(float, line.split())
            name = next((name for name, since, until in bench.pages.spans if since <= moment < until), "")
            bench.pages.times.setdefault(name, []).append(seconds)


def _next_plan(at: datetime.datetime, before: int) -> int:
    """Another plan of the same office."""
    from mutualaid.plans.models import PlanVersion

    text = PLAN.replace("plan: bench\nfamily: bench", "plan: bench-next\nfamily: bench-next")
    first = PlanVersion.objects.get(pk=before)
    version = PlanVersion.objects.create(
        office=first.office,
        plan="bench-next",
        family="bench-next",
        name_zh="住院互助（二）",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=at,
        published_at=at,
        offered_from_on=first.offered_from_on,
    )
    return version.pk


def report(steps: dict[str, Step], rows: int, copied: float) -> str:
    """The table, and what stands below it."""
    lines = [
        [
            STEPS[name],
            f"{one.seconds:.1f}",
            f"{one.python:.1f}",
            f"{one.server:.1f}",
            str(one.statements),
            f"{one.memory / 2**20:.0f}",
        ]
        for name, one in steps.items()
    ]
    header = ["步骤 · step", "s", "CPU Python", "CPU PostgreSQL", "SQL", "MiB"]
    applied = _applied(steps)
    return "\n".join(
        (
            table(header, lines),
            f"{rows} 行，裸 COPY · rows, bare COPY: {copied:.2f} s",
            f"applied: {applied:.1f} s, {applied / copied:.0f} x COPY, {rows / applied:.0f} members/s",
            f"previewed: {steps['preview'].seconds:.1f} s, {steps['preview'].seconds / copied:.0f} x COPY",
        )
    )


def _applied(steps: dict[str, Step]) -> float:
    """From the clerk's "take" to covers registered and billed."""
    return sum(steps[name].seconds for name in ("take", "submit", "accept"))


def told_of_pages(pages: Pages) -> str:
    """How fast pages were, alone and during each step."""
    lines = []
    for name, times in pages.times.items():
        middle, slowest = statistics.median(times) * 1000, max(times) * 1000
        lines.append([STEPS.get(name, "其间 · between"), str(len(times)), f"{middle:.0f}", f"{slowest:.0f}"])
    return table(["其间的页面 · pages meanwhile", "n", "p50 ms", "max ms"], lines)


def main() -> int:
    """Seed, measure, print; 1 when a goal is missed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--again", action="store_true", help="the same persons once more: all are known")
    asked.add_argument("--profile", type=int, default=0, help="so many lines of a profile of each step")
    asked.add_argument("--alone", action="store_true", help="no pages meanwhile")
    wish = asked.parse_args()
    print(machine())
    content = workbook(wish.rows)
    print(f"{wish.rows} 行，{len(content) / 2**20:.1f} MiB", file=sys.stderr)
    with private_database():
        from mutualaid.core import preparing

        preparing.prepare(lambda _zh, _en: None)
        preparing.begin()
        from mutualaid.core.row_security import see_everything

        see_everything()
        bench = Bench(wish.rows, wish.profile)
        copied = bench.bare()
        with contextlib.ExitStack() as meanwhile:
            if not wish.alone:
                port = free_port()
                meanwhile.enter_context(served(["mutualaid.cli", "serve", "--port", str(port), "--workers", "1"], port))
                meanwhile.enter_context(_asking(bench, port))
            runs = [bench.run(content, bench.made.version)]
            if wish.again:
                runs.append(bench.run(content, _next_plan(bench.at, bench.made.version), again=True))
    for steps in runs:
        print(report(steps, wish.rows, copied))
    if bench.pages.times:
        print(told_of_pages(bench.pages))
    met = all(
        steps["preview"].seconds <= SECONDS_MOST
        and _applied(steps) <= SECONDS_MOST
        and max(one.memory for one in steps.values()) <= MEMORY_MOST
        for steps in runs
    )
    print(
        f"目标 · goals: {SECONDS_MOST} s, {SECONDS_MOST} s, 1 GiB: {'达到 · met' if met else '未达到 · MISSED'}; {machine()}"
    )
    print(OPENIMIS)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
