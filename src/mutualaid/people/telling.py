"""How people's actions tell somebody something: notices, which stand a layer above, lend their voice when Django starts.

Everything above ``people`` calls ``notices.actions`` itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Protocol

from mutualaid.core.actors import Actor
from mutualaid.people.models import Account


class Voice(Protocol):
    """``notices.actions.notify``."""

    def __call__(
        self,
        *,
        account: Account,
        portal: str,
        template: str,
        words: Mapping[str, object],
        link: str = "",
        by: Actor,
        at: datetime.datetime,
    ) -> object:
        """Tell an account something in one of its ends."""


_voices: list[Voice] = []


def speak_by(voice: Voice) -> None:
    """From now on ``tell`` speaks by this voice: called once, by the application of notices."""
    _voices[:] = [voice]


def tell(
    *,
    account: Account,
    portal: str,
    template: str,
    words: Mapping[str, object],
    link: str = "",
    by: Actor,
    at: datetime.datetime,
) -> None:
    """A notice, in the caller's transaction. Raises LookupError where nobody lent a voice: a slip in the settings."""
    if not _voices:
        raise LookupError("expected notices among the applications, found none: nobody can be told anything")
    _voices[0](account=account, portal=portal, template=template, words=words, link=link, by=by, at=at)
