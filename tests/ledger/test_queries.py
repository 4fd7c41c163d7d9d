"""Reading the books: figures worked out by hand, pages, and one statement each."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.ledger.actions import Share, post_bill, post_income, post_payment, reverse
from mutualaid.ledger.chart import BANK, CONTRIBUTIONS, INTEREST, RECEIVABLE, UNEARNED, Dimension
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book
from mutualaid.ledger.queries import Balance, balances, journal, trial_balance
from tests.ledger.books import AT, COVER, DAY, FINANCE, MARCH, interest, new_book, post_lines

APRIL = Period(datetime.date(2026, 4, 1), datetime.date(2026, 5, 1))
EARLIER = datetime.date(2026, 2, 20)
pytestmark = pytest.mark.django_db
WHO: dict[str, Any] = {"by": FINANCE, "at": AT}


@pytest.fixture
def book() -> Book:
    """Two employers are billed for two plans; one pays in full and 5.00 too much; cover begins; interest is put right."""
    made = new_book()
    post_lines(new_book(), *interest("999.00"))  # another fund's: nowhere below
    post_lines(made, *interest("8.00"), on=EARLIER)
    first = [Share("gx-1", COVER, "U1", Decimal(100)), Share("gx-2", COVER, "U1", Decimal(60))]
    post_bill(book=made, bill="b:1", shares=first, on=DAY, **WHO)
    post_bill(book=made, bill="b:2", shares=[Share("gx-1", COVER, "U2", Decimal(40))], on=DAY, **WHO)
    post_payment(book=made, payment="p:1", amount=Decimal(165), matched=first, on=DAY.replace(day=9), **WHO)
    wrong = post_lines(made, *interest("12.34"), on=DAY.replace(day=21))
    reverse(entry=wrong, on=DAY.replace(day=22), text="利息记错", **WHO)
    post_lines(made, *interest("12.43"), on=DAY.replace(day=22))
    post_income(book=made, bill="b:1", shares=first, on=COVER.from_on, **WHO)
    return made


def held(rows: tuple[Balance, ...]) -> list[tuple[str, str, str, str]]:
    """Codes, dimensions and amounts."""
    return [(row.account.code, row.plan, row.unit, str(row.amount)) for row in rows]


def test_balances_at_the_end_of_a_day(book: Book, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = balances(book=book, on=datetime.date(2026, 3, 31))
    assert held(found.rows) == [
        ("1002.01", "", "", "185.43"),
        ("1121.01", "", "", "40.00"),
        ("2203.01", "", "", "-200.00"),
        ("2209.01", "", "", "-5.00"),
        ("4901.01", "", "", "-20.43"),
    ]
    assert held(balances(book=book, on=EARLIER).rows) == [("1002.01", "", "", "8.00"), ("4901.01", "", "", "-8.00")]
    assert not balances(book=book, on=EARLIER - datetime.timedelta(days=1)).rows


def test_balances_by_dimension(book: Book, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = balances(book=book, on=DAY, account=RECEIVABLE, split_by=(Dimension.UNIT, Dimension.PLAN))
    assert held(found.rows) == [
        ("1121.01", "gx-1", "U1", "100.00"),
        ("1121.01", "gx-1", "U2", "40.00"),
        ("1121.01", "gx-2", "U1", "60.00"),
    ]
    of_unit = balances(book=book, on=MARCH.until_on, unit="U2", split_by=tuple(Dimension))
    assert held(of_unit.rows) == [("1121.01", "gx-1", "U2", "40.00"), ("2203.01", "gx-1", "U2", "-40.00")]
    assert {row.period for row in of_unit.rows} == {COVER}
    of_plan = balances(book=book, on=MARCH.until_on, account=CONTRIBUTIONS, plan="gx-2", period=COVER)
    assert held(of_plan.rows) == [("4201.01", "", "", "-60.00")]
    assert not balances(book=book, on=MARCH.until_on, period=MARCH).rows


def test_balances_come_in_pages(book: Book) -> None:
    pages = [balances(book=book, on=DAY.replace(day=31), page=number, size=2) for number in (1, 2, 3, 4)]
    assert [(page.number, len(page.rows), page.more) for page in pages] == [
        *((1, 2, True), (2, 2, True), (3, 1, False), (4, 0, False))
    ]
    assert [row for page in pages for row in page.rows] == list(balances(book=book, on=DAY.replace(day=31)).rows)


def test_the_trial_balance(book: Book, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = trial_balance(book=book, period=MARCH)
    rows = [(r.account.code, str(r.opening), str(r.debits), str(r.credits), str(r.closing)) for r in found.rows]
    assert rows == [
        ("1002.01", "8.00", "177.43", "0.00", "185.43"),  # 165.00 + 12.34 - 12.34 in red + 12.43
        ("1121.01", "0.00", "200.00", "160.00", "40.00"),
        ("2203.01", "0.00", "0.00", "200.00", "-200.00"),
        ("2209.01", "0.00", "0.00", "5.00", "-5.00"),
        ("4901.01", "-8.00", "0.00", "12.43", "-20.43"),
    ]
    assert found.opening == found.closing == 0
    assert found.debits == found.credits == Decimal("377.43")
    after = trial_balance(book=book, period=APRIL)
    assert [row.opening for row in after.rows if row.account is not CONTRIBUTIONS] == [
        row.closing for row in found.rows
    ]
    moved = {row.account: (row.debits, row.credits) for row in after.rows if row.debits or row.credits}
    assert moved == {UNEARNED: (Decimal(160), Decimal(0)), CONTRIBUTIONS: (Decimal(0), Decimal(160))}


def test_the_journal_of_an_account(book: Book, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = journal(book=book, account=BANK, period=MARCH)
    assert [(row.posted_on.day, str(row.amount), str(row.balance)) for row in found.rows] == [
        (9, "165.00", "173.00"),
        (21, "12.34", "185.34"),
        (22, "-12.34", "173.00"),
        (22, "12.43", "185.43"),
    ]
    assert [row.reverses for row in found.rows] == [None, None, found.rows[1].entry, None]
    assert (found.rows[0].text, found.rows[0].subject, found.rows[0].event) == ("收到互助费", "p:1", "received")
    second = journal(book=book, account=BANK, period=MARCH, page=2, size=3)
    assert (second.rows, second.more) == (found.rows[3:], False)


def test_the_journal_of_an_account_of_one_employer(book: Book) -> None:
    found = journal(book=book, account=RECEIVABLE, period=MARCH, unit="U1", plan="gx-2", cover_period=COVER)
    assert [(str(row.amount), str(row.balance)) for row in found.rows] == [("60.00", "60.00"), ("-60.00", "0.00")]
    assert not journal(book=book, account=INTEREST, period=APRIL).rows


def test_the_number_of_statements_does_not_grow(book: Book, django_assert_max_num_queries: Any) -> None:
    many = [Share("gx-1", COVER, f"V{number:03d}", Decimal(1)) for number in range(60)]
    with django_assert_max_num_queries(14):
        post_bill(book=book, bill="b:60", shares=many, on=DAY, **WHO)
    with django_assert_max_num_queries(1):
        assert len(balances(book=book, on=DAY, unit=None, split_by=tuple(Dimension), size=200).rows) == 128


def test_an_empty_book() -> None:
    empty = new_book()
    assert trial_balance(book=empty, period=MARCH).rows == ()
    assert trial_balance(book=empty, period=MARCH).closing == 0
    assert journal(book=empty, account=BANK, period=MARCH).rows == ()
