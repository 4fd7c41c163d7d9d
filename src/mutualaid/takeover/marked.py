"""The file as it was read, with bad cells marked and what is wrong beside them: corrected, it is uploaded again."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import xlsxwriter

from mutualaid.takeover.columns import SHEETS, Sheet
from mutualaid.takeover.models import Takeover, TakeoverRow
from mutualaid.takeover.template import write_header

REMARK = "问题 · Remarks"
_AT_ONCE = 2000


def marked_workbook(takeover: Takeover) -> bytes:
    """An ``.xlsx`` with all rows that were read. Row after row goes to a file, so that size costs no memory."""
    with tempfile.TemporaryDirectory(prefix="takeover-") as folder:
        path = Path(folder, "marked.xlsx")
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False, "strings_to_formulas": False}
        book = xlsxwriter.Workbook(str(path), options)
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "faults": book.add_format({"num_format": "@", "bg_color": "#F8CBAD"}),
            "warnings": book.add_format({"num_format": "@", "bg_color": "#FFF2CC"}),
        }
        for sheet in (one for one in SHEETS if one.word in takeover.report.get("sheets", {})):
            _sheet(book, sheet, takeover, formats)
        if not book.worksheets():
            book.add_worksheet("空 · empty")
        book.close()
        return path.read_bytes()


def _sheet(book: Any, sheet: Sheet, takeover: Takeover, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(sheet.zh)
    last = len(sheet.columns)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width, formats["text"])
    page.set_column(last, last, 80)
    write_header(book, page, sheet)
    page.write_string(0, last, REMARK)
    page.freeze_panes(1, 1)
    rows = TakeoverRow.objects.filter(takeover=takeover, sheet=sheet.word).order_by("line")
    for at, row in enumerate(rows.iterator(chunk_size=_AT_ONCE), start=1):
        told = json.loads(row.content)["told"]
        marks = {one["field"]: "warnings" for one in row.warnings} | {one["field"]: "faults" for one in row.faults}
        for place, column in enumerate(sheet.columns):
            text = told.get(column.field, "")
            if text or column.field in marks:
                page.write_string(at, place, text, formats[marks.get(column.field, "text")])
        remarks = [f"第 {row.line} 行 · {one['zh']}" for one in (*row.faults, *row.warnings)]
        remarks += [f"可能是 {one['offered']}" for one in row.faults if one.get("offered")]
        if remarks:
            page.write_string(at, last, "；".join(remarks)[:32_000])
