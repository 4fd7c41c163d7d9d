"""The kernel: one person after another through all events, plans and benefits, as ``decide`` does it with objects.

``decide_persons`` (made by ``_entry``) is the only entry. It writes lines in the contract's order and says which persons it left
to the explained engine. Compiled once by numba for all libraries; it reads the plans from ``Tables``.
"""

from __future__ import annotations

import zlib
from types import CodeType
from typing import Any

from numba import njit

from benefit_engine.columns import arrays, asking, borrowing, codes, dates, formulas, judging, persons, program, state
from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import FE, FS, Ints, Lines, O, W, X
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
from benefit_engine.columns.borrowing import borrowed, fact, fixed
from benefit_engine.columns.dates import MAX
from benefit_engine.columns.formulas import (
    COMBINED,
    COMBINED_END,
    FIRST_EVENT,
    REMAINING,
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
from benefit_engine.columns.persons import INPATIENT, is_sound, lines_for, prepare
from benefit_engine.columns.program import N, get, places
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
    has_key,
    here,
    is_claimed,
    key_of,
    note,
    of_cover,
    of_event,
    of_slot,
    reimburse,
    used,
)

P = places("plans")
B = places("benefits")
K = places("by_kind")
Z = places("sizes")
F = places("formulas")
EX = places("exclusives")
SH = places("shared")
DK = places("disease_keys")

LOSES, BARRED = 1, 2
"""In ``losers``: gives way to a larger benefit of the event; had nothing by trial, but must not pay beside the larger one."""
R_OUTCOME, R_AMOUNT, R_REASONS, R_MISSING, R_PROVISIONAL, R_RUN = range(6)
"""A line as it is worked out; ``R_RUN``: its run may use counters up."""


@njit
def disease_key(tb: Ints, fx: Ints, event: int, benefit: int) -> int:
    """The key of the first listed disease that the event means, else of the category of its first diagnosis."""
    diagnoses, operations = fact(fx, X.events, event, FE.diagnoses), fact(fx, X.events, event, FE.operations)
    for row in range(get(tb, N.benefits, benefit, B.diseases), get(tb, N.benefits, benefit, B.diseases_end)):
        number = get(tb, N.disease_keys, row, DK.codes)
        if (diagnoses >= 0 and has_codes(fx, X.diagnosis_sets, diagnoses, number)) or (
            operations >= 0 and has_codes(fx, X.operation_sets, operations, number)
        ):
            return get(tb, N.disease_keys, row, DK.key)
    if diagnoses >= 0 and fact(fx, X.category_start, diagnoses + 1, 0) > fact(fx, X.category_start, diagnoses, 0):
        return fact(fx, X.categories, fact(fx, X.category_start, diagnoses, 0), 0)
    return c.NO_KEY


@njit
def set_keys(tb: Ints, fx: Ints, mm: Ints, slot: int, benefit: int) -> None:
    """The key of each scope for a line."""
    first = fact(fx, X.starts, here(mm, PERSON), FS.events)
    place, cover = here(mm, EVENT) - first, here(mm, COVER)
    for scope in range(c.COMBINATION + 1):
        mm[O.keys + W.keys * scope] = 1
    mm[O.keys + W.keys * c.STAY + 1] = fact(fx, X.events, first + mm[O.stays + W.stays * slot + place], FE.key)
    mm[O.keys + W.keys * c.DAY + 1] = here(mm, DAY)
    mm[O.keys + W.keys * c.LIFE + 1] = 0
    mm[O.keys + W.keys * c.CAUSE + 1] = of_event(mm, place, E_ROOT)
    mm[O.keys + W.keys * c.PERIOD + 0] = mm[O.keys + W.keys * c.COMBINATION + 0] = 0
    if cover >= 0:
        mm[O.keys + W.keys * c.PERIOD + 0], mm[O.keys + W.keys * c.PERIOD + 1] = (
            1,
            of_cover(mm, cover, X_FROM),
        )
        combination = of_cover(mm, cover, X_COMBINATION)
        if combination >= 0:
            mm[O.keys + W.keys * c.COMBINATION + 0] = 1
            mm[O.keys + W.keys * c.COMBINATION + 1] = combination_key(mm, combination, here(mm, DAY))
    mm[O.keys + W.keys * c.DISEASE + 0] = 0
    if get(tb, N.benefits, benefit, B.by_disease) == 1:
        mm[O.keys + W.keys * c.DISEASE + 0], mm[O.keys + W.keys * c.DISEASE + 1] = (
            1,
            disease_key(tb, fx, here(mm, EVENT), benefit),
        )


@njit
def combination_key(mm: Ints, combination: int, day: int) -> int:
    """The period of a combination on a day: since the earliest of its covers."""
    start = MAX
    for slot in range(mm[O.meta + SLOTS]):
        for cover in range(of_slot(mm, slot, S_START), of_slot(mm, slot, S_END)):
            on = of_cover(mm, cover, X_FROM) <= day < of_cover(mm, cover, X_UNTIL)
            if on and of_cover(mm, cover, X_COMBINATION) == combination:
                start = min(start, of_cover(mm, cover, X_FROM))
    return combination * (1 << 32) + start


@njit
def judge_counted(tb: Ints, fx: Ints, mm: Ints, benefit: int, trial: bool) -> int:
    """Once-only, benefits that exclude each other, number of claims, days: a mask of reasons."""
    failed = 0
    own = get(tb, N.benefits, benefit, B.key)
    once = get(tb, N.benefits, benefit, B.once)
    if once >= 0 and get(tb, N.benefits, benefit, B.upgrade) == 0 and has_key(mm, once):
        had = used(mm, counter_of(own, c.CLAIMS, once), key_of(mm, once))
        failed |= 1 << c.PAID_ONCE if had else 0
    for at in range(get(tb, N.benefits, benefit, B.exclusives), get(tb, N.benefits, benefit, B.exclusives_end)):
        group = get(tb, N.lists, at, 0)
        per = get(tb, N.exclusives, group, EX.per)
        if get(tb, N.exclusives, group, EX.rule) != c.FIRST or not has_key(mm, per):
            continue
        for i in range(get(tb, N.exclusives, group, EX.members), get(tb, N.exclusives, group, EX.members_end)):
            other = get(tb, N.members, i, 0)
            if other != own and used(mm, counter_of(other, c.PAID, per), key_of(mm, per)):
                failed |= 1 << c.EXCLUDED_WITH_OTHER
    if not trial and mm[O.losers + benefit] == LOSES:
        failed |= 1 << c.EXCLUDED_WITH_OTHER
    most = get(tb, N.benefits, benefit, B.claims_most)
    if most >= 0:
        per = get(tb, N.benefits, benefit, B.claims_per)
        counter = get(tb, N.benefits, benefit, B.claims_counter) * 8 + per
        enough = has_key(mm, per) and used(mm, counter, key_of(mm, per)) >= most
        if enough and not is_claimed(mm, counter, mm[O.keys + W.keys * per + 1], key_of(mm, c.STAY)):
            failed |= 1 << c.CLAIM_COUNT
    first = get(tb, N.benefits, benefit, B.formulas)
    if get(tb, N.benefits, benefit, B.formulas_end) - first == 1 and get(tb, N.formulas, first, F.kind) == 1:
        after = get(tb, N.formulas, first, F.after)
        days = days_of(tb, fx, mm, first)
        if after > 0 and days >= 0:
            seen = used(mm, counter_of(own, c.DAYS_SEEN, c.STAY), key_of(mm, c.STAY))
            if seen + days <= after:
                failed |= 1 << c.TOO_FEW_DAYS
    return failed


@njit
def collect(tb: Ints, fx: Ints, mm: Ints, benefit: int) -> None:
    """Earlier events of the same period that a settlement at its end takes together, each once."""
    mm[O.meta + COLLECTED] = 0
    kinds, cover = get(tb, N.benefits, benefit, B.collects), here(mm, COVER)
    if kinds == 0 or cover < 0:
        return
    first, bit = fact(fx, X.starts, here(mm, PERSON), FS.events), get(tb, N.benefits, benefit, B.settled_bit)
    for at in range(mm[O.meta + LIVE]):
        place = mm[O.order + at]
        event = first + place
        if event == here(mm, EVENT):
            break
        inside = (
            of_cover(mm, cover, X_FROM)
            <= fact(fx, X.events, event, FE.dates + c.STARTED)
            < of_cover(mm, cover, X_UNTIL)
        )
        if (
            inside
            and (kinds >> fact(fx, X.events, event, FE.kind)) & 1
            and not (of_event(mm, place, E_SETTLED) >> bit) & 1
        ):
            mm[O.collected + mm[O.meta + COLLECTED]] = event
            mm[O.meta + COLLECTED] += 1


@njit
def remaining_of(fx: Ints, mm: Ints) -> int:
    """What the member still bears of the event (or of those collected); NONE when the burden is unknown."""
    first, count = fact(fx, X.starts, here(mm, PERSON), FS.events), mm[O.meta + COLLECTED]
    total = 0
    for i in range(max(1, count)):
        event = mm[O.collected + i] if count else here(mm, EVENT)
        burden = of_event(mm, event - first, E_BURDEN)
        if burden == c.NONE:
            return c.NONE
        aid = fact(fx, X.amounts, event, c.OTHER_AID)
        total += burden - (0 if aid == c.NONE else aid)
    line = -1
    for i in range(mm[O.meta + REIMBURSED]):
        if mm[O.reimbursed + W.reimbursed * i + 0] == line:
            continue
        settled = mm[O.reimbursed + W.reimbursed * i + 1] == here(mm, EVENT)
        for j in range(count):
            settled = settled or mm[O.reimbursed + W.reimbursed * i + 1] == mm[O.collected + j]
        if settled:
            line = mm[O.reimbursed + W.reimbursed * i + 0]
            total -= mm[O.reimbursed + W.reimbursed * i + 2]
    return total


@njit
def seen_days(tb: Ints, fx: Ints, mm: Ints, benefit: int) -> None:
    """A run that only notes the days of a stay that is too short by itself."""
    begin(mm, O.run)
    first = get(tb, N.benefits, benefit, B.formulas)
    days = days_of(tb, fx, mm, first) if get(tb, N.formulas, first, F.kind) == 1 else 0
    counter = counter_of(get(tb, N.benefits, benefit, B.key), c.DAYS_SEEN, c.STAY)
    note(mm, O.run, O.uses, counter, key_of(mm, c.STAY), max(0, days))


@njit
def decide_line(tb: Ints, fx: Ints, mm: Ints, slot: int, event: int, benefit: int, trial: bool) -> None:
    """One line into the memory's ``line``, its run into ``run`` and ``uses``. A ``trial``: what it would pay without rivals."""
    first = fact(fx, X.starts, here(mm, PERSON), FS.events)
    day = fact(fx, X.events, event, FE.dates + get(tb, N.benefits, benefit, B.counts_on))
    stand(tb, fx, mm, slot, event, day if day != 0 else fact(fx, X.events, event, FE.dates + c.STARTED))
    for i in range(R_RUN + 1):
        mm[O.line + i] = 0
    triggered, failed, missing = is_triggered(tb, fx, mm, benefit)
    if not triggered:
        mm[O.line + R_REASONS] = failed
        return
    failed = mm[O.standing + W.standing * slot + D_FAILED]
    missing |= mm[O.standing + W.standing * slot + D_MISSING]
    mm[O.surroundings + UNITS] = units_of(tb, fx, mm, slot, benefit)
    if mm[O.surroundings + UNITS] < 0:
        failed |= 1 << c.WAITING_PERIOD
    more, unknown = judge_benefit(tb, fx, mm, benefit)
    failed |= more
    missing |= unknown
    combination = of_cover(mm, here(mm, COVER), X_COMBINATION) if here(mm, COVER) >= 0 else -1
    mm[O.surroundings + COMBINED] = mm[O.surroundings + COMBINED_END] = 0
    if combination >= 0:
        row = combination * get(tb, N.sizes, 0, Z.benefits) + benefit
        mm[O.surroundings + COMBINED], mm[O.surroundings + COMBINED_END] = (
            get(tb, N.combined, row, 0),
            get(tb, N.combined, row, 1),
        )
    for at in range(get(tb, N.benefits, benefit, B.choices), get(tb, N.benefits, benefit, B.choices_end)):
        if choose(tb, fx, mm, get(tb, N.lists, at, 0)) == c.NONE:
            more, unknown = explain_choice(tb, fx, mm, get(tb, N.lists, at, 0))
            failed |= more
            missing |= unknown
    for at in range(mm[O.surroundings + COMBINED], mm[O.surroundings + COMBINED_END]):
        amount = get(tb, N.shared, get(tb, N.lists, at, 0), SH.amount)
        if choose(tb, fx, mm, amount) == c.NONE:
            more, unknown = explain_choice(tb, fx, mm, amount)
            failed |= more
            missing |= unknown
    set_keys(tb, fx, mm, slot, benefit)
    failed |= judge_counted(tb, fx, mm, benefit, trial)
    if missing & NO_CALENDAR:
        mm[O.meta + OVERFLOW] = 1
    family = get(tb, N.plans, of_slot(mm, slot, S_PLAN), P.family)
    waits = mm[O.families + family] == 1
    if failed:
        mm[O.line + R_OUTCOME], mm[O.line + R_REASONS] = c.REFUSE, failed
        mm[O.line + R_PROVISIONAL] = 1 if waits and failed & c.COUNTED else 0
        if failed == 1 << c.TOO_FEW_DAYS:
            seen_days(tb, fx, mm, benefit)
            mm[O.line + R_RUN] = 1
        return
    collect(tb, fx, mm, benefit)
    disagree = of_event(mm, event - first, E_DISAGREE) == 1
    for i in range(mm[O.meta + COLLECTED]):
        disagree = disagree or of_event(mm, mm[O.collected + i] - first, E_DISAGREE) == 1
    if missing or disagree:
        mm[O.line + R_OUTCOME], mm[O.line + R_MISSING] = c.REFER, missing
        mm[O.line + R_REASONS] = (1 << c.FACT_UNKNOWN if missing else 0) | (1 << c.DISAGREE if disagree else 0)
        return
    mm[O.surroundings + FIRST_EVENT] = first
    mm[O.surroundings + REMAINING] = remaining_of(fx, mm)
    compute(tb, fx, mm, benefit)
    run = O.run
    if mm[run + RUN_UNKNOWN]:
        mm[O.line + R_OUTCOME], mm[O.line + R_REASONS], mm[O.line + R_MISSING] = (
            c.REFER,
            1 << c.AMOUNT_UNKNOWN,
            mm[run + RUN_MISSING],
        )
        return
    place = event - first
    counts = get(tb, N.benefits, benefit, B.reads_counters) == 1 or (
        get(tb, N.benefits, benefit, B.reads_stay) == 1 and mm[O.stays + W.stays * slot + place] != place
    )
    open_layer = get(tb, N.benefits, benefit, B.reads_remaining) == 1 and of_event(mm, place, E_OPEN) == 1
    counts = counts or mm[O.surroundings + COMBINED_END] > mm[O.surroundings + COMBINED]
    mm[O.line + R_PROVISIONAL] = 1 if (counts and waits) or open_layer else 0
    mm[O.line + R_RUN] = 1
    if mm[run + RUN_FEN] > 0:
        mm[O.line + R_OUTCOME], mm[O.line + R_AMOUNT], mm[O.line + R_REASONS] = (
            c.PAY,
            mm[run + RUN_FEN],
            as_reasons(mm, run),
        )
    else:
        mm[O.line + R_OUTCOME] = c.REFUSE
        mm[O.line + R_REASONS] = as_reasons(mm, run) if mm[run + RUN_COUNT] else 1 << c.BELOW


@njit
def find_losers(tb: Ints, fx: Ints, mm: Ints, slot: int, event: int, start: int, end: int) -> None:
    """Benefits that give way to a larger one of the same event, found by trial."""
    plan = of_slot(mm, slot, S_PLAN)
    for at in range(start, end):
        mm[O.losers + get(tb, N.lists, at, 0)] = 0
    for group in range(get(tb, N.plans, plan, P.exclusives), get(tb, N.plans, plan, P.exclusives_end)):
        if get(tb, N.exclusives, group, EX.rule) != c.LARGER:
            continue
        best, winner = 0, -1
        for step in range(2):  # first the greatest amount, then who has less
            for at in range(start, end):
                benefit = get(tb, N.lists, at, 0)
                inside = False
                for i in range(get(tb, N.exclusives, group, EX.members), get(tb, N.exclusives, group, EX.members_end)):
                    inside = inside or get(tb, N.members, i, 0) == get(tb, N.benefits, benefit, B.key)
                if not inside:
                    continue
                decide_line(tb, fx, mm, slot, event, benefit, True)
                if step == 0 and mm[O.line + R_AMOUNT] > best:
                    best, winner = mm[O.line + R_AMOUNT], benefit
                elif step == 1 and benefit != winner and best > 0:
                    if mm[O.line + R_AMOUNT] > 0:
                        mm[O.losers + benefit] = LOSES
                    elif mm[O.losers + benefit] != LOSES:
                        mm[O.losers + benefit] = BARRED


@njit
def use_up(tb: Ints, fx: Ints, mm: Ints, event: int, benefit: int) -> None:
    """Use up what a line that pays uses up."""
    amount, run = mm[O.line + R_AMOUNT], O.run
    first = fact(fx, X.starts, here(mm, PERSON), FS.events)
    if get(tb, N.benefits, benefit, B.indemnity) == 1:
        mm[O.meta + LINE] += 1
        reimburse(mm, event, amount)
        for i in range(mm[O.meta + COLLECTED]):
            reimburse(mm, mm[O.collected + i], amount)
    if get(tb, N.benefits, benefit, B.collects):
        bit = 1 << get(tb, N.benefits, benefit, B.settled_bit)
        mm[O.events + W.events * (event - first) + E_SETTLED] |= bit
        for i in range(mm[O.meta + COLLECTED]):
            mm[O.events + W.events * (mm[O.collected + i] - first) + E_SETTLED] |= bit
    for i in range(mm[run + RUN_USES]):
        add(mm, mm[O.uses + W.uses * i + 0], mm[O.uses + W.uses * i + 1], mm[O.uses + W.uses * i + 2])
    key, stay = get(tb, N.benefits, benefit, B.key), key_of(mm, c.STAY)
    paid, claims = get(tb, N.benefits, benefit, B.paid_scopes), get(tb, N.benefits, benefit, B.claims_scopes)
    for scope in range(c.COMBINATION + 1):
        if not has_key(mm, scope):
            continue
        if (paid >> scope) & 1:
            add(mm, counter_of(key, c.PAID, scope), key_of(mm, scope), amount)
        if (claims >> scope) & 1:
            count_claim(mm, counter_of(key, c.CLAIMS, scope), key_of(mm, scope), stay)
    for at in range(get(tb, N.benefits, benefit, B.sums), get(tb, N.benefits, benefit, B.sums_end)):
        counter = get(tb, N.lists, at, 0)
        scope = counter & 7
        if mm[O.keys + W.keys * scope + 0]:
            count_claim(mm, counter, key_of(mm, scope), stay)


@njit
def see(mm: Ints) -> None:
    """A line that is too small to pay still brings a deductible or a number of days nearer."""
    for i in range(mm[O.run + RUN_USES]):
        what = (mm[O.uses + W.uses * i + 0] >> 3) & 7
        if what in (c.BASE, c.DAYS_SEEN):
            add(mm, mm[O.uses + W.uses * i + 0], mm[O.uses + W.uses * i + 1], mm[O.uses + W.uses * i + 2])


@njit
def count_stay(tb: Ints, fx: Ints, mm: Ints, event: int, place: int) -> None:
    """One stay more in each cover in which it begins; two plans of one family count it once."""
    day = fact(fx, X.events, event, FE.dates + c.STARTED)
    for slot in range(mm[O.meta + SLOTS]):
        cover = first_cover(mm, slot, day)
        if cover < 0 or mm[O.stays + W.stays * slot + place] != place:
            continue
        family, start = (
            get(tb, N.plans, of_slot(mm, slot, S_PLAN), P.family),
            of_cover(mm, cover, X_FROM),
        )
        counted = False
        for other in range(slot):
            theirs = first_cover(mm, other, day)
            counted = counted or (
                theirs >= 0
                and mm[O.stays + W.stays * other + place] == place
                and get(tb, N.plans, of_slot(mm, other, S_PLAN), P.family) == family
                and of_cover(mm, theirs, X_FROM) == start
            )
        if not counted:
            add(mm, counter_of(get(tb, N.sizes, 0, Z.keys) + family, 0, c.PERIOD), start, 1)


@njit
def decide_event(tb: Ints, fx: Ints, mm: Ints, out: Lines, event: int, at: int) -> None:
    """All lines of a live event, written from ``at`` on."""
    place = event - fact(fx, X.starts, here(mm, PERSON), FS.events)
    kinds, kind = get(tb, N.sizes, 0, Z.kinds), fact(fx, X.events, event, FE.kind)
    referred = False
    for slot in range(mm[O.meta + SLOTS]):
        plan = of_slot(mm, slot, S_PLAN)
        row = plan * kinds + kind
        start, end = get(tb, N.by_kind, row, K.start), get(tb, N.by_kind, row, K.end)
        if get(tb, N.plans, plan, P.has_larger) == 1:
            find_losers(tb, fx, mm, slot, event, start, end)
        for item in range(start, end):
            benefit = get(tb, N.lists, item, 0)
            decide_line(tb, fx, mm, slot, event, benefit, False)
            if mm[O.line + R_OUTCOME] == c.PAY and mm[O.losers + benefit] == BARRED:
                mm[O.losers + benefit] = LOSES
                decide_line(tb, fx, mm, slot, event, benefit, False)
            if mm[O.line + R_OUTCOME] == c.PAY:
                use_up(tb, fx, mm, event, benefit)
            elif mm[O.line + R_RUN] and mm[O.line + R_REASONS] in (1 << c.BELOW, 1 << c.TOO_FEW_DAYS):
                see(mm)
            elif mm[O.line + R_OUTCOME] == c.REFER:
                referred = True
                mm[O.slots + W.slots * slot + S_REFERRED] = 1
                if get(tb, N.benefits, benefit, B.indemnity) == 1:
                    mm[O.events + W.events * place + E_OPEN] = 1
            out.event[at], out.benefit[at] = event, benefit
            out.outcome[at], out.provisional[at] = mm[O.line + R_OUTCOME], mm[O.line + R_PROVISIONAL]
            out.amount[at], out.reasons[at], out.missing[at] = (
                mm[O.line + R_AMOUNT],
                mm[O.line + R_REASONS],
                mm[O.line + R_MISSING],
            )
            at += 1
    if kind == INPATIENT and get(tb, N.sizes, 0, Z.stays_read) == 1:
        count_stay(tb, fx, mm, event, place)
    if referred:
        for slot in range(mm[O.meta + SLOTS]):
            if of_slot(mm, slot, S_REFERRED) == 1:
                mm[O.slots + W.slots * slot + S_REFERRED] = 0
                mm[O.families + get(tb, N.plans, mm[O.slots + W.slots * slot + S_PLAN], P.family)] = 1


@njit
def undone(tb: Ints, fx: Ints, mm: Ints, out: Lines, event: int, at: int) -> None:
    """The lines of an event that counts as never been."""
    for slot in range(mm[O.meta + SLOTS]):
        row = of_slot(mm, slot, S_PLAN) * get(tb, N.sizes, 0, Z.kinds) + fact(fx, X.events, event, FE.kind)
        for item in range(get(tb, N.by_kind, row, K.start), get(tb, N.by_kind, row, K.end)):
            out.event[at], out.benefit[at] = event, get(tb, N.lists, item, 0)
            out.outcome[at], out.provisional[at] = c.NOT_TRIGGERED, 0
            out.amount[at], out.reasons[at], out.missing[at] = 0, 1 << c.REVERSED, 0
            at += 1


def _version() -> int:
    """A number for all code and constants of the kernel: numba itself looks only at the file of the entry."""
    found = 0
    for module in (codes, arrays, borrowing, program, asking, dates, formulas, judging, persons, state):
        for name, value in sorted(vars(module).items()):
            code = getattr(getattr(value, "py_func", value), "__code__", None)
            if code is not None:
                found = _of_code(code, found)
            elif isinstance(value, int | tuple) and not name.startswith("__"):
                found = zlib.crc32(f"{name}={value!r}".encode(), found)
    return found


def _of_code(code: CodeType, before: int) -> int:
    found = zlib.crc32(code.co_code + repr(code.co_names).encode(), before)
    for constant in code.co_consts:
        found = (
            _of_code(constant, found) if isinstance(constant, CodeType) else zlib.crc32(repr(constant).encode(), found)
        )
    return found


def _entry(version: int) -> Any:
    """The compiled entry."""

    @njit(nogil=True, cache=True)
    def decide_persons(
        tables: Ints, facts: Ints, memory: Ints, odd: Ints, starts: Ints, out: Lines, first: int, end: int
    ) -> int:
        """Decide the persons ``first:end`` that are not ``odd``; lines from 0 on, each person's first in ``starts``.

        Who turns out to need the explained engine is marked in ``odd`` and has no lines. Returns how many lines there are, or
        -1 - person when ``out`` is full before that person.
        """
        tb, fx, mm = fixed(tables), fixed(facts), borrowed(memory)
        at = 0 * version  # in the closure, so that what was compiled from other code is not taken from numba's cache
        for person in range(first, end):
            starts[person] = at
            start, last = fact(fx, X.starts, person, FS.events), fact(fx, X.starts, person + 1, FS.events)
            if odd[person]:
                continue
            if not is_sound(fx, person) or not prepare(tb, fx, mm, person):
                odd[person] = 1
                continue
            if last == start:
                continue
            mm[O.context + PERSON] = person
            lines = 0
            for i in range(last - start):
                mm[O.offsets + i] = lines
                for slot in range(mm[O.meta + SLOTS]):
                    lines += lines_for(tb, mm, slot, fact(fx, X.events, start + i, FE.kind))
            if at + lines > len(out.event):
                return -1 - person
            for i in range(mm[O.meta + LIVE]):
                place = mm[O.order + i]
                decide_event(tb, fx, mm, out, start + place, at + mm[O.offsets + place])
            for i in range(mm[O.meta + EVENTS]):
                if of_event(mm, i, E_LIVE) == 0:
                    undone(tb, fx, mm, out, start + i, at + mm[O.offsets + i])
            if mm[O.meta + OVERFLOW]:
                odd[person] = 1
                continue
            at += lines
        starts[end] = at
        return at

    return decide_persons


decide_persons = _entry(_version())
"""See ``_entry``."""
