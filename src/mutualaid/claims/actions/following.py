"""Papers that members were asked for are followed up: a reminder, once."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.claims import telling
from mutualaid.claims.models import Claim, PapersWanted
from mutualaid.claims.refusals import Refused
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record


class RemindedAlready(Refused):
    """They were reminded before, or have answered."""


@transaction.atomic
def remind_of_papers(*, claim: Claim, by: Actor, at: datetime.datetime) -> PapersWanted:
    """Remind the member of the papers that a claim waits for, once. Raises RemindedAlready."""
    waiting = PapersWanted.objects.select_for_update(no_key=True, of=("self",)).filter(claim=claim, answered_at=None)
    wanted = waiting.order_by("-id").first()
    if wanted is None or wanted.reminded_at is not None:
        raise RemindedAlready(
            "每次补材料只提醒一次，且须尚未补齐；本次已提醒或已补齐，请改为电话联系",
            "a reminder is sent once while papers are missing; it was sent, or they came: call instead",
        )
    wanted.reminded_at = at
    wanted.save(update_fields=["reminded_at"])
    record(what="remind_of_papers", row=wanted, by=by, at=at, claim=claim.number)
    telling.reminded(claim=claim, wanted=wanted, by=by, at=at)
    return wanted
