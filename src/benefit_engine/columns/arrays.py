"""The arrays between Arrow and the kernel: facts of a partition of persons, lines decided, and what the kernel needs to remember.

Persons, covers, events and counters of a partition stand in arrays of their own; ``*_start[i]:*_start[i + 1]`` are those of
person i. Dates are ordinals, amounts fen, unknown is ``codes.NONE`` (or -1 where only numbers from 0 can stand).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Bytes = NDArray[np.int8]


class Facts(NamedTuple):
    """Facts of a partition."""

    birth: Small
    sex: Bytes
    employment: Bytes
    insurance: Bytes
    groups: Ints
    relation: Bytes
    cover_start: Ints
    event_start: Ints
    counter_start: Ints
    cover_plan: Small
    """Number of a plan, or of a combination as -2 - number."""
    cover_units: Small
    cover_from: Small
    cover_until: Small
    cover_joined: Small
    cover_periods: Small
    cover_option: Bytes
    cover_risk: Bytes
    cover_combination: Small
    event_key: Ints
    kind: Bytes
    dates: Small
    """One row per event, columns as ``codes.DATES``; 0 unknown."""
    level: Bytes
    diagnoses: Small
    """Row of ``diagnosis_sets``, -1 unknown."""
    operations: Small
    severity: Bytes
    accident: Bytes
    grade: Bytes
    cause: Ints
    rest_days: Small
    circumstances: Ints
    settled: Bytes
    reverses: Ints
    replaces: Ints
    amounts: Ints
    """One row per event: standard amounts, then those of plans; ``NONE`` unknown."""
    diagnosis_sets: Ints
    """For each distinct list of diagnoses, bits of the sets of codes that it meets, 63 to a word."""
    operation_sets: Ints
    category_start: Ints
    categories: Ints
    """Keys of the categories (three characters) of each distinct list of diagnoses, in its order."""
    counter: Ints
    """Number of a counter × 8 + scope, -1 when no loaded plan reads it."""
    counter_key: Ints
    counter_used: Ints


class Lines(NamedTuple):
    """Lines decided, in the order of the contract."""

    event: Small
    benefit: Small
    outcome: Bytes
    provisional: Bytes
    amount: Ints
    reasons: Ints
    """Gates as bits, from ``CUTS_AT`` on the cuts in their order, five bits each."""
    missing: Ints


class Memory(NamedTuple):
    """What the kernel remembers of the person at hand; made once for a thread."""

    counters: Ints
    """Open addressing: counter, key, value, stamp."""
    meta: Ints
    """Numbers that change from person to person, see ``state``."""
    claims: Ints
    reimbursed: Ints
    covers: Ints
    slots: Ints
    stays: Ints
    events: Ints
    """Per event of the person: live, root cause, bill, what was reimbursed …"""
    order: Ints
    families: Bytes
    standing: Ints
    context: Ints
    keys: Ints
    run: Ints
    uses: Ints
    other_run: Ints
    other_uses: Ints
    losers: Bytes
    collected: Ints
    surroundings: Ints
    line: Ints
    offsets: Ints


COUNTERS = 512
COVERS_MOST = 64
SLOTS_MOST = 24
EVENTS_MOST = 512
CLAIMS_MOST = 1024
REIMBURSED_MOST = 2048
USES_MOST = 64
"""Room for one person; who has more of anything is left to the explained engine."""


def memory(families: int, benefits: int) -> Memory:
    """Fresh memory for one thread."""

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    return Memory(
        counters=ints(COUNTERS, 4),
        meta=ints(16),
        claims=ints(CLAIMS_MOST, 3),
        reimbursed=ints(REIMBURSED_MOST, 3),
        covers=ints(2 * COVERS_MOST, 10),
        slots=ints(SLOTS_MOST, 4),
        stays=ints(SLOTS_MOST, EVENTS_MOST),
        events=ints(EVENTS_MOST, 8),
        order=ints(EVENTS_MOST),
        families=np.zeros(families + 1, dtype=np.int8),
        standing=ints(SLOTS_MOST, 7),
        context=ints(8),
        keys=ints(7, 2),
        run=ints(16),
        uses=ints(USES_MOST, 3),
        other_run=ints(16),
        other_uses=ints(USES_MOST, 3),
        losers=np.zeros(benefits + 1, dtype=np.int8),
        collected=ints(EVENTS_MOST),
        surroundings=ints(8),
        line=ints(8),
        offsets=ints(EVENTS_MOST),
    )
