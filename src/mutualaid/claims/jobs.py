"""What the worker does for claims: letters on decisions, after the transaction in which it was decided; reminders of offices;
what came back is set off against what was paid too much; what is due and not ordered is noticed."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mutualaid.claims.actions.confirming import AskedAlready, ask_office
from mutualaid.claims.actions.giving_back import set_off_return
from mutualaid.claims.actions.kin_checking import end_kinship
from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.watching import close_unpaid_tasks, open_unpaid_task
from mutualaid.claims.assessing import BY, latest
from mutualaid.claims.kinship import to_expire
from mutualaid.claims.models import Claim, Ended
from mutualaid.claims.overpaid import came_back
from mutualaid.claims.queries import unanswered
from mutualaid.claims.refusals import Refused
from mutualaid.claims.states import DECIDED
from mutualaid.claims.unpaid import unpaid
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox, timer

_log = logging.getLogger(__name__)


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


@timer("30 0 * * *", name="claims.ask_offices")
def ask_offices(*, at: datetime.datetime) -> None:
    """Each morning: offices are told of claims that their employers did not answer in time."""
    with within([EVERYTHING]):
        waiting = list(unanswered(on=day_of(at)))
    for claim in waiting:
        with suppress(AskedAlready):  # answered, or withdrawn, meanwhile
            ask_office(claim=claim, by=BY, at=at)


@timer("45 0 * * *", name="claims.end_kinships")
def end_kinships(*, at: datetime.datetime) -> None:
    """Each morning: next of kin whose time is over act no longer, once nothing that they filed is under way."""
    with within([EVERYTHING]):
        over = list(to_expire(on=day_of(at)))
    for kinship in over:
        with suppress(IllegalMove):  # ended by a person meanwhile
            end_kinship(kinship=kinship, why=Ended.EXPIRED, by=BY, at=at)


@timer("* * * * *", name="claims.set_off_returns")
def set_off_returns(*, at: datetime.datetime) -> None:
    """Each minute: what the bank could not pay, or got back, of claims that were paid too much is no longer the members' to
    return, and what is still due is ordered again."""
    with within([EVERYTHING]):
        waiting = list(came_back(among=Claim.objects.all()))
    for claim in waiting:
        try:
            set_off_return(claim=claim, by=BY, at=at)
        except Refused:
            _log.exception("claim %s: what came back could not be set off", claim.number)


@timer("40 1 * * *", name="claims.tell_unpaid")
def tell_unpaid(*, at: datetime.datetime) -> None:
    """Each night: a named person of finance sees to each approved claim of which not all that is due was ordered, until it is."""
    with within([EVERYTHING]):
        found = {row.number: row.missing for row in unpaid()}
        claims = list(Claim.objects.filter(number__in=found).select_related("office").order_by("id"))
    for claim in claims:
        open_unpaid_task(claim=claim, missing=found[claim.number], by=BY, at=at)
    close_unpaid_tasks(still=[claim.pk for claim in claims], by=BY, at=at)
