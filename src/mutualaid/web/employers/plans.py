"""The plans in which the employer may enrol its staff: what each costs, for whom, until when, and all of its rules."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from mutualaid.enrolment.windows import Windows, nearest, windows_around
from mutualaid.people.models import Employer
from mutualaid.plans import access
from mutualaid.plans.composing import stands_on
from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import OwnWindow, Season, Term, has_short_terms, most_units, season, terms
from mutualaid.plans.prose.model import Section
from mutualaid.plans.queries import document_of, is_offered, offered, prose_of, words_for
from mutualaid.web.common.answers import said as said_in
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.current import current_employer


@dataclass(frozen=True)
class Price:
    """A fee in yuan for one unit and one term, and for which choice."""

    amount: Decimal
    choice: str


@dataclass(frozen=True)
class Offer:
    """A plan as a clerk compares it with others."""

    version: PlanVersion
    document: Document
    season: Season
    term: Term
    prices: tuple[Price, ...]
    most: int
    shares: tuple[str, ...]
    """Least shares, as ``80%``."""
    on_top: str = ""
    """On top of which plans alone it is taken, in a package with them; empty where it is taken by itself."""
    by_code: bool = False
    """Whether people join by themselves, for days or months, by a page that the employer opens: no roster is taken."""


def window_shown(version: PlanVersion, request: Request, employer: Employer | None = None) -> OwnWindow | None:
    """The window that counts for an employer, or the one that is worked for; all of its offices' are asked for once in a
    request."""
    employer = employer or current_employer(request)
    if employer is None:
        return None
    known: dict[int, Windows] = request.__dict__.setdefault("_windows", {})
    windows = known.get(employer.pk)
    if windows is None:
        windows = known[employer.pk] = windows_around(unit=employer.unit)
    document = document_of(version=version)
    return nearest(windows=windows, version=version, document=document, unit=employer.unit, on=request.on)


def offer_of(version: PlanVersion, request: Request, employer: Employer | None = None) -> Offer:
    """What the document says for an employer, or the one that is worked for, on the day of the request."""
    employer = employer or current_employer(request)
    document, own = document_of(version=version), window_shown(version, request, employer)
    prices = tuple(
        Price(
            Decimal(row.fee) / 100, "·".join(part for part in (row.option, row.employer_type, row.risk_class) if part)
        )
        for row in document.price
    )
    return Offer(
        version,
        document,
        season(document, on=request.on, own=own),
        terms(document, on=request.on, own=own),
        prices,
        most_units(document),
        tuple(f"{rule.least_share // 100}%" for rule in document.employer),
        _on_top(document, employer, request.on),
        has_short_terms(document),
    )


def _on_top(document: Document, employer: Employer | None, on: datetime.date) -> str:
    if document.on_top_of is None or employer is None:
        return ""
    others = [document_of(version=one) for one in offered(unit=employer.unit, on=on)]
    base = stands_on(document, offered=others)
    return said_in(base.zh, base.en) if base is not None else ""


@clerks_only
@require_safe
def plans(request: Request) -> HttpResponseBase:
    """All that is offered to the employer today."""
    employer = current_employer(request)
    found = offered(unit=employer.unit, on=request.on) if employer is not None else []
    context: dict[str, Any] = {"employer": employer, "offers": [offer_of(one, request) for one in found]}
    if employer is not None:
        context["words"] = words_for(unit=employer.unit)
    return TemplateResponse(request, "employers/plans/plans.html", context)


@clerks_only
@require_safe
def plan(request: Request, number: str) -> HttpResponseBase:
    """One plan in full."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    employer = current_employer(request)
    lang = "en" if get_language() == "en" else "zh"
    words = words_for(unit=employer.unit, document=document_of(version=version)) if employer is not None else None
    prose = prose_of(version=version, lang=lang, words=None if lang == "en" else words)
    sections: list[Section] = [part for one in prose.sections for part in (one, *one.parts) if part.blocks]
    context = {
        "offer": offer_of(version, request),
        "prose": prose,
        "sections": sections,
        "words": words,
        "offered": employer is not None and is_offered(version=version, unit=employer.unit, on=request.on),
    }
    return TemplateResponse(request, "employers/plans/plan.html", context)
