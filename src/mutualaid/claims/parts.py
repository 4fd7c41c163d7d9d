"""What a computation comes to, by plan and term of the cover."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from mutualaid.claims.history import Computed
from mutualaid.claims.models import Assessment
from mutualaid.claims.refusals import Refused
from mutualaid.ledger.lines import Period

Parts = Iterable[tuple[str, Period, Decimal]]
"""Plan, term of the cover, yuan."""


def parts_of(found: Computed) -> Parts:
    """What a computation comes to."""
    for line, period in zip(found.lines, found.periods, strict=True):
        if line.amount:
            yield line.plan, _term(period), Decimal(line.amount).scaleb(-2)


def parts_of_assessment(assessment: Assessment) -> Parts:
    """What a computation that is kept comes to."""
    for plan, start, until, amount in assessment.lines.filter(amount__gt=0).values_list(
        "plan", "period_from_on", "period_until_on", "amount"
    ):
        yield plan, _term((start, until) if start and until else None), amount


def _term(period: tuple[datetime.date, datetime.date] | None) -> Period:
    if period is None:
        raise Refused(
            "付款的每一项应有对应的保障期，没有找到；请核对参保记录",
            "expected a cover for each line that pays, found none; check the covers",
        )
    return Period(*period)
