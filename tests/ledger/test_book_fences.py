"""Books belong to the branch of their office: who reads them, who writes in them unseen, and that balance is kept."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.access import SEE_BOOKS, book_for, books_visible_to
from mutualaid.ledger.actions import open_book, reverse
from mutualaid.ledger.models import Book, Entry
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from tests.ledger.books import AT, DAY, FINANCE, check_now, interest, money_in, post_lines
from tests.people import cast as people

TABLES = {"ledger_book": 1, "ledger_ledgeraccount": 2, "ledger_entry": 1, "ledger_posting": 2}


@pytest.fixture
def cast(db: None) -> people.Cast:
    """With a book in each city, an entry in each."""
    made = people.cast()
    for unit in (made.city, made.other_city):
        post_lines(open_book(code=unit.code, name=unit.name, unit=unit, by=FINANCE, at=AT), *money_in("36.00"))
    return made


@pytest.mark.parametrize("table", TABLES)
def test_a_branch_sees_its_books(cast: people.Cast, table: str) -> None:
    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            return int(cursor.fetchone()[0])

    for told, factor in (
        ([cast.city.path], 1),
        ([cast.province.path], 2),
        ([EVERYTHING], 2),
        ([cast.county.path], 0),
        ([], 0),
    ):
        with within(told):
            assert count() == factor * TABLES[table]


def test_an_entry_is_written_from_below_and_weighed_whole(cast: people.Cast) -> None:
    book = Book.objects.get(code="4505")
    with within([cast.mill.unit.path]):
        entry = post_lines(book, *interest("1.20"))
        check_now()
        assert not Entry.objects.exists()
        assert reverse(entry=entry, on=DAY, text="记错", by=FINANCE, at=AT).reverses_id == entry.pk
        check_now()
    with within([cast.city.path]):
        assert Entry.objects.filter(book=book).count() == 3


def test_nothing_is_written_into_books_elsewhere(cast: people.Cast) -> None:
    entry = "INSERT INTO ledger_entry (book_id, posted_on, posted_at, text, subject, event) VALUES (%s, %s, %s, 'x', 'x', 'x')"
    for book in Book.objects.order_by("code"):
        with (
            within([cast.county.path]),
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(entry, [book.pk, DAY, AT])


def test_who_reads_books(cast: people.Cast) -> None:
    for role in RoleName:
        who = people.as_staff(people.staff(f"某{role.label}", cast.city, role))
        seen = [book.code for book in books_visible_to(actor=who, on=people.ON)]
        assert seen == (["4505"] if role in SEE_BOOKS else [])
    finance = people.as_staff(people.staff("财务", cast.other_city, RoleName.FINANCE))
    assert book_for(actor=finance, code="4501", on=people.ON).unit == cast.other_city
    for actor in (finance, people.as_clerk(cast.clerk), Actor(ActorKind.MEMBER, "1")):
        with pytest.raises(NotFound):
            book_for(actor=actor, code="4505", on=people.ON)
    assert books_visible_to(actor=system("x"), on=people.ON).count() == 2
