"""A year to decisions under two versions: whole cases, the same answers as the explained engine, bad cases under neither."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benefit_engine.columns.layout import DECISIONS, cases_schema, rows_of
from benefit_engine.fact_reader import REPEATED
from mutualaid.cli import deciding
from mutualaid.datacentre.simulation.comparing import compare
from mutualaid.datacentre.simulation.deciding import decide_year
from mutualaid.datacentre.simulation.model import Pair
from mutualaid.datacentre.simulation.versions import Versions, as_after, load_versions
from mutualaid.datacentre.simulation.years import YearError, open_year
from mutualaid.datacentre.synthesis.union import plan_union
from mutualaid.datacentre.synthesis.writing import contract_cases, write_union
from mutualaid.plans.library import Loaded, load_library
from mutualaid.plans.reading import PlanError
from tests.datacentre import small_year
from tests.datacentre.small_year import PLAN, PLAN_FILE, ROOT, cheaper_deductible

WOMEN = "hubei-women-2025"
Case = dict[str, Any]


def table(*cases: Case) -> pa.Table:
    return pa.Table.from_pylist([row for case in cases for row in rows_of(case)], cases_schema())


class Found:
    """What became of some cases: those that count, all rows of decisions before and after, and the bad with their errors."""

    def __init__(self, versions: Versions, cases: Iterable[Case], size: int = 7, jobs: int = 1) -> None:
        batches = table(*cases).to_batches(max_chunksize=size)
        with decide_year(versions, batches, lang="en", jobs=jobs) as decided:
            self.cases = list(dict.fromkeys(decided.cases.to_table()["case"].to_pylist()))
            self.rows = decided.cases.count_rows()
            self.before, self.after = (side.to_pylist() for side in (decided.before, decided.after))
            self.names = decided.before.schema.names
            self.bad = {one.case: one.error for one in decided.bad.shown}
            self.bad_count, self.plans = decided.bad.count, dict(decided.bad.plans)


def answers(rows: list[Case]) -> list[tuple[str, str, str, str]]:
    return [(row["case"], row["event"], row["benefit"], f"{row['amount']}") for row in rows]


def explained(loaded: Loaded, cases: list[Case]) -> list[tuple[str, str, str, str]]:
    return [
        (case["case"], line["event"], line["benefit"], line["amount"])
        for case in cases
        for line in loaded.engine.decide(loaded.engine.parse(case)).as_dict()["lines"]
    ]


@pytest.fixture(scope="module")
def year() -> list[Case]:
    return small_year.cases(120)


@pytest.fixture(scope="module")
def stay(year: list[Case]) -> Case:
    return next(case for case in year if case["events"])


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return load_versions(PLAN_FILE, cheaper_deductible(tmp_path_factory.mktemp("plans")))


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """The second version has another id and family; another plan stands beside both."""
    more = {f"plan: {PLAN}": "plan: next-2026", "family: guangxi-huzhubao-1": "family: other"}
    file = cheaper_deductible(tmp_path_factory.mktemp("plans"), **more)
    return load_versions(PLAN_FILE, file, [ROOT / "plans" / f"{WOMEN}.yaml"])


def test_every_line_is_the_explained_engines(year: list[Case], versions: Versions) -> None:
    found = Found(versions, year)
    assert answers(found.before) == explained(versions.before, year)
    assert answers(found.after) == explained(versions.after, year)
    assert found.before != found.after
    assert found.names == list(DECISIONS)
    assert (found.bad_count, found.cases) == (0, [case["case"] for case in year])


@pytest.mark.parametrize(("size", "jobs"), [(1, 1), (2, 1), (3, 2), (1000, 2)])
def test_however_the_rows_come_and_whoever_decides(year: list[Case], versions: Versions, size: int, jobs: int) -> None:
    some = year[:40]
    one, other = Found(versions, some), Found(versions, some, size, jobs)
    assert (one.before, one.after, one.cases) == (other.before, other.after, other.cases)
    assert other.rows == table(*some).num_rows


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"events": [{"event": "e", "kind": "no-such-kind", "started_on": "2025-05-05"}]}, "kind"),
        ({"events": [{"event": "e", "kind": "inpatient", "started_on": "2025-05-05", "hospital_level": 7}]}, "level"),
        ({"member": {"sex": "X"}, "events": []}, "member.sex"),
        ({"paid": [{"event": "none", "plan": PLAN, "benefit": "death", "amount": "1.00"}]}, "paid"),
    ],
)
def test_what_adjudicate_calls_bad_counts_nothing(
    year: list[Case], stay: Case, versions: Versions, fault: Case, said: str
) -> None:
    good = [case for case in year if case is not stay][:20]
    found = Found(versions, [*good[:9], {**stay, "case": "bad", **fault}, *good[9:]])
    assert said in found.bad["bad"]
    assert found.bad_count == 1
    assert answers(found.before) == explained(versions.before, good)
    assert answers(found.after) == explained(versions.after, good)
    assert found.cases == [case["case"] for case in good]


def test_a_case_that_is_bad_under_the_second_version_only(stay: Case, renamed: Versions) -> None:
    twice = {**stay, "covers": [*stay["covers"], {**stay["covers"][0], "plan": "no-such-plan"}]}
    found = Found(renamed, [twice, {**stay, "case": "good"}])
    assert found.cases == ["good"]
    assert found.plans == {"no-such-plan": 1}
    assert {row["case"] for row in [*found.before, *found.after]} == {"good"}


@pytest.mark.parametrize("size", [1, 1000])
def test_the_second_case_of_an_id_is_bad_and_the_first_counts(year: list[Case], versions: Versions, size: int) -> None:
    a, b = [case for case in year if case["events"]][:2]
    found = Found(versions, [a, b, {**b, "case": a["case"]}], size)
    assert found.bad == {a["case"]: REPEATED.text("en")}
    assert answers(found.before) == explained(versions.before, [a, b])
    assert found.rows == table(a, b).num_rows


def test_an_id_of_somebody_without_the_plan_may_not_come_again_either(stay: Case, versions: Versions) -> None:
    stranger = {**stay, "covers": [{**stay["covers"][0], "plan": WOMEN}]}
    other = {**stay, "case": "good"}
    found = Found(versions, [stranger, other, stay])
    assert (list(found.bad), found.cases) == ([stay["case"]], ["good"])


@pytest.mark.parametrize("size", [1, 1000])
def test_who_does_not_hold_the_plan_is_left_out(year: list[Case], versions: Versions, size: int) -> None:
    women = [{**case["covers"][0], "plan": WOMEN} for case in year]
    mixed = [
        {**case, "covers": [cover]} if i % 3 else case for i, (case, cover) in enumerate(zip(year, women, strict=True))
    ]
    mixed[1] = {**mixed[1], "member": {"sex": "X"}}  # who is bad and does not hold the plan is nobody's business
    found = Found(versions, mixed, size)
    assert found.bad_count == 0
    assert answers(found.before) == explained(versions.before, year[::3])
    assert found.cases == [case["case"] for case in year[::3]]
    nobody = Found(versions, [mixed[1], mixed[2]], size)
    assert (nobody.before, nobody.after, nobody.rows) == ([], [], 0)


def test_covers_are_read_as_those_of_the_second_version(stay: Case, renamed: Versions) -> None:
    covers = [*stay["covers"], {**stay["covers"][0], "plan": WOMEN}]
    opening = {"family": "guangxi-huzhubao-1", "counter": "inpatient.paid", "key": "life", "amount": "5.00"}
    paid = {"event": "e1", "plan": PLAN, "benefit": "inpatient", "amount": "1.00"}
    case = {**stay, "covers": covers, "opening": [opening], "paid": [paid]}
    rows = as_after(table(case), renamed).to_pylist()
    assert [row["cover_plan"] for row in rows[:2]] == ["next-2026", WOMEN]
    assert (rows[0]["opening_family"], rows[0]["paid_event"], rows[0]["paid_amount"]) == ("other", None, None)
    assert [row["event"] for row in rows if row["event"]] == [event["event"] for event in case["events"]]
    found = Found(renamed, [case])
    assert found.bad == {}
    assert {row["plan"] for row in found.before} == {PLAN, WOMEN}
    assert {row["plan"] for row in found.after} == {"next-2026", WOMEN}


def test_combinations_of_the_plan_combine_its_second_version(tmp_path: Path) -> None:
    single, combined = "cwmia-allowance-2015", "cwmia-comprehensive-example"
    text = (ROOT / "plans" / f"{single}.yaml").read_text(encoding="utf-8")
    file = tmp_path / "next.yaml"
    file.write_text(text.replace(f"plan: {single}\n", "plan: next\n"), encoding="utf-8")
    versions = load_versions(ROOT / "plans" / f"{single}.yaml", file, [ROOT / "plans"])
    assert single in versions.before.library.combinations[combined].plans
    assert "next" in versions.after.library.combinations[combined].plans
    assert single not in versions.after.library.plans
    part = {"from": "2025-01-01", "until": "2026-01-01", "plan": single, "combination": combined}
    found = Found(versions, [{"case": "c", "member": {}, "covers": [part], "events": []}])
    assert (found.bad, found.cases) == ({}, ["c"])


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
@pytest.mark.parametrize("plans", [[PLAN_FILE], [ROOT / "plans"]])
def test_an_unchanged_plan_pays_to_the_fen_what_adjudicate_pays(tmp_path: Path, plans: list[Path], suffix: str) -> None:
    loaded = load_library(plans)
    documents = {name: draft.document for name, draft in loaded.documents.items()}
    write_union(plan_union(documents, members=4000, year=2025, bad=50_000), tmp_path, jsonl=True)
    cases, out = tmp_path / f"cases.{suffix}", tmp_path / "decisions.jsonl"
    job = deciding.Job(loaded.library, str(cases), str(out), "one", 1, "zh", 0)
    with out.open("wb") as sink:
        tally = deciding.decide(job, sink, on_error=lambda number, text: None, on_progress=lambda size: None)
    with out.open(encoding="utf-8") as stream:
        lines = [line for decision in map(json.loads, stream) for line in decision.get("lines", ())]
    total = sum(int(line["amount"].replace(".", "")) for line in lines if line["plan"] == PLAN)
    with (tmp_path / "bad.csv").open(encoding="utf-8", newline="") as stream:
        bad = {row["case"]: row["fault"] for row in csv.DictReader(stream)}
    assert tally.bad == len(bad) > 100
    seen, held = set(), 0
    for case in contract_cases(pq.read_table(tmp_path / "cases.parquet")):
        fault = bad.get(case["case"])
        wrong = case["case"] in seen if fault == "duplicate_case" else fault is not None
        held += wrong and any(cover["plan"] == PLAN for cover in case["covers"])
        seen.add(case["case"])
    assert {"duplicate_case", "unknown_kind", "plan_not_loaded"} <= set(bad.values())

    versions = load_versions(PLAN_FILE, PLAN_FILE, plans)
    with open_year(cases, "zh", PLAN) as year, decide_year(versions, year.batches(500), bad=year.bad) as decided:
        found = compare(decided.cases, decided.before, decided.after, old=PLAN, new=PLAN, bad=decided.bad)
    assert found.totals.paid == Pair(total, total)
    assert total > 0
    assert found.bad_count == held > 0


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
