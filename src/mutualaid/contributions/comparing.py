"""A channel's daily file beside what we booked: what stands in both, and what does not. Reads only."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from mutualaid.contributions.gateway import DayEntry
from mutualaid.contributions.models import ChannelRefund, Difference, Order, Reconciliation

BEIJING = ZoneInfo("Asia/Shanghai")
AT_A_TIME = 2_000
FEN = 100
PAYMENT, REFUND = Difference.Kind.PAYMENT, Difference.Kind.REFUND
Finding = Difference.Finding


@dataclass(frozen=True)
class Found:
    """A difference, not yet kept."""

    kind: Difference.Kind
    finding: Difference.Finding
    number: str = ""
    external: str = ""
    made_at: datetime.datetime | None = None
    order: Order | None = None
    refund: ChannelRefund | None = None
    theirs: Decimal | None = None
    ours: Decimal | None = None


@dataclass
class Compared:
    """What comparing gave: orders and refunds that agree, and differences."""

    orders: list[int] = field(default_factory=list)
    refunds: list[int] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


def window(*, day: datetime.date, ends: datetime.time) -> tuple[datetime.datetime, datetime.datetime]:
    """When a channel's day begins and ends: at midnight of Beijing, or at an hour of the evenings (``ends``)."""
    back = datetime.timedelta(days=0 if ends == datetime.time() else 1)
    begins = datetime.datetime.combine(day - back, ends, BEIJING)
    return begins, begins + datetime.timedelta(days=1)


def our_orders(*, channel: str, day: datetime.date, ends: datetime.time) -> QuerySet[Order]:
    """Orders that the channel paid on its day, by what it told us."""
    begins, until = window(day=day, ends=ends)
    return Order.objects.filter(channel=channel, paid_at__gte=begins, paid_at__lt=until)


def our_refunds(*, channel: str, day: datetime.date, ends: datetime.time) -> QuerySet[ChannelRefund]:
    """Refunds that the channel did on its day."""
    begins, until = window(day=day, ends=ends)
    done = ChannelRefund.objects.filter(state="done", payment__order__channel=channel)
    return done.filter(done_at__gte=begins, done_at__lt=until)


def ours_of(*, channel: str, day: datetime.date, ends: datetime.time) -> bool:
    """Whether a channel's file of a day ought to have anything: an order paid on it, or a refund that was done or asked for."""
    if (
        our_orders(channel=channel, day=day, ends=ends).exists()
        or our_refunds(channel=channel, day=day, ends=ends).exists()
    ):
        return True
    begins, until = window(day=day, ends=ends)
    asked = ChannelRefund.objects.filter(payment__order__channel=channel, created_at__gte=begins, created_at__lt=until)
    return asked.exclude(state="failed").exists()


def takes_file(*, day: Reconciliation) -> bool:
    """Whether a day's file may still be taken: it waits for it, or was held against our books without one since the channel said
    that it has none."""
    return day.state in ("waiting", "empty") or (day.state == "differs" and day.file_id is None)


def compare(*, channel: str, day: datetime.date, ends: datetime.time, entries: Sequence[DayEntry]) -> Compared:
    """Each line beside our row of its number; then what we have of the day and no file told yet."""
    done = Compared()
    seen: set[tuple[str, str]] = set()
    for some in _pieces(entries):
        numbers = [entry.number for entry in some]
        orders = {
            one.number: one
            for one in Order.objects.filter(channel=channel, number__in=numbers).select_related("payment")
        }
        refunds = {
            one.number: one for one in ChannelRefund.objects.filter(number__in=numbers, payment__order__channel=channel)
        }
        for entry in some:
            twice = (entry.kind, entry.external) in seen
            seen.add((entry.kind, entry.external))
            if entry.kind == "payment":
                _payment(done, entry, orders.get(entry.number), twice=twice)
            else:
                _refund(done, entry, refunds.get(entry.number), twice=twice)
    agreed_orders, agreed_refunds = set(done.orders), set(done.refunds)
    told = {one.order.pk for one in done.found if one.order} | agreed_orders
    for order in our_orders(channel=channel, day=day, ends=ends).filter(reconciled_on=None).exclude(pk__in=told):
        done.found.append(
            Found(PAYMENT, Finding.OURS_ONLY, order.number, order.external, order=order, ours=order.amount)
        )
    told = {one.refund.pk for one in done.found if one.refund} | agreed_refunds
    for refund in our_refunds(channel=channel, day=day, ends=ends).filter(reconciled_on=None).exclude(pk__in=told):
        done.found.append(
            Found(REFUND, Finding.OURS_ONLY, refund.number, refund.external, refund=refund, ours=refund.amount)
        )
    return done


def _payment(done: Compared, entry: DayEntry, order: Order | None, *, twice: bool) -> None:
    payment = getattr(order, "payment", None) if order else None
    theirs = Decimal(entry.fen) / FEN
    ours = payment.amount if payment else None
    if twice:
        finding = Finding.TWICE
    elif order is None or payment is None:
        finding = Finding.THEIRS_ONLY
    elif ours != theirs:
        finding = Finding.OTHER_AMOUNT
    else:
        done.orders.append(order.pk)
        return
    done.found.append(
        Found(PAYMENT, finding, entry.number, entry.external, entry.made_at, order, theirs=theirs, ours=ours)
    )


def _refund(done: Compared, entry: DayEntry, refund: ChannelRefund | None, *, twice: bool) -> None:
    theirs = Decimal(entry.fen) / FEN
    if twice:
        finding = Finding.TWICE
    elif refund is None or refund.state == "failed":
        finding = Finding.THEIRS_ONLY
    elif refund.amount != theirs:
        finding = Finding.OTHER_AMOUNT
    else:
        # A refund stands in the file of the day on which it was asked for; whether it is done, the janitor hears.
        done.refunds.append(refund.pk)
        return
    ours = refund.amount if refund else None
    done.found.append(
        Found(REFUND, finding, entry.number, entry.external, entry.made_at, refund=refund, theirs=theirs, ours=ours)
    )


def _pieces(entries: Iterable[DayEntry]) -> Iterator[list[DayEntry]]:
    rest = iter(entries)
    while some := list(islice(rest, AT_A_TIME)):
        yield some
