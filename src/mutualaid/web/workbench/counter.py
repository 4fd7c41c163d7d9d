"""管理端: the counter – claims written from paper for a member who stands before it, or for next of kin, and their forms."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import access, queries
from mutualaid.claims.actions.drafting import begin_claim
from mutualaid.claims.forms import KINDS, checklist_form, mandate
from mutualaid.claims.models import Source
from mutualaid.people.access import members_visible_to
from mutualaid.people.identity import IdentityKind
from mutualaid.people.queries import employment_on, members_found
from mutualaid.web.common import claim_pages as pages
from mutualaid.web.common.answers import said as in_words
from mutualaid.web.common.claim_writing import REFUSALS
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.identity_forms import KINDS as IDENTITY_KINDS
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read

WRITE = access.COUNTER
FOUND_MOST = 20


def _place() -> pages.Place:
    return pages.Place("workbench", "claim_filed", reverse("workbench:claim_new"))


class BeginForm(forms.Form):
    """For whom a claim is written, and who asks."""

    source = forms.ChoiceField(
        label=gettext_lazy("谁来申请"),
        widget=forms.RadioSelect,
        initial=Source.COUNTER,
        choices=[
            (Source.COUNTER.value, gettext_lazy("会员本人在窗口")),
            (Source.KIN.value, gettext_lazy("近亲属（会员身故或不能办理）")),
        ],
    )
    name = forms.CharField(label=gettext_lazy("申请人姓名"), max_length=50, required=False)
    relation = forms.CharField(
        label=gettext_lazy("与会员的关系"), max_length=30, required=False, help_text=gettext_lazy("配偶、子女、父母等")
    )
    identity_kind = forms.ChoiceField(
        label=gettext_lazy("申请人证件种类"),
        required=False,
        choices=[(kind.value, name) for kind, name in IDENTITY_KINDS.items()],
        initial=IdentityKind.RESIDENT.value,
    )
    identity_number = forms.CharField(
        label=gettext_lazy("申请人证件号码"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(label=gettext_lazy("申请人手机"), max_length=20, required=False)

    def applicant(self) -> dict[str, str] | None:
        """Who files, where it is not the member."""
        given = self.cleaned_data
        if given["source"] != Source.KIN:
            return None
        return {key: given[key] for key in ("name", "relation", "identity_kind", "identity_number", "phone")}

    @property
    def applicant_fields(self) -> list[Any]:
        """Of next of kin alone."""
        return [self[name] for name in ("name", "relation", "identity_kind", "identity_number", "phone")]


@staff_only(roles=WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_new(request: Request) -> HttpResponseBase:
    """First the member is found (``?q=``), then chosen (``?member=``), then the claim is begun."""
    number = request.GET.get("member", "")
    words = request.GET.get("q", "").strip()
    if not number:
        found = []
        if words:
            seen = members_visible_to(actor=request.actor, on=request.on)
            found = list(members_found(among=seen, text=words)[:FOUND_MOST])
            note_read(request, "search_members", request.account)
        return TemplateResponse(request, "workbench/counter/find.html", {"found": found, "words": words})
    member = access.member_to_claim_for(actor=request.actor, number=number, on=request.on)
    form, status = BeginForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                claim = begin_claim(
                    member=member,
                    source=Source(form.cleaned_data["source"]),
                    applicant=form.applicant(),
                    by=request.actor,
                    at=request.at,
                )
            except REFUSALS as refusal:
                form.add_error(None, said(refusal))
            else:
                return HttpResponseRedirect(reverse("workbench:writing", args=[claim.number]))
    else:
        note_read(request, "read_member", member)
    open_claims = access.claims_visible_to(actor=request.actor, on=request.on).filter(member=member)
    context = {
        "member": member,
        "form": form,
        "employment": employment_on(member=member, on=request.on),
        "claims": list(open_claims.order_by("-id")[:10]),
        "kinds": [(kind, in_words(*names)) for kind, names in KINDS.items()],
    }
    return TemplateResponse(request, "workbench/counter/begin.html", context, status=status)


@staff_only(roles=WRITE)
@require_safe
def counter_form(request: Request, name: str) -> HttpResponseBase:
    """Blank forms: the checklist of a kind of event, the mandate of a member."""
    lang = "en" if get_language() == "en" else "zh"
    if name == "mandate":
        member = access.member_to_claim_for(actor=request.actor, number=request.GET.get("member", ""), on=request.on)
        note_read(request, "read_member", member)
        job = employment_on(member=member, on=request.on)
        employer = job.employer if job is not None else member.employments.latest("from_on").employer
        return pages.pdf("mandate.pdf", mandate(member=member, employer=employer, clerk="", lang=lang, on=request.on))
    kind = name if name in KINDS else "inpatient"
    content = checklist_form(kind=kind, source=Source.COUNTER, accident=False, lang=lang, on=request.on)
    return pages.pdf(f"checklist-{kind}.pdf", content)


@staff_only(roles=WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def writing(request: Request, number: str) -> HttpResponseBase:
    """What the papers tell, on one page."""
    return pages.writing(request, access.claim_to_write(actor=request.actor, number=number, on=request.on), _place())


@staff_only(roles=WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def writing_papers(request: Request, number: str) -> HttpResponseBase:
    """The checklist and its pages."""
    claim = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.writing_papers(request, claim, _place())


@staff_only(roles=WRITE)
@require_safe
def writing_paper(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page that was brought."""
    claim = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    file = access.paper_for(actor=request.actor, number=number, paper=str(key), on=request.on)
    return pages.page_file(request, claim, file)


@staff_only(roles=WRITE)
@require_POST
def writing_paper_removal(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page is taken away again."""
    claim = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.removal(request, claim, key, _place())


@staff_only(roles=WRITE)
@require_POST
def writing_filing(request: Request, number: str) -> HttpResponseBase:
    """It is complete."""
    claim = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.filing(request, claim, _place())


@staff_only(roles=WRITE)
@require_safe
def writing_form(request: Request, number: str, name: str) -> HttpResponseBase:
    """A form of the claim for paper."""
    claim = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    return pages.form_pdf(request, claim, name)


@staff_only(roles=WRITE)
@require_safe
def claim_filed(request: Request, number: str) -> HttpResponseBase:
    """What the person at the counter is told: the number, how it stands, what comes next; the acknowledgement to print."""
    claim = access.claim_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_claim", claim)
    context = {"claim": claim, "next": in_words(*queries.next_step(claim=claim)), "crumb": _("窗口代录")}
    return TemplateResponse(request, "workbench/counter/filed.html", context)


urlpatterns: list[URLPattern] = [
    path("claims/new", claim_new, name="claim_new"),
    path("counter/forms/<str:name>", counter_form, name="counter_form"),
    path("claims/<str:number>/writing", writing, name="writing"),
    path("claims/<str:number>/writing/papers", writing_papers, name="writing_papers"),
    path("claims/<str:number>/writing/papers/<uuid:key>", writing_paper, name="writing_paper"),
    path("claims/<str:number>/writing/papers/<uuid:key>/removal", writing_paper_removal, name="writing_paper_removal"),
    path("claims/<str:number>/writing/filing", writing_filing, name="writing_filing"),
    path("claims/<str:number>/writing/forms/<str:name>", writing_form, name="writing_form"),
    path("claims/<str:number>/filed", claim_filed, name="claim_filed"),
]
