"""What the worker does for claims: letters on decisions, after the transaction in which it was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.assessing import latest
from mutualaid.claims.models import Claim
from mutualaid.claims.states import DECIDED
from mutualaid.core.actors import system
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox

BY = system("claims")


@outbox("claims.letter")
def deliver_letter(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - the round makes it single
    """From the outbox: ``{"claim": number, "round": n}``; see ``issue_letter``. One that no longer stands has no letter."""
    with within([EVERYTHING]):
        claim = Claim.objects.get(number=wanted["claim"])
        stands = latest(claim=claim)
    # Decided anew, or opened again, before the letter was made: it would tell the facts of today with the figures of then.
    if claim.state not in DECIDED or stands is None or stands.round != wanted["round"]:
        return
    issue_letter(claim=claim, number=wanted["round"], by=BY, at=database_time())
