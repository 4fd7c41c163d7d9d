"""A year of cases: flat columns (see ``benefit_engine.columns.layout``) from Parquet, or from JSON Lines by way of it.

Nothing here holds the whole year: JSON Lines are turned into a temporary Parquet file some thousand rows at a time.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from benefit_engine.columns.layout import MONEY, NotFlat, cases_schema, rows_of
from benefit_engine.fact_reader import REPEATED, CaseError
from benefit_engine.facts import parse_case
from mutualaid.plans.case_reader import LineFault, parse_line, raw_lines

NAMES = ("cases.parquet", "cases.jsonl")
"""What a folder is searched for, in this order."""
ROWS = 20_000
"""Rows of JSON Lines that are held at a time."""

_NOT_FLAT = ("列式文件写不下这一案", "flat columns cannot say this case")


class YearError(ValueError):
    """The cases can't be opened; says in both languages what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class BadCase:
    """A case that could not be read or decided: its id (or the line of the file), and why."""

    case: str
    error: str


@dataclass(frozen=True, slots=True)
class Year:
    """An opened year: rows of flat columns (every column of the layout, absent ones null), and lines that are no cases."""

    cases: ds.Dataset
    bad: tuple[BadCase, ...]

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows in their order, so many at a time. Read when they are asked for: a scanner of the dataset reads far ahead.

        Raises ArrowInvalid or OSError when a value can't be read."""
        schema = self.cases.schema
        with pq.ParquetFile(self.cases.files[0]) as file:
            found = [name for name in schema.names if name in file.schema_arrow.names]
            for batch in file.iter_batches(rows, columns=found):
                columns = [
                    batch.column(column.name).cast(column.type)
                    if column.name in found
                    else pa.nulls(batch.num_rows, column.type)
                    for column in schema
                ]
                yield pa.record_batch(columns, schema=schema)


@contextlib.contextmanager
def open_year(path: Path, lang: str = "zh", plan: str | None = None) -> Iterator[Year]:
    """The cases of a file, or of a folder that holds one; with ``plan``, faulty lines that plainly have no cover of it are no
    bad cases of the year, as they are none of a file of Parquet. Raises YearError."""
    file = _file(path)
    if file.suffix == ".jsonl":
        with tempfile.TemporaryDirectory(prefix="mutualaid-") as folder:
            flat = Path(folder) / "cases.parquet"
            bad = _flatten(file, flat, lang, plan)
            yield Year(_dataset(flat), bad)
    else:
        yield Year(_dataset(file), ())


def _file(path: Path) -> Path:
    if path.is_dir():
        found = [path / name for name in NAMES if (path / name).is_file()]
        if not found:
            raise YearError(
                f"{path}: 文件夹里没有 cases.parquet 或 cases.jsonl",
                f"{path}: no cases.parquet or cases.jsonl in this folder",
            )
        return found[0]
    if not path.is_file():
        raise YearError(f"{path}: 没有这个文件", f"{path}: no such file")
    if path.suffix not in (".parquet", ".jsonl"):
        raise YearError(
            f"{path}: 应为 .parquet（列式案例）或 .jsonl（每行一人）",
            f"{path}: expected .parquet (flat columns of cases) or .jsonl (one person a line)",
        )
    return path


def _dataset(file: Path) -> ds.Dataset:
    try:
        found = pq.read_schema(file)
        twice = sorted({name for name in found.names if found.names.count(name) > 1})
        if twice:
            raise YearError(
                f"{file}: 每列应只有一个；得到两个 {'、'.join(twice)}；请改名或删去",
                f"{file}: expected each column once, found {', '.join(twice)} twice; rename or remove one",
            )
        own = sorted(
            name for name in found.names if name.startswith("x_") and pa.types.is_decimal(found.field(name).type)
        )
        if "case" not in found.names or "cover_plan" not in found.names:
            raise YearError(
                f"{file}: 缺少 case 或 cover_plan 列，不是列式案例",
                f"{file}: without the columns case and cover_plan these are no flat columns of cases",
            )
        schema = cases_schema(own)
        for column in found:
            money = column.name in schema.names and schema.field(column.name).type == MONEY
            if money and pa.types.is_floating(column.type):
                raise YearError(
                    f"{file}: {column.name}: 金额应为 DECIMAL(18,2)，不能是浮点数",
                    f"{file}: {column.name}: amounts are DECIMAL(18,2), never floating point",
                )
        return ds.dataset(file, schema=schema, format="parquet")
    except (pa.ArrowInvalid, OSError) as error:
        raise YearError(
            f"{file}: 不是可读的 Parquet：{error}", f"{file}: not a readable Parquet file: {error}"
        ) from error


def _flatten(file: Path, flat: Path, lang: str, plan: str | None) -> tuple[BadCase, ...]:
    """JSON Lines to Parquet; returns the lines that are no cases. Own amounts (``x_…``) are those of the first pass."""
    own = _own_amounts(file)
    schema = cases_schema(own)
    bad: list[BadCase] = []
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    with file.open("rb") as stream, pq.ParquetWriter(flat, schema, store_decimal_as_integer=True) as writer:
        for line in raw_lines(stream):
            value: Any = None
            try:
                value = parse_line(line)
                rows += _rows(value, seen)
            except LineFault as fault:
                bad.append(BadCase(f"#{line.number}", fault.en if lang == "en" else fault.zh))
            except CaseError as fault:
                if plan is None or _may_hold(value, plan):
                    bad.append(BadCase(fault.case or f"#{line.number}", fault.text(lang)))
            except NotFlat as fault:
                if plan is None or _may_hold(value, plan):
                    bad.append(BadCase(f"#{line.number}", f"{fault}: {_NOT_FLAT[lang == 'en']}"))
            if len(rows) >= ROWS:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, schema))
    return tuple(bad)


def _rows(value: Any, seen: set[str]) -> list[dict[str, Any]]:
    """Rows of the value of one line. ``seen``: the ids so far, which may not come again. Raises CaseError, NotFlat."""
    try:
        case = parse_case(value).id
    except CaseError as fault:
        if fault.case is not None:
            seen.add(fault.case)
        raise
    if case in seen:
        raise CaseError(case, [REPEATED])
    seen.add(case)
    if value.get("paid") == []:  # columns cannot say that nothing was paid yet, and nothing here depends on it
        del value["paid"]
    return rows_of(value)


def _may_hold(value: Any, plan: str) -> bool:
    """Whether a faulty case names a plan in a cover, or is too faulty to tell."""
    covers = value.get("covers") if isinstance(value, dict) else None
    return not isinstance(covers, list) or any(not isinstance(one, dict) or one.get("plan") == plan for one in covers)


def _own_amounts(file: Path) -> list[str]:
    """Names of amounts that plans brought with them, in all lines that can be read."""
    found: set[str] = set()
    with file.open("rb") as stream:
        for line in raw_lines(stream):
            if line.data is None or b'"x_' not in line.data:
                continue
            with contextlib.suppress(LineFault, CaseError):
                for event in parse_case(parse_line(line)).events:
                    found.update(name for name in event.amounts if name.startswith("x_"))
    return sorted(found)
