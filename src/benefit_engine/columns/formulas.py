"""The formula of one line in the kernel: what ``steps`` does, without the working."""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import Facts, Ints, Memory
from benefit_engine.columns.asking import COVER, EVENT, X_FROM, X_PERIODS, X_UNTIL, choose
from benefit_engine.columns.program import Tables, places
from benefit_engine.columns.state import (
    COLLECTED,
    E_SELF,
    RUN_FEN,
    RUN_FORMULA,
    RUN_MISSING,
    RUN_UNKNOWN,
    RUN_USES,
    begin,
    counter_of,
    cut,
    note,
    used,
)
from benefit_engine.money import ATOMS, WHOLE

F = places("formulas")
B = places("benefits")
CL = places("component_lists")
CM = places("components")
RA = places("rates")
BR = places("brackets")
DC = places("day_caps")
CP = places("caps")
SH = places("shared")
EX = places("exclusives")
SELF_PAID_BIT = 1 << (c.AMOUNTS_AT + c.SELF_PAID)

UNITS, REMAINING, FIRST_EVENT, SLOT, FAMILY = range(5)
"""Places in ``lx``, the surroundings of a line: units, fen that the member still bears (NONE: unknown), first event of the
person, slot and family of the plan, then the number of caps of the combination and their start in ``lists``."""
COMBINED, COMBINED_END = 5, 6


@njit
def days_of(tb: Tables, fx: Facts, cx: Ints, covers: Ints, formula: int) -> int:
    """Days that an allowance looks at; -1 when unknown."""
    event = cx[EVENT]
    if tb.formulas[formula, F.days_of] == 1:
        return fx.rest_days[event]
    ended, started = fx.dates[event, c.ENDED], fx.dates[event, c.STARTED]
    if ended == 0:
        return -1
    last = ended
    if tb.formulas[formula, F.within_cover] == 1 and cx[COVER] >= 0:
        last = min(last, covers[cx[COVER], X_UNTIL])
        started = max(started, covers[cx[COVER], X_FROM])
    extra = 1 if tb.formulas[formula, F.both_ends] == 1 and last == ended else 0
    return max(1, last - started + extra)


@njit
def counted_days(after: int, all_once_more: bool, days: int) -> int:
    """Days that are paid of so many."""
    if days <= after:
        return 0
    return days if all_once_more else days - after


@njit
def apply_table(tb: Tables, table: int, atoms: int, bonus: int) -> int:
    """F(x) in atoms; every figure is a whole number of basis points of a fen, so that dividing first is exact."""
    total = 0
    mode = tb.rates[table, RA.mode]
    for i in range(tb.rates[table, RA.start], tb.rates[table, RA.end]):
        low, high = tb.brackets[i, BR.over], tb.brackets[i, BR.up_to]
        if atoms <= low:
            break
        inside = high < 0 or atoms <= high
        rate = tb.brackets[i, BR.rate]
        if rate != 0:
            rate += bonus
        if mode == c.MARGINAL:
            total += ((atoms if inside else high) - low) // WHOLE * rate
        elif inside:
            return tb.brackets[i, BR.sum] if mode == c.STEPS else atoms // WHOLE * rate
    return total


@njit
def rounded(atoms: int) -> int:
    """Atoms to fen, half up."""
    return (atoms + ATOMS // 2) // ATOMS


@njit
def sum_components(fx: Facts, mm: Memory, lx: Ints, tb: Tables, event: int, components: int) -> tuple[int, int]:
    """Signed sum of the components of one bill, without what remains: fen and a mask of unknown amounts."""
    self_paid = mm.events[event - lx[FIRST_EVENT], E_SELF]
    instead = False
    if tb.component_lists[components, CL.all_parts] == 1 and self_paid != c.NONE:
        for part in range(c.FIRST_PART, c.LAST_PART + 1):
            instead = instead or fx.amounts[event, part] == c.NONE
    total, missing = (self_paid if instead else 0), 0
    for i in range(tb.component_lists[components, CL.start], tb.component_lists[components, CL.end]):
        amount = tb.components[i, CM.amount]
        if amount == c.REMAINING or (instead and c.FIRST_PART <= amount <= c.LAST_PART):
            continue
        value = self_paid if amount == c.SELF_PAID else fx.amounts[event, amount]
        if value == c.NONE:
            if amount != c.HOSPITAL:
                missing |= 1 << (c.AMOUNTS_AT + amount)
        else:
            total += tb.components[i, CM.sign] * value
    return total, missing


@njit
def base_of(tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, formula: int, run: Ints) -> int:
    """Sum of the components, then the share: atoms."""
    components = choose(tb, fx, cx, mm.covers, tb.formulas[formula, F.components])
    fen, missing = 0, 0
    if tb.formulas[formula, F.collects] == 1:
        for i in range(mm.meta[COLLECTED]):
            more, unknown = sum_components(fx, mm, lx, tb, mm.collected[i], components)
            fen += more
            missing |= unknown
    else:
        fen, missing = sum_components(fx, mm, lx, tb, cx[EVENT], components)
    for i in range(tb.component_lists[components, CL.start], tb.component_lists[components, CL.end]):
        if tb.components[i, CM.amount] == c.REMAINING:
            if lx[REMAINING] == c.NONE:
                missing |= SELF_PAID_BIT
            else:
                fen += lx[REMAINING]
    if missing:
        run[RUN_UNKNOWN] = 1
        run[RUN_MISSING] |= missing
        return 0
    share = choose(tb, fx, cx, mm.covers, tb.formulas[formula, F.share])
    return max(0, fen) * ATOMS // WHOLE * share


@njit
def reimbursement(
    tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, benefit: int, formula: int, run: Ints, uses: Ints
) -> None:
    """Base, deductible or threshold, rate: rounded here, once."""
    covers = mm.covers
    atoms = base_of(tb, fx, mm, cx, lx, formula, run)
    if run[RUN_UNKNOWN]:
        return
    key = tb.benefits[benefit, B.key]
    if tb.formulas[formula, F.deductible] >= 0:
        size = choose(tb, fx, cx, covers, tb.formulas[formula, F.deductible]) * ATOMS
        per = tb.formulas[formula, F.deductible_per]
        counter = counter_of(key, c.BASE, per)
        before = used(mm, counter, mm.keys[per, 1])
        note(mm, run, uses, counter, mm.keys[per, 1], atoms)
        if tb.formulas[formula, F.threshold] == 1:
            total = before + atoms
            atoms = (total if total >= size else 0) - (before if before >= size else 0)
        else:
            atoms -= min(atoms, max(0, size - before))
    table = choose(tb, fx, cx, covers, tb.formulas[formula, F.rate])
    bonus = 0
    if tb.formulas[formula, F.bonus] >= 0 and cx[COVER] >= 0 and covers[cx[COVER], X_PERIODS] >= 0:
        further = max(0, covers[cx[COVER], X_PERIODS] - tb.formulas[formula, F.bonus_after])
        bonus = min(tb.formulas[formula, F.bonus_most], further * tb.formulas[formula, F.bonus])
    per = tb.formulas[formula, F.rate_per]
    counter = counter_of(key, c.RATED, per)
    before = used(mm, counter, mm.keys[per, 1])
    note(mm, run, uses, counter, mm.keys[per, 1], atoms)
    figure = rounded(apply_table(tb, table, before + atoms, bonus)) - rounded(apply_table(tb, table, before, bonus))
    run[RUN_FEN] = max(0, figure)


@njit
def allowance(tb: Tables, fx: Facts, mm: Memory, cx: Ints, benefit: int, formula: int, run: Ints, uses: Ints) -> None:
    """Days of this event beyond those that the stay has already shown, times the daily sum; caps on days."""
    days = days_of(tb, fx, cx, mm.covers, formula)
    key = tb.benefits[benefit, B.key]
    counter = counter_of(key, c.DAYS_SEEN, c.STAY)
    before = used(mm, counter, mm.keys[c.STAY, 1])
    note(mm, run, uses, counter, mm.keys[c.STAY, 1], days)
    after, once_more = tb.formulas[formula, F.after], tb.formulas[formula, F.all_once_more] == 1
    paid = counted_days(after, once_more, before + days) - counted_days(after, once_more, before)
    per_day = choose(tb, fx, cx, mm.covers, tb.formulas[formula, F.amount])
    run[RUN_FEN] = paid * per_day
    start, end = tb.formulas[formula, F.day_caps], tb.formulas[formula, F.day_caps_end]
    scopes = 0
    for i in range(start, end):
        per = tb.day_caps[i, DC.per]
        scopes |= 1 << per
        left = max(0, tb.day_caps[i, DC.days] - used(mm, counter_of(key, c.DAYS, per), mm.keys[per, 1]))
        if paid > left:
            cut(run, left * per_day, c.CAP)
            paid = left
    for scope in range(c.COMBINATION + 1):
        if (scopes >> scope) & 1:
            note(mm, run, uses, counter_of(key, c.DAYS, scope), mm.keys[scope, 1], paid)


@njit
def compute_formula(
    tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, benefit: int, formula: int, run: Ints, uses: Ints
) -> None:
    """One formula from facts to a rounded amount."""
    run[RUN_FORMULA] = formula
    kind = tb.formulas[formula, F.kind]
    if kind == 0:
        reimbursement(tb, fx, mm, cx, lx, benefit, formula, run, uses)
    elif kind == 1:
        allowance(tb, fx, mm, cx, benefit, formula, run, uses)
    elif kind == 2:
        amount = choose(tb, fx, cx, mm.covers, tb.formulas[formula, F.amount])
        ladder = tb.formulas[formula, F.ladder]
        if ladder >= 0:
            amount = rounded(amount * ATOMS // WHOLE * tb.ladders[ladder, fx.grade[cx[EVENT]] - 1])
        run[RUN_FEN] = amount


@njit
def take_units(tb: Tables, mm: Memory, lx: Ints, run: Ints) -> None:
    """Units multiply lump sums and allowances; a top-up pays what is missing to the sum of all units."""
    formula = run[RUN_FORMULA]
    if lx[UNITS] > 1 and run[RUN_FEN] > 0 and tb.formulas[formula, F.kind] != 0:
        run[RUN_FEN] *= lx[UNITS]
    start, end = tb.formulas[formula, F.top_up], tb.formulas[formula, F.top_up_end]
    if tb.formulas[formula, F.kind] == 2 and end > start:
        per = tb.formulas[formula, F.top_up_per]
        paid = 0
        for i in range(start, end):
            paid += used(mm, counter_of(tb.members[i, 0], c.PAID, per), mm.keys[per, 1])
        if paid:
            if run[RUN_FEN] > paid:
                run[RUN_FEN] -= paid
            else:
                cut(run, 0, c.CAP)


@njit
def pick(tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, benefit: int) -> None:
    """Greater or lesser of several formulas, with their units; ties keep the first. The run that wins stands in ``run``."""
    run, uses, other, other_uses = mm.run, mm.uses, mm.other_run, mm.other_uses
    take_units(tb, mm, lx, run)
    greater = tb.benefits[benefit, B.pick] == c.GREATER
    for formula in range(tb.benefits[benefit, B.formulas] + 1, tb.benefits[benefit, B.formulas_end]):
        begin(other)
        compute_formula(tb, fx, mm, cx, lx, benefit, formula, other, other_uses)
        if other[RUN_UNKNOWN]:
            run[RUN_UNKNOWN] = 1
            run[RUN_MISSING] = other[RUN_MISSING]
            return
        take_units(tb, mm, lx, other)
        better = other[RUN_FEN] > run[RUN_FEN] if greater else other[RUN_FEN] < run[RUN_FEN]
        if better:
            for i in range(RUN_MISSING + 1):
                run[i] = other[i]
            for i in range(other[RUN_USES]):
                for j in range(3):
                    uses[i, j] = other_uses[i, j]


@njit
def take_caps(tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, benefit: int, run: Ints) -> None:
    """The benefit's own caps, then what an upgrade has already had."""
    key = tb.benefits[benefit, B.key]
    per_unit = tb.formulas[run[RUN_FORMULA], F.kind] != 0
    for i in range(tb.benefits[benefit, B.caps], tb.benefits[benefit, B.caps_end]):
        limit = choose(tb, fx, cx, mm.covers, tb.caps[i, CP.amount]) * (lx[UNITS] if per_unit else 1)
        per = tb.caps[i, CP.per]
        cut(run, limit - used(mm, counter_of(key, c.PAID, per), mm.keys[per, 1]), c.CAP)
    once = tb.benefits[benefit, B.once]
    if once >= 0 and tb.benefits[benefit, B.upgrade] == 1:
        had = used(mm, counter_of(key, c.PAID, once), mm.keys[once, 1])
        if had:
            if run[RUN_FEN] <= had:
                cut(run, 0, c.PAID_ONCE)
            else:
                run[RUN_FEN] -= had


@njit
def take_exclusives(tb: Tables, mm: Memory, benefit: int, run: Ints, uses: Ints) -> None:
    """Benefits that exclude each other by difference, or by larger across events: only what passes the others."""
    own = tb.benefits[benefit, B.key]
    for at in range(tb.benefits[benefit, B.exclusives], tb.benefits[benefit, B.exclusives_end]):
        group = tb.lists[at, 0]
        per = tb.exclusives[group, EX.per]
        if tb.exclusives[group, EX.rule] == c.FIRST or run[RUN_FEN] <= 0 or mm.keys[per, 0] == 0:
            continue
        key = mm.keys[per, 1]
        counter = counter_of(own, c.ENTITLED, per)
        entitled = max(used(mm, counter_of(own, c.PAID, per), key), used(mm, counter, key))
        paid = 0
        for i in range(tb.exclusives[group, EX.members], tb.exclusives[group, EX.members_end]):
            paid += used(mm, counter_of(tb.members[i, 0], c.PAID, per), key)
        note(mm, run, uses, counter, key, run[RUN_FEN])
        if paid:
            cut(run, entitled + run[RUN_FEN] - paid, c.EXCLUDED_WITH_OTHER)


@njit
def take_shared(tb: Tables, fx: Facts, mm: Memory, cx: Ints, start: int, end: int, run: Ints) -> None:
    """Caps over several benefits or plans, whose numbers stand in ``lists[start:end]``."""
    for at in range(start, end):
        cap = tb.lists[at, 0]
        per = tb.shared[cap, SH.per]
        limit = choose(tb, fx, cx, mm.covers, tb.shared[cap, SH.amount])
        for i in range(tb.shared[cap, SH.members], tb.shared[cap, SH.members_end]):
            limit -= used(mm, counter_of(tb.members[i, 0], c.PAID, per), mm.keys[per, 1])
        cut(run, limit, c.CAP)


@njit
def compute(tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, benefit: int) -> None:
    """The formulas and all later steps of one line, into ``mm.run`` and ``mm.uses``."""
    run, uses = mm.run, mm.uses
    begin(run)
    first, end = tb.benefits[benefit, B.formulas], tb.benefits[benefit, B.formulas_end]
    compute_formula(tb, fx, mm, cx, lx, benefit, first, run, uses)
    if run[RUN_UNKNOWN]:
        return
    several = end - first > 1
    if several:
        pick(tb, fx, mm, cx, lx, benefit)
        if run[RUN_UNKNOWN]:
            return
    for i in range(tb.benefits[benefit, B.order], tb.benefits[benefit, B.order_end]):
        step = tb.orders[i, 0]
        if run[RUN_FEN] <= 0:
            continue
        if step == c.UNITS_STEP:
            if not several:
                take_units(tb, mm, lx, run)
        elif step == c.FLOOR_STEP:
            run[RUN_FEN] = max(run[RUN_FEN], tb.benefits[benefit, B.floor])
        elif step == c.CAPS_STEP:
            take_caps(tb, fx, mm, cx, lx, benefit, run)
        elif step == c.EXCLUSIVE_STEP:
            take_exclusives(tb, mm, benefit, run, uses)
        elif step == c.SHARED_STEP:
            take_shared(tb, fx, mm, cx, tb.benefits[benefit, B.shared], tb.benefits[benefit, B.shared_end], run)
        elif step == c.COMBINED_STEP:
            take_shared(tb, fx, mm, cx, lx[COMBINED], lx[COMBINED_END], run)
        elif tb.benefits[benefit, B.indemnity] == 1 and tb.benefits[benefit, B.limited] == 1:
            if lx[REMAINING] == c.NONE:
                run[RUN_UNKNOWN] = 1
                run[RUN_MISSING] = SELF_PAID_BIT
                return
            cut(run, lx[REMAINING], c.POCKET)
