"""What the worker does for contributions: orders are sent to their channels, asked after, and closed; income is recognised."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction

from mutualaid.contributions import channel_jobs, gateway, joining_jobs
from mutualaid.contributions.actions.bills import (
    accept_and_bill,
    accept_package_and_bill,
    earn_bill,
    submit_and_bill,
    submit_package_and_bill,
)
from mutualaid.contributions.actions.credits import remind_of_rest, use_credit
from mutualaid.contributions.actions.online import FEN, mark_unclear, refuse_order, take_answer
from mutualaid.contributions.actions.online_refunds import take_refund_answer
from mutualaid.contributions.actions.undoing import take_back_enrolment, take_back_package
from mutualaid.contributions.fiscal import jobs as fiscal_jobs
from mutualaid.contributions.models import Order
from mutualaid.contributions.queries import (
    bills_to_earn,
    channel_refund_by_number,
    order_by_number,
    orders_to_ask,
)
from mutualaid.contributions.resting import credits_to_use, rests_to_remind
from mutualaid.contributions.states import OPEN_ORDERS
from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import Running, database_time, long_job, outbox, timer
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import persons_of

BY = system("contributions")
LAST_TRY = datetime.timedelta(minutes=5)
"""For so long after its time somebody who opened an order in time may still be at it."""
CHANNELS, FISCAL, JOININGS = channel_jobs, fiscal_jobs, joining_jobs
"""What they declare is declared with what is here."""
_log = logging.getLogger(__name__)


class Refusal(Exception):
    """A notification that is not taken; the channel is told no more than that."""


@long_job("accept_and_bill")
def accept(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> how many covers, and the bill's number, empty without a fee. All persons or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        bill = accept_and_bill(enrolment=enrolment, by=job.asked_by, at=database_time(), tell=job.tell)
        count = enrolment.covers.count()
        page = f"/workbench/enrolments/{enrolment.number}"
        result = {"covers": count, "bill": bill.number if bill else "", "page": page}
        job.progress(count, count, kept=result)
    return result


@long_job("submit_and_bill")
def hand_in(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> how many persons were handed in, and the bill's number where the office accepts by itself. All
    or nothing."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        bill = submit_and_bill(enrolment=enrolment, by=job.asked_by, at=database_time(), tell=job.tell)
        count = enrolment.rows.filter(taken=True).count()
        page = f"/employers/enrolments/{enrolment.number}"
        result = {"persons": count, "bill": bill.number if bill else "", "page": page}
        job.progress(count, count, kept=result)
    return result


@long_job("take_back_enrolment")
def call_back(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> how many persons are on the roster that is written again. All covers and bills or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        take_back_enrolment(enrolment=enrolment, by=job.asked_by, at=database_time(), tell=job.tell)
        count = enrolment.rows.filter(taken=True).count()
        result = {"persons": count, "page": f"/employers/enrolments/{enrolment.number}"}
        job.progress(count, count, kept=result)
    return result


@long_job("submit_package_and_bill")
def hand_in_package(job: Running, /) -> Mapping[str, Any]:
    """``{"package": number}`` -> how many persons were handed in, and how many bills where the office accepts by itself. All or
    nothing."""
    if job.done:
        return job.kept
    with transaction.atomic():
        package = Package.objects.get(number=job.wanted["package"])
        bills = submit_package_and_bill(package=package, by=job.asked_by, at=database_time(), tell=job.tell)
        return _package_done(job, package, len(bills), "employers")


@long_job("accept_package_and_bill")
def accept_package(job: Running, /) -> Mapping[str, Any]:
    """``{"package": number}`` -> how many persons, and how many bills. All persons and plans or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        package = Package.objects.get(number=job.wanted["package"])
        bills = accept_package_and_bill(package=package, by=job.asked_by, at=database_time(), tell=job.tell)
        return _package_done(job, package, len(bills), "workbench")


@long_job("take_back_package")
def call_back_package(job: Running, /) -> Mapping[str, Any]:
    """``{"package": number}`` -> how many persons are on the roster that is written again. All plans and bills or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        package = Package.objects.get(number=job.wanted["package"])
        take_back_package(package=package, by=job.asked_by, at=database_time(), tell=job.tell)
        return _package_done(job, package, 0, "employers")


def _package_done(job: Running, package: Package, bills: int, portal: str) -> Mapping[str, Any]:
    package.refresh_from_db(fields=["state"])
    with within([EVERYTHING], reads=True):
        persons, _amount = persons_of(package=package)
    result = {"persons": persons, "bills": bills, "page": f"/{portal}/packages/{package.number}"}
    job.progress(persons, persons, kept=result)
    return result


@outbox("contributions.send_order")
def deliver_order(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - our number makes it single
    """From the outbox: see ``send_order``."""
    send_order(number=wanted["order"], at=database_time())


@outbox("contributions.ask_order")
def deliver_question(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - asking changes nothing
    """From the outbox: see ``ask_order``."""
    ask_order(number=wanted["order"], at=database_time())


@timer("* * * * *", name="contributions.ask_orders")
def ask_orders(*, at: datetime.datetime) -> None:
    """Each minute: orders that wait, or of which nothing is known, are asked after; those past their time are closed."""
    with within([EVERYTHING]):
        numbers = [order.number for order in orders_to_ask(at=at)]
    for number in numbers:
        ask_order(number=number, at=at)


@timer("10 17 * * *", name="contributions.earn_bills")
def earn_bills(*, at: datetime.datetime) -> None:
    """Each night: bills whose cover has begun become income."""
    with within([EVERYTHING]):
        due = list(bills_to_earn(on=day_of(at)))
    for bill in due:
        with within([EVERYTHING]):
            earn_bill(bill=bill, by=BY, at=at)


@timer("*/2 * * * *", name="contributions.use_credits")
def use_credits(*, at: datetime.datetime) -> None:
    """Every two minutes: what is kept for payers is set against the bills that they got since."""
    with within([EVERYTHING]):
        due = list(credits_to_use())
    for credit in due:
        with within([EVERYTHING]):
            use_credit(credit=credit, by=BY, at=at)


@timer("20 1 * * *", name="contributions.remind_of_rests")
def remind_of_rests(*, at: datetime.datetime) -> None:
    """Each morning: whoever paid a bill in part hears of the rest, a week before it is due, on the day and a week after."""
    with within([EVERYTHING]):
        due = list(rests_to_remind(on=day_of(at)))
    for bill in due:
        with within([EVERYTHING]):
            remind_of_rest(bill=bill, by=BY, at=at)


def send_order(*, number: str, at: datetime.datetime) -> None:
    """Have a channel make an order. Without a clear answer the order is unknown, and asked after: it is not sent again."""
    order = _order(number)
    if order.state != "created":
        return
    wanted = gateway.Wanted(
        number=number,
        fen=int(order.amount * FEN),
        description=f"互助费 {order.bill.number}",
        expires_at=order.expires_at,
        made_at=order.created_at,
        way=cast(gateway.Way, order.way),
        payer=order.payer or "",
        client_address=order.client_address,
        back=order.back,
    )
    try:
        answer = gateway.channel_for(order.channel).create(wanted=wanted, at=at)
    except gateway.NotTaken:
        with within([EVERYTHING]):
            refuse_order(order=order, by=BY, at=at)
        return
    except gateway.Unclear as fault:
        _log.warning("order %s: sent, and %s", number, fault)
        with within([EVERYTHING]):
            mark_unclear(order=order, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_answer(order=order, answer=answer, by=BY, at=at)


def ask_order(*, number: str, at: datetime.datetime) -> None:
    """Ask a channel how an order stands; one that is past its time, or whose bill is no longer open, is closed there."""
    order = _order(number)
    if order.state not in OPEN_ORDERS or order.fault:
        return
    channel = gateway.channel_for(order.channel)
    try:
        answer = channel.ask(number=number, at=at, made_at=order.created_at)
        if answer.standing == "absent" and channel.payer_makes and order.expires_at + LAST_TRY > at:
            # Nobody has opened it yet, and still may; given up by its payer, it is over for us, whatever comes of it there.
            answer = gateway.Answer(number, "closed" if order.given_up_at else "waiting", 0)
        elif answer.standing == "waiting" and (_is_over(order, at) or not _payable(order, answer)):
            answer = channel.close(number=number, at=at, made_at=order.created_at)
    except gateway.Unclear as fault:
        _log.warning("order %s: asked, and %s", number, fault)
        with within([EVERYTHING]):
            mark_unclear(order=order, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_answer(order=order, answer=answer, by=BY, at=at)


def _is_over(order: Order, at: datetime.datetime) -> bool:
    return order.expires_at <= at or order.given_up_at is not None or order.bill.state != "issued"


def _payable(order: Order, answer: gateway.Answer) -> bool:
    """Whether the payer can come to the channel. Where the answer to the order was lost, some channels never tell how again: the
    order is closed there, and another one may be opened."""
    known = order.pay_address or order.pay_code or order.pay_fields
    return bool(known or answer.pay_address or answer.code or answer.fields)


def take_notification(*, channel: str, headers: Mapping[str, str], body: bytes, at: datetime.datetime) -> None:
    """What a channel sent by itself. What is forged, or about nothing of ours, is refused and logged, without its contents.

    Raises Refusal; how the channel is answered, its client says (``Channel.reply``).
    """
    try:
        answer = gateway.channel_for(channel).read_notification(headers=headers, body=body, at=at)
    except (gateway.Forged, gateway.UnknownChannel) as fault:
        _log.warning("notification refused: channel %r, %d bytes, %s", channel[:20], len(body), fault)
        raise Refusal("not taken") from None
    with within([EVERYTHING]):
        if isinstance(answer, gateway.RefundAnswer):
            _take_refund(channel, answer, at)
            return
        order = order_by_number(number=answer.number)
        if order is None or order.channel != channel:
            _log.warning("notification refused: channel %r, no such order", channel[:20])
            raise Refusal("not taken")
        take_answer(order=order, answer=answer, by=BY, at=at)


def _take_refund(channel: str, answer: gateway.RefundAnswer, at: datetime.datetime) -> None:
    """Raises Refusal."""
    refund = channel_refund_by_number(number=answer.number)
    order = refund.payment.order if refund else None
    if refund is None or order is None or order.channel != channel:
        _log.warning("notification refused: channel %r, no such refund", channel[:20])
        raise Refusal("not taken")
    take_refund_answer(refund=refund, answer=answer, by=BY, at=at)


def _order(number: str) -> Order:
    with within([EVERYTHING]):
        order = order_by_number(number=number)
    if order is None:
        raise LookupError(f"expected an order {number}, found none")
    return order
