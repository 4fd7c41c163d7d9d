"""What banks say became of orders: taken as a whole or refused as a whole, in whatever order and however often it comes."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.models import Fund
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.money import shown
from mutualaid.core.moves import begin, make, make_all
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.benefits import post_benefit_payment, post_benefit_return
from mutualaid.notices.actions import notify_office
from mutualaid.payouts import telling
from mutualaid.payouts.bank.news import News, NewsRefused, Outcome
from mutualaid.payouts.bank.reading import BYTES_MOST, read_news
from mutualaid.payouts.bank.reasons import REASONS
from mutualaid.payouts.comparing import batch_of, steps_of_news
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.payouts.queries import shares_of
from mutualaid.payouts.refusals import said
from mutualaid.payouts.states import BANK_RESULT, BATCH, IN_FLIGHT, PAYMENT_ORDER
from mutualaid.people.models import RoleName

RESULT_FILE = "bank_result"
"""The kind of a stored file in which a bank, or finance by hand, tells what became of orders."""

KNOWN_OTHERWISE = "DU01"


@transaction.atomic
def take_result(*, fund: Fund, data: bytes, name: str, genuine: bool, by: Actor, at: datetime.datetime) -> BankResult:
    """A file of the bank: each row of it is booked, or none, and finance is told why. The same bytes are taken once. ``genuine``:
    its seal is the bank's; bytes that came without it before are taken when they come with it. Raises nothing that the bank
    could cause."""
    # Two files of one fund at a time: the second then knows what the first has told.
    fund = Fund.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=fund.pk)
    digest = hashlib.sha256(data).hexdigest()
    known = BankResult.objects.filter(fund=fund, sha256=digest)
    if genuine:  # what came with a broken seal before was not the bank's: only now it is
        known = known.exclude(fault="forged")
    there = known.first()
    if there is not None:
        return there
    result = BankResult(fund=fund, kind="status", sha256=digest, name=name[:200], at=at)
    try:
        if not genuine:
            raise NewsRefused("forged")
        news = read_news(data=data)
        result.kind, result.rows = news.kind, len(news.outcomes)
        batch = batch_of(fund=fund, news=news)
        result.batch = batch
        if batch is not None:
            _expect_about(batch, news)
        moved = apply(fund=fund, batch=batch, news=news, by=by, at=at)
    except NewsRefused as refusal:
        result.fault, result.fault_number = refusal.fault, refusal.number
        return _refuse(result, data, by, at)
    result.changed = len(moved)
    _keep_file(result, data, by, at)
    told = {"rows": result.rows, "changed": result.changed}
    result = begin(result, BANK_RESULT, "result_taken", by=by, at=at, **told)
    PaymentOrder.objects.filter(number__in=moved).exclude(state="sent").update(told_by=result)
    return result


@transaction.atomic
def look_at_result(*, result: BankResult, remark: str, by: Actor, at: datetime.datetime) -> BankResult:
    """Somebody has looked at a file that was refused, and says what they found. Raises NoReason, IllegalMove."""
    remark = said(remark)
    result = make(result, BANK_RESULT, "look_at_result", by=by, at=at)
    result.remark = remark
    result.save(update_fields=["remark"])
    return result


# --- what is told, against what is known ------------------------------------------------------------------------------


def _expect_about(batch: Batch, news: News) -> None:
    """The bank means the batch that we mean. A file that it could not read it refuses without a count. Raises NewsRefused."""
    if news.absent:
        raise NewsRefused("not_received")
    if news.group == "rejected" and news.reason == KNOWN_OTHERWISE:
        raise NewsRefused("contradiction")  # what it has under this number may be on its way
    told = (news.count, news.total)
    if news.kind != "status" or (news.group == "rejected" and told == (None, None)):
        return
    if told != (batch.count, batch.total):
        raise NewsRefused("other_sums")


def apply(*, fund: Fund, batch: Batch | None, news: News, by: Actor, at: datetime.datetime) -> list[str]:
    """What is told of orders happens to them; the numbers of those that it decided. In the caller's transaction, which holds
    the fund's row. Raises NewsRefused before anything is changed."""
    orders, steps = steps_of_news(fund=fund, batch=batch, news=news)
    moved: set[str] = set()
    for move in ("payout_known", "payout_paid", "payout_failed", "payout_returned"):
        moved.update(outcome.number for outcome in steps.get(move, ()))
        _move(fund, move, steps.get(move, []), by, at)
    _finish({order.batch_id for order in orders.values() if order.number in moved}, by, at)
    return sorted(moved)


def _move(fund: Fund, move: str, told: Sequence[Outcome], by: Actor, at: datetime.datetime) -> None:
    if not told:
        return
    by_number = {outcome.number: outcome for outcome in told}
    rows = make_all(PaymentOrder.objects.filter(number__in=list(by_number)), PAYMENT_ORDER, move, by=by, at=at)
    for row in rows:
        outcome = by_number[row.number]
        row.bank_reason, row.bank_message = outcome.reason, outcome.message
        if move == "payout_paid":
            row.paid_on = outcome.on
    PaymentOrder.objects.bulk_update(rows, ["bank_reason", "bank_message", "paid_on"], batch_size=1000)
    if move in ("payout_paid", "payout_returned"):
        with within([EVERYTHING]):
            for row in rows:
                _book(fund, row, move, by_number[row.number], by, at)
    if move != "payout_known":
        _tell(fund, rows, move, by_number, by, at)


def _book(fund: Fund, order: PaymentOrder, move: str, outcome: Outcome, by: Actor, at: datetime.datetime) -> None:
    on = outcome.on
    assert on is not None  # readers let no payment and no return pass without its day
    if move == "payout_paid":
        shares = shares_of(order=order)
        post_benefit_payment(book=fund.book, subject=subject_of(order), shares=shares, on=on, by=by, at=at)
    else:
        post_benefit_return(book=fund.book, subject=subject_of(order), on=on, by=by, at=at)


def _tell(
    fund: Fund,
    orders: Sequence[PaymentOrder],
    move: str,
    told: Mapping[str, Outcome],
    by: Actor,
    at: datetime.datetime,
) -> None:
    """Members and programs hear of the money once; finance of what has to be ordered anew."""
    # Paid and returned by one file: the member is told what is the case now.
    final = [order for order in orders if move != "payout_paid" or told[order.number].told == "paid"]
    if move == "payout_paid":
        telling.paid(orders=final, by=by, at=at)
    else:
        reasons = {number: REASONS.get(one.reason, ("", ""))[0] or one.message for number, one in told.items()}
        telling.came_back(orders=final, reasons=reasons, by=by, at=at)
    if move != "payout_paid":
        words = {"count": len(orders), "amount": shown(sum((order.amount for order in orders), Decimal(0)))}
        _tell_finance(fund, "payouts_failed", words, "/workbench/payouts?state=to_correct", by, at)


def _tell_finance(
    fund: Fund, template: str, words: Mapping[str, object], link: str, by: Actor, at: datetime.datetime
) -> None:
    roles = [RoleName.FINANCE]
    notify_office(unit=fund.unit, roles=roles, template=template, words=words, link=link, by=by, at=at)


def _finish(batches: set[int | None], by: Actor, at: datetime.datetime) -> None:
    """Batches of which the bank has told all are done."""
    for batch in Batch.objects.filter(pk__in=[pk for pk in batches if pk], state__in=["released", "sent"]).order_by(
        "pk"
    ):
        if not batch.orders.filter(state__in=IN_FLIGHT).exists():
            make(batch, BATCH, "batch_done", by=by, at=at)


def _refuse(result: BankResult, data: bytes, by: Actor, at: datetime.datetime) -> BankResult:
    _keep_file(result, data, by, at)
    result = begin(result, BANK_RESULT, "refuse_result", by=by, at=at, fault=result.fault)
    tell_of_difference(result=result, by=by, at=at)
    return result


def tell_of_difference(*, result: BankResult, by: Actor, at: datetime.datetime) -> None:
    """Finance has to look at a file that does not agree with what is known."""
    words = {"fund": result.fund.account_name}
    _tell_finance(result.fund, "bank_difference", words, f"/workbench/payouts/results/{result.key}", by, at)


def _keep_file(result: BankResult, data: bytes, by: Actor, at: datetime.datetime) -> None:
    """What is no text, or too long, is not kept; that it came is."""
    if len(data) <= BYTES_MOST and papers.type_of(data) == papers.XML:
        result.file = papers.store(
            content=data,
            name=result.name,
            kind=RESULT_FILE,
            media_type=papers.XML,
            unit_path=result.fund.unit.path,
            by=by,
            at=at,
        )
