"""Contributions that another system had received in advance become income here, as our own do: when cover has begun."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.ledger.actions import Share, post_income
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Entry, Posting
from mutualaid.takeover.queries import received_of
from mutualaid.takeover.refusals import Refused


class NotEarned(Refused):
    """Income only when cover has begun, of what was received."""


@transaction.atomic
def earn_opening(*, posting: Posting, by: Actor, at: datetime.datetime) -> Entry:
    """A line of 预收互助费 of an opening entry, less what was not received of it, becomes income of its plan and period: on the
    first day of the period, or on that of the opening entry when the period had begun. Asked twice, it is booked once.
    Raises NotEarned."""
    account, opened_on = posting.account, posting.entry.posted_on
    period = Period(account.period_from_on, account.period_until_on)
    received = received_of(posting=posting)
    on = max(period.from_on, opened_on)
    if received <= Decimal(0) or on > day_of(at):
        there = shown(max(received, Decimal(0)))
        raise NotEarned(
            f"预收互助费应已收到，且保障已开始；已收到 {there} 元，{on} 起计入，请待那一天再确认收入",
            f"expected money that was received and a period that has begun, found {there} yuan, to be earned on {on}; wait",
        )
    return post_income(
        book=posting.entry.book,
        bill=subject_of(posting),
        shares=[Share(account.plan, period, account.unit, received)],
        on=on,
        by=by,
        at=at,
    )
