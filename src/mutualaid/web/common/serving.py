"""Files and long jobs by their keys: for whoever brought a file or may see its branch, and for whoever asked for a job."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from mutualaid.core import papers, work
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.core.states import LONG_JOB
from mutualaid.web.common import access
from mutualaid.web.common.addresses import own_path
from mutualaid.web.common.answers import said
from mutualaid.web.common.guards import signed_in
from mutualaid.web.common.portals import portal_of
from mutualaid.web.common.requests import Request, note_read

SHOWN_INSIDE = frozenset({papers.PDF, papers.JPEG, papers.PNG})
"""Media types that a browser shows without running anything of theirs; all others are saved."""
_GOING = frozenset({"waiting", "running"})


@signed_in
@require_safe
def file(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """The bytes of a file. That somebody else's was read stands in the audit trail."""
    found = access.file_for(standing=request.standing, key=key)
    if (found.by_kind, found.by_key) != (request.actor.kind, request.actor.key):
        note_read(request, "read_file", found)
    return file_answer(found, papers.read(found), saved="save" in request.GET)


def file_answer(found: StoredFile, content: bytes, *, saved: bool) -> HttpResponse:
    """The bytes of a file, shown where a browser can do so without running anything of theirs, else saved."""
    response = HttpResponse(content, content_type=found.media_type)
    saved = saved or found.media_type not in SHOWN_INSIDE
    response["Content-Disposition"] = content_disposition_header(saved, found.name) or "attachment"
    if found.media_type == papers.PDF:
        # Shown beside a decision in a frame of our own. The browser's viewer refuses to work in a sandbox, and runs a PDF's own
        # scripts in none of our pages.
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
        response["X-Frame-Options"] = "SAMEORIGIN"
    else:
        response["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
        )
    return response


@signed_in
@require_safe
def job(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """How far a job is; asked by htmx, the fragment alone."""
    found = access.job_for(actor=request.actor, key=key)
    template = "common/jobs/progress.html" if request.htmx else "common/jobs/job.html"
    return TemplateResponse(request, template, _told(request, found))


@signed_in
@require_POST
def cancellation(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """Cancel a job; what is done stays done."""
    work.cancel(job=access.job_for(actor=request.actor, key=key), by=request.actor, at=request.at)
    return HttpResponseRedirect(reverse("common:job", args=[key]))


def _told(request: Request, found: LongJob) -> dict[str, Any]:
    going = found.state in _GOING
    done, total = (found.done, found.total) if found.stage_done is None else (found.stage_done, found.stage_total)
    percent = None if not total else min(100, done * 100 // total)
    after = found.result.get("page", "") if found.state == "done" else ""
    portal, back = portal_of(request.actor.kind), own_path(str(found.wanted.get("back", "")), "")
    request.shown_in, request.shown_at = (
        portal.name,
        back,
    )  # with the entries of the portal, at the page that it is about
    return {
        "base": portal.base,
        "job": found,
        "done": done,
        "total": total,
        "stage": said(found.stage_zh, found.stage_en) if going and found.stage_zh else "",
        "going": going,
        "percent": percent,
        "state": said(*LONG_JOB.names[found.state]),
        "after": own_path(str(after), ""),
        # A file is saved: nothing else is gone to.
        "back": "" if going or (after and "file" not in found.result) else back,
        "fault": said(found.fault_zh, found.fault_en) if found.fault_zh else "",
    }
