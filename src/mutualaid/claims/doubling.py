"""Two members who are one person: who may be, how they compare, what a merge would come to and what stands in its
way. Reads alone."""

from __future__ import annotations

import dataclasses
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet

from mutualaid.claims.history import Computed, Standing, Told, computed, covers_of, decided, openings_of
from mutualaid.claims.models import Assessment, CallNote, Claim, Merge
from mutualaid.claims.queries import with_total
from mutualaid.claims.refusals import FactsFaulty
from mutualaid.claims.states import DECIDED
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.doubling import clashes, rosters_under_way, tenures
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
    for by_phone, columns in ((False, ("name_key", "birth_date", "sex")), (True, ("phone_index",))):
        rows = among.filter(phone_index__isnull=False) if by_phone else among
        groups = rows.order_by().values(*columns).annotate(n=Count("id"), keys=ArrayAgg("id", order_by="id"))
        for group in groups.filter(n__gt=1, n__lte=ALIKE_MOST).order_by(*columns)[: limit * 2]:
            keys = group["keys"]
            for place, first in enumerate(keys):
                for second in keys[place + 1 :]:
                    alike.setdefault((first, second), by_phone)
    said = _said_of({key for pair in alike for key in pair})
    pairs = [pair for pair in alike if frozenset(pair) not in said][:limit]
    found = among.in_bulk({key for pair in pairs for key in pair})
    return [Pair(found[first], found[second], alike[first, second]) for first, second in pairs]


def _said_of(members: set[int]) -> set[frozenset[int]]:
    merges = Merge.objects.filter(kept__in=members, merged__in=members).exclude(state="withdrawn")
    return {frozenset(pair) for pair in merges.values_list("kept", "merged")}


# --- what stands in the way -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hindrance:
    """Why two members cannot be merged now, and what to do first."""

    zh: str
    en: str


def hindrances(*, kept: Member, merged: Member) -> list[Hindrance]:
    """All that stands in the way of a merge, in whatever branch it lies; none when it can be done."""
    with within([EVERYTHING], reads=True):
        rows = Member.objects.in_bulk([kept.pk, merged.pk])
        if kept.pk == merged.pk or any(one.merged_into_id is not None for one in rows.values()):
            return [
                Hindrance(
                    "应为两名不同、都未合并过的会员；得到的是同一人或已合并的记录，请核对会员编号",
                    "expected two members, neither merged before, found one that is or the same twice; check the numbers",
                )
            ]
        found = [*_covers(kept, merged), *_rosters(merged)]
        try:
            preview(kept=kept, merged=merged)
        except FactsFaulty as faulty:
            found.append(
                Hindrance(
                    f"两人的申请合在一起应能理算；合并后有矛盾：{faulty.zh}。请先核对并更正其中的申请",
                    f"expected claims that can be computed together; {faulty.en}. Correct the claims first",
                )
            )
    return found


def _covers(kept: Member, merged: Member) -> list[Hindrance]:
    found = []
    for clash in clashes(kept=kept, merged=merged):
        one, other = clash.kept, clash.merged
        last = other if other.state == "pending" or one.state != "pending" else one
        how = (
            ("撤销其参保单", "cancel its enrolment")
            if last.state == "pending"
            else ("办理终止和退费", "end it and pay its fee back")
        )
        why = (
            ("所属计划不能同时参加", "are of plans that exclude each other")
            if clash.excluding
            else ("同期超过该计划的最多份数", "are together more units than the plan lets a person have")
        )
        found.append(
            Hindrance(
                f"保障 {one.number}（保留会员）与 {other.number}（被并会员）{why[0]}；"
                f"请先对其中一份（例如 {last.number}）{how[0]}",
                f"covers {one.number} (of the member that stays) and {other.number} (of the other) {why[1]}; "
                f"of one of them ({last.number} for instance) first {how[1]}",
            )
        )
    return found


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


def preview(*, kept: Member, merged: Member) -> list[Change]:
    """The claims of both, computed as one history: those that come to something else than now. Raises FactsFaulty.
    Ask it where everything is seen."""
    both = [kept.pk, merged.pk]
    counting = Claim.objects.filter(counts=True).select_related("particulars").order_by("place")
    claims = in_one_order(counting.filter(member=kept), counting.filter(member=merged))
    if not claims:
        return []
    events = [Told(one.pk, one.number, one.particulars.facts) for one in claims]
    standing = _standing(kept, both)
    decision = decided(standing=standing, events=events)
    rounds = Assessment.objects.filter(claim__in=claims).order_by("claim", "-round").distinct("claim")
    stands = {one.claim_id: one for one in rounds}
    found = []
    for claim, told in zip(claims, events, strict=True):
        would_be: Computed = computed(standing=standing, decision=decision, told=told)
        now = stands.get(claim.pk)
        if now is not None and now.sha256 != would_be.sha256:
            found.append(Change(claim, now.total_amount, would_be.total))
    return found


def _standing(kept: Member, both: Sequence[int]) -> Standing:
    covers = list(
        Cover.objects.filter(member__in=both, state="begun").select_related("version").order_by("from_on", "id")
    )
    joined = tenures(covers=covers)
    told = covers_of(members=both)
    # In the order in which the engine is told of one member's covers.
    places = {key: iter(rows) for key, rows in told.items()}
    rows = [
        dataclasses.replace(
            next(places[cover.member_id]),
            joined_on=joined[cover.pk].joined_on,
            consecutive_periods=joined[cover.pk].consecutive_periods,
        )
        for cover in covers
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
