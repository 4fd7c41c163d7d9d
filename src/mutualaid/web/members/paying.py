"""会员端: what a member pays themself, at an online channel: how much, by which channel, and how it stands."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions import access as money
from mutualaid.contributions.actions.online import give_up
from mutualaid.contributions.gateway import UnknownChannel
from mutualaid.contributions.states import OPEN_ORDERS
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.refusals import Refused
from mutualaid.plans.queries import document_of
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.paying import allowed, offers, order_context, ordered, payer_page
from mutualaid.web.common.requests import Request
from mutualaid.web.members.showing import of


@members_only
@require_safe
def bill_payment(request: Request, number: str) -> HttpResponse:
    """How much, for what, and by which channel; asked by htmx, how it stands."""
    found = money.bill_of_member(actor=request.actor, number=number)
    with within([EVERYTHING], reads=True):
        cover = (
            found.enrolment.covers.select_related("version", "employer__unit")
            .filter(member=found.payer_member_id)
            .first()
        )
        document = document_of(version=found.enrolment.version)
        fund = found.fund.unit.code
    order = found.orders.order_by("-id").first()
    going = order is not None and order.state in OPEN_ORDERS and found.state == "issued"
    context = {
        "bill": found,
        "cover": cover,
        "name": of(document.name),
        **(order_context(request, order) if order is not None else {"order": None}),
        "going": going,
        "offers": offers(request, fund=fund),
    }
    shown = bool(going and context.get("form_shown"))
    template = "members/parts/bill_state.html" if request.htmx else "members/bill_payment.html"
    response: HttpResponse = allowed(render(request, template, {**context, "form_shown": shown}), order, shown=shown)
    return response


@members_only
@require_POST
def orders(request: Request, number: str) -> HttpResponse:
    """The bill is to be paid at a channel."""
    found = money.bill_of_member(actor=request.actor, number=number)
    back = reverse("members:bill_payment", args=[number])
    try:
        ordered(request, bill=found, back=back)
    except (Refused, UnknownChannel) as refusal:
        messages.error(request, said_by(refusal))
    return HttpResponseRedirect(back)


@members_only
@require_POST
def order_closing(request: Request, number: str) -> HttpResponse:
    """The member wants to pay in another way: the order that is open is to be closed."""
    found = money.bill_of_member(actor=request.actor, number=number)
    order = found.orders.filter(state__in=OPEN_ORDERS).first()
    try:
        if order is not None:
            give_up(order=order, by=request.actor, at=request.at)
    except Refused as refusal:
        messages.error(request, said_by(refusal))
    return HttpResponseRedirect(reverse("members:bill_payment", args=[number]))


@members_only
@require_safe
def payer(request: Request, number: str, channel: str) -> HttpResponse:
    """Inside WeChat: who the payer is there."""
    found = money.bill_of_member(actor=request.actor, number=number)
    try:
        return payer_page(request, bill=found, channel=channel, orders=reverse("members:bill_orders", args=[number]))
    except (Refused, UnknownChannel) as refusal:
        messages.error(request, said_by(refusal))
        return HttpResponseRedirect(reverse("members:bill_payment", args=[number]))
