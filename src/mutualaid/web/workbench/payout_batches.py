"""Batches, for finance: made by one, looked at line by line and released by another, sent or uploaded, results by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.contributions.models import Fund
from mutualaid.core import papers
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove
from mutualaid.enrolment.roster.reading import BYTES_MOST
from mutualaid.payouts import access
from mutualaid.payouts.actions import batches as actions
from mutualaid.payouts.actions.by_hand import bring_workbook
from mutualaid.payouts.bank.news import NewsRefused
from mutualaid.payouts.gateway import BankFault
from mutualaid.payouts.models import Batch, PaymentOrder
from mutualaid.payouts.queries import is_own_bank, totals
from mutualaid.payouts.states import BATCH
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.portals import WORKBENCH
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.bills import state_choices
from mutualaid.web.workbench.day_lists import DaysForm, between, ordered, page_of

FINANCE = (RoleName.FINANCE,)
SHOWN_MOST = 500
"""Orders to choose from on one page; “all” takes those that are not shown, too."""
_ORDER = {"number": "number", "made": "made_at", "total": "total", "count": "count"}
REFUSALS = (Refused, IllegalMove, NewsRefused, papers.BadFile, BankFault)


class BatchFilter(DaysForm):
    """Of the list of batches."""

    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=lambda: state_choices(BATCH))
    field_order = ("state", "since", "to")


@staff_only(roles=FINANCE)
@require_safe
def payout_batches(request: Request) -> HttpResponseBase:
    """Batches of the branches' funds, the newest first, and the funds for which orders wait."""
    form = BatchFilter(request.GET)
    asked = form.asked()
    seen = access.batches_visible_to(actor=request.actor, on=request.on)
    rows = seen.filter(**between("made_at__date", asked)).select_related("fund__unit", "made_by__staff")
    if asked.get("state"):
        rows = rows.filter(state=asked["state"])
    waiting = access.orders_visible_to(actor=request.actor, on=request.on).filter(state="created").order_by()
    context = {
        "form": form,
        "page": page_of(request, ordered(rows, request.GET.get("sort", ""), _ORDER, "-made_at")),
        "waiting": waiting.values("fund__unit__code", "fund__account_name").annotate(
            count=Count("pk"), total=Sum("amount")
        ),
    }
    return TemplateResponse(request, "workbench/payouts/batches.html", context)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_batch_new(request: Request, fund: str) -> HttpResponseBase:
    """Choose orders of one fund, or all that wait."""
    chosen = access.fund_for(actor=request.actor, code=fund, on=request.on)
    rows = access.orders_visible_to(actor=request.actor, on=request.on).filter(fund=chosen, state="created")
    refusal, status = "", 200
    if request.method == "POST":
        numbers = request.POST.getlist("orders")
        every = "all" in request.POST
        picked = None if every else list(access.orders_visible_to(actor=request.actor, on=request.on).filter(
            fund=chosen, number__in=numbers
        ))  # fmt: skip
        try:
            batch = actions.make_batch(fund=chosen, orders=picked, by=request.actor, at=request.at)
        except REFUSALS as raised:
            refusal, status = said_by(raised), 409
        else:
            told = {"number": batch.number, "count": batch.count, "total": shown(batch.total)}
            messages.success(request, _("批次 %(number)s 已编制：%(count)d 笔，合计 %(total)s 元，等待复核。") % told)
            return HttpResponseRedirect(reverse("workbench:payout_batch", args=[batch.number]))
    listed = [(row, is_own_bank(fund=chosen, order=row)) for row in rows.order_by("id")[:SHOWN_MOST]]
    context = {
        "fund": chosen,
        "rows": listed,
        "totals": totals(among=rows),
        "picked": set(request.POST.getlist("orders")) if request.method == "POST" else None,
        "refusal": refusal,
        "most": SHOWN_MOST,
    }
    return TemplateResponse(request, "workbench/payouts/batch_new.html", context, status=status)


@staff_only(roles=FINANCE)
@require_safe
def payout_batch(request: Request, number: str) -> HttpResponseBase:
    """A batch with every line."""
    return _batch(request, access.batch_for(actor=request.actor, number=number, on=request.on))


class WorkbookForm(forms.Form):
    """The batch's workbook with results."""

    file = forms.FileField(
        label=gettext_lazy("填好结果的工作簿"),
        help_text=gettext_lazy("在下载的批次工作簿里填写“结果”“日期”“原因”三列后上传；没有结果的行可以先空着。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )
    evidence = forms.FileField(
        label=gettext_lazy("银行回单或对账单"),
        help_text=gettext_lazy("PDF、JPEG 或 PNG，复核人对照它逐笔核对。"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_file(self) -> Any:
        """Not longer than is read."""
        if self.cleaned_data["file"].size > BYTES_MOST:
            raise forms.ValidationError(_("工作簿太大，请只上传本批次的工作簿"))
        return self.cleaned_data["file"]


def _batch(request: Request, found: Batch, refusal: str = "", form: forms.Form | None = None) -> HttpResponseBase:
    rows = found.orders.order_by("id")
    context = {
        "batch": found,
        "fund": found.fund,
        "page": page_of(request, rows),
        "totals": totals(among=rows),
        "results": found.results.order_by("-id")[:20],
        "others_count": found.count - found.own_count,
        "others_total": found.total - found.own_total,
        "by_hand": _by_hand(found, rows),
        "is_maker": found.made_by_id == request.account.pk,
        "not_received": found.results.filter(fault="not_received", state="refused").exists(),
        "form": form or WorkbookForm(),
        "refusal": refusal,
    }
    return TemplateResponse(request, "workbench/payouts/batch.html", context, status=409 if refusal else 200)


def _by_hand(found: Batch, rows: QuerySet[PaymentOrder]) -> bool:
    """Whether results may be entered by hand: of what the bank's folder tells itself, only what it left unknown."""
    if found.way:
        return rows.filter(state="unknown").exists()
    return found.state in ("sent", "done")


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_batch_release(request: Request, number: str) -> HttpResponseBase:
    """A second person lets it go."""
    found = access.batch_for(actor=request.actor, number=number, on=request.on)
    if request.method == "POST":
        done = _("批次 %(number)s 已放行。") % {"number": number}
        return _done(request, found, actions.release_batch, done)
    if found.made_by_id == request.account.pk or found.state != "open":
        return _batch(request, found)
    return _asked(
        request, found, _("放行批次 %(number)s？") % {"number": number}, _("放行"),
        _("放行后钱就会付出，不能撤回。请先逐笔核对收款人、账号末四位和金额。"), danger=False,
    )  # fmt: skip


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def payout_batch_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """It is given up before release."""
    found = access.batch_for(actor=request.actor, number=number, on=request.on)
    if request.method == "POST":
        done = _("批次 %(number)s 已撤回，其中的支付单重新等待支付。") % {"number": number}
        return _done(request, found, actions.withdraw_batch, done)
    return _asked(
        request, found, _("撤回批次 %(number)s？") % {"number": number}, _("撤回"),
        _("其中的支付单回到待支付，可以重新编入别的批次。"), danger=True,
    )  # fmt: skip


@staff_only(roles=FINANCE)
@require_POST
def payout_batch_upload(request: Request, number: str) -> HttpResponseBase:
    """Finance has uploaded the file in the e-bank."""
    found = access.batch_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, actions.confirm_upload, _("已记下：批次已上传网银。银行处理后请导入结果。"))


@staff_only(roles=FINANCE)
@require_POST
def payout_batch_again(request: Request, number: str) -> HttpResponseBase:
    """The very file that the bank never received is sent once more."""
    found = access.batch_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, actions.send_again, _("原文件将再次送往银行，批次号不变。"))


@staff_only(roles=FINANCE)
@require_POST
def payout_batch_results(request: Request, number: str) -> HttpResponseBase:
    """The workbook comes back with results."""
    found = access.batch_for(actor=request.actor, number=number, on=request.on)
    form = WorkbookForm(request.POST, request.FILES)
    if not form.is_valid():
        return _batch(request, found, _("请选择填好结果的工作簿，并附上银行回单或对账单。"), form)
    brought, paper = form.cleaned_data["file"], form.cleaned_data["evidence"]
    try:
        made = bring_workbook(
            batch=found, content=brought.read(), name=brought.name, evidence=paper.read(), evidence_name=paper.name,
            by=request.actor, at=request.at,
        )  # fmt: skip
    except REFUSALS as raised:
        return _batch(request, found, said_by(raised))
    if made.state == "refused":
        messages.warning(request, _("所填结果与已知的结果矛盾，没有入账，已列为差异。"))
    else:
        messages.success(request, _("已登记 %(rows)d 笔结果，等待另一位财务人员复核。") % {"rows": made.rows})
    return HttpResponseRedirect(reverse("workbench:bank_result", args=[made.key]))


@staff_only(roles=FINANCE)
@require_safe
def payout_batch_file(request: Request, number: str) -> HttpResponseBase:
    """The workbook for the e-bank: the one place with whole account numbers, and who takes it is written down."""
    found = access.batch_for(actor=request.actor, number=number, on=request.on)
    if found.file is None or found.way:
        raise NotFound(
            "没有可下载的支付文件：批次尚未放行，或经银行通道自动送出",
            "there is no file to download: the batch is not released, or goes to the bank by itself",
        )
    note_read(request, "read_payment_file", found)
    response = HttpResponse(papers.read(found.file), content_type=papers.XLSX)
    response["Content-Disposition"] = content_disposition_header(True, found.file.name) or "attachment"
    return response


def _done(request: Request, found: Batch, action: Callable[..., object], told: str) -> HttpResponseBase:
    try:
        action(batch=found, by=request.actor, at=request.at)
    except REFUSALS as refusal:
        found.refresh_from_db()
        return _batch(request, found, said_by(refusal))
    messages.success(request, told)
    return HttpResponseRedirect(reverse("workbench:payout_batch", args=[found.number]))


def _asked(
    request: Request, found: Batch, question: str, action: str, warning: str, *, danger: bool
) -> HttpResponseBase:
    fund: Fund = found.fund
    context = {
        "base": WORKBENCH.base,
        "question": question,
        "facts": [
            (_("付款专户"), fund.account_name),
            (_("笔数"), str(found.count)),
            (_("合计（元）"), shown(found.total)),
            (
                _("其中本行"),
                _("%(count)d 笔 %(total)s 元") % {"count": found.own_count, "total": shown(found.own_total)},
            ),
        ],
        "warning": warning,
        "action": action,
        "danger": danger,
        "back": reverse("workbench:payout_batch", args=[found.number]),
    }
    return TemplateResponse(request, "common/confirm.html", context)


urlpatterns: list[URLPattern] = [
    path("payouts/batches", payout_batches, name="payout_batches"),
    path("payouts/batches/new/<str:fund>", payout_batch_new, name="payout_batch_new"),
    path("payouts/batches/<str:number>", payout_batch, name="payout_batch"),
    path("payouts/batches/<str:number>/release", payout_batch_release, name="payout_batch_release"),
    path("payouts/batches/<str:number>/withdrawal", payout_batch_withdrawal, name="payout_batch_withdrawal"),
    path("payouts/batches/<str:number>/file", payout_batch_file, name="payout_batch_file"),
    path("payouts/batches/<str:number>/upload", payout_batch_upload, name="payout_batch_upload"),
    path("payouts/batches/<str:number>/results", payout_batch_results, name="payout_batch_results"),
    path("payouts/batches/<str:number>/second-sending", payout_batch_again, name="payout_batch_again"),
]
