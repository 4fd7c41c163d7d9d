"""The fund by plan and period, to be read: what was taken over, earned, approved, paid and is payable, and what is left."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mutualaid.ledger import access
from mutualaid.ledger.models import Book
from mutualaid.ledger.queries import PlanFund, fund_by_plan
from mutualaid.people.access import NotFound
from mutualaid.plans.queries import names_of_plans
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request

SEE = access.SEE_BOOKS
DAY = datetime.timedelta(days=1)


class PlansForm(forms.Form):
    """Which book, at the end of which day."""

    book = forms.ChoiceField(label=gettext_lazy("账簿"), required=False)
    to = DayField(label=gettext_lazy("截至"), required=False)


def _asked(request: Request) -> tuple[PlansForm, Book | None, tuple[PlanFund, ...]]:
    """The form, the book (None: there is none) and what it holds; without a day, today. Raises NotFound."""
    books = list(access.books_visible_to(actor=request.actor, on=request.on))
    given = {"book": books[0].code if books else "", "to": request.on.isoformat()}
    given |= {name: str(request.GET[name]) for name in given if request.GET.get(name)}
    form = PlansForm(given)
    form.fields["book"].choices = [(book.code, book.name) for book in books]  # type: ignore[attr-defined]
    on = form.cleaned_data.get("to") if form.is_valid() else None
    book = access.book_for(actor=request.actor, code=given["book"], on=request.on) if books else None
    return form, book, fund_by_plan(book=book, on=on or request.on) if book else ()


def _names(rows: tuple[PlanFund, ...]) -> dict[str, str]:
    return names_of_plans(plans=[row.plan for row in rows], lang=get_language() or "")


@staff_only(roles=SEE)
@require_safe
def ledger_plans(request: Request) -> HttpResponseBase:
    """The fund of a book by plan and period."""
    form, book, rows = _asked(request)
    sums = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("opening", "income", "approved", "paid", "moved", "payable", "back", "balance")
    }
    names = _names(rows)
    context: dict[str, Any] = {
        "form": form,
        "book": book,
        "rows": [(row, names.get(row.plan, "")) for row in rows],
        "sums": sums,
    }
    return TemplateResponse(request, "workbench/ledger/plans.html", context)


@staff_only(roles=SEE)
@require_safe
def ledger_plans_export(request: Request) -> HttpResponseBase:
    """The same as an Excel workbook."""
    _form, book, rows = _asked(request)
    if book is None:
        raise NotFound("没有可查看的账簿", "there is no book to look at")
    names = _names(rows)
    columns = (
        Column(_("计划"), lambda row: names.get(row.plan, row.plan), width=40),
        Column(_("计划编码"), lambda row: row.plan, width=28),
        Column(_("保障期自"), lambda row: row.period.from_on, "day", 12),
        Column(_("保障期至"), lambda row: row.period.until_on - DAY, "day", 12),
        Column(_("接管转入（元）"), lambda row: row.opening, "amount"),
        Column(_("已确认收入（元）"), lambda row: row.income, "amount"),
        Column(_("批准的互助金（元）"), lambda row: row.approved, "amount"),
        Column(_("已支付（元）"), lambda row: row.paid, "amount"),
        Column(_("计划间结转（元）"), lambda row: row.moved, "amount"),
        Column(_("应付（元）"), lambda row: row.payable, "amount"),
        Column(_("应退（元）"), lambda row: row.back, "amount"),
        Column(_("结余（元）"), lambda row: row.balance, "amount"),
    )
    return workbook(_("各计划基金"), columns, rows)


urlpatterns: list[URLPattern] = [
    path("ledger/plans", ledger_plans, name="ledger_plans"),
    path("ledger/plans/export", ledger_plans_export, name="ledger_plans_export"),
]
