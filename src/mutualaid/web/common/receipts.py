"""Whether a receipt is ours: a page for everybody who holds one. It shows what stands on the paper, the payer in part."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mutualaid.contributions import access
from mutualaid.contributions.words import payer_masked
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import public
from mutualaid.web.common.requests import PublicRequest


@public
@require_safe
def receipt_check(request: PublicRequest) -> HttpResponseBase:
    """Where a check code is typed in; with one, on to its page."""
    code = "".join(sign for sign in request.GET.get("code", "") if sign.isascii() and sign.isalnum())[:40]
    if code:
        return HttpResponseRedirect(reverse("common:receipt", args=[code.upper()]))
    return TemplateResponse(request, "common/receipts/receipt.html", {})


@public
@never_cache
@require_safe
def receipt(request: PublicRequest, code: str) -> HttpResponseBase:
    """The receipt with a check code: number, amount, and the payer in part."""
    try:
        found = access.receipt_held(check_code=code)
    except NotFound as refusal:
        context = {"code": code, "refusal": said_by(refusal)}
        return TemplateResponse(request, "common/receipts/receipt.html", context, status=404)
    told: dict[str, Any] = {"found": found, "payer": payer_masked(found.payer_name)}
    return TemplateResponse(request, "common/receipts/receipt.html", told)
