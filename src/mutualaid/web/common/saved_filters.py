"""Filters of lists that a visitor saved under a name: in a signed cookie of the browser, so that there is no table for them.

A cookie holds a few kilobytes: at most eight to a list, the oldest go first. What is asked may name people, so the
cookie is signed, hidden from scripts, and never logged.
"""

from __future__ import annotations

import json
import re

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from mutualaid.web.common.guards import public
from mutualaid.web.common.preferences import KEPT_SECONDS, own_path

MOST = 8
MOST_BYTES = 3000
_LISTING = re.compile(r"[a-z][a-z_-]{0,39}")


def _cookie(listing: str) -> str:
    return f"filters-{listing}"


def saved_filters(request: HttpRequest, listing: str) -> list[tuple[str, str]]:
    """Names and queries (without ``?``), the newest last; none when the cookie is not ours."""
    try:
        kept = json.loads(request.get_signed_cookie(_cookie(listing), default="[]", salt="filters") or "[]")
    except (BadSignature, ValueError):
        return []
    return [(str(name), str(query)) for name, query in kept]


@public
@require_POST
def keep_filter(request: HttpRequest) -> HttpResponse:
    """POST ``listing``, ``name``, ``query``, ``next``; with ``forget`` the one of that name is dropped."""
    back = HttpResponseRedirect(own_path(request.POST.get("next", "")))
    listing, name = request.POST.get("listing", ""), request.POST.get("name", "").strip()[:30]
    if not _LISTING.fullmatch(listing) or not name:
        return back
    kept = [pair for pair in saved_filters(request, listing) if pair[0] != name]
    if "forget" not in request.POST:
        kept.append((name, request.POST.get("query", "")[:500]))
    kept = kept[-MOST:]
    while kept and len(json.dumps(kept)) > MOST_BYTES:
        kept.pop(0)
    back.set_signed_cookie(
        _cookie(listing),
        json.dumps(kept),
        salt="filters",
        max_age=KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return back
