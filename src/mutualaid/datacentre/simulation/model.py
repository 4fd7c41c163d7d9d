"""What a comparison says, free of any medium: plain figures in fen and counts, before and after.

``Pair`` holds a figure under the first version and under the second. All tuples are in the order in which they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.datacentre.simulation.years import BadCase


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure before and after."""

    before: int
    after: int

    @property
    def change(self) -> int:
        """After less before."""
        return self.after - self.before


def share(part: int, whole: int) -> int | None:
    """Basis points, half up; None of nothing. Both must not be negative."""
    return (part * 20_000 + whole) // (2 * whole) if whole else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole year: fen paid, persons who got something, lines paid; among those persons mean, median, largest fen."""

    paid: Pair
    people: Pair
    lines: Pair
    mean: Pair
    median: Pair
    largest: Pair


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """One benefit: fen, persons, lines paid."""

    benefit: str
    paid: Pair
    people: Pair
    lines: Pair


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Lines with an outcome and a reason; with reason ``""`` all lines with the outcome."""

    outcome: str
    reason: str
    lines: Pair


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Persons of one group (a band, by its number; -1: unknown) that had an event the plan looks at, and how they fare.

    ``burden``: fen that they bore of those events, as far as it is known. ``relieved``: fen paid for events of known burden.
    """

    group: int
    people: int
    gainers: int
    gained: int
    losers: int
    lost: int
    paid: Pair
    burden: int
    relieved: Pair

    @property
    def relief(self) -> tuple[int | None, int | None]:
        """Share of the burden relieved before and after, in basis points."""
        return share(self.relieved.before, self.burden), share(self.relieved.after, self.burden)


@dataclass(frozen=True, slots=True)
class BandRow:
    """Persons whose payments of the year lie in a band (by its number)."""

    band: int
    people: Pair


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Fen of one benefit for events that began in a month (``YYYY-MM``)."""

    month: str
    benefit: str
    paid: Pair


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One person whose payments change: id, fen of the year, number of events."""

    case: str
    paid: Pair
    burden: int | None
    events: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that is counted. ``units``: units of all covers, for the fees. ``others``: fen paid by other plans."""

    people: int
    units: int
    events: int
    totals: Totals
    benefits: tuple[BenefitRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    groups: dict[str, tuple[GroupRow, ...]]
    """By ``burden``, ``age``, ``sex``, ``level``; and ``all``, one row."""
    distribution: tuple[BandRow, ...]
    percentiles: tuple[tuple[int, Pair], ...]
    months: tuple[MonthRow, ...]
    started: int
    """Persons who got nothing before and something after."""
    stopped: int
    gains: tuple[CaseRow, ...]
    losses: tuple[CaseRow, ...]
    others: Pair
    provisional: Pair
    """Lines that wait for an earlier event to be looked at by a person."""
    left_plans: tuple[tuple[str, int], ...]
    """Plans of bad cases that were not loaded, with their covers."""
    bad: tuple[BadCase, ...]
    """The first of the bad cases; ``bad_count`` is how many there are. They count under neither version."""
    bad_count: int

    @property
    def all(self) -> GroupRow:
        """All persons with an event that the plan looks at."""
        return self.groups["all"][0]
