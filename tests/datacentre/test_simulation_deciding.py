"""Rows to decisions: whole cases, the reading under each version, the same answers in one process and in several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benefit_engine.columns.layout import DECISIONS, cases_schema, rows_of
from benefit_engine.fact_reader import REPEATED
from mutualaid.datacentre.simulation.deciding import decide_year, whole_cases
from mutualaid.datacentre.simulation.versions import Versions, load_versions, read_under
from mutualaid.datacentre.simulation.years import YearError, open_year
from mutualaid.plans.library import load_library
from mutualaid.plans.reading import PlanError
from tests.datacentre import small_year
from tests.datacentre.small_year import PLAN, PLAN_FILE, ROOT, cheaper_deductible


def table(*cases: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([row for case in cases for row in rows_of(case)], cases_schema())


def batches(cases: pa.Table, size: int = 7) -> list[pa.RecordBatch]:
    return cases.to_batches(max_chunksize=size)


def answers(decided: pa.Table) -> list[tuple[str, str, str, str]]:
    rows = decided.to_pylist()
    return [(row["case"], row["event"], row["benefit"], f"{row['amount']}") for row in rows if row["error"] is None]


@pytest.fixture(scope="module")
def year() -> list[dict[str, Any]]:
    return small_year.cases(120)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return load_versions(PLAN_FILE, cheaper_deductible(tmp_path_factory.mktemp("plans")))


def test_every_line_is_the_explained_engines(year: list[dict[str, Any]], versions: Versions) -> None:
    engine = versions.before.engine
    expected = [
        (case["case"], line["event"], line["benefit"], line["amount"])
        for case in year
        for line in engine.decide(engine.parse(case)).as_dict()["lines"]
    ]
    decided = decide_year(versions.before.library, batches(table(*year)))
    assert answers(decided) == expected
    assert decided.schema.names == list(DECISIONS)


def test_several_threads_decide_the_same(year: list[dict[str, Any]], versions: Versions) -> None:
    alone = decide_year(versions.before.library, batches(table(*year)), jobs=1)
    together = decide_year(versions.before.library, batches(table(*year), 9), jobs=2)
    assert together.to_pylist() == alone.to_pylist()


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_no_case_is_cut_in_two_however_the_rows_come(year: list[dict[str, Any]], size: int) -> None:
    found = list(whole_cases(batches(table(*year), size)))
    names = [dict.fromkeys(batch.column("case").to_pylist()) for batch in found]
    flat = [name for batch in names for name in batch]
    assert len(flat) == len(set(flat))
    assert flat == [case["case"] for case in year if case["events"]]
    assert sum(batch.num_rows for batch in found) == table(*[one for one in year if one["events"]]).num_rows


def test_a_bad_case_is_one_row_with_its_error(year: list[dict[str, Any]], versions: Versions) -> None:
    good = next(case for case in year if case["events"])
    bad = {**good, "case": "bad", "events": [{**good["events"][0], "hospital_level": 7}]}
    decided = decide_year(versions.before.library, batches(table(bad, good)), lang="en")
    [error] = [row for row in decided.to_pylist() if row["error"]]
    assert error["case"] == "bad"
    assert "hospital_level" in error["error"]
    assert error["outcome"] is None
    assert {row[0] for row in answers(decided)} == {good["case"]}


@pytest.mark.parametrize("size", [1, 1000])
def test_a_case_id_that_comes_twice_is_an_error(year: list[dict[str, Any]], versions: Versions, size: int) -> None:
    a, b = [case for case in year if case["events"]][:2]
    decided = decide_year(versions.before.library, batches(table(a, b, a), size), lang="en")
    errors = [(row["case"], row["error"]) for row in decided.to_pylist() if row["error"]]
    assert errors == [(a["case"], REPEATED.text("en"))]


def test_covers_are_read_as_those_of_the_version(year: list[dict[str, Any]], tmp_path: Path) -> None:
    file = cheaper_deductible(
        tmp_path, **{f"plan: {PLAN}": "plan: next-2026", "family: guangxi-huzhubao-1": "family: other"}
    )
    versions = load_versions(PLAN_FILE, file, [ROOT / "plans" / "hubei-women-2025.yaml"])
    case = next(case for case in year if case["events"])
    covers = [
        *case["covers"],
        {**case["covers"][0], "plan": "hubei-women-2025"},
        {**case["covers"][0], "plan": "unheard"},
    ]
    opening = {"family": "guangxi-huzhubao-1", "counter": "inpatient.paid", "key": "life", "amount": "5.00"}
    events = [*case["events"], {"event": "odd", "kind": "no-such-kind", "started_on": "2025-05-05"}]
    whole = table({**case, "covers": covers, "opening": [opening], "events": events, "paid": [
        {"event": "e1", "plan": "unheard", "benefit": "x", "amount": "1.00"}]})  # fmt: skip
    before, after = (
        pa.Table.from_batches(read_under(whole.to_batches(), versions, after=after)).to_pylist()
        for after in (False, True)
    )
    assert [row["cover_plan"] for row in before[:3]] == [PLAN, "hubei-women-2025", None]
    assert [row["cover_plan"] for row in after[:3]] == ["next-2026", "hubei-women-2025", None]
    assert (before[0]["opening_family"], after[0]["opening_family"]) == ("guangxi-huzhubao-1", "other")
    assert [row["event"] for row in after if row["event"]] == [event["event"] for event in case["events"]]
    assert before[0]["paid_event"] is None
    decided = decide_year(versions.after.library, read_under(whole.to_batches(), versions, after=True))
    assert {row["plan"] for row in decided.to_pylist()} == {"next-2026", "hubei-women-2025"}


def test_who_does_not_hold_the_plan_is_left_out(year: list[dict[str, Any]], versions: Versions) -> None:
    case = next(case for case in year if case["events"])
    other = {**case, "covers": [{**case["covers"][0], "plan": "hubei-women-2025"}]}
    assert list(read_under(table(other).to_batches(), versions, after=False)) == []


def test_two_versions_with_one_id_are_two_libraries(versions: Versions) -> None:
    assert versions.old == versions.new == PLAN
    assert versions.old_document != versions.new_document


def test_a_combination_is_refused() -> None:
    file = ROOT / "plans" / "cwmia-comprehensive-example.yaml"
    with pytest.raises(PlanError, match=r"combination|组合"):
        load_versions(file, file)


def test_parquet_and_json_lines_say_the_same(tmp_path: Path, versions: Versions) -> None:
    found = []
    for file in (small_year.write_year(tmp_path, 60), small_year.write_lines(tmp_path, 60)):
        with open_year(file) as year:
            found.append(year.cases.to_table().to_pylist())
            assert year.bad == ()
    assert found[0] == found[1]
    with open_year(tmp_path) as year:  # a folder with both: the columns come first
        assert year.cases.to_table().to_pylist() == found[0]


def test_lines_that_are_no_cases_are_named(tmp_path: Path) -> None:
    case = small_year.cases(1)[0]
    own = {**case, "case": "own", "events": [{"event": "e", "kind": "inpatient", "started_on": "2025-02-02",
                                             "amounts": {"x_special": "12.30"}}]}  # fmt: skip
    cut = {**case, "case": "cut", "member": {"groups": ["a;b"]}}
    lines = [json.dumps(case), "{", json.dumps({**case, "case": "late", "events": 3}), json.dumps(own), json.dumps(cut)]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    with open_year(file, "en") as year:
        assert [one.case for one in year.bad] == ["#2", "late", "#5"]
        rows = year.cases.to_table().to_pylist()
    assert [row["case"] for row in rows if row["case"] == "own"] == ["own"]
    assert f"{rows[-1]['x_special']}" == "12.30"


def test_columns_that_a_file_lacks_are_unknown(tmp_path: Path) -> None:
    few = table(*small_year.cases(20)).select(["case", "cover_plan", "cover_from", "cover_until", "event", "kind"])
    pq.write_table(few, tmp_path / "cases.parquet")
    with open_year(tmp_path) as year:
        assert year.cases.to_table().schema.names == cases_schema().names


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("gone.parquet", None, "no such file"), ("cases.csv", b"a", ".parquet"), ("x.parquet", b"no", "not a readable")],
)
def test_what_is_no_year_is_refused(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(YearError, match=said), open_year(tmp_path / name):
        pass


def test_an_empty_folder_and_columns_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(YearError, match="no cases"), open_year(tmp_path):
        pass
    pq.write_table(pa.table({"a": [1]}), tmp_path / "cases.parquet")
    with pytest.raises(YearError, match="no flat columns"), open_year(tmp_path):
        pass


def test_amounts_in_floating_point_are_refused(tmp_path: Path) -> None:
    whole = table(*small_year.cases(20))
    place = whole.schema.get_field_index("self_paid")
    pq.write_table(
        whole.set_column(place, "self_paid", whole["self_paid"].cast(pa.float64())), tmp_path / "cases.parquet"
    )
    with pytest.raises(YearError, match=r"self_paid: amounts are DECIMAL"), open_year(tmp_path):
        pass


def test_libraries_travel_to_other_processes() -> None:
    import pickle

    library = load_library([ROOT / "plans"]).library
    assert pickle.loads(pickle.dumps(library)) == library  # noqa: S301 (our own)
