"""Whether what was decided of a claim is still what its history gives. A cover that began since, of a plan that the member did
not have on the day of the event, adds lines that say so, and counts by which that plan will reckon: no difference. Where two
records of a person are merged, covers of one may have begun before claims of the other: these are computed by both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benefit_engine.accumulators import Key
from benefit_engine.decision import Decision
from mutualaid.claims.history import Computed, Covered, Standing, Told, computed, decided, library_of


@dataclass
class Again:
    """A member's history, decided by all covers (``decision``), and where a claim asks for it by those that there were before."""

    standing: Standing
    events: Sequence[Told]
    decision: Decision
    _by_covers: dict[tuple[Covered, ...], Decision] = field(default_factory=dict)

    def of(self, told: Told) -> Computed:
        """What a claim comes to by all covers."""
        return computed(standing=self.standing, decision=self.decision, told=told)

    def agreeing(self, *, told: Told, sha256: str, used: Mapping[Key, int] | None = None) -> Computed | None:
        """The computation that has the lines of ``sha256`` (and uses up what ``used`` says), by all covers or by those that there
        were; None where there is none."""
        for found in self._ways(told):
            if found.sha256 == sha256 and (used is None or dict(found.used) == dict(used)):
                return found
        return None

    def _ways(self, told: Told) -> Iterator[Computed]:
        """By all covers; then without those that began since, the latest left out first."""
        whole = self.of(told)
        yield whole
        # Not without covers by which claims before it count: what these used up is no longer there for it.
        counted = self.events[: self.events.index(told) + 1]
        day = max(json.loads(one.facts)["started_on"] for one in counted)
        covering = {line.plan for line in whole.lines if line.outcome != "none" and "not_covered" not in line.reasons}
        combinations = library_of(standing=self.standing).library.combinations
        left = self.standing.covers
        for start in sorted({cover.from_on for cover in left}, reverse=True):
            if start.isoformat() <= day:
                return
            begun = [cover for cover in left if cover.from_on == start]
            plans = {plan for one in begun for plan in _plans_of(one.plan, combinations)}
            held = {plan for one in left if one.from_on < start for plan in _plans_of(one.plan, combinations)}
            if (plans - held) & covering:
                return
            left = tuple(cover for cover in left if cover.from_on != start)
            standing = replace(self.standing, covers=left)
            if left not in self._by_covers:
                self._by_covers[left] = decided(standing=standing, events=self.events)
            yield computed(standing=standing, decision=self._by_covers[left], told=told)


def _plans_of(plan: str, combinations: Mapping[str, object]) -> list[str]:
    combination = combinations.get(plan)
    return [plan, *getattr(combination, "plans", ())]
