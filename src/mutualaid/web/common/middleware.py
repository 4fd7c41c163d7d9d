"""What surrounds every page, from the outside in: headers, language, who asks, and the bounds of the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from mutualaid.core.dates import day_of
from mutualaid.web.common import clock
from mutualaid.web.common.answers import fault_of
from mutualaid.web.common.bounds import bounds_of
from mutualaid.web.common.faults import dressed, fault_page
from mutualaid.web.common.requests import Ended, PublicRequest, write_reads
from mutualaid.web.common.sessions import standing_of

Answer = Callable[[HttpRequest], HttpResponseBase]

APART = ("/api/", "/channels/")
"""Addresses for machines: tokens or signatures instead of sessions, and bounds that they set themselves (``web.api``)."""
BODY_MOST = 36 * 2**20
"""Bytes of what a page is sent: three scans of 10 MB and what stands beside them."""
SHORTER = {"/proofs": ("document_too_large", 6 * 2**20)}
"""Pages for everybody that take less: the page of errors that says so, and bytes."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Headers:
    """Headers of every answer, files and faults included. Pages of who is signed in are kept nowhere."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class Language:
    """The language that was chosen in this browser (a cookie); else Chinese, whatever the browser prefers. What somebody who is
    signed in chose comes before it (``Standings``)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


class Bodies:
    """What is longer than any page takes is refused unread: reading a form writes its files down, whoever sent it. Without a
    length nothing is read."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.headers.get("Content-Length", "")
        kind, most = SHORTER.get(request.path, ("too_large", BODY_MOST))
        if length.isdecimal() and int(length[:20]) > most and not request.path.startswith(APART):
            return fault_page(request, kind)
        return self.get_response(request)


class Standings:
    """``request.standing``, ``request.actor`` and ``request.account`` (None for nobody), ``request.at`` and ``request.on``;
    and each view within its bounds. The innermost: it runs the views."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        known: Any = request
        known.at = clock.now()
        known.on = day_of(known.at)
        known.standing = known.actor = known.account = known.ended = None
        known.reads = []
        if not request.path.startswith(APART):
            try:
                found = standing_of(request.session, known.at)
            except Error as raised:
                if (answer := fault_of(request, raised)) is None:
                    raise
                return answer
            if isinstance(found, Ended):
                known.ended = found
            elif found is not None:
                known.standing, known.actor, known.account = found, found.actor, found.account
                if found.account.language:  # ``Language`` puts back what was before
                    request.LANGUAGE_CODE = found.account.language
                    translation.activate(found.account.language)
        response = self.get_response(request)
        if isinstance(response, HttpResponse):
            response = dressed(request, response)
        if known.standing is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
            patch_vary_headers(response, ["Cookie"])
        return response

    def process_view(
        self, request: PublicRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """The view, in its transaction; a page that is a template is rendered there too."""
        if request.path.startswith(APART):
            return None
        try:
            with bounds_of(request):
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
            write_reads(request)
        except Exception as raised:
            answer: HttpResponse | None = fault_of(request, raised)
            if answer is None:
                raise
            return answer
        return response
