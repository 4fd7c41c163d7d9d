"""缴费: what the member pays for themself of a contribution: how much, until when, into which account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mutualaid.contributions.access import bills_visible_to
from mutualaid.contributions.split_queries import own_bill, own_bills
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request


@members_only
@require_safe
def bills(request: Request) -> HttpResponse:
    """All of them, the open ones first."""
    seen = bills_visible_to(actor=request.actor, on=request.on)
    return render(request, "members/bills.html", {"bills": own_bills(among=seen)})


@members_only
@require_safe
def bill(request: Request, number: str) -> HttpResponse:
    """One of them, and how to pay it."""
    found = own_bill(among=bills_visible_to(actor=request.actor, on=request.on), number=number)
    late = found.state == "issued" and found.due_on < request.on
    return render(request, "members/bill.html", {"bill": found, "late": late})
