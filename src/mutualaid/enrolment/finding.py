"""What the search box finds of enrolment: enrolments and covers, by their numbers or the beginning of one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from mutualaid.core.actors import Actor
from mutualaid.enrolment.access import covers_visible_to, enrolments_visible_to
from mutualaid.people.identity import normal
from mutualaid.people.search import Hit


def find_enrolments(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """``E00000017``, or its first four signs at least."""
    plain = normal(text)
    if not re.fullmatch(r"E[0-9]{3,19}", plain):
        return ()
    among = enrolments_visible_to(actor=actor, on=on).filter(number__startswith=plain)
    found = among.select_related("employer__unit", "version").order_by("number")[:limit]
    return [Hit("enrolment", one.number, one.version.name_zh, one.employer.unit.name) for one in found]


def find_covers(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """``C0000000017``, or its first four signs at least."""
    plain = normal(text)
    if not re.fullmatch(r"C[0-9]{3,19}", plain):
        return ()
    among = covers_visible_to(actor=actor, on=on).filter(number__startswith=plain)
    found = among.select_related("member", "version").order_by("number")[:limit]
    return [Hit("cover", one.number, one.member.name, one.version.name_zh) for one in found]
