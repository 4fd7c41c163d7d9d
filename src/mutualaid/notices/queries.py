"""Reads of notices: an inbox, as it is read in a language, and how many of it are new."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from mutualaid.core.actors import Actor
from mutualaid.notices.access import notices_visible_to
from mutualaid.notices.models import Notice
from mutualaid.notices.templates import render


@dataclass(frozen=True)
class Letter:
    """A notice as it is read."""

    key: uuid.UUID
    title: str
    text: str
    link: str
    at: datetime.datetime
    is_read: bool


def unread_count(*, actor: Actor) -> int:
    """How many of the actor's notices are new."""
    return notices_visible_to(actor=actor).filter(read_at=None).count()


def unread_of(*, account: str, portal: str) -> Coalesce:
    """The same for a column with the key of an account, within another statement: so each page of a portal tells it."""
    new = Notice.objects.filter(account=OuterRef(account), portal=portal, read_at=None).order_by().values("portal")
    return Coalesce(Subquery(new.annotate(n=Count("pk")).values("n")), 0)


def notices_of(*, actor: Actor, zh: bool, limit: int = 50, offset: int = 0) -> list[Letter]:
    """The actor's notices, latest first."""
    found = []
    for notice in notices_visible_to(actor=actor).order_by("-id")[offset : offset + limit]:
        said = render(notice.template, notice.words, zh=zh)
        found.append(Letter(notice.key, said.title, said.text, notice.link, notice.at, notice.read_at is not None))
    return found
