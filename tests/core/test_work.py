"""Work in the background, without a worker: what is asked for, how it runs, ends, is cancelled, and taken up again."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from mutualaid.core import taking, work
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.moves import IllegalMove

pytestmark = pytest.mark.django_db
AT = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)
CLERK = Actor(ActorKind.CLERK, "7")


@pytest.fixture
def runs() -> Iterator[dict[str, Any]]:
    """What the test's kind of job does: ``runs["it"]``."""
    does: dict[str, Any] = {}

    @work.long_job("test")
    def run(job: work.Running) -> dict[str, Any]:
        return does["it"](job)

    yield does
    work._functions.pop("test")


def ask(**wanted: Any) -> LongJob:
    return work.ask(kind="test", wanted=wanted, by=CLERK, at=AT)


def test_a_job_is_asked_for_done_and_told(runs: dict[str, Any]) -> None:
    def it(job: work.Running) -> dict[str, Any]:
        assert (job.asked_by, str(job.by), job.done, job.cancelled()) == (CLERK, "system:test", 0, False)
        job.progress(1, 2, kept={"good": 1})
        assert job.kept == {"good": 1}
        job.progress(2)
        return {"good": 2, "of": job.wanted["rows"]}

    runs["it"] = it
    row = ask(rows=5)
    assert (row.state, list(work.jobs_of(by=CLERK))) == ("waiting", [row])
    assert work.run_waiting() == 1
    row.refresh_from_db()
    assert (row.state, row.done, row.total, row.result) == ("done", 2, 2, {"good": 2, "of": 5})
    assert row.finished_at is not None
    trail = AuditEntry.objects.order_by("id").values_list("what", "actor_key")
    assert list(trail) == [("ask_job", "7"), ("start_job", "test"), ("finish_job", "test")]


def test_what_is_rolled_back_was_never_asked_for(runs: dict[str, Any]) -> None:
    with transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert not LongJob.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_work_that_nobody_declares_is_refused() -> None:
    with pytest.raises(work.Unknown):
        ask()
    with pytest.raises(work.Unknown):
        work.post(name="nowhere", wanted={})


class TooMany(Exception):
    zh, en = "行数太多，请拆分", "too many lines; split them"


@pytest.mark.parametrize(("fault", "said"), [(TooMany(), "行数太多，请拆分"), (KeyError("secret"), "程序出错")])
def test_a_fault_is_told_in_words(runs: dict[str, Any], fault: Exception, said: str) -> None:
    def it(_job: work.Running) -> dict[str, Any]:
        raise fault

    runs["it"] = it
    row = ask()
    work.run_waiting()
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.fault_zh.startswith(said)
    assert "secret" not in row.fault_zh + row.fault_en


def test_a_job_that_is_cancelled(runs: dict[str, Any]) -> None:
    def it(job: work.Running) -> dict[str, Any]:
        job.progress(1, 3)
        work.cancel(job=job.row, by=CLERK, at=AT)
        assert job.cancelled()
        with transaction.atomic():
            job.progress(2)
        raise AssertionError("a cancelled job makes no progress")

    runs["it"] = it
    row = ask()
    work.run_waiting()
    row.refresh_from_db()
    assert (row.state, row.done, row.finished_at) == ("cancelled", 1, AT)
    with pytest.raises(IllegalMove):
        work.cancel(job=row, by=CLERK, at=AT)
    waiting = ask()
    work.cancel(job=waiting, by=CLERK, at=AT)
    work.run_waiting()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.takes) == ("cancelled", 0)


def test_progress_only_grows(runs: dict[str, Any]) -> None:
    def it(job: work.Running) -> dict[str, Any]:
        job.progress(2)
        with pytest.raises(ValueError, match="only grows"):
            job.progress(1)
        return {}

    runs["it"] = it
    row = ask()
    work.run_waiting()
    row.refresh_from_db()
    assert (row.state, row.done) == ("done", 2)


def test_a_worker_that_stops_hands_the_job_back(runs: dict[str, Any]) -> None:
    seen = []

    def it(job: work.Running) -> dict[str, Any]:
        seen.append(job.done)
        if job.done == 0:
            job.progress(1, 2)
            taking.STOPPING.set()
            assert job.cancelled()
            taking.STOPPING.clear()
            return {"never": "told"}
        job.progress(2)
        return {"told": True}

    runs["it"] = it
    row = ask()
    assert work.run_waiting() == 2
    row.refresh_from_db()
    assert (seen, row.state, row.result, row.takes) == ([0, 1], "done", {"told": True}, 2)


def test_a_job_that_fell_silent_is_taken_up_and_the_dead_cannot_go_on(runs: dict[str, Any]) -> None:
    row = ask()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    dead = taking._take(str(row.key))
    assert dead is not None
    dead.progress(1, 2)
    assert taking._take(str(row.key)) is None, "somebody is at it"
    assert taking.take_up_lost() == 0
    LongJob.objects.update(beat_at=AT)
    assert (taking.take_up_lost(), taking.take_up_lost()) == (1, 0)

    def it(job: work.Running) -> dict[str, Any]:
        assert job.done == 1
        with pytest.raises(work.Ended):
            dead.progress(2)
        assert dead.cancelled()
        job.progress(2)
        return {}

    runs["it"] = it
    work.run_waiting()
    row.refresh_from_db()
    assert (row.state, row.done, row.takes) == ("done", 2, 2)
    taking._finish(dead, {"by": "the dead"})
    row.refresh_from_db()
    assert row.result == {}


def test_a_job_that_kills_its_workers_is_given_up(runs: dict[str, Any]) -> None:
    row = ask()
    for _ in range(taking.FRUITLESS_MOST):
        assert taking._take(str(row.key))
        LongJob.objects.update(beat_at=AT)
    assert taking._take(str(row.key)) is None
    row.refresh_from_db()
    assert (row.state, row.fault_zh) == ("failed", "处理中断 10 次仍无进展，已停止；请联系系统管理员")


def test_tasks_of_dead_workers_are_taken_up() -> None:
    told: list[dict[str, Any]] = []

    @work.outbox("test")
    def deliver(*, delivery: str, wanted: dict[str, Any]) -> None:
        told.append({"delivery": delivery, **wanted})

    names = [work.post(name="test", wanted={"n": n}) for n in range(3)]
    work.post(name="test", wanted={}, not_before=AT + datetime.timedelta(days=36500))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 hour') RETURNING id"
        )
        alive, dead = (number for (number,) in cursor.fetchall())
        cursor.execute("SELECT id FROM procrastinate_jobs ORDER BY id")
        ids = [number for (number,) in cursor.fetchall()]
        for number, worker, attempts in ((ids[0], alive, 0), (ids[1], dead, 0), (ids[2], None, taking.DEATHS_MOST)):
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s WHERE id = %s",
                [worker, attempts, number],
            )
    assert taking.take_up_lost() == 1
    assert work.run_waiting() == 1
    assert told == [{"delivery": names[1], "n": 1}]
    (letter,) = work.dead_letters()
    assert (letter.name, letter.delivery, letter.wanted) == ("test", names[2], {"n": 2})
    work.again(letter=letter, at=AT)
    assert work.run_waiting() == 1
    assert told[-1] == {"delivery": names[2], "n": 2}
    assert work.dead_letters() == []


def test_a_timer_is_told_the_time() -> None:
    told = []

    @work.timer("*/5 * * * *", name="test")
    def tick(*, at: datetime.datetime) -> None:
        told.append(at)

    try:
        app.configure_task("timer.test").defer(timestamp=1)
        assert work.run_waiting() == 1
    finally:
        app.periodic_registry.periodic_tasks.pop(("timer.test", "test"))
    assert told[0].tzinfo is not None


def test_a_delivery_is_tried_again_later_and_at_last_given_up() -> None:
    @work.outbox("doomed", tries=4)
    def deliver(*, delivery: str, wanted: dict[str, Any]) -> None:
        raise OSError("the other side is away")

    work.post(name="doomed", wanted={})
    task, job = app.tasks["outbox.doomed"], ProcrastinateJob.objects.get().procrastinate_job
    assert task.retry_strategy is not None
    waits = []
    for attempts in range(4):
        decision = task.retry_strategy.get_retry_decision(exception=OSError(), job=job.evolve(attempts=attempts))
        waits.append(
            decision and decision.retry_at and round((decision.retry_at - work.database_time()).total_seconds())
        )
    assert waits == [2, 4, 8, None]
    with pytest.raises(OSError, match="is away"):
        work.run_waiting()
