"""What the kernel remembers of one person: counters by scope, paid claims, reimbursements. One person after another."""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import CLAIMS_MOST, COUNTERS, REIMBURSED_MOST, USES_MOST, Ints, O, W

STAMP, USED, CLAIMED, REIMBURSED, OVERFLOW, SLOTS, LIVE, EVENTS, COLLECTED, LINE, PERSON = range(11)
"""Places in ``meta``; ``OVERFLOW`` says that the person needs more room than there is."""

E_LIVE, E_ROOT, E_SELF, E_BURDEN, E_DISAGREE, E_OPEN, E_SETTLED, E_PLACE = range(8)
"""Columns of the events of the person at hand."""
S_PLAN, S_START, S_END, S_REFERRED = range(4)
"""Columns of the slots: a plan, its run of covers, and whether the event at hand was referred under it."""

RUN_FEN, RUN_CUTS, RUN_COUNT, RUN_USES, RUN_FORMULA, RUN_UNKNOWN, RUN_MISSING = range(7)
"""A run of the formula: figure, cuts five bits each, how many, uses noted, formula, whether amounts are unknown, which."""


@njit
def here(mm: Ints, what: int) -> int:
    """Something of the context: person, event, cover, day …"""
    return mm[O.context + what]


@njit
def of_cover(mm: Ints, cover: int, column: int) -> int:
    """A fact of a cover of the person at hand."""
    return mm[O.covers + W.covers * cover + column]


@njit
def of_slot(mm: Ints, slot: int, column: int) -> int:
    """A fact of a plan of the person at hand."""
    return mm[O.slots + W.slots * slot + column]


@njit
def of_event(mm: Ints, place: int, column: int) -> int:
    """What was worked out of an event of the person at hand, by its place among them."""
    return mm[O.events + W.events * place + column]


@njit
def counter_of(key: int, what: int, scope: int) -> int:
    """A counter in a scope as one number."""
    return (key * 8 + what) * 8 + scope


@njit
def slot_of(mm: Ints, counter: int, key: int) -> int:
    """Where a counter stands, or would stand."""
    stamp = mm[O.meta + STAMP]
    place = ((counter * 0x9E3779B1) ^ (key * 0x85EBCA77) ^ (key >> 17)) & (COUNTERS - 1)
    while mm[O.counters + W.counters * place + 3] == stamp:
        if mm[O.counters + W.counters * place + 0] == counter and mm[O.counters + W.counters * place + 1] == key:
            return place
        place = (place + 1) & (COUNTERS - 1)
    return place


@njit
def has_key(mm: Ints, scope: int) -> bool:
    """Has the line at hand a key in this scope?"""
    return mm[O.keys + W.keys * scope] == 1


@njit
def key_of(mm: Ints, scope: int) -> int:
    """The key of the line at hand in a scope."""
    return mm[O.keys + W.keys * scope + 1]


@njit
def used(mm: Ints, counter: int, key: int) -> int:
    """How much of a counter is used up."""
    place = slot_of(mm, counter, key)
    return (
        mm[O.counters + W.counters * place + 2] if mm[O.counters + W.counters * place + 3] == mm[O.meta + STAMP] else 0
    )


@njit
def known(mm: Ints, counter: int, key: int) -> bool:
    """Was a counter ever touched?"""
    return mm[O.counters + W.counters * (slot_of(mm, counter, key)) + 3] == mm[O.meta + STAMP]


@njit
def add(mm: Ints, counter: int, key: int, more: int) -> None:
    """Use up more of a counter."""
    place = slot_of(mm, counter, key)
    if mm[O.counters + W.counters * place + 3] == mm[O.meta + STAMP]:
        mm[O.counters + W.counters * place + 2] += more
        return
    if mm[O.meta + USED] >= COUNTERS - COUNTERS // 8:
        mm[O.meta + OVERFLOW] = 1
        return
    mm[O.meta + USED] += 1
    (
        mm[O.counters + W.counters * place + 0],
        mm[O.counters + W.counters * place + 1],
        mm[O.counters + W.counters * place + 2],
        mm[O.counters + W.counters * place + 3],
    ) = counter, key, more, mm[O.meta + STAMP]


@njit
def is_claimed(mm: Ints, counter: int, key: int, stay: int) -> bool:
    """Has a stay been counted as a claim here?"""
    for i in range(mm[O.meta + CLAIMED]):
        if (
            mm[O.claims + W.claims * i + 0] == counter
            and mm[O.claims + W.claims * i + 1] == key
            and mm[O.claims + W.claims * i + 2] == stay
        ):
            return True
    return False


@njit
def count_claim(mm: Ints, counter: int, key: int, stay: int) -> None:
    """One paid stay more, unless it was counted already."""
    if is_claimed(mm, counter, key, stay):
        return
    place = mm[O.meta + CLAIMED]
    if place >= CLAIMS_MOST:
        mm[O.meta + OVERFLOW] = 1
        return
    mm[O.claims + W.claims * place + 0], mm[O.claims + W.claims * place + 1], mm[O.claims + W.claims * place + 2] = (
        counter,
        key,
        stay,
    )
    mm[O.meta + CLAIMED] = place + 1
    add(mm, counter, key, 1)


@njit
def reimburse(mm: Ints, event: int, amount: int) -> None:
    """The line at hand reimbursed (a part of) an event."""
    place = mm[O.meta + REIMBURSED]
    if place >= REIMBURSED_MOST:
        mm[O.meta + OVERFLOW] = 1
        return
    (
        mm[O.reimbursed + W.reimbursed * place + 0],
        mm[O.reimbursed + W.reimbursed * place + 1],
        mm[O.reimbursed + W.reimbursed * place + 2],
    ) = mm[O.meta + LINE], event, amount
    mm[O.meta + REIMBURSED] = place + 1


@njit
def begin(mm: Ints, run: int) -> None:
    """A fresh run."""
    for i in range(RUN_MISSING + 1):
        mm[run + i] = 0


@njit
def note(mm: Ints, run: int, uses: int, counter: int, key: int, more: int) -> None:
    """A counter that the line will use up if it pays."""
    place = mm[run + RUN_USES]
    if place >= USES_MOST:
        mm[O.meta + OVERFLOW] = 1
        return
    mm[uses + 3 * place + 0], mm[uses + 3 * place + 1], mm[uses + 3 * place + 2] = counter, key, more
    mm[run + RUN_USES] = place + 1


@njit
def cut(mm: Ints, run: int, limit: int, reason: int) -> None:
    """Cut the running figure to a limit, if it is above it."""
    limit = max(0, limit)
    if mm[run + RUN_FEN] <= limit:
        return
    mm[run + RUN_FEN] = limit
    for i in range(mm[run + RUN_COUNT]):
        if (mm[run + RUN_CUTS] >> (5 * i)) & 31 == reason:
            return
    mm[run + RUN_CUTS] |= reason << (5 * mm[run + RUN_COUNT])
    mm[run + RUN_COUNT] += 1


@njit
def as_reasons(mm: Ints, run: int) -> int:
    """The cuts as they stand in a line's reasons: each its number plus one, from ``CUTS_AT`` on."""
    reasons = 0
    for i in range(mm[run + RUN_COUNT]):
        reasons |= (((mm[run + RUN_CUTS] >> (5 * i)) & 31) + 1) << (c.CUTS_AT + 5 * i)
    return reasons
