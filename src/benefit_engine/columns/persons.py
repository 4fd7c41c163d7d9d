"""One person before the first line: covers taken apart into plans, events in the order that counts, bills, stays, causes.

Returns 0 for whoever the explained engine must look at: a fault, or more of something than there is room for.
"""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import COVERS_MOST, EVENTS_MOST, FC, FE, FO, FP, FS, SLOTS_MOST, Ints, O, W, X
from benefit_engine.columns.asking import (
    X_AGE,
    X_COMBINATION,
    X_FROM,
    X_JOINED,
    X_OPTION,
    X_OWN,
    X_PERIODS,
    X_PLAN,
    X_RISK,
    X_UNITS,
    X_UNTIL,
)
from benefit_engine.columns.borrowing import fact
from benefit_engine.columns.dates import full_years
from benefit_engine.columns.program import N, get, places
from benefit_engine.columns.state import (
    CLAIMED,
    E_BURDEN,
    E_DISAGREE,
    E_LIVE,
    E_OPEN,
    E_PLACE,
    E_ROOT,
    E_SELF,
    E_SETTLED,
    EVENTS,
    LINE,
    LIVE,
    OVERFLOW,
    PERSON,
    REIMBURSED,
    S_END,
    S_PLAN,
    S_REFERRED,
    S_START,
    SLOTS,
    STAMP,
    USED,
    add,
    of_cover,
    of_event,
    of_slot,
)

P = places("plans")
K = places("by_kind")
CB = places("combinations")
G = places("groups")
Z = places("sizes")
INPATIENT = 0
UNKNOWN_PLAN = -1


@njit
def copy_cover(fx: Ints, mm: Ints, cover: int, place: int, plan: int, combination: int, own: int) -> None:
    """A cover of the case as one of a plan."""
    row = O.covers + W.covers * place
    mm[row + X_PLAN] = plan
    mm[row + X_FROM] = fact(fx, X.covers, cover, FC.start)
    mm[row + X_UNTIL] = fact(fx, X.covers, cover, FC.until)
    mm[row + X_UNITS] = fact(fx, X.covers, cover, FC.units)
    joined = fact(fx, X.covers, cover, FC.joined)
    mm[row + X_JOINED] = joined if joined != 0 else fact(fx, X.covers, cover, FC.start)
    mm[row + X_PERIODS] = fact(fx, X.covers, cover, FC.periods)
    mm[row + X_OPTION] = fact(fx, X.covers, cover, FC.option)
    mm[row + X_RISK] = fact(fx, X.covers, cover, FC.risk)
    mm[row + X_COMBINATION] = combination
    mm[row + X_OWN] = own
    birth = fact(fx, X.persons, mm[O.meta + PERSON], FP.birth)
    mm[row + X_AGE] = full_years(birth, fact(fx, X.covers, cover, FC.start)) if birth != 0 else -1


@njit
def expand(tb: Ints, fx: Ints, mm: Ints, person: int) -> int:
    """Covers of combinations become covers of their plans, their own benefits come last; slots by plan. 0 if odd."""
    first, end = fact(fx, X.starts, person, FS.covers), fact(fx, X.starts, person + 1, FS.covers)
    count = COVERS_MOST  # the upper half, as entered; the lower half is sorted
    for cover in range(first, end):
        plan = fact(fx, X.covers, cover, FC.plan)
        combination = fact(fx, X.covers, cover, FC.combination)
        if plan == UNKNOWN_PLAN or combination < -1:
            return 0
        if plan < UNKNOWN_PLAN:
            whole = -2 - plan
            if combination >= 0 and combination != whole:
                return 0
            for at in range(get(tb, N.combinations, whole, CB.plans), get(tb, N.combinations, whole, CB.plans_end)):
                if count >= 2 * COVERS_MOST:
                    return 0
                copy_cover(fx, mm, cover, count, get(tb, N.lists, at, 0), whole, -1)
                count += 1
            continue
        if combination >= 0:
            inside = False
            for at in range(
                get(tb, N.combinations, combination, CB.plans), get(tb, N.combinations, combination, CB.plans_end)
            ):
                inside = inside or get(tb, N.lists, at, 0) == plan
            if not inside:
                return 0
        if count >= 2 * COVERS_MOST:
            return 0
        copy_cover(fx, mm, cover, count, plan, combination, -1)
        count += 1
    for cover in range(first, end):
        whole = (
            -2 - fact(fx, X.covers, cover, FC.plan)
            if fact(fx, X.covers, cover, FC.plan) < UNKNOWN_PLAN
            else fact(fx, X.covers, cover, FC.combination)
        )
        if whole < 0 or get(tb, N.combinations, whole, CB.own) < 0:
            continue
        entered = cover if fact(fx, X.covers, cover, FC.plan) < UNKNOWN_PLAN else -1
        own = get(tb, N.combinations, whole, CB.own)
        there = False
        for i in range(COVERS_MOST, count):
            there = there or (
                of_cover(mm, i, X_PLAN) == own
                and of_cover(mm, i, X_FROM) == fact(fx, X.covers, cover, FC.start)
                and of_cover(mm, i, X_UNTIL) == fact(fx, X.covers, cover, FC.until)
                and of_cover(mm, i, X_OWN) == entered
            )
        if there:
            continue
        if count >= 2 * COVERS_MOST:
            return 0
        copy_cover(fx, mm, cover, count, own, whole, entered)
        count += 1
    return into_slots(mm, count)


@njit
def copy_row(mm: Ints, source: int, target: int) -> None:
    """A cover to another place."""
    for i in range(W.covers):
        mm[O.covers + W.covers * target + i] = mm[O.covers + W.covers * source + i]


@njit
def into_slots(mm: Ints, count: int) -> int:
    """One slot for each plan in the order of its first cover; its covers in order of their start."""
    filled, number = 0, 0
    for i in range(COVERS_MOST, count):
        plan = of_cover(mm, i, X_PLAN)
        seen = False
        for slot in range(number):
            seen = seen or of_slot(mm, slot, S_PLAN) == plan
        if seen:
            continue
        if number >= SLOTS_MOST:
            return 0
        mm[O.slots + W.slots * number + S_PLAN], mm[O.slots + W.slots * number + S_START] = plan, filled
        for j in range(i, count):
            if of_cover(mm, j, X_PLAN) != plan:
                continue
            at = filled
            while at > of_slot(mm, number, S_START) and of_cover(mm, at - 1, X_FROM) > of_cover(mm, j, X_FROM):
                copy_row(mm, at - 1, at)
                at -= 1
            copy_row(mm, j, at)
            filled += 1
        mm[O.slots + W.slots * number + S_END] = filled
        number += 1
    mm[O.meta + SLOTS] = number
    return 1


@njit
def lines_for(tb: Ints, mm: Ints, slot: int, kind: int) -> int:
    """How many benefits of a slot's plan answer to a kind of event."""
    row = of_slot(mm, slot, S_PLAN) * get(tb, N.sizes, 0, Z.kinds) + kind
    return get(tb, N.by_kind, row, K.end) - get(tb, N.by_kind, row, K.start)


@njit
def local(fx: Ints, mm: Ints, person: int, key: int) -> int:
    """The event of this person that has a key; -1 when there is none."""
    first = fact(fx, X.starts, person, FS.events)
    for i in range(mm[O.meta + EVENTS]):
        if fact(fx, X.events, first + i, FE.key) == key:
            return i
    return -1


@njit
def order_events(fx: Ints, mm: Ints, person: int) -> int:
    """Which events count, in which order: reversals, replacements, causes. 0 if odd."""
    first, count = fact(fx, X.starts, person, FS.events), mm[O.meta + EVENTS]
    plain = True
    for i in range(count):
        for j in range(i):
            if fact(fx, X.events, first + i, FE.key) == fact(fx, X.events, first + j, FE.key):
                return 0
        row = O.events + W.events * i
        mm[row + E_LIVE], mm[row + E_PLACE], mm[row + E_OPEN], mm[row + E_SETTLED] = 1, i, 0, 0
        mm[row + E_ROOT] = fact(fx, X.events, first + i, FE.key)
        event = first + i
        plain = (
            plain
            and fact(fx, X.events, event, FE.reverses) == 0
            and fact(fx, X.events, event, FE.replaces) == 0
            and fact(fx, X.events, event, FE.cause) == 0
        )
    if not plain and not links(fx, mm, person):
        return 0
    live = 0
    for i in range(count):
        if of_event(mm, i, E_LIVE):
            at = live
            while at > 0 and of_event(mm, mm[O.order + at - 1], E_PLACE) > of_event(mm, i, E_PLACE):
                mm[O.order + at] = mm[O.order + at - 1]
                at -= 1
            mm[O.order + at] = i
            live += 1
    mm[O.meta + LIVE] = live
    return 1


@njit
def links(fx: Ints, mm: Ints, person: int) -> bool:
    """Follow reversals, replacements and causes of one person; False when they are at fault."""
    first, count = fact(fx, X.starts, person, FS.events), mm[O.meta + EVENTS]
    for i in range(count):
        event = first + i
        if fact(fx, X.events, event, FE.reverses) != 0 and fact(fx, X.events, event, FE.replaces) != 0:
            return False
        key = (
            fact(fx, X.events, event, FE.reverses)
            if fact(fx, X.events, event, FE.reverses) != 0
            else fact(fx, X.events, event, FE.replaces)
        )
        if key == 0:
            continue
        target = local(fx, mm, person, key)
        if target < 0 or target == i or fact(fx, X.events, first + target, FE.reverses) != 0:
            return False
        for j in range(i):  # undone in the same way twice
            column = FE.reverses if fact(fx, X.events, event, FE.reverses) != 0 else FE.replaces
            if fact(fx, X.events, first + j, column) == key:
                return False
        mm[O.events + W.events * target + E_LIVE] = 0
        if fact(fx, X.events, event, FE.reverses) != 0:
            mm[O.events + W.events * i + E_LIVE] = 0
    for i in range(count):
        at, steps = i, 0
        while fact(fx, X.events, first + at, FE.replaces) != 0:
            at = local(fx, mm, person, fact(fx, X.events, first + at, FE.replaces))
            steps += 1
            if steps > count:
                return False
        mm[O.events + W.events * i + E_PLACE] = at
    for i in range(count):
        mm[O.events + W.events * i + E_ROOT] = root_of(fx, mm, person, i)
    return True


@njit
def root_of(fx: Ints, mm: Ints, person: int, start: int) -> int:
    """Key of the event at the beginning of a chain of causes; it may lie outside the case. Where causes run in a ring, the walk
    ends before the first event that it would meet again."""
    first, count = fact(fx, X.starts, person, FS.events), mm[O.meta + EVENTS]
    at = start
    mm[O.collected + 0], seen = start, 1
    while True:
        key = fact(fx, X.events, first + at, FE.cause)
        if key == 0:
            return fact(fx, X.events, first + at, FE.key)
        above = local(fx, mm, person, key)
        if above < 0:
            return key
        moved = True
        while moved:  # who names a replaced event means the one in its place
            moved = False
            for j in range(count):
                if fact(fx, X.events, first + j, FE.replaces) == fact(fx, X.events, first + above, FE.key):
                    above, moved = j, True
                    break
        for i in range(seen):
            if mm[O.collected + i] == above:
                return fact(fx, X.events, first + at, FE.key)
        mm[O.collected + seen] = above
        seen += 1
        at = above


@njit
def group_stays(tb: Ints, fx: Ints, mm: Ints, person: int, slot: int) -> None:
    """For each event the first event of its stay under a plan's rule."""
    first, plan = fact(fx, X.starts, person, FS.events), of_slot(mm, slot, S_PLAN)
    for i in range(mm[O.meta + EVENTS]):
        mm[O.stays + W.stays * slot + i] = i
    if get(tb, N.plans, plan, P.as_one) == 0:
        return
    before = -1
    for at in range(mm[O.meta + LIVE]):
        i = mm[O.order + at]
        if fact(fx, X.events, first + i, FE.kind) != INPATIENT:
            continue
        if before >= 0 and continues(tb, fx, plan, first + before, first + i):
            mm[O.stays + W.stays * slot + i] = mm[O.stays + W.stays * slot + before]
        before = i


@njit
def continues(tb: Ints, fx: Ints, plan: int, before: int, event: int) -> bool:
    """Does a stay continue the one before it?"""
    ended, started = fact(fx, X.events, before, FE.dates + c.ENDED), fact(fx, X.events, event, FE.dates + c.STARTED)
    if (
        ended == 0
        or started < fact(fx, X.events, before, FE.dates + c.STARTED)
        or started - ended > get(tb, N.plans, plan, P.within_days)
    ):
        return False
    if get(tb, N.plans, plan, P.same_disease) == 0:
        return True
    one, other = fact(fx, X.events, before, FE.diagnoses), fact(fx, X.events, event, FE.diagnoses)
    if one < 0 or other < 0:
        return False
    for i in range(fact(fx, X.category_start, one, 0), fact(fx, X.category_start, one + 1, 0)):
        for j in range(fact(fx, X.category_start, other, 0), fact(fx, X.category_start, other + 1, 0)):
            if fact(fx, X.categories, i, 0) == fact(fx, X.categories, j, 0):
                return True
    return False


@njit
def read_bill(fx: Ints, mm: Ints, event: int, place: int) -> None:
    """个人自付, burden, and whether the amounts disagree. Contract: identities; see ``amounts``."""
    none = c.NONE
    parts, known_parts = 0, 0
    for part in range(c.FIRST_PART, c.LAST_PART + 1):
        if fact(fx, X.amounts, event, part) != none:
            parts += fact(fx, X.amounts, event, part)
            known_parts += 1
    self_paid, faults = fact(fx, X.amounts, event, c.SELF_PAID), False
    if self_paid == none:
        if known_parts == 5:
            self_paid = parts
    elif known_parts == 5:
        faults = abs(parts - self_paid) > 1
    elif known_parts:
        faults = parts > self_paid + 1
    least = parts if self_paid == none else self_paid
    scope, total, hospital = (
        fact(fx, X.amounts, event, c.OUT_OF_SCOPE),
        fact(fx, X.amounts, event, c.TOTAL),
        fact(fx, X.amounts, event, c.HOSPITAL),
    )
    hospital = 0 if hospital == none else hospital
    account, cash = fact(fx, X.amounts, event, c.ACCOUNT), fact(fx, X.amounts, event, c.CASH)
    others, payers_known = 0, True
    for payer in range(c.FUND, c.MEDICAL_AID + 1):
        if fact(fx, X.amounts, event, payer) == none:
            payers_known = False
        else:
            others += fact(fx, X.amounts, event, payer)
    borne = least + (0 if scope == none else scope)
    purses = (0 if account == none else account) + (0 if cash == none else cash)
    both = self_paid != none and scope != none
    burden = none if self_paid == none else borne
    if total != none:
        if both and payers_known:
            without = abs(others + borne - total) <= 1
            with_hospital = abs(others + borne + hospital - total) <= 1
            if not (without or with_hospital):
                faults = True
            elif not with_hospital:
                borne -= hospital
                burden = borne
        elif others + borne > total + 1:
            faults = True
        if hospital > total + 1 or others + purses > total + 1:
            faults = True
    if account != none and cash != none:
        if both:
            faults = faults or abs(purses - borne) > 1
        elif least + (0 if scope == none else scope) - hospital > purses + 1:
            faults = True
        if burden == none:
            burden = purses
    elif both and purses > borne + 1:
        faults = True
    if burden != none and burden < 0:
        faults = True
    mm[O.events + W.events * place + E_SELF], mm[O.events + W.events * place + E_BURDEN] = self_paid, burden
    mm[O.events + W.events * place + E_DISAGREE] = 1 if faults else 0


@njit
def is_sound(fx: Ints, person: int) -> bool:
    """Are dates in their order, amounts not negative but where an event is taken back, and sums such as 64 bits can hold?"""
    birth = fact(fx, X.persons, person, FP.birth)
    for cover in range(fact(fx, X.starts, person, FS.covers), fact(fx, X.starts, person + 1, FS.covers)):
        start, until = fact(fx, X.covers, cover, FC.start), fact(fx, X.covers, cover, FC.until)
        if until <= start or start < birth or fact(fx, X.covers, cover, FC.joined) >= until:
            return False
    total = 0
    for event in range(fact(fx, X.starts, person, FS.events), fact(fx, X.starts, person + 1, FS.events)):
        start, ended = fact(fx, X.events, event, FE.dates + c.STARTED), fact(fx, X.events, event, FE.dates + c.ENDED)
        if start < birth or fact(fx, X.events, event, FE.dates + c.ACCIDENT_ON) > (ended if ended != 0 else start):
            return False
        for place in (c.ENDED, c.SETTLED, c.FILED, c.REPORTED):
            day = fact(fx, X.events, event, FE.dates + place)
            if day != 0 and day < start:
                return False
        for amount in range(c.STANDARD_AMOUNTS + c.OWN_AMOUNTS_MOST):
            fen = fact(fx, X.amounts, event, amount)
            if fen != c.NONE:
                if fen < 0 and fact(fx, X.events, event, FE.reverses) == 0:
                    return False
                total += min(abs(fen), c.SAFE_FEN + 1)
    return total <= c.SAFE_FEN


@njit
def prepare(tb: Ints, fx: Ints, mm: Ints, person: int) -> int:
    """All of a person that does not depend on a line. 0 if odd."""
    first, end = fact(fx, X.starts, person, FS.events), fact(fx, X.starts, person + 1, FS.events)
    mm[O.meta + STAMP] += 1
    mm[O.meta + USED] = mm[O.meta + CLAIMED] = mm[O.meta + REIMBURSED] = mm[O.meta + OVERFLOW] = mm[O.meta + LINE] = 0
    mm[O.meta + PERSON], mm[O.meta + EVENTS] = person, end - first
    if end - first > EVENTS_MOST or not expand(tb, fx, mm, person) or not order_events(fx, mm, person):
        return 0
    for family in range(get(tb, N.sizes, 0, Z.families)):
        mm[O.families + family] = 0
    for slot in range(mm[O.meta + SLOTS]):
        mm[O.slots + W.slots * slot + S_REFERRED] = 0
        mm[O.standing + W.standing * slot + 0] = -1
        group_stays(tb, fx, mm, person, slot)
    for at in range(mm[O.meta + LIVE]):
        read_bill(fx, mm, first + mm[O.order + at], mm[O.order + at])
    take_over(tb, fx, mm, person)
    return 1


@njit
def take_over(tb: Ints, fx: Ints, mm: Ints, person: int) -> None:
    """Counters of the opening; claims that benefits count together begin with the sum of what each of them has."""
    start, end = fact(fx, X.starts, person, FS.counters), fact(fx, X.starts, person + 1, FS.counters)
    if end <= start:
        return
    for i in range(start, end):
        if fact(fx, X.counters, i, FO.number) >= 0:
            add(
                mm,
                fact(fx, X.counters, i, FO.number),
                fact(fx, X.counters, i, FO.key),
                fact(fx, X.counters, i, FO.used),
            )
    for group in range(get(tb, N.sizes, 0, Z.groups)):
        scope = get(tb, N.groups, group, G.per)
        counter = get(tb, N.groups, group, G.counter) * 8 + scope
        if not has_family(tb, mm, get(tb, N.groups, group, G.family)):
            continue
        for i in range(start, end):
            for j in range(get(tb, N.groups, group, G.members), get(tb, N.groups, group, G.members_end)):
                if fact(fx, X.counters, i, FO.number) != (get(tb, N.members, j, 0) * 8 + c.CLAIMS) * 8 + scope:
                    continue
                stated = False
                for k in range(start, end):
                    stated = stated or (
                        fact(fx, X.counters, k, FO.number) == counter
                        and fact(fx, X.counters, k, FO.key) == fact(fx, X.counters, i, FO.key)
                    )
                if not stated:
                    add(mm, counter, fact(fx, X.counters, i, FO.key), fact(fx, X.counters, i, FO.used))


@njit
def has_family(tb: Ints, mm: Ints, family: int) -> bool:
    """Does the person have a plan of this family?"""
    for slot in range(mm[O.meta + SLOTS]):
        if get(tb, N.plans, of_slot(mm, slot, S_PLAN), P.family) == family:
            return True
    return False
