"""Pages of lists, however long: what is found is counted up to a thousand, and the rows of a page are read by their keys."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

COUNTED = 1000
"""So many rows are counted and can be leafed through; of more a list only says that there are more: filters find them."""
LARGE, KEPT = 10_000, datetime.timedelta(minutes=5)
_COUNTS: dict[Hashable, tuple[datetime.datetime, int]] = {}

Whole = QuerySet[Any] | Callable[..., list[Any]]
"""Rows as a page shows them: a query, or a ``written`` one that is given ``keys``."""


@dataclass(frozen=True)
class Keys:
    """Rows of which a statement of its own gives the keys, in order: ``first(most)``."""

    first: Callable[[int], list[Any]]


class Pages(Paginator):  # type: ignore[type-arg] # subscriptable only for the checker
    """``whole``: rows as the page shows them, with what they refer to. The list itself then needs no more than its filters
    and its order, so that the database carries nothing else through a million rows. ``known``: how many there are, where that
    was counted before."""

    def __init__(self, rows: Any, size: int, whole: Whole | None = None, known: int | None = None) -> None:
        super().__init__(rows, size)
        self.whole, self.known = whole, known

    @cached_property
    def _keys(self) -> list[Any] | None:
        """Of rows that are read by their keys, all keys that can be leafed through, in order: they tell how many there are and
        which stand on a page, in one statement."""
        rows: Any = self.object_list
        if isinstance(rows, Keys):
            return rows.first(COUNTED + 1)
        if self.whole is None or not isinstance(rows, QuerySet):
            return None
        return list(rows.values_list("pk", flat=True)[: COUNTED + 1])

    @cached_property
    def _found(self) -> int:
        rows = self.object_list
        if self._keys is not None:
            return len(self._keys)
        if self.known is not None:
            return self.known
        return rows.order_by()[: COUNTED + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def more(self) -> bool:
        """Whether there are more than were counted."""
        return isinstance(self.object_list, QuerySet | Keys) and self._found > COUNTED

    @cached_property
    def count(self) -> int:
        """How many there are, or can be leafed through."""
        return COUNTED if self.more else self._found

    def page(self, number: int | str) -> Page[Any]:
        """A page by its number."""
        if self.whole is None or self._keys is None:
            return super().page(number)
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = self._keys[: self.count][start : start + self.per_page]
        rows = _by_key(self.whole, keys)
        return Page([rows[key] for key in keys if key in rows], number, self)


def _by_key(whole: Whole, keys: list[Any]) -> dict[Any, Any]:
    if isinstance(whole, QuerySet):
        return whole.in_bulk(keys)
    return {row.pk: row for row in whole(keys=tuple(keys))} if keys else {}


def page_asked(
    request: HttpRequest, rows: Any, size: int, whole: Whole | None = None, known: int | None = None
) -> Page[Any]:
    """The page that an address asks for; the nearest one for a number that is none or too great."""
    return Pages(rows, size, whole, known).get_page(request.GET.get("page"))


def large_count(key: Hashable, count: Callable[[], int], *, at: datetime.datetime) -> int:
    """A figure of an overview. Small ones are always counted; one of tens of thousands takes long and tells nothing new within
    minutes: it is kept so long, by all that it depends on (``key``: whose branches, which day)."""
    kept = _COUNTS.get(key)
    if kept is not None and datetime.timedelta(0) <= at - kept[0] < KEPT:
        return kept[1]
    found = count()
    if found >= LARGE:
        if len(_COUNTS) > COUNTED:
            _COUNTS.clear()
        _COUNTS[key] = at, found
    return found
