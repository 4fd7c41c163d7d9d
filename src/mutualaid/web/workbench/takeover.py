"""管理端: taking over from another system: upload, progress, report, sign-off, application, result."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.core import papers
from mutualaid.core.models import LongJob
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.plans.queries import names_of_accounts
from mutualaid.takeover import access
from mutualaid.takeover.actions.bringing import (
    ask_to_apply,
    discard_takeover,
    return_takeover,
    sign_takeover,
    submit_takeover,
    upload_takeover,
)
from mutualaid.takeover.checking.run import differing
from mutualaid.takeover.columns import BY_WORD, CONTROLS
from mutualaid.takeover.marked import marked_workbook
from mutualaid.takeover.models import Takeover
from mutualaid.takeover.queries import noticed
from mutualaid.takeover.states import TAKEOVER
from mutualaid.takeover.template import takeover_template
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, page_of, sorted_by
from mutualaid.web.workbench.nav import has_role

BYTES_MOST = 32 * 2**20
_GOING = ("waiting", "running")


class Brought(forms.Form):
    """A file of the other system, with its control totals."""

    office = forms.ChoiceField(label=gettext_lazy("接管机构"))
    file = forms.FileField(
        label=gettext_lazy("接管文件"),
        help_text=gettext_lazy("按模板填写的 .xlsx，或含各表 .csv 的 .zip；最大 32 MB。上传后只核对，不写入。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.zip,.csv"}),
    )
    cutover_on = DayField(
        label=gettext_lazy("接管基准日"), help_text=gettext_lazy("从这一天起由本系统办理；余额是这一天零时的。")
    )

    def __init__(self, *args: Any, offices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = offices  # type: ignore[attr-defined]
        for word, (zh, en, yuan) in CONTROLS.items():
            field = forms.CharField(label=said(zh, en), required=False, max_length=20)
            field.widget.attrs |= {"inputmode": "decimal"} | ({"data-unit": _("元")} if yuan else {})
            self.fields[word] = field

    def clean_file(self) -> Any:
        """Raises ValidationError for one that is too long."""
        found = self.cleaned_data["file"]
        if found.size > BYTES_MOST:
            raise forms.ValidationError(_("文件最大 32 MB；请按单位分成几次接管"))
        return found


class Filter(Asked):
    """Of the list."""

    state = StateField(TAKEOVER)


def _named(word: str) -> str:
    sheet = BY_WORD[word]
    return said(sheet.zh, word.capitalize())


def _sheets() -> list[tuple[str, str]]:
    """In the language of the page."""
    return [("", _("全部")), *((word, _named(word)) for word in BY_WORD)]


class RowsFilter(Asked):
    """Of the rows with something to be said."""

    sheet = forms.ChoiceField(label=gettext_lazy("表"), required=False, choices=_sheets)
    faulty = forms.BooleanField(label=gettext_lazy("只看错误"), required=False)


@staff_only(roles=access.SEE_TAKEOVERS)
@require_safe
def takeovers(request: Request) -> HttpResponseBase:
    """Files that were brought, the newest first."""
    seen = access.takeovers_visible_to(actor=request.actor, on=request.on).select_related("office", "file")
    form = Filter(request)
    if form.given("state"):
        seen = seen.filter(state=form.given("state"))
    page = page_of(request, sorted_by(request, seen, {"at": ("-id",), "office": ("office__name", "-id")}))
    context = {"page": page, "form": form, "may_bring": has_role(request, access.BRING)}
    return TemplateResponse(request, "workbench/takeover/takeovers.html", context)


@staff_only(roles=access.BRING)
@require_http_methods(["GET", "HEAD", "POST"])
def takeover_new(request: Request) -> HttpResponseBase:
    """A file is brought; then it is checked in the background."""
    seen = access.offices_to_take_over(actor=request.actor, on=request.on)
    offices = [(one.code, one.name) for one in seen]
    first = {"cutover_on": request.on + datetime.timedelta(days=1)}
    form, status = Brought(request.POST or None, request.FILES or None, offices=offices, initial=first), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            told = form.cleaned_data
            try:
                made = upload_takeover(
                    office=access.office_to_take_over(actor=request.actor, code=told["office"], on=request.on),
                    content=told["file"].read(),
                    name=told["file"].name,
                    cutover_on=told["cutover_on"],
                    controls={word: told[word] for word in CONTROLS},
                    by=request.actor,
                    at=request.at,
                )
            except (Refused, papers.BadFile) as refusal:
                form.add_error("file", said_by(refusal))
            else:
                return HttpResponseRedirect(reverse("workbench:takeover", args=[made.number]))
    return TemplateResponse(request, "workbench/takeover/takeover_new.html", {"form": form}, status=status)


@staff_only(roles=access.SEE_TAKEOVERS)
@require_safe
def takeover_template_file(request: Request) -> HttpResponseBase:
    """The template, to be filled in."""
    return _saved(takeover_template(), "接管模板.xlsx")


@staff_only(roles=access.SEE_TAKEOVERS)
@require_safe
def takeover(request: Request, number: str) -> HttpResponseBase:
    """How far one is: progress, report, what is to be done next, result. Asked by htmx, the progress alone."""
    found = access.takeover_for(actor=request.actor, number=number, on=request.on)
    if request.htmx:
        job = _job(found)
        here = reverse("workbench:takeover", args=[number])
        return TemplateResponse(request, "workbench/takeover/progress.html", {"job": job, "here": here, "after": here})
    return _page(request, found)


def _page(request: Request, found: Takeover, refusal: str = "", status: int = 200) -> HttpResponseBase:
    """The page of one, with what was refused and what was typed."""
    report, counted = found.closing or found.report, found.report.get("sheets", {})
    job = _job(found)
    going = job is not None and job.state in _GOING
    persons = (found.uploaded_by_id, found.submitted_by_id, found.signed_by_id)
    names = names_of_accounts(keys={str(one) for one in persons if one})
    account = int(request.actor.key)
    context: dict[str, Any] = {
        "takeover": found,
        "job": job if going or (job is not None and job.state == "failed") else None,
        "going": going,
        "here": reverse("workbench:takeover", args=[found.number]),
        "sheets": [(_named(word), word, counted[word]) for word in BY_WORD if word in counted],
        "controls": [
            (said(*CONTROLS[one["word"]][:2]), CONTROLS[one["word"]][2], one) for one in report.get("controls", [])
        ],
        "across": [said(one["zh"], one["en"]) for one in found.report.get("across", [])],
        "differs": differing(found.report),
        "unmet": [said(*CONTROLS[word][:2]) for word in found.closing.get("differences", [])],
        "who": {
            name: names.get(str(one), "") for name, one in zip(("brought", "submitted", "signed"), persons, strict=True)
        },
        "may_bring": has_role(request, access.BRING),
        "may_sign": has_role(request, access.SIGN),
        "own": account in (found.uploaded_by_id, found.submitted_by_id),
        "may_download": account == found.uploaded_by_id or _deals_with_persons(request),
        "refusal": refusal,
        "typed": request.POST if request.method == "POST" else {},
    }
    return TemplateResponse(request, "workbench/takeover/takeover.html", context, status=status)


def _deals_with_persons(request: Request) -> bool:
    return has_role(request, [role for role in access.SEE_TAKEOVERS if role is not RoleName.SYSTEM_ADMIN])


def _job(found: Takeover) -> LongJob | None:
    return LongJob.objects.filter(key=found.job).first() if found.job is not None else None


@staff_only(roles=access.SEE_TAKEOVERS)
@require_safe
def takeover_rows(request: Request, number: str) -> HttpResponseBase:
    """Rows with faults or differences, by their places; nothing that they say of persons."""
    found = access.takeover_for(actor=request.actor, number=number, on=request.on)
    form = RowsFilter(request)
    rows = noticed(takeover=found, sheet=form.given("sheet"), faulty=bool(form.given("faulty")))
    page = page_of(request, rows.defer("content"))
    shown = [(row, _named(row.sheet), _notes(row)) for row in page]
    context = {"takeover": found, "page": page, "rows": shown, "form": form}
    return TemplateResponse(request, "workbench/takeover/rows.html", context)


def _notes(row: Any) -> list[tuple[str, str, str]]:
    """Column, meaning and text of each fault and difference of a row."""
    named = {field: said(column.zh, column.en) for field, column in BY_WORD[row.sheet].fields.items()}
    return [
        (named.get(one["field"], ""), meaning, said(one["zh"], one["en"]))
        for meaning, notes in (("bad", row.faults), ("warn", row.warnings))
        for one in notes
    ]


@staff_only(roles=access.SEE_TAKEOVERS)
@require_safe
def takeover_marked(request: Request, number: str) -> HttpResponseBase:
    """The file with bad cells marked; it is full of persons, so the read is noted."""
    found = access.takeover_to_download(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_takeover", found)
    return _saved(marked_workbook(found), f"{found.number}-核对.xlsx")


def _saved(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=papers.XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _done(
    request: Request, found: Takeover, told: str, action: Callable[..., Takeover], **more: Any
) -> HttpResponseBase:
    return acted(
        request,
        do=partial(action, takeover=found, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:takeover", args=[found.number]),
        refused=lambda why: _page(request, found, why, status=409),
    )


@staff_only(roles=access.BRING)
@require_POST
def takeover_submission(request: Request, number: str) -> HttpResponseBase:
    """It is handed to those who sign."""
    found = access.takeover_to_bring(actor=request.actor, number=number, on=request.on)
    reason = request.POST.get("reason", "")
    return _done(request, found, _("已提交，等待另一人签署。"), submit_takeover, reason=reason)


@staff_only(roles=access.SIGN)
@require_POST
def takeover_signature(request: Request, number: str) -> HttpResponseBase:
    """A second person signs."""
    found = access.takeover_to_sign(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已签署，可以执行。"), sign_takeover)


@staff_only(roles=access.SIGN)
@require_POST
def takeover_return(request: Request, number: str) -> HttpResponseBase:
    """Whoever was to sign does not, and says why."""
    found = access.takeover_to_sign(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已退回。"), return_takeover, remark=request.POST.get("remark", ""))


@staff_only(roles=access.BRING)
@require_POST
def takeover_application(request: Request, number: str) -> HttpResponseBase:
    """It is applied in the background, or goes on."""
    found = access.takeover_to_bring(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已开始执行，可以离开此页。"), ask_to_apply)


@staff_only(roles=access.BRING)
@require_POST
def takeover_discard(request: Request, number: str) -> HttpResponseBase:
    """Nothing comes of it."""
    found = access.takeover_to_bring(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已作废。"), discard_takeover, remark=request.POST.get("remark", ""))


urlpatterns: list[URLPattern] = [
    path("takeovers", takeovers, name="takeovers"),
    path("takeovers/new", takeover_new, name="takeover_new"),
    path("takeovers/template", takeover_template_file, name="takeover_template"),
    path("takeovers/<str:number>", takeover, name="takeover"),
    path("takeovers/<str:number>/rows", takeover_rows, name="takeover_rows"),
    path("takeovers/<str:number>/marked", takeover_marked, name="takeover_marked"),
    path("takeovers/<str:number>/submission", takeover_submission, name="takeover_submission"),
    path("takeovers/<str:number>/signature", takeover_signature, name="takeover_signature"),
    path("takeovers/<str:number>/return", takeover_return, name="takeover_return"),
    path("takeovers/<str:number>/application", takeover_application, name="takeover_application"),
    path("takeovers/<str:number>/discard", takeover_discard, name="takeover_discard"),
]
