"""Work of the portal in the background: the marked workbook of a large roster, in the words of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation

from mutualaid.core.work import Running, database_time, long_job
from mutualaid.enrolment.actions.mending import MARK, keep_marked
from mutualaid.enrolment.models import RosterUpload
from mutualaid.enrolment.standing import TakenAlready
from mutualaid.web.employers.mending import marked_content, marked_name


@long_job(MARK)
def mark(job: Running, /) -> Mapping[str, Any]:
    """``{"upload": key, "language": of the page}`` -> the file, which its asker downloads."""
    if job.done:
        return job.kept
    with transaction.atomic(), translation.override(job.wanted["language"] or None):
        upload = RosterUpload.objects.select_related("file", "enrolment__employer").filter(pk=job.wanted["upload"])
        found = upload.filter(taken_at=None).first()
        if found is None:
            raise TakenAlready(
                "应为尚未采用或放弃的名单；该名单已采用、放弃或被新的上传取代",
                "expected an upload that was neither taken nor dropped, found that it was taken, dropped or replaced",
            )
        total = found.rows_read
        content = marked_content(found, lambda row: job.tell("标出问题", "marking cells", min(row, total), total))
        file = keep_marked(upload=found, content=content, name=marked_name(found), by=job.asked_by, at=database_time())
        page = f"{reverse('common:file', args=[file.key])}?save=1"
        result = {"page": page, "file": str(file.key)}
        job.progress(total, total, kept=result)
    return result
