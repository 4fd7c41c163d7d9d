"""A corrected file against the one before: how many of its faults are mended, how many are left, how many are new. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Faults = Sequence[Mapping[str, str]]
Told = tuple[int, str, str, Faults]
"""Of a row: its number, the name, the blind index of the identity number (empty where it could not be read), its faults."""


@dataclass(frozen=True)
class Compared:
    """Counts of faults."""

    mended: int
    left: int
    new: int


def compared(before: Iterable[Told], now: Iterable[Told]) -> Compared | None:
    """None where the files have little in common: then it is another roster, not a corrected one.

    Faults are of the same row where a name or a number says that it is the same person; a row that lost its place (others
    were removed) is found again by them, one that has neither by its place.
    """
    earlier, later = list(before), list(now)
    persons = {index for _, _, index, _ in earlier if index}
    names = Counter(name for _, name, _, _ in earlier if name)
    if not _alike(earlier, later, persons, names):
        return None
    old, new = _keyed(earlier, names), _keyed(later, names)
    return Compared(mended=(old - new).total(), left=(old & new).total(), new=(new - old).total())


def _alike(earlier: Sequence[Told], later: Sequence[Told], persons: set[str], names: Mapping[str, int]) -> bool:
    """Whether half of the shorter one is in both."""
    same = sum(1 for _, name, index, _ in later if index in persons or name in names)
    return same * 2 >= max(1, min(len(earlier), len(later)))


def _keyed(rows: Sequence[Told], names: Mapping[str, int]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for line, name, _index, faults in rows:
        who = name if names.get(name) == 1 else f"#{line}"
        found.update((who, one["field"]) for one in faults)
    return found
