"""An invented union, block by block: each block has a generator of its own, so its people do not depend on the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from benefit_engine.words import EMPLOYMENTS, INSURANCES
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis.arranging import cases_table, places_within
from mutualaid.datacentre.synthesis.covering import draw_covers
from mutualaid.datacentre.synthesis.faults import bad_until, put_faults
from mutualaid.datacentre.synthesis.happenings import draw_events
from mutualaid.datacentre.synthesis.offers import Offer, groups_named, read_offers, words_admitted
from mutualaid.datacentre.synthesis.people import (
    BLOCK,
    RETIRED,
    People,
    Society,
    case_ids,
    draw_employers,
    draw_people,
    employers_table,
    members_table,
    society,
)
from mutualaid.datacentre.synthesis.standing import draw_paid, draw_taken
from mutualaid.plans import document as d

BAD_USUAL = 2_000
"""Bad cases per million when nobody asks for another share: 0.2 %."""


@dataclass(frozen=True)
class Union:
    """What a union is drawn from; the same one gives the same blocks."""

    members: int
    year: int
    seed: int
    bad: int
    """Bad cases per million."""
    offers: tuple[Offer, ...]
    mix: Society

    def blocks(self) -> int:
        """How many blocks it has."""
        return (self.members + BLOCK - 1) // BLOCK


@dataclass(frozen=True)
class Block:
    """Tables of up to ``BLOCK`` members."""

    cases: pa.Table
    members: pa.Table
    employers: pa.Table
    bad: tuple[tuple[str, str], ...]
    """Case and kind of fault."""
    events: int


def plan_union(
    documents: Mapping[str, d.Document], *, members: int, year: int, seed: int = c.DEFAULT_SEED, bad: int = BAD_USUAL
) -> Union:
    """A union under these plans. Raises TooEarly when a plan begins after ``year``."""
    offers = read_offers(documents, year)
    mix = society(
        words_admitted(offers, "employment", EMPLOYMENTS),
        words_admitted(offers, "basic_insurance", INSURANCES),
        groups_named(documents),
    )
    return Union(members, year, seed, bad, offers, mix)


def draw_block(union: Union, block: int) -> Block:
    """Block number ``block`` from 0."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([union.seed, block])))
    first = block * BLOCK
    n = min(BLOCK, union.members - first)
    employers = draw_employers(rng, block, n, union.mix)
    people = draw_people(rng, employers, first, union.mix, union.year)
    covers = draw_covers(rng, people, union.offers, union.year)
    kinds = frozenset(kind for offer in union.offers for kind in offer.kinds)
    events = draw_events(rng, people, covers, kinds, union.year)
    events["number"] = places_within(events["member"]) + 1
    apart = np.random.Generator(np.random.PCG64(np.random.SeedSequence([union.seed, block, 1])))
    taken = draw_taken(apart, covers, union.offers, union.year)
    paid = draw_paid(apart, covers, union.offers, events)
    members = members_table(rng, people, employers)
    staff = employers_table(people, employers)
    _misfit(rng, people)
    count = bad_until(first + n, union.bad) - bad_until(first, union.bad)
    faults = put_faults(rng, count, people, covers, len(union.offers), events)
    names = case_ids(people)
    bad = tuple((names[int(people.filed_as[member])].as_py(), faults[member]) for member in sorted(faults))
    return Block(
        cases_table(people, covers, union.offers, events, taken, paid), members, staff, bad, len(events["member"])
    )


def draw_blocks(union: Union) -> Iterator[Block]:
    """All blocks in order, one at a time in memory."""
    for block in range(union.blocks()):
        yield draw_block(union, block)


def _misfit(rng: np.random.Generator, people: People) -> None:
    """A few are enrolled though their employment or insurance is another, so that plans refuse what they file.

    Of some the employment is not known.
    """
    chance = rng.random(len(people.sex))
    people.employment[chance < c.MISFITS] = RETIRED
    people.insurance[chance > 1 - c.MISFITS] = INSURANCES.index("none")
    people.employment[rng.random(len(chance)) < c.UNKNOWN_EMPLOYMENT] = -1
