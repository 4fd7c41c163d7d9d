"""What the tests of the ledger share: a day, an actor, a book, and entries written as people write them."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal

from django.db import connection

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.ledger.actions import Source, open_book, post
from mutualaid.ledger.chart import BANK, INTEREST, UNMATCHED
from mutualaid.ledger.lines import Line, Period, credit, debit, key
from mutualaid.ledger.models import Book, Entry

AT = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.UTC)
DAY = datetime.date(2026, 3, 2)
FINANCE = Actor(ActorKind.STAFF, "7")
COVER = Period(datetime.date(2026, 4, 1), datetime.date(2027, 4, 1))
MARCH = Period(datetime.date(2026, 3, 1), datetime.date(2026, 4, 1))
_numbers = itertools.count(1)


def new_book() -> Book:
    """A book under a code of its own."""
    return open_book(code=f"book-{next(_numbers)}", name="示例市职工互助保障专户", by=FINANCE, at=AT)


def post_lines(
    book: Book, *lines: Line, on: datetime.date = DAY, event: str = "received", number: int | None = None
) -> Entry:
    """An entry from a source of its own, or from the one of a number."""
    source = Source(f"contributions.payment:{next(_numbers) if number is None else number}", event)
    return post(book=book, on=on, text="到账", source=source, lines=lines, by=FINANCE, at=AT)


def money_in(amount: str) -> tuple[Line, Line]:
    """Lines of money that comes in and waits to be matched."""
    return debit(key(BANK), Decimal(amount)), credit(key(UNMATCHED), Decimal(amount))


def interest(amount: str) -> tuple[Line, Line]:
    """Lines of interest that the bank pays."""
    return debit(key(BANK), Decimal(amount)), credit(key(INTEREST), Decimal(amount))


def check_now() -> None:
    """What PostgreSQL checks at the end of a transaction, now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
