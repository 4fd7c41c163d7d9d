"""Money that was too much, as finance decides of it: kept for the payer's next bill, and set against that by itself."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.actions.settling import Part, set_against, told
from mutualaid.contributions.actions.telling import tell_payer
from mutualaid.contributions.locking import AlreadyUsed, waiting
from mutualaid.contributions.models import Bill, Credit, Payment
from mutualaid.contributions.queries import share_of
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import rest_of, rest_of_bill, same_payer
from mutualaid.contributions.states import CREDIT
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.actions import post_credit, post_credit_released, post_credit_used


class OtherPayer(Refused):
    """The bill by which the payer is told is of another account."""


@transaction.atomic
def keep_credit(*, payment: Payment, like: Bill, by: Actor, at: datetime.datetime) -> Credit:
    """What of a payment waits as 暂收款 is kept for the next bill of whoever pays the bill ``like``; the payer hears of it.
    Raises AlreadyUsed, OtherPayer."""
    with within([EVERYTHING]):
        payment, rest = waiting(payment=payment)
        if like.fund_id != payment.fund_id:
            raise OtherPayer(
                f"账单 {like.number} 应缴入到账的专户，属于另一专户；请改选该缴费方在本专户的账单",
                f"expected bill {like.number} to be paid into the same account, it is of another; choose a bill of this one",
            )
        credit = Credit.objects.create(payment=payment, like=like, at=at)
        record(what="credit_kept", row=credit, by=by, at=at, amount=str(rest))
        unit = share_of(bill=like).unit
        on = max(day_of(at), payment.received_on)
        post_credit(book=payment.fund.book, kept=subject_of(credit), unit=unit, amount=rest, on=on, by=by, at=at)
        tell_payer(bill=like, template="credit_kept", words={"amount": shown(rest)}, by=by, at=at)
    return credit


@transaction.atomic
def release_credit(*, payment: Payment, by: Actor, at: datetime.datetime) -> Payment:
    """What is left of a credit waits as 暂收款 again, for finance to decide otherwise. Raises AlreadyUsed."""
    with within([EVERYTHING]):
        payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
        credit = Credit.objects.filter(payment=payment, state="kept").first()
        if credit is None:
            raise AlreadyUsed(
                "该笔款项应在留抵中，已抵完或已转回；请刷新后再看",
                "expected the money to be kept for a next bill, it is used up or kept no longer; look again",
            )
        rest = rest_of(payment=payment)
        credit = make(credit, CREDIT, "release_credit", by=by, at=at)
        unit = share_of(bill=credit.like).unit
        on = max(day_of(at), payment.received_on)
        post_credit_released(
            book=payment.fund.book, kept=subject_of(credit), unit=unit, amount=rest, on=on, by=by, at=at
        )
    return payment


@transaction.atomic
def use_credit(*, credit: Credit, by: Actor, at: datetime.datetime) -> Decimal:
    """What is kept is set against the open bills of its payer, those due first first, each as far as it goes; gives how much was
    used (yuan), 0 where no bill is open or the credit is kept no longer. Raises nothing that other people cause."""
    with within([EVERYTHING]):
        payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=credit.payment_id)
        credit = Credit.objects.select_related("like__fund__book", "like__employer__unit").get(pk=credit.pk)
        money = rest_of(payment=payment)
        if credit.state != "kept" or money == 0:
            return Decimal(0)
        bills = _reached(credit, money)
        parts = set_against(payment=payment, bills=bills, money=money, inexact=True, by=by, at=at)
        for part in parts:
            _book(credit, payment, part, by, at)
        told(parts=parts, by=by, at=at)
        left = rest_of(payment=payment)
        if parts and left == 0:
            make(credit, CREDIT, "use_credit_up", by=by, at=at)
        return money - left


def _book(credit: Credit, payment: Payment, part: Part, by: Actor, at: datetime.datetime) -> None:
    on = max(day_of(at), payment.received_on, part.bill.issued_on)
    unit = share_of(bill=credit.like).unit
    match = subject_of(part.settlement)
    post_credit_used(book=credit.like.fund.book, match=match, unit=unit, share=part.share, on=on, by=by, at=at)
    rest = rest_of_bill(bill=part.bill)
    words = {"number": part.bill.number, "amount": shown(part.settlement.amount), "rest": shown(rest)}
    tell_payer(bill=part.bill, template="credit_used", words=words, by=by, at=at)


def _reached(credit: Credit, money: Decimal) -> list[Bill]:
    """Open bills of the payer that the money reaches, those due first first."""
    found, left = [], money
    for bill in Bill.objects.filter(**same_payer(bill=credit.like), state="issued").order_by("due_on", "id"):
        if left <= 0:
            break
        found.append(bill)
        left -= rest_of_bill(bill=bill)
    return found


@transaction.atomic
def remind_of_rest(*, bill: Bill, by: Actor, at: datetime.datetime) -> None:
    """Whoever paid a bill in part hears what is still to be paid, and until when; nothing where it was paid meanwhile."""
    with within([EVERYTHING]):
        rest = rest_of_bill(bill=Bill.objects.get(pk=bill.pk))
        if rest > 0:
            words = {"number": bill.number, "rest": shown(rest), "due_on": bill.due_on.isoformat()}
            tell_payer(bill=bill, template="bill_rest_due", words=words, by=by, at=at)
            record(what="rest_reminded", row=bill, by=by, at=at, rest=str(rest))
