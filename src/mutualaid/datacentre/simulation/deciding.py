"""A year decided under both versions by the columnar engine, partition by partition.

Cases are judged as ``mutualaid adjudicate`` judges them; one that is bad under either version counts under neither. What is
left of the year is written to a file of its own, so that whatever is counted afterwards is counted of the same cases.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from benefit_engine.columns.arrays import Ints
from benefit_engine.columns.layout import cases_schema, decisions_schema, first_rows
from mutualaid.datacentre.simulation.versions import Versions, as_after
from mutualaid.datacentre.simulation.years import BadCase
from mutualaid.plans.columnar import Part, Wanted, decide_tables

T = TypeVar("T")
BAD_SHOWN = 20
"""Bad cases that are listed."""


@dataclass
class Bad:
    """Bad cases: how many, the first of them, and the covers of plans in them that were not loaded, by plan."""

    count: int = 0
    shown: list[BadCase] = field(default_factory=list)
    plans: Counter[str] = field(default_factory=Counter)

    def add(self, one: BadCase) -> None:
        """Count a bad case."""
        self.count += 1
        if len(self.shown) < BAD_SHOWN:
            self.shown.append(one)


class Decided(NamedTuple):
    """The cases of the first version that count (flat columns), their lines under both (``layout.DECISIONS``), and the bad."""

    cases: ds.Dataset
    before: pa.Table
    after: pa.Table
    bad: Bad


class _Whole(NamedTuple):
    """A partition of whole cases: its rows, the first row of each case, and which of them hold the first version."""

    table: pa.Table
    first: Ints
    holds: Any

    def rows_of(self, cases: Any) -> pa.Table:
        """The rows of some cases (flags)."""
        if cases.all():
            return self.table
        lengths = np.diff(np.append(self.first, self.table.num_rows))
        return self.table.filter(pa.array(np.repeat(cases, lengths)))


@contextlib.contextmanager
def decide_year(
    versions: Versions,
    batches: Iterable[pa.RecordBatch],
    *,
    lang: str = "zh",
    jobs: int | None = None,
    bad: Iterable[BadCase] = (),
) -> Iterator[Decided]:
    """All cases under both versions. ``batches``: flat columns, (n rows, columns of ``layout.CASES``), the rows of a case
    together; ``bad``: what was no case to begin with."""
    found = Bad()
    for one in bad:
        found.add(one)
    nothing = decisions_schema().empty_table()
    lines: tuple[list[pa.Table], list[pa.Table]] = ([nothing], [nothing])
    with tempfile.TemporaryDirectory(prefix="mutualaid-") as folder:
        file = Path(folder) / "cases.parquet"
        writer: pq.ParquetWriter | None = None
        for table, before, after in _decided(versions, batches, found, Wanted(lang), jobs or os.cpu_count() or 1):
            writer = writer or pq.ParquetWriter(file, table.schema, store_decimal_as_integer=True)
            writer.write_table(table)
            lines[0].append(before)
            lines[1].append(after)
        if writer is None:
            yield Decided(ds.dataset(cases_schema().empty_table()), nothing, nothing, found)
            return
        writer.close()
        before, after = (pa.concat_tables(side).unify_dictionaries() for side in lines)
        yield Decided(ds.dataset(file, format="parquet"), before, after, found)


def _decided(
    versions: Versions, batches: Iterable[pa.RecordBatch], bad: Bad, wanted: Wanted, jobs: int
) -> Iterator[tuple[pa.Table, pa.Table, pa.Table]]:
    """Cases that are good under both versions, with their lines before and after."""
    good_before = _good_before(versions, batches, bad, wanted, jobs)
    decide = partial(decide_tables, versions.after.library, jobs=jobs, wanted=wanted)
    for (whole, before), part in _beside(good_before, lambda item: as_after(item[0].table, versions), decide):
        good = _good(whole, part, bad, versions)
        yield whole.rows_of(good), _lines(before, good), part.lines


def _good_before(
    versions: Versions, batches: Iterable[pa.RecordBatch], bad: Bad, wanted: Wanted, jobs: int
) -> Iterator[tuple[_Whole, tuple[pa.Table, Ints]]]:
    """Cases that hold the first version and are good under it, with their lines and the case of each."""
    decide = partial(decide_tables, versions.before.library, jobs=jobs, wanted=wanted)
    for whole, part in _beside(_partitions(batches, versions.old), _bare_strangers, decide):
        good = _good(whole, part, bad, versions)
        table = whole.rows_of(good)
        if not table.num_rows:
            continue
        chosen = good[part.owners]
        lines = part.lines if chosen.all() else part.lines.filter(pa.array(chosen))
        first = first_rows(table["case"].combine_chunks())
        yield _Whole(table, first, np.ones(len(first), bool)), (lines, (np.cumsum(good) - 1)[part.owners[chosen]])


def _beside(
    items: Iterable[T],
    table: Callable[[T], pa.Table],
    decide: Callable[[Iterable[tuple[int, pa.Table]]], Iterator[Part]],
) -> Iterator[tuple[T, Part]]:
    """Each item with what became of its table; only those that are being decided are held."""
    waiting: deque[T] = deque()

    def tables() -> Iterator[tuple[int, pa.Table]]:
        for item in items:
            waiting.append(item)
            yield 1, table(item)

    for part in decide(tables()):
        yield waiting.popleft(), part


def _lines(decided: tuple[pa.Table, Ints], good: Any) -> pa.Table:
    lines, owners = decided
    return lines if good.all() else lines.filter(pa.array(good[owners]))


def _good(whole: _Whole, part: Part, bad: Bad, versions: Versions) -> Any:
    """Flags of the cases that hold the first version and have no fault; the others that hold it are noted."""
    good = whole.holds.copy()
    for place, error in sorted(part.errors.items()):
        if whole.holds[place]:
            good[place] = False
            bad.add(BadCase(part.cases[place].as_py() or "?", error))
    if part.errors:
        wrong = whole.rows_of(whole.holds & ~good)["cover_plan"].drop_null().to_pylist()
        bad.plans.update(plan for plan in wrong if plan != versions.old and plan not in versions.others)
    return good


# -- partitions ---------------------------------------------------------------------------------------------------------


def _partitions(batches: Iterable[pa.RecordBatch], plan: str) -> Iterator[_Whole]:
    """Whole cases, however the rows come."""
    rest: pa.Table | None = None
    for batch in batches:
        table = pa.Table.from_batches([batch])
        table = table if rest is None else pa.concat_tables([rest, table]).combine_chunks()
        first = first_rows(table["case"].combine_chunks())
        cut = int(first[-1]) if len(first) else 0
        rest = table.slice(cut)
        if cut:
            yield _whole(table.slice(0, cut), first[:-1], plan)
    if rest is not None and rest.num_rows:
        yield _whole(rest, first_rows(rest["case"].combine_chunks()), plan)


def _whole(table: pa.Table, first: Ints, plan: str) -> _Whole:
    own = pc.fill_null(pc.equal(table["cover_plan"], plan), False).to_numpy()
    return _Whole(table, first, np.logical_or.reduceat(own, first))


def _bare_strangers(whole: _Whole) -> pa.Table:
    """Of who does not hold the plan only the id stays, which may not come again; their other facts are nobody's business."""
    if whole.holds.all():
        return whole.table
    rows = np.repeat(whole.holds, np.diff(np.append(whole.first, whole.table.num_rows)))
    rows[whole.first] = True
    table = whole.table.filter(pa.array(rows))
    kept = pa.array(np.repeat(whole.holds, np.diff(np.append(whole.first, len(rows))))[rows])
    columns = [
        table[column.name]
        if column.name == "case"
        else pc.if_else(kept, table[column.name], pa.scalar(None, column.type))
        for column in table.schema
    ]
    return pa.table(columns, schema=table.schema)
