"""``mutualaid library``: what it shows, what it leaves behind, and what it says when something is missing or wrong."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from mutualaid.cli.showing_library import SHOWN_CASE, Showing, decision_tree, show_library
from mutualaid.plans.prose.wording import Wording
from tests.engine.support import PLANS, shipped

CASES = PLANS.parent / "tests" / "engine" / "cases"


def run(
    plans: Path, cases: Path, out: Path, lang: str = "zh", width: int = 160, *, terminal: bool = False
) -> tuple[int, str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, force_terminal=terminal)
    code = show_library(plans, cases, out, lang, console)
    return code, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture
def few(tmp_path: Path) -> tuple[Path, Path]:
    """A library of two plans with their cases, small enough to be quick."""
    plans, cases = tmp_path / "plans", tmp_path / "cases"
    plans.mkdir()
    cases.mkdir()
    for name in ("guangxi-huzhubao-1-2025", "hubei-inpatient-2025"):
        shutil.copy(PLANS / f"{name}.yaml", plans)
        shutil.copy(CASES / f"{name}.yaml", cases)
    return plans, cases


def test_it_shows_plans_cases_a_working_and_the_pages(few: tuple[Path, Path], tmp_path: Path) -> None:
    code, text = run(*few, tmp_path / "report")
    assert code == 0
    for words in (
        "2个计划全部通过核对",
        "应城一例",
        "1,213.69",
        "一致：自付金额由给付额反推",
        "接近：公布“8.04万元”",
        "不符：",
        "无法核对：",
        "全部符合预期",
        "住院自付补助：给付3,400元",
        "免补额1000元-1,000.00=11,000.00",
        "合计给付3,600元",
        "plans.html",
    ):
        assert squeezed(words) in squeezed(text), words
    assert (tmp_path / "report" / "plans.html").is_file()
    assert (tmp_path / "report" / "plans.en.html").is_file()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_it_fits_a_terminal(few: tuple[Path, Path], tmp_path: Path, width: int) -> None:
    code, text = run(*few, tmp_path / "report", "zh", width, terminal=True)
    assert code == 0
    assert "…" not in text
    assert squeezed("应城一例：自付 1733.84 × 70%") in squeezed(text) or width < 120


def test_it_speaks_english(few: tuple[Path, Path], tmp_path: Path) -> None:
    code, text = run(*few, tmp_path / "report", "en")
    assert code == 0
    assert "2 plans checked without a fault" in text
    assert "hospital costs: paid 3,400 yuan" in text
    assert "3,600 yuan paid in all" in text


def test_a_case_that_fails_makes_it_fail_and_is_named(few: tuple[Path, Path], tmp_path: Path) -> None:
    plans, cases = few
    file = cases / "hubei-inpatient-2025.yaml"
    file.write_text(file.read_text("utf-8").replace('total: "1213.69"', 'total: "1213.68"', 1), encoding="utf-8")
    code, text = run(plans, cases, tmp_path / "report")
    assert code == 1
    assert squeezed("total：应为 1213.68，引擎算得 1213.69") in squeezed(text)
    assert "1个案例与预期不符" in text
    assert (tmp_path / "report" / "plans.html").is_file(), "the rest is still shown"


def test_a_faulty_library_stops_it_with_file_and_line(few: tuple[Path, Path], tmp_path: Path) -> None:
    plans, cases = few
    file = plans / "hubei-inpatient-2025.yaml"
    file.write_text(file.read_text("utf-8").replace("rate: 70%", "rate: seventy"), encoding="utf-8")
    code, text = run(plans, cases, tmp_path / "report")
    assert code == 1
    assert re.search(r"hubei-inpatient-2025\.yaml:\d+:", squeezed(text))
    assert not (tmp_path / "report").exists()


def test_faulty_cases_are_named_with_file_and_line(few: tuple[Path, Path], tmp_path: Path) -> None:
    plans, cases = few
    (cases / "bad.yaml").write_text("plan: nowhere\ncases: [{name: x, expect: {total: '0.00'}}]\n", encoding="utf-8")
    code, text = run(plans, cases, tmp_path / "report")
    assert code == 1
    assert squeezed("bad.yaml:1: plan: 计划库里没有 nowhere") in squeezed(text)


def test_a_case_that_the_contract_refuses_is_named(few: tuple[Path, Path], tmp_path: Path) -> None:
    plans, cases = few
    text = "plan: hubei-inpatient-2025\ncases:\n  - {name: x, event: {kind: 7}, expect: {total: '0.00'}}\n"
    (cases / "bad.yaml").write_text(text, encoding="utf-8")
    code, said = run(plans, cases, tmp_path / "report")
    assert code == 1
    assert "bad:1:" in said


@pytest.mark.parametrize("missing", [0, 1])
def test_outside_the_source_tree_it_says_what_to_do(few: tuple[Path, Path], tmp_path: Path, missing: int) -> None:
    gone = tmp_path / "gone"
    plans, cases = (gone if i == missing else folder for i, folder in enumerate(few))
    code, text = run(plans, cases, tmp_path / "report")
    assert code == 1
    assert "gone" in text
    assert "--plans" in text
    assert not (tmp_path / "report").exists()


def test_pages_that_cannot_be_written_are_an_error_not_a_trace(few: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file where a folder should be", encoding="utf-8")
    code, text = run(*few, tmp_path / "report")
    assert code == 1
    assert "无法写出" in text


def test_the_tree_is_the_example_of_the_readme() -> None:
    stream = io.StringIO()
    Console(file=stream, width=120).print(decision_tree(SHOWN_CASE, shipped(), Wording("zh")))
    text = stream.getvalue()
    assert "住院津贴：给付200元（已达限额）" in text
    assert text.rstrip().endswith("合计给付 3,600元")
    assert len(text.splitlines()) >= 10


def test_a_library_without_the_shown_plan_shows_no_tree(few: tuple[Path, Path]) -> None:
    plans, _ = few
    (plans / "guangxi-huzhubao-1-2025.yaml").unlink()
    stream = io.StringIO()
    one = Showing("zh", Console(file=stream))
    loaded = one.library(plans)
    assert loaded is not None
    one.tree(loaded)
    assert "算式" not in stream.getvalue()
