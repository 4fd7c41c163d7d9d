"""The inbox as both office portals show it. What is in it, ``notices`` says."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language

from mutualaid.notices.access import notices_visible_to
from mutualaid.notices.actions import read_all_notices, read_notice
from mutualaid.notices.models import Notice
from mutualaid.notices.queries import notices_of
from mutualaid.web.common.requests import Request

PER_PAGE = 20


def inbox(request: Request, portal: str) -> HttpResponseBase:
    """The notices of one's standing, latest first; a POST marks all as read. ``portal``: the namespace of its addresses."""
    if request.method == "POST":
        read_all_notices(account=request.account, portal=request.actor.kind, by=request.actor, at=request.at)
        return HttpResponseRedirect(reverse(f"{portal}:notices"))
    among = range(notices_visible_to(actor=request.actor).count())
    page = Paginator(among, PER_PAGE).get_page(request.GET.get("page"))
    letters = notices_of(
        actor=request.actor, zh=get_language() != "en", limit=PER_PAGE, offset=(page.number - 1) * PER_PAGE
    )
    context = {
        "page": page,
        "letters": letters,
        "unread": request.standing.unread,
        "opening": f"{portal}:notice",
    }
    return TemplateResponse(request, "common/inbox.html", context)


def opened(request: Request, found: Notice, portal: str) -> HttpResponseBase:
    """One is opened: it is read, and the page behind it comes."""
    read_notice(notice=found, by=request.actor, at=request.at)
    return HttpResponseRedirect(found.link or reverse(f"{portal}:notices"))
