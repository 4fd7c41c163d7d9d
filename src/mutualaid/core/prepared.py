"""Statements of work that is done a hundred times a second: prepared by the server, since to plan one takes PostgreSQL longer
than to run it, most of all under row-level security."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor

_RUNS = 2
"""So often a connection runs a statement before it is prepared."""


@contextmanager
def prepared() -> Iterator[None]:
    """Inside a transaction: its statements are bound by the server, and prepared once they come again on this connection. For
    actions that many call, and whose statements have few forms. Django's list of queries then lacks their texts."""
    raw: Any = connection.connection
    if raw is None or not connection.in_atomic_block:
        raise RuntimeError("statements are prepared inside a transaction: expected an open one, found none")
    before = raw.cursor_factory, raw.prepare_threshold
    raw.cursor_factory, raw.prepare_threshold = ServerBindingCursor, _RUNS
    try:
        yield
    finally:
        raw.cursor_factory, raw.prepare_threshold = before
