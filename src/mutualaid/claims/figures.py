"""How much there is of a plan's limit: the one figure for everybody, or that for the event of a claim at hand."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass

from benefit_engine.conditions import Context, choose, tests_of
from benefit_engine.facts import Case, CaseError, Cover
from benefit_engine.plan import Benefit, Choice, Plan
from mutualaid.claims.history import Standing, Told, library_of

_ORDINAL = "stay"
"""The test that asks which stay of the period it is: only the whole history tells."""


@dataclass(frozen=True)
class AtHand:
    """A claim's event as the engine reads it, with the member and the covers; ``case`` None where there is none, or its facts are
    not such as can be computed."""

    standing: Standing
    case: Case | None

    def figure(self, plan: Plan, benefits: Iterable[Benefit], rows: Choice[int], *, touched: bool) -> int | None:
        """What a choice of a plan comes to, for ``benefits`` of it. Where it depends on facts: for the event at hand, if it
        ``touched`` the limit; None where no one figure can be told."""
        if len(rows) == 1 and not rows[0].when:
            return rows[0].value
        if self.case is None or not touched:
            return None
        if any(test.field == _ORDINAL for row in rows for test in tests_of(row.when)):
            return None
        days = {getattr(self.case.events[0], one.counts_on) or self.case.events[0].started_on for one in benefits}
        if len(days) != 1:
            return None
        day: datetime.date = days.pop()
        cover = self._cover(plan, day)
        if cover is None:
            return None
        return choose(rows, Context(self.case.member.under(cover), self.case.events[0], cover, day))

    def _cover(self, plan: Plan, day: datetime.date) -> Cover | None:
        """The earliest cover of a plan on a day, by itself or in a combination."""
        assert self.case is not None
        combinations = library_of(standing=self.standing).library.combinations
        covers = [
            one
            for one in self.case.covers
            if one.start <= day < one.until
            and (one.plan == plan.id or (one.plan in combinations and plan.id in combinations[one.plan].plans))
        ]
        return min(covers, key=lambda one: one.start, default=None)


def at_hand(*, standing: Standing, told: Told | None) -> AtHand:
    """A claim's event, by itself."""
    if told is None or not json.loads(told.facts):
        return AtHand(standing, None)
    try:
        case = library_of(standing=standing).engine.parse(standing.case([told]))
    except CaseError:
        return AtHand(standing, None)
    return AtHand(standing, case)
