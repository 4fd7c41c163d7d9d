"""Money is locked before the bills that it is for, everywhere: so that of two who want both nobody waits for the other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mutualaid.contributions.models import Bill, Payment, RefundRequest
from mutualaid.contributions.refundable import borne_of
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import credit_of, rest_of, standing
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover


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


def lock_bills(*, covers: Sequence[Cover]) -> None:
    """The bills that bear the fees of covers, until the transaction ends, in the order of their keys."""
    keys = {one.bill.pk for parts in borne_of(covers=covers).values() for one in parts}
    list(Bill.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True, of=("self",)))


def lock_asked(*, request: RefundRequest) -> list[Cover]:
    """The covers of a request with the bills that bear them, locked until the transaction ends, as they then are."""
    asked = Cover.objects.filter(refund_items__request=request)
    lock_bills(covers=list(asked))
    rows = asked.order_by("pk").select_for_update(no_key=True, of=("self",))
    return list(rows.select_related("version", "member", "employer__unit"))
