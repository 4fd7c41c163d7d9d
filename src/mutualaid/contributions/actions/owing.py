"""What gig workers' covers cost, by payers: owed when they join, billed to each payer for all of an enrolment at once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum

from mutualaid.contributions.actions.billing import DUE_DAYS
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.joining_prices import THEMSELVES, gig_split
from mutualaid.contributions.models import Bill, FeePart, OwedPart, PayerKind
from mutualaid.contributions.queries import fund_for, share_of
from mutualaid.contributions.splitting import Class, Payer, Split
from mutualaid.contributions.words import payer_key
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.ledger.actions import post_bill
from mutualaid.people.models import Member

# Covers of a slice: those of some that were just made, from its first to its last, in the order of their keys.
_OWED = """
INSERT INTO contributions_owedpart (cover_id, payer_kind, payer_unit_id, payer_name, subsidy_id, amount)
SELECT id, %s, %s, %s, %s, %s FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM enrolment_cover
    WHERE id = ANY (%s) AND fee_amount = %s AND units = %s
) AS ordered WHERE place > %s AND place <= %s
"""
_PARTS = """
INSERT INTO contributions_feepart (bill_id, cover_id, payer_kind, amount)
SELECT bill_id, cover_id, payer_kind, amount FROM contributions_owedpart WHERE bill_id = %s
"""


@dataclass(frozen=True)
class Owing:
    """What a bill asks: of whom, how much, for how many persons; of which ``member``, where it is one."""

    payer: Payer
    name: str
    amount: Decimal
    persons: int
    member: Member | None = None


@transaction.atomic
def issue_bill(*, enrolment: Enrolment, owing: Owing, by: Actor, at: datetime.datetime) -> Bill:
    """One payer owes a sum for persons of an enrolment. Raises NoFund."""
    on = day_of(at)
    with within([EVERYTHING]):
        fund = fund_for(employer=enrolment.employer)
        bill = Bill.objects.create(
            enrolment=enrolment,
            employer=enrolment.employer,
            fund=fund,
            payer_kind=owing.payer.kind,
            payer_unit_id=owing.payer.unit or None,
            payer_member=owing.member,
            subsidy_id=owing.payer.subsidy or None,
            holds_cover=owing.payer.holds,
            payer_name=owing.name,
            payer_key=payer_key(owing.name),
            amount=owing.amount,
            persons=owing.persons,
            from_on=enrolment.from_on,
            until_on=enrolment.until_on,
            issued_on=on,
            due_on=on + datetime.timedelta(days=DUE_DAYS),
        )
        bill.refresh_from_db(fields=["number"])
        post_bill(book=fund.book, bill=subject_of(bill), shares=[share_of(bill=bill)], on=on, by=by, at=at)
        record(what="bill_issued", row=bill, by=by, at=at, amount=str(owing.amount), persons=owing.persons)
    return bill


@transaction.atomic
def owe(
    *,
    enrolment: Enrolment,
    covers: Sequence[Cover],
    payer: Payer,
    collects: bool = False,
    by: Actor,
    at: datetime.datetime,
) -> Split:
    """Covers that were just made are split by payers, first come first served: the budgets of subsidies are locked. What others
    than the members bear is owed from now on. Within the transaction that made the covers."""
    counted: dict[Class, int] = {}
    for cover in covers:
        of = Class(cover.fee_amount, cover.units)
        counted[of] = counted.get(of, 0) + 1
    with within([EVERYTHING]):
        made = gig_split(
            employer=enrolment.employer, version=enrolment.version, payer=payer, classes=list(counted.items()),
            on=day_of(at), collects=collects, lock=True,
        )  # fmt: skip
        keys = [cover.pk for cover in covers]
        with connection.cursor() as cursor:
            for one in made.slices:
                where: list[Any] = [keys, one.of.fee, one.of.units, one.first, one.first + one.count]
                for who, amount in one.each.items():
                    if who != THEMSELVES:
                        told = [who.kind, who.unit or None, who.name, who.subsidy or None, amount]
                        cursor.execute(_OWED, [*told, *where])
        amounts = {f"{who.kind}:{who.subsidy}": str(amount) for who, amount in made.totals().items()}
        record(what="fees_owed", row=enrolment, by=by, at=at, persons=len(covers), parts=amounts)
    return made


@transaction.atomic
def bill_member(*, enrolment: Enrolment, cover: Cover, amount: Decimal, by: Actor, at: datetime.datetime) -> Bill:
    """A member is billed for what of a fee is theirs; the cover waits for it. Raises NoFund."""
    owing = Owing(THEMSELVES, cover.member.name, amount, 1, cover.member)
    bill = issue_bill(enrolment=enrolment, owing=owing, by=by, at=at)
    if amount != cover.fee_amount:
        FeePart.objects.create(bill=bill, cover=cover, payer_kind=PayerKind.MEMBER, amount=amount)
    return bill


@transaction.atomic
def bill_owed(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> list[Bill]:
    """What is owed of covers of an enrolment that have begun is billed, one bill for each payer, whatever their number; asked
    again, there is nothing left to bill. Raises NoFund."""
    with within([EVERYTHING]):
        locked = (
            Enrolment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("employer__unit", "version")
            .get(pk=enrolment.pk)
        )
        owed = OwedPart.objects.filter(cover__enrolment=locked, cover__state="begun", bill=None)
        by_payer = ("payer_kind", "payer_unit", "payer_name", "subsidy")
        rows = owed.order_by(*by_payer).values(*by_payer).annotate(
            amount=Sum("amount"), fees=Sum("cover__fee_amount"), persons=Count("id")
        )  # fmt: skip
        bills = []
        for row in list(rows):
            same = {name: row[name] for name in by_payer}
            if locked.bills.filter(issued_on=day_of(at), **same).exclude(state="cancelled").exists():
                continue  # one a day: the rest is asked for tomorrow
            who = Payer(
                row["payer_kind"], row["payer_name"], row["payer_unit"] or 0, subsidy=row["subsidy"] or 0, holds=False
            )
            owing = Owing(who, row["payer_name"], row["amount"], row["persons"])
            bill = issue_bill(enrolment=locked, owing=owing, by=by, at=at)
            owed.filter(**same).update(bill=bill)
            if row["amount"] != row["fees"]:
                with connection.cursor() as cursor:
                    cursor.execute(_PARTS, [bill.pk])
            bills.append(bill)
    return bills


@transaction.atomic
def lapse_joining(*, bill: Bill, by: Actor, at: datetime.datetime) -> Bill:
    """Who joined and never paid is not covered; what of a subsidy was kept for them is there for others, and they may join anew.
    Raises IllegalMove, PartlyPaid."""
    return cancel_bill(bill=bill, reason="逾期未缴，自动作废", by=by, at=at)
