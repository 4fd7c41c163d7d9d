"""Queries that pages ask hundreds of times a second, put together once: Django takes longer to write one down than PostgreSQL
to answer it.

    @written
    def _employments(*, member: int, on: datetime.date) -> QuerySet[Employment]:
        return Employment.objects.filter(on_day(on), member=member).select_related("employer__unit")

    rows = _employments(member=7, on=day)  # a list, read anew by every call

Inside a transaction, as pages are, PostgreSQL prepares it, for it plans longer than it reads under row-level security. Only the
text of the statement is kept, for each kind of arguments; never a row, nor an argument's value. So what is asked may
not depend on a value: no ``if`` on an argument inside.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet

from mutualaid.core.prepared import prepared

Asked = ParamSpec("Asked")
Row = TypeVar("Row", bound=Model)
Place = tuple[str, int]
"""An argument, and which of its values if it is a tuple."""

SHAPES = 200
"""Texts of statements that are kept for one query."""
_NUMBERS = -2_000_000_000
_DAYS = datetime.date(1, 1, 1)
_MOMENTS = datetime.datetime(2, 1, 1, tzinfo=datetime.UTC)


class NotWritable(TypeError):
    """A query that cannot be written down once; ``zh`` and ``en`` say why."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} · {en}")


def written(build: Callable[Asked, QuerySet[Row]]) -> Callable[Asked, list[Row]]:
    """The rows of a query. Arguments by keyword: int, str, day, aware moment, or a tuple of one of these (for ``__in``: nothing
    is in an empty one; a statement for each length). Raises NotWritable at the first call."""
    known: dict[tuple[Any, ...], _Statement] = {}

    @wraps(build)
    def ask(*_: Asked.args, **asked: Asked.kwargs) -> list[Row]:
        if () in asked.values():
            return []
        shape = tuple((name, *_kind(value)) for name, value in asked.items())
        statement = known.get(shape)
        if statement is None:
            if len(known) >= SHAPES:
                known.clear()
            statement = known[shape] = _Statement(build, asked)
        return statement.rows(asked)

    return ask


def _kind(value: Any) -> tuple[type, int]:
    if isinstance(value, tuple):
        return _kind(value[0])[0], len(value)
    if isinstance(value, str):
        return str, -1
    if type(value) in (int, datetime.date, datetime.datetime):
        return type(value), -1
    raise NotWritable(
        f"参数应为整数、文字、日期、时刻或它们的元组，得到 {type(value).__name__}",
        f"expected int, str, day, moment or a tuple of these, found {type(value).__name__}",
    )


def _stand_in(kind: type, place: int) -> Any:
    """A value that no row has, by which the place of an argument is found again."""
    if kind is int:
        return _NUMBERS - place
    if kind is str:
        return f"\x02{place}\x03"
    return (_DAYS if kind is datetime.date else _MOMENTS) + datetime.timedelta(days=place)


class _Statement:
    """The text of a query for one kind of arguments, and where its arguments stand in it."""

    def __init__(self, build: Callable[..., QuerySet[Any]], asked: Mapping[str, Any]) -> None:
        places: dict[Any, Place] = {}
        stands: dict[str, Any] = {}
        for name, value in asked.items():
            kind, length = _kind(value)
            made = []
            for number in range(max(length, 0) if length >= 0 else 1):
                made.append(_stand_in(kind, len(places)))
                places[made[-1]] = name, number
            stands[name] = tuple(made) if length >= 0 else made[0]
        self.queryset = build(**stands)
        self.compiler = self.queryset.query.get_compiler(using=self.queryset.db)
        self.sql, params = self.compiler.as_sql()
        self.params = [(places.get(param) if _may_stand(param) else None, param) for param in params]
        self.tuples = {name for name, value in stands.items() if isinstance(value, tuple)}
        if set(places.values()) - {place for place, _ in self.params}:
            raise NotWritable(
                f"{build.__name__} 的参数没有原样写进语句",
                f"the arguments of {build.__name__} do not stand in its statement as they are",
            )
        fields = [column[0] for column in self.compiler.select[: self.compiler.col_count]]
        self.converters = self.compiler.get_converters(fields)

    def rows(self, asked: Mapping[str, Any]) -> list[Any]:
        """What it finds now."""
        compiler: Any = copy.copy(self.compiler)
        compiler.connection = connections[self.queryset.db]
        told = self.sql, tuple(self._value(asked, place, param) for place, param in self.params)
        compiler.as_sql = lambda *_, **__: told
        compiler.get_converters = lambda _: self.converters
        rows: QuerySet[Any] = QuerySet(model=self.queryset.model, query=_Query(compiler))  # type: ignore[arg-type]
        with prepared() if compiler.connection.in_atomic_block else nullcontext():
            return list(rows)

    def _value(self, asked: Mapping[str, Any], place: Place | None, param: Any) -> Any:
        if place is None:
            return param
        name, number = place
        value = asked[name][number] if name in self.tuples else asked[name]
        if isinstance(value, str):
            return str(value)  # of an enumeration, what it says
        return type(param)(value) if isinstance(value, int) else value  # psycopg is told how long a number is


def _may_stand(param: Any) -> bool:
    return isinstance(param, int | str | datetime.date) and not isinstance(param, bool)


class _Query:
    """In place of a query that was compiled already."""

    values_select = ()

    def __init__(self, compiler: Any) -> None:
        self._compiler = compiler

    def get_compiler(self, using: str) -> Any:  # noqa: ARG002 - it has its connection
        """The compiler, with text and arguments."""
        return self._compiler
