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


class _Telling(ServerBindingCursor):
    """One that keeps the text of a statement, with ``$1`` for values, also where the server has it already: by it Django's list
    of queries, and whoever counts statements, knows them."""

    def _convert_query(self, query: Any, params: Any = None) -> Any:
        self._query = super()._convert_query(query, params)  # type: ignore[misc] # of psycopg, which stubs leave out
        return self._query


@contextmanager
def prepared() -> Iterator[None]:
    """Inside a transaction: its statements are bound by the server, and prepared once they come again on this connection. For
    actions that many call, and whose statements have few forms."""
    raw: Any = connection.connection
    if raw is None or not connection.in_atomic_block:
        raise RuntimeError("statements are prepared inside a transaction: expected an open one, found none")
    before = raw.cursor_factory, raw.prepare_threshold
    raw.cursor_factory, raw.prepare_threshold = _Telling, _RUNS
    try:
        yield
    finally:
        raw.cursor_factory, raw.prepare_threshold = before
