"""管理端: how far enrolment is, unit by unit, against targets; who has not begun; and the targets themselves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core import money
from mutualaid.enrolment import access, targets
from mutualaid.enrolment.actions.targets import Aim, set_targets, spread_target
from mutualaid.enrolment.targets import Progress, Span
from mutualaid.enrolment.targets_file import HEADERS, read_targets
from mutualaid.enrolment.windows import window_for
from mutualaid.people.access import SEE_MEMBERS
from mutualaid.people.models import Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import NoFirstDay, Season, season
from mutualaid.plans.prose.terms import add_years
from mutualaid.plans.queries import chain_of, document_of
from mutualaid.plans.windowing import starts_around
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.workbench.listing import page_of

SEE = SEE_MEMBERS
PARTS = ("persons", "units", "fee")


@dataclass(frozen=True)
class Choice:
    """A family and term that can be looked at."""

    word: str
    name: str
    span: Span
    version: PlanVersion


@dataclass(frozen=True)
class Looked:
    """What a page of the progress is about."""

    office: Unit
    choice: Choice | None
    choices: list[Choice]

    def address(self, name: str, office: str = "") -> str:
        """Another page about the same, or about another office."""
        asked = {"office": office or self.office.code}
        if self.choice is not None:
            asked["of"] = self.choice.word
        return f"{reverse(f'workbench:{name}')}?{urlencode(asked)}"


def _choices(office: Unit, on: datetime.date) -> list[Choice]:
    """Of what is published at, above and below an office: each family with its terms around today, or this year."""
    around = Q(office__in=chain_of(path=office.path)) | Q(office__path__startswith=office.path)
    found: dict[str, Choice] = {}
    for version in PlanVersion.objects.filter(around, state="published").order_by("name_zh", "-offered_from_on"):
        document = document_of(version=version)
        try:
            starts = starts_around(document, on=on)
        except NoFirstDay:
            continue
        spans = [Span(version.family, day, add_years(day, document.term.years)) for day in reversed(starts)]
        year = Span(version.family, datetime.date(on.year, 1, 1), datetime.date(on.year + 1, 1, 1))
        for span in spans or [year]:
            word = f"{span.family}:{span.from_on}"
            name = _("%(plan)s（%(day)s 起）") % {"plan": plan_name(version), "day": span.from_on}
            found.setdefault(word, Choice(word, name, span, version))
    return list(found.values())


def _looked(request: Request, roles: Any = SEE) -> Looked:
    """Raises NotFound for an office that is not the visitor's."""
    office = access.office_of_progress(
        actor=request.actor, code=request.GET.get("office", ""), on=request.on, roles=roles
    )
    choices = _choices(office, request.on)
    asked = request.GET.get("of", "")
    chosen = next((one for one in choices if one.word == asked), choices[0] if choices else None)
    return Looked(office, chosen, choices)


def _season(looked: Looked, on: datetime.date) -> Season | None:
    """The season that counts for the office."""
    if looked.choice is None:
        return None
    version = looked.choice.version
    own = window_for(version=version, unit=looked.office, on=on)
    return season(document_of(version=version), on=on, own=own)


@staff_only(roles=SEE)
@require_safe
def progress(request: Request) -> HttpResponseBase:
    """The units right below an office, with a way further down."""
    looked = _looked(request)
    context: dict[str, Any] = {"looked": looked, "office": looked.office}
    if looked.choice is not None:
        rows = targets.progress(office=looked.office, span=looked.choice.span, at=request.at)
        when = _season(looked, request.on)
        left = (when.closes_on - request.on).days + 1 if when and when.is_open and when.closes_on else None
        context |= {
            "rows": [(row, looked.address("progress", row.code)) for row in rows],
            "total": targets.total(office=looked.office, span=looked.choice.span, rows=rows),
            "season": when,
            "days_left": left,
            "up": _up(request, looked),
            "export": looked.address("progress_export"),
            "waiting": looked.address("progress_waiting"),
            "targets": looked.address("targets") if _may_set(request) else "",
        }
    return TemplateResponse(request, "workbench/progress/progress.html", context)


def _may_set(request: Request) -> bool:
    return bool(request.standing.roles & frozenset(access.DECIDE))


def _up(request: Request, looked: Looked) -> tuple[str, str] | None:
    """The office above, where it is the visitor's too: its name and the page."""
    offices = access.offices_of_progress(actor=request.actor, on=request.on, roles=SEE)
    above = offices.filter(pk=looked.office.parent_id or 0).first()
    return (above.name, looked.address("progress", above.code)) if above is not None else None


@staff_only(roles=SEE)
@require_safe
def progress_export(request: Request) -> HttpResponseBase:
    """The same as a workbook."""
    looked = _looked(request)
    rows: list[Progress] = []
    if looked.choice is not None:
        rows = targets.progress(office=looked.office, span=looked.choice.span, at=request.at)
        rows.append(targets.total(office=looked.office, span=looked.choice.span, rows=rows))
    columns = (
        Column(_("单位编码"), lambda row: row.code),
        Column(_("单位"), lambda row: row.name, width=30),
        Column(_("目标人次"), lambda row: row.target_persons, "whole"),
        Column(_("已参保人次"), lambda row: row.persons, "whole"),
        Column(_("完成（%）"), lambda row: row.percent, "whole"),
        Column(_("其中已缴费"), lambda row: row.paid, "whole"),
        Column(_("近一周新增"), lambda row: row.lately, "whole"),
        Column(_("份数"), lambda row: row.units, "whole"),
        Column(_("目标金额（元）"), lambda row: row.target_fee, "amount"),
        Column(_("应缴（元）"), lambda row: row.fee, "amount"),
        Column(_("已缴（元）"), lambda row: row.paid_fee, "amount"),
        Column(_("用人单位"), lambda row: row.employers, "whole"),
        Column(_("未办理单位"), lambda row: row.waiting, "whole"),
    )
    return workbook(f"{_('参保进度')} {looked.office.name}", columns, rows)


@staff_only(roles=SEE)
@require_safe
def progress_waiting(request: Request) -> HttpResponseBase:
    """Employers that have not begun, the largest first; as a workbook with ``?export=1``."""
    looked = _looked(request)
    if looked.choice is None:
        return HttpResponseRedirect(looked.address("progress"))
    rows = targets.employers_waiting(office=looked.office, span=looked.choice.span)
    if request.GET.get("export"):
        columns = (
            Column(_("单位编码"), lambda row: row.unit.code),
            Column(_("单位"), lambda row: row.unit.name, width=36),
            Column(_("申报职工人数"), lambda row: row.headcount_declared, "whole"),
        )
        return workbook(f"{_('未办理单位')} {looked.office.name}", columns, rows.iterator(chunk_size=2000))
    context = {
        "looked": looked,
        "office": looked.office,
        "page": page_of(request, rows),
        "back": looked.address("progress"),
        "export": looked.address("progress_waiting") + "&export=1",
    }
    return TemplateResponse(request, "workbench/progress/waiting.html", context)


@staff_only(roles=access.DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def target_table(request: Request) -> HttpResponseBase:
    """The targets of an office and of the units right below it: written in the table, imported, or spread down."""
    looked = _looked(request, access.DECIDE)
    if looked.choice is None:
        return HttpResponseRedirect(looked.address("progress"))
    span = looked.choice.span
    rows = targets.progress(office=looked.office, span=span, at=request.at)
    every = [targets.total(office=looked.office, span=span, rows=rows), *rows]
    if request.GET.get("export"):
        columns = (
            Column(HEADERS[0], lambda row: row.code),
            Column(HEADERS[1], lambda row: row.name, width=30),
            Column(HEADERS[2], lambda row: row.target_persons, "whole"),
            Column(HEADERS[3], lambda row: row.target_units, "whole"),
            Column(HEADERS[4], lambda row: row.target_fee, "amount"),
        )
        return workbook(f"{_('参保目标')} {looked.office.name}", columns, every)
    refusal = None
    if request.method == "POST":
        try:
            count = _written(request, looked, every)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("已保存 %(count)s 个单位的目标") % {"count": count})
            return HttpResponseRedirect(looked.address("targets"))
    typed = request.POST if refusal is not None and request.POST.get("do") == "save" else {}
    context = {
        "looked": looked,
        "office": looked.office,
        "rows": [(row, {part: typed.get(f"{part}-{row.unit}", _shown(row, part)) for part in PARTS}) for row in every],
        "refusal": refusal,
        "back": looked.address("progress"),
        "export": looked.address("targets") + "&export=1",
    }
    return TemplateResponse(request, "workbench/progress/targets.html", context, status=422 if refusal else 200)


def _shown(row: Progress, part: str) -> str:
    value = getattr(row, f"target_{part}")
    return "" if value is None else str(value)


def _written(request: Request, looked: Looked, rows: list[Progress]) -> int:
    """Raises Refused."""
    assert looked.choice is not None
    given: dict[str, Any] = {
        "office": looked.office,
        "span": looked.choice.span,
        "by": request.actor,
        "at": request.at,
    }
    if request.POST.get("do") == "spread":
        return spread_target(**given)
    if request.POST.get("do") == "import":
        file = request.FILES.get("table")
        written = read_targets(content=file.read() if file else b"", codes={row.code: row.unit for row in rows})
        told = {key: (one.persons, one.units, one.fee_amount) for key, one in written.items()}
        return set_targets(aims={key: _aim(*one) for key, one in told.items()}, **given)
    return set_targets(aims={row.unit: _typed(request, row) for row in rows}, **given)


def _aim(persons: int | None, units: int | None, fee: Decimal | None) -> Aim | None:
    """None where nothing is aimed at. Units are as many as persons unless said."""
    if persons is None and units is None and fee is None:
        return None
    return Aim(persons or 0, persons or 0 if units is None else units, fee or Decimal(0))


def _typed(request: Request, row: Progress) -> Aim | None:
    """Raises Refused for what is no number."""
    texts = [request.POST.get(f"{part}-{row.unit}", "").strip().replace(",", "") for part in PARTS]
    try:
        persons, units = (int(text) if text else None for text in texts[:2])
        fee = money.parse(texts[2]) if texts[2] else None
    except ValueError as error:
        raise Refused(
            f"目标应为不小于 0 的数字；{row.name} 的不是，请改正",
            f"expected numbers from 0 on, found something else for {row.code}; correct it",
        ) from error
    if any(one is not None and not 0 <= one < 2**31 for one in (persons, units)):
        raise Refused(
            f"目标应为不小于 0 的数字；{row.name} 的不是，请改正",
            f"expected numbers from 0 on, found something else for {row.code}; correct it",
        )
    return _aim(persons, units, fee)


urlpatterns: list[URLPattern] = [
    path("progress", progress, name="progress"),
    path("progress/export", progress_export, name="progress_export"),
    path("progress/waiting", progress_waiting, name="progress_waiting"),
    path("progress/targets", target_table, name="targets"),
]
