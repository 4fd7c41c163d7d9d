"""The columnar engine: inpatient events per second, Parquet in and Parquet out, beside SQL and rules engines in the same run.

    python -m bench.bench_columns [--large] [--repeats N] [--ours-only]

1. 1,000,000 events of 250,000 persons under guangxi-huzhubao-1-2025: all benefits, outcomes and reasons, two jobs. Rivals:
   a bare window query in DuckDB; a DuckDB query that writes the same rows in the same order, compared cell by cell; and, for
   the reimbursement alone, OpenFisca-Core and zen-engine, with how many of their amounts are wrong.
2. Growth: time and memory of an event with 0.1 and 1 million events (with --large also 10 million).
3. With --large, a national year: 27 million covers, 1.35 million events.

Each way has its own process; they take turns, so that whatever else the machine does hits all alike. The first turn, which
may compile the kernel, is not timed. Exit status 1 when our amounts or rows differ from the rivals that must agree.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from bench.columns_data import STAYS, written
from bench.common import ROOT, machine, rivals_python, table
from numpy.typing import NDArray

FOLDER = ROOT / "build" / "bench"
MILLION = 1_000_000
TARGET = MILLION
"""Events in a second that the project promises."""
QUERIES = {
    "bare": ("(a) 只算报销 · bare reimbursement", 0.3),
    "lines": ("(b) 同样的行、同序 · the same rows in the same order", 1.0),
    "unordered": ("(b′) 同样的行、不排序 · the same rows in any order", None),
}
"""Ways of rival_duckdb.py; the goal is our events per second, divided by theirs."""
NATION = (1_350_000, 27_000_000)
"""Events and covers of a national year."""
NATION_SECONDS, NATION_MEMORY = 60, 4 * 2**30
ZEN_ROWS = 30_000

Ints = NDArray[np.int64]


@dataclass
class Runner:
    """A way in its own process: ``command`` answers ``ready``, then a line for every line, then its peak of memory."""

    name: str
    command: Sequence[str]
    answers: list[Any] = field(default_factory=list)
    memory: int = 0

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self._process.wait()}; its message stands above")
        return line

    def turn(self) -> None:
        """Once, timed by the process itself."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.answers.append(json.loads(self._answer()))

    def end(self) -> None:
        """Ask for the memory and let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.memory = int(self._answer())
        self._process.wait()

    @property
    def median(self) -> float:
        """Seconds of the median turn."""
        return statistics.median(self.answers)


def way(name: str, source: Path, sink: str) -> Runner:
    """A way of columns_work.py."""
    return Runner(name, (sys.executable, "-m", "bench.columns_work", name, str(source), str(FOLDER / sink)))


def turns(runners: Sequence[Runner], repeats: int) -> None:
    """Let all run in turn, then end."""
    for _ in range(repeats):
        for runner in runners:
            runner.turn()
    for runner in runners:
        runner.end()


def data(events: int, persons: int) -> Path:
    """A file of cases, made once."""
    return written(FOLDER / f"cases-{events}-of-{persons}.parquet", events, persons)


# --- comparing ----------------------------------------------------------------------------------------------------------


def differing(ours: Path, theirs: Path) -> int:
    """In how many rows two files of decisions differ in any column; prints the first few."""
    one, other = pq.read_table(ours), pq.read_table(theirs)
    if one.num_rows != other.num_rows:
        print(f"行数不同 · other numbers of rows: {one.num_rows:,} / {other.num_rows:,}")
        return abs(one.num_rows - other.num_rows)
    different = np.zeros(one.num_rows, dtype=bool)
    for name in one.column_names:
        mine, their = (_plain(side.column(name)) for side in (one, other))
        unequal = pc.fill_null(pc.not_equal(mine, their.cast(mine.type)), True)
        both_null = pc.and_(pc.is_null(mine), pc.is_null(their))
        different |= pc.and_not(unequal, both_null).to_numpy()
    for row in np.flatnonzero(different)[:3].tolist():
        print(one.slice(row, 1).to_pylist(), other.slice(row, 1).to_pylist(), sep="\n")
    return int(different.sum())


def _plain(column: Any) -> Any:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def reference(source: Path) -> Ints:
    """Of every event in order: self-paid fen, what the year paid before, and the bare reimbursement, in whole numbers."""
    rows = pq.read_table(source, columns=["case", "event", "self_paid"]).combine_chunks()
    rows = rows.filter(pc.is_valid(rows.column("event")))
    fen = whole_fen(rows.column("self_paid"))
    left = np.maximum(fen - 100_000, 0)
    rated = 30 * np.minimum(left, 1_000_000) + 40 * np.clip(left - 1_000_000, 0, 2_000_000)
    rated += 60 * np.clip(left - 3_000_000, 0, 2_000_000) + 95 * np.maximum(left - 5_000_000, 0)
    rated = (rated + 50) // 100
    case = rows.column("case").combine_chunks().dictionary_encode().indices.to_numpy()
    upto = np.cumsum(rated)
    first = np.flatnonzero(np.diff(case, prepend=-1))
    upto -= np.repeat((upto - rated)[first], np.diff(np.append(first, len(case))))
    cap = 100_000_000
    before = np.minimum(upto - rated, cap)
    return np.stack([fen, before, np.minimum(upto, cap) - before])


def fen_of(path: Path) -> Ints:
    """Amounts of a file of the bare query, in the order of its events' ids (which is that of the cases)."""
    return whole_fen(pq.read_table(path, columns=["event", "amount"]).sort_by("event").column("amount"))


def whole_fen(amounts: Any) -> Ints:
    """A column of decimals of two places as fen; unknown is 0. The low half of a decimal holds every amount here."""
    column = pc.fill_null(amounts, 0).combine_chunks()
    return np.frombuffer(column.buffers()[1], dtype=np.int64)[2 * column.offset :][: 2 * len(column) : 2]


# --- the parts ----------------------------------------------------------------------------------------------------------


def first_case(repeats: int, *, ours_only: bool) -> int:
    """Ours beside all rivals. Returns how many rows differ that must not."""
    source = data(MILLION, MILLION // STAYS)
    mine = way("ours", source, "ours.parquet")
    queries = {} if ours_only else {name: way(name, source, f"{name}.parquet") for name in QUERIES}
    turns([mine, *queries.values()], repeats)
    rows = [_row("**本引擎 · ours**: 全部待遇、结论与原因 · all benefits, outcomes, reasons", mine, MILLION, mine, "")]
    wrong: dict[str, int] = {}
    if queries:
        facts = reference(source)
        wrong["bare"] = int((fen_of(FOLDER / "bare.parquet") != facts[2]).sum())
        wrong["lines"] = differing(FOLDER / "ours.parquet", FOLDER / "lines.parquet")
        rows += [
            _row(f"DuckDB {QUERIES[name][0]}", query, MILLION, mine, f"{wrong[name]:,}" if name in wrong else "")
            for name, query in queries.items()
        ]
        rows += _formulas(facts, mine, repeats)
    print(table(("百万住院事件 · a million inpatient events", "/s", "最快 best /s", "MiB", "ours ÷", "错 wrong"), rows))
    rate = MILLION / mine.median
    print(f"\n目标 · target {TARGET:,}/s: {_reached(rate >= TARGET)}")
    for name, query in queries.items():
        goal = QUERIES[name][1]
        if goal is not None:
            ratio = query.median / mine.median
            print(f"目标 · goal ours ÷ {name} ≥ {goal}: {ratio:.2f}, {_reached(ratio >= goal)}")
    return sum(wrong.values())


def _formulas(facts: Ints, mine: Runner, repeats: int) -> list[Sequence[str]]:
    """OpenFisca and zen-engine on the reimbursement alone."""
    python = rivals_python()
    if python is None:
        return []
    rows = []
    for name, what, count in (
        ("openfisca", "(c) OpenFisca-Core: 只算公式 · formula only", MILLION),
        ("zen", "(c) zen-engine: 只算公式 · formula only", ZEN_ROWS),
    ):
        source, sink = FOLDER / f"{name}-in.npy", FOLDER / f"{name}-out.npy"
        np.save(source, facts[:2, :count])
        runner = Runner(name, (str(python), str(ROOT / "bench" / "rival_bare.py"), name, str(source), str(sink)))
        turns([runner], repeats)
        wrong = int((np.load(sink) != facts[2, :count]).sum())
        rows.append(_row(what, runner, count, mine, f"{wrong:,} / {count:,}"))
    return rows


def _row(what: str, runner: Runner, count: int, mine: Runner, wrong: str) -> Sequence[str]:
    rate = count / runner.median
    ratio = MILLION / mine.median / rate
    return (
        what,
        f"{rate:,.0f}",
        f"{count / min(runner.answers):,.0f}",
        f"{runner.memory >> 20:,}",
        f"{ratio:.2f}",
        wrong,
    )


def profile(repeats: int) -> None:
    """Ours by stage on one thread."""
    runner = way("stages", data(MILLION, MILLION // STAYS), "stages.parquet")
    turns([runner], repeats)
    spent = {stage: statistics.median(one[stage] for one in runner.answers) for stage in runner.answers[0]}
    whole = sum(spent.values())
    rows = [(stage, f"{seconds:.2f}", f"{seconds / whole:.0%}") for stage, seconds in spent.items()]
    print(table(("一个线程的各步 · stages on one thread", "s", "%"), [*rows, ("合计 · sum", f"{whole:.2f}", "")]))


def growth(repeats: int, *, large: bool) -> None:
    """Time and memory of an event in files of several sizes."""
    rows = []
    for events in (MILLION // 10, MILLION, *([10 * MILLION] if large else [])):
        runner = way("ours", data(events, events // STAYS), "growth.parquet")
        turns([runner], repeats)
        microseconds = runner.median / events * 1e6
        each = f"{runner.memory / events:,.0f}"
        rows.append((f"{events:,}", f"{runner.median:.2f}", f"{microseconds:.2f}", f"{runner.memory >> 20:,}", each))
    print(table(("事件 · events", "s", "µs 每件 each", "MiB", "B 每件 each"), rows))


def national_year(repeats: int) -> None:
    """A year of the whole country."""
    events, covers = NATION
    runner = way("ours", data(events, covers), "nation.parquet")
    turns([runner], repeats)
    fast, small = runner.median < NATION_SECONDS, runner.memory < NATION_MEMORY
    print(
        f"全国一年 · a national year, {covers:,} covers, {events:,} events: {runner.median:.1f} s, "
        f"{runner.memory / 2**30:.2f} GiB"
    )
    print(f"目标 · goal < {NATION_SECONDS} s: {_reached(fast)}; < {NATION_MEMORY >> 30} GiB: {_reached(small)}")


def _reached(good: bool) -> str:
    return "达到 · reached" if good else "未达到 · not reached"


def main() -> int:
    """Exit status: 1 when rows differ, else 0; speed alone never fails."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=5, help="timed turns; the median counts (default 5)")
    options.add_argument("--large", action="store_true", help="also ten million events, and a national year")
    options.add_argument("--ours-only", action="store_true", help="without any rival")
    chosen = options.parse_args()
    print(f"{machine()}\n两个并行任务，{chosen.repeats} 次取中位 · two jobs, median of {chosen.repeats} turns\n")
    different = first_case(chosen.repeats, ours_only=chosen.ours_only)
    for part in (lambda: profile(chosen.repeats), lambda: growth(chosen.repeats, large=chosen.large)):
        print()
        part()
    if chosen.large:
        print()
        national_year(min(3, chosen.repeats))
    print(f"\n终了时负载 · load at the end: {os.getloadavg()[0]:.1f}")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
