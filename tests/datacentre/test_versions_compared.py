"""A draft simulated on a year's cases, and on an invented year when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutualaid.core import papers
from mutualaid.core.actors import system
from mutualaid.core.models import StoredFile
from mutualaid.core.work import run_waiting
from mutualaid.datacentre.actions import CannotBeSimulated, ask_simulation
from mutualaid.datacentre.queries import simulation_of, simulations_of
from mutualaid.datacentre.simulation.years import YearError
from mutualaid.datacentre.versions_compared import invented_year, simulate_texts, year_of, years
from mutualaid.people.access import NotFound
from mutualaid.plans.actions import draft_plan
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.shipped import library_document
from tests.datacentre.small_year import PLAN_FILE, write_year
from tests.people.cast import AT
from tests.plans.office import office, text_of
from tests.plans.test_versions import COMBINATION

BEFORE = PLAN_FILE.read_text(encoding="utf-8")
AFTER = BEFORE.replace("amount: 1000\n", "amount: 800\n")


def test_two_texts_on_a_year(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_year(tmp_path)
    found = simulate_texts(
        before=BEFORE, after=AFTER, year=tmp_path, jobs=1, on_progress=lambda done, total: told.append((done, total))
    )
    assert found.html.startswith("<!DOCTYPE html>") or "<html" in found.html
    assert "<script" not in found.html
    summary = found.summary
    assert summary["people"] == 400
    assert summary["losers"] == 0 < summary["gainers"]
    assert summary["change"] != "0.00"
    assert summary["sentences"]
    assert told[-1][0] == told[-1][1] > 0


def test_a_year_without_the_plan(tmp_path: Path) -> None:
    write_year(tmp_path)
    with pytest.raises(YearError, match="expected covers of the plan demo-inpatient-2026"):
        simulate_texts(before=text_of(), after=text_of(), year=tmp_path)


def test_an_invented_year_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    shipped = library_document(plan="demo-inpatient-2026")
    assert shipped is not None
    after = shipped.text.replace("amount: 800}", "amount: 500}")
    sums = []
    for name in ("a", "b"):
        year = invented_year(document=shipped.document, folder=tmp_path / name, members=2000, year=2025, seed=7)
        sums.append(simulate_texts(before=shipped.text, after=after, year=year, jobs=1).summary)
    assert sums[0] == sums[1]
    assert sums[0]["gainers"] > 0
    with pytest.raises(YearError, match="100 to"):
        invented_year(document=shipped.document, folder=tmp_path, members=5, year=2025, seed=7)


def test_years_of_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    assert years() == []
    for name in ("2024", "2025"):
        (tmp_path / "years" / name).mkdir(parents=True)
        write_year(tmp_path / "years" / name, members=5)
    (tmp_path / "years" / "empty").mkdir()
    assert years() == ["2025", "2024"]
    assert year_of("2025") == tmp_path / "years" / "2025"
    for name in ("empty", "..", "../years/2025", "2030", ""):
        with pytest.raises(YearError):
            year_of(name)


# -- the job -----------------------------------------------------------------------------------------------------------


def versions() -> tuple[PlanVersion, PlanVersion]:
    o = office()
    before = draft_plan(office=o.cast.city, text=text_of(), by=o.by, at=AT)
    text = text_of().replace("amount: 800}", "amount: 500}")
    return before, draft_plan(office=o.cast.city, text=text, based_on=before, by=o.by, at=AT)


@pytest.mark.django_db
def test_a_simulation_is_asked_for_and_done_by_the_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    before, after = versions()
    asked = ask_simulation(version=after, members=1000, by=system("tests"), at=AT)
    assert [job.key for job in simulations_of(version=after)] == [asked.key]
    assert not simulations_of(version=before).exists()
    run_waiting()
    job = simulation_of(version=after, key=asked.key)
    assert (job.state, job.fault_en, job.done, job.total) == ("done", "", 1000, 1000)
    assert (job.result["before"], job.result["invented"]) == (before.plan, True)
    assert job.result["gainers"] > 0
    file = StoredFile.objects.get(key=job.result["file"])
    assert (file.media_type, file.unit_path, file.by_key) == ("text/html", after.office.path, "tests")
    assert b"<html" in papers.read(file)
    with pytest.raises(NotFound):
        simulation_of(version=before, key=asked.key)


@pytest.mark.django_db
def test_a_simulation_that_cannot_be_done_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    (tmp_path / "years" / "2025").mkdir(parents=True)
    write_year(tmp_path / "years" / "2025", members=5)
    _, after = versions()
    asked = ask_simulation(version=after, year="2025", by=system("tests"), at=AT)
    run_waiting()
    asked.refresh_from_db()
    assert (asked.state, "demo-inpatient-2026" in asked.fault_zh) == ("failed", True)


@pytest.mark.django_db
def test_simulations_that_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    before, after = versions()
    both = draft_plan(office=before.office, text=COMBINATION, by=system("tests"), at=AT)
    for values, says in (
        ({"version": before}, "found none; choose one"),
        ({"version": after, "before": after}, "found none; choose one"),
        ({"version": both, "before": before}, "combination demo-both-2026"),
        ({"version": after, "members": 5}, "100 to 1000000"),
    ):
        with pytest.raises(CannotBeSimulated, match=says):
            ask_simulation(**values, by=system("tests"), at=AT)
    with pytest.raises(YearError):
        ask_simulation(version=after, year="2025", by=system("tests"), at=AT)
