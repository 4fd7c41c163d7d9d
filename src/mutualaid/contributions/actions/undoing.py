"""An enrolment that was handed in is taken back until it is paid: its bills come to nothing, and it is a draft again."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import QuerySet

from mutualaid.contributions.actions.lowering import undo_issue
from mutualaid.contributions.models import Bill, Fund, Lowering
from mutualaid.contributions.states import BILL
from mutualaid.contributions.undoable import why_not_taken_back
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make_all
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions import taking_back
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.ledger.actions import reverse_bills

REMARK = "撤回参保单"


@transaction.atomic
def take_back_enrolment(*, enrolment: Enrolment, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Enrolment:
    """The clerk takes back what was handed in, accepted or not, while nothing is paid: all payers' bills are cancelled and their
    entries reversed, the rest as ``enrolment.actions.taking_back`` says. Raises PaidAlready, OrderUnderWay, IllegalMove,
    CoverBegun, OpenAlready."""
    tell("作废各方账单", "cancelling each payer's bill", 0, None)
    bills = Bill.objects.filter(enrolment=enrolment)
    _cancel_unpaid(bills, by, at)
    tell("撤回保障", "taking covers back", 0, None)
    back = taking_back.take_back_enrolment(enrolment=enrolment, by=by, at=at)
    _cancel_unpaid(bills, by, at)  # what the office billed in the same moment, before we held the enrolment
    return back


@transaction.atomic
def take_back_package(*, package: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Package:
    """The same for a package, with all its plans, while nobody has paid for any of them. Raises PaidAlready, OrderUnderWay,
    IllegalMove, CoverBegun, OpenAlready."""
    tell("作废各方账单", "cancelling each payer's bill", 0, None)
    bills = Bill.objects.filter(enrolment__package=package)
    _cancel_unpaid(bills, by, at)
    back = taking_back.take_back_package(package=package, by=by, at=at, tell=tell)
    _cancel_unpaid(bills, by, at)
    return back


def _cancel_unpaid(among: QuerySet[Bill], by: Actor, at: datetime.datetime) -> None:
    """Bills of all payers come to nothing: as many as the roster, where members pay themselves. Raises PaidAlready,
    OrderUnderWay."""
    with within([EVERYTHING]):
        open_ones = among.exclude(state="cancelled")
        # Bills first, in one order, as whoever pays them does.
        bills = list(open_ones.order_by("pk").select_for_update(no_key=True, of=("self",)))
        if not bills:
            return
        refusal = why_not_taken_back(bills=bills)
        if refusal is not None:
            raise refusal
        make_all(open_ones, BILL, "cancel_bill", by=by, at=at, also={"remark": REMARK})
        lowered = set(Lowering.objects.filter(bill__in=bills).values_list("bill", flat=True))
        for fund in Fund.objects.filter(pk__in={one.fund_id for one in bills}).select_related("book").order_by("pk"):
            subjects = [subject_of(one) for one in bills if one.fund_id == fund.pk and one.pk not in lowered]
            reverse_bills(book=fund.book, bills=subjects, on=day_of(at), text=REMARK, by=by, at=at)
        for bill in bills:
            if bill.pk in lowered:
                undo_issue(bill=bill, text=REMARK, by=by, at=at)
