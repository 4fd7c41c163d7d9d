"""支付: claims and benefits of a month. Claims are counted by their own days, money as the books tell it of each payment order.

The books stand with the fund, perhaps above the office, and are read as in ``income``. No row of an employer is about fewer than
five persons: whoever reads it could know whose illness it is.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.datacentre.monthly.figures import Benefits, Report, Row, added
from mutualaid.datacentre.monthly.groups import Groups, branch_of, report_of
from mutualaid.datacentre.monthly.months import Month
from mutualaid.ledger.chart import BENEFITS, BENEFITS_PAYABLE
from mutualaid.people.models import Unit

PERSONS_LEAST = 5
SMALL = ("不足 5 人的单位（合并）", "Employers with fewer than 5 persons, together")

_HAPPENED = """
WITH happened AS MATERIALIZED (
    SELECT c.id AS claim_id, c.member_id, c.employer_id, c.unit_path, 1 AS filed, 0 AS approved, 0 AS refused, 0 AS returned,
           0 AS days_decided
    FROM claims_claim c
    WHERE c.filed_on >= %(first)s AND c.filed_on < %(until)s AND starts_with(c.unit_path, %(path)s)
    UNION ALL
    SELECT c.id, c.member_id, c.employer_id, c.unit_path, 0, (c.state = 'approved')::int, (c.state = 'refused')::int, 0,
           greatest(0, timezone(%(zone)s, c.decided_at)::date - timezone(%(zone)s, c.completed_at)::date)
    FROM claims_claim c
    WHERE c.state IN ('approved', 'refused') AND c.decided_at >= %(begin)s AND c.decided_at < %(end)s
      AND starts_with(c.unit_path, %(path)s)
    UNION ALL
    SELECT c.id, c.member_id, c.employer_id, c.unit_path, 0, 0, 0, 1, 0
    FROM claims_paperswanted w JOIN claims_claim c ON c.id = w.claim_id
    WHERE w.at >= %(begin)s AND w.at < %(end)s AND starts_with(c.unit_path, %(path)s)
), booked AS MATERIALIZED (
    SELECT coalesce(undone.subject, e.subject) AS subject, coalesce(undone.event, e.event) AS event,
           e.reverses_id IS NOT NULL AS is_red, a.code, a.plan, p.amount
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id
    JOIN ledger_ledgeraccount a ON a.id = p.account_id
    LEFT JOIN ledger_entry undone ON undone.id = e.reverses_id
    WHERE e.posted_on >= %(first)s AND e.posted_on < %(until)s AND a.code IN (%(cost)s, %(payable)s)
), money AS MATERIALIZED (
    SELECT o.member_id, e.unit_id AS employer_id, o.unit_path, b.plan,
           CASE WHEN b.code = %(cost)s THEN b.amount ELSE 0 END AS approved_amount,
           CASE WHEN b.code = %(payable)s AND b.event = 'paid' AND NOT b.is_red THEN b.amount ELSE 0 END AS paid_amount,
           CASE WHEN b.code = %(payable)s AND b.event = 'paid' AND b.is_red THEN -b.amount ELSE 0 END AS returned_amount
    FROM booked b
    JOIN payouts_paymentorder o ON b.subject = 'payouts.paymentorder:' || o.id
    JOIN people_employer e ON e.unit_path = o.unit_path
    WHERE starts_with(o.unit_path, %(path)s)
), paid AS MATERIALIZED (
    SELECT o.id, o.member_id, c.id AS claim_id, c.employer_id, o.unit_path,
           greatest(0, o.paid_on - timezone(%(zone)s, c.completed_at)::date) AS days_paid
    FROM payouts_paymentorder o JOIN claims_claim c ON c.number = o.reference
    WHERE o.paid_on >= %(first)s AND o.paid_on < %(until)s AND starts_with(o.unit_path, %(path)s)
)
"""
# Where the next unit below the office is the employer's union itself, the row is the office's own.
_PART = """CASE WHEN split_part(unit_path, '/', %(depth)s + 1) = '' THEN %(office)s
                ELSE split_part(unit_path, '/', %(depth)s)::bigint END"""
_SUMS = """coalesce(sum(filed), 0), coalesce(sum(approved), 0), coalesce(sum(refused), 0), coalesce(sum(returned), 0),
       coalesce(sum(approved_amount), 0), coalesce(sum(paid_amount), 0), coalesce(sum(returned_amount), 0),
       count(DISTINCT member_id), coalesce(sum(days_decided), 0), coalesce(sum(days_paid), 0), coalesce(sum(orders_paid), 0)"""
_BY_PLACE = f"""{_HAPPENED}, things AS (
    SELECT member_id, employer_id, {_PART} AS part, filed, approved, refused, returned, 0::numeric AS approved_amount,
           0::numeric AS paid_amount, 0::numeric AS returned_amount, days_decided, 0 AS days_paid, 0 AS orders_paid
    FROM happened
    UNION ALL
    SELECT member_id, employer_id, {_PART}, 0, 0, 0, 0, approved_amount, paid_amount, returned_amount, 0, 0, 0 FROM money
    UNION ALL
    SELECT member_id, employer_id, {_PART}, 0, 0, 0, 0, 0, 0, 0, 0, days_paid, 1 FROM paid
)
SELECT GROUPING(part, employer_id), part, employer_id, {_SUMS}
FROM things GROUP BY GROUPING SETS ((), (part), (employer_id))
"""  # noqa: S608 - only the parts above are put in  # nosec B608
# A claim stands in the row of each plan by which it was decided, of the computation that stands.
_BY_PLAN = f"""{_HAPPENED}, planned AS (
    SELECT DISTINCT a.claim_id, l.plan
    FROM claims_assessment a JOIN claims_assessmentline l ON l.assessment_id = a.id
    WHERE a.claim_id IN (SELECT claim_id FROM happened UNION SELECT claim_id FROM paid) AND l.outcome <> 'none'
      AND a.round = (SELECT max(later.round) FROM claims_assessment later WHERE later.claim_id = a.claim_id)
), things AS (
    SELECT h.member_id, n.plan, filed, approved, refused, returned, 0::numeric AS approved_amount,
           0::numeric AS paid_amount, 0::numeric AS returned_amount, days_decided, 0 AS days_paid, 0 AS orders_paid
    FROM happened h JOIN planned n ON n.claim_id = h.claim_id
    UNION ALL
    SELECT member_id, plan, 0, 0, 0, 0, approved_amount, paid_amount, returned_amount, 0, 0, 0 FROM money
    UNION ALL
    SELECT p.member_id, s.plan, 0, 0, 0, 0, 0, 0, 0, 0, p.days_paid, 1
    FROM paid p JOIN (SELECT DISTINCT order_id, plan FROM payouts_ordershare) s ON s.order_id = p.id
)
SELECT plan, {_SUMS} FROM things GROUP BY plan
"""  # noqa: S608  # nosec B608
_TOTAL, _BY_PART = 0b11, 0b01


def benefits(*, office: Unit, month: Month) -> Report[Benefits]:
    """Claims and benefits of an office's branch in a month; small employers together in one row."""
    begin, end = (
        timezone.make_aware(datetime.datetime.combine(day, datetime.time())) for day in (month.first, month.until)
    )
    asked: dict[str, Any] = {
        "depth": office.path.count("/") + 1,
        "office": office.pk,
        "path": office.path,
        "first": month.first,
        "until": month.until,
        "begin": begin,
        "end": end,
        "zone": settings.TIME_ZONE,
        "cost": BENEFITS.code,
        "payable": BENEFITS_PAYABLE.code,
    }
    branch = branch_of(office=office)
    groups = Groups(Benefits())
    with within([EVERYTHING]), connection.cursor() as cursor:
        cursor.execute(_BY_PLACE, asked)
        for grouping, part, employer, *sums in cursor.fetchall():
            figures = Benefits(*sums)
            if grouping == _TOTAL:
                groups.total = figures
            elif grouping == _BY_PART:
                groups.parts[part] = figures
            else:
                groups.employers[employer] = figures
        cursor.execute(_BY_PLAN, asked)
        groups.plans = {plan: Benefits(*sums) for plan, *sums in cursor.fetchall()}
    found = report_of(branch=branch, groups=groups, nothing=Benefits())
    return Report(found.total, found.offices, found.plans, without_few(rows=found.employers))


def without_few(*, rows: tuple[Row[Benefits], ...]) -> tuple[Row[Benefits], ...]:
    """Rows of employers, those about fewer than five persons put together; and of the others the smallest with them, as long as
    what is put together is itself about fewer: else it could be told from the total. Nothing is left of too few in all."""
    by_persons = sorted(rows, key=lambda row: (row.figures.persons, row.code))
    together: list[Row[Benefits]] = []
    few = Benefits()
    for row in by_persons:
        if row.figures.persons >= PERSONS_LEAST and not 0 < few.persons < PERSONS_LEAST:
            break
        together.append(row)
        few = added(few, row.figures)
    left = tuple(row for row in rows if row not in together)
    if not together:
        return left
    return (*left, Row("", *SMALL, few)) if few.persons >= PERSONS_LEAST else left
