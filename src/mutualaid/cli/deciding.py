"""The work behind ``mutualaid adjudicate``: which engine reads which kind of file and writes which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple

from benefit_engine.plan import Library
from mutualaid.plans import caseload
from mutualaid.plans.case_reader import RawLine
from mutualaid.plans.caseload import Tally


class Job(NamedTuple):
    """What is to be decided, by which engine (``one`` or ``batch``), by how many workers; about how many cases to verify."""

    library: Library
    cases: str
    out: str
    engine: str
    workers: int
    lang: str
    verify: int


def is_parquet(path: str) -> bool:
    """Does a name say that a file is of Parquet?"""
    return Path(path).suffix == ".parquet"


def decide(
    job: Job, sink: BinaryIO, *, on_error: Callable[[int, str], None], on_progress: Callable[[int], None]
) -> Tally:
    """Decide all cases into ``sink``. Raises ColumnsError and OSError."""
    if job.engine == "one" and not is_parquet(job.out):
        return _explained(job, sink, on_error, on_progress)
    return _columns(job, sink, on_error, on_progress)


def _explained(
    job: Job, sink: BinaryIO, on_error: Callable[[int, str], None], on_progress: Callable[[int], None]
) -> Tally:
    def told(answer: caseload.Answer) -> None:
        on_error(answer.number, answer.error or "")

    with _source(job.cases) as source:
        if isinstance(source, str):
            from mutualaid.plans.columnar import parquet_lines

            lines: BinaryIO | Iterator[RawLine] = parquet_lines(source)
        else:
            lines = source
        return caseload.run_caseload(
            job.library, lines, sink, jobs=job.workers, lang=job.lang, on_error=told, on_progress=on_progress
        )


def _columns(
    job: Job, sink: BinaryIO, on_error: Callable[[int, str], None], on_progress: Callable[[int], None]
) -> Tally:
    from mutualaid.plans import columnar

    share = 0
    if job.verify:
        share = -(-job.verify * 1_000_000 // max(1, _cases(job.cases)))
    wanted = columnar.Wanted(job.lang, share, job.engine == "one")
    with _source(job.cases) as source:
        return columnar.run_columns(
            job.library,
            source,
            sink,
            to_parquet=is_parquet(job.out),
            jobs=job.workers,
            wanted=wanted,
            on_error=on_error,
            on_progress=on_progress,
        )


def _source(cases: str) -> AbstractContextManager[str | BinaryIO]:
    """What the engines read: the path of a file of Parquet, or a stream of lines."""
    return nullcontext(cases) if is_parquet(cases) else caseload.open_source(cases)


def _cases(path: str) -> int:
    """How many cases a file has; 1 for a stream, of which all are then verified."""
    from mutualaid.plans import columnar

    if path == "-":
        return 1
    if is_parquet(path):
        return columnar.cases_in(path)
    with Path(path).open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


def summary(tally: Tally, lang: str) -> str:
    """One line about a run by columns."""
    cases = tally.decided + tally.bad
    if lang == "en":
        text = f"{cases:,} cases, {tally.lines:,} lines; {tally.explained:,} cases went through the explained engine"
        return text + (
            f"; {tally.verified:,} verified, {len(tally.differences):,} differences" if tally.verified else ""
        )
    text = f"{cases:,} 案，{tally.lines:,} 行；其中 {tally.explained:,} 案由逐案引擎计算"
    return text + (f"；复算 {tally.verified:,} 案，不一致 {len(tally.differences):,} 处" if tally.verified else "")
