"""A step of a claim that is open in two places at once: what one of them did not touch does not put back what the other wrote.

A page carries what its fields showed (``seen``). A field that comes back as it was shown was not touched, and what is stored
by now holds; lines of a bill count together, since they have no names of their own.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.http import QueryDict

SEEN = "seen"
_LINE = re.compile(r"(item|amount|scope)-[0-9]+")


def seen_of(form: forms.Form, sent: QueryDict | None = None) -> str:
    """What the fields of a form show, for the hidden field; with ``sent``: on a page that stays as it was sent. Left out is what
    was refused, which is not stored, and what never is (``unkept``)."""
    kept = [field for field in form if not field.errors and field.name not in getattr(form, "unkept", ())]
    shown = {field.html_name: _shown(field) if sent is None else sent.get(field.html_name, "") for field in kept}
    return json.dumps(shown, ensure_ascii=False)


def merged(sent: QueryDict, stored: forms.Form) -> QueryDict:
    """What was sent, with what is stored (a form that shows it) in place of what was not touched. Without a readable ``seen``
    everything counts as touched."""
    try:
        seen = json.loads(sent.get(SEEN, ""))
    except ValueError:
        return sent
    if not isinstance(seen, dict):
        return sent
    now = {field.html_name: _shown(field) for field in stored}
    found = sent.copy()
    for name, was in seen.items():
        if not _LINE.fullmatch(name) and name in now and sent.get(name, "") == was:
            _put(found, name, now[name])
    lines = {name for name in sent if _LINE.fullmatch(name)}
    if lines and all(sent.get(name, "") == seen.get(name, "") for name in lines):
        for name in lines:
            del found[name]
        for name in filter(_LINE.fullmatch, now):
            found[name] = now[name]
    return found


def _put(found: QueryDict, name: str, text: str) -> None:
    """A box that is not ticked is not sent at all."""
    if text or name in found:
        found[name] = text


def _shown(field: Any) -> str:
    """As the browser sends a field that nobody touched."""
    if isinstance(field.field, forms.BooleanField):
        return "on" if field.value() else ""
    shown = field.field.widget.format_value(field.value())
    if isinstance(shown, (list, tuple)):
        shown = shown[0] if shown else ""
    return str(shown or "")
