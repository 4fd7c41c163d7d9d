"""What a request carries beside Django's own: who asks, since when, within which branches, and the moment of the request."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Account, RoleName
from mutualaid.people.roles import Held


@dataclass(frozen=True)
class Standing:
    """Who is signed in, as what, and what PostgreSQL shows them: ``branches`` are paths of units."""

    account: Account
    actor: Actor
    branches: tuple[str, ...] = ()
    roles: frozenset[RoleName] = frozenset()
    """Roles of staff that are held today, in whatever branch."""
    people_branches: tuple[str, ...] = ()
    """Those of the branches in which the person deals with members and their papers."""
    member: int | None = None
    """The key of their own row, if they are signed in as a member; none of next of kin who are no member."""
    held: tuple[Held, ...] = ()
    """Of staff, the roles with the branches in which they hold."""
    name: str = ""
    """Of staff, members and next of kin; clerks go by their account's."""
    place: str = ""
    """The office where staff work."""
    unread: int = 0
    """Unread notices at this portal."""


@dataclass(frozen=True)
class Read:
    """Personal data was shown: what (a word of the glossary) and of which row."""

    what: str
    row: models.Model


@dataclass(frozen=True)
class Ended:
    """A session that ran out: as what it was, and why (``idle``, ``long``)."""

    kind: ActorKind
    why: str


class PublicRequest(HttpRequest):
    """A request of anybody."""

    at: datetime.datetime
    on: datetime.date
    standing: Standing | None
    ended: Ended | None
    htmx: HtmxDetails
    reads: list[Read]
    shown_in: str
    """Of a shared page: the portal whose entries stand beside it; not there where none do."""
    shown_at: str
    """Of such a page: the address of the page that it is about, whose entry is the current one."""


class Request(PublicRequest):
    """A request of somebody who is signed in: what a decorator other than ``public`` lets through."""

    actor: Actor
    account: Account
    standing: Standing


def address_of(request: HttpRequest) -> str:
    """The network address from which a browser comes: what our own proxy says where there is one, whatever the browser sent."""
    if settings.BEHIND_PROXY:
        return str(request.headers.get("X-Forwarded-For", "")).rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def note_read(request: Request, what: str, row: models.Model) -> None:
    """Remember that personal data was shown; the middleware writes it to the audit trail before the page is sent."""
    request.reads.append(Read(what, row))


def write_reads(request: PublicRequest) -> None:
    """The reads that a view noted, in a transaction of their own: that of a GET cannot write."""
    if request.reads and request.standing is not None:
        with within([EVERYTHING]):
            for read in request.reads:
                record(what=read.what, row=read.row, by=request.standing.actor, at=request.at)
        request.reads.clear()
