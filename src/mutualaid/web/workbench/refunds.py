"""管理端: fees to be given back since a cover was void, and money that was too much. One person of finance enters what the
bank paid, another confirms it."""

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
from mutualaid.contributions.models import Refund
from mutualaid.contributions.states import REFUND
from mutualaid.people.models import RoleName
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

FINANCE = (RoleName.FINANCE,)
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
        Column(_("保障或原因"), lambda row: row.cover.number if row.cover else row.reason),
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
    return sorted_by(request, rows.select_related("bill", "cover", "payment__line"), SORTS)


@staff_only(roles=FINANCE)
@require_safe
def refund(request: Request, number: str) -> HttpResponseBase:
    """One refund, and what is to be done next."""
    return _page(request, access.refund_for(actor=request.actor, number=number, on=request.on))


def _page(
    request: Request, found: Refund, form: Paid | None = None, why: str = "", status: int = 200
) -> HttpResponseBase:
    context: dict[str, Any] = {
        "refund": found,
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
]
