"""Cover, gates and triggers of a line in the kernel: what ``gates`` and the first half of ``decide`` do with objects.

Each function that judges gives two masks: reasons of what fails, and facts without which nobody can say.
"""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import Facts, Ints, Memory
from benefit_engine.columns.asking import (
    AGE,
    COVER,
    DAY,
    EVENT,
    ORDINAL,
    PERSON,
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
from benefit_engine.columns.dates import add_days, add_months, add_working_days, full_years, retires_on
from benefit_engine.columns.formulas import days_of
from benefit_engine.columns.program import Tables, places
from benefit_engine.columns.state import S_END, S_PLAN, S_START, counter_of, used

P = places("plans")
B = places("benefits")
Z = places("sizes")
A = places("ages")
RT = places("retirement")
GA = places("gates")
W = places("waiting")
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
def judge_age(tb: Tables, fx: Facts, mm: Memory, cx: Ints, plan: int) -> tuple[int, int]:
    """The first band for this sex and relation decides: masks of reasons and of missing facts."""
    person, cover = cx[PERSON], cx[COVER]
    sex, relation = fx.sex[person], fx.relation[person]
    band, by_sex = -1, False
    for row in range(tb.plans[plan, P.ages], tb.plans[plan, P.ages_end]):
        if tb.ages[row, A.relation] >= 0 and tb.ages[row, A.relation] != relation:
            continue
        by_sex = by_sex or tb.ages[row, A.sex] >= 0
        if band < 0 and (tb.ages[row, A.sex] < 0 or tb.ages[row, A.sex] == sex):
            band = row
    if sex < 0 and by_sex:
        return 0, SEX_FACT
    if band < 0:
        return 1 << c.AGE, 0
    if cx[AGE] < 0:
        return 0, BIRTH_FACT
    failed, missing, age = 0, 0, cx[AGE]
    least, most = tb.ages[band, A.least], tb.ages[band, A.most]
    if (least >= 0 and age < least) or (most >= 0 and age > most):
        failed = 1 << c.AGE
    elif tb.ages[band, A.retirement] == 1:
        if sex < 0:
            missing = SEX_FACT
        elif retired(tb, fx, mm, person, cover, plan):
            failed = 1 << c.AGE
    if tb.ages[band, A.renewal_only_from] >= 0 and age >= tb.ages[band, A.renewal_only_from]:
        periods = mm.covers[cover, X_PERIODS]
        if periods < 0:
            missing |= PERIODS_FACT
        elif periods < 2:
            failed = 1 << c.AGE
    return failed, missing


@njit
def retired(tb: Tables, fx: Facts, mm: Memory, person: int, cover: int, plan: int) -> bool:
    """Has the person reached the statutory age on the first day of the cover?"""
    for row in range(tb.plans[plan, P.retirement], tb.plans[plan, P.retirement_end]):
        groups = tb.retirement[row, RT.groups]
        if tb.retirement[row, RT.sex] == fx.sex[person] and (groups == 0 or fx.groups[person] & groups):
            return mm.covers[cover, X_FROM] >= retires_on(tb, row, fx.birth[person])
    return False


@njit
def judge_gates(tb: Tables, fx: Facts, mm: Memory, cx: Ints, start: int, end: int) -> tuple[int, int]:
    """Gates in a run: masks of reasons and of missing facts."""
    failed, missing = 0, 0
    for gate in range(start, end):
        condition = tb.gates[gate, GA.condition]
        answer = verdict(tb, fx, cx, mm.covers, condition)
        reason = tb.gates[gate, GA.reason]
        if answer < 0:
            missing |= explain(tb, fx, cx, mm.covers, condition)[1]
        elif tb.gates[gate, GA.excludes] == 1:
            if answer == 1:
                failed |= 1 << (reason if reason >= 0 else c.EXCLUSION)
        elif answer == 0:
            failed |= 1 << reason if reason >= 0 else explain(tb, fx, cx, mm.covers, condition)[0]
    return failed, missing


@njit
def first_cover(mm: Memory, slot: int, day: int) -> int:
    """The first cover of a slot's plan on a day, -1 without."""
    for cover in range(mm.slots[slot, S_START], mm.slots[slot, S_END]):
        if mm.covers[cover, X_FROM] <= day < mm.covers[cover, X_UNTIL]:
            return cover
    return -1


@njit
def stand(tb: Tables, fx: Facts, mm: Memory, cx: Ints, slot: int, event: int, day: int) -> None:
    """Cover, age, ordinal and the gates of the person in a slot's plan on a day; worked out once for all benefits."""
    row, plan = mm.standing[slot], mm.slots[slot, S_PLAN]
    place = event - fx.event_start[cx[PERSON]]
    if row[D_EVENT] == event and row[D_DAY] == day:
        cx[EVENT], cx[DAY], cx[COVER], cx[AGE], cx[ORDINAL] = event, day, row[D_COVER], row[D_AGE], row[D_ORDINAL]
        return
    cover = first_cover(mm, slot, day)
    birth = fx.birth[cx[PERSON]]
    cx[EVENT], cx[DAY], cx[COVER] = event, day, cover
    cx[AGE] = full_years(birth, mm.covers[cover, X_FROM]) if birth != 0 and cover >= 0 else -1
    cx[ORDINAL] = 1
    if cover >= 0 and tb.sizes[0, Z.stays_read] == 1:
        counter = counter_of(tb.sizes[0, Z.keys] + tb.plans[plan, P.family], 0, c.PERIOD)
        counted = used(mm, counter, mm.covers[cover, X_FROM])
        cx[ORDINAL] = max(1, counted + (1 if mm.stays[slot, place] == place else 0))
    failed, missing = 0, 0
    if cover >= 0:
        failed |= other_plans(tb, mm, slot, day)
    else:
        failed |= 1 << c.NOT_COVERED
    if cover >= 0 and tb.plans[plan, P.ages_end] > tb.plans[plan, P.ages]:
        failed_age, missing_age = judge_age(tb, fx, mm, cx, plan)
        failed |= failed_age
        missing |= missing_age
    failed_gates, missing_gates = judge_gates(tb, fx, mm, cx, tb.plans[plan, P.gates], tb.plans[plan, P.gates_end])
    row[D_EVENT], row[D_DAY], row[D_COVER], row[D_AGE], row[D_ORDINAL] = event, day, cover, cx[AGE], cx[ORDINAL]
    row[D_FAILED], row[D_MISSING] = failed | failed_gates, missing | missing_gates


@njit
def other_plans(tb: Tables, mm: Memory, slot: int, day: int) -> int:
    """Plans that exclude each other, and a second plan of the same family: the earlier cover stands."""
    failed, plan = 0, mm.slots[slot, S_PLAN]
    for other in range(slot):
        theirs = mm.slots[other, S_PLAN]
        same = tb.plans[theirs, P.family] == tb.plans[plan, P.family]
        if (same or tb.excluded[plan, theirs] == 1) and first_cover(mm, other, day) >= 0:
            failed |= 1 << (c.DUPLICATE_COVER if same else c.PLAN_EXCLUDED)
    return failed


@njit
def judge_limit(tb: Tables, fx: Facts, mm: Memory, cx: Ints, plan: int, limit: int) -> tuple[int, int]:
    """A limit of time: masks of reasons and of missing facts."""
    event = cx[EVENT]
    day, of = fx.dates[event, tb.limits[limit, L.field]], tb.limits[limit, L.of]
    if day == 0:
        return 0, 0
    if of == -1:
        start = tb.limits[limit, L.on]
    elif of == -2:
        if cx[COVER] < 0:
            return 0, 0
        start = mm.covers[cx[COVER], X_UNTIL] - 1
    else:
        start = fx.dates[event, of]
        if start == 0:
            return 0, DATE_FACTS[of]
    if tb.limits[limit, L.months] >= 0:
        start = add_months(start, tb.limits[limit, L.months])
    if tb.limits[limit, L.working_days] >= 0:
        first, end = tb.plans[plan, P.calendar], tb.plans[plan, P.calendar_end]
        start = add_working_days(tb.working_days, first, end, start, tb.limits[limit, L.working_days])
        if start == c.NONE:
            return 0, NO_CALENDAR
    return (1 << tb.limits[limit, L.reason] if day > add_days(start, tb.limits[limit, L.days]) else 0), 0


@njit
def judge_benefit(tb: Tables, fx: Facts, mm: Memory, cx: Ints, benefit: int) -> tuple[int, int]:
    """Gates of the benefit itself, found before cover, limits of time, facts that its formulas need."""
    plan = tb.benefits[benefit, B.plan]
    start, end = tb.benefits[benefit, B.gates], tb.benefits[benefit, B.gates_end]
    failed, missing = judge_gates(tb, fx, mm, cx, start, end)
    event, cover = cx[EVENT], cx[COVER]
    if tb.benefits[benefit, B.found_first] == 1 and cover >= 0:
        found = fx.dates[event, c.FIRST_FOUND]
        if found != 0 and found < mm.covers[cover, X_JOINED]:
            failed |= 1 << c.FOUND_BEFORE_COVER
    for limit in range(tb.benefits[benefit, B.limits], tb.benefits[benefit, B.limits_end]):
        late, unknown = judge_limit(tb, fx, mm, cx, plan, limit)
        failed |= late
        missing |= unknown
    for formula in range(tb.benefits[benefit, B.formulas], tb.benefits[benefit, B.formulas_end]):
        kind = tb.formulas[formula, F.kind]
        if kind == 1 and days_of(tb, fx, cx, mm.covers, formula) < 0:
            missing |= REST_FACT if tb.formulas[formula, F.days_of] == 1 else ENDED_FACT
        if kind == 2 and tb.formulas[formula, F.ladder] >= 0 and fx.grade[event] < 0:
            missing |= GRADE_FACT
        if kind == 0 and tb.formulas[formula, F.bonus] >= 0 and cover >= 0 and mm.covers[cover, X_PERIODS] < 0:
            missing |= PERIODS_FACT
    return failed, missing


@njit
def units_of(tb: Tables, fx: Facts, mm: Memory, cx: Ints, slot: int, benefit: int) -> int:
    """Units of the covers on the day whose waiting time is over; -1 when it is over for none of them."""
    units, any_cover, waiting = 0, False, tb.benefits[benefit, B.waiting]
    free = waiting < 0 or (fx.accident[cx[EVENT]] == 1 and tb.waiting[waiting, W.accidents] == 0)
    for cover in range(mm.slots[slot, S_START], mm.slots[slot, S_END]):
        if not mm.covers[cover, X_FROM] <= cx[DAY] < mm.covers[cover, X_UNTIL]:
            continue
        any_cover = True
        over = free
        if not over:
            first = mm.covers[cover, X_JOINED]
            if tb.waiting[waiting, W.months] > 0:
                first = add_months(first, tb.waiting[waiting, W.months])
            over = cx[DAY] >= add_days(first, tb.waiting[waiting, W.days])
        if over:
            units += mm.covers[cover, X_UNITS]
    if any_cover and units == 0:
        return -1
    most = tb.plans[tb.benefits[benefit, B.plan], P.units_most]
    return min(units, most) if most >= 0 else units


@njit
def is_triggered(tb: Tables, fx: Facts, mm: Memory, cx: Ints, benefit: int) -> tuple[bool, int, int]:
    """Is what triggers the benefit there? Else the reasons; facts without which nobody can say."""
    missing = 0
    trigger = tb.benefits[benefit, B.trigger]
    if trigger >= 0:
        answer = verdict(tb, fx, cx, mm.covers, trigger)
        if answer == 0:
            return False, explain(tb, fx, cx, mm.covers, trigger)[0], 0
        if answer < 0:
            missing = explain(tb, fx, cx, mm.covers, trigger)[1]
    for formula in range(tb.benefits[benefit, B.formulas], tb.benefits[benefit, B.formulas_end]):
        if tb.formulas[formula, F.kind] != 2:
            continue
        amount = tb.formulas[formula, F.amount]
        if choose(tb, fx, cx, mm.covers, amount) == c.NONE:
            reasons, unknown = explain_choice(tb, fx, cx, mm.covers, amount)
            if reasons and not unknown and reasons & ~TRIGGER_REASONS == 0:
                return False, reasons, 0
    return True, 0, missing
