"""管理端: covers – the list with its workbook, one with its certificate."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mutualaid.contributions.actions.refunding import DECIDE
from mutualaid.core import papers
from mutualaid.enrolment import access, queries
from mutualaid.enrolment.certificate import certificate
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.states import COVER
from mutualaid.enrolment.tenure import unbroken
from mutualaid.people import identity
from mutualaid.people.access import SEE_MEMBERS
from mutualaid.people.queries import numbered
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.templatetags.shown import last_day, plan_name
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

SHOWN = ("member", "version", "employer__unit")
SORTS = {
    "number": ("-id",),
    "member": ("member__name", "id"),
    "from": ("from_on", "id"),
    "fee": ("fee_amount", "id"),
}


class CoversAsked(Asked):
    """What the list is asked."""

    q = WordsField(label=gettext_lazy("姓名或凭证编号"))
    plan = WordsField(label=gettext_lazy("计划名称"))
    employer = WordsField(label=gettext_lazy("单位代码"), max_length=32)
    state = StateField(COVER)
    on = DayField(label=gettext_lazy("当日在保"), required=False)
    expiring = forms.ChoiceField(
        label=gettext_lazy("到期"),
        required=False,
        choices=[("", gettext_lazy("不限")), ("30", gettext_lazy("30 天内"))],
    )


def _asked(request: Request, asked: CoversAsked) -> QuerySet[Cover]:
    rows = access.covers_visible_to(actor=request.actor, on=request.on)
    if words := asked.given("q"):
        rows = rows.filter(
            Q(number=words.upper()) | Q(member__name=words) | numbered(number=words.upper(), of="member")
        )
    if plan := asked.given("plan"):
        rows = rows.filter(Q(version__name_zh__contains=plan) | Q(plan=plan))
    if code := asked.given("employer"):
        rows = rows.filter(employer__unit__code=code)
    if state := asked.given("state"):
        rows = rows.filter(state=state)
    if day := asked.given("on"):
        rows = rows.filter(queries.in_force(on=day))
    if asked.given("expiring"):
        rows = rows.filter(queries.expiring(on=request.on))
    return sorted_by(request, rows, SORTS)


@staff_only(roles=SEE_MEMBERS)
@require_safe
def covers(request: Request) -> HttpResponseBase:
    """Covers of the branches."""
    asked = CoversAsked(request)
    if asked.given("q"):
        note_read(request, "search_members", request.account)
    page = page_of(request, _asked(request, asked), whole=Cover.objects.select_related(*SHOWN))
    rows = [queries.Standing(cover, queries.standing_of(cover=cover, on=request.on)) for cover in page]
    context = {"form": asked, "page": page, "rows": rows, "may_ask": _may_ask(request)}
    return TemplateResponse(request, "workbench/enrolments/covers.html", context)


def _may_ask(request: Request) -> bool:
    """Whether the visitor may ask fees back for covers that they see."""
    return bool(request.standing.roles & frozenset(DECIDE))


@staff_only(roles=SEE_MEMBERS)
@require_safe
def covers_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook, numbers masked."""
    note_read(request, "export_covers", request.account)
    rows = _asked(request, CoversAsked(request)).select_related(*SHOWN)
    columns = [
        Column(_("凭证编号"), lambda row: row.number),
        Column(_("姓名"), lambda row: row.member.name),
        Column(_("证件号码"), lambda row: identity.masked(row.member.identity_number), width=22),
        Column(_("单位代码"), lambda row: row.employer.unit.code),
        Column(_("单位"), lambda row: row.employer.unit.name, width=36),
        Column(_("计划"), lambda row: plan_name(row.version), width=30),
        Column(_("份数"), lambda row: row.units, "whole", 8),
        Column(_("起"), lambda row: row.from_on, "day"),
        Column(_("止"), lambda row: last_day(row.until_on), "day"),
        Column(_("缴费（元）"), lambda row: row.fee_amount, "amount"),
        Column(_("状态"), lambda row: said(*COVER.names[row.state]), width=10),
    ]
    return workbook(_("保障"), columns, rows.iterator(chunk_size=2000))


@staff_only(roles=SEE_MEMBERS)
@require_safe
def cover(request: Request, number: str) -> HttpResponseBase:
    """One cover."""
    found = access.cover_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_member", found.member)
    when = queries.standing_of(cover=found, on=request.on)
    seen = access.covers_visible_to(actor=request.actor, on=request.on).filter(member=found.member)
    runs = unbroken(member=found.member, on=request.on, seen=set(seen.values_list("pk", flat=True)))
    context = {
        "cover": found,
        "when": when,
        "runs": [one for one in runs if one.family == found.family],
        "may_ask": found.state == "begun" and _may_ask(request),
    }
    return TemplateResponse(request, "workbench/enrolments/cover.html", context)


@staff_only(roles=SEE_MEMBERS)
@require_safe
def cover_certificate(request: Request, number: str) -> HttpResponseBase:
    """Its certificate as a PDF, in the language of the page."""
    found = access.cover_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_member", found.member)
    lang = "en" if get_language() == "en" else "zh"
    response = HttpResponse(certificate(cover=found, lang=lang, on=request.on), content_type=papers.PDF)
    response["Content-Disposition"] = content_disposition_header(False, f"{number}.pdf") or "inline"
    return response


urlpatterns: list[URLPattern] = [
    path("covers", covers, name="covers"),
    path("covers/export", covers_export, name="covers_export"),
    path("covers/<str:number>", cover, name="cover"),
    path("covers/<str:number>/certificate", cover_certificate, name="cover_certificate"),
]
