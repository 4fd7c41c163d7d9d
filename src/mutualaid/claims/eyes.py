"""Whose eyes are the next: who had a part in a claim's decisions, who works at which office, who is left to look again."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from mutualaid.claims.access import FIRST_REVIEW
from mutualaid.claims.models import Claim, Confirmation, How, ReviewTask
from mutualaid.claims.states import HAD_A_PART
from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import RoleAssignment, Staff, Unit
from mutualaid.people.queries import on_day
from mutualaid.plans.queries import chain_of


def had_a_part(*, claim: Claim) -> set[str]:
    """Accounts that decided on a claim, closed a review of it, or found out for its employer; also before it was opened again,
    as the audit trail tells."""
    entries = AuditEntry.objects.filter(subject=subject_of(claim), what__in=HAD_A_PART, actor_kind="staff")
    closed = ReviewTask.objects.filter(claim=claim, state="done").values_list("closed_by", "found_by")
    found = {*entries.values_list("actor_key", flat=True), claim.first_by, claim.final_by}
    return (found | {key for pair in closed for key in pair}) - {""}


def found_out(*, claim: Claim) -> set[str]:
    """Accounts of an office that answered for the claim's employer."""
    rows = Confirmation.objects.filter(claim=claim).exclude(how=How.EMPLOYER)
    return set(rows.values_list("by_key", flat=True))


def same_office(*, one: str, other: str) -> bool:
    """Whether two accounts of staff work at one office. An account of nobody's works nowhere else."""
    keys = [int(key) for key in (one, other) if key.isdecimal()]
    with within([EVERYTHING]):
        units = dict(Staff.objects.filter(account__in=keys).values_list("account_id", "unit_id"))
    return len(keys) < 2 or units.get(keys[0]) == units.get(keys[1])


@dataclass(frozen=True)
class Left:
    """Who looks again at a claim: the office nearest to it that has reviewers, and the nearest that still has one without a part
    in it (None: nobody at all)."""

    usual: Unit | None
    office: Unit | None

    @property
    def above(self) -> bool:
        """Whether the usual office has nobody left, so that another takes it."""
        return self.office is not None and self.usual != self.office


def left_for_review(*, claim: Claim, on: datetime.date) -> Left:
    """See ``Left``. ``claim`` with its member. Four queries."""
    out = had_a_part(claim=claim) | {str(claim.member.account_id)}
    with within([EVERYTHING]):  # reviewers of offices above are not of everybody's branch
        held = RoleAssignment.objects.filter(
            on_day(on), role__in=FIRST_REVIEW, unit__in=chain_of(path=claim.unit_path), staff__account__is_active=True
        )
        rows = [(row.unit, str(row.staff.account_id)) for row in held.select_related("unit", "staff").order_by("id")]
    rows.sort(key=lambda row: -len(row[0].path))
    usual = next((unit for unit, _ in rows), None)
    return Left(usual, next((unit for unit, account in rows if account not in out), None))
