"""Payment orders, for finance: what is to be paid, what came back, to which account it goes instead, what is stopped."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims.actions.paying_anew import confirm_payee, pay_again, stop_payment
from mutualaid.core.audit import subject_of
from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.access import books_visible_to
from mutualaid.ledger.queries import entries_of
from mutualaid.payouts import access
from mutualaid.payouts.actions.accounts import ask_account, refuse_account
from mutualaid.payouts.bank.reasons import reason_of
from mutualaid.payouts.models import AccountChange, PaymentOrder
from mutualaid.payouts.queries import orders_of, steps_of, to_correct, totals
from mutualaid.payouts.states import PAYMENT_ORDER
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.plans.queries import names_of_plans
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
        choices=lambda: [
            *state_choices(PAYMENT_ORDER),
            ("to_correct", _("失败或退票待更正")),
            ("to_confirm", _("新账户待复核")),
        ],
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
    if asked.get("state") == "to_confirm":
        return rows.filter(account_changes__state="open")
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
    replaced = any(row.number == number and row.replaced for row in of_claim)
    shares = list(found.shares.order_by("id"))
    names = names_of_plans(plans=[row.plan for row in shares], lang=get_language() or "")
    context = {
        "order": found,
        "change": found.account_changes.filter(state="open").select_related("asked_by__staff").first(),
        "can_pay_again": not replaced and found.state in ("failed", "returned", "stopped"),
        "shares": [(row, names.get(row.plan, "")) for row in shares],
        "steps": [(STEPS[step.what], step) for step in steps_of(reference=found.reference) if step.number == number],
        "reason": said(*(reason_of(found.bank_reason) or ("", ""))),
        "others": [row for row in of_claim if row.number != number],
        "entries": entries_of(books=books, subjects=list({root, subject_of(found)})),
        "to_correct": not replaced and found.state in ("failed", "returned"),
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
    """Another account for what failed or came back is entered; somebody else of finance confirms it."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    first = {"payee_name": found.payee_name, "bank_name": found.bank_name, "bank_code": found.bank_code}
    form, status = AccountForm(request.POST or None, initial=first), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                ask_account(order=found, by=request.actor, at=request.at, **form.cleaned_data)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("新账户已登记，等待另一位财务人员向收款人核实后确认。"))
                return HttpResponseRedirect(reverse("workbench:payout", args=[number]))
    context = {"order": found, "form": form, "reason": said(*(reason_of(found.bank_reason) or ("", "")))}
    return TemplateResponse(request, "workbench/payouts/correction.html", context, status=status)


class NumberForm(forms.Form):
    """The account as the second person heard it."""

    account_number = forms.CharField(
        label=gettext_lazy("收款账号"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("请自行向收款人核实后输入完整账号；与登记人登记的一致才会生效。"),
    )


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_account(request: Request, number: str) -> HttpResponseBase:
    """A second person has asked the payee, and enters the account number by themselves."""
    change = access.account_change_for(actor=request.actor, number=number, on=request.on)
    form, status = NumberForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                anew = confirm_payee(change=change, by=request.actor, at=request.at, **form.cleaned_data)
            except (Refused, IllegalMove) as refusal:
                return _account(request, change, form, Reason(), 409, said_by(refusal))
            else:
                told = _("账户已确认，生成新的支付单 %(number)s，并已通知收款人。") % {"number": anew.number}
                messages.success(request, told)
                return HttpResponseRedirect(reverse("workbench:payout", args=[anew.number]))
    return _account(request, change, form, Reason(), status)


@staff_only(roles=FINANCE)
@require_POST
def payout_account_refusal(request: Request, number: str) -> HttpResponseBase:
    """The account is not right."""
    change = access.account_change_for(actor=request.actor, number=number, on=request.on)
    form, status = Reason(request.POST), 422
    if form.is_valid():
        try:
            refuse_account(change=change, remark=form.cleaned_data["reason"], by=request.actor, at=request.at)
        except (Refused, IllegalMove) as refusal:
            return _account(request, change, NumberForm(), form, 409, said_by(refusal))
        else:
            messages.success(request, _("登记的账户已退回，支付单仍待更正。"))
            return HttpResponseRedirect(reverse("workbench:payout", args=[number]))
    return _account(request, change, NumberForm(), form, status)


def _account(
    request: Request, change: AccountChange, form: forms.Form, refusing: forms.Form, status: int, refusal: str = ""
) -> HttpResponseBase:
    change.refresh_from_db(fields=["state"])
    is_own = change.asked_by_id == request.account.pk
    context: dict[str, Any] = {"refusal": refusal}
    context |= {"change": change, "order": change.order, "form": form, "refusing": refusing, "is_own": is_own}
    return TemplateResponse(request, "workbench/payouts/account.html", context, status=status)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_again(request: Request, number: str) -> HttpResponseBase:
    """What failed, came back or was stopped is ordered again to the same account."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    form, status = Reason(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                anew = pay_again(order=found, reason=form.cleaned_data["reason"], by=request.actor, at=request.at)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                told = _("已生成新的支付单 %(number)s，等待编入批次。") % {"number": anew.number}
                messages.success(request, told)
                return HttpResponseRedirect(reverse("workbench:payout", args=[anew.number]))
    context = {
        "base": WORKBENCH.base,
        "question": _("按原账户重新支付 %(number)s？") % {"number": number},
        "facts": [
            (_("理赔编号"), found.reference),
            (_("金额（元）"), f"{found.amount:,.2f}"),
            (_("收款账号"), found.account_masked),
        ],
        "warning": _("生成一张写明代替 %(number)s 的新支付单，仍须编入批次并由另一人放行；不再应付的部分不会支付。")
        % {"number": number},
        "action": _("重新支付"),
        "back": reverse("workbench:payout", args=[number]),
        "form": form,
    }
    return TemplateResponse(request, "common/confirm.html", context, status=status)


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
                stop_payment(order=found, reason=form.cleaned_data["reason"], by=request.actor, at=request.at)
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
            "批准这笔互助金的分录随之冲销，会员暂时收不到这笔钱。理赔的决定没有改变：查清后可以按原账户重新支付；要改变决定，请在理赔中办理。"
        ),
        "action": _("止付"),
        "danger": True,
        "back": back,
        "form": form,
    }
    return TemplateResponse(request, "common/confirm.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("payouts", payouts, name="payouts"),
    path("payouts/export", payouts_export, name="payouts_export"),
    path("payouts/orders/<str:number>", payout, name="payout"),
    path("payouts/orders/<str:number>/correction", payout_correction, name="payout_correction"),
    path("payouts/orders/<str:number>/account", payout_account, name="payout_account"),
    path("payouts/orders/<str:number>/account/refusal", payout_account_refusal, name="payout_account_refusal"),
    path("payouts/orders/<str:number>/again", payout_again, name="payout_again"),
    path("payouts/orders/<str:number>/stop", payout_stop, name="payout_stop"),
]
