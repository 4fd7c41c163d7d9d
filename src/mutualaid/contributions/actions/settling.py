"""Money has come in: set against bills, booked, covers begun, receipt issued, in one transaction for both ways to pay."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.actions.beginning import begin_what_is_paid
from mutualaid.contributions.actions.telling import tell_payer
from mutualaid.contributions.models import Bill, GivenBack, Payment, Receipt, Settlement
from mutualaid.contributions.queries import share_of
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.states import BILL
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.actions import post_match, post_payment

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class WrongSum(Refused):
    """The bills do not make up the money exactly."""


class OtherFund(Refused):
    """The bill is to be paid into another account."""


class AlreadyUsed(Refused):
    """The money was set against bills before."""


@transaction.atomic
def receive(*, payment: Payment, bills: Sequence[Bill], by: Actor, at: datetime.datetime) -> Payment:
    """A payment that was just made is booked: against these bills, which it must make up exactly, or, without any,
    wholly as 暂收款. Raises WrongSum, OtherFund, IllegalMove (a bill is no longer open)."""
    with within([EVERYTHING]):
        record(what="payment_received", row=payment, by=by, at=at, amount=str(payment.amount), bills=len(bills))
        settled = _settled(payment, bills, by, at)
        post_payment(
            book=payment.fund.book,
            payment=subject_of(payment),
            amount=payment.amount,
            matched=[share_of(bill=bill) for bill in settled],
            on=payment.received_on,
            by=by,
            at=at,
        )
        for bill in settled:
            _paid(bill, payment, by, at)
    return payment


@transaction.atomic
def match_payment(*, payment: Payment, bills: Sequence[Bill], by: Actor, at: datetime.datetime) -> Payment:
    """Money that waits as 暂收款 is found to be for these bills, which it must make up exactly.

    Raises AlreadyUsed, WrongSum, OtherFund, IllegalMove.
    """
    with within([EVERYTHING]):
        payment = _waiting(payment)
        _expect_sum(payment, bills)
        settled = _settled(payment, bills, by, at)
        on = max([payment.received_on, *(bill.issued_on for bill in settled)])
        shares = [share_of(bill=bill) for bill in settled]
        post_match(book=payment.fund.book, match=subject_of(payment), shares=shares, on=on, by=by, at=at)
        record(what="payment_matched", row=payment, by=by, at=at, bills=len(settled))
        for bill in settled:
            _paid(bill, payment, by, at)
    return payment


@transaction.atomic
def give_back(*, payment: Payment, reference: str, by: Actor, at: datetime.datetime) -> Payment:
    """Money that waits as 暂收款 is what a member gives back of a benefit that was paid too much: it is for no bill any more. Who
    asks books it (``ledger.benefits.post_repayment``). Raises AlreadyUsed."""
    with within([EVERYTHING]):
        payment = _waiting(payment)
        GivenBack.objects.create(payment=payment, reference=reference, at=at)
        record(what="payment_given_back", row=payment, by=by, at=at, reference=reference)
    return payment


def _waiting(payment: Payment) -> Payment:
    """A payment, locked, that is for nothing yet. Raises AlreadyUsed."""
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
    if payment.settlements.exists() or GivenBack.objects.filter(payment=payment).exists():
        raise AlreadyUsed(
            "该笔款项应仍在暂收款中，已核销账单或应退互助金；请刷新后再看",
            "expected the money to wait unmatched, it is set against bills or what a member had to return; look again",
        )
    return payment


@transaction.atomic
def issue_receipt(*, bill: Bill, by: Actor, at: datetime.datetime) -> Receipt:
    """收款凭证（非财政票据） for a bill that was just paid. Its check code cannot be guessed from another."""
    receipt = Receipt.objects.create(
        bill=bill,
        payer_name=bill.payer_name,
        amount=bill.amount,
        issued_at=at,
        check_code="".join(secrets.choice(_LETTERS) for _ in range(16)),
    )
    receipt.refresh_from_db(fields=["number"])
    record(what="receipt_issued", row=receipt, by=by, at=at)
    return receipt


def _expect_sum(payment: Payment, bills: Sequence[Bill]) -> None:
    total = sum((bill.amount for bill in bills), Decimal(0))
    if total != payment.amount:
        raise WrongSum(
            f"所选账单合计应正好等于到账金额 {shown(payment.amount)}，合计为 {shown(total)}；"
            "请改选账单；金额确有出入的，先整笔记入暂收款",
            f"expected bills of exactly {shown(payment.amount)}, found {shown(total)}; choose others; "
            "where the amount is really another, hold the whole of it as unmatched money",
        )


def _settled(payment: Payment, bills: Sequence[Bill], by: Actor, at: datetime.datetime) -> list[Bill]:
    """The bills, locked in one order (so that two payments never wait for each other) and set against the money."""
    if not bills:
        return []
    _expect_sum(payment, bills)
    settled = []
    for bill in sorted(bills, key=lambda bill: bill.pk):
        if bill.fund_id != payment.fund_id:
            raise OtherFund(
                f"账单 {bill.number} 应缴入另一专户，与到账专户不同；请由该专户的财务处理",
                f"bill {bill.number} is to be paid into another account; have that account's finance deal with it",
            )
        locked = make(bill, BILL, "settle_bill", by=by, at=at)
        Settlement.objects.create(payment=payment, bill=locked, amount=locked.amount)
        settled.append(locked)
    return settled


def _paid(bill: Bill, payment: Payment, by: Actor, at: datetime.datetime) -> None:
    if bill.holds_cover:
        begin_what_is_paid(bill=bill, paid_on=payment.received_on, by=by, at=at)
    issue_receipt(bill=bill, by=by, at=at)
    words = {"number": bill.number, "amount": shown(bill.amount)}
    tell_payer(bill=bill, template="bill_paid", words=words, by=by, at=at)
