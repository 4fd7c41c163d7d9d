"""What channels are still to pay out: days that no line of a statement has settled, and for which of them a line may be. Only
suggestions: nothing is settled without a person."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from mutualaid.contributions.models import Fund, Payment, Reconciliation, StatementLine
from mutualaid.ledger.chart import FEES_BACK, IN_TRANSIT
from mutualaid.ledger.queries import held_in

RUN_MOST = 31
"""Days that one line may settle; channels pay out daily, weekly or, over holidays, a little later."""
BACK = datetime.timedelta(days=92)


@dataclass(frozen=True)
class Run:
    """Days of a channel, one after another, that together come to the amount of a line."""

    channel: str
    days: tuple[Reconciliation, ...]

    @property
    def total(self) -> Decimal:
        """What the channel is to pay out for them."""
        return total_of(self.days)


@dataclass(frozen=True)
class InTransit:
    """What of a fund is at channels, by the books; what of that stands in files that were compared; and the fees that whoever
    runs the scheme still owes the fund."""

    fund: Fund
    amount: Decimal
    compared_amount: Decimal
    fees_amount: Decimal


def came_by_days(*, payment: Payment) -> bool:
    """Whether money came by a channel that pays out later, by its days; what only a channel's file told of always did."""
    return payment.difference_id is not None or (payment.order is not None and payment.order.in_transit)


def total_of(days: Sequence[Reconciliation]) -> Decimal:
    """What channels are to pay out for days."""
    return sum((day.settles_amount or Decimal(0) for day in days), Decimal(0))


def unsettled(*, fund: Fund) -> QuerySet[Reconciliation]:
    """Compared days of a fund's channels that no line has settled; days that come to nothing need none."""
    compared = Reconciliation.objects.filter(fund=fund, transfer=None, settles_amount__isnull=False)
    return compared.exclude(settles_amount=0).order_by("channel", "day")


def runs_for(*, line: StatementLine) -> list[Run]:
    """Days that a line may settle: of one channel, one after another, exactly its amount; the earliest first."""
    found: list[Run] = []
    by_channel: dict[str, list[Reconciliation]] = {}
    for day in unsettled(fund=line.fund).filter(day__gte=line.booked_on - BACK, day__lte=line.booked_on):
        by_channel.setdefault(day.channel, []).append(day)
    for channel, days in by_channel.items():
        pieces = [
            tuple(days[first:last])
            for first in range(len(days))
            for last in range(first + 1, min(first + RUN_MOST, len(days)) + 1)
        ]
        found += [Run(channel, some) for some in pieces if total_of(some) == line.amount]
    return sorted(found, key=lambda run: (run.days[0].day, len(run.days), run.channel))


def fees_owed(*, fund: Fund) -> Decimal:
    """Fees of channels that are still to be made good to a fund (yuan)."""
    return held_in(book=fund.book, account=FEES_BACK)


def in_transit(*, funds: QuerySet[Fund]) -> list[InTransit]:
    """Of each fund that has days of channels."""
    rows = funds.filter(reconciliations__isnull=False).distinct().select_related("book", "unit").order_by("unit__code")
    return [
        InTransit(
            fund,
            held_in(book=fund.book, account=IN_TRANSIT),
            total_of(list(unsettled(fund=fund))),
            fees_owed(fund=fund),
        )
        for fund in rows
    ]
