"""Whether a certificate of cover is ours and in force today: a page for everybody who holds one, by its QR picture or by hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mutualaid.enrolment import access
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import public
from mutualaid.web.common.limits import Limit
from mutualaid.web.common.requests import PublicRequest, address_of

PAGE = "common/certificates/certificate.html"
ASKED = Limit(60)
"""A site that checks riders at its gate asks often; a program that tries codes asks more."""


@public
@require_safe
def certificate_check(request: PublicRequest) -> HttpResponseBase:
    """Where number and code are typed in; with both, on to their page."""
    number, code = _plain(request.GET.get("number", "")), _plain(request.GET.get("code", ""))
    if number and code:
        return HttpResponseRedirect(reverse("common:certificate", args=[number, code]))
    return TemplateResponse(request, PAGE, {"number": number, "code": code})


def _plain(told: str) -> str:
    return "".join(sign for sign in told if sign.isascii() and sign.isalnum())[:40].upper()


@public
@never_cache
@require_safe
def certificate(request: PublicRequest, number: str, code: str) -> HttpResponseBase:
    """The certificate with a number and its code: plan, masked name, days, and how it stands today."""
    context: dict[str, Any] = {"number": _plain(number), "code": _plain(code), "on": request.on}
    if ASKED.is_over(address_of(request), request.at):
        context["refusal"] = _("核验太频繁，请一分钟后再试。")
        response = TemplateResponse(request, PAGE, context, status=429)
        response["Retry-After"] = "60"
        return response
    try:
        context["found"] = access.certificate_held(number=number, code=code, on=request.on)
    except NotFound as refusal:
        return TemplateResponse(request, PAGE, context | {"refusal": said_by(refusal)}, status=404)
    return TemplateResponse(request, PAGE, context)
