"""Reads for those who review: whose turn a claim is and why not, who else may take it, what waits, what would be computed now."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from mutualaid.claims.access import FIRST_REVIEW
from mutualaid.claims.eyes import found_out
from mutualaid.claims.history import Computed, in_its_place
from mutualaid.claims.levels import Levels, levels_of_claim
from mutualaid.claims.models import Assessment, Claim, PapersWanted, ReviewRule, RuleProposal
from mutualaid.claims.ordering import wanted_order_of
from mutualaid.claims.queries import LineTold, Stands
from mutualaid.claims.states import OPEN
from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.written import written
from mutualaid.people.models import RoleAssignment, Staff, Unit
from mutualaid.plans.queries import chain_of

SOON = datetime.timedelta(days=2)
"""A promise that ends within so many days is shown."""
COUNTED_MOST = 1000
"""Of a list that may be long no more are counted."""

Why = tuple[str, str]
"""In Chinese and English."""


# --- whose turn it is -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """What somebody may do at a claim as it stands; for each thing that they may not, why (empty: they may)."""

    levels: Levels
    passing: Why | None
    approving: Why | None
    refusing: Why | None
    setting_aside: Why | None


_UNDECIDED: Why = (
    "有项目待人工确认：请先补全或更正事实",
    "a line is left to a person: complete or correct the facts first",
)
_WAITS: Why = (
    "暂定结果：请先办结本人更早的申请",
    "the result is provisional: decide the member's earlier claim first",
)
_OWN: Why = ("本人的申请，须由他人审核", "it is your own claim: another person reviews it")
_FOUND_OUT: Why = (
    "您代单位确认了会员身份，须由他人审核",
    "you answered for the employer: another person reviews it",
)
_SAME: Why = ("初审是您办的，须由另一人复审", "you did the first review: another person decides")
_FOUR_EYES: Why = ("该金额须两人审核：请先“初审通过”", "this amount needs two persons: pass the first review")
_NO_FIRST: Why = ("尚无人初审：请先退回初审", "nobody did the first review: send it back first")
_NOTHING: Why = ("理算结果为 0 元，没有可核准的金额", "nothing is due by the rules, so there is nothing to approve")
_SOMETHING: Why = (
    "按规则有应付金额；确需不付的，用“人工不予支付”并写明原因",
    "something is due by the rules; to refuse it all the same, set it aside with a reason",
)
_ONE_PERSON: Why = ("该金额一人审核即可，可直接决定", "one person decides this amount: decide at once")


def turn_of(*, claim: Claim, found: Stands, actor: Actor) -> Turn:
    """See ``Turn``. The actions refuse the same; this says so before. Queries of ``levels_of_claim``."""
    levels = levels_of_claim(claim=claim)
    barred = _barred(claim, found, actor)
    final = claim.state == "final_review"
    approving = barred or (_NOTHING if not found.total else None)
    if approving is None and not final and levels.final_review:
        approving = _FOUR_EYES
    elif approving is None and final and levels.final_review and not claim.first_by:
        approving = _NO_FIRST
    refusing = barred or (_SOMETHING if found.total else None)
    passing = barred if levels.final_review or not found.total else barred or _ONE_PERSON
    return Turn(levels, passing, approving, refusing, _not_theirs(claim, actor))


def _barred(claim: Claim, found: Stands, actor: Actor) -> Why | None:
    if (why := _not_theirs(claim, actor)) is not None:
        return why
    if found.refers:
        return _UNDECIDED
    return _WAITS if found.provisional else None


def _not_theirs(claim: Claim, actor: Actor) -> Why | None:
    if claim.member.account_id is not None and str(claim.member.account_id) == actor.key:
        return _OWN
    if actor.key in found_out(claim=claim):
        return _FOUND_OUT
    if claim.state == "final_review" and claim.first_by == actor.key:
        return _SAME
    return None


def colleagues_of(*, path: str, on: datetime.date, besides: Actor) -> list[Staff]:
    """Who else reviews in a branch, by name: of the offices on its path. One statement."""
    held = RoleAssignment.objects.filter(role__in=FIRST_REVIEW, unit__in=chain_of(path=path), from_on__lte=on)
    with within([EVERYTHING]):  # those of offices above are not of one's own branch
        among = Staff.objects.filter(roles__in=held.exclude(until_on__lte=on), account__is_active=True)
        found = among.select_related("unit", "account").distinct().order_by("name", "id")
        return [one for one in found if str(one.account_id) != besides.key]


def names_of_staff(*, keys: Iterable[int]) -> dict[int, str]:
    """What staff are called, by their keys; those of other branches, whom a join under the fence would leave out, too."""
    with within([EVERYTHING]):
        return dict(Staff.objects.filter(pk__in=set(keys)).values_list("pk", "name"))


# --- lists ------------------------------------------------------------------------------------------------------------


def bounded_count(*, rows: QuerySet[Any], most: int = COUNTED_MOST) -> int:
    """How many, at most ``most``: beyond that nobody counts."""
    return rows.order_by()[:most].count()


def latest_of(*, claims: Iterable[Claim]) -> dict[int, Assessment]:
    """The computation that stands of each of some claims, by their keys; one statement."""
    keys = tuple(claim.pk for claim in claims)
    return {one.claim_id: one for one in _latest(claims=keys)} if keys else {}


@written
def _latest(*, claims: tuple[int, ...]) -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(claim__in=claims)
    return rows.order_by("claim_id", "-round").distinct("claim_id")


def with_result(*, among: QuerySet[Claim], names: Iterable[str]) -> QuerySet[Claim]:
    """Claims with columns of the computation that stands: ``total_amount``, ``refers``, ``refuses``, ``provisional``."""
    latest = Assessment.objects.filter(claim=OuterRef("pk")).order_by("-round")
    return among.annotate(**{f"now_{name}": Subquery(latest.values(name)[:1]) for name in names})


def earlier_of(*, claim: Claim, most: int = 20) -> list[Claim]:
    """The member's other claims that were filed, the newest first, with ``total`` of what stands; at most some."""
    latest = Assessment.objects.filter(claim=OuterRef("pk")).order_by("-round").values("total_amount")[:1]
    rows = Claim.objects.filter(member=claim.member_id, completed_at__isnull=False).exclude(pk=claim.pk)
    return list(rows.annotate(total=Subquery(latest)).select_related("particulars").order_by("-completed_at")[:most])


def undecided_before(*, claim: Claim, others: Sequence[Claim]) -> list[Claim]:
    """Of the member's other claims those that stand before this one and are not decided yet."""
    if claim.place is None:
        return []
    return [one for one in others if one.state in OPEN and one.place and one.place < claim.place]


# --- papers that are waited for ---------------------------------------------------------------------------------------


def follow_ups(*, among: QuerySet[Claim], contact: Staff | None) -> QuerySet[PapersWanted]:
    """What is asked for and not answered, of claims that wait for it, the oldest first: of one person, or of all. ``calls`` and
    ``called_at``: how often and when last somebody called about it."""
    rows = PapersWanted.objects.filter(answered_at=None, claim__in=among.filter(state="returned"))
    if contact is not None:
        rows = rows.filter(contact=contact)
    counted = rows.annotate(calls=Count("claim__call_notes"), called_at=Max("claim__call_notes__at"))
    return counted.select_related("claim__member", "claim__employer__unit").order_by("until_on", "id")


# --- rules of an office -----------------------------------------------------------------------------------------------


def rules_above(*, office: Unit) -> QuerySet[ReviewRule]:
    """The rules of the nearest office above one that has any: they hold where it has none itself."""
    chain = chain_of(path=office.path)[:-1]
    held = set(ReviewRule.objects.filter(office__in=chain).values_list("office_id", flat=True))
    nearest = next((key for key in reversed(chain) if key in held), None)
    return ReviewRule.objects.filter(office=nearest) if nearest is not None else ReviewRule.objects.none()


def steps_of_rule(*, rule: ReviewRule | RuleProposal) -> tuple[list[str], list[str]]:
    """Who looks by a rule, step by step, in Chinese and English; empty where the engine's word is enough."""
    steps = [
        (rule.confirmed_by_employer, "单位确认", "the employer's union confirms"),
        (rule.first_review, "初审", "first review"),
        (rule.final_review, "异地复审" if rule.elsewhere else "复审", _final_en(rule.elsewhere)),
    ]
    wanted = [(zh, en) for needed, zh, en in steps if needed]
    return [zh for zh, _ in wanted], [en for _, en in wanted]


def _final_en(elsewhere: bool) -> str:
    return "final review at another office" if elsewhere else "final review"


# --- what would be computed now ---------------------------------------------------------------------------------------


def computed_now(*, claim: Claim, facts: Mapping[str, Any] | None) -> Stands:
    """What the engine says of a claim in its place of the member's history as it is now, with other facts or as told; nothing is
    written. Raises FactsFaulty, as the action does."""
    with within([EVERYTHING]):  # covers and claims of a member may lie in several branches
        found, _ = in_its_place(claim=claim, facts=facts)
    return _stands(found, claim)


def in_wanted_order(*, claim: Claim) -> tuple[Stands, list[tuple[Claim, Decimal, Decimal]]] | None:
    """What a claim would come to in the order that the plans want of the member's claims, and each that would change: yuan now
    and then. None where they are in that order. Raises FactsFaulty."""
    with within([EVERYTHING]):  # as above
        wanted = wanted_order_of(member=claim.member) if claim.counts else None
        if wanted is None:
            return None
        rows = [(one.claim, one.stands.total_amount, one.found.total) for one in wanted.changes]
        return _stands(wanted.computed(claim=claim), claim), rows


def _stands(found: Computed, claim: Claim) -> Stands:
    lines = [
        LineTold(
            line.plan,
            line.benefit,
            line.outcome,
            Decimal(line.amount).scaleb(-2),
            line.reasons,
            line.missing,
            line.provisional,
            [dict(step) for step in line.working],
        )
        for line in found.lines
    ]
    at = claim.decided_at or claim.begun_at
    return Stands(0, at, found.total, found.refers, found.refuses, found.provisional, found.sha256, lines)
