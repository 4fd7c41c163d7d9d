"""The compiler: walks a library of plans and fills the tables of the columnar engine.

Each method turns one part of a plan into rows and gives their numbers. Nothing here knows a person or an event.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benefit_engine import plan as p
from benefit_engine.accumulators import together
from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import BENEFITS_MOST, FAMILIES_MOST
from benefit_engine.columns.program import COLUMNS, Program, Tables, TooLarge, places, text_key
from benefit_engine.money import ATOMS
from benefit_engine.prepared import PreparedBenefit, PreparedPlan, prepare
from benefit_engine.words import REASONS


class Compiling:
    """Fills the tables while it walks the library."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.parts: dict[str, list[tuple[int, ...]]] = {name: [] for name in COLUMNS}
        self.calendars: dict[tuple[Any, Any], tuple[int, int]] = {}
        self.settled_bits: dict[int, int] = {}
        self.conditions_known: dict[p.Condition, int] = {}
        self.choices_known: dict[Any, int] = {}

    def add(self, table: str, *values: int, **named: int) -> int:
        """One row more; its number."""
        if named:
            values = tuple(int(named.pop(name, -1)) for name in COLUMNS[table])
            if named:
                raise AssertionError(f"{table} has no {sorted(named)}")
        self.parts[table].append(tuple(int(value) for value in values))
        return len(self.parts[table]) - 1

    def run(self, table: str, rows: Iterable[Sequence[int]]) -> tuple[int, int]:
        """Several rows in a run: its start and end."""
        start = len(self.parts[table])
        self.parts[table].extend(tuple(int(value) for value in row) for row in rows)
        return start, len(self.parts[table])

    # -- conditions and choices ---------------------------------------------------------------------------------------

    def condition(self, condition: p.Condition) -> int:
        """The number of a condition."""
        known = self.conditions_known.get(condition)
        if known is None:
            tests = [self.test(test) for test in condition]
            known = self.conditions_known[condition] = self.add("conditions", *self.run("tests", tests))
        return known

    def test(self, test: p.Test) -> tuple[int, int, int]:
        """Field and what it wants: a mask, two bounds, a set of codes (whether it asks diagnoses, operations), branches."""
        name, want = test.field, test.want
        field = c.FIELD[name]
        if name in ("accident", "settled_by_insurance"):
            return field, int(want), 0
        if name == "any_of":
            branches = [(self.condition(part),) for part in want]
            return field, *self.run("branches", branches)
        if name in ("disability_grade", "age", "tenure", "stay", "days", "days_since_joining"):
            return field, _or_none(want[0]), _or_none(want[1])
        if name == "dates":
            return field, _day(want[0]), _day(want[1])
        if name in ("diseases", "not_diseases"):
            diagnoses = [one for disease in want for one in disease.diagnoses]
            operations = [one for disease in want for one in disease.operations]
            asks = (1 if diagnoses else 0) | (2 if operations else 0)
            return field, self.program.code_set(diagnoses, operations), asks
        if name in ("diagnoses", "not_diagnoses"):
            return field, self.program.code_set(want, ()), 0
        if name in ("operations", "not_operations"):
            return field, self.program.code_set((), want), 0
        return field, self.mask(name, want), 0

    def mask(self, name: str, want: Any) -> int:
        """A bit for each word that will do."""
        program = self.program
        own = {
            "kinds": program.kinds,
            "severity": program.severities,
            "circumstances": program.circumstances,
            "groups": program.groups,
            "not_groups": program.groups,
            "option": program.options,
            "risk_class": program.risks,
        }
        if name in own:
            return own[name].mask(want)
        known = {"sex": c.SEXES, "employment": c.EMPLOYED, "basic_insurance": c.INSURED, "relation": c.RELATED}
        if name == "hospital_level":
            return sum({1 << level for level in want})
        if name == "sex":
            return 1 << c.SEXES.index(want)
        return sum({1 << known[name].index(word) for word in want})

    def fen(self, amount: int) -> int:
        """A sum that is counted in atoms, if it is not too large for that."""
        if amount > c.SAFE_FEN:
            raise TooLarge("sums")
        return amount

    def choice(self, choice: p.Choice[Any], value: Any = int) -> int:
        """The number of a choice; ``value`` numbers the value of a row."""
        key = (choice, value)
        known = self.choices_known.get(key)
        if known is None:
            rows = [(self.condition(row.when) if row.when else -1, value(row.value)) for row in choice]
            known = self.choices_known[key] = self.add("choices", *self.run("rows", rows))
        return known

    def component_list(self, components: tuple[tuple[int, str], ...]) -> int:
        """The number of a list of signed components."""
        added = {name for sign, name in components if sign > 0}
        rows = [(sign, c.REMAINING if name == p.REMAINING else self.amount(name)) for sign, name in components]
        return self.add("component_lists", *self.run("components", rows), added.issuperset(p.FIVE_PARTS))

    def amount(self, name: str) -> int:
        """The column of an amount."""
        if name in c.AMOUNT_NAMES:
            return c.AMOUNT_NAMES.index(name)
        return c.STANDARD_AMOUNTS + self.program.own_amounts.number(name)

    def rate_table(self, table: p.Table) -> int:
        """The number of a table of brackets, bounds and sums in atoms."""
        rows = [
            (
                one.over * ATOMS,
                -1 if one.up_to is None else one.up_to * ATOMS,
                one.rate,
                one.sum * ATOMS,
            )
            for one in table.brackets
        ]
        if any(abs(value) > c.SAFE_FEN * ATOMS for over, up_to, _, total in rows for value in (over, up_to, total)):
            raise TooLarge("brackets")
        return self.add("rates", ("marginal", "whole", "steps").index(table.mode), *self.run("brackets", rows))

    # -- plans and benefits -------------------------------------------------------------------------------------------

    def key(self, family: str, benefit: str) -> int:
        """The number under which a benefit of a family is counted."""
        return self.program.keys.number(f"{family}\n{benefit}")

    def tables(self) -> Tables:
        """Walk the library and give all tables."""
        program, library = self.program, self.program.library
        readies = prepare(library)
        plans = [ready.plan for ready in readies]
        for plan in plans:
            program.plan_numbers[plan.id] = len(program.plan_numbers)
        kinds_named = [kind for ready in readies for kind in sorted(ready.kinds)]
        program.kinds.mask(kinds_named)
        program.known_kinds |= {*kinds_named}
        for ready in readies:
            self.plan(ready)
        for plan in plans:
            self.parts["excluded"].append(tuple(int(_excluded(plan, other)) for other in plans))
        self.combined(library)
        kinds = len(program.kinds.numbers)
        for plan in plans:
            self.parts["by_kind"] += self.of_kinds(plan, kinds)
        groups = len(self.parts["groups"])
        stays_read = any(test[0] == c.FIELD["stay"] for test in self.parts["tests"])
        sizes = (len(program.keys.numbers), len(program.families.numbers), kinds, len(plans))
        reads = (len(self.parts["benefits"]), len(self.settled_bits), groups, stays_read)
        self.add("sizes", *sizes, *reads)
        self.mark_counters()
        arrays = {}
        for name, columns in COLUMNS.items():
            width = len(plans) if name == "excluded" else len(columns)
            arrays[name] = np.array(self.parts[name] or np.zeros((0, width)), dtype=np.int64).reshape(-1, max(1, width))
        return Tables(**arrays)

    def mark_counters(self) -> None:
        """Say of every benefit in which scopes anything reads what it paid and how often: only there it is counted."""
        paid: set[tuple[int, int]] = set()
        claims: set[tuple[int, int]] = set()
        b, f = places("benefits"), places("formulas")
        members = [row[0] for row in self.parts["members"]]
        for start, end, per, *_ in self.parts["exclusives"]:
            paid |= {(key, per) for key in members[start:end]}
        for start, end, _, per in self.parts["shared"]:
            paid |= {(key, per) for key in members[start:end]}
        for row in self.parts["formulas"]:
            if row[f.top_up_end] > row[f.top_up] >= 0:
                paid |= {(key, row[f.top_up_per]) for key in members[row[f.top_up] : row[f.top_up_end]]}
        for row in self.parts["benefits"]:
            paid |= {(row[b.key], per) for _, per in self.parts["caps"][row[b.caps] : row[b.caps_end]]}
            if row[b.once] >= 0:
                (paid if row[b.upgrade] else claims).add((row[b.key], row[b.once]))
            if row[b.claims_most] >= 0:
                claims.add((row[b.claims_counter] >> 3, row[b.claims_per]))
        for i, row in enumerate(self.parts["benefits"]):
            counted = list(row)
            for column, read in ((b.paid_scopes, paid), (b.claims_scopes, claims)):
                counted[column] = sum(1 << scope for key, scope in read if key == row[b.key])
            self.parts["benefits"][i] = tuple(counted)

    def of_kinds(self, plan: p.Plan, kinds: int) -> list[tuple[int, int]]:
        """For each kind of event the plan's benefits that answer to it."""
        words = {number: word for word, number in self.program.kinds.numbers.items()}
        numbers = {benefit: i for i, (name, benefit) in enumerate(self.program.lines) if name == plan.id}
        found = []
        for kind in range(kinds):
            rows = [(numbers[one.id],) for one in plan.benefits if words[kind] in one.kinds]
            found.append(self.run("lists", rows))
        return found

    def plan(self, ready: PreparedPlan) -> None:
        """One plan with its benefits."""
        plan, program = ready.plan, self.program
        number = len(self.parts["plans"])
        family = program.families.number(plan.family)
        ages = self.run("ages", [_age_row(band) for band in plan.ages])
        retirement = self.run("retirement", [self.retirement(row) for row in plan.retirement_ages])
        gates = self.run("gates", [self.gate(gate) for gate in plan.gates])
        exclusives = {id(group): self.exclusive(plan, group) for group in plan.exclusives}
        shared = {id(cap): self.shared(plan.family, cap) for cap in plan.shared_caps}
        calendar = self.calendar(plan)
        sums: dict[str, list[int]] = {}
        for group in sorted(ready.claim_groups, key=repr):
            counter = self.together(plan.family, group)
            for name in set(group.of):
                sums.setdefault(name, []).append(counter * 8 + c.SCOPES.index(group.per))
        for benefit in plan.benefits:
            one = PreparedBenefit(plan, benefit)
            self.benefit(plan, number, one, shared, exclusives, sums.get(benefit.id, []), ready)
        as_one = plan.stays_as_one
        self.add(
            "plans",
            family=family,
            units_most=-1 if plan.units_most is None else plan.units_most,
            as_one=as_one is not None,
            within_days=as_one.within_days if as_one is not None else 0,
            same_disease=as_one is not None and as_one.same_disease,
            ages=ages[0],
            ages_end=ages[1],
            retirement=retirement[0],
            retirement_end=retirement[1],
            gates=gates[0],
            gates_end=gates[1],
            has_larger=ready.has_larger,
            exclusives=min(exclusives.values(), default=0),
            exclusives_end=max(exclusives.values(), default=-1) + 1,
            calendar=calendar[0],
            calendar_end=calendar[1],
        )

    def retirement(self, row: p.RetirementAge) -> tuple[int, ...]:
        """One row of the statutory ages; no groups: for all."""
        groups = self.program.groups.mask(row.groups)
        most = -1 if row.years_most is None else row.years_most
        return c.SEXES.index(row.sex), row.years, _day(row.born_from), row.months_per_month, most, groups

    def gate(self, gate: p.Gate) -> tuple[int, int, int]:
        """One gate; -1 for the reason of the failed test."""
        reason = -1 if gate.reason is None else REASONS.index(gate.reason)
        return self.condition(gate.when), reason, int(gate.excludes)

    def members(self, keys: Iterable[int]) -> tuple[int, int]:
        """A run of numbers of counted benefits."""
        return self.run("members", [(key,) for key in keys])

    def exclusive(self, plan: p.Plan, group: p.Exclusive) -> int:
        """Benefits that exclude each other."""
        keys = self.members(self.key(plan.family, name) for name in group.benefits)
        rule = ("first", "larger", "difference").index(group.rule)
        return self.add("exclusives", *keys, c.SCOPES.index(group.per), rule)

    def shared(self, family: str, cap: p.SharedCap, *, across: bool = False) -> int:
        """A cap over several benefits; across plans the period is that of the combination."""
        keys = self.members(self.key(owner or family, name) for owner, name in cap.benefits)
        per = c.COMBINATION if across and cap.per == p.PERIOD else c.SCOPES.index(cap.per)
        return self.add("shared", *keys, self.choice(cap.amount), per)

    def together(self, family: str, claims: p.ClaimCount) -> int:
        """The counter of claims of several benefits together."""
        name = f"+{together(claims.of)}"
        key = self.key(family, name)
        members = self.members(self.key(family, one) for one in sorted(set(claims.of)))
        owner, scope = self.program.families.number(family), c.SCOPES.index(claims.per)
        row = (key * 8 + c.CLAIMS, *members, scope, owner)
        known = [(one[0], one[3]) for one in self.parts["groups"]]
        if (row[0], row[3]) not in known:
            self.add("groups", *row)
        return key * 8 + c.CLAIMS

    def calendar(self, plan: p.Plan) -> tuple[int, int]:
        """All working days of the plan's calendar that a limit may need, if any limit counts them."""
        if not any(limit.working_days is not None for one in plan.benefits for limit in one.limits):
            return 0, 0
        known = (plan.holidays, plan.workdays)
        if known not in self.calendars:
            first, last = datetime.date(1980, 1, 1).toordinal(), datetime.date(2120, 1, 1).toordinal()
            holidays = {day.toordinal() for day in plan.holidays}
            workdays = {day.toordinal() for day in plan.workdays}
            days = [
                day
                for day in range(first, last)
                if (day not in holidays if (day - 1) % 7 < 5 else day in workdays)  # ordinal 1 is a Monday
            ]
            self.calendars[known] = self.run("working_days", [(day,) for day in days])
        return self.calendars[known]

    def combined(self, library: p.Library) -> None:
        """Combinations: their plans, own benefits, and for each benefit the caps across plans that hold for it."""
        program = self.program
        plans = list(library.plans.values()) + [one.own for one in library.combinations.values() if one.own is not None]
        family = {plan.id: plan.family for plan in plans}
        for combination in library.combinations.values():
            parts = self.run("lists", [(program.plan_numbers[name],) for name in combination.plans])
            own = program.plan_numbers[combination.id] if combination.own is not None else -1
            self.add("combinations", *parts, own)
            caps = [(cap, self.shared("", cap, across=True)) for cap in combination.shared_caps]
            for name, benefit in program.lines:
                mine = [number for cap, number in caps if (family[name], benefit) in cap.benefits]
                self.add("combined", *self.run("lists", [(number,) for number in mine]))

    def benefit(
        self,
        plan: p.Plan,
        number: int,
        one: PreparedBenefit,
        shared: dict[int, int],
        exclusives: dict[int, int],
        sums: list[int],
        ready: PreparedPlan,
    ) -> None:
        """One benefit."""
        benefit, program = one.benefit, self.program
        claims, once = benefit.claims, benefit.once
        key = self.key(plan.family, benefit.id)
        settled = -1
        if one.collects:
            settled = self.settled_bits.setdefault(key, len(self.settled_bits))
            if settled >= c.WORDS_MOST:
                raise TooLarge("settlements")
        formulas = self.run("formulas", [self.formula(plan.family, formula) for formula in benefit.formulas])
        gates = self.run("gates", [self.gate(gate) for gate in benefit.gates])
        limits = self.run("limits", [_limit_row(limit) for limit in benefit.limits])
        caps = self.run("caps", [(self.choice(cap.amount), c.SCOPES.index(cap.per)) for cap in benefit.caps])
        order = self.run("orders", [(p.MIDDLE_STEPS.index(step),) for step in benefit.order])
        mine = self.run("lists", [(shared[id(cap)],) for cap in one.shared])
        apart = self.run("lists", [(exclusives[id(group)],) for group in one.exclusives])
        choices = self.run("lists", [(self.choice(choice, self.value_of(choice)),) for choice in one.choices])
        diseases = self.run("disease_keys", [self.disease(disease) for disease in one.diseases])
        counted = self.run("lists", [(counter,) for counter in sums])
        waiting = benefit.waiting
        self.add(
            "benefits",
            plan=number,
            line=len(program.lines),
            key=key,
            trigger=self.condition(benefit.trigger) if benefit.trigger else -1,
            gates=gates[0],
            gates_end=gates[1],
            waiting=self.add("waiting", waiting.days, waiting.months, waiting.accidents) if waiting else -1,
            found_first=benefit.found_first,
            limits=limits[0],
            limits_end=limits[1],
            counts_on=c.DATES.index(benefit.counts_on),
            formulas=formulas[0],
            formulas_end=formulas[1],
            pick=("only", "greater", "lesser").index(benefit.pick),
            floor=benefit.floor,
            caps=caps[0],
            caps_end=caps[1],
            once=c.SCOPES.index(once.per) if once is not None else -1,
            upgrade=once is not None and once.upgrade,
            claims_most=claims.most if claims is not None else -1,
            claims_per=c.SCOPES.index(claims.per) if claims is not None else -1,
            claims_counter=self.claims(plan, claims) if claims is not None else -1,
            indemnity=benefit.indemnity,
            limited=benefit.indemnity_limited,
            order=order[0],
            order_end=order[1],
            collects=program.kinds.mask(one.collects),
            settled_bit=settled,
            reads_counters=one.reads_counters,
            reads_stay=one.reads_stay,
            reads_remaining=one.reads_remaining,
            shared=mine[0],
            shared_end=mine[1],
            exclusives=apart[0],
            exclusives_end=apart[1],
            choices=choices[0],
            choices_end=choices[1],
            diseases=diseases[0],
            diseases_end=diseases[1],
            by_disease=p.DISEASE in ready.scopes,
            paid_scopes=0,
            claims_scopes=0,
            sums=counted[0],
            sums_end=counted[1],
        )
        program.lines.append((plan.id, benefit.id))

    def claims(self, plan: p.Plan, claims: p.ClaimCount) -> int:
        """The counter of claims that a limit reads."""
        if len(set(claims.of)) > 1:
            return self.together(plan.family, claims)
        return self.key(plan.family, claims.of[0]) * 8 + c.CLAIMS

    def disease(self, disease: p.Disease) -> tuple[int, int]:
        """One listed disease: its codes, and its name as a key."""
        return self.program.code_set(disease.diagnoses, disease.operations), text_key(disease.name)

    def formula(self, family: str, formula: p.Formula) -> tuple[int, ...]:
        """One formula, by ``kind``: 0 base, 1 days, 2 sum, -1 none."""
        named: dict[str, int] = {}
        if formula.base is not None and formula.rate is not None:
            base, rate, deductible = formula.base, formula.rate, formula.deductible
            named |= {
                "kind": 0,
                "components": self.choice(base.components, self.component_list),
                "share": self.choice(base.share),
                "collects": bool(base.collects),
                "rate": self.choice(rate.table, self.rate_table),
                "rate_per": c.SCOPES.index(rate.per),
            }
            if deductible is not None:
                named |= {
                    "deductible": self.choice(deductible.amount, self.fen),
                    "deductible_per": c.SCOPES.index(deductible.per),
                    "threshold": deductible.threshold,
                }
            if rate.bonus is not None:
                bonus = rate.bonus
                named |= {"bonus": bonus.rate, "bonus_after": bonus.after, "bonus_most": bonus.most}
        elif formula.days is not None:
            days = formula.days
            caps = self.run("day_caps", [(cap.days, c.SCOPES.index(cap.per)) for cap in days.caps])
            named |= {
                "kind": 1,
                "amount": self.choice(days.per_day),
                "days_of": int(days.of == "rest"),
                "after": days.after,
                "all_once_more": days.all_once_more,
                "both_ends": days.both_ends,
                "within_cover": days.within_cover,
                "day_caps": caps[0],
                "day_caps_end": caps[1],
            }
        elif formula.sum is not None:
            part = formula.sum
            named |= {"kind": 2, "amount": self.choice(part.amount, self.fen)}
            if part.ladder:
                named["ladder"] = self.add("ladders", *part.ladder)
            start, end = self.members(self.key(family, name) for name in part.top_up)
            named |= {"top_up": start, "top_up_end": end, "top_up_per": c.SCOPES.index(part.top_up_per)}
        return tuple(int(named.get(name, -1)) for name in COLUMNS["formulas"])

    def value_of(self, choice: p.Choice[Any]) -> Any:
        """How the values of a choice are numbered: lists of components, tables of brackets, or plain numbers."""
        value = choice[0].value
        if isinstance(value, p.Table):
            return self.rate_table
        return self.component_list if isinstance(value, tuple) else int


def compile_library(library: p.Library) -> tuple[Program, Tables]:
    """The tables of a library, and what its numbers mean. Raises TooLarge."""
    program = Program(library)
    tables = Compiling(program).tables()
    if len(program.families.numbers) > FAMILIES_MOST or len(program.lines) > BENEFITS_MOST:
        raise TooLarge("plans")
    return program, tables


def _or_none(value: int | None) -> int:
    return c.NONE if value is None else value


def _day(day: datetime.date | None) -> int:
    return c.NONE if day is None else day.toordinal()


def _age_row(band: p.AgeBand) -> tuple[int, ...]:
    return (
        -1 if band.least is None else band.least,
        -1 if band.most is None else band.most,
        -1 if band.sex is None else c.SEXES.index(band.sex),
        -1 if band.relation is None else c.RELATED.index(band.relation),
        int(band.retirement),
        -1 if band.renewal_only_from is None else band.renewal_only_from,
    )


def _limit_row(limit: p.Limit) -> tuple[int, ...]:
    """Field and start by their columns of dates; -1 and -2 for a date of its own and for the end of the cover."""
    if isinstance(limit.of, datetime.date):
        of, on = -1, limit.of.toordinal()
    else:
        of, on = (-2, 0) if limit.of == "cover_end" else (c.DATES.index(limit.of), 0)
    working = -1 if limit.working_days is None else limit.working_days
    months = -1 if limit.months is None else limit.months
    return c.DATES.index(limit.field), of, on, limit.days or 0, working, months, REASONS.index(limit.reason)


def _excluded(plan: p.Plan, other: p.Plan) -> bool:
    """Do two plans exclude each other by id or family?"""
    return bool({other.id, other.family} & set(plan.excludes) or {plan.id, plan.family} & set(other.excludes))
