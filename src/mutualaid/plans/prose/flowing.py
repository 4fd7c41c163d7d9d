"""Chinese text that flows on a terminal: lines break between characters, never before closing punctuation.

Rich breaks lines at spaces only, which would leave Chinese sentences cut off or on lines of their own.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_NOT_FIRST = frozenset("，。；：、！？）》”’】〕％%,.;:!?)]}…")
_NOT_LAST = frozenset("（《“‘【〔([{")
_WIDE = 2


class Flowing:
    """A ``Text`` broken into lines of the width that there is."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.split("\n", allow_blank=True):
            offsets = breaks(line.plain, options.max_width)
            for part in line.divide(offsets):
                part.rstrip()
                part.no_wrap = True
                part.overflow = "crop"
                yield part

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        lines = self.text.plain.split("\n")
        widest = max((cell_len(line) for line in lines), default=1)
        return Measurement(min(widest, 8), widest).with_maximum(options.max_width)


def breaks(text: str, width: int) -> list[int]:
    """Offsets at which to break so that no line is wider than ``width`` cells, where a place to break allows it."""
    offsets: list[int] = []
    start = used = 0
    place = 0
    for i, char in enumerate(text):
        if i > start and _may_break(text[i - 1], char):
            place = i
        size = cell_len(char)
        if used + size > width and i > start and char != " ":
            at = place if place > start else i
            offsets.append(at)
            used = cell_len(text[at:i])
            start = at
        used += size
    return offsets


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or after == " ":
        return False
    return before == " " or cell_len(before) == _WIDE or cell_len(after) == _WIDE
