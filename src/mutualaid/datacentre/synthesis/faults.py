"""Bad records on purpose: each bad case gets one fault that a reader must find, and is listed with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benefit_engine.columns.codes import NONE, SELF_PAID
from mutualaid.datacentre.synthesis import tables as t
from mutualaid.datacentre.synthesis.covering import Covers
from mutualaid.datacentre.synthesis.happenings import Frame
from mutualaid.datacentre.synthesis.people import People

NO_EVENT = -2
"""As ``replaces``: an event that is not there."""
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Place:
    """Where a fault may be put: everything of a block, and the rows of one member."""

    people: People
    covers: Covers
    unloaded: int
    """Number of the plan that is not loaded."""
    events: Frame
    member: int
    cover: int
    """Row of the member's first cover, -1 without one."""
    first: int
    after: int
    """Rows of the member's events."""
    twin: int
    """An earlier member without a fault, whose case does not stand just before this one; -1 without one."""


Put = Callable[[Place], bool]
"""Puts one kind of fault; False where the member's records have no room for it."""


def _plan_not_loaded(at: Place) -> bool:
    at.covers.plan[at.cover] = at.unloaded
    return True


def _until_before_from(at: Place) -> bool:
    at.covers.until[at.cover] = at.covers.start[at.cover] - 30 * _DAY
    return True


def _joined_after_until(at: Place) -> bool:
    at.covers.joined[at.cover] = at.covers.until[at.cover] + 10 * _DAY
    return True


def _no_periods(at: Place) -> bool:
    at.covers.periods[at.cover] = 0
    return True


def _born_after_cover(at: Place) -> bool:
    at.people.birth[at.member] = at.covers.start[at.cover] + 40 * _DAY
    return True


def _unknown_sex(at: Place) -> bool:
    at.people.sex[at.member] = len(t.SEX_WORDS) - 1
    return True


def _unknown_employment(at: Place) -> bool:
    at.people.employment[at.member] = len(t.EMPLOYMENT_WORDS) - 1
    return True


def _duplicate_case(at: Place) -> bool:
    if at.twin < 0:
        return False
    at.people.filed_as[at.member] = at.twin
    return True


def _duplicate_event(at: Place) -> bool:
    if at.after - at.first < 2:
        return False
    at.events["number"][at.after - 1] = at.events["number"][at.first]
    return True


def _negative_amount(at: Place) -> bool:
    amounts = at.events["amounts"][at.first]
    if amounts[SELF_PAID] in (NONE, 0) or at.events["reverses"][at.first] != -1:
        return False
    amounts[SELF_PAID] = -amounts[SELF_PAID]
    return True


def _ended_before_started(at: Place) -> bool:
    at.events["ended"][at.first] = at.events["started"][at.first] - 3 * _DAY
    return True


def _filed_before_started(at: Place) -> bool:
    at.events["filed"][at.first] = at.events["started"][at.first] - 20 * _DAY
    return True


def _no_start(at: Place) -> bool:
    at.events["started"][at.first] = np.datetime64("NaT")
    return True


def _unknown_kind(at: Place) -> bool:
    at.events["kind"][at.first] = len(t.KIND_WORDS) - 1
    return True


def _impossible_level(at: Place) -> bool:
    at.events["level"][at.first] = 4
    return True


def _replaces_nothing(at: Place) -> bool:
    if at.events["reverses"][at.first] != -1:
        return False
    at.events["replaces"][at.first] = NO_EVENT
    return True


OF_PEOPLE: dict[str, Put] = {
    "unknown_sex": _unknown_sex,
    "unknown_employment": _unknown_employment,
    "duplicate_case": _duplicate_case,
}
OF_COVERS: dict[str, Put] = {
    "plan_not_loaded": _plan_not_loaded,
    "until_before_from": _until_before_from,
    "joined_after_until": _joined_after_until,
    "no_periods": _no_periods,
    "born_after_cover": _born_after_cover,
}
OF_EVENTS: dict[str, Put] = {
    "duplicate_case": _duplicate_case,
    "duplicate_event": _duplicate_event,
    "negative_amount": _negative_amount,
    "ended_before_started": _ended_before_started,
    "filed_before_started": _filed_before_started,
    "no_start": _no_start,
    "unknown_kind": _unknown_kind,
    "impossible_level": _impossible_level,
    "replaces_nothing": _replaces_nothing,
}
FAULTS = tuple(dict.fromkeys((*OF_PEOPLE, *OF_COVERS, *OF_EVENTS)))
"""Words of bad.csv; docs/synthesis.md says what each is."""


def put_faults(
    rng: np.random.Generator, count: int, people: People, covers: Covers, unloaded: int, events: Frame
) -> dict[int, str]:
    """Put ``count`` faults, half of them with members who have events while there are such: kind of fault by member.

    Changes the arrays it is given. ``events`` has its ``number``s already.
    """
    n = len(people.sex)
    with_events = np.unique(events["member"])
    some = rng.permutation(with_events)[: count // 2]
    others = rng.permutation(np.setdiff1d(np.arange(n), some))[: count - len(some)]
    put: dict[int, str] = {}
    chosen = np.r_[some, others].astype(np.int64).tolist()
    taken = {*chosen}
    for member in chosen:
        first, after = (np.searchsorted(events["member"], member, side).item() for side in ("left", "right"))
        cover = np.searchsorted(covers.member, member).item()
        if cover == len(covers.member) or covers.member[cover] != member:
            cover = -1
        twin = next((one for one in range(member // 2, -1, -1) if one not in taken), -1) if member > 3 else -1
        at = Place(people, covers, unloaded, events, member, cover, first, after, twin)
        kinds = (
            OF_EVENTS if after > first and len(put) < len(some) else OF_COVERS | OF_PEOPLE if cover >= 0 else OF_PEOPLE
        )
        for name in rng.permutation(sorted(kinds)).tolist():
            if kinds[name](at):
                put[member] = name
                taken |= {twin} if name == "duplicate_case" else set()
                break
    return put


def bad_until(members: int, per_million: int) -> int:
    """How many of the first ``members`` are bad, so that a union has the asked share whatever its blocks."""
    return members * per_million // 1_000_000
