"""单位端: what a roster changes against the covers of the term before; shown before anything is applied."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from mutualaid.enrolment import access
from mutualaid.web.common import roster_differences
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request


@clerks_only
@require_safe
def differences(request: Request, number: str) -> HttpResponseBase:
    """The persons of one kind, page by page, below the counts of all."""
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    context = roster_differences.context(request, found)
    return TemplateResponse(request, "employers/rosters/differences_list.html", context)


@clerks_only
@require_safe
def differences_export(request: Request, number: str) -> HttpResponseBase:
    """All of them as a workbook."""
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    return roster_differences.export(request, found)


urlpatterns: list[URLPattern] = [
    path("enrolments/<str:number>/differences", differences, name="differences"),
    path("enrolments/<str:number>/differences/export", differences_export, name="differences_export"),
]
