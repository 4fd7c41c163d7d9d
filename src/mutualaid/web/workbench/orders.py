"""Orders at online channels, for finance: how each stands, those that are unclear first, and asking the channel at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.online import look_again
from mutualaid.contributions.models import Order, Payment
from mutualaid.contributions.states import ORDER
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.bills import state_choices
from mutualaid.web.workbench.day_lists import DaysForm, between, ordered, page_of

FINANCE = (RoleName.FINANCE,)
UNCLEAR = ~Q(fault="") | Q(state="unknown")
FAULTS = {"wrong_amount": gettext_lazy("渠道报告的金额与订单不同")}
_ORDER = {"number": "number", "amount": "amount", "created": "created_at"}


class OrderFilter(DaysForm):
    """Of the list of orders."""

    text = forms.CharField(label=gettext_lazy("单位或编号"), required=False, max_length=50)
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=lambda: state_choices(ORDER))
    unclear = forms.BooleanField(label=gettext_lazy("只看待核对"), required=False)
    field_order = ("text", "state", "since", "to", "unclear")


def _found(request: Request, form: OrderFilter) -> Any:
    asked = form.asked()
    days = between("created_at__date", asked)
    rows = access.orders_visible_to(actor=request.actor, on=request.on).filter(**days)
    if text := asked.get("text", "").strip():
        rows = rows.filter(Q(bill__payer_name__icontains=text) | Q(number__istartswith=text))
    if asked.get("state"):
        rows = rows.filter(state=asked["state"])
    if asked.get("unclear"):
        rows = rows.filter(UNCLEAR)
    return ordered(rows.select_related("bill"), request.GET.get("sort", ""), _ORDER, "-created_at")


@staff_only(roles=FINANCE)
@require_safe
def orders(request: Request) -> HttpResponseBase:
    """Orders of the branches' bills, the newest first."""
    form = OrderFilter(request.GET)
    seen = access.orders_visible_to(actor=request.actor, on=request.on)
    context = {
        "form": form,
        "page": page_of(request, _found(request, form)),
        "unclear": seen.filter(UNCLEAR).count(),
        "faults": FAULTS,
    }
    return TemplateResponse(request, "workbench/orders/orders.html", context)


@staff_only(roles=FINANCE)
@require_safe
def orders_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    columns = (
        Column(_("订单编号"), lambda order: order.number, width=20),
        Column(_("缴费单位"), lambda order: order.bill.payer_name, width=32),
        Column(_("渠道"), lambda order: order.channel, width=12),
        Column(_("渠道订单号"), lambda order: order.external, width=28),
        Column(_("金额（元）"), lambda order: order.amount, "amount"),
        Column(_("建立时间"), lambda order: order.created_at, "moment"),
        Column(_("状态"), lambda order: said(*ORDER.names[order.state]), width=10),
        Column(_("异常"), lambda order: str(FAULTS.get(order.fault, order.fault)), width=28),
    )
    return workbook(_("支付订单"), columns, _found(request, OrderFilter(request.GET)).iterator(chunk_size=2000))


@staff_only(roles=FINANCE)
@require_safe
def order(request: Request, number: str) -> HttpResponseBase:
    """One order."""
    return _order(request, access.order_for(actor=request.actor, number=number, on=request.on))


def _order(request: Request, found: Order, refusal: str = "") -> HttpResponseBase:
    context = {
        "order": found,
        "fault": FAULTS.get(found.fault, found.fault),
        "unclear": bool(found.fault) or found.state == "unknown",
        "payment": Payment.objects.filter(order=found).first(),
        "refusal": refusal,
    }
    return TemplateResponse(request, "workbench/orders/order.html", context, status=409 if refusal else 200)


@staff_only(roles=FINANCE)
@require_POST
def order_question(request: Request, number: str) -> HttpResponseBase:
    """Ask the channel at once how an unclear order stands."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    try:
        look_again(order=found, by=request.actor, at=request.at)
    except Refused as refusal:
        found.refresh_from_db()
        return _order(request, found, said_by(refusal))
    messages.success(request, _("已向支付渠道查询，结果稍后显示在本页。"))
    return HttpResponseRedirect(reverse("workbench:order", args=[number]))


urlpatterns: list[URLPattern] = [
    path("orders", orders, name="orders"),
    path("orders/export", orders_export, name="orders_export"),
    path("orders/<str:number>", order, name="order"),
    path("orders/<str:number>/question", order_question, name="order_question"),
]
