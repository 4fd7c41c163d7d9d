"""All cases of a year to one table of decisions, by the columnar engine.

Who has no event gets no line, so such cases are dropped by their columns alone before anything is decided.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benefit_engine.columns.layout import decisions_schema
from benefit_engine.plan import Library
from mutualaid.plans.columnar import Wanted, decide_tables, decisions


def decide_year(
    library: Library,
    cases: Iterable[pa.RecordBatch],
    *,
    lang: str = "zh",
    jobs: int | None = None,
) -> pa.Table:
    """Decisions on all cases, as columns (``layout.DECISIONS``): a row per line; a bad case is one row with its ``error``.

    ``cases``: flat columns, (n rows, columns of ``layout.CASES``) per batch, the rows of a case together.
    """
    tables = ((1, pa.Table.from_batches([batch])) for batch in whole_cases(cases))
    parts = decide_tables(library, tables, jobs or os.cpu_count() or 1, Wanted(lang))
    return pa.concat_tables([decisions_schema().empty_table(), *map(decisions, parts)]).unify_dictionaries()


def whole_cases(batches: Iterable[pa.RecordBatch], plan: str | None = None) -> Iterator[pa.RecordBatch]:
    """Batches in which no case is cut in two, only of cases that have an event and a cover (with ``plan``: of this plan)."""
    rest: pa.RecordBatch | None = None
    for batch in batches:
        if rest is not None:
            batch = _joined([rest, batch])
        if not batch.num_rows:
            continue
        last = int(_starts(batch)[-1])
        rest = batch.slice(last)
        yield from _worth_deciding(batch.slice(0, last), plan)
    if rest is not None:
        yield from _worth_deciding(rest, plan)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _starts(batch: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rows with which a case begins, shape (cases,)."""
    case = batch.column("case")
    other = pc.fill_null(pc.not_equal(case.slice(1), case.slice(0, len(case) - 1)), True)
    return np.flatnonzero(np.concatenate([[True], other.to_numpy(zero_copy_only=False)]))


def _worth_deciding(batch: pa.RecordBatch, plan: str | None) -> Iterator[pa.RecordBatch]:
    if not batch.num_rows:
        return
    starts = _starts(batch)
    keep = np.ones(len(starts), bool)
    cover = batch.column("cover_plan")
    covered = cover.is_valid() if plan is None else pc.fill_null(pc.equal(cover, plan), False)
    for there in (batch.column("event").is_valid(), covered):
        keep &= np.logical_or.reduceat(there.to_numpy(zero_copy_only=False), starts)
    lengths = np.diff(np.append(starts, batch.num_rows))
    kept = batch.filter(pa.array(np.repeat(keep, lengths)))
    if kept.num_rows:
        yield kept
