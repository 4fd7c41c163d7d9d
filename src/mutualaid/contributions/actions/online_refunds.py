"""Refunds at online channels: money of an online payment goes back the way it came. Who decides that it does books it as owed
(应付退款 of ``unit``) and asks here; it leaves the books once the channel says that it is done, and a ``Refund`` that asked
hears of it.

The channel is never asked inside a transaction: ``jobs`` asks, and hands what it said to ``take_refund_answer``.
"""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from mutualaid.contributions.actions.refund_ends import channel_gave_back, channel_refused
from mutualaid.contributions.gateway import RefundAnswer, channel_for
from mutualaid.contributions.models import ChannelRefund, Payment
from mutualaid.contributions.paying_out import came_by_days
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.states import CHANNEL_REFUND
from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.actions import post_refund_payment

ON_ITS_WAY = datetime.timedelta(days=1)
"""For so long a channel that never heard of a refund is asked again, before it is taken for not made: a second one would be paid
twice if the first came after all."""
FEN = 100


class NotByChannel(Refused):
    """The payment did not come by a channel that gives back."""


class MoreThanPaid(Refused):
    """More would be given back than was paid."""


class OtherRefund(Refused):
    """The same reference was asked for with another amount."""


class NotOpen(Refused):
    """The refund's result is known."""


@transaction.atomic
def ask_refund(
    *, payment: Payment, amount: Decimal, reference: str, unit: str, by: Actor, at: datetime.datetime
) -> ChannelRefund:
    """Have a part of an online payment (yuan), or all of it, given back by its channel. ``reference``: the number of what
    decides it; asked twice, it is given back once. ``unit``: the code under which it is owed in the books. What becomes of it,
    ``ChannelRefund.state`` says.

    Raises NotByChannel, MoreThanPaid, OtherRefund, UnknownChannel, ChannelFault.
    """
    with within([EVERYTHING]):
        payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
        if payment.order is None or not channel_for(payment.order.channel).gives_back:
            raise NotByChannel(
                "应为在线支付的款项且渠道支持原路退款；请改由银行转账退回",
                "expected money that came by a channel that gives back; pay it by bank transfer instead",
            )
        standing = payment.channel_refunds.exclude(state="failed")
        known = standing.filter(reference=reference).first()
        if known is not None:
            if known.amount != amount:
                raise OtherRefund(
                    f"{reference} 的原路退款应为 {shown(known.amount)} 元，得到 {shown(amount)} 元；请核对金额",
                    f"expected {shown(known.amount)} for {reference} as asked before, found {shown(amount)}; check the amount",
                )
            return known
        given = standing.aggregate(total=Sum("amount"))["total"] or Decimal(0)
        if amount <= 0 or given + amount > payment.amount:
            raise MoreThanPaid(
                f"退款应大于零且不超过未退的 {shown(payment.amount - given)} 元，得到 {shown(amount)} 元；请核对金额",
                f"expected more than nothing and at most {shown(payment.amount - given)}, found {shown(amount)}; check it",
            )
        refund = ChannelRefund.objects.create(
            payment=payment, reference=reference, unit=unit, amount=amount, created_at=at
        )
        refund.refresh_from_db(fields=["number"])
        record(what="channel_refund_asked", row=refund, by=by, at=at, reference=reference, amount=str(amount))
        work.post(name="contributions.send_channel_refund", wanted={"refund": refund.number})
    return refund


@transaction.atomic
def begin_sending(*, refund: ChannelRefund, by: Actor, at: datetime.datetime) -> ChannelRefund | None:
    """It is about to be sent: from now on its result is unknown, whatever becomes of us. None where it was sent before."""
    found = ChannelRefund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
    if found.state != "asked":
        return None
    return make(found, CHANNEL_REFUND, "send_channel_refund", by=by, at=at, also={"asked_at": at})


@transaction.atomic
def take_refund_answer(
    *, refund: ChannelRefund, answer: RefundAnswer, by: Actor, at: datetime.datetime
) -> ChannelRefund:
    """What the channel said of a refund, asked or by itself, in whatever order and however often: booked once, when it is
    done, and never with another amount than ours. Raises nothing that the channel could cause."""
    found = ChannelRefund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
    ChannelRefund.objects.filter(pk=found.pk).update(asked_at=at)
    if found.state == "done":
        return found
    if answer.standing in ("pending", "done") and answer.fen != int(found.amount * FEN):
        return _unclear(found, "wrong_amount", by, at)
    if answer.standing == "done":
        return _done(found, answer, by, at)
    if found.state == "failed":
        return found  # late news of a time before
    if answer.standing == "abnormal":
        return _unclear(found, "abnormal", by, at)
    if answer.standing == "absent":
        late = found.created_at + ON_ITS_WAY <= at
        return _failed(found, "absent", by, at) if late else _unclear(found, "", by, at)
    if answer.standing == "failed":
        return _failed(found, "closed", by, at)
    if found.state == "pending":
        return found
    return make(found, CHANNEL_REFUND, "channel_refund_accepted", by=by, at=at, also={"external": answer.external})


@transaction.atomic
def refuse_refund(*, refund: ChannelRefund, why: str, by: Actor, at: datetime.datetime) -> ChannelRefund:
    """The channel did not take it, and said so clearly (``why``: its own word)."""
    found = ChannelRefund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
    return _failed(found, why, by, at) if found.state in ("asked", "pending", "unknown") else found


@transaction.atomic
def mark_refund_unclear(*, refund: ChannelRefund, by: Actor, at: datetime.datetime) -> ChannelRefund:
    """The channel's answer is missing: it is asked again later, and nothing is sent twice."""
    found = ChannelRefund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
    ChannelRefund.objects.filter(pk=found.pk).update(asked_at=at)
    return _unclear(found, "", by, at)


@transaction.atomic
def look_at_refund_again(*, refund: ChannelRefund, by: Actor, at: datetime.datetime) -> ChannelRefund:
    """Finance wants to know how it stands: the channel is asked at once. Raises NotOpen."""
    found = ChannelRefund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.pk)
    if found.state in ("done", "asked"):
        raise NotOpen(
            f"退款 {found.number} 应已提交且结果未定，现为“{CHANNEL_REFUND.names[found.state][0]}”；无需查询",
            f"expected refund {found.number} to be sent and not done, it is {found.state}; there is nothing to ask",
        )
    found.fault = ""
    found.save(update_fields=["fault"])
    record(what="channel_refund_looked_at", row=found, by=by, at=at)
    work.post(name="contributions.ask_channel_refund", wanted={"refund": found.number})
    return found


def _unclear(refund: ChannelRefund, fault: str, by: Actor, at: datetime.datetime) -> ChannelRefund:
    if fault and refund.fault != fault:
        refund.fault = fault
        refund.save(update_fields=["fault"])
        record(what="channel_refund_fault_found", row=refund, by=by, at=at, fault=fault)
    if refund.state in ("asked", "pending"):
        return make(refund, CHANNEL_REFUND, "channel_refund_unclear", by=by, at=at)
    return refund


def _failed(refund: ChannelRefund, why: str, by: Actor, at: datetime.datetime) -> ChannelRefund:
    failed = make(refund, CHANNEL_REFUND, "channel_refund_failed", by=by, at=at, also={"why": why[:64], "fault": ""})
    with within([EVERYTHING]):
        channel_refused(refused=failed, by=by, at=at)
    return failed


def _done(refund: ChannelRefund, answer: RefundAnswer, by: Actor, at: datetime.datetime) -> ChannelRefund:
    done_at = answer.done_at or at
    also = {"done_at": done_at, "external": answer.external, "fault": "", "why": ""}
    refund = make(refund, CHANNEL_REFUND, "channel_refund_done", by=by, at=at, also=also)
    payment = Payment.objects.select_related("fund__book", "order").get(pk=refund.payment_id)
    post_refund_payment(
        book=payment.fund.book,
        refund=subject_of(refund),
        unit=refund.unit,
        amount=Decimal(refund.amount),
        on=max(day_of(done_at), payment.received_on),
        in_transit=came_by_days(payment=payment),
        by=by,
        at=at,
    )
    with within([EVERYTHING]):
        channel_gave_back(done=refund, by=by, at=at)
    return refund
