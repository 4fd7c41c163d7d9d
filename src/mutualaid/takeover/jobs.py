"""A take-over is checked, and applied, in the background; what it brought of money received in advance becomes income in time."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import Running, database_time, long_job, timer
from mutualaid.takeover.actions.applying import apply_piece
from mutualaid.takeover.actions.bringing import APPLY, CHECK, check_takeover, finish_takeover
from mutualaid.takeover.actions.earning import earn_opening
from mutualaid.takeover.models import Takeover
from mutualaid.takeover.queries import closing_of, openings_to_earn, to_apply

BY = system("takeover")


@long_job(CHECK)
def check(job: Running, /) -> Mapping[str, Any]:
    """``{"takeover": number}`` -> rows and faults. A worker that takes it up anew begins anew."""
    takeover = Takeover.objects.select_related("file").get(number=job.wanted["takeover"])
    if takeover.state != "uploaded":
        return job.kept  # done by a worker that died before it could say so

    def tell(read: int) -> None:
        job.progress(max(job.done, read))

    checked = check_takeover(takeover=takeover, tell=tell, by=job.asked_by, at=database_time())
    return {"takeover": checked.number, "faults": checked.report["faults"]}


@long_job(APPLY)
def apply(job: Running, /) -> Mapping[str, Any]:
    """``{"takeover": number}`` -> how many rows became something. Each piece is a transaction; one that is broken off goes on
    after the last."""
    takeover = Takeover.objects.select_related("office").get(number=job.wanted["takeover"])
    total = job.row.total
    while not job.cancelled():
        with transaction.atomic():
            if total is None:
                total = job.done + to_apply(takeover=takeover).count()
            count = apply_piece(takeover=takeover, by=job.asked_by, at=database_time())
            job.progress(job.done + count, total)
        if not count:
            break
    else:
        return job.kept
    with transaction.atomic():
        takeover.refresh_from_db()
        if takeover.state == "signed_off":
            closing = closing_of(takeover=takeover)
            finish_takeover(takeover=takeover, closing=closing, by=job.asked_by, at=database_time())
    return {"takeover": takeover.number, "rows": job.done}


@timer("20 17 * * *", name="takeover.earn_openings")
def earn_openings(*, at: datetime.datetime) -> None:
    """Each night: contributions that were received in advance elsewhere, and whose period has begun, become income."""
    with within([EVERYTHING]):
        due = list(openings_to_earn(on=day_of(at)))
    for posting in due:
        with within([EVERYTHING]):
            earn_opening(posting=posting, by=BY, at=at)
