"""``mutualaid year``: the changed plan, the comparison of two files of decisions, and the whole run once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from benefit_engine.columns.layout import line_row, lines_table
from mutualaid.cli.simulating import PAGE
from mutualaid.cli.year import changed_plan, compared, year
from mutualaid.plans.library import load_library
from mutualaid.plans.reading import PlanError
from tests.datacentre import small_year
from tests.datacentre.small_year import PLAN_FILE, ROOT


def test_the_changed_plan_passes_the_checks_and_stays_illustrative(tmp_path: Path) -> None:
    file = tmp_path / "changed.yaml"
    file.write_text(changed_plan(PLAN_FILE.read_text(encoding="utf-8"), "x"), encoding="utf-8")
    [draft] = load_library([file]).documents.values()
    assert draft.document.status == "illustrative"
    deductible = draft.document.benefits[0].deductible
    assert deductible is not None
    assert deductible.assumed is not None
    assert draft.document.plan != PLAN_FILE.stem


def test_another_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"hainan-period-2\.yaml"):
        changed_plan((ROOT / "plans/hainan-period-2.yaml").read_text(encoding="utf-8"), "plans/hainan-period-2.yaml")
    for plan in (ROOT / "plans/hainan-period-2.yaml", tmp_path / "gone.yaml"):
        assert year(plan, tmp_path / "out", "zh", console=Console(file=io.StringIO())) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("change", ["nothing", "amount", "missing line", "order"])
def test_files_of_decisions_are_compared_line_by_line(tmp_path: Path, change: str) -> None:
    engine = load_library([PLAN_FILE]).engine
    decisions = [engine.decide(engine.parse(case)) for case in small_year.cases(60)]
    one, batch = tmp_path / "one.jsonl", tmp_path / "batch.parquet"
    one.write_text("".join(json.dumps(decision.as_dict()) + "\n" for decision in decisions), encoding="utf-8")
    rows = [line_row(decision.case, line) for decision in decisions for line in decision.lines]
    if change == "amount":
        rows[3]["amount"] += 1
    elif change == "missing line":
        rows.pop()
    elif change == "order":
        rows = [row for row in rows if row["case"] != rows[0]["case"]] + [
            row for row in rows if row["case"] == rows[0]["case"]
        ]
    pq.write_table(lines_table(rows), batch)
    found = compared(one, batch)
    assert found.differences == (change != "nothing")
    assert len(found.shown) == found.differences
    assert found.lines == sum(len(decision.lines) for decision in decisions)


@pytest.mark.parametrize("same", [True, False])
def test_an_id_may_stand_for_a_good_case_and_for_a_bad_one(tmp_path: Path, same: bool) -> None:
    engine = load_library([PLAN_FILE]).engine
    case = next(case for case in small_year.cases(60) if case["events"])
    decision, error = engine.decide(engine.parse(case)), {"case": case["case"], "line": 2, "error": "repeated"}
    one, batch = tmp_path / "one.jsonl", tmp_path / "batch.parquet"
    one.write_text(f"{json.dumps(decision.as_dict())}\n{json.dumps(error)}\n", encoding="utf-8")
    rows = [line_row(decision.case, line) for line in decision.lines]
    pq.write_table(lines_table([*rows, {**error, "line": 7, "error": "repeated" if same else "other"}]), batch)
    found = compared(one, batch)
    assert (found.differences, found.bad) == (0 if same else 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_whole_year(tmp_path: Path, lang: str) -> None:
    stream = io.StringIO()
    assert year(PLAN_FILE, tmp_path / "year", lang, console=Console(file=stream, width=200)) == 0
    text = stream.getvalue()
    assert ("不一致 0 处" if lang == "zh" else " 0 differences") in text
    assert ("全部是合成的" if lang == "zh" else "all synthetic") in text
    assert "4,094" in text
    assert (tmp_path / "year" / PAGE).is_file()
