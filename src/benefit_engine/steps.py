"""The formula of one line: base, deductible, rate or days or sum, and the steps after the rounding. Contract, arithmetic 5-7.

A ``Run`` carries the running figure of one line through the steps, writes the working as it goes, and notes which
counters it would use up; nothing is used up before the line is known to pay.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any

from benefit_engine import plan as p
from benefit_engine.accumulators import BASE, DAYS, DAYS_SEEN, ENTITLED, PAID, RATED, Accumulators, Key
from benefit_engine.amounts import AMOUNT_NAMES, Bill, component_sum
from benefit_engine.conditions import Context, choose
from benefit_engine.labels import SAME_STAY_LABEL, SCOPE_LABELS
from benefit_engine.money import ATOMS, WHOLE, percent, plain_yuan, round_half_up, yuan, yuan_of_atoms

Step = dict[str, Any]


class Unknown(Exception):
    """The formula needs amounts that nobody knows; ``missing`` names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class Surroundings:
    """What a line needs to know beyond its own event: counters, other lines, its stay and its scopes.

    ``remaining``: fen of the event that nobody has reimbursed yet (None: burden unknown). ``collected``: bills of the
    period's events that this event settles together; ``settles``: the ids of it and of them. ``keys``: key of each
    scope; absent where it cannot be told.
    """

    __slots__ = (
        *(
            "accumulators",
            "bill",
            "collected",
            "combined",
            "exclusives",
            "family",
            "keys",
            "remaining",
            "settles",
            "shared",
            "units",
        ),
    )

    def __init__(self, family: str, accumulators: Accumulators, bill: Bill, keys: dict[str, str], units: int) -> None:
        self.family = family
        self.accumulators = accumulators
        self.bill = bill
        self.keys = keys
        self.units = units
        self.remaining: int | None = None
        self.collected: list[Bill] = []
        self.settles: tuple[str, ...] = ()
        self.exclusives: tuple[p.Exclusive, ...] = ()
        self.shared: tuple[p.SharedCap, ...] = ()
        self.combined: tuple[p.SharedCap, ...] = ()

    def key(self, benefit: str, counter: str, scope: str) -> Key:
        """Counter of one benefit of this family in a scope of this event."""
        return (self.family, f"{benefit}.{counter}", self.keys[scope])

    def used(self, benefit: str, counter: str, scope: str) -> int:
        """How much of that counter is used up."""
        return self.accumulators.used(self.key(benefit, counter, scope))


class Run:
    """The running figure of one line. ``fen`` after the rounding; ``cuts`` the reasons in the order in which they cut."""

    __slots__ = ("around", "benefit", "ctx", "cuts", "fen", "formula", "uses", "working")

    def __init__(self, benefit: p.Benefit, ctx: Context, around: Surroundings) -> None:
        self.formula = benefit.formulas[0]
        self.benefit = benefit
        self.ctx = ctx
        self.around = around
        self.fen = 0
        self.cuts: list[str] = []
        self.uses: list[tuple[Key, int]] = []
        self.working: list[Step] = []

    # -- writing the working --------------------------------------------------------------------------------------

    def note(self, step: str, label: str, amount: str, after: str, clause: str | None, **detail: Any) -> None:
        """Add one step to the working; ``clause`` falls back to the benefit's."""
        entry: Step = {"step": step, "label": label, "amount": amount, "after": after}
        clause = clause or self.benefit.clause
        if clause:
            entry["clause"] = clause
        entry.update(detail)
        self.working.append(entry)

    def to(self, step: str, label: str, fen: int, clause: str | None, **detail: Any) -> None:
        """Move the rounded running figure to ``fen`` and note it."""
        self.note(step, label, yuan(fen - self.fen), yuan(fen), clause, **detail)
        self.fen = fen

    def cut(self, step: str, label: str, limit: int, reason: str, clause: str | None) -> None:
        """Cut the running figure to a limit, if it is above it."""
        limit = max(0, limit)
        if self.fen > limit:
            self.to(step, label, limit, clause)
            if reason not in self.cuts:
                self.cuts.append(reason)

    # -- formulas ---------------------------------------------------------------------------------------------------

    def compute(self) -> None:
        """Run the formulas and all later steps. Raises Unknown when an amount that is needed is not known."""
        formulas = self.benefit.formulas
        self._compute_formula(formulas[0])
        if len(formulas) > 1:
            self._pick(formulas[1:])
        for step in self.benefit.order:
            if self.fen > 0 and not (step == "units" and len(formulas) > 1):
                _AFTER[step](self)

    def _compute_formula(self, formula: p.Formula) -> None:
        self.formula = formula
        if formula.base is not None:
            self._reimbursement(formula)
        elif formula.days is not None:
            self._days(formula.days)
        elif formula.sum is not None:
            self._sum(formula.sum)

    def _pick(self, others: tuple[p.Formula, ...]) -> None:
        """Greater or lesser of several formulas: keep the whole run of the one that wins; ties keep the first.

        They are compared with their units, which multiply lump sums and allowances but no reimbursement. The steps of
        those set aside are details of theirs, so that the running figure is that of the one that is paid.
        """
        self._units()
        runs = [self]
        for formula in others:
            run = Run(self.benefit, self.ctx, self.around)
            run._compute_formula(formula)
            run._units()
            runs.append(run)
        best = (max if self.benefit.pick == "greater" else min)(runs, key=lambda run: run.fen)
        steps: list[Step] = []
        for number, run in enumerate(runs, start=1):
            after = steps[-1]["after"] if steps else yuan(0)
            steps.append({"step": "formula", "label": f"算法{number}", "amount": yuan(0), "after": after})
            if run is best:
                steps += run.working
            else:
                steps[-1]["detail"] = [{"label": step["label"], "amount": step["amount"]} for step in run.working]
        results = [{"label": f"算法{number}", "amount": yuan(run.fen)} for number, run in enumerate(runs, start=1)]
        self.fen, self.formula, self.cuts, self.uses, self.working = best.fen, best.formula, best.cuts, best.uses, steps
        label = "取较大者" if self.benefit.pick == "greater" else "取较小者"
        self.note("pick", label, yuan(0), yuan(self.fen), None, detail=results)

    def _reimbursement(self, formula: p.Formula) -> None:
        atoms = self._base(_need(formula.base))
        if formula.deductible is not None:
            atoms = self._deductible(formula.deductible, atoms)
        self._rate(_need(formula.rate), atoms)

    def _base(self, base: p.Base) -> int:
        """Sum of the components, then the share: atoms."""
        bills = self.around.collected if base.collects else [self.around.bill]
        fen = 0
        terms: dict[str, int] = {}
        missing: list[str] = []
        components = _chosen(base.components, self.ctx)
        own = [item for item in components if item[1] != p.REMAINING]
        for bill in bills:
            part, used, unknown = component_sum(bill, own)
            fen += part
            missing += unknown
            for name, value in used:
                terms[name] = terms.get(name, 0) + value
        if len(own) < len(components):
            if self.around.remaining is None:
                missing.append("amounts.self_paid")
            else:
                fen += self.around.remaining
                terms[p.REMAINING] = self.around.remaining
        if missing:
            raise Unknown(sorted(set(missing)))
        atoms = max(0, fen) * ATOMS
        figure = yuan_of_atoms(atoms)
        shown: dict[str, Any] = {}
        if len(terms) > 1:
            shown["detail"] = [
                {"label": AMOUNT_NAMES.get(name, name), "amount": yuan(value)} for name, value in terms.items()
            ]
        self.note("base", base.label, figure, figure, base.clause, **shown)
        share = _chosen(base.share, self.ctx)
        if share != WHOLE:
            part = atoms // WHOLE * share
            self.note("share", f"计入 {percent(share)}", yuan_of_atoms(part - atoms), yuan_of_atoms(part), base.clause)
            atoms = part
        return atoms

    def _deductible(self, rule: p.Deductible, atoms: int) -> int:
        """Take off what the scope has not yet borne, or count nothing before the threshold is reached."""
        size = _chosen(rule.amount, self.ctx) * ATOMS
        key = self.around.key(self.benefit.id, BASE, rule.per)
        before = self.around.accumulators.used(key)
        self.uses.append((key, atoms))
        if rule.threshold:
            total = before + atoms
            counted = total if total >= size else 0
            earlier = before if before >= size else 0
            left = counted - earlier
            verb = "达到，从第一元起算" if counted else "未达到"
            label = f"{rule.label}{plain_yuan(size // ATOMS)}元（{verb}）"
        else:
            left = atoms - min(atoms, max(0, size - before))
            label = f"{rule.label}{plain_yuan(size // ATOMS)}元"
            if before:
                where = SAME_STAY_LABEL if rule.per == p.STAY else SCOPE_LABELS[rule.per]
                label += f"（{where}已抵扣{yuan(min(size, before) // ATOMS)}元）"
        self.note("deductible", label, yuan_of_atoms(left - atoms), yuan_of_atoms(left), rule.clause)
        return left

    def _rate(self, rule: p.Rate, atoms: int) -> None:
        """Brackets on the event, or on the running total of a stay or period; rounded here, once."""
        table = _chosen(rule.table, self.ctx)
        bonus = self._bonus(rule.bonus)
        key = self.around.key(self.benefit.id, RATED, rule.per)
        before = self.around.accumulators.used(key)
        self.uses.append((key, atoms))
        after = before + atoms
        fen = max(0, round_half_up(apply_table(table, after, bonus)) - round_half_up(apply_table(table, before, bonus)))
        detail = _bracket_rows(table, before, after, bonus)
        label = detail[0]["label"] if len(detail) == 1 else _TABLE_LABELS[table.mode]
        if before:
            label += f"（累计自{yuan_of_atoms(before)}元至{yuan_of_atoms(after)}元）"
        shown = {"detail": detail} if len(detail) > 1 else {}
        self.note("rate", label, yuan_of_atoms(fen * ATOMS - atoms), yuan(fen), rule.clause, **shown)
        self.fen = fen

    def _bonus(self, bonus: p.TenureBonus | None) -> int:
        periods = self.ctx.cover.consecutive_periods if self.ctx.cover is not None else None
        if bonus is None or periods is None:
            return 0
        return min(bonus.most, max(0, periods - bonus.after) * bonus.rate)

    def _days(self, rule: p.Days) -> None:
        """Days of this event beyond those that the stay has already shown, times the daily sum."""
        days = _need(days_of(rule, self.ctx))
        before = self.around.used(self.benefit.id, DAYS_SEEN, p.STAY)
        self.uses.append((self.around.key(self.benefit.id, DAYS_SEEN, p.STAY), days))
        paid = _counted_days(rule, before + days) - _counted_days(rule, before)
        per_day = _chosen(rule.per_day, self.ctx)
        what = "住院" if rule.of == "stay" else "休养"
        counted = "" if paid == days else f"，计{paid}天"
        self.note(
            "days",
            f"{what}{days}天{counted} × 每天{plain_yuan(per_day)}元",
            yuan(paid * per_day),
            yuan(paid * per_day),
            rule.clause,
        )
        self.fen = paid * per_day
        for cap in rule.caps:
            key = self.around.key(self.benefit.id, DAYS, cap.per)
            left = max(0, cap.days - self.around.accumulators.used(key))
            if paid > left:
                self.cut(
                    "cap",
                    f"{SCOPE_LABELS[cap.per]}最多{cap.days}天，还可计{left}天",
                    left * per_day,
                    "cap_reached",
                    cap.clause or rule.clause,
                )
                paid = left
        for scope in {cap.per for cap in rule.caps}:
            self.uses.append((self.around.key(self.benefit.id, DAYS, scope), paid))

    def _sum(self, rule: p.Sum) -> None:
        amount = _chosen(rule.amount, self.ctx)
        self.to("sum", f"定额{plain_yuan(amount)}元", amount, rule.clause)
        if rule.ladder:
            grade = _need(self.ctx.event.disability_grade)
            share = rule.ladder[grade - 1]
            self.to(
                "ladder",
                f"伤残{grade}级，给付{percent(share)}",
                round_half_up(amount * ATOMS // WHOLE * share),
                rule.clause,
            )

    # -- steps after the rounding -----------------------------------------------------------------------------------

    def _units(self) -> None:
        units = self.around.units
        if units > 1 and self.fen > 0 and self.formula.base is None:
            self.to("units", f"× {units}份", self.fen * units, None)
        if self.formula.sum is not None and self.formula.sum.top_up:
            self._top_up(self.formula.sum)

    def _top_up(self, rule: p.Sum) -> None:
        """Only what is missing to the sum of all units after what other benefits paid."""
        paid = sum(self.around.used(benefit, PAID, rule.top_up_per) for benefit in rule.top_up)
        if paid:
            scope = SCOPE_LABELS[rule.top_up_per]
            label = f"补足：{scope}已给付{yuan(paid)}元"
            if self.fen > paid:
                self.to("top_up", label, self.fen - paid, rule.clause)
            else:
                self.cut("top_up", label, 0, "cap_reached", rule.clause)

    def _floor(self) -> None:
        if self.fen < self.benefit.floor:
            self.to(
                "floor",
                f"不足{plain_yuan(self.benefit.floor)}元的按{plain_yuan(self.benefit.floor)}元",
                self.benefit.floor,
                None,
            )

    def _caps(self) -> None:
        per_unit = self.formula.base is None
        for cap in self.benefit.caps:
            limit = _chosen(cap.amount, self.ctx) * (self.around.units if per_unit else 1)
            used = self.around.used(self.benefit.id, PAID, cap.per)
            if self.fen > limit - used:
                self.cut("cap", _cap_label(SCOPE_LABELS[cap.per], limit, used), limit - used, "cap_reached", cap.clause)
        self._once()

    def _once(self) -> None:
        """An upgrade pays the difference to what the scope already got; nothing more is an ``already_paid_once``."""
        once = self.benefit.once
        if once is None or not once.upgrade:
            return
        used = self.around.used(self.benefit.id, PAID, once.per)
        if used:
            label = f"{SCOPE_LABELS[once.per]}已给付{yuan(used)}元，只补差额"
            if self.fen <= used:
                self.cut("once", label, 0, "already_paid_once", once.clause)
            else:
                self.to("once", label, self.fen - used, once.clause)


def exclusive_step(run: Run) -> None:
    """Benefits that exclude each other by ``difference`` (or ``larger``, across events): only what passes the others."""
    for group in run.around.exclusives:
        if group.rule == "first" or run.fen <= 0 or group.per not in run.around.keys:
            continue
        # A take-over may know what was paid but not what was due: at least that much was.
        own = run.around.used(run.benefit.id, PAID, group.per)
        entitled = max(own, run.around.used(run.benefit.id, ENTITLED, group.per))
        paid = sum(run.around.used(benefit, PAID, group.per) for benefit in group.benefits)
        run.uses.append((run.around.key(run.benefit.id, ENTITLED, group.per), run.fen))
        if paid:
            label = f"与另一项待遇不重复给付：{SCOPE_LABELS[group.per]}已给付{yuan(paid)}元"
            limit = entitled + run.fen - paid
            run.cut("exclusive", label, limit, "excluded_with_other_benefit", group.clause)


def _shared_caps(run: Run, caps: tuple[p.SharedCap, ...], step: str) -> None:
    """Caps over several benefits, or over several plans of a combination; used up in line order."""
    for cap in caps:
        limit = _chosen(cap.amount, run.ctx)
        across_plans = step == "combined_cap" and cap.per == p.PERIOD
        key = run.around.keys[p.COMBINATION if across_plans else cap.per]
        used = sum(
            run.around.accumulators.used((family or run.around.family, f"{benefit}.{PAID}", key))
            for family, benefit in cap.benefits
        )
        if run.fen > limit - used:
            label = _cap_label(cap.label or f"{SCOPE_LABELS[cap.per]}合计", limit, used)
            run.cut(step, label, limit - used, "cap_reached", cap.clause)


def indemnity_step(run: Run) -> None:
    """Never more than the member still bears. Raises Unknown when the burden is not known. Contract, arithmetic 7."""
    if run.benefit.indemnity and run.benefit.indemnity_limited:
        if run.around.remaining is None:
            raise Unknown(["amounts.self_paid"])
        if run.fen > run.around.remaining:
            label = f"不超过本人实际负担余额{yuan(max(0, run.around.remaining))}元"
            run.cut("indemnity", label, run.around.remaining, "exceeds_out_of_pocket", None)


_AFTER: dict[str, Callable[[Run], None]] = {
    "units": Run._units,
    "floor": Run._floor,
    "caps": Run._caps,
    "exclusive": exclusive_step,
    "shared_caps": lambda run: _shared_caps(run, run.around.shared, "shared_cap"),
    "combined_caps": lambda run: _shared_caps(run, run.around.combined, "combined_cap"),
    "indemnity": indemnity_step,
}
_TABLE_LABELS = {"marginal": "分段累进计算", "whole": "按所在档的比例计算全额", "steps": "按所在档的定额"}


def apply_table(table: p.Table, atoms: int, bonus: int = 0) -> int:
    """F(x) in atoms: ``marginal`` sums each part at its rate, ``whole`` and ``steps`` use the bracket that x falls in."""
    total = 0
    for bracket in table.brackets:
        low = bracket.over * ATOMS
        if atoms <= low:
            break
        high = None if bracket.up_to is None else bracket.up_to * ATOMS
        inside = high is None or atoms <= high
        if table.mode == "marginal":
            part = (atoms if inside or high is None else high) - low
            total += part * _raised(bracket, bonus) // WHOLE
        elif inside:
            return bracket.sum * ATOMS if table.mode == "steps" else atoms * _raised(bracket, bonus) // WHOLE
    return total


def _raised(bracket: p.Bracket, bonus: int) -> int:
    """The rate with the bonus for tenure; a bracket that pays nothing still pays nothing."""
    return bracket.rate + bonus if bracket.rate else 0


def _bracket_rows(table: p.Table, before: int, after: int, bonus: int) -> list[Step]:
    """What each bracket gave, for the working: range, part of the base in it, rate and sum."""
    rows: list[Step] = []
    for bracket in table.brackets:
        low = bracket.over * ATOMS
        high = after if bracket.up_to is None else min(after, bracket.up_to * ATOMS)
        if table.mode != "marginal" and not low < after <= high:
            continue
        start = max(low, before) if table.mode == "marginal" else 0
        if high <= start:
            continue
        span = _span(bracket.over, bracket.up_to)
        if table.mode == "steps":
            rows.append({"label": f"{span}定额{plain_yuan(bracket.sum)}元", "amount": yuan(bracket.sum)})
            continue
        rate = _raised(bracket, bonus)
        rows.append(
            {
                "label": f"{span}{percent(rate)}",
                "base": yuan_of_atoms(high - start),
                "rate": percent(rate),
                "amount": yuan_of_atoms((high - start) * rate // WHOLE),
            }
        )
    return rows or [{"label": "无应付比例", "amount": yuan(0)}]


@functools.cache
def _span(over: int, up_to: int | None) -> str:
    """A bracket in words; kept, since a plan has few brackets and every working names them."""
    if over == 0:
        return "" if up_to is None else f"{plain_yuan(up_to)}元以内 "
    end = "" if up_to is None else f"至{plain_yuan(up_to)}元"
    return f"{plain_yuan(over)}元以上{end} "


def days_of(rule: p.Days, ctx: Context) -> int | None:
    """Days that an allowance looks at; None when unknown."""
    if rule.of == "rest":
        return ctx.event.rest_days
    ended = ctx.event.ended_on
    if ended is None:
        return None
    started = ctx.event.started_on
    if rule.within_cover and ctx.cover is not None:
        ended = min(ended, ctx.cover.until)
        started = max(started, ctx.cover.start)
    extra = datetime.timedelta(days=1) if rule.both_ends and ended == ctx.event.ended_on else datetime.timedelta()
    return max(1, (ended - started + extra).days)


def _counted_days(rule: p.Days, days: int) -> int:
    if days <= rule.after:
        return 0
    return days if rule.all_once_more else days - rule.after


def _chosen(choice: p.Choice[p.T], ctx: Context) -> p.T:
    """The value of a choice that the gates have already found to have one."""
    return _need(choose(choice, ctx))


def _need(value: p.T | None) -> p.T:
    """What the gates have made sure of; to come here without it is a fault of the engine, never of the case."""
    if value is None:
        raise RuntimeError("the formula ran without a fact that its gates should have asked for")
    return value


def _cap_label(what: str, limit: int, used: int) -> str:
    return f"{what}限额{plain_yuan(limit)}元" + (f"，已用{yuan(used)}元" if used else "")
