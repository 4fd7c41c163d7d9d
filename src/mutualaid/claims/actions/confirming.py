"""Whether a person was a member of the union: its clerk says so; where nobody answers for the employer, the office finds out."""

from __future__ import annotations

import datetime

from mutualaid.claims import telling
from mutualaid.claims.actions.desk import add_call_note
from mutualaid.claims.assessing import due, lock_member, not_their_own
from mutualaid.claims.levels import levels_of_claim
from mutualaid.claims.models import Claim, Confirmation, How
from mutualaid.claims.queries import office_may_answer
from mutualaid.claims.refusals import NoReason, NotYours, Refused
from mutualaid.claims.states import CLAIM
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Staff


class TheirTurn(Refused):
    """The employer has a clerk, whose days to answer are not over."""


class AskedAlready(Refused):
    """The office was asked before, or nobody waits for an answer."""


def confirm_membership(*, claim: Claim, confirmed: bool, remark: str, by: Actor, at: datetime.datetime) -> Claim:
    """The employer's union says whether the person was its member then; an objection goes on with its remark. Nobody says it of
    themselves. Raises NoReason, NotYours, IllegalMove."""
    _with_reason(confirmed, remark)
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        if member.account_id is not None and str(member.account_id) == by.key:
            raise NotYours(
                "本人的会员身份应由单位的其他代办员确认；没有其他人的，期限过后由经办机构核实，无须办理",
                "expected another clerk to say that you were a member; where there is none the office finds out in time",
            )
        moved = make(claim, CLAIM, "confirm_membership", by=by, at=at, confirmed=confirmed)
        Confirmation.objects.create(claim=moved, confirmed=confirmed, remark=remark.strip(), by_key=by.key, at=at)
        due(claim=moved, levels=levels_of_claim(claim=moved), at=at)
    return moved


def confirm_for_employer(
    *,
    claim: Claim,
    confirmed: bool,
    remark: str,
    how: How,
    ascertained: str,
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """The office says it in the employer's stead: nobody answers there. ``how``: by a call, which becomes a note of a call, or by
    a paper; ``ascertained``: whom they called and what was said, or which paper they saw. Who found out does not review it.

    Raises NoReason, TheirTurn, NotYours, IllegalMove.
    """
    _with_reason(confirmed, remark)
    if how == How.EMPLOYER or not ascertained.strip():
        raise NoReason(
            "代单位确认应写明核实方式：与谁通话、得到什么答复，或看到哪份证明；请填写",
            "say how you found out: whom you called and what was said, or which paper you saw",
        )
    with within([EVERYTHING]):
        member = lock_member(member_id=claim.member_id)
        row = Claim.objects.select_related("member", "employer__unit").get(pk=claim.pk)
        not_their_own(claim=row, by=by)
        if row.state == "confirming" and not office_may_answer(claim=row, on=day_of(at)):
            raise TheirTurn(
                f"单位有代办员，应在 {row.due_on} 前由其确认；到期未答复的，再由经办机构核实",
                f"the employer has a clerk, who may answer until {row.due_on}; find out for them after that day",
            )
        moved = make(row, CLAIM, "confirm_for_employer", by=by, at=at, confirmed=confirmed, how=how.value)
        staff = Staff.objects.select_related("unit").get(account=int(by.key))
        Confirmation.objects.create(
            claim=moved,
            confirmed=confirmed,
            remark=remark.strip(),
            how=how,
            office=staff.unit,
            ascertained=ascertained.strip(),
            by_key=by.key,
            at=at,
        )
        if how == How.CALL:
            add_call_note(
                member=member,
                claim=moved,
                caller=row.employer.unit.name[:50],
                subject="代单位确认会员身份",
                text=ascertained,
                follow_up_on=None,
                by=by,
                at=at,
            )
        due(claim=moved, levels=levels_of_claim(claim=moved), at=at)
    return moved


def ask_about_membership(*, claim: Claim, by: Actor, at: datetime.datetime) -> None:
    """A claim now waits for its employer: its clerks are asked; where it has none, the office at once."""
    if not telling.asked_employer(claim=claim, by=by, at=at):
        _ask_office(claim, by, at)
    elif claim.office_asked_at is not None:
        claim.office_asked_at = None
        claim.save(update_fields=["office_asked_at"])


def ask_office(*, claim: Claim, by: Actor, at: datetime.datetime) -> Claim:
    """The employer's clerks did not answer in time: the office is asked to find out, once. Raises AskedAlready."""
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        row = Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=claim.pk)
        if row.state != "confirming" or row.office_asked_at is not None:
            raise AskedAlready(
                "提醒的申请应在等待单位确认，且尚未提醒过；请刷新后再看",
                "expected a claim that waits for its employer, of which the office was not told yet",
            )
        _ask_office(row, by, at)
    return row


def _ask_office(claim: Claim, by: Actor, at: datetime.datetime) -> None:
    claim.office_asked_at = at
    claim.save(update_fields=["office_asked_at"])
    record(what="ask_office_to_confirm", row=claim, by=by, at=at)
    telling.asked_office(claim=claim, by=by, at=at)


def _with_reason(confirmed: bool, remark: str) -> None:
    if not confirmed and not remark.strip():
        raise NoReason("不确认的，请写明原因", "say why you do not confirm it")
