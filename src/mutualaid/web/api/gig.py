"""Gig workers by the interface: a platform enrols its riders and drivers by the day, month or year, tells who moves to another
city, and fetches certificates."""

from __future__ import annotations

import base64
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from ninja import Header, Path, Query, Router

from mutualaid.contributions.actions.batches import ask_batch
from mutualaid.contributions.actions.joining import Batch, Payer, enrol_batch
from mutualaid.contributions.models import Bill
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.access import batch_of_client, cover_for, gig_union_to_move_to
from mutualaid.enrolment.actions.joining import Outcome, move_worker
from mutualaid.enrolment.certificate import certificate as certificate_pdf
from mutualaid.enrolment.models import JoiningBatch
from mutualaid.people.access import employer_for, employment_to_end
from mutualaid.people.models import Employer, Scope
from mutualaid.people.refusals import Refused
from mutualaid.plans.access import published_for
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import needed_facts
from mutualaid.plans.queries import document_of
from mutualaid.web.api import gig_schemas as s
from mutualaid.web.api.calls import Answer, reading, writing
from mutualaid.web.api.paging import Number, link_of
from mutualaid.web.api.schemas import FaultOut, Key
from mutualaid.web.api.tokens import Call, Token
from mutualaid.web.common.answers import said

router = Router()
KEY: Any = Header(..., alias="Idempotency-Key")  # type: ignore[type-arg]


class NoSuchOption(Refused):
    """An option that the plan does not have."""


class TooManyRows(Refused):
    """More persons than a batch takes."""


class NoCertificate(Refused):
    """There is none before a cover has begun."""


def _wanted(request: Call, body: s._Joining) -> tuple[Employer, PlanVersion]:
    """Where, and in which plan. Raises NoSuchOption."""
    employer = employer_for(actor=request.actor, code=body.employer, on=request.on)
    version = published_for(actor=request.actor, plan=body.plan, on=request.on)
    options = needed_facts(document_of(version=version)).options
    if (body.option not in options) if options else body.option:
        listed = "、".join(options) or "（空）"
        raise NoSuchOption(
            f"option 应为 {listed} 之一；得到另一个，请改正", f"expected one of {listed} as option, found another"
        )
    return employer, version


@router.post(
    "/joinings",
    response={201: s.JoiningsOut},
    auth=Token(Scope.WRITE_ROSTERS),
    summary="新就业形态劳动者参加 · Gig workers join",
)
@writing
def joinings(request: Call, body: s.JoiningsIn, idempotency_key: Key = KEY) -> Answer:
    """Who can be covered is covered at once, and the payer is billed; every row is answered: `covered`, `already` (with the cover
    there is) or `faulty`. Scope `rosters:write`."""
    employer, version = _wanted(request, body)
    batch = enrol_batch(
        employer=employer,
        version=version,
        told=[row.model_dump(exclude={"reference", "work"}) for row in body.rows],
        works=[row.work for row in body.rows],
        option=body.option,
        wanted_on=body.from_on,
        payer=Payer(body.payer.kind, body.payer.name or employer.unit.name),
        by=request.actor,
        at=request.at,
    )
    return Answer(_answered(body, batch), status=201)


def _answered(body: s.JoiningsIn, batch: Batch) -> s.JoiningsOut:
    enrolment = batch.covered.enrolment
    if enrolment is not None:
        enrolment.refresh_from_db(fields=["number", "from_on", "until_on"])
    rows = [
        s.JoinedRow(
            row=number,
            reference=told.reference,
            outcome=one.outcome,
            cover=one.cover or None,
            member=one.member or None,
            faults=[FaultOut(**fault) for fault in one.faults],
        )
        for number, (told, one) in enumerate(zip(body.rows, batch.answers, strict=True), 1)
    ]
    counted = Counter(one.outcome for one in batch.answers)
    return s.JoiningsOut(
        enrolment=enrolment.number if enrolment else None,
        from_on=enrolment.from_on if enrolment else None,
        until_on=enrolment.until_on if enrolment else None,
        bill=batch.bill.number if batch.bill else None,
        bills=_bills(batch.bills),
        amount=batch.covered.fee_amount,
        covered=counted["covered"],
        already=counted["already"],
        faulty=counted["faulty"],
        rows=rows,
    )


@router.post(
    "/joinings/batches",
    response={202: s.BatchOut},
    auth=Token(Scope.WRITE_ROSTERS),
    summary="大批参加 · A large batch joins",
)
@writing
def batches(request: Call, body: s.BatchIn, idempotency_key: Key = KEY) -> Answer:
    """As `POST /joinings`, for up to 40,000 persons, in the background: `Location` tells how far it is. What would refuse all of
    them is refused at once. Scope `rosters:write`."""
    if len(body.rows) > s.BATCH_MOST:
        raise TooManyRows(
            f"每批应不超过 {s.BATCH_MOST} 人；得到 {len(body.rows)} 人，请分批提交",
            f"expected {s.BATCH_MOST} persons a batch at most, found {len(body.rows)}; send several",
        )
    employer, version = _wanted(request, body)
    made = ask_batch(
        employer=employer,
        version=version,
        told=[row.model_dump() for row in body.rows],
        option=body.option,
        wanted_on=body.from_on,
        payer=Payer(body.payer.kind, body.payer.name or employer.unit.name),
        by=request.actor,
        at=request.at,
    )
    return Answer(_batch(made), status=202, headers={"Location": f"{request.path}/{made.key}"})


@router.get(
    "/joinings/batches/{key}",
    response=s.BatchOut,
    auth=Token(Scope.WRITE_ROSTERS),
    summary="批次进度 · How far a batch is",
)
@reading
def batch_state(request: Call, key: uuid.UUID) -> Answer:
    """Counts, bills, and what failed. Scope `rosters:write`, of the program that sent it."""
    return Answer(_batch(batch_of_client(actor=request.actor, key=key)))


@router.get(
    "/joinings/batches/{key}/rows",
    response=s.BatchRows,
    auth=Token(Scope.WRITE_ROSTERS),
    summary="批次逐行结果 · What became of each row",
)
@reading
def batch_rows(request: Call, key: uuid.UUID, filters: Query[s.BatchRowFilters]) -> Answer:
    """Those that are answered, in parts; kept for three months. Scope `rosters:write`, of the program that sent it."""
    found = batch_of_client(actor=request.actor, key=key)
    rows = found.answers.order_by("row")
    if filters.outcome is not None:
        rows = rows.filter(outcome=filters.outcome)
    if filters.after is not None:
        rows = rows.filter(row__gt=int(filters.after) if filters.after.isdecimal() else 0)
    part = list(rows[: filters.limit + 1])
    after = str(part[filters.limit - 1].row) if len(part) > filters.limit else None
    items = [
        s.JoinedRow(
            row=one.row,
            reference=one.reference,
            outcome=cast(Outcome, one.outcome),
            cover=one.cover or None,
            member=one.member or None,
            faults=[FaultOut(**fault) for fault in one.faults],
        )
        for one in part[: filters.limit]
    ]
    body = s.BatchRows(items=items, next=after)
    return Answer(body, headers=link_of(request, filters, after), about=found, detail={"rows": len(items)})


def _batch(batch: JoiningBatch) -> s.BatchOut:
    job = batch.job
    assert job is not None  # asked for in the transaction that made the batch
    with within([EVERYTHING], reads=True):
        enrolment = batch.enrolment
        bills = (
            list(Bill.objects.filter(enrolment=enrolment).exclude(state="cancelled").order_by("id"))
            if enrolment
            else []
        )
    counts = {name: int(job.result.get(name, 0)) for name in ("covered", "already", "faulty")}
    return s.BatchOut(
        key=str(batch.key),
        state=cast(Any, job.state),
        rows=batch.rows,
        answered=sum(counts.values()),
        **counts,
        enrolment=enrolment.number if enrolment else None,
        from_on=enrolment.from_on if enrolment else None,
        until_on=enrolment.until_on if enrolment else None,
        bills=_bills(bills),
        fault=said(job.fault_zh, job.fault_en),
    )


def _bills(bills: Iterable[Bill]) -> list[s.BillOf]:
    return [s.BillOf(number=one.number, payer=one.payer_name, amount=one.amount) for one in bills]


@router.post(
    "/members/{number}/move",
    response=s.MoveOut,
    auth=Token(Scope.WRITE_MEMBERS),
    summary="转往另一城市 · A gig worker moves",
)
@writing
def move(request: Call, number: Path[Number], body: s.MoveIn, idempotency_key: Key = KEY) -> Answer:
    """From a day on the member's union is that of the other city; covers go on unbroken. Scope `members:write`."""
    work = employment_to_end(actor=request.actor, number=number, employer=body.employer, on=request.on)
    to = gig_union_to_move_to(code=body.to)
    made = move_worker(employment=work, to=to, from_on=body.from_on, by=request.actor, at=request.at)
    return Answer(s.MoveOut(member=number, employer=body.employer, to=body.to, from_on=made.from_on))


@router.get(
    "/covers/{number}/certificate",
    response=s.CertificateOut,
    auth=Token(Scope.READ_COVERS),
    summary="保障凭证 · The certificate of a cover",
)
@reading
def certificate(request: Call, number: Path[Number]) -> Answer:
    """The PDF, in Base64. Scope `covers:read`."""
    found = cover_for(actor=request.actor, number=number, on=request.on)
    if found.state != "begun":
        raise NoCertificate(
            "保障凭证应在保障生效后出具；该保障尚未生效或已取消",
            "a certificate exists once the cover has begun; this one has not, or is cancelled",
        )
    content = certificate_pdf(cover=found, lang="zh", on=request.on)
    body = s.CertificateOut(
        number=found.number, media_type="application/pdf", content=base64.b64encode(content).decode()
    )
    return Answer(body, about=found, detail={"resource": "certificate"})
