"""The books, to be read: trial balance, journal of an account, one entry with what it came from."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mutualaid.contributions.access import (
    bills_visible_to,
    lines_visible_to,
    payments_visible_to,
    reconciliations_visible_to,
)
from mutualaid.ledger import access
from mutualaid.ledger.chart import CHART, Account, Side
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book, Entry
from mutualaid.ledger.queries import TrialBalance, journal, lines_of, trial_balance
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import ROWS_MOST, Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.day_lists import DaysForm

SEE = access.SEE_BOOKS
DAY = datetime.timedelta(days=1)
ZERO = Decimal(0)


def account_name(account: Account) -> str:
    """In the language of the page."""
    return said(account.zh, account.en)


@dataclass(frozen=True)
class Sides:
    """A balance in two columns: on which side it stands."""

    debit: Decimal
    credit: Decimal


def sides(amount: Decimal) -> Sides:
    """Debit positive."""
    return Sides(max(amount, ZERO), max(-amount, ZERO))


# --- trial balance ----------------------------------------------------------------------------------------------------


class TrialForm(DaysForm):
    """Which book, over which days."""

    book = forms.ChoiceField(label=gettext_lazy("账簿"), required=False)
    field_order = ("book", "since", "to")


def _asked(request: Request) -> tuple[TrialForm, Book | None, Period]:
    """The form, the book (None: there is none) and the days; without any the year to the day. Raises NotFound."""
    books = list(access.books_visible_to(actor=request.actor, on=request.on))
    since = request.on.replace(month=1, day=1)
    given = {"book": books[0].code if books else "", "since": since.isoformat(), "to": request.on.isoformat()}
    given |= {name: str(request.GET[name]) for name in given if request.GET.get(name)}
    form = TrialForm(given)
    form.fields["book"].choices = [(book.code, book.name) for book in books]  # type: ignore[attr-defined]
    asked = form.asked()
    period = Period(asked.get("since", since), asked.get("to", request.on) + DAY)
    book = access.book_for(actor=request.actor, code=given["book"], on=request.on) if books else None
    return form, book, period


@dataclass(frozen=True)
class TrialLine:
    """One account as the trial balance shows it."""

    account: Account
    name: str
    opening: Sides
    debits: Decimal
    credits: Decimal
    closing: Sides


def _trial_lines(found: TrialBalance) -> list[TrialLine]:
    return [
        TrialLine(
            row.account, account_name(row.account), sides(row.opening), row.debits, row.credits, sides(row.closing)
        )
        for row in found.rows
    ]


def _sums(lines: list[TrialLine]) -> dict[str, Any]:
    """The foot: each pair of columns is equal, or the books are broken."""

    def both(name: str) -> Sides:
        held = [getattr(line, name) for line in lines]
        return Sides(sum((side.debit for side in held), ZERO), sum((side.credit for side in held), ZERO))

    turnover = Sides(sum((line.debits for line in lines), ZERO), sum((line.credits for line in lines), ZERO))
    pairs = (opening := both("opening")), turnover, (closing := both("closing"))
    return {
        "opening": opening,
        "turnover": turnover,
        "closing": closing,
        "balanced": all(pair.debit == pair.credit for pair in pairs),
    }


@staff_only(roles=SEE)
@require_safe
def trial(request: Request) -> HttpResponseBase:
    """The trial balance of a book."""
    form, book, period = _asked(request)
    lines = _trial_lines(trial_balance(book=book, period=period)) if book else []
    days = f"?since={period.from_on}&to={period.until_on - DAY}"
    context = {"form": form, "book": book, "lines": lines, "sums": _sums(lines), "days": days}
    return TemplateResponse(request, "workbench/ledger/trial.html", context)


@staff_only(roles=SEE)
@require_safe
def trial_export(request: Request) -> HttpResponseBase:
    """The same as an Excel workbook, with its sums in the last row."""
    _form, book, period = _asked(request)
    if book is None:
        raise NotFound("没有可查看的账簿", "there is no book to look at")
    lines = _trial_lines(trial_balance(book=book, period=period))
    sums = _sums(lines)
    total = TrialLine(
        *(Account("", "合计", "Total", CHART["1002.01"].kind), _("合计"), sums["opening"]),
        *(sums["turnover"].debit, sums["turnover"].credit, sums["closing"]),
    )
    columns = (
        Column(_("科目编号"), lambda line: line.account.code, width=12),
        Column(_("科目"), lambda line: line.name, width=30),
        Column(_("期初借方（元）"), lambda line: line.opening.debit, "amount"),
        Column(_("期初贷方（元）"), lambda line: line.opening.credit, "amount"),
        Column(_("本期借方（元）"), lambda line: line.debits, "amount"),
        Column(_("本期贷方（元）"), lambda line: line.credits, "amount"),
        Column(_("期末借方（元）"), lambda line: line.closing.debit, "amount"),
        Column(_("期末贷方（元）"), lambda line: line.closing.credit, "amount"),
    )
    title = f"{_('试算平衡表')} {period.from_on} {period.until_on - DAY}"
    return workbook(title, columns, [*lines, total])


# --- journal ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JournalLine:
    """One posting: a reversal is red, on the side of what it undoes."""

    row: Any
    debit: Decimal | None
    credit: Decimal | None
    balance: Decimal
    side: str


def _journal_line(row: Any) -> JournalLine:
    in_debit = (row.amount > 0) != (row.reverses is not None)
    amount = row.amount if in_debit else -row.amount
    side = _("平") if row.balance == 0 else _("借") if row.balance > 0 else _("贷")
    return JournalLine(row, amount if in_debit else None, None if in_debit else amount, abs(row.balance), side)


def _account(code: str) -> Account:
    found = CHART.get(code)
    if found is None:
        raise NotFound(
            "没有找到该科目，请从试算平衡表进入", "no such account was found; go there from the trial balance"
        )
    return found


def _journal_asked(request: Request) -> tuple[DaysForm, Period]:
    since = request.on.replace(month=1, day=1)
    given = {"since": since.isoformat(), "to": request.on.isoformat()}
    form = DaysForm(given | {name: request.GET[name] for name in given if request.GET.get(name)})
    asked = form.asked()
    return form, Period(asked.get("since", since), asked.get("to", request.on) + DAY)


@staff_only(roles=SEE)
@require_safe
def account_journal(request: Request, book: str, code: str) -> HttpResponseBase:
    """The postings of an account, each with the balance after it."""
    found = access.book_for(actor=request.actor, code=book, on=request.on)
    account = _account(code)
    form, period = _journal_asked(request)
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 7):
        raise BadRequest("page")
    number = max(1, int(text))
    page = journal(book=found, account=account, period=period, page=number)
    days = f"since={period.from_on}&to={period.until_on - DAY}"
    context = {
        "form": form,
        "book": found,
        "account": account,
        "name": account_name(account),
        "normal": _("借") if account.normal_side is Side.DEBIT else _("贷"),
        "lines": [_journal_line(row) for row in page.rows],
        "days": days,
        "before": f"?{days}&page={number - 1}" if number > 1 else "",
        "after": f"?{days}&page={number + 1}" if page.more else "",
        "number": number,
    }
    return TemplateResponse(request, "workbench/ledger/journal.html", context)


@staff_only(roles=SEE)
@require_safe
def journal_export(request: Request, book: str, code: str) -> HttpResponseBase:
    """The same, whole, as an Excel workbook."""
    found = access.book_for(actor=request.actor, code=book, on=request.on)
    account = _account(code)
    _form, period = _journal_asked(request)
    rows = journal(book=found, account=account, period=period, size=ROWS_MOST).rows
    columns = (
        Column(_("日期"), lambda line: line.row.posted_on, "day", 12),
        Column(_("分录号"), lambda line: line.row.entry, "whole", 12),
        Column(_("摘要"), lambda line: line.row.text, width=28),
        Column(_("借方（元）"), lambda line: line.debit, "amount"),
        Column(_("贷方（元）"), lambda line: line.credit, "amount"),
        Column(_("方向"), lambda line: line.side, width=6),
        Column(_("余额（元）"), lambda line: line.balance, "amount"),
    )
    return workbook(f"{_('明细账')} {code}", columns, map(_journal_line, rows))


# --- entries ----------------------------------------------------------------------------------------------------------


@staff_only(roles=SEE)
@require_safe
def entry(request: Request, book: str, number: int) -> HttpResponseBase:
    """One entry: its lines, what it undoes or what undid it, and what it came from."""
    found = access.entry_for(actor=request.actor, book=book, number=number, on=request.on)
    lines = [(line, account_name(line.account)) for line in lines_of(entry=found)]
    context = {
        "entry": found,
        "book": found.book,
        "lines": lines,
        "debits": sum((line.debit or ZERO for line, _name in lines), ZERO),
        "credits": sum((line.credit or ZERO for line, _name in lines), ZERO),
        "reversal": Entry.objects.filter(reverses=found).first(),
        "source": _source(request, found.reverses or found),
    }
    return TemplateResponse(request, "workbench/ledger/entry.html", context)


def _source(request: Request, found: Entry) -> tuple[str, str] | None:
    """What an entry came from, as a text and an address; None for what the actor does not see."""
    kind, _colon, key = found.subject.partition(":")
    who: dict[str, Any] = {"actor": request.actor, "on": request.on}
    if kind == "contributions.bill":
        bill = bills_visible_to(**who).filter(pk=int(key)).first()
        if bill:
            return _("账单 %(number)s") % {"number": bill.number}, reverse("workbench:bill", args=[bill.number])
    if kind == "contributions.payment":
        seen = payments_visible_to(**who).filter(pk=key).select_related("line", "order", "fund__unit")
        paid = seen.first()
        if paid and paid.line:
            place = reverse("workbench:line", args=[paid.fund.unit.code, paid.line.serial])
            return _("银行流水 %(serial)s") % {"serial": paid.line.serial}, place
        if paid and paid.order:
            place = reverse("workbench:order", args=[paid.order.number])
            return _("支付订单 %(number)s") % {"number": paid.order.number}, place
    if kind in ("contributions.reconciliation", "contributions.channeltransfer"):
        return _of_channel(kind, key, who)
    return None


def _of_channel(kind: str, key: str, who: dict[str, Any]) -> tuple[str, str] | None:
    """A day of a channel whose fee was booked, or the line by which it paid out."""
    if kind == "contributions.reconciliation":
        day = reconciliations_visible_to(**who).filter(pk=key).first()
        if day is None:
            return None
        place = reverse("workbench:reconciliation", args=[day.channel, day.day.isoformat()])
        return _("渠道对账 %(day)s") % {"day": f"{day.channel} {day.day}"}, place
    line = lines_visible_to(**who).filter(transfers__pk=key).select_related("fund__unit").first()
    if line is None:
        return None
    place = reverse("workbench:line", args=[line.fund.unit.code, line.serial])
    return _("银行流水 %(serial)s") % {"serial": line.serial}, place


urlpatterns: list[URLPattern] = [
    path("ledger", trial, name="ledger"),
    path("ledger/export", trial_export, name="ledger_export"),
    path("ledger/<str:book>/accounts/<str:code>", account_journal, name="journal"),
    path("ledger/<str:book>/accounts/<str:code>/export", journal_export, name="journal_export"),
    path("ledger/<str:book>/entries/<int:number>", entry, name="entry"),
]
