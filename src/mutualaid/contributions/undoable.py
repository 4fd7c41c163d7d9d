"""Whether bills of an enrolment may still come to nothing: nothing is paid, and nothing is being paid."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from mutualaid.contributions.models import Bill, Order, Settlement
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.states import OPEN_ORDERS
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.package_models import Package


class PaidAlready(Refused):
    """Money came in for the enrolment: it is no longer undone, but refunded where the plan allows."""


class OrderUnderWay(Refused):
    """A payment is open at an online channel, which may still take the money."""


def why_not_taken_back(*, bills: Sequence[Bill]) -> Refused | None:
    """Why bills that are not cancelled cannot come to nothing now; None when they can. Two statements."""
    paid = {one.bill_id for one in Settlement.objects.filter(bill__in=bills)}
    for bill in bills:
        if bill.state == "paid" or bill.pk in paid:
            return PaidAlready(
                f"账单应尚未缴费；账单 {bill.number} 已有款项到账，不能撤回；如有差错，请联系经办机构按计划的规定退费",
                f"expected bills of which nothing is paid, found money for {bill.number}; ask the office for what the plan gives "
                "back",
            )
    order = Order.objects.filter(bill__in=bills, state__in=OPEN_ORDERS).select_related("bill").first()
    if order is not None:
        return OrderUnderWay(
            f"应没有进行中的线上支付；账单 {order.bill.number} 的支付 {order.number} 尚未结束，请待其完成或关闭后再撤回",
            f"expected no payment under way, found {order.number} for bill {order.bill.number}; wait until it is done or closed",
        )
    return None


def enrolment_not_taken_back(*, enrolment: Enrolment) -> Refused | None:
    """The same of all bills of an enrolment, also those of payers whose bills the employer does not see."""
    return _of_all(Q(enrolment=enrolment))


def package_not_taken_back(*, package: Package) -> Refused | None:
    """The same of all bills of a package."""
    return _of_all(Q(enrolment__package=package))


def _of_all(which: Q) -> Refused | None:
    with within([EVERYTHING], reads=True):
        return why_not_taken_back(bills=list(Bill.objects.filter(which).exclude(state="cancelled")))
