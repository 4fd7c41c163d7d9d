"""Whatever is posted and undone, in whatever order: the books balance, and agree with a recount in whole fen."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mutualaid.ledger.actions import AlreadyReversed, NotReversible, reverse
from mutualaid.ledger.chart import CHART, Dimension
from mutualaid.ledger.lines import AccountKey, Line, Period, key
from mutualaid.ledger.models import Entry
from mutualaid.ledger.queries import balances, trial_balance
from tests.ledger.books import AT, COVER, DAY, FINANCE, check_now, new_book, post_lines

ACCOUNTS = st.builds(
    lambda account, plan, period, unit: key(account, plan=plan, period=period, unit=unit),
    st.sampled_from(list(CHART.values())),
    st.sampled_from(["gx-1", "gx-2"]),
    st.sampled_from([COVER, Period(COVER.until_on, datetime.date(2028, 4, 1))]),
    st.sampled_from(["U1", "U2"]),
)
DAYS = st.integers(0, 60).map(lambda days: DAY + datetime.timedelta(days=days))
FEN = st.integers(-(10**8), 10**8).filter(bool)


@st.composite
def whole_entries(draw: st.DrawFn) -> list[tuple[AccountKey, int]]:
    """Accounts and fen that sum to zero, debit positive."""
    parts = draw(st.lists(st.tuples(ACCOUNTS, FEN), min_size=1, max_size=4))
    rest = -sum(fen for _, fen in parts)
    return [*parts, (draw(ACCOUNTS), rest)] if rest else [*parts, (draw(ACCOUNTS), 7), (draw(ACCOUNTS), -7)]


POST = st.tuples(st.just("post"), DAYS, whole_entries())
UNDO = st.tuples(st.just("undo"), DAYS, st.integers(0, 9))


@pytest.mark.django_db
@settings(max_examples=40)
@given(st.lists(st.one_of(POST, UNDO), min_size=1, max_size=8), DAYS, DAYS)
def test_the_books_agree_with_a_recount(
    steps: list[tuple[str, datetime.date, list[tuple[AccountKey, int]] | int]], one: datetime.date, other: datetime.date
) -> None:
    period = Period(min(one, other), max(one, other) + datetime.timedelta(days=1))
    with transaction.atomic():
        book = new_book()
        entries: list[Entry] = []
        counted: list[tuple[datetime.date, list[tuple[AccountKey, int]]]] = []  # written beside the books, in fen
        undone: set[int] = set()
        originals: list[int] = []  # places in both lists
        red: list[bool] = []
        for what, on, content in steps:
            if isinstance(content, list):
                originals.append(len(entries))
                lines = [Line(account, Decimal(fen).scaleb(-2)) for account, fen in content]
                entries.append(post_lines(book, *lines, on=on))
                counted.append((on, content))
                red.append(False)
            elif originals:
                assert what == "undo"
                place = originals[content % len(originals)]
                if place in undone or on < counted[place][0]:
                    with pytest.raises((AlreadyReversed, NotReversible)):
                        reverse(entry=entries[place], on=on, text="冲销", by=FINANCE, at=AT)
                    continue
                undone.add(place)
                entries.append(reverse(entry=entries[place], on=on, text="冲销", by=FINANCE, at=AT))
                counted.append((on, [(account, -fen) for account, fen in counted[place][1]]))
                red.append(True)
        check_now()

        last = balances(book=book, on=period.until_on - datetime.timedelta(days=1), split_by=tuple(Dimension), size=500)
        wanted: Counter[AccountKey] = Counter()
        sums: Counter[tuple[str, str]] = Counter()
        for (on, content), mirrored in zip(counted, red, strict=True):
            for account, fen in content:
                if on < period.until_on:
                    wanted[account] += fen
                    sums[account.code, "closing"] += fen
                if on < period.from_on:
                    sums[account.code, "opening"] += fen
                elif on < period.until_on:
                    side = "debits" if (fen > 0) != mirrored else "credits"
                    sums[account.code, side] += fen if side == "debits" else -fen
        found = {
            AccountKey(row.account.code, row.plan, row.period, row.unit): int(row.amount.scaleb(2)) for row in last.rows
        }
        assert found == {account: fen for account, fen in wanted.items() if fen}

        trial = trial_balance(book=book, period=period)
        assert trial.opening == trial.closing == 0
        assert trial.debits == trial.credits
        shown = {
            (row.account.code, side): int(getattr(row, side).scaleb(2))
            for row in trial.rows
            for side in ("opening", "debits", "credits", "closing")
        }
        assert {place: fen for place, fen in shown.items() if fen} == {place: fen for place, fen in sums.items() if fen}
        transaction.set_rollback(True)
