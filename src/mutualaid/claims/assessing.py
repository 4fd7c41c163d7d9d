"""Computing claims under the one lock of a member: assessments, and the ledger of what they use up of plans' limits.

The lock is the member's row. Whoever holds it sees all that was decided before, and nobody decides beside them; so no limit can
be passed by two claims at once. All locks are taken in one order: the member, then the claim.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from benefit_engine.money import yuan
from mutualaid.claims.history import Computed, Standing, Told, computed, decided, events_of, standing_of
from mutualaid.claims.models import (
    Assessment,
    AssessmentLine,
    Claim,
    ClaimNumber,
    Consumption,
    ExpenseLine,
    ReviewTask,
    Step,
    TaskKind,
)
from mutualaid.claims.promises import DAYS, working_days_after
from mutualaid.claims.refusals import NotYours
from mutualaid.claims.states import DECIDED, OPEN
from mutualaid.core import work
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.people.models import Member

_NEEDED = ("id", "number", "birth_date", "sex", "account_id", "phone", "merged_into_id")


@dataclass(frozen=True)
class Expense:
    """A line of the bill: yuan; ``out_of_scope`` None where the bill does not say."""

    item: str
    amount: Decimal
    out_of_scope: Decimal | None = None


def lock_member(*, member_id: int, numbering: bool = False) -> Member:
    """The member's row, locked until the end of the transaction: the one lock of all that they use up. ``numbering``:
    with the number of the next claim as ``next_claim``. Who was merged meanwhile into another is that other."""
    rows = Member.objects.select_for_update(no_key=True).only(*_NEEDED)
    if numbering:
        rows = rows.annotate(next_claim=ClaimNumber())
    row = rows.get(pk=member_id)
    while row.merged_into_id is not None:
        row = rows.get(pk=row.merged_into_id)
    return row


def assess(*, standing: Standing, events: Sequence[Told], told: Told) -> Computed:
    """What the engine says of one claim of a history. Raises FactsFaulty."""
    return computed(standing=standing, decision=decided(standing=standing, events=events), told=told)


def keep(*, claim: Claim, found: Computed, number: int, at: datetime.datetime) -> Assessment:
    """Write a computation and reserve what it uses up. ``number``: its round."""
    made = Assessment.objects.create(
        claim=claim,
        round=number,
        at=at,
        total_amount=found.total,
        refers=found.refers,
        refuses=found.refuses,
        provisional=found.provisional,
        sha256=found.sha256,
    )
    _write_lines(claim, made, found, at)
    return made


_WRITE_LINES = """
WITH lines AS (
    INSERT INTO claims_assessmentline (assessment_id, place, plan, benefit, outcome, amount, reasons, missing, provisional,
                                       working, period_from_on, period_until_on)
    SELECT %(assessment)s, l.place, l.plan, l.benefit, l.outcome, l.amount, l.reasons, l.missing, l.provisional, l.working,
           l.period_from_on, l.period_until_on
    FROM json_to_recordset(%(lines)s::json) AS l(place smallint, plan text, benefit text, outcome text, amount numeric,
         reasons jsonb, missing jsonb, provisional boolean, working text, period_from_on date, period_until_on date)
    RETURNING 1
), used AS (
    INSERT INTO claims_consumption (member_id, claim_id, round, step, family, counter, key, quantity, at)
    SELECT %(member)s, %(claim)s, %(round)s, 'reserved', u.family, u.counter, u.key, u.quantity, %(at)s
    FROM json_to_recordset(%(used)s::json) AS u(family text, counter text, key text, quantity bigint)
    RETURNING 1
)
SELECT (SELECT count(*) FROM lines), (SELECT count(*) FROM used)
"""


def _write_lines(claim: Claim, made: Assessment, found: Computed, at: datetime.datetime) -> None:
    """The lines of a computation and what it reserves, in one statement: this is done for every claim."""
    working: Any = AssessmentLine._meta.get_field("working")
    lines = [
        {
            "place": place,
            "plan": line.plan,
            "benefit": line.benefit,
            "outcome": line.outcome,
            "amount": yuan(line.amount),
            "reasons": line.reasons,
            "missing": line.missing,
            "provisional": line.provisional,
            "working": working.get_prep_value(json.dumps(line.working, ensure_ascii=False)),
            "period_from_on": period[0].isoformat() if period else None,
            "period_until_on": period[1].isoformat() if period else None,
        }
        for place, (line, period) in enumerate(zip(found.lines, found.periods, strict=True))
    ]
    used = [
        {"family": family, "counter": counter, "key": key, "quantity": quantity}
        for (family, counter, key), quantity in sorted(found.used.items())
    ]
    values: dict[str, Any] = {
        "assessment": made.pk,
        "member": claim.member_id,
        "claim": claim.pk,
        "round": made.round,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_LINES, {**values, "lines": json.dumps(lines), "used": json.dumps(used)})


def latest(*, claim: Claim) -> Assessment | None:
    """The computation that stands."""
    return Assessment.objects.filter(claim=claim).order_by("-round").first()


def step(*, claim: Claim, number: int, to: Step, at: datetime.datetime) -> int:
    """What a round reserved becomes final, or is reversed; how many counters."""
    reserved = Consumption.objects.filter(
        claim=claim, member=claim.member_id, round=number, step=Step.RESERVED
    ).order_by("id")
    rows = [
        Consumption(
            member_id=one.member_id,
            claim=claim,
            round=number,
            step=to,
            family=one.family,
            counter=one.counter,
            key=one.key,
            quantity=one.quantity,
            at=at,
        )
        for one in reserved
    ]
    Consumption.objects.bulk_create(rows)
    return len(rows)


EARLIER_CHANGED = ("较早的申请有变动", "an earlier claim was changed")


def compute_later(
    *,
    member: Member,
    after: datetime.datetime,
    because: tuple[str, str] = EARLIER_CHANGED,
    by: Actor,
    at: datetime.datetime,
) -> None:
    """A claim of the member was changed or no longer counts: those completed later are computed anew. Undecided ones
    take the new figures; decided ones whose figures would differ become review tasks, which say ``because`` of what.
    Under the member's lock."""
    standing, events = standing_of(member=member), events_of(member=member)
    later = list(Claim.objects.filter(member=member, counts=True, completed_at__gt=after).order_by("completed_at"))
    if not later:
        return
    decision = decided(standing=standing, events=events)
    by_claim = {one.claim: one for one in events}
    for claim in later:
        found = computed(standing=standing, decision=decision, told=by_claim[claim.pk])
        stands = latest(claim=claim)
        if stands is None or stands.sha256 == found.sha256:
            continue
        if claim.state in OPEN:
            step(claim=claim, number=stands.round, to=Step.REVERSED, at=at)
            made = keep(claim=claim, found=found, number=stands.round + 1, at=at)
            record(
                what="compute_claim_anew",
                row=claim,
                by=by,
                at=at,
                round=made.round,
                total=str(made.total_amount),
                sha256=made.sha256,
            )
        elif claim.state in DECIDED:
            text = (
                f"{because[0]}，按规则应为 {shown(found.total)} 元，原决定为 {shown(stands.total_amount)} 元 · "
                f"{because[1]}: by the rules {shown(found.total)} yuan, decided {shown(stands.total_amount)}"
            )
            open_task(claim=claim, text=text, expected=found.total, by=by, at=at)


def open_task(*, claim: Claim, text: str, expected: Decimal, by: Actor, at: datetime.datetime) -> None:
    """A person looks at a decided claim again; a task that is open says the newer text. ``expected``: what it now
    comes to."""
    task, is_new = ReviewTask.objects.update_or_create(
        claim=claim,
        kind=TaskKind.RECALCULATED,
        state="open",
        defaults={"text": text, "expected_amount": expected},
        create_defaults={
            "text": text,
            "expected_amount": expected,
            "opened_at": at,
            "due_on": working_days_after(day_of(at), DAYS),
        },
    )
    if is_new:
        record(what="open_review_task", row=task, by=by, at=at, claim=claim.number, kind=TaskKind.RECALCULATED.value)


def ask_for_letter(*, claim: Claim, number: int) -> None:
    """Let the worker make the letter on a computation, after this transaction."""
    work.post(name="claims.letter", wanted={"claim": claim.number, "round": number})


def write_expenses(*, claim: Claim, expenses: Sequence[Expense]) -> None:
    """The lines of the bill, of a claim that has none."""
    ExpenseLine.objects.bulk_create(
        ExpenseLine(claim=claim, line=line, item=one.item, amount=one.amount, out_of_scope_amount=one.out_of_scope)
        for line, one in enumerate(expenses, start=1)
    )


def not_their_own(*, claim: Claim, by: Actor) -> None:
    """Reviewers look at claims of others. Raises NotYours."""
    if by.kind is not ActorKind.STAFF:
        raise NotYours("应由审核人员决定", "expected a reviewer to decide")
    if claim.member.account_id is not None and str(claim.member.account_id) == by.key:
        raise NotYours("不能审核本人的申请；请交由他人办理", "nobody decides on their own claim; leave it to another")
