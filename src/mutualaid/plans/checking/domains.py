"""What facts a condition leaves possible: the small logic with which contradictions, dead rows and gaps are found.

A fact with words is a set of words, a fact with numbers or dates a half-open span of whole numbers (dates by ordinal).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benefit_engine.words import EMPLOYMENTS, INSURANCES, RELATIONS
from mutualaid.plans import document as d
from mutualaid.plans.compiling import code_range

Span = tuple[int, int]
Words = frozenset[Any]
Place = str

LOW, HIGH = -(10**18), 10**18

ONE_OF = frozenset(
    {
        *("kinds", "hospital_level", "severity", "sex", "employment", "basic_insurance", "relation", "option"),
        *("risk_class", "accident", "settled_by_insurance"),
    }
)
"""Facts that have one value; a condition names those that will do."""
FINITE: dict[str, Words] = {
    "hospital_level": frozenset({1, 2, 3}),
    "sex": frozenset({"F", "M"}),
    "employment": frozenset(EMPLOYMENTS),
    "basic_insurance": frozenset(INSURANCES),
    "relation": frozenset(RELATIONS),
    "accident": frozenset({True, False}),
    "settled_by_insurance": frozenset({True, False}),
}
"""Facts of which every possible value is known."""
SPANS: dict[str, Span] = {
    "disability_grade": (1, 11),
    "age": (0, HIGH),
    "tenure": (1, HIGH),
    "stay": (1, HIGH),
    "days": (1, HIGH),
    "days_since_joining": (LOW, HIGH),
    "dates": (LOW, HIGH),
}
"""Numbers and dates, with all that they can be."""
OPPOSITES = {
    "groups": "not_groups",
    "diseases": "not_diseases",
    "diagnoses": "not_diagnoses",
    "operations": "not_operations",
}
"""Any of these words, and none of those."""


def asked(condition: d.Part | None) -> dict[str, Any]:
    """The facts that a condition names, with what it wants of them."""
    if condition is None:
        return {}
    fields = {*ONE_OF, *SPANS, *OPPOSITES, *OPPOSITES.values(), "circumstances", "any_of"}
    found = {name: getattr(condition, name, None) for name in fields}
    return {name: want for name, want in found.items() if want is not None}


def words(name: str, want: Any) -> Words:
    """What a condition wants of a fact with words; codes as ranges."""
    if name.endswith(("diagnoses", "operations")):
        return frozenset(code_range(text) or (text, text) for text in want)
    return frozenset(want) if isinstance(want, list) else frozenset({want})


def span(name: str, want: d.IntRange | d.DateRange) -> Span:
    """What a condition wants of a number or date, within what it can be;
    empty when the end is not after the start."""
    low, high = SPANS[name]
    if isinstance(want, d.DateRange):
        start, end = _ordinal(want.start), _ordinal(want.until)
    else:
        start, end = want.least, None if want.most is None else want.most + 1
    return (low if start is None else max(low, start), high if end is None else min(high, end))


def _possible(want: d.IntRange) -> bool:
    low, high = span("age", want)
    return low < high


def _ordinal(day: datetime.date | None) -> int | None:
    return None if day is None else day.toordinal()


def shown(name: str, want: Any) -> str:
    """What a condition wants, for a message: ``hospital_level 2/3``."""
    if isinstance(want, d.IntRange):
        return f"{name} {'' if want.least is None else want.least}–{'' if want.most is None else want.most}"
    if isinstance(want, d.DateRange):
        return f"{name} {want.start or ''}–{want.until or ''}"
    items = want if isinstance(want, list) else [want]
    return f"{name} {'/'.join(str(item).lower() if isinstance(item, bool) else str(item) for item in items)}"


def implies(narrow: dict[str, Any], wide: dict[str, Any]) -> bool:
    """Does whatever meets ``narrow`` also meet ``wide``? (``asked`` of both.) False where it cannot be told."""
    return all(name in narrow and _within(name, narrow[name], want) for name, want in wide.items())


def _within(name: str, inner: Any, outer: Any) -> bool:
    if name == "any_of":
        return bool(inner == outer)
    if name in SPANS:
        (low, high), (least, most) = span(name, inner), span(name, outer)
        return least <= low and high <= most
    if name in OPPOSITES.values():
        return words(name, outer) <= words(name, inner)
    return words(name, inner) <= words(name, outer)


def left_over(whole: list[Span], taken: Iterable[Span]) -> list[Span]:
    """The parts of some spans that others leave over."""
    for low, high in taken:
        whole = [
            piece
            for start, end in whole
            for piece in ((start, min(end, low)), (max(start, high), end))
            if piece[0] < piece[1]
        ]
    return whole


@dataclass
class Admits:
    """What several conditions that must all hold leave possible, and which place said so.

    ``bands``: ages that a plan admits, as (sex, relation, span); any one of them will do; empty for all ages.
    """

    sets: dict[str, tuple[Words, Place]] = field(default_factory=dict)
    spans: dict[str, tuple[Span, Place]] = field(default_factory=dict)
    some: list[tuple[str, Words, Place]] = field(default_factory=list)
    none: dict[str, list[tuple[Words, Place]]] = field(default_factory=dict)
    bands: list[tuple[str | None, str | None, Span]] = field(default_factory=list)

    def copy(self) -> Admits:
        """Another that can be narrowed by itself."""
        none = {name: list(items) for name, items in self.none.items()}
        return Admits(dict(self.sets), dict(self.spans), list(self.some), none, list(self.bands))

    def clash(self, condition: d.Part | None) -> tuple[str, Any, Place] | None:
        """The first fact of which a condition leaves nothing: its name, what the condition wants,
        and who says otherwise."""
        wanted = asked(condition)
        for name, want in sorted(wanted.items()):
            against = self._against(name, want)
            if against is not None:
                return name, want, against
        if self.bands and not any(self._fits(band, wanted) for band in self.bands):
            for name in ("age", "sex", "relation"):
                if name in wanted and (name != "age" or _possible(wanted[name])):
                    return name, wanted[name], "who"
        return None

    def _against(self, name: str, want: Any) -> Place | None:
        if name in ONE_OF and name in self.sets:
            known, place = self.sets[name]
            return place if known.isdisjoint(words(name, want)) else None
        if name in SPANS:
            (low, high), place = self.spans.get(name, (SPANS[name], ""))
            least, most = span(name, want)
            return place if least < most and max(low, least) >= min(high, most) else None
        if name in OPPOSITES:
            for known, place in self.none.get(OPPOSITES[name], ()):
                if words(name, want) <= known:
                    return place
        for some, known, place in self.some:
            if OPPOSITES[some] == name and known <= words(name, want):
                return place
        return None

    def _fits(self, band: tuple[str | None, str | None, Span], wanted: dict[str, Any]) -> bool:
        sex, relation, (low, high) = band
        for name, value in (("sex", sex), ("relation", relation)):
            allowed = words(name, wanted[name]) if name in wanted else self.sets.get(name, (None, ""))[0]
            if value is not None and allowed is not None and value not in allowed:
                return False
        for ages in (
            self.spans.get("age", (SPANS["age"], ""))[0],
            span("age", wanted["age"]) if "age" in wanted else SPANS["age"],
        ):
            low, high = max(low, ages[0]), min(high, ages[1])
        return low < high

    def narrow(self, condition: d.Part | None, place: Place) -> None:
        """Add a condition that must hold as well. Alternatives (``any_of``) narrow nothing."""
        for name, want in asked(condition).items():
            if name in ONE_OF:
                known = self.sets.get(name)
                narrowed = words(name, want) if known is None else words(name, want) & known[0]
                self.sets[name] = (narrowed, place)
            elif name in SPANS:
                self.limit(name, span(name, want), place)
            elif name in OPPOSITES:
                self.some.append((name, words(name, want), place))
            elif name in OPPOSITES.values():
                self.none.setdefault(name, []).append((words(name, want), place))

    def limit(self, name: str, want: Span, place: Place) -> None:
        """Narrow a number or date to a span."""
        (low, high), _ = self.spans.get(name, (SPANS[name], ""))
        self.spans[name] = ((max(low, want[0]), min(high, want[1])), place)

    def pieces_of(self, name: str) -> list[Span]:
        """What a number or date can still be, in pieces: an age only what some band admits."""
        low, high = self.spans.get(name, (SPANS[name], ""))[0]
        bands = [ages for _, _, ages in self.bands] if name == "age" and self.bands else [(low, high)]
        pieces = [(max(low, start), min(high, end)) for start, end in bands]
        return [piece for piece in pieces if piece[0] < piece[1]]

    def set_of(self, name: str) -> Words:
        """What a fact of which every value is known can still be."""
        return self.sets.get(name, (FINITE[name], ""))[0] & FINITE[name]
