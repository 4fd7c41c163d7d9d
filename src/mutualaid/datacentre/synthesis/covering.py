"""Covers of a block: which plans the employers take, for whom, from when until when, how long in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis.offers import Offer, ages
from mutualaid.datacentre.synthesis.people import Days, Ints, People

UNITS_USUAL = 3
"""Nobody takes more units than this, whatever the plan allows."""


@dataclass
class Covers:
    """Covers in the order of members, then of plans, then of time. One entry each; -1 and NaT are unknown."""

    member: Ints
    plan: Ints
    """Place among the offers."""
    units: Ints
    start: Days
    until: Days
    joined: Days
    periods: Ints
    option: Ints
    risk: Ints
    """Places in the offer's ``options`` and ``risks``."""
    combination: Ints
    """Place of the combination among the offers, where its plans were entered one by one."""


def date_of(year: Ints, month: Ints, day: Ints) -> Days:
    """Dates from their numbers (days up to 28, or that the month has)."""
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    found: Days = first + (day - 1).astype("timedelta64[D]")
    return found


def add_years(days: Days, years: NDArray[np.int64] | int) -> Days:
    """The same day of other years."""
    months = days.astype("datetime64[M]")
    then = (months + np.multiply(years, 12).astype("timedelta64[M]")).astype("datetime64[D]")
    found: Days = then + (days - months.astype("datetime64[D]"))
    return found


def term_starts(rng: np.random.Generator, offer: Offer, employers: int, year: int) -> Days:
    """First day of the term that runs or begins in ``year``, for each employer."""
    term = offer.term
    if term.begins == "fixed" and (term.on is not None or term.first_on is not None):
        month, day = map(int, term.on.split("-")) if term.on else (term.first_on.month, term.first_on.day)  # type: ignore[union-attr]
        first = term.first_on.year if term.first_on else year
        start = first + (year - first) // term.years * term.years
        one = date_of(np.array([start]), np.array([month]), np.array([day]))
        return np.repeat(one, employers)
    month = rng.integers(1, 13, size=employers)
    day = np.ones(employers, dtype=np.int64)
    if term.begins != "first_of_month":
        day = rng.integers(1, 29, size=employers)
    return date_of(year - rng.integers(term.years, size=employers), month, day)


def draw_covers(rng: np.random.Generator, people: People, offers: Sequence[Offer], year: int) -> Covers:
    """Covers of all members for the terms that touch ``year``."""
    employers = people.employer[-1].item() + 1
    starts = [term_starts(rng, offer, employers, year) for offer in offers]
    taken = _taken(rng, people, offers, starts)
    found = [
        _covers_of(rng, people, offer, number, starts[number], np.flatnonzero(taken[number]), year)
        for number, offer in enumerate(offers)
    ]
    found = [part for one in found for part in _entered(rng, one, offers)]
    joined = {name: np.concatenate([getattr(one, name) for one in found]) for name in Covers.__dataclass_fields__}
    order = np.lexsort((joined["start"], joined["plan"], joined["member"]))
    return Covers(**{name: values[order] for name, values in joined.items()})


def _entered(rng: np.random.Generator, covers: Covers, offers: Sequence[Offer]) -> list[Covers]:
    """Covers of one offer as they are entered: those of a combination for some members plan by plan, each naming it."""
    number = covers.plan[0] if len(covers.plan) else -1
    if number < 0 or not offers[number].parts:
        return [covers]
    combination = offers[number]
    apart = np.isin(
        covers.member, np.unique(covers.member)[rng.random(len(np.unique(covers.member))) < c.ENTERED_APART]
    )
    every = {name: getattr(covers, name)[apart] for name in Covers.__dataclass_fields__}
    found = [Covers(**{name: getattr(covers, name)[~apart] for name in every})]
    for place, part in enumerate(offers):
        if part.plan not in combination.parts:
            continue
        words = [part.options.index(word) if word in part.options else 0 for word in combination.options]
        nothing = np.full(len(every["member"]), -1)
        option = np.array(words, dtype=np.int64)[every["option"]] if words else nothing + 1
        own = {
            "plan": nothing + 1 + place,
            "units": np.minimum(every["units"], part.units_most or UNITS_USUAL),
            "option": option if part.options else nothing,
            "risk": np.minimum(every["risk"], len(part.risks) - 1) if part.risks else nothing,
            "combination": nothing + 1 + number,
        }
        found.append(Covers(**{**every, **own}))
    return found


def _taken(
    rng: np.random.Generator, people: People, offers: Sequence[Offer], starts: Sequence[Days]
) -> NDArray[np.bool_]:
    """Which member has which plan; shape (offers, members). Employers choose; who is left with none takes the first that fits."""
    n = len(people.sex)
    employers = len(starts[0])
    admitted = np.array(
        [offer.admits(people, start[people.employer]) for offer, start in zip(offers, starts, strict=True)]
    )
    wanted = np.array([rng.random(employers) < c.FURTHER_PLAN for _ in offers])
    wanted[0] = True
    taken = np.zeros((len(offers), n), dtype=np.bool_)
    for only_who_has_none in (False, True):
        for number, offer in enumerate(offers):
            may = admitted[number] & (~taken.any(axis=0) if only_who_has_none else wanted[number][people.employer])
            for other, one in enumerate(offers):
                if other != number and offer.clashes(one):
                    may &= ~taken[other]
            taken[number] |= may
    return taken


def _covers_of(
    rng: np.random.Generator, people: People, offer: Offer, number: int, starts: Days, members: Ints, year: int
) -> Covers:
    n, years = len(members), offer.term.years
    employer = people.employer[members]
    start = starts[employer]
    grown = (ages(people.birth[members], start) - c.JOINS_FROM) // years + 1
    periods = np.clip(rng.geometric(1 - c.RENEWS, n), 1, np.clip(grown, 1, c.PERIODS_MOST))
    until = add_years(start, years)
    late = (periods == 1) & (rng.random(n) < c.LATE)
    last = np.minimum(until.astype("datetime64[M]"), np.datetime64(f"{year + 1}-01")).astype(np.int64)
    month = start.astype("datetime64[M]").astype(np.int64)
    later = (month + 1 + (rng.random(n) * np.maximum(last - month - 1, 0)).astype(np.int64)).astype("datetime64[M]")
    late &= later.astype(np.int64) < last
    begins = np.where(late, later.astype("datetime64[D]"), start)
    joined = np.where(late, begins, add_years(start, -(periods - 1) * years))
    most = UNITS_USUAL if offer.units_most is None else min(offer.units_most, UNITS_USUAL)
    units = np.where(rng.random(n) < 0.85, 1, rng.integers(1, most + 1, size=n))
    options, risks = len(offer.options), len(offer.risks)
    option = (rng.random(len(starts)) ** 2 * options).astype(np.int64)[employer] if options else np.full(n, -1)
    risk = np.minimum(people.risk[members] * risks // 3, risks - 1) if risks else np.full(n, -1)
    # Who was covered before has the term before, too, where that reaches into the year and the plan was there.
    floor = np.datetime64(offer.term.first_on or "0001-01-01", "D")
    before = add_years(start, -years)
    again = (periods > 1) & (start > np.datetime64(f"{year}-01-01")) & (before >= floor)

    def both(values: NDArray[Any], earlier: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([values, earlier[again]])

    return Covers(
        member=both(members, members),
        plan=np.full(n + int(again.sum()), number),
        units=both(units, units),
        start=both(begins, before),
        until=both(until, start),
        joined=both(joined, joined),
        periods=both(periods, periods - 1),
        option=both(option, option),
        risk=both(risk, risk),
        combination=np.full(n + int(again.sum()), -1),
    )


def covered(covers: Covers, members: int, member: Ints, on: Days) -> NDArray[np.bool_]:
    """Whether any cover of ``member`` runs on the day ``on`` (one entry per event)."""
    begin = np.searchsorted(covers.member, np.arange(members + 1))
    found = np.zeros(len(member), dtype=np.bool_)
    first, after = begin[member], begin[member + 1]
    for place in range(int((begin[1:] - begin[:-1]).max(initial=0))):
        at = np.minimum(first + place, len(covers.member) - 1)
        found |= (first + place < after) & (covers.start[at] <= on) & (on < covers.until[at])
    return found
