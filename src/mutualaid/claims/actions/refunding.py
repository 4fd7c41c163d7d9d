"""Fees of covers are asked back and decided, seen beside the claims under them: nothing is given back for a cover that paid, or
may have to."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from mutualaid.claims.refunding import hindered_by_claims
from mutualaid.contributions.actions import refunding
from mutualaid.contributions.locking import lock_asked
from mutualaid.contributions.models import RefundRequest
from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member
from mutualaid.people.queries import lock_members


@transaction.atomic
def ask_refunds(
    *,
    covers: Sequence[Cover],
    reason: str,
    ends: Mapping[int, datetime.date] | None = None,
    remark: str,
    member: Member | None = None,
    by: Actor,
    at: datetime.datetime,
) -> RefundRequest:
    """As ``contributions.actions.refunding.ask_refunds``, which tells what it raises."""
    hindered = hindered_by_claims(covers=covers)
    return refunding.ask_refunds(
        covers=covers, reason=reason, ends=ends, remark=remark, member=member, hindered=hindered, by=by, at=at
    )


@transaction.atomic
def approve_refund_request(
    *, request: RefundRequest, without: Collection[str] = (), by: Actor, at: datetime.datetime
) -> RefundRequest:
    """As ``contributions.actions.refunding.approve_refund_request``; members are locked, so that none of their claims is filed or
    decided in the same moment."""
    with within([EVERYTHING]):
        covers = lock_asked(request=request)
        lock_members(keys=[one.member_id for one in covers])
        hindered = hindered_by_claims(covers=covers)
        return refunding.approve_refund_request(request=request, without=without, hindered=hindered, by=by, at=at)
