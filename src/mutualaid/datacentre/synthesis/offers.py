"""What a plan document says of enrolment, ready for many members at once: who may join, from when, with which choices."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benefit_engine.words import EMPLOYMENTS, INSURANCES
from mutualaid.datacentre.synthesis.people import People
from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits

Flags = NDArray[np.bool_]
RETIRES = {"F": 50, "M": 60}
"""Years up to which a cover ``until_retirement`` is offered: the earliest statutory ages, so that nobody is past them."""


class TooEarly(ValueError):
    """A plan's first term begins after the year asked for."""

    def __init__(self, plan: str, first_on: datetime.date, year: int) -> None:
        self.zh = f"计划 {plan} 首期自 {first_on} 起，晚于 {year} 年；请改 --year 或换计划"
        self.en = f"the plan {plan} begins on {first_on}, after the year {year}; change --year or the plan"
        super().__init__(self.en)


@dataclass(frozen=True)
class Offer:
    """One plan or combination as members meet it."""

    plan: str
    family: str
    who: tuple[tuple[d.Who, ...], ...]
    """Alternatives, of which one must hold whole: the plan's own rules, or those of each part of a combination."""
    parts: frozenset[str]
    excludes: frozenset[str]
    options: tuple[str, ...]
    risks: tuple[str | None, ...]
    """Risk classes from the cheapest to the dearest; empty when the price knows none."""
    units_most: int | None
    term: d.Term
    kinds: frozenset[str]
    """Kinds of events that its benefits answer to."""
    answers: tuple[tuple[str, frozenset[str]], ...]
    """Each benefit of its own with these kinds."""
    limited: tuple[str, ...]
    """Benefits with a limit of a term."""
    once: tuple[str, ...]
    """Benefits that are paid once in a life, without death."""

    def clashes(self, other: Offer) -> bool:
        """Can nobody have both?"""
        return (
            self.family == other.family
            or self.plan in other.parts
            or other.plan in self.parts
            or bool(self.parts & other.parts)
            or bool(self.excludes & {other.plan, other.family})
            or bool(other.excludes & {self.plan, self.family})
        )

    def admits(self, people: People, on: NDArray[np.datetime64]) -> Flags:
        """Whom the rules admit to a cover that begins ``on`` (one date per member). Shape (members,)."""
        age = ages(people.birth, on)
        found = np.zeros(len(people.sex), dtype=np.bool_)
        for rules in self.who:
            every = np.ones(len(people.sex), dtype=np.bool_)
            for rule in rules:
                every &= _holds(rule, people, age)
            found |= every
        return found


def ages(birth: NDArray[np.datetime64], on: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Full years at ``on``; who is born on 29 February grows older on 1 March."""
    return (_key(on) - _key(birth)) // 10_000


def _key(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Dates as the number yyyymmdd."""
    years, months = days.astype("datetime64[Y]"), days.astype("datetime64[M]")
    month = (months - years.astype("datetime64[M]")).astype(np.int64) + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    key: NDArray[np.int64] = (years.astype(np.int64) + 1970) * 10_000 + month * 100 + day
    return key


def _holds(rule: d.Who, people: People, age: NDArray[np.int64]) -> Flags:
    every = np.ones(len(people.sex), dtype=np.bool_)
    if rule.employment is not None:
        every &= np.isin(people.employment, [EMPLOYMENTS.index(word) for word in rule.employment])
    if rule.basic_insurance is not None:
        every &= np.isin(people.insurance, [INSURANCES.index(word) for word in rule.basic_insurance])
    if rule.groups is not None:
        every &= np.isin(people.group, people.group_numbers(rule.groups))
    if rule.not_groups is not None:
        every &= ~np.isin(people.group, people.group_numbers(rule.not_groups))
    if rule.relation is not None and "self" not in rule.relation:
        every[:] = False
    if rule.ages is not None:
        every &= _of_age(rule.ages, people, age)
    return every


def _of_age(bands: Sequence[d.Ages], people: People, age: NDArray[np.int64]) -> Flags:
    """The first band for a sex decides; a sex without a band is not admitted."""
    found = np.zeros(len(people.sex), dtype=np.bool_)
    for number, sex in enumerate(("F", "M")):
        band = next((b for b in bands if b.sex in (None, sex) and b.relation in (None, "self")), None)
        if band is None:
            continue
        most = band.most if band.most is not None else 999
        if band.until_retirement:
            most = min(most, RETIRES[sex] - 1)
        if band.renewal_only_from is not None:
            most = min(most, band.renewal_only_from - 1)
        found |= (people.sex == number) & (age >= (band.least or 0)) & (age <= most)
    return found


def read_offers(documents: Mapping[str, d.Document], year: int) -> tuple[Offer, ...]:
    """Offers in the order of the documents, combinations first (who takes one takes none of its parts). Raises TooEarly."""
    offers = [_offer(document, documents) for document in documents.values()]
    for offer in offers:
        first_on = offer.term.first_on
        if first_on is not None and first_on.year > year:
            raise TooEarly(offer.plan, first_on, year)
    return tuple(sorted(offers, key=lambda offer: not offer.parts))


def _offer(document: d.Document, documents: Mapping[str, d.Document]) -> Offer:
    parts = [documents[plan] for plan in document.combines or ()]
    fees: dict[str | None, Any] = {}
    for price in document.price:
        fees[price.risk_class] = max(price.fee, fees.get(price.risk_class, price.fee))
    named = any(risk is not None for risk in fees)
    kinds = {kind for one in (document, *parts) for benefit in effective_benefits(one) for kind in benefit.kinds or ()}
    own = effective_benefits(document)
    return Offer(
        plan=document.plan,
        family=document.family,
        who=tuple(tuple(one.who) for one in (parts or [document])),
        parts=frozenset(document.combines or ()),
        excludes=frozenset(document.excludes.plans if document.excludes else ()),
        options=tuple(dict.fromkeys(price.option for price in document.price if price.option is not None)),
        risks=tuple(sorted(fees, key=lambda risk: fees[risk])) if named else (),
        units_most=document.units.most if document.units else None,
        term=document.term,
        kinds=frozenset(kinds),
        answers=tuple((benefit.benefit, frozenset(benefit.kinds or ())) for benefit in own),
        limited=tuple(benefit.benefit for benefit in own if any(cap.per == "period" for cap in benefit.caps)),
        once=tuple(
            benefit.benefit
            for benefit in own
            if benefit.once and benefit.once.per == "life" and "death" not in (benefit.kinds or ())
        ),
    )


def groups_named(documents: Mapping[str, d.Document]) -> tuple[str, ...]:
    """Groups that a plan asks its members for."""
    return tuple(dict.fromkeys(word for one in documents.values() for rule in one.who for word in (rule.groups or ())))


def words_admitted(offers: Sequence[Offer], field: str, words: Sequence[str]) -> frozenset[str]:
    """Words of ``employment`` or ``basic_insurance`` that at least one offer admits."""
    found: set[str] = set()
    for offer in offers:
        for rules in offer.who:
            asked = [set(getattr(rule, field)) for rule in rules if getattr(rule, field) is not None]
            found |= set(words).intersection(*asked)
    return frozenset(found)
