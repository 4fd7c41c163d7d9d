"""A person was recorded twice: payments ordered for the double are the member's. A part of
``claims.actions.merging``."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_all
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Member


def hand_over_orders(*, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> int:
    """All orders of the double, whatever their state; how many. Who is paid, how much and by which account stays as
    it was ordered."""
    # Locked first: one that is being ordered anew meanwhile is there when they are read.
    list(PaymentOrder.objects.filter(member=merged).order_by("pk").select_for_update(no_key=True, of=("self",)))
    orders = list(PaymentOrder.objects.filter(member=merged).order_by("pk"))
    PaymentOrder.objects.filter(pk__in=[one.pk for one in orders]).update(member=kept)
    told = ((one, {"merged": merged.pk}) for one in orders)
    return record_all(what="hand_over_order", rows=told, by=by, at=at)
