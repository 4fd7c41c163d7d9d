"""Writing the books. ``post`` and ``reverse`` are the ways in; what happens to contributions has a function each, with its
figures in docs/rules/bookkeeping.md. Benefits have theirs in ``ledger.benefits``."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_keys, subject_of
from mutualaid.core.inserting import Same, insert_columns
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.accounts import numbers_of
from mutualaid.ledger.chart import (
    BANK,
    CONTRIBUTIONS,
    CREDITS,
    IN_TRANSIT,
    RECEIVABLE,
    REFUNDS_PAYABLE,
    UNEARNED,
    UNMATCHED,
    Account,
)
from mutualaid.ledger.lines import LedgerError, Line, Period, check, credit, debit, key
from mutualaid.ledger.models import Book, Entry, Posting
from mutualaid.people.models import Unit

BILLED = "开具互助费账单"


@dataclass(frozen=True)
class Source:
    """Why something is booked: the row that it came from and what happened to it. The same source is booked once only."""

    subject: str
    event: str


@dataclass(frozen=True)
class Share:
    """The part of a bill, or of a payment of it, that is for one plan, one period and one employer."""

    plan: str
    period: Period
    unit: str
    amount: Decimal


class BookExists(LedgerError):
    """A second book under one code."""


@transaction.atomic
def open_book(*, code: str, name: str, unit: Unit | None = None, by: Actor, at: datetime.datetime) -> Book:
    """A new, empty book, of an office or (None) of nobody but the system. Raises BookExists."""
    with within([EVERYTHING]):  # the code may be that of a book elsewhere
        book, is_new = Book.objects.get_or_create(code=code, defaults={"name": name, "unit": unit})
        if not is_new:
            raise BookExists(
                f"账簿编号应未被使用，“{code}”已是“{book.name}”；请换一个编号，或使用已有的账簿",
                f"expected an unused code, {code!r} is already {book.name!r}; take another, or use that book",
            )
        record(what="book_opened", row=book, by=by, at=at)
    return book


# --- entries ----------------------------------------------------------------------------------------------------------


class PostedOtherwise(LedgerError):
    """The source is booked already, with another day, text or other lines."""


class AlreadyReversed(LedgerError):
    """An entry is undone once only."""


class NotReversible(LedgerError):
    """A reversal, or a day before the entry."""


@transaction.atomic
def post(
    *,
    book: Book,
    on: datetime.date,
    text: str,
    source: Source,
    lines: Sequence[Line],
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    """Book an entry. Asked once more for the same source with the same figures, it gives the entry that is there.

    Whoever does something below the office of a book writes in it, without reading it: the fence is lifted for the entry.
    Raises WrongAmount, Unbalanced, PostedOtherwise.
    """
    check(lines)
    with within([EVERYTHING]):
        return _posted(book, on, text, source, lines, by, at)


def _posted(
    book: Book,
    on: datetime.date,
    text: str,
    source: Source,
    lines: Sequence[Line],
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    try:
        with transaction.atomic():
            entry = Entry.objects.create(
                book=book, posted_on=on, posted_at=at, text=text, subject=source.subject, event=source.event
            )
    except IntegrityError:
        there = Entry.objects.filter(book=book, subject=source.subject, event=source.event).first()
        if there is None:
            raise
        _expect_same(there, on, text, lines)
        return there
    accounts = numbers_of(book, (line.account for line in lines))
    Posting.objects.bulk_create(
        Posting(entry=entry, account_id=accounts[line.account], amount=line.amount) for line in lines
    )
    record(what="entry_posted", row=entry, by=by, at=at, subject=source.subject, event=source.event)
    return entry


@transaction.atomic
def reverse(*, entry: Entry, on: datetime.date, text: str, by: Actor, at: datetime.datetime) -> Entry:
    """Undo an entry by its mirror image (红字冲销), on a day of its own. What was right is then posted as another entry.

    Raises NotReversible, AlreadyReversed.
    """
    if entry.reverses_id is not None:
        raise NotReversible(
            f"应为原分录，第 {entry.pk} 号是冲销分录；请重新登记正确的分录",
            f"expected an entry of its own, entry {entry.pk} is a reversal; post what is right as a further entry",
        )
    if on < entry.posted_on:
        raise NotReversible(
            f"冲销日期应不早于原分录的 {entry.posted_on}，得到 {on}；请改正日期",
            f"expected a day not before {entry.posted_on}, found {on}; correct the date",
        )
    with within([EVERYTHING]):
        return _mirrored(entry, on, text, by, at)


def _mirrored(entry: Entry, on: datetime.date, text: str, by: Actor, at: datetime.datetime) -> Entry:
    try:
        with transaction.atomic():
            mirror = Entry.objects.create(
                book_id=entry.book_id,
                posted_on=on,
                posted_at=at,
                text=text,
                subject=subject_of(entry),
                event="reversed",
                reverses=entry,
            )
    except IntegrityError as error:
        there = Entry.objects.filter(reverses=entry).first()
        if there is None:
            raise
        raise AlreadyReversed(
            f"第 {entry.pk} 号分录应未被冲销，已由第 {there.pk} 号于 {there.posted_on} 冲销；请查看该分录",
            f"expected entry {entry.pk} to stand, entry {there.pk} of {there.posted_on} has undone it; look at that one",
        ) from error
    Posting.objects.bulk_create(
        Posting(entry=mirror, account_id=account, amount=-amount)
        for account, amount in entry.postings.order_by("id").values_list("account_id", "amount")
    )
    record(what="entry_reversed", row=entry, by=by, at=at, reversal=mirror.pk)
    return mirror


@transaction.atomic
def reverse_bills(
    *, book: Book, bills: Sequence[str], on: datetime.date, text: str, by: Actor, at: datetime.datetime
) -> int:
    """``reverse`` for the entries by which bills of a book, by their subjects, were issued, in a handful of statements; not
    before the day of any of them. How many. Raises AlreadyReversed."""
    with within([EVERYTHING]):
        entries = list(Entry.objects.filter(book=book, event="issued", subject__in=list(bills)).order_by("id"))
        if not entries:
            return 0
        day = max([on, *(one.posted_on for one in entries)])
        columns: dict[str, Sequence[object] | Same] = {
            "book_id": Same(book.pk),
            "posted_on": Same(day),
            "posted_at": Same(at),
            "text": Same(text),
            "subject": [subject_of(one) for one in entries],
            "event": Same("reversed"),
            "reverses_id": [one.pk for one in entries],
        }
        try:
            with transaction.atomic():
                made = [key for (key,) in insert_columns(Entry, columns, returning=["id"])]
        except IntegrityError as error:
            raise AlreadyReversed(
                "账单的分录应都未被冲销；有的已被冲销，请刷新后再看",
                "expected that no entry of the bills is undone, found one that is; look again",
            ) from error
        mirror = {one.pk: key for one, key in zip(entries, made, strict=True)}
        lines = Posting.objects.filter(entry__in=entries).order_by("id").values_list("entry_id", "account_id", "amount")
        written = list(lines)
        postings: dict[str, Sequence[object] | Same] = {
            "entry_id": [mirror[entry] for entry, _, _ in written],
            "account_id": [account for _, account, _ in written],
            "amount": [-amount for _, _, amount in written],
        }
        insert_columns(Posting, postings)
        keys = [one.pk for one in entries]
        told = [{"reversal": mirror[key]} for key in keys]
        return record_keys(what="entry_reversed", model=Entry, keys=keys, detail=told, by=by, at=at)


def _expect_same(there: Entry, on: datetime.date, text: str, lines: Sequence[Line]) -> None:
    found = sorted((posting.account.key.order, posting.amount) for posting in there.postings.select_related("account"))
    wanted = sorted((line.account.order, line.amount) for line in lines)
    if (there.posted_on, there.text, found) != (on, text, wanted):
        raise PostedOtherwise(
            f"{there.subject} {there.event} 应只登记一次，已有内容不同的第 {there.pk} 号分录；请先冲销它，或换一个来源",
            f"expected {there.subject} {there.event} to be booked once, entry {there.pk} has other contents; "
            "reverse it and name another source",
        )


# --- what happens to contributions ------------------------------------------------------------------------------------


class MatchedTooMuch(LedgerError):
    """More was set against bills than was received."""


def post_bill(
    *, book: Book, bill: str, shares: Sequence[Share], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """A bill is issued: 应收互助费 to 预收互助费. It is no income: cover has not begun."""
    lines = [line for share in shares for line in (_debit(RECEIVABLE, share), _credit(UNEARNED, share))]
    source = Source(bill, "issued")
    return post(book=book, on=on, text=BILLED, source=source, lines=lines, by=by, at=at)


@transaction.atomic
def post_bills(
    *, book: Book, bills: Sequence[tuple[str, Share]], on: datetime.date, by: Actor, at: datetime.datetime
) -> int:
    """``post_bill`` for bills that were just made, each by its subject with its share, in a handful of statements whatever their
    number: members who pay themselves are as many as a roster. How many entries. Raises WrongAmount."""
    each = [(_debit(RECEIVABLE, share), _credit(UNEARNED, share)) for _, share in bills]
    for lines in each:
        check(lines)
    if not each:
        return 0
    told = [{"subject": subject, "event": "issued"} for subject, _ in bills]
    with within([EVERYTHING]):
        columns: dict[str, Sequence[object] | Same] = {
            "book_id": Same(book.pk),
            "posted_on": Same(on),
            "posted_at": Same(at),
            "text": Same(BILLED),
            "subject": [subject for subject, _ in bills],
            "event": Same("issued"),
        }
        keys = [key for (key,) in insert_columns(Entry, columns, returning=["id"])]
        accounts = numbers_of(book, {line.account for lines in each for line in lines})
        written = [(key, line) for key, lines in zip(keys, each, strict=True) for line in lines]
        postings: dict[str, Sequence[object] | Same] = {
            "entry_id": [key for key, _ in written],
            "account_id": [accounts[line.account] for _, line in written],
            "amount": [line.amount for _, line in written],
        }
        insert_columns(Posting, postings)
        return record_keys(what="entry_posted", model=Entry, keys=keys, detail=told, by=by, at=at)


def post_payment(
    *,
    book: Book,
    payment: str,
    amount: Decimal,
    matched: Sequence[Share],
    on: datetime.date,
    in_transit: bool = False,
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    """Money comes in: the part that is matched settles bills, the rest waits as 暂收款. ``in_transit``: a channel has it, and
    pays it out later (``ledger.transit``). Raises MatchedTooMuch."""
    settled = sum((share.amount for share in matched), Decimal(0))
    if settled > amount:
        raise MatchedTooMuch(
            f"核销金额应不超过到账金额 {shown(amount)}，得到 {shown(settled)}；请减少核销，多出的账单留待下次到账",
            f"expected at most {shown(amount)} to be matched, found {shown(settled)}; match less",
        )
    lines = [debit(key(_place(in_transit)), amount), *(_credit(RECEIVABLE, share) for share in matched)]
    if settled < amount:
        lines.append(credit(key(UNMATCHED), amount - settled))
    source = Source(payment, "received")
    return post(book=book, on=on, text="收到互助费", source=source, lines=lines, by=by, at=at)


def post_match(
    *, book: Book, match: str, shares: Sequence[Share], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """Money that waited is found to be for these bills: 暂收款 to 应收互助费."""
    total = sum((share.amount for share in shares), Decimal(0))
    lines = [debit(key(UNMATCHED), total), *(_credit(RECEIVABLE, share) for share in shares)]
    return post(book=book, on=on, text="暂收款核销账单", source=Source(match, "matched"), lines=lines, by=by, at=at)


def post_release(
    *, book: Book, match: str, share: Share, kept_unit: str, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """What was set against a bill is free again, since the bill came to nothing before it was paid in full: 应收互助费 to
    暂收款, or where the rest of that money is kept for the payer's next bill (``kept_unit``: of whom, else empty) to 待抵余额."""
    free = key(CREDITS, unit=kept_unit) if kept_unit else key(UNMATCHED)
    lines = [_debit(RECEIVABLE, share), credit(free, share.amount)]
    return post(
        book=book, on=on, text="账单作废，款项转回暂收款", source=Source(match, "released"), lines=lines, by=by, at=at
    )


def post_credit(
    *, book: Book, kept: str, unit: str, amount: Decimal, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """Money that waits is kept for the next bill of whoever paid it: 暂收款 to 预收互助费-待抵余额."""
    lines = [debit(key(UNMATCHED), amount), credit(key(CREDITS, unit=unit), amount)]
    return post(
        book=book, on=on, text="转作预收，待抵下一张账单", source=Source(kept, "kept"), lines=lines, by=by, at=at
    )


def post_credit_used(
    *, book: Book, match: str, unit: str, share: Share, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """What was kept settles a bill of the payer: 预收互助费-待抵余额 to 应收互助费."""
    lines = [debit(key(CREDITS, unit=unit), share.amount), _credit(RECEIVABLE, share)]
    return post(book=book, on=on, text="预收余额抵缴账单", source=Source(match, "matched"), lines=lines, by=by, at=at)


def post_credit_released(
    *, book: Book, kept: str, unit: str, amount: Decimal, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """What was kept is not kept any longer: 预收互助费-待抵余额 to 暂收款."""
    lines = [debit(key(CREDITS, unit=unit), amount), credit(key(UNMATCHED), amount)]
    return post(book=book, on=on, text="预收余额转回暂收款", source=Source(kept, "released"), lines=lines, by=by, at=at)


def post_income(
    *, book: Book, bill: str, shares: Sequence[Share], on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """Cover begins, ``on`` its first day: 预收互助费 to 会费收入-限定性 of the plan and the period."""
    lines = [line for share in shares for line in (_debit(UNEARNED, share), _credit(CONTRIBUTIONS, share))]
    return post(
        book=book, on=on, text="保障开始，确认会费收入", source=Source(bill, "earned"), lines=lines, by=by, at=at
    )


def post_refund(
    *, book: Book, refund: str, unit: str, amount: Decimal, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """An overpayment is to be given back: 暂收款 to 应付退款."""
    lines = [debit(key(UNMATCHED), amount), credit(key(REFUNDS_PAYABLE, unit=unit), amount)]
    return post(book=book, on=on, text="批准退回多缴款", source=Source(refund, "approved"), lines=lines, by=by, at=at)


def post_refund_of_fee(
    *, book: Book, refund: str, share: Share, earned: bool, on: datetime.date, by: Actor, at: datetime.datetime
) -> Entry:
    """A fee that was paid, or a part of it, is given back: to 应付退款, from 会费收入-限定性 of the plan and the period where
    cover of its bill has begun (``earned``), else from 预收互助费."""
    paid_for = (
        debit(key(CONTRIBUTIONS, plan=share.plan, period=share.period), share.amount)
        if earned
        else _debit(UNEARNED, share)
    )
    lines = [paid_for, credit(key(REFUNDS_PAYABLE, unit=share.unit), share.amount)]
    return post(book=book, on=on, text="退回互助费", source=Source(refund, "approved"), lines=lines, by=by, at=at)


def post_lowered(
    *,
    book: Book,
    lowered: str,
    shares: Sequence[Share],
    rest: bool = False,
    on: datetime.date,
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    """Bills ask for less, since covers came to nothing or ended: 预收互助费 to 应收互助费. ``lowered``: the row for which.
    ``rest``: all that is left of a bill that was lowered before, since it is cancelled."""
    lines = [line for share in shares for line in (_debit(UNEARNED, share), _credit(RECEIVABLE, share))]
    text, source = ("账单作废", "cancelled") if rest else ("调减账单", "lowered")
    return post(book=book, on=on, text=text, source=Source(lowered, source), lines=lines, by=by, at=at)


def post_refund_payment(
    *,
    book: Book,
    refund: str,
    unit: str,
    amount: Decimal,
    on: datetime.date,
    in_transit: bool = False,
    by: Actor,
    at: datetime.datetime,
) -> Entry:
    """The refund has left the bank: 应付退款 to 银行存款. ``in_transit``: a channel gave it back from what it collected."""
    lines = [debit(key(REFUNDS_PAYABLE, unit=unit), amount), credit(key(_place(in_transit)), amount)]
    return post(book=book, on=on, text="支付退款", source=Source(refund, "paid"), lines=lines, by=by, at=at)


def _place(in_transit: bool) -> Account:
    return IN_TRANSIT if in_transit else BANK


def _debit(account: Account, share: Share) -> Line:
    return debit(key(account, plan=share.plan, period=share.period, unit=share.unit), share.amount)


def _credit(account: Account, share: Share) -> Line:
    return credit(key(account, plan=share.plan, period=share.period, unit=share.unit), share.amount)
