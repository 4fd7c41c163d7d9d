"""Work in the background: long jobs, deliveries, timers. What is asked for is a row of the asker's own transaction.

Each application declares its work in ``jobs.py`` (imported when Django starts). A worker runs it outside any transaction, on
connections that see all branches; every function opens its own ``transaction.atomic()`` around what belongs together.

A worker may die at any moment, and then another takes the work up, so:

- A **long job** does its work in pieces. Each piece and its ``job.progress(…)`` stand in ONE transaction: then a piece is done
  exactly once, and ``job.done`` says where to go on. A worker that was taken for dead cannot commit: ``progress`` refuses.
- A **delivery** happens at least once. Its ``delivery`` is the same at each try: the receiver leaves out what it knows.
- A **timer** may miss a time while no worker runs: it does what is due, not what fell into the last minutes.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.audit import record
from mutualaid.core.models import LongJob
from mutualaid.core.moves import make
from mutualaid.core.states import LONG_JOB

__all__ = [
    "DeadLetter",
    "Ended",
    "Running",
    "Unknown",
    "again",
    "ask",
    "cancel",
    "dead_letters",
    "jobs_of",
    "long_job",
    "outbox",
    "post",
    "run_waiting",
    "soon",
    "timer",
]

LONG_TASK = "core.long_job"
OUTBOX, TIMER = "outbox.", "timer."
"""How the names of these tasks begin in the table ``procrastinate_jobs``."""
TRIES = 10
"""Of a delivery: after 2, 4, 8 … seconds, the last after about 17 minutes."""

Wanted = Mapping[str, Any]
"""What a job or a delivery is about: what JSON can hold. Names rows by their keys and holds no personal data."""


class Unknown(LookupError):
    """Work of a kind that no ``jobs.py`` declares: a slip in the program."""


class Ended(Exception):
    """The job is no longer this worker's: cancelled, or taken up by another that took this one for dead. Not to be caught: the
    piece in hand rolls back."""


class LongFunction(Protocol):
    """What ``long_job`` decorates."""

    def __call__(self, job: Running, /) -> Mapping[str, Any]:
        """Do the work; the result is for the page that asked."""


@dataclass(frozen=True)
class Stage:
    """What is being done within a piece, and how far it is."""

    zh: str
    en: str
    done: int
    total: int | None = None


@dataclass
class Running:
    """A long job in the hands of a worker."""

    row: LongJob
    stopping: Callable[[], bool]
    left: bool = False
    stage: Stage | None = None
    """Where it is within the piece in hand: told to the page by the thread that beats, outside the piece's transaction."""
    lost: bool = False
    """Whether that thread found that the job is no longer this worker's."""

    @property
    def wanted(self) -> dict[str, Any]:
        """What was asked for."""
        return self.row.wanted  # type: ignore[no-any-return]

    @property
    def asked_by(self) -> Actor:
        """Who asked."""
        return asker(self.row)

    @property
    def by(self) -> Actor:
        """As whom the job's actions are done."""
        return system(self.row.kind)

    @property
    def done(self) -> int:
        """Units that are done already, perhaps by a worker before this one: go on after them."""
        return self.row.done

    @property
    def kept(self) -> dict[str, Any]:
        """What ``progress`` was last given to keep."""
        return self.row.result  # type: ignore[no-any-return]

    def progress(self, done: int, total: int | None = None, *, kept: Wanted | None = None) -> None:
        """So many units are done, of so many; ``kept``: what to know when going on (counts so far). Call it inside the
        transaction of the piece. Raises Ended."""
        if done < self.row.done:
            raise ValueError(f"progress only grows: expected at least {self.row.done} units done, found {done}")
        facts: dict[str, Any] = {"done": done, "beat_at": Now(), "fruitless": 0}
        facts |= {} if total is None else {"total": total}
        facts |= {} if kept is None else {"result": dict(kept)}
        mine = LongJob.objects.filter(pk=self.row.pk, state="running", takes=self.row.takes)
        if not mine.update(**facts):
            raise Ended(f"{self.row.kind} {self.row.key}")
        self.row.done = done
        self.row.total = self.row.total if total is None else total
        self.row.result = self.row.result if kept is None else dict(kept)

    def tell(self, zh: str, en: str, done: int, total: int | None = None) -> None:
        """So far it is within a piece: what is being done, and how many units of it. For the page alone: nothing goes on from it.
        Raises Ended when somebody cancelled the job meanwhile: the piece in hand rolls back."""
        if self.lost:
            raise Ended(f"{self.row.kind} {self.row.key}")
        self.stage = Stage(zh, en, done, total)

    def cancelled(self) -> bool:
        """Ask between pieces: is it to end here, cancelled by somebody or since the worker stops? Then return anything; a
        worker that comes later goes on from the last progress unless somebody cancelled."""
        self.left = self.left or self.stopping()
        return self.left or not LongJob.objects.filter(pk=self.row.pk, state="running", takes=self.row.takes).exists()


_functions: dict[str, LongFunction] = {}
_outboxes: set[str] = set()
_timers: set[str] = set()


def long_job(kind: str) -> Callable[[LongFunction], LongFunction]:
    """Declare the function of a kind of long job: ``def run(job: Running) -> dict``. An exception of it that has ``zh`` and
    ``en`` is told to who asked; any other is told as a fault of the program, and logged."""

    def declared(function: LongFunction) -> LongFunction:
        _functions[kind] = function
        return function

    return declared


def function_of(kind: str) -> LongFunction:
    """What does jobs of a kind. Raises Unknown."""
    if kind not in _functions:
        raise Unknown(f"no jobs.py declares long jobs of kind {kind!r}; declared are {sorted(_functions)}")
    return _functions[kind]


def ask(*, kind: str, wanted: Wanted, by: Actor, at: datetime.datetime) -> LongJob:
    """Ask for a long job; it begins once the caller's transaction has committed, never if that rolls back. Raises Unknown."""
    function_of(kind)
    with transaction.atomic():
        row = LongJob.objects.create(kind=kind, wanted=dict(wanted), by_kind=by.kind, by_key=by.key, asked_at=at)
        record(what="ask_job", row=row, by=by, at=at, kind=kind)
        defer_long(row)
    return row


def cancel(*, job: LongJob, by: Actor, at: datetime.datetime) -> LongJob:
    """Cancel a job that waits or runs; pieces that are done stay done. Raises IllegalMove."""
    with transaction.atomic():
        row = make(job, LONG_JOB, "cancel_job", by=by, at=at)
        row.finished_at = at
        row.save(update_fields=["finished_at"])
    return row


def jobs_of(*, by: Actor) -> QuerySet[LongJob]:
    """The jobs that somebody asked for, latest first: a page finds the job that it shows among these, by ``key``."""
    return LongJob.objects.filter(by_kind=by.kind, by_key=by.key).order_by("-id")


def asker(row: LongJob) -> Actor:
    """Who asked for a job."""
    return Actor(ActorKind(row.by_kind), row.by_key)


def defer_long(row: LongJob) -> None:
    """Let a worker take a job up."""
    app.configure_task(LONG_TASK).defer(key=str(row.key))


# --- deliveries -------------------------------------------------------------------------------------------------------


class Deliver(Protocol):
    """What ``outbox`` decorates."""

    def __call__(self, *, delivery: str, wanted: dict[str, Any]) -> None:
        """Deliver, or raise; ``delivery`` names it at each try."""


@dataclass(frozen=True)
class DeadLetter:
    """A delivery that was given up."""

    number: int
    name: str
    delivery: str
    wanted: dict[str, Any]
    attempts: int


def outbox(name: str, *, tries: int = TRIES) -> Callable[[Deliver], Deliver]:
    """Declare what makes the deliveries of one outbox: one call to an outside system, no transaction around it."""

    def declared(function: Deliver) -> Deliver:
        def deliver(delivery: str, wanted: dict[str, Any]) -> None:
            function(delivery=delivery, wanted=wanted)

        app.task(name=OUTBOX + name, retry=RetryStrategy(max_attempts=tries - 1, exponential_wait=2))(deliver)
        _outboxes.add(name)
        return function

    return declared


def post(*, name: str, wanted: Wanted, not_before: datetime.datetime | None = None) -> str:
    """Put a delivery into an outbox, in the caller's transaction; gives its name. Raises Unknown."""
    if name not in _outboxes:
        raise Unknown(f"no jobs.py declares the outbox {name!r}; declared are {sorted(_outboxes)}")
    delivery = uuid.uuid4().hex
    app.configure_task(OUTBOX + name, schedule_at=not_before).defer(delivery=delivery, wanted=dict(wanted))
    return delivery


def dead_letters() -> list[DeadLetter]:
    """Deliveries that were given up, oldest first; the log says why."""
    rows = ProcrastinateJob.objects.filter(status="failed", task_name__startswith=OUTBOX).order_by("id")
    return [
        DeadLetter(row.id, row.task_name[len(OUTBOX) :], row.args["delivery"], row.args["wanted"], row.attempts)
        for row in rows
    ]


def again(*, letter: DeadLetter, at: datetime.datetime) -> None:
    """Try a delivery once more that was given up."""
    app.job_manager.retry_job_by_id(letter.number, retry_at=at)


# --- timers -----------------------------------------------------------------------------------------------------------


def timer(cron: str, *, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a function that is called again and again, ``def run(*, at: datetime) -> None``: minute, hour, day, month, weekday
    in UTC (``0 18 * * *`` is two at night in China). No two calls of it overlap."""

    def declared(function: Callable[..., None]) -> Callable[..., None]:
        def tick(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says for when it was due
            function(at=database_time())

        task = app.task(name=TIMER + name, queueing_lock=TIMER + name, lock=TIMER + name)(tick)
        app.periodic(cron=cron, periodic_id=name)(task)
        _timers.add(name)
        return function

    return declared


def soon(*, name: str) -> None:
    """Let a timer's function run as soon as the caller's transaction has committed. One statement, which writes nothing while
    such a request waits already. Two transactions at once may both ask: they never wait for each other. Who commits just
    while the function runs may be served at the timer's own time only. Raises Unknown."""
    if name not in _timers:
        raise Unknown(f"no jobs.py declares the timer {name!r}; declared are {sorted(_timers)}")
    with connection.cursor() as cursor:
        # No queueing lock: its unique index would hold the second transaction until the first has ended.
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
            " SELECT 'default', %(task)s, %(task)s, '{\"timestamp\": 0}' WHERE NOT EXISTS"
            " (SELECT FROM procrastinate_jobs WHERE task_name = %(task)s AND status = 'todo')",
            {"task": TIMER + name},
        )


def database_time() -> datetime.datetime:
    """What the database's clock says: one clock for all workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]


def run_waiting() -> int:
    """Do all that waits, in this process and on this connection: for tests and for the invented people of the demonstration. How
    many tasks were done; a fault of a delivery is raised."""
    count = 0
    while True:
        with transaction.atomic():
            waiting = ProcrastinateJob.objects.raw(
                "SELECT * FROM procrastinate_jobs WHERE status = 'todo'"
                " AND (scheduled_at IS NULL OR scheduled_at <= statement_timestamp())"
                " ORDER BY priority DESC, id LIMIT 1 FOR UPDATE"
            )
            row = next(iter(waiting), None)
            if row is None:
                return count
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [row.id])
        app.tasks[row.task_name](**row.args)
        count += 1
