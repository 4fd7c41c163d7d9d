"""Money is locked before the bills that it is for, everywhere: so that of two who want both nobody waits for the other."""

from __future__ import annotations

from decimal import Decimal

from mutualaid.contributions.models import Bill, Payment
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import credit_of, rest_of, standing
from mutualaid.core.row_security import EVERYTHING, within


class AlreadyUsed(Refused):
    """Nothing of the money waits any more."""


def waiting(*, payment: Payment) -> tuple[Payment, Decimal]:
    """A payment, locked, and what of it waits as 暂收款 (yuan, above 0). Raises AlreadyUsed."""
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
    rest = rest_of(payment=payment)
    if rest == 0 or credit_of(payment=payment) is not None:
        raise used_already()
    return payment, rest


def used_already() -> AlreadyUsed:
    """How it is said."""
    return AlreadyUsed(
        "该笔款项应仍在暂收款中，已核销账单、留抵、退回或用于应退互助金；请刷新后再看",
        "expected the money to wait unmatched, it is set against bills, kept, given back or what a member had to return; "
        "look again",
    )


def lock_payments(*, bill: Bill) -> None:
    """Payments that have a part in a bill are locked. A payment is always locked before its bills, so that of two who want both
    nobody waits for the other."""
    with within([EVERYTHING]):
        parts = standing().filter(bill=bill)
        list(Payment.objects.select_for_update(no_key=True).filter(pk__in=parts.values("payment")).order_by("pk"))
