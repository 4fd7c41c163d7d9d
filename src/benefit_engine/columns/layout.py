"""Cases and decisions as flat columns: the schemas, and one case to rows and back.

A case is a run of rows with the same ``case``. The k-th row carries the case's k-th cover, k-th event, k-th counter of the
opening and k-th payment, each in columns of its own; who has one cover and one event has one row. The member's columns
count from the first row. Lists of words stand in one text, parted by ``;``. A column that a file lacks is unknown in all
its rows. Documented for users in docs/columns.md.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benefit_engine.columns.codes import AMOUNT_NAMES
from benefit_engine.decision import Line
from benefit_engine.facts import OF_PERSON

SEPARATOR = ";"
MONEY = pa.decimal128(18, 2)
_DAY, _TEXT, _WHOLE, _FLAG = pa.date32(), pa.string(), pa.int32(), pa.bool_()

MEMBER = {
    "member_birth_date": _DAY,
    "member_sex": _TEXT,
    "member_employment": _TEXT,
    "member_basic_insurance": _TEXT,
    "member_groups": _TEXT,
    "member_relation": _TEXT,
}
COVER = {
    "cover_plan": _TEXT,
    "cover_units": _WHOLE,
    "cover_from": _DAY,
    "cover_until": _DAY,
    "cover_joined_on": _DAY,
    "cover_consecutive_periods": _WHOLE,
    "cover_option": _TEXT,
    "cover_risk_class": _TEXT,
    "cover_combination": _TEXT,
}
EVENT = {
    "event": _TEXT,
    "kind": _TEXT,
    "started_on": _DAY,
    "ended_on": _DAY,
    "settled_on": _DAY,
    "filed_on": _DAY,
    "reported_on": _DAY,
    "hospital_level": _WHOLE,
    "diagnoses": _TEXT,
    "operations": _TEXT,
    "severity": _TEXT,
    "accident": _FLAG,
    "disability_grade": _WHOLE,
    "accident_on": _DAY,
    "cause": _TEXT,
    "first_diagnosed_on": _DAY,
    "rest_days": _WHOLE,
    "circumstances": _TEXT,
    "settled_by_insurance": _FLAG,
    "reverses": _TEXT,
    "replaces": _TEXT,
}
AMOUNTS = dict.fromkeys(AMOUNT_NAMES, MONEY)
"""Columns of amounts; further ones begin with ``x_`` and are money too."""
OPENING = {
    "opening_family": _TEXT,
    "opening_counter": _TEXT,
    "opening_key": _TEXT,
    "opening_amount": MONEY,
    "opening_count": _WHOLE,
    "opening_last_on": _DAY,
}
PAID = {
    "paid_event": _TEXT,
    "paid_plan": _TEXT,
    "paid_benefit": _TEXT,
    "paid_amount": MONEY,
}
CASES = {"case": _TEXT, **MEMBER, **COVER, **EVENT, **AMOUNTS, **OPENING, **PAID}
"""Every column of a file of cases that needs no ``x_``, in the order in which they are written."""
LISTS = frozenset({"member_groups", "diagnoses", "operations", "circumstances"})
IDS = frozenset({"case", "event", "cause", "reverses", "replaces", "paid_event"})
"""Columns of texts that do not repeat much; the others are read well as dictionaries."""
_WORDS = pa.dictionary(pa.int32(), _TEXT)
_HALVES = re.compile("[\ud800-\udfff]")
"""Lone surrogates, which JSON can escape and UTF-8 cannot write."""

DECISIONS = {
    "case": _TEXT,
    "event": _TEXT,
    "plan": _TEXT,
    "benefit": _TEXT,
    "outcome": _TEXT,
    "amount": MONEY,
    "reasons": _TEXT,
    "missing": _TEXT,
    "provisional": _FLAG,
    "paid_before": MONEY,
    "due": MONEY,
    "line": pa.int64(),
    "error": _TEXT,
}
"""Every column of a file of decisions: one row per line; a bad case has one row, with only its id, the ``line`` (row) of the
file of cases on which it begins, and its ``error``."""


class NotFlat(ValueError):
    """A case that flat columns cannot say: a word with the separator in it, or what only JSON has, such as half a character."""


def cases_schema(own_amounts: Sequence[str] = ()) -> pa.Schema:
    """The schema of a file of cases, with columns for a plan's own amounts (``x_…``)."""
    return pa.schema([*CASES.items(), *((name, MONEY) for name in own_amounts)])


def decisions_schema() -> pa.Schema:
    """The schema of a file of decisions; few different words, so most columns are dictionaries."""
    few = {"plan", "benefit", "outcome", "reasons", "missing"}
    return pa.schema(
        [(name, pa.dictionary(pa.int32(), pa.string()) if name in few else kind) for name, kind in DECISIONS.items()]
    )


def read_as(name: str, found: pa.DataType) -> pa.DataType:
    """The type in which a column is decided: its own, or a dictionary of texts as it is."""
    kind = CASES.get(name, MONEY)
    return found if found == _WORDS and kind == _TEXT and name not in IDS else kind


def fitted(table: pa.Table) -> pa.Table:
    """A partition as it is decided: each column in one piece and of its type, no null among the words of a dictionary.

    Raises ValueError when a column holds more text than one piece can.
    """
    for place, column in enumerate(table.schema):
        kind = read_as(column.name, column.type)
        chunks = table.column(place).chunks if pa.types.is_dictionary(kind) else []
        if any(chunk.dictionary.null_count for chunk in chunks):
            kind = _TEXT
        if kind != column.type:
            words = pa.types.is_dictionary(column.type)
            plain = table.column(place).cast(column.type.value_type) if words else table.column(place)
            table = table.set_column(place, column.name, plain.cast(kind))
    table = table.combine_chunks()
    large = [name for name in table.column_names if table.column(name).num_chunks > 1]
    if large:
        raise ValueError(f"expected less than 2 GiB of text in a partition, found more in {large[0]}; part it smaller")
    return table


def first_rows(case: Any) -> NDArray[np.int64]:
    """The first row of each case, from the column ``case``: the same id one row after another is one case."""
    if isinstance(case, pa.ChunkedArray):
        case = case.chunk(0) if case.num_chunks else pa.nulls(0, _TEXT)
    new = np.ones(len(case), dtype=bool)
    if len(case) > 1:
        new[1:] = pc.fill_null(pc.not_equal(case[1:], case[:-1]), True).to_numpy(zero_copy_only=False)
    return np.flatnonzero(new)


def rows_of(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one contract case (a JSON value that has been checked). Raises NotFlat."""
    covers, events = case.get("covers") or [], case.get("events") or []
    opening, paid = case.get("opening") or [], case.get("paid") or []
    if case.get("paid") == []:
        raise NotFlat("an empty list of payments")
    if any(cover.get(fact) is not None for cover in covers for fact in OF_PERSON):
        raise NotFlat("facts of a person that a cover says of its own time")
    rows: list[dict[str, Any]] = []
    for place in range(max(1, len(covers), len(events), len(opening), len(paid))):
        row: dict[str, Any] = {"case": case["case"]}
        if place == 0:
            row |= _part(case.get("member") or {}, MEMBER, "member_")
        for items, columns, before in (
            (covers, COVER, "cover_"),
            (events, EVENT, ""),
            (opening, OPENING, "opening_"),
            (paid, PAID, "paid_"),
        ):
            if place < len(items):
                row |= _part(items[place], columns, before)
        if place < len(events):
            row |= _amounts(events[place].get("amounts") or {})
        rows.append(row)
    return rows


def flat_rows(case: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """``rows_of``, or None for a case that flat columns cannot say."""
    try:
        return rows_of(case)
    except NotFlat:
        return None


def _part(part: Mapping[str, Any], columns: Mapping[str, pa.DataType], before: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, kind in columns.items():
        value = part.get(column.removeprefix(before))
        if value is None:
            continue
        if column in LISTS:
            if any(SEPARATOR in word or not word for word in value):
                raise NotFlat(column)
            value = SEPARATOR.join(value)
            if _HALVES.search(value):
                raise NotFlat(column)
        elif kind == _DAY:
            value = datetime.date.fromisoformat(value)
        elif kind == MONEY:
            value = Decimal(value)
        found[column] = value
    return found


def _amounts(amounts: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in amounts.items() if value is not None}


def line_row(case: str, line: Line) -> dict[str, Any]:
    """The row of one line of a decision."""
    row: dict[str, Any] = {
        "case": case,
        "event": line.event,
        "plan": line.plan,
        "benefit": line.benefit,
        "outcome": line.outcome,
        "amount": _decimal(line.amount),
        "reasons": SEPARATOR.join(line.reasons),
        "missing": SEPARATOR.join(line.missing) or None,
        "provisional": line.provisional,
    }
    if line.paid_before is not None:
        row |= {"paid_before": _decimal(line.paid_before), "due": _decimal(line.amount - line.paid_before)}
    return row


def row_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """The line of a decision as the contract writes it, from a row of decisions; its working is not known."""
    line: dict[str, Any] = {name: row[name] for name in ("event", "plan", "benefit", "outcome")}
    line["amount"] = str(row["amount"])
    line["reasons"] = row["reasons"].split(SEPARATOR) if row["reasons"] else []
    line["working"] = []
    if row["missing"]:
        line["missing"] = row["missing"].split(SEPARATOR)
    if row["provisional"]:
        line["provisional"] = True
    if row["paid_before"] is not None:
        line |= {"paid_before": str(row["paid_before"]), "due": str(row["due"])}
    return line


def lines_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of decisions as a table."""
    arrays = []
    schema = decisions_schema()
    for column in schema:
        values = [row.get(column.name) for row in rows]
        few = pa.types.is_dictionary(column.type)
        arrays.append(pa.array(values, type=_TEXT).dictionary_encode() if few else pa.array(values, type=column.type))
    return pa.table(arrays, schema=schema)


NOTHING = Decimal("0.00")


def _decimal(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def case_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The contract case that rows of one case say (values as pyarrow gives them)."""
    names = dict.fromkeys(name for row in rows for name in row)
    said = {name: [_said(name, row.get(name)) for row in rows] for name in names}
    return _Columns(said).case(0, len(rows))


def cases_of(table: Any, first: NDArray[np.int64], chosen: NDArray[np.int64] | None = None) -> Iterator[dict[str, Any]]:
    """The contract cases of a table, or the ``chosen`` of them by their places. ``first``: the first row of each case."""
    ends = np.append(first[1:], table.num_rows)
    starts = first
    if chosen is not None:
        starts, ends = first[chosen], ends[chosen]
    for at in range(0, len(starts), _CASES):
        lengths = ends[at : at + _CASES] - starts[at : at + _CASES]
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        rows = np.repeat(starts[at : at + _CASES] - bounds[:-1], lengths) + np.arange(bounds[-1])
        taken = table.slice(rows[0], len(rows)) if chosen is None else table.take(pa.array(rows))
        columns = _Columns({name: spelt for name in taken.column_names if (spelt := _spelt(taken[name], name))})
        for start, end in itertools.pairwise(bounds.tolist()):
            yield columns.case(start, end)


_CASES = 5_000
"""Cases that are turned into Python values at a time."""


class _Columns:
    """Rows as the contract writes their values, column by column; columns that say nothing may be left out."""

    def __init__(self, said: Mapping[str, list[Any]]) -> None:
        self.ids = said.get("case")

        def part(columns: Mapping[str, pa.DataType], before: str) -> list[tuple[str, list[Any]]]:
            return [(name.removeprefix(before), said[name]) for name in columns if name in said]

        self.member, self.covers, self.events = part(MEMBER, "member_"), part(COVER, "cover_"), part(EVENT, "")
        self.amounts = [(name, values) for name, values in said.items() if name in AMOUNTS or name.startswith("x_")]
        self.opening, self.paid = part(OPENING, "opening_"), part(PAID, "paid_")

    def case(self, start: int, end: int) -> dict[str, Any]:
        """The case of rows from ``start`` until ``end``."""
        rows = range(start, end)
        case: dict[str, Any] = {"case": self.ids[start] if self.ids else None, "member": _row(self.member, start)}
        case["covers"] = [cover for row in rows if (cover := _row(self.covers, row))]
        events = ((_row(self.events, row), _row(self.amounts, row)) for row in rows)
        case["events"] = [{**event, "amounts": amounts} for event, amounts in events if event or amounts]
        for key, columns in (("opening", self.opening), ("paid", self.paid)):
            if columns and (items := [item for row in rows if (item := _row(columns, row))]):
                case[key] = items
        return case


def _row(columns: list[tuple[str, list[Any]]], row: int) -> dict[str, Any]:
    return {name: value for name, values in columns if (value := values[row]) is not None}


def _said(name: str, value: Any) -> Any:
    """A value of a column as the contract writes it."""
    if value is None:
        return None
    if name in LISTS:
        return value.split(SEPARATOR) if value else []
    return str(value) if CASES.get(name, MONEY) in (_DAY, MONEY) else value


def _spelt(column: Any, name: str) -> list[Any]:
    """A whole column as the contract writes it; empty when it says nothing."""
    if column.null_count == len(column):
        return []
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if CASES.get(name, MONEY) in (_DAY, MONEY):
        column = column.cast(_TEXT)
    values: list[Any] = column.to_pylist()
    return [_said(name, value) for value in values] if name in LISTS else values
