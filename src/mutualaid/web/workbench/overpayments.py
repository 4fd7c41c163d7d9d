"""What members have to return, for finance: which claims were paid too much, and what members gave back, by two persons."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import access
from mutualaid.claims.actions.giving_back import ask_repayment, confirm_repayment, refuse_repayment
from mutualaid.claims.models import Repayment
from mutualaid.claims.overpaid import Overpaid, fund_of, of_claim, payments_for, with_repayments
from mutualaid.contributions.access import payment_for
from mutualaid.contributions.models import Payment
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.queries import money_of
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.bills import Reason
from mutualaid.web.workbench.day_lists import ordered, page_of

FINANCE = (RoleName.FINANCE,)
SHOWN_MOST = 50
"""Payments that may be meant that are shown."""
_ORDER = {"number": "number", "over": "over", "repaid": "repaid"}


class OverpaidFilter(forms.Form):
    """Of the list of claims that were paid too much."""

    text = forms.CharField(label=gettext_lazy("申请编号或收款人"), required=False, max_length=50)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=lambda: [
            ("", _("待退回")),
            ("to_confirm", _("退回款待复核")),
            ("done", _("已退清")),
            ("all", _("全部")),
        ],
    )


def _found(request: Request, form: OverpaidFilter) -> Any:
    asked = form.cleaned_data if form.is_valid() else {}
    rows: Any = with_repayments(among=access.paid_claims_visible_to(actor=request.actor, on=request.on))
    if text := asked.get("text", "").strip():
        rows = rows.filter(Q(number__istartswith=text) | Q(payee__icontains=text))
    state = asked.get("state", "")
    if state == "to_confirm":
        return rows.filter(asked=True)
    if state == "done":
        return rows.filter(over=0)
    return rows if state == "all" else rows.filter(over__gt=0)


@staff_only(roles=FINANCE)
@require_safe
def overpayments(request: Request) -> HttpResponseBase:
    """Claims that were paid too much, those found last first."""
    form = OverpaidFilter(request.GET)
    rows = ordered(_found(request, form), request.GET.get("sort", ""), _ORDER, "-pk")
    return TemplateResponse(
        request, "workbench/payouts/overpayments.html", {"form": form, "page": page_of(request, rows)}
    )


@staff_only(roles=FINANCE)
@require_safe
def overpayments_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    note_read(request, "export_payouts", request.account)
    rows = ordered(_found(request, OverpaidFilter(request.GET)), request.GET.get("sort", ""), _ORDER, "-pk")
    columns: tuple[Column, ...] = (
        Column(_("申请编号"), lambda row: row.number),
        Column(_("收款人"), lambda row: row.payee),
        Column(_("应退（元）"), lambda row: row.over, "amount"),
        Column(_("已退回（元）"), lambda row: row.repaid, "amount"),
        Column(_("状态"), lambda row: _("退回款待复核") if row.asked else _("待退回") if row.over else _("已退清")),
    )
    return workbook(_("应退互助金"), columns, rows.iterator(chunk_size=2000))


class GivenBackForm(forms.Form):
    """Which money it is."""

    payment = forms.ChoiceField(
        label=gettext_lazy("退回的款项"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选择退回的款项"),
            "invalid_choice": gettext_lazy("这笔款项已不在暂收款中，请重新选择"),
        },
    )


def _choices(found: Overpaid) -> list[tuple[str, str]]:
    fund = fund_of(claim=found.claim)
    if fund is None or not found.over:
        return []
    return [(_source(one), _told(one)) for one in payments_for(fund=fund, most=found.over)[:SHOWN_MOST]]


def _source(payment: Payment) -> str:
    return str(payment.line or payment.order)


def _told(payment: Payment) -> str:
    parts = [payment.received_on.isoformat(), f"{shown(payment.amount)} {_('元')}"]
    if payment.line is not None:
        parts += [payment.line.payer_name, payment.line.text]
    return " · ".join(part for part in (*parts, _source(payment)) if part)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def overpayment(request: Request, number: str) -> HttpResponseBase:
    """What a member has to return, and what came in for it; one person says which money it is."""
    claim = access.paid_claim_for(actor=request.actor, number=number, on=request.on)
    found, status = of_claim(claim=claim), 200
    form = GivenBackForm(request.POST if request.method == "POST" else None)
    form.fields["payment"].choices = _choices(found)  # type: ignore[attr-defined]
    if request.method == "POST":
        status = 422
        if form.is_valid():
            fund = fund_of(claim=claim)
            assert fund is not None  # it has choices
            serial = form.cleaned_data["payment"]
            payment = payment_for(actor=request.actor, fund=fund.unit.code, serial=serial, on=request.on)
            try:
                ask_repayment(claim=claim, payment=payment, by=request.actor, at=request.at)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("退回款已登记，等待另一位财务人员对照银行流水复核。"))
                return HttpResponseRedirect(reverse("workbench:overpayment", args=[number]))
    return _overpayment(request, found, form, Reason(), status)


@staff_only(roles=FINANCE)
@require_POST
def overpayment_confirmation(request: Request, number: str) -> HttpResponseBase:
    """Another person has compared it with the bank's line."""
    asked = access.repayment_for(actor=request.actor, number=number, on=request.on)
    try:
        confirm_repayment(repayment=asked, by=request.actor, at=request.at)
    except (Refused, IllegalMove) as refusal:
        return _overpayment(request, of_claim(claim=asked.claim), GivenBackForm(), Reason(), 409, said_by(refusal))
    messages.success(request, _("退回款已入账，并已通知会员。"))
    return HttpResponseRedirect(reverse("workbench:overpayment", args=[number]))


@staff_only(roles=FINANCE)
@require_POST
def overpayment_refusal(request: Request, number: str) -> HttpResponseBase:
    """It is not what the member gave back."""
    asked = access.repayment_for(actor=request.actor, number=number, on=request.on)
    form, status, refused = Reason(request.POST), 422, ""
    if form.is_valid():
        try:
            refuse_repayment(repayment=asked, remark=form.cleaned_data["reason"], by=request.actor, at=request.at)
        except (Refused, IllegalMove) as refusal:
            status, refused = 409, said_by(refusal)
        else:
            messages.success(request, _("登记已退回，款项仍在暂收款中。"))
            return HttpResponseRedirect(reverse("workbench:overpayment", args=[number]))
    return _overpayment(request, of_claim(claim=asked.claim), GivenBackForm(), form, status, refused)


def _overpayment(
    request: Request, found: Overpaid, form: forms.Form, refusing: forms.Form, status: int, refusal: str = ""
) -> HttpResponseBase:
    claim = found.claim
    if not form.is_bound:
        form.fields["payment"].choices = [] if found.asked else _choices(found)  # type: ignore[attr-defined]
    earlier = Repayment.objects.filter(claim=claim).exclude(state="open").order_by("-id")
    context: dict[str, Any] = {
        "claim": claim,
        "found": found,
        "form": form,
        "refusing": refusing,
        "refusal": refusal,
        "is_own": found.asked is not None and found.asked.asked_by_id == request.account.pk,
        "asked_told": _told(found.asked.payment) if found.asked else "",
        "order": PaymentOrder.objects.filter(reference=claim.number).order_by("-id").first(),
        "money": money_of(reference=claim.number),
        "earlier": earlier.select_related("asked_by__staff", "decided_by__staff"),
    }
    return TemplateResponse(request, "workbench/payouts/overpayment.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("payouts/overpayments", overpayments, name="overpayments"),
    path("payouts/overpayments/export", overpayments_export, name="overpayments_export"),
    path("payouts/overpayments/<str:number>", overpayment, name="overpayment"),
    path("payouts/overpayments/<str:number>/confirmation", overpayment_confirmation, name="overpayment_confirmation"),
    path("payouts/overpayments/<str:number>/refusal", overpayment_refusal, name="overpayment_refusal"),
]
