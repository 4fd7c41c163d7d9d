"""How often one network may ask a public page that answers by a code: so many times a minute, counted by each process for itself.

A page that is only read writes nothing, so nothing of this is kept: codes that nobody can guess are the fence, this keeps the
noise away from it.
"""

from __future__ import annotations

import datetime
from collections import OrderedDict
from dataclasses import dataclass, field

NETWORKS_MOST = 10_000
"""Remembered at once; who has not asked for the longest time is forgotten first."""


@dataclass
class Limit:
    """``most`` times within a minute."""

    most: int
    _seen: OrderedDict[str, tuple[datetime.datetime, int]] = field(default_factory=OrderedDict)

    def is_over(self, address: str, at: datetime.datetime) -> bool:
        """One more time from an address; whether that is too often."""
        since, times = self._seen.pop(address, (at, 0))
        if at - since >= datetime.timedelta(minutes=1):
            since, times = at, 0
        self._seen[address] = (since, times + 1)
        while len(self._seen) > NETWORKS_MOST:
            self._seen.popitem(last=False)
        return times >= self.most
