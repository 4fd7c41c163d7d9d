"""``mutualaid simulate`` as people call it: good and bad options, exit codes, what is written."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mutualaid.cli.app import app
from tests.datacentre import small_year
from tests.datacentre.small_year import PLAN, PLAN_FILE, ROOT, cheaper_deductible


class Done(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object, lang: str = "zh") -> Done:
    """The command in this process; starting Python takes longer than deciding a small year."""
    texts = [str(argument) for argument in arguments]
    with contextlib.chdir(ROOT):
        done = CliRunner().invoke(app, ["simulate", *texts], env={"MUTUALAID_LANG": lang, "COLUMNS": "120"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def year(tmp_path: Path) -> Path:
    return small_year.write_year(tmp_path, 200)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_on_the_terminal_and_a_page(tmp_path: Path, year: Path, lang: str) -> None:
    out = tmp_path / "deep" / "out"
    file = cheaper_deductible(tmp_path)
    done = run("--plans", PLAN_FILE, file, "--cases", tmp_path, "--out", out, lang=lang)
    assert (done.returncode, done.stderr) == (0, "")
    page = (out / "simulation.html").read_text(encoding="utf-8")
    assert ("免补额" if lang == "zh" else "Deductible") in done.stdout
    assert ("每次先扣除800元" if lang == "zh" else "800 yuan taken off each time") in done.stdout
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page
    assert str(tmp_path) not in page


def test_the_command_itself(tmp_path: Path, year: Path) -> None:
    command: list[str | Path] = [
        Path(sys.executable).with_name("mutualaid"),
        "simulate",
        "--plans",
        PLAN_FILE,
        PLAN_FILE,
    ]
    ends = {str(year): (0, "给付合计"), str(tmp_path / "gone"): (2, "")}
    for cases, (code, said) in ends.items():
        done = subprocess.run(
            [*command, "--cases", cases, "--out", tmp_path / "out"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "MUTUALAID_LANG": "zh"},
            timeout=120,
        )
        assert (done.returncode, said in done.stdout) == (code, True), done.stderr


def test_json_lines_say_the_same_as_columns(tmp_path: Path, year: Path) -> None:
    lines = small_year.write_lines(tmp_path, 200)
    outputs = [
        run("--plans", PLAN_FILE, "--plans", PLAN_FILE, "--cases", file, "--out", tmp_path / "out", "--jobs", 1).stdout
        for file in (year, lines)
    ]
    assert outputs[0] == outputs[1] != ""


def test_the_same_file_twice_shows_no_difference(tmp_path: Path, year: Path) -> None:
    done = run("--plans", PLAN_FILE, PLAN_FILE, "--cases", year, "--out", tmp_path / "out", lang="en")
    assert done.returncode == 0
    assert "stay the same" in done.stdout
    assert "Nobody gains and nobody loses." in done.stdout
    assert "The rules of the two plans are the same." in done.stdout


def test_bad_cases_are_named_and_not_fatal(tmp_path: Path) -> None:
    lines = small_year.write_lines(tmp_path, 50)
    odd = {**small_year.cases(1)[0], "case": "odd", "member": {"sex": "X"}}
    lines.write_text(lines.read_text(encoding="utf-8") + json.dumps(odd) + "\n{\n", encoding="utf-8")
    done = run("--plans", PLAN_FILE, PLAN_FILE, "--cases", lines, "--out", tmp_path / "out", lang="en")
    assert done.returncode == 0
    assert "odd: member.sex" in done.stderr
    assert "#52: not JSON" in done.stderr
    assert "2 cases have faults" in done.stderr


def test_with_other_plans(tmp_path: Path, year: Path) -> None:
    done = run("--plans", PLAN_FILE, PLAN_FILE, "--with", "plans", "--cases", year, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("plans", "said"),
    [
        ([PLAN_FILE], "found 1"),
        ([PLAN_FILE, PLAN_FILE, PLAN_FILE], "found 3"),
        ([PLAN_FILE, "plans/gone.yaml"], "gone.yaml:1: no such file"),
        ([PLAN_FILE, "plans"], "no such file"),
        ([PLAN_FILE, "plans/cwmia-comprehensive-example.yaml"], "combination"),
        ([PLAN_FILE, "README.md"], "README.md"),
        (["plans/hainan-period-2.yaml", "plans/hainan-period-4.yaml"], f"hainan-period-2. They name: {PLAN}"),
    ],
)
def test_plans_that_will_not_do(tmp_path: Path, year: Path, plans: list[object], said: str) -> None:
    done = run("--plans", *plans, "--cases", year, "--out", tmp_path / "out", lang="en")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_columns_with_values_that_cannot_be_read(tmp_path: Path, year: Path) -> None:
    cases = pq.read_table(year)
    place = cases.schema.get_field_index("started_on")
    pq.write_table(cases.set_column(place, "started_on", pa.array(["soon"] * len(cases))), year)
    done = run("--plans", PLAN_FILE, PLAN_FILE, "--cases", year, "--out", tmp_path / "out", lang="en")
    assert (done.returncode, "can't be read" in done.stderr) == (2, True), done.stderr


def test_a_damaged_file_and_a_column_that_stands_twice(tmp_path: Path, year: Path) -> None:
    table = pq.read_table(year)
    names = [*table.column_names, "case"]
    pq.write_table(pa.table([*table.columns, table["case"]], names=names), tmp_path / "twice.parquet")
    assert "each column once" in run_on(tmp_path / "twice.parquet", tmp_path)
    pq.write_table(table, tmp_path / "damaged.parquet", compression="zstd")
    data = bytearray((tmp_path / "damaged.parquet").read_bytes())
    group = pq.read_metadata(tmp_path / "damaged.parquet").row_group(0)
    column = group.column(names.index("started_on"))
    start = column.dictionary_page_offset or column.data_page_offset
    data[start + 30 : start + column.total_compressed_size] = bytes(column.total_compressed_size - 30)
    (tmp_path / "damaged.parquet").write_bytes(data)
    assert "damaged.parquet" in run_on(tmp_path / "damaged.parquet", tmp_path)


def run_on(cases: Path, folder: Path) -> str:
    """What a refused year is told."""
    done = run("--plans", PLAN_FILE, PLAN_FILE, "--cases", cases, "--out", folder / "out", lang="en")
    assert done.returncode == 2, done.stderr
    return done.stderr


def test_cases_and_folders_that_will_not_do(tmp_path: Path, year: Path) -> None:
    missing = run("--plans", PLAN_FILE, PLAN_FILE, "--cases", tmp_path / "gone", "--out", tmp_path / "out")
    assert (missing.returncode, "没有这个文件" in missing.stderr) == (2, True)
    no_folder = run("--plans", PLAN_FILE, PLAN_FILE, "--cases", year, "--out", year)
    assert (no_folder.returncode, "不是文件夹" in no_folder.stderr) == (2, True)
    without = run("--plans", PLAN_FILE, PLAN_FILE, "--out", tmp_path / "out")
    assert (without.returncode, "--cases" in without.stderr) == (2, True)
