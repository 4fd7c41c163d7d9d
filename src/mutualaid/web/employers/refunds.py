"""单位端: fees are asked back for staff who were never eligible, withdraw or leave: first what the plan gives back, then it is
asked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.contributions import refund_access as access
from mutualaid.contributions.actions.refunding import withdraw_refund_request
from mutualaid.contributions.models import PayerKind, RefundRequest
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.refunding import REASONS, asking_page, rows_of
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.told import paged

SEES = PayerKind.EMPLOYER.value


@clerks_only
@require_safe
def refunds(request: Request) -> HttpResponseBase:
    """What was asked for the employers, the newest first."""
    seen = access.refund_requests_visible_to(actor=request.actor, on=request.on)
    page = paged(request, seen.order_by("-id"))
    reasons = dict(REASONS)
    context = {"page": page, "rows": [(one, reasons[one.reason]) for one in page]}
    return TemplateResponse(request, "employers/refunds/refunds.html", context)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def refund_new(request: Request) -> HttpResponseBase:
    """For the covers that were chosen in the list (``?cover=``): why, what the plan gives back, and then it is asked."""
    numbers = request.GET.getlist("cover")
    if not numbers:
        messages.error(request, _("请先在职工保障里勾选要退费的人"))
        return HttpResponseRedirect(reverse("employers:covers_here"))
    covers = access.chosen_to_refund(actor=request.actor, numbers=numbers, on=request.on)

    def asked(made: RefundRequest) -> HttpResponseBase:
        messages.success(request, _("退费申请 %s 已提交，经办机构审核后办理") % made.number)
        return HttpResponseRedirect(reverse("employers:refund_request", args=[made.number]))

    return asking_page(request, "employers/refunds/new.html", covers, sees=SEES, asked=asked)


@clerks_only
@require_safe
def refund_request(request: Request, number: str) -> HttpResponseBase:
    """One request, and what came of it."""
    found = access.refund_request_for(actor=request.actor, number=number, on=request.on)
    own = found.state == "asked" and (found.asked_kind, found.asked_by) == (request.actor.kind, request.actor.key)
    context = {
        "found": found,
        "reason": dict(REASONS)[found.reason],
        "rows": rows_of(found, SEES),
        "own": own,
        "refunds": found.refunds.filter(bill__payer_kind=SEES).order_by("id"),
    }
    return TemplateResponse(request, "employers/refunds/request.html", context)


@clerks_only
@require_POST
def refund_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """Who asked takes it back."""
    found = access.refund_request_to_withdraw(actor=request.actor, number=number, on=request.on)
    withdraw_refund_request(request=found, by=request.actor, at=request.at)
    messages.success(request, _("已撤回"))
    return HttpResponseRedirect(reverse("employers:refund_request", args=[number]))


urlpatterns: list[URLPattern] = [
    path("refunds", refunds, name="refunds"),
    path("refunds/new", refund_new, name="refund_new"),
    path("refunds/<str:number>", refund_request, name="refund_request"),
    path("refunds/<str:number>/withdrawal", refund_withdrawal, name="refund_withdrawal"),
]
