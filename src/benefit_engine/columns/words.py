"""Texts that mean codes or counters, each looked at once: lists of codes with the sets that they meet, counters of openings."""

from __future__ import annotations

import bisect
import datetime

import numpy as np

from benefit_engine.accumulators import IN_ATOMS
from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import Ints
from benefit_engine.columns.layout import SEPARATOR
from benefit_engine.columns.program import Program, text_key
from benefit_engine.fact_reader import TEXT_MOST, normal_code
from benefit_engine.money import ATOMS
from benefit_engine.words import MONEY_COUNTERS, NUMBER_COUNTERS

BITS = 63
NEVER = -7
"""A key that no scope of a line ever has."""
_SCOPES = {name: i for i, name in enumerate(c.SCOPES)}


class CodeBook:
    """Lists of codes of one book as numbered rows: the sets of codes that each meets, and its categories."""

    def __init__(self, program: Program, book: str) -> None:
        self.program = program
        self.book = book
        self._numbers: dict[str, int | None] = {}
        self._masks: list[int] = []
        self._categories: list[list[int]] = []
        self._arrays: tuple[Ints, Ints, Ints] | None = None
        ranges: dict[int, list[tuple[str, str, int]]] = {}
        for codes, number in program.code_sets.items():
            for low, high in getattr(codes, book):
                ranges.setdefault(len(low), []).append((low, high, 1 << number))
        self._steps = {length: _steps(rows) for length, rows in ranges.items()}

    def __len__(self) -> int:
        """How many lists are known."""
        return len(self._numbers)

    def row(self, text: str) -> int | None:
        """The row of a list of codes (``C50.900;I10``); None when a word in it is no code."""
        if text not in self._numbers:
            words = text.split(SEPARATOR) if text else []
            listed = [normal_code(word) for word in words]
            good = all(
                code and code.isascii() and len(word) <= TEXT_MOST for code, word in zip(listed, words, strict=True)
            )
            self._numbers[text] = self._new(listed) if good else None
        return self._numbers[text]

    def _new(self, listed: list[str]) -> int:
        mask = 0
        for code in listed:
            for length, (points, masks) in self._steps.items():
                if len(code) >= length:
                    mask |= masks[bisect.bisect_right(points, (code[:length], 0))]
        self._arrays = None
        self._masks.append(mask)
        self._categories.append([text_key(code[:3]) for code in listed])
        return len(self._masks) - 1

    def arrays(self) -> tuple[Ints, Ints, Ints]:
        """For each row its bits, 63 to a word; where its categories begin; the keys of all categories."""
        if self._arrays is None:
            width = self.program.code_words
            sets = np.zeros((max(1, len(self._masks)), width), dtype=np.int64)
            for i, mask in enumerate(self._masks):
                for word in range(width):
                    sets[i, word] = (mask >> (BITS * word)) & ((1 << BITS) - 1)
            start = np.concatenate([[0], np.cumsum([len(one) for one in self._categories])]).astype(np.int64)
            keys = np.array([key for one in self._categories for key in one] or [0], dtype=np.int64)
            self._arrays = sets, start, keys
        return self._arrays


def _steps(rows: list[tuple[str, str, int]]) -> tuple[list[tuple[str, int]], list[int]]:
    """Where the sets that a prefix lies in change, in order, and the sets before and after each such point."""
    points = sorted({(low, 0) for low, _, _ in rows} | {(high, 1) for _, high, _ in rows})
    masks = [0]
    for point, after in points:
        masks.append(sum({bit for low, high, bit in rows if (low, 0) <= (point, after) and (point, after) < (high, 1)}))
    return points, masks


class Counters:
    """Counters and keys of openings as numbers."""

    def __init__(self, program: Program, keys: int) -> None:
        self.program = program
        self.keys = keys
        self._known: dict[str, tuple[int, int]] = {}

    def number(self, text: str | None) -> tuple[int, int]:
        """Number of a counter (``family``, line break, ``counter``): -1 when no plan reads it, -2 when it is none; and atoms or
        fen of what it counts (0: a number)."""
        if text is None:
            return -2, 0
        if text not in self._known:
            self._known[text] = self._number(text)
        return self._known[text]

    def _number(self, text: str) -> tuple[int, int]:
        family, _, counter = text.partition("\n")
        benefit, _, what = counter.rpartition(".")
        if what not in (*MONEY_COUNTERS, *NUMBER_COUNTERS) or (what == "stays") == bool(benefit):
            return -2, 0
        scale = (ATOMS if what in IN_ATOMS else 1) if what in MONEY_COUNTERS else 0
        if what == "stays":
            known = self.program.families.numbers.get(family)
            return (-1 if known is None else (self.keys + known) * 8), scale
        name = f"+{benefit}" if "+" in benefit else benefit
        key = self.program.keys.numbers.get(f"{family}\n{name}")
        return (-1 if key is None else key * 8 + c.COUNTERS.index(what)), scale

    def scope(self, key: str) -> int | None:
        """The scope of a key; None when it is none."""
        word = "life" if key == "life" else key.partition(":")[0]
        if len(key) > TEXT_MOST or (word == "life") != (key == "life"):
            return None
        return _SCOPES.get(word)

    def key(self, text: str) -> int:
        """A key as lines have it."""
        scope, _, rest = text.partition(":")
        if scope == "life":
            return 0
        if scope in ("stay", "cause", "disease"):
            return text_key(rest)
        if scope == "combination":
            name, _, rest = rest.rpartition(":")
            number = self.program.combination_numbers.get(name)
            return NEVER if number is None else number * (1 << 32) + _ordinal(rest)
        return _ordinal(rest)


def _ordinal(text: str) -> int:
    """A date as lines write it; ``NEVER`` for anything else."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return NEVER
    return day.toordinal() if str(day) == text else NEVER
