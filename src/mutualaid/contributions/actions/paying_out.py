"""Lines of a bank's statement that are no money of payers: a channel has paid out what it collected, or channels' fees are made
good to the fund. Finance says so; nothing is taken silently. What was set against the wrong line a second person undoes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction

from mutualaid.contributions.models import (
    ChannelTransfer,
    Fund,
    Reconciliation,
    StatementLine,
    TransferUndoing,
)
from mutualaid.contributions.paying_out import fees_owed, total_of
from mutualaid.contributions.persons import NotYours, person_of
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.states import STATEMENT_LINE
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.models import Book
from mutualaid.ledger.transit import post_channel_settlement, post_fees_made_good, undo_transfer_entry


class NoDays(Refused):
    """A channel pays out for one day or more, of one channel and of the fund of the line, compared and not settled yet."""


class OtherSum(Refused):
    """The line is not what the days come to, and nobody said why it may be another."""


class MoreThanOwed(Refused):
    """More would be made good than channels kept."""


class NoTransfer(Refused):
    """The line is not held against a channel: it never was, or that is undone already."""


@transaction.atomic
def settle_days(
    *, line: StatementLine, days: Sequence[Reconciliation], reason: str = "", by: Actor, at: datetime.datetime
) -> ChannelTransfer:
    """A channel has paid out, by this line, what it collected on these days. With a ``reason`` it may be another amount: the rest
    stays in transit, to be seen to with the channel. Raises NoDays, OtherSum, IllegalMove (somebody was quicker)."""
    with within([EVERYTHING]):
        line = make(line, STATEMENT_LINE, "match_line", by=by, at=at)
        keys = [day.pk for day in days]
        # In one order, so that two lines never wait for each other.
        locked = list(
            Reconciliation.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk")
        )
        _expect_open(line, locked)
        total, why = total_of(locked), reason.strip()[:200]
        if total != line.amount and not why:
            raise OtherSum(
                f"所选各日应结算合计应等于到账金额 {shown(line.amount)}，合计为 {shown(total)}；请改选日期，"
                "或向渠道查清后写明原因，差额留在“支付渠道在途”",
                f"expected days that come to {shown(line.amount)}, they come to {shown(total)}; choose others, or find out why "
                "at the channel and write it: the rest then stays in transit",
            )
        found = ChannelTransfer.objects.create(
            line=line, kind="settlement", channel=locked[0].channel, reason=why if total != line.amount else "", at=at,
            entered_by=by.key, again=_again(line),
        )  # fmt: skip
        Reconciliation.objects.filter(pk__in=keys).update(transfer=found)
        _remarked(line, f"渠道结算款 {'、'.join(day.day.isoformat() for day in locked[:5])}")
        post_channel_settlement(
            book=_book(line), settlement=subject_of(found), amount=line.amount, on=line.booked_on, by=by, at=at
        )
        record(what="channel_settled", row=found, by=by, at=at, days=len(locked), amount=str(line.amount))
    return found


@transaction.atomic
def make_fees_good(*, line: StatementLine, by: Actor, at: datetime.datetime) -> ChannelTransfer:
    """Whoever runs the scheme has made good, by this line, what channels kept as their fee. Raises MoreThanOwed, IllegalMove."""
    with within([EVERYTHING]):
        line = make(line, STATEMENT_LINE, "match_line", by=by, at=at)
        # Its fund is the lock: of two lines at once the second sees what is left.
        fund = Fund.objects.select_for_update(no_key=True, of=("self",)).get(pk=line.fund_id)
        owed = fees_owed(fund=fund)
        if line.amount > owed:
            raise MoreThanOwed(
                f"补足支付服务费应不超过尚欠的 {shown(owed)} 元，到账 {shown(line.amount)} 元；请核对，多出的请付款方分开汇入",
                f"expected at most the {shown(owed)} that is owed, found {shown(line.amount)}; have what is more paid apart",
            )
        found = ChannelTransfer.objects.create(line=line, kind="fees", at=at, entered_by=by.key, again=_again(line))
        _remarked(line, "补足支付服务费")
        post_fees_made_good(
            book=_book(line), transfer=subject_of(found), amount=line.amount, on=line.booked_on, by=by, at=at
        )
        record(what="channel_fees_made_good", row=found, by=by, at=at, amount=str(line.amount))
    return found


@transaction.atomic
def undo_transfer(*, line: StatementLine, reason: str, by: Actor, at: datetime.datetime) -> TransferUndoing:
    """A line was set against a channel's days, or taken as fees made good, by mistake: somebody else than who entered it undoes
    that. Its entry is reversed, the line waits again, and so do the days. Raises NotYours, NoReason, NoTransfer."""
    name, why = person_of(by=by), said(reason)[:200]
    with within([EVERYTHING]):
        line = StatementLine.objects.select_for_update(no_key=True, of=("self",)).get(pk=line.pk)
        found = ChannelTransfer.objects.filter(line=line, undoing=None).first()
        if found is None:
            raise _no_transfer(line)
        if found.entered_by == by.key:
            raise NotYours(
                "应由登记人以外的财务人员撤销，您是登记人；请交由另一位财务人员核对后撤销",
                "expected somebody other than who entered it; have another person of finance look at it and undo it",
            )
        days = list(found.reconciliations.select_for_update(no_key=True, of=("self",)).order_by("pk"))
        Reconciliation.objects.filter(pk__in=[day.pk for day in days]).update(transfer=None)
        told = [day.day.isoformat() for day in days]
        undone = TransferUndoing.objects.create(
            transfer=found, entered_by=found.entered_by, by=by.key, name=name, why=why, days=told, at=at
        )
        line = make(line, STATEMENT_LINE, "undo_line_transfer", by=by, at=at, also={"remark": ""})
        undo_transfer_entry(book=_book(line), transfer=subject_of(found), on=day_of(at), by=by, at=at)
        record(what="channel_transfer_undone", row=found, by=by, at=at, days=told, amount=str(line.amount))
    return undone


def _no_transfer(line: StatementLine) -> NoTransfer:
    before = TransferUndoing.objects.filter(transfer__line=line).order_by("-id").first()
    if before is None:
        return NoTransfer(
            "应为已核对为渠道结算款或补足服务费的流水，该笔不是；缴费方的款项请在到账页办理",
            "expected a line that is held against a channel or made fees good, this one is not; see to payers' money on its page",
        )
    on = day_of(before.at)
    return NoTransfer(
        f"该笔应尚未撤销，已由{before.name}于 {on} 撤销；请刷新后重新核对这笔流水",
        f"expected that it was not undone yet, {before.name} did so on {on}; load the page again and settle the line anew",
    )


def _expect_open(line: StatementLine, days: Sequence[Reconciliation]) -> None:
    alike = {(day.channel, day.fund_id) for day in days}
    if len(alike) != 1 or {fund for _name, fund in alike} != {line.fund_id} or not all(map(_is_open, days)):
        raise NoDays(
            "应选择本专户同一渠道已对账、尚未结算的一日或多日，并非如此；请刷新页面后重新选择",
            "expected one day or more of one channel of this fund, compared and not settled; load the page again and choose",
        )


def _is_open(day: Reconciliation) -> bool:
    return day.settles_amount is not None and day.transfer_id is None


def _again(line: StatementLine) -> int:
    return ChannelTransfer.objects.filter(line=line).count()


def _book(line: StatementLine) -> Book:
    return Book.objects.get(fund=line.fund_id)


def _remarked(line: StatementLine, remark: str) -> None:
    StatementLine.objects.filter(pk=line.pk).update(remark=said(remark)[:200])
