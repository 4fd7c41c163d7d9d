"""How a worker takes up what waits: long jobs with their heartbeat, and what dead workers left behind."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from mutualaid.core.actors import system
from mutualaid.core.models import LongJob
from mutualaid.core.moves import make
from mutualaid.core.states import LONG_JOB
from mutualaid.core.work import LONG_TASK, TIMER, Ended, Running, Stage, database_time, defer_long, function_of

log = logging.getLogger(__name__)
FRUITLESS_MOST = 10
"""A job that ten workers in a row took up without getting any further kills them: it is given up."""
DEATHS_MOST = 30
"""A delivery during which so many workers died is given up."""
LETTERS_MOST = 500
"""Of a fault told to who asked."""


@dataclass
class Pace:
    """Seconds: how often a job at work says so, how often where it is within a piece, and after how long a silence it is taken
    for dead."""

    beat: int | float = 10
    tell: int | float = 1
    silence: int | float = 60


PACE = Pace()
_SILENT = """
SELECT l.* FROM core_longjob l
WHERE l.state IN ('waiting', 'running') AND (l.beat_at IS NULL OR l.beat_at < statement_timestamp() - make_interval(secs => %s))
    AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j
        WHERE j.task_name = %s AND j.status IN ('todo', 'doing') AND j.args ->> 'key' = l.key::text
    )
FOR UPDATE OF l SKIP LOCKED
"""
STOPPING = threading.Event()
"""Set when this process is to end."""


@app.task(
    name=LONG_TASK, retry=RetryStrategy(max_attempts=5, wait=5, retry_exceptions=[OperationalError, InterfaceError])
)
def run_long(key: str) -> None:
    """Take a long job up, unless another worker is at it, and do it to its end or until this worker stops."""
    job = _take(key)
    if job is None:
        return
    try:
        with _beating(job):
            result = function_of(job.row.kind)(job)
    except Ended:
        return
    except (OperationalError, InterfaceError):
        raise  # the database went away: whoever finds the job silent takes it up
    except Exception as fault:
        log.exception("long job %s %s failed", job.row.kind, job.row.key)
        _fail(job, fault)
        return
    if job.left:
        _leave(job)
    else:
        _finish(job, result)


def take_up_lost() -> int:
    """Let workers take up what dead ones left: their tasks, and long jobs that fell silent. How many."""
    lost = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.id, j.task_name, j.attempts FROM procrastinate_jobs j"
            " LEFT JOIN procrastinate_workers w ON w.id = j.worker_id"
            " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < statement_timestamp() - make_interval(secs => %s))"
            " FOR UPDATE OF j SKIP LOCKED",
            [PACE.silence],
        )
        for number, task, attempts in cursor.fetchall():
            if task.startswith(TIMER):  # the next tick does what is due
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'aborted', true)", [number])
            elif attempts >= DEATHS_MOST:
                log.error("task %s %s given up: workers died during it", task, number)
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [number])
            else:
                app.job_manager.retry_job_by_id(number, retry_at=database_time())
                lost += 1
    with transaction.atomic():
        for row in LongJob.objects.raw(_SILENT, [PACE.silence, LONG_TASK]):
            defer_long(row)
            lost += 1
    return lost


def _take(key: str) -> Running | None:
    """The job, as this worker's; None when it has ended, or when another worker is at it."""
    with transaction.atomic():
        row = LongJob.objects.select_for_update(no_key=True).filter(key=key).first()
        now = database_time()
        if row is None or row.state not in LONG_JOB.moves["fail_job"].sources:
            return None
        if row.beat_at is not None and now - row.beat_at < datetime.timedelta(seconds=PACE.silence):
            return None
        by = system(row.kind)
        if row.fruitless >= FRUITLESS_MOST:
            row = make(row, LONG_JOB, "fail_job", by=by, at=now)
            _ended(
                row,
                now,
                fault_zh=f"处理中断 {FRUITLESS_MOST} 次仍无进展，已停止；请联系系统管理员",
                fault_en=f"interrupted {FRUITLESS_MOST} times without getting any further; ask the administrator",
            )
            return None
        if row.state == LONG_JOB.first:
            row = make(row, LONG_JOB, "start_job", by=by, at=now)
        row.takes += 1
        row.fruitless += 1
        row.beat_at = now
        row.save(update_fields=["takes", "fruitless", "beat_at"])
    return Running(row, STOPPING.is_set)


@contextmanager
def _beating(job: Running) -> Iterator[None]:
    """Say every few seconds that somebody is at the job, however long a piece takes."""
    if connection.in_atomic_block:  # in somebody's transaction: nobody else sees the job yet
        yield
        return
    over = threading.Event()

    def beat() -> None:
        try:
            told, silent = None, 0.0
            while not over.wait(min(PACE.tell, PACE.beat)):
                silent += min(PACE.tell, PACE.beat)
                stage = job.stage
                if stage == told and silent < PACE.beat:
                    continue
                try:
                    job.lost = not _mine(job).update(beat_at=Now(), **_staged(stage))
                    told, silent = stage, 0.0
                except (OperationalError, InterfaceError):
                    connection.close()  # a new one at the next beat
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"beat-{job.row.kind}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _staged(stage: Stage | None) -> dict[str, Any]:
    if stage is None:
        return {}
    return {"stage_zh": stage.zh, "stage_en": stage.en, "stage_done": stage.done, "stage_total": stage.total}


def _mine(job: Running) -> Any:
    return LongJob.objects.filter(pk=job.row.pk, state="running", takes=job.row.takes)


def _finish(job: Running, result: Any) -> None:
    with transaction.atomic():
        if _mine(job).select_for_update(no_key=True).first() is not None:
            now = database_time()
            row = make(job.row, LONG_JOB, "finish_job", by=job.by, at=now)
            _ended(row, now, result=dict(result))


def _fail(job: Running, fault: Exception) -> None:
    told = (getattr(fault, "zh", None), getattr(fault, "en", None))
    if not all(told):
        told = (
            f"程序出错，任务没有完成（编号 {job.row.key}）；请把编号告诉系统管理员",
            f"a fault of the program: the job is not done (number {job.row.key}); tell the administrator the number",
        )
    with transaction.atomic():
        if _mine(job).select_for_update(no_key=True).first() is not None:
            now = database_time()
            row = make(job.row, LONG_JOB, "fail_job", by=job.by, at=now)
            _ended(row, now, fault_zh=str(told[0])[:LETTERS_MOST], fault_en=str(told[1])[:LETTERS_MOST])


def _ended(row: LongJob, at: datetime.datetime, **facts: Any) -> None:
    for name, value in facts.items():
        setattr(row, name, value)
    row.finished_at = at
    row.save(update_fields=["finished_at", *facts])


def _leave(job: Running) -> None:
    """Hand the job back, for the next worker to go on at once."""
    with transaction.atomic():
        if _mine(job).update(beat_at=None, fruitless=0):
            defer_long(job.row)
