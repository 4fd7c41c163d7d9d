"""Payment orders and what banks say of them, for finance: what is to be paid, what came back, files that differ."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.core.audit import subject_of
from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.access import books_visible_to
from mutualaid.ledger.queries import entries_of
from mutualaid.payouts import access
from mutualaid.payouts.actions.orders import correct_account, stop_order
from mutualaid.payouts.actions.results import look_at_result
from mutualaid.payouts.bank.news import FAULTS
from mutualaid.payouts.bank.reasons import reason_of
from mutualaid.payouts.models import BankResult, PaymentOrder
from mutualaid.payouts.queries import orders_of, steps_of, to_correct, totals
from mutualaid.payouts.states import BANK_RESULT, PAYMENT_ORDER
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.portals import WORKBENCH
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.bills import Reason, state_choices
from mutualaid.web.workbench.day_lists import DaysForm, between, ordered, page_of

FINANCE = (RoleName.FINANCE,)
_ORDER = {
    "number": "number",
    "reference": "reference",
    "amount": "amount",
    "created": "created_at",
    "bank": "bank_name",
}
STEPS = {
    "ordered": gettext_lazy("批准，等待支付"),
    "ordered_anew": gettext_lazy("重新支付"),
    "batched": gettext_lazy("编入批次"),
    "released": gettext_lazy("复核放行"),
    "sent": gettext_lazy("送达银行"),
    "unclear": gettext_lazy("银行未答复，正在查询"),
    "paid": gettext_lazy("银行付款成功"),
    "failed": gettext_lazy("银行付款失败"),
    "returned": gettext_lazy("银行退票"),
    "stopped": gettext_lazy("止付"),
    "to_correct": gettext_lazy("更正账户后重新支付"),
}


class PayoutFilter(DaysForm):
    """Of the list of payment orders."""

    text = forms.CharField(label=gettext_lazy("编号、理赔或收款人"), required=False, max_length=50)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=lambda: [*state_choices(PAYMENT_ORDER), ("to_correct", _("失败或退票待更正"))],
    )
    field_order = ("text", "state", "since", "to")


def _found(request: Request, form: PayoutFilter) -> QuerySet[PaymentOrder]:
    asked = form.asked()
    rows = access.orders_visible_to(actor=request.actor, on=request.on).filter(**between("created_at__date", asked))
    if text := asked.get("text", "").strip():
        named = Q(number__istartswith=text) | Q(reference__istartswith=text) | Q(payee_name__icontains=text)
        rows = rows.filter(named | Q(batch__number__iexact=text))
    if asked.get("state") == "to_correct":
        return to_correct(among=rows)
    return rows.filter(state=asked["state"]) if asked.get("state") else rows


@staff_only(roles=FINANCE)
@require_safe
def payouts(request: Request) -> HttpResponseBase:
    """Payment orders of the branches' funds, those ordered last first."""
    form = PayoutFilter(request.GET)
    found = _found(request, form)
    rows = found.select_related("batch")
    context = {
        "form": form,
        "totals": totals(among=found),
        "page": page_of(request, ordered(rows, request.GET.get("sort", ""), _ORDER, "-created_at")),
    }
    return TemplateResponse(request, "workbench/payouts/payouts.html", context)


@staff_only(roles=FINANCE)
@require_safe
def payouts_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook; accounts as pages show them."""
    note_read(request, "export_payouts", request.account)
    rows = _found(request, PayoutFilter(request.GET)).select_related("batch")
    columns = (
        Column(_("支付单"), lambda row: row.number),
        Column(_("理赔编号"), lambda row: row.reference),
        Column(_("收款人"), lambda row: row.payee_name),
        Column(_("收款账号"), lambda row: row.account_masked),
        Column(_("开户银行"), lambda row: row.bank_name, width=28),
        Column(_("金额（元）"), lambda row: row.amount, "amount"),
        Column(_("批次"), lambda row: row.batch.number if row.batch else None),
        Column(_("生成时间"), lambda row: row.created_at, "moment"),
        Column(_("付款日"), lambda row: row.paid_on, "day", 12),
        Column(_("状态"), lambda row: said(*PAYMENT_ORDER.names[row.state]), width=12),
        Column(_("银行原因"), lambda row: said(*(reason_of(row.bank_reason) or ("", ""))), width=24),
    )
    asked = ordered(rows, request.GET.get("sort", ""), _ORDER, "-created_at")
    return workbook(_("支付单"), columns, asked.iterator(chunk_size=2000))


@staff_only(roles=FINANCE)
@require_safe
def payout(request: Request, number: str) -> HttpResponseBase:
    """One order: to whom, borne by what, what happened to it, and its entries."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    books = books_visible_to(actor=request.actor, on=request.on)
    root = f"{found._meta.label_lower}:{found.root_id or found.pk}"
    of_claim = orders_of(reference=found.reference)
    context = {
        "order": found,
        "shares": found.shares.order_by("id"),
        "steps": [(STEPS[step.what], step) for step in steps_of(reference=found.reference) if step.number == number],
        "reason": said(*(reason_of(found.bank_reason) or ("", ""))),
        "others": [row for row in of_claim if row.number != number],
        "entries": entries_of(books=books, subjects=list({root, subject_of(found)})),
        "to_correct": any(row.number == number and not row.replaced for row in of_claim)
        and found.state in ("failed", "returned"),
    }
    return TemplateResponse(request, "workbench/payouts/payout.html", context)


class AccountForm(forms.Form):
    """Where the money goes instead, and why."""

    payee_name = forms.CharField(label=gettext_lazy("收款人户名"), max_length=100)
    account_number = forms.CharField(
        label=gettext_lazy("收款账号"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("8 至 32 位数字，可以带空格；保存后只显示末四位。"),
    )
    bank_name = forms.CharField(label=gettext_lazy("开户银行"), max_length=100)
    bank_code = forms.CharField(
        label=gettext_lazy("联行号"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("12 位数字，不知道可以不填。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("更正依据"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("例如：会员来电更换银行卡，已回拨核实。不要写账号。"),
    )


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_correction(request: Request, number: str) -> HttpResponseBase:
    """What failed or came back is ordered anew, to an account that is right."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    first = {"payee_name": found.payee_name, "bank_name": found.bank_name, "bank_code": found.bank_code}
    form, status = AccountForm(request.POST or None, initial=first), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                anew = correct_account(order=found, by=request.actor, at=request.at, **form.cleaned_data)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已更正账户，生成新的支付单 %(number)s。") % {"number": anew.number})
                return HttpResponseRedirect(reverse("workbench:payout", args=[anew.number]))
    context = {"order": found, "form": form, "reason": said(*(reason_of(found.bank_reason) or ("", "")))}
    return TemplateResponse(request, "workbench/payouts/correction.html", context, status=status)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_stop(request: Request, number: str) -> HttpResponseBase:
    """No money leaves by an order that is in no batch, or that the bank could not pay."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    back = reverse("workbench:payout", args=[number])
    form, status = Reason(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                stop_order(order=found, reason=form.cleaned_data["reason"], by=request.actor, at=request.at)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("支付单 %(number)s 已止付，账务已冲销。") % {"number": number})
                return HttpResponseRedirect(back)
    context = {
        "base": WORKBENCH.base,
        "question": _("止付支付单 %(number)s？") % {"number": number},
        "facts": [(_("理赔编号"), found.reference), (_("金额（元）"), f"{found.amount:,.2f}")],
        "warning": _(
            "批准这笔互助金的分录随之冲销，会员收不到这笔钱。理赔的决定没有改变；要改变决定，请在理赔中办理。"
        ),
        "action": _("止付"),
        "danger": True,
        "back": back,
        "form": form,
    }
    return TemplateResponse(request, "common/confirm.html", context, status=status)


# --- what banks say ---------------------------------------------------------------------------------------------------

KINDS = {
    "status": gettext_lazy("处理结果"),
    "return": gettext_lazy("退回通知"),
    "by_hand": gettext_lazy("人工导入"),
}


class ResultFilter(DaysForm):
    """Of the list of files of banks."""

    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=lambda: state_choices(BANK_RESULT))
    field_order = ("state", "since", "to")


@staff_only(roles=FINANCE)
@require_safe
def bank_results(request: Request) -> HttpResponseBase:
    """Files of banks, the newest first; those that differ wait for somebody."""
    form = ResultFilter(request.GET)
    asked = form.asked()
    seen = access.results_visible_to(actor=request.actor, on=request.on)
    rows = seen.filter(**between("at__date", asked)).select_related("batch", "fund__unit")
    if asked.get("state"):
        rows = rows.filter(state=asked["state"])
    page = page_of(request, ordered(rows, request.GET.get("sort", ""), {"at": "at"}, "-at"))
    context = {"form": form, "page": page, "rows": [(row, KINDS[row.kind], _fault(row)) for row in page]}
    return TemplateResponse(request, "workbench/payouts/results.html", context)


@staff_only(roles=FINANCE)
@require_safe
def bank_result(request: Request, key: str) -> HttpResponseBase:
    """One file: what came of it, and what to do when it differs."""
    found = access.result_for(actor=request.actor, key=key, on=request.on)
    return _result(request, found, RemarkForm())


class RemarkForm(forms.Form):
    """What somebody found who looked at a file that differs."""

    remark = forms.CharField(label=gettext_lazy("核对结果"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


@staff_only(roles=FINANCE)
@require_POST
def bank_result_remark(request: Request, key: str) -> HttpResponseBase:
    """Somebody has looked at it."""
    found = access.result_for(actor=request.actor, key=key, on=request.on)
    form, status = RemarkForm(request.POST), 422
    if form.is_valid():
        try:
            look_at_result(result=found, remark=form.cleaned_data["remark"], by=request.actor, at=request.at)
        except (Refused, IllegalMove) as refusal:
            form.add_error(None, said_by(refusal))
            status = 409
        else:
            messages.success(request, _("已记下核对结果。"))
            return HttpResponseRedirect(reverse("workbench:bank_result", args=[key]))
    return _result(request, found, form, status)


def _result(request: Request, found: BankResult, form: forms.Form, status: int = 200) -> HttpResponseBase:
    order = access.orders_visible_to(actor=request.actor, on=request.on).filter(number=found.fault_number).first()
    context = {"result": found, "kind": KINDS[found.kind], "fault": _fault(found), "order": order, "form": form}
    return TemplateResponse(request, "workbench/payouts/result.html", context, status=status)


def _fault(result: BankResult) -> str:
    return said(*FAULTS[result.fault]) if result.fault else ""


urlpatterns: list[URLPattern] = [
    path("payouts", payouts, name="payouts"),
    path("payouts/export", payouts_export, name="payouts_export"),
    path("payouts/orders/<str:number>", payout, name="payout"),
    path("payouts/orders/<str:number>/correction", payout_correction, name="payout_correction"),
    path("payouts/orders/<str:number>/stop", payout_stop, name="payout_stop"),
    path("payouts/results", bank_results, name="bank_results"),
    path("payouts/results/<str:key>", bank_result, name="bank_result"),
    path("payouts/results/<str:key>/remark", bank_result_remark, name="bank_result_remark"),
]
