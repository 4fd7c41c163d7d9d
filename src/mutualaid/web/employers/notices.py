"""The clerk's notices, their own account, and how things are done here."""

from __future__ import annotations

import uuid

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.notices.access import notice_for, notices_visible_to
from mutualaid.notices.actions import read_all_notices, read_notice
from mutualaid.notices.queries import notices_of, unread_count
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.told import PER_PAGE, paged


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: Request) -> HttpResponseBase:
    """The inbox, latest first; a POST marks all as read."""
    if request.method == "POST":
        read_all_notices(account=request.account, portal="clerk", by=request.actor, at=request.at)
        return HttpResponseRedirect(reverse("employers:notices"))
    page = paged(request, range(notices_visible_to(actor=request.actor).count()))
    letters = notices_of(
        actor=request.actor, zh=get_language() != "en", limit=PER_PAGE, offset=(page.number - 1) * PER_PAGE
    )
    context = {"page": page, "letters": letters, "unread": unread_count(actor=request.actor)}
    return TemplateResponse(request, "employers/notices.html", context)


@clerks_only
@require_POST
def notice(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """One is opened: it is read, and the page behind it comes."""
    found = notice_for(actor=request.actor, key=key)
    read_notice(notice=found, by=request.actor, at=request.at)
    return HttpResponseRedirect(found.link or reverse("employers:notices"))


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
