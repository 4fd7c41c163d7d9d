"""Days of channels are held against their files; what differs is seen to by finance: asked after, taken over, or closed.

Files are fetched, and channels asked, by ``jobs``; here what they said is taken.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from mutualaid.contributions.actions.settling import receive
from mutualaid.contributions.comparing import (
    PAYMENT,
    Compared,
    Found,
    compare,
    our_orders,
    our_refunds,
    ours_of,
    takes_file,
)
from mutualaid.contributions.gateway import Answer, Channel, DayEntry, DayFile, settles_net
from mutualaid.contributions.models import ChannelRefund, Difference, Fund, Order, Payment, Reconciliation
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.states import DIFFERENCE, RECONCILIATION
from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.transit import post_channel_fees

FILE = "channel_file"
"""The kind of a stored file that is a channel's."""
FEN = 100
COUNTED = [
    "file",
    "tried_at",
    "compared_at",
    "fees_amount",
    *(
        f"{whose}{kind}{what}"
        for whose in ("", "ours_")
        for kind in ("payments", "refunds")
        for what in ("", "_amount")
    ),
]
LATE = datetime.timedelta(days=2)
"""From the second day after a day on, a file that a channel says it has not is none, and no longer late."""
CONFIRMED_FOR = datetime.timedelta(days=1)
"""How long what a channel said when asked may be acted upon."""


class DayIsCompared(Refused):
    """The day's file is there and compared."""


class NotConfirmed(Refused):
    """The channel did not confirm lately that it has this money."""


class NotMoney(Refused):
    """A refund, money of an order of ours, or money that is booked already: nothing that can be taken over."""


@transaction.atomic
def open_day(*, channel: str, fund: Fund, day: datetime.date, by: Actor, at: datetime.datetime) -> Reconciliation:
    """A day of a channel is to be held against its file. Asked again, it is the same row."""
    found, made = Reconciliation.objects.get_or_create(channel=channel, day=day, defaults={"fund": fund})
    if made:
        record(what="channel_day_opened", row=found, by=by, at=at, channel=channel, day=day.isoformat())
    return found


@transaction.atomic
def take_over_day(
    *, channel: str, fund: Fund, day: datetime.date, amount: Decimal, by: Actor, at: datetime.datetime
) -> Reconciliation:
    """A day on which a channel collected for the system before this one, and is still to pay out: who takes it over books it,
    and a line of the bank settles it as any other. Raises DayIsCompared."""
    with within([EVERYTHING]):
        found = open_day(channel=channel, fund=fund, day=day, by=by, at=at)
        found = Reconciliation.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)
        if found.state != "waiting":
            raise DayIsCompared(
                f"渠道 {channel} 的 {day} 应尚未对账，已在“渠道对账”中；请从接管文件删去该行",
                f"expected {day} of channel {channel} not to be known yet, it is among its days; remove it from the file",
            )
        also = {"compared_at": at, "settles_amount": amount}
        return make(found, RECONCILIATION, "day_agrees", by=by, at=at, also=also, taken_over=True)


@transaction.atomic
def fetch_again(*, day: Reconciliation, by: Actor, at: datetime.datetime) -> Reconciliation:
    """Finance does not want to wait for the next try. Raises DayIsCompared."""
    if not takes_file(day=day):
        raise DayIsCompared(
            "当日账单应尚未取得，已取得并对账；请查看差异",
            "expected the day's file not to be there yet, it is compared; look at the differences",
        )
    record(what="channel_day_wanted", row=day, by=by, at=at)
    work.post(name="contributions.fetch_day", wanted={"channel": day.channel, "day": day.day.isoformat()})
    return day


@transaction.atomic
def note_try(*, day: Reconciliation, at: datetime.datetime, by: Actor) -> None:  # noqa: ARG001 - by whom is always the worker
    """The file was not there."""
    Reconciliation.objects.filter(pk=day.pk).update(tried_at=at)


@transaction.atomic
def take_no_trades(*, day: Reconciliation, channel: Channel, by: Actor, at: datetime.datetime) -> Reconciliation:
    """The channel says that it has no file for a day. Where we know of no trade either the day is done; else its file may be
    late, and when that cannot be any more each trade of ours becomes a task. A second time nothing happens."""
    with within([EVERYTHING]):
        day = Reconciliation.objects.select_for_update(no_key=True, of=("self",)).get(pk=day.pk)
        if not takes_file(day=day):
            return day
        day.tried_at = at
        day.save(update_fields=["tried_at"])
        if day.state == "differs":
            return day
        if ours_of(channel=day.channel, day=day.day, ends=channel.day_ends):
            return _held_against(day, channel, (), by, at) if day_of(at) - day.day >= LATE else day
        if day.state == "empty":
            return day
        also = {"compared_at": at, "settles_amount": Decimal(0)}
        return make(day, RECONCILIATION, "day_empty", by=by, at=at, also=also)


@transaction.atomic
def take_day_file(
    *, day: Reconciliation, channel: Channel, file: DayFile, by: Actor, at: datetime.datetime
) -> Reconciliation:
    """The file of a day is there: it is kept, held against what we booked, and each difference becomes a task. A second time
    nothing happens."""
    with within([EVERYTHING]):
        day = Reconciliation.objects.select_for_update(no_key=True, of=("self",)).get(pk=day.pk)
        if not takes_file(day=day):
            return day
        day.file = papers.store(
            content=file.content,
            name=file.name,
            kind=FILE,
            media_type=papers.CSV if file.name.endswith(".csv") else papers.ZIP,
            unit_path=day.fund.unit.path,
            ours=True,
            by=by,
            at=at,
        )
        return _held_against(day, channel, file.entries, by, at)


def _held_against(
    day: Reconciliation, channel: Channel, entries: Sequence[DayEntry], by: Actor, at: datetime.datetime
) -> Reconciliation:
    done = compare(channel=day.channel, day=day.day, ends=channel.day_ends, entries=entries)
    known = {(one.kind, one.order_id, one.refund_id) for one in day.differences.all()}
    _count(day, channel, entries)
    day.tried_at = day.compared_at = at
    day.save(update_fields=COUNTED)
    Order.objects.filter(pk__in=done.orders).update(reconciled_on=day.day)
    ChannelRefund.objects.filter(pk__in=done.refunds).update(reconciled_on=day.day)
    for found in done.found:
        order, refund = found.order.pk if found.order else None, found.refund.pk if found.refund else None
        if found.finding != Difference.Finding.OURS_ONLY or (found.kind, order, refund) not in known:
            _keep(day, found, by, at)
    _clear_earlier(done, by, at)
    _book_fees(day, entries, by, at)
    if day.state == "differs":  # without a file until now
        day.refresh_from_db(fields=["state"])
        return day
    move = "day_differs" if done.found else "day_agrees"
    return make(day, RECONCILIATION, move, by=by, at=at, differences=len(done.found))


def _book_fees(day: Reconciliation, entries: Sequence[DayEntry], by: Actor, at: datetime.datetime) -> None:
    """What the channel keeps of the day is booked, and what it is to pay out for it noted. A line that the file has twice counts
    once. A channel that pays out in full takes its fee elsewhere: that is not of the fund's books."""
    once = {(entry.kind, entry.external): entry for entry in reversed(entries)}.values()
    fees = sum(entry.fee_fen for entry in once) if settles_net(day.channel) else 0
    paid = sum(entry.fen if entry.kind == "payment" else -entry.fen for entry in once)
    day.settles_amount = Decimal(paid - fees) / FEN
    day.save(update_fields=["settles_amount"])
    if fees:
        amount, book = Decimal(fees) / FEN, day.fund.book
        post_channel_fees(book=book, day=subject_of(day), amount=amount, on=day.day, by=by, at=at)


def _count(day: Reconciliation, channel: Channel, entries: Sequence[DayEntry]) -> None:
    for kind in ("payment", "refund"):
        some = [entry.fen for entry in entries if entry.kind == kind]
        setattr(day, f"{kind}s", len(some))
        setattr(day, f"{kind}s_amount", Decimal(sum(some)) / FEN)
    day.fees_amount = Decimal(sum(entry.fee_fen for entry in entries)) / FEN
    orders = our_orders(channel=day.channel, day=day.day, ends=channel.day_ends)
    refunds = our_refunds(channel=day.channel, day=day.day, ends=channel.day_ends)
    day.ours_payments, day.ours_refunds = orders.count(), refunds.count()
    day.ours_payments_amount = orders.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    day.ours_refunds_amount = refunds.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def _keep(day: Reconciliation, found: Found, by: Actor, at: datetime.datetime) -> Difference:
    made = Difference.objects.create(
        reconciliation=day,
        kind=found.kind,
        finding=found.finding,
        external_number=found.number[:64],
        external=found.external[:64],
        made_at=found.made_at,
        order=found.order,
        refund=found.refund,
        theirs_amount=found.theirs,
        ours_amount=found.ours,
    )
    made.refresh_from_db(fields=["number"])
    record(what="difference_found", row=made, by=by, at=at, kind=found.kind, finding=found.finding)
    return made


def _clear_earlier(done: Compared, by: Actor, at: datetime.datetime) -> None:
    """What an earlier day's file lacked stands in this one."""
    lacked = Difference.objects.filter(state="open", finding=Difference.Finding.OURS_ONLY)
    for one in [*lacked.filter(order__in=done.orders), *lacked.filter(refund__in=done.refunds)]:
        _cleared(one, by, at)


@transaction.atomic
def ask_about(*, difference: Difference, by: Actor, at: datetime.datetime) -> Difference:
    """The channel is asked how it stands there, at once, by the worker. Raises IllegalMove."""
    found = Difference.objects.select_for_update(no_key=True, of=("self",)).get(pk=difference.pk)
    _expect_open(found)
    record(what="difference_asked", row=found, by=by, at=at)
    work.post(name="contributions.ask_difference", wanted={"difference": found.number})
    return found


@transaction.atomic
def take_told(*, difference: Difference, answer: Answer | None, by: Actor, at: datetime.datetime) -> Difference:
    """What the channel said when it was asked about a difference; None: nothing clear. What agrees with us now is cleared."""
    with within([EVERYTHING]):
        found = Difference.objects.select_for_update(no_key=True, of=("self",)).get(pk=difference.pk)
        if found.state != "open":
            return found
        found.told, found.told_at = (answer.standing if answer else "unclear"), at
        paid = answer is not None and answer.standing == "paid"
        found.told_amount = Decimal(answer.fen) / FEN if answer and paid else None
        found.told_paid_at = answer.paid_at if answer and paid else None
        found.save(update_fields=["told", "told_at", "told_amount", "told_paid_at"])
        record(what="difference_told", row=found, by=by, at=at, told=found.told)
        payment = Payment.objects.filter(order=found.order_id).first() if found.order_id else None
        if (
            paid
            and found.order_id
            and payment is not None
            and payment.amount == found.theirs_amount == found.told_amount
        ):
            Order.objects.filter(pk=found.order_id).update(reconciled_on=found.reconciliation.day)
            return _cleared(found, by, at)
        return found


@transaction.atomic
def take_refund_told(*, difference: Difference, by: Actor, at: datetime.datetime) -> Difference:
    """The refund of a difference was asked after, and stands as it now does: done with the file's amount clears it. Of one that
    we never asked for a channel tells nothing clear."""
    with within([EVERYTHING]):
        found = Difference.objects.select_related("refund").select_for_update(no_key=True, of=("self",)).get(
            pk=difference.pk
        )  # fmt: skip
        if found.state != "open":
            return found
        found.told, found.told_at = (found.refund.state if found.refund else "unclear"), at
        found.save(update_fields=["told", "told_at"])
        record(what="difference_told", row=found, by=by, at=at, told=found.told)
        if found.refund and found.refund.state == "done" and found.refund.amount == found.theirs_amount:
            ChannelRefund.objects.filter(pk=found.refund.pk).update(reconciled_on=found.reconciliation.day)
            return _cleared(found, by, at)
        return found


@transaction.atomic
def take_over(*, difference: Difference, by: Actor, at: datetime.datetime) -> Difference:
    """Money that the channel has and we know no order for becomes 暂收款, once the channel has confirmed it when it was asked:
    its amount, not the file's. Raises NotMoney, NotConfirmed, IllegalMove."""
    with within([EVERYTHING]):
        found = Difference.objects.select_for_update(no_key=True, of=("self",)).get(pk=difference.pk)
        _expect_open(found)
        if found.kind != PAYMENT or found.finding != Difference.Finding.THEIRS_ONLY or found.order_id is not None:
            raise NotMoney(
                "应为渠道有、我方没有订单的收款；有订单的请向渠道查询，由系统自行入账，其余请核对后说明关闭",
                "expected money of the channel without an order of ours; where there is an order ask the channel, and it is "
                "booked by itself; close others with a reason",
            )
        fresh = found.told_at is not None and at - found.told_at <= CONFIRMED_FOR
        if found.told != "paid" or not fresh or not found.told_amount or found.told_paid_at is None:
            raise NotConfirmed(
                "应先由渠道在 24 小时内确认已收款，尚未确认；请先点“向渠道查询”",
                "expected the channel to have confirmed the money within 24 hours, it did not; ask the channel first",
            )
        _expect_once(found)
        amount, paid_on = found.told_amount, day_of(found.told_paid_at)
        found = make(found, DIFFERENCE, "take_difference_over", by=by, at=at)
        payment = Payment.objects.create(
            fund=found.reconciliation.fund,
            amount=amount,
            received_on=paid_on,
            difference=found,
            at=at,
        )
        receive(payment=payment, bills=[], by=by, at=at)
        _settle_day(found, by, at)
        return found


def _expect_once(difference: Difference) -> None:
    """The same money may stand in the files of two days: it is one payment. The fund is the lock. Raises NotMoney."""
    day = difference.reconciliation
    Fund.objects.select_for_update(no_key=True, of=("self",)).get(pk=day.fund_id)
    same = Difference.objects.filter(
        reconciliation__channel=day.channel,
        external=difference.external,
        external_number=difference.external_number,
        state="taken_over",
    )
    before = same.first()
    if before is not None:
        raise NotMoney(
            f"该笔收款应尚未入账；同一笔已按差异 {before.number} 转入暂收款，请核对后说明关闭",
            f"expected money that is not booked yet, found it taken over with difference {before.number}; close this one with "
            "a reason",
        )


@transaction.atomic
def close_difference(*, difference: Difference, reason: str, by: Actor, at: datetime.datetime) -> Difference:
    """Finance has found out what it is, and says so. Nothing is booked. Raises NoReason, IllegalMove."""
    remark = said(reason)[:200]
    with within([EVERYTHING]):
        found = make(difference, DIFFERENCE, "close_difference", by=by, at=at, also={"remark": remark})
        _settle_day(found, by, at)
        return found


def _cleared(difference: Difference, by: Actor, at: datetime.datetime) -> Difference:
    found = make(difference, DIFFERENCE, "difference_cleared", by=by, at=at)
    _settle_day(found, by, at)
    return found


def _settle_day(difference: Difference, by: Actor, at: datetime.datetime) -> None:
    """The day agrees once nothing is open. Its row is the lock: of two differences seen to at once one is last."""
    day = Reconciliation.objects.select_for_update(no_key=True, of=("self",)).get(pk=difference.reconciliation_id)
    if day.state == "differs" and not day.differences.filter(state="open").exists():
        make(day, RECONCILIATION, "day_agrees", by=by, at=at)


def _expect_open(difference: Difference) -> None:
    if difference.state != "open":
        raise IllegalMove(difference, DIFFERENCE, "close_difference", difference.state)
