"""The workbook that an office fills in: a sheet of each kind with text columns, drop-downs, hints and an example, and notes."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from mutualaid.takeover.checking.used import COUNTERS
from mutualaid.takeover.columns import SHEETS, Column, Sheet
from mutualaid.takeover.reading import NOTES

ROWS_READY = 20_000
"""Rows that have drop-downs; more may be filled in."""
_WAY = (
    "1. 从旧系统导出数据，按各表填写；没有的表留空。带 * 的列必填。",
    "2. 证件号码、账号须为文本格式；从别处粘贴时请选“只粘贴文本”。单元格里不要有公式。",
    "3. “示例·”开头或示例证件号码的行不读入，可保留。",
    "4. 在管理端“接管”上传；系统只核对、不写入。有错误时下载标注的文件，改正后重新上传。",
    "5. 核对无误后提交，由财务或复核人员签署，再执行。执行完毕，系统从自己的表里重新合计并与“核对”表比较。",
    "English: headers in English are read as well. Rows that begin with 示例· are examples and are left out.",
)


def takeover_template() -> bytes:
    """An ``.xlsx`` for a take-over."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    text = book.add_format({"num_format": "@"})
    _notes(book)
    for sheet in SHEETS:
        _sheet(book, sheet, text)
    book.set_properties({"title": "旧系统接管 · Take-over"})
    book.close()
    return target.getvalue()


def write_header(book: Any, page: Any, sheet: Sheet) -> None:
    """The header of a sheet, in the first row; needed columns are marked."""
    needed = book.add_format({"bold": True, "bg_color": "#FDE9D9", "border": 1})
    other = book.add_format({"bold": True, "bg_color": "#EDEDED", "border": 1})
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, f"{column.zh}{'*' if column.needed else ''}", needed if column.needed else other)


def _sheet(book: Any, sheet: Sheet, text: Any) -> None:
    page = book.add_worksheet(sheet.zh)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width, text)
    write_header(book, page, sheet)
    for place, column in enumerate(sheet.columns):
        page.data_validation(1, place, ROWS_READY, place, _rule(column))
    example = {column.field: column.example for column in sheet.columns}
    if any(one.startswith("示例·") or one == "11010119000101000X" for one in example.values()):
        grey = book.add_format({"num_format": "@", "font_color": "#7F7F7F", "italic": True})
        for place, column in enumerate(sheet.columns):
            page.write_string(1, place, column.example, grey)
    page.freeze_panes(1, 1)


def _rule(column: Column) -> dict[str, object]:
    choices = (
        tuple(COUNTERS) if (column.field, column.zh) == ("what", "项目") and not column.choices else column.choices
    )
    rule: dict[str, object] = {"input_title": column.zh, "input_message": column.hint[:255], "ignore_blank": True}
    if choices:
        rule |= {"validate": "list", "source": list(choices)}
        rule |= {"error_title": column.zh, "error_message": f"请从下拉框选择。{column.hint}"[:255]}
    else:
        rule |= {"validate": "any"}
    return rule


def _notes(book: Any) -> None:
    page = book.add_worksheet(NOTES)
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 20)
    page.set_column(2, 2, 70)
    page.set_column(3, 3, 26)
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    row = 0
    for line in _WAY:
        page.merge_range(row, 0, row, 3, line, wrap)
        row += 1
    for sheet in SHEETS:
        row += 1
        page.write_string(row, 0, sheet.zh, bold)
        page.merge_range(row, 1, row, 3, sheet.about, wrap)
        for column in sheet.columns:
            row += 1
            page.write_string(row, 1, f"{column.zh}{'*' if column.needed else ''}")
            page.write_string(row, 2, column.hint)
            page.write_string(row, 3, column.example)
        row += 1
    row += 1
    page.write_string(row, 0, "累计项目", bold)
    page.merge_range(row, 1, row, 3, "、".join(COUNTERS), wrap)
    page.protect()
