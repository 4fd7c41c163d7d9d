"""The office's rules of who looks at claims: one person proposes a change, another agrees. Nobody changes them alone; only the
system itself does, when an installation is set up."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from mutualaid.claims import telling
from mutualaid.claims.models import ReviewRule, RuleProposal
from mutualaid.claims.refusals import NoReason, NotYours, Refused
from mutualaid.claims.states import RULE_PROPOSAL
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.moves import make
from mutualaid.people.models import Unit


class BadRule(Refused):
    """A rule that cannot be."""


class ProposedAlready(Refused):
    """A change of the same rule waits for an answer."""


class NotAlone(Refused):
    """A second person has to agree."""


def set_review_rule(
    *,
    office: Unit,
    family: str,
    amount_from: Decimal,
    confirmed_by_employer: bool,
    first_review: bool,
    final_review: bool,
    elsewhere: bool,
    days: int,
    by: Actor,
    at: datetime.datetime,
) -> ReviewRule:
    """Who looks at claims of an office from an amount on, when an installation is set up; a rule of the same family and amount is
    replaced. Persons propose it instead. Raises BadRule, NotAlone."""
    if by.kind is not ActorKind.SYSTEM:
        raise NotAlone(
            "审核规则应由一人提出、另一人确认；请在“审核规则”页提出",
            "expected a rule to be proposed by one person and agreed to by another; propose it",
        )
    told = _levels(confirmed_by_employer, first_review, final_review, elsewhere, days)
    _possible(amount_from, **told)
    with transaction.atomic():
        return _set(office, family, amount_from, told, by, at)


@transaction.atomic
def propose_review_rule(
    *,
    office: Unit,
    family: str,
    amount_from: Decimal,
    confirmed_by_employer: bool,
    first_review: bool,
    final_review: bool,
    elsewhere: bool,
    days: int,
    reason: str,
    by: Actor,
    at: datetime.datetime,
) -> RuleProposal:
    """Somebody wants a rule set, or that of the same family and amount replaced; until another agrees the old one holds. Raises
    BadRule, ProposedAlready, NoReason."""
    told = _levels(confirmed_by_employer, first_review, final_review, elsewhere, days)
    _possible(amount_from, **told)
    return _propose(office, family, amount_from, told, drops=False, reason=reason, by=by, at=at)


@transaction.atomic
def propose_end_of_rule(*, rule: ReviewRule, reason: str, by: Actor, at: datetime.datetime) -> RuleProposal:
    """Somebody wants a rule to end; until another agrees it holds. Raises ProposedAlready, NoReason."""
    told = _levels(rule.confirmed_by_employer, rule.first_review, rule.final_review, rule.elsewhere, rule.days)
    return _propose(rule.office, rule.family, rule.amount_from, told, drops=True, reason=reason, by=by, at=at)


@transaction.atomic
def agree_to_rule(*, proposal: RuleProposal, by: Actor, at: datetime.datetime) -> RuleProposal:
    """Another person agrees: from now on it holds, for claims that are filed or passed on. Raises NotYours, BadRule,
    IllegalMove."""
    _another(proposal, by)
    also = {"closed_by": by.key, "closed_at": at}
    row = make(proposal, RULE_PROPOSAL, "agree_to_rule", by=by, at=at, also=also, proposed_by=proposal.proposed_by)
    if not row.drops:
        told = _levels(row.confirmed_by_employer, row.first_review, row.final_review, row.elsewhere, row.days)
        _set(row.office, row.family, row.amount_from, told, by, at, row.number)
        return row
    among = ReviewRule.objects.select_for_update(no_key=True)
    rule = among.filter(office=row.office, family=row.family, amount_from=row.amount_from).first()
    if rule is None:
        raise BadRule("要结束的规则应仍在，现已没有；请改为不同意", "the rule is gone already; refuse the proposal")
    amount = str(rule.amount_from)
    record(what="drop_review_rule", row=rule, by=by, at=at, family=rule.family, amount_from=amount, proposal=row.number)
    rule.delete()
    return row


@transaction.atomic
def refuse_rule(*, proposal: RuleProposal, reason: str, by: Actor, at: datetime.datetime) -> RuleProposal:
    """Another person does not agree, and says why. Raises NotYours, NoReason, IllegalMove."""
    _another(proposal, by)
    also = {"closed_by": by.key, "closed_at": at, "answer": _said(reason)}
    return make(proposal, RULE_PROPOSAL, "refuse_rule", by=by, at=at, also=also)


@transaction.atomic
def withdraw_rule(*, proposal: RuleProposal, reason: str, by: Actor, at: datetime.datetime) -> RuleProposal:
    """Who proposed it takes it back, and says why. Raises NotYours, NoReason, IllegalMove."""
    if proposal.proposed_by != by.key:
        raise NotYours(
            "撤回应由提出人办理；不同意的，请用“不同意”并写明原因",
            "expected whoever proposed it; if you do not agree, refuse it with a reason",
        )
    also = {"closed_by": by.key, "closed_at": at, "answer": _said(reason)}
    return make(proposal, RULE_PROPOSAL, "withdraw_rule", by=by, at=at, also=also)


def _levels(
    confirmed_by_employer: bool, first_review: bool, final_review: bool, elsewhere: bool, days: int
) -> dict[str, Any]:
    return {
        "confirmed_by_employer": confirmed_by_employer,
        "first_review": first_review,
        "final_review": final_review,
        "elsewhere": elsewhere,
        "days": days,
    }


def _possible(
    amount_from: Decimal, *, first_review: bool, final_review: bool, elsewhere: bool, days: int, **_more: Any
) -> None:
    """Raises BadRule. A final review alone would be one person's decision: four eyes are a first and a final one."""
    if amount_from < 0 or not 1 <= days <= 60 or (elsewhere and not final_review):
        raise BadRule(
            "金额应不小于 0，时限应为 1 至 60 个工作日，异地复审须设复审；请改正",
            "expected an amount of at least 0, 1 to 60 working days, and a final review where it is done elsewhere",
        )
    if final_review and not first_review:
        raise BadRule(
            "有复审的规则应同时有初审：只有复审，等于一个人决定；请勾选初审",
            "expected a first review beside the final one: alone it would be one person's decision; ask for both",
        )


def _propose(
    office: Unit,
    family: str,
    amount_from: Decimal,
    told: dict[str, Any],
    *,
    drops: bool,
    reason: str,
    by: Actor,
    at: datetime.datetime,
) -> RuleProposal:
    why = _said(reason)
    Unit.objects.select_for_update(no_key=True).get(pk=office.pk)  # so that two at once are one after the other
    if RuleProposal.objects.filter(office=office, family=family, amount_from=amount_from, state="proposed").exists():
        raise ProposedAlready(
            "同一规则的修改应只有一份待确认；已有一份，请等待答复，或由提出人撤回后再提",
            "a change of this rule waits for an answer already; wait for it, or have it taken back first",
        )
    made = RuleProposal.objects.create(
        office=office,
        family=family,
        amount_from=amount_from,
        drops=drops,
        **told,
        reason=why,
        proposed_by=by.key,
        proposed_at=at,
    )
    made.refresh_from_db(fields=["number"])
    detail = {"family": family, "amount_from": str(amount_from), "drops": drops, **told}
    record(what="propose_review_rule", row=made, by=by, at=at, **detail)
    telling.rule_proposed(proposal=made, by=by, at=at)
    return made


def _set(
    office: Unit,
    family: str,
    amount_from: Decimal,
    told: dict[str, Any],
    by: Actor,
    at: datetime.datetime,
    proposal: str = "",
) -> ReviewRule:
    rule, _ = ReviewRule.objects.update_or_create(office=office, family=family, amount_from=amount_from, defaults=told)
    detail = {"family": family, "amount_from": str(amount_from), "proposal": proposal, **told}
    record(what="set_review_rule", row=rule, by=by, at=at, **detail)
    return rule


def _another(proposal: RuleProposal, by: Actor) -> None:
    """Raises NotYours."""
    if by.kind is not ActorKind.STAFF or by.key == proposal.proposed_by:
        raise NotYours(
            "审核规则应由提出人以外的人确认；请交由本机构或上级机构的另一名复审人员",
            "expected another person than who proposed it; leave it to another senior reviewer, here or above",
        )


def _said(reason: str) -> str:
    if not reason.strip():
        raise NoReason("应写明理由；请填写后再提交", "expected a reason; write it and send again")
    return reason.strip()[:200]
