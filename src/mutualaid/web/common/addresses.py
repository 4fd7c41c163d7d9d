"""Addresses that come from outside: where to go next is taken only within our own pages."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_path(text: str, otherwise: str) -> str:
    """A path of ours as it was asked for, else another. ``//host``, a backslash, a scheme or a control character would
    lead elsewhere."""
    clean = text.isprintable() and text.startswith("/") and "\\" not in text
    return text if clean and url_has_allowed_host_and_scheme(text, allowed_hosts=None) else otherwise


def next_of(request: HttpRequest, otherwise: str) -> str:
    """Where a form or an address says to go on."""
    return own_path(request.POST.get("next") or request.GET.get("next") or "", otherwise)


def come_back_to(request: HttpRequest) -> str:
    """The page to return to after signing in: the one asked for, the one around a fragment, the one whose form was sent."""
    if shown := request.headers.get("HX-Current-URL"):
        return _path_of(shown)
    return request.get_full_path() if request.method in {"GET", "HEAD"} else form_page(request)


def form_page(request: HttpRequest) -> str:
    """The page whose form was sent, as the browser tells it, else empty. Many forms go to addresses that are no pages."""
    return _path_of(request.headers.get("Referer", ""))


def _path_of(shown: str) -> str:
    try:
        parts = urlsplit(shown)
    except ValueError:
        return ""
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path, "")


def with_query(path: str, **parts: str) -> str:
    """An address with those parts of a query that are not empty."""
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{path}?{query}" if query else path
