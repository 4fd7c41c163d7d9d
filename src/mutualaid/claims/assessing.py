"""Computing claims under the one lock of a member: assessments, and the ledger of what they use up of plans' limits.

The lock is the member's row. Whoever holds it sees all that was decided before, and nobody decides beside them; so no limit can
be passed by two claims at once. All locks are taken in one order: the member, then the claim.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from benefit_engine.money import yuan
from mutualaid.claims.agreeing import Again
from mutualaid.claims.history import Computed, decided, events_of, standing_of
from mutualaid.claims.levels import Levels
from mutualaid.claims.models import (
    Assessment,
    AssessmentLine,
    Claim,
    ClaimNumber,
    Particulars,
    ReviewTask,
    Step,
    TaskKind,
)
from mutualaid.claims.promises import DAYS, working_days_after
from mutualaid.claims.recurring import same_event
from mutualaid.claims.refusals import NotYours
from mutualaid.claims.states import DECIDED, OPEN, REVIEW_TASK
from mutualaid.core import work
from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.people.models import Member

BY = system("claims")
"""Who closes what needs no person."""


@dataclass(frozen=True)
class Expense:
    """A line of the bill: yuan; ``out_of_scope`` None where the bill does not say."""

    item: str
    amount: Decimal
    out_of_scope: Decimal | None = None


_LOCK = """SELECT id, number, account_id, sex, birth_date, phone, merged_into_id FROM people_member WHERE id = %s
FOR NO KEY UPDATE"""
_LOCK_AND_NUMBER = _LOCK.replace(" FROM", f", {ClaimNumber.template} FROM")
_LOCKED = ("id", "number", "account_id", "sex", "birth_date", "phone", "merged_into_id")  # in the order of the model


def lock_member(*, member_id: int, numbering: bool = False) -> Member:
    """The member's row, locked until the end of the transaction: the one lock of all that they use up. ``numbering``: with the
    number of the next claim as ``next_claim``. Who was merged meanwhile into another is that other. Raises
    Member.DoesNotExist."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_AND_NUMBER if numbering else _LOCK, [member_id])
        row = cursor.fetchone()
    if row is None:
        raise Member.DoesNotExist(f"expected a member with the key {member_id}, found none")
    if row[6] is not None:
        return lock_member(member_id=row[6], numbering=numbering)
    phone: Any = Member._meta.get_field("phone")
    member = Member.from_db(connection.alias, _LOCKED, [*row[:5], phone.from_db_value(row[5], None, connection), None])
    if numbering:
        member.next_claim = row[7]  # type: ignore[attr-defined]
    return member


def keep(*, claim: Claim, found: Computed, number: int, at: datetime.datetime) -> Assessment:
    """Write a computation and reserve what it uses up. ``number``: its round."""
    made = insert(
        Assessment(
            claim=claim,
            round=number,
            at=at,
            total_amount=found.total,
            refers=found.refers,
            refuses=found.refuses,
            provisional=found.provisional,
            sha256=found.sha256,
        )
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


def write_facts(*, claim: Claim, facts: Mapping[str, Any], written: str) -> None:
    """Corrected facts of a claim, as told and as written (``history.in_its_place``)."""
    Particulars.objects.filter(claim=claim).update(
        facts=written,
        kind=facts["kind"],
        started_on=facts["started_on"],
        ended_on=facts.get("ended_on"),
        total_amount=(facts.get("amounts") or {}).get("total"),
    )


_STEP = """
INSERT INTO claims_consumption (member_id, claim_id, round, step, family, counter, key, quantity, at)
SELECT member_id, claim_id, round, %(to)s, family, counter, key, quantity, %(at)s
FROM claims_consumption
WHERE claim_id = %(claim)s AND member_id = %(member)s AND round = %(round)s AND step = 'reserved' ORDER BY id
"""


def step(*, claim: Claim, number: int, to: Step, at: datetime.datetime) -> int:
    """What a round reserved becomes final, or is reversed; how many counters."""
    with connection.cursor() as cursor:
        cursor.execute(_STEP, {"claim": claim.pk, "member": claim.member_id, "round": number, "to": to.value, "at": at})
        return int(cursor.rowcount)


EARLIER_CHANGED = ("较早的申请有变动", "an earlier claim was changed")


_MOVE = """
UPDATE claims_claim c SET place = m.place
FROM json_to_recordset(%(places)s::json) AS m(number text, place integer)
WHERE c.number = m.number
"""


def write_places(*, places: Mapping[str, int]) -> None:
    """Claims, by their numbers, take other places, all at once. Under the member's lock."""
    rows = [{"number": number, "place": place} for number, place in places.items()]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"places": json.dumps(rows)})


def compute_later(
    *,
    member: Member,
    after: int,
    because: tuple[str, str] = EARLIER_CHANGED,
    by: Actor,
    at: datetime.datetime,
) -> None:
    """A claim of the member was changed or no longer counts: those in later places are computed anew. Undecided ones
    take the new figures; decided ones whose figures would differ become review tasks, which say ``because`` of what.
    Under the member's lock."""
    standing, events = standing_of(member=member), events_of(member=member)
    later = list(Claim.objects.filter(member=member, counts=True, place__gt=after).order_by("place"))
    if not later:
        return
    again = Again(standing, events, decided(standing=standing, events=events))
    by_claim = {one.claim: one for one in events}
    for claim in later:
        found = again.of(by_claim[claim.pk])
        stands = latest(claim=claim)
        if stands is None:
            continue
        if stands.sha256 == found.sha256:
            if claim.state in DECIDED:
                close_as_agreeing(claim=claim, at=at)
            continue
        if claim.state in DECIDED and again.agreeing(told=by_claim[claim.pk], sha256=stands.sha256) is not None:
            close_as_agreeing(claim=claim, at=at)
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
            open_task(claim=claim, kind=TaskKind.RECALCULATED, text=text, expected=found.total, by=by, at=at)


def open_task(*, claim: Claim, kind: TaskKind, text: str, expected: Decimal, by: Actor, at: datetime.datetime) -> None:
    """A person is to look at a claim since its figures would differ; one that is open already is told anew. ``expected``: yuan to
    which the claim would come."""
    task, is_new = ReviewTask.objects.update_or_create(
        claim=claim,
        kind=kind,
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
        record(what="open_review_task", row=task, by=by, at=at, claim=claim.number, kind=kind.value)


AGREES = (
    "较早的申请又有变动，按规则的结果与原决定一致，无须再看；系统办结 · "
    "an earlier claim was changed again: by the rules it comes to what was decided; closed by the system"
)


def close_as_agreeing(*, claim: Claim, at: datetime.datetime) -> None:
    """What was decided is what the rules say now: that somebody looks at the difference is no longer wanted, unless the claim may
    be for an event that was claimed twice. Under the member's lock."""
    if claim.same_as_id is not None:
        return
    for task in claim.tasks.filter(kind=TaskKind.RECALCULATED, state="open"):
        close_by_itself(task=task, answer=AGREES, at=at)


def close_by_itself(*, task: ReviewTask, answer: str, at: datetime.datetime) -> None:
    """The system closes a task for which nothing is left to do, and says why. Under the member's lock."""
    also = {"answer": answer, "closed_by": BY.key, "closed_at": at, "changed": False}
    make(task, REVIEW_TASK, "close_review_task", by=BY, at=at, also=also, claim=task.claim.number, changed=False)


def look_for_doubles(*, member: Member, since: int, by: Actor, at: datetime.datetime) -> None:
    """What a claim tells was corrected: of it (its place is ``since``) and of those in later places, if they are undecided, it is
    looked again whether an earlier one is for the same event. Under the member's lock."""
    waiting = Claim.objects.filter(member=member, counts=True, state__in=OPEN, place__gte=since)
    by_key = {claim.pk: claim for claim in waiting}
    events = events_of(member=member) if by_key else []
    numbers = {one.claim: one.number for one in events}
    for place, told in enumerate(events):
        claim = by_key.get(told.claim)
        if claim is None:
            continue
        same = same_event(told=told, events=events[:place])
        if same != claim.same_as_id:
            claim.same_as_id = same
            claim.save(update_fields=["same_as"])
            record(what="find_same_event", row=claim, by=by, at=at, same_as=numbers[same] if same else None)


def due(*, claim: Claim, levels: Levels, at: datetime.datetime) -> None:
    """By when the next step is promised."""
    claim.due_on = working_days_after(day_of(at), levels.days)
    claim.save(update_fields=["due_on"])


def ask_for_letter(*, claim: Claim, number: int) -> None:
    """Let the worker make the letter on a computation, after this transaction."""
    work.post(name="claims.letter", wanted={"claim": claim.number, "round": number})


_WRITE_EXPENSES = """
INSERT INTO claims_expenseline (claim_id, line, item, amount, out_of_scope_amount)
SELECT %(claim)s, e.line, e.item, e.amount, e.beyond
FROM unnest(%(items)s::text[], %(amounts)s::numeric[], %(beyond)s::numeric[]) WITH ORDINALITY AS e(item, amount, beyond, line)
"""


def write_expenses(*, claim: Claim, expenses: Sequence[Expense]) -> None:
    """The lines of the bill, of a claim that has none."""
    if not expenses:
        return
    values: dict[str, Any] = {
        "claim": claim.pk,
        "items": [one.item for one in expenses],
        "amounts": [one.amount for one in expenses],
        "beyond": [one.out_of_scope for one in expenses],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_EXPENSES, values)


def not_their_own(*, claim: Claim, by: Actor) -> None:
    """Reviewers look at claims of others. Raises NotYours."""
    if by.kind is not ActorKind.STAFF:
        raise NotYours("应由审核人员决定", "expected a reviewer to decide")
    if claim.member.account_id is not None and str(claim.member.account_id) == by.key:
        raise NotYours("不能审核本人的申请；请交由他人办理", "nobody decides on their own claim; leave it to another")
