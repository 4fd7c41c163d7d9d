"""Half an entry can never be committed: what PostgreSQL itself refuses, asked by plain SQL on a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from mutualaid.ledger.actions import reverse
from mutualaid.ledger.models import Book, Entry, LedgerAccount, Posting
from tests.ledger.books import AT, DAY, FINANCE, interest, money_in, new_book, post_lines

pytestmark = pytest.mark.django_db(transaction=True)

ENTRY = (
    "INSERT INTO ledger_entry (book_id, posted_on, posted_at, text, subject, event, reverses_id, written_in)"
    " VALUES (%s, '2026-03-02', '2026-03-02 09:30+08', 'x', %s, 'x', %s, %s) RETURNING id"
)
POSTING = "INSERT INTO ledger_posting (entry_id, account_id, amount) VALUES (%s, %s, %s)"


@pytest.fixture
def book() -> Book:
    """With one entry of 36.00 between the first two accounts."""
    made = new_book()
    post_lines(made, *money_in("36.00"))
    return made


@pytest.fixture
def direct(book: Book) -> Iterator[psycopg.Connection[Any]]:
    """A connection past all of our code."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], dbname=settings["NAME"], user=settings["USER"], port=settings["PORT"] or None
    ) as made:
        yield made
        made.rollback()


def write(
    direct: psycopg.Connection[Any], book: Book, *amounts: str, reverses: int | None = None, written_in: int = 0
) -> int:
    """An entry with these amounts in the book's accounts, in turn, not yet committed."""
    row = direct.execute(ENTRY, (book.pk, f"x:{Entry.objects.count()}", reverses, written_in)).fetchone()
    assert row is not None
    accounts = list(LedgerAccount.objects.filter(book=book).order_by("id").values_list("id", flat=True))
    for number, amount in enumerate(amounts):
        direct.execute(POSTING, (row[0], accounts[number % len(accounts)], amount))
    return int(row[0])


def state() -> list[tuple[int, str, str]]:
    """All postings."""
    return [
        (p.entry_id, p.account.code, str(p.amount)) for p in Posting.objects.select_related("account").order_by("id")
    ]


def test_a_whole_entry_is_taken(direct: psycopg.Connection[Any], book: Book) -> None:
    number = write(direct, book, "1.00", "-1.00")
    direct.commit()
    assert Entry.objects.get(pk=number).postings.count() == 2


@pytest.mark.parametrize(
    "amounts",
    [(), ("1.00",), ("1.00", "-0.99"), ("1.00", "1.00"), ("0.10", "0.20", "-0.29"), ("1.00", "-1.00", "0.01")],
)
def test_half_an_entry_is_refused(direct: psycopg.Connection[Any], book: Book, amounts: tuple[str, ...]) -> None:
    before = state()
    write(direct, book, *amounts)
    with pytest.raises(psycopg.errors.CheckViolation, match="expected two or more that sum to zero"):
        direct.commit()
    assert state() == before
    assert Entry.objects.count() == 1


def test_nothing_is_added_after_an_early_check(direct: psycopg.Connection[Any], book: Book) -> None:
    number = write(direct, book, "1.00", "-1.00")
    direct.execute("SET CONSTRAINTS ALL IMMEDIATE")
    direct.execute("SET CONSTRAINTS ALL DEFERRED")
    direct.execute(POSTING, (number, LedgerAccount.objects.earliest("id").pk, "1.00"))
    with pytest.raises(psycopg.errors.CheckViolation, match="has 3 postings that sum to 1"):
        direct.commit()


def test_a_posting_is_never_zero(direct: psycopg.Connection[Any], book: Book) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="ledger_posting_not_zero"):
        write(direct, book, "0.00", "0.00")


def test_an_old_entry_gets_no_further_postings(direct: psycopg.Connection[Any], book: Book) -> None:
    before, old = state(), Entry.objects.get()
    for amount in ("1.00", "-1.00"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="not written in this transaction"):
            direct.execute(POSTING, (old.pk, LedgerAccount.objects.earliest("id").pk, amount))
        direct.rollback()
    assert state() == before


def test_an_entry_cannot_say_that_it_is_of_a_later_transaction(direct: psycopg.Connection[Any], book: Book) -> None:
    number = write(direct, book, "1.00", "-1.00", written_in=10**12)
    found = direct.execute("SELECT written_in, txid_current() FROM ledger_entry WHERE id = %s", (number,)).fetchone()
    assert found is not None
    assert found[0] == found[1]


def test_a_posting_without_an_entry_is_refused(direct: psycopg.Connection[Any], book: Book) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        direct.execute(POSTING, (10**9, LedgerAccount.objects.earliest("id").pk, "1.00"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_posting SET amount = amount * 2",
        "UPDATE ledger_entry SET posted_on = '2025-01-01'",
        "UPDATE ledger_ledgeraccount SET code = '5101.01'",
        "DELETE FROM ledger_posting",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_ledgeraccount",
        "TRUNCATE ledger_posting",
        "TRUNCATE ledger_entry CASCADE",
        "TRUNCATE ledger_book CASCADE",
    ],
)
def test_what_is_written_stays(direct: psycopg.Connection[Any], book: Book, change: str) -> None:
    before = state()
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        direct.execute(change)
    direct.rollback()
    assert state() == before


def test_a_source_is_booked_once_by_the_database_too(direct: psycopg.Connection[Any], book: Book) -> None:
    write(direct, book, "1.00", "-1.00")
    with pytest.raises(psycopg.errors.UniqueViolation, match="ledger_event_once"):
        write(direct, book, "1.00", "-1.00")


def test_a_running_cost_has_no_account(direct: psycopg.Connection[Any], book: Book) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="ledger_account_in_chart"):
        direct.execute(
            "INSERT INTO ledger_ledgeraccount (book_id, code, plan, unit) VALUES (%s, '5201.01', '', '')", (book.pk,)
        )


def test_an_account_without_dimensions_is_there_once(direct: psycopg.Connection[Any], book: Book) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="ledger_account_once"):
        direct.execute(
            "INSERT INTO ledger_ledgeraccount (book_id, code, plan, unit) VALUES (%s, '1002.01', '', '')", (book.pk,)
        )


def test_books_do_not_mix(direct: psycopg.Connection[Any], book: Book) -> None:
    other = new_book()
    row = direct.execute(ENTRY, (other.pk, "x:1", None, 0)).fetchone()
    assert row is not None
    with pytest.raises(psycopg.errors.CheckViolation, match="not in the book"):
        direct.execute(POSTING, (row[0], LedgerAccount.objects.earliest("id").pk, "1.00"))


@pytest.mark.parametrize("amounts", [("36.00", "-36.00"), ("-35.00", "35.00")])
def test_a_reversal_that_undoes_something_else_is_refused(
    direct: psycopg.Connection[Any], book: Book, amounts: tuple[str, ...]
) -> None:
    write(direct, book, *amounts, reverses=Entry.objects.get().pk)
    with pytest.raises(psycopg.errors.CheckViolation, match="does not undo"):
        direct.commit()


def test_a_reversal_stays_in_its_book_and_is_not_undone(direct: psycopg.Connection[Any], book: Book) -> None:
    first = Entry.objects.get()
    mirror = reverse(entry=first, on=DAY, text="记错", by=FINANCE, at=AT)
    foreign = post_lines(new_book(), *interest("36.00"))
    for wrong in (mirror, foreign):
        with pytest.raises(psycopg.errors.CheckViolation, match="of no reversal"):
            write(direct, book, "-36.00", "36.00", reverses=wrong.pk)
        direct.rollback()
    with pytest.raises(psycopg.errors.UniqueViolation, match="reverses_id"):
        write(direct, book, "-36.00", "36.00", reverses=first.pk)


def test_a_reversal_is_not_before_its_entry(direct: psycopg.Connection[Any], book: Book) -> None:
    later = post_lines(book, *money_in("36.00"), on=DAY.replace(day=3))
    with pytest.raises(psycopg.errors.CheckViolation, match="not before it"):
        write(direct, book, "-36.00", "36.00", reverses=later.pk)
