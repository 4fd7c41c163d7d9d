"""Tables and curves of what a benefit pays: by base, by days, by grade of disability, by case. Every figure is the engine's.

Coordinates are whole numbers (fen or days, fen); where a curve bends or jumps it is sampled on both sides.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from benefit_engine.money import WHOLE
from mutualaid.plans import document as d
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.conditions import condition
from mutualaid.plans.prose.scenes import Asked, Paid, Scene
from mutualaid.plans.prose.stays import Stay
from mutualaid.plans.prose.writer import Writer

Kind = Literal["base", "stay", "rest", "both", "grade", "case"]
Column = tuple[str, Scene, d.Trigger | None]
"""One case of the table: its name, the scene that answers, and the condition to satisfy."""

BASES = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 50_000, 100_000, 200_000)
"""Yuan: bases that a member asks about."""
DAYS = (1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 180)
SAMPLES = 40
ROWS_MOST, COLUMNS_MOST = 14, 5
FURTHEST = 5
"""A cap that is reached within so many times the last bracket's beginning is shown on the curve."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: a case of the benefit and its corner points."""

    name: str
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a benefit pays: ``rows`` of (x, paid per column); curves where x is an amount or a number of days."""

    kind: Kind
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Paid, ...]], ...]
    names: tuple[str, ...] = ()
    """Names of the rows, where x is only their number."""
    lines: tuple[Line, ...] = ()
    example: tuple[int, int] | None = None
    """The point of the worked example."""


def what_if(w: Writer, benefit: d.Benefit, library: Loaded) -> WhatIf | None:
    """Table and curves of one benefit; None where nothing varies or no ordinary case is paid."""
    scene = Scene(w.document, benefit, library)
    if not scene.paid(Asked())[0]:
        return None
    if scene.base is not None:
        return None if scene.base.collects else _benefit_curved(w, scene, "base", _bases(scene))
    days = [way.days for way in scene.ways if way.days is not None]
    if days:
        kinds = {rule.of for rule in days}
        return _benefit_curved(w, scene, "both" if len(kinds) > 1 else days[0].of, _day_counts(days))
    sums = [way.sum for way in scene.ways if way.sum is not None]
    if sums and sums[0].ladder is not None:
        return _table(_columns(w, scene), "grade", list(range(1, 11)))
    return _cases(w, scene, sums[0].amount) if sums else None


def what_if_stays(stays: list[tuple[str, Stay]], example: int) -> WhatIf:
    """Table and curves of what a combination pays in all, by the total of the bill; ``example``: that of its example."""
    columns: list[Column] = [(name, stay, None) for name, stay in stays]
    xs = [base * 100 for base in BASES]
    end = max(_grown(stay, nice(xs[-1])) for _, stay in stays)
    paid = max(stay.paid(Asked(base=example))[0] for _, stay in stays)
    return _curved(columns, "base", xs, end, (example, paid) if example <= end else None)


def _ask(kind: Kind, x: int, when: d.Trigger | None) -> Asked:
    if kind == "base":
        return Asked(base=x, when=when)
    return Asked(grade=x, when=when) if kind == "grade" else Asked(days=x, when=when)


def compared(versions: Sequence[tuple[str, Writer, d.Benefit, Loaded]]) -> list[tuple[str, WhatIf]]:
    """One benefit in several versions of a plan: for each case that they share its name, their curves to one end, and what
    each of them pays for the figures that any of their tables shows.

    Each version is its name, a writer of its document, the benefit (with ``like`` resolved) and a library that holds it.
    """
    drawn = [(name, w, Scene(w.document, one, library), what_if(w, one, library)) for name, w, one, library in versions]
    known = [
        (name, {column: (one, when) for column, one, when in _columns(w, scene)}, what)
        for name, w, scene, what in drawn
        if what and what.lines
    ]
    if len({what.kind for _, _, what in known}) != 1:
        return []
    kind = known[0][2].kind
    shared = [column for column in known[0][1] if all(column in columns for _, columns, _ in known)]
    end = max(line.points[-1][0] for _, _, what in known for line in what.lines)
    xs = sorted({x for _, _, what in known for x, _ in what.rows})
    return [
        (
            column,
            WhatIf(
                kind,
                tuple(name for name, _, _ in known),
                tuple(
                    (x, tuple(columns[column][0].paid(_ask(kind, x, columns[column][1])) for _, columns, _ in known))
                    for x in xs
                ),
                lines=tuple(
                    Line(name, _corner_points(columns[column][0], kind, end, columns[column][1]))
                    for name, columns, _ in known
                ),
            ),
        )
        for column in shared
    ]


# -- tables -------------------------------------------------------------------------------------------------------------


def _columns(w: Writer, scene: Scene) -> list[Column]:
    """The cases that make a difference: rows of the first choice that has several; one nameless column otherwise."""
    for whens in _choices(scene):
        named = [when for when in whens if when is not None]
        if len(whens) > 1 and named:
            return [(condition(w, when), scene, when) for when in named[:COLUMNS_MOST]]
    return [("", scene, None)]


def _choices(scene: Scene) -> Iterable[list[d.When | None]]:
    for way in scene.ways:
        if way.rate is not None:
            yield [table.when for table in way.rate.tables]
        if way.deductible is not None:
            yield [row.when for row in way.deductible.amount]
        if way.days is not None:
            yield [row.when for row in way.days.per_day]
        if way.sum is not None:
            yield [row.when for row in way.sum.amount]
        if way.base is not None and way.base.share is not None:
            yield [row.when for row in way.base.share]
    for cap in scene.benefit.caps:
        yield [row.when for row in cap.amount]


def _table(columns: list[Column], kind: Kind, xs: list[int]) -> WhatIf:
    rows = tuple((x, tuple(scene.paid(_ask(kind, x, when)) for _, scene, when in columns)) for x in xs)
    return WhatIf(kind, tuple(name for name, *_ in columns), rows)


def _cases(w: Writer, scene: Scene, amounts: list[d.YuanRow]) -> WhatIf | None:
    """A lump sum's cases, each with what the engine pays in it."""
    named = [row.when for row in amounts if row.when is not None]
    if len(named) < max(2, len(amounts)):
        return None
    rows = tuple((i, (scene.paid(Asked(when=when)),)) for i, when in enumerate(named))
    return WhatIf("case", ("",), rows, tuple(condition(w, when) for when in named))


def _bends(scene: Scene) -> list[int]:
    """Fen of base at which the formula bends: ends of brackets (shifted by what is deducted first), deductibles."""
    found: set[int] = set()
    for way in scene.ways:
        if way.base is None:
            continue
        deductible = way.deductible
        taken = deductible.amount[0].value if deductible is not None else 0
        share = way.base.share[0].value if way.base.share is not None else WHOLE
        shift = 0 if deductible is not None and deductible.threshold else taken
        ends = [shift] if taken == shift else [taken]
        for table in way.rate.tables if way.rate is not None else ():
            brackets = table.brackets or ()
            ends += [bracket.over + shift for bracket in brackets]
            ends += [bracket.up_to + shift for bracket in brackets if bracket.up_to is not None]
        found.update(math.ceil(Fraction(end * WHOLE, share or WHOLE) * scene.scale) for end in ends)
    return sorted(found - {0})


def _bases(scene: Scene) -> list[int]:
    """Bases for the table: round sums and the bends between them, not more than a page of a phone holds."""
    bends = [bend for bend in _bends(scene) if bend <= BASES[-1] * 100]
    xs = sorted({*(base * 100 for base in BASES), *bends})
    while len(xs) > ROWS_MOST:
        xs.remove(min((x for x in xs if x not in bends), key=lambda x: _gap(xs, x), default=xs[-1]))
    return xs


def _gap(xs: list[int], x: int) -> int:
    """How near a row is to its neighbours, in thousandths of itself: the nearest is left out first."""
    i = xs.index(x)
    return min((abs(x - y) * 1000 // x for y in xs[max(0, i - 1) : i + 2] if y != x), default=1000)


def _day_counts(rules: list[d.Days]) -> list[int]:
    edges = {edge for rule in rules for edge in (rule.after, rule.after + 1, *(cap.days for cap in rule.caps)) if edge}
    xs = sorted({*DAYS, *edges})
    while len(xs) > ROWS_MOST:
        xs.remove(min((x for x in xs if x not in edges), key=lambda x: _gap(xs, x), default=xs[-1]))
    return xs


# -- curves -------------------------------------------------------------------------------------------------------------


def _benefit_curved(w: Writer, scene: Scene, kind: Kind, xs: list[int]) -> WhatIf:
    columns = _columns(w, scene)
    whens = [when for *_, when in columns]
    end = max(_furthest(scene, when) if kind == "base" else _furthest_day(scene, xs, when) for when in whens)
    x = scene.usual_base() if kind == "base" else None
    example = (x, scene.paid(Asked())[0]) if x is not None and x <= end and len(columns) == 1 else None
    return _curved(columns, kind, xs, end, example)


def _curved(columns: list[Column], kind: Kind, xs: list[int], end: int, example: tuple[int, int] | None) -> WhatIf:
    table = _table(columns, kind, xs)
    lines = tuple(Line(name, _corner_points(scene, kind, end, when)) for name, scene, when in columns)
    return WhatIf(kind, table.columns, table.rows, (), lines, example)


def _furthest(scene: Scene, when: d.Trigger | None) -> int:
    """The right end of the axis: past the last bend, and past the cap where that is not far off."""
    last = max(_bends(scene), default=0)
    end = nice(max(last * 3 // 2, 2_000_000))
    capped = _reached(scene, end * FURTHEST, when)
    return nice(max(last, capped) * 5 // 4) if capped is not None else end


def _furthest_day(scene: Scene, xs: list[int], when: d.Trigger | None) -> int:
    """Past the day on which no more is added."""
    most = scene.paid(Asked(days=xs[-1], when=when))[0]
    reached = next((x for x in xs if scene.paid(Asked(days=x, when=when))[0] == most), xs[-1])
    return nice(max(10, reached * 5 // 4))


def _reached(scene: Scene, furthest: int, when: d.Trigger | None) -> int | None:
    """The least base from which a cap cuts; None when none does up to ``furthest``."""

    def cuts(x: int) -> bool:
        return "cap_reached" in scene.paid(Asked(base=x, when=when))[1]

    return _least(cuts, furthest) if cuts(furthest) else None


def _grown(stay: Stay, furthest: int) -> int:
    """The right end of the axis of all plans together: past the bill from which on no more is paid."""
    most = stay.paid(Asked(base=furthest))[0]
    least = _least(lambda x: stay.paid(Asked(base=x))[0] == most, furthest)
    return min(furthest, nice(max(least, 2_000_000) * 5 // 4))


def _least(holds: Callable[[int], bool], high: int) -> int:
    """The least whole number above zero for which something holds; it holds for ``high``, and for all from the first on."""
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _corner_points(scene: Scene, kind: Kind, end: int, when: d.Trigger | None) -> tuple[tuple[int, int], ...]:
    """Ask evenly, at every bend that the document names, and between wherever the line is not straight."""
    known: dict[int, int] = {} if kind == "base" else {0: 0}

    def pays(x: int) -> int:
        if x not in known:
            known[x] = scene.paid(_ask(kind, x, when))[0]
        return known[x]

    if kind != "base":
        return corners([(x, pays(x)) for x in range(end + 1)])
    capped = _reached(scene, end, when)
    places = {0, end, *range(0, end, max(1, end // SAMPLES))}
    for bend in (*_bends(scene), *((capped,) if capped is not None else ())):
        places |= {x for x in (bend, *_jump(pays, bend)) if x <= end}
    return corners([(x, pays(x)) for x in _refined(sorted(places), pays)])


def _jump(pays: Callable[[int], int], x: int) -> list[int]:
    """The neighbours of a place, where the line jumps between it and them."""
    return [y for y in (x - 1, x + 1) if abs(pays(x) - pays(y)) > 2]


def _refined(places: list[int], pays: Callable[[int], int]) -> list[int]:
    """More places between those between which the line is not straight, to the yuan."""
    found = set(places)
    spans = list(itertools.pairwise(places))
    while spans:
        low, high = spans.pop()
        if high - low <= 100:
            continue
        inner = sorted({low + (high - low) // part for part in (2, 3, 7)})
        if not _straight([(x, pays(x)) for x in (low, *inner, high)]):
            middle = (low + high) // 2
            found.add(middle)
            spans += [(low, middle), (middle, high)]
    return sorted(found)


def corners(points: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The points at which a line bends; those that lie on a straight line to within two fen are left out."""
    kept = points[:1]
    start = 0
    for i in range(2, len(points) + 1):
        if i < len(points) and _straight(points[start : i + 1]):
            continue
        kept.append(points[i - 1])
        start = i - 1
    return tuple(dict.fromkeys(kept))


def _straight(points: list[tuple[int, int]]) -> bool:
    (x0, y0), (x1, y1) = points[0], points[-1]
    slack = 2 * (x1 - x0)
    return all(abs((y - y0) * (x1 - x0) - (y1 - y0) * (x - x0)) <= slack for x, y in points[1:-1])


def nice(value: int) -> int:
    """The next round number: one, two, two and a half or five, times a power of ten, or a few of the power."""
    power = int("1" + "0" * (len(str(value)) - 1))
    for tenths in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100):
        if power * tenths // 10 >= value:
            return power * tenths // 10
    return value
