"""The context processor of the shell around pages: ``{{ shell }}`` knows the portal, its entries and the visitor.

Every part is looked up only when the template asks for it, so that a page without a bell counts no notices, and anonymous
pages work as well.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest

from mutualaid.web.common.navigation import Entry, Portal, address, portal_named, portal_of
from mutualaid.web.common.preferences import CARE_COOKIE


@dataclass(frozen=True)
class Shown:
    """An entry as the template shows it."""

    entry: Entry
    url: str
    current: bool
    count: int | None


class Shell:
    """What the base templates ask. ``portal`` is None on pages that all portals share."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def portal(self) -> Portal | None:
        """The portal whose page is shown, or in which a shared page is."""
        return portal_of(self._request) or portal_named(getattr(self._request, "shown_in", ""))

    @property
    def demo(self) -> str:
        """Where the story of the demonstration is told; empty in a real installation."""
        return address("demo:first") if settings.DEMO else ""

    @cached_property
    def care(self) -> bool:
        """Whether the visitor reads in the larger type (长辈版)."""
        return self._request.COOKIES.get(CARE_COOKIE) == "1"

    @cached_property
    def path(self) -> str:
        """Where to come back to after a change of language or type; a page that answers a POST is come back to bare."""
        return self._request.get_full_path() if self._request.method == "GET" else self._request.path

    @cached_property
    def who(self) -> str:
        """Name of the signed-in visitor, or empty."""
        return self.portal.who(self._request) if self.portal else ""

    @cached_property
    def place(self) -> str:
        """The office or employer for which the visitor works here, or empty."""
        return self.portal.place(self._request) if self.portal and self.portal.place and self.who else ""

    @cached_property
    def unread(self) -> int:
        """Unread notices of the visitor."""
        return self.portal.unread(self._request) if self.portal and self.portal.unread and self.who else 0

    @cached_property
    def nav(self) -> list[tuple[str, list[Shown]]]:
        """Groups of entries that this visitor sees, in the order registered."""
        groups: dict[str, list[Shown]] = {}
        entries = self.portal.entries if self.portal else ()
        seen = [(entry, address(entry.url)) for entry in entries if not entry.allowed or entry.allowed(self._request)]
        match = self._request.resolver_match
        page = match.view_name if match is not None else ""
        current = next((url for entry, url in seen if page in entry.also), "")
        current = current or max((url for _, url in seen if url and self._at(url)), key=len, default="")
        for entry, url in seen:
            if url:
                count = entry.count(self._request) if entry.count else None
                groups.setdefault(str(entry.group), []).append(Shown(entry, url, url == current, count))
        return list(groups.items())

    @cached_property
    def nav_key(self) -> Hashable:
        """All that the entries show: two visitors with the same are shown the same."""
        return self.portal, tuple((shown.entry, shown.url, shown.current, shown.count) for shown in self.tabs)

    @cached_property
    def tabs(self) -> list[Shown]:
        """The same entries without groups, for the tab bar of a phone."""
        return [shown for _, entries in self.nav for shown in entries]

    def _at(self, url: str) -> bool:
        """Whether the page shown is this one or lies below it; a portal's first page has everything below it."""
        path = getattr(self._request, "shown_at", "") or self._request.path
        return path == url or (path.startswith(url.rstrip("/") + "/") and url != self.home)

    @cached_property
    def home(self) -> str:
        """The portal's first page; elsewhere the site's."""
        return (address(self.portal.home) if self.portal else "") or "/"

    @cached_property
    def search(self) -> str:
        """Where the search box leads."""
        return address(self.portal.search) if self.portal else ""

    @cached_property
    def searched(self) -> str:
        """What was looked for, to stand in the search box."""
        return self._request.GET.get("q", "")

    @cached_property
    def help(self) -> str:
        """The page of help."""
        return address(self.portal.help) if self.portal else ""

    @cached_property
    def inbox(self) -> str:
        """The list of notices."""
        return address(self.portal.inbox) if self.portal else ""

    @cached_property
    def account(self) -> str:
        """The visitor's own settings."""
        return address(self.portal.account) if self.portal else ""

    @cached_property
    def sign_out(self) -> str:
        """Where the sign-out button posts to."""
        return address(self.portal.sign_out) if self.portal else ""


def shell(request: HttpRequest) -> dict[str, Shell]:
    """For ``TEMPLATES``."""
    return {"shell": Shell(request)}
