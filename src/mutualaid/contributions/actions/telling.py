"""Telling an employer's clerks of their bills."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction

from mutualaid.contributions.models import Bill
from mutualaid.core.actors import Actor
from mutualaid.notices.actions import notify
from mutualaid.people.models import EmployerClerk


@transaction.atomic
def tell_clerks(*, bill: Bill, template: str, words: Mapping[str, str], by: Actor, at: datetime.datetime) -> int:
    """A notice to every clerk who is bound to the bill's employer; how many."""
    bound = EmployerClerk.objects.filter(employer=bill.employer_id, state="bound").select_related("account")
    for clerk in bound:
        notify(
            account=clerk.account,
            portal="clerk",
            template=template,
            words=words,
            link=f"/employers/bills/{bill.number}",
            by=by,
            at=at,
        )
    return len(bound)
