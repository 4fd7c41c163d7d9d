"""Conditions and choices in the kernel: what ``conditions`` asks of objects, asked of arrays. True is 1, False 0, unknown -1."""

from __future__ import annotations

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import FE, FP, Ints, X
from benefit_engine.columns.borrowing import fact, fact_word
from benefit_engine.columns.program import N, get, places
from benefit_engine.columns.state import here, of_cover
from benefit_engine.conditions import _FIELD_FACT, _OF_COVER, FIELD_REASON
from benefit_engine.words import REASONS

T = places("tests")
CO = places("conditions")
R = places("rows")
CH = places("choices")

PERSON, EVENT, COVER, DAY, ORDINAL, AGE = range(6)
"""Places in a context: person, event and cover (-1: none) by number, counting date, ordinal of the stay, age (-1: unknown)."""
X_PLAN, X_FROM, X_UNTIL, X_UNITS, X_JOINED, X_PERIODS, X_OPTION, X_RISK, X_COMBINATION, X_OWN, X_AGE = range(11)
"""Columns of the covers of the person at hand, combinations taken apart; ``X_AGE``: full years on the first day (-1: unknown)."""

ACCIDENT, SETTLED_BY, KINDS, LEVEL, SEVERITY, GRADE, CIRCUMSTANCES = range(7)
DISEASES, NOT_DISEASES, DIAGNOSES, NOT_DIAGNOSES, OPERATIONS, NOT_OPERATIONS, SEX, AGE_FIELD = range(7, 15)
EMPLOYMENT, INSURANCE, GROUPS, NOT_GROUPS, RELATION, OPTION, RISK, TENURE, STAY = range(15, 24)
DAYS, SINCE_JOINING, DATES, ANY_OF = range(24, 28)

REASON_BITS = tuple(1 << REASONS.index(FIELD_REASON[name]) if name in FIELD_REASON else 0 for name in c.FIELDS)
FACT_BITS = tuple(1 << c.FACT[_FIELD_FACT.get(name, name)] if name != "any_of" else 0 for name in c.FIELDS)
ABOUT_COVER = tuple(name in _OF_COVER for name in c.FIELDS)


@njit
def has_codes(fx: Ints, sets: int, row: int, number: int) -> bool:
    """Does a list of codes meet a set of codes?"""
    return (fact_word(fx, sets, row, number // 63) >> (number % 63)) & 1 == 1


@njit
def in_mask(value: int, mask: int) -> int:
    """Is a word, by its number, one of a mask? -1 when the word is unknown."""
    if value < 0:
        return -1
    return (mask >> value) & 1


@njit
def between(value: int, least: int, most: int) -> int:
    """Is a known number within bounds, both included?"""
    return 1 if (least == c.NONE or value >= least) and (most == c.NONE or value <= most) else 0


@njit
def disease_verdict(fx: Ints, event: int, number: int, asks: int) -> int:
    """Is any diagnosis or operation of the event in the set? ``asks``: 1 diagnoses, 2 operations, 3 both."""
    diagnoses, operations = fact(fx, X.events, event, FE.diagnoses), fact(fx, X.events, event, FE.operations)
    if diagnoses >= 0 and has_codes(fx, X.diagnosis_sets, diagnoses, number):
        return 1
    if operations >= 0 and has_codes(fx, X.operation_sets, operations, number):
        return 1
    if asks & 1:
        return -1 if diagnoses < 0 else 0
    return -1 if asks & 2 and operations < 0 else 0


@njit
def negated(answer: int) -> int:
    """Not, of three values."""
    return answer if answer < 0 else 1 - answer


@njit
def hospital_days(fx: Ints, event: int) -> int:
    """Discharge less admission, at least 1; -1 unknown."""
    ended = fact(fx, X.events, event, FE.dates + c.ENDED)
    return -1 if ended == 0 else max(1, ended - fact(fx, X.events, event, FE.dates + c.STARTED))


@njit
def ask_event(tb: Ints, fx: Ints, mm: Ints, t: int) -> int:
    """A test of the event."""
    field, a, b = get(tb, N.tests, t, T.field), get(tb, N.tests, t, T.a), get(tb, N.tests, t, T.b)
    event = here(mm, EVENT)
    if field == ACCIDENT:
        known = fact(fx, X.events, event, FE.accident)
        return -1 if known < 0 else (1 if known == a else 0)
    if field == SETTLED_BY:
        known = fact(fx, X.events, event, FE.settled)
        return -1 if known < 0 else (1 if known == a else 0)
    if field == KINDS:
        return 1 if in_mask(fact(fx, X.events, event, FE.kind), a) == 1 else 0
    if field == LEVEL:
        return in_mask(fact(fx, X.events, event, FE.level), a)
    if field == SEVERITY:
        return in_mask(fact(fx, X.events, event, FE.severity), a)
    if field == GRADE:
        grade = fact(fx, X.events, event, FE.grade)
        return -1 if grade < 0 else between(grade, a, b)
    if field == CIRCUMSTANCES:
        return 1 if fact(fx, X.events, event, FE.circumstances) & a else 0
    if field == DISEASES:
        return disease_verdict(fx, event, a, b)
    if field == NOT_DISEASES:
        return negated(disease_verdict(fx, event, a, b))
    if field == DIAGNOSES:
        return disease_verdict(fx, event, a, 1)
    if field == NOT_DIAGNOSES:
        return negated(disease_verdict(fx, event, a, 1))
    if field == OPERATIONS:
        return disease_verdict(fx, event, a, 2)
    if field == NOT_OPERATIONS:
        return negated(disease_verdict(fx, event, a, 2))
    if field == DAYS:
        days = hospital_days(fx, event)
        return -1 if days < 0 else between(days, a, b)
    if field == DATES:
        day = here(mm, DAY)
        return 1 if (a == c.NONE or day >= a) and (b == c.NONE or day < b) else 0
    return between(here(mm, ORDINAL), a, b)  # STAY


@njit
def ask_person(tb: Ints, fx: Ints, mm: Ints, t: int) -> int:
    """A test of the person or the cover."""
    field, a, b = get(tb, N.tests, t, T.field), get(tb, N.tests, t, T.a), get(tb, N.tests, t, T.b)
    person, cover = here(mm, PERSON), here(mm, COVER)
    if field == SEX:
        return in_mask(fact(fx, X.persons, person, FP.sex), a)
    if field == EMPLOYMENT:
        return in_mask(fact(fx, X.persons, person, FP.employment), a)
    if field == INSURANCE:
        return in_mask(fact(fx, X.persons, person, FP.insurance), a)
    if field == GROUPS:
        return 1 if fact(fx, X.persons, person, FP.groups) & a else 0
    if field == NOT_GROUPS:
        return 0 if fact(fx, X.persons, person, FP.groups) & a else 1
    if field == RELATION:
        return in_mask(fact(fx, X.persons, person, FP.relation), a)
    if cover < 0:
        return -1
    if field == AGE_FIELD:
        return -1 if here(mm, AGE) < 0 else between(here(mm, AGE), a, b)
    if field == OPTION:
        return in_mask(of_cover(mm, cover, X_OPTION), a)
    if field == RISK:
        return in_mask(of_cover(mm, cover, X_RISK), a)
    if field == TENURE:
        return -1 if of_cover(mm, cover, X_PERIODS) < 0 else between(of_cover(mm, cover, X_PERIODS), a, b)
    return between(here(mm, DAY) - of_cover(mm, cover, X_JOINED), a, b)  # SINCE_JOINING


OF_EVENT = tuple(
    name
    in {
        *("accident", "settled_by_insurance", "kinds", "hospital_level", "severity", "disability_grade"),
        *("circumstances", "diseases", "not_diseases", "diagnoses", "not_diagnoses", "operations"),
        *("not_operations", "days", "dates", "stay"),
    }
    for name in c.FIELDS
)


@njit
def all_hold(tb: Ints, fx: Ints, mm: Ints, start: int, end: int) -> int:
    """Do all tests in a run hold?"""
    unknown = False
    for t in range(start, end):
        field = get(tb, N.tests, t, T.field)
        if field == ANY_OF:
            answer = 0
            for branch in range(get(tb, N.tests, t, T.a), get(tb, N.tests, t, T.b)):
                part = get(tb, N.branches, branch, 0)
                one = all_hold(tb, fx, mm, get(tb, N.conditions, part, CO.start), get(tb, N.conditions, part, CO.end))
                if one == 1:
                    answer = 1
                    break
                if one < 0:
                    answer = -1
        elif OF_EVENT[field]:
            answer = ask_event(tb, fx, mm, t)
        else:
            answer = ask_person(tb, fx, mm, t)
        if answer == 0:
            return 0
        if answer < 0:
            unknown = True
    return -1 if unknown else 1


@njit
def verdict(tb: Ints, fx: Ints, mm: Ints, condition: int) -> int:
    """Does a condition hold? One without a number always does."""
    if condition < 0:
        return 1
    return all_hold(tb, fx, mm, get(tb, N.conditions, condition, CO.start), get(tb, N.conditions, condition, CO.end))


@njit
def explain(tb: Ints, fx: Ints, mm: Ints, condition: int) -> tuple[int, int]:
    """Reasons of the tests that fail, facts of those that cannot be answered: two masks."""
    if condition < 0:
        return 0, 0
    reasons, missing = 0, 0
    for t in range(get(tb, N.conditions, condition, CO.start), get(tb, N.conditions, condition, CO.end)):
        field = get(tb, N.tests, t, T.field)
        answer = all_hold(tb, fx, mm, t, t + 1)
        if answer == 1:
            continue
        if field == ANY_OF:
            for branch in range(get(tb, N.tests, t, T.a), get(tb, N.tests, t, T.b)):
                part = get(tb, N.branches, branch, 0)
                if verdict(tb, fx, mm, part) == answer:
                    more, facts = explain(tb, fx, mm, part)
                    reasons |= more
                    missing |= facts
        elif answer == 0:
            reasons |= REASON_BITS[field]
        elif not (here(mm, COVER) < 0 and ABOUT_COVER[field]):
            missing |= FACT_BITS[field]
    return reasons, missing


@njit
def choose(tb: Ints, fx: Ints, mm: Ints, choice: int) -> int:
    """The value of the first row that holds; NONE when none does or a fact that decides is unknown."""
    for row in range(get(tb, N.choices, choice, CH.start), get(tb, N.choices, choice, CH.end)):
        condition = get(tb, N.rows, row, R.condition)
        if condition < 0:
            return get(tb, N.rows, row, R.value)
        answer = verdict(tb, fx, mm, condition)
        if answer == 1:
            return get(tb, N.rows, row, R.value)
        if answer < 0:
            return c.NONE
    return c.NONE


@njit
def explain_choice(tb: Ints, fx: Ints, mm: Ints, choice: int) -> tuple[int, int]:
    """Why ``choose`` found nothing: facts of the first undecided row, else every row's failed tests."""
    start, end = get(tb, N.choices, choice, CH.start), get(tb, N.choices, choice, CH.end)
    for row in range(start, end):
        if verdict(tb, fx, mm, get(tb, N.rows, row, R.condition)) < 0:
            return 0, explain(tb, fx, mm, get(tb, N.rows, row, R.condition))[1]
    reasons, missing = 0, 0
    for row in range(start, end):
        more, facts = explain(tb, fx, mm, get(tb, N.rows, row, R.condition))
        reasons |= more
        missing |= facts
    return reasons, missing
