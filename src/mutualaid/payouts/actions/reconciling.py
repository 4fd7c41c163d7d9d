"""Finance hears that books and orders differ."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.money import shown
from mutualaid.notices.actions import notify_office
from mutualaid.people.models import RoleName


@transaction.atomic
def tell_difference(*, fund: Fund, booked: Decimal, owed: Decimal, by: Actor, at: datetime.datetime) -> None:
    """What the books of a fund owe is not what its orders owe, both in yuan."""
    record(what="books_found_differing", row=fund, by=by, at=at, booked=str(booked), owed=str(owed))
    notify_office(
        unit=fund.unit,
        roles=[RoleName.FINANCE],
        template="books_differ",
        words={"fund": fund.account_name, "booked": shown(booked), "owed": shown(owed)},
        link="/workbench/payouts/reconciliation",
        by=by,
        at=at,
    )
