"""Gig workers by the interface: a platform enrols its riders and drivers by the day, month or year, tells who moves to another
city, and fetches certificates."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

from ninja import Header, Path, Router

from mutualaid.contributions.actions.joining import Batch, Payer, enrol_batch
from mutualaid.enrolment.access import cover_for, gig_union_to_move_to
from mutualaid.enrolment.actions.joining import move_worker
from mutualaid.enrolment.certificate import certificate as certificate_pdf
from mutualaid.people.access import employer_for, employment_to_end
from mutualaid.people.models import Scope
from mutualaid.people.refusals import Refused
from mutualaid.plans.access import published_for
from mutualaid.plans.offering import needed_facts
from mutualaid.plans.queries import document_of
from mutualaid.web.api import gig_schemas as s
from mutualaid.web.api.calls import Answer, reading, writing
from mutualaid.web.api.paging import Number
from mutualaid.web.api.schemas import FaultOut, Key
from mutualaid.web.api.tokens import Call, Token

router = Router()
KEY: Any = Header(..., alias="Idempotency-Key")  # type: ignore[type-arg]


class NoSuchOption(Refused):
    """An option that the plan does not have."""


class NoCertificate(Refused):
    """There is none before a cover has begun."""


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
    employer = employer_for(actor=request.actor, code=body.employer, on=request.on)
    version = published_for(actor=request.actor, plan=body.plan, on=request.on)
    options = needed_facts(document_of(version=version)).options
    if (body.option not in options) if options else body.option:
        listed = "、".join(options) or "（空）"
        raise NoSuchOption(
            f"option 应为 {listed} 之一；得到另一个，请改正", f"expected one of {listed} as option, found another"
        )
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
        amount=batch.covered.fee_amount,
        covered=counted["covered"],
        already=counted["already"],
        faulty=counted["faulty"],
        rows=rows,
    )


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
