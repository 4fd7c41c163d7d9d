"""What the worker does for gig workers: large batches of a platform, the bills of the night, who never paid."""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mutualaid.contributions.actions.batches import KIND, bill_batch, forget_batches, take_piece
from mutualaid.contributions.actions.owing import bill_owed, lapse_joining
from mutualaid.contributions.queries import joinings_to_bill, joinings_unpaid
from mutualaid.contributions.refusals import Refused
from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import Running, database_time, long_job, timer
from mutualaid.enrolment.actions.accepting import Meanwhile
from mutualaid.enrolment.models import JoiningBatch

BY = system("contributions")
MEANWHILE_MOST = 5
"""So often a piece is tried again in which somebody was registered at the same moment."""
_log = logging.getLogger(__name__)


@long_job(KIND)
def join_batch(job: Running, /) -> Mapping[str, Any]:
    """``{"batch": key}`` -> how many were covered, were already, are faulty. Piece by piece: what is answered is gone, so that
    another worker goes on with what waits; billed when nothing does."""
    with within([EVERYTHING]):
        batch = JoiningBatch.objects.get(key=uuid.UUID(job.wanted["batch"]))
    counts = {"covered": 0, "already": 0, "faulty": 0, **job.kept}
    tries = 0
    while not job.cancelled():
        try:
            with transaction.atomic(), within([EVERYTHING]):
                piece = batch.pieces.order_by("first").first()
                if piece is None:
                    batch.refresh_from_db()
                    bill_batch(batch=batch, by=job.asked_by, at=database_time())
                    job.progress(batch.rows, batch.rows, kept=counts)
                    return counts
                done = take_piece(piece=piece, by=job.asked_by, at=database_time())
                now = {name: counts[name] + done[name] for name in counts}
                job.progress(sum(now.values()), batch.rows, kept=now)
        except Meanwhile:
            tries += 1
            if tries > MEANWHILE_MOST:
                raise
            continue
        counts, tries = now, 0
    return counts


@timer("50 19 * * *", name="contributions.forget_batches")
def forget_old_batches(*, at: datetime.datetime) -> None:
    """Each night: what platforms were answered three months ago is forgotten."""
    with within([EVERYTHING]):
        forget_batches(by=BY, at=at)


@timer("40 17 * * *", name="contributions.lapse_joinings")
def lapse_joinings(*, at: datetime.datetime) -> None:
    """Each night: who joined by themselves and did not pay in time is not covered."""
    with within([EVERYTHING]):
        due = list(joinings_unpaid(on=day_of(at)))
    for bill in due:
        try:
            with within([EVERYTHING]):
                lapse_joining(bill=bill, by=BY, at=at)
        except (Refused, IllegalMove) as fault:  # paid meanwhile
            _log.warning("bill %s does not lapse: %s", bill.number, fault)


@timer("20 17 * * *", name="contributions.bill_joinings")
def bill_joined(*, at: datetime.datetime) -> None:
    """Each night: whoever bears the fee of those who joined by themselves the day before is billed; one that cannot be is tried
    again the next night."""
    with within([EVERYTHING]):
        due = list(joinings_to_bill(at=at))
    for enrolment in due:
        try:
            with within([EVERYTHING]):
                bill_owed(enrolment=enrolment, by=BY, at=at)
        except Refused as fault:
            _log.error("enrolment %s is not billed: %s", enrolment.number, fault)
