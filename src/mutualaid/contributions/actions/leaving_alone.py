"""A member who is to pay for themself does not, and leaves alone: what others were billed for the member's covers, which never
began, is asked for no longer; what they paid goes back where the plan gives it to those who withdraw before cover begins, else
it is kept for their next bill."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.contributions.actions.fiscal import bill_after_refund
from mutualaid.contributions.actions.lowering import keep_for_next, lower
from mutualaid.contributions.actions.refunds import give
from mutualaid.contributions.locking import lock_payments
from mutualaid.contributions.models import Bill
from mutualaid.contributions.refundable import Borne, all_back, borne_of, rule_of
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.enrolment.actions.enrolling import cancel_covers
from mutualaid.enrolment.models import Cover


def leave_alone(*, bill: Bill, by: Actor, at: datetime.datetime) -> None:
    """The member's own bill was just cancelled; so are their pending covers. A part of ``bills.cancel_bill``. Raises IllegalMove
    (a cover has begun), PartPaid (of another's bill more is paid in than it would then be over)."""
    covers = list(
        Cover.objects.filter(enrolment=bill.enrolment_id, member=bill.payer_member_id, state="pending").select_related(
            "version"
        )
    )
    found: dict[int, list[tuple[int, Borne]]] = {}
    full = True
    for cover in covers:
        borne = [one for one in borne_of(covers=[cover]).get(cover.pk, []) if one.bill.pk != bill.pk]
        full = full and rule_of(cover=cover)[0].before_cover == "full"
        for one in all_back(parts=borne):
            found.setdefault(one.bill.pk, []).append((cover.pk, one))
    for key in sorted(found):
        lock_payments(bill=found[key][0][1].bill)
    less: list[tuple[int, Borne]] = []
    for key in sorted(found):
        other = Bill.objects.select_for_update(no_key=True, of=("self",)).get(pk=key)
        parts = [(cover, Borne(other, one.payer_kind, one.amount, one.back)) for cover, one in found[key]]
        if other.state != "paid":
            less += parts
        elif full or sum((one.back for _, one in parts), Decimal(0)) == other.amount:
            give(parts=parts, subject=subject_of(bill), void=True, by=by, at=at)
        else:
            keep_for_next(bill=other, parts=parts, by=by, at=at)
            bill_after_refund(bill=other, by=by, at=at)
    # First: where another's bill is paid by asking for less, the covers that waited for it begin, and these must not.
    cancel_covers(enrolment=bill.enrolment, member=bill.payer_member_id or 0, by=by, at=at)
    if less:
        lower(parts=less, subject=subject_of(bill), request=None, void=True, by=by, at=at)
