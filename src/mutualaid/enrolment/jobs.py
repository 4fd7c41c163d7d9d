"""Work on large rosters in the background: reading and checking one, accepting one. Each is one call to an action."""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mutualaid.core.actors import system
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import Running, database_time, long_job, outbox, timer
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.joining_pages import GOOD_FOR, OUTBOX, TEMPLATE, forget_requests
from mutualaid.enrolment.actions.rosters import preview_roster
from mutualaid.enrolment.models import Enrolment, JoiningRequest
from mutualaid.notices import gateway

BY = system("enrolment")
_log = logging.getLogger(__name__)


@long_job("preview_roster")
def preview(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number, "file": key}`` -> the upload. One piece: a roster is previewed whole or not at all."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        file = StoredFile.objects.get(key=job.wanted["file"])
        upload = preview_roster(enrolment=enrolment, file=file, by=job.asked_by, at=database_time())
        page = f"/employers/enrolments/{enrolment.number}/uploads/{file.key}"
        result = {"upload": upload.pk, "rows": upload.rows_read, "good": upload.rows_good, "page": page}
        job.progress(upload.rows_read, upload.rows_read, kept=result)
    return result


@long_job("accept_enrolment")
def accept(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> how many covers wait for payment. One piece: all persons or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        accepted = accept_enrolment(enrolment=enrolment, by=job.asked_by, at=database_time())
        count = accepted.covers.count()
        job.progress(count, count, kept={"covers": count})
    return {"covers": count}


@outbox(OUTBOX)
def deliver_joining_code(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - the request has a key of its own
    """``{"request": key}``: the code of somebody who joins goes to their phone; one that cannot be sent is asked for anew."""
    with within([EVERYTHING]):
        found = JoiningRequest.objects.filter(key=uuid.UUID(wanted["request"])).first()
    at = database_time()
    if found is None or at >= found.at + GOOD_FOR:
        return
    try:
        gateway.provider().send(
            name=wanted["request"], phone=found.phone, template=TEMPLATE, words={"code": found.code}, at=at
        )
    except (gateway.NotTaken, gateway.Unclear, gateway.NotNow, gateway.SmsFault) as fault:
        _log.warning("code of request %s: %s", wanted["request"], type(fault).__name__)


@timer("40 19 * * *", name="enrolment.forget_requests")
def forget(*, at: datetime.datetime) -> None:
    """Each night: what people told at pages is forgotten."""
    with within([EVERYTHING]):
        forget_requests(by=BY, at=at)
