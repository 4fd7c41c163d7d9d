"""What 会员端 tells the shell of its pages: the four tabs, who is signed in, how many notices are new."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mutualaid.core.actors import ActorKind
from mutualaid.notices.queries import unread_count
from mutualaid.people.access import member_self
from mutualaid.web.common.navigation import Entry, Portal, register
from mutualaid.web.common.requests import PublicRequest


def unread(request: HttpRequest) -> int:
    """New notices; counted once for a request, though tab and page both tell it."""
    standing = cast(PublicRequest, request).standing
    if standing is None or standing.actor.kind is not ActorKind.MEMBER:
        return 0
    found = getattr(request, "members_unread", None)
    if found is None:
        found = unread_count(actor=standing.actor)
        request.members_unread = found  # type: ignore[attr-defined]
    return int(found)


def who(request: HttpRequest) -> str:
    """The member's name; empty for whoever is none."""
    standing = cast(PublicRequest, request).standing
    if standing is None or standing.member is None:
        return ""
    return str(member_self(actor=standing.actor).name)


def enter() -> None:
    """Make 会员端 known."""
    register(
        Portal(
            key="members",
            title=_("会员端"),
            entries=(
                Entry(_("首页"), "members:home", "home"),
                Entry(_("保障"), "members:covers", "shield-check"),
                Entry(_("消息"), "members:notices", "message", count=unread),
                Entry(_("我的"), "members:profile", "user"),
            ),
            home="members:home",
            who=who,
            unread=unread,
            help="members:help",
            inbox="members:notices",
            account="members:profile",
            sign_out="common:sign_out",
        )
    )
