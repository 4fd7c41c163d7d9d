"""Lists as Excel workbooks, the same in all portals.

``workbook("保障", columns, rows)`` answers with an ``.xlsx``. Rows are written one after the other into a file of a folder that
is gone afterwards, so a list of 200,000 needs no more memory than one of 20. Hand it an iterator:
``queryset.iterator(chunk_size=2000)``. ``report(title, cover, sheets)`` answers with several sheets behind a cover.

Texts are written as texts: no cell that somebody typed becomes a formula or a link, no long number loses its digits. Amounts are
numbers, with the unit in the header. Personal numbers go in as they are shown: masked by the caller (``Column(…, masked)``).
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from mutualaid.core import papers

ROWS_MOST = 200_000
"""Of one workbook; what is more is left out, and the last row says so."""
TEXT_MOST = 32_767
"""Characters of a cell of Excel's."""
_FORMATS = {
    "text": {"num_format": "@"},
    "amount": {"num_format": "#,##0.00"},
    "days": {"num_format": "#,##0.0"},
    "whole": {"num_format": "#,##0"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
}


@dataclass(frozen=True)
class Column:
    """One column. ``value``: a function of the row. ``kind``: ``text``, ``amount`` (Decimal of yuan), ``whole`` (int), ``days``
    (Decimal), ``day`` (date) or ``moment`` (aware datetime); None leaves the cell empty. ``width`` in characters."""

    header: str
    value: Callable[[Any], Any]
    kind: str = "text"
    width: int = 16

    def __post_init__(self) -> None:
        if self.kind not in _FORMATS:
            raise ValueError(f"expected one of {sorted(_FORMATS)}, found {self.kind!r}")


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook of several. ``strong``: whether a row is a sum, written bold."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Any]
    strong: Callable[[Any], bool] = lambda row: False


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """An ``.xlsx`` to be saved, named by the title and the day. Headers are bold and stay in sight, columns can be filtered."""
    return _answer(title, content(title, columns, rows))


def content(title: str, columns: Sequence[Column], rows: Iterable[Any]) -> bytes:
    """The bytes of the workbook."""
    return _made([Sheet(title, columns, rows)], ())


def report(title: str, cover: Iterable[tuple[str, str]], sheets: Sequence[Sheet]) -> HttpResponse:
    """An ``.xlsx`` of several sheets behind a cover, whose lines are a name and a text; a line without a text is a heading."""
    return _answer(title, _made(sheets, [(title, ""), *cover]))


def _answer(title: str, data: bytes) -> HttpResponse:
    now = timezone.localtime()
    response = HttpResponse(data, content_type=papers.XLSX)
    name = papers.clean_name(f"{title} {now:%Y-%m-%d}.xlsx", kind="export", media_type=papers.XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _made(sheets: Sequence[Sheet], cover: Sequence[tuple[str, str]]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder, "export.xlsx")
        book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": folder, "remove_timezone": True, "strings_to_urls": False}
        )
        if cover:
            _write_cover(book, cover)
        for sheet in sheets:
            _write_sheet(book, sheet)
        book.close()
        return path.read_bytes()


def _write_cover(book: Any, cover: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(_sheet_name(_("封面")))
    head, text = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    for line, (name, value) in enumerate(cover):
        sheet.write_string(line, 0, name, text if value else head)
        sheet.write_string(line, 1, value[:TEXT_MOST], text)


def _write_sheet(book: Any, wanted: Sheet) -> None:
    columns = wanted.columns
    sheet = book.add_worksheet(_sheet_name(wanted.title))
    formats = {kind: book.add_format(style) for kind, style in _FORMATS.items()}
    strong = {kind: book.add_format({**style, "bold": True, "top": 1}) for kind, style in _FORMATS.items()}
    head = book.add_format({"bold": True, "bg_color": "#EEF1F4", "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.header, head)
    line = 0
    for line, row in enumerate(wanted.rows, start=1):
        if line > ROWS_MOST:
            told = _("最多导出 %(most)d 行，其余未列出；请缩小筛选范围后再导出") % {"most": ROWS_MOST}
            sheet.write_string(line, 0, told)
            break
        styles = strong if wanted.strong(row) else formats
        for place, column in enumerate(columns):
            _write(sheet, line, place, column, column.value(row), styles[column.kind])
    if columns:
        sheet.autofilter(0, 0, min(line, ROWS_MOST), len(columns) - 1)


def _write(sheet: Any, line: int, place: int, column: Column, value: Any, style: Any) -> None:
    if value is None:
        return
    if column.kind == "text":
        sheet.write_string(line, place, str(value)[:TEXT_MOST], style)
    elif isinstance(value, datetime.datetime):
        sheet.write_datetime(line, place, timezone.localtime(value).replace(tzinfo=None), style)
    elif isinstance(value, datetime.date):
        sheet.write_datetime(line, place, datetime.datetime.combine(value, datetime.time()), style)
    else:
        # Excel keeps numbers in binary, with 15 digits: enough for fen of any amount that our columns hold.
        sheet.write_number(line, place, Decimal(value), style)


def _sheet_name(title: str) -> str:
    """Excel takes 31 characters, and none of these."""
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in title).strip()[:31] or "Sheet1"
