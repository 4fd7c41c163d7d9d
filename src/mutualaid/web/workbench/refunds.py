"""管理端: fees to be given back since covers came to nothing or ended, and money that was too much. One person of finance enters
what the bank paid, or proposes the channel by which the money came; another confirms it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.refunds import (
    SERIAL_MOST,
    confirm_refund_payment,
    enter_refund_payment,
    return_refund_payment,
)
from mutualaid.contributions.actions.refunds_by_channel import (
    confirm_channel_refund,
    drop_channel_refund,
    propose_channel_refund,
)
from mutualaid.contributions.models import Refund
from mutualaid.contributions.online_money import ways_back
from mutualaid.contributions.states import REFUND
from mutualaid.people.models import RoleName
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.refunding import KINDS
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

FINANCE = (RoleName.FINANCE,)
PARTS_PER_PAGE = 100
CHANNEL_NOTES = {
    "asked": gettext_lazy("正在提交给支付渠道"),
    "pending": gettext_lazy("支付渠道正在处理"),
    "unknown": gettext_lazy("结果未知，系统会继续向渠道查询，不会重复退"),
    "done": gettext_lazy("支付渠道已退回"),
    "failed": gettext_lazy("支付渠道没有退成，请改由银行转账"),
}
"""How a refund stands at its channel."""
SORTS = {"at": ("-id",), "amount": ("amount", "-id"), "payer": ("bill__payer_name", "-id")}


class RefundsAsked(Asked):
    """What the list is asked."""

    state = StateField(REFUND)
    q = WordsField(label=gettext_lazy("编号、账单、单位"))


class Paid(forms.Form):
    """What the bank's paper says."""

    paid_on = DayField(label=gettext_lazy("付款日"))
    serial = forms.CharField(label=gettext_lazy("银行流水号"), max_length=SERIAL_MOST)


@staff_only(roles=FINANCE)
@require_safe
def refunds(request: Request) -> HttpResponseBase:
    """Refunds of the funds that finance deals with, the newest first."""
    form = RefundsAsked(request)
    page = page_of(request, _asked(request, form))
    return TemplateResponse(request, "workbench/refunds/refunds.html", {"form": form, "page": page})


@staff_only(roles=FINANCE)
@require_safe
def refunds_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("账单"), lambda row: row.bill.number if row.bill else ""),
        Column(
            _("缴费单位"),
            lambda row: row.bill.payer_name if row.bill else row.payment.line.payer_name if row.payment.line else "",
            width=30,
        ),
        Column(_("申请或原因"), lambda row: row.request.number if row.request else row.reason or _("重复参保")),
        Column(_("金额（元）"), lambda row: row.amount, "amount"),
        Column(_("确认时间"), lambda row: row.approved_at, "moment"),
        Column(_("付款日"), lambda row: row.paid_on, "day"),
        Column(_("银行流水号"), lambda row: row.serial),
        Column(_("状态"), lambda row: said(*REFUND.names[row.state])),
    ]
    return workbook(_("退费"), columns, _asked(request, RefundsAsked(request)).iterator(chunk_size=2000))


def _asked(request: Request, form: RefundsAsked) -> QuerySet[Refund]:
    rows = access.refunds_visible_to(actor=request.actor, on=request.on, text=form.given("q"))
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    return sorted_by(request, rows.select_related("bill", "request", "payment__line"), SORTS)


@staff_only(roles=FINANCE)
@require_safe
def refund(request: Request, number: str) -> HttpResponseBase:
    """One refund, and what is to be done next."""
    return _page(request, access.refund_for(actor=request.actor, number=number, on=request.on))


def _page(
    request: Request, found: Refund, form: Paid | None = None, why: str = "", status: int = 200
) -> HttpResponseBase:
    parts = found.parts.select_related("cover__member", "cover__version").order_by("id")
    context: dict[str, Any] = {
        "refund": found,
        "parts": page_asked(request, parts, PARTS_PER_PAGE),
        "kinds": KINDS,
        "ways": ways_back(refund=found) if found.state == "owed" else [],
        "channel_note": CHANNEL_NOTES.get(found.channel_refund.state if found.channel_refund else "", ""),
        "own": request.actor.key == found.entered_by,
        "refusal": why,
        "form": form or Paid(),
    }
    return TemplateResponse(request, "workbench/refunds/refund.html", context, status=status)


@staff_only(roles=FINANCE)
@require_POST
def refund_payment(request: Request, number: str) -> HttpResponseBase:
    """The bank has paid it, says one person."""
    found, form = access.refund_for(actor=request.actor, number=number, on=request.on), Paid(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    told = _("已登记，等待另一人对照银行回单复核")
    return _done(request, found, told, enter_refund_payment, form, **form.cleaned_data)


@staff_only(roles=FINANCE)
@require_POST
def refund_confirmation(request: Request, number: str) -> HttpResponseBase:
    """Another person has compared it with the bank's paper."""
    found = access.refund_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已复核入账"), confirm_refund_payment)


@staff_only(roles=FINANCE)
@require_POST
def refund_return(request: Request, number: str) -> HttpResponseBase:
    """It does not agree with the bank's paper."""
    found = access.refund_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已退回，可重新登记"), return_refund_payment)


@staff_only(roles=FINANCE)
@require_POST
def refund_by_channel(request: Request, number: str) -> HttpResponseBase:
    """POST ``payment``: it shall go back by the channel by which this one came, says one person."""
    found = access.refund_for(actor=request.actor, number=number, on=request.on)
    wanted = request.POST.get("payment", "")
    payment = access.payment_for(actor=request.actor, fund=found.fund.unit.code, serial=wanted, on=request.on)
    told = _("已提出原路退回，等待另一人复核")
    return _done(request, found, told, propose_channel_refund, payment=payment)


@staff_only(roles=FINANCE)
@require_POST
def refund_channel_confirmation(request: Request, number: str) -> HttpResponseBase:
    """Another person agrees: the channel is asked."""
    found = access.refund_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已提交支付渠道，结果会显示在本页"), confirm_channel_refund)


@staff_only(roles=FINANCE)
@require_POST
def refund_channel_drop(request: Request, number: str) -> HttpResponseBase:
    """It shall not go by the channel."""
    found = access.refund_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已取消原路退回，可改由银行转账"), drop_channel_refund)


def _done(
    request: Request, found: Refund, told: str, action: Callable[..., Refund], form: Paid | None = None, **more: Any
) -> HttpResponseBase:
    def refused(why: str) -> HttpResponseBase:
        again = access.refund_for(actor=request.actor, number=found.number, on=request.on)
        return _page(request, again, form, why, status=409)

    return acted(
        request,
        do=partial(action, refund=found, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:refund", args=[found.number]),
        refused=refused,
    )


urlpatterns: list[URLPattern] = [
    path("refunds", refunds, name="refunds"),
    path("refunds/export", refunds_export, name="refunds_export"),
    path("refunds/<str:number>", refund, name="refund"),
    path("refunds/<str:number>/payment", refund_payment, name="refund_payment"),
    path("refunds/<str:number>/confirmation", refund_confirmation, name="refund_confirmation"),
    path("refunds/<str:number>/return", refund_return, name="refund_return"),
    path("refunds/<str:number>/channel", refund_by_channel, name="refund_by_channel"),
    path("refunds/<str:number>/channel/confirmation", refund_channel_confirmation, name="refund_channel_confirmation"),
    path("refunds/<str:number>/channel/drop", refund_channel_drop, name="refund_channel_drop"),
]
