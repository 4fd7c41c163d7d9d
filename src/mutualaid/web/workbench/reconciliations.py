"""Days of online channels held against their files, for finance: what differs and is to be seen to; refunds at channels."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.online_refunds import look_at_refund_again
from mutualaid.contributions.actions.reconciling import ask_about, close_difference, fetch_again, take_over
from mutualaid.contributions.models import ChannelRefund, Difference, Reconciliation
from mutualaid.contributions.paying_out import in_transit
from mutualaid.contributions.states import CHANNEL_REFUND, DIFFERENCE, RECONCILIATION
from mutualaid.people.models import RoleName
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paying import label_of
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

FINANCE = (RoleName.FINANCE,)
FUNDS_SHOWN = 5
SORTS = {"day": ("-day", "channel"), "channel": ("channel", "-day"), "amount": ("payments_amount", "-day")}
REFUND_SORTS = {"at": ("-id",), "amount": ("amount", "-id")}
KINDS = {"payment": gettext_lazy("收款"), "refund": gettext_lazy("退款")}
FINDINGS = {
    "theirs_only": gettext_lazy("渠道有、我方无"),
    "ours_only": gettext_lazy("我方有、渠道无"),
    "other_amount": gettext_lazy("金额不同"),
    "twice": gettext_lazy("账单中重复"),
}
TOLD = {
    "paid": gettext_lazy("已收款"),
    "waiting": gettext_lazy("未支付"),
    "closed": gettext_lazy("已关闭、未收款"),
    "absent": gettext_lazy("没有这笔订单"),
    "unclear": gettext_lazy("没有明确答复"),
}
FAULTS = {
    "wrong_amount": gettext_lazy("渠道报告的金额与退款不同"),
    "abnormal": gettext_lazy("付款人账户收不到，须到渠道商户平台处理"),
}


class DaysAsked(Asked):
    """What the list of days is asked."""

    state = StateField(RECONCILIATION)
    q = WordsField(label=gettext_lazy("渠道"))


class RefundsAsked(Asked):
    """What the list of refunds is asked."""

    state = StateField(CHANNEL_REFUND)
    q = WordsField(label=gettext_lazy("编号"))


class Closing(forms.Form):
    """Why a difference is closed."""

    reason = forms.CharField(label=gettext_lazy("说明"), max_length=200)


@staff_only(roles=FINANCE)
@require_safe
def reconciliations(request: Request) -> HttpResponseBase:
    """Days of the funds that finance deals with, the newest first."""
    form = DaysAsked(request)
    page = page_of(request, _days(request, form))
    for row in page:
        row.label = label_of(row.channel)
    held = in_transit(funds=access.funds_visible_to(actor=request.actor, on=request.on))
    context = {"form": form, "page": page, "in_transit": held[:FUNDS_SHOWN]}
    return TemplateResponse(request, "workbench/reconciliations/days.html", context)


@staff_only(roles=FINANCE)
@require_safe
def reconciliations_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = [
        Column(_("渠道"), lambda row: row.channel),
        Column(_("日期"), lambda row: row.day, "day"),
        Column(_("状态"), lambda row: said(*RECONCILIATION.names[row.state])),
        Column(_("渠道收款笔数"), lambda row: row.payments, "whole"),
        Column(_("渠道收款（元）"), lambda row: row.payments_amount, "amount"),
        Column(_("我方收款笔数"), lambda row: row.ours_payments, "whole"),
        Column(_("我方收款（元）"), lambda row: row.ours_payments_amount, "amount"),
        Column(_("渠道退款笔数"), lambda row: row.refunds, "whole"),
        Column(_("渠道退款（元）"), lambda row: row.refunds_amount, "amount"),
        Column(_("我方退款笔数"), lambda row: row.ours_refunds, "whole"),
        Column(_("我方退款（元）"), lambda row: row.ours_refunds_amount, "amount"),
        Column(_("支付服务费（元）"), lambda row: row.fees_amount, "amount"),
        Column(_("应结算（元）"), lambda row: row.settles_amount, "amount"),
        Column(_("结算流水号"), lambda row: row.transfer.line.serial if row.transfer else "", width=24),
        Column(_("待处理差异"), lambda row: row.open_differences, "whole"),
    ]
    return workbook(_("渠道对账"), columns, _days(request, DaysAsked(request)).iterator(chunk_size=2000))


def _days(request: Request, form: DaysAsked) -> QuerySet[Any]:
    rows = access.reconciliations_visible_to(actor=request.actor, on=request.on)
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    if form.given("q"):
        rows = rows.filter(channel__icontains=form.given("q"))
    counted = rows.select_related("transfer__line").annotate(
        open_differences=Count("differences", filter=Q(differences__state="open"))
    )
    return sorted_by(request, counted, SORTS)


@staff_only(roles=FINANCE)
@require_safe
def reconciliation(request: Request, channel: str, day: str) -> HttpResponseBase:
    """One day of one channel: totals of both sides, and what differs."""
    return _day(request, _found(request, channel, day))


def _found(request: Request, channel: str, day: str) -> Reconciliation:
    try:
        wanted = datetime.date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    return access.reconciliation_for(actor=request.actor, channel=channel, day=wanted, on=request.on)


def _day(request: Request, found: Reconciliation, why: str = "") -> HttpResponseBase:
    rows = found.differences.select_related("order", "refund").order_by("state", "id")
    page = page_of(request, rows)
    told = [(row, KINDS[row.kind], FINDINGS[row.finding]) for row in page]
    net = found.settles_amount == found.payments_amount - found.refunds_amount - found.fees_amount
    context = {"day": found, "label": label_of(found.channel), "net": net, "page": page, "rows": told, "refusal": why}
    return TemplateResponse(request, "workbench/reconciliations/day.html", context, status=409 if why else 200)


@staff_only(roles=FINANCE)
@require_safe
def differences_export(request: Request, channel: str, day: str) -> HttpResponseBase:
    """What differs on a day, as a workbook."""
    found = _found(request, channel, day)
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("种类"), lambda row: str(KINDS[row.kind])),
        Column(_("差异"), lambda row: str(FINDINGS[row.finding]), width=18),
        Column(_("商户单号"), lambda row: row.external_number, width=24),
        Column(_("渠道单号"), lambda row: row.external, width=32),
        Column(_("渠道金额（元）"), lambda row: row.theirs_amount, "amount"),
        Column(_("我方金额（元）"), lambda row: row.ours_amount, "amount"),
        Column(_("状态"), lambda row: said(*DIFFERENCE.names[row.state])),
        Column(_("渠道答复"), lambda row: str(TOLD.get(row.told, row.told))),
        Column(_("说明"), lambda row: row.remark, width=40),
    ]
    return workbook(f"{found.channel} {found.day}", columns, found.differences.order_by("id").iterator(chunk_size=2000))


@staff_only(roles=FINANCE)
@require_POST
def reconciliation_file(request: Request, channel: str, day: str) -> HttpResponseBase:
    """Fetch the day's file at once."""
    found = _found(request, channel, day)
    return acted(
        request,
        do=partial(fetch_again, day=found, by=request.actor, at=request.at),
        told=_("已安排向渠道索取账单，取得后自动对账。"),
        to=reverse("workbench:reconciliation", args=[channel, day]),
        refused=lambda why: _day(request, found, why),
    )


@staff_only(roles=FINANCE)
@require_safe
def difference(request: Request, number: str) -> HttpResponseBase:
    """One difference, and what can be done about it."""
    return _difference(request, access.difference_for(actor=request.actor, number=number, on=request.on))


def _difference(
    request: Request, found: Difference, form: Closing | None = None, why: str = "", status: int = 200
) -> HttpResponseBase:
    context = {
        "difference": found,
        "day": found.reconciliation,
        "kind": KINDS[found.kind],
        "finding": FINDINGS[found.finding],
        "told": TOLD.get(
            found.told, said(*CHANNEL_REFUND.names[found.told]) if found.told in CHANNEL_REFUND.names else ""
        ),
        "takes_over": found.kind == "payment" and found.finding == "theirs_only" and found.order is None,
        "form": form or Closing(),
        "refusal": why,
    }
    return TemplateResponse(request, "workbench/reconciliations/difference.html", context, status=status)


@staff_only(roles=FINANCE)
@require_POST
def difference_question(request: Request, number: str) -> HttpResponseBase:
    """Ask the channel how it stands there."""
    found = access.difference_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已向渠道查询，结果稍后显示在本页。"), ask_about)


@staff_only(roles=FINANCE)
@require_POST
def difference_holding(request: Request, number: str) -> HttpResponseBase:
    """What the channel confirmed becomes 暂收款."""
    found = access.difference_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已转为暂收款，请到“暂收款”认领或退回。"), take_over)


@staff_only(roles=FINANCE)
@require_POST
def difference_closing(request: Request, number: str) -> HttpResponseBase:
    """It is found out what it is."""
    found = access.difference_for(actor=request.actor, number=number, on=request.on)
    form = Closing(request.POST)
    if not form.is_valid():
        return _difference(request, found, form, status=422)
    return _done(request, found, _("已说明并关闭。"), close_difference, form, **form.cleaned_data)


def _done(
    request: Request,
    found: Difference,
    told: str,
    action: Callable[..., object],
    form: Closing | None = None,
    **more: Any,
) -> HttpResponseBase:
    def refused(why: str) -> HttpResponseBase:
        again = access.difference_for(actor=request.actor, number=found.number, on=request.on)
        return _difference(request, again, form, why, status=409)

    return acted(
        request,
        do=partial(action, difference=found, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:difference", args=[found.number]),
        refused=refused,
    )


# --- refunds at channels ----------------------------------------------------------------------------------------------


@staff_only(roles=FINANCE)
@require_safe
def channel_refunds(request: Request) -> HttpResponseBase:
    """Refunds at channels of the funds that finance deals with, the newest first."""
    return _refunds(request)


def _refunds(request: Request, why: str = "") -> HttpResponseBase:
    form = RefundsAsked(request)
    context = {"form": form, "page": page_of(request, _asked(request, form)), "faults": FAULTS, "refusal": why}
    return TemplateResponse(request, "workbench/reconciliations/refunds.html", context, status=409 if why else 200)


def _asked(request: Request, form: RefundsAsked) -> QuerySet[ChannelRefund]:
    rows = access.channel_refunds_visible_to(actor=request.actor, on=request.on)
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    if text := form.given("q"):
        rows = rows.filter(Q(number__iexact=text) | Q(reference__iexact=text) | Q(payment__order__number__iexact=text))
    return sorted_by(request, rows.select_related("payment__order__bill"), REFUND_SORTS)


@staff_only(roles=FINANCE)
@require_safe
def channel_refunds_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("退费编号"), lambda row: row.reference),
        Column(_("支付订单"), lambda row: row.payment.order.number, width=20),
        Column(_("渠道"), lambda row: row.payment.order.channel),
        Column(_("渠道退款单号"), lambda row: row.external, width=32),
        Column(_("金额（元）"), lambda row: row.amount, "amount"),
        Column(_("提出时间"), lambda row: row.created_at, "moment"),
        Column(_("退回时间"), lambda row: row.done_at, "moment"),
        Column(_("状态"), lambda row: said(*CHANNEL_REFUND.names[row.state])),
        Column(_("异常"), lambda row: str(FAULTS.get(row.fault, row.why)), width=30),
    ]
    return workbook(_("原路退款"), columns, _asked(request, RefundsAsked(request)).iterator(chunk_size=2000))


@staff_only(roles=FINANCE)
@require_POST
def channel_refund_question(request: Request, number: str) -> HttpResponseBase:
    """Ask the channel at once how a refund stands."""
    found = access.channel_refund_for(actor=request.actor, number=number, on=request.on)
    return acted(
        request,
        do=partial(look_at_refund_again, refund=found, by=request.actor, at=request.at),
        told=_("已向支付渠道查询，结果稍后显示在本页。"),
        to=reverse("workbench:channel_refunds"),
        refused=lambda why: _refunds(request, why),
    )


urlpatterns: list[URLPattern] = [
    path("reconciliations", reconciliations, name="reconciliations"),
    path("reconciliations/export", reconciliations_export, name="reconciliations_export"),
    path("reconciliations/<slug:channel>/<str:day>", reconciliation, name="reconciliation"),
    path("reconciliations/<slug:channel>/<str:day>/export", differences_export, name="differences_export"),
    path("reconciliations/<slug:channel>/<str:day>/file", reconciliation_file, name="reconciliation_file"),
    path("differences/<str:number>", difference, name="difference"),
    path("differences/<str:number>/question", difference_question, name="difference_question"),
    path("differences/<str:number>/holding", difference_holding, name="difference_holding"),
    path("differences/<str:number>/closing", difference_closing, name="difference_closing"),
    path("channel-refunds", channel_refunds, name="channel_refunds"),
    path("channel-refunds/export", channel_refunds_export, name="channel_refunds_export"),
    path("channel-refunds/<str:number>/question", channel_refund_question, name="channel_refund_question"),
]
