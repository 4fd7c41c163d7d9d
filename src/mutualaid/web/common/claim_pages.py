"""Pages on which a claim is written from paper, for the portals that have them (``claim_writing`` has their forms).

The portal's own view asks ``access`` for the claim and hands it here; addresses have the same names in each portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mutualaid.claims import forms as paper
from mutualaid.claims.actions.drafting import WRITTEN, NotBeingWritten, remove_paper
from mutualaid.claims.actions.paper import add_pages, file_from_paper
from mutualaid.claims.application import application_pdf
from mutualaid.claims.checklist import MANDATE, missing_of
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.queries import wanted_of as asked_of
from mutualaid.claims.states import CLAIM
from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said as in_words
from mutualaid.web.common.claim_writing import REFUSALS, bill_form, pages_of, save, wanted_of
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read


@dataclass(frozen=True)
class Place:
    """Where the pages are: the URL namespace, the page of a claim that is filed, the list to which one goes back."""

    portal: str
    filed: str
    back: str

    def url(self, name: str, *args: Any) -> str:
        """An address of the portal."""
        return reverse(f"{self.portal}:{name}", args=args)


def _expect_written(claim: Claim) -> None:
    """Nothing of a claim that is filed is shown or changed here. Raises NotBeingWritten."""
    if claim.state not in WRITTEN:
        chinese, english = CLAIM.names[claim.state]
        raise NotBeingWritten(
            f"申请已提交，现为“{chinese}”；已提交的内容不能再改，请看办理进度",
            f"the claim is filed and {english}: nothing of it is changed any more; look how it stands",
        )


def _context(place: Place, claim: Claim, **more: Any) -> dict[str, Any]:
    return {
        "claim": claim,
        "place": place,
        "portal": place.portal,
        "steps": [
            (place.url("writing", claim.number), _("填写内容")),
            (place.url("writing_papers", claim.number), _("材料与提交")),
        ],
        **more,
    }


def writing(request: Request, claim: Claim, place: Place) -> HttpResponseBase:
    """The whole bill on one page; GET of a claim that is filed leads to where it stands."""
    if request.method == "POST":
        _expect_written(claim)
    else:
        note_read(request, "read_claim", claim)
        if claim.state not in WRITTEN:
            return HttpResponseRedirect(place.url(place.filed, claim.number))
        if claim.source == Source.EMPLOYER and not _has(claim, MANDATE.word):
            messages.info(request, _("请先上传职工签字的委托书，再填写内容"))
            return HttpResponseRedirect(place.url("writing_papers", claim.number))
    form, status = bill_form(claim, request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        if save(request, claim, form):
            messages.success(request, _("已保存"))
            return HttpResponseRedirect(place.url("writing_papers", claim.number))
        status = 422
    return TemplateResponse(request, "common/claims/bill.html", _context(place, claim, form=form), status=status)


def writing_papers(request: Request, claim: Claim, place: Place) -> HttpResponseBase:
    """The checklist with what was brought; POST brings pages of one paper."""
    if request.method == "POST":
        _expect_written(claim)
        word, pages = pages_of(request)
        try:
            add_pages(claim=claim, word=word, pages=pages, by=request.actor, at=request.at)
        except REFUSALS as refusal:
            return _papers(request, claim, place, refusal=said(refusal), at=word)
        messages.success(request, _("已上传 %(count)s 个文件") % {"count": len(pages)})
        return HttpResponseRedirect(place.url("writing_papers", claim.number) + f"#{word}")
    note_read(request, "read_claim", claim)
    if claim.state not in WRITTEN:
        return HttpResponseRedirect(place.url(place.filed, claim.number))
    return _papers(request, claim, place)


def _papers(request: Request, claim: Claim, place: Place, *, refusal: str = "", at: str = "") -> HttpResponseBase:
    asked = asked_of(claim=claim)
    context = _context(
        place,
        claim,
        wanted=wanted_of(claim),
        missing=[in_words(zh, en) for _word, zh, en in missing_of(claim=claim)],
        refusal=refusal,
        refused_at=at,
        asked=asked,
        is_employer=claim.source == Source.EMPLOYER,
    )
    return TemplateResponse(request, "common/claims/papers.html", context, status=422 if refusal else 200)


def removal(request: Request, claim: Claim, key: Any, place: Place) -> HttpResponseBase:
    """A page is taken away again. Raises NotFound."""
    _expect_written(claim)
    try:
        remove_paper(paper=_page(claim, key), by=request.actor, at=request.at)
    except REFUSALS as refusal:
        return _papers(request, claim, place, refusal=said(refusal))
    messages.success(request, _("已删去一页"))
    return HttpResponseRedirect(place.url("writing_papers", claim.number))


def filing(request: Request, claim: Claim, place: Place) -> HttpResponseBase:
    """It is complete; what is missing is said, all at once."""
    _expect_written(claim)
    try:
        filed = file_from_paper(claim=claim, by=request.actor, at=request.at)
    except REFUSALS as refusal:
        return _papers(request, claim, place, refusal=said(refusal))
    messages.success(request, _("申请 %(number)s 已提交") % {"number": filed.number})
    return HttpResponseRedirect(place.url(place.filed, filed.number))


def page_file(request: Request, claim: Claim, file: StoredFile) -> HttpResponseBase:
    """A page that was brought, as it is; only what browsers show without running anything in it is kept."""
    note_read(request, "read_claim_paper", claim)
    response = HttpResponse(papers.read(file), content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(False, file.name) or "inline"
    return response


def form_pdf(request: Request, claim: Claim, name: str) -> HttpResponseBase:
    """``application``, ``acknowledgement`` or ``checklist`` of a claim, for paper. Raises NotFound."""
    note_read(request, "read_claim", claim)
    lang = "en" if get_language() == "en" else "zh"
    if name == "application":
        content = application_pdf(claim=claim, lang=lang, on=request.on)
    elif name == "acknowledgement":
        content = paper.acknowledgement(claim=claim, lang=lang, on=request.on)
    elif name == "checklist":
        told = claim.particulars
        content = paper.checklist_form(kind=told.kind, source=claim.source, accident=False, lang=lang, on=request.on)
    else:
        raise NotFound("没有这种文书", "there is no such form")
    return pdf(f"{claim.number}-{name}.pdf", content)


def pdf(name: str, content: bytes) -> HttpResponse:
    """A PDF that the browser shows."""
    response = HttpResponse(content, content_type=papers.PDF)
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    return response


def _has(claim: Claim, word: str) -> bool:
    return ClaimPaper.objects.filter(claim=claim, word=word, removed_at=None).exists()


def _page(claim: Claim, key: Any) -> ClaimPaper:
    found = ClaimPaper.objects.filter(claim=claim, file__key=key, removed_at=None).select_related("claim").first()
    if found is None:
        raise NotFound("没有找到这一页材料，可能已删去", "no such page was found; it was perhaps removed")
    return found
