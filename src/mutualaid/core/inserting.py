"""Many new rows of one table at once, column by column: a statement has as many parameters as columns, whatever the rows.

Django's ``bulk_create`` writes a parameter for each value as soon as a table has a list, bytes, or a column that the database
fills in; then most of the time of a thousand rows is spent on the text of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=models.Model)
AT_ONCE = 1000


class MixedColumns(TypeError):
    """Rows of which some leave a column to the database and others do not."""


def insert_all(rows: Sequence[Row]) -> list[Row]:
    """Insert rows of one table whose key the database gives, as ``bulk_create`` does: each is told its key and what else the
    table gives back. A column that the database fills in is left out. Within a transaction. Raises MixedColumns."""
    made = list(rows)
    for first in range(0, len(made), AT_ONCE):
        _insert(made[first : first + AT_ONCE])
    return made


def _insert(rows: Sequence[Row]) -> None:
    meta = type(rows[0])._meta
    names, given, wanted, values = [], [], [], []
    for field in meta.local_concrete_fields:
        told = [field.pre_save(row, add=True) for row in rows]
        left = [isinstance(value, DatabaseDefault) for value in told]
        if field.primary_key or all(left):
            continue
        if any(left):
            raise MixedColumns(
                f"{meta.label}.{field.name}: expected that all rows or none leave it to the database; insert them apart"
            )
        column = f"c{len(names)}"
        # Without its length: an explicit cast to varchar(20) would cut what is too long, instead of refusing it.
        kind = re.sub(r"\(.*?\)", "", str(field.db_type(connection)))
        is_list = isinstance(field, ArrayField)
        given.append("%s::text[]" if is_list else f"%s::{kind}[]")
        wanted.append(f"{column}::{kind}" if is_list else column)
        prepared = [field.get_db_prep_save(value, connection) for value in told]
        values.append([_list(value) for value in prepared] if is_list else prepared)
        names.append(connection.ops.quote_name(str(field.column)))
    _execute(rows, names, given, wanted, values)


def _execute(
    rows: Sequence[models.Model], names: list[str], given: list[str], wanted: list[str], values: list[list[Any]]
) -> None:
    meta = type(rows[0])._meta
    returned = meta.db_returning_fields
    quote = connection.ops.quote_name
    columns = ", ".join(f"c{place}" for place in range(len(names)))
    back = ", ".join(quote(str(field.column)) for field in returned)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(meta.db_table)} ({', '.join(names)}) SELECT {', '.join(wanted)}"  # noqa: S608 # nosec B608 - names of our own columns
            f" FROM unnest({', '.join(given)}) AS given({columns}) RETURNING {back}",
            values,
        )
        told = cursor.fetchall()
    for row, found in zip(rows, told, strict=True):
        for field, value in zip(returned, found, strict=True):
            setattr(row, field.attname, value)
        row._state.adding = False
        row._state.db = connection.alias


def _list(value: Sequence[Any] | None) -> str | None:
    """A list as PostgreSQL writes it: lists of different lengths make no array of arrays."""
    if value is None:
        return None
    parts = ("NULL" if one is None else '"{}"'.format(re.sub(r'(["\\])', r"\\\1", str(one))) for one in value)
    return "{" + ",".join(parts) + "}"
