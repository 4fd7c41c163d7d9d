"""What a row of a list of claims warns of: what has to be looked at with care, and how near its time is. And the rows of the
queue, which are written without a template: 25 of them take longer than all the rest of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from mutualaid.web.common.templatetags.look import badge, state
from mutualaid.web.common.templatetags.quick import address
from mutualaid.web.common.templatetags.shown import moment, yuan

register = template.Library()

_NONE = mark_safe('<span class="soft">—</span>')  # nosec B308 B703 - a constant


@register.simple_tag
def claim_flags(flags: Iterable[tuple[str, Any]], marks: Mapping[str, str]) -> SafeString:
    """Badges of ``claims.Row.flags``, coloured as ``marks`` says."""
    badges = tuple((str(name), marks.get(word, "warn")) for word, name in flags)
    return _badges(badges) if badges else _NONE


@lru_cache(maxsize=200)
def _badges(badges: tuple[tuple[str, str], ...]) -> SafeString:
    return format_html_join(" ", "{}", ((badge(text, meaning),) for text, meaning in badges))


@lru_cache(maxsize=1000)
def _nearness(due: str, late: int, _language: str | None) -> SafeString | str:
    said = ""
    if due == "bad":
        said = ngettext("超期 %(days)s 天", "超期 %(days)s 天", late) % {"days": late}
    elif due == "warn":
        said = _("今天到期")
    elif due == "wait":
        said = _("即将到期")
    return badge(said, due) if said else ""


@register.simple_tag
def queue_rows(rows: Iterable[Any], kept: str) -> SafeString:
    """The rows (``claims.QueueRow``) of the queue as ``<tr>``; ``kept``: what the list is asked, for going through it in its
    order."""
    language = get_language()
    frame, beside = _queue_frame(language), f"?list={quote(kept, safe='')}" if kept else ""
    written = "\n".join(_queue_row(frame, row, beside, language) for row in rows)
    return mark_safe(written)  # noqa: S308  # nosec B308 B703 - escaped


def _queue_row(frame: str, row: Any, beside: str, language: str | None) -> str:
    """Each value is escaped that is not a number, a day, or safe already."""
    claim = row.claim
    return frame.format(
        row.due,
        escape(address("workbench:claim", claim.number)),
        beside,
        escape(claim.number),
        escape(claim.name),
        escape(claim.member),
        escape(row.kind),
        escape(claim.hospital),
        yuan(claim.total),
        _flags(row.flags, language),
        _stage(claim.state, language),
        moment(claim.completed_at),
        "—"
        if claim.due_on is None
        else f"{claim.due_on.isoformat()} {_nearness(row.due, row.late, language)}".rstrip(),
        escape(row.assigned or "—"),
    )


@lru_cache(maxsize=200)
def _flags(words: tuple[str, ...], _language: str | None) -> SafeString:
    from mutualaid.web.workbench.claims import FLAGS, MEANINGS

    return claim_flags([(word, FLAGS[word]) for word in words], MEANINGS)


@lru_cache(maxsize=100)
def _stage(word: str, _language: str | None) -> SafeString:
    return state(word, "claims.claim")


@lru_cache(maxsize=8)
def _queue_frame(_language: str | None) -> str:
    """A row in a language, with places for what is told of a claim. The headings are said again for narrow screens."""
    two, told = '{}<span class="under">{}</span>', "{}"
    cells = (
        ("", _("会员"), two),
        ("", _("事件"), two),
        ("amount", _("理算金额（元）"), told),
        ("", _("提示"), told),
        ("", _("环节"), told),
        ("when", _("等待自"), told),
        ("when", _("时限"), told),
        ("", _("承办人"), told),
    )
    row = '<tr class="due-{}"><th scope="row"><a href="{}{}">{}</a></th>'
    for kind, heading, inside in cells:
        kinds = f' class="{kind}"' if kind else ""
        row += f'<td{kinds} data-label="{escape(heading).replace("{", "{{").replace("}", "}}")}">{inside}</td>'
    return row + "</tr>"
