"""Claims by the interface: sent whole, decided at once, looked at, completed with papers, taken back."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from ninja import Header, Path, Query, Router

from mutualaid.claims.access import claim_for, claim_of_client, claims_visible_to, member_to_claim_for
from mutualaid.claims.actions.filing import Expense, Payee, file_claim
from mutualaid.claims.actions.programs import Page, enter_by_program, supply_paper
from mutualaid.claims.actions.reviewing import withdraw_claim
from mutualaid.claims.models import Claim
from mutualaid.claims.queries import as_contract, changed_since, stands, wanted_of, with_total
from mutualaid.payouts.queries import orders_of
from mutualaid.people.access import NotFound, employer_for
from mutualaid.people.models import Member, Scope
from mutualaid.people.queries import member_by_identity, numbered
from mutualaid.web.api import claim_schemas as s
from mutualaid.web.api.calls import Answer, reading, writing
from mutualaid.web.api.paging import Number, link_of, part_of
from mutualaid.web.api.schemas import Key, Strict
from mutualaid.web.api.tokens import Call, Token

router = Router()
READ, WRITE = Token(Scope.READ_CLAIMS), Token(Scope.WRITE_CLAIMS)
KEY: Any = Header(..., alias="Idempotency-Key")  # type: ignore[type-arg]


class Nothing(Strict):
    """An empty object."""


@router.get("/claims", response=s.Claims, auth=READ, summary="理赔申请列表 · Claims")
@reading
def claims(request: Call, filters: Query[s.ClaimFilters]) -> Answer:
    """Claims of the token's branch. Scope `claims:read`."""
    among = claims_visible_to(actor=request.actor, on=request.on)
    if filters.member is not None:
        among = among.filter(numbered(number=filters.member, of="member"))
    if filters.employer is not None:
        among = among.filter(employer=employer_for(actor=request.actor, code=filters.employer, on=request.on))
    if filters.state is not None:
        among = among.filter(state=filters.state)
    if filters.changed_since is not None:
        among = changed_since(among=among, at=filters.changed_since)
    found, after = part_of(with_total(among=among).select_related("member", "employer__unit"), filters)
    rows: list[Any] = found  # with their total
    body = s.Claims(items=[s.ClaimRow(**_row(one), total=_yuan(one.total)) for one in rows], next=after)
    detail = {"resource": "claims", "count": len(found), "asked": sorted(request.GET)}
    return Answer(body, headers=link_of(request, filters, after), about=request.client, detail=detail)


@router.get("/claims/{number}", response=s.ClaimOut, auth=READ, summary="理赔申请 · A claim")
@reading
def claim(request: Call, number: Path[Number]) -> Answer:
    """How it stands, its decision line by line, what is lacking, how the money stands. Scope `claims:read`."""
    found = claim_for(actor=request.actor, number=number, on=request.on)
    return Answer(_whole(found), about=found, detail={"resource": "claim"})


@router.post("/claims", response={201: s.ClaimOut}, auth=WRITE, summary="报送理赔申请 · Send a claim")
@writing
def entry(request: Call, body: s.ClaimIn, idempotency_key: Key = KEY) -> Answer:
    """One event of a member of ours: decided at once, and on its way. Scope `claims:write`."""
    told = body.event.model_dump(mode="json", exclude_none=True)
    own = {"x_event": told.pop("event")} if "event" in told else {}
    made = enter_by_program(
        member=_member(request, body.member),
        facts={**told, **own},
        hospital=body.hospital.strip(),
        expenses=[_expense(one) for one in body.expenses],
        payee=None if body.payee is None else Payee(**body.payee.model_dump()),
        pages=[_page(one) for one in body.papers],
        by=request.actor,
        at=request.at,
    )
    return Answer(_whole(_again(made)), status=201, headers={"Location": f"{request.path}/{made.number}"})


@router.post("/claims/{number}/papers", response=s.ClaimOut, auth=WRITE, summary="补交材料 · Hand in a paper")
@writing
def paper(request: Call, number: Path[Number], body: s.PaperIn, idempotency_key: Key = KEY) -> Answer:
    """A page, until the claim is decided; of claims that this program sent. Scope `claims:write`."""
    found = claim_of_client(actor=request.actor, number=number, on=request.on)
    supply_paper(claim=found, page=_page(body), by=request.actor, at=request.at)
    return Answer(_whole(_again(found)))


@router.post("/claims/{number}/submission", response=s.ClaimOut, auth=WRITE, summary="补齐后重新提交 · File again")
@writing
def submission(request: Call, number: Path[Number], body: Nothing, idempotency_key: Key = KEY) -> Answer:
    """A claim that was returned for papers is complete again; all that is still lacking is told at once. Scope `claims:write`."""
    found = claim_of_client(actor=request.actor, number=number, on=request.on)
    return Answer(_whole(_again(file_claim(claim=found, by=request.actor, at=request.at))))


@router.post("/claims/{number}/withdrawal", response=s.ClaimOut, auth=WRITE, summary="撤回申请 · Withdraw")
@writing
def withdrawal(request: Call, number: Path[Number], body: Nothing, idempotency_key: Key = KEY) -> Answer:
    """Before it is decided; of claims that this program sent. Scope `claims:write`."""
    found = claim_of_client(actor=request.actor, number=number, on=request.on)
    return Answer(_whole(_again(withdraw_claim(claim=found, by=request.actor, at=request.at))))


def _member(request: Call, told: s.MemberByNumber | s.MemberByIdentity) -> Member:
    """Raises NotFound."""
    if isinstance(told, s.MemberByNumber):
        return member_to_claim_for(actor=request.actor, number=told.number, on=request.on)
    found = member_by_identity(kind=told.identity_kind, number=told.identity_number)
    if found is None:
        raise NotFound("没有找到该会员，请核对证件号码", "no such member was found; check the number of the document")
    return member_to_claim_for(actor=request.actor, number=found.number, on=request.on)


def _expense(told: s.ExpenseIn) -> Expense:
    out = told.out_of_scope
    return Expense(told.item, Decimal(told.amount), None if out is None else Decimal(out))


def _page(told: s.PaperIn) -> Page:
    return Page(told.paper, told.name, base64.b64decode(told.content, validate=True))


def _again(claim: Claim) -> Claim:
    """As this program sees it."""
    return Claim.objects.select_related("member", "employer__unit").get(pk=claim.pk)


def _row(claim: Claim) -> dict[str, Any]:
    same = ("number", "state", "filed_on", "due_on", "decided_at")
    told: dict[str, Any] = {name: getattr(claim, name) for name in same}
    return {**told, "member": claim.member.number, "employer": claim.employer.unit.code}


def _whole(claim: Claim) -> s.ClaimOut:
    """What row-level security keeps from this program is null."""
    found, wanted, told = stands(claim=claim), wanted_of(claim=claim), _facts(claim)
    return s.ClaimOut(
        **_row(claim),
        source=claim.source,
        event=None if told is None else told.get("x_event"),
        total=None if found is None else _yuan(found.total),
        lines=None if found is None else [s.LineOut(**line) for line in as_contract(claim=claim, found=found)],
        wanted=None if wanted is None else s.WantedOut(papers=list(wanted.words), until_on=wanted.until_on),
        payments=None if found is None else _payments(claim),
    )


def _facts(claim: Claim) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(claim.particulars.facts)
    except ObjectDoesNotExist:
        return None
    return found


def _payments(claim: Claim) -> list[s.PaymentOut]:
    return [
        s.PaymentOut(number=one.number, state=one.state, amount=f"{one.amount:.2f}", paid_on=one.paid_on)
        for one in orders_of(reference=claim.number)
    ]


def _yuan(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
