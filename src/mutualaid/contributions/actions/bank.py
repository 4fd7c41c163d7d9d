"""Paying by bank transfer: statements are imported, their lines matched to bills by finance, never silently."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from mutualaid.contributions.actions.settling import receive
from mutualaid.contributions.bank.csv_file import columns_asked
from mutualaid.contributions.bank.layouts import LayoutWrong, check_layout, fingerprint, plain
from mutualaid.contributions.matching import clear_hits
from mutualaid.contributions.models import Bill, Fund, Payment, Statement, StatementLayout, StatementLine
from mutualaid.contributions.queries import preview
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.states import STATEMENT_LINE
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import IllegalMove, make


class NoBill(Refused):
    """A line is matched to one bill or more."""


@transaction.atomic
def import_statement(*, fund: Fund, file: StoredFile, by: Actor, at: datetime.datetime) -> Statement:
    """The credits of a bank's file become lines; those whose serial is known are skipped and counted. All or nothing.

    Raises StatementRefused with every fault: line, what was expected, what was found.
    """
    # Two files of one account at a time: the second then knows the serials of the first.
    fund = Fund.objects.select_for_update(no_key=True, of=("self",)).get(pk=fund.pk)
    found = preview(fund=fund, data=papers.read(file))
    statement = Statement.objects.create(
        fund=fund, file=file, at=at, lines_read=len(found.reading.credits), lines_new=len(found.fresh)
    )
    for movement in found.fresh:
        StatementLine.objects.create(
            statement=statement,
            fund=fund,
            serial=movement.serial,
            booked_on=movement.booked_on,
            amount=movement.amount,
            payer_name=movement.payer_name,
            payer_account=movement.payer_account or None,
            text=movement.text,
        )
    figures = {"lines_read": statement.lines_read, "lines_new": statement.lines_new}
    record(what="statement_imported", row=statement, by=by, at=at, **figures)
    return statement


class ColumnsWrong(Refused):
    """The columns that were chosen make up no statement, or are not those of the file."""


@transaction.atomic
def keep_layout(
    *, fund: Fund, file: StoredFile, columns: Mapping[str, str], by: Actor, at: datetime.datetime
) -> StatementLayout:
    """Finance says which column of a bank's file is which: by the word of a column its meaning, empty for one that is not read.
    It is remembered for the account. Raises ColumnsWrong."""
    asked = columns_asked(papers.read(file), {}, again=True)
    words = [plain(word) for word in asked.headers] if asked else []
    layout = {word: columns.get(word, "") for word in words if word}
    try:
        check_layout(layout)
    except LayoutWrong as wrong:
        raise ColumnsWrong(wrong.zh, wrong.en) from None
    found, _made = StatementLayout.objects.update_or_create(
        fund=fund, fingerprint=fingerprint(words), defaults={"columns": layout, "at": at}
    )
    record(what="statement_columns_told", row=found, by=by, at=at, columns=len(layout))
    return found


@transaction.atomic
def match_line(
    *, line: StatementLine, bills: Sequence[Bill], inexact: bool = False, by: Actor, at: datetime.datetime
) -> Payment:
    """Money of a line is for these bills. Unless ``inexact``, they must make it up exactly; else what is short stays to be paid,
    and what is over waits as 暂收款. Raises NoBill, WrongSum, OtherFund, RanOut, IllegalMove (line or bill: somebody was
    quicker)."""
    if not bills:
        raise NoBill(
            "应至少选择一张账单，未选择；请选择账单，或将款项记入暂收款",
            "expected one bill or more, found none; choose bills, or hold the money as unmatched",
        )
    return _received(line, bills, by, at, inexact=inexact)


@dataclass(frozen=True)
class Cleared:
    """What became of clear hits: how many lines were matched, and which are no longer clear."""

    matched: int
    left: tuple[StatementLine, ...]


@transaction.atomic
def match_clear_lines(*, shown: Mapping[StatementLine, str], by: Actor, at: datetime.datetime) -> Cleared:
    """Lines of which it is clear what they are for are matched in one go. ``shown``: the number of the bill that was shown beside
    each; where something else is clear by now, or nothing, the line is left. Raises nothing that other people cause."""
    hits = clear_hits(lines=shown)
    left = []
    for line, number in shown.items():
        bill = hits.get(line.pk)
        try:
            if bill is None or bill.number != number:
                raise NoBill("", "")
            with transaction.atomic():
                _received(line, [bill], by, at)
        except (Refused, IllegalMove):
            left.append(line)
    return Cleared(len(shown) - len(left), tuple(left))


@transaction.atomic
def hold_line(*, line: StatementLine, reason: str, by: Actor, at: datetime.datetime) -> Payment:
    """Money of a line is kept as 暂收款 until it is known what it is for, or given back: a bill paid twice, too much, too
    little. Raises NoReason, IllegalMove."""
    StatementLine.objects.filter(pk=line.pk).update(remark=said(reason))
    return _received(line, [], by, at)


@transaction.atomic
def set_line_aside(*, line: StatementLine, reason: str, by: Actor, at: datetime.datetime) -> StatementLine:
    """The line is none of ours. Raises NoReason, IllegalMove."""
    reason = said(reason)
    line = make(line, STATEMENT_LINE, "set_line_aside", by=by, at=at)
    line.remark = reason
    line.save(update_fields=["remark"])
    return line


@transaction.atomic
def take_line_back(*, line: StatementLine, by: Actor, at: datetime.datetime) -> StatementLine:
    """A line that was set aside is looked at again. Raises IllegalMove."""
    return make(line, STATEMENT_LINE, "take_line_back", by=by, at=at)


def _received(
    line: StatementLine, bills: Sequence[Bill], by: Actor, at: datetime.datetime, *, inexact: bool = False
) -> Payment:
    line = make(line, STATEMENT_LINE, "match_line", by=by, at=at)
    payment = Payment.objects.create(fund=line.fund, amount=line.amount, received_on=line.booked_on, line=line, at=at)
    return receive(payment=payment, bills=bills, inexact=inexact, by=by, at=at)
