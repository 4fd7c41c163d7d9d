"""合并重复人员: one person was recorded as two members. Somebody proposes the merge with a paper that proves it,
another decides; then all that was the double's becomes the member's in one transaction, and the whole history is
computed anew.

Locks are taken in one order: covers and employments of both, the members in the order of their keys, their claims,
payments.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from mutualaid.claims import telling
from mutualaid.claims.access import MERGE_MEMBERS
from mutualaid.claims.actions.carrying import (
    carry_calls,
    carry_consumption,
    carry_openings,
    hand_over_claims,
    mark_twice,
)
from mutualaid.claims.actions.kin_checking import hand_over_kinships
from mutualaid.claims.actions.placing import take_places_anew
from mutualaid.claims.doubling import Hindrance, hindrances, merge_under_way
from mutualaid.claims.models import Claim, Kinship, Merge
from mutualaid.claims.overlapping import instead_of
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.claims.states import MERGE
from mutualaid.contributions.actions.refunds import approve_refund
from mutualaid.contributions.models import RefundPart
from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.merging import hand_over_covers, void_cover
from mutualaid.enrolment.doubling import clashes
from mutualaid.enrolment.models import Cover
from mutualaid.notices.actions import notify_office
from mutualaid.notices.actions.merging import hand_over_messages
from mutualaid.payouts.actions.merging import hand_over_orders
from mutualaid.people.actions.merging import join_persons
from mutualaid.people.models import Employment, Level, Member, Staff, Unit

REASON_LEAST, REASON_MOST = 2, 300
PAGE_TYPES = (papers.JPEG, papers.PNG, papers.PDF)
MERGED = ("重复人员已合并", "two records of the person were merged")


class Hindered(Refused):
    """Something has to be put right first; ``all_of_it`` says what."""

    def __init__(self, found: list[Hindrance]) -> None:
        self.all_of_it = tuple(found)
        super().__init__("；".join(one.zh for one in found), "; ".join(one.en for one in found))


class Unproven(Refused):
    """There is no reason, or no paper that proves it."""


class UnderWay(Refused):
    """One of the two is named by a proposal that waits already."""


@dataclass(frozen=True)
class Paper:
    """A photographed paper: the name of its file, and its bytes."""

    name: str
    content: bytes


@transaction.atomic
def propose_merge(
    *,
    kept: Member,
    merged: Member,
    reason: str,
    paper: Paper,
    void: Collection[str] = (),
    by: Actor,
    at: datetime.datetime,
) -> Merge:
    """``merged`` is said to be the same person as ``kept``, who stays; another person is asked to decide. ``void``: numbers of
    covers that shall be void, where both were covered for the same days. Raises NotYours, Unproven, BadFile, Hindered,
    UnderWay."""
    _expect_reason(reason)
    media_type = _page_type(paper)
    with within([EVERYTHING]):
        members = _lock(kept, merged)
        kept, merged = members[kept.pk], members[merged.pk]
        proposer = _staff(by, kept, merged)
        _expect_free(kept, merged, void)
        waiting = merge_under_way(members=[kept.pk, merged.pk])
        if waiting is not None:
            raise UnderWay(
                f"两名会员应都没有待确认的合并；得到 {waiting.number}，请先确认、退回或撤回它",
                f"expected no proposal about either member, found {waiting.number}; decide on it first",
            )
        office = _office(kept, merged, proposer)
        file = papers.store(
            content=paper.content,
            name=paper.name,
            kind="merge_paper",
            media_type=media_type,
            unit_path=office.path,
            by=by,
            at=at,
        )
        merge = Merge.objects.create(
            kept=kept,
            merged=merged,
            office=office,
            reason=reason.strip(),
            void=sorted(set(void)),
            file=file,
            proposed_by=by.key,
            proposed_name=proposer.name,
            proposed_at=at,
        )
        record(what="propose_merge", row=merge, by=by, at=at, kept=kept.pk, merged=merged.pk, void=merge.void)
        merge.refresh_from_db(fields=["number"])
        notify_office(
            unit=office,
            roles=MERGE_MEMBERS,
            besides=[by.key],
            template="merge_to_confirm",
            words={"number": merge.number},
            link=f"/workbench/merges/{merge.number}",
            by=by,
            at=at,
        )
    return merge


@transaction.atomic
def confirm_merge(*, merge: Merge, by: Actor, at: datetime.datetime) -> Merge:
    """Another person agrees: the double is merged, at once and for good. Gives the merge with what was moved. Raises
    NotYours, Hindered, IllegalMove."""
    with within([EVERYTHING]):
        both = [merge.kept_id, merge.merged_id]
        _lock_what_locks_members(both)
        members = _lock(*Member.objects.filter(pk__in=both))
        kept, merged = members[merge.kept_id], members[merge.merged_id]
        decider = _staff(by, kept, merged)
        _expect_another(merge, by)
        decided = {"decided_by": by.key, "decided_name": decider.name, "decided_at": at}
        moved = make(merge, MERGE, "confirm_merge", by=by, at=at, also=decided)
        _expect_free(kept, merged, moved.void)
        moved.moved = _merge(moved, kept, merged, by, at)
        moved.save(update_fields=["moved"])
        kept.refresh_from_db()
        _tell_of_void(moved, kept, by, at)
        telling.merged(kept=kept, former=str(merged.number), by=by, at=at)
    return moved


def _merge(merge: Merge, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> dict[str, int]:
    """How many rows of what became the member's. Under the locks."""
    claims = Claim.objects.filter(member__in=[kept, merged]).order_by("pk")
    theirs = [one.pk for one in claims.select_for_update(no_key=True, of=("self",)) if one.member_id == merged.pk]
    gone = _void(merge, kept, merged, by, at)
    joined = join_persons(kept=kept, merged=merged, reason=merge.number, by=by, at=at)
    kept = joined.kept
    moved = {
        "covers": hand_over_covers(kept=kept, merged=merged, by=by, at=at),
        "claims": hand_over_claims(kept=kept, claims=theirs, by=by, at=at),
        "consumption": carry_consumption(kept=kept, merged=merged, by=by, at=at),
        "openings": carry_openings(kept=kept, merged=merged, by=by, at=at),
        "calls": carry_calls(kept=kept, merged=merged, by=by, at=at),
        "kinships": hand_over_kinships(kept=kept, merged=merged, by=by, at=at),
        "orders": hand_over_orders(kept=kept, merged=merged, by=by, at=at),
        "messages": hand_over_messages(kept=kept, merged=merged, account=joined.account, by=by, at=at),
        "employments": joined.employments,
        "consents": joined.consents,
    }
    take_places_anew(member=kept, theirs=theirs, because=MERGED, by=by, at=at)
    moved["void"], moved["refunds"] = gone
    moved["twice"] = mark_twice(kept=kept, theirs=theirs, by=by, at=at)
    return moved


def _void(merge: Merge, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> tuple[int, int]:
    """Covers that were chosen are void, and what their plans give back is owed: how many covers, and how many refunds."""
    clashing = clashes(kept=kept, merged=merged)
    covers = {cover.number: cover for one in clashing for cover in (one.kept, one.merged)}
    refunds = 0
    for number, stays in instead_of(clashing=clashing, void=merge.void).items():
        assert stays is not None  # ``_expect_free`` has seen it, under the same locks
        cover = void_cover(cover=covers[number], instead=stays.number, by=by, at=at)
        refunds += len(approve_refund(cover=cover, by=by, at=at))
    return len(merge.void), refunds


def _tell_of_void(merge: Merge, kept: Member, by: Actor, at: datetime.datetime) -> None:
    covers = Cover.objects.filter(number__in=merge.void).select_related("version", "employer__unit")
    for cover in covers.order_by("number"):
        parts = RefundPart.objects.filter(cover=cover).values_list("amount", flat=True)
        telling.cover_void(cover=cover, member=kept, amount=sum(parts, Decimal(0)), by=by, at=at)


@transaction.atomic
def refuse_merge(*, merge: Merge, reason: str, by: Actor, at: datetime.datetime) -> Merge:
    """Another person does not agree, and says why; the two are not suggested again. Raises NotYours, Unproven,
    IllegalMove."""
    _expect_reason(reason)
    with within([EVERYTHING]):
        decider = _staff(by, merge.kept, merge.merged)
        _expect_another(merge, by)
        also = {"decided_by": by.key, "decided_name": decider.name, "decided_at": at, "answer": reason.strip()}
        return make(merge, MERGE, "refuse_merge", by=by, at=at, also=also)


@transaction.atomic
def withdraw_merge(*, merge: Merge, by: Actor, at: datetime.datetime) -> Merge:
    """Who proposed it takes it back. Raises NotYours, IllegalMove."""
    if by.key != merge.proposed_by:
        raise NotYours("应由提出人撤回；请改为不予合并", "expected the proposer to withdraw it; refuse it instead")
    with within([EVERYTHING]):
        also = {"decided_by": by.key, "decided_name": merge.proposed_name, "decided_at": at}
        return make(merge, MERGE, "withdraw_merge", by=by, at=at, also=also)


# --- checks and locks -------------------------------------------------------------------------------------------------


def _lock(*members: Member) -> dict[int, Member]:
    """The rows of both, locked in the order of their keys, as they then are."""
    wanted = [one.pk for one in members]
    rows = Member.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {one.pk: one for one in rows}


def _lock_what_locks_members(members: list[int]) -> None:
    """Whoever begins covers, ends an employment or files as next of kin holds that row, then asks for the member's: so do we."""
    for table in (Cover, Employment, Kinship):
        list(table.objects.filter(member__in=members).order_by("pk").select_for_update(no_key=True, of=("self",)))


def _staff(by: Actor, kept: Member, merged: Member) -> Staff:
    """Who of the staff acts. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由经办机构的工作人员办理", "expected somebody of an office to do it")
    if str(kept.account_id) == by.key or str(merged.account_id) == by.key:
        raise NotYours("不能办理本人的合并；请交由他人办理", "nobody merges their own records; leave it to another")
    return found


def _expect_another(merge: Merge, by: Actor) -> None:
    if by.key == merge.proposed_by:
        raise NotYours(
            "应由提出人以外的人确认；提出人可以撤回", "expected another person than the proposer, who may withdraw it"
        )


def _expect_free(kept: Member, merged: Member, void: Collection[str]) -> None:
    found = hindrances(kept=kept, merged=merged, void=void)
    if found:
        raise Hindered(found)


def _expect_reason(reason: str) -> None:
    if not REASON_LEAST <= len(reason.strip()) <= REASON_MOST:
        raise Unproven(
            f"应说明原因（{REASON_LEAST}–{REASON_MOST} 字）；得到 {len(reason.strip())} 字，请填写",
            f"expected a reason of {REASON_LEAST} to {REASON_MOST} characters, found {len(reason.strip())}; write it",
        )


def _page_type(paper: Paper) -> str:
    found = papers.type_of(paper.content) if paper.content else ""
    if found not in PAGE_TYPES:
        raise Unproven(
            "证明材料应为照片（JPG、PNG）或 PDF；得到空文件或其他格式，请重新拍照或选择文件",
            "expected the paper that proves it as a photo (JPG, PNG) or PDF, found none or another format",
        )
    return found


def _office(kept: Member, merged: Member, proposer: Staff) -> Unit:
    """The lowest office above both; that of the proposer where they have none in common."""
    common = set(kept.unit_ids) & set(merged.unit_ids)
    offices = Unit.objects.filter(pk__in=common).exclude(level=Level.GRASSROOTS)
    deepest = max(offices, key=lambda one: (len(one.path), one.path), default=None)
    return deepest or Unit.objects.get(pk=proposer.unit_id)
