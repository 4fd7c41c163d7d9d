"""Bills, receipts and funds, for finance: what is to be paid, what was paid by what, and into which account."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.contributions import access, payer_queries
from mutualaid.contributions.actions.bills import cancel_bill, open_fund
from mutualaid.contributions.models import Bill, Receipt
from mutualaid.contributions.queries import bill_totals
from mutualaid.contributions.receipts import receipt_pdf
from mutualaid.contributions.resting import settled_of
from mutualaid.contributions.states import BILL
from mutualaid.core.audit import subject_of
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.access import books_visible_to
from mutualaid.ledger.lines import LedgerError
from mutualaid.ledger.queries import entries_of
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import Keys, page_asked
from mutualaid.web.common.payers import kind_name
from mutualaid.web.common.portals import WORKBENCH
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.workbench.day_lists import ROWS_ON_A_PAGE, DaysForm, between, ordered, page_of

FINANCE = (RoleName.FINANCE,)
SEE = access.SEE_BILLS
LISTING = "bills"
_ORDER = {
    "number": "number",
    "employer": "employer__unit__code",
    "persons": "persons",
    "amount": "amount",
    "issued": "issued_on",
    "due": "due_on",
}


def state_choices(table: Any) -> list[tuple[str, Any]]:
    """The states of a table as choices, with “all”."""
    return [("", _("全部")), *((state, said(zh, en)) for state, (zh, en) in table.names.items())]


class BillFilter(DaysForm):
    """Of the list of bills."""

    text = forms.CharField(label=gettext_lazy("单位或编号"), required=False, max_length=50)
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=lambda: state_choices(BILL))
    overdue = forms.BooleanField(label=gettext_lazy("只看逾期"), required=False)
    field_order = ("text", "state", "since", "to", "overdue")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].label, self.fields["to"].label = _("到期日自"), _("到期日至")


def _found(request: Request, form: BillFilter) -> QuerySet[Bill]:
    asked = form.asked()
    rows = access.bills_visible_to(actor=request.actor, on=request.on).filter(**between("due_on", asked))
    if text := asked.get("text", "").strip():
        named = Q(payer_name__icontains=text) | Q(employer__unit__name__icontains=text)
        rows = rows.filter(named | Q(number__iexact=text) | Q(employer__unit__code__iexact=text))
    if asked.get("state"):
        rows = rows.filter(state=asked["state"])
    if asked.get("overdue"):
        rows = rows.filter(state="issued", due_on__lt=request.on)
    return rows


@staff_only(roles=SEE)
@require_safe
def bills(request: Request) -> HttpResponseBase:
    """Bills of the branches, those issued last first."""
    form = BillFilter(request.GET)
    found = _found(request, form)
    asked = ordered(found, request.GET.get("sort", ""), _ORDER, "-issued_on")
    context = {
        "form": form,
        "totals": bill_totals(among=found),
        "page": page_asked(
            request,
            Keys(lambda most: payer_queries.keys_of(among=asked, most=most)),
            ROWS_ON_A_PAGE,
            partial(payer_queries.told, among=found),
        ),
        "on": request.on,
        "finance": FINANCE[0] in request.standing.roles,
    }
    return TemplateResponse(request, "workbench/bills/bills.html", context)


@staff_only(roles=SEE)
@require_safe
def bills_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    asked = ordered(_found(request, BillFilter(request.GET)), request.GET.get("sort", ""), _ORDER, "-issued_on")
    columns = (
        Column(_("账单编号"), lambda bill: bill.number),
        Column(_("单位编码"), lambda bill: bill.employer.unit.code),
        Column(_("单位"), lambda bill: bill.employer.unit.name, width=32),
        Column(_("出资方"), lambda bill: kind_name(bill.payer_kind)),
        Column(_("缴款人"), lambda bill: bill.payer_name, width=32),
        Column(_("保障计划"), lambda bill: plan_name(bill.enrolment.version), width=28),
        Column(_("人数"), lambda bill: bill.persons, "whole", 10),
        Column(_("金额（元）"), lambda bill: bill.amount, "amount"),
        Column(_("已到账（元）"), lambda bill: bill.settled_amount, "amount"),
        Column(_("开具日"), lambda bill: bill.issued_on, "day", 12),
        Column(_("到期日"), lambda bill: bill.due_on, "day", 12),
        Column(_("状态"), lambda bill: said(*BILL.names[bill.state]), width=10),
    )
    return workbook(_("账单"), columns, iter(payer_queries.told(among=asked)))


@staff_only(roles=SEE)
@require_safe
def bill(request: Request, number: str) -> HttpResponseBase:
    """One bill: what it is for, what was set against it, its orders, its receipt, its entries."""
    found = access.bill_for(actor=request.actor, number=number, on=request.on)
    settlements = payer_queries.settlements_of(bill=found)
    deals = access.may_deal_with(actor=request.actor, bill=found, on=request.on)
    subjects = [subject_of(row) for settled in settlements for row in (settled.payment, settled)]
    books = books_visible_to(actor=request.actor, on=request.on)
    context = {
        "bill": found,
        "version": found.enrolment.version,
        "payer_kind": kind_name(found.payer_kind),
        "fund": found.fund,
        "settlements": settlements,
        "orders": found.orders.order_by("-created_at"),
        "receipt": Receipt.objects.filter(bill=found).first(),
        "entries": entries_of(books=books, subjects=[subject_of(found), *subjects]),
        "settled_amount": settled_of(bills=[found])[found.pk],
        "overdue": found.state == "issued" and found.due_on < request.on,
        "finance": deals,
        "pays": access.bills_paid_by(actor=request.actor, on=request.on).filter(pk=found.pk).exists(),
    }
    return TemplateResponse(request, "workbench/bills/bill.html", context)


class Reason(forms.Form):
    """Why something is undone."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: Request, number: str) -> HttpResponseBase:
    """A bill comes to nothing, with its enrolment."""
    found = access.bill_to_deal_with(actor=request.actor, number=number, on=request.on)
    back = reverse("workbench:bill", args=[number])
    form, status = Reason(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                cancel_bill(bill=found, reason=form.cleaned_data["reason"], by=request.actor, at=request.at)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("账单 %(number)s 已作废，参保单随之取消。") % {"number": number})
                return HttpResponseRedirect(back)
    context = {
        "base": WORKBENCH.base,
        "question": _("作废账单 %(number)s？") % {"number": number},
        "facts": [
            (_("缴费单位"), found.payer_name),
            (_("金额（元）"), shown(found.amount)),
            (_("到期日"), found.due_on.isoformat()),
        ],
        "warning": _("参保单和待缴费的保障一并取消，账务自动冲销；单位需要重新申报参保。已缴清的账单不能作废。"),
        "action": _("作废"),
        "danger": True,
        "back": back,
        "form": form,
    }
    return TemplateResponse(request, "common/confirm.html", context, status=status)


# --- receipts ---------------------------------------------------------------------------------------------------------


class ReceiptFilter(DaysForm):
    """Of the list of receipts."""

    text = forms.CharField(label=gettext_lazy("单位或编号"), required=False, max_length=50)
    field_order = ("text", "since", "to")


def _receipts(request: Request, form: ReceiptFilter) -> QuerySet[Receipt]:
    asked = form.asked()
    days = between("issued_at__date", asked)
    rows = access.receipts_visible_to(actor=request.actor, on=request.on).filter(**days)
    if text := asked.get("text", "").strip():
        told = Q(payer_name__icontains=text) | Q(number__iexact=text) | Q(bill__number__iexact=text)
        rows = rows.filter(told)
    return rows.select_related("bill")


@staff_only(roles=SEE)
@require_safe
def receipts(request: Request) -> HttpResponseBase:
    """Receipts of the branches, the newest first."""
    form = ReceiptFilter(request.GET)
    ways = {"number": "number", "amount": "amount", "issued": "issued_at"}
    rows = ordered(_receipts(request, form), request.GET.get("sort", ""), ways, "-issued_at")
    context = {"form": form, "page": page_of(request, rows)}
    return TemplateResponse(request, "workbench/bills/receipts.html", context)


@staff_only(roles=SEE)
@require_safe
def receipts_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    columns = (
        Column(_("凭证编号"), lambda row: row.number),
        Column(_("账单编号"), lambda row: row.bill.number),
        Column(_("缴费单位"), lambda row: row.payer_name, width=32),
        Column(_("金额（元）"), lambda row: row.amount, "amount"),
        Column(_("开具时间"), lambda row: row.issued_at, "moment"),
    )
    rows = _receipts(request, ReceiptFilter(request.GET)).order_by("-issued_at", "-pk")
    return workbook(_("收款凭证"), columns, rows.iterator(chunk_size=2000))


@staff_only(roles=SEE)
@require_safe
def receipt(request: Request, number: str) -> HttpResponseBase:
    """A receipt as PDF."""
    found = access.receipt_for(actor=request.actor, number=number, on=request.on)
    lang = "en" if get_language() == "en" else "zh"
    response = HttpResponse(receipt_pdf(receipt=found, lang=lang), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"{found.number}.pdf") or "inline"
    return response


# --- funds ------------------------------------------------------------------------------------------------------------


@staff_only(roles=FINANCE)
@require_safe
def funds(request: Request) -> HttpResponseBase:
    """The dedicated accounts of the branches' offices."""
    rows = access.funds_visible_to(actor=request.actor, on=request.on).select_related("unit", "book")
    context = {
        "page": page_of(request, ordered(rows, request.GET.get("sort", ""), {"office": "unit__code"}, "unit__path")),
        "may_add": access.offices_without_fund(actor=request.actor, on=request.on).exists(),
    }
    return TemplateResponse(request, "workbench/bills/funds.html", context)


class FundForm(forms.Form):
    """An office's account at its bank."""

    office = forms.ChoiceField(label=gettext_lazy("所属机构"))
    account_name = forms.CharField(label=gettext_lazy("账户名称"), max_length=100)
    account_number = forms.RegexField(
        r"^[0-9A-Za-z -]{6,40}$",
        label=gettext_lazy("银行账号"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("账号应为 6 至 40 位的数字或字母，请核对")},
        help_text=gettext_lazy("保存后只显示末四位；导入流水时用来核对是不是本账户的流水。"),
    )
    bank_name = forms.CharField(label=gettext_lazy("开户银行"), max_length=100)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def fund_new(request: Request) -> HttpResponseBase:
    """Enter the dedicated account of an office that has none."""
    form, status = FundForm(request.POST or None), 200
    offices = access.offices_without_fund(actor=request.actor, on=request.on)
    form.fields["office"].choices = [(unit.code, f"{unit.code} {unit.name}") for unit in offices]  # type: ignore[attr-defined]
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            office = access.office_for_fund(actor=request.actor, code=given.pop("office"), on=request.on)
            try:
                open_fund(unit=office, by=request.actor, at=request.at, **given)
            except (Refused, LedgerError) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("%(office)s的互助专户已登记。") % {"office": office.name})
                return HttpResponseRedirect(reverse("workbench:funds"))
    return TemplateResponse(request, "workbench/bills/fund_new.html", {"form": form}, status=status)


urlpatterns: list[URLPattern] = [
    path("bills", bills, name="bills"),
    path("bills/export", bills_export, name="bills_export"),
    path("bills/<str:number>", bill, name="bill"),
    path("bills/<str:number>/cancellation", cancellation, name="bill_cancellation"),
    path("receipts", receipts, name="receipts"),
    path("receipts/export", receipts_export, name="receipts_export"),
    path("receipts/<str:number>", receipt, name="receipt"),
    path("funds", funds, name="funds"),
    path("funds/new", fund_new, name="fund_new"),
]
