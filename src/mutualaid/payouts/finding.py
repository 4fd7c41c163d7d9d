"""What the search box finds of payouts: payment orders and batches, by their numbers or the beginning of one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.payouts.access import batches_visible_to, orders_visible_to
from mutualaid.people.identity import normal
from mutualaid.people.search import Hit


def find_payouts(*, actor: Actor, text: str, on: datetime.date, limit: int) -> Sequence[Hit]:
    """``F00000017`` or ``Z00000017``, or the first four signs at least. Names of payees are not told."""
    plain = normal(text)
    if not re.fullmatch(r"[FZ][0-9]{3,19}", plain):
        return ()
    if plain.startswith("F"):
        orders = orders_visible_to(actor=actor, on=on).filter(number__startswith=plain).order_by("number")
        return [Hit("payment_order", one.number, one.reference, f"¥{shown(one.amount)}") for one in orders[:limit]]
    batches = batches_visible_to(actor=actor, on=on).filter(number__startswith=plain).order_by("number")
    return [Hit("batch", one.number, f"{one.count} 笔", f"¥{shown(one.total)}") for one in batches[:limit]]
