"""A claim is filed: it is complete, the engine decides at once over the member's whole history, and it goes to whoever looks."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from benefit_engine.fact_reader import Fault
from mutualaid.claims import telling
from mutualaid.claims.actions.confirming import ask_about_membership
from mutualaid.claims.actions.deciding import finish
from mutualaid.claims.actions.placing import take_place
from mutualaid.claims.assessing import Expense as Expense  # noqa: PLC0414 - what callers of this module tell
from mutualaid.claims.assessing import keep, lock_member, write_expenses
from mutualaid.claims.checklist import missing_of
from mutualaid.claims.history import Computed, Read, Told, computed, employer_under, library_of, office_above, read
from mutualaid.claims.levels import Levels, levels_for
from mutualaid.claims.models import Assessment, Claim, ExpenseLine, PapersWanted, Particulars, Source
from mutualaid.claims.ordering import Placing, placed
from mutualaid.claims.promises import working_days_after
from mutualaid.claims.recurring import same_event
from mutualaid.claims.refusals import FactsFaulty, NotCovered, Unfinished
from mutualaid.claims.states import CLAIM
from mutualaid.core.actors import Actor
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert
from mutualaid.core.moves import begin, make
from mutualaid.core.prepared import prepared
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Member


@dataclass(frozen=True)
class Payee:
    """Whom to pay, at which bank; ``bank_code`` is the 12-digit 联行号 or empty."""

    name: str
    account_number: str
    bank_name: str
    bank_code: str = ""


def file_claim(*, claim: Claim, by: Actor, at: datetime.datetime) -> Claim:
    """A draft, or a claim returned for papers, is complete: decided at once, and on its way. Gives the claim as it then is.

    Raises IllegalMove, Unfinished (with all that is missing), FactsFaulty, NotCovered.
    """
    with within([EVERYTHING]), prepared():
        member = lock_member(member_id=claim.member_id)
        # Locked before it is read: a page that is being added meanwhile is waited for. Its particulars are read by a statement
        # of their own after that: one that waited would still see what they were when it began.
        locked = Claim.objects.select_for_update(no_key=True, of=("self",))
        row = locked.select_related("employer__unit").get(pk=claim.pk)
        missing = missing_of(claim=row)
        if missing:
            raise Unfinished(missing)
        particulars = row.particulars
        filed_on = row.filed_on or day_of(at)
        facts = {**json.loads(particulars.facts), "filed_on": filed_on.isoformat()}
        expenses = list(ExpenseLine.objects.filter(claim=row).order_by("line"))
        _check_sum([(one.amount, one.out_of_scope_amount) for one in expenses], facts)
        told = Told(row.pk, row.number, json.dumps(facts, ensure_ascii=False))
        filing = _computed(read(member=member, path=row.unit_path), told, row.unit_path)
        complete = _complete(filing, filed_on, at)
        moved = make(row, CLAIM, filing.move, by=by, at=at, also={**complete, "assigned_to": None}, **filing.detail)
        moved.member = member
        particulars.facts = told.facts
        particulars.save(update_fields=["facts"])
        PapersWanted.objects.filter(claim=moved, answered_at=None).update(answered_at=at)
        rounds = Assessment.objects.filter(claim=moved).count()
        _after(moved, particulars, filing, rounds + 1, by, at)
    return moved


def enter_claim(
    *,
    member: Member,
    facts: Mapping[str, Any],
    expenses: Sequence[Expense] = (),
    hospital: str = "",
    payee: Payee | None = None,
    source: Source,
    filed_on: datetime.date | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """A claim that comes whole, from another system or a counter: made and filed in one. ``facts``: the contract's event without
    its id; who asks has seen to consent and papers. ``filed_on``: where it was filed before, by which time limits are kept. One
    that is taken over is always looked at. Raises FactsFaulty, NotCovered."""
    with within([EVERYTHING]), prepared():
        member = lock_member(member_id=member.pk, numbering=True)
        number: str = member.next_claim  # type: ignore[attr-defined]
        known = read(member=member)
        filed_on = filed_on or day_of(at)
        told = Told(0, number, json.dumps({"filed_on": filed_on.isoformat(), **facts}, ensure_ascii=False))
        _check_sum([(one.amount, one.out_of_scope) for one in expenses], facts)
        employer, path = employer_under(known, facts)
        filing = _computed(known, told, path)
        if source == Source.TAKEOVER:
            filing = replace(filing, levels=replace(filing.levels, confirmed_by_employer=False, first_review=True))
        claim = Claim(
            number=number,
            member=member,
            employer_id=employer,
            office_id=office_above(path),
            unit_path=path,
            source=source,
            by_kind=by.kind,
            by_key=by.key,
            begun_at=at,
            **_complete(filing, filed_on, at),
        )
        begin(claim, CLAIM, filing.move, by=by, at=at, **filing.detail)
        particulars = insert(_particulars(claim, told.facts, facts, hospital, payee))
        write_expenses(claim=claim, expenses=expenses)
        _after(claim, particulars, filing, 1, by, at)
    return claim


# --- how it goes on ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Filing:
    """A claim computed in its place of its member's history."""

    known: Read
    placing: Placing
    found: Computed
    levels: Levels
    same_as: int | None
    kind: str

    @property
    def move(self) -> str:
        """Where it goes."""
        if self.levels.nobody:
            return "file_and_approve"
        if self.levels.confirmed_by_employer:
            return "file_for_confirmation"
        return "file_for_review"

    @property
    def detail(self) -> dict[str, Any]:
        """For the audit trail: which computation stands from here on."""
        return {"total": str(self.found.total), "sha256": self.found.sha256}


def _computed(known: Read, told: Told, path: str) -> _Filing:
    standing, events = known.standing, known.events
    if not standing.covers:
        raise NotCovered(
            "本人应有已生效的保障，没有找到；请先核对参保和缴费，或联系单位工会",
            "expected a cover that has begun, found none; check enrolment and payment first, or ask your union",
        )
    placing = placed(standing=standing, events=[*events, told])
    found = computed(standing=standing, decision=placing.decision, told=told)
    same = same_event(told=told, events=events)
    documents = library_of(standing=standing).documents
    families = {documents[line.plan].document.family for line in found.lines if line.outcome != "none"}
    unsure = found.refers or found.refuses or found.provisional or same is not None or not found.total
    unsure = unsure or placing.awaits or bool(placing.disputed)
    levels = levels_for(path=path, families=families, amount=found.total, seen_by_a_person=unsure, known=known.rules)
    return _Filing(known, placing, found, levels, same, json.loads(told.facts)["kind"])


def _complete(filing: _Filing, filed_on: datetime.date, at: datetime.datetime) -> dict[str, Any]:
    """Complete from now on, and after all that the member completed before, whatever the clocks of several machines say; in the
    last place, until it takes its own."""
    last = filing.known.last
    return {
        "counts": True,
        "completed_at": at if last is None or at > last else last + datetime.timedelta(microseconds=1),
        "place": filing.known.place + 1,
        "filed_on": filed_on,
        "due_on": None if filing.levels.nobody else working_days_after(day_of(at), filing.levels.days),
        "decided_at": at if filing.levels.nobody else None,
        "same_as_id": filing.same_as,
    }


def _after(
    claim: Claim, particulars: Particulars, filing: _Filing, number: int, by: Actor, at: datetime.datetime
) -> None:
    made = keep(claim=claim, found=filing.found, number=number, at=at)
    take_place(claim=claim, member=claim.member, placing=filing.placing, by=by, at=at)
    telling.filed(claim=claim, kind=filing.kind, by=by, at=at)
    if claim.state == "confirming":
        ask_about_membership(claim=claim, by=by, at=at)
    if claim.state == "approved":
        finish(claim=claim, assessment=made, found=filing.found, particulars=particulars, by=by, at=at)


def _check_sum(expenses: Sequence[tuple[Decimal, Decimal | None]], facts: Mapping[str, Any]) -> None:
    """The lines of the bill make up its total. Raises FactsFaulty."""
    total = (facts.get("amounts") or {}).get("total")
    summed = sum((amount for amount, _ in expenses), Decimal(0))
    if expenses and total is not None and summed != Decimal(total):
        raise FactsFaulty(
            [
                Fault(
                    "amounts.total",
                    f"费用明细合计应等于医疗费总额 {total}，得到 {summed}；请核对各行金额",
                    f"expected the lines of the bill to make up its total {total}, found {summed}; check the lines",
                )
            ]
        )


def _particulars(
    claim: Claim, written: str, facts: Mapping[str, Any], hospital: str, payee: Payee | None
) -> Particulars:
    total = (facts.get("amounts") or {}).get("total")
    return Particulars(
        claim=claim,
        kind=facts["kind"],
        started_on=facts["started_on"],
        ended_on=facts.get("ended_on"),
        hospital=hospital,
        total_amount=None if total is None else Decimal(total),
        facts=written,
        payee_name=payee.name if payee else "",
        account_number=payee.account_number if payee else None,
        bank_name=payee.bank_name if payee else "",
        bank_code=payee.bank_code if payee else "",
    )
