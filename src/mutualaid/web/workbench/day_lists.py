"""Lists of the workbench: a page of rows in the order that was asked for, and filters by days."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.core.paginator import Page
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request

ROWS_ON_A_PAGE = 50
Row = TypeVar("Row", bound=Model)


def ordered(rows: QuerySet[Row], asked: str, ways: Mapping[str, str], otherwise: str) -> QuerySet[Row]:
    """Rows in the order of a word such as ``amount`` or ``-amount``, looked up in the list's own table of columns."""
    column = ways.get(asked.removeprefix("-"))
    if column is None:
        return rows.order_by(otherwise, "-pk")
    return rows.order_by(f"-{column}" if asked.startswith("-") else column, "-pk")


def page_of(request: Request, rows: QuerySet[Row]) -> Page[Row]:
    """The page that is asked for; the last one for a number too great."""
    return page_asked(request, rows, ROWS_ON_A_PAGE)


class DaysForm(forms.Form):
    """Between two days, both included; either may be left out."""

    since = DayField(label=_("自"), required=False)
    to = DayField(label=_("至"), required=False)

    def clean(self) -> dict[str, Any]:
        """The first day is not after the last."""
        given = super().clean() or {}
        since, to = given.get("since"), given.get("to")
        if since and to and since > to:
            self.add_error("to", _("截止日应不早于起始日，请改正"))
        return given

    def asked(self) -> dict[str, Any]:
        """What is asked; nothing where a field cannot be understood."""
        return self.cleaned_data if self.is_valid() else {}


def between(column: str, asked: Mapping[str, Any]) -> dict[str, datetime.date]:
    """The days of a form as conditions on a column of days."""
    found = {}
    if asked.get("since"):
        found[f"{column}__gte"] = asked["since"]
    if asked.get("to"):
        found[f"{column}__lte"] = asked["to"]
    return found
