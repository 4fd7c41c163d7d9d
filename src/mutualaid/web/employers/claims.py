"""单位端: claims – written for a member who mandated it, sealed once filed; and whether somebody was a member."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import access, queries
from mutualaid.claims.actions.confirming import confirm_membership
from mutualaid.claims.actions.drafting import WRITTEN, begin_claim
from mutualaid.claims.forms import mandate as mandate_form
from mutualaid.claims.models import Claim, Source
from mutualaid.claims.refusals import NoReason, NotYours
from mutualaid.people.access import NotFound, members_visible_to
from mutualaid.people.queries import employment_on, members_found
from mutualaid.web.common import claim_pages as pages
from mutualaid.web.common.answers import said as in_words
from mutualaid.web.common.claim_writing import REFUSALS
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read

FOUND_MOST = 20
ON_A_PAGE = 25


def _place() -> pages.Place:
    return pages.Place("employers", "claim", reverse("employers:claims"))


@clerks_only
@require_safe
def claims(request: Request) -> HttpResponseBase:
    """Claims of who works or worked here: number, name, state and days alone."""
    seen = access.claims_visible_to(actor=request.actor, on=request.on)
    rows = seen.select_related("member", "employer__unit").order_by("-id")
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    note_read(request, "read_claims", request.account)
    lines = [(row, _is_written_here(request, row)) for row in page]
    return TemplateResponse(request, "employers/claims/claims.html", {"page": page, "lines": lines})


def _is_written_here(request: Request, claim: Claim) -> bool:
    mine = (claim.by_kind, claim.by_key) == (request.actor.kind.value, request.actor.key)
    return mine and claim.state in ("draft", "returned")


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def claim_new(request: Request) -> HttpResponseBase:
    """Who it is for (``?q=``, then ``?member=``): somebody who works here today. POST begins it."""
    number, words = request.GET.get("member", ""), request.GET.get("q", "").strip()
    if not number:
        found = []
        if words:
            seen = members_visible_to(actor=request.actor, on=request.on)
            found = list(members_found(among=seen, text=words)[:FOUND_MOST])
            note_read(request, "search_members", request.account)
        return TemplateResponse(request, "employers/claims/find.html", {"found": found, "words": words})
    member = access.member_to_claim_for(actor=request.actor, number=number, on=request.on)
    refusal = ""
    if request.method == "POST":
        try:
            claim = begin_claim(member=member, source=Source.EMPLOYER, by=request.actor, at=request.at)
        except REFUSALS as refused:
            refusal = said(refused)
        else:
            return HttpResponseRedirect(reverse("employers:writing_papers", args=[claim.number]))
    note_read(request, "read_member", member)
    context = {"member": member, "refusal": refusal}
    return TemplateResponse(request, "employers/claims/begin.html", context, status=422 if refusal else 200)


@clerks_only
@require_safe
def mandate(request: Request) -> HttpResponseBase:
    """The mandate of a member, to be printed and signed."""
    member = access.member_to_claim_for(actor=request.actor, number=request.GET.get("member", ""), on=request.on)
    job = employment_on(member=member, on=request.on)
    if job is None:
        raise NotFound("该会员今天不在本单位任职", "the member does not work here today")
    note_read(request, "read_member", member)
    lang = "en" if get_language() == "en" else "zh"
    content = mandate_form(member=member, employer=job.employer, clerk="", lang=lang, on=request.on)
    return pages.pdf("mandate.pdf", content)


@clerks_only
@require_safe
def claim(request: Request, number: str) -> HttpResponseBase:
    """How a claim stands: state and days, nothing that tells of health, money or papers."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_claim", found)
    context = {
        "claim": found,
        "next": in_words(*queries.next_step(claim=found)),
        "writes": _is_written_here(request, found),
    }
    return TemplateResponse(request, "employers/claims/claim.html", context)


# --- writing one ------------------------------------------------------------------------------------------------------


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def writing(request: Request, number: str) -> HttpResponseBase:
    """What the papers tell, on one page."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.writing(request, found, _place())


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def writing_papers(request: Request, number: str) -> HttpResponseBase:
    """The checklist and its pages, the mandate first."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.writing_papers(request, found, _place())


@clerks_only
@require_safe
def writing_paper(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page that the clerk brought, until it is filed."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    file = access.paper_for(actor=request.actor, number=number, paper=str(key), on=request.on)
    return pages.page_file(request, found, file)


@clerks_only
@require_POST
def writing_paper_removal(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page is taken away again."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.removal(request, found, key, _place())


@clerks_only
@require_POST
def writing_filing(request: Request, number: str) -> HttpResponseBase:
    """It is complete, and sealed from now on."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.filing(request, found, _place())


@clerks_only
@require_safe
def writing_form(request: Request, number: str, name: str) -> HttpResponseBase:
    """A form of the claim for paper, until it is filed."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    if found.state not in WRITTEN:
        raise NotFound("申请已提交，材料已封存", "the claim is filed: its papers are sealed")
    return pages.form_pdf(request, found, name)


# --- was it a member? -------------------------------------------------------------------------------------------------


class ConfirmationForm(forms.Form):
    """Yes, or no and why."""

    confirmed = forms.ChoiceField(
        label=gettext_lazy("该职工当时是否为本单位工会会员"),
        widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("确认是")), ("no", gettext_lazy("有异议"))],
    )
    remark = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("有异议的写明原因，例如“已于某月离职”；不要写病情"),
    )


@clerks_only
@require_safe
def confirmations(request: Request) -> HttpResponseBase:
    """Claims whose office asks whether the person was a member, the oldest first; no medical facts."""
    seen = access.claims_visible_to(actor=request.actor, on=request.on).filter(state="confirming")
    rows = seen.select_related("member", "employer__unit").order_by("due_on", "id")
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    note_read(request, "read_claims", request.account)
    return TemplateResponse(request, "employers/claims/confirmations.html", {"page": page})


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: Request, number: str) -> HttpResponseBase:
    """One of them: confirmed, or objected to with a remark."""
    found = access.claim_to_confirm(actor=request.actor, number=number, on=request.on)
    form, status = ConfirmationForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            is_so = form.cleaned_data["confirmed"] == "yes"
            remark = "" if is_so else form.cleaned_data["remark"]
            try:
                confirm_membership(claim=found, confirmed=is_so, remark=remark, by=request.actor, at=request.at)
            except NoReason as refusal:
                form.add_error("remark", said(refusal))
            except NotYours as refusal:
                form.add_error(None, said(refusal))
            else:
                messages.success(request, _("已回复申请 %(number)s") % {"number": number})
                return HttpResponseRedirect(reverse("employers:confirmations"))
    else:
        note_read(request, "read_claim", found)
    jobs = found.member.employments.filter(employer=found.employer).order_by("from_on")
    context = {"claim": found, "form": form, "employments": list(jobs)}
    return TemplateResponse(request, "employers/claims/confirmation.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("claims", claims, name="claims"),
    path("claims/new", claim_new, name="claim_new"),
    path("claims/mandate", mandate, name="mandate"),
    path("claims/<str:number>", claim, name="claim"),
    path("claims/<str:number>/writing", writing, name="writing"),
    path("claims/<str:number>/writing/papers", writing_papers, name="writing_papers"),
    path("claims/<str:number>/writing/papers/<uuid:key>", writing_paper, name="writing_paper"),
    path("claims/<str:number>/writing/papers/<uuid:key>/removal", writing_paper_removal, name="writing_paper_removal"),
    path("claims/<str:number>/writing/filing", writing_filing, name="writing_filing"),
    path("claims/<str:number>/writing/forms/<str:name>", writing_form, name="writing_form"),
    path("confirmations", confirmations, name="confirmations"),
    path("confirmations/<str:number>", confirmation, name="confirmation"),
]
