"""Two members who are one person: who may be, how they compare, what a merge would come to and what stands in its
way. Reads alone."""

from __future__ import annotations

import dataclasses
import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Value, When

from mutualaid.claims.agreeing import Again
from mutualaid.claims.history import Standing, Told, covers_of, openings_of
from mutualaid.claims.models import Assessment, CallNote, Claim, Merge
from mutualaid.claims.ordering import placed_anew
from mutualaid.claims.overlapping import instead_of, left_without
from mutualaid.claims.queries import with_total
from mutualaid.claims.refusals import FactsFaulty
from mutualaid.claims.states import DECIDED
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.doubling import Clash, clashes, rosters_under_way, tenures
from mutualaid.enrolment.models import Cover
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.states import LIVE
from mutualaid.people.models import Consent, Employment, IdentityChange, Member

ALIKE_MOST = 5
"""How many share a name or a phone before it tells nothing."""


# --- who may be recorded twice ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two members who may be one person; ``by_phone``: they share a phone, else name, birth date and sex."""

    first: Member
    second: Member
    by_phone: bool


def suggested(*, among: QuerySet[Member], limit: int = 50) -> list[Pair]:
    """Members with the same name, birth date and sex, or the same phone; not those of whom a person has said already
    that they are one, or are not. The older record comes first."""
    alike: dict[tuple[int, int], bool] = {}
    for by_phone, keys in sorted(_alike(among, limit)):
        for place, first in enumerate(keys):
            for second in keys[place + 1 :]:
                alike.setdefault((first, second), by_phone)
    found = among.annotate(said=ArraySubquery(_said_of())).in_bulk({key for pair in alike for key in pair})
    pairs = [(first, second) for first, second in alike if second not in found[first].said]
    return [Pair(found[first], found[second], alike[first, second]) for first, second in pairs[:limit]]


def _alike(among: QuerySet[Member], limit: int) -> list[tuple[bool, list[int]]]:
    """Whether by phone, and the keys of members that are alike, the older before the later. One statement."""
    found = []
    for by_phone, columns in ((False, ("name_key", "birth_date", "sex")), (True, ("phone_index",))):
        rows = among.filter(phone_index__isnull=False) if by_phone else among
        groups = rows.order_by().values(*columns).annotate(n=Count("id"), keys=ArrayAgg("id", order_by="id"))
        told = groups.filter(n__gt=1, n__lte=ALIKE_MOST).annotate(by_phone=Value(by_phone))
        found.append(told.order_by(*columns).values_list("by_phone", "keys")[: limit * 2])
    return list(found[0].union(found[1], all=True))


def _said_of() -> QuerySet[Merge, int]:
    """Of whom a person has said that they are the member of the outer query, or are not."""
    mine = Merge.objects.filter(Q(kept=OuterRef("pk")) | Q(merged=OuterRef("pk"))).exclude(state="withdrawn")
    return mine.order_by().values_list(Case(When(kept=OuterRef("pk"), then="merged"), default="kept"), flat=True)


# --- what stands in the way -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hindrance:
    """Why two members cannot be merged now, and what to do first."""

    zh: str
    en: str


def hindrances(*, kept: Member, merged: Member, void: Collection[str] = ()) -> list[Hindrance]:
    """All that stands in the way of a merge, in whatever branch it lies; none when it can be done. ``void``: numbers of covers
    that a person chose to be void by it."""
    return foreseen(kept=kept, merged=merged, void=void)[0]


def foreseen(*, kept: Member, merged: Member, void: Collection[str] = ()) -> tuple[list[Hindrance], list[Change]]:
    """``hindrances``, and what the merge would come to (``preview``): nothing where something stands in its way."""
    with within([EVERYTHING], reads=True):
        rows = Member.objects.in_bulk([kept.pk, merged.pk])
        if kept.pk == merged.pk or any(one.merged_into_id is not None for one in rows.values()):
            one_alone = Hindrance(
                "应为两名不同、都未合并过的会员；得到的是同一人或已合并的记录，请核对会员编号",
                "expected two members, neither merged before, found one that is or the same twice; check the numbers",
            )
            return [one_alone], []
        clashing = clashes(kept=kept, merged=merged)
        found, changes = [*_covers(clashing, void), *_rosters(merged)], list[Change]()
        if any(not {one.kept.number, one.merged.number} & set(void) for one in clashing):
            return found, []  # what it would come to is not known before
        try:
            changes = preview(kept=kept, merged=merged, void=void)
        except FactsFaulty as faulty:
            found.append(
                Hindrance(
                    f"两人的申请合在一起应能理算；合并后有矛盾：{faulty.zh}。请先核对并更正其中的申请",
                    f"expected claims that can be computed together; {faulty.en}. Correct the claims first",
                )
            )
    return found, [] if found else changes


def _covers(clashing: Sequence[Clash], void: Collection[str]) -> list[Hindrance]:
    found = [_to_choose(one) for one in clashing if not {one.kept.number, one.merged.number} & set(void)]
    covers = {cover.number: cover for one in clashing for cover in (one.kept, one.merged)}
    for number, stays in instead_of(clashing=clashing, void=void).items():
        found += _not_to_lose(covers[number], stays) if stays is not None else [_needless(number)]
    return found


def _to_choose(clash: Clash) -> Hindrance:
    """A pair of which nobody chose yet, or where nobody can."""
    one, other = clash.kept, clash.merged
    pending = next((cover for cover in (other, one) if cover.state == "pending"), None)
    if pending is None:
        how = ("请选择其中一份保留，另一份作废", "choose which stays; the other is void")
    else:
        how = (
            f"{pending.number} 还没有缴费：请先撤销其参保单，或待缴费生效后再选择保留哪一份",
            f"{pending.number} is not paid: cancel its enrolment first, or choose which stays once it is",
        )
    why = (
        ("所属计划不能同时参加", "are of plans that exclude each other")
        if clash.excluding
        else ("同期超过该计划的最多份数", "are together more units than the plan lets a person have")
    )
    return Hindrance(
        f"保障 {one.number}（保留会员）与 {other.number}（被并会员）{why[0]}；{how[0]}",
        f"covers {one.number} (of the member that stays) and {other.number} (of the other) {why[1]}; {how[1]}",
    )


def _needless(number: str) -> Hindrance:
    return Hindrance(
        f"选择作废的应为与另一份已生效保障重叠的保障；{number} 不是（可能刚有变动），请重新选择",
        f"expected covers that overlap another one to be void, {number} does not (something may have changed); choose again",
    )


def _not_to_lose(gone: Cover, stays: Cover) -> list[Hindrance]:
    """Nobody loses what was decided by a cover that is void: then the other one goes, or a person decides on the claims first."""
    alone = left_without(gone=gone, stays=stays)
    if not alone:
        return []
    numbers = "、".join(one.claim.number for one in alone)
    other = left_without(gone=stays, stays=gone)
    if not other:
        how = (f"请改为保留 {gone.number}", f"keep {gone.number} instead")
    else:
        others = "、".join(one.claim.number for one in other)
        how = (
            (
                f"{stays.number} 也有这样的理赔（{others}），作废哪一份都会使已批准的给付失去依据：须先由复核人决定哪些理赔"
                "不应给付，更正办结后再合并"
            ),
            (
                f"{stays.number} has such claims too ({others}), so that either would take away what was approved: a reviewer "
                "has to decide first which of the claims are not to be paid"
            ),
        )
    return [
        Hindrance(
            f"作废的保障不应有只由它保障的已批准理赔；{gone.number} 有 {numbers}，{stays.number} 不含那一天；{how[0]}",
            f"expected no approved claim to rest on the cover that is void alone; {gone.number} has {numbers}, on days that "
            f"{stays.number} does not hold; {how[1]}",
        )
    ]


def _rosters(merged: Member) -> list[Hindrance]:
    return [
        Hindrance(
            f"参保单 {number} 的名单里有被并会员的证件，尚未核准；请先核准，或请单位从名单中删去该行",
            f"enrolment {number}, not accepted yet, names the other's document; accept it first, or have the row taken out",
        )
        for number in rosters_under_way(merged=merged)
    ]


# --- what it would come to --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A claim whose figures are others when the history of both is one. ``by_a_person``: it is decided, so a person
    looks."""

    claim: Claim
    stands: Decimal
    would_be: Decimal

    @property
    def by_a_person(self) -> bool:
        """Whether the decision stays until a person has looked at it again."""
        return self.claim.state in DECIDED


def in_one_order(own: Iterable[Claim], theirs: Iterable[Claim]) -> list[Claim]:
    """Claims of both, each told in the order in which they count: each keeps the order among its own, and of two the one that was
    complete before comes before."""
    return list(heapq.merge(own, theirs, key=lambda one: (one.completed_at, one.number)))


def preview(*, kept: Member, merged: Member, void: Collection[str] = ()) -> list[Change]:
    """The claims of both, computed as one history, without the covers that are ``void`` (their numbers): those that come to
    something else than now. Raises FactsFaulty. Ask it where everything is seen."""
    both = [kept.pk, merged.pk]
    counting = Claim.objects.filter(counts=True).select_related("particulars").order_by("place")
    claims = in_one_order(counting.filter(member=kept), counting.filter(member=merged))
    if not claims:
        return []
    events = [Told(one.pk, one.number, one.particulars.facts) for one in claims]
    standing = _standing(kept, both, void)
    placing = placed_anew(standing=standing, events=events)
    again = Again(standing, placing.events, placing.decision)
    rounds = Assessment.objects.filter(claim__in=claims).order_by("claim", "-round").distinct("claim")
    stands = {one.claim_id: one for one in rounds}
    found = []
    for claim, told in zip(claims, events, strict=True):
        would_be, now = again.of(told), stands.get(claim.pk)
        if now is None or now.sha256 == would_be.sha256:
            continue
        if claim.state in DECIDED and again.agreeing(told=told, sha256=now.sha256) is not None:
            continue  # covers of the other record alone, which began after its event
        found.append(Change(claim, now.total_amount, would_be.total))
    return found


def _standing(kept: Member, both: Sequence[int], void: Collection[str]) -> Standing:
    covers = list(
        Cover.objects.filter(member__in=both, state="begun").select_related("version").order_by("from_on", "id")
    )
    joined = tenures(covers=[cover for cover in covers if cover.number not in void])
    told = covers_of(members=both)
    # In the order in which the engine is told of one member's covers.
    places = {key: iter(rows) for key, rows in told.items()}
    held = [(cover, next(places[cover.member_id])) for cover in covers]
    rows = [
        dataclasses.replace(
            row, joined_on=joined[cover.pk].joined_on, consecutive_periods=joined[cover.pk].consecutive_periods
        )
        for cover, row in held
        if cover.pk in joined
    ]
    openings = openings_of(members=both)
    opening = [one for key in both for one in openings.get(key, ())]
    return Standing(str(kept.number), kept.birth_date, kept.sex, tuple(rows), tuple(opening))


def merge_under_way(*, members: Sequence[int]) -> Merge | None:
    """A proposal that waits and names one of some members (their keys)."""
    return Merge.objects.filter(Q(kept__in=members) | Q(merged__in=members), state="proposed").first()


# --- side by side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """What is known of one of the two, as far as whoever asks may see it. ``claims``: with ``total``; ``unpaid``:
    orders that may still be paid."""

    member: Member
    employments: Sequence[Employment]
    covers: Sequence[Cover]
    claims: Sequence[Claim]
    consents: Sequence[Consent]
    unpaid: Sequence[PaymentOrder]
    calls: int
    former: int


def sides(*, members: Sequence[Member]) -> list[Side]:
    """For each member, in their order; as many statements for two as for one."""
    keys = [one.pk for one in members]
    of_them = Q(member__in=keys)
    employments = Employment.objects.filter(of_them).select_related("employer__unit").order_by("-from_on", "-id")
    covers = Cover.objects.filter(of_them).select_related("version", "employer__unit").order_by("-from_on", "-id")
    claims = with_total(among=Claim.objects.filter(of_them)).select_related("particulars").order_by("-id")
    consents = Consent.objects.filter(of_them).order_by("member", "purpose", "-id").distinct("member", "purpose")
    unpaid = PaymentOrder.objects.filter(of_them, state__in=set(LIVE) - {"paid"}).order_by("id")
    calls = Counter(CallNote.objects.filter(of_them).values_list("member_id", flat=True))
    former = Counter(IdentityChange.objects.filter(of_them).values_list("member_id", flat=True))
    jobs, held, filed, said, owed = map(_by_member, (employments, covers, claims, consents, unpaid))
    return [
        Side(one, jobs[one.pk], held[one.pk], filed[one.pk], said[one.pk], owed[one.pk], calls[one.pk], former[one.pk])
        for one in members
    ]


def _by_member(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(row)
    return found
