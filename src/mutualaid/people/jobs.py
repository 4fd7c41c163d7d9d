"""What the worker does for people: answers that were kept for programs are forgotten in time."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import system
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import timer
from mutualaid.people.actions.clients import clear_calls


@timer("40 18 * * *", name="people.clear_calls")
def clear_api_calls(*, at: datetime.datetime) -> None:
    """Each night: answers to programs that are older than they are kept."""
    with within([EVERYTHING]):
        clear_calls(by=system("people"), at=at)
