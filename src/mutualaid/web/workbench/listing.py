"""What lists of the workbench share: pages, sorting by a word of the view's own table, forms of what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mutualaid.core.state_table import States
from mutualaid.web.common.answers import said
from mutualaid.web.common.paging import Whole, page_asked
from mutualaid.web.common.requests import PublicRequest

PAGE = 25


def sorted_by(request: PublicRequest, rows: QuerySet[Any], sorts: Mapping[str, tuple[str, ...]]) -> QuerySet[Any]:
    """Rows in the order of ``?sort=word`` or ``?sort=-word``; the first of ``sorts`` if none is asked or it is unknown."""
    asked = request.GET.get("sort", "")
    word = asked.removeprefix("-")
    if word not in sorts:
        return rows.order_by(*next(iter(sorts.values())))
    columns = sorts[word]
    return rows.order_by(*(turned(column) for column in columns) if asked.startswith("-") else columns)


def turned(column: str) -> str:
    """The other way round."""
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def page_of(request: PublicRequest, rows: Any, size: int = PAGE, whole: Whole | None = None) -> Page[Any]:
    """The page that is asked; the nearest for one that is not there. ``whole``: see ``web.common.paging``."""
    return page_asked(request, rows, size, whole)


class Asked(forms.Form):
    """What a list is asked. Nothing is required; what cannot be read counts as not asked, and is said."""

    def __init__(self, request: PublicRequest) -> None:
        super().__init__(request.GET)
        self.is_valid()

    def given(self, name: str) -> Any:
        """The value of a field, or something empty."""
        return self.cleaned_data.get(name) or ""


class StateField(forms.ChoiceField):
    """One of the states of a table, or any."""

    def __init__(self, states: States, **kwargs: Any) -> None:
        self.states = states
        super().__init__(**{"label": _("状态"), "required": False, "choices": self._named, **kwargs})

    def _named(self) -> list[tuple[str, Any]]:
        """In the language of the page."""
        return [("", _("全部")), *((word, said(*names)) for word, names in self.states.names.items())]


class WordsField(forms.CharField):
    """A word or two to look for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 100, "label": _("关键词"), **kwargs})
