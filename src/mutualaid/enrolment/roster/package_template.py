"""The Excel template of a package's roster: what any of its plans asks, and the column that names a person's group."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from mutualaid.enrolment.package_models import GroupRule, Package
from mutualaid.enrolment.packages import GROUP, groups_of
from mutualaid.enrolment.roster.columns import BY_FIELD, EMPLOYMENTS, INSURANCES, KINDS, SEXES, Column, columns_for
from mutualaid.enrolment.roster.reading import ABOUT, MARK, NOTES, ROSTER
from mutualaid.plans.offering import needed_facts
from mutualaid.plans.queries import document_of, parts_of

ROWS_READY = 5000
"""Rows that have drop-downs; more may be filled in."""


def package_template(*, package: Package) -> bytes:
    """An ``.xlsx`` for a package, to be filled in and uploaded: one row for a person, whatever the plans."""
    groups = groups_of(package=package)
    asked: set[str] = set()
    classes: list[str] = []
    words: list[str] = []
    for group in groups:
        for plan in group.plans.all():
            parts = [document_of(version=part) for part in parts_of(version=plan.version)]
            needs = needed_facts(document_of(version=plan.version), parts=parts)
            asked |= {name for name in ("employment", "basic_insurance") if getattr(needs, name)}
            words += needs.groups
            if needs.risk_classes and not plan.risk_class:
                classes += needs.risk_classes
        if group.rule == GroupRule.RISK_CLASS:
            classes.append(group.word)
    asked |= ({"risk_class"} if classes else set()) | ({"groups"} if words else set())
    # What the package says for each group, the roster does not ask.
    columns = [*(one for one in columns_for(asked) if one.field != "units"), BY_FIELD[GROUP]]
    lists = {
        "identity_kind": list(KINDS),
        "sex": list(SEXES),
        "employment": list(EMPLOYMENTS),
        "basic_insurance": list(INSURANCES),
        "risk_class": list(dict.fromkeys(classes)),
        GROUP: [group.name for group in groups],
    }
    notes = [
        ("综合保障计划", f"{package.name}（{package.number}）"),
        ("", "每人一行；带 * 的列必填。系统按“参保组”把每人列入该组的各个单项计划。"),
        *((group.name, _told(group.rule, group.word)) for group in groups),
        ("", "“参保组”留空的，按上面的次序归入第一个符合的组。证件号码须为文本格式。"),
        *((column.zh, column.hint) for column in columns),
    ]
    return _book(package, columns, lists, notes)


def _told(rule: str, word: str) -> str:
    sexes = {"F": "女职工", "M": "男职工"}
    return {
        GroupRule.WORD: "在“参保组”列写明的人",
        GroupRule.SEX: sexes.get(word, word),
        GroupRule.RISK_CLASS: f"职业类别为“{word}”的人",
        GroupRule.EVERYBODY: "其余职工",
    }[GroupRule(rule)]


def _book(
    package: Package, columns: Sequence[Column], lists: dict[str, list[str]], notes: Sequence[tuple[str, str]]
) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(ROSTER)
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bg_color": "#EDEDED", "border": 1})
    needed = book.add_format({"bold": True, "bg_color": "#FDE9D9", "border": 1})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, f"{column.zh}{'*' if column.needed else ''}", needed if column.needed else bold)
        if lists.get(column.field):
            rule = {"validate": "list", "source": lists[column.field], "error_message": "请从下拉框选择"}
            sheet.data_validation(1, place, ROWS_READY, place, rule)
    sheet.freeze_panes(1, 1)
    told = book.add_worksheet(NOTES)
    told.set_column(0, 0, 18)
    told.set_column(1, 1, 90)
    for row, (left, right) in enumerate(notes):
        told.write_string(row, 0, left)
        told.write_string(row, 1, right)
    told.protect()
    about = book.add_worksheet(ABOUT)
    about.write_row(0, 0, [MARK, package.number])
    about.very_hidden()
    book.close()
    return target.getvalue()
