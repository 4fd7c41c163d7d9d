"""Who has to look at a claim before it is decided: the office's rules, by plan and amount, as a plain function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mutualaid.claims.history import Computed
from mutualaid.claims.models import Assessment, Claim, ReviewRule
from mutualaid.claims.promises import DAYS
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import chain_of


@dataclass(frozen=True)
class Levels:
    """Who looks: the employer's union at the membership, a first reviewer, a second one (of another office where
    ``elsewhere``); ``days``: working days promised for each step."""

    confirmed_by_employer: bool = False
    first_review: bool = True
    final_review: bool = False
    elsewhere: bool = False
    days: int = DAYS

    @property
    def nobody(self) -> bool:
        """Whether the engine's word is enough."""
        return not (self.confirmed_by_employer or self.first_review or self.final_review)

    def with_(self, other: Levels) -> Levels:
        """Whoever either asks for."""
        return Levels(
            self.confirmed_by_employer or other.confirmed_by_employer,
            self.first_review or other.first_review,
            self.final_review or other.final_review,
            self.elsewhere or other.elsewhere,
            min(self.days, other.days),
        )


FOUR_EYES_FROM = Decimal(10_000)
"""Yuan from which a second person looks, where no office has rules."""


def levels_for(
    *,
    path: str,
    families: Iterable[str],
    amount: Decimal,
    seen_by_a_person: bool,
    known: Sequence[ReviewRule] | None = None,
) -> Levels:
    """Who looks at a claim of a branch that comes to an amount under some families of plans: the strictest of what holds for
    any of them. ``seen_by_a_person``: it has something that the engine may not decide alone. ``known``: the rules of all
    offices above the branch, perhaps of others too, where they were read already."""
    chain = chain_of(path=path)
    rules = list(ReviewRule.objects.filter(office__in=chain)) if known is None else known
    found = rule_for(rules, chain, set(families), amount)
    if seen_by_a_person and not (found.first_review or found.final_review):
        found = found.with_(Levels(first_review=True, days=found.days))
    return found


def levels_of_claim(*, claim: Claim) -> Levels:
    """Who looks at a claim, by the computation that stands."""
    found = Assessment.objects.filter(claim=claim).order_by("-round").first()
    if found is None:
        return Levels()
    plans = found.lines.exclude(outcome="none").values("plan")
    families = set(PlanVersion.objects.filter(plan__in=plans).values_list("family", flat=True))
    unsure = found.refers or found.refuses or found.provisional or claim.same_as_id is not None
    return levels_for(
        path=claim.unit_path,
        families=families,
        amount=found.total_amount,
        seen_by_a_person=unsure or not found.total_amount,
    )


def levels_of(*, claim: Claim, found: Computed) -> Levels:
    """Who looks at a claim that a person looks at in any case, were it to come to a computation."""
    plans = [line.plan for line in found.lines if line.outcome != "none"]
    families = set(PlanVersion.objects.filter(plan__in=plans).values_list("family", flat=True))
    return levels_for(path=claim.unit_path, families=families, amount=found.total, seen_by_a_person=True)


def rule_for(rules: Sequence[ReviewRule], chain: Sequence[int], families: set[str], amount: Decimal) -> Levels:
    """See ``ReviewRule``. Without any: a first review, and four eyes from ``FOUR_EYES_FROM``."""
    nearest = next((office for office in reversed(chain) if any(one.office_id == office for one in rules)), None)
    reached = [one for one in rules if one.office_id == nearest and one.amount_from <= amount]
    found: Levels | None = None
    for family in families or {""}:
        own = [one for one in reached if one.family == family] or [one for one in reached if not one.family]
        if own:
            best = _levels(max(own, key=lambda one: one.amount_from))
            found = best if found is None else found.with_(best)
    return Levels(final_review=amount >= FOUR_EYES_FROM) if found is None else found


def _levels(rule: ReviewRule) -> Levels:
    return Levels(rule.confirmed_by_employer, rule.first_review, rule.final_review, rule.elsewhere, rule.days)
