"""Persons look at a claim: a first reviewer, a final one; each may pass it back a level.

What a reviewer looked at is named (``seen``: the round of the computation); if another stands meanwhile they look again.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mutualaid.claims import telling
from mutualaid.claims.actions.confirming import ask_about_membership
from mutualaid.claims.actions.deciding import finish
from mutualaid.claims.actions.desk import add_note
from mutualaid.claims.actions.placing import take_place_anew
from mutualaid.claims.assessing import (
    ask_for_letter,
    compute_later,
    due,
    keep,
    latest,
    lock_member,
    not_their_own,
    step,
    write_facts,
)
from mutualaid.claims.checklist import ALL
from mutualaid.claims.eyes import found_out, same_office
from mutualaid.claims.history import in_its_place
from mutualaid.claims.levels import Levels, levels_of_claim
from mutualaid.claims.models import Assessment, Claim, PapersWanted, Particulars, Step
from mutualaid.claims.promises import DAYS_FOR_PAPERS
from mutualaid.claims.refusals import NoReason, NotYours, Refused, Stale
from mutualaid.claims.states import CLAIM, OPEN
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Staff

REASONS: dict[str, tuple[str, str]] = {
    "duplicate": ("同一事件已申请过", "the event was claimed before"),
    "not_genuine": ("材料不真实", "papers are not genuine"),
    "not_the_member": ("不是本人发生的费用", "the costs are not the member's"),
    "already_reimbursed": ("费用已由其他途径全额报销", "the costs were paid in full elsewhere"),
    "papers_not_given": ("多次通知仍未补材料", "papers were not given although asked for"),
    "other": ("其他（见说明）", "another reason, as written"),
}
"""Why a person sets a claim aside: its event then counts as never been."""


class NotReady(Refused):
    """The engine left something to a person: the facts have to be completed first."""


class NothingDue(Refused):
    """There is nothing to pay; it is refused by the rules instead."""


class SomethingDue(Refused):
    """There is something to pay; a refusal of it needs a reason of its own."""


# --- one level after another ------------------------------------------------------------------------------------------


def pass_first_review(*, claim: Claim, seen: int, by: Actor, at: datetime.datetime) -> Claim:
    """The first reviewer agrees with what was computed; a second person looks. Raises Stale, NotReady, NotYours, IllegalMove."""
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        _standing_round(claim, seen, ready=True)
        _impartial(Claim.objects.get(pk=claim.pk), by)
        also = {"first_by": by.key, "assigned_to": None}
        moved = make(claim, CLAIM, "pass_first_review", by=by, at=at, also=also, round=seen)
        due(claim=moved, levels=levels_of_claim(claim=moved), at=at)
    return moved


def approve_claim(*, claim: Claim, seen: int, by: Actor, at: datetime.datetime) -> Claim:
    """The last who has to look approves: benefits are ordered to be paid. Where the office's rules want a second person the
    first cannot.

    Raises Stale, NotReady, NothingDue, NotYours, NoPayee, NoFund, IllegalMove.
    """
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        found = _standing_round(claim, seen, ready=True)
        if not found.total_amount:
            raise NothingDue(
                "核准的申请应有应付金额，理算结果为 0；请改为“按规则不予支付”",
                "expected something to pay, found nothing; refuse it by the rules instead",
            )
        now = Claim.objects.get(pk=claim.pk)
        levels = levels_of_claim(claim=now)
        if now.state == "first_review" and levels.final_review:
            raise NotYours(
                "该金额须经复审；请先“初审通过”，由另一人复审",
                "expected a final review of this amount; pass the first review, then another person decides",
            )
        if now.state == "final_review" and levels.final_review and not now.first_by:
            raise NotYours(
                "该金额应先经初审，尚无人初审；请退回初审",
                "expected a first review of this amount, found none; send it back to the first review",
            )
        _another(now, levels, by)
        told = {"round": seen, "total": str(found.total_amount), "sha256": found.sha256}
        moved = make(claim, CLAIM, "approve_claim", by=by, at=at, also=_decider(now, by), **told)
        moved.member = member
        finish(claim=moved, assessment=found, found=None, by=by, at=at)
    return moved


def refuse_claim(*, claim: Claim, seen: int, by: Actor, at: datetime.datetime) -> Claim:
    """Nothing is due by the plans' rules, and a person has seen it: the event stays in the member's history.

    Raises Stale, NotReady, SomethingDue, NotYours, IllegalMove.
    """
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        found = _standing_round(claim, seen, ready=True)
        if found.total_amount:
            raise SomethingDue(
                f"按规则应付 {found.total_amount} 元；确需不予支付的，请选择原因并写明",
                f"by the rules {found.total_amount} yuan are due; to refuse it all the same choose and write a reason",
            )
        now = Claim.objects.get(pk=claim.pk)
        _another(now, Levels(), by)
        told = {"round": seen, "sha256": found.sha256}
        moved = make(claim, CLAIM, "refuse_claim", by=by, at=at, also=_decider(now, by), **told)
        moved.member = member
        finish(claim=moved, assessment=found, found=None, by=by, at=at)
    return moved


def set_aside(*, claim: Claim, reason: str, text: str, by: Actor, at: datetime.datetime) -> Claim:
    """A person refuses a claim whatever the rules say: its event counts as never been, what it reserved is given back, and the
    member's later claims are computed anew. ``reason``: a word of ``REASONS``. Raises NoReason, NotYours, IllegalMove."""
    if reason not in REASONS or not text.strip():
        raise NoReason(
            "不予支付应选择原因并写明情况；请补充后再提交", "expected a reason and what was found; write both"
        )
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        now = Claim.objects.get(pk=claim.pk)
        _another(now, Levels(), by)
        also = {**_decider(now, by), "counts": False, "decided_at": at, "due_on": None}
        moved = make(claim, CLAIM, "refuse_claim", by=by, at=at, also=also, reason=reason)
        moved.member = member
        Particulars.objects.filter(claim=moved).update(reason=text.strip(), reason_word=reason)
        stands = _taken_out(moved, by, at)
        if stands is not None:
            ask_for_letter(claim=moved, number=stands.round)
        telling.decided(claim=moved, amount=Decimal(0), by=by, at=at)
    return moved


def return_for_papers(
    *, claim: Claim, words: Sequence[str], text: str, contact: Staff, by: Actor, at: datetime.datetime
) -> Claim:
    """The member is asked for all that is missing, once and together; a named person follows it up. The claim is complete, and
    in its place of the order, when it is filed again. Raises NoReason, IllegalMove."""
    unknown = [word for word in words if word not in ALL]
    if unknown or not (words or text.strip()):
        raise NoReason(
            "应写明缺少哪些材料，可多选；请一次列全", "say which papers are missing; name all of them at once"
        )
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        until = day_of(at) + datetime.timedelta(days=DAYS_FOR_PAPERS)
        also = {"counts": False, "due_on": until, "first_by": "", "assigned_to": contact}
        moved = make(claim, CLAIM, "return_for_papers", by=by, at=at, also=also, papers=list(words))
        moved.member = member
        _taken_out(moved, by, at)
        wanted = PapersWanted.objects.create(
            claim=moved, words=list(words), text=text.strip(), until_on=until, contact=contact, at=at
        )
        telling.returned(claim=moved, wanted=wanted, by=by, at=at)
    return moved


def send_back(*, claim: Claim, text: str, by: Actor, at: datetime.datetime) -> Claim:
    """One level back: from the final review to the first, from there to the employer's union. Raises NoReason, IllegalMove."""
    if not text.strip():
        raise NoReason("退回应写明原因；请填写后再提交", "say why it is sent back")
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        state = Claim.objects.values_list("state", flat=True).get(pk=claim.pk)
        move = "send_back_to_employer" if state == "first_review" else "send_back_to_first_review"
        moved = make(claim, CLAIM, move, by=by, at=at, also={"first_by": "", "assigned_to": None})
        if moved.state == "confirming":
            ask_about_membership(claim=moved, by=by, at=at)
        due(claim=moved, levels=levels_of_claim(claim=moved), at=at)
        add_note(claim=moved, text=text, by=by, at=at)
    return moved


def withdraw_claim(*, claim: Claim, by: Actor, at: datetime.datetime) -> Claim:
    """Who filed it takes it back before it is decided. Raises IllegalMove."""
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        counted = Claim.objects.values_list("counts", flat=True).get(pk=claim.pk)
        moved = make(claim, CLAIM, "withdraw_claim", by=by, at=at, also={"counts": False, "due_on": None})
        moved.member = member
        if counted:
            _taken_out(moved, by, at)
            telling.withdrawn(claim=moved, by=by, at=at)
    return moved


# --- facts ------------------------------------------------------------------------------------------------------------


def correct_facts(
    *, claim: Claim, facts: Mapping[str, Any], reason: str, by: Actor, at: datetime.datetime
) -> Assessment:
    """A reviewer corrects what a claim tells, by its papers; it is computed anew in its place, or in the one that its plans want
    by the corrected first day, and so are later ones. ``facts``: the contract's event without its id. At the final review whoever
    corrects becomes the first reviewer, and another decides. Raises NoReason, NotYours, FactsFaulty, Refused (not under
    review)."""
    if not reason.strip():
        raise NoReason("更正应写明依据；请填写后再提交", "say by which paper it is corrected")
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        row = Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("particulars").get(pk=claim.pk)
        if row.state not in OPEN:
            raise Refused(
                f"更正的申请应在审核中，现为“{CLAIM.names[row.state][0]}”；已决定的请通过复核任务办理",
                f"expected a claim under review, found it {CLAIM.names[row.state][1]}; a decided one is changed by a review",
            )
        _impartial(row, by)
        made = _recompute(claim=row, facts=facts, at=at)
        if row.state == "final_review":
            # The first reviewer has not seen these facts: who wrote them is the first pair of eyes, another the second.
            row.first_by, row.assigned_to = by.key, None
            row.save(update_fields=["first_by", "assigned_to"])
        record(what="correct_facts", row=row, by=by, at=at, round=made.round, total=str(made.total_amount))
        add_note(claim=row, text=f"更正：{reason.strip()}", by=by, at=at)
        take_place_anew(claim=row, member=member, by=by, at=at)
    return latest(claim=row) or made


def _recompute(*, claim: Claim, facts: Mapping[str, Any], at: datetime.datetime) -> Assessment:
    """New facts in a claim's own place of the history, kept with a new computation; what the old one used up is reversed.
    Under the member's lock. Raises FactsFaulty."""
    found, written = in_its_place(claim=claim, facts=facts)
    stands = latest(claim=claim)
    if stands is not None:
        step(claim=claim, number=stands.round, to=Step.REVERSED, at=at)
    write_facts(claim=claim, facts=facts, written=written)
    return keep(claim=claim, found=found, number=stands.round + 1 if stands else 1, at=at)


# --- what they have in common -----------------------------------------------------------------------------------------


def _standing_round(claim: Claim, seen: int, *, ready: bool) -> Assessment:
    """The computation that stands, which must be the one that was looked at. Raises Stale, NotReady."""
    found = latest(claim=claim)
    if found is None or found.round != seen:
        raise Stale(
            "所看到的应为最新的理算结果；本人的其他申请有变动，已重新理算，请刷新后再审",
            "expected the latest computation to be looked at; it was computed anew meanwhile, look again",
        )
    if ready and (found.refers or found.provisional):
        raise NotReady(
            "应没有待人工确认的项目；请先更正或补全事实（或先办结本人更早的申请），再作决定",
            "expected no line that is left to a person; complete the facts, or decide the member's earlier claim, first",
        )
    return found


def _impartial(claim: Claim, by: Actor) -> None:
    """Nobody reviews their own claim, nor one for whose employer they answered. Raises NotYours."""
    not_their_own(claim=claim, by=by)
    if by.key in found_out(claim=claim):
        raise NotYours(
            "代单位确认会员身份的人不审核同一申请；请交由他人",
            "whoever answered for the employer does not review the claim; leave it to another",
        )


def _another(claim: Claim, levels: Levels, by: Actor) -> None:
    """Four eyes: who decides at the final review is not the first reviewer, nor, where the rules say so, of the same office; and
    nobody of the staff decides on a claim that is theirs, or that they confirmed. Raises NotYours."""
    _impartial(claim, by)
    if claim.state != "final_review":
        return
    if claim.first_by == by.key:
        raise NotYours("复审应由初审以外的人办理；请交由他人", "expected another person than the first reviewer")
    if levels.elsewhere and claim.first_by and same_office(one=claim.first_by, other=by.key):
        raise NotYours("复审应由另一办事机构办理；请转交上级机构", "expected a reviewer of another office")


def _decider(claim: Claim, by: Actor) -> dict[str, Any]:
    return {"final_by" if claim.first_by else "first_by": by.key, "assigned_to": None}


def _taken_out(claim: Claim, by: Actor, at: datetime.datetime) -> Assessment | None:
    """The event no longer counts: what it reserved is given back, and later claims are computed anew."""
    stands = latest(claim=claim)
    if stands is not None:
        step(claim=claim, number=stands.round, to=Step.REVERSED, at=at)
    if claim.place is not None:
        compute_later(member=claim.member, after=claim.place, by=by, at=at)
    return stands
