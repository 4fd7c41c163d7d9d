"""All cases of a year to one table of decisions: the one place that knows which engine decides.

Rows come in batches and are cut into chunks of whole cases; chunks go to worker processes, and what waits is bounded. Who
has no event gets no line, so such cases are dropped by their columns alone, before any Python object is made of them.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benefit_engine.columns.layout import SEPARATOR, case_of, decisions_schema
from benefit_engine.decide import Engine
from benefit_engine.decision import Line
from benefit_engine.facts import CaseError
from benefit_engine.plan import Library

CHUNK = 2_000
"""Rows that go to a worker at a time, about."""
ALONE = 3
"""With no more chunks than this, starting workers takes longer than deciding."""

_TWICE = ("案号重复，同一文件中只能出现一次", "duplicate case id; each may stand in a file once")


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
    seen: set[str] = set()
    twice: list[pa.RecordBatch] = []
    chunks = _chunks(_once(whole_cases(cases), seen, twice, lang))
    first = list(itertools.islice(chunks, ALONE + 1))
    workers = jobs or os.cpu_count() or 1
    if len(first) <= ALONE or workers == 1:
        engine = Engine(library)
        found = [_decide(engine, chunk, lang) for chunk in itertools.chain(first, chunks)]
    else:
        found = list(_in_parallel(library, itertools.chain(first, chunks), workers, lang))
    return pa.Table.from_batches([*found, *twice], decisions_schema()).unify_dictionaries()


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


def _once(
    batches: Iterable[pa.RecordBatch], seen: set[str], twice: list[pa.RecordBatch], lang: str
) -> Iterator[pa.RecordBatch]:
    """Only the first run of rows with a case id; ``twice`` gets an error row for each further one."""
    for batch in batches:
        starts = _starts(batch)
        names = batch.column("case").take(pa.array(starts)).to_pylist()
        again = []
        for name in names:
            again.append(name in seen)
            seen.add(name)
        if not any(again):
            yield batch
            continue
        lengths = np.diff(np.append(starts, batch.num_rows))
        repeated = [name for name, more in zip(names, again, strict=True) if more]
        twice.append(_error_rows([(name, f"case: {_TWICE[lang == 'en']}") for name in repeated]))
        kept = batch.filter(pa.array(np.repeat(~np.array(again), lengths)))
        if kept.num_rows:
            yield kept


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Whole cases, about ``CHUNK`` rows at a time."""
    for batch in batches:
        starts = _starts(batch)
        cuts = starts[np.unique(np.searchsorted(starts, np.arange(0, batch.num_rows, CHUNK)).clip(max=len(starts) - 1))]
        for start, end in itertools.pairwise([*cuts.tolist(), batch.num_rows]):
            yield batch.slice(start, end - start)


# -- the explained engine -----------------------------------------------------------------------------------------------


def _in_parallel(
    library: Library, chunks: Iterable[pa.RecordBatch], workers: int, lang: str
) -> Iterator[pa.RecordBatch]:
    context = multiprocessing.get_context("spawn")  # Arrow and DuckDB have threads, which a forked child would lose
    with ProcessPoolExecutor(workers, context, _start_worker, (library, lang)) as pool:
        waiting: deque[Future[pa.RecordBatch]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_work, chunk))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_worker: dict[str, Any] = {}


def _start_worker(library: Library, lang: str) -> None:
    _worker["engine"], _worker["lang"] = Engine(library), lang


def _work(chunk: pa.RecordBatch) -> pa.RecordBatch:
    return _decide(_worker["engine"], chunk, _worker["lang"])


def _decide(engine: Engine, chunk: pa.RecordBatch, lang: str) -> pa.RecordBatch:
    """Decisions on the cases of a chunk."""
    told = chunk.select(
        [name for name in chunk.schema.names if name == "case" or chunk.column(name).null_count < chunk.num_rows]
    )
    rows: list[dict[str, Any]] = []
    for _, group in itertools.groupby(told.to_pylist(), key=lambda row: row.get("case")):
        data = case_of(list(group))
        try:
            case = engine.parse(data)
        except CaseError as fault:
            rows.append({"case": data["case"], "error": fault.text(lang)})
            continue
        rows += [_row(case.id, line) for line in engine.decide(case).lines]
    return pa.RecordBatch.from_pylist(rows, decisions_schema())


def _row(case: str, line: Line) -> dict[str, Any]:
    return {
        "case": case,
        "event": line.event,
        "plan": line.plan,
        "benefit": line.benefit,
        "outcome": line.outcome,
        "amount": Decimal(line.amount).scaleb(-2),
        "reasons": SEPARATOR.join(line.reasons),
        "missing": SEPARATOR.join(line.missing),
        "provisional": line.provisional,
    }


def _error_rows(errors: list[tuple[str, str]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"case": case, "error": error} for case, error in errors], decisions_schema())
