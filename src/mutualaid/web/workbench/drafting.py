"""管理端: drafting a plan: the editor of its text with its faults beside it, and a form for the values changed most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.core.moves import IllegalMove
from mutualaid.people.models import Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans import access
from mutualaid.plans.actions import change_draft, draft_plan
from mutualaid.plans.common_values import LATE_FILED, CommonValue, ValuesRefused, common_values, with_values
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import base_of, changes_between, checked_text, document_of
from mutualaid.plans.reading import PlanError, PlanFault
from mutualaid.plans.refusals import PlanRefused
from mutualaid.plans.shipped import library_document
from mutualaid.plans.states import VERSION
from mutualaid.plans.yaml_reader import BYTES_MOST
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayInput, said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.plan_pages import lang, version_context

_BEGINNING = """plan: example-city-2027
family: example-city
status: published
name: 示例市职工互助保障（2027年度）
organiser: 示例市总工会
price:
  - {fee: 100, clause: 第四条}
term: {years: 1, begins: fixed, on: "01-01", clause: 第五条}
benefits:
  - benefit: inpatient
    name: 住院自付补助
    kinds: [inpatient]
    clause: 第七条
    base: {of: [self_paid], name: 个人自付}
    rate: 50%
"""
"""With which an office begins that takes neither a document of the library nor a version."""


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def draft_new(request: Request) -> HttpResponse:
    """A new draft: from a document of the library (``?from=``), another version (``?version=``), a file, or a beginning of ours.
    A text with faults is not kept, but stays in the form."""
    offices = list(access.offices_to_design_for(actor=request.actor, on=request.on))
    given = request.POST
    based_on = _based_on(request, given.get("based_on", "") or request.GET.get("version", ""))
    if request.method != "POST":
        text = _beginning(request, based_on)
        return _editor(request, text=text, office=_office(offices, based_on), offices=offices, based_on=based_on)
    text, refusal = _given_text(request)
    office = next((one for one in offices if one.code == given.get("office")), None)
    if office is None:
        refusal = refusal or _("请选择办事处")
    elif "load" not in given and not refusal:
        try:
            made = draft_plan(office=office, text=text, based_on=based_on, by=request.actor, at=request.at)
        except PlanRefused:
            refusal = _("还有错误，没有保存；请改正后再保存。您写的都在。")
        except Refused as refused:
            refusal = said_by(refused)
        else:
            made.refresh_from_db()
            messages.success(request, _("草稿已保存"))
            return HttpResponseRedirect(reverse("workbench:plan", args=[made.number]))
    return _editor(
        request,
        text=text,
        office=office or _office(offices, based_on),
        offices=offices,
        based_on=based_on,
        refusal=refusal,
    )


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_draft(request: Request, number: str) -> HttpResponse:
    """The text of a draft, to be changed."""
    version = access.version_to_design(actor=request.actor, number=number, on=request.on)
    base = base_of(version=version)
    if version.state != "draft":
        raise IllegalMove(version, VERSION, "submit_plan", version.state)
    if request.method != "POST":
        return _editor(request, text=version.text, office=version.office, based_on=base, version=version)
    text, refusal = _given_text(request)
    if "load" not in request.POST and not refusal:
        if request.POST.get("seen") != version.sha256:
            refusal = _lost()
        else:
            try:
                change_draft(version=version, text=text, by=request.actor, at=request.at)
            except PlanRefused:
                refusal = _("还有错误，没有保存；请改正后再保存。您写的都在。")
            except Refused as refused:
                refusal = said_by(refused)
            else:
                messages.success(request, _("草稿已保存"))
                return HttpResponseRedirect(reverse("workbench:plan", args=[number]))
    return _editor(request, text=text, office=version.office, based_on=base, version=version, refusal=refusal)


@staff_only(roles=access.DESIGN)
@require_POST
def plan_faults(request: Request) -> HttpResponse:
    """What is to be said of a text that is being written; nothing is kept."""
    office = access.office_to_design_for(actor=request.actor, code=request.POST.get("office", ""), on=request.on)
    base = _based_on(request, request.POST.get("based_on", ""))
    context = _told(_normal(request.POST.get("text", "")), office, base)
    return TemplateResponse(request, "workbench/plans/faults.html", context)


def _lost() -> str:
    return _("在您编辑期间，已有人改过这份草稿；您写的仍在下面。再次保存会以您写的为准，请先核对变化。")


def _editor(
    request: Request,
    *,
    text: str,
    office: Unit | None,
    based_on: PlanVersion | None,
    offices: list[Unit] | None = None,
    version: PlanVersion | None = None,
    refusal: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "text": text,
        "office": office,
        "offices": offices,
        "based_on": based_on,
        "version": version,
        "refusal": refusal,
        "seen": version.sha256 if version is not None else "",
        "bytes_most": BYTES_MOST,
    }
    if office is not None:
        context |= _told(text, office, based_on)
    if version is not None:
        context = {**version_context(request, version, "plan_draft"), **context}
    return TemplateResponse(request, "workbench/plans/editor.html", context, status=422 if refusal else 200)


def _told(text: str, office: Unit, base: PlanVersion | None) -> dict[str, Any]:
    """Faults with what stands on their lines, what keeps the plan from being published, and the difference to the base."""
    checked = checked_text(text=text, office=office)
    lines = text.splitlines()
    changes = None
    if base is not None and checked.document is not None and not checked.faults:
        changes = changes_between(before=document_of(version=base), after=checked.document, lang=lang())
    return {
        "faults": [_shown(fault, lines) for fault in checked.faults],
        "hindrances": [one.text(lang()) for one in checked.hindrances],
        "changes": changes,
        "base": base,
    }


def _shown(fault: PlanFault, lines: list[str]) -> dict[str, Any]:
    stands = lines[fault.line - 1].strip() if fault.line <= len(lines) else ""
    return {"line": fault.line, "place": fault.place, "text": said(fault), "stands": stands[:80]}


# -- what the editor begins with ----------------------------------------------------------------------------------------


def _based_on(request: Request, number: str) -> PlanVersion | None:
    """The version on which a draft is based, if one is named. Raises NotFound."""
    return access.version_for(actor=request.actor, number=number, on=request.on) if number else None


def _office(offices: list[Unit], based_on: PlanVersion | None) -> Unit | None:
    of_base = next((one for one in offices if based_on is not None and one.pk == based_on.office_id), None)
    return of_base or next(iter(offices), None)


def _beginning(request: Request, based_on: PlanVersion | None) -> str:
    if based_on is not None:
        return _next_edition(request, based_on.text, based_on.plan)
    shipped = library_document(plan=request.GET.get("from", ""))
    return _next_edition(request, shipped.text, shipped.document.plan) if shipped is not None else _BEGINNING


def _next_edition(request: Request, text: str, plan: str) -> str:
    """The text, with an id that was not published yet: ``city-2026`` becomes ``city-2027``."""
    visible = access.versions_visible_to(actor=request.actor, on=request.on)
    known = set(visible.filter(state__in=access.PUBLIC).values_list("plan", flat=True))
    wanted = plan
    for _again in range(50):
        if wanted not in known:
            break
        year = re.fullmatch(r"(.*-)(20\d\d)", wanted)
        wanted = f"{year[1]}{int(year[2]) + 1}" if year is not None else f"{wanted}-2"
    return text if wanted == plan else with_values(text, {"plan": wanted})


def _given_text(request: Request) -> tuple[str, str]:
    """What was typed, or what a file holds instead; and what is wrong with that file."""
    typed = _normal(request.POST.get("text", ""))
    file = request.FILES.get("file")
    if file is None:
        return typed, ""
    if (file.size or 0) > BYTES_MOST:
        most = BYTES_MOST // 1_000_000
        return typed, _("文件应不大于 %(most)d MB；得到的更大，请检查是否选错了文件") % {"most": most}
    try:
        return _normal(file.read().decode("utf-8-sig")), ""
    except UnicodeDecodeError:
        return typed, _("文件应为 UTF-8 编码的文字；得到的不是，请另存为 UTF-8 再上传")


def _normal(text: str) -> str:
    """Browsers send line ends as CR LF."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return plain if plain.endswith("\n") or not plain else plain + "\n"


# -- the values that are changed most -----------------------------------------------------------------------------------


class Values(forms.Form):
    """A field for each common value of a text."""

    def __init__(self, values: list[CommonValue], data: Mapping[str, Any] | None) -> None:
        super().__init__(data)
        self.values = values
        for value in values:
            self.fields[value.place] = _field(value)

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Fields by what they belong to, in the order of the document."""
        found: dict[str, list[Any]] = {}
        for value in self.values:
            found.setdefault(value.group[lang() == "en"], []).append(self[value.place])
        return list(found.items())

    def typed(self) -> dict[str, str]:
        """What was typed, by place."""
        return {value.place: self.data.get(value.place, value.value) for value in self.values}


_UNITS = {"money": gettext_lazy("元"), "percent": "%"}


def _field(value: CommonValue) -> forms.Field:
    attrs: dict[str, Any] = {"autocomplete": "off"}
    if value.kind in _UNITS:
        attrs |= {"data-unit": _UNITS[value.kind], "inputmode": "decimal"}
    widget: forms.Widget = forms.TextInput(attrs=attrs)
    if value.kind == "date":
        widget = DayInput()
    elif value.kind == "number":
        attrs["inputmode"] = "numeric"
    elif value.kind == "text" and len(value.value) > 16:
        widget = forms.Textarea(attrs={"rows": 2})
    label = value.en if lang() == "en" else value.zh
    if value.kind == "late_filed":
        choices = [(word, told[lang() == "en"]) for word, told in LATE_FILED.items()]
        return forms.ChoiceField(label=label, initial=value.value, choices=choices)
    return forms.CharField(label=label, initial=value.value, required=False, widget=widget)


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_values(request: Request, number: str) -> HttpResponse:
    """The common values of a draft as a form; what is typed is written into the text, all else of which stays."""
    version = access.version_to_design(actor=request.actor, number=number, on=request.on)
    if version.state != "draft":
        raise IllegalMove(version, VERSION, "submit_plan", version.state)
    form = Values(common_values(version.text), request.POST or None)
    if request.method == "POST":
        if request.POST.get("seen") != version.sha256:
            form.add_error(None, _lost())
        else:
            try:
                text = with_values(version.text, form.typed())
                change_draft(version=version, text=text, by=request.actor, at=request.at)
            except (ValuesRefused, PlanRefused) as refused:
                for fault in refused.faults:
                    field = fault.place if fault.place in form.fields else None
                    line = f"{fault.place}：" if field is None and fault.place else ""
                    form.add_error(field, line + said(fault))
            except (Refused, PlanError) as refused:
                form.add_error(None, said_by(refused))
            else:
                messages.success(request, _("数值已写入草稿"))
                return HttpResponseRedirect(reverse("workbench:plan", args=[number]))
    context = version_context(request, version, "plan_values", form=form)
    return TemplateResponse(request, "workbench/plans/values.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("plans/draft", draft_new, name="draft_new"),
    path("plans/faults", plan_faults, name="plan_faults"),
    path("plans/<plan_number:number>/draft", plan_draft, name="plan_draft"),
    path("plans/<plan_number:number>/values", plan_values, name="plan_values"),
]
