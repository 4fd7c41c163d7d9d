"""What is shown without a network: a page kept by the browser, and the service worker that keeps it.

Only our own static files and that page are kept, never a page of a person.
"""

from __future__ import annotations

import hashlib
import json

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from mutualaid.web.common.guards import public

FILES = ("common/look.css", "common/plain.css", "common/app.js", "common/mark.svg", "django_htmx/htmx-2.min.js")


def _bytes(name: str) -> bytes:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"expected the static file {name}, found none; run make setup")
    with open(found, "rb") as file:
        return file.read()


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """``/sw.js``, at the root so that it may answer for every page. Its version is the hash of what it keeps."""
    page = reverse("common:offline")
    version = hashlib.sha256(b"".join(_bytes(name) for name in (*FILES, "common/sw.js"))).hexdigest()[:16]
    files = json.dumps([page, *(static(name) for name in FILES)])
    text = _bytes("common/sw.js").decode().replace("__VERSION__", version).replace("__FILES__", files)
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


@public
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that the service worker shows when there is no network. Holds nothing of the visitor."""
    # Without the request: no name, no token, no cookie gets into what is kept.
    response = render(None, "common/offline.html")
    response["Cache-Control"] = "no-cache"
    return response
