"""What the search box finds of contributions: bills and receipts, by their numbers or the beginning of one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from mutualaid.contributions.access import bills_visible_to
from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.people.identity import normal
from mutualaid.people.search import Hit


def find_bills(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """``B00000017`` or its first four signs at least; or the number of the receipt, ``R00000017``."""
    plain = normal(text)
    if not re.fullmatch(r"[BR][0-9]{3,19}", plain):
        return ()
    wanted = {"number__startswith" if plain.startswith("B") else "receipt__number__startswith": plain}
    among = bills_visible_to(actor=actor, on=on).filter(**wanted).select_related("employer__unit").order_by("number")
    return [Hit("bill", one.number, one.employer.unit.name, f"¥{shown(one.amount)}") for one in among[:limit]]
