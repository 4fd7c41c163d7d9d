"""Bank statements and their lines, for finance: import with a preview, match to bills, hold, set aside, take back. What is
left of the money is dealt with in ``held_money``."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.bank import (
    hold_line,
    import_statement,
    keep_layout,
    match_clear_lines,
    match_line,
    set_line_aside,
    take_line_back,
)
from mutualaid.contributions.bank.csv_file import columns_asked
from mutualaid.contributions.bank.layouts import MEANINGS, fingerprint, plain
from mutualaid.contributions.bank.reading import BYTES_MOST, ColumnsUnknown, StatementRefused
from mutualaid.contributions.matching import Suggestion, clear_hits, open_bills, suggestions
from mutualaid.contributions.models import Bill, Fund, Payment, StatementLine
from mutualaid.contributions.queries import layouts_of, preview, tasks
from mutualaid.contributions.resting import doubles, rest_of, settled_of
from mutualaid.contributions.states import STATEMENT_LINE
from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import IllegalMove
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.addresses import next_of
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.day_lists import DaysForm, between, ordered, page_of
from mutualaid.web.workbench.paying_out import context_of

FINANCE = (RoleName.FINANCE,)
SHOWN_MOST = 50
"""Lines of a preview and bills of a search that are shown."""
CLEAR_MOST = 200
"""Lines that are matched by one click; a page has fewer."""
REASONS = {
    "number": gettext_lazy("附言写有账单编号"),
    "amount": gettext_lazy("金额相同"),
    "account": gettext_lazy("该账号曾为其缴费"),
    "name": gettext_lazy("付款人相同"),
}


# --- statements -------------------------------------------------------------------------------------------------------


@staff_only(roles=FINANCE)
@require_safe
def statements(request: Request) -> HttpResponseBase:
    """Imported files, the newest first, and what waits."""
    who: dict[str, Any] = {"actor": request.actor, "on": request.on}
    rows = access.statements_visible_to(**who).select_related("fund__unit", "file")
    rows = rows.annotate(waiting=Count("lines", filter=Q(lines__state="unmatched")))
    waiting = tasks(
        lines=access.lines_visible_to(**who),
        orders=access.orders_visible_to(**who),
        payments=access.payments_visible_to(**who),
    )
    context = {
        "page": page_of(request, ordered(rows, request.GET.get("sort", ""), {"at": "at"}, "-at")),
        "waiting": [(kind, *_WAITING[kind.kind]) for kind in waiting],
        "may_import": access.funds_visible_to(**who).exists(),
    }
    return TemplateResponse(request, "workbench/bank/statements.html", context)


_WAITING = {
    "lines_unmatched": (gettext_lazy("待匹配流水"), "workbench:lines"),
    "orders_unclear": (gettext_lazy("待核对订单"), "workbench:orders"),
    "money_unmatched": (gettext_lazy("暂收款"), "workbench:payments"),
}


class StatementField(forms.FileField):
    """A bank's file, not longer than is read."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raises ValidationError for one that is too long."""
        found = super().clean(data, initial)
        if found is not None and found.size > BYTES_MOST:
            raise forms.ValidationError(_("流水文件最大 20 MB，请按较短的时间段分几次导出"))
        return found


class StatementForm(forms.Form):
    """A bank's file, and whose account it is of."""

    fund = forms.ChoiceField(label=gettext_lazy("互助专户"))
    file = StatementField(
        label=gettext_lazy("流水文件"),
        help_text=gettext_lazy("从网银导出的 CSV，或 camt.053 的 XML；最大 20 MB。上传后先预览，不会直接入账。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xml"}),
    )


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def statement_new(request: Request) -> HttpResponseBase:
    """A bank's file is brought; then it is shown what it says."""
    form, status = StatementForm(request.POST or None, request.FILES or None), 200
    seen = access.funds_visible_to(actor=request.actor, on=request.on).select_related("unit").order_by("unit__path")
    form.fields["fund"].choices = [(one.unit.code, f"{one.unit.name} · {one.bank_name}") for one in seen]  # type: ignore[attr-defined]
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = access.fund_for(actor=request.actor, code=form.cleaned_data["fund"], on=request.on)
            brought = form.cleaned_data["file"]
            content = brought.read()
            try:
                file = papers.store(
                    content=content,
                    name=brought.name,
                    kind=access.STATEMENT_FILE,
                    media_type=papers.XML if papers.type_of(content) == papers.XML else papers.CSV,
                    unit_path=chosen.unit.path,
                    by=request.actor,
                    at=request.at,
                )
            except papers.BadFile as refusal:
                form.add_error("file", said_by(refusal))
            else:
                return HttpResponseRedirect(reverse("workbench:statement_preview", args=[chosen.unit.code, file.key]))
    return TemplateResponse(request, "workbench/bank/statement_new.html", {"form": form}, status=status)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def statement_preview(request: Request, fund: str, key: uuid.UUID) -> HttpResponseBase:
    """What a file says before it is imported, or every fault of it; then it is imported."""
    chosen = access.fund_for(actor=request.actor, code=fund, on=request.on)
    file = access.upload_for(actor=request.actor, key=str(key), on=request.on)
    context: dict[str, Any] = {"fund": chosen, "file": file, "asks_columns": not file.name.lower().endswith(".xml")}
    status = 200
    if request.method == "GET" and request.GET.get("columns"):
        return _columns(request, chosen, file, again=True)
    try:
        if request.method == "POST":
            made = import_statement(fund=chosen, file=file, by=request.actor, at=request.at)
            told = {"new": made.lines_new, "known": made.lines_read - made.lines_new}
            messages.success(request, _("已导入 %(new)d 笔到账；%(known)d 笔先前已导入，未重复。") % told)
            return HttpResponseRedirect(reverse("workbench:statement", args=[key]))
        found = preview(fund=chosen, data=papers.read(file))
        context |= {
            "found": found,
            "rows": found.fresh[:SHOWN_MOST],
            "known": len(found.reading.credits) - len(found.fresh),
        }
    except ColumnsUnknown:
        return _columns(request, chosen, file)
    except StatementRefused as refusal:
        status = 409 if request.method == "POST" else 200
        context["faults"] = [(fault, said(fault.zh, fault.en)) for fault in refusal.faults[: SHOWN_MOST * 4]]
        context["faults_more"] = len(refusal.faults) - len(context["faults"])
    return TemplateResponse(request, "workbench/bank/statement_preview.html", context, status=status)


def _columns(
    request: Request, fund: Fund, file: StoredFile, *, again: bool = False, refusal: str = "", status: int = 200
) -> HttpResponseBase:
    """Which column is which: words and some values of each, what it seems to be, or what was chosen."""
    known = layouts_of(fund=fund)
    asked = columns_asked(papers.read(file), known, again=again or bool(refusal))
    if asked is None:
        return HttpResponseRedirect(reverse("workbench:statement_preview", args=[fund.unit.code, file.key]))
    before = known.get(fingerprint(asked.headers), {})
    chosen = request.POST.getlist("meaning") if refusal else [before.get(plain(word), "") for word in asked.headers]
    told = chosen if any(chosen) else asked.guesses
    rows = zip(asked.headers, asked.samples, told, strict=False)
    meanings = [(key, said(zh, en)) for key, (zh, en) in MEANINGS.items()]
    context = {"fund": fund, "file": file, "rows": list(rows), "meanings": meanings, "refusal": refusal}
    return TemplateResponse(request, "workbench/bank/statement_columns.html", context, status=status)


@staff_only(roles=FINANCE)
@require_POST
def statement_columns(request: Request, fund: str, key: uuid.UUID) -> HttpResponseBase:
    """POST ``word`` and ``meaning``, one of each for each column: it is remembered, and the file is shown by it."""
    chosen = access.fund_for(actor=request.actor, code=fund, on=request.on)
    file = access.upload_for(actor=request.actor, key=str(key), on=request.on)
    told = dict(zip(map(plain, request.POST.getlist("word")), request.POST.getlist("meaning"), strict=False))
    try:
        keep_layout(fund=chosen, file=file, columns=told, by=request.actor, at=request.at)
    except Refused as refusal:
        return _columns(request, chosen, file, refusal=said_by(refusal), status=409)
    messages.success(request, _("已记住这家银行的各列，下次不再询问。"))
    return HttpResponseRedirect(reverse("workbench:statement_preview", args=[fund, key]))


@staff_only(roles=FINANCE)
@require_safe
def statement(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """An imported file and its lines."""
    found = access.statement_for(actor=request.actor, key=str(key), on=request.on)
    rows = found.lines.select_related("fund__unit").order_by("booked_on", "pk")
    page = page_of(request, rows)
    context = {"statement": found, "page": page, "hits": _hits(page), "unit": found.fund.unit}
    return TemplateResponse(request, "workbench/bank/statement.html", context)


# --- lines ------------------------------------------------------------------------------------------------------------


class LineFilter(DaysForm):
    """Of the list of lines."""

    text = forms.CharField(label=gettext_lazy("付款人、附言或流水号"), required=False, max_length=50)
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)
    field_order = ("text", "state", "since", "to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(state, said(zh, en)) for state, (zh, en) in STATEMENT_LINE.names.items()]
        self.fields["state"].choices = [*told, ("all", _("全部"))]  # type: ignore[attr-defined]


_LINES = {"day": "booked_on", "amount": "amount", "payer": "payer_name"}


def _lines(request: Request, form: LineFilter) -> Any:
    asked = form.asked()
    rows = access.lines_visible_to(actor=request.actor, on=request.on).filter(**between("booked_on", asked))
    state = asked.get("state") or "unmatched"
    if state != "all":
        rows = rows.filter(state=state)
    if text := asked.get("text", "").strip():
        rows = rows.filter(Q(payer_name__icontains=text) | Q(text__icontains=text) | Q(serial__iexact=text))
    return ordered(rows.select_related("fund__unit"), request.GET.get("sort", ""), _LINES, "booked_on")


@staff_only(roles=FINANCE)
@require_safe
def lines(request: Request) -> HttpResponseBase:
    """Money that came in: what waits to be matched, unless another state is asked for."""
    form = LineFilter(request.GET)
    page = page_of(request, _lines(request, form))
    return TemplateResponse(request, "workbench/bank/lines.html", {"form": form, "page": page, "hits": _hits(page)})


@staff_only(roles=FINANCE)
@require_safe
def lines_export(request: Request) -> HttpResponseBase:
    """The same list as an Excel workbook."""
    columns = (
        Column(_("入账日"), lambda line: line.booked_on, "day", 12),
        Column(_("金额（元）"), lambda line: line.amount, "amount"),
        Column(_("付款人"), lambda line: line.payer_name, width=32),
        Column(_("附言"), lambda line: line.text, width=32),
        Column(_("流水号"), lambda line: line.serial, width=24),
        Column(_("专户"), lambda line: line.fund.unit.name, width=24),
        Column(_("状态"), lambda line: said(*STATEMENT_LINE.names[line.state]), width=10),
        Column(_("说明"), lambda line: line.remark, width=32),
    )
    return workbook(_("银行流水"), columns, _lines(request, LineFilter(request.GET)).iterator(chunk_size=2000))


def _hits(page: Any) -> dict[int, Bill]:
    return clear_hits(lines=[line for line in page if line.state == "unmatched"])


@staff_only(roles=FINANCE)
@require_POST
def lines_clear(request: Request) -> HttpResponseBase:
    """POST ``clear``: of each line of a page that is clear, the fund's office, the number of the bill that was shown beside
    it, and the bank's serial. They are matched in one go; what is no longer clear stays."""
    shown = {}
    for told in request.POST.getlist("clear")[:CLEAR_MOST]:
        fund, _space, rest = told.partition(" ")
        number, _space, serial = rest.partition(" ")
        shown[access.line_for(actor=request.actor, fund=fund, serial=serial, on=request.on)] = number
    done = match_clear_lines(shown=shown, by=request.actor, at=request.at)
    if done.matched:
        messages.success(request, _("已匹配 %(count)d 笔流水，收款凭证已开具。") % {"count": done.matched})
    if done.left or not shown:
        messages.warning(request, _("%(count)d 笔已不再明确，未匹配，请逐笔查看。") % {"count": len(done.left)})
    return HttpResponseRedirect(next_of(request, reverse("workbench:lines")))


@staff_only(roles=FINANCE)
@require_safe
def line(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """One line, what it may be for and why, and other bills by search."""
    return _line(request, access.line_for(actor=request.actor, fund=fund, serial=serial, on=request.on))


def _line(request: Request, found: StatementLine, refusal: str = "") -> HttpResponseBase:
    waits = found.state == "unmatched"
    payment = Payment.objects.filter(line=found).first()
    context = {
        "line": found,
        "unit": found.fund.unit,
        "waits": waits,
        "suggested": told_of(suggestions(line=found)) if waits else [],
        "doubles": doubles(amount=found.amount, fund_id=found.fund_id, text=found.text, name=found.payer_name)
        if waits
        else [],
        "settlements": payment.settlements.select_related("bill", "release") if payment else [],
        "payment": payment,
        "left": rest_of(payment=payment) if payment else None,
        "match_url": _at("workbench:line_settlement", found),
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
        **(searched(request, found.fund) if waits else {}),
        **context_of(request, found),
    }
    return TemplateResponse(request, "workbench/bank/line.html", context, status=409 if refusal else 200)


def told_of(found: list[Suggestion]) -> list[tuple[Suggestion, list[Any]]]:
    """Suggestions with their reasons in words."""
    return [(one, [REASONS[reason] for reason in one.reasons]) for one in found]


def searched(request: Request, fund: Fund) -> dict[str, Any]:
    """Bills that finance looks for by hand; those chosen before stay chosen."""
    text = (request.GET.get("bill") or request.POST.get("bill") or "").strip()[:50]
    chosen = request.POST.getlist("bills")
    asked = {"fund": fund, "state": "issued"}
    found = list(open_bills(fund=fund, text=text)[:SHOWN_MOST]) if text else []
    missing = [number for number in chosen if number not in {bill.number for bill in found}]
    seen = access.bills_visible_to(actor=request.actor, on=request.on)
    found = [*seen.filter(number__in=missing, **asked), *found] if missing else found
    settled = settled_of(bills=found)
    rows = [(bill, bill.amount - settled[bill.pk]) for bill in found]
    return {"asked_bill": text, "found_bills": rows, "chosen": chosen, "inexact": bool(request.POST.get("inexact"))}


def _at(name: str, found: StatementLine) -> str:
    return reverse(name, args=[found.fund.unit.code, found.serial])


def _changed(
    request: Request, fund: str, serial: str, change: Callable[[StatementLine], Any], told: str
) -> HttpResponseBase:
    found = access.line_for(actor=request.actor, fund=fund, serial=serial, on=request.on)
    return changed(request, found, change, told)


def changed(
    request: Request, found: StatementLine, change: Callable[[StatementLine], Any], told: str, *, to: str = ""
) -> HttpResponseBase:
    """Do something with a line; refused, its page says why and keeps what was typed. ``to``: where it goes on, else the list."""
    try:
        change(found)
    except (Refused, IllegalMove) as refusal:
        found.refresh_from_db()
        return _line(request, found, said_by(refusal))
    messages.success(request, told)
    return HttpResponseRedirect(next_of(request, to or reverse("workbench:lines")))


def chosen_bills(request: Request) -> list[Bill]:
    """The bills that were chosen. Raises NotFound for one that finance does not deal with."""
    numbers = dict.fromkeys(",".join(request.POST.getlist("bills")).replace(",", " ").split())
    return [access.bill_to_deal_with(actor=request.actor, number=number, on=request.on) for number in numbers]


@staff_only(roles=FINANCE)
@require_POST
def line_settlement(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``bills``: numbers of bills that the line is for; ``inexact``: though they do not make it up exactly."""
    chosen = chosen_bills(request)

    def match(found: StatementLine) -> None:
        inexact = bool(request.POST.get("inexact"))
        match_line(line=found, bills=chosen, inexact=inexact, by=request.actor, at=request.at)

    told = _("已匹配 %(bills)s；缴清的已开具收款凭证。") % {"bills": "、".join(bill.number for bill in chosen)}
    return _changed(request, fund, serial, match, told)


@staff_only(roles=FINANCE)
@require_POST
def line_holding(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``reason``: the money is kept as 暂收款."""

    def hold(found: StatementLine) -> None:
        hold_line(line=found, reason=request.POST.get("reason", "")[:200], by=request.actor, at=request.at)

    return _changed(request, fund, serial, hold, _("已记入暂收款。"))


@staff_only(roles=FINANCE)
@require_POST
def line_exclusion(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``reason``: the line is no contribution."""

    def exclude(found: StatementLine) -> None:
        set_line_aside(line=found, reason=request.POST.get("reason", "")[:200], by=request.actor, at=request.at)

    return _changed(request, fund, serial, exclude, _("已标为非互助费。"))


@staff_only(roles=FINANCE)
@require_POST
def line_restoration(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """A line that was set aside is looked at again."""

    def restore(found: StatementLine) -> None:
        take_line_back(line=found, by=request.actor, at=request.at)

    return _changed(request, fund, serial, restore, _("已恢复为待匹配。"))


urlpatterns: list[URLPattern] = [
    path("statements", statements, name="statements"),
    path("statements/new", statement_new, name="statement_new"),
    path("statements/<uuid:key>", statement, name="statement"),
    path("statements/previews/<str:fund>/<uuid:key>", statement_preview, name="statement_preview"),
    path("statements/previews/<str:fund>/<uuid:key>/columns", statement_columns, name="statement_columns"),
    path("lines", lines, name="lines"),
    path("lines/export", lines_export, name="lines_export"),
    path("lines/clear", lines_clear, name="lines_clear"),
    path("lines/of/<str:fund>/<path:serial>", line, name="line"),
    path("lines/settlement/<str:fund>/<path:serial>", line_settlement, name="line_settlement"),
    path("lines/holding/<str:fund>/<path:serial>", line_holding, name="line_holding"),
    path("lines/exclusion/<str:fund>/<path:serial>", line_exclusion, name="line_exclusion"),
    path("lines/restoration/<str:fund>/<path:serial>", line_restoration, name="line_restoration"),
]
