"""The Excel template of a roster: text columns, drop-downs, hints, an example, and for which enrolment it is."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.roster.columns import COLUMNS, EMPLOYMENTS, INSURANCES, KINDS, SEXES, Column, columns_for
from mutualaid.enrolment.roster.reading import ABOUT, EXAMPLE_NUMBER, EXAMPLES, MARK, NOTES, ROSTER
from mutualaid.plans.offering import most_units, needed_facts
from mutualaid.plans.queries import document_of, parts_of

ROWS_READY = 5000
"""Rows that have drop-downs and formats; more may be filled in."""
_EXAMPLE = {
    "name": "示例·林晓禾",
    "identity_kind": "居民身份证",
    "identity_number": EXAMPLE_NUMBER,
    "phone": "13900000000",
    "units": "1",
    "employment": "在职",
    "basic_insurance": "职工医保",
}


def roster_template(*, enrolment: Enrolment) -> bytes:
    """An ``.xlsx`` for an enrolment, to be filled in and uploaded."""
    version = enrolment.version
    document = document_of(version=version)
    needs = needed_facts(document, parts=[document_of(version=part) for part in parts_of(version=version)])
    asked = {"option": needs.options, "risk_class": needs.risk_classes, "groups": needs.groups}
    columns = columns_for(
        [name for name in ("employment", "basic_insurance") if getattr(needs, name)]
        + [name for name, words in asked.items() if words]
    )
    lists = {
        "identity_kind": list(KINDS),
        "sex": list(SEXES),
        "employment": list(EMPLOYMENTS),
        "basic_insurance": list(INSURANCES),
        "option": list(needs.options),
        "risk_class": list(needs.risk_classes),
    }
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(ROSTER)
    _header(book, sheet, columns)
    _validate(sheet, columns, lists, most_units(document))
    sheet.freeze_panes(1, 1)
    example = book.add_worksheet(EXAMPLES)
    _header(book, example, columns)
    shown = {**_EXAMPLE} | {name: words[0] for name, words in asked.items() if words}
    for place, column in enumerate(columns):
        example.write_string(1, place, shown.get(column.field, ""))
    example.protect()
    _notes(book, enrolment, columns, most_units(document))
    about = book.add_worksheet(ABOUT)
    about.write_row(0, 0, [MARK, enrolment.number])
    about.very_hidden()
    book.define_name("roster_enrolment", f"='{ABOUT}'!$B$1")
    book.set_properties({"title": f"{enrolment.version.name_zh} 花名册 {enrolment.number}"})
    book.close()
    return target.getvalue()


def _header(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, columns: Sequence[Column]) -> None:
    text = book.add_format({"num_format": "@"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, text)
    needed = book.add_format({"bold": True, "bg_color": "#FDE9D9", "border": 1})
    other = book.add_format({"bold": True, "bg_color": "#EDEDED", "border": 1})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, f"{column.zh}{'*' if column.needed else ''}", needed if column.needed else other)


def _validate(
    sheet: xlsxwriter.worksheet.Worksheet, columns: Sequence[Column], lists: dict[str, list[str]], most: int
) -> None:
    for place, column in enumerate(columns):
        rule: dict[str, object] = {"input_title": column.zh, "input_message": column.hint, "ignore_blank": True}
        if lists.get(column.field):
            rule |= {"validate": "list", "source": lists[column.field]}
        elif column.field == "units":
            rule |= {"validate": "list", "source": [str(count) for count in range(1, min(most, 50) + 1)]}
        else:
            rule |= {"validate": "any"}
        # Excel shows the reason only if the entry breaks the list.
        rule |= {"error_title": column.zh, "error_message": f"请从下拉框选择。{column.hint}"[:255]}
        sheet.data_validation(1, place, ROWS_READY, place, rule)


def _notes(book: xlsxwriter.Workbook, enrolment: Enrolment, columns: Sequence[Column], most: int) -> None:
    sheet = book.add_worksheet(NOTES)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    bold = book.add_format({"bold": True})
    lines = [
        ("计划", enrolment.version.name_zh),
        ("保障期", f"{enrolment.from_on} 至 {enrolment.until_on}（不含）"),
        ("参保单", enrolment.number),
        ("每人份数", f"1–{most} 份"),
        ("", "请在“花名册”表中填写，每人一行；带 * 的列必填。本模板只用于上述参保单。"),
        ("", "证件号码、银行卡号、手机号码须为文本格式；从别处粘贴时请选“只粘贴文本”。"),
        *((column.zh, column.hint) for column in columns),
        ("English", "Headers in English are read as well: " + ", ".join(column.also[-1] for column in COLUMNS)),
    ]
    for row, (left, right) in enumerate(lines):
        sheet.write_string(row, 0, left, bold)
        sheet.write_string(row, 1, right)
    sheet.protect()
