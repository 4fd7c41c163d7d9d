"""What happens to benefits, written into the books: approved, paid, returned, undone, too much, given back, moved from plan to
plan. See docs/rules/bookkeeping.md.

The row that an approval or a payment comes from is new, so that no entry for it can be there: a second one is refused by the
database as a whole, and the few statements of the hot path need no savepoint. Each function must be called in a transaction.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import NotInTransaction, record
from mutualaid.core.inserting import insert
from mutualaid.core.row_security import EVERYTHING, SETTING, within
from mutualaid.ledger.accounts import numbers_of
from mutualaid.ledger.actions import Source, reverse
from mutualaid.ledger.chart import (
    BANK,
    BENEFITS,
    BENEFITS_BACK,
    BENEFITS_PAYABLE,
    RESTRICTED_NET_ASSETS,
    UNMATCHED,
    Account,
)
from mutualaid.ledger.lines import AccountKey, LedgerError, Line, Period, check, credit, debit, key
from mutualaid.ledger.models import Book, Entry, Posting

APPROVED, PAID, SETTLED, SET_OFF, REPAID = "approved", "paid", "settled", "set_off", "repaid"


@dataclass(frozen=True)
class BenefitShare:
    """The part of a benefit that a plan bears, for one period of cover."""

    plan: str
    period: Period
    amount: Decimal


class NotBooked(LedgerError):
    """What is to be undone was never booked."""


def post_benefit(
    *, book: Book, subject: str, shares: Sequence[BenefitShare], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """A benefit is approved: 业务活动成本-互助金 to 应付互助金, by plan and period. ``subject``: the row that it is approved
    for; a second approval of the same row is refused by the database (IntegrityError). Raises WrongAmount, Unbalanced."""
    lines = [
        line
        for share in shares
        for line in (debit(_of(BENEFITS, share), share.amount), credit(_of(BENEFITS_PAYABLE, share), share.amount))
    ]
    return _post_new(book, on, "批准互助金", Source(subject, APPROVED), lines, by, at)


def post_benefit_taken_over(
    *, book: Book, subject: str, shares: Sequence[BenefitShare], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """A benefit that another system approved and did not pay is owed here: 限定性净资产 of the plan and period to 应付互助金,
    since its cost stands in the other system's books. Stopping it undoes this entry. Once for a row (IntegrityError).
    Raises WrongAmount."""
    lines = [debit(_of(RESTRICTED_NET_ASSETS, share), share.amount) for share in shares]
    lines += [credit(_of(BENEFITS_PAYABLE, share), share.amount) for share in shares]
    return _post_new(book, on, "接管应付互助金", Source(subject, APPROVED), lines, by, at)


def post_benefit_payment(
    *, book: Book, subject: str, shares: Sequence[BenefitShare], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """The bank has paid a benefit: 应付互助金 to 银行存款. The same row is paid once (IntegrityError).
    Raises WrongAmount, Unbalanced."""
    total = sum((share.amount for share in shares), Decimal(0))
    lines = [*(debit(_of(BENEFITS_PAYABLE, share), share.amount) for share in shares), credit(key(BANK), total)]
    return _post_new(book, on, "支付互助金", Source(subject, PAID), lines, by, at)


def post_benefit_return(*, book: Book, subject: str, on: datetime.date, by: Actor, at: datetime.datetime) -> Entry:
    """A payment came back: its entry in red; the benefit is owed again. Raises NotBooked, AlreadyReversed."""
    return _undo(book, subject, PAID, on, "互助金退票", by, at)


def undo_benefit(*, book: Book, subject: str, on: datetime.date, by: Actor, at: datetime.datetime) -> Entry:
    """An approval is undone before payment: its entry in red. Raises NotBooked, AlreadyReversed."""
    return _undo(book, subject, APPROVED, on, "撤销已批准的互助金", by, at)


def post_settled(
    *,
    book: Book,
    subject: str,
    cost: Sequence[BenefitShare],
    back: Sequence[BenefitShare],
    on: datetime.date,
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    """A later decision comes to something else than was ordered, and what left does not change any more. ``cost``: how much more
    业务活动成本-互助金 each plan and period bears by it than was booked, or (negative) less; ``back``: how much more is the
    member's to return, 其他应收款-应退互助金, or less. Both come to zero together: what one plan was charged too much another
    takes over, or the member owes. ``subject``: the row by which it was found, once (IntegrityError). Raises WrongAmount,
    Unbalanced."""
    lines = [*(_more(BENEFITS_BACK, one) for one in back), *(_more(BENEFITS, one) for one in cost)]
    owed = sum(one.amount for one in back)
    text = "多付互助金，应由会员退回" if owed > 0 else "应退互助金减少" if owed < 0 else "互助金在计划之间结转"
    lines.sort(key=lambda line: line.amount < 0)
    return _post_new(book, on, text, Source(subject, SETTLED), lines, by, at)


def post_set_off(
    *,
    book: Book,
    subject: str,
    out_of: BenefitShare,
    into: BenefitShare,
    on: datetime.date,
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    """What was paid for one claim by a plan counts for another claim, which another plan bears: that one takes the cost over. The
    amounts are equal. ``subject``: the row that says so, once (IntegrityError). Raises WrongAmount, Unbalanced."""
    lines = [debit(_of(BENEFITS, into), into.amount), credit(_of(BENEFITS, out_of), out_of.amount)]
    return _post_new(book, on, "互助金相抵，在计划之间结转", Source(subject, SET_OFF), lines, by, at)


def post_repayment(
    *, book: Book, subject: str, shares: Sequence[BenefitShare], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """Money that waited is what a member gives back: 暂收款 to 其他应收款-应退互助金 of the plans that paid too much. Once for a
    row (IntegrityError). Raises WrongAmount, Unbalanced."""
    total = sum((share.amount for share in shares), Decimal(0))
    lines = [debit(key(UNMATCHED), total), *(credit(_of(BENEFITS_BACK, share), share.amount) for share in shares)]
    return _post_new(book, on, "会员退回多付的互助金", Source(subject, REPAID), lines, by, at)


def _more(account: Account, share: BenefitShare) -> Line:
    """More on an account that grows by debits, or less."""
    return (debit if share.amount > 0 else credit)(_of(account, share), abs(share.amount))


@transaction.atomic
def _undo(
    book: Book, subject: str, event: str, on: datetime.date, text: str, by: Actor, at: datetime.datetime
) -> Entry:
    with within([EVERYTHING]):
        entry = Entry.objects.filter(book=book.pk, subject=subject, event=event).first()
        if entry is None:
            raise NotBooked(
                f"{subject} 应已登记 {event} 分录，账簿中没有；请先核对账簿",
                f"expected an entry {event!r} for {subject}, the book has none; look at the book first",
            )
        return reverse(entry=entry, on=max(on, entry.posted_on), text=text, by=by, at=at)


def _of(account: Account, share: BenefitShare) -> AccountKey:
    return key(account, plan=share.plan, period=share.period)


def _post_new(
    book: Book, on: datetime.date, text: str, source: Source, lines: Sequence[Line], by: Actor, at: datetime.datetime
) -> Entry:
    check(lines)
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{source.event} {source.subject}: expected an open transaction, found none")
    # Whoever decides below the office of a book writes in it, without reading it. All that can fail from here on is the
    # database, and then the transaction with what it was told: so the fence is lifted and set again without a savepoint.
    told = _tell(EVERYTHING)
    entry = insert(
        Entry(book_id=book.pk, posted_on=on, posted_at=at, text=text, subject=source.subject, event=source.event)
    )
    numbers = numbers_of(book, (line.account for line in lines))
    Posting.objects.bulk_create(
        Posting(entry=entry, account_id=numbers[line.account], amount=line.amount) for line in lines
    )
    record(what="entry_posted", row=entry, by=by, at=at, subject=source.subject, event=source.event)
    if told != EVERYTHING:
        _tell(told)
    return entry


def _tell(branches: str) -> str:
    """Tell the transaction what it may see; what it was told before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true)", [SETTING, SETTING, branches]
        )
        (before, _) = cursor.fetchone()
    return str(before)
