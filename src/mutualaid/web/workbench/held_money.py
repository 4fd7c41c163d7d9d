"""暂收款, for finance: money that is for no bill yet, came twice or was too much; matched, kept for the payer's next bill,
or given back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.credits import keep_credit, release_credit
from mutualaid.contributions.actions.refunds import refund_money
from mutualaid.contributions.actions.settling import match_payment
from mutualaid.contributions.matching import suggestions
from mutualaid.contributions.models import Bill, Payment
from mutualaid.contributions.resting import Why, credit_of, money_waiting, rest_of, why_waiting
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.bank import chosen_bills, searched, told_of
from mutualaid.web.workbench.day_lists import ordered, page_of

FINANCE = (RoleName.FINANCE,)
WHY = {
    "over": gettext_lazy("多缴"),
    "double": gettext_lazy("重复缴费"),
    "cancelled": gettext_lazy("账单已作废"),
    "unknown": gettext_lazy("待查"),
}
ADVICE = {
    "over": gettext_lazy(
        "账单已按应缴金额核销，多出的部分在这里。可核销同一缴费方的其他账单、留抵下一张账单，或退回。"
    ),
    "double": gettext_lazy("这张账单已由另一笔款项缴清，这笔是重复缴费，建议退回；缴费方同意的，也可留抵下一张账单。"),
    "cancelled": gettext_lazy("账单已经作废，款项没有了用途。可核销重新开具的账单、留抵，或退回。"),
    "unknown": gettext_lazy("还不知道这笔款项为谁而缴。请查找账单；确认不是互助费的，退回。"),
}
_SORTS = {"day": "received_on", "amount": "rest_amount"}


class Decision(forms.Form):
    """Whose the money is, and why it goes back."""

    like = forms.CharField(
        label=gettext_lazy("缴费方的账单编号"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("缴费方在本专户的任意一张账单，已缴清的也可以；退回来历不明的款项可不填。"),
    )
    reason = forms.CharField(label=gettext_lazy("退回原因"), max_length=200, required=False)


def _waiting(request: Request) -> Any:
    seen = access.payments_visible_to(actor=request.actor, on=request.on)
    rows = money_waiting(among=seen).select_related("line", "order__bill", "fund__unit")
    return ordered(rows, request.GET.get("sort", ""), _SORTS, "received_on")


@staff_only(roles=FINANCE)
@require_safe
def payments(request: Request) -> HttpResponseBase:
    """Money that waits as 暂收款, the oldest first, and why each does."""
    page = page_of(request, _waiting(request))
    why = why_waiting(payments=page)
    rows = [(row, WHY[why[row.pk].kind], why[row.pk]) for row in page]
    return TemplateResponse(request, "workbench/bank/payments.html", {"page": page, "rows": rows})


@staff_only(roles=FINANCE)
@require_safe
def payments_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    columns = (
        Column(_("来源"), lambda row: str(row.line or row.order), width=24),
        Column(_("到账日"), lambda row: row.received_on, "day", 12),
        Column(_("付款人"), lambda row: row.line.payer_name if row.line else row.order.bill.payer_name, width=32),
        Column(_("专户"), lambda row: row.fund.unit.name, width=24),
        Column(_("到账金额（元）"), lambda row: row.amount, "amount"),
        Column(_("暂收金额（元）"), lambda row: row.rest_amount, "amount"),
        Column(_("说明"), lambda row: row.line.remark if row.line else "", width=32),
    )
    return workbook(_("暂收款"), columns, _waiting(request).iterator(chunk_size=2000))


@staff_only(roles=FINANCE)
@require_safe
def payment(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """Money that waits: what it may be for, and what else can be done with it."""
    return _payment(request, access.payment_for(actor=request.actor, fund=fund, serial=serial, on=request.on))


def _payment(request: Request, found: Payment, refusal: str = "", form: Decision | None = None) -> HttpResponseBase:
    rest, kept = rest_of(payment=found), credit_of(payment=found)
    waits = rest > 0 and kept is None
    why: Why = why_waiting(payments=[found])[found.pk]
    source = found.line or found.order
    context = {
        "payment": found,
        "unit": found.fund.unit,
        "source": source,
        "settlements": list(found.settlements.select_related("bill", "release").order_by("id")),
        "refunds": list(found.refunds.order_by("id")),
        "rest": rest,
        "kept": kept,
        "waits": waits,
        "why": why,
        "why_said": WHY[why.kind],
        "advice": ADVICE[why.kind],
        "form": form or Decision(initial={"like": why.like.number if why.like else "", "reason": _reason(why)}),
        "suggested": told_of(suggestions(line=found.line, amount=rest)) if found.line and waits else [],
        "match_url": reverse("workbench:payment_settlement", args=[found.fund.unit.code, str(source)]),
        "refusal": refusal,
        **(searched(request, found.fund) if waits else {}),
    }
    return TemplateResponse(request, "workbench/bank/payment.html", context, status=409 if refusal else 200)


def _reason(why: Why) -> str:
    return "" if why.kind == "unknown" or why.like is None else f"{WHY[why.kind]} {why.like.number}"


@staff_only(roles=FINANCE)
@require_POST
def payment_settlement(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``bills``: numbers of bills that the money is for; ``inexact``: though they do not make it up exactly."""
    found = access.payment_for(actor=request.actor, fund=fund, serial=serial, on=request.on)
    chosen = chosen_bills(request)
    told = _("暂收款已核销 %(bills)s。") % {"bills": "、".join(bill.number for bill in chosen)}
    action = partial(match_payment, bills=chosen, inexact=bool(request.POST.get("inexact")))
    return _done(request, found, action, told, reverse("workbench:payments"))


@staff_only(roles=FINANCE)
@require_POST
def payment_credit(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``like``: what is left is kept for the next bill of whoever pays that one."""
    found = access.payment_for(actor=request.actor, fund=fund, serial=serial, on=request.on)
    like = _like(request)
    form = Decision(request.POST)
    if like is None:
        return _payment(request, found, _("没有找到该账单：留抵要写明是哪个缴费方的，请填写它的一张账单编号。"), form)
    told = _("已留作 %(payer)s 的预收余额，有新账单时自动抵缴。") % {"payer": like.payer_name}
    return _done(request, found, partial(keep_credit, like=like), told, reverse("workbench:payments"), form)


@staff_only(roles=FINANCE)
@require_POST
def payment_release(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """What is kept waits again."""
    found = access.payment_for(actor=request.actor, fund=fund, serial=serial, on=request.on)
    return _done(request, found, release_credit, _("已转回暂收款。"), _at("payment", found))


@staff_only(roles=FINANCE)
@require_POST
def payment_refund(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``reason``, ``like``: what is left is to be given back; it is paid and confirmed on the page of the refund."""
    found = access.payment_for(actor=request.actor, fund=fund, serial=serial, on=request.on)
    like = _like(request)
    form = Decision(request.POST)
    if like is None and request.POST.get("like", "").strip():
        return _payment(request, found, _("没有找到该账单，请核对编号；不知道缴费方的，留空即可。"), form)
    action = partial(refund_money, like=like, reason=request.POST.get("reason", ""))
    return _done(request, found, action, _("已列入退费，付款后由两人登记、复核。"), reverse("workbench:refunds"), form)


def _like(request: Request) -> Bill | None:
    number = request.POST.get("like", "").strip()[:20]
    try:
        return access.bill_to_deal_with(actor=request.actor, number=number, on=request.on) if number else None
    except NotFound:
        return None


def _at(name: str, found: Payment) -> str:
    return reverse(f"workbench:{name}", args=[found.fund.unit.code, str(found.line or found.order)])


def _done(
    request: Request, found: Payment, action: Callable[..., object], told: str, to: str, form: Decision | None = None
) -> HttpResponseBase:
    return acted(
        request,
        do=partial(action, payment=found, by=request.actor, at=request.at),
        told=told,
        to=to,
        refused=lambda why: _payment(request, found, why, form),
    )


urlpatterns: list[URLPattern] = [
    path("payments", payments, name="payments"),
    path("payments/export", payments_export, name="payments_export"),
    path("payments/of/<str:fund>/<path:serial>", payment, name="payment"),
    path("payments/settlement/<str:fund>/<path:serial>", payment_settlement, name="payment_settlement"),
    path("payments/credit/<str:fund>/<path:serial>", payment_credit, name="payment_credit"),
    path("payments/release/<str:fund>/<path:serial>", payment_release, name="payment_release"),
    path("payments/refund/<str:fund>/<path:serial>", payment_refund, name="payment_refund"),
]
