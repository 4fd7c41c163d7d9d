"""The books against the orders: what is owed by the one and by the other, fund by fund, and the orders at which they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from mutualaid.contributions.models import Fund
from mutualaid.ledger.chart import BENEFITS_PAYABLE
from mutualaid.ledger.models import Book
from mutualaid.ledger.queries import payable
from mutualaid.payouts.queries import owed

SHOWN_MOST = 200


@dataclass(frozen=True)
class Compared:
    """A fund: benefits payable by its books, and what its orders owe."""

    fund: Fund
    booked: Decimal
    owed: Decimal

    @property
    def difference(self) -> Decimal:
        """Zero, or somebody has to look."""
        return self.booked - self.owed


@dataclass(frozen=True)
class Differing:
    """A payment of a claim, by the first order of it: what the books say of it, and what its orders owe."""

    number: str
    reference: str
    booked: Decimal
    owed: Decimal


def compared(*, funds: Iterable[Fund]) -> list[Compared]:
    """Each of these funds."""
    return [Compared(fund, payable(book=Book(pk=fund.book_id)), owed(fund=fund)) for fund in funds]


_DIFFERING = """
WITH orders AS (
    SELECT coalesce(o.root_id, o.id) AS root, 'payouts.paymentorder:' || o.id AS subject,
           CASE WHEN o.state NOT IN ('paid', 'stopped')
                     AND NOT EXISTS (SELECT FROM payouts_paymentorder r WHERE r.replaces_id = o.id)
                THEN o.amount ELSE 0 END AS owed
    FROM payouts_paymentorder o WHERE o.fund_id = %(fund)s
), booked AS (
    SELECT coalesce(undone.subject, e.subject) AS subject, -sum(p.amount) AS booked
    FROM ledger_posting p
    JOIN ledger_ledgeraccount a ON a.id = p.account_id AND a.code = %(code)s
    JOIN ledger_entry e ON e.id = p.entry_id AND e.book_id = %(book)s
    LEFT JOIN ledger_entry undone ON undone.id = e.reverses_id
    GROUP BY 1
), both_sides AS (
    SELECT o.root, sum(o.owed) AS owed, sum(coalesce(b.booked, 0)) AS booked
    FROM orders o LEFT JOIN booked b USING (subject) GROUP BY o.root
)
SELECT r.number, r.reference, s.booked, s.owed
FROM both_sides s JOIN payouts_paymentorder r ON r.id = s.root
WHERE s.booked <> s.owed ORDER BY r.id LIMIT %(most)s
"""


def differing(*, fund: Fund) -> list[Differing]:
    """The payments at which books and orders of a fund differ, the first of them. One statement over the whole fund: for when
    the sums differ."""
    facts = {"fund": fund.pk, "book": fund.book_id, "code": BENEFITS_PAYABLE.code, "most": SHOWN_MOST}
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING, facts)
        return [Differing(*row) for row in cursor.fetchall()]
