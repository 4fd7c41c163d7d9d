"""Counters of one person: what benefits have paid so far, per family and scope. Contract, arithmetic 8.

Everything that a plan limits across events is read from a few kinds of counter, so that a take-over or an export needs
only these (``opening`` in a case). Counter names, with the unit:

- ``<benefit>.paid``        fen paid            key: scope, see ``scope_key``
- ``<benefit>.entitled``    fen due before benefits that exclude each other were set off
- ``<benefit>.claims``      events paid; ``<benefit>+<benefit>.claims`` where a plan counts them together: an event that
  several of them paid is one
- ``<benefit>.days``        days paid
- ``<benefit>.days_seen``   days of a stay so far, paid or not
- ``<benefit>.base``        atoms of base that the deductible of the period has seen
- ``<benefit>.rated``       atoms that the period's brackets have seen
- ``stays``                 stays in the cover, key ``period:<from>``
"""

from __future__ import annotations

from benefit_engine.facts import Opening
from benefit_engine.money import ATOMS

Key = tuple[str, str, str]
"""Family, counter, key."""

PAID, ENTITLED, CLAIMS, DAYS, BASE, RATED = "paid", "entitled", "claims", "days", "base", "rated"
DAYS_SEEN = "days_seen"
STAYS = "stays"
IN_ATOMS = (BASE, RATED)


def together(benefits: tuple[str, ...]) -> str:
    """The name under which the claims of several benefits are counted together; of one: its own."""
    return "+".join(sorted(set(benefits)))


class Accumulators:
    """Mutable counters of one case. ``referred`` holds the families in which an earlier event waits for a person."""

    __slots__ = ("_by_event", "_now", "_used", "referred")

    def __init__(self, opening: tuple[Opening, ...] = ()) -> None:
        self._used: dict[Key, int] = {}
        self._by_event: dict[str, dict[Key, int]] = {}
        self._now: dict[Key, int] = {}
        self.referred: set[str] = set()
        for item in opening:
            scale = ATOMS if item.counter.rpartition(".")[2] in IN_ATOMS else 1
            used = item.count if item.amount is None else item.amount * scale
            self.add((item.family, item.counter, item.key), used or 0)

    def used(self, key: Key) -> int:
        """How much of a counter is used up; 0 when never touched."""
        return self._used.get(key, 0)

    def add(self, key: Key, more: int) -> None:
        """Use up more of a counter."""
        self._used[key] = self._used.get(key, 0) + more
        self._now[key] = self._now.get(key, 0) + more

    def begin(self, event: str) -> None:
        """What is used up from here on is used up by this event."""
        self._now = self._by_event[event] = {}

    def used_by(self, event: str) -> dict[Key, int]:
        """How much of which counters an event used up; zeros are left out. Empty for one that does not count."""
        return {key: more for key, more in self._by_event.get(event, {}).items() if more}

    def sum_claims(self, family: str, benefits: tuple[str, ...], per: str) -> None:
        """Begin the claims that benefits count together, where a take-over knows only those of each: their sum."""
        each = {f"{benefit}.{CLAIMS}" for benefit in benefits}
        sums: dict[str, int] = {}
        for (owner, counter, key), used in self._used.items():
            if owner == family and counter in each and key.partition(":")[0] == per:
                sums[key] = sums.get(key, 0) + used
        for key, used in sums.items():
            self._used.setdefault((family, f"{together(benefits)}.{CLAIMS}", key), used)

    def items(self) -> list[tuple[Key, int]]:
        """All counters in a fixed order, for export as ``opening``."""
        return sorted(self._used.items())
