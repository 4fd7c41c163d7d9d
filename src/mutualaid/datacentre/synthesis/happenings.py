"""What happens to a block's members in a year: stays in hospital and what follows from them, deaths, visits, corrections.

Events stand in a ``Frame``: one array per fact, one entry per event. ``cause``, ``reverses`` and ``replaces`` are places in
the frame, -1 none. NaT, -1 and (amounts) ``NONE`` are unknown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benefit_engine.columns.codes import NONE, SELF_PAID, STANDARD_AMOUNTS
from benefit_engine.words import KINDS
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis import tables as t
from mutualaid.datacentre.synthesis.bills import (
    corrected,
    draw_bills,
    draw_totals,
    negative,
    without_parts,
)
from mutualaid.datacentre.synthesis.covering import Covers, covered
from mutualaid.datacentre.synthesis.offers import ages
from mutualaid.datacentre.synthesis.people import Days, Ints, People, pick

Frame = dict[str, NDArray[Any]]
INPATIENT, OUTPATIENT, SPECIAL, DIAGNOSIS, DISABILITY, DEATH = range(len(KINDS))
DATES = ("started", "ended", "settled", "filed", "accident_on", "found_on")
NUMBERS = (
    *("kind", "level", "diagnosis", "second", "operation", "severity", "accident", "grade", "rest_days"),
    *("circumstance", "settled_by", "cause", "reverses", "replaces"),
)
SEVERE = t.SEVERITIES.index("severe")
COSTS, STAY_DAYS, AGAIN = (np.array([getattr(row, name) for row in t.DIAGNOSES]) for name in ("cost", "days", "again"))
CRITICAL = np.array([row.critical for row in t.DIAGNOSES])
CANCER = np.array([row.code[0] == "C" for row in t.DIAGNOSES])
INJURY = np.isin(np.arange(len(t.DIAGNOSES)), t.INJURIES)
OPERATION = np.array([t.OPERATIONS.index(row.operation) if row.operation else -1 for row in t.DIAGNOSES])


def blank(member: Ints, kind: int, started: Days) -> Frame:
    """Events of one kind of which nothing else is known."""
    n = len(member)
    frame: Frame = {name: np.full(n, -1, dtype=np.int64) for name in NUMBERS}
    frame |= {name: np.full(n, np.datetime64("NaT"), dtype="datetime64[D]") for name in DATES}
    amounts = np.full((n, STANDARD_AMOUNTS), NONE, dtype=np.int64)
    return frame | {"member": member, "kind": np.full(n, kind), "started": started, "amounts": amounts}


def chosen(frame: Frame, which: NDArray[Any]) -> Frame:
    """Some of the events, by mask or by place."""
    return {name: values[which] for name, values in frame.items()}


def joined(frames: list[Frame]) -> Frame:
    """Events one after another; links must already count from the first frame."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def draw_events(rng: np.random.Generator, people: People, covers: Covers, kinds: frozenset[str], year: int) -> Frame:
    """All events of the block in the order in which they count: by member, then as they happened, corrections last."""
    new_year = np.full(len(people.sex), np.datetime64(f"{year}-01-01"))
    band = np.searchsorted(t.AGE_BANDS, ages(people.birth, new_year), side="right")
    dead_on, deaths = _deaths(rng, people, covers, band, "death" in kinds, year)
    stays = _stays(rng, people, covers, band, dead_on, "inpatient" in kinds, year)
    after = [
        deaths,
        _disabilities(rng, stays, "disability" in kinds, dead_on),
        _diagnoses(rng, stays, "diagnosis" in kinds),
        _special_visits(rng, people, covers, band, dead_on, "outpatient_special" in kinds, year),
        _accident_visits(rng, people, covers, dead_on, "outpatient" in kinds, year),
    ]
    frame = joined([stays, *after, *_corrections(rng, stays)])
    corrects = (frame["reverses"] >= 0) | (frame["replaces"] >= 0)
    order = np.lexsort((np.arange(len(corrects)), frame["kind"], frame["started"], corrects, frame["member"]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    frame = chosen(frame, order)
    for link in ("cause", "reverses", "replaces"):
        frame[link] = np.where(frame[link] >= 0, place[frame[link]], -1)
    return frame


# --- stays ------------------------------------------------------------------------------------------------------------


def draw_days(rng: np.random.Generator, count: int, year: int) -> Days:
    """Days of the year, by the seasons of ``calibration.MONTHS``."""
    month = np.datetime64(f"{year}-01", "M") + pick(rng, c.MONTHS, count).astype("timedelta64[M]")
    first, after = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    length = (after - first).astype(np.int64)
    found: Days = first + (rng.random(count) * length).astype(np.int64).astype("timedelta64[D]")
    return found


def _days(count: NDArray[Any]) -> NDArray[np.timedelta64]:
    return count.astype(np.int64).astype("timedelta64[D]")


def draw_diagnoses(rng: np.random.Generator, sex: Ints, band: Ints, risk: Ints) -> Ints:
    """Reasons for stays, as ``tables.DIAGNOSES`` weighs them for sex, age and the industry's risk."""
    found = np.zeros(len(sex), dtype=np.int64)
    weights = np.array([[row.women for row in t.DIAGNOSES], [row.men for row in t.DIAGNOSES]], dtype=np.float64)
    for woman_or_man in range(2):
        for ages_of in range(weights.shape[2]):
            for danger, factor in enumerate(c.INJURY_BY_RISK):
                which = np.flatnonzero((sex == woman_or_man) & (band == ages_of) & (risk == danger))
                found[which] = pick(rng, weights[woman_or_man, :, ages_of] * np.where(INJURY, factor, 1), len(which))
    return found


def _stays(
    rng: np.random.Generator, people: People, covers: Covers, band: Ints, dead_on: Days, answered: bool, year: int
) -> Frame:
    """Stays that were filed, with their bills."""
    n = len(people.sex)
    factor = np.array(c.STAY_FACTORS)[people.sex, band]
    many = rng.poisson(c.STAYS * factor * rng.gamma(c.FRAILTY, 1 / c.FRAILTY, n))
    member = np.repeat(np.arange(n), many)
    diagnosis = draw_diagnoses(rng, people.sex[member], band[member], people.risk[member])
    stays = _with_dates(rng, blank(member, INPATIENT, draw_days(rng, len(member), year)), diagnosis)
    stays["again"] = np.zeros(len(member), dtype=np.bool_)
    stays = joined([stays, _readmissions(rng, stays)])
    lasts = (stays["started"] <= np.datetime64(f"{year}-12-31")) & ~(stays["ended"] > dead_on[stays["member"]])
    stays = _apart(chosen(stays, lasts))
    again = stays.pop("again")
    _describe(rng, stays)
    _bill(rng, stays, people, again)
    worth = 1 - np.exp(-stays["amounts"][:, SELF_PAID] / c.FILES_SCALE)
    files = c.FILES_LEAST + (c.FILES_MOST - c.FILES_LEAST) * worth
    stays = chosen(stays, _filed(rng, stays, covers, n, files * (1 if answered else c.FILED_IN_VAIN)))
    _forget(rng, stays)
    return stays


def _with_dates(rng: np.random.Generator, stays: Frame, diagnosis: Ints) -> Frame:
    stays["diagnosis"] = diagnosis
    days = STAY_DAYS[diagnosis] * np.exp(rng.normal(0.0, c.DAYS_SPREAD, len(diagnosis)))
    stays["ended"] = stays["started"] + _days(np.clip(days, 1, c.DAYS_MOST))
    return stays


def _readmissions(rng: np.random.Generator, stays: Frame) -> Frame:
    """Later stays for the same disease, each some days after the one before."""
    many = rng.poisson(AGAIN[stays["diagnosis"]] / 100)
    source = np.repeat(np.arange(len(many)), many)
    later = _with_dates(rng, chosen(stays, source), stays["diagnosis"][source])
    length = (later["ended"] - later["started"]).astype(np.int64)
    steps = np.cumsum(rng.integers(*c.READMITTED_AFTER, size=len(source)) + length)
    begins = np.cumsum(many) - many
    before = np.where(begins[source] > 0, steps[begins[source] - 1], 0)
    later["ended"] = stays["ended"][source] + _days(steps - before)
    later["started"] = later["ended"] - _days(length)
    later["again"] = np.ones(len(source), dtype=np.bool_)
    later["second"] = np.where(CANCER[later["diagnosis"]], later["diagnosis"], -1)
    return later


def _apart(stays: Frame) -> Frame:
    """In the order of members and days, without stays that begin before the one before has ended."""
    stays = chosen(stays, np.lexsort((stays["started"], stays["member"])))
    while True:
        same = stays["member"][1:] == stays["member"][:-1]
        clash = np.r_[False, same & (stays["started"][1:] <= stays["ended"][:-1])]
        # The first of a row of clashes is surely wrong; those after it may not be once it has gone.
        clash &= ~np.r_[False, clash[:-1]]
        if not clash.any():
            return stays
        stays = chosen(stays, ~clash)


def _describe(rng: np.random.Generator, stays: Frame) -> None:
    """Level, operation, severity, accident, circumstances and dates of filing."""
    n, diagnosis = len(stays["member"]), stays["diagnosis"]
    dear = COSTS[diagnosis] >= 170
    stays["level"] = np.where(dear, pick(rng, c.LEVELS_DEAR, n), pick(rng, c.LEVELS, n)) + 1
    first = stays["second"] < 0
    stays["operation"] = np.where(first & (rng.random(n) < 0.7), OPERATION[diagnosis], -1)
    stays["severity"] = np.where(CRITICAL[diagnosis], np.where(rng.random(n) < 0.7, SEVERE, 0), -1)
    injury = INJURY[diagnosis]
    stays["accident"] = injury.astype(np.int64)
    happened = stays["started"] - _days(rng.integers(0, 3, size=n))
    stays["accident_on"] = np.where(injury, happened, np.datetime64("NaT"))
    stays["rest_days"] = np.where(injury, rng.integers(7, 120, size=n), -1)
    birth = np.array([row.code[:3] in {"O80", "O82"} for row in t.DIAGNOSES])[diagnosis]
    chance = rng.random(n)
    at_work, drunk = injury & (chance < 0.08), injury & (chance > 0.985)
    stays["circumstance"] = np.select([birth, at_work, drunk], [0, 1, 2], -1)
    _file(rng, stays)


def _file(rng: np.random.Generator, frame: Frame) -> None:
    """Days of settlement and of filing."""
    n = len(frame["member"])
    last = np.where(np.isnat(frame["ended"]), frame["started"], frame["ended"])
    late = np.where(rng.random(n) < 0.05, rng.integers(1, 31, size=n), 0)
    frame["settled"] = last + _days(late)
    frame["filed"] = frame["settled"] + _days(rng.gamma(*c.FILING_DAYS, n))


def _bill(rng: np.random.Generator, stays: Frame, people: People, again: NDArray[np.bool_]) -> None:
    diagnosis, level, member = stays["diagnosis"], stays["level"], stays["member"]
    days = (stays["ended"] - stays["started"]).astype(np.int64)
    # A long stay costs more than a short one for the same disease, but less than in proportion.
    long = np.sqrt(days / STAY_DAYS[diagnosis])
    # Later courses of treatment cost less than the first stay with its operation.
    later = np.where(again & CRITICAL[diagnosis], 0.4, np.where(again, 0.8, 1.0))
    median = c.BILL_MEDIAN / 100 * COSTS[diagnosis] * np.array(c.LEVEL_COST)[level - 1] * long * later
    total = draw_totals(rng, median)
    # Nobody leaves a very large bill unsettled.
    insured = (rng.random(len(member)) >= c.UNINSURED) | (total > c.TAIL_FROM)
    stays["settled_by"] = insured.astype(np.int64)
    hardship = people.group[member] == 1
    stays["amounts"] = draw_bills(rng, total, level, people.insurance[member], hardship, again, insured)


def _filed(
    rng: np.random.Generator, frame: Frame, covers: Covers, members: int, chance: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which events are filed: by their chance, and hardly ever outside any cover."""
    inside = covered(covers, members, frame["member"], frame["started"])
    return rng.random(len(inside)) < chance * np.where(inside, 1, c.FILED_IN_VAIN)


def _forget(rng: np.random.Generator, stays: Frame) -> None:
    """Facts that are unknown in a few stays."""
    n = len(stays["member"])
    stays["level"] = np.where(rng.random(n) < c.UNKNOWN, -1, stays["level"])
    for name in ("ended", "filed"):
        stays[name] = np.where(rng.random(n) < c.UNKNOWN, np.datetime64("NaT"), stays[name])
    unknown = rng.random(n) < c.UNKNOWN
    stays["amounts"] = without_parts(stays["amounts"], rng.random(n) < c.UNKNOWN)
    for name in ("diagnosis", "second", "operation", "severity"):
        stays[name] = np.where(unknown, -1, stays[name])


# --- what else happens ------------------------------------------------------------------------------------------------


def _deaths(
    rng: np.random.Generator, people: People, covers: Covers, band: Ints, answered: bool, year: int
) -> tuple[Days, Frame]:
    """The day on which each member died (NaT: lives), and the deaths that were filed."""
    n = len(people.sex)
    member = np.flatnonzero(rng.random(n) < c.DEATHS * np.array(c.DEATH_FACTORS)[people.sex, band])
    frame = blank(member, DEATH, draw_days(rng, len(member), year))
    dead_on = np.full(n, np.datetime64("NaT"), dtype="datetime64[D]")
    dead_on[member] = frame["started"]
    accident = rng.random(len(member)) < c.ACCIDENTAL_DEATHS
    causes = np.array([row.death for row in t.DIAGNOSES], dtype=np.float64)
    frame["diagnosis"] = np.where(
        accident, pick(rng, causes * INJURY, len(member)), pick(rng, causes * ~INJURY, len(member))
    )
    fits = np.array([[any(row.women) for row in t.DIAGNOSES], [any(row.men) for row in t.DIAGNOSES]])
    unfit = ~fits[people.sex[member], frame["diagnosis"]]
    frame["diagnosis"] = np.where(unfit, -1, frame["diagnosis"])
    frame["accident"] = accident.astype(np.int64)
    happened = frame["started"] - _days(rng.integers(0, 20, size=len(member)))
    frame["accident_on"] = np.where(accident, happened, np.datetime64("NaT"))
    _file(rng, frame)
    frame["settled"][:] = np.datetime64("NaT")
    return dead_on, chosen(frame, _filed(rng, frame, covers, n, np.full(len(member), 1 if answered else 0.2)))


def _disabilities(rng: np.random.Generator, stays: Frame, answered: bool, dead_on: Days) -> Frame:
    """Gradings some months after accidents, with the stay as their cause."""
    chance = c.DISABLED * (1 if answered else c.FILED_IN_VAIN)
    place = np.flatnonzero((stays["accident"] == 1) & (rng.random(len(stays["member"])) < chance))
    known: Days = np.where(np.isnat(stays["ended"][place]), stays["started"][place], stays["ended"][place])
    graded: Days = known + _days(rng.integers(60, 180, size=len(place)))
    frame = blank(stays["member"][place], DISABILITY, graded)
    frame["grade"] = pick(rng, c.GRADES, len(place)) + 1
    frame["cause"] = place
    for name in ("accident", "accident_on", "diagnosis", "circumstance"):
        frame[name] = stays[name][place]
    _file(rng, frame)
    frame["settled"][:] = np.datetime64("NaT")
    return chosen(frame, ~(frame["started"] > dead_on[frame["member"]]))


def _diagnoses(rng: np.random.Generator, stays: Frame, answered: bool) -> Frame:
    """First critical illnesses, filed as a diagnosis beside the stay."""
    critical = (stays["diagnosis"] >= 0) & CRITICAL[stays["diagnosis"]]
    place = np.flatnonzero(critical)
    _, first = np.unique(stays["member"][place], return_index=True)
    chance = c.DIAGNOSIS_REPORTED * (1 if answered else c.FILED_IN_VAIN)
    place = place[first[rng.random(len(first)) < chance]]
    n = len(place)
    frame = blank(stays["member"][place], DIAGNOSIS, stays["started"][place])
    for name in ("diagnosis", "severity", "level"):
        frame[name] = stays[name][place]
    frame["accident"] = np.zeros(n, dtype=np.int64)
    earlier = np.where(rng.random(n) < 0.04, rng.integers(30, 1500, size=n), 0)
    frame["found_on"] = frame["started"] - _days(earlier)
    _file(rng, frame)
    frame["settled"][:] = np.datetime64("NaT")
    return frame


def _special_visits(
    rng: np.random.Generator, people: People, covers: Covers, band: Ints, dead_on: Days, answered: bool, year: int
) -> Frame:
    """Outpatient visits for chronic diseases (门诊慢特病)."""
    n = len(people.sex)
    ill = np.flatnonzero(rng.random(n) < c.CHRONIC * np.array(c.STAY_FACTORS)[people.sex, band])
    disease = np.array(t.CHRONIC)[rng.integers(len(t.CHRONIC), size=len(ill))]
    many = rng.poisson(c.CHRONIC_VISITS, len(ill))
    member = np.repeat(ill, many)
    frame = blank(member, SPECIAL, draw_days(rng, len(member), year))
    frame["diagnosis"] = np.repeat(disease, many)
    frame["accident"] = np.zeros(len(member), dtype=np.int64)
    return _visits(rng, frame, people, covers, dead_on, 1 if answered else c.FILED_IN_VAIN)


def _accident_visits(
    rng: np.random.Generator, people: People, covers: Covers, dead_on: Days, answered: bool, year: int
) -> Frame:
    """Outpatient visits after accidents."""
    n = len(people.sex)
    risk = np.array(c.INJURY_BY_RISK)[people.risk]
    member = np.flatnonzero(rng.random(n) < c.VISITS_AFTER_ACCIDENTS * risk)
    frame = blank(member, OUTPATIENT, draw_days(rng, len(member), year))
    frame["diagnosis"] = np.array(t.INJURIES)[rng.integers(len(t.INJURIES), size=len(member))]
    frame["accident"] = np.ones(len(member), dtype=np.int64)
    frame["accident_on"] = frame["started"] - _days(rng.integers(0, 2, size=len(member)))
    frame["rest_days"] = rng.integers(0, 30, size=len(member))
    return _visits(rng, frame, people, covers, dead_on, 1 if answered else c.FILED_IN_VAIN)


def _visits(
    rng: np.random.Generator, frame: Frame, people: People, covers: Covers, dead_on: Days, filing: float
) -> Frame:
    """Levels and bills of outpatient visits, and which of them are filed."""
    member = frame["member"]
    n = len(member)
    frame["level"] = pick(rng, c.LEVELS, n) + 1
    frame["settled_by"] = np.ones(n, dtype=np.int64)
    every, nobody = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    total = draw_totals(rng, np.full(n, c.VISIT_MEDIAN, dtype=np.float64))
    frame["amounts"] = draw_bills(
        rng, total, frame["level"], people.insurance[member], people.group[member] == 1, nobody, every
    )
    _file(rng, frame)
    frame["ended"] = frame["started"].copy()
    filed = _filed(rng, frame, covers, len(people.sex), np.full(n, filing))
    return chosen(frame, filed & ~(frame["started"] > dead_on[member]))


def _corrections(rng: np.random.Generator, stays: Frame) -> list[Frame]:
    """Reversals, and replacements with another division of the same bill. Links are places among the stays."""
    chance = rng.random(len(stays["member"]))
    reversed_at = np.flatnonzero(chance < c.REVERSED)
    replaced_at = np.flatnonzero((chance >= c.REVERSED) & (chance < c.REVERSED + c.REPLACED))
    found = []
    for place, link in ((reversed_at, "reverses"), (replaced_at, "replaces")):
        frame = chosen(stays, place)
        frame[link] = place
        frame["filed"] = frame["filed"] + _days(rng.integers(5, 60, size=len(place)))
        known = frame["amounts"][:, SELF_PAID] != NONE
        changed = negative(frame["amounts"]) if link == "reverses" else corrected(rng, frame["amounts"])
        keep = known | (link == "reverses")
        frame["amounts"] = np.where(keep[:, None], changed, frame["amounts"])
        found.append(frame)
    return found
