"""An accepted enrolment is taken back until it is paid: its bills come to nothing, and it is a draft again."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.contributions.actions.lowering import undo_issue
from mutualaid.contributions.models import Bill
from mutualaid.contributions.states import BILL
from mutualaid.contributions.undoable import why_not_taken_back
from mutualaid.core.actors import Actor
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions import taking_back
from mutualaid.enrolment.models import Enrolment

REMARK = "撤回参保单"


@transaction.atomic
def take_back_enrolment(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Enrolment:
    """The clerk takes back what the office accepted, while nothing is paid: bills are cancelled and their entries
    reversed, the rest as
    ``enrolment.actions.taking_back`` says. Raises PaidAlready, OrderUnderWay, IllegalMove, CoverBegun, OpenAlready."""
    # Bills first, in one order, as whoever pays them does.
    bills = list(
        Bill.objects.filter(enrolment=enrolment)
        .exclude(state="cancelled")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    with within([EVERYTHING]):
        refusal = why_not_taken_back(bills=bills)
        if refusal is not None:
            raise refusal
        for bill in bills:
            moved = make(bill, BILL, "cancel_bill", by=by, at=at)
            moved.remark = REMARK
            moved.save(update_fields=["remark"])
            undo_issue(bill=moved, text=REMARK, by=by, at=at)
    return taking_back.take_back_enrolment(enrolment=enrolment, by=by, at=at)
