"""A file of cases through the explained engine to a file of decisions: in order, all cores, bounded memory.

A bad line becomes an error line and does not stop the rest. The output appears under its name only when complete.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, TypeVar, cast

from benefit_engine.decide import Engine
from benefit_engine.fact_reader import REPEATED, CaseError
from benefit_engine.plan import Library
from mutualaid.plans.case_reader import LineFault, RawLine, parse_line, raw_lines

T = TypeVar("T")
CHUNK = 200
CHUNK_BYTES = 2_000_000
"""Lines that go to a worker at a time, and about how many bytes of them."""

_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Answer(NamedTuple):
    """What became of one line: its JSON text, the case id if it could be read, and whether it is an error."""

    number: int
    case: str | None
    text: str
    error: str | None
    size: int


@dataclass
class Tally:
    """What a run did. By columns also: lines, cases that went through the explained engine, and what ``--verify`` found."""

    decided: int = 0
    bad: int = 0
    lines: int = 0
    explained: int = 0
    verified: int = 0
    differences: list[str] = field(default_factory=list)


def decide_line(engine: Engine, line: RawLine, lang: str) -> Answer:
    """One line of cases to one line of decisions."""
    size = len(line.data) if line.data is not None else 0
    try:
        case = engine.parse(parse_line(line))
        text = _ENCODER.encode(engine.decide(case).as_dict())
        return Answer(line.number, case.id, text, None, size)
    except LineFault as fault:
        return error_answer(line.number, None, fault.en if lang == "en" else fault.zh, size)
    except CaseError as fault:
        return error_answer(line.number, fault.case, fault.text(lang), size)


def error_answer(number: int, case: str | None, error: str, size: int = 0) -> Answer:
    """The contract's line for a bad line of cases."""
    text = _ENCODER.encode({"case": case, "line": number, "error": error})
    return Answer(number, case, text, error, size)


def run_caseload(
    library: Library,
    source: BinaryIO | Iterator[RawLine],
    sink: BinaryIO,
    *,
    jobs: int = 1,
    lang: str = "zh",
    on_error: Callable[[Answer], None] = lambda answer: None,
    on_progress: Callable[[int], None] = lambda size: None,
) -> Tally:
    """Decide every line of ``source`` (a stream, or lines read already) into ``sink``, in order.

    ``on_progress`` gets the bytes of each line done.
    """
    tally = Tally()
    seen: set[str] = set()
    for answer in _answers(library, _lines(source), jobs, lang):
        case = answer.case
        if case is not None:
            if case in seen and answer.error is None:
                answer = error_answer(answer.number, case, REPEATED.text(lang), answer.size)
            seen.add(case)
        if answer.error is not None:
            tally.bad += 1
            on_error(answer)
        else:
            tally.decided += 1
        sink.write(answer.text.encode("utf-8") + b"\n")
        on_progress(answer.size)
    return tally


def _lines(source: BinaryIO | Iterator[RawLine]) -> Iterator[RawLine]:
    return raw_lines(cast("BinaryIO", source)) if hasattr(source, "readline") else source


def _answers(library: Library, lines: Iterator[RawLine], jobs: int, lang: str) -> Iterator[Answer]:
    if jobs <= 1:
        engine = Engine(library)
        for line in lines:
            yield decide_line(engine, line, lang)
        return
    with ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(library, lang)) as pool:
        for answers in in_order(pool, _work, ((chunk,) for chunk in chunks(lines, CHUNK, CHUNK_BYTES)), jobs):
            yield from answers


def in_order(pool: Executor, work: Callable[..., T], items: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[T]:
    """What becomes of items, in their order; not many more are under way than there are workers."""
    waiting: deque[Future[T]] = deque()
    for item in items:
        waiting.append(pool.submit(work, *item))
        if len(waiting) > 2 * jobs:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def chunks(lines: Iterator[RawLine], most: int, most_bytes: int) -> Iterator[list[RawLine]]:
    """Lines for a worker: at most so many at a time, and not much more than so many bytes of them."""
    chunk: list[RawLine] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.data or b"")
        if len(chunk) >= most or size >= most_bytes:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


_worker: dict[str, Any] = {}


def obey_parent() -> None:
    """A worker ends when it is told to, or when its parent is gone; what Ctrl-C means is for the parent to decide."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """End this process with another: who waits for work from a parent that was killed would wait for ever."""
    wait([sentinel])
    os._exit(1)


def _start_worker(library: Library, lang: str) -> None:
    obey_parent()
    _worker["engine"] = Engine(library)
    _worker["lang"] = lang


def _work(lines: list[RawLine]) -> list[Answer]:
    return [decide_line(_worker["engine"], line, _worker["lang"]) for line in lines]


@contextlib.contextmanager
def open_source(path: str) -> Iterator[BinaryIO]:
    """A file, or standard input for ``-``."""
    if path == "-":
        yield _standard(sys.stdin, "stdin")
    else:
        with Path(path).open("rb") as stream:
            yield stream


@contextlib.contextmanager
def whole_or_nothing(path: str) -> Iterator[BinaryIO]:
    """A file that appears under its name when the block ends well, and not at all otherwise; ``-`` is standard output."""
    if path == "-":
        stream = _standard(sys.stdout, "stdout")
        yield stream
        stream.flush()
        return
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:  # a pipe or a device: nothing to replace, what is written is gone
            yield stream
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target.parent)) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _standard(stream: TextIO | None, name: str) -> BinaryIO:
    """The bytes of a standard stream. Raises OSError when the caller has closed it."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), name)
    return stream.buffer


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
