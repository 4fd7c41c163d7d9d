"""What can be worked out from a plan alone, once: benefits by kind of event, the choices and counters that each reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benefit_engine import plan as p
from benefit_engine.conditions import tests_of


class PreparedBenefit:
    """A benefit with what can be worked out from the plan alone."""

    __slots__ = (
        "benefit",
        "choices",
        "collects",
        "diseases",
        "exclusives",
        "reads_counters",
        "reads_remaining",
        "reads_stay",
        "shared",
    )

    def __init__(self, plan: p.Plan, benefit: p.Benefit) -> None:
        self.benefit = benefit
        self.exclusives = tuple(group for group in plan.exclusives if benefit.id in group.benefits)
        self.shared = tuple(cap for cap in plan.shared_caps if ("", benefit.id) in cap.benefits)
        self.choices = [choice for choice in _choices(benefit, self.shared) if any(row.when for row in choice)]
        self.diseases = tuple(_diseases(benefit))
        self.collects = next((f.base.collects for f in benefit.formulas if f.base is not None and f.base.collects), ())
        scopes = _scopes_read(benefit, self.exclusives, self.shared)
        self.reads_counters = benefit.once is not None or benefit.claims is not None or bool(scopes - {p.STAY})
        self.reads_stay = p.STAY in scopes
        self.reads_remaining = any(
            (1, p.REMAINING) in row.value for f in benefit.formulas if f.base is not None for row in f.base.components
        )


def _choices(benefit: p.Benefit, shared: Iterable[p.SharedCap]) -> Iterable[p.Choice[Any]]:
    for formula in benefit.formulas:
        if formula.base is not None:
            yield formula.base.components
            yield formula.base.share
        if formula.deductible is not None:
            yield formula.deductible.amount
        if formula.rate is not None:
            yield formula.rate.table
        if formula.days is not None:
            yield formula.days.per_day
        if formula.sum is not None:
            yield formula.sum.amount
    yield from (cap.amount for cap in benefit.caps)
    yield from (cap.amount for cap in shared)


def _diseases(benefit: p.Benefit) -> Iterable[p.Disease]:
    """All listed diseases that the benefit names: they give the key of the scope ``disease``."""
    rows = [row.when for formula in benefit.formulas if formula.sum is not None for row in formula.sum.amount]
    for condition in (benefit.trigger, *rows):
        for test in tests_of(condition):
            if test.field == "diseases":
                yield from test.want


def _scopes_read(
    benefit: p.Benefit, exclusives: Iterable[p.Exclusive], shared: Iterable[p.SharedCap]
) -> frozenset[str]:
    """Scopes of the accumulators that the benefit touches: beyond one event, and for stays that count as one, also ``stay``."""
    scopes = [cap.per for cap in benefit.caps] + [cap.per for cap in shared] + [group.per for group in exclusives]
    for formula in benefit.formulas:
        scopes += [formula.deductible.per] if formula.deductible is not None else []
        scopes += [formula.rate.per] if formula.rate is not None else []
        scopes += [cap.per for cap in formula.days.caps] if formula.days is not None else []
        scopes += [p.STAY] if formula.days is not None and formula.days.after else []
        scopes += [formula.sum.top_up_per] if formula.sum is not None and formula.sum.top_up else []
    return frozenset(scopes)


class PreparedPlan:
    """A plan with its benefits by kind of event and the scopes in which its payments are counted.

    ``relatives``: all plans of its family, itself among them: what one version of a plan pays, another version may have to
    count, so that a payment is counted in all scopes and under all counts of claims taken together that any of them reads.
    """

    __slots__ = ("by_kind", "claim_groups", "has_larger", "kinds", "plan", "scopes")

    def __init__(self, plan: p.Plan, combined: Iterable[p.SharedCap], relatives: Iterable[p.Plan] = ()) -> None:
        self.plan = plan
        caps = list(combined)
        self.scopes = _scopes(plan, caps).union(*(_scopes(other, caps) for other in relatives))
        self.has_larger = any(group.rule == "larger" for group in plan.exclusives)
        self.by_kind: dict[str, list[PreparedBenefit]] = {}
        for benefit in plan.benefits:
            ready = PreparedBenefit(plan, benefit)
            for kind in benefit.kinds:
                self.by_kind.setdefault(kind, []).append(ready)
        self.claim_groups = _claim_groups([plan, *relatives])
        collected = [kind for readies in self.by_kind.values() for ready in readies for kind in ready.collects]
        self.kinds = frozenset([*self.by_kind, *collected])


def _claim_groups(family: Iterable[p.Plan]) -> tuple[p.ClaimCount, ...]:
    """The limits on claims of several benefits together in a family of plans, one for each counter."""
    limits = [benefit.claims for plan in family for benefit in plan.benefits if benefit.claims is not None]
    return tuple({(frozenset(claims.of), claims.per): claims for claims in limits if len(set(claims.of)) > 1}.values())


def prepare(library: p.Library) -> list[PreparedPlan]:
    """All plans of a library, then the own benefits of its combinations."""
    combined = [cap for combination in library.combinations.values() for cap in combination.shared_caps]
    own = [combination.own for combination in library.combinations.values() if combination.own is not None]
    plans = [*library.plans.values(), *own]
    families: dict[str, list[p.Plan]] = {}
    for plan in plans:
        families.setdefault(plan.family, []).append(plan)
    return [PreparedPlan(plan, combined, families[plan.family]) for plan in plans]


def _scopes(plan: p.Plan, combined: Iterable[p.SharedCap]) -> frozenset[str]:
    """Scopes in which the plan's payments must be counted: those that a rule reads, and period and life for take-overs."""
    scopes = {p.PERIOD, p.LIFE}
    scopes |= {cap.per for cap in plan.shared_caps} | {cap.per for cap in combined} | {p.COMBINATION}
    scopes |= {group.per for group in plan.exclusives}
    for benefit in plan.benefits:
        scopes |= {cap.per for cap in benefit.caps}
        scopes |= {benefit.once.per} if benefit.once is not None else set()
        scopes |= {benefit.claims.per} if benefit.claims is not None else set()
        scopes |= {formula.sum.top_up_per for formula in benefit.formulas if formula.sum is not None}
    return frozenset(scopes)
