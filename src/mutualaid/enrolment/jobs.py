"""Work on large rosters in the background: reading and checking one, accepting one. Each is one call to an action."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mutualaid.core.actors import system
from mutualaid.core.models import StoredFile
from mutualaid.core.work import Running, database_time, long_job, timer
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.reminding import KINDS, remind
from mutualaid.enrolment.actions.renewing import fill_from_before
from mutualaid.enrolment.actions.rosters import preview_roster
from mutualaid.enrolment.models import Enrolment


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


@long_job("renew_roster")
def renew(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> the upload with last term's roster. One piece."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        upload = fill_from_before(enrolment=enrolment, by=job.asked_by, at=database_time())
        page = f"/employers/enrolments/{enrolment.number}/uploads/{upload.file.key}"
        result = {"upload": upload.pk, "rows": upload.rows_read, "good": upload.rows_good, "page": page}
        job.progress(upload.rows_read, upload.rows_read, kept=result)
    return result


@timer("30 0 * * *", name="enrolment.remind")
def remind_of_seasons(*, at: datetime.datetime) -> None:
    """Each morning: seasons that open or close soon, cover that ends. Each kind by itself, so that one that fails
    holds up none."""
    for kind in KINDS:
        remind(kind=kind, by=system("enrolment"), at=at)
