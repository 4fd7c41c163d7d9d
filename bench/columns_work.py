"""One way from Parquet to Parquet in a process of its own, told by bench_columns.py when to run.

    python -m bench.columns_work ours|bare|lines|unordered|stages SOURCE SINK

It runs once to warm up (the kernel is compiled, or loaded from its cache) and says so; then once for every line on standard
input, answering the seconds. The last line of standard output is the peak of memory. ``stages`` answers seconds by stage.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from bench.common import ROOT, peak_memory

from benefit_engine.columns import kernel, run
from benefit_engine.columns.encode import Encoder
from mutualaid.plans import columnar
from mutualaid.plans.library import load_library

PLAN = ROOT / "plans" / "guangxi-huzhubao-1-2025.yaml"
JOBS = 2
Work = Callable[[str, str], Any]


def ours(source: str, sink: str) -> None:
    """All benefits, outcomes and reasons, by the columnar engine."""
    library = load_library([PLAN]).library
    with Path(sink).open("wb") as stream:
        columnar.run_columns(library, source, stream, to_parquet=True, jobs=JOBS)


def rival(way: str) -> Work:
    """A query in DuckDB."""
    from bench.rival_duckdb import connected, decide  # here, so that ours does not bear DuckDB's memory

    connection = connected(JOBS)
    return lambda source, sink: decide(connection, way, source, sink)


def stages() -> Work:
    """Ours on one thread, one stage after another: seconds of each; ``rest`` is what lies between them."""
    decider = run.Decider(run.compiled(load_library([PLAN]).library))

    def work(source: str, sink: str) -> dict[str, float]:
        spent = dict.fromkeys(("read", "encode", "kernel", "lines", "write"), 0.0)

        def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any) -> Any:
                begun = time.perf_counter()
                result = function(*args)
                spent[stage] += time.perf_counter() - begun
                return result

            return call

        started = time.perf_counter()
        tables = columnar._partitions(*columnar._opened(source))
        with (
            patch.object(Encoder, "encode", timed("encode", Encoder.encode)),
            patch.object(run, "decide_persons", timed("kernel", kernel.decide_persons)),
            patch.object(run.Decider, "_table", timed("lines", run.Decider._table)),
            Path(sink).open("wb") as stream,
        ):
            writer = columnar._ParquetSink(stream)
            read, write = timed("read", next), timed("write", writer.add)
            while (item := read(tables, None)) is not None:
                table: pa.Table = item[1]
                write(decider.decide(table).lines)
            timed("write", writer.close)()
        return {**spent, "rest": time.perf_counter() - started - sum(spent.values())}

    return work


def main() -> None:
    """Answer until standard input ends."""
    way, source, sink = sys.argv[1:]
    work: Work = {"ours": lambda: ours, "stages": stages}.get(way, lambda: rival(way))()
    work(source, sink)
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        answer = work(source, sink)
        print(json.dumps(answer or time.perf_counter() - started), flush=True)
    print(peak_memory())


if __name__ == "__main__":
    main()
