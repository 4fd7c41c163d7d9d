"""Which events count, and in which order: reversals, replacements, causes, stays that count as one. Contract, a case."""

from __future__ import annotations

from benefit_engine.facts import Event
from benefit_engine.plan import StaysAsOne


def live_events(events: tuple[Event, ...]) -> list[Event]:
    """Events that count, in the order in which they count.

    A reversed event and its reversal count as never been. A replacement stands in the place of what it replaces (of the
    first of a chain), and the replaced event counts as never been, also when its replacement is reversed later: a
    cancelled bill does not bring back the bill that it had corrected.
    """
    replaces = {event.id: event.replaces for event in events if event.replaces is not None}
    dead = {event.reverses for event in events if event.reverses is not None}
    dead |= {event.id for event in events if event.reverses is not None}
    dead |= set(replaces.values())
    place = {event.id: i for i, event in enumerate(events)}

    def stands_at(event: Event) -> int:
        at = event.id
        while at in replaces:
            at = replaces[at]
        return place[at]

    return sorted((event for event in events if event.id not in dead), key=stands_at)


def root_causes(events: tuple[Event, ...]) -> dict[str, str]:
    """Id of the event at the beginning of each event's chain of causes (itself without a cause).

    Who names a replaced event as its cause means the event that stands in its place.
    """
    cause = {event.id: event.cause for event in events}
    stands_for = {event.replaces: event.id for event in events if event.replaces is not None}
    roots: dict[str, str] = {}
    for event in events:
        at, seen = event.id, {event.id}
        while (above := cause.get(at)) is not None:
            while above in stands_for:
                above = stands_for[above]
            if above in seen:
                break
            at = above
            seen.add(at)
        roots[event.id] = at
    return roots


def stay_groups(events: list[Event], rule: StaysAsOne | None) -> dict[str, str]:
    """For each event the id of the stay that it belongs to: its own, or that of the first stay that it continues.

    A stay continues the latest earlier one (in order) when it begins at most ``within_days`` after that one's discharge
    and not before its admission; with ``same_disease`` only when a diagnosis of the same category (three characters) is shared.
    """
    groups = {event.id: event.id for event in events}
    if rule is None:
        return groups
    before: Event | None = None
    for event in events:
        if event.kind != "inpatient":
            continue
        if before is not None and _continues(event, before, rule):
            groups[event.id] = groups[before.id]
        before = event
    return groups


def _continues(event: Event, before: Event, rule: StaysAsOne) -> bool:
    if before.ended_on is None or event.started_on < before.started_on:
        return False
    if (event.started_on - before.ended_on).days > rule.within_days:
        return False
    if not rule.same_disease:
        return True
    categories = {code[:3] for code in event.diagnoses or ()}
    return any(code[:3] in categories for code in before.diagnoses or ())
