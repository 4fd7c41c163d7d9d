"""Whether claims stand against giving a fee back: what was paid under a cover, and what is being looked at. Reads alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mutualaid.claims.models import Claim
from mutualaid.claims.overlapping import DAYS, decided_under
from mutualaid.claims.states import OPEN
from mutualaid.contributions.refundable import Why
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover

UNDER_WAY = (*OPEN, "returned")


def hindered_by_claims(*, covers: Sequence[Cover]) -> Mapping[int, Why]:
    """By the key of a cover, the claim for which its fee does not go back: one was approved under it, or is under way for a day
    on which it holds."""
    with within([EVERYTHING], reads=True):
        rows = Claim.objects.filter(
            member__in={one.member_id for one in covers}, state__in=[*UNDER_WAY, "approved"], counts=True
        )
        by_member: dict[int, list[Claim]] = {}
        for claim in rows.select_related("particulars").order_by("id"):
            by_member.setdefault(claim.member_id, []).append(claim)
        found = {one.pk: _why(one, by_member[one.member_id]) for one in covers if one.member_id in by_member}
    return {key: why for key, why in found.items() if why is not None}


def _why(cover: Cover, claims: Sequence[Claim]) -> Why | None:
    paid = next(iter(decided_under(cover=cover)), None)
    if paid is not None:
        number = paid.claim.number
        return (
            f"这份保障下应没有给付过互助金；理赔 {number} 已核准给付，不能退费",
            f"expected no benefit to be approved under this cover, claim {number} was: nothing is given back",
        )
    for claim in claims:
        if claim.state in UNDER_WAY and _falls_under(claim, cover):
            return (
                f"这份保障下应没有在办的理赔；理赔 {claim.number} 正在办理，请待其结果",
                f"expected no claim under way for the days of this cover, found {claim.number}; wait for its decision",
            )
    return None


def _falls_under(claim: Claim, cover: Cover) -> bool:
    facts = json.loads(claim.particulars.facts)
    days = [str(facts[name]) for name in DAYS if facts.get(name)]
    return any(cover.from_on.isoformat() <= day < cover.until_on.isoformat() for day in days)
