"""A draft simulated on a year's cases, and on an invented year when there is none."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from mutualaid.core.actors import Actor, system
from mutualaid.datacentre import jobs
from mutualaid.datacentre.actions import CannotBeSimulated, ask_simulation
from mutualaid.datacentre.simulation.years import YearError
from mutualaid.datacentre.versions_compared import invented_year, simulate_texts, year_of, years
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


# -- the job ------------------------------------------------------------------------------------------------------------


class Asked:
    """The worker's side of a long job, remembered."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.wanted = wanted
        self.asked_by: Actor = system("tests")
        self.done = 0
        self.stored: list[dict[str, Any]] = []

    def progress(self, done: int, total: int | None = None) -> None:
        assert self.done <= done <= (total or done)
        self.done = done

    def store(self, **file: Any) -> Any:
        self.stored.append(file)
        return SimpleNamespace(key=uuid4())


def versions() -> tuple[PlanVersion, PlanVersion]:
    o = office()
    before = draft_plan(office=o.cast.city, text=text_of(), by=o.by, at=AT)
    text = text_of().replace("amount: 800}", "amount: 500}")
    return before, draft_plan(office=o.cast.city, text=text, based_on=before, by=o.by, at=AT)


@pytest.mark.django_db
def test_a_simulation_is_asked_for_and_done(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = versions()
    asked: list[dict[str, Any]] = []
    work = SimpleNamespace(ask=lambda **values: asked.append(values))
    monkeypatch.setattr("mutualaid.datacentre.actions.import_module", lambda name: work)
    ask_simulation(version=after, members=1000, by=system("tests"), at=AT)
    job = Asked(asked[0]["wanted"])
    monkeypatch.setattr("mutualaid.datacentre.jobs.import_module", lambda name: job)
    result = jobs.simulate_version(job)
    assert (asked[0]["kind"], result["before"], result["invented"]) == ("simulate_version", before.plan, True)
    assert result["gainers"] > 0
    assert job.done == 1000
    [file] = job.stored
    assert (file["media_type"], file["unit_path"], file["at"].tzinfo) == ("text/html", after.office.path, datetime.UTC)
    assert b"<html" in file["content"]


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
