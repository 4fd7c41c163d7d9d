"""What 会员端 tells the shell of its pages: the four tabs, who is signed in, how many notices are new."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mutualaid.core.actors import ActorKind
from mutualaid.web.common.navigation import Entry, Portal, register
from mutualaid.web.common.requests import PublicRequest


def unread(request: HttpRequest) -> int:
    """New notices."""
    standing = cast(PublicRequest, request).standing
    return standing.unread if standing is not None and standing.actor.kind is ActorKind.MEMBER else 0


def who(request: HttpRequest) -> str:
    """The name of the member, or of next of kin; empty for whoever is neither."""
    standing = cast(PublicRequest, request).standing
    return standing.name if standing is not None and standing.actor.kind is ActorKind.MEMBER else ""


def is_member(request: HttpRequest) -> bool:
    """Whether it is a member, and not only next of kin of one."""
    standing = cast(PublicRequest, request).standing
    return standing is None or standing.actor.kind is not ActorKind.MEMBER or standing.member is not None


def is_kin_alone(request: HttpRequest) -> bool:
    """Whether it is next of kin who are no member themselves."""
    return not is_member(request)


def enter() -> None:
    """Make 会员端 known."""
    register(
        Portal(
            key="members",
            title=_("会员端"),
            entries=(
                Entry(_("首页"), "members:home", "home", allowed=is_member),
                Entry(_("保障"), "members:covers", "shield-check", allowed=is_member),
                Entry(_("代办"), "members:kinships", "users", allowed=is_kin_alone),
                Entry(_("消息"), "members:notices", "message", count=unread),
                Entry(_("我的"), "members:profile", "user", allowed=is_member),
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
