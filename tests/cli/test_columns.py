"""``mutualaid adjudicate --engine batch`` and Parquet: the same decisions as one by one, whatever comes in and goes out."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benefit_engine.columns.layout import CASES, DECISIONS, cases_schema, row_line, rows_of
from tests.cli.test_adjudicate import GX1, MUTUALAID, PLAN, ROOT, case, lines, run

EXAMPLES = sorted(
    file for file in (ROOT / "docs/examples").glob("*.jsonl") if not file.name.endswith(".decisions.jsonl")
)
PLANS = ("plans", "docs/examples/example-city-2026.yaml")
FAULTY: tuple[dict[str, Any], ...] = (
    {"events": [{**GX1["events"][0], "hospital_level": 7}]},
    {"events": [{**GX1["events"][0], "kind": "inpatiant"}]},
    {"events": [{**GX1["events"][0], "ended_on": "2025-02-01"}]},
    {"events": [GX1["events"][0], GX1["events"][0]]},
    {"events": [{**GX1["events"][0], "reverses": "nothing"}]},
    {"events": [{**GX1["events"][0], "amounts": {"self_paid": "-1.00"}}]},
    {"covers": [{**GX1["covers"][0], "plan": "nowhere"}]},
    {"member": {"sex": "X"}},
)
"""What is wrong with bad cases that columns can hold too."""


def said(decision: dict[str, Any]) -> dict[str, Any]:
    """A decision without its workings."""
    told = dict(decision)
    if "lines" in told:
        told["lines"] = [{**line, "working": []} for line in told["lines"]]
    return told


def decided(file: Path) -> list[dict[str, Any]]:
    """Decisions of a file without workings, and without the cases that have no line: rows of Parquet don't name those."""
    if file.suffix != ".parquet":
        found = [said(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
        return [{key: one[key] for key in one if key != "total"} for one in found if one.get("lines") != []]
    told: list[dict[str, Any]] = []
    rows = pq.read_table(file).to_pylist()
    for name, group in itertools.groupby(rows, key=lambda row: (row["case"], row["line"])):
        several = list(group)
        if several[0]["error"] is not None:
            assert len(several) == 1
            told.append({"case": name[0], "line": name[1], "error": several[0]["error"]})
        else:
            told.append({"case": name[0], "lines": [row_line(row) for row in several]})
    return told


def write_parquet(file: Path, *cases: dict[str, Any], own: tuple[str, ...] = ()) -> Path:
    """Cases as flat columns."""
    rows = [row for one in cases for row in rows_of(one)]
    pq.write_table(pa.Table.from_pylist(rows, cases_schema(own)), file)
    return file


def adjudicate(cases: Path, out: Path, *more: str, check: int, lang: str = "zh", itself: bool = False) -> str:
    """What the command says on standard error."""
    paths = ("--cases", str(cases), "--out", str(out))
    return run("adjudicate", "--plans", *PLANS, *paths, *more, lang=lang, check=check, itself=itself).stderr.decode()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All examples of the documents, good and bad, in both kinds of file, and some bad cases more."""
    folder = tmp_path_factory.mktemp("inputs")
    jsonl = folder / "cases.jsonl"
    bad = [{**GX1, "case": f"faulty-{i}", **part} for i, part in enumerate(FAULTY)]
    jsonl.write_bytes(b"".join(file.read_bytes().rstrip(b"\n") + b"\n" for file in EXAMPLES) + lines(*bad).encode())
    good = [
        json.loads(line) for file in EXAMPLES if file.stem != "bad-lines" for line in file.read_bytes().splitlines()
    ]
    silent = {**GX1, "case": "silent", "events": []}
    flat = write_parquet(folder / "cases.parquet", *good, *bad, silent, good[0])
    return {"jsonl": jsonl, "parquet": flat}


@pytest.fixture(scope="module")
def expected(inputs: dict[str, Path]) -> dict[str, Path]:
    """Decisions of the explained engine on both files."""
    found = {}
    for kind, file in inputs.items():
        found[kind] = file.with_name(f"one-{kind}.jsonl")
        adjudicate(file, found[kind], "--engine", "one", check=1)
    return found


@pytest.mark.parametrize("engine", ["batch", "one"])
@pytest.mark.parametrize("into", ["jsonl", "parquet"])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_every_way_gives_the_decisions_of_the_explained_engine(
    inputs: dict[str, Path], expected: dict[str, Path], tmp_path: Path, kind: str, into: str, engine: str
) -> None:
    out = tmp_path / f"decisions.{into}"
    told = adjudicate(inputs[kind], out, "--engine", engine, check=1, itself=kind == into)
    assert decided(out) == decided(expected[kind])
    assert len(decided(out)) > 10
    for error in (one for one in decided(out) if "error" in one):
        assert f"{inputs[kind]}:{error['line']}: {error['error']}" in told


def test_json_lines_have_every_case_and_its_total(
    inputs: dict[str, Path], expected: dict[str, Path], tmp_path: Path
) -> None:
    for kind, file in inputs.items():
        out = tmp_path / f"{kind}.jsonl"
        adjudicate(file, out, "--engine", "batch", check=1)
        both = [
            [said(json.loads(line)) for line in one.read_text("utf-8").splitlines()] for one in (out, expected[kind])
        ]
        assert both[0] == both[1]


def test_what_is_decided_one_by_one_is_said(inputs: dict[str, Path], tmp_path: Path) -> None:
    told = adjudicate(inputs["parquet"], tmp_path / "out.parquet", "--engine", "batch", check=1, lang="en")
    assert "cases went through the explained engine" in told
    assert pq.read_schema(tmp_path / "out.parquet").names == list(DECISIONS)


def test_faults_are_told_in_english(inputs: dict[str, Path], tmp_path: Path) -> None:
    told = adjudicate(inputs["jsonl"], tmp_path / "out.jsonl", "--engine", "batch", check=1, lang="en")
    assert "duplicate case id" in told
    assert "not JSON" in told


def test_many_lines_keep_their_order_over_two_processes(tmp_path: Path) -> None:
    many = [case(f"c{i}", self_paid=f"{1000 + i}.00") for i in range(4500)]
    (tmp_path / "in.jsonl").write_text(lines(*many, case("c7")), encoding="utf-8")
    adjudicate(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--engine", "batch", "--jobs", "2", check=1)
    decisions = decided(tmp_path / "out.jsonl")
    assert [decision["case"] for decision in decisions] == [*(one["case"] for one in many), "c7"]
    assert decisions[4100]["lines"][0]["amount"] == "1230.00"
    assert decisions[-1]["line"] == 4501


def test_many_rows_keep_their_order_over_two_threads(tmp_path: Path) -> None:
    """Three partitions; a case of two rows lies across the end of the first, and the last row is a case that was there."""
    rows = 450_000
    names = [f"c{i}" for i in range(rows)]
    names[200_000], names[-1] = names[199_999], names[0]
    one = pa.Table.from_pylist(rows_of(GX1), cases_schema())
    table = one.take(pa.array([0] * rows))
    events = pa.array([f"e{i % 2}" for i in range(rows)])
    table = table.set_column(table.schema.get_field_index("event"), "event", events)
    table = table.set_column(table.schema.get_field_index("case"), "case", pa.array(names))
    pq.write_table(table, tmp_path / "in.parquet")
    paths = ("--cases", str(tmp_path / "in.parquet"), "--out", str(tmp_path / "out.parquet"))
    run("adjudicate", "--plans", PLAN, *paths, "--engine", "batch", "--jobs", "2", check=1)
    found = pq.read_table(tmp_path / "out.parquet")
    ordered = [name for name, _ in itertools.groupby(found["case"].to_pylist())]
    assert ordered == [name for name, _ in itertools.groupby(names)]
    last = found.slice(found.num_rows - 1).to_pylist()[0]
    assert (last["case"], last["line"]) == ("c0", rows)
    assert "案号重复" in last["error"]


def changed(table: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, pa.nulls(table.num_rows, kind))


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("colour", pa.string(), "colour"),
        ("self_paid", pa.float64(), "self_paid"),
        ("self_paid", pa.decimal128(18, 3), "self_paid"),
        ("started_on", pa.string(), "started_on"),
        ("hospital_level", pa.string(), "hospital_level"),
        ("case", pa.int64(), "case"),
        ("case", None, "case"),
    ],
)
def test_columns_that_are_no_columns_of_cases_are_exit_status_2(
    tmp_path: Path, name: str, kind: pa.DataType | None, says: str
) -> None:
    table = pa.Table.from_pylist(rows_of(GX1), cases_schema())
    if kind is None:
        table = table.drop_columns([name])
    elif name in CASES:
        table = changed(table, name, kind)
    else:
        table = table.append_column(name, pa.nulls(table.num_rows, kind))
    pq.write_table(table, tmp_path / "in.parquet")
    for engine in ("batch", "one"):
        told = adjudicate(tmp_path / "in.parquet", tmp_path / "out.jsonl", "--engine", engine, check=2, lang="en")
        assert says in told
        assert "Traceback" not in told
    assert [file.name for file in tmp_path.iterdir()] == ["in.parquet"]


def test_a_refused_file_is_told_in_one_line(tmp_path: Path) -> None:
    """Nothing is left open that would complain later; a column that stands twice is refused, too."""
    table = pa.Table.from_pylist(rows_of(GX1), cases_schema())
    pq.write_table(
        pa.table([*table.columns, table["case"]], names=[*table.column_names, "case"]), tmp_path / "in.parquet"
    )
    for engine in ("batch", "one"):
        for out in ("out.parquet", "out.jsonl"):
            told = adjudicate(
                tmp_path / "in.parquet", tmp_path / out, "--engine", engine, check=2, lang="en", itself=True
            )
            assert told.count("\n") == 1
            assert "expected each column once, found case twice" in told


def test_half_a_character_in_a_word_is_decided_one_by_one(tmp_path: Path) -> None:
    """JSON can escape what UTF-8 cannot write; no plan reads such a word."""
    odd = {**GX1, "events": [{**GX1["events"][0], "circumstances": ["\ud800"]}]}
    (tmp_path / "in.jsonl").write_text(json.dumps(odd) + "\n", encoding="utf-8")
    told = adjudicate(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--engine", "batch", check=0, lang="en")
    assert "1 cases went through the explained engine" in told
    adjudicate(tmp_path / "in.jsonl", tmp_path / "one.jsonl", check=0)
    assert [said(one) for one in decided(tmp_path / "out.jsonl")] == [
        said(one) for one in decided(tmp_path / "one.jsonl")
    ]


@pytest.mark.parametrize("content", [b"", b"no parquet", lines(GX1).encode()])
def test_a_file_that_is_no_parquet_is_exit_status_2(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.parquet").write_bytes(content)
    for engine in ("batch", "one"):
        told = adjudicate(tmp_path / "in.parquet", tmp_path / "out.parquet", "--engine", engine, check=2)
        assert "不是 Parquet 文件" in told
    assert [file.name for file in tmp_path.iterdir()] == ["in.parquet"]


def test_a_damaged_parquet_is_exit_status_2(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "in.parquet", *(case(f"c{i}", self_paid=f"{i}.00") for i in range(500)))
    data = bytearray(file.read_bytes())
    data[4:2000] = os.urandom(1996)
    file.write_bytes(data)
    told = adjudicate(file, tmp_path / "out.parquet", "--engine", "batch", check=2)
    assert "有读不出的值" in told
    assert "Traceback" not in told
    assert [one.name for one in tmp_path.iterdir()] == ["in.parquet"]


def test_lacking_columns_are_unknown_and_own_amounts_are_read(tmp_path: Path) -> None:
    few = pa.Table.from_pylist(rows_of(GX1), cases_schema()).drop_columns(
        ["hospital_level", "paid_event", "operations"]
    )
    own = few.append_column("x_special", pa.array([None] * few.num_rows, pa.decimal128(18, 2)))
    pq.write_table(own, tmp_path / "in.parquet")
    adjudicate(tmp_path / "in.parquet", tmp_path / "out.jsonl", "--engine", "batch", check=0)
    [decision] = decided(tmp_path / "out.jsonl")
    assert [line["amount"] for line in decision["lines"]] == ["3400.00", "200.00"]


def test_a_batch_is_verified_by_the_explained_engine(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "in.parquet", *(case(f"c{i}", self_paid=f"{900 + i}.00") for i in range(40)))
    told = adjudicate(file, tmp_path / "out.parquet", "--engine", "batch", "--verify", "1000", check=0, lang="en")
    assert "40 verified, 0 differences" in told
    (tmp_path / "in.jsonl").write_text(lines(*(case(f"c{i}") for i in range(40))), encoding="utf-8")
    told = adjudicate(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--engine", "batch", "--verify", "1000", check=0)
    assert "复算 40 案，不一致 0 处" in told


def test_only_a_batch_is_verified(tmp_path: Path) -> None:
    told = adjudicate(ROOT / "docs/examples/gx-1.jsonl", tmp_path / "out.jsonl", "--verify", "3", check=2)
    assert "--engine batch" in told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_a_batch_that_is_stopped_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    out.write_text("of yesterday\n", encoding="utf-8")
    command: list[str | Path] = [MUTUALAID, "adjudicate", "--plans", PLAN, "--cases", "-", "--out", str(out)]
    process = subprocess.Popen([*command, "--engine", "batch"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdin is not None
    process.stdin.write(lines(case("a")).encode())
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(f".{name}.*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.read_text(encoding="utf-8") == "of yesterday\n"
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """They wait for work from it, and would wait for ever."""
    (tmp_path / "in.jsonl").write_text(lines(*(case(f"c{i}") for i in range(40_000))), encoding="utf-8")
    arguments: list[str | Path] = [
        "--plans",
        PLAN,
        "--cases",
        tmp_path / "in.jsonl",
        "--out",
        tmp_path / "out.jsonl",
        "--jobs",
        "2",
    ]
    process = subprocess.Popen([MUTUALAID, "adjudicate", *arguments], cwd=ROOT)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.parent.exists():
        pytest.skip("no /proc")
    deadline = time.monotonic() + 60
    while len(workers := children.read_text(encoding="utf-8").split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    while any(_runs(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(workers) == 2
    assert not any(_runs(worker) for worker in workers)


def _runs(process: str) -> bool:
    """Is it there, and not only waiting for somebody to ask how it ended?"""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


_TYPES = {
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
    pa.decimal128(18, 2): "DECIMAL(18,2)",
}


def test_the_document_lists_every_column_with_its_type() -> None:
    text = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| ([A-Z][A-Z(),0-9]+) \|", text, re.MULTILINE)
    assert listed == [(name, _TYPES[kind]) for name, kind in [*CASES.items(), *DECISIONS.items()]]
