"""Inputs and selects of forms written down without a template for each option: the bar above a list has some fifty of them.

The same HTML as the templates of Django give (``tests/web/test_widgets.py`` compares them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.template.base import render_value_in_context
from django.template.context import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_FOLDER = "django/forms/widgets/"
_INPUTS = "checkbox color date datetime email file hidden input number password search tel text time url"
_OPTION = f"{_FOLDER}select_option.html"
_SHOWN = Context(use_l10n=None)


def _attributes(attrs: Mapping[str, Any]) -> str:
    """`` name="value"`` of each; the name alone of what is True, nothing of what is False."""
    said = (
        f" {conditional_escape(name)}" + ("" if value is True else f'="{conditional_escape(str(value))}"')
        for name, value in attrs.items()
        if value is not False
    )
    return "".join(said)


def _input(widget: Mapping[str, Any]) -> str:
    value = widget["value"]
    told = "" if value is None else f' value="{conditional_escape(str(value))}"'
    kind, name = conditional_escape(widget["type"]), conditional_escape(widget["name"])
    return f'<input type="{kind}" name="{name}"{told}{_attributes(widget["attrs"])}>'


def _option(option: Mapping[str, Any]) -> str:
    label = render_value_in_context(option["label"], _SHOWN)
    return f'<option value="{conditional_escape(str(option["value"]))}"{_attributes(option["attrs"])}>{label}</option>'


def _select(widget: Mapping[str, Any]) -> str:
    lines = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _place in widget["optgroups"]:
        if group:
            lines.append(f'  <optgroup label="{conditional_escape(group)}">')
        lines += [f"  {_option(one)}" for one in options]
        if group:
            lines.append("  </optgroup>")
    return "\n".join([*lines, "</select>"])


_WRITERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    **{f"{_FOLDER}{name}.html": _input for name in _INPUTS.split()},
    f"{_FOLDER}select.html": _select,
}


def written(template_name: str, context: Mapping[str, Any]) -> SafeString | None:
    """The HTML of a widget that is known here; None of one that has a template of its own."""
    write, widget = _WRITERS.get(template_name), context.get("widget")
    if write is None or widget is None:
        return None
    if write is _select and any(
        one["template_name"] != _OPTION for _, options, _ in widget["optgroups"] for one in options
    ):
        return None
    return mark_safe(write(widget))  # noqa: S308  # nosec B308 B703 - every part is escaped above
