"""A case as the contract writes it -> typed facts, or every fault of it with its place.

Nothing is guessed: an absent or null fact is None (unknown). Amounts become fen, codes lose dots and case.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benefit_engine.fact_reader import MISSING, TEXT_MOST, CaseError, FactReader, clip
from benefit_engine.words import AMOUNTS, EMPLOYMENTS, INSURANCES, KINDS, MONEY_COUNTERS, NUMBER_COUNTERS, RELATIONS

__all__ = ["Case", "CaseError", "Cover", "Event", "Member", "Opening", "parse_case"]


@dataclass(frozen=True, slots=True)
class Member:
    """The insured person; None = unknown."""

    birth_date: datetime.date | None = None
    sex: str | None = None
    employment: str | None = None
    basic_insurance: str | None = None
    groups: tuple[str, ...] = ()
    relation: str = "self"

    def under(self, cover: Cover) -> Member:
        """The person as they were under a cover that says so itself."""
        if cover.employment is None and cover.basic_insurance is None and cover.groups is None:
            return self
        return Member(
            self.birth_date,
            self.sex,
            self.employment if cover.employment is None else cover.employment,
            self.basic_insurance if cover.basic_insurance is None else cover.basic_insurance,
            self.groups if cover.groups is None else cover.groups,
            self.relation,
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """Cover of one plan, ``[start, until)``. ``joined_on`` defaults to ``start``."""

    plan: str
    start: datetime.date
    until: datetime.date
    units: int = 1
    joined_on: datetime.date | None = None
    consecutive_periods: int | None = None
    option: str | None = None
    risk_class: str | None = None
    combination: str | None = None
    employment: str | None = None
    basic_insurance: str | None = None
    groups: tuple[str, ...] | None = None
    """What the person was under this cover; None = as the member is said to be."""

    @property
    def joined(self) -> datetime.date:
        """First day of the unbroken membership."""
        return self.joined_on or self.start


@dataclass(frozen=True, slots=True)
class Event:
    """One event; None = unknown. Codes are upper case without dots; amounts are fen by component."""

    id: str
    kind: str
    started_on: datetime.date
    ended_on: datetime.date | None = None
    settled_on: datetime.date | None = None
    filed_on: datetime.date | None = None
    reported_on: datetime.date | None = None
    hospital_level: int | None = None
    diagnoses: tuple[str, ...] | None = None
    operations: tuple[str, ...] | None = None
    severity: str | None = None
    accident: bool | None = None
    disability_grade: int | None = None
    accident_on: datetime.date | None = None
    cause: str | None = None
    first_diagnosed_on: datetime.date | None = None
    rest_days: int | None = None
    circumstances: tuple[str, ...] = ()
    settled_by_insurance: bool | None = None
    reverses: str | None = None
    replaces: str | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """A counter already used before the events: fen of ``amount`` or a ``count``."""

    family: str
    counter: str
    key: str
    amount: int | None = None
    count: int | None = None
    last_on: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One person's history. ``paid``: fen by (event, plan, benefit), or None when the case does not say."""

    id: str
    member: Member
    covers: tuple[Cover, ...]
    events: tuple[Event, ...]
    opening: tuple[Opening, ...] = ()
    paid: Mapping[tuple[str, str, str], int] | None = None


OF_PERSON = ("employment", "basic_insurance", "groups")
"""Facts of a person that a cover may say of its own time."""
_MEMBER = frozenset({"birth_date", "sex", "employment", "basic_insurance", "groups", "relation"})
_COVER = frozenset(
    {
        *("plan", "units", "from", "until", "joined_on", "consecutive_periods", "option", "risk_class", "combination"),
        *OF_PERSON,
    }
)
_EVENT = frozenset(
    {
        *("event", "kind", "started_on", "ended_on", "settled_on", "filed_on", "reported_on", "hospital_level"),
        *("diagnoses", "operations", "severity", "accident", "disability_grade", "amounts", "accident_on", "cause"),
        *("first_diagnosed_on", "rest_days", "circumstances", "settled_by_insurance", "reverses", "replaces"),
    }
)
_OPENING = frozenset({"family", "counter", "key", "amount", "count", "last_on"})
_KEYED = ("period", "stay", "day", "disease", "cause", "combination")
"""Scopes whose counters have a key of their own, written ``scope:…``."""
_PAID = frozenset({"event", "plan", "benefit", "amount"})
_CASE = frozenset({"case", "member", "covers", "events", "opening", "paid"})


def parse_case(
    data: object,
    known_plan: Callable[[str], bool] = lambda plan: True,
    known_kind: Callable[[str], bool] = lambda kind: True,
) -> Case:
    """Facts of one line of cases (the JSON value); ``known_plan`` says which ids are loaded, ``known_kind`` which kinds of
    event any of them names beside the common ones: a misspelt kind must not pass for an event that nothing pays.

    Raises CaseError with every fault of the line.
    """
    reader = FactReader()
    top = reader.mapping(data, "", _CASE)
    if top is None:
        raise CaseError(None, reader.all_faults())
    case_id = reader.text(top, "case", "", required=True)
    member = _member(reader, top.get("member", MISSING))
    covers = [
        _cover(reader, item, i, known_plan)
        for i, item in enumerate(reader.items(top, "covers", "covers", required=True))
    ]
    events = [
        _event(reader, item, i, known_kind)
        for i, item in enumerate(reader.items(top, "events", "events", required=True))
    ]
    opening = [
        _opening(reader, item, i) for i, item in enumerate(reader.items(top, "opening", "opening", required=False))
    ]
    paid = _paid(reader, top, known_plan)
    kept = [event for event in events if event is not None]
    _check_links(reader, kept)
    if not reader.faults and member.birth_date is not None:
        _check_birth(reader, member.birth_date, [c for c in covers if c], kept)
    if reader.faults or case_id is None:
        raise CaseError(case_id, reader.all_faults())
    return Case(
        case_id,
        member,
        tuple(cover for cover in covers if cover is not None),
        tuple(kept),
        tuple(item for item in opening if item is not None),
        paid,
    )


def _member(reader: FactReader, value: object) -> Member:
    data = reader.mapping(value, "member", _MEMBER)
    if data is None:
        return Member()
    return Member(
        birth_date=reader.date(data, "birth_date", "member"),
        sex=reader.word(data, "sex", "member", ("F", "M")),
        employment=reader.word(data, "employment", "member", EMPLOYMENTS),
        basic_insurance=reader.word(data, "basic_insurance", "member", INSURANCES),
        groups=reader.words(data, "groups", "member") or (),
        relation=reader.word(data, "relation", "member", RELATIONS) or "self",
    )


def _cover(reader: FactReader, value: object, index: int, known_plan: Callable[[str], bool]) -> Cover | None:
    path = f"covers[{index}]"
    data = reader.mapping(value, path, _COVER)
    if data is None:
        return None
    plan = reader.text(data, "plan", path, required=True)
    combination = reader.text(data, "combination", path)
    for key, name in (("plan", plan), ("combination", combination)):
        if name is not None and not known_plan(name):
            _not_loaded(reader, f"{path}.{key}", name)
    start = reader.date(data, "from", path, required=True)
    until = reader.date(data, "until", path, required=True)
    if start and until and until <= start:
        reader.fault(
            f"{path}.until",
            f"应晚于 from {start}（until 当日不含），得到 {until}，请改正其一",
            f"expected a date after from {start} (until is exclusive), found {until}; correct one of them",
        )
    units = reader.whole(data, "units", path, 1, 10_000)
    joined = reader.date(data, "joined_on", path)
    if joined is not None and until is not None and joined >= until:
        reader.fault(
            f"{path}.joined_on",
            f"应早于 until {until}，得到 {joined}，请改正其一",
            f"expected a date before until {until}, found {joined}; correct one of them",
        )
    periods = reader.whole(data, "consecutive_periods", path, 1, 1000)
    option = reader.text(data, "option", path)
    risk = reader.text(data, "risk_class", path)
    employment = reader.word(data, "employment", path, EMPLOYMENTS)
    insurance = reader.word(data, "basic_insurance", path, INSURANCES)
    groups = reader.words(data, "groups", path)
    if plan is None or start is None or until is None:
        return None
    own = (employment, insurance, groups)
    return Cover(plan, start, until, units or 1, joined, periods, option, risk, combination, *own)


def _not_loaded(reader: FactReader, path: str, plan: str) -> None:
    reader.fault(
        path,
        f"没有载入计划 {clip(plan)}，请在 --plans 中给出它的文件，或改正编号",
        f"plan {clip(plan)} was not loaded; name its file in --plans, or correct the id",
    )


def _event(reader: FactReader, value: object, index: int, known_kind: Callable[[str], bool]) -> Event | None:
    path = f"events[{index}]"
    data = reader.mapping(value, path, _EVENT)
    if data is None:
        return None
    event_id = reader.text(data, "event", path, required=True)
    kind = reader.text(data, "kind", path, required=True)
    if kind is not None and kind not in KINDS and not known_kind(kind):
        words = " / ".join(KINDS)
        reader.wrong(
            f"{path}.kind", f"{words} 或某个已载入计划所用的词", f"{words} or a word that a loaded plan names", kind
        )
    started = reader.date(data, "started_on", path, required=True)
    reverses = reader.text(data, "reverses", path)
    replaces = reader.text(data, "replaces", path)
    if reverses is not None and replaces is not None:
        reader.fault(
            path,
            f"reverses 与 replaces 只能有一个，得到 {clip(reverses)} 与 {clip(replaces)}，请删去一个",
            f"only one of reverses and replaces, found {clip(reverses)} and {clip(replaces)}; remove one",
        )
    ended = reader.date(data, "ended_on", path)
    settled = reader.date(data, "settled_on", path)
    filed = reader.date(data, "filed_on", path)
    reported = reader.date(data, "reported_on", path)
    for key, day in (("ended_on", ended), ("settled_on", settled), ("filed_on", filed), ("reported_on", reported)):
        if day is not None and started is not None and day < started:
            reader.fault(
                f"{path}.{key}",
                f"不应早于 started_on {started}，得到 {day}，请改正其一",
                f"expected no date before started_on {started}, found {day}; correct one of them",
            )
    accident_on = reader.date(data, "accident_on", path)
    if accident_on is not None and started is not None and accident_on > (ended or started):
        reader.fault(
            f"{path}.accident_on",
            f"不应晚于事件结束日 {ended or started}，得到 {accident_on}，请改正其一",
            f"expected no date after the event's end {ended or started}, found {accident_on}; correct one of them",
        )
    facts: dict[str, Any] = {
        "ended_on": ended,
        "settled_on": settled,
        "filed_on": filed,
        "reported_on": reported,
        "hospital_level": reader.whole(data, "hospital_level", path, 1, 3),
        "diagnoses": reader.codes(data, "diagnoses", path),
        "operations": reader.codes(data, "operations", path),
        "severity": reader.text(data, "severity", path),
        "accident": reader.flag(data, "accident", path),
        "disability_grade": reader.whole(data, "disability_grade", path, 1, 10),
        "accident_on": accident_on,
        "cause": reader.text(data, "cause", path),
        "first_diagnosed_on": reader.date(data, "first_diagnosed_on", path),
        "rest_days": reader.whole(data, "rest_days", path, 0, 36_600),
        "circumstances": reader.words(data, "circumstances", path) or (),
        "settled_by_insurance": reader.flag(data, "settled_by_insurance", path),
        "reverses": reverses,
        "replaces": replaces,
        "amounts": _amounts(reader, data.get("amounts"), path, negative=reverses is not None),
    }
    if event_id is None or kind is None or started is None:
        return None
    return Event(event_id, kind, started, **facts)


def _amounts(reader: FactReader, value: object, path: str, *, negative: bool) -> Mapping[str, int]:
    if value is None:
        return {}
    data = reader.mapping(value, f"{path}.amounts", AMOUNTS)
    amounts: dict[str, int] = {}
    for key, item in (data or {}).items():
        if item is None or not (key in AMOUNTS or key.startswith("x_")):
            continue
        fen = reader.amount(item, f"{path}.amounts.{clip(key)}", negative=negative)
        if fen is not None:
            amounts[key] = fen
    return amounts


def _opening(reader: FactReader, value: object, index: int) -> Opening | None:
    path = f"opening[{index}]"
    data = reader.mapping(value, path, _OPENING)
    if data is None:
        return None
    family = reader.text(data, "family", path, required=True)
    counter = reader.text(data, "counter", path, required=True)
    key = data.get("key", "")
    if type(key) is not str or len(key) > TEXT_MOST:
        reader.wrong(f"{path}.key", "文字，如 life", "text like life", key)
        key = ""
    count = reader.whole(data, "count", path, 0, 10**6)
    amount = reader.amount(data["amount"], f"{path}.amount", negative=False) if data.get("amount") is not None else None
    if counter is not None:
        _check_counter(reader, data, counter, path)
    if type(key) is str and key != "life" and key.partition(":")[0] not in _KEYED:
        scopes = " / ".join(f"{scope}:…" for scope in _KEYED)
        reader.wrong(f"{path}.key", f"life 或 {scopes}", f"life or {scopes}", key)
    last_on = reader.date(data, "last_on", path)
    if family is None or counter is None:
        return None
    return Opening(family, counter, key, amount, count, last_on)


def _check_counter(reader: FactReader, data: Mapping[str, Any], counter: str, path: str) -> None:
    """A counter that the engine never reads would be money silently forgotten."""
    benefit, _, what = counter.rpartition(".")
    if what not in (*MONEY_COUNTERS, *NUMBER_COUNTERS) or (what == "stays") == bool(benefit):
        names = "、".join(f"<benefit>.{name}" for name in (*MONEY_COUNTERS, *NUMBER_COUNTERS) if name != "stays")
        reader.wrong(f"{path}.counter", f"{names} 或 stays", f"{names.replace('、', ', ')} or stays", counter)
        return
    wanted, other = ("amount", "count") if what in MONEY_COUNTERS else ("count", "amount")
    found = " + ".join(key for key in ("amount", "count") if data.get(key) is not None)
    if found != wanted:
        reader.fault(
            path,
            f"计数器 {clip(counter)} 应给出 {wanted}，不写 {other}，得到 {found or '两项都没有'}，请改正",
            f"expected {wanted} for the counter {clip(counter)}, and no {other}, found {found or 'neither'}; correct it",
        )


def _paid(
    reader: FactReader, top: Mapping[str, Any], known_plan: Callable[[str], bool]
) -> Mapping[tuple[str, str, str], int] | None:
    if top.get("paid") is None:
        return None
    paid: dict[tuple[str, str, str], int] = {}
    for i, item in enumerate(reader.items(top, "paid", "paid", required=False)):
        path = f"paid[{i}]"
        data = reader.mapping(item, path, _PAID)
        if data is None:
            continue
        event, plan, benefit = (reader.text(data, key, path, required=True) for key in ("event", "plan", "benefit"))
        if plan is not None and not known_plan(plan):
            _not_loaded(reader, f"{path}.plan", plan)
        amount = reader.amount(data.get("amount", MISSING), f"{path}.amount", negative=True)
        if event is not None and plan is not None and benefit is not None and amount is not None:
            key = (event, plan, benefit)
            paid[key] = paid.get(key, 0) + amount
    return paid


def _check_links(reader: FactReader, events: list[Event]) -> None:
    """Duplicate ids; reverses and replaces must name another event of the case, and each event is undone at most once.

    A cause may lie outside the case (an earlier accident): it only groups what follows from it.
    """
    places: dict[str, int] = {}
    for i, event in enumerate(events):
        if event.id in places:
            reader.fault(
                f"events[{i}].event",
                f"事件编号 {clip(event.id)} 重复（events[{places[event.id]}] 已用），请换一个编号",
                f"duplicate event id {clip(event.id)} (that of events[{places[event.id]}]); give another",
            )
        places.setdefault(event.id, i)
    undone: dict[tuple[str, str], str] = {}
    by_id = {event.id: event for event in events}
    for i, event in enumerate(events):
        for key, target in (("reverses", event.reverses), ("replaces", event.replaces)):
            if target is None:
                continue
            path = f"events[{i}].{key}"
            if target not in places or target == event.id:
                reader.fault(
                    path,
                    f"应为本案另一事件的编号，得到 {clip(target)}，请改正编号或补上该事件",
                    f"expected the id of another event, found {clip(target)}; correct it, or add that event",
                )
            elif by_id[target].reverses is not None:
                reader.fault(
                    path,
                    f"冲销事件本身不能再冲销或替换，得到 {clip(target)}，请另报新事件",
                    f"a reversal cannot itself be undone, found {clip(target)}; file a new event",
                )
            elif (key, target) in undone:
                reader.fault(
                    path,
                    f"{clip(target)} 已被 {clip(undone[key, target])} 冲销或替换，请删去其一",
                    f"{clip(target)} is already undone by {clip(undone[key, target])}; remove one of them",
                )
            else:
                undone[key, target] = event.id
    if len(undone) > 1:
        _check_rings(reader, events, places)


def _check_rings(reader: FactReader, events: list[Event], places: Mapping[str, int]) -> None:
    """Events that replace each other in a ring would have no place in the order."""
    target = {event.id: event.replaces for event in events if event.replaces is not None}
    settled: set[str] = set()
    for start in target:
        trail: set[str] = set()
        at: str | None = start
        while at is not None and at in target and at not in settled:
            if at in trail:
                ring = clip(f"{at} → {target[at]}")
                reader.fault(
                    f"events[{places[at]}].replaces",
                    f"替换成环（{ring}），请删去环中一个 replaces",
                    f"events replace each other in a ring ({ring}); remove one replaces of it",
                )
                return
            trail.add(at)
            at = target[at]
        settled |= trail


def _check_birth(reader: FactReader, birth: datetime.date, covers: list[Cover], events: list[Event]) -> None:
    for path, day in [(f"covers[{i}].from", c.start) for i, c in enumerate(covers)] + [
        (f"events[{i}].started_on", e.started_on) for i, e in enumerate(events)
    ]:
        if day < birth:
            reader.fault(
                path,
                f"不应早于出生日期 {birth}，得到 {day}，请改正其一",
                f"expected no date before the birth date {birth}, found {day}; correct one of them",
            )
