"""People keep what they often ask of a list, under a name of their own."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.papers import holding
from mutualaid.people.filter_models import SavedFilter
from mutualaid.people.queries import filters_of
from mutualaid.people.refusals import Refused

MOST = 12
"""Of one list; more are no help in finding one."""
NAME_MOST, QUERY_MOST = 30, 1000


class TooManyFilters(Refused):
    """The list has as many as are shown."""


@transaction.atomic
def keep_filter(*, listing: str, name: str, query: str, by: Actor, at: datetime.datetime) -> SavedFilter:
    """Keep a query (without ``?``) under a name; one of the same name is replaced. Raises TooManyFilters, Refused."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_MOST or len(query) > QUERY_MOST:
        raise Refused(
            f"筛选名称应为 1–{NAME_MOST} 个字符，条件不超过 {QUERY_MOST} 个字符；得到的不是，请改短",
            f"expected a name of 1 to {NAME_MOST} characters and a query of at most {QUERY_MOST}, found others; shorten them",
        )
    holding(by=by)
    kept = filters_of(actor=by, listing=listing)
    if kept.exclude(name=name).count() >= MOST:
        raise TooManyFilters(
            f"一个列表最多保存 {MOST} 个筛选；已满，请先删除不用的",
            f"expected at most {MOST} saved filters of a list, found as many; delete one first",
        )
    row, _ = SavedFilter.objects.update_or_create(
        by_kind=by.kind, by_key=by.key, listing=listing, name=name, defaults={"query": query}
    )
    record(what="keep_filter", row=row, by=by, at=at, listing=listing)
    return row


@transaction.atomic
def forget_filter(*, listing: str, name: str, by: Actor, at: datetime.datetime) -> None:
    """Drop the one of a name; if there is none, nothing happens."""
    holding(by=by)
    for row in filters_of(actor=by, listing=listing).filter(name=name):
        record(what="forget_filter", row=row, by=by, at=at, listing=listing)
        row.delete()
