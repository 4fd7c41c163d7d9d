"""Many employments end at once, as their employer reports them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_all
from mutualaid.people.actions.members import EmploymentOver
from mutualaid.people.models import Employment


@transaction.atomic
def end_employments(*, ends: Mapping[int, datetime.date], by: Actor, at: datetime.datetime) -> list[Employment]:
    """Employments, by their keys, end on these days (the first on which they do not work there); all or none. Raises
    EmploymentOver when one is over already or would end before it began."""
    locked = list(Employment.objects.filter(pk__in=list(ends)).order_by("pk").select_for_update(no_key=True))
    for one in locked:
        if one.until_on is not None or ends[one.pk] <= one.from_on:
            raise EmploymentOver(
                f"应为尚未离职且晚于 {one.from_on} 的日期；得到 {ends[one.pk]}，原终止日 {one.until_on or '（无）'}，请核对",
                f"expected an employment without an end and a day after {one.from_on}, found {ends[one.pk]} and the end "
                f"{one.until_on or '(none)'}; check the days",
            )
        one.until_on = ends[one.pk]
    Employment.objects.bulk_update(locked, ["until_on"], batch_size=1000)
    record_all(what="end_employment", rows=((one, {"until_on": str(one.until_on)}) for one in locked), by=by, at=at)
    return locked
