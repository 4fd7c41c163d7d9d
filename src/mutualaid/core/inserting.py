"""New rows written quickly: one by a statement that is composed once for each table, or many at once, column by column.

To compose an insert takes Django longer than to send it. ``bulk_create`` writes a parameter for each value as soon as a table has
a list, bytes, or a column that the database fills in; by columns there are as many parameters as columns, whatever the rows.

Both leave to the database what it fills in, and tell the rows what that was.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=models.Model)
AT_ONCE = 1000


class MixedColumns(TypeError):
    """Rows of which some leave a column to the database and others do not."""


def insert(row: Row) -> Row:
    """Insert a new row, as ``save(force_insert=True)`` does. Columns that the database fills are left to it, and read."""
    fields = row._meta.local_concrete_fields
    values = {field: field.pre_save(row, add=True) for field in fields}
    computed = any(_is_computed(value) for value in values.values())
    if computed or row._meta.parents or any(_is_unsaved(row, field) for field in fields):
        row.save(force_insert=True)  # the whole way; and it refuses what is not saved yet
        return row
    left = frozenset(field.attname for field, value in values.items() if _is_left(field, value))
    statement, told = _one(type(row), left)
    to = connections[DEFAULT_DB_ALIAS]  # itself: its stand-in would be asked once for each column
    written = [field.get_db_prep_save(value, to) for field, value in values.items() if field.attname not in left]
    with to.cursor() as cursor:
        cursor.execute(statement, written)
        _tell(row, told, cursor.fetchone() if told else (), to.alias)
    return row


def insert_all(rows: Sequence[Row]) -> list[Row]:
    """Insert rows of one table whose key the database gives, as ``bulk_create`` does: each is told its key and what else the
    table gives back. A column that the database fills in is left out. Within a transaction. Raises MixedColumns."""
    made = list(rows)
    for first in range(0, len(made), AT_ONCE):
        _insert(made[first : first + AT_ONCE])
    return made


def _insert(rows: Sequence[Row]) -> None:
    to = connections[DEFAULT_DB_ALIAS]
    left: set[str] = set()
    values: list[list[Any]] = []
    for field in rows[0]._meta.local_concrete_fields:
        found = [field.pre_save(row, add=True) for row in rows]
        leaves = [field.primary_key or _is_left(field, value) for value in found]
        if all(leaves):
            left.add(field.attname)
            continue
        if any(leaves):
            raise MixedColumns(
                f"{rows[0]._meta.label}.{field.name}: expected that all rows or none leave it to the database; insert them "
                "apart"
            )
        ready = [field.get_db_prep_save(value, to) for value in found]
        values.append([_list(value) for value in ready] if isinstance(field, ArrayField) else ready)
    statement, told = _many(type(rows[0]), frozenset(left))
    with to.cursor() as cursor:
        cursor.execute(statement, values)
        for row, given in zip(rows, cursor.fetchall(), strict=True):
            _tell(row, told, given, to.alias)


# --- what the database fills in ---------------------------------------------------------------------------------------


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


def _tell(row: models.Model, names: Iterable[str], given: Iterable[Any], alias: str) -> None:
    """A row that was just inserted learns what the database filled in."""
    for name, value in zip(names, given, strict=True):
        setattr(row, name, value)
    row._state.adding, row._state.db = False, alias


# --- the statements: names of tables and columns of our own models, nothing that anybody typed -------------------------


@functools.cache
def _one(model: type[models.Model], left: frozenset[str]) -> tuple[str, list[str]]:
    """The statement that inserts a row of a table without the columns that are left out, and the names of what it gives."""
    table, columns, returning, told = _parts(model, left)
    marks = ", ".join("%s" for _ in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}){returning}", told  # noqa: S608 # nosec B608


@functools.cache
def _many(model: type[models.Model], left: frozenset[str]) -> tuple[str, list[str]]:
    """The same for many rows, each column of which is an array."""
    table, columns, returning, told = _parts(model, left)
    to = connections[DEFAULT_DB_ALIAS]
    given, wanted = [], []
    for place, field in enumerate(one for one in model._meta.local_concrete_fields if one.attname not in left):
        # Without its length: an explicit cast to varchar(20) would cut what is too long, instead of refusing it.
        kind = re.sub(r"\(.*?\)", "", str(field.db_type(to)))
        is_list = isinstance(field, ArrayField)
        given.append("%s::text[]" if is_list else f"%s::{kind}[]")
        wanted.append(f"c{place}::{kind}" if is_list else f"c{place}")
    names = ", ".join(f"c{place}" for place in range(len(columns)))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(wanted)}"  # nosec B608
    return f"{statement} FROM unnest({', '.join(given)}) AS given({names}){returning}", told


def _parts(model: type[models.Model], left: frozenset[str]) -> tuple[str, list[str], str, list[str]]:
    """The table, the columns that are written, the words that ask for those that are left, and their names."""
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    fields = model._meta.local_concrete_fields
    columns = [quote(str(field.column)) for field in fields if field.attname not in left]
    given = [field for field in fields if field.attname in left]
    returning = " RETURNING " + ", ".join(quote(str(field.column)) for field in given) if given else ""
    return quote(model._meta.db_table), columns, returning, [field.attname for field in given]


def _list(value: Sequence[Any] | None) -> str | None:
    """A list as PostgreSQL writes it: lists of different lengths make no array of arrays."""
    if value is None:
        return None
    parts = ("NULL" if one is None else '"{}"'.format(re.sub(r'(["\\])', r"\\\1", str(one))) for one in value)
    return "{" + ",".join(parts) + "}"
