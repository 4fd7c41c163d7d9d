"""From validated documents to the engine's programs. Names are resolved here, once; nothing is read or guessed later."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from benefit_engine import plan as p
from benefit_engine.fact_reader import normal_code
from mutualaid.plans import document as d
from mutualaid.plans.calendar import china_holidays, china_workdays

_DATE_FIELDS = {
    "start": "started_on",
    "discharge": "ended_on",
    "settlement": "settled_on",
    "accident": "accident_on",
    "first_diagnosis": "first_diagnosed_on",
    "cover_end": "cover_end",
}
_LIMIT_FIELDS = {
    "filing": ("filed_on", "filed_late"),
    "reporting": ("reported_on", "filed_late"),
    "window": ("started_on", "not_covered"),
}
_CODE = re.compile(r"[A-Z0-9]{1,12}", re.ASCII)
_INHERITED = ("benefit", "like")


def code_range(text: str) -> tuple[str, str] | None:
    """``C50`` or ``C00-C97`` -> inclusive range of equal-length prefixes; None when it is neither."""
    parts = [normal_code(part) for part in text.split("-")]
    if len(parts) > 2 or not all(_CODE.fullmatch(part) for part in parts):
        return None
    low, high = parts[0], parts[-1]
    return (low, high) if len(low) == len(high) and low <= high else None


def is_combination(document: d.Document) -> bool:
    """A comprehensive plan rather than a single one."""
    return document.combines is not None


def reopens(document: d.Document) -> bool:
    """Whether an event that began earlier and is filed late counts before later ones."""
    return document.late_filed is not None and document.late_filed.earlier_stay == "reopens"


def effective_benefits(document: d.Document) -> list[d.Benefit]:
    """Benefits with ``like`` resolved: what a benefit does not say itself is as in the one that it names."""
    known: dict[str, d.Benefit] = {}
    benefits: list[d.Benefit] = []
    for benefit in document.benefits:
        model = known.get(benefit.like) if benefit.like else None
        if model is not None:
            said = {name: getattr(benefit, name) for name in benefit.model_fields_set if name not in _INHERITED}
            benefit = model.model_copy(update={**said, "benefit": benefit.benefit, "like": benefit.like})
        known[benefit.benefit] = benefit
        benefits.append(benefit)
    return benefits


class _Compiler:
    """Compiles one document; ``document`` must have passed ``checking``."""

    def __init__(self, document: d.Document) -> None:
        self.document = document
        self.lists = {name: tuple(_disease(entry) for entry in item.entries) for name, item in document.lists.items()}

    def plan(self) -> p.Plan:
        doc = self.document
        benefits = tuple(self.benefit(benefit) for benefit in effective_benefits(doc))
        ages = [age for who in doc.who for age in who.ages or ()]
        ages_rule = next((who for who in doc.who if who.ages), None)
        return p.Plan(
            id=doc.plan,
            family=doc.family,
            name=doc.name.zh,
            ages=tuple(
                p.AgeBand(a.least, a.most, a.sex, a.relation, a.until_retirement, a.renewal_only_from) for a in ages
            ),
            ages_clause=self.cite(ages_rule),
            retirement_ages=tuple(
                p.RetirementAge(r.sex, r.years, r.born_from, r.months_per_month, r.up_to, tuple(r.groups or ()))
                for r in doc.retirement_ages
            ),
            gates=tuple(gate for who in doc.who for gate in self.who_gates(who)),
            units_most=doc.units.most if doc.units is not None else None,
            excludes=tuple(doc.excludes.plans) if doc.excludes is not None else (),
            stays_as_one=p.StaysAsOne(doc.stays_as_one.within_days, doc.stays_as_one.same_disease)
            if doc.stays_as_one is not None
            else None,
            shared_caps=tuple(
                self.shared_cap(cap, [("", benefit) for benefit in cap.benefits or [b.id for b in benefits]])
                for cap in doc.shared_caps
            )
            if not is_combination(doc)
            else (),
            exclusives=tuple(p.Exclusive(tuple(e.benefits), e.per, e.rule, self.cite(e)) for e in doc.exclusive),
            benefits=benefits,
            holidays=china_holidays(),
            workdays=china_workdays(),
            reopens=reopens(doc),
        )

    def who_gates(self, who: d.Who) -> Iterable[p.Gate]:
        fields = {
            name: getattr(who, name)
            for name in ("employment", "basic_insurance", "groups", "not_groups", "relation")
            if getattr(who, name) is not None
        }
        for name, words in fields.items():
            yield p.Gate((p.Test(name, tuple(words)),), clause=self.cite(who))

    # -- benefits -------------------------------------------------------------------------------------------------

    def benefit(self, benefit: d.Benefit) -> p.Benefit:
        doc = self.document
        formulas = tuple(self.formula(f) for f in benefit.greater_of or benefit.lesser_of or [benefit])
        trigger = self.condition(benefit.when)
        waiting = benefit.waiting or doc.waiting
        reimburses = any(formula.base is not None for formula in formulas)
        return p.Benefit(
            id=benefit.benefit,
            name=benefit.name.zh if benefit.name is not None else benefit.benefit,
            kinds=tuple(benefit.kinds or ()),
            trigger=trigger,
            gates=(
                *(self.gate(gate, excludes=False) for gate in benefit.requires),
                *(self.gate(gate, excludes=True) for gate in (*doc.exclusions, *benefit.exclusions)),
            ),
            waiting=p.Waiting(waiting.days or 0, waiting.months or 0, waiting.accidents, self.cite(waiting))
            if waiting is not None
            else None,
            found_first=benefit.found_first,
            limits=(*(self.limit(limit) for limit in (*doc.limits, *benefit.limits)), *self.run_off()),
            counts_on=_counts_on(benefit),
            formulas=formulas,
            pick="greater" if benefit.greater_of else "lesser" if benefit.lesser_of else "only",
            floor=benefit.floor or 0,
            caps=tuple(p.Cap(self.yuan(cap.amount), cap.per, self.cite(cap)) for cap in benefit.caps),
            once=p.Once(benefit.once.per, benefit.once.upgrade, self.cite(benefit.once)) if benefit.once else None,
            claims=p.ClaimCount(
                benefit.claims.most,
                benefit.claims.per,
                tuple(benefit.claims.of or [benefit.benefit]),
                self.cite(benefit.claims),
            )
            if benefit.claims
            else None,
            indemnity=reimburses,
            indemnity_limited=benefit.indemnity is not False,
            order=tuple(benefit.order) if benefit.order else p.MIDDLE_STEPS,
            clause=self.cite(benefit),
        )

    def gate(self, gate: d.Gate, *, excludes: bool) -> p.Gate:
        return p.Gate(self.condition(gate.when), None, excludes, gate.name.zh if gate.name else "", self.cite(gate))

    def formula(self, f: d.Formula) -> p.Formula:
        return p.Formula(
            base=self.base(f.base) if f.base is not None else None,
            deductible=p.Deductible(
                self.yuan(f.deductible.amount),
                f.deductible.per,
                f.deductible.threshold,
                f.deductible.name.zh if f.deductible.name else ("起补线" if f.deductible.threshold else "免补额"),
                self.cite(f.deductible),
            )
            if f.deductible is not None
            else None,
            rate=self.rate(f.rate) if f.rate is not None else None,
            days=p.Days(
                self.yuan(f.days.per_day),
                f.days.of,
                f.days.after,
                f.days.all_once_more,
                f.days.both_ends,
                f.days.within_cover,
                tuple(p.DayCap(cap.days, cap.per, self.cite(cap)) for cap in f.days.caps),
                self.cite(f.days),
            )
            if f.days is not None
            else None,
            sum=p.Sum(
                self.yuan(f.sum.amount),
                tuple(f.sum.ladder or ()),
                tuple(f.sum.top_up.of) if f.sum.top_up else (),
                f.sum.top_up.per if f.sum.top_up else p.PERIOD,
                self.cite(f.sum),
            )
            if f.sum is not None
            else None,
        )

    def base(self, base: d.Base) -> p.Base:
        components = tuple(p.Row(self.condition(row.when), _components(row.of, row.less)) for row in base.variants)
        share: p.Choice[int] = (p.Row((), 10_000),)
        if base.share is not None:
            share = tuple(p.Row(self.condition(row.when), row.value) for row in base.share)
        components += (p.Row((), _components(base.of, base.less)),)
        return p.Base(components, share, base.name.zh, tuple(base.collects or ()), self.cite(base))

    def rate(self, rate: d.Rate) -> p.Rate:
        tables = tuple(p.Row(self.condition(table.when), _table(table)) for table in rate.tables)
        bonus = rate.tenure_bonus
        return p.Rate(
            tables,
            rate.per,
            p.TenureBonus(bonus.rate, bonus.after, bonus.most) if bonus is not None else None,
            self.cite(rate) or next((self.cite(table) for table in rate.tables if self.cite(table)), None),
        )

    def yuan(self, choice: list[d.YuanRow]) -> p.Choice[int]:
        return tuple(p.Row(self.condition(row.when), row.value) for row in choice)

    def shared_cap(self, cap: d.SharedCap, benefits: list[tuple[str, str]]) -> p.SharedCap:
        return p.SharedCap(
            tuple(dict.fromkeys(benefits)),  # plans of one family share their counters: each is summed once
            self.yuan(cap.amount),
            cap.per,
            cap.name.zh if cap.name else "",
            self.cite(cap),
        )

    def limit(self, limit: d.Limit) -> p.Limit:
        field, reason = _LIMIT_FIELDS[limit.what]
        of: str | datetime.date = limit.of if isinstance(limit.of, datetime.date) else _DATE_FIELDS[limit.of]
        within = limit.within
        return p.Limit(field, of, within.days, within.working_days, within.months, reason, self.cite(limit))

    def run_off(self) -> Iterable[p.Limit]:
        """Claims are taken so long after the end of the period."""
        within = self.document.term.run_off
        if within is not None:
            clause = self.cite(self.document.term)
            yield p.Limit(
                "filed_on", "cover_end", within.days, within.working_days, within.months, "filed_late", clause
            )

    def cite(self, rule: d.Rule | None) -> str | None:
        """What a working cites: the clause, else the titles of the sources."""
        if rule is None:
            return None
        if rule.clause is not None:
            return rule.clause.zh
        sources = self.document.sources
        return "；".join(sources[name].title.zh for name in rule.source if name in sources) or None

    # -- conditions -----------------------------------------------------------------------------------------------

    def condition(self, when: d.Trigger | None) -> p.Condition:
        if when is None:
            return ()
        return tuple(
            p.Test(name, self.want(name, getattr(when, name)))
            for name in type(when).model_fields
            if getattr(when, name) is not None
        )

    def want(self, name: str, value: Any) -> Any:
        if name in ("diseases", "not_diseases"):
            return tuple(disease for listed in value for disease in self.lists[listed])
        if name in ("diagnoses", "not_diagnoses", "operations", "not_operations"):
            return _ranges(value)
        if name == "any_of":
            return tuple(self.condition(part) for part in value)
        if isinstance(value, d.IntRange):
            return (value.least, value.most)
        if isinstance(value, d.DateRange):
            return (value.start, value.until)
        return tuple(value) if isinstance(value, list) else value


def _ranges(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    ranges = (code_range(text) for text in texts)
    return tuple(item for item in ranges if item is not None)


def _components(of: Iterable[str], less: Iterable[str]) -> tuple[tuple[int, str], ...]:
    return (*((1, name) for name in of), *((-1, name) for name in less))


def _disease(entry: d.Disease) -> p.Disease:
    return p.Disease(entry.name.zh, _ranges(entry.diagnoses), _ranges(entry.operations))


def _table(table: d.Table) -> p.Table:
    if table.brackets is None:
        return p.Table("marginal", (p.Bracket(0, None, table.rate or 0),))
    return p.Table(table.mode, tuple(p.Bracket(b.over, b.up_to, b.rate or 0, b.sum or 0) for b in table.brackets))


def _counts_on(benefit: d.Benefit) -> str:
    """The counting date that the benefit names; one that needs an accident counts on the accident's day."""
    if benefit.counts_on is not None:
        return _DATE_FIELDS[benefit.counts_on]
    conditions = [benefit.when, *(gate.when for gate in benefit.requires)]
    return "accident_on" if any(when is not None and when.accident for when in conditions) else "started_on"


def compile_plan(document: d.Document) -> p.Plan:
    """A single plan's program."""
    return _Compiler(document).plan()


def compile_combination(document: d.Document, plans: Mapping[str, p.Plan]) -> p.Combination:
    """A combination's program; ``plans`` holds the compiled plans that it combines."""
    compiler = _Compiler(document)
    parts = [plans[name] for name in document.combines or ()]
    reopened = bool(parts) and all(plan.reopens for plan in parts)
    own = replace(compiler.plan(), reopens=reopened) if document.benefits else None
    caps: list[p.SharedCap] = []
    for cap in document.shared_caps:
        chosen = [plan for plan in parts if cap.plans is None or plan.id in cap.plans]
        pairs = [
            (plan.family, benefit.id)
            for plan in (*chosen, *((own,) if own is not None and cap.plans is None else ()))
            for benefit in plan.benefits
            if cap.benefits is None or benefit.id in cap.benefits
        ]
        caps.append(compiler.shared_cap(cap, pairs))
    names = tuple(document.combines or ())
    return p.Combination(document.plan, document.family, document.name.zh, names, tuple(caps), own, reopened)
