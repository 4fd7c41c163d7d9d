"""What another system had used up of limits, and the claims that it had not decided, come in."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from mutualaid.claims.actions.filing import Expense, Payee, enter_claim
from mutualaid.claims.actions.reviewing import return_for_papers
from mutualaid.claims.models import Claim, Opening, Source
from mutualaid.claims.refusals import Refused
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_all
from mutualaid.core.inserting import insert_all
from mutualaid.people.models import Member, Staff


@dataclass(frozen=True)
class Used:
    """What a member had used up of a counter of the engine (``benefit_engine.accumulators``): ``amount`` in yuan or ``count``."""

    member: int
    family: str
    counter: str
    key: str
    amount: Decimal | None = None
    count: int | None = None
    last_on: datetime.date | None = None


class OpeningKnown(Refused):
    """What was used up before is told once."""


class Computed(Refused):
    """Claims of the member were computed here already: an opening now would come too late."""


@transaction.atomic
def take_over_openings(*, used: Sequence[Used], source: str, by: Actor, at: datetime.datetime) -> list[Opening]:
    """Counters begin where the other system stopped, in the order of ``used``. Under the members' locks. Raises OpeningKnown,
    Computed."""
    members = sorted({one.member for one in used})
    list(Member.objects.filter(pk__in=members).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    counted = Claim.objects.filter(member__in=members, counts=True).first()
    if counted is not None:
        raise Computed(
            f"期初应先于本系统的申请登记；申请 {counted.number} 已理算，请核对后删去该会员的期初行",
            f"expected the opening before any claim here, found that claim {counted.number} is computed; leave this member's "
            "rows out",
        )
    rows = [
        Opening(
            member_id=one.member,
            family=one.family,
            counter=one.counter,
            key=one.key,
            amount=one.amount,
            count=one.count,
            last_on=one.last_on,
            source=source,
            at=at,
        )
        for one in used
    ]
    try:
        with transaction.atomic():
            made = insert_all(rows)
    except IntegrityError as error:
        raise OpeningKnown(
            "每人每项期初应只登记一次；有一项已登记，请核对后删去重复的行",
            "expected each counter of a member to be told once, found one that is told already; leave it out",
        ) from error
    told = ((row, {"source": source, "family": row.family, "counter": row.counter}) for row in made)
    record_all(what="take_over_opening", rows=told, by=by, at=at)
    return made


@transaction.atomic
def take_over_claim(
    *,
    member: Member,
    facts: Mapping[str, Any],
    expenses: Sequence[Expense] = (),
    hospital: str = "",
    payee: Payee | None = None,
    filed_on: datetime.date,
    returned: str = "",
    contact: Staff | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """A claim that another system had not decided: computed here, and looked at by a person. ``returned``: what papers the member
    was asked for, when it waits for them; ``contact`` then follows it up. Raises FactsFaulty, NotCovered."""
    claim = enter_claim(
        member=member,
        facts=facts,
        expenses=expenses,
        hospital=hospital,
        payee=payee,
        source=Source.TAKEOVER,
        filed_on=filed_on,
        by=by,
        at=at,
    )
    if returned and contact is not None:
        return return_for_papers(claim=claim, words=(), text=returned, contact=contact, by=by, at=at)
    return claim
