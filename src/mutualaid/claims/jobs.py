"""What the worker does for claims: letters on decisions, after the transaction in which it was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.models import Claim
from mutualaid.core.actors import system
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox

BY = system("claims")


@outbox("claims.letter")
def deliver_letter(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - the round makes it single
    """From the outbox: ``{"claim": number, "round": n}``; see ``issue_letter``."""
    with within([EVERYTHING]):
        claim = Claim.objects.get(number=wanted["claim"])
    issue_letter(claim=claim, number=wanted["round"], by=BY, at=database_time())
