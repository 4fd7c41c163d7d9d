"""What the search box finds of claims, by their numbers or the beginning of one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from mutualaid.claims.access import claims_visible_to
from mutualaid.claims.states import CLAIM
from mutualaid.core.actors import Actor
from mutualaid.people.identity import normal
from mutualaid.people.search import Hit


def find_claims(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """``L00000017``, or its first four signs at least."""
    plain = normal(text)
    if not re.fullmatch(r"L[0-9]{3,19}", plain):
        return ()
    among = claims_visible_to(actor=actor, on=on).exclude(state="draft").filter(number__startswith=plain)
    found = among.select_related("member").order_by("number")[:limit]
    return [Hit("claim", one.number, one.member.name, CLAIM.names[one.state][0]) for one in found]
