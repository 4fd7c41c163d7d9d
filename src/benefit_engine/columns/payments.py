"""What was really paid before, set against the lines: ``paid`` and ``due`` of a decision, by columns.

Contract: a case that says what was paid has the sum of its payments of (event, plan, benefit) beside every line, 0 where there
is none; a payment that belongs to no line is a fault, which the explained engine tells.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from benefit_engine.columns.arrays import Ints, Lines


class Payments(NamedTuple):
    """Payments of a partition by their persons, in order: key of the event, number of the benefit (-1: none that is known),
    fen. ``event_keys`` of all events."""

    person: Ints
    event: Ints
    benefit: Ints
    fen: Ints
    event_keys: Ints


def set_off(payments: Payments, lines: Lines, owners: Ints, odd: Ints) -> tuple[Ints, Any]:
    """Fen paid before for every line, and whether its case says what was paid. ``owners``: the person of each line. Marks as odd
    whose payment belongs to no line."""
    before, says = np.zeros(len(owners), dtype=np.int64), np.zeros(len(owners), dtype=np.bool_)
    bounds = (
        np.searchsorted(owners, payments.person, side="left"),
        np.searchsorted(owners, payments.person, side="right"),
    )
    _set_off(*payments, *bounds, lines.event, lines.benefit, before, says, odd)
    return before, says


@njit(cache=True, nogil=True)
def _set_off(
    person: Ints,
    event: Ints,
    benefit: Ints,
    fen: Ints,
    event_keys: Ints,
    begins: Ints,
    ends: Ints,
    line_event: Ints,
    line_benefit: Ints,
    before: Ints,
    says: Any,
    odd: Ints,
) -> None:
    for i in range(len(person)):
        belongs = False
        for line in range(begins[i], ends[i]):
            says[line] = True
            if line_benefit[line] == benefit[i] and event_keys[line_event[line]] == event[i]:
                before[line] += fen[i]
                belongs = True
        if not belongs:
            odd[person[i]] = 1
