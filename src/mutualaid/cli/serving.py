"""``mutualaid serve``: looks at the deployment, collects what browsers are served, serves the pages until asked to stop."""

from __future__ import annotations

import os
import signal
import socket

from rich.console import Console

from mutualaid.core import preparing
from mutualaid.core.cluster import ClusterError
from mutualaid.core.places import PlaceError, cluster

APPLICATION = "mutualaid.web.wsgi:application"
THREADS = 4
"""Requests that one worker answers at once; each needs a connection to the database."""
KILL_AFTER = 5
"""Seconds that a worker may take to finish what it is doing when the server stops."""
PORTS_TRIED = 50


def serve(console: Console, errors: Console, *, host: str, port: int, workers: int, zh: bool) -> int:
    """Exit status: 0 stopped when asked to, 2 not started."""

    def said(chinese: str, english: str) -> None:
        console.print(chinese if zh else english, markup=False, highlight=False)

    free = free_port(host, port)
    if free is None:
        other = free_port(host, 0)
        errors.print(
            f"{host}:{port} 用不了或已被占用；请停掉占用它的程序，或换一个端口，例如 --port {other}（--port 0 自动选择）"
            if zh
            else f"{host}:{port} is taken or cannot be used; stop what uses it, or take another port, "
            f"such as --port {other} (--port 0 chooses one)",
            markup=False,
        )
        return 2
    os.environ["MUTUALAID_COLLECTED"] = "1"
    try:
        if not os.environ.get("DATABASE_URL") and cluster().start():
            said("已启动自带的数据库", "started the private database")
        preparing.begin()
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return 2
    if not _fit(errors, zh=zh):
        return 2
    from mutualaid.core import assets

    if assets.collect():
        said("已收集网页所需的样式、脚本和字体", "collected the style sheets, scripts and fonts of the pages")
    said(
        f"服务地址 http://{host}:{free}/ （{workers} 个进程；Ctrl-C 停止）",
        f"serving at http://{host}:{free}/ with {workers} workers; Ctrl-C stops",
    )
    _run(host, free, workers)
    said("服务已停止", "the server has stopped")
    return 0


def free_port(host: str, port: int) -> int | None:
    """The port, if it can be listened on there; 0 chooses any that is free; None if it is taken."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            tried.listen(1)  # two may bind to one port; only one may listen
            return int(tried.getsockname()[1])
    except OSError:
        return None


def next_free_port(host: str, port: int) -> int:
    """The port, or the first free one after it."""
    for tried in range(port, min(port + PORTS_TRIED, 65_536)):
        if free_port(host, tried):
            return tried
    return free_port(host, 0) or port


def _fit(errors: Console, *, zh: bool) -> bool:
    """Is there nothing wrong that would do harm to serve with? Every such fault is told."""
    from django.db import connection

    from mutualaid.core.deployment import GRAVE, findings

    faults = [finding for finding in findings() if not finding.good and finding.name in GRAVE]
    connection.close()  # workers are copies of this process; a connection must not be
    for fault in faults:
        errors.print(f"{fault.name}: {fault.zh if zh else fault.en}", markup=False)
    if faults:
        errors.print(
            "没有启动；全部检查：mutualaid check" if zh else "not started; for every point: mutualaid check",
            markup=False,
        )
    return not faults


def _run(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP (a closed terminal); a worker that dies is replaced."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
    )
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    server.serve()
