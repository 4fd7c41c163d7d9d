"""管理端: Plans: the shipped library, the offices' versions, what one says and how it came about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from mutualaid.people.access import NotFound
from mutualaid.plans import access
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.queries import (
    base_of,
    difference,
    hindrances,
    history_of,
    names_of_accounts,
    parts_of,
    prose_of,
    standings,
    words_for,
)
from mutualaid.plans.shipped import LibraryDocument, library_document, library_documents
from mutualaid.plans.states import VERSION
from mutualaid.plans.texts import compiled
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.requests import PublicRequest, Request
from mutualaid.web.workbench import approving, drafting, plan_pages
from mutualaid.web.workbench.plan_pages import lang, version_context

PAGE = 25
STANDINGS = {
    "offered": (_("现行"), "ok"),
    "upcoming": (_("未到开办日"), "wait"),
    "replaced": (_("已被接替"), "quiet"),
}
DONE = {
    "draft_plan": _("起草"),
    "change_draft": _("修改"),
    "submit_plan": _("提交批准"),
    "return_plan": _("退回修改"),
    "publish_plan": _("批准发布"),
    "withdraw_plan": _("停办"),
    "discard_plan": _("作废"),
}
_COUNTED = ("published", "draft", "submitted")
_SORTS = {
    "family": ("family", "office__path", "-offered_from_on", "-id"),
    "number": ("number",),
    "from": ("offered_from_on", "id"),
    "drafted": ("drafted_at", "id"),
}


class Asked(forms.Form):
    """What the list is asked for."""

    q = forms.CharField(label=_("名称、编号或系列"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False)
    office = forms.ChoiceField(label=_("办事处"), required=False)

    def __init__(self, request: PublicRequest, offices: list[tuple[str, str]]) -> None:
        super().__init__(request.GET or None)
        fields: Any = self.fields
        named = [(word, names[lang() == "en"]) for word, names in VERSION.names.items()]
        fields["state"].choices = [("", gettext("除作废外全部")), *named]
        fields["office"].choices = [("", gettext("全部办事处")), *offices]


@staff_only()
@require_safe
def plans(request: Request) -> HttpResponse:
    """The versions of the offices that the visitor sees, by family; drafts for designers and approvers."""
    visible = access.versions_visible_to(actor=request.actor, on=request.on)
    offices: list[Any] = list(
        visible.values("office__code", "office__name")
        .annotate(**{state: Count("pk", Q(state=state)) for state in _COUNTED})
        .order_by("office__path")
    )
    form = Asked(request, [(row["office__code"], row["office__name"]) for row in offices])
    found = _asked(visible, form)
    word = request.GET.get("sort", "")
    order = _SORTS.get(word.removeprefix("-"), _SORTS["family"])
    rows = found.select_related("office").defer("text").order_by(*order)
    rows = rows.reverse() if word.startswith("-") and word[1:] in _SORTS else rows
    if "export" in request.GET:
        return _exported(list(rows), request)
    page = page_asked(request, rows, PAGE)
    standing = standings(versions=page.object_list, on=request.on)
    counts = {state: sum(row[state] for row in offices) for state in _COUNTED}
    names = names_of_accounts(keys={version.drafted_by for version in page.object_list})
    shown = [
        {
            "version": version,
            "name": plan_pages.name_of(version),
            "standing": STANDINGS.get(standing.get(version.pk, "")),
            "who": names.get(version.drafted_by, ""),
        }
        for version in page.object_list
    ]
    context = {"page": page, "rows": shown, "form": form, "counts": counts, "grouped": word in ("", "family")}
    context["may_draft"] = plan_pages.holds(request, access.DESIGN)
    context["may_study"] = plan_pages.holds(request, access.APPROVE)
    return TemplateResponse(request, "workbench/plans/plans.html", context)


def _asked(visible: Any, form: Asked) -> Any:
    if not form.is_bound or not form.is_valid():
        return visible.exclude(state="discarded")
    asked = form.cleaned_data
    found = visible.filter(state=asked["state"]) if asked["state"] else visible.exclude(state="discarded")
    if asked["office"]:
        found = found.filter(office__code=asked["office"])
    for text in asked["q"].split():
        like = Q(number__iexact=text)
        for column in ("name_zh", "name_en", "plan", "family"):
            like |= Q(**{f"{column}__icontains": text})
        found = found.filter(like)
    return found


def _exported(rows: list[PlanVersion], request: Request) -> HttpResponse:
    standing = standings(versions=rows, on=request.on)
    states = {word: names[lang() == "en"] for word, names in VERSION.names.items()}
    columns = [
        Column(gettext("编号"), lambda row: row.number),
        Column(gettext("计划编号"), lambda row: row.plan, width=28),
        Column(gettext("系列"), lambda row: row.family, width=24),
        Column(gettext("名称"), plan_pages.name_of, width=40),
        Column(gettext("办事处"), lambda row: row.office.name, width=24),
        Column(gettext("状态"), lambda row: states[row.state]),
        Column(gettext("现况"), lambda row: str(STANDINGS[standing[row.pk]][0]) if row.pk in standing else ""),
        Column(gettext("开办日"), lambda row: row.offered_from_on, kind="day"),
        Column(gettext("起草时间"), lambda row: row.drafted_at, kind="moment"),
    ]
    return workbook(gettext("保障计划"), columns, rows)


@staff_only(roles=access.APPROVE)
@require_safe
def approvals(request: Request) -> HttpResponse:
    """What waits for approval in the visitor's branches; what they had a hand in waits for somebody else."""
    visible = access.versions_visible_to(actor=request.actor, on=request.on)
    rows = list(visible.filter(state="submitted").select_related("office").order_by("drafted_at", "id")[:200])
    names = names_of_accounts(keys={key for row in rows for key in row.authors})
    shown = [
        {
            "version": row,
            "name": plan_pages.name_of(row),
            "own": request.actor.key in {row.drafted_by, *row.authors},
            "who": "、".join(names.get(key, key) for key in row.authors),
        }
        for row in rows
    ]
    return TemplateResponse(request, "workbench/plans/approvals.html", {"rows": shown})


# -- the library --------------------------------------------------------------------------------------------------------


@staff_only()
@require_safe
def library(request: Request) -> HttpResponse:
    """The documents that come with the product: what they are, and whether, or why not, they could be published."""
    visible = access.versions_visible_to(actor=request.actor, on=request.on)
    there = {
        version.plan: version
        for version in visible.filter(
            state__in=access.PUBLIC, plan__in=[one.document.plan for one in library_documents()]
        )
    }
    rows = [
        {
            "one": one,
            "name": _said(one.document.name),
            "by": _said(one.document.organiser),
            "there": there.get(one.document.plan),
        }
        for one in library_documents()
    ]
    context = {"rows": rows, "lang": lang(), "may_draft": plan_pages.holds(request, access.DESIGN)}
    return TemplateResponse(request, "workbench/plans/library.html", context)


@staff_only()
@require_safe
def library_plan(request: Request, plan: str) -> HttpResponse:
    """One of them, as a member reads it."""
    found = library_document(plan=plan)
    if found is None:
        raise NotFound("计划库中没有这个计划，请从列表进入", "the library has no such plan; come from the list")
    named = {plan: found.text, **_parts(found)}
    prose = plan_prose(found.document, lang(), compiled(tuple(named[key] for key in sorted(named))))
    context = {
        "one": found,
        "prose": prose,
        "lang": lang(),
        "may_draft": plan_pages.holds(request, access.DESIGN),
        "visible": access.versions_visible_to(actor=request.actor, on=request.on).filter(plan=plan).exists(),
    }
    return TemplateResponse(request, "workbench/plans/library_plan.html", context)


def _parts(found: LibraryDocument) -> dict[str, str]:
    wanted = found.document.combines or ()
    return {one.document.plan: one.text for one in library_documents() if one.document.plan in wanted}


def _said(words: Any) -> str:
    return str(words.en or words.zh if lang() == "en" else words.zh)


# -- one version --------------------------------------------------------------------------------------------------------


@staff_only()
@require_safe
def plan(request: Request, number: str) -> HttpResponse:
    """A version: state, what keeps it from being published, what may be done with it, and who did what."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    context = version_context(
        request,
        version,
        "plan",
        hindrances=[one.text(lang()) for one in hindrances(version=version)] if version.state == "draft" else [],
        history=[(DONE.get(done.what, done.what), done) for done in reversed(history_of(version=version))],
        base=base_of(version=version),
        parts=parts_of(version=version),
        own=request.actor.key in {version.drafted_by, *version.authors},
        standing_told=STANDINGS.get(standings(versions=[version], on=request.on).get(version.pk, "")),
    )
    return TemplateResponse(request, "workbench/plans/plan.html", context)


@staff_only()
@require_safe
def prose(request: Request, number: str) -> HttpResponse:
    """As a member reads it, in the office's words."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    words = words_for(unit=version.office)
    told = prose_of(version=version, lang=lang(), words=words)
    return TemplateResponse(
        request, "workbench/plans/prose.html", version_context(request, version, "plan_prose", prose=told, words=words)
    )


@staff_only()
@require_safe
def text(request: Request, number: str) -> HttpResponse:
    """The document itself, to be read, with the number of each line; ``?save`` hands it over as a file."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    if "save" in request.GET:
        answer = HttpResponse(version.text, content_type="application/yaml; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{version.plan}.yaml"'
        return answer
    context = version_context(request, version, "plan_text", lines=version.text.splitlines())
    return TemplateResponse(request, "workbench/plans/text.html", context)


@staff_only()
@require_safe
def changes(request: Request, number: str) -> HttpResponse:
    """What is not as it was in another version: the one that this is based on, or the one named by ``?with=``."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    asked = request.GET.get("with", "")
    visible = access.versions_visible_to(actor=request.actor, on=request.on)
    others = list(
        visible.filter(family=version.family).exclude(pk=version.pk).exclude(state="discarded").order_by("id")
    )
    base = next((one for one in others if one.number == asked), None) or base_of(version=version)
    told = difference(before=base, after=version, lang=lang()) if base is not None else []
    context = version_context(request, version, "plan_changes", base=base, changes=told, others=others)
    return TemplateResponse(request, "workbench/plans/changes.html", context)


urlpatterns: list[URLPattern] = [
    path("plans", plans, name="plans"),
    path("plans/approvals", approvals, name="approvals"),
    path("plans/library", library, name="plan_library"),
    path("plans/library/<slug:plan>", library_plan, name="library_plan"),
    path("plans/<plan_number:number>", plan, name="plan"),
    path("plans/<plan_number:number>/prose", prose, name="plan_prose"),
    path("plans/<plan_number:number>/text", text, name="plan_text"),
    path("plans/<plan_number:number>/changes", changes, name="plan_changes"),
    *drafting.urlpatterns,
    *approving.urlpatterns,
]
