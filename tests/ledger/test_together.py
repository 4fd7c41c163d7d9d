"""Many at once: threads that post into one book on real connections, some of them the same things."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from mutualaid.core.models import AuditEntry
from mutualaid.ledger.actions import AlreadyReversed, Share, post_bill, post_payment, reverse
from mutualaid.ledger.models import Entry, LedgerAccount, Posting
from mutualaid.ledger.queries import trial_balance
from tests.ledger.books import AT, COVER, DAY, FINANCE, MARCH, interest, new_book, post_lines

THREADS, EACH = 8, 25


@pytest.mark.django_db(transaction=True)
def test_threads_post_into_one_book() -> None:
    book, together = new_book(), Barrier(THREADS)

    def work(thread: int) -> list[int]:
        try:
            together.wait(timeout=30)
            return [post_one(thread, number) for number in range(EACH)]
        finally:
            connection.close()

    def post_one(thread: int, number: int) -> int:
        if number % 5 == 0:  # the same payment of all threads: once only
            shares = [Share("gx-1", COVER, f"U{unit}", Decimal(10)) for unit in range(3)]
            return post_payment(
                book=book,
                payment=f"p:{number}",
                amount=Decimal(35),
                matched=shares,
                on=DAY,
                by=FINANCE,
                at=AT,
            ).pk
        share = Share("gx-1", COVER, f"U{number % 3}", Decimal(thread * EACH + number + 1))
        return post_bill(book=book, bill=f"b:{thread}-{number}", shares=[share], on=DAY, by=FINANCE, at=AT).pk

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = list(pool.map(work, range(THREADS)))
    own = [thread * EACH + number + 1 for thread in range(THREADS) for number in range(EACH) if number % 5]
    entries = len(own) + EACH // 5
    assert len({number for found in numbers for number in found}) == Entry.objects.count() == entries
    assert AuditEntry.objects.filter(what="entry_posted").count() == entries
    assert Posting.objects.count() == 2 * len(own) + 5 * (EACH // 5)
    accounts = Counter(LedgerAccount.objects.values_list("code", flat=True))
    assert accounts == {"1002.01": 1, "1121.01": 3, "2203.01": 3, "2209.01": 1}
    found = trial_balance(book=book, period=MARCH)
    assert {row.account.code: row.closing for row in found.rows} == {
        "1002.01": 35 * 5,
        "1121.01": sum(own) - 30 * 5,
        "2203.01": -sum(own),
        "2209.01": -5 * 5,
    }
    assert found.closing == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_reversals_one_wins() -> None:
    entry, together = post_lines(new_book(), *interest("12.34")), Barrier(4)

    def work(_: int) -> bool:
        try:
            together.wait(timeout=30)
            reverse(entry=entry, on=DAY, text="记错", by=FINANCE, at=AT)
        except AlreadyReversed:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [False, False, False, True]
    assert Entry.objects.count() == 2
