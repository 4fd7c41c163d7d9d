"""What a row of a list of claims warns of: what has to be looked at with care, and how near its time is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mutualaid.web.common.templatetags.look import badge
from mutualaid.web.common.templatetags.shown import iso_day

register = template.Library()

_NONE = mark_safe('<span class="soft">—</span>')  # nosec B308 B703 - a constant


@register.simple_tag
def claim_flags(flags: Iterable[tuple[str, Any]], marks: Mapping[str, str]) -> SafeString:
    """Badges of ``claims.Row.flags``, coloured as ``marks`` says."""
    badges = [badge(str(name), marks.get(word, "warn")) for word, name in flags]
    return mark_safe(" ".join(badges)) if badges else _NONE  # noqa: S308  # nosec B308 B703 - badges are escaped


@register.simple_tag
def claim_due(row: Any) -> SafeString | str:
    """The day until which a claim (``claims.Row``) is to be decided, and a badge when that is near or over."""
    if row.claim.due_on is None:
        return "—"
    day = iso_day(row.claim.due_on)
    said = ""
    if row.due == "bad":
        said = ngettext("超期 %(days)s 天", "超期 %(days)s 天", row.late) % {"days": row.late}
    elif row.due == "warn":
        said = _("今天到期")
    elif row.due == "wait":
        said = _("即将到期")
    return format_html("{} {}", day, badge(said, row.due)) if said else day
