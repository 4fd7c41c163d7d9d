"""New rows written quickly: one by a statement that is composed once for each table, or many at once, column by column.

``insert`` and ``insert_all`` take rows of a model; ``insert_columns`` takes the columns themselves, for rosters of 200,000
persons: to make a row of a model takes Python longer than PostgreSQL to write it.

To compose an insert takes Django longer than to send it. ``bulk_create`` writes a parameter for each value as soon as a table has
a list, bytes, or a column that the database fills in; by columns there are as many parameters as columns, whatever the rows.

What the database fills in is left to it, and told.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

from mutualaid.core.encryption import BlindIndexField, EncryptedField
from mutualaid.core.prepared import prepared
from mutualaid.core.sizes import FIRST, learn_size, pieces

Row = TypeVar("Row", bound=models.Model)
AT_ONCE = 1000
COLUMNS_AT_ONCE = 5000
"""Rows of one statement by columns: some megabytes."""


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
    for piece in pieces(len(made), AT_ONCE):
        if piece.start <= FIRST:
            learn_size(type(made[0]), len(made))
        _insert(made[piece])
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


@dataclass(frozen=True)
class Same:
    """A column that holds the same in all rows."""

    value: Any


def insert_columns(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any] | Same | Made],
    *,
    returning: Sequence[str] = (),
    told: Callable[[int], None] = lambda _rows: None,
) -> list[tuple[Any, ...]]:
    """Insert rows of a table by columns (``attname``: values as the model holds them, all of one length); those that are not
    named are the database's to fill. Texts of encrypted columns are encrypted; a blind index not named follows its column.
    Gives the columns asked for, row by row in the order given; ``told`` is called with how many rows are written. Within a
    transaction."""
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    lengths = {len(values) for values in columns.values() if not isinstance(values, Same)}
    if len(lengths) != 1 or columns.keys() - fields.keys():
        raise TypeError(
            f"{model._meta.label}: expected columns of one length, found {sorted(columns)} of {sorted(lengths)}"
        )
    (count,) = lengths
    if not count:
        return []
    blind = [field for field in fields.values() if isinstance(field, BlindIndexField) and field.attname not in columns]
    written: dict[str, Sequence[Any] | Same | Made | _Hashes] = {**columns}
    for field in blind:
        source = written.get(field.of)
        if source is not None and not isinstance(source, Same | Made | _Hashes):
            written[field.attname] = _Hashes(field, source)
    forms = tuple((name, isinstance(values, Same)) for name, values in written.items())
    statement = _by_columns(model, forms, tuple(returning))
    to = connections[DEFAULT_DB_ALIAS]

    def ready(piece: slice) -> list[Any]:
        return [_ready(fields[name], values, piece, to) for name, values in written.items()]

    given: list[tuple[Any, ...]] = []
    with prepared(), to.cursor() as cursor:
        for place, piece in _ahead(ready, list(pieces(count, COLUMNS_AT_ONCE))):
            if place.start <= FIRST:
                learn_size(model, count)
            cursor.execute(statement, piece)
            if returning:
                given += cursor.fetchall()
            told(place.stop)
    return given


def _ahead(ready: Callable[[slice], list[Any]], places: Sequence[slice]) -> Iterator[tuple[slice, list[Any]]]:
    """The pieces, each with its place. The next one is encrypted by a thread while PostgreSQL writes the one before: whoever
    waits for PostgreSQL needs no Python. (A pipeline sends a piece only in part before the next is there.)"""
    if len(places) == 1:
        yield places[0], ready(places[0])
        return
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(ready, places[0])
        for place, following in pairwise(places):
            piece = coming.result()
            coming = other.submit(ready, following)
            yield place, piece
        yield places[-1], coming.result()


def scattered(key: int) -> int:
    """An order by which keys that follow each other do not: into an index of exclusion (GiST) rows in the order of their keys go
    three times as slowly as scattered ones."""
    return key * 2_654_435_761 % 2**32


@dataclass(frozen=True)
class Made:
    """A column of so many values that are made piece by piece, each shortly before it is written."""

    count: int
    make: Callable[[slice], Sequence[Any]]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, piece: slice) -> Sequence[Any]:
        return self.make(piece)


@dataclass(frozen=True)
class _Hashes:
    """Blind indexes of a column, made piece by piece."""

    field: BlindIndexField
    source: Sequence[Any]

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, piece: slice) -> list[str | None]:
        return self.field.hashes_of(self.source[piece])


def _ready(field: Any, values: Any, piece: slice, to: Any) -> Any:
    """The values of a column for the statement: an array as PostgreSQL writes it."""
    if isinstance(values, Same):
        if isinstance(field, ArrayField):
            return _list(values.value)
        return field.get_db_prep_save(values.value, to)
    some = values[piece]
    if isinstance(field, EncryptedField):
        some = field.sealed(some)
    elif isinstance(field, ArrayField):
        some = _each(some, _list)
    elif isinstance(field, models.JSONField):
        some = _each(some, _json)
    elif isinstance(field, models.BinaryField):
        some = [value.hex() for value in some]
    return array_text(some)


def _each(values: Sequence[Any], write: Callable[[Any], Any]) -> list[Any]:
    """Values written one by one; what comes again, and most do, is written once."""
    known: dict[int, Any] = {}
    return [known[id(value)] if id(value) in known else known.setdefault(id(value), write(value)) for value in values]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def array_text(values: Sequence[Any]) -> str:
    """An array of texts, numbers or days as PostgreSQL reads it: one parameter, however many there are."""
    try:
        joined = '","'.join(values)
    except TypeError:
        return "{" + ",".join("NULL" if value is None else _quoted(str(value)) for value in values) + "}"
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return "{" + ",".join(map(_quoted, values)) + "}"
    return '{"' + joined + '"}'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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


@functools.cache
def _by_columns(model: type[models.Model], told: tuple[tuple[str, bool], ...], returning: tuple[str, ...]) -> str:
    """The statement of ``insert_columns``: columns that hold the same are one value, the others an array each."""
    to = connections[DEFAULT_DB_ALIAS]
    quote = to.ops.quote_name
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    names, wanted = [], []
    for place, (name, same) in enumerate(told):
        field = fields[name]
        # Without its length: an explicit cast to varchar(20) would cut what is too long, instead of refusing it.
        kind = re.sub(r"\(.*?\)", "", str(field.db_type(to)))
        names.append(quote(str(field.column)))
        if same:
            wanted.append((f"c{place}", f"%s::{kind}", "value"))
        elif isinstance(field, models.BinaryField):
            wanted.append((f"decode(c{place}, 'hex')", "%s::text[]", "array"))
        elif isinstance(field, ArrayField | models.JSONField):
            wanted.append((f"c{place}::{kind}", "%s::text[]", "array"))
        else:
            wanted.append((f"c{place}", f"%s::{kind}[]", "array"))
    # Parameters stand in the order of the columns: each comes from a row of its own before the arrays are spread.
    once = ", ".join(f"{given} AS p{place}" for place, (_, given, _) in enumerate(wanted))
    arrays = [place for place, (_, _, form) in enumerate(wanted) if form == "array"]
    spread = ", ".join(f"p{place}" for place in arrays)
    columns = ", ".join(f"c{place}" for place in arrays)
    values = ", ".join(f"p{place}" if form == "value" else value for place, (value, _, form) in enumerate(wanted))
    ending = " RETURNING " + ", ".join(quote(str(fields[name].column)) for name in returning) if returning else ""
    table = quote(model._meta.db_table)
    into = f"INSERT INTO {table} ({', '.join(names)}) SELECT {values}"  # nosec B608
    return f"{into} FROM (SELECT {once}) AS told, unnest({spread}) AS given({columns}){ending}"  # nosec B608


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
