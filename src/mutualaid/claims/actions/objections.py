"""Decided claims that a person looks at again: the member asks for a human review (个人信息保护法 第 24 条), or what a decision
was computed by has changed. The answer is to the member; a changed decision is a new computation in the claim's own place."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mutualaid.claims import telling
from mutualaid.claims.access import may_review_finally
from mutualaid.claims.actions.desk import add_note
from mutualaid.claims.actions.placing import put_in_order, take_place, take_place_anew
from mutualaid.claims.actions.settling import settle
from mutualaid.claims.assessing import (
    ask_for_letter,
    close_as_agreeing,
    keep,
    latest,
    lock_member,
    not_their_own,
    step,
    write_facts,
)
from mutualaid.claims.eyes import had_a_part, same_office
from mutualaid.claims.history import Computed, Told, computed, in_its_place, read
from mutualaid.claims.levels import levels_of
from mutualaid.claims.models import Claim, Particulars, ReviewTask, Step, TaskKind
from mutualaid.claims.ordering import Wanted, placed, sha256_of, wanted_order_of
from mutualaid.claims.parts import parts_of
from mutualaid.claims.promises import DAYS_FOR_OBJECTION, working_days_after
from mutualaid.claims.queries import may_object_until
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.claims.states import CLAIM, DECIDED, REVIEW_TASK
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within


class TooLate(Refused):
    """The time for asking is over."""


class AskedAlready(Refused):
    """A review is under way."""


class NoAnswer(Refused):
    """The member is owed an answer in words."""


def ask_for_review(*, claim: Claim, text: str, by: Actor, at: datetime.datetime) -> ReviewTask:
    """The member asks that a person look at a decision. Raises Refused (not decided), TooLate, AskedAlready, NoAnswer."""
    if not text.strip():
        raise NoAnswer("请写明对结果有异议的地方", "say with what you do not agree")
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        row = Claim.objects.select_related("member", "office").get(pk=claim.pk)
        if row.state not in DECIDED or row.decided_at is None:
            raise Refused(
                f"申请复核的应已作出决定，现为“{CLAIM.names[row.state][0]}”；请等待决定",
                f"expected a decided claim, found it {CLAIM.names[row.state][1]}; wait for the decision",
            )
        until = may_object_until(claim=row)
        if until is not None and day_of(at) > until:
            raise TooLate(
                f"应在最近一次决定后 {DAYS_FOR_OBJECTION} 日内（{until} 前）申请复核；已超过期限，请联系经办机构说明情况",
                f"a review is asked for within {DAYS_FOR_OBJECTION} days of the newest decision, by {until}; call the office",
            )
        if ReviewTask.objects.filter(claim=row, kind=TaskKind.OBJECTION, state="open").exists():
            raise AskedAlready("复核正在办理，请等待答复", "a review is under way; wait for the answer")
        task = ReviewTask.objects.create(
            claim=row,
            kind=TaskKind.OBJECTION,
            text=text.strip(),
            opened_at=at,
            due_on=working_days_after(day_of(at), 10),
        )
        record(what="open_review_task", row=task, by=by, at=at, claim=row.number, kind=TaskKind.OBJECTION.value)
        besides = sorted(had_a_part(claim=row) | {str(row.member.account_id)})
        telling.asked_for_review(claim=row, besides=besides, by=by, at=at)
    return task


def close_review_task(
    *,
    task: ReviewTask,
    facts: Mapping[str, Any] | None,
    answer: str,
    by: Actor,
    at: datetime.datetime,
) -> ReviewTask:
    """A person has looked again. The claim is computed anew over the history as it now is, with corrected ``facts`` or as told;
    where it comes to more, the rest is ordered to be paid; where it comes to less, what has not left is stopped, and what was
    paid stays paid and is noted. A claim that a person set aside is opened again with ``reopen``.

    Where the office's rules want two persons for what it now comes to, the first one's finding is kept and the task stays open,
    until another person (of another office, where the rules say so) comes to the same. Of a human review: who decided on the
    claim, or closed a review of it, does not close it. Of an earlier stay that was filed late: all claims of the member take the
    places that the plans want, and are decided anew together; where corrected facts want another order, that is such a task.

    Raises NoAnswer, NotYours, FactsFaulty, NoPayee, NoFund, IllegalMove.
    """
    if not answer.strip():
        raise NoAnswer("应写明复核意见，会员将看到；请填写", "write what you found; the member reads it")
    with within([EVERYTHING]):
        member = lock_member(member_id=task.claim.member_id)
        claim = Claim.objects.select_related("particulars").get(pk=task.claim_id)
        _impartial(task, claim, by)
        changed = False
        if task.kind == TaskKind.REORDERED:
            wanted = _wanted(claim, facts)
            if wanted is not None:
                if _rise_wants_another(task, wanted, by, at):
                    sha256 = sha256_of(wanted=wanted)
                    return _found_by_one(task, wanted.computed(claim=claim).total, sha256, answer, by, at)
                put_in_order(wanted=wanted, claim=claim, by=by, at=at)
                claim.refresh_from_db(fields=["state", "place"])
                changed = bool(wanted.changes)
        elif claim.counts:
            found, written = in_its_place(claim=claim, facts=facts)
            stands = latest(claim=claim)
            rises = found.total > (stands.total_amount if stands is not None else Decimal(0))
            if rises and _wants_another(task, claim, found, found.sha256, by, at):
                return _found_by_one(task, found.total, found.sha256, answer, by, at)
            changed = _decide_anew(claim, facts, found, written, by, at)
        closed = make(
            task,
            REVIEW_TASK,
            "close_review_task",
            by=by,
            at=at,
            also={"answer": answer.strip(), "closed_by": by.key, "closed_at": at, "changed": changed},
            claim=claim.number,
            changed=changed,
        )
        if claim.counts:
            close_as_agreeing(claim=claim, at=at)  # what stands is what the rules say now
        # Facts may leave this claim's lines as they are and still change what later ones come to.
        if (changed or facts is not None) and claim.counts:
            take_place_anew(claim=claim, member=member, by=by, at=at)
        claim.member = member
        telling.reviewed(claim=claim, by=by, at=at)
    return closed


def reopen(*, claim: Claim, task: ReviewTask, answer: str, by: Actor, at: datetime.datetime) -> Claim:
    """A claim that a person refused is looked at from the beginning: complete from now on, in the place of one filed now.

    Raises NoAnswer, NotYours, Refused (it was refused by the rules, not by a person), IllegalMove.
    """
    if not answer.strip():
        raise NoAnswer("应写明复核意见，会员将看到；请填写", "write what you found; the member reads it")
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        row = Claim.objects.select_related("particulars").get(pk=claim.pk)
        if row.counts:
            raise Refused(
                "重新受理的应是由人工不予支付的申请；按规则的决定请直接复核",
                "expected a claim that a person set aside; one refused by the rules is computed anew",
            )
        _impartial(task, row, by)
        known = read(member=member)
        mine = Told(row.pk, row.number, row.particulars.facts)
        placing = placed(standing=known.standing, events=[*known.events, mine])
        found = computed(standing=known.standing, decision=placing.decision, told=mine)
        after = known.last
        also = {
            "counts": True,
            "completed_at": at if after is None or at > after else after + datetime.timedelta(microseconds=1),
            "place": known.place + 1,
            "first_by": "",
            "final_by": "",
            "decided_at": None,
            "due_on": working_days_after(day_of(at), 5),
        }
        moved = make(row, CLAIM, "reopen_claim", by=by, at=at, also=also, sha256=found.sha256)
        stands = latest(claim=moved)
        keep(claim=moved, found=found, number=stands.round + 1 if stands else 1, at=at)
        Particulars.objects.filter(claim=moved).update(reason=None, reason_word="")
        take_place(claim=moved, member=member, placing=placing, by=by, at=at)
        make(
            task,
            REVIEW_TASK,
            "close_review_task",
            by=by,
            at=at,
            also={"answer": answer.strip(), "closed_by": by.key, "closed_at": at, "changed": True},
            claim=moved.number,
        )
        moved.member = member
        telling.reviewed(claim=moved, by=by, at=at)
    return moved


def _impartial(task: ReviewTask, claim: Claim, by: Actor) -> None:
    """A human review is done by somebody who had no part in the claim before: neither in a decision nor in an earlier review.
    That figures changed, anybody may see to whose claim it is not. Raises NotYours."""
    not_their_own(claim=claim, by=by)
    if task.kind == TaskKind.OBJECTION and by.key in had_a_part(claim=claim):
        raise NotYours(
            "复核应由未参与原决定、也未办过本申请复核的人办理；本机构没有这样的人时，由上级机构办理，请转交",
            "expected somebody who neither decided on this claim nor closed a review of it; if your office has nobody left, "
            "the office above takes it",
        )


def _wanted(claim: Claim, facts: Mapping[str, Any] | None) -> Wanted | None:
    """The order that the plans want; None where nothing is to be moved. Raises Refused (facts are corrected elsewhere)."""
    if facts is not None:
        raise Refused(
            "调整先后时不同时更正事实；请先在申请或复核中更正",
            "expected facts to stay as they are while claims are put in order; correct them in the claim or its review first",
        )
    return wanted_order_of(member=claim.member)


def _rise_wants_another(task: ReviewTask, wanted: Wanted, by: Actor, at: datetime.datetime) -> bool:
    """The same of all claims that come to more by another order."""
    sha256 = sha256_of(wanted=wanted)
    rises = [one for one in wanted.changes if one.found.total > one.stands.total_amount]
    return any(_wants_another(task, one.claim, one.found, sha256, by, at) for one in rises)


def _wants_another(
    task: ReviewTask, claim: Claim, found: Computed, sha256: str, by: Actor, at: datetime.datetime
) -> bool:
    """Whether somebody else has to come to the same (``sha256``) before more than was decided is paid: the office's rules want a
    final review of that amount, and no other person found it before; one of the two may do final reviews, and where the rules
    want another office the two are not of one. Raises NotYours (neither may, or both are of one office)."""
    levels = levels_of(claim=claim, found=found)
    if not levels.final_review:
        return False
    if task.found_by in ("", by.key) or task.found_sha256 != sha256:
        return True
    if levels.elsewhere and same_office(one=task.found_by, other=by.key):
        raise NotYours(
            "该金额须由另一办事机构的人员复核一致；请转交上级机构",
            "this amount wants a person of another office to come to the same; leave it to the office above",
        )
    first = Actor(ActorKind.STAFF, task.found_by)
    if not any(may_review_finally(actor=one, claim=claim, on=day_of(at)) for one in (by, first)):
        raise NotYours(
            "该金额须经有复审权限的人员确认；请转交复审人员",
            "expected one of the two to be a final reviewer, found none; leave it to one",
        )
    return False


def _found_by_one(
    task: ReviewTask, total: Decimal, sha256: str, answer: str, by: Actor, at: datetime.datetime
) -> ReviewTask:
    """The first of two persons has looked again; the second comes to the same by themselves."""
    row = ReviewTask.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    if row.state != "open":
        raise IllegalMove(row, REVIEW_TASK, "close_review_task", row.state)
    row.found_by, row.found_sha256 = by.key, sha256
    row.save(update_fields=["found_by", "found_sha256"])
    record(what="find_in_review", row=row, by=by, at=at, total=str(total), sha256=sha256)
    add_note(claim=task.claim, text=f"复核意见（须另一人复核一致）：{answer.strip()}", by=by, at=at)
    return row


def _decide_anew(
    claim: Claim, facts: Mapping[str, Any] | None, found: Computed, written: str, by: Actor, at: datetime.datetime
) -> bool:
    """As computed over the history as it now is; whether it differs. A claim refused by the rules that now pays is approved."""
    stands = latest(claim=claim)
    if stands is not None and stands.sha256 == found.sha256 and facts is None:
        return False
    if found.refers or found.provisional:
        raise Refused(
            "复核后的事实应能得出结果，仍有待人工确认的项目；请补全事实，或先办结本人更早的申请",
            "expected facts by which it can be computed, found a line left to a person; complete them, or decide the member's "
            "earlier claim first",
        )
    if facts is not None:
        write_facts(claim=claim, facts=facts, written=written)
    before = stands.total_amount if stands is not None else Decimal(0)
    if stands is not None:
        step(claim=claim, number=stands.round, to=Step.REVERSED, at=at)
    made = keep(claim=claim, found=found, number=stands.round + 1 if stands else 1, at=at)
    step(claim=claim, number=made.round, to=Step.FINAL, at=at)
    told = {"round": made.round, "total": str(made.total_amount), "before": str(before), "sha256": made.sha256}
    record(what="decide_claim_anew", row=claim, by=by, at=at, **told)
    settle(claim=claim, number=made.round, parts=parts_of(found), of_decision=True, by=by, at=at)
    ask_for_letter(claim=claim, number=made.round)
    return stands is None or stands.sha256 != found.sha256
