"""The kernel: one person after another through all events, plans and benefits, as ``decide`` does it with objects.

``decide_persons`` is the only entry. It writes lines in the contract's order and says which persons it left to the explained
engine. Compiled once by numba for all libraries; it reads the plans from ``Tables``.
"""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import Facts, Ints, Lines, Memory
from benefit_engine.columns.asking import (
    COVER,
    DAY,
    EVENT,
    PERSON,
    X_COMBINATION,
    X_FROM,
    X_UNTIL,
    choose,
    explain_choice,
    has_codes,
)
from benefit_engine.columns.dates import MAX
from benefit_engine.columns.formulas import (
    COMBINED,
    COMBINED_END,
    FAMILY,
    FIRST_EVENT,
    REMAINING,
    SLOT,
    UNITS,
    compute,
    days_of,
)
from benefit_engine.columns.judging import (
    D_FAILED,
    D_MISSING,
    NO_CALENDAR,
    first_cover,
    is_triggered,
    judge_benefit,
    stand,
    units_of,
)
from benefit_engine.columns.persons import INPATIENT, lines_for, prepare
from benefit_engine.columns.program import Tables, places
from benefit_engine.columns.state import (
    COLLECTED,
    E_BURDEN,
    E_DISAGREE,
    E_LIVE,
    E_OPEN,
    E_ROOT,
    E_SETTLED,
    EVENTS,
    LINE,
    LIVE,
    OVERFLOW,
    REIMBURSED,
    RUN_COUNT,
    RUN_FEN,
    RUN_MISSING,
    RUN_UNKNOWN,
    RUN_USES,
    S_END,
    S_PLAN,
    S_REFERRED,
    S_START,
    SLOTS,
    add,
    as_reasons,
    begin,
    count_claim,
    counter_of,
    is_claimed,
    note,
    reimburse,
    used,
)

P = places("plans")
B = places("benefits")
K = places("by_kind")
Z = places("sizes")
A = places("ages")
RT = places("retirement")
GA = places("gates")
W = places("waiting")
L = places("limits")
F = places("formulas")
EX = places("exclusives")
SH = places("shared")
CP = places("caps")
DK = places("disease_keys")
CH = places("choices")

R_OUTCOME, R_AMOUNT, R_REASONS, R_MISSING, R_PROVISIONAL, R_RUN = range(6)
"""A line as it is worked out; ``R_RUN``: its run may use counters up."""


@njit
def disease_key(tb: Tables, fx: Facts, event: int, benefit: int) -> int:
    """The key of the first listed disease that the event means, else of the category of its first diagnosis."""
    diagnoses, operations = fx.diagnoses[event], fx.operations[event]
    for row in range(tb.benefits[benefit, B.diseases], tb.benefits[benefit, B.diseases_end]):
        number = tb.disease_keys[row, DK.codes]
        if (diagnoses >= 0 and has_codes(fx.diagnosis_sets, diagnoses, number)) or (
            operations >= 0 and has_codes(fx.operation_sets, operations, number)
        ):
            return tb.disease_keys[row, DK.key]
    if diagnoses >= 0 and fx.category_start[diagnoses + 1] > fx.category_start[diagnoses]:
        return fx.categories[fx.category_start[diagnoses]]
    return c.NO_KEY


@njit
def set_keys(tb: Tables, fx: Facts, mm: Memory, cx: Ints, slot: int, benefit: int) -> None:
    """The key of each scope for a line."""
    keys, first = mm.keys, fx.event_start[cx[PERSON]]
    place, cover = cx[EVENT] - first, cx[COVER]
    keys[:, 0] = 1
    keys[c.STAY, 1] = fx.event_key[first + mm.stays[slot, place]]
    keys[c.DAY, 1] = cx[DAY]
    keys[c.LIFE, 1] = 0
    keys[c.CAUSE, 1] = mm.events[place, E_ROOT]
    keys[c.PERIOD, 0] = keys[c.COMBINATION, 0] = 0
    if cover >= 0:
        keys[c.PERIOD, 0], keys[c.PERIOD, 1] = 1, mm.covers[cover, X_FROM]
        combination = mm.covers[cover, X_COMBINATION]
        if combination >= 0:
            keys[c.COMBINATION, 0] = 1
            keys[c.COMBINATION, 1] = combination_key(mm, combination, cx[DAY])
    keys[c.DISEASE, 0] = 0
    if tb.benefits[benefit, B.by_disease] == 1:
        keys[c.DISEASE, 0], keys[c.DISEASE, 1] = 1, disease_key(tb, fx, cx[EVENT], benefit)


@njit
def combination_key(mm: Memory, combination: int, day: int) -> int:
    """The period of a combination on a day: since the earliest of its covers."""
    start = MAX
    for slot in range(mm.meta[SLOTS]):
        for cover in range(mm.slots[slot, S_START], mm.slots[slot, S_END]):
            on = mm.covers[cover, X_FROM] <= day < mm.covers[cover, X_UNTIL]
            if on and mm.covers[cover, X_COMBINATION] == combination:
                start = min(start, mm.covers[cover, X_FROM])
    return combination * (1 << 32) + start


@njit
def judge_counted(tb: Tables, fx: Facts, mm: Memory, cx: Ints, benefit: int, trial: bool) -> int:
    """Once-only, benefits that exclude each other, number of claims, days: a mask of reasons."""
    failed, keys = 0, mm.keys
    own = tb.benefits[benefit, B.key]
    once = tb.benefits[benefit, B.once]
    if once >= 0 and tb.benefits[benefit, B.upgrade] == 0 and keys[once, 0] == 1:
        had = used(mm, counter_of(own, c.CLAIMS, once), keys[once, 1])
        failed |= 1 << c.PAID_ONCE if had else 0
    for at in range(tb.benefits[benefit, B.exclusives], tb.benefits[benefit, B.exclusives_end]):
        group = tb.lists[at, 0]
        per = tb.exclusives[group, EX.per]
        if tb.exclusives[group, EX.rule] != c.FIRST or keys[per, 0] == 0:
            continue
        for i in range(tb.exclusives[group, EX.members], tb.exclusives[group, EX.members_end]):
            other = tb.members[i, 0]
            if other != own and used(mm, counter_of(other, c.PAID, per), keys[per, 1]):
                failed |= 1 << c.EXCLUDED_WITH_OTHER
    if not trial and mm.losers[benefit]:
        failed |= 1 << c.EXCLUDED_WITH_OTHER
    most = tb.benefits[benefit, B.claims_most]
    if most >= 0:
        per = tb.benefits[benefit, B.claims_per]
        counter = tb.benefits[benefit, B.claims_counter] * 8 + per
        enough = keys[per, 0] == 1 and used(mm, counter, keys[per, 1]) >= most
        if enough and not is_claimed(mm, counter, keys[per, 1], keys[c.STAY, 1]):
            failed |= 1 << c.CLAIM_COUNT
    first = tb.benefits[benefit, B.formulas]
    if tb.benefits[benefit, B.formulas_end] - first == 1 and tb.formulas[first, F.kind] == 1:
        after = tb.formulas[first, F.after]
        days = days_of(tb, fx, cx, mm.covers, first)
        if after > 0 and days >= 0:
            seen = used(mm, counter_of(own, c.DAYS_SEEN, c.STAY), keys[c.STAY, 1])
            if seen + days <= after:
                failed |= 1 << c.TOO_FEW_DAYS
    return failed


@njit
def collect(tb: Tables, fx: Facts, mm: Memory, cx: Ints, benefit: int) -> None:
    """Earlier events of the same period that a settlement at its end takes together, each once."""
    mm.meta[COLLECTED] = 0
    kinds, cover = tb.benefits[benefit, B.collects], cx[COVER]
    if kinds == 0 or cover < 0:
        return
    first, bit = fx.event_start[cx[PERSON]], tb.benefits[benefit, B.settled_bit]
    for at in range(mm.meta[LIVE]):
        place = mm.order[at]
        event = first + place
        if event == cx[EVENT]:
            break
        inside = mm.covers[cover, X_FROM] <= fx.dates[event, c.STARTED] < mm.covers[cover, X_UNTIL]
        if inside and (kinds >> fx.kind[event]) & 1 and not (mm.events[place, E_SETTLED] >> bit) & 1:
            mm.collected[mm.meta[COLLECTED]] = event
            mm.meta[COLLECTED] += 1


@njit
def remaining_of(fx: Facts, mm: Memory, cx: Ints) -> int:
    """What the member still bears of the event (or of those collected); NONE when the burden is unknown."""
    first, count = fx.event_start[cx[PERSON]], mm.meta[COLLECTED]
    total = 0
    for i in range(max(1, count)):
        event = mm.collected[i] if count else cx[EVENT]
        burden = mm.events[event - first, E_BURDEN]
        if burden == c.NONE:
            return c.NONE
        aid = fx.amounts[event, c.OTHER_AID]
        total += burden - (0 if aid == c.NONE else aid)
    line = -1
    for i in range(mm.meta[REIMBURSED]):
        if mm.reimbursed[i, 0] == line:
            continue
        settled = mm.reimbursed[i, 1] == cx[EVENT]
        for j in range(count):
            settled = settled or mm.reimbursed[i, 1] == mm.collected[j]
        if settled:
            line = mm.reimbursed[i, 0]
            total -= mm.reimbursed[i, 2]
    return total


@njit
def seen_days(tb: Tables, fx: Facts, mm: Memory, cx: Ints, benefit: int) -> None:
    """A run that only notes the days of a stay that is too short by itself."""
    begin(mm.run)
    first = tb.benefits[benefit, B.formulas]
    days = days_of(tb, fx, cx, mm.covers, first) if tb.formulas[first, F.kind] == 1 else 0
    counter = counter_of(tb.benefits[benefit, B.key], c.DAYS_SEEN, c.STAY)
    note(mm, mm.run, mm.uses, counter, mm.keys[c.STAY, 1], max(0, days))


@njit
def decide_line(
    tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, res: Ints, slot: int, event: int, benefit: int, trial: bool
) -> None:
    """One line into ``res``, its run into ``mm.run`` and ``mm.uses``. A ``trial`` asks what it would pay without rivals."""
    first = fx.event_start[cx[PERSON]]
    day = fx.dates[event, tb.benefits[benefit, B.counts_on]]
    stand(tb, fx, mm, cx, slot, event, day if day != 0 else fx.dates[event, c.STARTED])
    for i in range(R_RUN + 1):
        res[i] = 0
    triggered, failed, missing = is_triggered(tb, fx, mm, cx, benefit)
    if not triggered:
        res[R_REASONS] = failed
        return
    failed = mm.standing[slot, D_FAILED]
    missing |= mm.standing[slot, D_MISSING]
    lx[UNITS] = units_of(tb, fx, mm, cx, slot, benefit)
    if lx[UNITS] < 0:
        failed |= 1 << c.WAITING_PERIOD
    more, unknown = judge_benefit(tb, fx, mm, cx, benefit)
    failed |= more
    missing |= unknown
    combination = mm.covers[cx[COVER], X_COMBINATION] if cx[COVER] >= 0 else -1
    lx[COMBINED] = lx[COMBINED_END] = 0
    if combination >= 0:
        row = combination * tb.sizes[0, Z.benefits] + benefit
        lx[COMBINED], lx[COMBINED_END] = tb.combined[row, 0], tb.combined[row, 1]
    for at in range(tb.benefits[benefit, B.choices], tb.benefits[benefit, B.choices_end]):
        if choose(tb, fx, cx, mm.covers, tb.lists[at, 0]) == c.NONE:
            more, unknown = explain_choice(tb, fx, cx, mm.covers, tb.lists[at, 0])
            failed |= more
            missing |= unknown
    for at in range(lx[COMBINED], lx[COMBINED_END]):
        amount = tb.shared[tb.lists[at, 0], SH.amount]
        if choose(tb, fx, cx, mm.covers, amount) == c.NONE:
            more, unknown = explain_choice(tb, fx, cx, mm.covers, amount)
            failed |= more
            missing |= unknown
    set_keys(tb, fx, mm, cx, slot, benefit)
    failed |= judge_counted(tb, fx, mm, cx, benefit, trial)
    if missing & NO_CALENDAR:
        mm.meta[OVERFLOW] = 1
    family = tb.plans[mm.slots[slot, S_PLAN], P.family]
    waits = mm.families[family] == 1
    if failed:
        res[R_OUTCOME], res[R_REASONS] = c.REFUSE, failed
        res[R_PROVISIONAL] = 1 if waits and failed & c.COUNTED else 0
        if failed == 1 << c.TOO_FEW_DAYS:
            seen_days(tb, fx, mm, cx, benefit)
            res[R_RUN] = 1
        return
    collect(tb, fx, mm, cx, benefit)
    disagree = mm.events[event - first, E_DISAGREE] == 1
    for i in range(mm.meta[COLLECTED]):
        disagree = disagree or mm.events[mm.collected[i] - first, E_DISAGREE] == 1
    if missing or disagree:
        res[R_OUTCOME], res[R_MISSING] = c.REFER, missing
        res[R_REASONS] = (1 << c.FACT_UNKNOWN if missing else 0) | (1 << c.DISAGREE if disagree else 0)
        return
    lx[FIRST_EVENT], lx[SLOT], lx[FAMILY] = first, slot, family
    lx[REMAINING] = remaining_of(fx, mm, cx)
    compute(tb, fx, mm, cx, lx, benefit)
    run = mm.run
    if run[RUN_UNKNOWN]:
        res[R_OUTCOME], res[R_REASONS], res[R_MISSING] = c.REFER, 1 << c.AMOUNT_UNKNOWN, run[RUN_MISSING]
        return
    place = event - first
    counts = tb.benefits[benefit, B.reads_counters] == 1 or (
        tb.benefits[benefit, B.reads_stay] == 1 and mm.stays[slot, place] != place
    )
    open_layer = tb.benefits[benefit, B.reads_remaining] == 1 and mm.events[place, E_OPEN] == 1
    counts = counts or lx[COMBINED_END] > lx[COMBINED]
    res[R_PROVISIONAL] = 1 if (counts and waits) or open_layer else 0
    res[R_RUN] = 1
    if run[RUN_FEN] > 0:
        res[R_OUTCOME], res[R_AMOUNT], res[R_REASONS] = c.PAY, run[RUN_FEN], as_reasons(run)
    else:
        res[R_OUTCOME] = c.REFUSE
        res[R_REASONS] = as_reasons(run) if run[RUN_COUNT] else 1 << c.BELOW


@njit
def find_losers(
    tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, res: Ints, slot: int, event: int, start: int, end: int
) -> None:
    """Benefits that give way to a larger one of the same event, found by trial."""
    plan = mm.slots[slot, S_PLAN]
    for at in range(start, end):
        mm.losers[tb.lists[at, 0]] = 0
    for group in range(tb.plans[plan, P.exclusives], tb.plans[plan, P.exclusives_end]):
        if tb.exclusives[group, EX.rule] != c.LARGER:
            continue
        best, winner = 0, -1
        for step in range(2):  # first the greatest amount, then who has less
            for at in range(start, end):
                benefit = tb.lists[at, 0]
                inside = False
                for i in range(tb.exclusives[group, EX.members], tb.exclusives[group, EX.members_end]):
                    inside = inside or tb.members[i, 0] == tb.benefits[benefit, B.key]
                if not inside:
                    continue
                decide_line(tb, fx, mm, cx, lx, res, slot, event, benefit, True)
                if step == 0 and res[R_AMOUNT] > best:
                    best, winner = res[R_AMOUNT], benefit
                elif step == 1 and benefit != winner and res[R_AMOUNT] > 0:
                    mm.losers[benefit] = 1


@njit
def use_up(tb: Tables, fx: Facts, mm: Memory, cx: Ints, res: Ints, event: int, benefit: int) -> None:
    """Use up what a line that pays uses up."""
    amount, run, keys = res[R_AMOUNT], mm.run, mm.keys
    first = fx.event_start[cx[PERSON]]
    if tb.benefits[benefit, B.indemnity] == 1:
        mm.meta[LINE] += 1
        reimburse(mm, event, amount)
        for i in range(mm.meta[COLLECTED]):
            reimburse(mm, mm.collected[i], amount)
    if tb.benefits[benefit, B.collects]:
        bit = 1 << tb.benefits[benefit, B.settled_bit]
        mm.events[event - first, E_SETTLED] |= bit
        for i in range(mm.meta[COLLECTED]):
            mm.events[mm.collected[i] - first, E_SETTLED] |= bit
    for i in range(run[RUN_USES]):
        add(mm, mm.uses[i, 0], mm.uses[i, 1], mm.uses[i, 2])
    key, stay = tb.benefits[benefit, B.key], keys[c.STAY, 1]
    paid, claims = tb.benefits[benefit, B.paid_scopes], tb.benefits[benefit, B.claims_scopes]
    for scope in range(c.COMBINATION + 1):
        if keys[scope, 0] == 0:
            continue
        if (paid >> scope) & 1:
            add(mm, counter_of(key, c.PAID, scope), keys[scope, 1], amount)
        if (claims >> scope) & 1:
            count_claim(mm, counter_of(key, c.CLAIMS, scope), keys[scope, 1], stay)
    for at in range(tb.benefits[benefit, B.sums], tb.benefits[benefit, B.sums_end]):
        counter = tb.lists[at, 0]
        scope = counter & 7
        if keys[scope, 0]:
            count_claim(mm, counter, keys[scope, 1], stay)


@njit
def see(mm: Memory) -> None:
    """A line that is too small to pay still brings a deductible or a number of days nearer."""
    for i in range(mm.run[RUN_USES]):
        what = (mm.uses[i, 0] >> 3) & 7
        if what in (c.BASE, c.DAYS_SEEN):
            add(mm, mm.uses[i, 0], mm.uses[i, 1], mm.uses[i, 2])


@njit
def count_stay(tb: Tables, fx: Facts, mm: Memory, event: int, place: int) -> None:
    """One stay more in each cover in which it begins; two plans of one family count it once."""
    day = fx.dates[event, c.STARTED]
    for slot in range(mm.meta[SLOTS]):
        cover = first_cover(mm, slot, day)
        if cover < 0 or mm.stays[slot, place] != place:
            continue
        family, start = tb.plans[mm.slots[slot, S_PLAN], P.family], mm.covers[cover, X_FROM]
        counted = False
        for other in range(slot):
            theirs = first_cover(mm, other, day)
            counted = counted or (
                theirs >= 0
                and mm.stays[other, place] == place
                and tb.plans[mm.slots[other, S_PLAN], P.family] == family
                and mm.covers[theirs, X_FROM] == start
            )
        if not counted:
            add(mm, counter_of(tb.sizes[0, Z.keys] + family, 0, c.PERIOD), start, 1)


@njit
def decide_event(
    tb: Tables, fx: Facts, mm: Memory, cx: Ints, lx: Ints, res: Ints, out: Lines, event: int, at: int
) -> None:
    """All lines of a live event, written from ``at`` on."""
    place = event - fx.event_start[cx[PERSON]]
    kinds, kind = tb.sizes[0, Z.kinds], fx.kind[event]
    referred = False
    for slot in range(mm.meta[SLOTS]):
        plan = mm.slots[slot, S_PLAN]
        row = plan * kinds + kind
        start, end = tb.by_kind[row, K.start], tb.by_kind[row, K.end]
        if tb.plans[plan, P.has_larger] == 1:
            find_losers(tb, fx, mm, cx, lx, res, slot, event, start, end)
        for item in range(start, end):
            benefit = tb.lists[item, 0]
            decide_line(tb, fx, mm, cx, lx, res, slot, event, benefit, False)
            if res[R_OUTCOME] == c.PAY:
                use_up(tb, fx, mm, cx, res, event, benefit)
            elif res[R_RUN] and res[R_REASONS] in (1 << c.BELOW, 1 << c.TOO_FEW_DAYS):
                see(mm)
            elif res[R_OUTCOME] == c.REFER:
                referred = True
                mm.slots[slot, S_REFERRED] = 1
                if tb.benefits[benefit, B.indemnity] == 1:
                    mm.events[place, E_OPEN] = 1
            out.event[at], out.benefit[at] = event, benefit
            out.outcome[at], out.provisional[at] = res[R_OUTCOME], res[R_PROVISIONAL]
            out.amount[at], out.reasons[at], out.missing[at] = res[R_AMOUNT], res[R_REASONS], res[R_MISSING]
            at += 1
    if kind == INPATIENT and tb.sizes[0, Z.stays_read] == 1:
        count_stay(tb, fx, mm, event, place)
    if referred:
        for slot in range(mm.meta[SLOTS]):
            if mm.slots[slot, S_REFERRED] == 1:
                mm.slots[slot, S_REFERRED] = 0
                mm.families[tb.plans[mm.slots[slot, S_PLAN], P.family]] = 1


@njit
def undone(tb: Tables, fx: Facts, mm: Memory, out: Lines, event: int, at: int) -> None:
    """The lines of an event that counts as never been."""
    for slot in range(mm.meta[SLOTS]):
        row = mm.slots[slot, S_PLAN] * tb.sizes[0, Z.kinds] + fx.kind[event]
        for item in range(tb.by_kind[row, K.start], tb.by_kind[row, K.end]):
            out.event[at], out.benefit[at] = event, tb.lists[item, 0]
            out.outcome[at], out.provisional[at] = c.NOT_TRIGGERED, 0
            out.amount[at], out.reasons[at], out.missing[at] = 0, 1 << c.REVERSED, 0
            at += 1


@njit(nogil=True, cache=True)
def decide_persons(tb: Tables, fx: Facts, mm: Memory, odd: Ints, starts: Ints, out: Lines, first: int, end: int) -> int:
    """Decide the persons ``first:end`` that are not ``odd``; lines from 0 on, each person's first in ``starts``.

    Who turns out to need the explained engine is marked in ``odd`` and has no lines. Returns how many lines there are, or
    -1 - person when ``out`` is full before that person.
    """
    cx, res, lx = mm.context, mm.line, mm.surroundings
    at = 0
    for person in range(first, end):
        starts[person] = at
        start, last = fx.event_start[person], fx.event_start[person + 1]
        if odd[person] or last == start:
            continue
        if not prepare(tb, fx, mm, person):
            odd[person] = 1
            continue
        cx[PERSON] = person
        lines = 0
        for i in range(last - start):
            mm.offsets[i] = lines
            for slot in range(mm.meta[SLOTS]):
                lines += lines_for(tb, mm, slot, fx.kind[start + i])
        if at + lines > len(out.event):
            return -1 - person
        for i in range(mm.meta[LIVE]):
            place = mm.order[i]
            decide_event(tb, fx, mm, cx, lx, res, out, start + place, at + mm.offsets[place])
        for i in range(mm.meta[EVENTS]):
            if mm.events[i, E_LIVE] == 0:
                undone(tb, fx, mm, out, start + i, at + mm.offsets[i])
        if mm.meta[OVERFLOW]:
            odd[person] = 1
            continue
        at += lines
    starts[end] = at
    return at
