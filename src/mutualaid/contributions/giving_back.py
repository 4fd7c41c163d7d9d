"""How much of a fee goes back, and to whom: sums alone. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

FEN = 100


def for_days_left(fee: Decimal, *, from_on: datetime.date, until_on: datetime.date, ends_on: datetime.date) -> Decimal:
    """The part of a fee (yuan) for the days from ``ends_on`` to the end of the term: days left to all days, a fen rounded half
    up."""
    whole, left = (until_on - from_on).days, (until_on - ends_on).days
    fen = int(fee * FEN)
    return Decimal((2 * fen * left + whole) // (2 * whole)) / FEN


def shared(amount: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """An amount by the parts that made up the whole fee (largest remainder): each gets its share without the part of a fen, and
    the fen that are left go to the largest remainders, the earlier of equal ones first. It sums to the amount."""
    fen, weights = int(amount * FEN), [int(part * FEN) for part in parts]
    whole = sum(weights)
    found = [fen * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(fen * weights[place] % whole), place))
    for place in order[: fen - sum(found)]:
        found[place] += 1
    return [Decimal(one) / FEN for one in found]
