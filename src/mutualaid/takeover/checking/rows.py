"""Rows under check, and what is known so far across sheets: who and what the rows above have named."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benefit_engine.plan import Combination
from mutualaid.people.models import Unit
from mutualaid.plans.models import PlanVersion
from mutualaid.takeover.reading import Fault, Line, fault

MAKE, MATCH, LEAVE, FAULTY = "make", "match", "leave", "faulty"
"""What comes of a row: something new, something that is there already, nothing, or it has faults."""


@dataclass
class Row:
    """A row with what was found. ``value``: what is applied, as JSON can hold it; ``order``: in which rows of a sheet are
    applied; ``person``: the blind index of whom it is about."""

    line: Line
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    value: dict[str, Any] = field(default_factory=dict)
    order: str = ""
    person: str = ""
    effect: str = MAKE

    @classmethod
    def of(cls, line: Line) -> Row:
        """A row that was just read."""
        return cls(line, list(line.faults))

    @property
    def told(self) -> dict[str, str]:
        """What is written, by field."""
        return self.line.told

    def wrong(self, name: str, zh: str, en: str, offered: str = "") -> None:
        """Note a fault, one of a field."""
        if all(one["field"] != name for one in self.faults):
            self.faults.append(fault(name, zh, en, offered))

    def odd(self, name: str, zh: str, en: str) -> None:
        """Note a difference that keeps nobody from going on."""
        self.warnings.append(fault(name, zh, en))

    def close(self) -> None:
        """All checks are done."""
        if self.faults:
            self.effect = FAULTY


@dataclass(frozen=True, slots=True)
class Held:
    """A cover of a member: days as ordinals."""

    family: str
    plan: str
    from_on: int
    until_on: int
    units: int


@dataclass(slots=True)
class Person:
    """A member of the file, or of the register: by key, or 0 while there is none. ``line``: of the sheet 会员, 0 otherwise."""

    line: int
    member: int
    birth_on: int
    sex: str
    counted: bool = False
    """Whether a claim of theirs was computed here already."""


@dataclass
class Seen:
    """What is known across sheets. Its size grows with persons and covers alone, some hundred bytes for each."""

    office: Unit
    cutover_on: datetime.date
    on: datetime.date
    versions: dict[str, PlanVersion] = field(default_factory=dict)
    """Published versions around the office by id; by name where only one has it."""
    names: dict[str, str] = field(default_factory=dict)
    """The old system's names of plans, with our ids."""
    units: dict[str, str] = field(default_factory=dict)
    """Credit codes by the old system's codes."""
    employers: dict[str, int] = field(default_factory=dict)
    """Keys of employers by credit code; 0 for one that is to be made."""
    headcounts: dict[str, int] = field(default_factory=dict)
    persons: dict[bytes, Person] = field(default_factory=dict)
    """By the hash of the number."""
    covers: defaultdict[bytes, list[Held]] = field(default_factory=lambda: defaultdict(list))
    once: set[tuple[Any, ...]] = field(default_factory=set)
    """What must not come twice."""
    sums: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    counts: Counter[str] = field(default_factory=Counter)
    payables: defaultdict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """Yuan by plan and period."""
    payable_balances: defaultdict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    sides: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """Debits less credits of the opening balances, by fund."""
    controls: dict[str, Decimal] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    """Of plans by id; and what their benefits are called."""
    benefits: dict[str, Any] = field(default_factory=dict)
    combinations: dict[str, Combination | None] = field(default_factory=dict)
    """By id of a plan; none for a single one."""
    combined: dict[tuple[bytes, str], dict[tuple[str, str], Decimal]] = field(default_factory=dict)
    """What is told of caps that the plans of a combination share: by person and key, by family and benefit."""

    def first(self, *key: Any) -> bool:
        """Whether this comes for the first time."""
        if key in self.once:
            return False
        self.once.add(key)
        return True
