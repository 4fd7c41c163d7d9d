"""Statements of work that is done a hundred times a second: prepared by the server, and inserts composed once for each table.

To plan a statement takes PostgreSQL longer than to run it, most of all under row-level security; to compose an insert takes
Django longer than to send it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=models.Model)
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


def insert(row: Row) -> Row:
    """Insert a new row, as ``save(force_insert=True)`` does. Columns that the database fills are left to it, and read."""
    fields = row._meta.local_concrete_fields
    values = {field: field.pre_save(row, add=True) for field in fields}
    computed = any(_is_computed(value) for value in values.values())
    if computed or row._meta.parents or any(_is_unsaved(row, field) for field in fields):
        row.save(force_insert=True)  # the whole way; and it refuses what is not saved yet
        return row
    left = frozenset(field.attname for field, value in values.items() if _is_left(field, value))
    statement, told = _insertion(type(row), left)
    to = connections[DEFAULT_DB_ALIAS]  # itself: its stand-in would be asked once for each column
    written = [field.get_db_prep_save(value, to) for field, value in values.items() if field.attname not in left]
    with to.cursor() as cursor:
        cursor.execute(statement, written)
        for name, value in zip(told, cursor.fetchone() if told else (), strict=True):
            setattr(row, name, value)
    row._state.adding, row._state.db = False, to.alias
    return row


def _is_left(field: Any, value: object) -> bool:
    """To the database: its default, or its next key."""
    return isinstance(value, DatabaseDefault) or (field.primary_key and value is None)


def _is_computed(value: object) -> bool:
    """An expression of SQL."""
    return hasattr(value, "resolve_expression") and not isinstance(value, DatabaseDefault)


def _is_unsaved(row: models.Model, field: Any) -> bool:
    """A row that it points to, and that has no key yet or got it later."""
    if not field.is_relation or not field.is_cached(row):
        return False
    other = field.get_cached_value(row)
    key = None if other is None else getattr(other, field.target_field.attname)
    return other is not None and (key is None or key != getattr(row, field.attname))


@functools.cache
def _insertion(model: type[models.Model], left: frozenset[str]) -> tuple[str, list[str]]:
    """The statement that inserts a row of a table without the columns that are left out, and the names of what it gives."""
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in model._meta.local_concrete_fields if field.attname not in left]
    given = [field for field in model._meta.local_concrete_fields if field.attname in left]
    # Names of tables and columns of our own models, nothing that anybody typed.
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES "  # noqa: S608 # nosec B608
    statement += f"({', '.join('%s' for _ in columns)})"
    if given:
        statement += " RETURNING " + ", ".join(quote(str(field.column)) for field in given)
    return statement, [field.attname for field in given]
