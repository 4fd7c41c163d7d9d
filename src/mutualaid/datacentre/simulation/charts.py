"""Bars as inline SVG: whole-number coordinates, a title on every bar, words for screen readers.

The drawings have the width and the type size of the curves (``mutualaid.plans.report.curves``), so that all of a page's
charts look alike. Colours are classes: ``a`` and ``b`` for before and after, ``k1`` … ``k6`` for benefits; pairs are told
apart by lightness and place too, so that nothing hangs on colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mutualaid.datacentre.simulation.model import MonthRow
from mutualaid.datacentre.simulation.tables import Tables
from mutualaid.plans.report.curves import WIDTH, short, tick_step

COLOURS = 6
NAMES = 1060
"""Width of the names to the left of lying bars."""
ROOM = 680
"""What the figure behind the longest bar needs."""
BAR, GAP, BETWEEN = 110, 14, 110
"""Height of a lying bar, between the two of a pair, between pairs."""
LEFT, TOP, FLOOR, TALL = 520, 260, 200, 2300
"""Margins and height of the chart of months."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: place and size, class, what it says when pointed at."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    hint: str


@dataclass(frozen=True, slots=True)
class Word:
    """A text in the drawing; ``anchor``: start, middle or end."""

    x: int
    y: int
    text: str
    anchor: str = "start"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart of bars. ``lines``: (x1, y1, x2, y2) of the grid. ``legend``: class and name."""

    title: str
    description: str
    height: int
    bars: tuple[Bar, ...]
    words: tuple[Word, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    legend: tuple[tuple[str, str], ...]
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Couple:
    """One group of a chart of lying bars: its name, the lengths before and after, and what they say."""

    name: str
    before: int
    after: int
    texts: tuple[str, str]


def lying(title: str, couples: Sequence[Couple], names: tuple[str, str], bar_hint: str) -> Drawing | None:
    """Pairs of lying bars; ``bar_hint`` has ``{name}``, ``{side}`` and ``{text}``."""
    longest = max((max(one.before, one.after) for one in couples), default=0)
    if not longest:
        return None
    wide = WIDTH - NAMES - ROOM
    bars, words = [], []
    y = 30
    for one in couples:
        words.append(Word(NAMES - 70, y + BAR + GAP + 28, one.name, "end"))
        for kind, value, text, side in zip("ab", (one.before, one.after), one.texts, names, strict=True):
            length = max(wide * value // longest, 6) if value else 0
            if length:
                bars.append(Bar(NAMES, y, length, BAR, kind, bar_hint.format(name=one.name, side=side, text=text)))
            words.append(Word(NAMES + length + 40, y + 94, text, "start", "value"))
            y += BAR + GAP
        y += BETWEEN - GAP
    described = "; ".join(bar.hint for bar in bars)
    axis = ((NAMES, 0, NAMES, y - BETWEEN + 30),)
    return Drawing(
        title, described, y - BETWEEN + 60, tuple(bars), tuple(words), axis, tuple(zip("ab", names, strict=True))
    )


@dataclass(frozen=True, slots=True)
class Sides:
    """One group of a diverging chart: fen gained and lost, and what the bars say."""

    name: str
    gained: int
    lost: int
    texts: tuple[str, str]
    hints: tuple[str, str]


def diverging(title: str, groups: Sequence[Sides], names: tuple[str, str]) -> Drawing | None:
    """Losses to the left, gains to the right of one line; (left, right) are the ``names``."""
    gained, lost = max((one.gained for one in groups), default=0), max((one.lost for one in groups), default=0)
    if not gained + lost:
        return None
    rooms = (ROOM if lost else 0) + (ROOM if gained else 0)
    wide = WIDTH - NAMES - rooms
    zero = NAMES + (ROOM + wide * lost // (gained + lost) if lost else 0)
    bars, words = [], []
    y = 30
    for one in groups:
        words.append(Word(NAMES - 70, y + 100, one.name, "end"))
        for value, kind, text, hint in zip(
            (one.lost, one.gained), ("lost", "gained"), one.texts, one.hints, strict=True
        ):
            if not value:
                continue
            length = max(wide * value // (gained + lost), 6)
            right = kind == "gained"
            bars.append(Bar(zero if right else zero - length, y, length, BAR + 30, kind, hint))
            words.append(
                Word(
                    zero + length + 40 if right else zero - length - 40,
                    y + 110,
                    text,
                    "start" if right else "end",
                    "value",
                )
            )
        y += BAR + 30 + BETWEEN
    described = "; ".join(bar.hint for bar in bars)
    end = y - BETWEEN + 30
    legend = tuple(
        (kind, name) for kind, name, most in zip(("lost", "gained"), names, (lost, gained), strict=True) if most
    )
    return Drawing(title, described, end + 30, tuple(bars), tuple(words), ((zero, 0, zero, end),), legend)


def months(rows: Sequence[MonthRow], tables: Tables) -> Drawing | None:
    """Standing bars, two a month, each stacked by benefit in the order of the plan."""
    say = tables.say
    names = _without_gaps({row.month for row in rows})
    benefits = sorted({row.benefit for row in rows}, key=tables.place)
    paid = {(row.month, row.benefit): (row.paid.before, row.paid.after) for row in rows}
    sums = [sum(paid.get((month, benefit), (0, 0))[i] for benefit in benefits) for month in names for i in (0, 1)]
    if not any(sums):
        return None
    step = tick_step(max(sums))
    top = -(-max(sums) // step) * step
    floor, high = TALL - FLOOR, TALL - FLOOR - TOP
    slot = (WIDTH - LEFT - 60) // len(names)
    wide = max(4, slot * 38 // 100)
    bars, words, lines = [], [], []
    for tick in range(0, top + 1, step):
        y = floor - high * tick // top
        lines.append((LEFT, y, WIDTH, y))
        words.append(Word(LEFT - 50, y + 38, short(tick, say), "end"))
    words.append(Word(LEFT - 60, 110, say("if.paid"), "middle", "axis"))
    every = -(-len(names) // 12)
    several = names[0][:4] != names[-1][:4]
    for i, month in enumerate(names):
        x = LEFT + slot * i + (slot - 2 * wide) // 2
        if i % every == 0:
            words.append(Word(x + wide, floor + 140, say.month_short(int(month[5:]), first=i == 0), "middle"))
        if several and (i == 0 or month.endswith("-01")):
            words.append(Word(x + wide, floor + 290, month[:4], "middle"))
        for side in (0, 1):
            y = floor
            for benefit in benefits:
                fen = paid.get((month, benefit), (0, 0))[side]
                tall = high * fen // top
                if not tall:
                    continue
                y -= tall
                hint = say(
                    "chart.month",
                    month=month,
                    name=tables.benefit_name(benefit),
                    side=tables.sides[side],
                    amount=say.money(fen),
                )
                colour = f"k{min(benefits.index(benefit), COLOURS - 1) + 1}"
                bars.append(Bar(x + side * wide, y, wide - 6, tall, f"{colour} {'ab'[side]}", hint))
    legend = tuple((f"k{min(i, COLOURS - 1) + 1}", tables.benefit_name(benefit)) for i, benefit in enumerate(benefits))
    described = "; ".join(bar.hint for bar in bars)
    tall = TALL + (150 if several else 0)
    return Drawing(say("chart.months"), described, tall, tuple(bars), tuple(words), tuple(lines), legend)


def _without_gaps(months: set[str]) -> list[str]:
    """Every month (``YYYY-MM``) from the first to the last, also those in which nothing was paid."""
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in months]
    every = range(min(numbers), max(numbers) + 1) if numbers else ()
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in every]
