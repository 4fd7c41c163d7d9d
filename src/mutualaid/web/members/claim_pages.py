"""The pages of a claim's papers: photos and files are taken one by one or several at once, shown, and removed again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mutualaid.claims import access
from mutualaid.claims.actions.drafting import PAGE_SIZE_MOST, add_pages, remove_paper
from mutualaid.claims.checklist import ALL
from mutualaid.claims.models import Claim
from mutualaid.claims.queries import pages_of
from mutualaid.claims.refusals import Refused
from mutualaid.core import papers
from mutualaid.core.papers import BadFile
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_and_kin
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.members.claim_parts import being_written, boxes_of, page_of_step


@members_and_kin
@require_POST
def claim_paper_new(request: Request, number: str, word: str) -> HttpResponse:
    """Pages of one paper (``pages``, several files)."""
    claim = being_written(access.claim_to_write(actor=request.actor, number=number, on=request.on))
    brought = request.FILES.getlist("pages")
    refusal = "" if brought else _("没有收到文件，请拍照或选择文件")
    large = [file.name for file in brought if (file.size or 0) > PAGE_SIZE_MOST]
    if large:
        refusal = _("“%(name)s”超过 %(most)d MB，请重新拍照或压缩后再传") % {
            "name": large[0],
            "most": PAGE_SIZE_MOST >> 20,
        }
    if not refusal:
        files = [(file.name or "", file.read()) for file in brought]
        try:
            add_pages(claim=claim, word=word, files=files, by=request.actor, at=request.at)
        except (Refused, BadFile) as refused:
            refusal = said_by(refused)
    return _answer(request, claim, word, refusal)


@members_and_kin
@require_POST
def claim_paper_removal(request: Request, number: str, key: uuid.UUID) -> HttpResponse:
    """A page is taken away."""
    claim = being_written(access.claim_to_write(actor=request.actor, number=number, on=request.on))
    paper = next((page for page in pages_of(claim=claim) if page.file.key == key), None)
    if paper is None:
        raise NotFound("没有找到这一页，可能已经删去", "no such page was found; it may be removed already")
    try:
        remove_paper(paper=paper, by=request.actor, at=request.at)
    except Refused as refused:
        return _answer(request, claim, paper.word, said_by(refused))
    return _answer(request, claim, paper.word, "")


@members_and_kin
@require_safe
def claim_paper(request: Request, number: str, key: uuid.UUID) -> HttpResponse:
    """A page as it was brought."""
    found = access.paper_for(actor=request.actor, number=number, paper=str(key), on=request.on)
    if (found.by_kind, found.by_key) != (request.actor.kind, request.actor.key):
        note_read(request, "read_file", found)
    response = HttpResponse(papers.read(found), content_type=found.media_type)
    response["Content-Disposition"] = content_disposition_header(False, found.name) or "inline"
    if found.media_type != papers.PDF:
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _answer(request: Request, claim: Claim, word: str, refusal: str) -> HttpResponse:
    """The box that changed, for a script; the page for everybody else."""
    status = 422 if refusal else 200
    if "X-Part" in request.headers:
        box: Any = next((one for one in boxes_of(claim=claim, refused=word, refusal=refusal) if one.word == word), None)
        return render(request, "members/claims/paper_box.html", {"claim": claim, "box": box}, status=status)
    if not refusal:
        address = reverse("members:claim_papers", args=[claim.number])
        return HttpResponseRedirect(f"{address}#paper-{word}" if word in ALL else address)
    boxes = boxes_of(claim=claim, refused=word, refusal=refusal)
    if any(box.refusal for box in boxes):
        refusal = ""
    return page_of_step(request, claim, "papers", {"boxes": boxes, "refusal": refusal}, status=status)
