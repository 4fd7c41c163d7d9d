"""管理端: what a union pays for employers, of its own branch and of others: bills, how to pay them, budgets; of persons only how
many."""

from __future__ import annotations

from functools import partial

from django import forms
from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mutualaid.contributions import access, payer_queries
from mutualaid.contributions.models import Bill
from mutualaid.contributions.states import BILL
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import Keys, page_asked
from mutualaid.web.common.payers import kind_name
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.workbench.listing import Asked, StateField, WordsField

SEE = access.SEE_BILLS
PAGE = 25


class PayingAsked(Asked):
    """What the list is asked."""

    q = WordsField(label=gettext_lazy("参保单位或账单编号"))
    state = StateField(BILL)
    overdue = forms.BooleanField(label=gettext_lazy("只看逾期"), required=False)


def _asked(request: Request, form: PayingAsked) -> QuerySet[Bill]:
    rows = access.bills_paid_by(actor=request.actor, on=request.on)
    if words := form.given("q"):
        rows = rows.filter(Q(number__iexact=words) | Q(employer__unit__name__icontains=words))
    if state := form.given("state"):
        rows = rows.filter(state=state)
    if form.given("overdue"):
        rows = rows.filter(state="issued", due_on__lt=request.on)
    return rows.order_by("-id")


@staff_only(roles=SEE)
@require_safe
def paying(request: Request) -> HttpResponseBase:
    """What is open and how to pay it, what is used of the budgets, and the bills."""
    form = PayingAsked(request)
    every = access.bills_paid_by(actor=request.actor, on=request.on)
    asked = _asked(request, form)
    context = {
        "form": form,
        "owed": payer_queries.owed(among=every, on=request.on),
        "transfers": payer_queries.transfers(among=every),
        "budgets": payer_queries.budgets(among=access.subsidies_paid_by(actor=request.actor, on=request.on)),
        "page": page_asked(
            request,
            Keys(lambda most: payer_queries.keys_of(among=asked, most=most)),
            PAGE,
            partial(payer_queries.told, among=asked),
        ),
        "on": request.on,
    }
    return TemplateResponse(request, "workbench/paying/paying.html", context)


@staff_only(roles=SEE)
@require_safe
def paying_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook: for each bill its groups, how many persons, how much for each."""
    bills = payer_queries.told(among=_asked(request, PayingAsked(request)))
    rows = [(bill, part) for bill in bills for part in payer_queries.parts_of(bill=bill)]
    columns = (
        Column(_("账单编号"), lambda row: row[0].number),
        Column(_("缴款人"), lambda row: row[0].payer_name, width=28),
        Column(_("补贴"), lambda row: row[0].subsidy.name if row[0].subsidy else ""),
        Column(_("单位编码"), lambda row: row[0].employer.unit.code),
        Column(_("参保单位"), lambda row: row[0].employer.unit.name, width=30),
        Column(_("保障计划"), lambda row: plan_name(row[0].enrolment.version), width=28),
        *_parts(),
        Column(_("到期日"), lambda row: row[0].due_on, "day", 12),
        Column(_("状态"), lambda row: said(*BILL.names[row[0].state])),
    )
    return workbook(_("出资明细"), columns, iter(rows))


def _parts() -> tuple[Column, ...]:
    return (
        Column(_("参保组"), lambda row: row[1].group),
        Column(_("人数"), lambda row: row[1].persons, "whole"),
        Column(_("每人（元）"), lambda row: row[1].each, "amount"),
        Column(_("合计（元）"), lambda row: row[1].amount, "amount"),
    )


@staff_only(roles=SEE)
@require_safe
def bill_parts(request: Request, number: str) -> HttpResponseBase:
    """What one bill is made of, for the payer's accounts: by group, without saying of whom."""
    found = access.bill_for(actor=request.actor, number=number, on=request.on)
    columns = (
        Column(_("账单编号"), lambda row: row[0].number),
        Column(_("出资方"), lambda row: f"{kind_name(row[0].payer_kind)} {row[0].payer_name}", width=32),
        Column(_("参保单位"), lambda row: row[0].employer.unit.name, width=30),
        Column(_("保障计划"), lambda row: plan_name(row[0].enrolment.version), width=28),
        *_parts(),
    )
    rows = [(found, part) for part in payer_queries.parts_of(bill=found)]
    return workbook(f"{_('账单明细')} {found.number}", columns, iter(rows))


urlpatterns: list[URLPattern] = [
    path("paying", paying, name="paying"),
    path("paying/export", paying_export, name="paying_export"),
    path("bills/<str:number>/parts", bill_parts, name="bill_parts"),
]
