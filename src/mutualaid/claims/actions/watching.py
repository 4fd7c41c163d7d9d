"""What is due and not ordered is seen to by a named person, from the night after it is noticed until all is ordered."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Collection
from decimal import Decimal

from mutualaid.claims.models import Claim, UnpaidTask
from mutualaid.claims.promises import working_days_after
from mutualaid.claims.states import UNPAID_TASK
from mutualaid.contributions.queries import fund_above
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.actions import notify
from mutualaid.people.models import RoleName, Staff
from mutualaid.people.queries import nearest_holders

DAYS = 3
"""Working days within which it is to be cleared up."""
_log = logging.getLogger(__name__)


def open_unpaid_task(*, claim: Claim, missing: Decimal, by: Actor, at: datetime.datetime) -> UnpaidTask | None:
    """Of an approved claim so much is due and not ordered (yuan): a person of finance is told, of the office whose dedicated
    account pays it or the nearest above; of several the one with the fewest such tasks. One that is open already stays as it is.
    None where nobody of finance is there: that is logged."""
    with within([EVERYTHING]):
        there = UnpaidTask.objects.filter(claim=claim, state="open").first()
        if there is not None:
            return there
        fund = fund_above(path=claim.unit_path)
        unit = fund.unit if fund is not None else claim.office
        held = nearest_holders(unit=unit, roles=[RoleName.FINANCE], on=day_of(at))
        people = list(Staff.objects.filter(account__in=held).order_by("id"))
        if not people:
            _log.error("claim %s: %s yuan are due and not ordered, and no finance sees to it", claim.number, missing)
            return None
        staff = min(people, key=lambda one: (UnpaidTask.objects.filter(staff=one, state="open").count(), one.pk))
        due_on = working_days_after(day_of(at), DAYS)
        task = UnpaidTask.objects.create(claim=claim, staff=staff, missing_amount=missing, opened_at=at, due_on=due_on)
        record(what="open_unpaid_task", row=task, by=by, at=at, claim=claim.number, missing=str(missing))
        words = {"number": claim.number, "amount": shown(missing), "until": due_on.isoformat()}
        link = "/workbench/payouts/reconciliation"
        notify(account=staff.account, portal="staff", template="unpaid", words=words, link=link, by=by, at=at)
    return task


def close_unpaid_tasks(*, still: Collection[int], by: Actor, at: datetime.datetime) -> int:
    """All is ordered by now, or no longer due: their tasks are done; how many. ``still``: keys of claims of which that is not
    so."""
    with within([EVERYTHING]):
        over = list(UnpaidTask.objects.filter(state="open").exclude(claim__in=still).order_by("id"))
        for task in over:
            make(task, UNPAID_TASK, "close_unpaid_task", by=by, at=at, also={"closed_at": at})
    return len(over)
