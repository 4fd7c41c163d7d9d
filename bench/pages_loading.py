"""Loading a private database quickly, so that what stands there afterwards is what stands in earnest: nothing is synced to disk
meanwhile, and indexes and constraints that would be looked up row by row are taken away and built again, checked, at the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

_MEANWHILE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "8GB"}
"""Of the whole server: it is this run's own. Set back before anything is measured."""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('u', 'x')
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY (%s::regclass[]) AND NOT indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


def run(statement: str, values: Any = ()) -> None:
    """A statement, without what it answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


@contextlib.contextmanager
def unsynced() -> Iterator[None]:
    """While it lasts the server writes without waiting for the disk; afterwards everything is on it."""
    for name, value in _MEANWHILE.items():
        run(f"ALTER SYSTEM SET {name} = '{value}'")
    run("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        for name in _MEANWHILE:
            run(f"ALTER SYSTEM RESET {name}")
        run("SELECT pg_reload_conf()")
        run("CHECKPOINT")


@contextlib.contextmanager
def without_triggers() -> Iterator[None]:
    """While it lasts this connection fires no trigger and looks no reference up: whoever writes gives what they would give."""
    run("SET session_replication_role = replica")
    yield
    run("SET session_replication_role = origin")


@contextlib.contextmanager
def without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """While it lasts the tables have their primary keys alone. What they had is built again, and every constraint checked."""
    constraints, indexes = _rows(_CONSTRAINTS, tables), _rows(_INDEXES, tables)
    for table, name, _ in constraints:
        run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        run(f"DROP INDEX {name}")
    yield
    run("SET maintenance_work_mem = '256MB'")
    for table, name, told in constraints:
        run(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {told}')
    for _, told in indexes:
        run(told)
    built = {name for name, _ in _rows(_INDEXES, tables)}  # how their conditions are written may differ
    if built != {name for name, _ in indexes} or set(_rows(_CONSTRAINTS, tables)) != set(constraints):
        raise RuntimeError(
            "expected the indexes and constraints of before, found others: what is measured would be another"
        )


def _rows(statement: str, tables: Sequence[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(tables)])
        return list(cursor.fetchall())
