"""Filters of lists that somebody saved under a name, for their account at this portal (``people.models.SavedFilter``)."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from mutualaid.people.actions.saved_filters import forget_filter
from mutualaid.people.actions.saved_filters import keep_filter as keep
from mutualaid.people.queries import filters_to_show
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import signed_in
from mutualaid.web.common.preferences import own_path
from mutualaid.web.common.requests import Request

_LISTING = re.compile(r"[a-z][a-z_-]{0,39}")


def saved_filters(request: HttpRequest, listing: str) -> list[tuple[str, str]]:
    """Names and queries (without ``?``), the newest last; none of nobody's."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return []
    return [(row.name, str(row.query)) for row in filters_to_show(actor=actor, listing=listing)]


@signed_in
@require_POST
def keep_filter(request: Request) -> HttpResponse:
    """POST ``listing``, ``name``, ``query``, ``next``; with ``forget`` the one of that name is dropped."""
    back = HttpResponseRedirect(own_path(request.POST.get("next", "")))
    listing, name = request.POST.get("listing", ""), request.POST.get("name", "")
    if not _LISTING.fullmatch(listing):
        return back
    try:
        if "forget" in request.POST:
            forget_filter(listing=listing, name=name, by=request.actor, at=request.at)
        else:
            keep(listing=listing, name=name, query=request.POST.get("query", ""), by=request.actor, at=request.at)
    except Refused as refusal:
        messages.error(request, said_by(refusal))
    return back
