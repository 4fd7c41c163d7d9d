"""What 会员端 tells the shell of its pages: the four tabs, who is signed in, how many notices are new."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mutualaid.web.common.navigation import Entry, Portal, register
from mutualaid.web.common.requests import PublicRequest


def unread(request: HttpRequest) -> int:
    """New notices."""
    standing = cast(PublicRequest, request).standing
    return standing.unread if standing is not None and standing.member is not None else 0


def who(request: HttpRequest) -> str:
    """The member's name; empty for whoever is none."""
    standing = cast(PublicRequest, request).standing
    return standing.name if standing is not None and standing.member is not None else ""


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
