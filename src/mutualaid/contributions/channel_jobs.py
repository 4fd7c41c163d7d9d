"""What the worker does for channels beside orders: refunds are sent and asked after, daily files fetched and held against our
books. Part of ``jobs``, which declares it."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from mutualaid.contributions import gateway
from mutualaid.contributions.actions.online import take_answer
from mutualaid.contributions.actions.online_refunds import (
    begin_sending,
    mark_refund_unclear,
    refuse_refund,
    take_refund_answer,
)
from mutualaid.contributions.actions.reconciling import (
    note_try,
    open_day,
    take_day_file,
    take_no_trades,
    take_refund_told,
    take_told,
)
from mutualaid.contributions.comparing import ours_of, takes_file
from mutualaid.contributions.models import ChannelRefund, Difference, Fund, Reconciliation
from mutualaid.contributions.queries import channel_refund_by_number, difference_by_number, refunds_to_ask
from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox, timer

BY = system("contributions")
DAYS_BACK = 7
"""For so many days a file that was not there yet is looked for."""
_log = logging.getLogger(__name__)


@outbox("contributions.send_channel_refund")
def deliver_refund(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - its state makes it single
    """From the outbox: see ``send_refund``."""
    send_refund(number=wanted["refund"], at=database_time())


@outbox("contributions.ask_channel_refund")
def deliver_refund_question(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - asking changes nothing
    """From the outbox: see ``ask_refund``."""
    ask_refund(number=wanted["refund"], at=database_time())


@outbox("contributions.fetch_day")
def deliver_day(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - a day is compared once
    """From the outbox: see ``fetch_day``."""
    fetch_day(channel=wanted["channel"], day=datetime.date.fromisoformat(wanted["day"]), at=database_time())


@outbox("contributions.ask_difference")
def deliver_difference(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - asking changes nothing
    """From the outbox: see ``ask_difference``."""
    ask_difference(number=wanted["difference"], at=database_time())


@timer("*/2 * * * *", name="contributions.ask_channel_refunds")
def ask_refunds(*, at: datetime.datetime) -> None:
    """Every two minutes: refunds that the channel is at, or of which nothing is known, are asked after."""
    with within([EVERYTHING]):
        numbers = [refund.number for refund in refunds_to_ask(at=at)]
    for number in numbers:
        ask_refund(number=number, at=at)


@timer("*/20 2-15 * * *", name="contributions.fetch_days")
def fetch_days(*, at: datetime.datetime) -> None:
    """From ten in the morning of Beijing until midnight: the files of the days before, each until it is there."""
    yesterday = day_of(at) - datetime.timedelta(days=1)
    for name in gateway.channel_names():
        try:
            channel, code = gateway.channel_for(name), gateway.fund_of_channel(name)
        except gateway.ChannelFault as fault:
            _log.error("channel %s: %s", name, fault)
            continue
        if not channel.tells_days:
            continue
        with within([EVERYTHING]):
            fund = Fund.objects.filter(unit__code=code).first()
            known = {*_waiting_days(name, yesterday), *_empty_days(channel, name, yesterday)}
            if fund is None:
                _log.error("channel %s: its file names no office that has a fund; its days are not compared", name)
                continue
            if open_day(channel=name, fund=fund, day=yesterday, by=BY, at=at).state == "waiting":
                known.add(yesterday)
        for day in sorted(known):
            fetch_day(channel=name, day=day, at=at)


def _waiting_days(channel: str, yesterday: datetime.date) -> list[datetime.date]:
    since = yesterday - datetime.timedelta(days=DAYS_BACK)
    without = Q(state="waiting") | Q(state="differs", file=None)
    waiting = Reconciliation.objects.filter(without, channel=channel, day__gte=since)
    return list(waiting.values_list("day", flat=True))


def _empty_days(client: gateway.Channel, channel: str, yesterday: datetime.date) -> list[datetime.date]:
    """Days that were said to be without trade and are looked at once more: those of which we have heard of a trade since, and the
    day before yesterday, once, should the channel have said so of a file that was only late."""
    since = yesterday - datetime.timedelta(days=DAYS_BACK)
    empty = Reconciliation.objects.filter(channel=channel, state="empty", day__gte=since)
    return [
        one.day
        for one in empty
        if (one.day == yesterday - datetime.timedelta(days=1) and one.tried_at and day_of(one.tried_at) <= yesterday)
        or ours_of(channel=channel, day=one.day, ends=client.day_ends)
    ]


def fetch_day(*, channel: str, day: datetime.date, at: datetime.datetime) -> None:
    """Fetch the file of a day, and hold it against what we booked; what is not there, or not whole, is tried again later."""
    with within([EVERYTHING]):
        row = Reconciliation.objects.filter(channel=channel, day=day).select_related("fund__unit").first()
    if row is None or not takes_file(day=row):
        return
    client = gateway.channel_for(channel)
    try:
        file = client.day_file(day=day, at=at)
    except gateway.NoTrades:
        with within([EVERYTHING]):
            take_no_trades(day=row, channel=client, by=BY, at=at)
        return
    except (gateway.NotReady, gateway.Unclear) as fault:
        _log.warning("channel %s: the file of %s: %s", channel, day, fault)
        with within([EVERYTHING]):
            note_try(day=row, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_day_file(day=row, channel=client, file=file, by=BY, at=at)


def send_refund(*, number: str, at: datetime.datetime) -> None:
    """Have a channel give money back. Before it is sent its result is unknown, and stays so until there is an answer: a worker
    that dies on the way leaves it to be asked after, not to be sent again."""
    refund = _refund(number)
    with within([EVERYTHING]):
        begun = begin_sending(refund=refund, by=BY, at=at)
    if begun is None:
        return
    wanted, channel = _wanted(refund)
    try:
        answer = channel.refund(wanted=wanted, at=at)
    except gateway.NotTaken as fault:
        with within([EVERYTHING]):
            refuse_refund(refund=refund, why=str(fault), by=BY, at=at)
        return
    except gateway.Unclear as fault:
        _log.warning("refund %s: sent, and %s", number, fault)
        with within([EVERYTHING]):
            mark_refund_unclear(refund=refund, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_refund_answer(refund=refund, answer=answer, by=BY, at=at)


def ask_refund(*, number: str, at: datetime.datetime) -> None:
    """Ask a channel how a refund stands."""
    refund = _refund(number)
    if refund.state in ("asked", "done"):
        return
    wanted, channel = _wanted(refund)
    try:
        answer = channel.ask_refund(wanted=wanted, at=at)
    except gateway.Unclear as fault:
        _log.warning("refund %s: asked, and %s", number, fault)
        with within([EVERYTHING]):
            mark_refund_unclear(refund=refund, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_refund_answer(refund=refund, answer=answer, by=BY, at=at)


def ask_difference(*, number: str, at: datetime.datetime) -> None:
    """Ask a channel about what its file and our books do not say alike; what it says is taken as if it had told it by itself."""
    with within([EVERYTHING]):
        found = difference_by_number(number=number)
    if found is None or found.state != "open":
        return
    if found.kind == Difference.Kind.REFUND:
        if found.refund is not None:
            ask_refund(number=found.refund.number, at=at)
        with within([EVERYTHING]):
            take_refund_told(difference=found, by=BY, at=at)
        return
    channel = gateway.channel_for(found.reconciliation.channel)
    told, made_at = found.external_number, found.made_at
    if found.order is not None:
        told, made_at = found.order.number, found.order.created_at
    answer = None
    try:
        answer = channel.ask(number=told, made_at=made_at, at=at)
    except gateway.Unclear as fault:
        _log.warning("difference %s: asked, and %s", number, fault)
    with within([EVERYTHING]):
        if found.order is not None and answer is not None:
            take_answer(order=found.order, answer=answer, by=BY, at=at)
        take_told(difference=found, answer=answer, by=BY, at=at)


def _wanted(refund: ChannelRefund) -> tuple[gateway.RefundWanted, gateway.Channel]:
    order = refund.payment.order
    assert order is not None  # ask_refund takes no other payment
    wanted = gateway.RefundWanted(
        number=refund.number,
        order=order.number,
        external=order.external,
        fen=int(refund.amount * 100),
        order_fen=int(refund.payment.amount * 100),
        reason=f"互助费退回 {refund.reference}",
        made_at=refund.created_at,
    )
    return wanted, gateway.channel_for(order.channel)


def _refund(number: str) -> ChannelRefund:
    with within([EVERYTHING]):
        refund = channel_refund_by_number(number=number)
    if refund is None:
        raise LookupError(f"expected a refund {number}, found none")
    return refund
