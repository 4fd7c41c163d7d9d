"""The workbook that was brought, with its bad cells marked: the same rows, titles, order and columns, behind a list of faults.

Written row by row, so that a large one needs little memory. Colours, widths and drop-downs of the original are not kept: a
clerk mends the values and uploads the file again.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from mutualaid.enrolment.roster.columns import BY_FIELD
from mutualaid.enrolment.roster.files import Book, Cells, Sheet, opened
from mutualaid.enrolment.roster.reading import ABOUT, EXAMPLES, FAULTS, NOTES, ROSTER

COMMENTS_MOST = 2_000
"""A spreadsheet becomes slow with more; the list says all."""
LINKS_MOST = 2_000
_TOLD_EACH = 2_000
_TEXT_MOST = 32_767
_LEFT_OUT = (FAULTS, EXAMPLES, NOTES)


@dataclass(frozen=True)
class Mark:
    """A fault. ``field``: of the cell; one of no column marks the name. ``row``: what the list says of it, by its headers."""

    field: str
    comment: str
    row: Sequence[str]


@dataclass(frozen=True)
class Marks:
    """What is marked. ``columns``: the field of each column, by place; ``last``: the number of the header's last row; ``faults``:
    by number of row; ``mended``: texts instead of those of the file, by number of row and field; ``headers``: of the
    list; ``said``: lines above it."""

    sheet: str
    columns: Sequence[str | None]
    last: int
    faults: Mapping[int, Sequence[Mark]]
    headers: Sequence[str]
    said: Sequence[str] = ()
    mended: Mapping[tuple[int, str], str] = field(default_factory=dict)


def marked(*, content: bytes, marks: Marks, told: Callable[[int], None] = lambda _row: None) -> bytes:
    """The bytes of an ``.xlsx``; ``told`` is called with the number of the row that is written. Raises NotARoster where
    the file cannot be read."""
    source = opened(content)
    with tempfile.TemporaryDirectory(prefix="marked-") as folder:
        path = Path(folder, "marked.xlsx")
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_urls": False,
            "strings_to_formulas": False,
            "default_date_format": "yyyy-mm-dd",
            "nan_inf_to_errors": True,
        }
        book = xlsxwriter.Workbook(str(path), options)
        writer = _Writer(book, source, marks, told)
        writer.write_list()
        for sheet in source.sheets:
            if sheet.name == ABOUT or (not sheet.hidden and sheet.name not in _LEFT_OUT):
                writer.write_sheet(sheet)
        book.close()
        return path.read_bytes()


class _Writer:
    def __init__(self, book: Any, source: Book, marks: Marks, told: Callable[[int], None]) -> None:
        self.book, self.source, self.marks, self.told = book, source, marks, told
        self.bad = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1, "num_format": "@"})
        self.bad_number = book.add_format(
            {"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1, "num_format": "0"}
        )
        self.done = book.add_format({"bg_color": "#C6EFCE", "font_color": "#006100", "border": 1, "num_format": "@"})
        self.text = book.add_format({"num_format": "@"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.head = book.add_format({"bold": True, "bg_color": "#EEF1F4", "bottom": 1, "text_wrap": True})
        self.title = book.add_format({"bold": True, "align": "center"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        self.comments = 0

    def name_of(self, sheet: Sheet) -> str:
        """A CSV has no name of its own."""
        return ROSTER if self.source.kind == "csv" else sheet.name

    def write_list(self) -> None:
        """The first sheet: what is wrong, row by row."""
        sheet = self.book.add_worksheet(FAULTS)
        for place, width in enumerate((8, 12, 14, 24, 40, 40, 22)):
            sheet.set_column(place, place, width)
        line = 0
        for text in self.marks.said:
            sheet.write_string(line, 0, text)
            line += 1
        for place, word in enumerate(self.marks.headers):
            sheet.write_string(line, place, word, self.head)
        sheet.freeze_panes(line + 1, 0)
        first = line
        name = self.name_of(self.source.named(self.marks.sheet)).replace("'", "''")
        links = 0
        for number in sorted(self.marks.faults):
            for mark in self.marks.faults[number]:
                line += 1
                links += 1
                if links <= LINKS_MOST:
                    sheet.write_url(line, 0, f"internal:'{name}'!A{number}", string=str(number))
                else:
                    sheet.write_number(line, 0, number)
                for place, text in enumerate(mark.row, start=1):
                    sheet.write_string(line, place, text[:_TEXT_MOST], self.wrap)
        sheet.autofilter(first, 0, max(line, first), len(self.marks.headers) - 1)

    def write_sheet(self, sheet: Sheet) -> None:
        """One sheet as it was; the roster with its marks."""
        page = self.book.add_worksheet(self.name_of(sheet))
        if sheet.name == ABOUT:
            page.very_hidden()
        is_roster = sheet.name == self.marks.sheet
        merged = {(top, left): right for (top, left), (bottom, right) in sheet.merged if top == bottom and right > left}
        if is_roster:
            for place, name in enumerate(self.marks.columns):
                page.set_column(place, place, BY_FIELD[name].width if name else 12, self.text if name else None)
            page.freeze_panes(self.marks.last, 0)
        for number, cells in sheet.rows():
            if number % _TOLD_EACH == 0:
                self.told(number)
            marks = self.marks.faults.get(number, ()) if is_roster else ()
            if number in sheet.inside.hidden and not marks:
                page.set_row(number - 1, None, None, {"hidden": True})
            self._row(page, number, cells, marks, merged, is_roster=is_roster)

    def _row(
        self,
        page: Any,
        number: int,
        cells: Cells,
        marks: Sequence[Mark],
        merged: Mapping[tuple[int, int], int],
        *,
        is_roster: bool,
    ) -> None:
        by_place = self._placed(marks) if marks else {}
        covered = -1
        for place in range(max(len(cells), *(at + 1 for at in by_place), 0) if by_place else len(cells)):
            cell = cells[place] if place < len(cells) else ""
            if place <= covered:
                continue
            if place in by_place:
                self._bad(page, number, place, cell, by_place[place])
                continue
            right = merged.get((number - 1, place))
            if right is not None and isinstance(cell, str) and right < len(cells):
                page.merge_range(number - 1, place, number - 1, right, cell, self.title)
                covered = right
                continue
            name = self.marks.columns[place] if is_roster and place < len(self.marks.columns) else None
            if name is not None and (mended := self.marks.mended.get((number, name))) is not None:
                page.write_string(number - 1, place, mended, self.done)
            elif cell != "":
                self._cell(page, number - 1, place, cell, self.text if name else None)

    def _placed(self, marks: Sequence[Mark]) -> dict[int, list[Mark]]:
        """By the column that is marked: a fault of no column marks the name."""
        places = {name: place for place, name in enumerate(self.marks.columns) if name is not None}
        found: dict[int, list[Mark]] = {}
        for mark in marks:
            found.setdefault(places.get(mark.field, places.get("name", 0)), []).append(mark)
        return found

    def _bad(self, page: Any, number: int, place: int, cell: Any, marks: Sequence[Mark]) -> None:
        name = self.marks.columns[place] if place < len(self.marks.columns) else None
        mended = self.marks.mended.get((number, name)) if name is not None else None
        if cell == "" and mended is None:
            page.write_blank(number - 1, place, None, self.bad)
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            page.write_number(number - 1, place, cell, self.bad_number)
        else:
            self._cell(page, number - 1, place, mended or cell, self.bad)
        self.comments += 1
        if self.comments <= COMMENTS_MOST:
            page.write_comment(
                number - 1, place, "\n".join(mark.comment for mark in marks), {"x_scale": 2, "y_scale": 1.4}
            )

    def _cell(self, page: Any, line: int, place: int, cell: Any, style: Any) -> None:
        if isinstance(cell, bool):
            page.write_boolean(line, place, cell)
        elif isinstance(cell, int | float):
            page.write_number(line, place, cell)
        elif isinstance(cell, datetime.datetime | datetime.date):
            page.write_datetime(line, place, cell, self.day)
        else:
            page.write_string(line, place, str(cell)[:_TEXT_MOST], style)
