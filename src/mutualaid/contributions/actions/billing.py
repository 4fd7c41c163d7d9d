"""An accepted enrolment is billed: one bill for each payer, each cover's parts with them, all in statements for whole rosters."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from mutualaid.contributions.actions.telling import tell_members, tell_payer
from mutualaid.contributions.models import Bill, FeePart, Fund, PayerKind
from mutualaid.contributions.queries import share_of
from mutualaid.contributions.split_queries import fee_split
from mutualaid.contributions.splitting import EMPLOYER, Payer, Slice, Split
from mutualaid.contributions.words import payer_key
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_keys, subject_of
from mutualaid.core.inserting import Same, insert_all, insert_columns
from mutualaid.core.money import shown
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.ledger.actions import post_bills

DUE_DAYS = 30
# Covers of a slice: those of its class from its first to its last, in the order of their keys.
_COVERS = """
SELECT id, member_id FROM (
    SELECT id, member_id, row_number() OVER (ORDER BY id) AS place FROM enrolment_cover
    WHERE enrolment_id = %s AND state <> 'cancelled' AND fee_amount = %s AND units = %s AND package_group = %s
) AS ordered WHERE place > %s AND place <= %s
"""
_PARTS = f"""
INSERT INTO contributions_feepart (bill_id, cover_id, payer_kind, amount)
SELECT %s, id, %s, %s FROM ({_COVERS}) AS covers
"""  # noqa: S608 # nosec B608 - our own text


_Covers = list[tuple[int, int]]
"""Keys of covers and of their members."""


@dataclass(frozen=True)
class _Billing:
    """For which enrolment, into which fund, when and by whom."""

    enrolment: Enrolment
    fund: Fund
    on: datetime.date
    by: Actor
    at: datetime.datetime

    def bill(self, payer: Payer, amount: Decimal, persons: int, name: str, member: int | None = None) -> Bill:
        """A bill, not saved yet."""
        return Bill(
            enrolment=self.enrolment,
            employer=self.enrolment.employer,
            fund=self.fund,
            payer_kind=payer.kind,
            payer_unit_id=payer.unit or None,
            payer_member_id=member,
            subsidy_id=payer.subsidy or None,
            holds_cover=payer.holds,
            payer_name=name,
            payer_key=payer_key(name),
            amount=amount,
            persons=persons,
            from_on=self.enrolment.from_on,
            until_on=self.enrolment.until_on,
            issued_on=self.on,
            due_on=self.on + datetime.timedelta(days=DUE_DAYS),
        )


def issue_bills(*, enrolment: Enrolment, fund: Fund, on: datetime.date, by: Actor, at: datetime.datetime) -> list[Bill]:
    """One bill for each payer of an enrolment that was just accepted, booked and told to whoever pays; the employer's first. The
    budgets of subsidies are locked, and what is beyond them falls to the rest payer."""
    split = fee_split(enrolment=enrolment, on=on, lock=True)
    billing = _Billing(enrolment, fund, on, by, at)
    totals = split.totals()
    employers = sum((amount for payer, amount in totals.items() if _collected(payer)), Decimal(0))
    wanted: list[tuple[Payer, Bill]] = []
    if employers:
        heads = _heads(split)
        wanted.append((EMPLOYER, billing.bill(EMPLOYER, employers, heads, enrolment.employer.unit.name)))
    for payer, amount in totals.items():
        if not _collected(payer) and not payer.billed:
            wanted.append((payer, billing.bill(payer, amount, split.heads(payer), payer.name)))
    bills = (
        dict(zip([payer for payer, _ in wanted], insert_all([bill for _, bill in wanted]), strict=True))
        if wanted
        else {}
    )
    billed = [payer for payer in totals if payer.billed]
    # Of slices of which members are billed, which are the only ones that are looked at one by one.
    covers = [_covers(enrolment, one) if any(payer.billed for payer in one.each) else [] for one in split.slices]
    of_members = _bill_members(billing, split, covers, billed)
    if len(totals) > 1 or billed:
        _write_parts(billing, split, covers, bills, of_members)
    made = [*bills.values(), *of_members]
    _book(billing, made)
    return made


def _collected(payer: Payer) -> bool:
    """Whether the employer is billed for it: its own part, and that of members which it collects."""
    return payer.kind == PayerKind.EMPLOYER or (payer.kind == PayerKind.MEMBER and not payer.billed)


def _heads(split: Split) -> int:
    return sum(one.count for one in split.slices if any(_collected(payer) for payer in one.each))


def _where(enrolment: Enrolment, one: Slice) -> list[int | Decimal | str]:
    of = one.of
    return [enrolment.pk, of.fee, of.units, of.group, one.first, one.first + one.count]


def _bill_members(billing: _Billing, split: Split, covers: Sequence[_Covers], billed: Iterable[Payer]) -> list[Bill]:
    """The bills of members who pay themselves: what a member bears for all covers of the enrolment is one."""
    owed: dict[int, Decimal] = {}
    payers = list(billed)
    for one, of_slice in zip(split.slices, covers, strict=True):
        each = sum((one.each.get(payer, Decimal(0)) for payer in payers), Decimal(0))
        if not each:
            continue
        for _cover, member in of_slice:
            owed[member] = owed.get(member, Decimal(0)) + each
    if not owed:
        return []
    names = dict(Cover.objects.filter(enrolment=billing.enrolment).values_list("member_id", "member__name"))
    return insert_all([billing.bill(payers[0], owed[member], 1, names[member], member) for member in sorted(owed)])


def _covers(enrolment: Enrolment, one: Slice) -> _Covers:
    """Keys of the covers of a slice and of their members."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERS, _where(enrolment, one))
        return list(cursor.fetchall())


def _write_parts(
    billing: _Billing,
    split: Split,
    covers: Sequence[_Covers],
    bills: dict[Payer, Bill],
    of_members: Sequence[Bill],
) -> None:
    """What each cover asks of each bill, a statement for each slice and payer. Members' bills are matched here: of an enrolment
    that PostgreSQL has not seen yet it expects a row or two, and would look through all bills for each cover."""
    by_member = {bill.payer_member_id: bill.pk for bill in of_members}
    for one, of_slice in zip(split.slices, covers, strict=True):
        where = _where(billing.enrolment, one)
        for payer, amount in one.each.items():
            if payer.billed:
                insert_columns(
                    FeePart,
                    {
                        "bill_id": [by_member[member] for _cover, member in of_slice],
                        "cover_id": [cover for cover, _member in of_slice],
                        "payer_kind": Same(payer.kind),
                        "amount": Same(amount),
                    },
                )
            else:
                bill = bills[EMPLOYER if _collected(payer) else payer]
                with connection.cursor() as cursor:
                    cursor.execute(_PARTS, [bill.pk, payer.kind, amount, *where])


def _book(billing: _Billing, bills: Sequence[Bill]) -> None:
    """Entries, audit and notices, each for all bills together: members who pay themselves are as many as the roster."""
    by, at, plan = billing.by, billing.at, billing.enrolment.version.name_zh
    shares = [(subject_of(bill), share_of(bill=bill)) for bill in bills]
    post_bills(book=billing.fund.book, bills=shares, on=billing.on, by=by, at=at)
    told = [{"amount": str(bill.amount), "persons": bill.persons, "payer": bill.payer_kind} for bill in bills]
    record_keys(what="bill_issued", model=Bill, keys=[bill.pk for bill in bills], detail=told, by=by, at=at)

    def words(bill: Bill) -> dict[str, str]:
        due_on = bill.due_on.isoformat()
        return {"number": bill.number, "plan": plan, "amount": shown(bill.amount), "due_on": due_on}

    of_members = [bill for bill in bills if bill.payer_member_id is not None]
    tell_members(bills=of_members, template="bill_issued", words=words, by=by, at=at)
    for bill in bills:
        if bill.payer_member_id is None:
            tell_payer(bill=bill, template="bill_issued", words=words(bill), by=by, at=at)
