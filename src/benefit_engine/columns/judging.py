"""Cover, gates and triggers of a line in the kernel: what ``gates`` and the first half of ``decide`` do with objects.

Each function that judges gives two masks: reasons of what fails, and facts without which nobody can say.
"""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import FE, FP, FS, Ints, O, W, X
from benefit_engine.columns.asking import (
    AGE,
    COVER,
    DAY,
    EVENT,
    ORDINAL,
    PERSON,
    X_AGE,
    X_FROM,
    X_JOINED,
    X_PERIODS,
    X_UNITS,
    X_UNTIL,
    choose,
    explain,
    explain_choice,
    verdict,
)
from benefit_engine.columns.borrowing import fact
from benefit_engine.columns.dates import add_days, add_months, add_working_days, retires_on
from benefit_engine.columns.formulas import days_of
from benefit_engine.columns.program import N, get, places
from benefit_engine.columns.state import S_END, S_PLAN, S_START, counter_of, here, of_cover, of_slot, used

P = places("plans")
B = places("benefits")
Z = places("sizes")
A = places("ages")
RT = places("retirement")
GA = places("gates")
WA = places("waiting")
L = places("limits")
F = places("formulas")

D_EVENT, D_DAY, D_COVER, D_FAILED, D_MISSING, D_AGE, D_ORDINAL = range(7)
"""Columns of ``standing``: how the person stands in a slot's plan on the counting date of an event."""

SEX_FACT, BIRTH_FACT = 1 << c.FACT["sex"], 1 << c.FACT["birth_date"]
PERIODS_FACT = 1 << c.FACT["consecutive_periods"]
REST_FACT, ENDED_FACT = 1 << c.FACT["rest_days"], 1 << c.FACT["ended_on"]
GRADE_FACT = 1 << c.FACT["disability_grade"]
DATE_FACTS = tuple(1 << c.FACT[name] for name in c.DATES)
TRIGGER_REASONS = sum(
    1 << c.REASON[reason]
    for reason in (
        *("sex", "groups", "not_accident", "diagnosis_not_listed", "operation_not_listed", "severity"),
        "disability_grade",
    )
)
NO_CALENDAR = 1 << 61
"""In a mask of missing facts: a limit reaches beyond the calendar, the explained engine must count."""


@njit
def judge_age(tb: Ints, fx: Ints, mm: Ints, plan: int) -> tuple[int, int]:
    """The first band for this sex and relation decides: masks of reasons and of missing facts."""
    person, cover = here(mm, PERSON), here(mm, COVER)
    sex, relation = fact(fx, X.persons, person, FP.sex), fact(fx, X.persons, person, FP.relation)
    band, by_sex = -1, False
    for row in range(get(tb, N.plans, plan, P.ages), get(tb, N.plans, plan, P.ages_end)):
        if get(tb, N.ages, row, A.relation) >= 0 and get(tb, N.ages, row, A.relation) != relation:
            continue
        by_sex = by_sex or get(tb, N.ages, row, A.sex) >= 0
        if band < 0 and (get(tb, N.ages, row, A.sex) < 0 or get(tb, N.ages, row, A.sex) == sex):
            band = row
    if sex < 0 and by_sex:
        return 0, SEX_FACT
    if band < 0:
        return 1 << c.AGE, 0
    if here(mm, AGE) < 0:
        return 0, BIRTH_FACT
    failed, missing, age = 0, 0, here(mm, AGE)
    least, most = get(tb, N.ages, band, A.least), get(tb, N.ages, band, A.most)
    if (least >= 0 and age < least) or (most >= 0 and age > most):
        failed = 1 << c.AGE
    elif get(tb, N.ages, band, A.retirement) == 1:
        if sex < 0:
            missing = SEX_FACT
        elif retired(tb, fx, mm, person, cover, plan):
            failed = 1 << c.AGE
    if get(tb, N.ages, band, A.renewal_only_from) >= 0 and age >= get(tb, N.ages, band, A.renewal_only_from):
        periods = of_cover(mm, cover, X_PERIODS)
        if periods < 0:
            missing |= PERIODS_FACT
        elif periods < 2:
            failed = 1 << c.AGE
    return failed, missing


@njit
def retired(tb: Ints, fx: Ints, mm: Ints, person: int, cover: int, plan: int) -> bool:
    """Has the person reached the statutory age on the first day of the cover?"""
    for row in range(get(tb, N.plans, plan, P.retirement), get(tb, N.plans, plan, P.retirement_end)):
        groups = get(tb, N.retirement, row, RT.groups)
        if get(tb, N.retirement, row, RT.sex) == fact(fx, X.persons, person, FP.sex) and (
            groups == 0 or fact(fx, X.persons, person, FP.groups) & groups
        ):
            return of_cover(mm, cover, X_FROM) >= retires_on(tb, row, fact(fx, X.persons, person, FP.birth))
    return False


@njit
def judge_gates(tb: Ints, fx: Ints, mm: Ints, start: int, end: int) -> tuple[int, int]:
    """Gates in a run: masks of reasons and of missing facts."""
    failed, missing = 0, 0
    for gate in range(start, end):
        condition = get(tb, N.gates, gate, GA.condition)
        answer = verdict(tb, fx, mm, condition)
        reason = get(tb, N.gates, gate, GA.reason)
        if answer < 0:
            missing |= explain(tb, fx, mm, condition)[1]
        elif get(tb, N.gates, gate, GA.excludes) == 1:
            if answer == 1:
                failed |= 1 << (reason if reason >= 0 else c.EXCLUSION)
        elif answer == 0:
            failed |= 1 << reason if reason >= 0 else explain(tb, fx, mm, condition)[0]
    return failed, missing


@njit
def first_cover(mm: Ints, slot: int, day: int) -> int:
    """The first cover of a slot's plan on a day, -1 without."""
    for cover in range(of_slot(mm, slot, S_START), of_slot(mm, slot, S_END)):
        if of_cover(mm, cover, X_FROM) <= day < of_cover(mm, cover, X_UNTIL):
            return cover
    return -1


@njit
def stand(tb: Ints, fx: Ints, mm: Ints, slot: int, event: int, day: int) -> None:
    """Cover, age, ordinal and the gates of the person in a slot's plan on a day; worked out once for all benefits."""
    row, plan = O.standing + W.standing * slot, of_slot(mm, slot, S_PLAN)
    place = event - fact(fx, X.starts, here(mm, PERSON), FS.events)
    if mm[row + D_EVENT] == event and mm[row + D_DAY] == day:
        mm[O.context + EVENT], mm[O.context + DAY] = event, day
        mm[O.context + COVER], mm[O.context + AGE] = mm[row + D_COVER], mm[row + D_AGE]
        mm[O.context + ORDINAL] = mm[row + D_ORDINAL]
        return
    cover = first_cover(mm, slot, day)
    mm[O.context + EVENT], mm[O.context + DAY], mm[O.context + COVER] = event, day, cover
    mm[O.context + AGE] = of_cover(mm, cover, X_AGE) if cover >= 0 else -1
    mm[O.context + ORDINAL] = 1
    if cover >= 0 and get(tb, N.sizes, 0, Z.stays_read) == 1:
        counter = counter_of(get(tb, N.sizes, 0, Z.keys) + get(tb, N.plans, plan, P.family), 0, c.PERIOD)
        counted = used(mm, counter, of_cover(mm, cover, X_FROM))
        mm[O.context + ORDINAL] = max(1, counted + (1 if mm[O.stays + W.stays * slot + place] == place else 0))
    failed, missing = 0, 0
    if cover >= 0:
        failed |= other_plans(tb, mm, slot, day)
    else:
        failed |= 1 << c.NOT_COVERED
    if cover >= 0 and get(tb, N.plans, plan, P.ages_end) > get(tb, N.plans, plan, P.ages):
        failed_age, missing_age = judge_age(tb, fx, mm, plan)
        failed |= failed_age
        missing |= missing_age
    failed_gates, missing_gates = judge_gates(
        tb, fx, mm, get(tb, N.plans, plan, P.gates), get(tb, N.plans, plan, P.gates_end)
    )
    mm[row + D_EVENT], mm[row + D_DAY], mm[row + D_COVER] = event, day, cover
    mm[row + D_AGE], mm[row + D_ORDINAL] = here(mm, AGE), here(mm, ORDINAL)
    mm[row + D_FAILED], mm[row + D_MISSING] = failed | failed_gates, missing | missing_gates


@njit
def other_plans(tb: Ints, mm: Ints, slot: int, day: int) -> int:
    """Plans that exclude each other, and a second plan of the same family: the earlier cover stands."""
    failed, plan = 0, of_slot(mm, slot, S_PLAN)
    for other in range(slot):
        theirs = of_slot(mm, other, S_PLAN)
        same = get(tb, N.plans, theirs, P.family) == get(tb, N.plans, plan, P.family)
        if (same or get(tb, N.excluded, plan, theirs) == 1) and first_cover(mm, other, day) >= 0:
            failed |= 1 << (c.DUPLICATE_COVER if same else c.PLAN_EXCLUDED)
    return failed


@njit
def judge_limit(tb: Ints, fx: Ints, mm: Ints, plan: int, limit: int) -> tuple[int, int]:
    """A limit of time: masks of reasons and of missing facts."""
    event = here(mm, EVENT)
    day, of = fact(fx, X.events, event, FE.dates + get(tb, N.limits, limit, L.field)), get(tb, N.limits, limit, L.of)
    if day == 0:
        return 0, 0
    if of == -1:
        start = get(tb, N.limits, limit, L.on)
    elif of == -2:
        if here(mm, COVER) < 0:
            return 0, 0
        start = of_cover(mm, here(mm, COVER), X_UNTIL) - 1
    else:
        start = fact(fx, X.events, event, FE.dates + of)
        if start == 0:
            return 0, DATE_FACTS[of]
    if get(tb, N.limits, limit, L.months) >= 0:
        start = add_months(start, get(tb, N.limits, limit, L.months))
    if get(tb, N.limits, limit, L.working_days) >= 0:
        first, end = get(tb, N.plans, plan, P.calendar), get(tb, N.plans, plan, P.calendar_end)
        start = add_working_days(tb, first, end, start, get(tb, N.limits, limit, L.working_days))
        if start == c.NONE:
            return 0, NO_CALENDAR
    return (
        1 << get(tb, N.limits, limit, L.reason) if day > add_days(start, get(tb, N.limits, limit, L.days)) else 0
    ), 0


@njit
def judge_benefit(tb: Ints, fx: Ints, mm: Ints, benefit: int) -> tuple[int, int]:
    """Gates of the benefit itself, found before cover, limits of time, facts that its formulas need."""
    plan = get(tb, N.benefits, benefit, B.plan)
    start, end = get(tb, N.benefits, benefit, B.gates), get(tb, N.benefits, benefit, B.gates_end)
    failed, missing = judge_gates(tb, fx, mm, start, end)
    event, cover = here(mm, EVENT), here(mm, COVER)
    if get(tb, N.benefits, benefit, B.found_first) == 1 and cover >= 0:
        found = fact(fx, X.events, event, FE.dates + c.FIRST_FOUND)
        if found != 0 and found < of_cover(mm, cover, X_JOINED):
            failed |= 1 << c.FOUND_BEFORE_COVER
    for limit in range(get(tb, N.benefits, benefit, B.limits), get(tb, N.benefits, benefit, B.limits_end)):
        late, unknown = judge_limit(tb, fx, mm, plan, limit)
        failed |= late
        missing |= unknown
    for formula in range(get(tb, N.benefits, benefit, B.formulas), get(tb, N.benefits, benefit, B.formulas_end)):
        kind = get(tb, N.formulas, formula, F.kind)
        if kind == 1 and days_of(tb, fx, mm, formula) < 0:
            missing |= REST_FACT if get(tb, N.formulas, formula, F.days_of) == 1 else ENDED_FACT
        if kind == 2 and get(tb, N.formulas, formula, F.ladder) >= 0 and fact(fx, X.events, event, FE.grade) < 0:
            missing |= GRADE_FACT
        if (
            kind == 0
            and get(tb, N.formulas, formula, F.bonus) >= 0
            and cover >= 0
            and of_cover(mm, cover, X_PERIODS) < 0
        ):
            missing |= PERIODS_FACT
    return failed, missing


@njit
def units_of(tb: Ints, fx: Ints, mm: Ints, slot: int, benefit: int) -> int:
    """Units of the covers on the day whose waiting time is over; -1 when it is over for none of them."""
    units, any_cover, waiting = 0, False, get(tb, N.benefits, benefit, B.waiting)
    free = waiting < 0 or (
        fact(fx, X.events, here(mm, EVENT), FE.accident) == 1 and get(tb, N.waiting, waiting, WA.accidents) == 0
    )
    for cover in range(of_slot(mm, slot, S_START), of_slot(mm, slot, S_END)):
        if not of_cover(mm, cover, X_FROM) <= here(mm, DAY) < of_cover(mm, cover, X_UNTIL):
            continue
        any_cover = True
        over = free
        if not over:
            first = of_cover(mm, cover, X_JOINED)
            if get(tb, N.waiting, waiting, WA.months) > 0:
                first = add_months(first, get(tb, N.waiting, waiting, WA.months))
            over = here(mm, DAY) >= add_days(first, get(tb, N.waiting, waiting, WA.days))
        if over:
            units += of_cover(mm, cover, X_UNITS)
    if any_cover and units == 0:
        return -1
    most = get(tb, N.plans, get(tb, N.benefits, benefit, B.plan), P.units_most)
    return min(units, most) if most >= 0 else units


@njit
def is_triggered(tb: Ints, fx: Ints, mm: Ints, benefit: int) -> tuple[bool, int, int]:
    """Is what triggers the benefit there? Else the reasons; facts without which nobody can say."""
    missing = 0
    trigger = get(tb, N.benefits, benefit, B.trigger)
    if trigger >= 0:
        answer = verdict(tb, fx, mm, trigger)
        if answer == 0:
            return False, explain(tb, fx, mm, trigger)[0], 0
        if answer < 0:
            missing = explain(tb, fx, mm, trigger)[1]
    for formula in range(get(tb, N.benefits, benefit, B.formulas), get(tb, N.benefits, benefit, B.formulas_end)):
        if get(tb, N.formulas, formula, F.kind) != 2:
            continue
        amount = get(tb, N.formulas, formula, F.amount)
        if choose(tb, fx, mm, amount) == c.NONE:
            reasons, unknown = explain_choice(tb, fx, mm, amount)
            if reasons and not unknown and reasons & ~TRIGGER_REASONS == 0:
                return False, reasons, 0
    return True, 0, missing
