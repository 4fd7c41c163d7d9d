"""What each portal tells the shell of its pages: its entries, who is signed in, how much is unread.

A portal registers itself once, in its application's ``ready()``: ``register(Portal(...))``. The shell asks per request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, reverse

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of the side bar or the tab bar.

    ``label`` and ``group`` are texts to translate (``gettext_lazy``); ``url`` the name of a page without arguments,
    such as ``workbench:rosters``; ``icon`` one of Tabler's outline icons. ``allowed`` says whether this visitor sees
    the entry (it hides, ``access`` refuses); ``count`` a number beside it, such as the open tasks; None shows none.
    ``also``: names of pages that belong to it though their addresses do not lie below its own.
    """

    label: StrOrPromise
    url: str
    icon: str
    group: StrOrPromise = ""
    allowed: Callable[[HttpRequest], bool] | None = None
    count: Callable[[HttpRequest], int | None] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Portal:
    """One of the ends. ``key`` is its URL namespace: ``members``, ``employers`` or ``workbench``.

    ``home``, ``search``, ``help``, ``inbox``, ``account`` and ``sign_out`` are names of pages; an empty one is not shown.
    ``who`` gives the name to show for a signed-in visitor, empty for an anonymous one; ``place`` the office or employer
    beside it; ``unread`` the number of unread notices. They are called only when a page shows them.
    """

    key: str
    title: StrOrPromise
    entries: tuple[Entry, ...]
    home: str
    who: Callable[[HttpRequest], str]
    place: Callable[[HttpRequest], str] | None = None
    unread: Callable[[HttpRequest], int] | None = None
    search: str = ""
    search_hint: StrOrPromise = ""
    help: str = ""
    inbox: str = ""
    account: str = ""
    sign_out: str = ""


_PORTALS: dict[str, Portal] = {}


def register(portal: Portal) -> None:
    """Make a portal known. Registering a key again replaces it (an application is made ready once; tests do it often)."""
    _PORTALS[portal.key] = portal


def portal_of(request: HttpRequest) -> Portal | None:
    """The portal whose page is asked for; None on shared pages and where no page was found."""
    match = request.resolver_match
    return _PORTALS.get(match.namespaces[0]) if match is not None and match.namespaces else None


def portal_named(key: str) -> Portal | None:
    """The portal with a URL namespace."""
    return _PORTALS.get(key)


def address(name: str) -> str:
    """The path of a page by name; empty for an empty name and for a page that is not there."""
    return _address(name, get_resolver(get_urlconf())) if name else ""


@lru_cache(maxsize=1000)
def _address(name: str, _resolver: URLResolver) -> str:
    """Each page of a portal asks for its two dozen entries: the same as long as the addresses are the same."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
