"""Rows of a signed take-over become something, some at a time, by the actions of the domains themselves.

A piece and the note of what its rows became are one transaction: whoever goes on after a broken end begins with the first row
that is not noted, and nothing is done twice.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.taking_over import Used, take_over_claim, take_over_openings
from mutualaid.contributions.actions.reconciling import take_over_day
from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.taking_over import TakenCover, take_over_covers
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.actions import Source, post
from mutualaid.ledger.benefits import BenefitShare
from mutualaid.ledger.chart import BENEFITS_PAYABLE, CHART, IN_TRANSIT, RESTRICTED_NET_ASSETS, Side
from mutualaid.ledger.lines import AccountKey, Period, credit, debit, key
from mutualaid.payouts.actions.orders import order_payment
from mutualaid.people.actions.rosters import Newcomer, Spell, fill_contacts, record_employments, register_members
from mutualaid.people.actions.units import register_employer, register_unit
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import Employer, Employment, Level, Member, Staff, Unit
from mutualaid.plans.models import PlanVersion
from mutualaid.takeover.checking.known import members_by_index
from mutualaid.takeover.columns import APPLIED, BY_WORD
from mutualaid.takeover.models import Takeover, TakeoverRow
from mutualaid.takeover.queries import OPENED, fund_of_office, to_apply
from mutualaid.takeover.refusals import NoFund, Refused

PIECE = 1000
SMALL_PIECE = 100
"""Of rows each of which is an action of its own."""
Made = dict[int, str]
"""By the key of the row, what it became."""


class Halted(Refused):
    """A row cannot be applied; the rows before it are."""


class Piece:
    """Some rows of a take-over with what they say, and by whom and when they are applied."""

    def __init__(self, takeover: Takeover, rows: Sequence[TakeoverRow], by: Actor, at: datetime.datetime) -> None:
        self.takeover, self.rows, self.by, self.at = takeover, rows, by, at
        self.values: dict[int, dict[str, Any]] = {row.pk: json.loads(row.content)["value"] for row in rows}

    def value(self, row: TakeoverRow) -> dict[str, Any]:
        """What is applied of a row."""
        return self.values[row.pk]

    def members(self) -> dict[str, Member]:
        """Whom the rows are about, by blind index."""
        return members_by_index({row.person for row in self.rows if row.person})

    def member(self, row: TakeoverRow, members: Mapping[str, Member]) -> Member:
        """Whom one row is about. Raises Halted."""
        found = members.get(row.person)
        if found is None:
            raise self.halted(row, Refused("会员应已登记；没有找到", "expected a registered member, found none"))
        return found

    def employers(self) -> dict[str, Employer]:
        """Employers that the rows name, by credit code."""
        codes = {value["unit"] for value in self.values.values() if value.get("unit")}
        return {one.credit_code: one for one in Employer.objects.filter(credit_code__in=codes).select_related("unit")}

    def halted(self, row: TakeoverRow, error: Any) -> Halted:
        """The refusal of an action, with the place in the file."""
        sheet = BY_WORD[row.sheet]
        return Halted(
            f"“{sheet.zh}”表第 {row.line} 行不能执行：{error.zh}；此前各行已执行，解决后可继续",
            f"row {row.line} of {row.sheet} cannot be applied: {error.en}; the rows before it are, go on when it is solved",
        )


@transaction.atomic
def apply_piece(*, takeover: Takeover, by: Actor, at: datetime.datetime) -> int:
    """The next rows of a signed take-over are applied; gives how many, none when all are. Raises Halted, NoFund, and what the
    domains' actions raise."""
    locked = Takeover.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=takeover.pk)
    if locked.state != "signed_off":
        return 0
    waiting = to_apply(takeover=locked)
    for word in APPLIED:
        size = None if word == "balances" else SMALL_PIECE if word in ("units", "claims", "payables") else PIECE
        rows = list(waiting.filter(sheet=word).order_by("order", "line")[:size])
        if rows:
            with within([EVERYTHING]):
                made = _APPLY[word](Piece(locked, rows, by, at))
            _note(made)
            record(what="apply_takeover_rows", row=locked, by=by, at=at, sheet=word, rows=len(rows))
            return len(rows)
    return 0


def _note(made: Made) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE takeover_takeoverrow r SET made = v.made FROM unnest(%s::bigint[], %s::text[]) AS v(id, made)"
            " WHERE r.id = v.id",
            [list(made), list(made.values())],
        )


def _became(row: models.Model) -> str:
    return subject_of(row)


# --- units and persons ------------------------------------------------------------------------------------------------


def _units(piece: Piece) -> Made:
    made: Made = {}
    for row in piece.rows:
        value = piece.value(row)
        employer = Employer.objects.filter(credit_code=value["credit_code"]).first() if value["credit_code"] else None
        if employer is not None:
            made[row.pk] = _became(employer)
            continue
        office = Unit.objects.filter(code=value["code"]).first()
        if office is None:
            try:
                office = _unit(piece, value)
            except Refused as error:
                raise piece.halted(row, error) from error
        made[row.pk] = _became(Employer.objects.get(unit=office) if value["credit_code"] else office)
    return made


def _unit(piece: Piece, value: Mapping[str, Any]) -> Unit:
    parent = Unit.objects.get(code=value["parent"]) if value["parent"] else piece.takeover.office
    unit = register_unit(
        level=Level(value["level"]), parent=parent, code=value["code"], name=value["name"], by=piece.by, at=piece.at
    )
    if value["credit_code"]:
        register_employer(
            unit=unit,
            credit_code=value["credit_code"],
            headcount_declared=value["headcount"],
            contact_name=value["contact_name"],
            contact_phone=value["contact_phone"],
            by=piece.by,
            at=piece.at,
        )
    return unit


def _members(piece: Piece) -> Made:
    members, employers = piece.members(), piece.employers()
    before = set(members)
    new: dict[str, list[TakeoverRow]] = defaultdict(list)
    for row in piece.rows:
        if row.person not in members:
            new[piece.value(row)["unit"]].append(row)
    for code, rows in new.items():
        newcomers = [_newcomer(piece.value(row)) for row in rows]
        registered = register_members(newcomers=newcomers, employer=employers[code], by=piece.by, at=piece.at)
        members |= {row.person: member for row, member in zip(rows, registered, strict=True)}
    _fill(piece, {index: members[index] for index in before})
    _employ(piece, members, employers)
    return {row.pk: _became(members[row.person]) for row in piece.rows}


def _newcomer(value: Mapping[str, Any]) -> Newcomer:
    return Newcomer(
        IdentityKind(value["kind"]),
        value["number"],
        value["name"],
        Sex(value["sex"]),
        datetime.date.fromisoformat(value["birth_date"]),
        value.get("phone"),
        value.get("bank_card"),
    )


def _fill(piece: Piece, members: Mapping[str, Member]) -> None:
    told = [(members[row.person].pk, piece.value(row)) for row in piece.rows if row.person in members]
    fill_contacts(
        members=list(members.values()),
        phones={pk: value["phone"] for pk, value in told if value.get("phone")},
        bank_cards={pk: value["bank_card"] for pk, value in told if value.get("bank_card")},
        by=piece.by,
        at=piece.at,
    )


def _employ(piece: Piece, members: Mapping[str, Member], employers: Mapping[str, Employer]) -> None:
    """Who has an employment here keeps it as it is."""
    there = set(Employment.objects.filter(member__in=members.values()).values_list("member_id", flat=True))
    spells = []
    for row in piece.rows:
        member, value = members[row.person], piece.value(row)
        if member.pk in there:
            continue
        left_on = datetime.date.fromisoformat(value["left_on"]) if value["left_on"] else None
        employed_on = datetime.date.fromisoformat(value["employed_on"])
        spells.append(Spell(member.pk, employers[value["unit"]].pk, employed_on, left_on))
    record_employments(spells=spells, by=piece.by, at=piece.at)


# --- covers and what was used up --------------------------------------------------------------------------------------


def _covers(piece: Piece) -> Made:
    members, employers = piece.members(), piece.employers()
    versions = PlanVersion.objects.in_bulk({value["version"] for value in piece.values.values() if value})
    new = [row for row in piece.rows if row.effect == "make"]
    covers = [
        _cover(piece.member(row, members), employers, versions[piece.value(row)["version"]], piece.value(row))
        for row in new
    ]
    taken = take_over_covers(covers=covers, source=str(piece.takeover.number), by=piece.by, at=piece.at)
    made = {row.pk: _became(taken[place]) for place, row in enumerate(new)}
    return made | _matched(piece, members)


def _cover(
    member: Member, employers: Mapping[str, Employer], version: PlanVersion, value: Mapping[str, Any]
) -> TakenCover:
    day = datetime.date.fromisoformat
    return TakenCover(
        member=member.pk,
        employer=employers[value["unit"]].pk,
        headcount=value["headcount"],
        version=version,
        from_on=day(value["from_on"]),
        until_on=day(value["until_on"]),
        joined_on=day(value["joined_on"]),
        consecutive_periods=value["periods"],
        units=value["units"],
        option=value["option"],
        risk_class=value["risk_class"],
        employment=value["employment"],
        basic_insurance=value["basic_insurance"],
        groups=tuple(value["groups"]),
        fee_amount=Decimal(value["fee"]),
    )


def _matched(piece: Piece, members: Mapping[str, Member]) -> Made:
    """Rows whose cover is here already."""
    rows = [row for row in piece.rows if row.effect == "match"]
    of = [members[row.person].pk for row in rows if row.person in members]
    found = {
        (cover.member_id, cover.plan, cover.from_on): cover
        for cover in Cover.objects.filter(member__in=of).exclude(state="cancelled")
    }
    made: Made = {}
    for row in rows:
        value = piece.value(row)
        member = piece.member(row, members)
        cover = found.get((member.pk, value["plan"], datetime.date.fromisoformat(value["from_on"])))
        if cover is None:
            raise piece.halted(
                row,
                Refused(
                    "该保障核对时已在本系统，现在没有找到", "the cover that was here at the check is no longer here"
                ),
            )
        made[row.pk] = _became(cover)
    return made


def _openings(piece: Piece) -> Made:
    members = piece.members()
    used: list[Used] = []
    rows: list[int] = []
    for row in piece.rows:
        value, member = piece.value(row), piece.member(row, members)
        last_on = datetime.date.fromisoformat(value["last_on"]) if value["last_on"] else None
        for one in value["counters"]:
            amount = Decimal(one["amount"]) if "amount" in one else None
            used.append(Used(member.pk, value["family"], one["counter"], one["key"], amount, one.get("count"), last_on))
            rows.append(row.pk)
    made = take_over_openings(used=used, source=str(piece.takeover.number), by=piece.by, at=piece.at)
    became: Made = {}
    for pk, opening in zip(rows, made, strict=True):
        became.setdefault(pk, _became(opening))  # of a lump sum the amount, which comes first
    return became


# --- claims and money -------------------------------------------------------------------------------------------------


def _claims(piece: Piece) -> Made:
    members = piece.members()
    contact = Staff.objects.filter(account=piece.takeover.submitted_by_id).first()
    made: Made = {}
    for row in piece.rows:
        value, member = piece.value(row), piece.member(row, members)
        try:
            claim = take_over_claim(
                member=member,
                facts=value["facts"],
                hospital=value["hospital"],
                payee=Payee(**value["payee"]) if value["payee"] else None,
                filed_on=datetime.date.fromisoformat(value["filed_on"]),
                returned=value["returned"],
                contact=contact,
                by=piece.by,
                at=piece.at,
            )
        except Refused as error:
            raise piece.halted(row, error) from error
        made[row.pk] = _became(claim)
    return made


def _payables(piece: Piece) -> Made:
    members, fund = piece.members(), _fund(piece.takeover)
    held = Cover.objects.filter(member__in=members.values()).exclude(state="cancelled").select_related("employer")
    paths = {(one.member_id, one.plan, one.from_on): one.employer.unit_path for one in held}
    made: Made = {}
    for row in piece.rows:
        value, member = piece.value(row), piece.member(row, members)
        from_on, until_on = (datetime.date.fromisoformat(value[name]) for name in ("from_on", "until_on"))
        amount = Decimal(value["amount"])
        try:
            order = order_payment(
                reference=value["old"],
                subject=subject_of(row),
                fund=fund,
                member=member,
                unit_path=paths.get((member.pk, value["plan"], from_on), piece.takeover.office.path),
                payee_name=value["payee_name"],
                account_number=value["account_number"],
                bank_name=value["bank_name"],
                amount=amount,
                shares=[BenefitShare(value["plan"], Period(from_on, until_on), amount)],
                taken_over=True,
                by=piece.by,
                at=piece.at,
                on=piece.takeover.cutover_on,
            )
        except Refused as error:
            raise piece.halted(row, error) from error
        made[row.pk] = _became(order)
    return made


def _balances(piece: Piece) -> Made:
    """One entry. Payables are booked with their payment orders, out of net assets of their plans: so this entry has those
    before them. What channels are still to pay out is a day of each too, for the bank's line that will settle it."""
    takeover, fund = piece.takeover, _fund(piece.takeover)
    employers = piece.employers()
    sums: dict[AccountKey, Decimal] = defaultdict(Decimal)
    for row in piece.rows:
        value = piece.value(row)
        account = CHART[value["account"]]
        amount = Decimal(value["amount"])
        signed = amount if account.normal_side is Side.DEBIT else -amount
        if account is BENEFITS_PAYABLE:
            account = RESTRICTED_NET_ASSETS
        if account is IN_TRANSIT:
            day = datetime.date.fromisoformat(value["day"])
            try:
                take_over_day(channel=value["channel"], fund=fund, day=day, amount=amount, by=piece.by, at=piece.at)
            except Refused as error:
                raise piece.halted(row, error) from error
        days = [datetime.date.fromisoformat(value[name]) for name in ("from_on", "until_on") if name in value]
        unit = employers[value["unit"]].unit.code if value.get("unit") else ""
        sums[key(account, plan=value.get("plan", ""), period=Period(*days) if days else None, unit=unit)] += signed
    lines = [(debit if amount > 0 else credit)(account, abs(amount)) for account, amount in sums.items() if amount]
    became = _became(takeover)
    if lines:
        entry = post(
            book=fund.book,
            on=takeover.cutover_on,
            text=f"接管期初余额 {takeover.number}",
            source=Source(subject_of(takeover), OPENED),
            lines=lines,
            by=piece.by,
            at=piece.at,
        )
        became = _became(entry)
    return {row.pk: became for row in piece.rows}


def _fund(takeover: Takeover) -> Fund:
    found = fund_of_office(office=takeover.office)
    if found is None:
        raise NoFund(
            "应有互助专户记账；没有找到，请由财务在“互助专户”登记",
            "expected a dedicated account to book in, found none; let finance register it",
        )
    return found


_APPLY: Mapping[str, Callable[[Piece], Made]] = {
    "units": _units,
    "members": _members,
    "covers": _covers,
    "used": _openings,
    "once": _openings,
    "claims": _claims,
    "payables": _payables,
    "balances": _balances,
}
