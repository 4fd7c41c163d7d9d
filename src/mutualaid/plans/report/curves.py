"""Curves as inline SVG: whole-number coordinates, round axis labels, marginal rates, words for screen readers."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.plans.prose.wording import Wording
from mutualaid.plans.report.whatif import Line, WhatIf

WIDTH, HEIGHT = 3600, 2300
LEFT, RIGHT, TOP, BOTTOM = 520, 230, 260, 330
"""The drawing's size and margins, in tenths of a pixel of a phone's width."""
TICKS_MOST = 5
SHORT = 260
"""A stretch narrower than this carries no label."""

ROOM = 280
"""What a label needs to the left of its stretch."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside a stretch of the curve."""

    x: int
    y: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line: its name, its path, and the path of the area under it."""

    name: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the template needs to draw one curve."""

    title: str
    description: str
    x_title: str
    y_title: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Drawn, ...]
    labels: tuple[Label, ...]
    dot: tuple[int, int, str] | None
    hint: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


class _Scale:
    """From fen or days to places in the drawing."""

    def __init__(self, x_end: int, y_end: int) -> None:
        self.x_end, self.y_end = max(1, x_end), max(1, y_end)

    def x(self, value: int) -> int:
        return LEFT + (WIDTH - LEFT - RIGHT) * value // self.x_end

    def y(self, value: int) -> int:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value // self.y_end


def chart(what: WhatIf, name: str, of: str, say: Wording) -> Chart | None:
    """The drawing of a benefit's curves; None where there are none. ``of``: what the x axis counts."""
    if not what.lines:
        return None
    x_end = max(line.points[-1][0] for line in what.lines)
    highest = max(y for line in what.lines for _, y in line.points)
    y_step = tick_step(highest)
    y_end = -(-highest // y_step) * y_step
    money = what.kind == "base"
    scale = _Scale(x_end, y_end)
    x_step = tick_step(x_end)
    x_ticks = [Tick(scale.x(x), short(x, say) if money else str(x)) for x in range(0, x_end + 1, x_step)]
    y_ticks = [Tick(scale.y(y), short(y, say)) for y in range(0, y_end + 1, y_step)]
    single = what.lines[0] if len(what.lines) == 1 else None
    labels = _labels(single, scale, say, money=money) if single is not None else []
    hint = say("if.slope" if money else "if.slope_days") if labels else ""
    dot = None
    if what.example is not None:
        x, y = what.example
        dot = (scale.x(x), scale.y(y), say("if.point", x=say.money(x), y=say.money(y)))
    return Chart(
        say("if.curve", name=name, of=of),
        say.join((_description(line, say, money=money) for line in what.lines), "clauses"),
        of,
        say("if.paid"),
        tuple(x_ticks),
        tuple(y_ticks),
        tuple(_drawn(line, scale) for line in what.lines),
        tuple(labels),
        dot,
        hint,
    )


def tick_step(end: int) -> int:
    """A round step (one, two or five times a power of ten) that gives at most ``TICKS_MOST`` steps to the end."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if step * TICKS_MOST >= end:
                return step
        power *= 10


def short(fen: int, say: Wording) -> str:
    """An amount on an axis: in Chinese from ten thousand on in 万."""
    if say.zh and fen >= 1_000_000 and fen % 100_000 == 0:
        wan, rest = divmod(fen, 1_000_000)
        return say("if.wan", n=f"{wan:,}" + (f".{rest // 100_000}" if rest else ""))
    return say.figure(fen)


def _drawn(line: Line, scale: _Scale) -> Drawn:
    places = [(scale.x(x), scale.y(y)) for x, y in line.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    floor = scale.y(0)
    return Drawn(line.name, path, f"{path}L{places[-1][0]} {floor}L{places[0][0]} {floor}Z")


def _labels(line: Line, scale: _Scale, say: Wording, *, money: bool) -> list[Label]:
    """What each further yuan or day adds, on stretches wide enough to say it."""
    labels: list[Label] = []
    for (x0, y0), (x1, y1) in zip(line.points, line.points[1:], strict=False):
        left, right = scale.x(x0), scale.x(x1)
        if right - left < SHORT or (y0 == y1 == 0):
            continue
        middle = (left + right) // 2
        height = (scale.y(y0) + scale.y(y1)) // 2
        if y0 == y1:
            labels.append(Label(middle, height - 60, say("if.flat"), "middle"))
        else:
            text = _per_hundred(y1 - y0, x1 - x0) if money else _per_day(y1 - y0, x1 - x0, say)
            near = middle - 60 < LEFT + ROOM
            labels.append(
                Label(LEFT + 30, height - 130, text, "start") if near else Label(middle - 60, height - 40, text, "end")
            )
    return labels


def _per_hundred(rise: int, run: int) -> str:
    """``30%``: rounded to a tenth of a percent."""
    tenths = (rise * 2000 + run) // (2 * run)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def _per_day(rise: int, run: int, say: Wording) -> str:
    return say.money((rise * 2 + run) // (2 * run))


def _description(line: Line, say: Wording, *, money: bool) -> str:
    """The corner points in words."""
    points = [say("if.point", x=say.money(x) if money else say.days(x), y=say.money(y)) for x, y in line.points]
    text = say.join(points)
    return say("named", name=line.name, text=text) if line.name else text
