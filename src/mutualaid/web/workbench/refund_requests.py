"""管理端: fees that are asked back – by clerks, members or the office itself – and what the office decides of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims.actions.refunding import approve_refund_request
from mutualaid.contributions import refund_access as access
from mutualaid.contributions.actions.refunding import DECIDE, refuse_refund_request, withdraw_refund_request
from mutualaid.contributions.models import RefundRequest
from mutualaid.contributions.states import REFUND_REQUEST
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.refunding import REASONS, asking_page, rows_of
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

SORTS = {"at": ("-id",), "employer": ("employer__unit__name", "-id")}


class RequestsAsked(Asked):
    """What the list is asked."""

    state = StateField(REFUND_REQUEST)
    q = WordsField(label=gettext_lazy("编号"))


@staff_only(roles=access.SEE)
@require_safe
def refund_requests(request: Request) -> HttpResponseBase:
    """Those of the branches, the newest first."""
    form = RequestsAsked(request)
    rows = access.refund_requests_visible_to(actor=request.actor, on=request.on)
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    if form.given("q"):
        rows = rows.filter(number__iexact=form.given("q"))
    page = page_of(request, sorted_by(request, rows, SORTS))
    reasons = dict(REASONS)
    context = {"form": form, "page": page, "rows": [(one, reasons[one.reason]) for one in page]}
    return TemplateResponse(request, "workbench/refunds/requests.html", context)


@staff_only(roles=DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def refund_request_new(request: Request) -> HttpResponseBase:
    """The office asks itself, for covers that it found (``?cover=``); another person decides."""
    numbers = request.GET.getlist("cover")
    if not numbers:
        messages.error(request, _("请先在保障列表里勾选要退费的保障"))
        return HttpResponseRedirect(reverse("workbench:covers"))
    covers = access.chosen_to_refund(actor=request.actor, numbers=numbers, on=request.on)

    def asked(made: RefundRequest) -> HttpResponseBase:
        messages.success(request, _("已提出，等待另一人审核"))
        return HttpResponseRedirect(reverse("workbench:refund_request", args=[made.number]))

    return asking_page(request, "workbench/refunds/new.html", covers, sees="", asked=asked, everybody=True)


@staff_only(roles=access.SEE)
@require_safe
def refund_request(request: Request, number: str) -> HttpResponseBase:
    """One request: who asks, what the plan gives back to whom, and what came of it."""
    return _page(request, access.refund_request_for(actor=request.actor, number=number, on=request.on))


def _page(request: Request, found: RefundRequest, why: str = "", status: int = 200) -> HttpResponseBase:
    waits, own = found.state == "asked", found.asked_by == request.actor.key
    decides = waits and bool(request.standing.roles & frozenset(DECIDE)) and not own
    context = {
        "found": found,
        "reason": dict(REASONS)[found.reason],
        "rows": rows_of(found, ""),
        "refusal": why,
        "everybody": True,
        "decides": decides,
        "choose": decides,
        "own": waits and own,
        "answer": request.POST.get("answer", ""),
        "refunds": found.refunds.select_related("bill").order_by("id"),
    }
    return TemplateResponse(request, "workbench/refunds/request.html", context, status=status)


@staff_only(roles=DECIDE)
@require_POST
def refund_request_approval(request: Request, number: str) -> HttpResponseBase:
    """Another person agrees; covers that are not ticked are left out."""
    found = access.refund_request_to_decide(actor=request.actor, number=number, on=request.on)
    agreed = set(request.POST.getlist("agreed"))
    without = [one for one in found.items.values_list("cover__number", flat=True) if one not in agreed]
    action = partial(approve_refund_request, without=without)
    return _done(request, found, _("已同意，应退款项已交财务"), action)


@staff_only(roles=DECIDE)
@require_POST
def refund_request_refusal(request: Request, number: str) -> HttpResponseBase:
    """Another person does not agree, and says why."""
    found = access.refund_request_to_decide(actor=request.actor, number=number, on=request.on)
    action = partial(refuse_refund_request, answer=request.POST.get("answer", ""))
    return _done(request, found, _("已记为未同意"), action)


@staff_only(roles=DECIDE)
@require_POST
def refund_request_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """Who asked takes it back."""
    found = access.refund_request_to_withdraw(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已撤回"), withdraw_refund_request)


def _done(request: Request, found: RefundRequest, told: str, action: Callable[..., object]) -> HttpResponseBase:
    def refused(why: str) -> HttpResponseBase:
        again = access.refund_request_for(actor=request.actor, number=found.number, on=request.on)
        return _page(request, again, why, status=409)

    return acted(
        request,
        do=partial(action, request=found, by=request.actor, at=request.at),
        told=told,
        to=reverse("workbench:refund_request", args=[found.number]),
        refused=refused,
    )


urlpatterns: list[URLPattern] = [
    path("refund-requests", refund_requests, name="refund_requests"),
    path("refund-requests/new", refund_request_new, name="refund_request_new"),
    path("refund-requests/<str:number>", refund_request, name="refund_request"),
    path("refund-requests/<str:number>/approval", refund_request_approval, name="refund_request_approval"),
    path("refund-requests/<str:number>/refusal", refund_request_refusal, name="refund_request_refusal"),
    path("refund-requests/<str:number>/withdrawal", refund_request_withdrawal, name="refund_request_withdrawal"),
]
