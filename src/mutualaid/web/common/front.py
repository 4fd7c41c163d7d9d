"""The site's first page: which of the three ends. In the demonstration the story takes its place."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from mutualaid.web.common.guards import public
from mutualaid.web.common.requests import PublicRequest


@public
@require_safe
def front(request: PublicRequest) -> HttpResponseBase:
    """Where somebody without an address begins."""
    if settings.DEMO:
        return HttpResponseRedirect(reverse("demo:first"))
    return TemplateResponse(request, "common/front.html")
