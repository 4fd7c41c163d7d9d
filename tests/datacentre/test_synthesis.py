"""Invented unions: valid people, covers as plans offer them, bills that add up, faults that are all found and no others."""

import csv
import datetime
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benefit_engine.columns.layout import AMOUNTS, cases_schema
from benefit_engine.fact_reader import CaseError
from benefit_engine.plan import FIVE_PARTS
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis import union as unions
from mutualaid.datacentre.synthesis import writing
from mutualaid.datacentre.synthesis.faults import FAULTS
from mutualaid.datacentre.synthesis.offers import TooEarly
from mutualaid.datacentre.synthesis.people import BLOCK
from mutualaid.plans.library import load_library
from tools.calibrate_synthesis import measure

PLANS = Path("plans")
SOME = (
    *("guangxi-huzhubao-1-2025", "guangxi-huzhubao-2-2025", "cwmia-accident", "cwmia-women-8", "gig-accident"),
    *("cwmia-allowance-2015", "hainan-period-4"),
)
LOADED = load_library([PLANS / f"{plan}.yaml" for plan in SOME])
DOCUMENTS = {plan: draft.document for plan, draft in LOADED.documents.items()}
MEMBERS = 2_000
BAD = 20_000
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643, as the standard prints them."""


def union_of(members: int = MEMBERS, *, year: int = 2025, seed: int = 7, bad: int = BAD, **kept: Any) -> unions.Union:
    """A union under some of the shipped plans."""
    return unions.plan_union(kept.get("documents", DOCUMENTS), members=members, year=year, seed=seed, bad=bad)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small union, written with its cases as JSON Lines too; row groups of about 500 rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "ROWS", 500)
        out = tmp_path_factory.mktemp("union")
        writing.write_union(union_of(), out, jsonl=True)
    return out


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[dict[str, Any]]:
    """Its cases as the contract writes them, from the flat columns."""
    return list(writing.contract_cases(pq.read_table(folder / "cases.parquet")))


@pytest.fixture(scope="module")
def bad(folder: Path) -> dict[str, str]:
    """Kind of fault by bad case."""
    with (folder / "bad.csv").open(encoding="utf-8", newline="") as file:
        return {row["case"]: row["fault"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def good(cases: list[dict[str, Any]], bad: dict[str, str]) -> list[dict[str, Any]]:
    """The cases without a fault."""
    return [case for case in cases if case["case"] not in bad]


def events_of(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All events."""
    return [event for case in cases for event in case["events"]]


def fen(amounts: dict[str, str]) -> dict[str, int]:
    """Amounts in fen."""
    return {name: int(value.replace(".", "")) for name, value in amounts.items()}


def test_the_columns_are_those_of_the_contract(folder: Path) -> None:
    assert pq.read_schema(folder / "cases.parquet").equals(cases_schema())


def test_amounts_are_stored_as_integers_which_all_readers_understand(folder: Path) -> None:
    file = folder / "cases.parquet"
    stored = pq.ParquetFile(file).schema
    assert {stored.column(i).physical_type for i in range(len(stored)) if stored.column(i).name in AMOUNTS} == {"INT64"}
    [(total,)] = duckdb.read_parquet(str(file)).aggregate("sum(self_paid)").fetchall()
    assert total == pc.sum(pq.read_table(file)["self_paid"]).as_py() > 0


def test_every_member_has_one_case(folder: Path, cases: list[dict[str, Any]], bad: dict[str, str]) -> None:
    members = pq.read_table(folder / "members.parquet")
    pairs = list(zip([case["case"] for case in cases], members["case"].to_pylist(), strict=True))
    wrong = [(filed, own) for filed, own in pairs if filed != own]
    assert {filed for filed, _ in wrong} == {case for case, fault in bad.items() if fault == "duplicate_case"}
    assert all(filed < own for filed, own in wrong), "the case that bears the id by right comes first"
    assert len(wrong) > 2
    assert all(one != other for (one, _), (other, _) in itertools.pairwise(pairs)), (
        "rows of two cases would run together"
    )
    assert len(set(members["case"].to_pylist())) == MEMBERS
    assert sum(not case["events"] for case in cases) > MEMBERS // 2


def test_no_case_is_split_over_row_groups(folder: Path) -> None:
    file = pq.ParquetFile(folder / "cases.parquet")
    ends = [file.read_row_group(i, columns=["case"])["case"].to_pylist() for i in range(file.num_row_groups)]
    assert len(ends) > 3
    assert all(before[-1] != after[0] for before, after in itertools.pairwise(ends))
    assert all(500 <= len(group) <= 800 for group in ends)


def test_json_lines_say_the_same(folder: Path, cases: list[dict[str, Any]]) -> None:
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == cases


def test_the_bad_cases_are_found_and_no_others(cases: list[dict[str, Any]], bad: dict[str, str]) -> None:
    found: dict[str, bool] = {}
    seen = set()
    for case in cases:
        repeated = case["case"] in seen
        seen.add(case["case"])
        try:
            LOADED.engine.parse(case)
        except CaseError:
            assert not repeated
            found[case["case"]] = False
        else:
            if repeated:
                found[case["case"]] = True
    assert found == {case: fault == "duplicate_case" for case, fault in bad.items()}
    assert len(bad) == MEMBERS * BAD // 1_000_000
    assert set(bad.values()) <= set(FAULTS)
    assert len(set(bad.values())) > 10


def test_the_share_of_bad_cases_is_exact_whatever_the_size() -> None:
    for members in (1, 499, 500, 1_501):
        assert len(unions.draw_block(union_of(members, bad=2_000), 0).bad) == members // 500


def test_identity_numbers_are_valid_and_belong_to_one_person(
    folder: Path, cases: list[dict[str, Any]], bad: Any
) -> None:
    numbers = pq.read_table(folder / "members.parquet")["resident_id"].to_pylist()
    assert len(set(numbers)) == len(numbers)
    for number, case in zip(numbers, cases, strict=True):
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
        assert number[17] == "10X98765432"[total % 11]
        birth = datetime.date.fromisoformat(number[6:14])
        if bad.get(case["case"]) not in {"born_after_cover", "unknown_sex", "duplicate_case"}:
            assert str(birth) == case["member"]["birth_date"]
            assert (int(number[16]) % 2 == 1) == (case["member"]["sex"] == "M")


def test_no_number_is_given_in_two_blocks() -> None:
    union = union_of(2 * BLOCK, documents={SOME[0]: DOCUMENTS[SOME[0]]})
    numbers = [number for block in unions.draw_blocks(union) for number in block.members["resident_id"].to_pylist()]
    assert len(set(numbers)) == 2 * BLOCK


def test_employers_have_the_members_that_name_them(folder: Path) -> None:
    employers = pq.read_table(folder / "employers.parquet")
    named = Counter(pq.read_table(folder / "members.parquet")["employer"].to_pylist())
    assert dict(zip(employers["employer"].to_pylist(), employers["members"].to_pylist(), strict=True)) == named


def test_bills_add_up_to_the_fen(good: list[dict[str, Any]]) -> None:
    checked = 0
    for event in events_of(good):
        bill = fen(event["amounts"])
        if "self_paid" not in bill:
            continue
        payers = bill["fund_paid"] + bill["supplement_paid"] + bill["medical_aid_paid"] + bill.get("hospital_borne", 0)
        assert bill["self_paid"] == sum(bill[part] for part in FIVE_PARTS)
        assert bill["total"] == payers + bill["self_paid"] + bill["out_of_scope"]
        assert bill["account_paid"] + bill["cash_paid"] == bill["self_paid"] + bill["out_of_scope"]
        assert all(amount <= 0 if "reverses" in event else amount >= 0 for amount in bill.values())
        checked += 1
    assert checked > 100


def test_dates_follow_each_other(good: list[dict[str, Any]]) -> None:
    for case in good:
        assert all(cover["joined_on"] <= cover["from"] < cover["until"] for cover in case["covers"])
        stays = [e for e in case["events"] if e["kind"] == "inpatient" and "reverses" not in e and "replaces" not in e]
        starts = [stay["started_on"] for stay in stays]
        assert starts == sorted(starts)
        for event in case["events"]:
            known = [event[day] for day in ("started_on", "ended_on", "settled_on", "filed_on") if day in event]
            assert known == sorted(known)
            assert event.get("accident_on", event["started_on"]) <= event["started_on"]
            assert event["started_on"] > case["member"]["birth_date"]


def test_corrections_name_stays_that_they_match(good: list[dict[str, Any]]) -> None:
    seen = Counter[str]()
    for case in good:
        by_id = {event["event"]: event for event in case["events"]}
        for event in case["events"]:
            for link in ("reverses", "replaces", "cause"):
                if link in event:
                    assert by_id[event[link]]["kind"] == "inpatient"
                    seen[link] += 1
            if "reverses" in event and "total" in event["amounts"]:
                assert fen(event["amounts"])["total"] == -fen(by_id[event["reverses"]]["amounts"])["total"]
    assert seen


def test_covers_are_those_that_plans_offer(good: list[dict[str, Any]]) -> None:
    plans = Counter[str]()
    for case in good:
        member = case["member"]
        for cover in case["covers"]:
            plans[cover["plan"]] += 1
            if cover["plan"] == "cwmia-women-8":
                assert member["sex"] == "F"
            if cover["plan"] == "gig-accident":
                assert member.get("employment") in {"gig", "retired", None}  # some are enrolled by mistake
            if cover["plan"] == "cwmia-accident":
                assert cover["option"] in {"26", "50", "74", "100"}
                assert cover.get("risk_class") in {None, "high"}
            if cover["plan"].startswith("guangxi"):
                assert cover["until"] == "2026-01-01"
                assert cover["units"] == 1
            if cover["plan"] == "hainan-period-4":
                assert cover["until"] == "2026-03-01"
    assert set(plans) == set(SOME)


def test_all_kinds_of_events_happen() -> None:
    cases = unions.draw_block(union_of(30_000), 0).cases
    kinds = set(cases["kind"].drop_null().to_pylist())
    assert kinds >= {"inpatient", "outpatient", "outpatient_special", "diagnosis", "disability", "death"}
    for column in ("reverses", "replaces", "cause", "hospital_borne", "other_aid_paid", "first_diagnosed_on"):
        assert cases[column].null_count < cases.num_rows, column


def test_terms_and_lives_that_began_before_have_used_something_up() -> None:
    cases = list(writing.contract_cases(unions.draw_block(union_of(20_000, bad=0), 0).cases))
    families = {one.family: plan for plan, one in DOCUMENTS.items()}
    counters = Counter[str]()
    for case in cases:
        covers = {cover["plan"]: cover for cover in case["covers"]}
        for one in case.get("opening", ()):
            assert families[one["family"]] in covers
            counters[one["counter"].rpartition(".")[2]] += 1
            assert one["last_on"] < "2025-01-01"
            if one["key"] != "life":
                starts = {cover["from"] for cover in case["covers"] if cover["plan"] == families[one["family"]]}
                assert one["key"].removeprefix("period:") in starts
            LOADED.engine.parse(case)
    assert set(counters) == {"paid", "claims"}
    alone = unions.draw_block(union_of(20_000, documents={SOME[0]: DOCUMENTS[SOME[0]]}), 0).cases
    assert alone["opening_family"].null_count == alone.num_rows, "the calibrated year has nothing to take over"


def test_what_was_paid_for_corrected_bills_is_told() -> None:
    cases = list(writing.contract_cases(unions.draw_block(union_of(30_000, bad=0), 0).cases))
    corrected = paid = 0
    for case in cases:
        links = {event.get("reverses", event.get("replaces")) for event in case["events"]} - {None}
        corrected += len(links)
        for one in case.get("paid", ()):
            paid += 1
            assert one["event"] in links
            assert int(one["amount"].replace(".", "")) >= 0
            LOADED.engine.parse(case)  # the benefit has a line for this event
    assert corrected * 2 // 3 < paid <= corrected


def test_combinations_are_entered_whole_or_plan_by_plan() -> None:
    everything = load_library([PLANS])
    name = "cwmia-comprehensive-example"
    parts = set(everything.documents[name].document.combines or ())
    documents = {plan: everything.documents[plan].document for plan in (*sorted(parts), name)}
    ways = Counter[str]()
    for case in writing.contract_cases(unions.draw_block(union_of(600, documents=documents, bad=0), 0).cases):
        everything.engine.parse(case)
        single = {cover["plan"] for cover in case["covers"] if cover.get("combination") == name}
        whole = any(cover["plan"] == name for cover in case["covers"])
        assert single in (set(), parts)
        assert not (single and whole)
        ways["single" if single else "whole" if whole else "none"] += 1
    assert ways["whole"] > ways["single"] > 50


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS", 500)
    writing.write_union(union_of(), tmp_path, jsonl=True)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert names == ["README.md", "bad.csv", "cases.jsonl", "cases.parquet", "employers.parquet", "members.parquet"]
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_another_seed_gives_another_union() -> None:
    one, other = (unions.draw_block(union_of(100, seed=seed), 0).members for seed in (1, 2))
    assert not one.equals(other)


def test_a_block_does_not_depend_on_the_others() -> None:
    documents = {SOME[0]: DOCUMENTS[SOME[0]]}
    alone = unions.draw_block(union_of(BLOCK + 300, documents=documents), 1).cases
    *_, last = unions.draw_blocks(union_of(BLOCK + 300, documents=documents))
    assert alone.equals(last.cases)
    assert pc.unique(alone["case"])[0].as_py() == f"M{BLOCK + 1:09d}"


def test_a_plan_that_begins_later_is_told() -> None:
    with pytest.raises(TooEarly, match="begins on 2025-01-01, after the year 2024"):
        union_of(10, year=2024)


@pytest.mark.parametrize("plan", [path.stem for path in sorted(PLANS.glob("*.yaml"))])
def test_every_shipped_plan_can_be_drawn(plan: str) -> None:
    everything = {name: draft.document for name, draft in load_library([PLANS]).documents.items()}
    parts = everything[plan].combines or []
    documents = {name: everything[name] for name in (*parts, plan)}
    block = unions.draw_block(union_of(300, documents=documents, bad=0), 0)
    assert plan in set(block.cases["cover_plan"].to_pylist())


@pytest.mark.slow
def test_the_default_seed_is_near_the_published_year() -> None:
    found = measure(c.DEFAULT_SEED)
    assert found.payments == pytest.approx(c.PUBLISHED_PAYMENTS, rel=0.05)
    assert found.fen == pytest.approx(c.PUBLISHED_YUAN * 100, rel=0.05)
    assert 5_000_000 < found.largest < 20_000_000
