"""A library of plans compiled to tables of integers: what the kernel reads instead of objects.

Everything that has a number of its own (tests, conditions, rows, choices, formulas, caps …) is a row of a table; whoever needs
it holds its number or a half-open range of numbers. ``Tables`` says what stands in each column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benefit_engine import plan as p
from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import named
from benefit_engine.words import KINDS

Ints = NDArray[np.int64]


class TooLarge(Exception):
    """A library that the tables have no room for; ``what`` there is too much of. The explained engine decides it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Tables(NamedTuple):
    """All tables, two-dimensional. Columns are told by their names in ``COLUMNS``."""

    tests: Ints
    conditions: Ints
    branches: Ints
    rows: Ints
    choices: Ints
    component_lists: Ints
    components: Ints
    rates: Ints
    brackets: Ints
    gates: Ints
    ages: Ints
    retirement: Ints
    waiting: Ints
    limits: Ints
    formulas: Ints
    day_caps: Ints
    ladders: Ints
    caps: Ints
    shared: Ints
    members: Ints
    exclusives: Ints
    groups: Ints
    orders: Ints
    lists: Ints
    plans: Ints
    benefits: Ints
    by_kind: Ints
    excluded: Ints
    combinations: Ints
    combined: Ints
    working_days: Ints
    disease_keys: Ints
    sizes: Ints


COLUMNS: dict[str, tuple[str, ...]] = {
    "tests": ("field", "a", "b"),
    "conditions": ("start", "end"),
    "branches": ("condition",),
    "rows": ("condition", "value"),
    "choices": ("start", "end"),
    "component_lists": ("start", "end", "all_parts"),
    "components": ("sign", "amount"),
    "rates": ("mode", "start", "end"),
    "brackets": ("over", "up_to", "rate", "sum"),
    "gates": ("condition", "reason", "excludes"),
    "ages": ("least", "most", "sex", "relation", "retirement", "renewal_only_from"),
    "retirement": ("sex", "years", "born_from", "months_per_month", "years_most", "groups"),
    "waiting": ("days", "months", "accidents"),
    "limits": ("field", "of", "on", "days", "working_days", "months", "reason"),
    "formulas": (
        *("kind", "components", "share", "collects"),
        *("deductible", "deductible_per", "threshold"),
        *("rate", "rate_per", "bonus", "bonus_after", "bonus_most"),
        *("days_of", "after", "all_once_more", "both_ends", "within_cover", "day_caps", "day_caps_end"),
        *("ladder", "top_up", "top_up_end", "top_up_per", "amount"),
    ),
    "day_caps": ("days", "per"),
    "ladders": tuple(f"grade_{grade}" for grade in range(1, 11)),
    "caps": ("amount", "per"),
    "shared": ("members", "members_end", "amount", "per"),
    "members": ("key",),
    "exclusives": ("members", "members_end", "per", "rule"),
    "groups": ("counter", "members", "members_end", "per", "family"),
    "orders": ("step",),
    "lists": ("item",),
    "plans": (
        *("family", "units_most", "as_one", "within_days", "same_disease", "ages", "ages_end", "retirement"),
        *("retirement_end", "gates", "gates_end", "has_larger", "exclusives", "exclusives_end", "calendar"),
        "calendar_end",
    ),
    "benefits": (
        *("plan", "line", "key", "trigger", "gates", "gates_end", "waiting", "found_first", "limits", "limits_end"),
        *("counts_on", "formulas", "formulas_end", "pick", "floor", "caps", "caps_end", "once", "upgrade"),
        *("claims_most", "claims_per", "claims_counter", "indemnity", "limited", "order", "order_end", "collects"),
        *("settled_bit", "reads_counters", "reads_stay", "reads_remaining", "shared", "shared_end", "exclusives"),
        *("exclusives_end", "choices", "choices_end", "diseases", "diseases_end", "by_disease", "paid_scopes"),
        *("claims_scopes", "sums", "sums_end"),
    ),
    "by_kind": ("start", "end"),
    "excluded": (),
    "combinations": ("plans", "plans_end", "own"),
    "combined": ("start", "end"),
    "working_days": ("day",),
    "disease_keys": ("codes", "key"),
    "sizes": ("keys", "families", "kinds", "plans", "benefits", "collects", "groups", "stays_read"),
}


def places(table: str) -> Any:
    """The columns of a table as names with their places, constants for the kernel: ``places("plans").family``."""
    return named(table, {column: i for i, column in enumerate(COLUMNS[table])})


N = named("N", {table: i for i, table in enumerate(COLUMNS)})
"""The tables by their numbers, constants for the kernel."""


def flat(parts: Sequence[Ints]) -> Ints:
    """Tables as one array: for each where it begins and how wide it is, then their rows."""
    at, head = 2 * len(parts), []
    for part in parts:
        head += [at, part.shape[1] if part.ndim == 2 else 1]
        at += part.size
    return np.concatenate([np.array(head, dtype=np.int64), *(part.ravel() for part in parts)])


WIDTHS = tuple(len(columns) for columns in COLUMNS.values())


@njit
def get(tb: Ints, table: int, row: int, column: int) -> int:
    """One cell of ``flat`` tables."""
    width = WIDTHS[table] if WIDTHS[table] != 0 else tb[2 * table + 1]
    return tb[tb[2 * table] + row * width + column]  # type: ignore[no-any-return]


def text_key(text: str) -> int:
    """A number for a text that serves as a key (FNV-1a of its UTF-8, 60 bits): equal texts have equal numbers."""
    value = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value >> 4


class Words:
    """The words of one kind that the library names, numbered as they come up."""

    def __init__(self, what: str, known: Sequence[str] = (), most: int = c.WORDS_MOST) -> None:
        self.what = what
        self.most = most
        self.numbers = {word: i for i, word in enumerate(known)}

    def number(self, word: str) -> int:
        """The number of a word, a new one for a new word."""
        number = self.numbers.setdefault(word, len(self.numbers))
        if number >= self.most:
            raise TooLarge(self.what)
        return number

    def mask(self, words: Iterable[str]) -> int:
        """A bit for each word."""
        return sum({1 << self.number(word) for word in words})


class CodeSet(NamedTuple):
    """Ranges of codes of diagnoses and operations that one test names together."""

    diagnoses: tuple[tuple[str, str], ...]
    operations: tuple[tuple[str, str], ...]


class Program:
    """A compiled library: ``tables`` for the kernel, and the words and names by which facts come in and lines go out."""

    def __init__(self, library: p.Library) -> None:
        self.library = library
        self.kinds = Words("kinds", KINDS)
        self.severities = Words("severities")
        self.circumstances = Words("circumstances")
        self.groups = Words("groups")
        self.options = Words("options")
        self.risks = Words("risk classes")
        self.own_amounts = Words("own amounts", (), c.OWN_AMOUNTS_MOST)
        self.families = Words("families", (), 10_000)
        self.keys = Words("benefits", (), 1 << 20)
        self.code_sets: dict[CodeSet, int] = {}
        self.plan_numbers: dict[str, int] = {}
        self.combination_numbers = {name: i for i, name in enumerate(library.combinations)}
        self.known_kinds = {*KINDS}
        self.lines: list[tuple[str, str]] = []
        """Plan and benefit of each number of ``benefits``."""

    def code_set(self, diagnoses: Sequence[tuple[str, str]], operations: Sequence[tuple[str, str]]) -> int:
        """The number of a set of codes."""
        return self.code_sets.setdefault(CodeSet(tuple(diagnoses), tuple(operations)), len(self.code_sets))

    def kind(self, word: str) -> int | None:
        """The number of a kind of event that the contract or a benefit names; None for another word."""
        return self.kinds.numbers[word] if word in self.known_kinds else None

    @property
    def code_words(self) -> int:
        """How many words of 64 bits hold a bit for every set of codes."""
        return max(1, -(-len(self.code_sets) // 63))
