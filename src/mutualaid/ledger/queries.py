"""Reading the books: balances, the trial balance, the journal of an account, the fund by plan. One SQL statement each."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value, Window
from django.db.models.functions import Coalesce

from mutualaid.core.money import MoneyField
from mutualaid.ledger.chart import (
    BENEFITS,
    BENEFITS_BACK,
    BENEFITS_PAYABLE,
    CHART,
    CONTRIBUTIONS,
    RESTRICTED_NET_ASSETS,
    Account,
    Dimension,
)
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book, Entry, Posting
from mutualaid.people.models import Unit

PAGE_SIZE = 100
_ZERO = Value(Decimal("0.00"), output_field=MoneyField())
_COLUMNS = {
    Dimension.PLAN: ("account__plan",),
    Dimension.PERIOD: ("account__period_from_on", "account__period_until_on"),
    Dimension.UNIT: ("account__unit",),
}
# A reversal is counted in red, on the side of what it undoes: turnover then is what really happened.
_STANDS = Q(entry__reverses__isnull=True)
_DEBIT = (Q(amount__gt=0) & _STANDS) | (Q(amount__lt=0) & ~_STANDS)
_CREDIT = (Q(amount__lt=0) & _STANDS) | (Q(amount__gt=0) & ~_STANDS)

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list; ``number`` counts from 1, ``more`` tells whether another page follows."""

    rows: tuple[Row, ...]
    number: int
    more: bool


@dataclass(frozen=True)
class Balance:
    """What an account holds, debit positive. A dimension that was not asked for is empty."""

    account: Account
    plan: str
    period: Period | None
    unit: str
    amount: Decimal


@dataclass(frozen=True)
class TrialRow:
    """An account over a period. Opening and closing are debit positive; debits and credits are turnover, reversals in red."""

    account: Account
    opening: Decimal
    debits: Decimal
    credits: Decimal
    closing: Decimal


@dataclass(frozen=True)
class TrialBalance:
    """All accounts of a book over a period, in the order of codes."""

    period: Period
    rows: tuple[TrialRow, ...]

    @property
    def opening(self) -> Decimal:
        """Zero, or the books are broken; so is ``closing``."""
        return sum((row.opening for row in self.rows), Decimal(0))

    @property
    def debits(self) -> Decimal:
        """As much as ``credits``."""
        return sum((row.debits for row in self.rows), Decimal(0))

    @property
    def credits(self) -> Decimal:
        """As much as ``debits``."""
        return sum((row.credits for row in self.rows), Decimal(0))

    @property
    def closing(self) -> Decimal:
        """Zero."""
        return sum((row.closing for row in self.rows), Decimal(0))


@dataclass(frozen=True)
class JournalRow:
    """One posting with the entry that it belongs to; ``balance`` is what the account held after it."""

    entry: int
    posted_on: datetime.date
    text: str
    subject: str
    event: str
    reverses: int | None
    amount: Decimal
    balance: Decimal


def balances(
    *,
    book: Book,
    on: datetime.date,
    account: Account | None = None,
    plan: str | None = None,
    period: Period | None = None,
    unit: str | None = None,
    split_by: Sequence[Dimension] = (),
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[Balance]:
    """What accounts hold at the end of a day, those of a plan, period or unit if given, by account and the dimensions asked for.

    Accounts that hold nothing are left out.
    """
    wanted = _postings(book, account, plan, period, unit).filter(entry__posted_on__lte=on)
    columns = [
        "account__code",
        *(column for dimension in Dimension if dimension in split_by for column in _COLUMNS[dimension]),
    ]
    found = wanted.values(*columns).annotate(held=Sum("amount")).exclude(held=0).order_by(*columns)
    return _page(found, _balance, page, size)


def trial_balance(*, book: Book, period: Period) -> TrialBalance:
    """Every account that was ever posted to before the period's end: what it held, its turnover, what it holds."""
    before = Q(entry__posted_on__lt=period.from_on)
    found = (
        _postings(book, None, None, None, None)
        .filter(entry__posted_on__lt=period.until_on)
        .values("account__code")
        .annotate(
            opening=Coalesce(Sum("amount", filter=before), _ZERO),
            debits=Coalesce(Sum("amount", filter=~before & _DEBIT), _ZERO),
            credits=Coalesce(Sum(-F("amount"), filter=~before & _CREDIT, output_field=MoneyField()), _ZERO),
            closing=Sum("amount"),
        )
        .order_by("account__code")
    )
    return TrialBalance(
        period,
        tuple(
            TrialRow(CHART[row["account__code"]], row["opening"], row["debits"], row["credits"], row["closing"])
            for row in found
        ),
    )


def journal(
    *,
    book: Book,
    account: Account,
    period: Period,
    plan: str | None = None,
    cover_period: Period | None = None,
    unit: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[JournalRow]:
    """The postings of an account in a period, by day and then as they came, each with the balance after it."""
    of_account = _postings(book, account, plan, cover_period, unit)
    opening = (
        of_account.filter(entry__posted_on__lt=period.from_on)
        .values("account__code")
        .annotate(held=Sum("amount"))
        .order_by()
        .values("held")
    )
    found = (
        of_account.filter(entry__posted_on__gte=period.from_on, entry__posted_on__lt=period.until_on)
        .annotate(
            since=Window(Sum("amount"), order_by=[F("entry__posted_on").asc(), F("id").asc()]),
            balance=F("since") + Coalesce(Subquery(opening, output_field=MoneyField()), _ZERO),
        )
        .order_by("entry__posted_on", "id")
        .values(
            *("entry_id", "entry__posted_on", "entry__text", "entry__subject", "entry__event", "entry__reverses"),
            *("amount", "balance"),
        )
    )
    return _page(found, lambda row: JournalRow(*row.values()), page, size)


@dataclass(frozen=True)
class UnitTurnover:
    """What happened in a period to an account that is split by plan and unit: turnover as in ``TrialRow``, and what it held at
    the end, debit positive."""

    account: Account
    plan: str
    unit: str
    debits: Decimal
    credits: Decimal
    closing: Decimal


def turnover_by_unit(*, accounts: Collection[Account], units: QuerySet[Unit], period: Period) -> list[UnitTurnover]:
    """Of some accounts, in whatever books the asker sees, the part of some units by plan and unit. One statement."""
    begun = Q(entry__posted_on__gte=period.from_on)
    found = (
        Posting.objects.filter(
            account__code__in=[account.code for account in accounts],
            account__unit__in=units.values("code"),
            entry__posted_on__lt=period.until_on,
        )
        .values_list("account__code", "account__plan", "account__unit")
        .annotate(
            debits=Coalesce(Sum("amount", filter=begun & _DEBIT), _ZERO),
            credits=Coalesce(Sum(-F("amount"), filter=begun & _CREDIT, output_field=MoneyField()), _ZERO),
            closing=Sum("amount"),
        )
        .order_by("account__code", "account__plan", "account__unit")
    )
    return [UnitTurnover(CHART[code], *rest) for code, *rest in found]


def held_by_office(*, account: Account, offices: QuerySet[Unit], on: datetime.date) -> dict[str, Decimal]:
    """What an account holds at the end of a day in the books of some offices, by the office's path, debit positive; 0 for a book
    in which it was never used."""
    rows = Posting.objects.filter(entry__book=OuterRef("pk"), account__code=account.code, entry__posted_on__lte=on)
    held = Subquery(rows.order_by().values("entry__book").annotate(held=Sum("amount")).values("held"))
    found = Book.objects.filter(unit__in=offices).annotate(held=Coalesce(held, _ZERO)).order_by("unit__path")
    totals: dict[str, Decimal] = {}
    for path, amount in found.values_list("unit__path", "held"):
        totals[path] = totals.get(path, Decimal(0)) + amount
    return totals


def entries_of(*, books: QuerySet[Book], subjects: Sequence[str]) -> QuerySet[Entry]:
    """What was booked for some rows, in the books that somebody sees, by day: with the sum of each entry's debits."""
    found = Entry.objects.filter(book__in=books, subject__in=subjects).select_related("book")
    total = Sum("postings__amount", filter=Q(postings__amount__gt=0))
    return found.annotate(total=total).order_by("posted_on", "id")


def held_for(*, subjects: Sequence[str], account: Account) -> dict[tuple[str, Period], Decimal]:
    """What was booked for some rows on an account that is split by plan and period, debit positive; without what is zero."""
    rows = Posting.objects.filter(entry__subject__in=subjects, account__code=account.code).order_by()
    sums = rows.values_list("account__plan", "account__period_from_on", "account__period_until_on")
    found = sums.annotate(held=Sum("amount")).exclude(held=0)
    return {(plan, Period(from_on, until_on)): held for plan, from_on, until_on, held in found}


@dataclass(frozen=True)
class EntryLine:
    """One line of an entry as it is read: a debit or a credit; those of a reversal are red, on the side of what it undoes."""

    account: Account
    plan: str
    period: Period | None
    unit: str
    debit: Decimal | None
    credit: Decimal | None


def lines_of(*, entry: Entry) -> tuple[EntryLine, ...]:
    """The lines of an entry, in the order in which they were written."""
    red = entry.reverses_id is not None
    found = []
    for posting in entry.postings.select_related("account").order_by("id"):
        held, in_debit = posting.account.key, (posting.amount > 0) != red
        amount = posting.amount if in_debit else -posting.amount
        sides = (amount, None) if in_debit else (None, amount)
        found.append(EntryLine(CHART[held.code], held.plan, held.period, held.unit, *sides))
    return tuple(found)


def _postings(
    book: Book, account: Account | None, plan: str | None, period: Period | None, unit: str | None
) -> QuerySet[Posting]:
    wanted = Q(entry__book=book)
    if account is not None:
        wanted &= Q(account__code=account.code)
    if plan is not None:
        wanted &= Q(account__plan=plan)
    if period is not None:
        wanted &= Q(account__period_from_on=period.from_on, account__period_until_on=period.until_on)
    if unit is not None:
        wanted &= Q(account__unit=unit)
    return Posting.objects.filter(wanted)


def _balance(row: dict[str, Any]) -> Balance:
    begins, ends = row.get("account__period_from_on"), row.get("account__period_until_on")
    return Balance(
        CHART[row["account__code"]],
        row.get("account__plan", ""),
        Period(begins, ends) if begins is not None and ends is not None else None,
        row.get("account__unit", ""),
        row["held"],
    )


def _page(found: Any, made: Callable[[dict[str, Any]], Row], number: int, size: int) -> Page[Row]:
    """One row more than the page holds is read, to know whether another follows."""
    first = (number - 1) * size
    rows = list(found[first : first + size + 1])
    return Page(tuple(made(row) for row in rows[:size]), number, len(rows) > size)


@dataclass(frozen=True)
class PlanFund:
    """The fund of a plan in one period: net assets taken over from another system (what was owed then is taken off), income
    earned, benefits approved, paid (what came back left out) and still payable, taken over from other plans by setting off
    (below zero: by other plans), what members have to return, and what is left after all that was approved; below zero when more
    was approved than came in."""

    plan: str
    period: Period
    opening: Decimal
    income: Decimal
    approved: Decimal
    paid: Decimal
    payable: Decimal
    moved: Decimal = Decimal(0)
    back: Decimal = Decimal(0)

    @property
    def balance(self) -> Decimal:
        """What was taken over, and income, less benefits approved."""
        return self.opening + self.income - self.approved


def fund_by_plan(*, book: Book, on: datetime.date) -> tuple[PlanFund, ...]:
    """The fund of a book by plan and period, as it stands at the end of a day; the latest period first within a plan. Net assets
    that belong to no plan are left out."""
    accounts = (RESTRICTED_NET_ASSETS, CONTRIBUTIONS, BENEFITS, BENEFITS_PAYABLE, BENEFITS_BACK)
    of_payment = Q(entry__event="paid") | Q(entry__reverses__event="paid")
    # What is the member's to return is no other plan's: it stands on both accounts, and comes to nothing.
    by_setting_off = Q(account__code__in=[BENEFITS.code, BENEFITS_BACK.code], entry__event__in=["settled", "set_off"])
    columns = ("account__plan", "account__period_from_on", "account__period_until_on")
    sums = {
        "opening": Coalesce(Sum("amount", filter=Q(account__code=RESTRICTED_NET_ASSETS.code)), _ZERO),
        "income": Coalesce(Sum("amount", filter=Q(account__code=CONTRIBUTIONS.code)), _ZERO),
        "approved": Coalesce(Sum("amount", filter=Q(account__code=BENEFITS.code)), _ZERO),
        "paid": Coalesce(Sum("amount", filter=Q(account__code=BENEFITS_PAYABLE.code) & of_payment), _ZERO),
        "payable": Coalesce(Sum("amount", filter=Q(account__code=BENEFITS_PAYABLE.code)), _ZERO),
        "moved": Coalesce(Sum("amount", filter=by_setting_off), _ZERO),
        "back": Coalesce(Sum("amount", filter=Q(account__code=BENEFITS_BACK.code)), _ZERO),
    }
    codes = [account.code for account in accounts]
    found = Posting.objects.filter(entry__book=book, entry__posted_on__lte=on, account__code__in=codes)
    rows = (
        found.exclude(account__plan="")
        .values(*columns)
        .annotate(**sums)
        .order_by(columns[0], f"-{columns[1]}", columns[2])
    )
    return tuple(
        PlanFund(
            row["account__plan"],
            Period(row["account__period_from_on"], row["account__period_until_on"]),
            -row["opening"],
            -row["income"],
            row["approved"],
            row["paid"],
            -row["payable"],
            row["moved"],
            row["back"],
        )
        for row in rows
    )


def held_in(*, book: Book, account: Account) -> Decimal:
    """What an account of a book holds as a whole (yuan), debit positive."""
    rows = Posting.objects.filter(entry__book=book, account__code=account.code)
    return rows.aggregate(held=Sum("amount"))["held"] or Decimal(0)


def payable(*, book: Book) -> Decimal:
    """Benefits that are approved and not paid yet, in a book as a whole."""
    return -held_in(book=book, account=BENEFITS_PAYABLE)
