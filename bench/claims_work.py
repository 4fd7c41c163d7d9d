"""What a process of the benchmark of claims does: claims by the real action, the bare transaction beside them, counting."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.claims_data import AT, FACTS, LINES


@dataclass(frozen=True)
class Done:
    """How many, from when until when (monotonic), and seconds of CPU of this process and of its server process. Of the kind
    ``statements`` the count is that of statements for one claim."""

    count: int
    began: float = 0
    ended: float = 0
    client: float = 0
    server: float = 0


def serve(end: Any) -> None:
    """Do what comes through the pipe, a kind and members, until None comes."""
    from mutualaid.core import preparing

    preparing.begin()
    from mutualaid.core.row_security import see_everything

    see_everything()
    while (wanted := end.recv()) is not None:
        kind, members, claims = wanted
        end.send(_KINDS[kind](members, claims))


def _timed(work: Callable[[], int]) -> Done:
    from django.db import connection

    connection.ensure_connection()
    raw: Any = connection.connection
    backend = Path(f"/proc/{raw.info.backend_pid}/stat")
    server, client, began = _cpu(backend), time.process_time(), time.monotonic()
    count = work()
    ended = time.monotonic()
    return Done(count, began, ended, time.process_time() - client, _cpu(backend) - server)


def _cpu(stat: Path) -> float:
    """Seconds of CPU of a process, to a hundredth; 0 where there is no such file."""
    if not stat.exists():
        return 0
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _claims(members: Sequence[int], claims: range) -> Done:
    """Claims so many to so many of each member, member after member in turn."""
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
        for order in claims:
            facts, at = _stay(order), AT + datetime.timedelta(days=300, minutes=order)
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
        return len(claims) * len(rows)

    return _timed(work)


def _stay(order: int) -> dict[str, Any]:
    """A stay of three days, each on days of its own."""
    start = datetime.date(2025, 5, 1) + datetime.timedelta(days=5 * order)
    until = (start + datetime.timedelta(days=3)).isoformat()
    return {**FACTS, "started_on": start.isoformat(), "ended_on": until, "settled_on": until}


def _bare(members: Sequence[int], claims: range) -> Done:
    """The least that keeps one promise: lock the member, write one row, commit."""
    from django.db import connection

    def work() -> int:
        raw: Any = connection.connection
        for _ in claims:
            for key in members:
                with raw.transaction():
                    raw.execute("SELECT id FROM people_member WHERE id = %s FOR NO KEY UPDATE", [key])
                    raw.execute("INSERT INTO bench_bare (member, told) VALUES (%s, %s)", [key, "x" * 400])
        return len(claims) * len(members)

    return _timed(work)


def _statements(members: Sequence[int], claims: range) -> Done:
    """What PostgreSQL is asked for a claim, the most of any, transaction control included."""
    from django.db import connection

    asked: list[int] = []

    def counted(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        asked[-1] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        for member in members:
            asked.append(0)
            _claims([member], claims[:1])
    return Done(max(asked) + 2)  # BEGIN and COMMIT go past the wrapper


def _nobody(_members: Sequence[int], _claims: range) -> Done:
    """From now on nobody has to look at a claim by which money is due."""
    from mutualaid.claims.models import ReviewRule
    from mutualaid.people.models import Level, Unit

    ReviewRule.objects.create(office=Unit.objects.get(level=Level.CITY), first_review=False)
    return Done(0)


_KINDS: dict[str, Callable[[Sequence[int], range], Done]] = {
    "claims": _claims,
    "bare": _bare,
    "statements": _statements,
    "nobody": _nobody,
}
