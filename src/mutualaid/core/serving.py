"""A worker's life: it takes up what waits until it is told to stop, and outlives its database's restarts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import Error, close_old_connections, connection, connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import ProcrastinateException

from mutualaid.core import taking
from mutualaid.core.row_security import see_everything

log = logging.getLogger(__name__)
AWAY = (ProcrastinateException, Error, psycopg.Error, OSError)
"""What is raised while the database is away."""
PAUSE = 2
"""Seconds before the database is asked again."""
Said = Callable[[str, str], None]


def serve(*, concurrency: int, once: bool, said: Said) -> None:
    """Work until SIGTERM or SIGINT, or with ``once`` until nothing waits; so many tasks at the same time. ``said`` is told
    what the operator should know. Raises what the database raises, with ``once`` or at the first try; later it waits."""
    see_everything()
    taking.STOPPING.clear()
    connection.ensure_connection()
    connection.close()
    asyncio.run(_serve(concurrency, once, said))


async def _serve(concurrency: int, once: bool, said: Said) -> None:
    stop = asyncio.Event()

    def told() -> None:
        taking.STOPPING.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, told)
    said("后台已启动", "the worker has started")
    away = False
    while not stop.is_set():
        try:
            await sync_to_async(close_old_connections)()
            await sync_to_async(taking.take_up_lost)()
            if away:
                away = False
                said("数据库已恢复，继续工作", "the database is back, work goes on")
            await _run_until(stop, concurrency, once)
            if once and not await sync_to_async(_waits)():
                break
        except AWAY as fault:
            if once:
                raise
            log.warning("the worker's database is away: %s", fault)
            if not away:
                said("数据库连接中断，恢复后自动继续", "the database is away; work goes on by itself when it is back")
            away = True
        if not once:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE)
    await sync_to_async(connections.close_all)()
    said("后台已停止", "the worker has stopped")


async def _run_until(stop: asyncio.Event, concurrency: int, once: bool) -> None:
    """One worker of procrastinate, until it is stopped or breaks."""
    asked: dict[str, Any] = {
        "concurrency": concurrency,
        "wait": not once,
        "install_signal_handlers": False,
        "delete_jobs": "successful",
        "update_heartbeat_interval": taking.PACE.beat,
        "stalled_worker_timeout": taking.PACE.silence,
    }
    async with app.with_connector(app.connector.get_worker_connector()).open_async() as working:  # type: ignore[attr-defined]
        worker = asyncio.create_task(working.run_worker_async(**asked))
        others: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
        if not once:
            others.append(asyncio.create_task(_look_for_lost()))
        try:
            await asyncio.wait([worker, *others], return_when=asyncio.FIRST_COMPLETED)
            if not worker.done():
                worker.cancel()  # takes nothing more up, and waits for what it is at
            with contextlib.suppress(asyncio.CancelledError):
                await worker
            if others[-1].done() and not stop.is_set():
                await others[-1]
        finally:
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)


async def _look_for_lost() -> None:
    """Again and again; ends when the database is away."""
    while True:
        await asyncio.sleep(taking.PACE.beat)
        await sync_to_async(taking.take_up_lost)()


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo'"
            " AND (scheduled_at IS NULL OR scheduled_at <= statement_timestamp()))"
        )
        (waits,) = cursor.fetchone()
    return bool(waits)
