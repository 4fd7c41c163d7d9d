"""管理端: the inbox of staff, and how the work here is done."""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.notices.access import notice_for
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.inbox import inbox, opened
from mutualaid.web.common.requests import Request


@staff_only()
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: Request) -> HttpResponseBase:
    """The inbox, latest first; a POST marks all as read."""
    return inbox(request, "workbench")


@staff_only()
@require_POST
def notice(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """One is opened: it is read, and the page behind it comes."""
    return opened(request, notice_for(actor=request.actor, key=key), "workbench")


@staff_only()
@require_safe
def help_page(request: Request) -> HttpResponseBase:
    """Who does what, in which order, and what to do when something is odd."""
    return TemplateResponse(request, "workbench/notices/help.html", {})


urlpatterns: list[URLPattern] = [
    path("notices", notices, name="notices"),
    path("notices/<uuid:key>", notice, name="notice"),
    path("help", help_page, name="help"),
]
