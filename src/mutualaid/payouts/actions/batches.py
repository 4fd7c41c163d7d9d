"""Batches: made by one person of finance, released by another, sent by the worker; asked after when the bank is silent."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.models import Fund
from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove, make, make_all
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.models import Book
from mutualaid.ledger.queries import payable
from mutualaid.notices.actions import notify_office
from mutualaid.payouts import telling
from mutualaid.payouts.bank.writing import PaymentFile, Transfer, payment_file, payment_workbook
from mutualaid.payouts.gateway import bank_of_fund
from mutualaid.payouts.models import AccountChange, BankResult, Batch, PaymentOrder
from mutualaid.payouts.persons import NotAPerson, SamePerson, person_of
from mutualaid.payouts.queries import in_flight, is_own_bank
from mutualaid.payouts.refusals import Refused
from mutualaid.payouts.states import BANK_RESULT, BATCH, PAYMENT_ORDER
from mutualaid.people.models import Account, RoleName

ORDERS_MOST = 5000
"""Of one batch: what a bank takes in one file, and a person can answer for."""
PAYMENT_FILE = "payment_file"
"""The kind of a stored file by which a batch is paid."""
PATIENCE = datetime.timedelta(hours=24)
"""How long a bank may be silent about an order until its result counts as unknown."""


__all__ = [
    "BooksDiffer",
    "NotAPerson",
    "NotMissing",
    "NotPaidByHand",
    "NothingToPay",
    "SamePerson",
    "ask_after",
    "confirm_upload",
    "make_batch",
    "mark_sent",
    "release_batch",
    "send_again",
    "withdraw_batch",
]


class NothingToPay(Refused):
    """A batch holds one order or more, all of one fund, and not more than a bank takes."""


class BooksDiffer(Refused):
    """What would leave is not what the books owe, or not what was batched."""


class NotPaidByHand(Refused):
    """The fund is paid through a bank's folder, which says by itself what became of a batch."""


class NotMissing(Refused):
    """A file is sent again only when the bank has said that it never had it."""


@transaction.atomic
def make_batch(*, fund: Fund, orders: Sequence[PaymentOrder] | None = None, by: Actor, at: datetime.datetime) -> Batch:
    """Orders of a fund that wait, all or those chosen, go into one batch, which waits for release by somebody else.

    Raises NothingToPay, NotAPerson, IllegalMove (one of them was taken, or stopped, meanwhile).
    """
    maker = person_of(by)
    rows = PaymentOrder.objects.filter(fund=fund)
    if orders is None:
        waiting = list(rows.filter(state="created").order_by("id").values_list("pk", flat=True)[:ORDERS_MOST])
        chosen = rows.filter(pk__in=waiting)
    else:
        chosen = rows.filter(pk__in=[order.pk for order in orders])
        if chosen.count() != len(orders):
            raise NothingToPay(
                "所选支付单应都属于同一互助专户，其中有别的专户的；请分开编制批次",
                "expected orders of one fund, some are of another; make a batch of each",
            )
    taken = make_all(chosen, PAYMENT_ORDER, "payout_batched", by=by, at=at)
    if not 0 < len(taken) <= ORDERS_MOST:
        raise NothingToPay(
            f"批次应有 1 至 {ORDERS_MOST} 笔待支付的支付单，得到 {len(taken)} 笔；请重新选择",
            f"expected 1 to {ORDERS_MOST} orders that wait, found {len(taken)}; choose others",
        )
    own = [order for order in taken if is_own_bank(fund=fund, order=order)]
    batch = Batch.objects.create(
        fund=fund,
        made_by=maker,
        made_at=at,
        count=len(taken),
        total=_sum(taken),
        own_count=len(own),
        own_total=_sum(own),
    )
    PaymentOrder.objects.filter(pk__in=[order.pk for order in taken]).update(batch=batch)
    record(what="batch_made", row=batch, by=by, at=at, count=batch.count, total=str(batch.total))
    notify_office(
        unit=fund.unit,
        roles=[RoleName.FINANCE],
        besides=[by.key],
        template="batch_to_release",
        words={"number": batch.number, "count": batch.count, "amount": shown(batch.total)},
        link=f"/workbench/payouts/batches/{batch.number}",
        by=by,
        at=at,
    )
    return batch


@transaction.atomic
def withdraw_batch(*, batch: Batch, by: Actor, at: datetime.datetime) -> Batch:
    """A batch is given up before release; its orders wait again. Raises IllegalMove."""
    batch = make(batch, BATCH, "withdraw_batch", by=by, at=at)
    orders = batch.orders.all()
    taken = [order.pk for order in make_all(orders, PAYMENT_ORDER, "payout_unbatched", by=by, at=at)]
    PaymentOrder.objects.filter(pk__in=taken).update(batch=None)
    return batch


@transaction.atomic
def release_batch(*, batch: Batch, by: Actor, at: datetime.datetime) -> Batch:
    """A second person lets a batch go: its file is made, and the worker sends it once this is committed. Nobody lets money go to
    an account that they wrote themselves.

    Raises SamePerson, NotAPerson, BooksDiffer, BankFault, IllegalMove (released or withdrawn by somebody quicker).
    """
    releaser = person_of(by)
    batch = Batch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.pk)
    if batch.state != "open":
        raise IllegalMove(batch, BATCH, "release_batch", batch.state)
    if batch.made_by_id == releaser.pk:
        raise SamePerson(
            "批次应由编制人以外的财务人员放行，您是编制人；请交由另一位财务人员复核",
            "expected somebody other than who made the batch, you made it; have another person of finance release it",
        )
    fund = batch.fund
    _expect_accounts_of_others(batch, releaser)
    _expect_books(batch, fund)
    orders = make_all(batch.orders.all(), PAYMENT_ORDER, "payout_released", by=by, at=at)
    if (len(orders), _sum(orders)) != (batch.count, batch.total):
        raise BooksDiffer(
            f"批次应为 {batch.count} 笔、合计 {shown(batch.total)}，现有 {len(orders)} 笔、{shown(_sum(orders))}；"
            "请撤回后重新编制",
            f"expected {batch.count} orders of {shown(batch.total)}, found {len(orders)} of {shown(_sum(orders))}; "
            "withdraw the batch and make it anew",
        )
    batch.way = bank_of_fund(fund.unit.code)
    batch.released_by, batch.released_at = releaser, at
    batch.file = _file(batch, fund, orders, by, at)
    batch.save(update_fields=["way", "released_by", "released_at", "file"])
    batch = make(batch, BATCH, "release_batch", by=by, at=at)
    if batch.way:
        work.post(name="payouts.send_batch", wanted={"batch": batch.number})
    return batch


@transaction.atomic
def mark_sent(*, batch: Batch, by: Actor, at: datetime.datetime) -> Batch:
    """The file is in the bank's hands: put there by the worker, or uploaded by finance. Asked again, nothing changes: the bank
    may even have answered before. Raises IllegalMove (it was never released)."""
    batch = Batch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.pk)
    if batch.state in ("sent", "done"):
        return batch
    batch = make(batch, BATCH, "batch_sent", by=by, at=at)
    batch.sent_at = at
    batch.save(update_fields=["sent_at"])
    orders = make_all(batch.orders.filter(state="released"), PAYMENT_ORDER, "payout_sent", by=by, at=at)
    telling.sent(orders=orders, by=by, at=at)
    return batch


@transaction.atomic
def confirm_upload(*, batch: Batch, by: Actor, at: datetime.datetime) -> Batch:
    """Finance has uploaded the workbook in the e-bank. Raises NotPaidByHand, IllegalMove."""
    if batch.way:
        raise NotPaidByHand(
            f"批次 {batch.number} 应由人工在网银支付，它经银行通道自动送出；请等待银行结果",
            f"expected batch {batch.number} to be paid by hand, it goes through a bank's folder; wait for its result",
        )
    return mark_sent(batch=batch, by=by, at=at)


@transaction.atomic
def ask_after(*, batch: Batch, by: Actor, at: datetime.datetime) -> Batch:
    """The bank is asked what became of a batch. Orders of which it has said nothing for long are unknown from now on."""
    batch = Batch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.pk)
    batch.asked_at = at
    batch.save(update_fields=["asked_at"])
    if batch.sent_at is not None and batch.sent_at + PATIENCE <= at:
        make_all(batch.orders.filter(state="sent"), PAYMENT_ORDER, "payout_unclear", by=by, at=at)
    record(what="batch_asked", row=batch, by=by, at=at)
    return batch


@transaction.atomic
def send_again(*, batch: Batch, by: Actor, at: datetime.datetime) -> Batch:
    """The bank has said that it never received the batch: the very same file is sent once more, under its own number, so that a
    bank that had it after all takes it for the same. Raises NotMissing, NotAPerson."""
    person_of(by)
    batch = Batch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.pk)
    result = BankResult.objects.filter(batch=batch, fault="not_received", state="refused").order_by("-id").first()
    if result is None or not batch.way or batch.state == "done":
        raise NotMissing(
            f"批次 {batch.number} 应有银行“没有收到”的答复且尚未处理，没有找到；不能重送，请先查询银行结果",
            f"expected the bank to have said that it never received batch {batch.number}, it has not; ask it first",
        )
    make(result, BANK_RESULT, "look_at_result", by=by, at=at)
    record(what="batch_sent_again", row=batch, by=by, at=at)
    work.post(name="payouts.send_batch", wanted={"batch": batch.number})
    return batch


def _file(batch: Batch, fund: Fund, orders: Sequence[PaymentOrder], by: Actor, at: datetime.datetime) -> StoredFile:
    told = PaymentFile(
        batch.number,
        at,
        day_of(at),
        fund.account_name,
        fund.account_number,
        fund.bank_name,
        tuple(
            Transfer(
                order.number,
                order.reference,
                order.amount,
                order.payee_name,
                order.account_number,
                order.bank_name,
                order.bank_code,
                is_own_bank(fund=fund, order=order),
            )
            for order in orders
        ),
    )
    data = payment_file(told=told) if batch.way else payment_workbook(told=told)
    return papers.store(
        content=data,
        name=f"{batch.number}.{'xml' if batch.way else 'xlsx'}",
        kind=PAYMENT_FILE,
        media_type=papers.XML if batch.way else papers.XLSX,
        unit_path=fund.unit.path,
        ours=True,
        by=by,
        at=at,
    )


def _expect_accounts_of_others(batch: Batch, releaser: Account) -> None:
    """Whoever entered another account for a payment had their part in it. Raises SamePerson."""
    if AccountChange.objects.filter(made__batch=batch, asked_by=releaser).exists():
        raise SamePerson(
            "批次应由未更正过其中收款账户的财务人员放行，其中有您更正的账户；请交由另一位财务人员复核",
            "expected somebody who corrected no account in the batch, you corrected one; have another person of finance "
            "release it",
        )


def _expect_books(batch: Batch, fund: Fund) -> None:
    """What is under way already and what would leave now is owed in the books. Raises BooksDiffer."""
    with within([EVERYTHING]):
        owed = payable(book=Book(pk=fund.book_id))
        leaving = in_flight(fund=fund) + batch.total
    if leaving > owed:
        raise BooksDiffer(
            f"在途与本批合计应不超过账上的应付互助金 {shown(owed)}，得到 {shown(leaving)}；请先核对账簿，暂不放行",
            f"expected at most {shown(owed)}, which the books owe, found {shown(leaving)} under way with this batch; "
            "look at the books first",
        )


def _sum(orders: Sequence[PaymentOrder]) -> Decimal:
    return sum((order.amount for order in orders), Decimal(0))
