"""What offices' own windows mean beside a document's season: which one decides on a day, whether one keeps within
the season, which terms one can be for. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from mutualaid.plans import document as d
from mutualaid.plans.offering import DAY, OwnWindow, own_openings
from mutualaid.plans.offering import _opening as opening_of
from mutualaid.plans.offering import _starts as starts_from
from mutualaid.plans.prose.terms import add_years


def governs(document: d.Document, *, windows: Sequence[OwnWindow], on: datetime.date) -> OwnWindow | None:
    """Of an office's windows the one that decides on a day: it is open, or comes next before the document's own
    season does, or is over and was for the term to which the document would still lead. None: the document decides."""
    ahead = [one for one in windows if (own_openings(document, own=one, on=on)[0].closes or on) >= on]
    first = min(ahead, key=lambda one: one.opens_on, default=None)
    if document.term.begins != "fixed":
        return first or max(windows, key=lambda one: one.opens_on, default=None)
    start = opening_of(document.term, on).start
    if first is not None and first.start_on is not None and first.start_on <= start:
        return first
    return next((one for one in windows if one.start_on == start), None)


def is_within(document: d.Document, *, own: OwnWindow) -> bool:
    """Whether an office's window takes enrolments only on days on which the document takes them, for the same term."""
    if document.term.enrolment is None and document.term.begins != "fixed":
        return True
    spans = [(own.opens_on, own.closes_on)]
    if own.late_until_on is not None:
        spans.append((own.closes_on + DAY, own.late_until_on))
    for first, last in spans:
        one, other = opening_of(document.term, first), opening_of(document.term, last)
        fits = one == other and (one.opens is None or one.opens <= first)
        if not fits or (own.start_on is not None and one.start != own.start_on):
            return False
    return True


def starts_around(document: d.Document, *, on: datetime.date) -> list[datetime.date]:
    """The first days of fixed terms that a window could be for: the running one, and the next; empty where terms begin with the
    payment. Raises NoFirstDay."""
    term = document.term
    if term.begins != "fixed":
        return []
    every = starts_from(term, on.year - term.years - 1, 5 + 2 * term.years)
    running = [one for one in every if one <= on < add_years(one, term.years)]
    return [*running[-1:], *[one for one in every if one > on][:1]]
