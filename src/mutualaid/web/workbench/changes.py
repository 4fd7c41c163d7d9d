"""管理端: 单位合并 and 单位分立 – asked by one person of the office with a stamped paper, confirmed by another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.core import papers
from mutualaid.enrolment import change_access as access
from mutualaid.enrolment.actions.changing import (
    Asked,
    ask_merger,
    ask_split,
    confirm_employer_change,
    refuse_employer_change,
    withdraw_employer_change,
)
from mutualaid.enrolment.changing import loads, obstacles, persons_of
from mutualaid.enrolment.models import ChangedEmployer, ChangeKind, EmployerChange
from mutualaid.enrolment.states import EMPLOYER_CHANGE
from mutualaid.people.access import NotFound
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.serving import file_answer
from mutualaid.web.workbench import listing
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import StateField, WordsField, page_of, sorted_by

SORTS = {"at": ("-id",), "taker": ("taker_name", "-id"), "day": ("on_day", "-id")}
KINDS = {ChangeKind.MERGER: gettext_lazy("单位合并"), ChangeKind.SPLIT: gettext_lazy("单位分立")}


class ChangesAsked(listing.Asked):
    """What the list is asked."""

    kind = forms.ChoiceField(label=gettext_lazy("种类"), required=False)
    state = StateField(EMPLOYER_CHANGE)
    q = WordsField(label=gettext_lazy("编号、单位名称"))

    def full_clean(self) -> None:
        """Of two kinds."""
        self.fields["kind"].choices = [("", _("全部")), *((kind.value, name) for kind, name in KINDS.items())]  # type: ignore[attr-defined]
        super().full_clean()


class Changing(forms.Form):
    """From when, why, by which paper."""

    on = DayField(label=gettext_lazy("生效日"), help_text=gettext_lazy("当天零时起生效；不能早于今天"))
    reason = forms.CharField(
        label=gettext_lazy("原因"), min_length=2, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    paper = forms.FileField(
        label=gettext_lazy("盖章文件"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
        help_text=gettext_lazy("合并或分立的决定、工商登记通知等，PDF 或照片"),
    )

    def asked(self) -> Asked:
        """As the action is told."""
        paper: UploadedFile[Any] = self.cleaned_data["paper"]
        return Asked(self.cleaned_data["on"], self.cleaned_data["reason"], paper.name or "paper", paper.read())


class Merging(Changing):
    """Whom the employer takes over."""

    givers = forms.CharField(
        label=gettext_lazy("被并入的单位"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("每行一家，填单位代码或统一社会信用代码"),
    )
    bring_clerks = forms.BooleanField(
        label=gettext_lazy("原代办员继续代办"),
        required=False,
        help_text=gettext_lazy("被并入单位的代办员改为代办接收单位；不勾选则解除"),
    )
    field_order = ("givers", "on", "reason", "paper", "bring_clerks")


class Splitting(Changing):
    """Who goes where."""

    taker = forms.CharField(
        label=gettext_lazy("转到的单位"),
        max_length=40,
        help_text=gettext_lazy("单位代码或统一社会信用代码；新单位请先登记"),
    )
    staff = forms.FileField(
        label=gettext_lazy("职工名单"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text=gettext_lazy("xlsx、xls 或 csv，2 MB 以内；应有“证件号码”列，可另有“姓名”列"),
    )
    field_order = ("taker", "staff", "on", "reason", "paper")


@staff_only(roles=access.CHANGE)
@require_safe
def changes(request: Request) -> HttpResponseBase:
    """Mergers and splits of the branches, the newest first."""
    form = ChangesAsked(request)
    page = page_of(request, _asked(request, form))
    context = {"form": form, "page": page, "kinds": KINDS}
    return TemplateResponse(request, "workbench/changes/list.html", context)


@staff_only(roles=access.CHANGE)
@require_safe
def changes_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("种类"), lambda row: str(KINDS[row.kind])),
        Column(_("原单位"), lambda row: "、".join(one.name for one in row.of), width=48),
        Column(_("接收单位"), lambda row: row.taker_name, width=36),
        Column(_("职工（人）"), lambda row: sum(one.persons for one in row.of), "whole"),
        Column(_("生效日"), lambda row: row.on_day, "day"),
        Column(_("提出人"), lambda row: row.asked_name),
        Column(_("确认人"), lambda row: row.decided_name),
        Column(_("状态"), lambda row: said(*EMPLOYER_CHANGE.names[row.state])),
    ]
    return workbook(_("单位合并与分立"), columns, _asked(request, ChangesAsked(request)).iterator(chunk_size=2000))


def _asked(request: Request, form: ChangesAsked) -> Any:
    seen = access.changes_visible_to(actor=request.actor, on=request.on)
    rows = seen.prefetch_related(Prefetch("givers", ChangedEmployer.objects.order_by("id"), to_attr="of"))
    for name in ("state", "kind"):
        if form.given(name):
            rows = rows.filter(**{name: form.given(name)})
    if words := form.given("q"):
        named = ChangedEmployer.objects.filter(name__contains=words).values("change")
        rows = rows.filter(number=words.upper()) | rows.filter(taker_name__contains=words) | rows.filter(pk__in=named)
    return sorted_by(request, rows, SORTS)


@staff_only(roles=access.CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def employer_merger(request: Request, code: str) -> HttpResponseBase:
    """An employer is to take others over."""
    employer = access.employer_to_change(actor=request.actor, code=code, on=request.on)
    form = Merging(initial={"on": request.on})

    def ask() -> EmployerChange:
        codes = list(dict.fromkeys(form.cleaned_data["givers"].replace("，", " ").replace(",", " ").split()))
        givers = [access.employer_to_change(actor=request.actor, code=one, on=request.on) for one in codes]
        return ask_merger(
            taker=employer,
            givers=givers,
            office=access.office_of_change(actor=request.actor, employers=[employer, *givers], on=request.on),
            asked=form.asked(),
            bring_clerks=form.cleaned_data["bring_clerks"],
            by=request.actor,
            at=request.at,
        )

    if request.method == "POST":
        form = Merging(request.POST, request.FILES)
    return _begun(request, "workbench/changes/merger.html", employer, form, ask)


@staff_only(roles=access.CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def employer_split(request: Request, code: str) -> HttpResponseBase:
    """Some of the staff of an employer are to go to another."""
    employer = access.employer_to_change(actor=request.actor, code=code, on=request.on)
    form = Splitting(initial={"on": request.on})

    def ask() -> EmployerChange:
        told = form.cleaned_data
        taker = access.employer_to_change(actor=request.actor, code=told["taker"], on=request.on)
        return ask_split(
            giver=employer,
            taker=taker,
            office=access.office_of_change(actor=request.actor, employers=[employer, taker], on=request.on),
            asked=form.asked(),
            staff=told["staff"].read(),
            by=request.actor,
            at=request.at,
        )

    if request.method == "POST":
        form = Splitting(request.POST, request.FILES)
    return _begun(request, "workbench/changes/split.html", employer, form, ask)


def _begun(
    request: Request, template: str, employer: Employer, form: Changing, ask: Callable[[], EmployerChange]
) -> HttpResponseBase:
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                made = ask()
            except (Refused, NotFound, papers.BadFile) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已提出 %s，等待另一人确认") % made.number)
                return HttpResponseRedirect(reverse("workbench:change", args=[made.number]))
    return TemplateResponse(request, template, {"employer": employer, "form": form}, status=status)


@staff_only(roles=access.CHANGE)
@require_safe
def change(request: Request, number: str) -> HttpResponseBase:
    """One: whom it concerns, what goes along, what has to be done first, and the stamped paper."""
    return _page(request, access.change_for(actor=request.actor, number=number, on=request.on))


def _page(request: Request, found: EmployerChange, refusal: str = "", status: int = 200) -> HttpResponseBase:
    waits = found.state in ("asked", "confirmed")
    splits = found.kind == ChangeKind.SPLIT
    if splits:
        note_read(request, "search_members", request.account)
    context = {
        "change": found,
        "kind": KINDS[ChangeKind(found.kind)],
        "splits": splits,
        "givers": list(found.givers.select_related("employer__unit").order_by("id")),
        "loads": loads(change=found, on=request.on) if waits else [],
        "obstacles": [(one, said(one.zh, one.en)) for one in obstacles(change=found)] if waits else [],
        "stuck": said(*found.stuck) if found.stuck and waits else "",
        "missing": [(one["line"], said(one["zh"], one["en"])) for one in found.missing],
        "page": page_of(request, persons_of(change=found)) if splits else None,
        "picture": found.file.media_type != papers.PDF,
        "own": found.asked_by == request.actor.key,
        "waits": waits,
        "refusal": refusal,
        "typed": request.POST if request.method == "POST" else {},
    }
    return TemplateResponse(request, "workbench/changes/change.html", context, status=status)


@staff_only(roles=access.CHANGE)
@require_safe
def change_paper(request: Request, number: str) -> HttpResponseBase:
    """The stamped paper."""
    file = access.change_paper_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_file", file)
    return file_answer(file, papers.read(file), saved="save" in request.GET)


def _done(
    request: Request, found: EmployerChange, told: str, action: Callable[..., object], **more: Any
) -> HttpResponseBase:
    """One action and back to the page; a refusal is shown there, with how it then stands."""

    def refused(why: str) -> HttpResponseBase:
        again = access.change_for(actor=request.actor, number=found.number, on=request.on)
        return _page(request, again, why, status=409)

    return acted(
        request,
        do=partial(action, change=found, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:change", args=[found.number]),
        refused=refused,
    )


@staff_only(roles=access.CHANGE)
@require_POST
def change_confirmation(request: Request, number: str) -> HttpResponseBase:
    """Another person agrees, having looked at the paper."""
    found = access.change_for(actor=request.actor, number=number, on=request.on)
    if "looked" not in request.POST:
        return _page(request, found, _("请先核对盖章文件，并勾选确认"), status=422)
    return _done(request, found, _("已确认"), confirm_employer_change)


@staff_only(roles=access.CHANGE)
@require_POST
def change_refusal(request: Request, number: str) -> HttpResponseBase:
    """It is not done, and the office says why."""
    found = access.change_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已退回，不予办理"), refuse_employer_change, reason=request.POST.get("reason", ""))


@staff_only(roles=access.CHANGE)
@require_POST
def change_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """The office takes it back before its day."""
    found = access.change_for(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已撤回"), withdraw_employer_change)


urlpatterns: list[URLPattern] = [
    path("changes", changes, name="changes"),
    path("changes/export", changes_export, name="changes_export"),
    path("changes/<str:number>", change, name="change"),
    path("changes/<str:number>/paper", change_paper, name="change_paper"),
    path("changes/<str:number>/confirmation", change_confirmation, name="change_confirmation"),
    path("changes/<str:number>/refusal", change_refusal, name="change_refusal"),
    path("changes/<str:number>/withdrawal", change_withdrawal, name="change_withdrawal"),
    path("employers/<str:code>/merger", employer_merger, name="employer_merger"),
    path("employers/<str:code>/split", employer_split, name="employer_split"),
]
