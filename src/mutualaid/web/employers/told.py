"""What all pages of 单位端 do with what people bring and what actions refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest

from mutualaid.core.papers import BadFile
from mutualaid.people.access import NotFound
from mutualaid.people.contacts import NotAContact
from mutualaid.people.names import NotAName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import said

REFUSALS = (Refused, NotAContact, NotAName, BadFile)
"""What actions raise for what a person can mend: shown beside the form. A state that is not the one is a page of its own."""
REFUSALS_OR_NONE = (*REFUSALS, NotFound)
"""The same, where a form names something by what was typed."""
PER_PAGE = 50


def read_by(read: Callable[[str], str], text: str) -> str:
    """A field in its normal form by the domain's own reader. Raises ValidationError with what that expected."""
    try:
        return read(text)
    except (NotAContact, NotAName) as refusal:
        raise forms.ValidationError(said(refusal)) from refusal


def refuse(form: forms.Form, refusal: Exception, field: str | None = None) -> None:
    """Say a refusal in the form, at a field if it has it."""
    form.add_error(field if field in form.fields else None, said(refusal))


def paged(
    request: HttpRequest, rows: QuerySet[Any] | Iterable[Any], per_page: int = PER_PAGE, known: int | None = None
) -> Page[Any]:
    """The page of a list that the address asks for; a number that cannot be gives the nearest. ``known``: how many rows there
    are, where that was counted before."""
    return page_asked(request, rows if isinstance(rows, QuerySet) else list(rows), per_page, known=known)


def searched(request: HttpRequest) -> str:
    """What is looked for (``?q=``): without characters that no database holds, and not longer than a name."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:60]


def parted(text: str) -> tuple[str, str]:
    """A fault's sentence as its reason and how to mend it: the house says both in one."""
    for mark in ("；请", "，请", "; "):
        before, found, after = text.rpartition(mark)
        if found:
            return before, (found[1:] + after).strip()
    return text, ""
