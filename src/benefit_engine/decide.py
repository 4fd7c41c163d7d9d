"""The explained engine: one case in, one decision out, every line with its working. Pure and deterministic.

``Engine`` prepares a library once; ``decide`` walks one person's events in the order in which they count, and for each
the plans and benefits in the contract's order. Only lines that pay use up counters.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from benefit_engine import plan as p
from benefit_engine.accumulators import BASE, CLAIMS, DAYS_SEEN, PAID, STAYS, Accumulators, Key, together
from benefit_engine.amounts import AMOUNT_NAMES, Bill, read_bill
from benefit_engine.case_checks import library_faults
from benefit_engine.conditions import Context, choose, disease_of, explain, explain_choice, verdict
from benefit_engine.decision import Decision, Line
from benefit_engine.facts import Case, CaseError, Cover, Event, parse_case
from benefit_engine.gates import benefit_gates, person_gates, waiting_over
from benefit_engine.history import live_events, root_causes, stay_groups
from benefit_engine.labels import FACT_LABELS, REASON_LABELS
from benefit_engine.money import yuan
from benefit_engine.prepared import PreparedBenefit, PreparedPlan, prepare
from benefit_engine.steps import Run, Step, Surroundings, Unknown, days_of
from benefit_engine.words import REASONS

_RANK = {reason: i for i, reason in enumerate(REASONS)}
_TRIGGER_REASONS = frozenset(
    {
        *("sex", "groups", "not_accident", "diagnosis_not_listed", "operation_not_listed", "severity"),
        "disability_grade",
    }
)
"""Failed tests that mean that the benefit was not triggered at all. Contract, arithmetic 4."""
_COUNTED = frozenset({"already_paid_once", "claim_count_reached", "excluded_with_other_benefit"})
"""Gates that read counters."""

Place = tuple[str, str, str]
"""Event, plan and benefit: names a line."""


class Engine:
    """Decides cases under a library of plans. Safe to share: it keeps no state between cases."""

    def __init__(self, library: p.Library) -> None:
        self.library = library
        self._ready = {ready.plan.id: ready for ready in prepare(library)}
        self._kinds = frozenset(kind for ready in self._ready.values() for kind in ready.kinds)

    def knows(self, plan_id: str) -> bool:
        """Is there a plan or a combination of this id?"""
        return plan_id in self.library.plans or plan_id in self.library.combinations

    def knows_kind(self, kind: str) -> bool:
        """Does any benefit answer to events of this kind, or settle them at the end of a period?"""
        return kind in self._kinds

    def parse(self, data: object) -> Case:
        """Facts of one line of cases under this library. Raises CaseError."""
        case = parse_case(data, self.knows, self.knows_kind)
        faults = library_faults(case, self.library.combinations, self._benefits)
        if faults:
            raise CaseError(case.id, faults)
        return case

    def _benefits(self, plan_id: str, kind: str) -> frozenset[str]:
        """Ids of a plan's benefits that have a line for events of a kind."""
        ready = self._ready.get(plan_id)
        return frozenset(one.benefit.id for one in ready.by_kind.get(kind, ())) if ready is not None else frozenset()

    def decide(self, case: Case) -> Decision:
        """All lines of a case that ``parse`` has read."""
        return _Deciding(self, case).run()

    def ready(self, plan_id: str) -> PreparedPlan:
        """The prepared plan."""
        return self._ready[plan_id]


class _PlanCovers:
    """The covers of one plan in one case, in order of their start, and the stays of the case under the plan's rule."""

    __slots__ = ("covers", "ready", "stays")

    def __init__(self, ready: PreparedPlan, covers: list[Cover], stays: dict[str, str]) -> None:
        self.ready = ready
        self.covers = sorted(covers, key=lambda cover: cover.start)
        self.stays = stays

    def on(self, day: datetime.date) -> list[Cover]:
        return [cover for cover in self.covers if cover.start <= day < cover.until]


class _Standing:
    """What all benefits of a plan share on one counting date of an event: cover, facts, gates of the person, scopes."""

    __slots__ = ("ctx", "failed", "keys", "missing", "on")

    def __init__(self, on: list[Cover], ctx: Context, keys: dict[str, str]) -> None:
        self.on = on
        self.ctx = ctx
        self.keys = keys
        self.failed: list[str] = []
        self.missing: list[str] = []


class _Deciding:
    """State of one case while it is decided."""

    def __init__(self, engine: Engine, case: Case) -> None:
        self.case = case
        self.combinations = engine.library.combinations
        self.live = live_events(case.events)
        self.roots = root_causes(case.events)
        self.accumulators = Accumulators(case.opening)
        self.reimbursed: dict[str, dict[Place, int]] = {}
        self.settled: dict[tuple[str, str], set[str]] = {}
        self.bills: dict[str, Bill] = {}
        self.open: set[str] = set()
        self.claimed: dict[Key, set[str]] = {}
        self.standings: dict[tuple[str, datetime.date], _Standing] = {}
        by_plan: dict[str, list[Cover]] = {}
        for cover in _expand(case.covers, self.combinations):
            by_plan.setdefault(cover.plan, []).append(cover)
        self.plans = [
            _PlanCovers(engine.ready(plan_id), covers, stay_groups(self.live, engine.ready(plan_id).plan.stays_as_one))
            for plan_id, covers in by_plan.items()
        ]
        if case.opening:
            for covers in self.plans:
                for group in covers.ready.claim_groups:
                    self.accumulators.sum_claims(covers.ready.plan.family, group.of, group.per)

    def run(self) -> Decision:
        decided: dict[str, list[Line]] = {}
        for event in self.live:
            decided[event.id] = self._event(event)
        lines: list[Line] = []
        for event in self.case.events:
            lines += decided[event.id] if event.id in decided else self._undone(event)
        if self.case.paid is not None:
            for line in lines:
                line.paid_before = self.case.paid.get((line.event, line.plan, line.benefit), 0)
        return Decision(self.case.id, lines, self.accumulators)

    def _undone(self, event: Event) -> list[Line]:
        return [
            Line(event.id, covers.ready.plan.id, ready.benefit.id, reasons=["reversed"])
            for covers in self.plans
            for ready in covers.ready.by_kind.get(event.kind, ())
        ]

    def _event(self, event: Event) -> list[Line]:
        self.bills[event.id] = read_bill(event.amounts)
        self.standings.clear()
        self.accumulators.begin(event.id)
        lines: list[Line] = []
        referred: set[str] = set()
        for place, covers in enumerate(self.plans):
            readies = covers.ready.by_kind.get(event.kind, ())
            losers, barred = (
                self._losers(event, place, covers, readies) if covers.ready.has_larger else (frozenset(), frozenset())
            )
            for ready in readies:
                line, run = self._line(event, place, covers, ready, losers)
                if line.amount > 0 and ready.benefit.id in barred:
                    line, run = self._line(event, place, covers, ready, losers | barred)
                if line.outcome == "pay" and run is not None:
                    self._use(event, covers, ready, line, run)
                elif run is not None and line.reasons in (["below_deductible"], ["too_few_days"]):
                    self._see(run)
                elif line.outcome == "refer":
                    referred.add(covers.ready.plan.family)
                    if ready.benefit.indemnity:
                        self.open.add(event.id)
                lines.append(line)
        if event.kind == "inpatient":
            self._count_stay(event)
        self.accumulators.referred |= referred
        return lines

    # -- one line -----------------------------------------------------------------------------------------------------

    def _losers(
        self, event: Event, place: int, covers: _PlanCovers, readies: Iterable[PreparedBenefit]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Benefits that give way to a larger one of the same event (rule ``larger``), found by trial; and those that had nothing
        to give way with, but must not pay either, should a line before them make it possible."""
        losers: set[str] = set()
        barred: set[str] = set()
        for group in covers.ready.plan.exclusives:
            if group.rule != "larger":
                continue
            amounts = {
                ready.benefit.id: self._line(event, place, covers, ready, frozenset())[0].amount
                for ready in readies
                if ready.benefit.id in group.benefits
            }
            best = max(amounts.values(), default=0)
            winner = next((benefit for benefit, amount in amounts.items() if amount == best), None)
            losers |= {benefit for benefit, amount in amounts.items() if benefit != winner and amount > 0}
            barred |= {benefit for benefit, amount in amounts.items() if benefit != winner and best > 0}
        return frozenset(losers), frozenset(barred - losers)

    def _line(
        self, event: Event, place: int, covers: _PlanCovers, ready: PreparedBenefit, losers: frozenset[str]
    ) -> tuple[Line, Run | None]:
        plan, benefit = covers.ready.plan, ready.benefit
        line = Line(event.id, plan.id, benefit.id)
        standing = self._standing(event, place, covers, _counting_date(benefit, event))
        ctx = standing.ctx
        failed: list[str] = []
        missing: list[str] = []
        if not _triggered(ready, ctx, failed, missing):
            line.reasons = _ordered(failed)
            return line, None
        combined = self._combined(ctx, plan, benefit)
        units = self._gates(standing, covers, ready, combined, failed, missing)
        keys = standing.keys
        if p.DISEASE in covers.ready.scopes:
            keys = {**keys, p.DISEASE: f"disease:{_disease_key(ready, event)}"}
        around = Surroundings(plan.family, self.accumulators, self.bills[event.id], keys, units)
        around.exclusives, around.shared = ready.exclusives, ready.shared
        self._counted_gates(ctx, covers, ready, around, losers, failed)
        collected = self._collected(event, plan.family, ready, ctx)
        disagree = any(self.bills[one.id].disagreements for one in (event, *collected))
        counts = ready.reads_counters or (ready.reads_stay and covers.stays[event.id] != event.id)
        if failed:
            line.outcome, line.reasons = "refuse", _ordered(failed)
            line.provisional = plan.family in self.accumulators.referred and not _COUNTED.isdisjoint(failed)
            line.working = _gate_steps(line.reasons, benefit)
            return line, None if line.reasons != ["too_few_days"] else _seen_only(benefit, ctx, around)
        if missing or disagree:
            line.outcome = "refer"
            line.reasons = (["fact_unknown"] if missing else []) + (["amounts_disagree"] if disagree else [])
            line.missing = sorted(set(missing))
            line.working = _refer_steps(line, self.bills[event.id])
            return line, None
        around.combined = combined
        around.collected = [self.bills[one.id] for one in collected]
        around.settles = (event.id, *(one.id for one in collected))
        around.remaining = self._remaining(collected or [event], around.settles)
        run = Run(benefit, ctx, around)
        try:
            run.compute()
        except Unknown as unknown:
            line.outcome, line.reasons, line.missing = "refer", ["amount_unknown"], unknown.missing
            line.working = [*run.working, *_refer_steps(line, self.bills[event.id], run.working)]
            return line, None
        line.working = run.working
        waits = plan.family in self.accumulators.referred
        line.provisional = ((counts or bool(around.combined)) and waits) or (
            ready.reads_remaining and event.id in self.open
        )
        if run.fen > 0:
            line.outcome, line.amount, line.reasons = "pay", run.fen, run.cuts
        else:
            line.outcome, line.reasons = "refuse", run.cuts or ["below_deductible"]
        return line, run

    def _standing(self, event: Event, place: int, covers: _PlanCovers, day: datetime.date) -> _Standing:
        """How the person stands in the plan on the counting date; worked out once for all benefits that count on it."""
        plan = covers.ready.plan
        known = self.standings.get((plan.id, day))
        if known is not None:
            return known
        on = covers.on(day)
        person = self.case.member.under(on[0]) if on else self.case.member
        ctx = Context(person, event, on[0] if on else None, day, self._ordinal(event, covers, on))
        standing = self.standings[plan.id, day] = _Standing(on, ctx, self._keys(ctx, covers))
        if on:
            self._other_plans(plan, place, day, standing.failed)
        else:
            standing.failed.append("not_covered")
        person_gates(plan, ctx, standing.failed, standing.missing)
        return standing

    def _gates(
        self,
        standing: _Standing,
        covers: _PlanCovers,
        ready: PreparedBenefit,
        combined: tuple[p.SharedCap, ...],
        failed: list[str],
        missing: list[str],
    ) -> int:
        """All gates that need no counter; returns the units that count."""
        plan, benefit, ctx = covers.ready.plan, ready.benefit, standing.ctx
        failed += standing.failed
        missing += standing.missing
        counted = standing.on
        if benefit.waiting is not None and counted:
            waiting = benefit.waiting
            counted = [cover for cover in counted if waiting_over(waiting, cover, ctx)]
            if not counted:
                failed.append("waiting_period")
        units = sum(cover.units for cover in counted)
        benefit_gates(plan, benefit, ctx, failed, missing)
        for choice in (*ready.choices, *(cap.amount for cap in combined)):
            if choose(choice, ctx) is None:
                explain_choice(choice, ctx, failed, missing)
        return min(units, plan.units_most) if plan.units_most is not None else units

    def _other_plans(self, plan: p.Plan, place: int, day: datetime.date, failed: list[str]) -> None:
        """Plans that exclude each other, and a second plan of the same family: the earlier cover stands."""
        for other in self.plans[:place]:
            theirs = other.ready.plan
            if not other.on(day):
                continue
            if theirs.family == plan.family:
                failed.append("duplicate_cover")
            elif {theirs.id, theirs.family} & set(plan.excludes) or {plan.id, plan.family} & set(theirs.excludes):
                failed.append("plan_excluded")

    def _counted_gates(
        self,
        ctx: Context,
        covers: _PlanCovers,
        ready: PreparedBenefit,
        around: Surroundings,
        losers: frozenset[str],
        failed: list[str],
    ) -> None:
        """Once-only, benefits that exclude each other by ``first`` (or lose by ``larger``), number of claims, days."""
        benefit, keys = ready.benefit, around.keys
        stay = covers.stays[ctx.event.id]
        once = benefit.once
        if once is not None and not once.upgrade and once.per in keys and around.used(benefit.id, CLAIMS, once.per):
            failed.append("already_paid_once")
        for group in ready.exclusives:
            others = [other for other in group.benefits if other != benefit.id and group.per in keys]
            if group.rule == "first" and any(around.used(other, PAID, group.per) for other in others):
                failed.append("excluded_with_other_benefit")
        if benefit.id in losers:
            failed.append("excluded_with_other_benefit")
        claims = benefit.claims
        if claims is not None and claims.per in keys:
            key = around.key(together(claims.of), CLAIMS, claims.per)
            if self.accumulators.used(key) >= claims.most and stay not in self.claimed.get(key, ()):
                failed.append("claim_count_reached")
        for formula in benefit.formulas:
            rule = formula.days
            if rule is not None and rule.after and len(benefit.formulas) == 1:
                self._too_few_days(ctx, rule, benefit, around, failed)

    def _too_few_days(
        self, ctx: Context, rule: p.Days, benefit: p.Benefit, around: Surroundings, failed: list[str]
    ) -> None:
        days = days_of(rule, ctx)
        if days is not None and around.used(benefit.id, DAYS_SEEN, p.STAY) + days <= rule.after:
            failed.append("too_few_days")

    # -- surroundings of a line ---------------------------------------------------------------------------------------

    def _ordinal(self, event: Event, covers: _PlanCovers, on: list[Cover]) -> int:
        if not on:
            return 1
        counted = self.accumulators.used((covers.ready.plan.family, STAYS, f"period:{on[0].start}"))
        continues = covers.stays[event.id] != event.id
        return max(1, counted + (0 if continues else 1))

    def _count_stay(self, event: Event) -> None:
        """One stay more in each cover in which it begins; two plans of one family count it once."""
        begun = dict.fromkeys(
            (covers.ready.plan.family, STAYS, f"period:{on[0].start}")
            for covers in self.plans
            if covers.stays[event.id] == event.id and (on := covers.on(event.started_on))
        )
        for key in begun:
            self.accumulators.add(key, 1)

    def _keys(self, ctx: Context, covers: _PlanCovers) -> dict[str, str]:
        """Key of each scope that does not depend on the benefit."""
        event = ctx.event
        keys = {
            p.STAY: f"stay:{covers.stays[event.id]}",
            p.DAY: f"day:{ctx.counted_on}",
            p.LIFE: "life",
            p.CAUSE: f"cause:{self.roots[event.id]}",
        }
        if ctx.cover is not None:
            keys[p.PERIOD] = f"period:{ctx.cover.start}"
            if ctx.cover.combination is not None:
                keys[p.COMBINATION] = self._combination_key(ctx.cover.combination, ctx.counted_on)
        return keys

    def _combination_key(self, combination: str, day: datetime.date) -> str:
        """The period of a combination on a day: since the earliest of its covers, for plans may have been entered later."""
        starts = [cover.start for covers in self.plans for cover in covers.on(day) if cover.combination == combination]
        return f"combination:{combination}:{min(starts)}"

    def _combined(self, ctx: Context, plan: p.Plan, benefit: p.Benefit) -> tuple[p.SharedCap, ...]:
        name = ctx.cover.combination if ctx.cover is not None else None
        combination = self.combinations.get(name) if name is not None else None
        if combination is None:
            return ()
        return tuple(cap for cap in combination.shared_caps if (plan.family, benefit.id) in cap.benefits)

    def _collected(self, event: Event, family: str, ready: PreparedBenefit, ctx: Context) -> list[Event]:
        """Earlier events of the same period that a settlement at its end takes together, each once."""
        if not ready.collects or ctx.cover is None:
            return []
        start, until = ctx.cover.start, ctx.cover.until
        earlier = self.live[: self.live.index(event)]
        done = self.settled.get((family, ready.benefit.id), set())
        found = [one for one in earlier if one.kind in ready.collects and start <= one.started_on < until]
        return [one for one in found if one.id not in done]

    def _remaining(self, bills: list[Event], settles: tuple[str, ...]) -> int | None:
        """What the member still bears of these events after what reimbursed any of them. Contract, arithmetic 7."""
        total = 0
        for one in bills:
            bill = self.bills[one.id]
            if bill.burden is None:
                return None
            total += bill.burden - bill.amounts.get("other_aid_paid", 0)
        paid: dict[Place, int] = {}
        for name in settles:
            paid.update(self.reimbursed.get(name, {}))
        return total - sum(paid.values())

    # -- after a line -------------------------------------------------------------------------------------------------

    def _see(self, run: Run) -> None:
        """A line that is too small to pay still brings a deductible or a number of days nearer."""
        for key, more in run.uses:
            if key[1].endswith((f".{BASE}", f".{DAYS_SEEN}")):
                self.accumulators.add(key, more)

    def _use(self, event: Event, covers: _PlanCovers, ready: PreparedBenefit, line: Line, run: Run) -> None:
        """Use up what the line uses up."""
        around, benefit = run.around, ready.benefit
        if benefit.indemnity:
            for name in around.settles:
                self.reimbursed.setdefault(name, {})[line.event, line.plan, line.benefit] = line.amount
        if ready.collects:
            self.settled.setdefault((around.family, benefit.id), set()).update(around.settles)
        for key, more in run.uses:
            self.accumulators.add(key, more)
        stay = covers.stays[event.id]
        for scope in covers.ready.scopes:
            if scope not in around.keys:
                continue
            self.accumulators.add(around.key(benefit.id, PAID, scope), line.amount)
            self._count_claim(around.key(benefit.id, CLAIMS, scope), stay)
        for group in covers.ready.claim_groups:
            if benefit.id in group.of and group.per in around.keys:
                self._count_claim(around.key(together(group.of), CLAIMS, group.per), stay)

    def _count_claim(self, key: Key, stay: str) -> None:
        """One paid event more, unless it was counted already."""
        events = self.claimed.setdefault(key, set())
        if stay not in events:
            events.add(stay)
            self.accumulators.add(key, 1)


def _expand(covers: tuple[Cover, ...], combinations: dict[str, p.Combination]) -> list[Cover]:
    """Covers of combinations become covers of their plans; the combination's own benefits come after all others.

    Plans that were entered one by one under a combination, for the same time, have its own benefits once.
    """
    singles: list[Cover] = []
    own: dict[tuple[str, datetime.date, datetime.date, int], Cover] = {}
    for number, cover in enumerate(covers):
        combination = combinations.get(cover.plan)
        if combination is not None:
            singles += [_as_part(cover, plan, combination.id) for plan in combination.plans]
        else:
            singles.append(cover)
            combination = combinations.get(cover.combination) if cover.combination is not None else None
        if combination is not None and combination.own is not None:
            entered = number if cover.plan == combination.id else -1
            part = _as_part(cover, combination.id, combination.id)
            own.setdefault((combination.id, cover.start, cover.until, entered), part)
    return singles + list(own.values())


def _as_part(cover: Cover, plan: str, combination: str) -> Cover:
    return Cover(
        plan,
        cover.start,
        cover.until,
        cover.units,
        cover.joined_on,
        cover.consecutive_periods,
        cover.option,
        cover.risk_class,
        combination,
        cover.employment,
        cover.basic_insurance,
        cover.groups,
    )


def _counting_date(benefit: p.Benefit, event: Event) -> datetime.date:
    """The date that decides cover, period, waiting and dated values. Contract, arithmetic 1."""
    if benefit.counts_on == "started_on":
        return event.started_on
    day = getattr(event, benefit.counts_on)
    return day if day is not None else event.started_on


def _triggered(ready: PreparedBenefit, ctx: Context, failed: list[str], missing: list[str]) -> bool:
    """False when what triggers the benefit isn't there; ``failed`` then says what. Unknown facts go to ``missing``."""
    trigger = ready.benefit.trigger
    if trigger:
        answer = verdict(trigger, ctx)
        if answer is False:
            explain(trigger, ctx, failed, [])
            return False
        if answer is None:
            explain(trigger, ctx, [], missing)
    for formula in ready.benefit.formulas:
        if formula.sum is not None and choose(formula.sum.amount, ctx) is None:
            reasons: list[str] = []
            unknown: list[str] = []
            explain_choice(formula.sum.amount, ctx, reasons, unknown)
            if reasons and not unknown and _TRIGGER_REASONS.issuperset(reasons):
                failed.extend(reasons)
                return False
    return True


def _seen_only(benefit: p.Benefit, ctx: Context, around: Surroundings) -> Run:
    """A run that only notes the days of a stay that is too short by itself."""
    run = Run(benefit, ctx, around)
    rule = benefit.formulas[0].days
    days = days_of(rule, ctx) if rule is not None else None
    run.uses.append((around.key(benefit.id, DAYS_SEEN, p.STAY), days or 0))
    return run


def _disease_key(ready: PreparedBenefit, event: Event) -> str:
    disease = disease_of(event, ready.diseases)
    if disease is not None:
        return disease.name
    return event.diagnoses[0][:3] if event.diagnoses else ""


def _ordered(reasons: Iterable[str]) -> list[str]:
    """Each reason once, in the contract's order."""
    return sorted(set(reasons), key=_RANK.__getitem__)


def _gate_steps(reasons: list[str], benefit: p.Benefit) -> list[Step]:
    steps: list[Step] = []
    for reason in reasons:
        step: Step = {"step": "gate", "label": REASON_LABELS[reason], "amount": yuan(0), "after": yuan(0)}
        if benefit.clause:
            step["clause"] = benefit.clause
        steps.append(step)
    return steps


def _refer_steps(line: Line, bill: Bill, before: Sequence[Step] = ()) -> list[Step]:
    """What a person must look at; the running figure of the steps ``before`` falls to zero."""
    labels = [REASON_LABELS[reason] for reason in line.reasons]
    names = {**FACT_LABELS, **{f"amounts.{name}": label for name, label in AMOUNT_NAMES.items()}}
    facts = [names.get(name, name) for name in line.missing]
    if facts:
        labels.append("缺：" + "、".join(facts))
    if "amounts_disagree" in line.reasons:
        labels += bill.disagreements
    steps: list[Step] = [{"step": "refer", "label": label, "amount": yuan(0), "after": yuan(0)} for label in labels]
    if before and before[-1]["after"] != yuan(0):
        steps[0]["amount"] = f"-{before[-1]['after']}"
    return steps


__all__ = ["Decision", "Engine", "Line"]
