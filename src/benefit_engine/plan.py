"""A plan as a program: what a plan document compiles to, and all that the engine knows of plans.

Frozen data only. Money is integer fen, rates and shares are basis points, dates are ``datetime.date``. The explained
engine walks these objects; the columnar engine compiles from the same ones. The source language is in ``mutualaid.plans``.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")

FIVE_PARTS = ("basic_deductible", "copay", "above_ceiling", "pre_self_paid", "over_limit")
"""The components whose sum is ``self_paid`` (contract, table of amounts)."""
REMAINING = "remaining"
"""A base component that is no amount of the bill: what the member still bears (burden, less other aid, less what
reimbursing benefits on earlier lines of the event paid). The base of a second layer."""

STAY, DAY, PERIOD, LIFE, DISEASE, CAUSE = "stay", "day", "period", "life", "disease", "cause"
COMBINATION = "combination"
"""The period of a combination of plans, which caps across its plans count."""
SCOPES = (STAY, DAY, PERIOD, LIFE, DISEASE, CAUSE)
"""Scopes of an accumulator. ``stay`` is the event, or all events that a plan counts as one stay."""

MIDDLE_STEPS = ("units", "floor", "caps", "exclusive", "shared_caps", "combined_caps", "indemnity")
"""Steps after the rounding, in the contract's order; a benefit may name another order."""


@dataclass(frozen=True, slots=True)
class Test:
    """One thing that must hold of the facts: ``field`` names the question (see ``conditions``), ``want`` the answer."""

    field: str
    want: Any


Condition = tuple[Test, ...]
"""All tests must hold; an empty condition always holds."""


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """One row of a choice: the value that holds when its condition does."""

    when: Condition
    value: T


Choice = tuple[Row[T], ...]
"""A value chosen by facts: the first row whose condition holds. A plain value is one row without condition."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition of eligibility or of exclusion, with the reason that a line gets when it fails."""

    when: Condition
    reason: str | None = None
    """Reason when it fails; None: the reason that belongs to the failed test."""
    excludes: bool = False
    """True: the gate fails when the condition holds (an exclusion)."""
    label: str = ""
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages in full years, both ends included, for those whom ``sex`` and ``relation`` name (None: all).

    ``retirement``: instead of an upper age, the day on which the member reaches the statutory retirement age.
    """

    least: int | None = None
    most: int | None = None
    sex: str | None = None
    relation: str | None = None
    retirement: bool = False
    renewal_only_from: int | None = None
    """From this age on only those who were in the previous period."""


@dataclass(frozen=True, slots=True)
class RetirementAge:
    """One row of the table of statutory retirement ages: ``years``, and for those born from ``born_from`` on one month
    more for each ``months_per_month`` months of later birth (begun ones count), at most ``years_most``."""

    sex: str
    years: int
    born_from: datetime.date | None = None
    months_per_month: int = 0
    years_most: int | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting time on first entry, from ``joined_on``; accidents have none unless ``accidents``."""

    days: int = 0
    months: int = 0
    accidents: bool = False
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of time: ``field`` of the event must not lie later than n days, working days or months after ``of``.

    ``field``: ``filed_on`` or ``reported_on`` (null is in time), or ``started_on`` (a window in which the event must lie).
    ``of``: ``started_on``, ``ended_on``, ``settled_on``, ``accident_on``, ``cover_end`` (last day), or a date.
    """

    field: str
    of: str | datetime.date
    days: int | None = None
    working_days: int | None = None
    months: int | None = None
    reason: str = "filed_late"
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """Signed components of the bill, a share of their sum, and what it is called.

    ``collects``: kinds of earlier events of the same period whose amounts are settled together by this event
    (sums of a period settled once at its end); empty: the event's own amounts.
    """

    components: Choice[tuple[tuple[int, str], ...]]
    share: Choice[int]
    label: str
    collects: tuple[str, ...] = ()
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Deductible:
    """Fen taken off the base (``deducted``), or reached before the base counts from its first yuan (``threshold``)."""

    amount: Choice[int]
    per: str = STAY
    threshold: bool = False
    label: str = "免补额"
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Bracket:
    """Amounts over ``over`` up to and including ``up_to`` fen (None: no end), at ``rate`` bp or for a fixed ``sum``."""

    over: int
    up_to: int | None
    rate: int = 0
    sum: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Brackets: ``marginal`` (each part at its own rate), ``whole`` (all at the rate of the bracket that it falls in),
    ``steps`` (the sum of that bracket)."""

    mode: str
    brackets: tuple[Bracket, ...]


@dataclass(frozen=True, slots=True)
class TenureBonus:
    """``rate`` bp more for each further period after the first ``after``, at most ``most`` bp."""

    rate: int
    after: int
    most: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate step: a flat rate is a marginal table of one bracket. ``per``: on the stay or on the period's total."""

    table: Choice[Table]
    per: str = STAY
    bonus: TenureBonus | None = None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class DayCap:
    """At most so many days per scope."""

    days: int
    per: str
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """An allowance per day. ``of``: ``stay`` (hospital days) or ``rest`` (``rest_days``). The first ``after`` days are not
    paid, or with ``all_once_more`` all days are once there are more than ``after``."""

    per_day: Choice[int]
    of: str = "stay"
    after: int = 0
    all_once_more: bool = False
    both_ends: bool = False
    """Count the day of admission and the day of discharge (default 算入不算出)."""
    within_cover: bool = False
    """Only days on which the cover ran (default: a stay that begins in the cover counts whole)."""
    caps: tuple[DayCap, ...] = ()
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """A lump sum per unit; ``ladder``: bp by disability grade 1..10; ``top_up``: only what is missing to the sum after what
    ``top_up`` benefits paid in ``top_up_per``."""

    amount: Choice[int]
    ladder: tuple[int, ...] = ()
    top_up: tuple[str, ...] = ()
    top_up_per: str = PERIOD
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """From facts to a rounded amount: exactly one of base (with deductible and rate), days and sum."""

    base: Base | None = None
    deductible: Deductible | None = None
    rate: Rate | None = None
    days: Days | None = None
    sum: Sum | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``amount`` fen per scope."""

    amount: Choice[int]
    per: str
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """Paid once per scope; with ``upgrade`` a greater later sum pays the difference."""

    per: str
    upgrade: bool = False
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimCount:
    """At most ``most`` paid events per scope; ``of``: the benefits whose paid events count."""

    most: int
    per: str
    of: tuple[str, ...]
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit: what triggers it, what gates it, its formulas and what limits it."""

    id: str
    name: str
    kinds: tuple[str, ...]
    trigger: Condition = ()
    gates: tuple[Gate, ...] = ()
    waiting: Waiting | None = None
    found_first: bool = False
    """The disease must not have been found before the membership began."""
    limits: tuple[Limit, ...] = ()
    counts_on: str = "started_on"
    formulas: tuple[Formula, ...] = ()
    pick: str = "only"
    """``only`` formula, ``greater`` or ``lesser`` of several."""
    floor: int = 0
    caps: tuple[Cap, ...] = ()
    once: Once | None = None
    claims: ClaimCount | None = None
    indemnity: bool = False
    """Reimburses: counted in and limited by what the member bore."""
    indemnity_limited: bool = True
    order: tuple[str, ...] = MIDDLE_STEPS
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class SharedCap:
    """One cap over several benefits: pairs of family and benefit id (empty family: the plan's own)."""

    benefits: tuple[tuple[str, str], ...]
    amount: Choice[int]
    per: str
    label: str = ""
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Benefits that exclude each other per scope, by rule ``first``, ``larger`` or ``difference``."""

    benefits: tuple[str, ...]
    per: str
    rule: str
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class StaysAsOne:
    """Stays at most ``within_days`` after the discharge before count as one stay (transfer, readmission)."""

    within_days: int
    same_disease: bool = False


@dataclass(frozen=True, slots=True)
class Disease:
    """One entry of a disease list: any of the diagnosis or operation codes means it."""

    name: str
    diagnoses: tuple[tuple[str, str], ...] = ()
    """Inclusive ranges of equal-length prefixes, dots removed, upper case; a single prefix is a range of itself."""
    operations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled plan document."""

    id: str
    family: str
    name: str
    ages: tuple[AgeBand, ...] = ()
    ages_clause: str | None = None
    retirement_ages: tuple[RetirementAge, ...] = ()
    gates: tuple[Gate, ...] = ()
    units_most: int | None = None
    excludes: tuple[str, ...] = ()
    """Plan ids or families: with an earlier cover of one of them on the day, this plan does not pay."""
    stays_as_one: StaysAsOne | None = None
    shared_caps: tuple[SharedCap, ...] = ()
    exclusives: tuple[Exclusive, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    holidays: frozenset[datetime.date] = frozenset()
    """Working-day calendar as data: days off that fall on Monday to Friday."""
    workdays: frozenset[datetime.date] = frozenset()
    """Saturdays and Sundays that are worked."""
    reopens: bool = False
    """An event that began earlier and is filed late counts before later ones. No engine orders events: whoever makes a case
    puts them in the order in which they count."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A comprehensive plan: member plans, caps across them, and benefits of its own that come after theirs."""

    id: str
    family: str
    name: str
    plans: tuple[str, ...]
    shared_caps: tuple[SharedCap, ...] = ()
    own: Plan | None = None
    reopens: bool = False
    """As its plans say, which say the same."""


@dataclass(frozen=True)
class Library:
    """All plans that a run loaded, by id."""

    plans: dict[str, Plan] = field(default_factory=dict)
    combinations: dict[str, Combination] = field(default_factory=dict)
