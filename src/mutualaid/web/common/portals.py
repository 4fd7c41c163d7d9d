"""The three ends: how each is called in addresses, and as what one signs in there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from mutualaid.core.actors import Actor, ActorKind, system


@dataclass(frozen=True)
class Portal:
    """``name`` is the first part of its addresses, ``base`` the template that its pages extend."""

    name: str
    kind: ActorKind
    base: str
    zh: str
    en: str

    @property
    def home(self) -> str:
        """Its first page."""
        return f"/{self.name}/"

    @property
    def sign_in(self) -> str:
        """Where one signs in."""
        return reverse("common:sign_in", args=[self.name])

    @property
    def actor(self) -> Actor:
        """The portal itself: by whom things are done before anybody is signed in."""
        return system(self.name)


MEMBERS = Portal("members", ActorKind.MEMBER, "common/base_member.html", "会员端", "Members")
EMPLOYERS = Portal("employers", ActorKind.CLERK, "common/base_office.html", "单位端", "Employers")
WORKBENCH = Portal("workbench", ActorKind.STAFF, "common/base_office.html", "管理端", "Workbench")
PORTALS = {portal.name: portal for portal in (MEMBERS, EMPLOYERS, WORKBENCH)}


def portal_of(kind: ActorKind) -> Portal:
    """The end of an actor's kind."""
    return next(portal for portal in PORTALS.values() if portal.kind is kind)


class PortalConverter:
    """``<portal:portal>`` in addresses."""

    regex = "|".join(PORTALS)

    def to_python(self, value: str) -> Portal:
        """From the address."""
        return PORTALS[value]

    def to_url(self, value: Portal | str) -> str:
        """Into the address."""
        return value if isinstance(value, str) else value.name
