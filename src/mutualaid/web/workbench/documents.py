"""管理端: documents that were issued for a member, and printing them again, marked and written down."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from mutualaid.claims import access as claims_access
from mutualaid.claims.actions.reprinting import reprint
from mutualaid.claims.reprints import NAMES, documents_of, reprinted
from mutualaid.contributions import access as money_access
from mutualaid.enrolment import access as enrolment_access
from mutualaid.people import access
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said
from mutualaid.web.common.claim_pages import pdf
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read


@staff_only(roles=access.SEE_MEMBERS)
@require_safe
def member_documents(request: Request, number: str) -> HttpResponseBase:
    """What was issued for a member, the latest first."""
    who: dict[str, Any] = {"actor": request.actor, "on": request.on}
    member = access.member_for(**who, number=number)
    note_read(request, "read_member", member)
    found = documents_of(
        member=member,
        covers=enrolment_access.covers_visible_to(**who),
        claims=claims_access.claims_visible_to(**who),
        receipts=money_access.receipts_visible_to(**who),
    )
    rows = [(one, said(*NAMES[one.kind])) for one in found]
    return TemplateResponse(request, "workbench/documents/documents.html", {"member": member, "rows": rows})


@staff_only(roles=access.SEE_MEMBERS)
@require_POST
def document_copy(request: Request, kind: str, number: str) -> HttpResponseBase:
    """A document once more, marked 补打."""
    row = _row(request, kind, number)
    reprint(row=row, kind=kind, by=request.actor, at=request.at)
    lang = "en" if get_language() == "en" else "zh"
    return pdf(f"{number}-{kind}.pdf", reprinted(kind=kind, row=row, lang=lang, on=request.on))


def _row(request: Request, kind: str, number: str) -> Any:
    who: dict[str, Any] = {"actor": request.actor, "number": number, "on": request.on}
    if kind == "certificate":
        return enrolment_access.cover_for(**who)
    if kind == "receipt":
        return money_access.receipt_for(**who)
    if kind == "letter":
        return claims_access.letter_for(**who).claim
    if kind == "acknowledgement":
        claim = claims_access.claim_for(**who)
        if claim.filed_on is not None:
            return claim
    raise NotFound("没有找到该文书，请从列表选择", "no such document was found; choose it from the list")


urlpatterns: list[URLPattern] = [
    path("members/<str:number>/documents", member_documents, name="member_documents"),
    path("documents/<str:kind>/<str:number>/copies", document_copy, name="document_copy"),
]
