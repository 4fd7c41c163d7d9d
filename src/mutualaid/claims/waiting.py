"""The queue of a reviewer as it is opened all day: nothing asked, the most urgent first. ``access.queue_of`` says the same as a
query to be narrowed; this is one prepared statement, which reads no more of each level's index than can be leafed through. And
what a queue shows of its claims, in one statement.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from mutualaid.claims.access import FINAL_REVIEW, FIRST_REVIEW
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.prepared import prepared
from mutualaid.people.roles import account_of, branches_of_staff

_LEVEL = """
    (SELECT c.id, c.due_on FROM claims_claim c
    WHERE c.state = '{state}' AND c.unit_path ^@ ANY (%s::text[]) AND c.first_by <> %s
        AND (c.assigned_to_id IS NULL OR c.assigned_to_id = ANY (ARRAY(SELECT staff FROM whose)))
        AND NOT EXISTS (SELECT FROM claims_confirmation f WHERE f.claim_id = c.id AND f.by_key = %s)
    ORDER BY c.due_on, c.id LIMIT %s)"""
_STATES: tuple[tuple[str, ...], ...] = (("first_review",), ("first_review", "final_review"))
_QUEUE = """
WITH me AS MATERIALIZED (
    SELECT s.id FROM people_staff s JOIN people_account a ON a.id = s.account_id
    WHERE s.account_id = %s AND a.is_active ORDER BY s.id LIMIT 1
), whose AS MATERIALIZED (
    SELECT id AS staff FROM me
    UNION ALL SELECT b.staff_id FROM claims_absence b JOIN me ON b.deputy_id = me.id WHERE b.from_on <= %s AND b.until_on > %s
)
SELECT ARRAY(SELECT id FROM ({levels}) waiting WHERE EXISTS (SELECT FROM me) ORDER BY due_on, id LIMIT %s)
"""
"""A level apart from the other: together the planner, who takes row-level security for stricter than it is, would sort all."""
_TEXTS: dict[tuple[str, ...], str] = {
    states: _QUEUE.format(levels=" UNION ALL ".join(_LEVEL.format(state=state) for state in states))
    for states in _STATES
}


def keys_of_queue(*, actor: Actor, on: datetime.date, most: int) -> list[int]:
    """The keys of the claims of ``access.queue_of`` in the order of their promises, at most so many. Inside a transaction."""
    if actor.kind is not ActorKind.STAFF:
        return []
    levels = {"first_review": FIRST_REVIEW, "final_review": FINAL_REVIEW}
    branches = {state: branches_of_staff(actor=actor, on=on, roles=roles) for state, roles in levels.items()}
    states = tuple(state for state, paths in branches.items() if paths)
    if not states:
        return []  # whoever reviews finally reviews at first as well
    told = [value for state in states for value in (branches[state], actor.key, actor.key, most)]
    with prepared(), connection.cursor() as cursor:
        cursor.execute(_TEXTS[states], [account_of(actor=actor), on, on, *told, most])
        (keys,) = cursor.fetchone()
    return list(keys)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a queue shows of a claim: whose it is, what happened, and what stands of its computation (yuan; None without one)."""

    pk: int
    number: str
    state: str
    due_on: datetime.date | None
    completed_at: datetime.datetime | None
    assigned_to_id: int | None
    same_as_id: int | None
    name: str
    member: str
    kind: str
    hospital: str
    total: Decimal | None
    refers: bool
    refuses: bool
    provisional: bool


_SHOWN = """
SELECT c.id, c.number, c.state, c.due_on, c.completed_at, c.assigned_to_id, c.same_as_id, m.name, m.number,
    coalesce(p.kind, ''), coalesce(p.hospital, ''), a.total_amount, coalesce(a.refers, false), coalesce(a.refuses, false),
    coalesce(a.provisional, false)
FROM claims_claim c
JOIN people_member m ON m.id = c.member_id
LEFT JOIN claims_particulars p ON p.claim_id = c.id
LEFT JOIN LATERAL (
    SELECT total_amount, refers, refuses, provisional FROM claims_assessment WHERE claim_id = c.id ORDER BY round DESC LIMIT 1
) a ON true
WHERE c.id = ANY (%s::bigint[])
"""


def shown_in_queue(*, keys: Sequence[int]) -> list[Waiting]:
    """Claims by their keys, in no order. Inside a transaction."""
    with prepared(), connection.cursor() as cursor:
        cursor.execute(_SHOWN, [list(keys)])
        return [Waiting(*row) for row in cursor.fetchall()]
