"""Pages of lists, however long: what is found is counted up to a thousand, and the rows of a page are read by their keys."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

COUNTED = 1000
"""So many rows are counted and can be leafed through; of more a list only says that there are more: filters find them."""


class Pages(Paginator):  # type: ignore[type-arg] # subscriptable only for the checker
    """``whole``: rows as the page shows them, with what they refer to. The list itself then needs no more than its filters
    and its order, so that the database carries nothing else through a million rows."""

    def __init__(self, rows: Any, size: int, whole: QuerySet[Any] | None = None) -> None:
        super().__init__(rows, size)
        self.whole = whole

    @cached_property
    def _found(self) -> int:
        rows = self.object_list
        return rows.order_by()[: COUNTED + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def more(self) -> bool:
        """Whether there are more than were counted."""
        return isinstance(self.object_list, QuerySet) and self._found > COUNTED

    @cached_property
    def count(self) -> int:
        """How many there are, or can be leafed through."""
        return COUNTED if self.more else self._found

    def page(self, number: int | str) -> Page[Any]:
        """A page by its number."""
        found = super().page(number)
        if self.whole is not None and isinstance(self.object_list, QuerySet):
            keys = found.object_list.values("pk")
            found.object_list = self.whole.filter(pk__in=keys).order_by(*self.object_list.query.order_by)
        return found


def page_asked(request: HttpRequest, rows: Any, size: int, whole: QuerySet[Any] | None = None) -> Page[Any]:
    """The page that an address asks for; the nearest one for a number that is none or too great."""
    return Pages(rows, size, whole).get_page(request.GET.get("page"))
