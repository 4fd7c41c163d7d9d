"""The clerk's notices, their own account, and how things are done here."""

from __future__ import annotations

import uuid

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.notices.access import notice_for
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.inbox import inbox, opened
from mutualaid.web.common.requests import Request


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: Request) -> HttpResponseBase:
    """The inbox, latest first; a POST marks all as read."""
    return inbox(request, "employers")


@clerks_only
@require_POST
def notice(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """One is opened: it is read, and the page behind it comes."""
    return opened(request, notice_for(actor=request.actor, key=key), "employers")


@clerks_only
@require_safe
def account(request: Request) -> HttpResponseBase:
    """One's own account: its one setting is the password."""
    return HttpResponseRedirect(reverse("common:password", args=["employers"]))


@clerks_only
@require_safe
def help_page(request: Request) -> HttpResponseBase:
    """How to get one's staff covered, step by step, and what clerks ask most."""
    return TemplateResponse(request, "employers/help.html", {})
