"""The shape of a plan in prose: sections of points, tables and boxes, free of any medium.

Terminal and report render the same ``Prose``; a test walks it. All texts are plain, without markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

RemarkKind = Literal["assumed", "reading", "note"]
BoxKind = Literal["assumed", "example"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What stands beside a rule: that its value is assumed, how an open text is read, a note for members."""

    kind: RemarkKind
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, with the clause or sources of its own."""

    cells: tuple[str, ...]
    cite: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``figures`` are the columns of numbers."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Point:
    """One statement: an optional label, the sentence, its clause or sources, remarks, a table and statements below it.

    ``original``: a title that the sentence gives in translation, in Chinese. ``plan``: id of the plan that the label, or
    without one the sentence, names.
    """

    text: str
    label: str = ""
    cite: str = ""
    remarks: tuple[Remark, ...] = ()
    table: Table | None = None
    more: tuple[Point, ...] = ()
    original: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A list of statements."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Set apart from the rules: assumed values, a worked example."""

    kind: BoxKind
    title: str
    blocks: tuple[Points | Table, ...]


Block = Points | Table | Box


@dataclass(frozen=True, slots=True)
class Section:
    """A part under a heading. ``key``: ``about``, ``price``, …, ``benefit:<id>``. ``parts`` are one level below."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    parts: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Prose:
    """A whole plan as a member reads it."""

    plan: str
    lang: str
    title: str
    status: str
    badge: str
    summary: str
    sections: tuple[Section, ...]


def texts(prose: Prose) -> Iterator[str]:
    """Every text in it, in reading order."""
    yield from (prose.title, prose.badge, prose.summary)
    for section in prose.sections:
        yield from _section_texts(section)


def _section_texts(section: Section) -> Iterator[str]:
    yield section.title
    for block in section.blocks:
        yield from _block_texts(block)
    for part in section.parts:
        yield from _section_texts(part)


def _block_texts(block: Block) -> Iterator[str]:
    if isinstance(block, Box):
        yield block.title
        for inner in block.blocks:
            yield from _block_texts(inner)
    elif isinstance(block, Table):
        yield from _table_texts(block)
    else:
        for point in block.points:
            yield from _point_texts(point)


def _point_texts(point: Point) -> Iterator[str]:
    yield from (point.label, point.text, point.original, point.cite)
    yield from (remark.text for remark in point.remarks)
    if point.table is not None:
        yield from _table_texts(point.table)
    for more in point.more:
        yield from _point_texts(more)


def _table_texts(table: Table) -> Iterator[str]:
    yield table.caption
    yield from table.head
    for row in table.rows:
        yield from row.cells
        yield row.cite
        yield from (remark.text for remark in row.remarks)
