"""Conditions in words: one phrase for each question that the plan language can ask of the facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.prose.writer import Writer

_GRADES = (1, 10)
JOINED_MOST = 3
"""More phrases than this are numbered."""
_FIRST = ("sex", "age")
"""What is said of the person stands before what is said of the event."""


def condition(w: Writer, when: d.Trigger) -> str:
    """All that must hold, as one sentence part: ``住院满5天，且在二级或三级医院就医``."""
    names = sorted(type(when).model_fields, key=lambda name: name not in _FIRST)
    names = [name for name in names if getattr(when, name) is not None]
    if names == ["circumstances"]:
        return _named("when.circumstances_only", "circumstance")(w, getattr(when, names[0]))
    phrases = [_PHRASES[name](w, getattr(when, name)) for name in names]
    if len(phrases) > JOINED_MOST:
        return w.say("when.all", words=_numbered(w, phrases))
    return w.say("when.and").join(phrases) or w.say("when.always")


def kinds(w: Writer, words: list[str]) -> str:
    """Kinds of event."""
    return w.say.join(w.say.named("kind", word) for word in words)


def codes(words: list[str]) -> str:
    """Codes and ranges of codes as a plan writes them."""
    return ", ".join(words).replace("-", "–")


def date_range(w: Writer, dates: d.DateRange) -> str:
    """Days, the end not included."""
    a, b = (None if day is None else w.say.date(day) for day in (dates.start, dates.until))
    if a is not None and b is not None:
        return w.say("dates.both", a=a, b=b)
    if a is not None:
        return w.say("dates.from", a=a)
    return w.say("dates.any") if b is None else w.say("dates.until", b=b)


def _flag(key: str) -> Callable[[Writer, Any], str]:
    return lambda w, value: w.say(f"{key}_{'true' if value else 'false'}")


def _named(key: str, area: str) -> Callable[[Writer, Any], str]:
    """Words of a vocabulary, any of which will do."""
    return lambda w, words: w.say(key, words=w.say.join((w.say.named(area, word) for word in words), "or"))


def _lists(key: str) -> Callable[[Writer, Any], str]:
    return lambda w, names: w.say(key, words=w.say.join((w.list_name(name) for name in names), "or"))


def _codes(key: str) -> Callable[[Writer, Any], str]:
    return lambda w, words: w.say(key, words=codes(words))


def _between(key: str, unit: str) -> Callable[[Writer, Any], str]:
    return lambda w, value: w.say(key, range=w.say.between(value.least, value.most, unit))


def _grade(w: Writer, value: d.IntRange) -> str:
    least, most = value.least or _GRADES[0], value.most if value.most is not None else _GRADES[1]
    key = "grade.one" if least == most else "grade.both"
    return w.say("when.disability_grade", range=w.say(key, a=least, b=most))


def _stay(w: Writer, value: d.IntRange) -> str:
    least = value.least or 1
    if value.most is None:
        return w.say("when.stay", range=w.say("stay.least", a=least))
    return w.say("when.stay", range=w.say("stay.one" if least == value.most else "stay.both", a=least, b=value.most))


def _levels(w: Writer, levels: list[int]) -> str:
    words = w.say.join((w.say(f"level.{level}") for level in levels), "or")
    return w.say("when.hospital_level", words=w.say("level.hospital", words=words))


def _any_of(w: Writer, parts: list[d.Trigger]) -> str:
    if len(parts) == 1:
        return condition(w, parts[0])
    return w.say("when.any_of", words=_numbered(w, [condition(w, part) for part in parts]))


def _numbered(w: Writer, phrases: list[str]) -> str:
    return w.say.join((w.say("when.item", n=i, text=text) for i, text in enumerate(phrases, start=1)), "clauses")


_PHRASES: dict[str, Callable[[Writer, Any], str]] = {
    "accident": _flag("when.accident"),
    "diseases": _lists("when.diseases"),
    "not_diseases": _lists("when.not_diseases"),
    "diagnoses": _codes("when.diagnoses"),
    "not_diagnoses": _codes("when.not_diagnoses"),
    "operations": _codes("when.operations"),
    "not_operations": _codes("when.not_operations"),
    "severity": _named("when.severity", "severity"),
    "disability_grade": _grade,
    "sex": lambda w, value: w.say(f"when.sex_{value}"),
    "groups": _named("when.groups", "group"),
    "not_groups": _named("when.not_groups", "group"),
    "any_of": _any_of,
    "kinds": _named("when.kinds", "kind"),
    "settled_by_insurance": _flag("when.settled"),
    "hospital_level": _levels,
    "circumstances": _named("when.circumstances", "circumstance"),
    "age": _between("when.age", "unit.years"),
    "employment": _named("when.employment", "employment"),
    "basic_insurance": _named("when.basic_insurance", "insurance"),
    "relation": _named("when.relation", "relation"),
    "option": _named("when.option", "option"),
    "risk_class": _named("when.risk_class", "risk_class"),
    "tenure": _between("when.tenure", "unit.periods"),
    "stay": _stay,
    "days": _between("when.days", "unit.days"),
    "days_since_joining": _between("when.days_since_joining", "unit.days"),
    "dates": lambda w, value: w.say("when.dates", range=date_range(w, value)),
}
"""How each field of a condition reads; ``tests/plans/test_prose.py`` checks that none is missing."""
