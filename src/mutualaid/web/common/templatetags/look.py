"""The components of pages as template tags (docs/web.md shows each); known in every template without loading."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mutualaid.core.state_table import States
from mutualaid.web.common.icons import drawing
from mutualaid.web.common.parts import journey_steps
from mutualaid.web.common.saved_filters import saved_filters

register = template.Library()

SIZES = ("small", "", "large", "huge")
NOTES = {"ok": "circle-check", "info": "info-circle", "warn": "alert-triangle", "bad": "circle-x"}

LEVELS = {"success": "ok", "warning": "warn", "error": "bad", "debug": "info"}
"""What Django's messages call their levels."""

MEANINGS: Mapping[str, frozenset[str]] = {
    "ok": frozenset(
        "accepted active applied approved begun bound cleared confirmed delivered done in_force matched paid published ready "
        "received sent settled succeeded".split()
    ),
    "wait": frozenset(
        "checked checking confirming entered final_review first_review issued open owed pending "
        "pending_payment processing proposed queued registered running sending signed_off submitted uploaded "
        "waiting partly_paid partly_matched".split()
    ),
    "warn": frozenset("due expiring overdue part_paid returned suspended unmatched withheld".split()),
    "bad": frozenset("bounced failed refused rejected revoked".split()),
}
"""Colour by meaning. A state that is in none of these is quiet (grey), such as draft, cancelled and released."""


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon; hidden from screen readers unless it has a label. Sizes: small, (plain), large, huge."""
    return _icon(str(name), size, str(label))


@lru_cache(maxsize=2000)
def _icon(name: str, size: str, label: str) -> SafeString:
    if size not in SIZES:
        raise template.TemplateSyntaxError(f"expected one of the sizes {SIZES}, found {size!r}")
    meaning = format_html('role="img" aria-label="{}"' if label else 'aria-hidden="true"', label)
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>{}</svg>',
        f" icon-{size}" if size else "",
        meaning,
        format_html_join("", '<path d="{}"/>', ((path,) for path in drawing(name))),
    )


def meaning_of(state: str) -> str:
    """``ok``, ``wait``, ``warn``, ``bad`` or ``quiet``."""
    return next((meaning for meaning, states in MEANINGS.items() if state in states), "quiet")


@lru_cache(maxsize=200)
def states_named(name: str) -> States:
    """A table of states by domain and name: ``people.clerk`` is ``mutualaid.people.states.CLERK``."""
    domain, _dot, table = name.partition(".")
    found = getattr(importlib.import_module(f"mutualaid.{domain}.states"), table.upper(), None)
    if not isinstance(found, States):
        raise template.TemplateSyntaxError(f"expected domain and table of states such as people.clerk, found {name!r}")
    return found


@register.simple_tag
def state(word: str, table: str, meaning: str = "") -> SafeString:
    """A badge: ``{% state clerk.state "people.clerk" %}``. Name from the table of states, colour by meaning."""
    return _state(str(word), str(table), str(meaning), get_language() == "en")


@lru_cache(maxsize=2000)
def _state(word: str, table: str, meaning: str, english: bool) -> SafeString:
    zh, en = states_named(table).names[word]
    return badge(en if english else zh, meaning or meaning_of(word))


@register.simple_tag
def badge(text: str, meaning: str = "quiet") -> SafeString:
    """A badge with a text of one's own; a dot of another shape for each meaning, so that colour is not the only sign."""
    return format_html('<span class="state state-{}">{}</span>', meaning, text)


@register.simple_block_tag
def note(content: str, meaning: str = "info", title: str = "") -> SafeString:
    """A message in the page: ``{% note "warn" "标题" %}…{% endnote %}``; ok, info, warn or bad."""
    meaning = LEVELS.get(meaning, meaning)
    heading = format_html('<p class="note-title">{}</p>', title) if title else ""
    return format_html(
        '<div class="note note-{}" role="{}">{}<div class="note-body">{}{}</div></div>',
        meaning,
        "alert" if meaning == "bad" else "note",
        icon(NOTES[meaning]),
        heading,
        content,
    )


@register.simple_block_tag
def panel(content: str, title: str = "", hint: str = "") -> SafeString:
    """A part of the page with a heading: ``{% panel "单位资料" %}…{% endpanel %}``."""
    head = format_html('<h2 class="panel-title">{}</h2>', title) if title else ""
    said = format_html('<p class="panel-hint">{}</p>', hint) if hint else ""
    return format_html('<section class="panel">{}{}{}</section>', head, said, content)


@register.inclusion_tag("common/parts/figure.html")
def figure(label: str, value: Any, unit: str = "", hint: str = "", url: str = "", meaning: str = "") -> dict[str, Any]:
    """A card of one number. Put several into ``<div class="figures">``."""
    return {"label": label, "value": value, "unit": unit, "hint": hint, "url": url, "meaning": meaning}


@register.simple_tag(takes_context=True)
def column(context: Context, label: str, sort: str = "", amount: bool = False, unit: str = "") -> SafeString:
    """A ``<th>``: ``sort`` makes it a link (``?sort=name``, then ``?sort=-name``), ``amount`` aligns to the right."""
    if not sort:
        return _column(str(label), "", "", bool(amount), str(unit))
    asked = context["request"].GET
    order = {sort: "ascending", f"-{sort}": "descending"}.get(asked.get("sort", ""), "none")
    wanted = f"-{sort}" if order == "ascending" else sort
    if asked:
        others = asked.copy()
        others["sort"] = wanted
        others.pop("page", None)
        return _column(str(label), order, others.urlencode(), bool(amount), str(unit))
    return _column(str(label), order, urlencode({"sort": wanted}), bool(amount), str(unit))


_ARROWS = {"none": "arrows-sort", "ascending": "arrow-up", "descending": "arrow-down"}


@lru_cache(maxsize=1000)
def _column(label: str, order: str, query: str, amount: bool, unit: str) -> SafeString:
    sorts = format_html(' aria-sort="{}"', order) if order else ""
    head = format_html('<a href="?{}">{}{}</a>', query, label, icon(_ARROWS[order], "small")) if order else label
    return format_html(
        '<th scope="col"{}{}>{}{}</th>',
        mark_safe(' class="amount"') if amount else "",  # nosec B308 B703 - a constant
        sorts,
        head,
        format_html('<span class="unit">{}</span>', unit) if unit else "",
    )


@register.inclusion_tag("common/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Pages of a list (a Paginator's page); keeps what else the address asks."""
    kept = context["request"].GET.copy()
    kept.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "kept": kept.urlencode() + "&" if kept else ""}


@register.inclusion_tag("common/parts/filters.html", takes_context=True)
def filters(context: Context, form: Any, listing: str = "", hint: str = "") -> dict[str, Any]:
    """The bar above a list: a GET form. With the list's name the visitor can save what is asked, and take it up again.
    A form whose class says ``alike`` offers the same to everybody: with nothing asked it is rendered once."""
    request = context["request"]
    asked = request.GET.copy()
    asked.pop("page", None)
    saved = saved_filters(request, listing) if listing else []
    kind = type(form)
    alike = not asked and getattr(kind, "alike", False)
    return {
        "form": form,
        "alike": f"{kind.__module__}.{kind.__qualname__}" if alike else None,
        "listing": listing,
        "hint": hint,
        "saved": [(name, query, query == asked.urlencode()) for name, query in saved],
        "asked": asked.urlencode(),
        "path": request.path,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("common/parts/nothing.html")
def nothing(title: str, text: str = "", icon: str = "inbox", url: str = "", action: str = "") -> dict[str, str]:
    """An empty state: what would be here, and what to do to have it."""
    return {"title": title, "text": text, "icon": icon, "url": url, "action": action}


@register.inclusion_tag("common/parts/journey.html")
def journey(steps: Any, label: str = "", across: bool = False) -> dict[str, Any]:
    """Steps done, the one now, and what comes next (``parts.Step``); ``across``: in a row where there is room."""
    return {"steps": journey_steps(steps), "label": label or _("进度"), "across": across}


@register.inclusion_tag("common/parts/job.html")
def job(row: Any, url: str, after: str = "") -> dict[str, Any]:
    """How far a long job is. ``url`` answers with this fragment; it is asked every two seconds until the job ends, then
    once more for ``after``, the page with the result."""
    going = row.state in {"waiting", "running"}
    percent = min(100, row.done * 100 // row.total) if row.total else None
    fault = row.fault_en if get_language() == "en" else row.fault_zh
    return {"job": row, "url": url, "after": after, "going": going, "percent": percent, "fault": fault}


@register.inclusion_tag("common/forms/summary.html")
def errors(form: Any) -> dict[str, Any]:
    """The summary of a form's errors, each a link to its field; ``{{ form }}`` has it already."""
    return {"form": form}


@register.simple_tag
def unit_of(field: BoundField, where: str = "data-unit") -> str:
    """The unit beside a field's input: attribute ``data-unit`` (after) or ``data-prefix`` (before) of its widget."""
    return str(field.field.widget.attrs.get(where, ""))
