"""管理端: the monthly reports – one at a time with drill-down, all of them for printing, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from mutualaid.datacentre.monthly import access
from mutualaid.datacentre.monthly.figures import Figure, Report, Row
from mutualaid.datacentre.monthly.months import Month, month_of, read_month
from mutualaid.datacentre.monthly.reports import KINDS, Kind
from mutualaid.people.models import Unit
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, Sheet, report
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import whole, yuan

SEE = access.SEE_REPORTS
MONTHS_BACK = 36
EMPLOYERS_ON_A_PAGE = 50
EMPLOYERS_IN_PRINT = 1000


class ReportForm(forms.Form):
    """Of which month and which office."""

    month = forms.ChoiceField(label=gettext_lazy("月份"), required=False)
    office = forms.ChoiceField(label=pgettext_lazy("月报", "机构"), required=False)


@dataclass(frozen=True)
class Asked:
    """The month and the office of a report, and the form in which they were chosen."""

    month: Month
    office: Unit
    form: ReportForm
    above: list[Unit]
    """The offices above it that the actor may read, from the top down."""

    @property
    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        return {"month": str(self.month), "office": self.office.code}


def _asked(request: Request) -> Asked:
    """The month before this one, and the first office, where nothing is asked or it cannot be read. Raises NotFound."""
    offices = access.offices_to_report_on(actor=request.actor, on=request.on)
    office = access.office_to_report_on(among=offices, code=request.GET.get("office", ""))
    line = [int(key) for key in office.path.split("/") if key]
    near = Q(pk__in=line) | Q(parent__in=line) | ~Q(parent__in=offices.order_by().values("pk"))
    offered = list(offices.filter(near))
    months = [month_of(request.on)]
    while len(months) < MONTHS_BACK:
        months.append(months[-1].before())
    month = read_month(request.GET.get("month", ""))
    month = month if month in months else months[1]
    form = ReportForm({"month": str(month), "office": office.code})
    top = min(unit.path.count("/") for unit in offered)
    form.fields["month"].choices = [(str(one), _month(one)) for one in months]  # type: ignore[attr-defined]
    form.fields["office"].choices = [  # type: ignore[attr-defined]
        (unit.code, "　" * (unit.path.count("/") - top) + unit.name) for unit in offered
    ]
    return Asked(month, office, form, [unit for unit in offered if unit.pk in line and unit != office])


def _month(month: Month) -> str:
    return _("%(year)s年%(number)s月") % {"year": month.year, "number": month.number}


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row as it is shown: its name, what it leads to, and its figures as texts."""

    code: str
    name: str
    address: str
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A part of a report as a table."""

    title: str
    headers: list[str]
    """Of the names, then of the figures."""
    lines: list[Line]
    total: Line


def name_of(thing: Any) -> str:
    """What has a Chinese and an English name, in the language of the page."""
    return said(thing.zh, thing.en)


def _line(kind: Kind, row: Row[Any], address: str = "") -> Line:
    cells = [_text(getattr(row.figures, figure.key), figure) for figure in kind.figures]
    return Line(row.code, name_of(row), address, cells)


def _text(value: Any, figure: Figure) -> str:
    if value is None or figure.kind == "amount":
        return yuan(value)
    return whole(value) if figure.kind == "whole" else str(value)


def _headers(first: str, kind: Kind) -> list[str]:
    return [first, *(name_of(figure) for figure in kind.figures)]


def _total(kind: Kind, found: Report[Any]) -> Line:
    return _line(kind, Row("", "合计", "Total", found.total))


def _offices(asked: Asked, kind: Kind, found: Report[Any]) -> Table:
    page = reverse("workbench:report", args=[kind.key])
    lines = [
        _line(kind, row, with_query(page, month=str(asked.month), office=row.code) if row.leads else "")
        for row in found.offices
    ]
    return Table(_("按机构"), _headers(pgettext("月报", "机构"), kind), lines, _total(kind, found))


def _plans(kind: Kind, found: Report[Any]) -> Table:
    lines = [_line(kind, row) for row in found.plans]
    return Table(_("按计划"), _headers(_("计划"), kind), lines, _total(kind, found))


def _employers(kind: Kind, found: Report[Any], rows: Iterable[Row[Any]]) -> Table:
    lines = [_line(kind, row) for row in rows]
    return Table(_("按单位"), _headers(_("单位"), kind), lines, _total(kind, found))


# --- pages ------------------------------------------------------------------------------------------------------------


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise Http404(key)
    return KINDS[key]


def _shown(request: Request, kind: Kind) -> HttpResponseBase:
    asked = _asked(request)
    found = kind.count(office=asked.office, month=asked.month)
    page = Paginator(found.employers, EMPLOYERS_ON_A_PAGE).get_page(request.GET.get("page"))
    tabs = [
        {
            "title": name_of(one),
            "url": with_query(reverse("workbench:report", args=[one.key]), **asked.query),
            "current": one is kind,
        }
        for one in KINDS.values()
    ]
    here = reverse("workbench:report", args=[kind.key])
    context = {
        "asked": asked,
        "kind": kind,
        "name": name_of(kind),
        "month": _month(asked.month),
        "unfinished": asked.month.until > request.on,
        "tabs": tabs,
        "crumbs": [(unit.name, with_query(here, month=str(asked.month), office=unit.code)) for unit in asked.above],
        "tables": [_offices(asked, kind, found), _plans(kind, found)],
        "employers": _employers(kind, found, page),
        "page": page,
        "meanings": _meanings(kind),
        "print_url": with_query(reverse("workbench:report_print"), **asked.query),
        "export_url": with_query(reverse("workbench:report_export"), **asked.query),
    }
    return TemplateResponse(request, "workbench/reports/report.html", context)


def _meanings(kind: Kind) -> list[tuple[str, str]]:
    return [(name_of(figure), said(figure.meaning_zh, figure.meaning_en)) for figure in kind.figures]


@staff_only(roles=SEE)
@require_safe
def reports(request: Request) -> HttpResponseBase:
    """The first of the reports."""
    return _shown(request, next(iter(KINDS.values())))


@staff_only(roles=SEE)
@require_safe
def one_report(request: Request, kind: str) -> HttpResponseBase:
    """One of the reports of a month and an office."""
    return _shown(request, _kind(kind))


@staff_only(roles=SEE)
@require_safe
def report_print(request: Request) -> HttpResponseBase:
    """All reports of a month and an office on one page, to be printed."""
    asked = _asked(request)
    parts = []
    for kind in KINDS.values():
        found = kind.count(office=asked.office, month=asked.month)
        employers = _employers(kind, found, found.employers[:EMPLOYERS_IN_PRINT])
        parts.append(
            {
                "name": name_of(kind),
                "tables": [_offices(asked, kind, found), _plans(kind, found), employers],
                "left_out": max(0, len(found.employers) - EMPLOYERS_IN_PRINT),
                "meanings": _meanings(kind),
            }
        )
    context = {
        "asked": asked,
        "month": _month(asked.month),
        "parts": parts,
        "facts": _facts(request, asked),
        "back": with_query(reverse("workbench:reports"), **asked.query),
    }
    return TemplateResponse(request, "workbench/reports/print.html", context)


def _facts(request: Request, asked: Asked) -> list[tuple[str, str]]:
    """What the head of the paper says."""
    made = f"{timezone.localtime(request.at):%Y-%m-%d %H:%M}"
    return [
        (pgettext("月报", "机构"), f"{asked.office.name}（{asked.office.code}）"),
        (_("月份"), _month(asked.month)),
        (_("制表时间"), made + (_("（本月尚未结束）") if asked.month.until > request.on else "")),
        (_("制表人"), request.standing.name),
    ]


# --- the workbook -----------------------------------------------------------------------------------------------------


def _rows(kind: Kind, found: Report[Any]) -> Iterator[tuple[str, Row[Any], bool]]:
    """By what, the row, and whether it is a sum."""
    for by, rows in ((_("按机构"), found.offices), (_("按计划"), found.plans), (_("按单位"), found.employers)):
        yield from ((by, row, False) for row in rows)
        yield by, Row("", "合计", "Total", found.total), True


def _columns(kind: Kind) -> list[Column]:
    def of(figure: Figure) -> Column:
        return Column(
            name_of(figure),
            lambda row: getattr(row[1].figures, figure.key),
            figure.kind,
            18,
        )

    return [
        Column(_("分组"), lambda row: row[0], width=10),
        Column(_("编码"), lambda row: row[1].code, width=22),
        Column(_("名称"), lambda row: name_of(row[1]), width=34),
        *(of(figure) for figure in kind.figures),
    ]


@staff_only(roles=SEE)
@require_safe
def report_export(request: Request) -> HttpResponseBase:
    """All reports of a month and an office as a workbook: a cover with what each figure means, and a sheet for each."""
    asked = _asked(request)
    cover = _facts(request, asked)
    sheets = []
    for kind in KINDS.values():
        cover += [("", " "), (_("%(report)s：各项含义") % {"report": name_of(kind)}, ""), *_meanings(kind)]
        found = kind.count(office=asked.office, month=asked.month)
        sheets.append(Sheet(name_of(kind), _columns(kind), _rows(kind, found), strong=lambda row: row[2]))
    return report(f"{_('月报')} {asked.office.name} {asked.month}", cover, sheets)


urlpatterns: list[URLPattern] = [
    path("reports", reports, name="reports"),
    path("reports/print", report_print, name="report_print"),
    path("reports/export", report_export, name="report_export"),
    path("reports/<str:kind>", one_report, name="report"),
]
