"""Ways to sign in. The seam for passkeys and single sign-on: the page, the session and the portals do not change.

A way says at which portals it is offered and which fragment of a form it shows, and turns a request into an account.

A way that leads through another site adds an address of its own that ends in ``sign_in.entered``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mutualaid.people.actions.sign_in import sign_in
from mutualaid.people.models import Account
from mutualaid.web.common.portals import PORTALS, Portal
from mutualaid.web.common.requests import PublicRequest


class Way(Protocol):
    """One way. ``template`` is included in the sign-in page of the portals named."""

    @property
    def code(self) -> str:
        """What the form sends as ``way``."""

    @property
    def portals(self) -> frozenset[str]:
        """Names of the portals at which it is offered."""

    @property
    def template(self) -> str:
        """The fragment of the form."""

    def account(self, request: PublicRequest, portal: Portal) -> Account:
        """Who has come. Raises people's Refused."""


@dataclass(frozen=True)
class ByPassword:
    """Name or phone, password, and for staff a code."""

    code: str = "password"
    portals: frozenset[str] = frozenset(PORTALS)
    template: str = "common/sign_in/by_password.html"

    def account(self, request: PublicRequest, portal: Portal) -> Account:
        """See Way."""
        return sign_in(
            name=request.POST.get("name", "").strip(),
            password=request.POST.get("password", ""),
            code="".join(request.POST.get("code", "").split()),
            by=portal.actor,
            at=request.at,
        )


WAYS: tuple[Way, ...] = (ByPassword(),)


def ways_at(portal: Portal) -> list[Way]:
    """What is offered at a portal."""
    return [way for way in WAYS if portal.name in way.portals]
