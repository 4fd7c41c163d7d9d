"""The arrays between Arrow and the kernel: facts of a partition of persons, lines decided, and what the kernel needs to remember.

Few arrays, since numba hands each of them on by value: the facts of a kind stand in one array, a row each, and the memory is one
flat array with named places. Dates are ordinals (0 unknown), amounts fen, unknown is ``codes.NONE`` or, where only numbers
from 0 can stand, -1.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benefit_engine.columns import codes as c

Ints = NDArray[np.int64]


def named(name: str, values: Mapping[str, int]) -> Any:
    """Numbers by name, constants for the kernel."""
    kind: Any = namedtuple(name, values)  # type: ignore[misc]
    return kind(**values)


def _places(name: str, *columns: str) -> Any:
    """Columns as names with their places."""
    return named(name, {column: i for i, column in enumerate(columns)})


FP = _places("FP", "birth", "sex", "employment", "insurance", "groups", "relation")
FC = _places("FC", "plan", "units", "start", "until", "joined", "periods", "option", "risk", "combination")
"""A cover; ``plan`` is the number of a plan, or of a combination as -2 - number."""
FE = _places(
    "FE",
    *("key", "kind", "level", "diagnoses", "operations", "severity", "accident", "grade", "cause", "rest_days"),
    *("circumstances", "settled", "reverses", "replaces", "dates"),
)
"""An event; texts by their keys, codes by rows of the sets; from ``dates`` on the columns of ``codes.DATES``."""
EVENT_WIDTH = len(FE) - 1 + len(c.DATES)
FS = _places("FS", "covers", "events", "counters")
"""Where a person's rows begin; the next person's begin where they end."""
FO = _places("FO", "number", "key", "used")
"""A counter of an opening: its number × 8 + scope (-1: no loaded plan reads it), key, how much is used."""


_PARTS = {
    "persons": len(FP),
    "covers": len(FC),
    "events": EVENT_WIDTH,
    "starts": len(FS),
    "counters": len(FO),
    "diagnosis_sets": 1,
    "operation_sets": 1,
    "category_start": 1,
    "categories": 1,
    "amounts": c.STANDARD_AMOUNTS + c.OWN_AMOUNTS_MOST,
}
X = named("X", {part: sum(list(_PARTS.values())[:i]) for i, part in enumerate(_PARTS)})
"""The first column of each part of the facts (``borrowing.fact``). ``amounts``: by event, those of the contract, then those of
plans. ``diagnosis_sets`` and ``operation_sets``: for each distinct list of codes, bits of the sets of codes that it meets, 63 to
a word. ``category_start``: where the keys of the categories (three characters) of each distinct list of diagnoses begin."""


class Facts:
    """Facts of a partition for the kernel: for each column where its numbers lie and how many numbers apart its rows are.

    Nothing is copied, so that a column may be a part of a larger array (every second number of Arrow's decimals), or one
    number for all rows. A column that nobody put here is unknown in all rows.
    """

    def __init__(self) -> None:
        self.head = np.zeros(2 * sum(_PARTS.values()), dtype=np.int64)
        self._columns: dict[int, Ints] = {}
        for column in range(len(self.head) // 2):
            self.put(column, _UNKNOWN)

    def put(self, column: int, numbers: Ints) -> None:
        """A column of 64-bit integers; of two dimensions for the rows of ``fact_word``."""
        if numbers.dtype != np.int64:
            raise TypeError(f"64-bit integers, not {numbers.dtype}")
        self._columns[column] = numbers
        self.head[2 * column] = numbers.__array_interface__["data"][0]
        self.head[2 * column + 1] = numbers.strides[0] // numbers.itemsize


_UNKNOWN = np.broadcast_to(np.int64(c.NONE), (1,))


class Lines(NamedTuple):
    """Lines decided, in the order of the contract, as columns of one array each."""

    event: Ints
    benefit: Ints
    outcome: Ints
    provisional: Ints
    amount: Ints
    reasons: Ints
    """Gates as bits, from ``CUTS_AT`` on the cuts in their order, five bits each."""
    missing: Ints


COUNTERS = 512
COVERS_MOST = 64
SLOTS_MOST = 24
EVENTS_MOST = 512
CLAIMS_MOST = 1024
REIMBURSED_MOST = 2048
USES_MOST = 64
FAMILIES_MOST = 1024
BENEFITS_MOST = 8192
"""Room for one person and one library; who has more of anything is left to the explained engine."""

_LAYOUT = {
    "meta": (16, 1),
    "counters": (COUNTERS, 4),
    "claims": (CLAIMS_MOST, 3),
    "reimbursed": (REIMBURSED_MOST, 3),
    "covers": (2 * COVERS_MOST, 11),
    "slots": (SLOTS_MOST, 4),
    "stays": (SLOTS_MOST, EVENTS_MOST),
    "events": (EVENTS_MOST, 8),
    "order": (EVENTS_MOST, 1),
    "collected": (EVENTS_MOST, 1),
    "offsets": (EVENTS_MOST, 1),
    "standing": (SLOTS_MOST, 7),
    "context": (8, 1),
    "surroundings": (8, 1),
    "line": (8, 1),
    "keys": (len(c.SCOPES), 2),
    "run": (8, 1),
    "other_run": (8, 1),
    "uses": (USES_MOST, 3),
    "other_uses": (USES_MOST, 3),
    "families": (FAMILIES_MOST, 1),
    "losers": (BENEFITS_MOST, 1),
}
W = named("W", {part: width for part, (_, width) in _LAYOUT.items()})
"""How wide a row of each part of the memory is."""


def _offsets() -> list[int]:
    found, at = [], 0
    for rows, width in _LAYOUT.values():
        found.append(at)
        at += rows * width
    return [*found, at]


O = named("O", dict(zip(_LAYOUT, _offsets(), strict=False)))  # noqa: E741
"""Where each part of the memory begins."""


def memory() -> Ints:
    """Fresh memory for one thread."""
    return np.zeros(_offsets()[-1], dtype=np.int64)
