"""The most that a benefit can ever pay, per line and per scope: what caps are compared with.

Figures are fen of one unit. ``None`` is unbounded or not known; a bound is never too low, so that a cap that is called idle is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benefit_engine import plan as p
from benefit_engine.money import WHOLE
from mutualaid.plans import document as d
from mutualaid.plans.checking.parts import formulas_of


@dataclass(frozen=True)
class Bounds:
    """Bounds of one benefit of a document (``like`` resolved). ``caps``: those of its caps that are believed."""

    document: d.Document
    benefit: d.Benefit
    caps: tuple[d.Cap, ...]

    @property
    def per_unit(self) -> bool:
        """Do units multiply what it pays? (Not what it reimburses.)"""
        return all(formula.base is None for _, formula in formulas_of(self.benefit))

    @property
    def one_line(self) -> bool:
        """Is a stay one line? Not where several stays count as one."""
        return self.document.stays_as_one is None or "inpatient" not in (self.benefit.kinds or ())

    def within(self, scope: str, other: str) -> bool:
        """Does everything in one instance of ``scope`` lie in one instance of ``other``?"""
        return (
            scope == other
            or other == p.LIFE
            or (scope, other) == (p.DAY, p.PERIOD)
            or (scope == p.STAY and self.one_line)
        )

    def line(self) -> int | None:
        """The most that one line can pay."""
        return least([self._lifted(self._formula()), *(most_of(cap.amount) for cap in self.caps)])

    def total(self, scope: str) -> int | None:
        """The most that it can pay in one instance of a scope."""
        benefit = self.benefit
        line = self.line()
        found: list[int | None] = [most_of(cap.amount) for cap in self.caps if self.within(scope, cap.per)]
        if scope == p.STAY and self.one_line:
            found.append(line)
        if benefit.once is not None and self.within(scope, benefit.once.per):
            found.append(line)
        claims = benefit.claims
        counted = claims is not None and self.one_line and benefit.benefit in (claims.of or [benefit.benefit])
        if claims is not None and counted and line is not None and self.within(scope, claims.per):
            found.append(claims.most * line)
        if not benefit.floor:
            found.append(self._running(scope))
        return least(found)

    def _lifted(self, amount: int | None) -> int | None:
        return None if amount is None else max(amount, self.benefit.floor or 0) if amount else 0

    def _formula(self) -> int | None:
        """The most that the formula gives one line, before floor and caps."""
        formulas = [formula for _, formula in formulas_of(self.benefit)]
        if len({formula.base is None for formula in formulas}) > 1:
            return None  # units multiply one and not the other
        found = [self._of(formula) for formula in formulas]
        if self.benefit.lesser_of:
            return least(found)
        return None if None in found else max((amount for amount in found if amount is not None), default=None)

    def _of(self, formula: d.Formula) -> int | None:
        if formula.base is not None and formula.rate is not None:
            return most_of_rate(formula.rate)
        if formula.days is not None:
            return self._days(formula.days, [cap.days for cap in formula.days.caps])
        if formula.sum is not None:
            return most_of(formula.sum.amount) * max(formula.sum.ladder or [WHOLE]) // WHOLE
        return None

    def _days(self, days: d.Days, caps: list[int]) -> int | None:
        per_day = most_of(days.per_day)
        if per_day == 0:
            return 0
        return min(caps) * per_day if caps else None

    def _running(self, scope: str) -> int | None:
        """What counters of the formula itself bound: days of a scope, brackets on a running total."""
        formulas = formulas_of(self.benefit)
        if len(formulas) != 1:
            return None
        formula = formulas[0][1]
        if formula.days is not None:
            return self._days(formula.days, [cap.days for cap in formula.days.caps if self.within(scope, cap.per)])
        rate = formula.rate
        if rate is None or formula.base is None or not self.within(scope, rate.per):
            return None
        rising = len(rate.tables) == 1 and (rate.tables[0].mode == "marginal" or rate.tables[0].brackets is None)
        return most_of_rate(rate) if rising else None


def bounds(document: d.Document, benefit: d.Benefit, *, without: int | None = None) -> Bounds:
    """Bounds of a benefit,
    all its caps believed save the one at ``without`` (and none where another order undoes them)."""
    order = list(benefit.order or p.MIDDLE_STEPS)
    places = {step: order.index(step) for step in ("units", "floor", "caps") if step in order}
    last = len(places) == 3 and places["caps"] == max(places.values())
    one_kind = len({formula.base is None for _, formula in formulas_of(benefit)}) == 1
    caps = [cap for i, cap in enumerate(benefit.caps) if i != without]
    return Bounds(document, benefit, tuple(caps) if last and one_kind else ())


def most_of(rows: Iterable[d.YuanRow]) -> int:
    """The greatest value of a choice."""
    return max(row.value for row in rows)


def least_of(rows: Iterable[d.YuanRow]) -> int:
    """The smallest value of a choice."""
    return min(row.value for row in rows)


def least(found: Iterable[int | None]) -> int | None:
    """The smallest of several bounds; None when there is none."""
    return min((amount for amount in found if amount is not None), default=None)


def most_of_rate(rate: d.Rate) -> int | None:
    """The most that a rate gives, whatever the base; None when it grows with the base."""
    found = [_most_of_table(table, bonus=rate.tenure_bonus is not None) for table in rate.tables]
    return None if None in found else max((amount for amount in found if amount is not None), default=None)


def _most_of_table(table: d.Table, *, bonus: bool) -> int | None:
    if table.brackets is None:
        return 0 if table.rate == 0 and not bonus else None
    if table.mode == "steps":
        return max(bracket.sum or 0 for bracket in table.brackets)
    if bonus:
        return None
    total = 0
    for bracket in table.brackets:
        rate = bracket.rate or 0
        if rate and bracket.up_to is None:
            return None
        end = bracket.up_to if bracket.up_to is not None else bracket.over
        start = bracket.over if table.mode == "marginal" else 0
        part = max(0, end - start) * rate if rate else 0
        total = total + part if table.mode == "marginal" else max(total, part)
    return -(-total // WHOLE)


@dataclass(frozen=True)
class Group:
    """Benefits that are limited together: to ``bound`` fen, or (None) to the greatest of them,
    as they exclude each other."""

    names: frozenset[str]
    bound: int | None


def total_of_group(members: dict[str, int | None], groups: Iterable[Group]) -> int | None:
    """The most that several benefits pay together: their sum, save where a group limits some of them."""
    rest = dict(members)
    found: list[int | None] = []
    for group in groups:
        inside = [rest.pop(name) for name in sorted(group.names & rest.keys())]
        known = [amount for amount in inside if amount is not None]
        if not inside:
            continue
        if group.bound is not None:
            found.append(min(sum(known), group.bound) if len(known) == len(inside) else group.bound)
        else:
            found.append(max(known) if len(known) == len(inside) else None)
    found += rest.values()
    known = [amount for amount in found if amount is not None]
    return sum(known) if len(known) == len(found) else None
