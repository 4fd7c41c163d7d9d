"""互助票据, for finance and who sees bills: how each stands at the gateway, what it refused, undoing one in red; receipts
issued anew and the rule for titles."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.fiscal import look_at_note_again, reverse_note, want_note
from mutualaid.contributions.actions.receipts import reissue_receipt, set_title_rule
from mutualaid.contributions.fiscal.gateway import configured
from mutualaid.contributions.models import FiscalNote, Receipt
from mutualaid.contributions.states import FISCAL_NOTE
from mutualaid.core import papers
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

FINANCE = (RoleName.FINANCE,)
SEE = access.SEE_BILLS
NEEDS = Q(state="refused") & ~Q(receipt__fiscal_notes__state__in=["wanted", "asked", "issued"]) | ~Q(fault="")
"""Where somebody is to look: refused and not asked for anew, or told what cannot be."""
SORTS = {"at": ("-id",), "amount": ("amount", "-id"), "title": ("title", "-id")}


class NotesAsked(Asked):
    """What the list is asked."""

    state = StateField(FISCAL_NOTE)
    q = WordsField(label=gettext_lazy("抬头、账单、票据号码"))
    needs = forms.BooleanField(label=gettext_lazy("只看需处理"), required=False)


def _asked(request: Request, form: NotesAsked) -> QuerySet[FiscalNote]:
    rows = access.notes_visible_to(actor=request.actor, on=request.on)
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    if text := form.given("q"):
        rows = rows.filter(
            Q(title__icontains=text) | Q(number__iexact=text) | Q(serial=text) | Q(receipt__bill__number__iexact=text)
        )
    if form.given("needs"):
        rows = rows.filter(NEEDS).distinct()
    return sorted_by(request, rows.select_related("receipt__bill"), SORTS)


@staff_only(roles=SEE)
@require_safe
def fiscal_notes(request: Request) -> HttpResponseBase:
    """Fiscal notes of the branches' bills, the newest first."""
    form = NotesAsked(request)
    seen = access.notes_visible_to(actor=request.actor, on=request.on)
    context = {
        "form": form,
        "page": page_of(request, _asked(request, form)),
        "needing": seen.filter(NEEDS).distinct().count(),
        "configured": configured(),
    }
    return TemplateResponse(request, "workbench/fiscal/notes.html", context)


@staff_only(roles=SEE)
@require_safe
def fiscal_notes_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = [
        Column(_("申请编号"), lambda row: row.number),
        Column(_("账单"), lambda row: row.receipt.bill.number),
        Column(_("抬头"), lambda row: row.title, width=32),
        Column(_("金额（元）"), lambda row: row.amount, "amount"),
        Column(_("票据代码"), lambda row: row.code),
        Column(_("票据号码"), lambda row: row.serial),
        Column(_("开票日期"), lambda row: row.issued_on, "day"),
        Column(_("状态"), lambda row: said(*FISCAL_NOTE.names[row.state])),
        Column(_("退回原因"), lambda row: row.refusal, width=32),
    ]
    return workbook(_("互助票据"), columns, _asked(request, NotesAsked(request)).iterator(chunk_size=2000))


class Undoing(forms.Form):
    """Why a note is undone, and to whom another is made out."""

    reason = forms.CharField(label=gettext_lazy("红冲原因"), max_length=200)
    next_title = forms.CharField(
        label=gettext_lazy("重开的抬头"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("红冲成功后自动以这个抬头重开一张；不再开具的留空。"),
    )


@staff_only(roles=SEE)
@require_safe
def fiscal_note(request: Request, number: str) -> HttpResponseBase:
    """One note: numbers, face, how it stands, and what may be done."""
    return _note(request, access.note_for(actor=request.actor, number=number, on=request.on))


def _note(
    request: Request, found: FiscalNote, form: Undoing | None = None, why: str = "", status: int = 200
) -> HttpResponseBase:
    context: dict[str, Any] = {
        "note": found,
        "bill": found.receipt.bill,
        "others": found.receipt.fiscal_notes.exclude(pk=found.pk).order_by("id"),
        "finance": RoleName.FINANCE in request.standing.roles,
        "form": form or Undoing(initial={"next_title": found.title}),
        "refusal": why,
    }
    return TemplateResponse(request, "workbench/fiscal/note.html", context, status=status)


@staff_only(roles=SEE)
@require_safe
def fiscal_note_face(request: Request, number: str) -> HttpResponseBase:
    """The face of a note, as the gateway made it."""
    found = access.note_for(actor=request.actor, number=number, on=request.on)
    if found.face is None:
        raise NotFound("票面文件尚未取得，稍后再看", "the face of the note is not fetched yet; look again later")
    response = HttpResponse(papers.read(found.face), content_type=papers.PDF)
    response["Content-Disposition"] = content_disposition_header(False, found.face.name) or "inline"
    return response


@staff_only(roles=FINANCE)
@require_POST
def fiscal_note_question(request: Request, number: str) -> HttpResponseBase:
    """Ask the gateway at once how an unclear note stands."""
    found = access.note_to_deal_with(actor=request.actor, number=number, on=request.on)
    action = partial(look_at_note_again, note=found)
    return _done(request, found, action, _("已向网关查询，结果稍后显示在本页。"))


@staff_only(roles=FINANCE)
@require_POST
def fiscal_note_reversal(request: Request, number: str) -> HttpResponseBase:
    """A note is undone in red, and perhaps another takes its place."""
    found = access.note_to_deal_with(actor=request.actor, number=number, on=request.on)
    form = Undoing(request.POST)
    if not form.is_valid():
        return _note(request, found, form, status=422)
    action = partial(reverse_note, note=found, **form.cleaned_data)
    return _done(request, found, action, _("红字票据已提交开具，结果稍后显示在本页。"), form)


def _done(request: Request, found: FiscalNote, action: Any, told: str, form: Undoing | None = None) -> HttpResponseBase:
    def refused(why: str) -> HttpResponseBase:
        again = access.note_for(actor=request.actor, number=found.number, on=request.on)
        return _note(request, again, form, why, 409)

    to = reverse("workbench:fiscal_note", args=[found.number])
    return acted(request, do=partial(action, by=request.actor, at=request.at), told=told, to=to, refused=refused)


# --- receipts ---------------------------------------------------------------------------------------------------------


class Titled(forms.Form):
    """To whom it is made out."""

    title = forms.CharField(label=gettext_lazy("抬头"), max_length=100)
    reason = forms.CharField(label=gettext_lazy("换开原因"), max_length=200, required=False)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_titles(request: Request, number: str) -> HttpResponseBase:
    """What a receipt is made out to: issued anew to another title, or a fiscal note wanted for it (POST ``note``)."""
    found = access.receipt_for(actor=request.actor, number=number, on=request.on)
    access.bill_to_deal_with(actor=request.actor, number=found.bill.number, on=request.on)
    if request.method != "POST":
        return _titles(request, found, Titled(initial={"title": found.payer_name}))
    form = Titled(request.POST)
    if not form.is_valid():
        return _titles(request, found, form, status=422)
    to = reverse("workbench:bill", args=[found.bill.number])
    title, reason = form.cleaned_data["title"], form.cleaned_data["reason"]
    action: Any = partial(reissue_receipt, receipt=found, title=title, reason=reason)
    told = _("收款凭证已换开，旧凭证作废。")
    if request.POST.get("note"):
        action = partial(want_note, receipt=found, title="" if title == found.payer_name else title)
        told = _("互助票据已提交开具，结果稍后显示。")
    return acted(
        request,
        do=partial(action, by=request.actor, at=request.at),
        told=told,
        to=to,
        refused=lambda why: _titles(request, found, form, why, 409),
    )


def _titles(request: Request, found: Receipt, form: Titled, why: str = "", status: int = 200) -> HttpResponseBase:
    context = {
        "receipt": found,
        "old": found.old.order_by("id"),
        "notes": found.fiscal_notes.order_by("id"),
        "configured": configured(),
        "form": form,
        "refusal": why,
    }
    return TemplateResponse(request, "workbench/fiscal/titles.html", context, status=status)


@staff_only(roles=FINANCE)
@require_POST
def fund_titles(request: Request, code: str) -> HttpResponseBase:
    """POST ``fixed``: whether titles are the payer's own name only."""
    found = access.fund_for(actor=request.actor, code=code, on=request.on)
    set_title_rule(fund=found, fixed=bool(request.POST.get("fixed")), by=request.actor, at=request.at)
    return HttpResponseRedirect(reverse("workbench:funds"))


urlpatterns: list[URLPattern] = [
    path("fiscal-notes", fiscal_notes, name="fiscal_notes"),
    path("fiscal-notes/export", fiscal_notes_export, name="fiscal_notes_export"),
    path("fiscal-notes/<str:number>", fiscal_note, name="fiscal_note"),
    path("fiscal-notes/<str:number>/face", fiscal_note_face, name="fiscal_note_face"),
    path("fiscal-notes/<str:number>/question", fiscal_note_question, name="fiscal_note_question"),
    path("fiscal-notes/<str:number>/reversal", fiscal_note_reversal, name="fiscal_note_reversal"),
    path("receipts/<str:number>/titles", receipt_titles, name="receipt_titles"),
    path("funds/<str:code>/titles", fund_titles, name="fund_titles"),
]
