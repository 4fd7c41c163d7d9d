"""Who may have the proof of a row of the audit trail: whoever may see the row."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import Actor
from mutualaid.people.access import NotFound, audit_entries_visible_to
from mutualaid.proofs.models import Leaf


def leaf_for(*, actor: Actor, position: int, on: datetime.date) -> Leaf:
    """A leaf of the log by its position, with its row: for audit administrators, of what they see of the trail. Raises
    NotFound."""
    seen = audit_entries_visible_to(actor=actor, on=on)
    found = Leaf.objects.select_related("entry").filter(position=position, entry__in=seen).first()
    if found is None:
        raise NotFound(
            f"日志里没有第 {position} 号，或不在您的范围内",
            f"there is no position {position} in the log, or not for you",
        )
    return found
