"""Employers and members of a block: invented people with valid identity numbers (GB 11643). NumPy arrays, one entry each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benefit_engine.words import EMPLOYMENTS, INSURANCES
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis import tables as t

Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]
WOMAN, MAN = 0, 1
IN_SERVICE, RETIRED, FLEXIBLE, GIG = (EMPLOYMENTS.index(word) for word in ("in_service", "retired", "flexible", "gig"))
EMPLOYEE, RESIDENT = (INSURANCES.index(word) for word in ("employee", "resident"))

BLOCK = 100_000
"""Members of a block. Part of the format: another size draws another union."""
WINDOW = 64
"""Numbers that a block keeps free for people of one sex born on one day, so that no two blocks give one twice."""
ORDERS = 499
"""Order codes of one sex in one county."""
MEMBERS_MOST = len(t.REGIONS) * ORDERS // WINDOW * BLOCK
"""So many members have identity numbers of their own."""


@dataclass(frozen=True)
class Society:
    """Which kinds of people the loaded plans admit: shares per 1000 of employments and insurances, and groups' names."""

    gig: int
    """Members who work for platforms."""
    employments: tuple[int, ...]
    """Of the others, by number in ``words.EMPLOYMENTS``."""
    insurances: tuple[int, ...]
    groups: tuple[str, ...]
    """``hardship``, then the groups that plans name; number 0 of ``People.group`` is in none."""


def society(employments: frozenset[str], insurances: frozenset[str], groups: Sequence[str]) -> Society:
    """The mix for plans that admit these words."""
    usual = {"in_service": 940, "retired": 30, "flexible": 30}
    mix = tuple(usual.get(word, 0) if word in employments else 0 for word in EMPLOYMENTS)
    gig = (80 if sum(mix) else 1000) if "gig" in employments else 0
    insured = {"employee": 860, "resident": 135, "none": 5}
    return Society(
        gig,
        mix if sum(mix) else (1000, 0, 0, 0),
        tuple(insured[word] if word in insurances else 0 for word in INSURANCES) if insurances else (1000, 0, 0),
        ("hardship", *(word for word in groups if word != "hardship")),
    )


@dataclass(frozen=True)
class Employers:
    """Employers of a block; every member of a block works for one of them."""

    first: int
    """Number of the block."""
    industry: Ints
    """Place in ``tables.INDUSTRIES``, or its length for platforms."""
    size: Ints
    region: Ints


@dataclass(frozen=True)
class People:
    """Members of a block, one entry each."""

    first: int
    """Number of the block's first member in the union, from 0."""
    employer: Ints
    sex: Ints
    birth: Days
    employment: Ints
    insurance: Ints
    group: Ints
    risk: Ints
    groups: tuple[str, ...]
    filed_as: Ints
    """Under whose id each member's case stands: the own one, but for a fault."""

    def group_numbers(self, words: Sequence[str]) -> list[int]:
        """Values of ``group`` that mean one of these words."""
        return [self.groups.index(word) + 1 for word in words if word in self.groups]


def pick(rng: np.random.Generator, weights: Sequence[float] | NDArray[np.float64], count: int) -> Ints:
    """``count`` places of ``weights``, as often as they weigh."""
    sums = np.cumsum(np.asarray(weights, dtype=np.float64))
    found: Ints = np.searchsorted(sums, rng.random(count) * sums[-1], side="right").astype(np.int64)
    return found


def draw_employers(rng: np.random.Generator, block: int, members: int, mix: Society) -> Employers:
    """Employers whose staff are exactly ``members``."""
    rows = (*t.INDUSTRIES, t.GIG)
    plain = np.array([row.share for row in rows], dtype=np.float64)
    medians = np.array([row.size for row in rows], dtype=np.float64)
    staff = plain * medians  # gig is a share of members, so employers of platforms weigh by their size
    plain *= (1000 - mix.gig) / 1000
    plain[-1] = mix.gig / 1000 * staff.sum() / t.GIG.size
    many = members // 4 + 10
    industry = pick(rng, plain, many)
    size = np.clip(np.exp(rng.normal(np.log(medians[industry]), 1.0)), 2, 5_000).astype(np.int64)
    ends = np.cumsum(size)
    last = np.searchsorted(ends, members).item()
    size = size[: last + 1].copy()
    size[-1] -= ends[last] - members
    region = np.array(t.REGIONS, dtype=np.int64)[rng.integers(len(t.REGIONS), size=len(size))]
    return Employers(block, industry[: last + 1], size, region)


def draw_people(rng: np.random.Generator, employers: Employers, first: int, mix: Society, year: int) -> People:
    """Staff of the employers, with their ages on 1 January of ``year``."""
    rows = (*t.INDUSTRIES, t.GIG)
    employer = np.repeat(np.arange(len(employers.size)), employers.size)
    industry = employers.industry[employer]
    n = len(employer)
    gig = industry == len(t.INDUSTRIES)
    sex = np.where(rng.random(n) * 100 < np.array([row.women for row in rows])[industry], WOMAN, MAN)
    employment = np.where(gig, GIG, pick(rng, mix.employments, n))
    mean, spread = (np.array([getattr(row, name) for row in rows]) for name in ("age", "age_spread"))
    age = rng.normal(mean[industry], spread[industry])
    oldest = np.where(sex == WOMAN, 55, 60)
    # Who would be past the working age is drawn again evenly, so that nobody heaps up at the edges.
    age = np.where((age < 19) | (age >= oldest), 19 + rng.random(n) * (oldest - 19), age)
    age = np.where(employment == RETIRED, oldest - 2 + rng.gamma(2.0, 5.0, n), age)
    birth = np.datetime64(f"{year}-01-01") - (age * 365.25).astype(np.int64).astype("timedelta64[D]")
    group = np.zeros(n, dtype=np.int64)
    chance = rng.random(n)
    for number in range(1, len(mix.groups) + 1):
        group[(chance >= c.HARDSHIP * (number - 1)) & (chance < c.HARDSHIP * number)] = number
    return People(
        first=first,
        employer=employer,
        sex=sex.astype(np.int64),
        birth=birth,
        employment=employment.astype(np.int64),
        insurance=pick(rng, mix.insurances, n),
        group=group,
        risk=np.array([row.risk for row in rows])[industry],
        groups=mix.groups,
        filed_as=np.arange(n),
    )


def case_ids(people: People) -> pa.Array:
    """Case ids of all members: M and nine digits."""
    numbers = pa.array(np.arange(people.first + 1, people.first + 1 + len(people.sex))).cast(pa.string())
    return pc.binary_join_element_wise("M", pc.utf8_lpad(numbers, 9, "0"), "")


def resident_ids(people: People) -> pa.Array:
    """Identity numbers: region, birth date, order (odd for men), check digit. No two members of a union share one."""
    y = people.birth.astype("datetime64[Y]").astype(np.int64) + 1970
    months = people.birth.astype("datetime64[M]")
    ymd = y * 10_000 + (months.astype(np.int64) % 12 + 1) * 100
    ymd += (people.birth - months.astype("datetime64[D]")).astype(np.int64) + 1
    slots = len(t.REGIONS) * ORDERS
    same = people.birth.astype(np.int64) * 2 + people.sex
    slot = people.first // BLOCK * WINDOW + _rank(same)
    # Numbers prime to the slots scatter people over counties; those of one sex and day still have a slot each.
    spread = (slot * 7_919 + same * 104_729) % slots
    order = spread % ORDERS * 2 + np.where(people.sex == MAN, 1, 2)
    number = np.array(t.REGIONS, dtype=np.int64)[spread // ORDERS] * 10**11 + ymd * 1000 + order
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(number // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(weights))
    check = pa.DictionaryArray.from_arrays(pa.array(total % 11), list("10X98765432")).dictionary_decode()
    return pc.binary_join_element_wise(pa.array(number).cast(pa.string()), check, "")


def _rank(keys: Ints) -> Ints:
    """Place of each entry among those of its key, from 0."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]]
    begin = np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys)) - begin
    return rank


def employer_ids(employers: Employers) -> pa.Array:
    """Ids of employers: E, four digits of the block, five of the place in it."""
    places = pa.array(np.arange(1, len(employers.size) + 1) + (employers.first + 1) * 100_000).cast(pa.string())
    return pc.binary_join_element_wise("E", pc.utf8_lpad(places, 9, "0"), "")


def members_table(rng: np.random.Generator, people: People, employers: Employers) -> pa.Table:
    """members.parquet: case id, identity number, name, employer. One row per member."""
    names = pa.DictionaryArray.from_arrays(pa.array(rng.integers(len(t.NAMES), size=len(people.sex))), list(t.NAMES))
    return pa.table(
        {
            "case": case_ids(people),
            "resident_id": resident_ids(people),
            "name": names.dictionary_decode(),
            "employer": employer_ids(employers).take(pa.array(people.employer)),
        }
    )


def employers_table(people: People, employers: Employers) -> pa.Table:
    """employers.parquet: id, invented name, industry, members, women among them, risk class 0 to 2, region code."""
    rows = (*t.INDUSTRIES, t.GIG)
    ids = employer_ids(employers)
    industry = [rows[number] for number in employers.industry.tolist()]
    women = np.bincount(people.employer, weights=people.sex == WOMAN, minlength=len(employers.size)).astype(np.int64)
    return pa.table(
        {
            "employer": ids,
            "name": pa.array(
                [f"虚构{row.zh}单位{one[1:]}" for row, one in zip(industry, ids.to_pylist(), strict=True)]
            ),
            "industry": pa.array([row.word for row in industry]),
            "members": pa.array(employers.size),
            "women": pa.array(women),
            "risk": pa.array([row.risk for row in industry]),
            "region": pa.array(employers.region).cast(pa.string()),
        }
    )
