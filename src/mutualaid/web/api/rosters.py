"""Rosters by the interface: begun, filled, handed in, taken back; and members who leave."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from ninja import Header, Path, Query, Router

from mutualaid.contributions.actions.bills import take_and_submit
from mutualaid.contributions.models import Bill
from mutualaid.enrolment.access import enrolment_for, enrolment_of_client, enrolments_visible_to
from mutualaid.enrolment.actions.enrolling import cancel_enrolment
from mutualaid.enrolment.actions.rosters import begin_with_roster, preview_told
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.enrolment.queries import rows_of_upload, with_persons
from mutualaid.enrolment.roster.told import faults_of
from mutualaid.people.access import employer_for, employment_to_end
from mutualaid.people.actions.members import end_employment
from mutualaid.people.models import Scope
from mutualaid.plans.access import published_for
from mutualaid.web.api import schemas as s
from mutualaid.web.api.calls import Answer, reading, removing, writing
from mutualaid.web.api.paging import Number, link_of, part_of
from mutualaid.web.api.tokens import Call, Token

router = Router()
FAULTY_MOST = 200
FIRST_LINE = 2
"""Of the file in which the rows are kept: above it stands the header."""
READ, WRITE = Token(Scope.READ_ROSTERS), Token(Scope.WRITE_ROSTERS)
KEY: Any = Header(..., alias="Idempotency-Key")  # type: ignore[type-arg]


@router.get("/rosters", response=s.Rosters, auth=READ, summary="参保单列表 · Rosters")
@reading
def rosters(request: Call, filters: Query[s.RosterFilters]) -> Answer:
    """Of the employers in the token's branch. Scope `rosters:read`."""
    among = enrolments_visible_to(actor=request.actor, on=request.on)
    if filters.employer is not None:
        among = among.filter(employer=employer_for(actor=request.actor, code=filters.employer, on=request.on))
    if filters.state is not None:
        among = among.filter(state=filters.state)
    found, after = part_of(_with_bill(among), filters)
    body = s.Rosters(items=[_roster(one) for one in found], next=after)
    return Answer(body, headers=link_of(request, filters, after))


@router.get("/rosters/{number}", response=s.RosterOut, auth=READ, summary="参保单 · A roster")
@reading
def roster(request: Call, number: Path[Number]) -> Answer:
    """How it stands, and the rows that wait with their faults. Scope `rosters:read`."""
    return Answer(_whole(enrolment_for(actor=request.actor, number=number, on=request.on)))


@router.post("/rosters", response={201: s.RosterOut}, auth=WRITE, summary="新建参保单 · Begin a roster")
@writing
def begin(request: Call, body: s.RosterIn, idempotency_key: s.Key = KEY) -> Answer:
    """An employer begins to enrol in a plan; `rows` may come now or later. Scope `rosters:write`."""
    begun = begin_with_roster(
        employer=employer_for(actor=request.actor, code=body.employer, on=request.on),
        version=published_for(actor=request.actor, plan=body.plan, on=request.on),
        headcount=body.headcount,
        women_headcount=body.women_headcount,
        told=[row.model_dump() for row in body.rows],
        by=request.actor,
        at=request.at,
    )
    return Answer(_whole(begun), status=201, headers={"Location": f"{request.path}/{begun.number}"})


@router.post("/rosters/{number}/rows", response=s.RosterOut, auth=WRITE, summary="提交名单各行 · Send rows")
@writing
def rows(request: Call, number: Path[Number], body: s.RowsIn, idempotency_key: s.Key = KEY) -> Answer:
    """Persons in place of those that wait. Nothing is taken yet; faults come by row and field. Scope `rosters:write`."""
    found = enrolment_of_client(actor=request.actor, number=number, on=request.on)
    told = [row.model_dump() for row in body.rows]
    preview_told(enrolment=found, told=told, by=request.actor, at=request.at)
    return Answer(_whole(found))


@router.post("/rosters/{number}/submission", response=s.RosterOut, auth=WRITE, summary="提交参保单 · Hand in")
@writing
def submission(request: Call, number: Path[Number], body: s.SubmissionIn, idempotency_key: s.Key = KEY) -> Answer:
    """The waiting rows are taken, all or (`leave_out_faulty`) the good ones, and the roster goes to the office. Where the office
    accepts by itself, `bill` is there at once. Scope `rosters:write`."""
    found = enrolment_of_client(actor=request.actor, number=number, on=request.on)
    take_and_submit(enrolment=found, leave_out_faulty=body.leave_out_faulty, by=request.actor, at=request.at)
    return Answer(_whole(found))


@router.delete("/rosters/{number}", response={204: None}, auth=WRITE, summary="撤回参保单 · Take back")
@removing
def withdrawal(request: Call, number: Path[Number]) -> Answer:
    """Before the office has accepted it; the number stays, as cancelled. Scope `rosters:write`."""
    found = enrolment_of_client(actor=request.actor, number=number, on=request.on)
    cancel_enrolment(enrolment=found, by=request.actor, at=request.at)
    return Answer(None, status=204)


@router.post(
    "/members/{number}/departure",
    response=s.DepartureOut,
    auth=Token(Scope.WRITE_MEMBERS),
    summary="登记离职 · A member leaves",
)
@writing
def departure(request: Call, number: Path[Number], body: s.DepartureIn, idempotency_key: s.Key = KEY) -> Answer:
    """The member works at the employer no more from a day on; covers go on to their end. Scope `members:write`."""
    work = employment_to_end(actor=request.actor, number=number, employer=body.employer, on=request.on)
    ended = end_employment(employment=work, until_on=body.until_on, by=request.actor, at=request.at)
    return Answer(s.DepartureOut(member=number, employer=body.employer, from_on=ended.from_on, until_on=body.until_on))


def _with_bill(among: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """With how many persons there are and the numbers of the bills that stand, the employer's own first, ready to be told."""
    standing = (
        Bill.objects.filter(enrolment=OuterRef("pk"), payer_member=None).exclude(state="cancelled").order_by("id")
    )
    own = standing.filter(payer_kind="employer").values("number")[:1]
    numbers = ArraySubquery(standing.values("number"))
    return with_persons(among=among).annotate(bill_number=Subquery(own), bill_numbers=numbers)


def _whole(enrolment: Enrolment) -> s.RosterOut:
    """One roster as it now is, with the rows that wait."""
    found = _with_bill(Enrolment.objects.filter(pk=enrolment.pk)).get()
    waiting = found.uploads.filter(taken_at=None).order_by("-id").first() if found.state == "draft" else None
    return _roster(found, None if waiting is None else _staged(waiting))


def _staged(upload: RosterUpload) -> s.Staged:
    faulty = rows_of_upload(upload=upload, faulty=True)[:FAULTY_MOST]
    told = [
        s.FaultyRow(row=row.line - FIRST_LINE + 1, faults=[s.FaultOut(**fault) for fault in faults_of(row=row)])
        for row in faulty
    ]
    return s.Staged(rows=upload.rows_read, good=upload.rows_good, faulty=told)


def _roster(enrolment: Any, staged: s.Staged | None = None) -> s.RosterOut:
    same = ("number", "from_on", "until_on", "headcount", "women_headcount", "state", "remark", "persons")
    return s.RosterOut(
        **{name: getattr(enrolment, name) for name in same},
        employer=enrolment.employer.unit.code,
        plan=enrolment.version.plan,
        staged=staged,
        bill=enrolment.bill_number,
        bills=enrolment.bill_numbers,
    )
