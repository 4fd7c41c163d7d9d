"""A file of cases through the columnar engine to a file of decisions: Parquet or JSON Lines on either side, in order, all cores.

Whole cases are read in partitions, decided by threads (processes, where JSON must be parsed), and written in the order of the
cases; memory is bounded by the partitions under way. A bad case becomes an error and does not stop the rest.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benefit_engine.columns import layout
from benefit_engine.columns.arrays import Ints
from benefit_engine.columns.encode import text_keys
from benefit_engine.columns.run import Compiled, Decided, Decider, compiled
from benefit_engine.columns.seen import Seen
from benefit_engine.decide import Engine
from benefit_engine.fact_reader import REPEATED, CaseError
from benefit_engine.plan import Library
from mutualaid.plans.case_errors import ColumnsError
from mutualaid.plans.case_reader import LineFault, RawLine, parse_line, raw_lines
from mutualaid.plans.caseload import Tally, chunks, in_order, obey_parent

ROWS = 100_000
"""Rows of a file of Parquet that are decided together."""
GROUP = 100_000
"""Lines of a file of Parquet that stand in one row group, or a few more."""
LINES = 2_000
LINES_BYTES = 20_000_000
"""Lines of JSON that are decided together, and about how many bytes of them."""
_OWN = "x_"
_FEW_WORDS = [name for name, kind in layout.CASES.items() if pa.types.is_string(kind) and name not in layout.IDS]
"""Columns of texts that repeat, read as dictionaries."""
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Part(NamedTuple):
    """A decided partition: the id and the line (row) of each case, faults by case, lines with the case of each."""

    cases: pa.Array
    numbers: Ints
    errors: dict[int, str]
    lines: pa.Table
    owners: Ints
    explained: int
    size: int
    differences: list[str]
    verified: int


class Wanted(NamedTuple):
    """How to run: language of messages, about how many of a million cases to verify by the explained engine, and whether it
    decides them all."""

    lang: str = "zh"
    verify: int = 0
    explained: bool = False


def _ready(library: Library, wanted: Wanted) -> Compiled:
    return Compiled(Engine(library), None, None) if wanted.explained else compiled(library)


def run_columns(
    library: Library,
    source: str | BinaryIO,
    sink: BinaryIO,
    *,
    to_parquet: bool,
    jobs: int = 1,
    wanted: Wanted = Wanted(),  # noqa: B008 a constant
    on_error: Callable[[int, str], None] = lambda number, text: None,
    on_progress: Callable[[int], None] = lambda size: None,
) -> Tally:
    """Decide all cases of ``source`` (the path of a Parquet file, or a stream of JSON Lines) into ``sink``.

    Raises ColumnsError when a file of Parquet has other columns than cases have.
    """
    tally, writer = Tally(), _ParquetSink(sink) if to_parquet else _JsonSink(sink)
    try:
        parts = (
            _from_parquet(library, source, jobs, wanted)
            if isinstance(source, str)
            else _from_lines(library, source, jobs, wanted)
        )
        for part in parts:
            for person, text in sorted(part.errors.items()):
                on_error(int(part.numbers[person]), text)
            writer.write(part)
            tally.bad += len(part.errors)
            tally.decided += len(part.cases) - len(part.errors)
            tally.lines += part.lines.num_rows
            tally.explained += part.explained
            tally.verified += part.verified
            tally.differences += part.differences
            on_progress(part.size)
    finally:
        writer.close()  # also when the file is given up: a writer of Parquet would do so later, when its sink is gone
    return tally


# --- reading ------------------------------------------------------------------------------------------------------------


def _opened(path: str) -> tuple[pq.ParquetFile, list[str]]:
    """A file of Parquet with the columns to read. Raises ColumnsError when it is none of cases."""
    try:
        found = pq.read_schema(path)
        few = [name for name in _FEW_WORDS if name in found.names and pa.types.is_string(found.field(name).type)]
        file = pq.ParquetFile(path, read_dictionary=few)
    except pa.ArrowInvalid as error:
        raise ColumnsError(
            f"不是 Parquet 文件：{path}；请检查文件", f"{path} is no file of Parquet; check the file"
        ) from error
    return file, _checked(file.schema_arrow)


def cases_in(path: str) -> int:
    """How many cases a file of Parquet has. Raises ColumnsError."""
    file, _ = _opened(path)
    return sum(
        len(layout.first_rows(table.column("case")))
        for table in _read(file, pa.schema([("case", _kept(file, "case"))]))
    )


def _from_parquet(library: Library, path: str, jobs: int, wanted: Wanted) -> Iterator[Part]:
    return decide_tables(library, _partitions(*_opened(path)), jobs, wanted)


def decide_tables(
    library: Library, tables: Iterable[tuple[int, pa.Table]], jobs: int, wanted: Wanted
) -> Iterator[Part]:
    """Partitions decided by threads, in their order. ``tables``: flat columns of whole cases, each with the number of its
    first row; a case id that comes again, in the same partition or a later one, is bad."""
    shared = _ready(library, wanted)
    local = threading.local()

    def work(table: pa.Table, repeated: Ints, row: int, first: Ints) -> Part:
        if not hasattr(local, "decider"):
            local.decider = Decider(shared, wanted.lang)
        return _decided(local.decider, table, repeated, row, wanted, first)

    seen = Seen()

    def items() -> Iterator[tuple[pa.Table, Ints, int, Ints]]:
        for row, table in tables:
            case = table.column("case").combine_chunks()
            first = layout.first_rows(case)
            yield table, seen.repeated(text_keys(case, first)), row, first

    with ThreadPoolExecutor(jobs) as pool:
        yield from in_order(pool, work, items(), jobs)


def _checked(schema: pa.Schema) -> list[str]:
    """The columns to read. Raises ColumnsError for those that no case has or of another type."""
    known = [name for name in schema.names if name in layout.CASES or name.startswith(_OWN)]
    unknown = [name for name in schema.names if name not in known]
    if unknown or "case" not in known:
        what = "、".join(unknown) or "（没有 case）"
        raise ColumnsError(
            f"应为 docs/columns.md 中的列（自定义金额以 x_ 开头）；得到 {what}；请改名或删去",
            f"expected the columns of docs/columns.md (own amounts begin with x_), found {', '.join(unknown) or 'no case'}; "
            "rename or remove them",
        )
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise ColumnsError(
            f"每列应只有一个；得到两个 {'、'.join(twice)}；请改名或删去",
            f"expected each column once, found {', '.join(twice)} twice; rename or remove one",
        )
    for name in known:
        kind, found = layout.CASES.get(name, layout.MONEY), schema.field(name).type
        found = found.value_type if pa.types.is_dictionary(found) else found
        fits = (
            found == kind
            or pa.types.is_null(found)
            or (kind == layout.MONEY and pa.types.is_decimal(found) and found.scale <= 2 and found.precision <= 18)
            or (pa.types.is_integer(kind) and pa.types.is_integer(found))
            or (pa.types.is_string(kind) and pa.types.is_large_string(found))
        )
        if not fits:
            raise ColumnsError(
                f"列 {name} 应为 {kind}；得到 {found}；请转换后再试",
                f"expected {kind} in the column {name}, found {found}; convert it and try again",
            )
    return known


def _partitions(file: pq.ParquetFile, names: list[str]) -> Iterator[tuple[int, pa.Table]]:
    """Runs of whole cases with the number of their first row from 1. A case that two batches share is a partition of its own,
    so that nothing else need be copied."""
    schema = pa.schema([(name, _kept(file, name)) for name in names])
    left: pa.Table | None = None
    row = 1
    for table in _read(file, schema):
        if left is not None:
            more = _run(table.column("case"), left.column("case")[0])
            if more:
                left = pa.concat_tables([left, table.slice(0, more)]).unify_dictionaries().combine_chunks()
                table = table.slice(more)
                if not table.num_rows:
                    continue
            yield row, left
            row += left.num_rows
        ids = table.column("case")
        cut = table.num_rows - _run(ids, ids[-1], back=True)
        if cut:
            yield row, table.slice(0, cut)
            row += cut
        left = table.slice(cut)
    if left is not None:
        yield row, left


def _run(ids: pa.ChunkedArray, one: pa.Scalar, *, back: bool = False) -> int:
    """How many rows at the beginning, or at the end, are of one case; a missing id is a case of its own."""
    look = 64
    while True:
        some = ids.slice(len(ids) - look if back and look < len(ids) else 0, look)
        same = pc.fill_null(pc.equal(some, one), False).to_numpy()
        other = np.flatnonzero(~(same[::-1] if back else same))
        if len(other) or look >= len(ids):
            return max(int(other[0]) if len(other) else len(ids), int(back))
        look *= 8


def _read(file: pq.ParquetFile, schema: pa.Schema) -> Iterator[pa.Table]:
    """Rows as they come, in the types in which they are decided. Raises ColumnsError when a value can't be read."""
    try:
        for batch in file.iter_batches(ROWS, columns=schema.names):
            if batch.num_rows:
                yield pa.Table.from_batches([batch]).select(schema.names).cast(schema)
    except (pa.ArrowException, OSError) as error:
        raise ColumnsError(
            f"有读不出的值：{error}；请重新生成文件", f"holds a value that can't be read: {error}; write it anew"
        ) from error


def _kept(file: pq.ParquetFile, name: str) -> pa.DataType:
    return layout.read_as(name, file.schema_arrow.field(name).type)


def parquet_lines(path: str) -> Iterator[RawLine]:
    """The cases of a file of Parquet as lines of JSON, numbered by their first rows. Raises ColumnsError."""
    for row, table in _partitions(*_opened(path)):
        first = layout.first_rows(table.column("case").combine_chunks())
        for start, case in zip(first.tolist(), layout.cases_of(table, first), strict=True):
            yield RawLine(row + start, _ENCODER.encode(case).encode())


def _from_lines(library: Library, stream: BinaryIO, jobs: int, wanted: Wanted) -> Iterator[Part]:
    seen: set[str] = set()
    parted = chunks(raw_lines(stream), LINES, LINES_BYTES)
    if jobs <= 1:
        _start(library, wanted)
        parts: Iterator[Part] = (_work(chunk) for chunk in parted)
        yield from (_without_repeated(part, seen, wanted.lang) for part in parts)
        return
    with ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(library, wanted)) as pool:
        for part in in_order(pool, _work, ((chunk,) for chunk in parted), jobs):
            yield _without_repeated(part, seen, wanted.lang)


# --- deciding -----------------------------------------------------------------------------------------------------------


def _decided(decider: Decider, table: pa.Table, repeated: Ints, row: int, wanted: Wanted, first: Ints) -> Part:
    found = decider.decide(table, repeated, first)
    differences, verified = _verified(decider, table, found, found.cases, wanted)
    numbers = found.first_row + row
    return Part(
        found.cases,
        numbers,
        found.errors,
        found.lines,
        found.owners,
        found.explained,
        table.num_rows,
        differences,
        verified,
    )


def _verified(
    decider: Decider, table: pa.Table, found: Decided, ids: pa.Array, wanted: Wanted
) -> tuple[list[str], int]:
    """A sample of the cases once more by the explained engine: what differs, and how many were compared."""
    if not wanted.verify:
        return [], 0
    chosen = np.flatnonzero(text_keys(ids) % 1_000_000 < wanted.verify)
    chosen = chosen[~np.isin(chosen, list(found.errors))]
    lines, _ = decider.explain(table, found.first_row, chosen)
    mine = found.lines.filter(pa.array(np.isin(found.owners, chosen)))
    differences = []
    for one, batch in zip(lines.to_pylist(), mine.to_pylist(), strict=False):
        if one != batch:
            names = [name for name in one if one[name] != batch[name]]
            shown = ", ".join(f"{name}: {one[name]} / {batch[name]}" for name in names)
            differences.append(f"{one['case']} {one['event']} {one['plan']} {one['benefit']}: {shown}")
    if lines.num_rows != mine.num_rows:
        differences.append(f"{lines.num_rows} / {mine.num_rows}")
    return differences, len(chosen)


_worker: dict[str, Any] = {}


def _start(library: Library, wanted: Wanted) -> None:
    _worker["decider"] = Decider(_ready(library, wanted), wanted.lang)
    _worker["wanted"] = wanted


def _start_worker(library: Library, wanted: Wanted) -> None:
    obey_parent()
    _start(library, wanted)


def _work(lines: list[RawLine]) -> Part:
    """Lines of JSON to a part: each line is a case of its own, whatever its id."""
    decider, wanted = _worker["decider"], _worker["wanted"]
    library: Compiled = decider.library
    errors: dict[int, str] = {}
    names: list[str | None] = []
    rows: list[dict[str, Any]] = []
    unflat: list[tuple[int, Any]] = []
    places: list[int] = []
    for place, line in enumerate(lines):
        try:
            value = parse_line(line)
            case = library.engine.parse(value)
            names.append(case.id)
        except LineFault as fault:
            names.append(None)
            errors[place] = fault.en if wanted.lang == "en" else fault.zh
        except CaseError as fault:
            names.append(fault.case)
            errors[place] = fault.text(wanted.lang)
        else:
            flat = layout.flat_rows(value)
            if flat is None:
                unflat.append((place, case))
                continue
            key = f"{len(places)}"  # ids may repeat in a file; rows must not run together
            rows += [{**row, "case": key} for row in flat]
            places.append(place)
    own = sorted({name for row in rows for name in row if name.startswith(_OWN)})
    table = pa.Table.from_pylist(rows, schema=layout.cases_schema(own))
    found = decider.decide(table)
    cases = pa.array(names, type=pa.string())
    ids = cases.take(pa.array(places, type=pa.int64()))
    differences, verified = _verified(decider, table, found, ids, wanted)
    owners = np.array(places, dtype=np.int64)[found.owners] if places else found.owners
    parts, of = [found.lines], [owners]
    for place, case in unflat:
        decision = library.engine.decide(case)
        parts.append(layout.lines_table([layout.line_row(case.id, line) for line in decision.lines]))
        of.append(np.full(len(decision.lines), place, dtype=np.int64))
    lines_of = np.concatenate(of)
    order = np.argsort(lines_of, kind="stable")
    decided = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    decided = decided.take(pa.array(order)) if unflat else decided
    decided = decided.set_column(0, "case", cases.take(pa.array(lines_of[order])))
    numbers = np.array([line.number for line in lines], dtype=np.int64)
    size = sum(len(line.data or b"") for line in lines)
    explained = found.explained + len(unflat)
    return Part(cases, numbers, errors, decided, lines_of[order], explained, size, differences, verified)


def _without_repeated(part: Part, seen: set[str], lang: str) -> Part:
    """A part whose cases that stood in the file before are bad."""
    again = []
    for place, name in enumerate(part.cases.to_pylist()):
        if name is None:
            continue
        if name in seen and place not in part.errors:
            again.append(place)
        seen.add(name)
    if not again:
        return part
    kept = ~np.isin(part.owners, again)
    errors = {**part.errors, **dict.fromkeys(again, REPEATED.text(lang))}
    return part._replace(errors=errors, lines=part.lines.filter(pa.array(kept)), owners=part.owners[kept])


# --- writing ------------------------------------------------------------------------------------------------------------


def decisions(part: Part) -> pa.Table:
    """A part as rows of decisions; a bad case has one row, in its place."""
    if not part.errors:
        return part.lines
    bad = np.array(sorted(part.errors), dtype=np.int64)
    rows = [
        {"case": part.cases[place].as_py(), "line": int(part.numbers[place]), "error": part.errors[place]}
        for place in bad.tolist()
    ]
    order = np.argsort(np.concatenate([part.owners, bad]), kind="stable")
    table = pa.concat_tables([part.lines, layout.lines_table(rows)]).unify_dictionaries().combine_chunks()
    return table.take(pa.array(order))


class _Lent:
    """A stream that who writes to it cannot close."""

    closed = False

    def __init__(self, sink: BinaryIO) -> None:
        self.write, self.flush, self.tell = sink.write, sink.flush, sink.tell

    def close(self) -> None:
        pass


class _ParquetSink:
    """Decisions as rows; a bad case has one row, in its place."""

    def __init__(self, sink: BinaryIO) -> None:
        schema = layout.decisions_schema()
        few = [column.name for column in schema if pa.types.is_dictionary(column.type)]
        self._writer = pq.ParquetWriter(
            _Lent(sink),
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=few,
            store_decimal_as_integer=True,
            data_page_version="2.0",
            write_batch_size=ROWS,
            write_statistics=["amount", "line"],
        )
        self._waiting: list[pa.Table] = []
        self._lines = 0

    def write(self, part: Part) -> None:
        self.add(decisions(part))

    def add(self, table: pa.Table) -> None:
        """Further rows."""
        self._waiting.append(table)
        self._lines += table.num_rows
        if self._lines >= GROUP:
            self._flush()

    def _flush(self) -> None:
        table = pa.concat_tables(self._waiting).unify_dictionaries()
        self._waiting, self._lines = [], 0
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def close(self) -> None:
        if self._waiting:
            self._flush()
        self._writer.close()


class _JsonSink:
    """Decisions as the contract writes them, without workings."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink

    def write(self, part: Part) -> None:
        rows = part.lines.to_pylist()
        ends = np.searchsorted(part.owners, np.arange(len(part.cases)), side="right").tolist()
        start = 0
        for place, (name, end) in enumerate(zip(part.cases.to_pylist(), ends, strict=True)):
            error = part.errors.get(place)
            if error is not None:
                shown: dict[str, Any] = {"case": name, "line": int(part.numbers[place]), "error": error}
            else:
                mine = rows[start:end]
                total = sum((row["amount"] for row in mine), layout.NOTHING)
                shown = {"case": name, "total": f"{total}", "lines": [layout.row_line(row) for row in mine]}
            start = end
            self._sink.write(json.dumps(shown, ensure_ascii=False).encode("utf-8") + b"\n")

    def close(self) -> None:
        pass
