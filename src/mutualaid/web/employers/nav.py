"""What 单位端 tells the shell around its pages: its entries, who is signed in, for which employer, how much is unread."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mutualaid.web.common.navigation import Entry, Portal, register
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.current import current_employer


def register_portal() -> None:
    """Once, when the application is ready."""
    register(
        Portal(
            key="employers",
            title=_("单位端"),
            entries=(
                Entry(_("待办"), "employers:home", "list-check"),
                Entry(_("可参加的计划"), "employers:plans", "shield-check", _("办理"), allowed=_bound),
                Entry(
                    _("参保单"),
                    "employers:enrolments",
                    "users-plus",
                    _("办理"),
                    allowed=_bound,
                    also=("employers:headers",),
                ),
                Entry(_("一键续保"), "employers:renewals", "refresh", _("办理"), allowed=_bound),
                Entry(_("综合保障计划"), "employers:packages", "stack-2", _("办理"), allowed=_bound),
                Entry(_("扫码参加"), "employers:joining_pages", "qrcode", _("办理"), allowed=_bound),
                Entry(_("集体保障"), "employers:groups", "users-group", _("办理"), allowed=_bound),
                Entry(
                    _("账单与缴费"),
                    "employers:bills",
                    "receipt-yuan",
                    _("办理"),
                    allowed=_bound,
                    also=("employers:order", "employers:order_closing", "employers:fiscal_face"),
                ),
                Entry(_("职工理赔"), "employers:claims", "heart-handshake", _("本单位"), allowed=_bound),
                Entry(_("会员身份确认"), "employers:confirmations", "user-check", _("本单位"), allowed=_bound),
                Entry(
                    _("职工保障"),
                    "employers:covers_here",
                    "users",
                    _("本单位"),
                    allowed=_bound,
                    also=("employers:covers", "employers:covers_export"),
                ),
                Entry(_("离职与退休"), "employers:leavers", "user-minus", _("本单位"), allowed=_bound),
                Entry(_("退费申请"), "employers:refunds", "receipt-refund", _("本单位"), allowed=_bound),
                Entry(
                    _("会员激活码"),
                    "employers:activations_here",
                    "key",
                    _("本单位"),
                    allowed=_bound,
                    also=("employers:activations",),
                ),
                Entry(
                    _("身份更正"),
                    "employers:corrections",
                    "edit",
                    _("本单位"),
                    allowed=_bound,
                    also=("employers:correction_new",),
                ),
                Entry(
                    _("代办员"),
                    "employers:clerks",
                    "id-badge-2",
                    _("本单位"),
                    also=("employers:clerk_new", "employers:clerk_form"),
                ),
                Entry(_("办事说明"), "employers:help", "help-circle", _("本单位")),
            ),
            home="employers:home",
            who=_who,
            place=_place,
            unread=_unread,
            help="employers:help",
            inbox="employers:notices",
            account="employers:account",
            sign_out="common:sign_out",
        )
    )


def _bound(request: HttpRequest) -> bool:
    return _who(request) != "" and current_employer(cast(Request, request)) is not None


def _who(request: HttpRequest) -> str:
    account = getattr(request, "account", None)
    return str(account.name) if account is not None else ""


def _unread(request: HttpRequest) -> int:
    return cast(Request, request).standing.unread


def _place(request: HttpRequest) -> str:
    employer = current_employer(cast(Request, request))
    return str(employer.unit.name) if employer is not None else ""
