"""How figures and outcomes of plans are shown: filters of the plan designer's pages."""

from __future__ import annotations

import re

from django import template

from mutualaid.plans.prose.working import DETAIL

register = template.Library()

OUTCOMES = {"pay": "ok", "refuse": "bad", "refer": "warn", "none": "quiet"}
_FIGURE = re.compile(r"([-−]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?")


@register.filter
def is_detail(text: str) -> bool:
    """Whether a row is a detail of the step above it."""
    return text.startswith(DETAIL)


@register.filter
def yuan_text(text: object) -> str:
    """``-1234.50`` -> ``−1,234.50``: figures that are texts already, such as those of the engine; others as they are."""
    match = _FIGURE.fullmatch(str(text))
    if match is None:
        return str(text)
    return f"{'−' if match[1] else ''}{int(match[2].replace(',', '')):,}{match[3] or ''}"


@register.filter
def event_number(event: str) -> str:
    """``e2`` -> ``2``."""
    return event.removeprefix("e")


@register.filter
def outcome_meaning(outcome: str) -> str:
    """The colour of an outcome."""
    return OUTCOMES.get(outcome, "quiet")
