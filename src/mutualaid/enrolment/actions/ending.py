"""Covers whose fee goes back: void from their first day, or ended before their term is over."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.moves import IllegalMove, make
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.states import COVER


@transaction.atomic
def void_covers(*, covers: Sequence[Cover], because: str, by: Actor, at: datetime.datetime) -> list[Cover]:
    """They count as never begun. ``because``: the number of what decides it. Raises IllegalMove."""
    rows = sorted(covers, key=lambda one: one.pk)
    return [make(one, COVER, "void_cover", by=by, at=at, because=because) for one in rows]


@transaction.atomic
def end_covers(*, ends: Mapping[int, datetime.date], because: str, by: Actor, at: datetime.datetime) -> list[Cover]:
    """Covers (by key) end before the day that is told for each, which is within their term. Raises IllegalMove (one has not
    begun, or is void)."""
    rows = Cover.objects.filter(pk__in=list(ends)).order_by("pk").select_for_update(no_key=True, of=("self",))
    ended = []
    for cover in rows:
        if cover.state != "begun":
            raise IllegalMove(cover, COVER, "void_cover", cover.state)
        before, cover.until_on = cover.until_on, ends[cover.pk]
        cover.save(update_fields=["until_on"])
        record(
            what="end_cover", row=cover, by=by, at=at, until_on=str(cover.until_on), was=str(before), because=because
        )
        ended.append(cover)
    return ended
