"""What stood before the year: what a term or a life had used up already, and what was paid for bills that were corrected later.

Drawn with a generator of its own, so that nothing else of the union depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benefit_engine.columns.codes import NONE, SELF_PAID
from benefit_engine.words import KINDS
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis.covering import Covers
from mutualaid.datacentre.synthesis.happenings import INPATIENT, Frame
from mutualaid.datacentre.synthesis.offers import Offer


class Taken(NamedTuple):
    """One counter that was taken over (``opening``): fen or a number of times, the other is ``NONE`` or -1."""

    member: int
    family: str
    counter: str
    key: str
    amount: int
    times: int
    last_on: np.datetime64


class Paid(NamedTuple):
    """What was really paid for a line: the event by its place, and fen."""

    member: int
    event: int
    plan: str
    benefit: str
    amount: int


def draw_taken(rng: np.random.Generator, covers: Covers, offers: Sequence[Offer], year: int) -> list[Taken]:
    """Counters of terms that began before the year, and of benefits that are paid once in a life; by member."""
    new_year = np.datetime64(f"{year}-01-01", "D")
    chance = rng.random(len(covers.member))
    begun = (covers.start < new_year) & (covers.until > new_year)
    found = []
    for row in np.flatnonzero(chance < c.TAKEN_OVER).tolist():
        offer, start = offers[covers.plan[row]], covers.start[row]
        member, before = int(covers.member[row]), min(start, new_year) - np.timedelta64(int(rng.integers(1, 300)), "D")
        if begun[row] and offer.limited:
            benefit = offer.limited[int(rng.integers(len(offer.limited)))]
            fen = int(rng.integers(100, 3_000)) * 100
            last_on = start + np.timedelta64(int(rng.integers(max(1, (new_year - start).astype(int)))), "D")
            found.append(Taken(member, offer.family, f"{benefit}.paid", f"period:{start}", fen, -1, last_on))
        elif covers.periods[row] > 1 and offer.once:
            benefit = offer.once[int(rng.integers(len(offer.once)))]
            found.append(Taken(member, offer.family, f"{benefit}.claims", "life", NONE, 1, before))
    return found


def draw_paid(rng: np.random.Generator, covers: Covers, offers: Sequence[Offer], events: Frame) -> list[Paid]:
    """For stays whose bill was reversed or replaced later, what had been paid for them; by member."""
    target = np.maximum(events["reverses"], events["replaces"])
    places = np.unique(target[(target >= 0) & (events["kind"] == INPATIENT)])
    by_plan = {offer.plan: offer for offer in offers}
    found = []
    for place in places.tolist():
        member = int(events["member"][place])
        lines = _lines(member, covers, offers, by_plan)
        if not lines or events["reverses"][place] >= 0 or events["replaces"][place] >= 0:
            continue
        plan, benefit = lines[int(rng.integers(len(lines)))]
        own = int(events["amounts"][place, SELF_PAID])
        fen = 10_000 if own in (NONE, 0) else max(own, 0) * int(rng.integers(5, 40)) // 100
        found.append(Paid(member, place, plan, benefit, fen))
    return found


def _lines(member: int, covers: Covers, offers: Sequence[Offer], by_plan: dict[str, Offer]) -> list[tuple[str, str]]:
    """Plans that a member holds, with their benefits that have a line for a stay."""
    held: dict[str, None] = {}
    first, after = np.searchsorted(covers.member, [member, member + 1]).tolist()
    for row in range(first, after):
        offer = offers[covers.plan[row]]
        held |= dict.fromkeys(sorted(offer.parts) or [offer.plan])
    return [(plan, benefit) for plan in held for benefit, kinds in by_plan[plan].answers if KINDS[INPATIENT] in kinds]
