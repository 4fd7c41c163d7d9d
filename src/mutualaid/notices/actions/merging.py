"""A person was recorded twice: what was told to the double is the member's to read. A part of
``claims.actions.merging``."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.notices.models import Notice, SmsMessage
from mutualaid.people.models import Member


def hand_over_messages(*, kept: Member, merged: Member, account: int | None, by: Actor, at: datetime.datetime) -> int:
    """Short messages of the double, and the notices that its account got as a member, if it is no member's any more
    (``account``: its key); how many in all."""
    count = SmsMessage.objects.filter(member=merged).update(member=kept)
    if account is not None and kept.account_id is not None:
        count += Notice.objects.filter(account=account, portal="member").update(account=kept.account_id)
    if count:
        record(what="hand_over_messages", row=kept, by=by, at=at, merged=merged.pk, count=count)
    return count
