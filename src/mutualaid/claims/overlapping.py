"""Two records of one person were covered for the same days: between which covers a person chooses, what each has, and what would
be lost with one. Reads alone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mutualaid.claims.history import plans_of
from mutualaid.claims.models import Assessment, AssessmentLine, Claim
from mutualaid.contributions.refundable import void_amount
from mutualaid.enrolment.doubling import Clash, clashes
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member

DAYS = ("started_on", "accident_on", "first_diagnosed_on", "ended_on", "settled_on")


@dataclass(frozen=True)
class Decided:
    """An approved claim under a cover: what the cover pays of it (yuan), and the day by which it counts."""

    claim: Claim
    amount: Decimal
    day: datetime.date


@dataclass(frozen=True)
class Held:
    """One of two covers, the approved claims under it, and what is given back if it is void (yuan)."""

    cover: Cover
    decided: Sequence[Decided]
    refund: Decimal

    @property
    def paid(self) -> Decimal:
        """What it pays, in yuan."""
        return sum((one.amount for one in self.decided), Decimal(0))


@dataclass(frozen=True)
class Choice:
    """Two covers that have begun, of which one stays. ``excluding``: their plans exclude each other."""

    kept: Held
    merged: Held
    excluding: bool

    @property
    def both_pay(self) -> bool:
        """Whether claims were approved under both."""
        return bool(self.kept.decided and self.merged.decided)

    @property
    def likelier(self) -> Cover:
        """The one that pays more; of two that pay the same, the one that began before."""
        return min((self.kept, self.merged), key=lambda one: (-one.paid, one.cover.from_on, one.cover.pk)).cover

    @property
    def covers(self) -> tuple[Cover, Cover]:
        """Both."""
        return self.kept.cover, self.merged.cover


def choices(*, kept: Member, merged: Member) -> list[Choice]:
    """Where a person chooses which cover stays. Ask it where everything is seen."""
    found = [one for one in clashes(kept=kept, merged=merged) if one.kept.state == one.merged.state == "begun"]
    covers = {cover.pk: cover for one in found for cover in (one.kept, one.merged)}
    held = {pk: Held(cover, decided_under(cover=cover), void_amount(cover=cover)) for pk, cover in covers.items()}
    return [Choice(held[one.kept.pk], held[one.merged.pk], one.excluding) for one in found]


def instead_of(*, clashing: Sequence[Clash], void: Collection[str]) -> dict[str, Cover | None]:
    """For each cover that is to be void (its number), the one that stays instead; None where no such one is left, or it cannot be
    void."""
    found: dict[str, Cover | None] = dict.fromkeys(void)
    for clash in clashing:
        for gone, stays in ((clash.kept, clash.merged), (clash.merged, clash.kept)):
            known = gone.number in found and gone.state == "begun" and stays.state == "begun"
            if known and stays.number not in found and found[gone.number] is None:
                found[gone.number] = stays
    return found


def left_without(*, gone: Cover, stays: Cover) -> list[Decided]:
    """Approved claims under a cover whose day the one that stays does not hold: they would lose their ground."""
    return [one for one in decided_under(cover=gone) if not stays.from_on <= one.day < stays.until_on]


def decided_under(*, cover: Cover) -> list[Decided]:
    claims = Claim.objects.filter(member=cover.member_id, counts=True, state="approved").select_related("particulars")
    by_key = {one.pk: one for one in claims.order_by("place")}
    rounds = Assessment.objects.filter(claim__in=by_key).order_by("claim", "-round").distinct("claim")
    lines = AssessmentLine.objects.filter(
        assessment__in=rounds.values("pk"),
        outcome="pay",
        amount__gt=0,
        plan__in=plans_of(cover=cover),
        period_from_on=cover.from_on,
        period_until_on=cover.until_on,
    )
    sums: dict[int, Decimal] = {}
    for claim, amount in lines.values_list("assessment__claim", "amount"):
        sums[claim] = sums.get(claim, Decimal(0)) + amount
    return [Decided(claim, sums[pk], _day(claim, cover)) for pk, claim in by_key.items() if pk in sums]


def _day(claim: Claim, cover: Cover) -> datetime.date:
    """The first day of the event that falls under a cover: by it the cover was found."""
    facts = json.loads(claim.particulars.facts)
    days = [datetime.date.fromisoformat(facts[name]) for name in DAYS if facts.get(name)]
    return next((day for day in days if cover.from_on <= day < cover.until_on), days[0])
