"""Which case ids have been met: a set of their keys that holds tens of millions in little memory."""

from __future__ import annotations

import numpy as np
from numba import njit

from benefit_engine.columns.arrays import Ints


class Seen:
    """A growing set of text keys (open addressing; 0 is free, since no key is 0)."""

    def __init__(self) -> None:
        self._table = np.zeros(1 << 16, dtype=np.int64)
        self._count = 0

    def repeated(self, keys: Ints) -> Ints:
        """The places of those keys that were met before, here or earlier; all of them are met now. A key of 0 is none."""
        while (self._count + len(keys)) * 2 > len(self._table):
            old, self._table = self._table, np.zeros(4 * len(self._table), dtype=np.int64)
            _add(self._table, old, np.zeros(len(old), dtype=np.bool_))
        again = np.zeros(len(keys), dtype=np.bool_)
        self._count += _add(self._table, keys, again)
        return np.flatnonzero(again)


@njit(cache=True, nogil=True)
def _add(table: Ints, keys: Ints, again: Ints) -> int:
    """Add keys to a table that has room; marks those that are there already. Returns how many were new."""
    mask, added = len(table) - 1, 0
    for i in range(len(keys)):
        key = keys[i]
        if key == 0:
            continue
        place = (key ^ (key >> 29)) & mask
        while table[place] != 0 and table[place] != key:
            place = (place + 1) & mask
        if table[place] == key:
            again[i] = True
        else:
            table[place] = key
            added += 1
    return added
