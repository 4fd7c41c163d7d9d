"""Reading members, covers, bills and plans."""

from __future__ import annotations

import datetime
from typing import Any, cast

from django.db.models import Exists, OuterRef, Prefetch
from ninja import Path, Query, Router

from mutualaid.contributions.access import bill_for, bills_visible_to
from mutualaid.contributions.models import Bill, Receipt
from mutualaid.contributions.queries import settled
from mutualaid.enrolment.access import cover_for, covers_visible_to
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import in_force, standing_of
from mutualaid.enrolment.windows import Windows, nearest, windows_around
from mutualaid.people.access import employer_for, member_for, members_visible_to
from mutualaid.people.identity import IdentityKind, masked
from mutualaid.people.models import Employment, Member, Scope, Unit
from mutualaid.people.queries import numbered, on_day
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import most_units, needed_facts, season
from mutualaid.plans.queries import document_of, offered, parts_of
from mutualaid.web.api import schemas as s
from mutualaid.web.api.calls import Answer, reading
from mutualaid.web.api.paging import Number, link_of, part_of
from mutualaid.web.api.tokens import Call, Token

router = Router()

# --- members ----------------------------------------------------------------------------------------------------------


@router.get("/members", response=s.Members, auth=Token(Scope.READ_MEMBERS), summary="会员列表 · Members")
@reading
def members(request: Call, filters: Query[s.MemberFilters]) -> Answer:
    """Whoever works, or ever worked, in the token's branch. Scope `members:read`."""
    among = members_visible_to(actor=request.actor, on=request.on)
    if filters.number is not None:
        among = among.filter(numbered(number=filters.number))
    if filters.employer is not None:
        employer = employer_for(actor=request.actor, code=filters.employer, on=request.on)
        work = Employment.objects.filter(on_day(request.on), member=OuterRef("pk"), employer=employer)
        among = among.filter(Exists(work))
    if filters.changed_since is not None:
        among = among.filter(changed_at__gte=filters.changed_since)
    found, after = part_of(among.prefetch_related(_work(request.on)), filters)
    body = s.Members(items=[_member(one) for one in found], next=after)
    return _listed(request, body, filters, after, "members", len(found))


@router.get("/members/{number}", response=s.MemberOut, auth=Token(Scope.READ_MEMBERS), summary="会员 · A member")
@reading
def member(request: Call, number: Path[Number]) -> Answer:
    """Scope `members:read`."""
    found = member_for(actor=request.actor, number=number, on=request.on)
    whole = Member.objects.prefetch_related(_work(request.on)).get(pk=found.pk)
    return Answer(_member(whole), about=whole, detail={"resource": "member"})


def _work(on: datetime.date) -> Prefetch[str]:
    works = Employment.objects.filter(on_day(on)).select_related("employer__unit")
    return Prefetch("employments", works, to_attr="current")


def _member(member: Member) -> s.MemberOut:
    work: Employment | None = next(iter(member.current), None)  # type: ignore[attr-defined]
    return s.MemberOut(
        number=member.number,
        name=member.name,
        identity_kind=IdentityKind(member.identity_kind),
        identity_masked=masked(member.identity_number),
        phone_masked=masked(member.phone) if member.phone else None,
        employer=None if work is None else _employer(work),
        changed_at=member.changed_at,
    )


def _employer(work: Employment) -> s.EmployerOut:
    unit = work.employer.unit
    return s.EmployerOut(code=unit.code, name=unit.name, from_on=work.from_on)


# --- covers -----------------------------------------------------------------------------------------------------------


@router.get("/covers", response=s.Covers, auth=Token(Scope.READ_COVERS), summary="保障列表 · Covers")
@reading
def covers(request: Call, filters: Query[s.CoverFilters]) -> Answer:
    """Covers of the employers in the token's branch. Scope `covers:read`."""
    among = covers_visible_to(actor=request.actor, on=request.on).select_related(
        "member", "employer__unit", "enrolment"
    )
    if filters.member is not None:
        among = among.filter(numbered(number=filters.member, of="member"))
    if filters.employer is not None:
        among = among.filter(employer=employer_for(actor=request.actor, code=filters.employer, on=request.on))
    if filters.on is not None:
        among = among.filter(in_force(on=filters.on))
    if filters.state is not None:
        among = among.filter(state=filters.state)
    found, after = part_of(among, filters)
    body = s.Covers(items=[_cover(one, request.on) for one in found], next=after)
    return _listed(request, body, filters, after, "covers", len(found))


@router.get("/covers/{number}", response=s.CoverOut, auth=Token(Scope.READ_COVERS), summary="保障 · A cover")
@reading
def cover(request: Call, number: Path[Number]) -> Answer:
    """Scope `covers:read`."""
    found = cover_for(actor=request.actor, number=number, on=request.on)
    return Answer(_cover(found, request.on), about=found, detail={"resource": "cover"})


def _cover(cover: Cover, on: datetime.date) -> s.CoverOut:
    return s.CoverOut(
        number=cover.number,
        member=cover.member.number,
        employer=cover.employer.unit.code,
        enrolment=cover.enrolment.number,
        plan=cover.plan,
        option=cover.option,
        units=cover.units,
        from_on=cover.from_on,
        until_on=cover.until_on,
        fee_amount=cover.fee_amount,
        state=cast(Any, cover.state),
        standing=cast(Any, standing_of(cover=cover, on=on)),
    )


# --- bills ------------------------------------------------------------------------------------------------------------


@router.get("/bills", response=s.Bills, auth=Token(Scope.READ_BILLS), summary="账单列表 · Bills")
@reading
def bills(request: Call, filters: Query[s.BillFilters]) -> Answer:
    """Bills of the employers in the token's branch. Scope `bills:read`."""
    among = bills_visible_to(actor=request.actor, on=request.on).select_related("employer__unit", "enrolment")
    if filters.employer is not None:
        among = among.filter(employer=employer_for(actor=request.actor, code=filters.employer, on=request.on))
    if filters.state is not None:
        among = among.filter(state=filters.state)
    if filters.issued_from is not None:
        among = among.filter(issued_on__gte=filters.issued_from)
    if filters.issued_until is not None:
        among = among.filter(issued_on__lt=filters.issued_until)
    found, after = part_of(among, filters)
    body = s.Bills(items=[s.BillOut(**_bill(one)) for one in found], next=after)
    return Answer(body, headers=link_of(request, filters, after))


@router.get("/bills/{number}", response=s.BillWhole, auth=Token(Scope.READ_BILLS), summary="账单 · A bill")
@reading
def bill(request: Call, number: Path[Number]) -> Answer:
    """With what was paid, and the number of the receipt. Scope `bills:read`."""
    found = bill_for(actor=request.actor, number=number, on=request.on)
    paid = [
        s.SettlementOut(amount=one.amount, received_on=one.received_on, way=cast(Any, one.way))
        for one in settled(bill=found)
    ]
    receipt = Receipt.objects.filter(bill=found).values_list("number", flat=True).first()
    return Answer(s.BillWhole(**_bill(found), settlements=paid, receipt=receipt))


def _bill(bill: Bill) -> dict[str, Any]:
    told = ("number", "persons", "amount", "from_on", "until_on", "issued_on", "due_on", "state")
    return {
        **{name: getattr(bill, name) for name in told},
        "employer": bill.employer.unit.code,
        "enrolment": bill.enrolment.number,
    }


# --- plans ------------------------------------------------------------------------------------------------------------


@router.get("/plans", response=s.Plans, auth=Token(), summary="可参加的计划 · Plans offered")
@reading
def plans(request: Call, filters: Query[s.PlanFilters]) -> Answer:
    """What an employer may enrol in today. Any token."""
    unit = request.client.unit
    if filters.employer is not None:
        unit = employer_for(actor=request.actor, code=filters.employer, on=request.on).unit
    windows = windows_around(unit=unit)
    found = offered(unit=unit, on=request.on)
    return Answer(s.Plans(items=[_plan(one, request.on, unit, windows) for one in found]))


def _plan(version: PlanVersion, on: datetime.date, unit: Unit, windows: Windows) -> s.PlanOut:
    document = document_of(version=version)
    asked = needed_facts(document, parts=[document_of(version=part) for part in parts_of(version=version)])
    own = nearest(windows=windows, version=version, document=document, unit=unit, on=on)
    window = season(document, on=on, own=own)
    further = ("employment", "basic_insurance", "options", "risk_classes", "groups")
    names = {"options": "option", "risk_classes": "risk_class"}
    return s.PlanOut(
        plan=version.plan,
        number=version.number,
        family=version.family,
        name_zh=version.name_zh,
        name_en=version.name_en,
        office=version.office.code,
        offered_from_on=version.offered_from_on,
        open_today=window.is_open,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        units_most=most_units(document),
        asks=[names.get(name, name) for name in further if getattr(asked, name)],
        options=list(asked.options),
        risk_classes=list(asked.risk_classes),
        groups=list(asked.groups),
        women_headcount_needed=asked.women_headcount,
    )


def _listed(request: Call, body: Any, filters: Any, after: str | None, resource: str, count: int) -> Answer:
    """A list of persons: in the audit trail stands which program read how many of what."""
    detail = {"resource": resource, "count": count, "asked": sorted(request.GET)}
    return Answer(body, headers=link_of(request, filters, after), about=request.client, detail=detail)
