"""``mutualaid adjudicate`` as other systems call it: order, exit codes, bad lines, nothing half-written."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from mutualaid.cli.app import app

ROOT = Path(__file__).parents[2]
MUTUALAID = Path(sys.executable).with_name("mutualaid")
GX1: dict[str, Any] = json.loads((ROOT / "docs/examples/gx-1.jsonl").read_text(encoding="utf-8"))
PLAN = str(ROOT / "plans/guangxi-huzhubao-1-2025.yaml")


def case(name: str, **amounts: str) -> dict[str, Any]:
    """The contract's example under another id, with other amounts."""
    made = copy.deepcopy(GX1)
    made["case"] = name
    made["events"][0]["amounts"].update(amounts)
    return made


class Done(NamedTuple):
    """How the command ended, and what it said."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(
    *arguments: str, cases: str | bytes = b"", lang: str = "zh", check: int | None = None, itself: bool = False
) -> Done:
    """Run the command with ``cases`` on standard input. It runs in this process, since starting Python takes longer than most
    cases do; ``itself``, and with several processes, as others call it."""
    data = cases.encode() if isinstance(cases, str) else cases
    told = {"MUTUALAID_LANG": lang, "COLUMNS": "200"}
    done = (_started if itself or "--jobs" in arguments else _called)(arguments, data, told)
    if check is not None:
        assert done.returncode == check, done.stderr.decode()
    return done


def _started(arguments: tuple[str, ...], data: bytes, told: dict[str, str]) -> Done:
    done = subprocess.run(
        [MUTUALAID, *arguments],
        input=data,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **told},
        timeout=300,  # compiles a kernel
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _called(arguments: tuple[str, ...], data: bytes, told: dict[str, str]) -> Done:
    stop = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.chdir(ROOT):
            done = CliRunner().invoke(app, arguments, input=data, env=told)
    finally:
        signal.signal(signal.SIGTERM, stop)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout_bytes, done.stderr_bytes)


def decide(
    cases: str | bytes, *more: str, lang: str = "zh", check: int | None = None, itself: bool = False
) -> list[dict[str, Any]]:
    """Decisions on standard output, as JSON values."""
    paths = ("--plans", PLAN, "--cases", "-", "--out", "-")
    done = run("adjudicate", *paths, *more, cases=cases, lang=lang, check=check, itself=itself)
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines(*cases: object) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in cases)


def test_the_published_example_pays_3600() -> None:
    [decision] = decide(lines(GX1), check=0, itself=True)
    assert (decision["case"], decision["total"]) == ("gx-1", "3600.00")
    got = [(line["benefit"], line["outcome"], line["amount"], line["reasons"]) for line in decision["lines"]]
    assert got == [("inpatient", "pay", "3400.00", []), ("allowance", "pay", "200.00", ["cap_reached"])]


@pytest.mark.parametrize("jobs", ["1", "2", "3"])
def test_output_keeps_the_order_of_the_cases(jobs: str) -> None:
    many = [case(f"c{i}", self_paid=f"{1000 + i}.00") for i in range(700)]
    decisions = decide(lines(*many), "--jobs", jobs, check=0)
    assert [decision["case"] for decision in decisions] == [one["case"] for one in many]
    assert decisions[10]["lines"][0]["amount"] == "3.00"


def test_several_plan_paths_after_one_option(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    (tmp_path / "in.jsonl").write_text(lines(GX1), encoding="utf-8")
    second = str(ROOT / "plans/hainan-period-2.yaml")
    run("adjudicate", "--plans", PLAN, second, "--cases", str(tmp_path / "in.jsonl"), "--out", str(out), check=0)
    assert json.loads(out.read_text(encoding="utf-8"))["total"] == "3600.00"


def test_a_folder_of_plans() -> None:
    done = run("adjudicate", "--plans", "plans", "--cases", "-", "--out", "-", cases=lines(GX1), check=0)
    assert json.loads(done.stdout)["total"] == "3600.00"


BAD: list[tuple[str, bytes, str | None, str]] = [
    ("not json", b"{", None, "JSON"),
    ("no object", b"[1]", None, "对象"),
    ("not utf-8", '{"case": "\u4e2d"}'.encode("gbk"), None, "UTF-8"),
    ("duplicate key", b'{"case": "a", "case": "b"}', None, "重复的键 case"),
    ("nan", b'{"case": NaN}', None, "NaN"),
    ("deep", b"[" * 200_000, None, "嵌套过深"),
    ("long number", b'{"case": ' + b"9" * 6000 + b"}", None, "数字过长"),
    ("ten megabytes", b'{"case": "' + b"x" * 10_000_000 + b'"}', None, "8000000"),
    ("unknown field", lines({**case("u"), "coverage": 1}).encode(), "u", "coverage"),
    ("float amount", lines(case("f", self_paid="12000.5")).encode(), "f", "events[0].amounts.self_paid"),
    ("negative amount", lines(case("n", self_paid="-1.00")).encode(), "n", "events[0].amounts.self_paid"),
    (
        "unknown plan",
        lines({**case("p"), "covers": [{**GX1["covers"][0], "plan": "nowhere"}]}).encode(),
        "p",
        "nowhere",
    ),
    (
        "misspelt kind",
        lines({**case("k"), "events": [{**GX1["events"][0], "kind": "inpatiant"}]}).encode(),
        "k",
        "inpatiant",
    ),
    (
        "impossible date",
        lines({**case("d"), "member": {"birth_date": "2025-02-30"}}).encode(),
        "d",
        "member.birth_date",
    ),
]


@pytest.mark.parametrize(("line", "case_id", "says"), [item[1:] for item in BAD], ids=[item[0] for item in BAD])
def test_a_bad_line_is_named_and_does_not_stop_the_rest(line: bytes, case_id: str | None, says: str) -> None:
    before, after = lines(case("before")).encode(), lines(case("after")).encode()
    done = run(
        "adjudicate",
        "--plans",
        PLAN,
        "--cases",
        "-",
        "--out",
        "-",
        cases=before + line.rstrip(b"\n") + b"\n" + after,
        check=1,
    )
    decisions = [json.loads(text) for text in done.stdout.splitlines()]
    assert [decision["case"] for decision in decisions] == ["before", case_id, "after"]
    assert decisions[1]["line"] == 2
    assert says in decisions[1]["error"]
    assert "-:2:" in done.stderr.decode()
    assert decisions[2]["total"] == "3600.00"


def test_the_second_of_two_cases_of_one_id_is_bad() -> None:
    decisions = decide(lines(case("a"), case("b"), case("a")), check=1, itself=True)
    assert [(decision["case"], "error" in decision) for decision in decisions] == [
        ("a", False),
        ("b", False),
        ("a", True),
    ]


def test_messages_in_english() -> None:
    [bad] = decide(b"{\n", lang="en", check=1)
    assert bad["error"].startswith("not JSON")


def test_blank_lines_and_a_byte_order_mark_are_no_cases() -> None:
    decisions = decide(
        b"\xef\xbb\xbf" + lines(case("a")).encode() + b"\n  \n" + lines(case("b")).encode().rstrip(b"\n"), check=0
    )
    assert [decision["case"] for decision in decisions] == ["a", "b"]


def test_no_cases_no_decisions() -> None:
    assert decide(b"", check=0, itself=True) == []


def test_a_faulty_plan_writes_nothing(tmp_path: Path) -> None:
    plan = tmp_path / "broken.yaml"
    plan.write_text("plan: broken\nfamily: broken\nprise: 3\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    done = run("adjudicate", "--plans", str(plan), "--cases", "docs/examples/gx-1.jsonl", "--out", str(out), check=2)
    assert not out.exists()
    assert f"{plan}:3: prise:" in done.stderr.decode()


@pytest.mark.parametrize(
    ("cases", "out"),
    [
        ("missing.jsonl", "out.jsonl"),
        ("docs/examples/gx-1.jsonl", "no/such/folder/out.jsonl"),
        ("docs/examples/gx-1.jsonl", "docs"),
    ],
)
def test_wrong_paths_are_exit_status_2(cases: str, out: str) -> None:
    done = run("adjudicate", "--plans", PLAN, "--cases", cases, "--out", out, check=2)
    assert done.stderr


def test_out_must_not_be_the_cases(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(lines(GX1), encoding="utf-8")
    run("adjudicate", "--plans", PLAN, "--cases", str(file), "--out", str(file), check=2)
    assert json.loads(file.read_text(encoding="utf-8"))["case"] == "gx-1"


def test_a_run_that_is_stopped_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("of yesterday\n", encoding="utf-8")
    command: list[str | Path] = [MUTUALAID, "adjudicate", "--plans", PLAN, "--cases", "-", "--out", str(out)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdin is not None
    process.stdin.write(lines(case("a")).encode())
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".out.jsonl.*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert out.read_text(encoding="utf-8") == "of yesterday\n"
    assert [file.name for file in tmp_path.iterdir()] == ["out.jsonl"]


def test_schema_is_json_schema() -> None:
    schema = json.loads(run("plan", "schema", check=0).stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False
    assert {"plan", "family", "benefits"} <= schema["properties"].keys()


def test_check_names_file_and_line_and_exits_with_1(tmp_path: Path) -> None:
    good = run("plan", "check", PLAN, check=0)
    assert "guangxi-huzhubao-1-2025" in good.stdout.decode()
    plan = tmp_path / "broken.yaml"
    plan.write_text("plan: broken\nplan: again\n", encoding="utf-8")
    bad = run("plan", "check", str(plan), check=1)
    assert f"{plan}:2: 重复的键 plan（首次在第 1 行）" in bad.stdout.decode()
