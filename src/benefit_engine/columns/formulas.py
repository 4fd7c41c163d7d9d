"""The formula of one line in the kernel: what ``steps`` does, without the working."""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import FE, Ints, O, X
from benefit_engine.columns.asking import COVER, EVENT, X_FROM, X_PERIODS, X_UNTIL, choose
from benefit_engine.columns.borrowing import fact
from benefit_engine.columns.program import N, get, places
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
    has_key,
    here,
    key_of,
    note,
    of_cover,
    of_event,
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

UNITS, REMAINING, FIRST_EVENT, COMBINED, COMBINED_END = range(5)
"""Places in the surroundings of a line: units, fen that the member still bears (NONE: unknown), first event of the person, and
the run of ``lists`` in which the caps of the combination stand."""


@njit
def days_of(tb: Ints, fx: Ints, mm: Ints, formula: int) -> int:
    """Days that an allowance looks at; -1 when unknown."""
    event = here(mm, EVENT)
    if get(tb, N.formulas, formula, F.days_of) == 1:
        return fact(fx, X.events, event, FE.rest_days)
    ended, started = fact(fx, X.events, event, FE.dates + c.ENDED), fact(fx, X.events, event, FE.dates + c.STARTED)
    if ended == 0:
        return -1
    last = ended
    if get(tb, N.formulas, formula, F.within_cover) == 1 and here(mm, COVER) >= 0:
        last = min(last, of_cover(mm, here(mm, COVER), X_UNTIL))
        started = max(started, of_cover(mm, here(mm, COVER), X_FROM))
    extra = 1 if get(tb, N.formulas, formula, F.both_ends) == 1 and last == ended else 0
    return max(1, last - started + extra)


@njit
def counted_days(after: int, all_once_more: bool, days: int) -> int:
    """Days that are paid of so many."""
    if days <= after:
        return 0
    return days if all_once_more else days - after


@njit
def apply_table(tb: Ints, table: int, atoms: int, bonus: int) -> int:
    """F(x) in atoms; every figure is a whole number of basis points of a fen, so that dividing first is exact."""
    total = 0
    mode = get(tb, N.rates, table, RA.mode)
    for i in range(get(tb, N.rates, table, RA.start), get(tb, N.rates, table, RA.end)):
        low, high = get(tb, N.brackets, i, BR.over), get(tb, N.brackets, i, BR.up_to)
        if atoms <= low:
            break
        inside = high < 0 or atoms <= high
        rate = get(tb, N.brackets, i, BR.rate)
        if rate != 0:
            rate += bonus
        if mode == c.MARGINAL:
            total += ((atoms if inside else high) - low) // WHOLE * rate
        elif inside:
            return get(tb, N.brackets, i, BR.sum) if mode == c.STEPS else atoms // WHOLE * rate
    return total


@njit
def rounded(atoms: int) -> int:
    """Atoms to fen, half up."""
    return (atoms + ATOMS // 2) // ATOMS


@njit
def sum_components(fx: Ints, mm: Ints, tb: Ints, event: int, components: int) -> tuple[int, int]:
    """Signed sum of the components of one bill, without what remains: fen and a mask of unknown amounts."""
    self_paid = of_event(mm, event - mm[O.surroundings + FIRST_EVENT], E_SELF)
    instead = False
    if get(tb, N.component_lists, components, CL.all_parts) == 1 and self_paid != c.NONE:
        for part in range(c.FIRST_PART, c.LAST_PART + 1):
            instead = instead or fact(fx, X.amounts, event, part) == c.NONE
    total, missing = (self_paid if instead else 0), 0
    for i in range(get(tb, N.component_lists, components, CL.start), get(tb, N.component_lists, components, CL.end)):
        amount = get(tb, N.components, i, CM.amount)
        if amount == c.REMAINING or (instead and c.FIRST_PART <= amount <= c.LAST_PART):
            continue
        value = self_paid if amount == c.SELF_PAID else fact(fx, X.amounts, event, amount)
        if value == c.NONE:
            if amount != c.HOSPITAL:
                missing |= 1 << (c.AMOUNTS_AT + amount)
        else:
            total += get(tb, N.components, i, CM.sign) * value
    return total, missing


@njit
def base_of(tb: Ints, fx: Ints, mm: Ints, formula: int, run: int) -> int:
    """Sum of the components, then the share: atoms."""
    components = choose(tb, fx, mm, get(tb, N.formulas, formula, F.components))
    fen, missing = 0, 0
    if get(tb, N.formulas, formula, F.collects) == 1:
        for i in range(mm[O.meta + COLLECTED]):
            more, unknown = sum_components(fx, mm, tb, mm[O.collected + i], components)
            fen += more
            missing |= unknown
    else:
        fen, missing = sum_components(fx, mm, tb, here(mm, EVENT), components)
    for i in range(get(tb, N.component_lists, components, CL.start), get(tb, N.component_lists, components, CL.end)):
        if get(tb, N.components, i, CM.amount) == c.REMAINING:
            if mm[O.surroundings + REMAINING] == c.NONE:
                missing |= SELF_PAID_BIT
            else:
                fen += mm[O.surroundings + REMAINING]
    if missing:
        mm[run + RUN_UNKNOWN] = 1
        mm[run + RUN_MISSING] |= missing
        return 0
    share = choose(tb, fx, mm, get(tb, N.formulas, formula, F.share))
    return max(0, fen) * ATOMS // WHOLE * share


@njit
def reimbursement(tb: Ints, fx: Ints, mm: Ints, benefit: int, formula: int, run: int, uses: int) -> None:
    """Base, deductible or threshold, rate: rounded here, once."""
    atoms = base_of(tb, fx, mm, formula, run)
    if mm[run + RUN_UNKNOWN]:
        return
    key = get(tb, N.benefits, benefit, B.key)
    if get(tb, N.formulas, formula, F.deductible) >= 0:
        size = choose(tb, fx, mm, get(tb, N.formulas, formula, F.deductible)) * ATOMS
        per = get(tb, N.formulas, formula, F.deductible_per)
        counter = counter_of(key, c.BASE, per)
        before = used(mm, counter, key_of(mm, per))
        note(mm, run, uses, counter, key_of(mm, per), atoms)
        if get(tb, N.formulas, formula, F.threshold) == 1:
            total = before + atoms
            atoms = (total if total >= size else 0) - (before if before >= size else 0)
        else:
            atoms -= min(atoms, max(0, size - before))
    table = choose(tb, fx, mm, get(tb, N.formulas, formula, F.rate))
    bonus = 0
    if (
        get(tb, N.formulas, formula, F.bonus) >= 0
        and here(mm, COVER) >= 0
        and of_cover(mm, here(mm, COVER), X_PERIODS) >= 0
    ):
        further = max(
            0,
            of_cover(mm, here(mm, COVER), X_PERIODS) - get(tb, N.formulas, formula, F.bonus_after),
        )
        bonus = min(get(tb, N.formulas, formula, F.bonus_most), further * get(tb, N.formulas, formula, F.bonus))
    per = get(tb, N.formulas, formula, F.rate_per)
    counter = counter_of(key, c.RATED, per)
    before = used(mm, counter, key_of(mm, per))
    note(mm, run, uses, counter, key_of(mm, per), atoms)
    figure = rounded(apply_table(tb, table, before + atoms, bonus))
    if before > 0:
        figure -= rounded(apply_table(tb, table, before, bonus))
    mm[run + RUN_FEN] = max(0, figure)


@njit
def allowance(tb: Ints, fx: Ints, mm: Ints, benefit: int, formula: int, run: int, uses: int) -> None:
    """Days of this event beyond those that the stay has already shown, times the daily sum; caps on days."""
    days = days_of(tb, fx, mm, formula)
    key = get(tb, N.benefits, benefit, B.key)
    counter = counter_of(key, c.DAYS_SEEN, c.STAY)
    before = used(mm, counter, key_of(mm, c.STAY))
    note(mm, run, uses, counter, key_of(mm, c.STAY), days)
    after, once_more = get(tb, N.formulas, formula, F.after), get(tb, N.formulas, formula, F.all_once_more) == 1
    paid = counted_days(after, once_more, before + days) - counted_days(after, once_more, before)
    per_day = choose(tb, fx, mm, get(tb, N.formulas, formula, F.amount))
    mm[run + RUN_FEN] = paid * per_day
    start, end = get(tb, N.formulas, formula, F.day_caps), get(tb, N.formulas, formula, F.day_caps_end)
    scopes = 0
    for i in range(start, end):
        per = get(tb, N.day_caps, i, DC.per)
        scopes |= 1 << per
        left = max(0, get(tb, N.day_caps, i, DC.days) - used(mm, counter_of(key, c.DAYS, per), key_of(mm, per)))
        if paid > left:
            cut(mm, run, left * per_day, c.CAP)
            paid = left
    for scope in range(c.COMBINATION + 1):
        if (scopes >> scope) & 1:
            note(mm, run, uses, counter_of(key, c.DAYS, scope), key_of(mm, scope), paid)


@njit
def compute_formula(tb: Ints, fx: Ints, mm: Ints, benefit: int, formula: int, run: int, uses: int) -> None:
    """One formula from facts to a rounded amount."""
    mm[run + RUN_FORMULA] = formula
    kind = get(tb, N.formulas, formula, F.kind)
    if kind == 0:
        reimbursement(tb, fx, mm, benefit, formula, run, uses)
    elif kind == 1:
        allowance(tb, fx, mm, benefit, formula, run, uses)
    elif kind == 2:
        amount = choose(tb, fx, mm, get(tb, N.formulas, formula, F.amount))
        ladder = get(tb, N.formulas, formula, F.ladder)
        if ladder >= 0:
            amount = rounded(
                amount * ATOMS // WHOLE * get(tb, N.ladders, ladder, fact(fx, X.events, here(mm, EVENT), FE.grade) - 1)
            )
        mm[run + RUN_FEN] = amount


@njit
def take_units(tb: Ints, mm: Ints, run: int) -> None:
    """Units multiply lump sums and allowances; a top-up pays what is missing to the sum of all units."""
    formula = mm[run + RUN_FORMULA]
    if mm[O.surroundings + UNITS] > 1 and mm[run + RUN_FEN] > 0 and get(tb, N.formulas, formula, F.kind) != 0:
        mm[run + RUN_FEN] *= mm[O.surroundings + UNITS]
    start, end = get(tb, N.formulas, formula, F.top_up), get(tb, N.formulas, formula, F.top_up_end)
    if get(tb, N.formulas, formula, F.kind) == 2 and end > start:
        per = get(tb, N.formulas, formula, F.top_up_per)
        paid = 0
        for i in range(start, end):
            paid += used(mm, counter_of(get(tb, N.members, i, 0), c.PAID, per), key_of(mm, per))
        if paid:
            if mm[run + RUN_FEN] > paid:
                mm[run + RUN_FEN] -= paid
            else:
                cut(mm, run, 0, c.CAP)


@njit
def pick(tb: Ints, fx: Ints, mm: Ints, benefit: int) -> None:
    """Greater or lesser of several formulas, with their units; ties keep the first. The run that wins stands in ``run``."""
    run, uses, other, other_uses = O.run, O.uses, O.other_run, O.other_uses
    take_units(tb, mm, run)
    greater = get(tb, N.benefits, benefit, B.pick) == c.GREATER
    for formula in range(get(tb, N.benefits, benefit, B.formulas) + 1, get(tb, N.benefits, benefit, B.formulas_end)):
        begin(mm, other)
        compute_formula(tb, fx, mm, benefit, formula, other, other_uses)
        if mm[other + RUN_UNKNOWN]:
            mm[run + RUN_UNKNOWN] = 1
            mm[run + RUN_MISSING] = mm[other + RUN_MISSING]
            return
        take_units(tb, mm, other)
        better = mm[other + RUN_FEN] > mm[run + RUN_FEN] if greater else mm[other + RUN_FEN] < mm[run + RUN_FEN]
        if better:
            for i in range(RUN_MISSING + 1):
                mm[run + i] = mm[other + i]
            for i in range(mm[other + RUN_USES]):
                for j in range(3):
                    mm[uses + 3 * i + j] = mm[other_uses + 3 * i + j]


@njit
def take_caps(tb: Ints, fx: Ints, mm: Ints, benefit: int, run: int) -> None:
    """The benefit's own caps, then what an upgrade has already had."""
    key = get(tb, N.benefits, benefit, B.key)
    per_unit = get(tb, N.formulas, mm[run + RUN_FORMULA], F.kind) != 0
    for i in range(get(tb, N.benefits, benefit, B.caps), get(tb, N.benefits, benefit, B.caps_end)):
        limit = choose(tb, fx, mm, get(tb, N.caps, i, CP.amount)) * (mm[O.surroundings + UNITS] if per_unit else 1)
        per = get(tb, N.caps, i, CP.per)
        cut(mm, run, limit - used(mm, counter_of(key, c.PAID, per), key_of(mm, per)), c.CAP)
    once = get(tb, N.benefits, benefit, B.once)
    if once >= 0 and get(tb, N.benefits, benefit, B.upgrade) == 1:
        had = used(mm, counter_of(key, c.PAID, once), key_of(mm, once))
        if had:
            if mm[run + RUN_FEN] <= had:
                cut(mm, run, 0, c.PAID_ONCE)
            else:
                mm[run + RUN_FEN] -= had


@njit
def take_exclusives(tb: Ints, mm: Ints, benefit: int, run: int, uses: int) -> None:
    """Benefits that exclude each other by difference, or by larger across events: only what passes the others."""
    own = get(tb, N.benefits, benefit, B.key)
    for at in range(get(tb, N.benefits, benefit, B.exclusives), get(tb, N.benefits, benefit, B.exclusives_end)):
        group = get(tb, N.lists, at, 0)
        per = get(tb, N.exclusives, group, EX.per)
        if get(tb, N.exclusives, group, EX.rule) == c.FIRST or mm[run + RUN_FEN] <= 0 or not has_key(mm, per):
            continue
        key = key_of(mm, per)
        counter = counter_of(own, c.ENTITLED, per)
        entitled = max(used(mm, counter_of(own, c.PAID, per), key), used(mm, counter, key))
        paid = 0
        for i in range(get(tb, N.exclusives, group, EX.members), get(tb, N.exclusives, group, EX.members_end)):
            paid += used(mm, counter_of(get(tb, N.members, i, 0), c.PAID, per), key)
        note(mm, run, uses, counter, key, mm[run + RUN_FEN])
        if paid:
            cut(mm, run, entitled + mm[run + RUN_FEN] - paid, c.EXCLUDED_WITH_OTHER)


@njit
def take_shared(tb: Ints, fx: Ints, mm: Ints, start: int, end: int, run: int) -> None:
    """Caps over several benefits or plans, whose numbers stand in ``lists[start:end]``."""
    for at in range(start, end):
        cap = get(tb, N.lists, at, 0)
        per = get(tb, N.shared, cap, SH.per)
        limit = choose(tb, fx, mm, get(tb, N.shared, cap, SH.amount))
        for i in range(get(tb, N.shared, cap, SH.members), get(tb, N.shared, cap, SH.members_end)):
            limit -= used(mm, counter_of(get(tb, N.members, i, 0), c.PAID, per), key_of(mm, per))
        cut(mm, run, limit, c.CAP)


@njit
def compute(tb: Ints, fx: Ints, mm: Ints, benefit: int) -> None:
    """The formulas and all later steps of one line, into the memory's ``run`` and ``uses``."""
    run, uses = O.run, O.uses
    begin(mm, run)
    first, end = get(tb, N.benefits, benefit, B.formulas), get(tb, N.benefits, benefit, B.formulas_end)
    compute_formula(tb, fx, mm, benefit, first, run, uses)
    if mm[run + RUN_UNKNOWN]:
        return
    several = end - first > 1
    if several:
        pick(tb, fx, mm, benefit)
        if mm[run + RUN_UNKNOWN]:
            return
    for i in range(get(tb, N.benefits, benefit, B.order), get(tb, N.benefits, benefit, B.order_end)):
        step = get(tb, N.orders, i, 0)
        if mm[run + RUN_FEN] <= 0:
            continue
        if step == c.UNITS_STEP:
            if not several:
                take_units(tb, mm, run)
        elif step == c.FLOOR_STEP:
            mm[run + RUN_FEN] = max(mm[run + RUN_FEN], get(tb, N.benefits, benefit, B.floor))
        elif step == c.CAPS_STEP:
            take_caps(tb, fx, mm, benefit, run)
        elif step == c.EXCLUSIVE_STEP:
            take_exclusives(tb, mm, benefit, run, uses)
        elif step == c.SHARED_STEP:
            take_shared(
                tb, fx, mm, get(tb, N.benefits, benefit, B.shared), get(tb, N.benefits, benefit, B.shared_end), run
            )
        elif step == c.COMBINED_STEP:
            take_shared(tb, fx, mm, mm[O.surroundings + COMBINED], mm[O.surroundings + COMBINED_END], run)
        elif get(tb, N.benefits, benefit, B.indemnity) == 1 and get(tb, N.benefits, benefit, B.limited) == 1:
            if mm[O.surroundings + REMAINING] == c.NONE:
                mm[run + RUN_UNKNOWN] = 1
                mm[run + RUN_MISSING] = SELF_PAID_BIT
                return
            cut(mm, run, mm[O.surroundings + REMAINING], c.POCKET)
