"""管理端: what a roster changes against the covers of the term before, for whoever reviews the enrolment."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from mutualaid.enrolment import access
from mutualaid.people.access import SEE_MEMBERS
from mutualaid.web.common import roster_differences
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read


@staff_only(roles=SEE_MEMBERS)
@require_safe
def enrolment_differences(request: Request, number: str) -> HttpResponseBase:
    """The persons of one kind, page by page, below the counts of all."""
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_roster", found)
    context = roster_differences.context(request, found)
    return TemplateResponse(request, "workbench/enrolments/differences.html", context)


@staff_only(roles=SEE_MEMBERS)
@require_safe
def enrolment_differences_export(request: Request, number: str) -> HttpResponseBase:
    """All of them as a workbook."""
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_roster", found)
    return roster_differences.export(request, found)


urlpatterns: list[URLPattern] = [
    path("enrolments/<str:number>/differences", enrolment_differences, name="enrolment_differences"),
    path(
        "enrolments/<str:number>/differences/export",
        enrolment_differences_export,
        name="enrolment_differences_export",
    ),
]
