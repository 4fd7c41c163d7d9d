"""Approved claims of which not everything that is due was ordered: finance stopped a payment, or something went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

SHOWN_MOST = 200


@dataclass(frozen=True)
class Unpaid:
    """A claim: what is due by the decision that stands (without what other claims' payments count for it, with what the member
    gave back), what was ordered and not stopped (yuan), and the last order that was stopped and not ordered again, by its number;
    empty where none was."""

    number: str
    due: Decimal
    ordered: Decimal
    stopped: str

    @property
    def missing(self) -> Decimal:
        """Due and not ordered."""
        return self.due - self.ordered


_STOPPED = """
    SELECT DISTINCT c.id FROM payouts_paymentorder o JOIN claims_claim c ON c.number = o.reference
    WHERE o.state = 'stopped' AND o.subject = 'claims.claim:' || c.id AND c.state = 'approved' AND c.counts
"""
_ALL = "SELECT c.id FROM claims_claim c WHERE c.state = 'approved' AND c.counts"
_UNPAID = """
SELECT c.number, a.total_amount - s.counted + r.repaid, coalesce(o.ordered, 0), coalesce(o.stopped, '')
FROM claims_claim c
JOIN LATERAL (
    SELECT total_amount FROM claims_assessment WHERE claim_id = c.id ORDER BY round DESC LIMIT 1
) a ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS counted FROM claims_setoff WHERE claim_id = c.id) s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.amount), 0) AS repaid
    FROM claims_repayment g JOIN claims_repaidpart p ON p.repayment_id = g.id WHERE g.claim_id = c.id
) r
LEFT JOIN LATERAL (
    SELECT sum(p.amount) FILTER (WHERE p.state <> 'stopped') AS ordered,
           max(p.number) FILTER (WHERE p.state = 'stopped') AS stopped
    FROM payouts_paymentorder p
    WHERE p.reference = c.number AND NOT EXISTS (SELECT FROM payouts_paymentorder r WHERE r.replaces_id = p.id)
) o ON true
WHERE c.id IN ({which}) AND a.total_amount - s.counted + r.repaid > coalesce(o.ordered, 0) ORDER BY c.number LIMIT %s
"""


def held_back() -> list[Unpaid]:
    """Those of which finance stopped a payment that was not ordered again, among what the asker sees, the first of them. One
    statement."""
    return _found(_STOPPED, SHOWN_MOST)


def unpaid() -> list[Unpaid]:
    """All of them, whatever the reason. One statement over all approved claims: for the night."""
    return _found(_ALL, None)


def _found(which: str, most: int | None) -> list[Unpaid]:
    with connection.cursor() as cursor:
        cursor.execute(_UNPAID.format(which=which), [most])
        return [Unpaid(*row) for row in cursor.fetchall()]
