"""What banks say of payment orders, for finance: files that differ, results by hand that wait for a second person; and what the
books owe against what the orders owe."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims.access import unpaid_tasks_visible_to
from mutualaid.claims.unpaid import held_back
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from mutualaid.payouts import access
from mutualaid.payouts.actions.by_hand import confirm_result, withdraw_result
from mutualaid.payouts.actions.results import look_at_result
from mutualaid.payouts.bank.news import FAULTS
from mutualaid.payouts.bank.reasons import reason_of
from mutualaid.payouts.models import BankResult
from mutualaid.payouts.queries import outcomes_of
from mutualaid.payouts.reconciling import compared, differing
from mutualaid.payouts.states import BANK_RESULT
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.portals import WORKBENCH
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.serving import file_answer
from mutualaid.web.workbench.bills import Reason, state_choices
from mutualaid.web.workbench.day_lists import DaysForm, between, ordered, page_of

FINANCE = (RoleName.FINANCE,)
TASKS_MOST = 200
"""What is due and not ordered, of which the page shows so many."""
TOLD = {
    "pending": gettext_lazy("在办"),
    "paid": gettext_lazy("成功"),
    "rejected": gettext_lazy("失败"),
    "returned": gettext_lazy("退回"),
}
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


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def bank_result_confirmation(request: Request, key: str) -> HttpResponseBase:
    """A second person has compared a result by hand with the bank's paper."""
    found = access.result_for(actor=request.actor, key=key, on=request.on)
    back = reverse("workbench:bank_result", args=[key])
    if request.method == "POST":
        try:
            done = confirm_result(result=found, by=request.actor, at=request.at)
        except (Refused, IllegalMove) as refusal:
            return _result(request, found, RemarkForm(), 409, said_by(refusal))
        if done.state == "refused":
            messages.warning(request, _("与此后已知的结果矛盾，没有入账任何一笔，已列为差异。"))
        else:
            messages.success(request, _("已复核入账，%(changed)d 笔有变化。") % {"changed": done.changed})
        return HttpResponseRedirect(back)
    if found.state != "open" or found.brought_by_id == request.account.pk:
        return _result(request, found, RemarkForm())
    context = {
        "base": WORKBENCH.base,
        "question": _("确认这份人工登记的结果？"),
        "facts": [(_("文件"), found.name), (_("明细笔数"), str(found.rows))],
        "warning": _("确认后逐笔入账并通知会员。请先打开银行单据，逐笔核对支付单、金额、结果和日期。"),
        "action": _("已核对，确认入账"),
        "back": back,
    }
    return TemplateResponse(request, "common/confirm.html", context)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def bank_result_withdrawal(request: Request, key: str) -> HttpResponseBase:
    """A result by hand that is not right, before it is confirmed."""
    found = access.result_for(actor=request.actor, key=key, on=request.on)
    back = reverse("workbench:bank_result", args=[key])
    form, status = Reason(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                withdraw_result(result=found, remark=form.cleaned_data["reason"], by=request.actor, at=request.at)
            except (Refused, IllegalMove) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已撤回，没有入账任何一笔；改正后可以重新登记。"))
                return HttpResponseRedirect(back)
    context = {
        "base": WORKBENCH.base,
        "question": _("撤回这份人工登记的结果？"),
        "facts": [(_("文件"), found.name), (_("明细笔数"), str(found.rows))],
        "action": _("撤回"),
        "danger": True,
        "back": back,
        "form": form,
    }
    return TemplateResponse(request, "common/confirm.html", context, status=status)


@staff_only(roles=FINANCE)
@require_safe
def bank_result_evidence(request: Request, key: str) -> HttpResponseBase:
    """The bank's paper of a result by hand."""
    file = access.evidence_for(actor=request.actor, key=key, on=request.on)
    note_read(request, "read_file", file)
    return file_answer(file, papers.read(file), saved="save" in request.GET)


@staff_only(roles=FINANCE)
@require_safe
def payout_reconciliation(request: Request) -> HttpResponseBase:
    """Fund by fund what the books owe and what the orders owe; claims of which a payment was stopped and not ordered again."""
    funds = access.funds_visible_to(actor=request.actor, on=request.on).select_related("unit").order_by("pk")
    rows = compared(funds=funds)
    context = {
        "rows": rows,
        "differing": [(row.fund, differing(fund=row.fund)) for row in rows if row.difference],
        "held": held_back(),
        "tasks": unpaid_tasks_visible_to(actor=request.actor, on=request.on)
        .filter(state="open")
        .select_related("claim", "staff")
        .order_by("due_on", "id")[:TASKS_MOST],
    }
    return TemplateResponse(request, "workbench/payouts/reconciliation.html", context)


def _result(
    request: Request, found: BankResult, form: forms.Form, status: int = 200, refusal: str = ""
) -> HttpResponseBase:
    order = access.orders_visible_to(actor=request.actor, on=request.on).filter(number=found.fault_number).first()
    told = [(one, TOLD[one.told], said(*(reason_of(one.reason) or ("", "")))) for one in outcomes_of(result=found)]
    context = {
        "result": found,
        "kind": KINDS[found.kind],
        "fault": _fault(found),
        "order": order,
        "form": form,
        "told": told,
        "is_own": found.brought_by_id == request.account.pk,
        "refusal": refusal,
    }
    return TemplateResponse(request, "workbench/payouts/result.html", context, status=status)


def _fault(result: BankResult) -> str:
    return said(*FAULTS[result.fault]) if result.fault else ""


urlpatterns: list[URLPattern] = [
    path("payouts/results", bank_results, name="bank_results"),
    path("payouts/results/<str:key>", bank_result, name="bank_result"),
    path("payouts/results/<str:key>/remark", bank_result_remark, name="bank_result_remark"),
    path("payouts/results/<str:key>/confirmation", bank_result_confirmation, name="bank_result_confirmation"),
    path("payouts/results/<str:key>/withdrawal", bank_result_withdrawal, name="bank_result_withdrawal"),
    path("payouts/results/<str:key>/evidence", bank_result_evidence, name="bank_result_evidence"),
    path("payouts/reconciliation", payout_reconciliation, name="payout_reconciliation"),
]
