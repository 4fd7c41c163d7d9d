"""Money on its way from payment channels: what they keep as their fee, what they pay out, what is made good to the fund.
Figures in docs/rules/bookkeeping.md, sections C1 to C6."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.actions import Source, post, reverse
from mutualaid.ledger.chart import BANK, FEES_BACK, IN_TRANSIT
from mutualaid.ledger.lines import credit, debit, key
from mutualaid.ledger.models import Book, Entry


def post_channel_fees(
    *, book: Book, day: str, amount: Decimal, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """A channel keeps its fee of a day: 其他应收款-应补支付服务费 to 在途. It is no cost of the fund: whoever runs the scheme
    owes it. Below zero: more was given back, with refunds, than kept."""
    kept, owed = key(IN_TRANSIT), key(FEES_BACK)
    lines = [debit(owed, amount), credit(kept, amount)] if amount > 0 else [debit(kept, -amount), credit(owed, -amount)]
    return post(book=book, on=on, text="支付渠道扣收服务费", source=Source(day, "fees"), lines=lines, by=by, at=at)


def post_channel_settlement(
    *, book: Book, settlement: str, amount: Decimal, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """A channel has paid out what it collected: 银行存款 to 在途."""
    lines = [debit(key(BANK), amount), credit(key(IN_TRANSIT), amount)]
    return post(
        book=book, on=on, text="支付渠道结算到账", source=Source(settlement, "settled"), lines=lines, by=by, at=at
    )


def post_fees_made_good(
    *, book: Book, transfer: str, amount: Decimal, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """Whoever runs the scheme has made fees good to the fund: 银行存款 to 其他应收款-应补支付服务费."""
    lines = [debit(key(BANK), amount), credit(key(FEES_BACK), amount)]
    return post(
        book=book, on=on, text="补足支付服务费", source=Source(transfer, "made_good"), lines=lines, by=by, at=at
    )


def undo_transfer_entry(*, book: Book, transfer: str, on: datetime.date, by: Actor, at: datetime.datetime) -> Entry:
    """A line of the bank was no transfer of a channel, or another one: its entry is undone in red, on the day on which that was
    found, never an earlier one, which may be reported already. Raises AlreadyReversed."""
    with within([EVERYTHING]):
        entry = Entry.objects.get(book=book, subject=transfer, event__in=("settled", "made_good"))
        text = f"撤销第 {entry.pk} 号分录（{entry.text}）"
        return reverse(entry=entry, on=max(on, entry.posted_on), text=text, by=by, at=at)
