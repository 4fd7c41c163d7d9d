"""The sheets 已用额度 and 一次性待遇: plain words become counters of the engine."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from benefit_engine import plan as engine
from benefit_engine.accumulators import BASE, CLAIMS, DAYS, ENTITLED, PAID, RATED, STAYS
from mutualaid.core.money import NotMoney, parse
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of, loaded_versions, parts_of
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.combined import (
    TOTAL,
    cap_named,
    combination_of,
    combined_key,
    holding,
    note_listed,
    period_caps,
    rest_of,
)
from mutualaid.takeover.checking.known import meet_others
from mutualaid.takeover.checking.rows import LEAVE, Held, Person, Row, Seen

PERIOD, LIFE, DISEASE = "period", "life", "disease"


@dataclass(frozen=True)
class Counter:
    """What a word of the sheet counts: the last part of the counter's name, in which scope, and whether it is yuan."""

    name: str
    per: str
    yuan: bool


COUNTERS: dict[str, Counter] = {
    "本期已付金额": Counter(PAID, PERIOD, True),
    "本期次数": Counter(CLAIMS, PERIOD, False),
    "本期已付天数": Counter(DAYS, PERIOD, False),
    "本期住院次数": Counter(STAYS, PERIOD, False),
    "本期免补额基数": Counter(BASE, PERIOD, True),
    "本期分段基数": Counter(RATED, PERIOD, True),
    "本期抵扣前金额": Counter(ENTITLED, PERIOD, True),
    "终身已付金额": Counter(PAID, LIFE, True),
    "终身次数": Counter(CLAIMS, LIFE, False),
    "终身已付天数": Counter(DAYS, LIFE, False),
    "病种已付金额": Counter(PAID, DISEASE, True),
    "病种次数": Counter(CLAIMS, DISEASE, False),
    TOTAL: Counter(PAID, engine.COMBINATION, True),
}
_ALSO = {
    "本期已赔付金额": "本期已付金额",
    "本期累计金额": "本期已付金额",
    "本期给付次数": "本期次数",
    "已付天数": "本期已付天数",
    "住院次数": "本期住院次数",
    "终身累计金额": "终身已付金额",
    "终身给付次数": "终身次数",
    "组合合计已赔付金额": TOTAL,
}


@dataclass(frozen=True)
class Found:
    """A benefit in the plan of the row, or in one of the plans of a combination. ``plan``: the id that the row names; ``twice``:
    several plans of the combination have a benefit of that name."""

    family: str
    benefit: engine.Benefit | None
    diseases: frozenset[str]
    plan: str
    twice: bool = False


def check_used(rows: Sequence[Row], seen: Seen) -> None:
    """Counters of the running period and of life."""
    _meet(rows, seen)
    for row in rows:
        _used(row, seen)


def check_once(rows: Sequence[Row], seen: Seen) -> None:
    """What is paid once, and was."""
    _meet(rows, seen)
    for row in rows:
        _once(row, seen)


def _meet(rows: Sequence[Row], seen: Seen) -> None:
    for row in rows:
        values.identity(row)
    meet_others((row.person for row in rows), seen)


def counter_named(word: str) -> Counter | None:
    """What a word of the sheet means."""
    return COUNTERS.get(_ALSO.get(word, word))


def _used(row: Row, seen: Seen) -> None:
    counter = counter_named(unicodedata.normalize("NFKC", row.told.get("what", "")).strip())
    if counter is None:
        row.wrong(
            "what",
            f"项目应为{'、'.join(COUNTERS)}之一；得到的不是，请从下拉框选择",
            f"expected one of {', '.join(COUNTERS)}, found something else; choose from the list",
        )
    if counter is not None and counter.per == engine.COMBINATION:
        _combined(row, seen, counter)
        return
    found = _of_plan(row, seen, needed=counter is None or counter.name != STAYS)
    last_on = values.day(row, "last_on")
    if counter is None:
        return
    value = _value(row, counter)
    if found is None or value is None:
        return
    keys = _keys(row, seen, found, counter.per)
    if not keys or row.faults:
        return
    name = STAYS if found.benefit is None else f"{found.benefit.id}.{counter.name}"
    shared = _shared(row, seen, found, keys[0], value) if counter.name == PAID and counter.per == PERIOD else []
    if row.faults:
        return
    _note(row, seen, found.family, [(name, key, value, counter.yuan) for key in (*keys, *shared)], last_on)
    if counter.name == PAID and counter.per == PERIOD and not row.faults:
        row.value |= {"paid": str(value), "combined": str(value if shared else 0)}


def _combined(row: Row, seen: Seen, counter: Counter) -> None:
    """The whole that was used up of a cap of a combination: what rows of single benefits above do not tell of it."""
    person, version = _who(row, seen), values.plan(row, seen)
    value, last_on = _value(row, counter), values.day(row, "last_on")
    if person is None or version is None or value is None:
        return
    combination = combination_of(version.plan, seen)
    if combination is None:
        row.wrong(
            "plan",
            f"“{TOTAL}”的计划应为组合；得到的是单项计划，请改为组合的编号",
            "expected a combination of plans for the whole of its cap, found a single plan; name the combination",
        )
        return
    cap = cap_named(row, combination)
    held = [one for one in seen.covers[bytes.fromhex(row.person)] if one.plan == version.plan]
    from_on = _period(row, seen, held)
    if cap is None or from_on is None or row.faults:
        return
    key = combined_key(combination, from_on)
    rest = rest_of(row, seen, combination, cap, key, value)
    if row.faults:
        return
    if rest is None:
        row.effect = LEAVE
        return
    (family, benefit), amount = rest
    _note(row, seen, family, [(f"{benefit}.{PAID}", key, amount, True)], last_on)
    row.value["combined"] = str(amount)


def _shared(row: Row, seen: Seen, found: Found, key: str, value: Decimal) -> list[str]:
    """The keys of caps of combinations that what was paid in a period counts in too. A fault is noted."""
    if found.benefit is None:
        return []
    from_on = key.partition(":")[2]
    first = datetime.date.fromisoformat(from_on).toordinal()
    pair, keys = (found.family, found.benefit.id), []
    for one in {one.plan for one in seen.covers[bytes.fromhex(row.person)] if one.from_on == first}:
        combination = combination_of(one, seen)
        if combination is None or found.plan not in (one, *combination.plans):
            continue
        counting = [cap for cap in period_caps(combination) if pair in cap.benefits]
        for cap in counting:
            note_listed(row, seen, pair, combined_key(combination, from_on), value, cap)
        if counting:
            keys.append(combined_key(combination, from_on))
    return keys


def _once(row: Row, seen: Seen) -> None:
    found = _of_plan(row, seen, needed=True)
    amount, paid_on = values.amount(row, "amount", needed=True, zero=False), values.day(row, "paid_on")
    if found is None or found.benefit is None or amount is None:
        return
    benefit = found.benefit
    if benefit.once is None:
        row.odd(
            "benefit",
            "该待遇在计划中不限一次；只记为终身已付，不会因此拒付",
            "the plan pays this benefit more than once; it is only counted, and refuses nothing",
        )
    per = benefit.once.per if benefit.once is not None else LIFE
    if per not in (PERIOD, LIFE, DISEASE):
        row.wrong(
            "benefit",
            "该待遇每次事故可付一次，已付的不影响以后的事故；请删去该行",
            "this benefit is paid once for each accident, so that what was paid does not matter later; remove the row",
        )
        return
    keys = _keys(row, seen, found, per)
    if not keys or row.faults:
        return
    pairs = [(f"{benefit.id}.{PAID}", key, amount, True) for key in keys]
    pairs += [(f"{benefit.id}.{CLAIMS}", key, Decimal(1), False) for key in keys]
    _note(row, seen, found.family, pairs, paid_on)
    row.value["paid"] = str(amount)


def _value(row: Row, counter: Counter) -> Decimal | None:
    if counter.yuan:
        return values.amount(row, "value", needed=True)
    if "value" not in row.told:
        values.missing(row, "value")
        return None
    try:
        if parse(row.told["value"]) < 0:
            row.wrong("value", "数额应不小于 0；得到负数，请改正", "expected a number not below 0; correct it")
            return None
    except NotMoney:
        pass  # said in better words by the next line
    found = values.whole(row, "value")
    return None if found is None else Decimal(found)


def _of_plan(row: Row, seen: Seen, *, needed: bool) -> Found | None:
    """The person and the benefit of a row."""
    person, version = _who(row, seen), values.plan(row, seen)
    if version is None:
        return None
    offers: dict[str, Found] = seen.benefits.get(version.plan) or _benefits(version)
    seen.benefits[version.plan] = offers
    written = unicodedata.normalize("NFKC", row.told.get("benefit", "")).strip()
    if not needed:
        return Found(version.family, None, frozenset(), version.plan)
    if written not in offers:
        row.wrong(
            "benefit",
            f"待遇应为计划中的{'、'.join(key for key, one in offers.items() if one.benefit and key == one.benefit.id)}之一；"
            "得到的不是，请改正",
            f"expected one of {', '.join(offers)}, found something else; correct it",
        )
        return None
    if offers[written].twice:
        row.wrong(
            "benefit",
            "组合的几项计划都有此待遇；请在“计划”栏写明是其中哪一项计划",
            "several plans of the combination have this benefit; name the one that is meant as the plan",
        )
        return None
    return offers[written] if person is not None else None


def _who(row: Row, seen: Seen) -> Person | None:
    """Whom a row is about, of whom nothing was computed here yet."""
    person = values.person(row, seen)
    if person is not None and person.counted:
        row.wrong(
            "identity_number",
            "该会员在本系统应还没有理算过的申请；已有，期初不能再登记，请删去该行",
            "expected a member without claims computed here, found some; it is too late for an opening, remove the row",
        )
    return person


def _benefits(version: PlanVersion) -> dict[str, Found]:
    """The benefits of a version by id and by name; of a combination those of its plans and its own."""
    library = loaded_versions(versions=[version]).library
    combination = library.combinations.get(version.plan)
    plans = [library.plans[name] for name in (combination.plans if combination is not None else (version.plan,))]
    if combination is not None and combination.own is not None:
        plans.append(combination.own)
    documents = [document_of(version=one) for one in (version, *parts_of(version=version))]
    diseases = frozenset(
        entry.name.zh for document in documents for listed in document.lists.values() for entry in listed.entries
    )
    found: dict[str, Found] = {}
    for plan in plans:
        for benefit in plan.benefits:
            one = Found(plan.family, benefit, diseases, version.plan)
            for name in {benefit.id, benefit.name}:
                found[name] = replace(one, twice=name in found)
    return found


def _keys(row: Row, seen: Seen, found: Found, per: str) -> list[str]:
    """The key under which the engine looks."""
    if per == LIFE:
        return ["life"]
    if per == DISEASE:
        disease = row.told.get("disease", "")
        if disease not in found.diseases:
            row.wrong(
                "disease",
                f"病种应为计划所列的{'、'.join(sorted(found.diseases)[:12])}之一；得到的不是，请按计划的名称填写",
                "expected a disease as the plan lists it, found something else; write it as the plan does",
            )
            return []
        return [f"disease:{disease}"]
    held = seen.covers[bytes.fromhex(row.person)]
    # A plan is held by itself, or in a combination; the row may name the combination or the plan in it.
    by_itself = [one for one in held if one.family == found.family or one.plan == found.plan]
    from_on = _period(row, seen, by_itself or holding(held, found.plan, seen))
    return [] if from_on is None else [f"{PERIOD}:{from_on}"]


def _period(row: Row, seen: Seen, held: Sequence[Held]) -> str | None:
    """The first day of the period that a row is about, of one of these covers: the latest that has begun when it is not told. A
    fault is noted."""
    period_on = values.day(row, "period_on")
    starts = {one.from_on for one in held}
    if period_on is None and "period_on" not in row.told:
        before = [one for one in starts if one <= seen.cutover_on.toordinal()] or list(starts)
        period_on = datetime.date.fromordinal(max(before)) if before else None
    if period_on is None or period_on.toordinal() not in starts:
        row.wrong(
            "period_on",
            "本期起始日应为该会员在这一计划的某条参保的起始日；没有找到，请先在“参保”表中列出，或改正日期",
            "expected the first day of one of the member's covers of this plan, found none; list the cover or correct the day",
        )
        return None
    return period_on.isoformat()


def _note(
    row: Row, seen: Seen, family: str, pairs: list[tuple[str, str, Decimal, bool]], last_on: datetime.date | None
) -> None:
    for name, key, _, _ in pairs:
        if ("opened", row.person, family, name, key) in seen.once:
            row.wrong(
                "benefit",
                "该会员的这一项期初应未登记过；以前的接管已登记，不能再加，请删去该行",
                "expected a counter that no take-over brought yet, found that one did; remove the row",
            )
            return
        if not seen.first("opening", row.person, family, name, key):
            row.wrong(
                "benefit",
                "同一会员的同一项累计应只有一行；得到重复的，请合并",
                "expected one row for each counter of a member, found it again; make one row of them",
            )
            return
    counters: list[dict[str, Any]] = [
        {"counter": name, "key": key, "amount" if yuan else "count": str(value) if yuan else int(value)}
        for name, key, value, yuan in pairs
    ]
    row.value = {"family": family, "counters": counters, "last_on": last_on.isoformat() if last_on else None}
