"""管理端: one action of a page that has several, and back to the page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase

from mutualaid.core.moves import IllegalMove
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.requests import Request


def acted(
    request: Request, *, do: Callable[[], object], told: str, to: str, refused: Callable[[str], HttpResponseBase]
) -> HttpResponseBase:
    """``do`` it and go on to an address, where ``told`` is shown; ``refused`` answers with the page and why it was not done."""
    try:
        do()
    except (Refused, IllegalMove) as refusal:
        return refused(said_by(refusal))
    messages.success(request, told)
    return HttpResponseRedirect(to)
