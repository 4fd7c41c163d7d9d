"""Whether two claims seem to be for one event of the member: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mutualaid.claims.history import Told


def same_event(*, told: Told, events: Sequence[Told]) -> int | None:
    """The claim that counts and seems to be for the same event: stays that share a night or begin on one day, or the same kind,
    day and total."""
    mine = json.loads(told.facts)
    for other in events:
        theirs = json.loads(other.facts)
        if theirs["kind"] != mine["kind"]:
            continue
        if mine["kind"] == "inpatient" and mine.get("ended_on") and theirs.get("ended_on"):
            shares = mine["started_on"] < theirs["ended_on"] and theirs["started_on"] < mine["ended_on"]
            if shares or mine["started_on"] == theirs["started_on"]:
                return other.claim
        elif theirs["started_on"] == mine["started_on"] and _same_bill(mine, theirs):
            return other.claim
    return None


def _same_bill(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """By the total, whatever else of it either tells; by all that is told where one has no total."""
    ours, others = mine.get("amounts") or {}, theirs.get("amounts") or {}
    if "total" in ours and "total" in others:
        return bool(ours["total"] == others["total"])
    return bool(ours == others)
