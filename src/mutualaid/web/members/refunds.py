"""会员端: a member who paid for themself asks the fee back, and sees how it stands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims.actions.refunding import ask_refunds
from mutualaid.contributions import refund_access as access
from mutualaid.contributions.actions.refunding import withdraw_refund_request
from mutualaid.contributions.models import PayerKind
from mutualaid.people.access import member_self
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.refunding import REASONS, RefundAsked, asked_of, rows_asked, rows_of
from mutualaid.web.common.requests import Request

SEES = PayerKind.MEMBER.value


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def refund_new(request: Request, number: str) -> HttpResponse:
    """For one cover: why, what the plan gives back, and then it is asked."""
    covers = access.chosen_to_refund(actor=request.actor, numbers=[number], on=request.on)
    form = RefundAsked(request.POST or None)
    context: dict[str, Any] = {"cover": covers[0], "form": form}
    if request.method == "POST" and form.is_valid():
        if "confirm" in request.POST:
            told, member = asked_of(form, covers, request.on), member_self(actor=request.actor)
            try:
                made = ask_refunds(**told, member=member, by=request.actor, at=request.at)
            except Refused as refusal:
                form.add_error(None, said_by(refusal))
            else:
                messages.success(request, _("退费申请已提交，审核后会通知您"))
                return HttpResponseRedirect(reverse("members:refund", args=[made.number]))
        context["row"] = rows_asked(form, covers, request.on, SEES)[0]
    return render(request, "members/refund_new.html", context, status=422 if form.errors else 200)


@members_only
@require_safe
def refund(request: Request, number: str) -> HttpResponse:
    """One request, and what came of it."""
    found = access.refund_request_for(actor=request.actor, number=number, on=request.on)
    context = {
        "found": found,
        "reason": dict(REASONS)[found.reason],
        "row": next(iter(rows_of(found, SEES)), None),
        "refunds": found.refunds.filter(bill__payer_member=found.member).order_by("id"),
    }
    return render(request, "members/refund.html", context)


@members_only
@require_POST
def refund_withdrawal(request: Request, number: str) -> HttpResponse:
    """The member takes it back."""
    found = access.refund_request_to_withdraw(actor=request.actor, number=number, on=request.on)
    withdraw_refund_request(request=found, by=request.actor, at=request.at)
    messages.success(request, _("已撤回"))
    return HttpResponseRedirect(reverse("members:refund", args=[number]))
