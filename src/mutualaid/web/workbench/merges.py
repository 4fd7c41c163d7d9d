"""管理端: 合并重复人员 – who may be recorded twice; two compared side by side, proposed by one person, decided by another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import access
from mutualaid.claims.actions.merging import (
    REASON_LEAST,
    REASON_MOST,
    Paper,
    confirm_merge,
    propose_merge,
    refuse_merge,
    withdraw_merge,
)
from mutualaid.claims.doubling import foreseen, sides, suggested
from mutualaid.claims.models import Merge
from mutualaid.claims.queries import merges_found
from mutualaid.claims.states import MERGE
from mutualaid.core import papers
from mutualaid.people.access import NotFound
from mutualaid.people.actions.merging import free_identity
from mutualaid.people.models import Member
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.serving import file_answer
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by
from mutualaid.web.workbench.merge_covers import overlaps_of, void_of
from mutualaid.web.workbench.merge_rows import moved_rows, rows_of

SORTS = {"at": ("-id",), "name": ("kept__name", "-id"), "office": ("office__name", "-id")}
BYTES_MOST = 10 * 2**20


class MergesAsked(Asked):
    """What the list is asked."""

    state = StateField(MERGE)
    q = WordsField(label=gettext_lazy("编号、会员编号、姓名"))


class Two(forms.Form):
    """Which two are one person."""

    kept = forms.CharField(
        label=gettext_lazy("保留的会员编号"), max_length=20, help_text=gettext_lazy("证件现行有效、资料准确的那一份")
    )
    merged = forms.CharField(
        label=gettext_lazy("并入的会员编号"), max_length=20, help_text=gettext_lazy("重复登记的那一份")
    )


class Proposal(forms.Form):
    """Why they are one, and the paper that proves it."""

    reason = forms.CharField(
        label=gettext_lazy("为什么是同一人"),
        help_text=gettext_lazy("例如“旧护照与身份证各登记一次，已核对户口簿原件”"),
        min_length=REASON_LEAST,
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(
        label=gettext_lazy("证明材料"),
        help_text=gettext_lazy("户口簿、公安证明、新旧证件等的照片（JPG、PNG）或 PDF，最大 10 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )

    def clean_file(self) -> Any:
        """Raises ValidationError for one that is too long."""
        found = self.cleaned_data["file"]
        if found.size > BYTES_MOST:
            raise forms.ValidationError(_("文件最大 10 MB；请重新拍照或压缩后再上传"))
        return found


@staff_only(roles=access.MERGE_MEMBERS)
@require_safe
def merges(request: Request) -> HttpResponseBase:
    """What was proposed and decided, the newest first."""
    form = MergesAsked(request)
    page = page_of(request, _asked(request, form))
    note_read(request, "search_members", request.account)
    return TemplateResponse(request, "workbench/merges/merges.html", {"form": form, "page": page})


@staff_only(roles=access.MERGE_MEMBERS)
@require_safe
def merges_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    note_read(request, "export_members", request.account)
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("姓名"), lambda row: row.kept.name),
        Column(_("保留"), lambda row: row.kept.number),
        Column(_("并入"), lambda row: row.merged.number),
        Column(_("机构"), lambda row: row.office.name, width=30),
        Column(_("提出人"), lambda row: row.proposed_name),
        Column(_("提出时间"), lambda row: row.proposed_at, "moment"),
        Column(_("办理人"), lambda row: row.decided_name),
        Column(_("办理时间"), lambda row: row.decided_at, "moment"),
        Column(_("状态"), lambda row: said(*MERGE.names[row.state])),
    ]
    return workbook(_("合并重复人员"), columns, _asked(request, MergesAsked(request)).iterator(chunk_size=2000))


def _asked(request: Request, form: MergesAsked) -> Any:
    rows = access.merges_visible_to(actor=request.actor, on=request.on).select_related("kept", "merged", "office")
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    return sorted_by(request, merges_found(among=rows, text=form.given("q")), SORTS)


@staff_only(roles=access.MERGE_MEMBERS)
@require_safe
def merge_suggestions(request: Request) -> HttpResponseBase:
    """Members of the branches who may be recorded twice: by name, birth date and sex, or by their phone."""
    pairs = suggested(among=access.members_to_merge(actor=request.actor, on=request.on))
    note_read(request, "search_members", request.account)
    return TemplateResponse(request, "workbench/merges/suggestions.html", {"pairs": pairs})


@staff_only(roles=access.MERGE_MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def merge_new(request: Request) -> HttpResponseBase:
    """First both numbers (``?kept=&merged=``), then both side by side, what would happen, and the proposal."""
    two = Two(request.GET if "merged" in request.GET else None, initial=request.GET.dict())
    if not two.is_valid():
        return TemplateResponse(request, "workbench/merges/find.html", {"form": two})
    found = {}
    for name in ("kept", "merged"):
        number = two.cleaned_data[name].strip().upper()
        try:
            found[name] = access.member_to_merge(actor=request.actor, number=number, on=request.on)
        except NotFound as missing:
            two.add_error(name, said_by(missing))
    if len(found) < 2:
        return TemplateResponse(request, "workbench/merges/find.html", {"form": two}, status=404)
    overlaps = overlaps_of(kept=found["kept"], merged=found["merged"], picked=request.GET)
    void = void_of(overlaps)
    form, status = Proposal(request.POST or None, request.FILES or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            told = form.cleaned_data
            try:
                made = propose_merge(
                    kept=found["kept"],
                    merged=found["merged"],
                    reason=told["reason"],
                    paper=Paper(told["file"].name, told["file"].read()),
                    void=void,
                    by=request.actor,
                    at=request.at,
                )
            except (Refused, papers.BadFile) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已提出合并 %s，等待另一人确认") % made.number)
                return HttpResponseRedirect(reverse("workbench:merge", args=[made.number]))
    context = {
        **_compared(request, found["kept"], found["merged"], void),
        "form": form,
        "overlaps": overlaps,
        "choosing": any(one.picked is None for one in overlaps),
        "void_chosen": void,
    }
    return TemplateResponse(request, "workbench/merges/new.html", context, status=status)


def _compared(request: Request, kept: Member, merged: Member, void: Sequence[str]) -> dict[str, Any]:
    """Both side by side, with what would happen and what stands in the way. ``void``: numbers of covers that would be void."""
    for one in (kept, merged):
        note_read(request, "read_member", one)
    told = sides(members=[kept, merged])
    against, changes = foreseen(kept=kept, merged=merged, void=void)
    return {
        "kept": kept,
        "merged": merged,
        "rows": rows_of(told),
        "against": [said(one.zh, one.en) for one in against],
        "changes": changes,
        "moves": moved_rows(told[0], told[-1], void),
    }


@staff_only(roles=access.MERGE_MEMBERS)
@require_safe
def merge(request: Request, number: str) -> HttpResponseBase:
    """One merge: while it waits both side by side; then what became of it."""
    return _page(request, access.merge_for(actor=request.actor, number=number, on=request.on))


def _page(request: Request, found: Merge, refusal: str = "", status: int = 200) -> HttpResponseBase:
    own = request.actor.key == found.proposed_by
    context: dict[str, Any] = {
        "merge": found,
        "kept": found.kept,
        "merged": found.merged,
        "own": own,
        "refusal": refusal,
        "typed": request.POST if request.method == "POST" else {},
    }
    if found.state == "proposed":
        context |= _compared(request, found.kept, found.merged, found.void)
        context["overlaps"] = overlaps_of(kept=found.kept, merged=found.merged, void=found.void)
    else:
        note_read(request, "read_member", found.kept)
        context["holds"] = found.state == "done" and found.merged.identity_number != found.merged.number
        context["moved"] = [(label, found.moved[word]) for word, label in MOVED.items() if found.moved.get(word)]
    return TemplateResponse(request, "workbench/merges/merge.html", context, status=status)


MOVED = {
    "covers": gettext_lazy("保障"),
    "claims": gettext_lazy("理赔申请"),
    "orders": gettext_lazy("支付单"),
    "kinships": gettext_lazy("亲属代办"),
    "openings": gettext_lazy("接管期初"),
    "calls": gettext_lazy("来电记录"),
    "consents": gettext_lazy("授权记录"),
    "messages": gettext_lazy("通知和短信"),
    "refunds": gettext_lazy("待退费"),
    "twice": gettext_lazy("似为同一事件的申请"),
}
"""What was moved, by the words of ``Merge.moved``."""


@staff_only(roles=access.MERGE_MEMBERS)
@require_safe
def merge_paper(request: Request, number: str) -> HttpResponseBase:
    """The paper that proves it."""
    file = access.merge_paper_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_file", file)
    return file_answer(file, papers.read(file), saved="save" in request.GET)


def _done(request: Request, found: Merge, told: str, action: Callable[..., object], **more: Any) -> HttpResponseBase:
    """One action and back to the page; a refusal is shown there, with what was typed and how it then stands."""

    def refused(why: str) -> HttpResponseBase:
        again = access.merge_for(actor=request.actor, number=found.number, on=request.on)
        return _page(request, again, why, status=409)

    return acted(
        request,
        do=partial(action, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:merge", args=[found.number]),
        refused=refused,
    )


@staff_only(roles=access.MERGE_MEMBERS)
@require_POST
def merge_confirmation(request: Request, number: str) -> HttpResponseBase:
    """Another person agrees, having looked at the paper."""
    found = access.merge_for(actor=request.actor, number=number, on=request.on)
    if "looked" not in request.POST:
        return _page(request, found, _("请先核对证明材料，并勾选确认"), status=422)
    return _done(request, found, _("已合并"), confirm_merge, merge=found)


@staff_only(roles=access.MERGE_MEMBERS)
@require_POST
def merge_refusal(request: Request, number: str) -> HttpResponseBase:
    """Another person does not agree, and says why."""
    found = access.merge_for(actor=request.actor, number=number, on=request.on)
    reason = request.POST.get("reason", "")
    return _done(request, found, _("已退回，不予合并"), refuse_merge, merge=found, reason=reason)


@staff_only(roles=access.MERGE_MEMBERS)
@require_POST
def merge_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """Whoever proposed it takes it back."""
    found = access.merge_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已撤回"), withdraw_merge, merge=found)


@staff_only(roles=access.MERGE_MEMBERS)
@require_POST
def merge_identity(request: Request, number: str) -> HttpResponseBase:
    """The two were two after all: the number of the double's document is free again."""
    found = access.merge_for(actor=request.actor, number=number, on=request.on)
    told, reason = _("证件号码已释放，可以用它为另一人登记"), request.POST.get("reason", "")
    return _done(request, found, told, free_identity, double=found.merged, reason=reason)


urlpatterns: list[URLPattern] = [
    path("merges", merges, name="merges"),
    path("merges/export", merges_export, name="merges_export"),
    path("merges/suggestions", merge_suggestions, name="merge_suggestions"),
    path("merges/new", merge_new, name="merge_new"),
    path("merges/<str:number>", merge, name="merge"),
    path("merges/<str:number>/paper", merge_paper, name="merge_paper"),
    path("merges/<str:number>/confirmation", merge_confirmation, name="merge_confirmation"),
    path("merges/<str:number>/refusal", merge_refusal, name="merge_refusal"),
    path("merges/<str:number>/withdrawal", merge_withdrawal, name="merge_withdrawal"),
    path("merges/<str:number>/identity", merge_identity, name="merge_identity"),
]
