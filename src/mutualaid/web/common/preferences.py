"""How a visitor reads: language, and the larger type (长辈版). Kept in cookies, for anonymous visitors too; the language of
whoever is signed in also with their account, so that it holds on their next phone.

Both are changed by POST and lead back to the page on which the button was.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from mutualaid.people.actions.own_account import choose_language
from mutualaid.web.common.guards import public
from mutualaid.web.common.requests import PublicRequest

CARE_COOKIE = "care"
KEPT_SECONDS = 365 * 24 * 3600


def own_path(asked: str) -> str:
    """A path of our own to go back to; the first page in place of anything that leads elsewhere."""
    # No host at all is allowed: only a path may be given.
    fine = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if fine else "/"


def _kept(response: HttpResponse, name: str, value: str) -> HttpResponse:
    response.set_cookie(
        name,
        value,
        max_age=KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@public
@require_POST
def language(request: PublicRequest) -> HttpResponse:
    """POST ``language`` and ``next``: read on in that language; an unknown one changes nothing."""
    response = HttpResponseRedirect(own_path(request.POST.get("next", "")))
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return response
    standing = getattr(request, "standing", None)  # a page of no portal has none
    if standing is not None:
        choose_language(account=standing.account, language=chosen, by=standing.actor, at=request.at)
    return _kept(response, settings.LANGUAGE_COOKIE_NAME, chosen)


@public
@require_POST
def reading(request: HttpRequest) -> HttpResponse:
    """POST ``care`` (1 or 0) and ``next``: switch 长辈版 on or off."""
    response = HttpResponseRedirect(own_path(request.POST.get("next", "")))
    return _kept(response, CARE_COOKIE, "1" if request.POST.get("care") == "1" else "0")
