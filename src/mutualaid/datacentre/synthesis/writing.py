"""An invented union written to a folder: cases, members, employers, the list of bad cases, and a page on how it was made."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benefit_engine.columns.layout import cases_of, cases_schema, first_rows
from mutualaid.datacentre.synthesis.faults import FAULTS
from mutualaid.datacentre.synthesis.page import page
from mutualaid.datacentre.synthesis.union import Union, draw_blocks

ROWS = 100_000
"""Rows of a row group, a few more so that no case is split."""
_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass
class Written:
    """What was written."""

    rows: int = 0
    events: int = 0
    employers: int = 0
    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))


def write_union(
    union: Union, folder: Path, *, jsonl: bool = False, on_progress: Callable[[int], None] = lambda members: None
) -> Written:
    """Write all files of a union; each takes its name when all are complete. ``on_progress`` gets the members of each block."""
    folder.mkdir(parents=True, exist_ok=True)
    done = Written()
    with _files(folder) as files:
        cases = files.parquet("cases.parquet", cases_schema())
        listed = csv.writer(files.text("bad.csv"), lineterminator="\n")
        listed.writerow(["case", "fault"])
        lines = files.text("cases.jsonl") if jsonl else None
        for block in draw_blocks(union):
            for part in _whole_cases(block.cases):
                cases.write_table(part, row_group_size=part.num_rows)
                if lines is not None:
                    lines.writelines(f"{_ENCODER.encode(case)}\n" for case in contract_cases(part))
            files.parquet("members.parquet", block.members.schema).write_table(block.members)
            files.parquet("employers.parquet", block.employers.schema).write_table(block.employers)
            listed.writerows(block.bad)
            for _, fault in block.bad:
                done.faults[fault] += 1
            done.rows += block.cases.num_rows
            done.events += block.events
            done.employers += block.employers.num_rows
            on_progress(block.members.num_rows)
        files.text("README.md").write(page(union, done.rows, done.events, done.employers, done.faults))
    return done


def _whole_cases(table: pa.Table) -> Iterator[pa.Table]:
    """The table in parts of about ``ROWS`` rows, cut between cases."""
    starts = first_rows(table["case"].combine_chunks())
    at = 0
    while table.num_rows - at > ROWS * 3 // 2:
        cut = starts[np.searchsorted(starts, at + ROWS)].item()
        yield table.slice(at, cut - at)
        at = cut
    yield table.slice(at)


def contract_cases(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The cases of a table as the contract writes them."""
    return cases_of(table, first_rows(table["case"].combine_chunks()))


class _Files:
    """Files of a folder under names of their own until all are complete."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.tables: dict[str, pq.ParquetWriter] = {}
        self.names: list[str] = []

    def part(self, name: str) -> Path:
        """Where a file stands while it is written."""
        return self.folder / f".{name}.part"

    def text(self, name: str) -> TextIO:
        """A new text file."""
        self.names.append(name)
        return self.stack.enter_context(self.part(name).open("w", encoding="utf-8", newline="\n"))

    def parquet(self, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        """The Parquet file of this name, new the first time."""
        if name not in self.tables:
            self.names.append(name)
            writer = pq.ParquetWriter(self.part(name), schema, compression="zstd", store_decimal_as_integer=True)
            self.tables[name] = self.stack.enter_context(writer)
        return self.tables[name]


@contextlib.contextmanager
def _files(folder: Path) -> Iterator[_Files]:
    with contextlib.ExitStack() as stack:
        files = _Files(folder, stack)
        try:
            yield files
            stack.close()
            for name in files.names:
                files.part(name).replace(folder / name)
        finally:
            stack.close()
            for name in files.names:
                files.part(name).unlink(missing_ok=True)
