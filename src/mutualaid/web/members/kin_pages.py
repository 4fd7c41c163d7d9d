"""Pages that prove a kinship: photos and files are taken one by one or several at once, shown, and removed again."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mutualaid.claims import kin_access as access
from mutualaid.claims.actions.kinship import NotBeingProven, add_kin_pages, remove_kin_page
from mutualaid.claims.kinship import proofs_of
from mutualaid.claims.models import Kinship
from mutualaid.claims.pages import PAGE_SIZE_MOST
from mutualaid.claims.refusals import Refused
from mutualaid.core import papers
from mutualaid.core.papers import BadFile
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_and_kin
from mutualaid.web.common.requests import Request
from mutualaid.web.common.serving import file_answer
from mutualaid.web.members.kin import page_of


@members_and_kin
@require_POST
def kinship_paper_new(request: Request, number: str, word: str) -> HttpResponseBase:
    """Pages of one paper (``pages``, several files)."""
    found = access.kinship_for(actor=request.actor, number=number, on=request.on)
    brought = request.FILES.getlist("pages")
    refusal, status = "" if brought else _("没有收到文件，请拍照或选择文件"), 422
    large = [file.name for file in brought if (file.size or 0) > PAGE_SIZE_MOST]
    if large:
        told = {"name": large[0], "most": PAGE_SIZE_MOST >> 20}
        refusal = _("“%(name)s”超过 %(most)d MB，请重新拍照或压缩后再传") % told
    if not refusal:
        files = [(file.name or "", file.read()) for file in brought]
        try:
            add_kin_pages(kinship=found, word=word, files=files, by=request.actor, at=request.at)
        except (Refused, BadFile) as refused:
            refusal, status = said_by(refused), 409 if isinstance(refused, NotBeingProven) else 422
    return _answer(request, found, word, refusal, status)


@members_and_kin
@require_POST
def kinship_paper_removal(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page is taken away."""
    found = access.kinship_for(actor=request.actor, number=number, on=request.on)
    pages = [page for proof in proofs_of(kinship=found) for page in proof.pages]
    paper = next((page for page in pages if page.file.key == key), None)
    if paper is None:
        raise NotFound("没有找到这一页，可能已经删去", "no such page was found; it may be removed already")
    try:
        remove_kin_page(paper=paper, by=request.actor, at=request.at)
    except Refused as refused:
        status = 409 if isinstance(refused, NotBeingProven) else 422
        return _answer(request, found, paper.word, said_by(refused), status)
    return _answer(request, found, paper.word, "", 200)


@members_and_kin
@require_safe
def kinship_paper(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page as it was brought."""
    found = access.kin_paper_for(actor=request.actor, number=number, paper=str(key), on=request.on)
    return file_answer(found, papers.read(found), saved=False)


def _answer(request: Request, found: Kinship, word: str, refusal: str, status: int) -> HttpResponse:
    """The box that changed, for a script; the page for everybody else."""
    if "X-Part" in request.headers:
        proof = next((one for one in proofs_of(kinship=found) if one.paper.word == word), None)
        context = {"kinship": found, "proof": proof, "refused": refusal}
        return render(request, "members/kin/paper_box.html", context, status=422 if refusal else 200)
    if refusal:
        return page_of(request, found, refusal=refusal, status=status)
    return HttpResponseRedirect(f"{reverse('members:kinship', args=[found.number])}#paper-{word}")
