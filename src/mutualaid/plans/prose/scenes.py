"""Made-up cases that satisfy a benefit's conditions, so that the engine can show what a plan pays.

A ``Scene`` reads a benefit's document and finds a person, a cover and an event for which it pays; then it can be asked again
and again with another base, number of days, grade or row of a choice. Used by worked examples, tables and curves.
"""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from benefit_engine.facts import CaseError
from benefit_engine.money import yuan
from benefit_engine.plan import FIVE_PARTS, REMAINING
from mutualaid.plans import document as d
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.terms import add_years

USUAL_BASE = 1_200_000
"""Fen: an ordinary sum that a member is left with after a stay."""
USUAL_DAYS, USUAL_REST, USUAL_GRADE, USUAL_AGE = 7, 30, 7, 40
HOSPITAL_START = 120_000
"""Fen: the basic insurance's own deductible in made-up bills."""
MAIN = "e"
"""Id of the event that the benefit is asked about."""
Paid = tuple[int, tuple[str, ...]]
"""Fen paid, and the reasons of the line."""


@dataclass(slots=True)
class Facts:
    """What a scene has settled so far; the first condition that asks for a fact settles it."""

    member: dict[str, Any] = field(default_factory=dict)
    cover: dict[str, Any] = field(default_factory=dict)
    event: dict[str, Any] = field(default_factory=dict)
    ages: list[tuple[int, int]] = field(default_factory=list)
    disease: d.Disease | None = None
    started_on: datetime.date | None = None
    since_joining: int | None = None
    days: int | None = None
    earlier_stays: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: fen of base, days (in hospital or of rest), a grade, and a condition to satisfy before all others."""

    base: int | None = None
    days: int | None = None
    grade: int | None = None
    when: d.Trigger | None = None


def fen_of(line: Mapping[str, Any]) -> int:
    """The amount of a line of a decision."""
    return int(line["amount"].replace(".", ""))


class Scene:
    """Cases for one benefit (with ``like`` resolved) of one plan of a library."""

    scale: Fraction = Fraction(1)
    """Fen of what is asked for one fen of the base of a formula."""

    def __init__(self, document: d.Document, benefit: d.Benefit, library: Loaded) -> None:
        self.document = document
        self.benefit = benefit
        self.library = library
        self.ways: list[d.Formula] = benefit.greater_of or benefit.lesser_of or [benefit]

    @property
    def base(self) -> d.Base | None:
        """What the benefit counts from, if from a bill."""
        return next((way.base for way in self.ways if way.base is not None), None)

    def usual_base(self) -> int:
        """Fen: an ordinary base that is past the deductible and, where there are brackets, past the first."""
        way = next(way for way in self.ways if way.base is not None)
        taken = max((row.value for row in way.deductible.amount), default=0) if way.deductible is not None else 0
        tables = [table.brackets for table in way.rate.tables if table.brackets] if way.rate is not None else []
        if not tables or len(tables[0]) < 2:
            return max(USUAL_BASE, 2 * taken)
        second = tables[0][1]
        reached = USUAL_BASE - taken
        if reached > second.over:
            return USUAL_BASE
        return taken + (second.over + (second.up_to if second.up_to is not None else 2 * second.over)) // 2

    def lines(self, asked: Asked) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The made-up case and the engine's lines for its event (none: no such case can be)."""
        case = self.case(asked)
        engine = self.library.engine
        try:
            decision = engine.decide(engine.parse(case)).as_dict()
        except CaseError:
            return case, []
        return case, [line for line in decision["lines"] if line["event"] == MAIN]

    def decide(self, asked: Asked) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """The made-up case and the engine's line for this benefit (None: the plan has none for it, or no such case can be)."""
        case, lines = self.lines(asked)
        wanted = (self.document.plan, self.benefit.benefit)
        return case, next((line for line in lines if (line["plan"], line["benefit"]) == wanted), None)

    def paid(self, asked: Asked) -> Paid:
        """What is paid in such a case, and why not more."""
        _, line = self.decide(asked)
        return (0, ()) if line is None else (fen_of(line), tuple(line["reasons"]))

    # -- the case -----------------------------------------------------------------------------------------------------

    def case(self, asked: Asked) -> dict[str, Any]:
        """One person, one cover, the event (with earlier ones where a rule needs them), as the contract writes it."""
        facts = self._facts(asked)
        start, started = self._dates(facts)
        event = self._event(facts, asked, started)
        events = [event]
        collects = self.base.collects if self.base is not None else None
        if collects:
            events = [self._part(event, collects[0], i) for i in (1, 2)] + [{**event, "amounts": {}}]
        elif facts.earlier_stays:
            events = [*(self._earlier(event, start, i) for i in range(facts.earlier_stays)), event]
        return {
            "case": f"{self.document.plan}:{self.benefit.benefit}",
            "member": self._member(facts, start),
            "covers": [self._cover(facts, start, started)],
            "events": events,
        }

    def _facts(self, asked: Asked) -> Facts:
        """Settle the facts in order: what is asked, the trigger, who may join, gates, rows of choices."""
        facts = Facts()
        doc, benefit = self.document, self.benefit
        conditions: list[d.Trigger | None] = [asked.when, benefit.when, *(gate.when for gate in benefit.requires)]
        for way in self.ways:
            conditions += _first_rows(way)
        conditions += [cap.amount[0].when for cap in benefit.caps]
        conditions += [cap.amount[0].when for cap in doc.shared_caps]
        for condition in conditions[:2]:
            self._satisfy(facts, condition)
        for who in doc.who:
            _join(facts, who)
        for condition in conditions[2:]:
            self._satisfy(facts, condition)
        for price in doc.price:
            if price.option is not None and "option" not in facts.cover:
                facts.cover["option"] = price.option
        return facts

    def _satisfy(self, facts: Facts, when: d.Trigger | None) -> None:
        for name in type(when).model_fields if when is not None else ():
            value = getattr(when, name)
            if value is None or value == [] or name in _NOTHING_TO_DO:
                continue
            if name == "any_of":
                self._satisfy(facts, value[0])
            elif name == "diseases":
                self._fall_ill(facts, self.document.lists[value[0]].entries[0])
            else:
                _FILL[name](facts, value)

    def _fall_ill(self, facts: Facts, disease: d.Disease) -> None:
        if facts.disease is None and "diagnoses" not in facts.event:
            facts.disease = disease
            facts.event["diagnoses"] = [code.split("-")[0] for code in disease.diagnoses[:1]]
            facts.event["operations"] = [code.split("-")[0] for code in disease.operations[:1]]

    def _dates(self, facts: Facts) -> tuple[datetime.date, datetime.date]:
        """First day of the cover and of the event."""
        if facts.started_on is not None:
            return facts.started_on - datetime.timedelta(days=60), facts.started_on
        term = self.document.term
        year = re.search(r"(20\d\d)", self.document.plan)
        start = term.first_on
        if start is None:
            start = _day_of_year(int(year[1]) if year else 2025, term.on or "01-01")
        started = start + datetime.timedelta(days=60)
        for limit in (*self.document.limits, *self.benefit.limits):
            if limit.what == "window" and isinstance(limit.of, datetime.date):
                started = min(started, limit.of)
        return start, started

    def _member(self, facts: Facts, start: datetime.date) -> dict[str, Any]:
        least = max((age[0] for age in facts.ages), default=0)
        most = min((age[1] for age in facts.ages), default=150)
        age = min(max(USUAL_AGE, least), most)
        birth = datetime.date(start.year - age, 1, 1)
        usual = {"sex": "F", "employment": "in_service", "basic_insurance": "employee", "groups": []}
        return {"birth_date": birth.isoformat(), **usual, **facts.member}

    def _cover(self, facts: Facts, start: datetime.date, started: datetime.date) -> dict[str, Any]:
        joined = add_years(start, -1)
        if facts.since_joining is not None:
            joined = started - datetime.timedelta(days=facts.since_joining)
        until = add_years(start, self.document.term.years)
        dates = {"from": start.isoformat(), "until": until.isoformat(), "joined_on": joined.isoformat()}
        return {"plan": self.document.plan, "units": 1, **dates, "consecutive_periods": 2, **facts.cover}

    def _event(self, facts: Facts, asked: Asked, started: datetime.date) -> dict[str, Any]:
        stays = [way.days for way in self.ways if way.days is not None]
        after = max((rule.after for rule in stays), default=0)
        days = asked.days if asked.days is not None else facts.days or max(USUAL_DAYS, after + 4)
        kind = (self.benefit.kinds or ["inpatient"])[0]
        ended = started + datetime.timedelta(days=days) if kind == "inpatient" else started
        accident = facts.event.get("accident", False)
        event: dict[str, Any] = {
            "event": MAIN,
            "kind": kind,
            "started_on": started.isoformat(),
            "ended_on": ended.isoformat(),
            "settled_on": ended.isoformat(),
            "filed_on": None,
            "hospital_level": 3,
            "diagnoses": ["S72.000" if accident else "J18.900"],
            "operations": [],
            "accident": accident,
            **facts.event,
            "amounts": self._bill(asked) if self.base is not None else {},
        }
        if accident:
            event["accident_on"] = started.isoformat()
        if any(rule.of == "rest" for rule in stays):
            event["rest_days"] = asked.days if asked.days is not None else USUAL_REST
        if asked.grade is not None:
            event["disability_grade"] = asked.grade
        elif kind == "disability":
            event.setdefault("disability_grade", USUAL_GRADE)
        return event

    def _bill(self, asked: Asked) -> dict[str, str]:
        """A bill that agrees with itself and whose base is the sum asked for."""
        base = self.base
        if base is None:
            return {}
        fen = asked.base if asked.base is not None else self.usual_base()
        return {name: yuan(value) for name, value in make_bill(fen, base).items()}

    def _part(self, event: dict[str, Any], kind: str, number: int) -> dict[str, Any]:
        """One of two earlier events whose amounts a settlement at the end of the period takes together."""
        amounts = {}
        for name, text in event["amounts"].items():
            fen = int(text.replace(".", ""))
            amounts[name] = yuan(fen // 2 if number == 1 else fen - fen // 2)
        return {**copy.deepcopy(event), "event": f"{MAIN}{number}", "kind": kind, "amounts": amounts}

    def _earlier(self, event: dict[str, Any], start: datetime.date, index: int) -> dict[str, Any]:
        day = start + datetime.timedelta(days=index)
        dates = {name: day.isoformat() for name in ("started_on", "ended_on", "settled_on")}
        return {**copy.deepcopy(event), "event": f"{MAIN}{index + 1}", "kind": "inpatient", **dates}


def _day_of_year(year: int, month_day: str) -> datetime.date:
    """That day of the year, or the first of January where the year has no such day."""
    try:
        return datetime.date.fromisoformat(f"{year}-{month_day}")
    except ValueError:
        return datetime.date(year, 1, 1)


def make_bill(fen: int, base: d.Base) -> dict[str, int]:
    """Amounts (fen) that agree with each other and of which ``base`` makes ``fen``."""
    of = base.of
    parts = dict.fromkeys(FIVE_PARTS, 0)
    bill: dict[str, int] = {"out_of_scope": 0}
    named = [name for name in of if name in FIVE_PARTS]
    if "total" in of:
        parts["copay"] = fen * 3 // 10
        bill["fund_paid"] = fen - parts["copay"]
    elif "fund_paid" in of:
        bill["fund_paid"] = fen
        parts["copay"] = fen
    elif of == ["out_of_scope"]:
        bill["out_of_scope"] = fen
    else:
        within = fen
        if "out_of_scope" in of:
            bill["out_of_scope"] = fen // 4
            within = fen - fen // 4
        if named and "self_paid" not in of:
            first = min(HOSPITAL_START, within) if len(named) > 1 else within
            parts[named[0]] += first
            parts[named[-1]] += within - first
            if "basic_deductible" not in named and "basic_deductible" not in base.less:
                parts["basic_deductible"] = HOSPITAL_START
        else:
            first = min(HOSPITAL_START, within) if "basic_deductible" not in base.less else 0
            parts["basic_deductible"], parts["copay"] = first, within - first
    bill |= parts
    bill["self_paid"] = sum(parts.values())
    bill.setdefault("fund_paid", 2 * bill["self_paid"])
    burden = bill["self_paid"] + bill["out_of_scope"]
    bill |= {"supplement_paid": 0, "medical_aid_paid": 0, "total": bill["fund_paid"] + burden}
    bill |= (
        {"account_paid": 0, "cash_paid": burden}
        if "account_paid" not in of
        else {"account_paid": burden, "cash_paid": 0}
    )
    own = [name for name in of if name.startswith("x_")]
    bill |= {name: fen // len(own) for name in own}
    bill |= {name: 0 for name in base.less if name not in bill}
    bill |= {
        name: 0 for row in base.variants for name in (*row.of, *row.less) if name not in bill and name != REMAINING
    }
    bill |= {name: 0 for name in of if name not in bill and name != REMAINING}
    return bill


def _first_rows(way: d.Formula) -> list[d.Trigger | None]:
    """Conditions of the first row of each choice of a formula."""
    conditions: list[d.Trigger | None] = []
    if way.base is not None and way.base.share is not None:
        conditions.append(way.base.share[0].when)
    if way.deductible is not None:
        conditions.append(way.deductible.amount[0].when)
    if way.rate is not None:
        conditions.append(way.rate.tables[0].when)
    if way.days is not None:
        conditions.append(way.days.per_day[0].when)
    if way.sum is not None:
        conditions.append(way.sum.amount[0].when)
    return conditions


def _join(facts: Facts, who: d.Who) -> None:
    """Someone whom this rule lets join."""
    for name in ("employment", "basic_insurance", "relation"):
        words = getattr(who, name)
        if words is not None and facts.member.get(name) not in words:
            facts.member[name] = words[0]
    if who.groups is not None:
        facts.member.setdefault("groups", who.groups[:1])
    bands = who.ages or []
    sex, relation = facts.member.get("sex"), facts.member.get("relation", "self")
    for band in bands:
        if (band.sex is None or sex in (None, band.sex)) and band.relation in (None, relation):
            if band.sex is not None:
                facts.member.setdefault("sex", band.sex)
            facts.ages.append((band.least or 0, band.most if band.most is not None else 150))
            return


def _set(where: str, name: str, pick: Callable[[Any], Any]) -> Callable[[Facts, Any], None]:
    def fill(facts: Facts, value: Any) -> None:
        getattr(facts, where).setdefault(name, pick(value))

    return fill


def _first(words: list[Any]) -> Any:
    return words[0]


def _first_code(words: list[str]) -> list[str]:
    return [words[0].split("-")[0]]


def _within(value: d.IntRange, usual: int) -> int:
    """The usual number, or the nearest within the range."""
    least = value.least if value.least is not None else min(usual, value.most if value.most is not None else usual)
    return min(max(usual, least), value.most if value.most is not None else max(usual, least))


def _set_days(facts: Facts, value: d.IntRange) -> None:
    facts.days = facts.days or _within(value, USUAL_DAYS)


def _set_since(facts: Facts, value: d.IntRange) -> None:
    if facts.since_joining is None:
        facts.since_joining = _within(value, 300)


def _set_dates(facts: Facts, value: d.DateRange) -> None:
    if facts.started_on is None:
        before = value.until - datetime.timedelta(days=1) if value.until is not None else None
        facts.started_on = value.start or before


def _set_stay(facts: Facts, value: d.IntRange) -> None:
    facts.earlier_stays = min(20, max(facts.earlier_stays, (value.least or 1) - 1))


def _set_age(facts: Facts, value: d.IntRange) -> None:
    facts.ages.append((value.least or 0, value.most if value.most is not None else 150))


_FILL: dict[str, Callable[[Facts, Any], None]] = {
    "accident": _set("event", "accident", bool),
    "diagnoses": _set("event", "diagnoses", _first_code),
    "operations": _set("event", "operations", _first_code),
    "severity": _set("event", "severity", _first),
    "disability_grade": _set("event", "disability_grade", lambda value: _within(value, USUAL_GRADE)),
    "sex": _set("member", "sex", str),
    "groups": _set("member", "groups", lambda words: words[:1]),
    "settled_by_insurance": _set("event", "settled_by_insurance", bool),
    "hospital_level": _set("event", "hospital_level", max),
    "circumstances": _set("event", "circumstances", lambda words: words[:1]),
    "employment": _set("member", "employment", _first),
    "basic_insurance": _set("member", "basic_insurance", _first),
    "relation": _set("member", "relation", _first),
    "option": _set("cover", "option", _first),
    "risk_class": _set("cover", "risk_class", _first),
    "tenure": _set("cover", "consecutive_periods", lambda value: _within(value, 2)),
    "age": _set_age,
    "stay": _set_stay,
    "days": _set_days,
    "days_since_joining": _set_since,
    "dates": _set_dates,
}
_NOTHING_TO_DO = frozenset({"kinds", "not_diseases", "not_diagnoses", "not_operations", "not_groups"})
"""Questions that an ordinary case answers well enough."""
