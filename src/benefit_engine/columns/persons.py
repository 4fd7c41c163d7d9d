"""One person before the first line: covers taken apart into plans, events in the order that counts, bills, stays, causes.

Returns 0 for whoever the explained engine must look at: a fault, or more of something than there is room for.
"""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import COVERS_MOST, EVENTS_MOST, SLOTS_MOST, Facts, Memory
from benefit_engine.columns.asking import (
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
from benefit_engine.columns.program import Tables, places
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
)

P = places("plans")
K = places("by_kind")
CB = places("combinations")
G = places("groups")
Z = places("sizes")
INPATIENT = 0
UNKNOWN_PLAN = -1


@njit
def copy_cover(fx: Facts, mm: Memory, cover: int, place: int, plan: int, combination: int, own: int) -> None:
    """A cover of the case as one of a plan."""
    row = mm.covers[place]
    row[X_PLAN] = plan
    row[X_FROM] = fx.cover_from[cover]
    row[X_UNTIL] = fx.cover_until[cover]
    row[X_UNITS] = fx.cover_units[cover]
    joined = fx.cover_joined[cover]
    row[X_JOINED] = joined if joined != 0 else fx.cover_from[cover]
    row[X_PERIODS] = fx.cover_periods[cover]
    row[X_OPTION] = fx.cover_option[cover]
    row[X_RISK] = fx.cover_risk[cover]
    row[X_COMBINATION] = combination
    row[X_OWN] = own


@njit
def expand(tb: Tables, fx: Facts, mm: Memory, person: int) -> int:
    """Covers of combinations become covers of their plans, their own benefits come last; slots by plan. 0 if odd."""
    first, end = fx.cover_start[person], fx.cover_start[person + 1]
    covers, count = mm.covers, COVERS_MOST  # the upper half, as entered; the lower half is sorted
    for cover in range(first, end):
        plan = fx.cover_plan[cover]
        combination = fx.cover_combination[cover]
        if plan == UNKNOWN_PLAN or combination < -1 or end - first > COVERS_MOST // 8:
            return 0
        if plan < UNKNOWN_PLAN:
            whole = -2 - plan
            if combination >= 0 and combination != whole:
                return 0
            for at in range(tb.combinations[whole, CB.plans], tb.combinations[whole, CB.plans_end]):
                if count >= 2 * COVERS_MOST:
                    return 0
                copy_cover(fx, mm, cover, count, tb.lists[at, 0], whole, -1)
                count += 1
            continue
        if combination >= 0:
            inside = False
            for at in range(tb.combinations[combination, CB.plans], tb.combinations[combination, CB.plans_end]):
                inside = inside or tb.lists[at, 0] == plan
            if not inside:
                return 0
        if count >= 2 * COVERS_MOST:
            return 0
        copy_cover(fx, mm, cover, count, plan, combination, -1)
        count += 1
    for cover in range(first, end):
        whole = -2 - fx.cover_plan[cover] if fx.cover_plan[cover] < UNKNOWN_PLAN else fx.cover_combination[cover]
        if whole < 0 or tb.combinations[whole, CB.own] < 0:
            continue
        entered = cover if fx.cover_plan[cover] < UNKNOWN_PLAN else -1
        own = tb.combinations[whole, CB.own]
        there = False
        for i in range(COVERS_MOST, count):
            there = there or (
                covers[i, X_PLAN] == own
                and covers[i, X_FROM] == fx.cover_from[cover]
                and covers[i, X_UNTIL] == fx.cover_until[cover]
                and covers[i, X_OWN] == entered
            )
        if there:
            continue
        if count >= 2 * COVERS_MOST:
            return 0
        copy_cover(fx, mm, cover, count, own, whole, entered)
        count += 1
    return into_slots(mm, count)


@njit
def into_slots(mm: Memory, count: int) -> int:
    """One slot for each plan in the order of its first cover; its covers in order of their start."""
    covers, slots = mm.covers, mm.slots
    filled, number = 0, 0
    for i in range(COVERS_MOST, count):
        plan = covers[i, X_PLAN]
        seen = False
        for slot in range(number):
            seen = seen or slots[slot, S_PLAN] == plan
        if seen:
            continue
        if number >= SLOTS_MOST:
            return 0
        slots[number, S_PLAN], slots[number, S_START] = plan, filled
        for j in range(i, count):
            if covers[j, X_PLAN] != plan:
                continue
            at = filled
            while at > slots[number, S_START] and covers[at - 1, X_FROM] > covers[j, X_FROM]:
                covers[at] = covers[at - 1]
                at -= 1
            covers[at] = covers[j]
            filled += 1
        slots[number, S_END] = filled
        number += 1
    mm.meta[SLOTS] = number
    return 1


@njit
def lines_for(tb: Tables, mm: Memory, slot: int, kind: int) -> int:
    """How many benefits of a slot's plan answer to a kind of event."""
    row = mm.slots[slot, S_PLAN] * tb.sizes[0, Z.kinds] + kind
    return tb.by_kind[row, K.end] - tb.by_kind[row, K.start]


@njit
def local(fx: Facts, mm: Memory, person: int, key: int) -> int:
    """The event of this person that has a key; -1 when there is none."""
    first = fx.event_start[person]
    for i in range(mm.meta[EVENTS]):
        if fx.event_key[first + i] == key:
            return i
    return -1


@njit
def order_events(fx: Facts, mm: Memory, person: int) -> int:
    """Which events count, in which order: reversals, replacements, causes. 0 if odd."""
    first, count = fx.event_start[person], mm.meta[EVENTS]
    events, plain = mm.events, True
    for i in range(count):
        for j in range(i):
            if fx.event_key[first + i] == fx.event_key[first + j]:
                return 0
        events[i, E_LIVE], events[i, E_PLACE], events[i, E_OPEN], events[i, E_SETTLED] = 1, i, 0, 0
        events[i, E_ROOT] = fx.event_key[first + i]
        event = first + i
        plain = plain and fx.reverses[event] == 0 and fx.replaces[event] == 0 and fx.cause[event] == 0
    if not plain and not links(fx, mm, person):
        return 0
    live = 0
    for i in range(count):
        if events[i, E_LIVE]:
            at = live
            while at > 0 and events[mm.order[at - 1], E_PLACE] > events[i, E_PLACE]:
                mm.order[at] = mm.order[at - 1]
                at -= 1
            mm.order[at] = i
            live += 1
    mm.meta[LIVE] = live
    return 1


@njit
def links(fx: Facts, mm: Memory, person: int) -> bool:
    """Follow reversals, replacements and causes of one person; False when they are at fault."""
    first, count, events = fx.event_start[person], mm.meta[EVENTS], mm.events
    for i in range(count):
        event = first + i
        if fx.reverses[event] != 0 and fx.replaces[event] != 0:
            return False
        key = fx.reverses[event] if fx.reverses[event] != 0 else fx.replaces[event]
        if key == 0:
            continue
        target = local(fx, mm, person, key)
        if target < 0 or target == i or fx.reverses[first + target] != 0:
            return False
        for j in range(i):  # undone in the same way twice
            same = fx.reverses if fx.reverses[event] != 0 else fx.replaces
            if same[first + j] == key:
                return False
        events[target, E_LIVE] = 0
        if fx.reverses[event] != 0:
            events[i, E_LIVE] = 0
    for i in range(count):
        at, steps = i, 0
        while fx.replaces[first + at] != 0:
            at = local(fx, mm, person, fx.replaces[first + at])
            steps += 1
            if steps > count:
                return False
        events[i, E_PLACE] = at
    for i in range(count):
        events[i, E_ROOT] = root_of(fx, mm, person, i)
    return True


@njit
def root_of(fx: Facts, mm: Memory, person: int, start: int) -> int:
    """Key of the event at the beginning of a chain of causes; it may lie outside the case."""
    first, count = fx.event_start[person], mm.meta[EVENTS]
    at, steps = start, 0
    while True:
        key = fx.cause[first + at]
        if key == 0:
            return fx.event_key[first + at]
        above = local(fx, mm, person, key)
        if above < 0:
            return key
        moved = True
        while moved:  # who names a replaced event means the one in its place
            moved = False
            for j in range(count):
                if fx.replaces[first + j] == fx.event_key[first + above]:
                    above, moved = j, True
                    break
        steps += 1
        if above == start or steps > count:
            return ring(fx, mm, person, start)
        at = above


@njit
def ring(fx: Facts, mm: Memory, person: int, start: int) -> int:
    """The same walk where causes run in a ring: it ends before the first event that it would meet again."""
    first, count = fx.event_start[person], mm.meta[EVENTS]
    at = start
    mm.collected[0], seen = start, 1
    while True:
        key = fx.cause[first + at]
        if key == 0:
            return fx.event_key[first + at]
        above = local(fx, mm, person, key)
        if above < 0:
            return key
        moved = True
        while moved:
            moved = False
            for j in range(count):
                if fx.replaces[first + j] == fx.event_key[first + above]:
                    above, moved = j, True
                    break
        for i in range(seen):
            if mm.collected[i] == above:
                return fx.event_key[first + at]
        mm.collected[seen] = above
        seen += 1
        at = above


@njit
def group_stays(tb: Tables, fx: Facts, mm: Memory, person: int, slot: int) -> None:
    """For each event the first event of its stay under a plan's rule."""
    first, plan = fx.event_start[person], mm.slots[slot, S_PLAN]
    for i in range(mm.meta[EVENTS]):
        mm.stays[slot, i] = i
    if tb.plans[plan, P.as_one] == 0:
        return
    before = -1
    for at in range(mm.meta[LIVE]):
        i = mm.order[at]
        if fx.kind[first + i] != INPATIENT:
            continue
        if before >= 0 and continues(tb, fx, plan, first + before, first + i):
            mm.stays[slot, i] = mm.stays[slot, before]
        before = i


@njit
def continues(tb: Tables, fx: Facts, plan: int, before: int, event: int) -> bool:
    """Does a stay continue the one before it?"""
    ended, started = fx.dates[before, c.ENDED], fx.dates[event, c.STARTED]
    if ended == 0 or started < fx.dates[before, c.STARTED] or started - ended > tb.plans[plan, P.within_days]:
        return False
    if tb.plans[plan, P.same_disease] == 0:
        return True
    one, other = fx.diagnoses[before], fx.diagnoses[event]
    if one < 0 or other < 0:
        return False
    for i in range(fx.category_start[one], fx.category_start[one + 1]):
        for j in range(fx.category_start[other], fx.category_start[other + 1]):
            if fx.categories[i] == fx.categories[j]:
                return True
    return False


@njit
def read_bill(fx: Facts, mm: Memory, event: int, place: int) -> None:
    """个人自付, burden, and whether the amounts disagree. Contract: identities; see ``amounts``."""
    a, none = fx.amounts[event], c.NONE
    parts, known_parts = 0, 0
    for part in range(c.FIRST_PART, c.LAST_PART + 1):
        if a[part] != none:
            parts += a[part]
            known_parts += 1
    self_paid, faults = a[c.SELF_PAID], False
    if self_paid == none:
        if known_parts == 5:
            self_paid = parts
    elif known_parts == 5:
        faults = abs(parts - self_paid) > 1
    elif known_parts:
        faults = parts > self_paid + 1
    least = parts if self_paid == none else self_paid
    scope, total, hospital = a[c.OUT_OF_SCOPE], a[c.TOTAL], a[c.HOSPITAL]
    hospital = 0 if hospital == none else hospital
    account, cash = a[c.ACCOUNT], a[c.CASH]
    others, payers_known = 0, True
    for payer in range(c.FUND, c.MEDICAL_AID + 1):
        if a[payer] == none:
            payers_known = False
        else:
            others += a[payer]
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
    mm.events[place, E_SELF], mm.events[place, E_BURDEN] = self_paid, burden
    mm.events[place, E_DISAGREE] = 1 if faults else 0


@njit
def prepare(tb: Tables, fx: Facts, mm: Memory, person: int) -> int:
    """All of a person that does not depend on a line. 0 if odd."""
    first, end = fx.event_start[person], fx.event_start[person + 1]
    meta = mm.meta
    meta[STAMP] += 1
    meta[USED] = meta[CLAIMED] = meta[REIMBURSED] = meta[OVERFLOW] = meta[LINE] = 0
    meta[PERSON], meta[EVENTS] = person, end - first
    if end - first > EVENTS_MOST or not expand(tb, fx, mm, person) or not order_events(fx, mm, person):
        return 0
    mm.families[:] = 0
    for slot in range(meta[SLOTS]):
        mm.slots[slot, S_REFERRED] = 0
        mm.standing[slot, 0] = -1
        group_stays(tb, fx, mm, person, slot)
    for at in range(meta[LIVE]):
        read_bill(fx, mm, first + mm.order[at], mm.order[at])
    take_over(tb, fx, mm, person)
    return 1


@njit
def take_over(tb: Tables, fx: Facts, mm: Memory, person: int) -> None:
    """Counters of the opening; claims that benefits count together begin with the sum of what each of them has."""
    start, end = fx.counter_start[person], fx.counter_start[person + 1]
    if end <= start:
        return
    for i in range(start, end):
        if fx.counter[i] >= 0:
            add(mm, fx.counter[i], fx.counter_key[i], fx.counter_used[i])
    for group in range(tb.sizes[0, Z.groups]):
        scope = tb.groups[group, G.per]
        counter = tb.groups[group, G.counter] * 8 + scope
        if not has_family(tb, mm, tb.groups[group, G.family]):
            continue
        for i in range(start, end):
            for j in range(tb.groups[group, G.members], tb.groups[group, G.members_end]):
                if fx.counter[i] != (tb.members[j, 0] * 8 + c.CLAIMS) * 8 + scope:
                    continue
                stated = False
                for k in range(start, end):
                    stated = stated or (fx.counter[k] == counter and fx.counter_key[k] == fx.counter_key[i])
                if not stated:
                    add(mm, counter, fx.counter_key[i], fx.counter_used[i])


@njit
def has_family(tb: Tables, mm: Memory, family: int) -> bool:
    """Does the person have a plan of this family?"""
    for slot in range(mm.meta[SLOTS]):
        if tb.plans[mm.slots[slot, S_PLAN], P.family] == family:
            return True
    return False
