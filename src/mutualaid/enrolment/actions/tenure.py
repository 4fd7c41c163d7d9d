"""Time that counts on: a term that was paid late begins after the one that goes on with it."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.tenure import reckon_anew


def join_later(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> int:
    """Covers of later terms that began already go on with those of an enrolment that begin now; how many. A part of
    ``accepting.begin_covers``, which sees everything. Two statements where there is none."""
    later = Cover.objects.filter(
        family=enrolment.version.family,
        state="begun",
        from_on__gte=enrolment.until_on,
        member__covers__enrolment=enrolment,
    )
    members = set(later.values_list("member_id", flat=True))
    changed = reckon_anew(members=members, family=enrolment.version.family) if members else []
    for cover in changed:
        cover.save(update_fields=["joined_on", "consecutive_periods"])
        told = {"joined_on": str(cover.joined_on), "periods": cover.consecutive_periods}
        record(what="join_tenures", row=cover, by=by, at=at, **told)
    return len(changed)
