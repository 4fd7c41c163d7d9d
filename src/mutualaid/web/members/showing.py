"""What several pages of 会员端 show alike: a cover as a card, a plan's prose, the office's words in the page's language."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import Standing
from mutualaid.people.models import Employer, Unit
from mutualaid.plans import document as d
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.prose.model import Prose
from mutualaid.plans.queries import Words, document_of, prose_of, words_for

ENGLISH = Words("enrolment", "contribution", "benefit", "claim")
"""Offices' own words are Chinese; on English pages there are these."""

STANDINGS = {
    "in_force": (_("保障中"), "ok"),
    "ahead": (_("已缴费，待生效"), "info"),
    "pending": (_("待缴费"), "wait"),
    "past": (_("已到期"), "quiet"),
    "cancelled": (_("已取消"), "quiet"),
}
"""How a cover stands on a day, and the colour of its badge."""


def lang() -> str:
    """``en`` on English pages, else ``zh``."""
    return "en" if get_language() == "en" else "zh"


def of(text: d.Words) -> str:
    """A text of a plan in the page's language, in Chinese where it has no other."""
    return (text.en if lang() == "en" else None) or text.zh


def spoken(*, unit: Unit, document: d.Document | None = None) -> Words:
    """The office's words for a unit, in the page's language."""
    return ENGLISH if lang() == "en" else words_for(unit=unit, document=document)


def told(*, version: PlanVersion, words: Words) -> Prose:
    """A plan in the page's language; ``words`` of ``spoken``."""
    return prose_of(version=version, lang=lang(), words=None if lang() == "en" else words)


@dataclass(frozen=True)
class Card:
    """A cover as a list shows it. ``last_on``: its last day; ``days``: in force, how many are left, today included; ahead,
    how many until it begins."""

    cover: Cover
    when: str
    label: str
    meaning: str
    name: str
    sentence: str
    last_on: datetime.date
    days: int


def card_of(*, standing: Standing, on: datetime.date) -> Card:
    """The card of a cover."""
    cover, when = standing.cover, standing.when
    document = document_of(version=cover.version)
    label, meaning = STANDINGS[when]
    days = (cover.from_on if when == "ahead" else cover.until_on) - on
    last_on = cover.until_on - datetime.timedelta(days=1)
    return Card(cover, when, str(label), meaning, of(document.name), sentence_of(document), last_on, days.days)


def sentence_of(document: d.Document) -> str:
    """What a plan pays, in one sentence: its summary, else the names of its benefits."""
    if document.summary is not None:
        return of(document.summary)
    names = dict.fromkeys(of(benefit.name) for benefit in document.benefits if benefit.name is not None)
    return (", " if lang() == "en" else "、").join(names)


def cards_of(*, standings: Iterable[Standing], on: datetime.date) -> list[Card]:
    """Cards in the order given."""
    return [card_of(standing=standing, on=on) for standing in standings]


@dataclass(frozen=True)
class Help:
    """Whom to ask: the employer's union with its telephone, and the office above it."""

    union: str
    phone: str
    office: str
    office_phone: str = ""
    office_address: str = ""


def help_of(*, employer: Employer | None, office: Unit | None = None) -> Help | None:
    """Whom a member of an employer asks; ``office``: the one that runs their plan, else the one above the employer's union."""
    if employer is None:
        return None
    above = office or employer.unit.parent
    if above is None:
        return Help(employer.unit.name, employer.contact_phone, "")
    return Help(employer.unit.name, employer.contact_phone, above.name, above.phone, above.address)


def office_of(*, cards: Iterable[Card]) -> Unit | None:
    """The office that runs the plan of the first cover, if there is one."""
    return next((card.cover.version.office for card in cards), None)
