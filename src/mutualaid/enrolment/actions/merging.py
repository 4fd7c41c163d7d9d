"""A person was recorded twice: the double's covers become the member's. A part of ``claims.actions.merging``, which
holds the locks of both and sees everything."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.moves import make
from mutualaid.enrolment.doubling import tenures
from mutualaid.enrolment.models import Cover, Departure
from mutualaid.enrolment.states import COVER
from mutualaid.people.models import Member


def void_cover(*, cover: Cover, instead: str, by: Actor, at: datetime.datetime) -> Cover:
    """One person was covered twice: this one is void from its first day, ``instead`` (a number) stays. Raises IllegalMove (it has
    not begun, or is void already)."""
    return make(cover, COVER, "void_cover", by=by, at=at, instead=instead)


def hand_over_covers(*, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> int:
    """All covers of the double, whatever their state; how many. Cover that goes on with what the other record had is
    reckoned as one. Who asks has seen that none clash (``doubling.clashes``)."""
    moved = list(Cover.objects.filter(member=merged).order_by("pk").values_list("pk", flat=True))
    Cover.objects.filter(pk__in=moved).update(member=kept)
    reported = Departure.objects.filter(member=kept).values("employer", "last_on")
    for one in Departure.objects.filter(member=merged):
        if {"employer": one.employer_id, "last_on": one.last_on} not in reported:
            Departure.objects.filter(pk=one.pk).update(member=kept)
    covers = list(Cover.objects.filter(member=kept).select_related("version").order_by("pk"))
    for cover in covers:
        if cover.pk in moved:
            record(what="hand_over_cover", row=cover, by=by, at=at, merged=merged.pk)
    found = tenures(covers=covers)
    for cover in covers:
        now = found.get(cover.pk)
        if now is None or (now.joined_on, now.consecutive_periods) == (cover.joined_on, cover.consecutive_periods):
            continue
        cover.joined_on, cover.consecutive_periods = now.joined_on, now.consecutive_periods
        cover.save(update_fields=["joined_on", "consecutive_periods"])
        record(
            what="join_tenures", row=cover, by=by, at=at, joined_on=str(now.joined_on), periods=now.consecutive_periods
        )
    return len(moved)
