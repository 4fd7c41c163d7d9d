"""What the kernel remembers of one person: counters by scope, paid claims, reimbursements. One person after another."""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import CLAIMS_MOST, COUNTERS, REIMBURSED_MOST, USES_MOST, Ints, Memory

STAMP, USED, CLAIMED, REIMBURSED, OVERFLOW, SLOTS, LIVE, EVENTS, COLLECTED, LINE, PERSON = range(11)
"""Places in ``meta``; ``OVERFLOW`` says that the person needs more room than there is."""

E_LIVE, E_ROOT, E_SELF, E_BURDEN, E_DISAGREE, E_OPEN, E_SETTLED, E_PLACE = range(8)
"""Columns of the events of the person at hand."""
S_PLAN, S_START, S_END, S_REFERRED = range(4)
"""Columns of the slots: a plan, its run of covers, and whether the event at hand was referred under it."""

RUN_FEN, RUN_CUTS, RUN_COUNT, RUN_USES, RUN_FORMULA, RUN_UNKNOWN, RUN_MISSING = range(7)
"""A run of the formula: figure, cuts five bits each, how many, uses noted, formula, whether amounts are unknown, which."""


@njit
def counter_of(key: int, what: int, scope: int) -> int:
    """A counter in a scope as one number."""
    return (key * 8 + what) * 8 + scope


@njit
def slot_of(mm: Memory, counter: int, key: int) -> int:
    """Where a counter stands, or would stand."""
    table, stamp = mm.counters, mm.meta[STAMP]
    place = ((counter * 0x9E3779B1) ^ (key * 0x85EBCA77) ^ (key >> 17)) & (COUNTERS - 1)
    while table[place, 3] == stamp:
        if table[place, 0] == counter and table[place, 1] == key:
            return place
        place = (place + 1) & (COUNTERS - 1)
    return place


@njit
def used(mm: Memory, counter: int, key: int) -> int:
    """How much of a counter is used up."""
    place = slot_of(mm, counter, key)
    return mm.counters[place, 2] if mm.counters[place, 3] == mm.meta[STAMP] else 0


@njit
def known(mm: Memory, counter: int, key: int) -> bool:
    """Was a counter ever touched?"""
    return mm.counters[slot_of(mm, counter, key), 3] == mm.meta[STAMP]


@njit
def add(mm: Memory, counter: int, key: int, more: int) -> None:
    """Use up more of a counter."""
    place = slot_of(mm, counter, key)
    table = mm.counters
    if table[place, 3] == mm.meta[STAMP]:
        table[place, 2] += more
        return
    if mm.meta[USED] >= COUNTERS - COUNTERS // 8:
        mm.meta[OVERFLOW] = 1
        return
    mm.meta[USED] += 1
    table[place, 0], table[place, 1], table[place, 2], table[place, 3] = counter, key, more, mm.meta[STAMP]


@njit
def is_claimed(mm: Memory, counter: int, key: int, stay: int) -> bool:
    """Has a stay been counted as a claim here?"""
    claims = mm.claims
    for i in range(mm.meta[CLAIMED]):
        if claims[i, 0] == counter and claims[i, 1] == key and claims[i, 2] == stay:
            return True
    return False


@njit
def count_claim(mm: Memory, counter: int, key: int, stay: int) -> None:
    """One paid stay more, unless it was counted already."""
    if is_claimed(mm, counter, key, stay):
        return
    place = mm.meta[CLAIMED]
    if place >= CLAIMS_MOST:
        mm.meta[OVERFLOW] = 1
        return
    mm.claims[place, 0], mm.claims[place, 1], mm.claims[place, 2] = counter, key, stay
    mm.meta[CLAIMED] = place + 1
    add(mm, counter, key, 1)


@njit
def reimburse(mm: Memory, event: int, amount: int) -> None:
    """The line at hand reimbursed (a part of) an event."""
    place = mm.meta[REIMBURSED]
    if place >= REIMBURSED_MOST:
        mm.meta[OVERFLOW] = 1
        return
    mm.reimbursed[place, 0], mm.reimbursed[place, 1], mm.reimbursed[place, 2] = mm.meta[LINE], event, amount
    mm.meta[REIMBURSED] = place + 1


@njit
def begin(run: Ints) -> None:
    """A fresh run."""
    for i in range(RUN_MISSING + 1):
        run[i] = 0


@njit
def note(mm: Memory, run: Ints, uses: Ints, counter: int, key: int, more: int) -> None:
    """A counter that the line will use up if it pays."""
    place = run[RUN_USES]
    if place >= USES_MOST:
        mm.meta[OVERFLOW] = 1
        return
    uses[place, 0], uses[place, 1], uses[place, 2] = counter, key, more
    run[RUN_USES] = place + 1


@njit
def cut(run: Ints, limit: int, reason: int) -> None:
    """Cut the running figure to a limit, if it is above it."""
    limit = max(0, limit)
    if run[RUN_FEN] <= limit:
        return
    run[RUN_FEN] = limit
    for i in range(run[RUN_COUNT]):
        if (run[RUN_CUTS] >> (5 * i)) & 31 == reason:
            return
    run[RUN_CUTS] |= reason << (5 * run[RUN_COUNT])
    run[RUN_COUNT] += 1


@njit
def as_reasons(run: Ints) -> int:
    """The cuts as they stand in a line's reasons: each its number plus one, from ``CUTS_AT`` on."""
    reasons = 0
    for i in range(run[RUN_COUNT]):
        reasons |= (((run[RUN_CUTS] >> (5 * i)) & 31) + 1) << (c.CUTS_AT + 5 * i)
    return reasons
