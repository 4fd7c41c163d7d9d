"""Covers begin when all that they wait for is paid: the bills of an enrolment that hold them, and a member's own."""

from __future__ import annotations

import datetime

from django.db.models import Q

from mutualaid.contributions.models import Bill
from mutualaid.core.actors import Actor
from mutualaid.enrolment.actions import accepting
from mutualaid.enrolment.models import Enrolment, Way


def begin_what_is_paid(*, bill: Bill, paid_on: datetime.date, by: Actor, at: datetime.datetime) -> int:
    """A bill that holds covers was just paid: those that wait for no other begin. A member who pays alone waits for nobody else's
    own bill; how many began. The enrolment is the lock: of two bills paid at once one is last."""
    enrolment = Enrolment.objects.select_for_update(no_key=True, of=("self",)).get(pk=bill.enrolment_id)
    open_bills = Bill.objects.filter(enrolment=enrolment, state="issued", holds_cover=True)
    if open_bills.filter(payer_member=None).exists():
        return 0
    owing = open_bills.exclude(payer_member=None)
    if bill.payer_member_id is not None:
        among = Q(member=bill.payer_member_id)
    else:
        among = ~Q(member__in=owing.values("payer_member")) if owing.exists() else Q()
    if enrolment.way != Way.GROUP and not enrolment.covers.filter(among, state="pending").exists():
        return 0
    return accepting.begin_covers(enrolment=enrolment, among=among, paid_on=paid_on, by=by, at=at)
