"""One language of conditions for triggers, gates and the rows of choices: what each test asks of the facts.

A test answers True, False, or None when a fact that it needs is unknown. The same tests serve everywhere, so that a
plan designer learns them once and the columnar engine translates them once.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from benefit_engine.calendars import full_years
from benefit_engine.facts import Cover, Event, Member
from benefit_engine.plan import Choice, Condition, Disease, T, Test

Codes = tuple[tuple[str, str], ...]


class Context:
    """The facts of one event under one plan, as tests see them.

    ``cover`` is the first cover on the counting date (None: not covered); ``ordinal`` the place of the stay in the
    period, from 1.
    """

    __slots__ = ("age", "counted_on", "cover", "event", "member", "ordinal")

    def __init__(
        self, member: Member, event: Event, cover: Cover | None, counted_on: datetime.date, ordinal: int = 1
    ) -> None:
        self.member = member
        self.event = event
        self.cover = cover
        self.counted_on = counted_on
        self.ordinal = ordinal
        birth = member.birth_date
        self.age = full_years(birth, cover.start) if birth is not None and cover is not None else None

    @property
    def hospital_days(self) -> int | None:
        """算入不算出: discharge less admission, at least 1. Contract, a case."""
        ended = self.event.ended_on
        return None if ended is None else max(1, (ended - self.event.started_on).days)


def matches(codes: Iterable[str], ranges: Codes) -> bool:
    """Does any code begin with a prefix in one of the inclusive ranges (both ends of one length)?"""
    for code in codes:
        for low, high in ranges:
            if low <= code[: len(low)] <= high and len(code) >= len(low):
                return True
    return False


def disease_of(event: Event, diseases: Iterable[Disease]) -> Disease | None:
    """The first listed disease that any diagnosis or operation of the event means."""
    for disease in diseases:
        if event.diagnoses and disease.diagnoses and matches(event.diagnoses, disease.diagnoses):
            return disease
        if event.operations and disease.operations and matches(event.operations, disease.operations):
            return disease
    return None


def _one_of(value: object, want: tuple[Any, ...]) -> bool | None:
    return None if value is None else value in want


def _between(value: int | None, want: tuple[int | None, int | None]) -> bool | None:
    if value is None:
        return None
    least, most = want
    return (least is None or value >= least) and (most is None or value <= most)


def _diseases(ctx: Context, want: tuple[Disease, ...]) -> bool | None:
    if disease_of(ctx.event, want) is not None:
        return True
    asks_operations = any(disease.operations for disease in want)
    asks_diagnoses = any(disease.diagnoses for disease in want)
    unknown = (asks_diagnoses and ctx.event.diagnoses is None) or (
        asks_operations and not asks_diagnoses and ctx.event.operations is None
    )
    return None if unknown else False


def _codes(codes: tuple[str, ...] | None, want: Codes) -> bool | None:
    return None if codes is None else matches(codes, want)


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _dates(ctx: Context, want: tuple[datetime.date | None, datetime.date | None]) -> bool:
    start, until = want
    return (start is None or ctx.counted_on >= start) and (until is None or ctx.counted_on < until)


def _since_joining(ctx: Context, want: tuple[int | None, int | None]) -> bool | None:
    return None if ctx.cover is None else _between((ctx.counted_on - ctx.cover.joined).days, want)


def _any_of(ctx: Context, want: tuple[Condition, ...]) -> bool | None:
    answers = [verdict(condition, ctx) for condition in want]
    if True in answers:
        return True
    return None if None in answers else False


_ASK: dict[str, Callable[[Context, Any], bool | None]] = {
    "accident": lambda ctx, want: None if ctx.event.accident is None else ctx.event.accident is want,
    "settled_by_insurance": lambda ctx, want: (
        None if ctx.event.settled_by_insurance is None else ctx.event.settled_by_insurance is want
    ),
    "kinds": lambda ctx, want: ctx.event.kind in want,
    "hospital_level": lambda ctx, want: _one_of(ctx.event.hospital_level, want),
    "severity": lambda ctx, want: _one_of(ctx.event.severity, want),
    "disability_grade": lambda ctx, want: _between(ctx.event.disability_grade, want),
    "circumstances": lambda ctx, want: any(word in want for word in ctx.event.circumstances),
    "diseases": _diseases,
    "not_diseases": lambda ctx, want: _not(_diseases(ctx, want)),
    "diagnoses": lambda ctx, want: _codes(ctx.event.diagnoses, want),
    "not_diagnoses": lambda ctx, want: _not(_codes(ctx.event.diagnoses, want)),
    "operations": lambda ctx, want: _codes(ctx.event.operations, want),
    "not_operations": lambda ctx, want: _not(_codes(ctx.event.operations, want)),
    "sex": lambda ctx, want: None if ctx.member.sex is None else ctx.member.sex == want,
    "age": lambda ctx, want: _between(ctx.age, want),
    "employment": lambda ctx, want: _one_of(ctx.member.employment, want),
    "basic_insurance": lambda ctx, want: _one_of(ctx.member.basic_insurance, want),
    "groups": lambda ctx, want: any(word in want for word in ctx.member.groups),
    "not_groups": lambda ctx, want: not any(word in want for word in ctx.member.groups),
    "relation": lambda ctx, want: ctx.member.relation in want,
    "option": lambda ctx, want: None if ctx.cover is None or ctx.cover.option is None else ctx.cover.option in want,
    "risk_class": lambda ctx, want: (
        None if ctx.cover is None or ctx.cover.risk_class is None else ctx.cover.risk_class in want
    ),
    "tenure": lambda ctx, want: None if ctx.cover is None else _between(ctx.cover.consecutive_periods, want),
    "stay": lambda ctx, want: _between(ctx.ordinal, want),
    "days": lambda ctx, want: _between(ctx.hospital_days, want),
    "days_since_joining": _since_joining,
    "dates": _dates,
    "any_of": _any_of,
}

FIELD_REASON = {
    "accident": "not_accident",
    "settled_by_insurance": "insurance",
    "kinds": "not_covered",
    "hospital_level": "hospital_level",
    "severity": "severity",
    "disability_grade": "disability_grade",
    "circumstances": "exclusion",
    "diseases": "diagnosis_not_listed",
    "not_diseases": "diagnosis_not_listed",
    "diagnoses": "diagnosis_not_listed",
    "not_diagnoses": "diagnosis_not_listed",
    "operations": "operation_not_listed",
    "not_operations": "operation_not_listed",
    "sex": "sex",
    "age": "age",
    "employment": "employment",
    "basic_insurance": "insurance",
    "groups": "groups",
    "not_groups": "groups",
    "relation": "groups",
    "option": "not_covered",
    "risk_class": "not_covered",
    "tenure": "not_covered",
    "stay": "not_covered",
    "days": "too_few_days",
    "days_since_joining": "waiting_period",
    "dates": "not_covered",
}
"""Reason of a line when a test fails, in the contract's words."""

_FIELD_FACT = {
    "diseases": "diagnoses",
    "not_diseases": "diagnoses",
    "not_diagnoses": "diagnoses",
    "not_operations": "operations",
    "age": "birth_date",
    "tenure": "consecutive_periods",
    "days": "ended_on",
}
"""The fact that a test needs, where it is not called like the test."""


def verdict(condition: Condition, ctx: Context) -> bool | None:
    """True, False or None (unknown) for the whole condition."""
    unknown = False
    for test in condition:
        answer = _ASK[test.field](ctx, test.want)
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def explain(condition: Condition, ctx: Context, reasons: list[str], missing: list[str]) -> None:
    """Name the reason of every test that fails and the fact of every test that cannot be answered."""
    for test in condition:
        answer = _ASK[test.field](ctx, test.want)
        if answer is True:
            continue
        if test.field == "any_of":
            for part in test.want:
                if verdict(part, ctx) is answer:
                    explain(part, ctx, reasons, missing)
        elif answer is False:
            reasons.append(FIELD_REASON[test.field])
        elif not (ctx.cover is None and test.field in _OF_COVER):
            missing.append(_FIELD_FACT.get(test.field, test.field))


_OF_COVER = frozenset({"age", "option", "risk_class", "tenure", "days_since_joining"})
"""Tests that ask about the cover: without one they are not judged (the line is ``not_covered`` anyhow)."""


def choose(choice: Choice[T], ctx: Context) -> T | None:
    """The value of the first row whose condition holds; None when no row holds or a fact that decides is unknown."""
    for row in choice:
        if not row.when:
            return row.value
        answer = verdict(row.when, ctx)
        if answer:
            return row.value
        if answer is None:
            return None
    return None


def explain_choice(choice: Choice[T], ctx: Context, reasons: list[str], missing: list[str]) -> None:
    """Why ``choose`` found nothing: the missing facts of the first undecided row, else every row's failed tests."""
    for row in choice:
        if verdict(row.when, ctx) is None:
            explain(row.when, ctx, [], missing)
            return
    for row in choice:
        explain(row.when, ctx, reasons, missing)


def tests_of(condition: Condition) -> Iterable[Test]:
    """Every test, those inside ``any_of`` included."""
    for test in condition:
        yield test
        if test.field == "any_of":
            for part in test.want:
                yield from tests_of(part)
