"""Signing in at the three portals, signing out, and the second factor that staff bind at their first sign-in."""

from __future__ import annotations

import datetime

import segno
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.people.actions.sign_in import (
    SecondFactorLacking,
    offer_totp,
    sign_in_by_first_code,
)
from mutualaid.people.models import Account
from mutualaid.people.queries import totp_address
from mutualaid.people.refusals import Refused
from mutualaid.web.common import sessions
from mutualaid.web.common.addresses import next_of, with_query
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import also_with_an_old_password, public, signed_in
from mutualaid.web.common.portals import WORKBENCH, Portal, portal_of
from mutualaid.web.common.requests import PublicRequest, Request
from mutualaid.web.common.ways import ways_at

_WHY = {
    "idle": (
        "您已有一段时间没有操作，为保护您的信息已退出，请重新登录",
        "you were away for a while and have been signed out",
    ),
    "long": ("本次登录已超过 12 小时，请重新登录", "you were signed in for 12 hours; sign in again"),
    "lost": (
        "您还没有登录，或登录已失效；刚才提交的没有收下，请登录后再提交一次",
        "you are not signed in, or no longer; what you sent was not received: sign in and send it again",
    ),
    "changed": ("账号或密码已变更，请重新登录", "the account or its password has changed; sign in again"),
}
_NOT_HERE = {
    "members": (
        "该账号还没有关联会员；请先用激活码激活，或到单位端、管理端登录",
        "this account belongs to no member; activate it with your code, or sign in at another end",
    ),
    "workbench": (
        "该账号不是管理端工作人员，或角色已到期；请到其他端登录",
        "this account holds no role here; sign in at another end",
    ),
}
_BINDING, _BINDING_UNTIL, _BINDING_NEXT = "binding", "binding_until", "binding_next"
_BINDING_LASTS = datetime.timedelta(minutes=10)


@public
@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: PublicRequest, portal: Portal) -> HttpResponseBase:
    """By name or phone and password, for staff with a code; other ways as ``ways`` says."""
    if request.method != "POST":
        why = _WHY.get(request.GET.get("why", ""))
        return _page(request, portal, note=said(*why) if why else "")
    ways = ways_at(portal)
    way = next((way for way in ways if way.code == request.POST.get("way")), ways[0])
    try:
        account = way.account(request, portal)
    except SecondFactorLacking as lacking:
        if portal is WORKBENCH:
            return _to_binding(request, lacking.account)
        return _page(request, portal, refusal=said_by(lacking), status=409)
    except Refused as refused:
        return _page(request, portal, refusal=said_by(refused), status=409)
    return entered(request, portal, account)


def entered(request: PublicRequest, portal: Portal, account: Account) -> HttpResponse:
    """An account has come by whatever way: in, if it stands for somebody at this portal."""
    if not sessions.stands_as(account, portal.kind, request.on):
        return _page(request, portal, refusal=said(*_NOT_HERE[portal.name]), status=409)
    sessions.begin(request, account, portal.kind, request.at)
    return HttpResponseRedirect(next_of(request, portal.home))


def _page(
    request: PublicRequest, portal: Portal, *, note: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "portal": portal,
        "heading": said(f"{portal.zh}登录", f"{portal.en}: sign in"),
        "ways": ways_at(portal),
        "next": next_of(request, ""),
        "name": request.POST.get("name", ""),
        "note": note,
        "refusal": refusal,
    }
    return TemplateResponse(request, "common/sign_in/sign_in.html", context, status=status)


@signed_in
@also_with_an_old_password
@require_POST
def sign_out(request: Request) -> HttpResponseBase:
    """Out: what the session held is gone."""
    portal = portal_of(request.actor.kind)
    sessions.end(request)
    return HttpResponseRedirect(portal.sign_in)


def _to_binding(request: PublicRequest, account: Account) -> HttpResponse:
    """Known by the password alone: good for ten minutes and for binding a second factor, nothing else."""
    request.session.flush()
    request.session[_BINDING] = account.pk
    request.session[_BINDING_UNTIL] = int((request.at + _BINDING_LASTS).timestamp())
    request.session[_BINDING_NEXT] = next_of(request, "")
    return HttpResponseRedirect(reverse("common:second_factor"))


def _bound_now(request: PublicRequest) -> Account | None:
    if request.at.timestamp() >= request.session.get(_BINDING_UNTIL, 0):
        return None
    found = Account.objects.filter(pk=request.session.get(_BINDING, 0), is_active=True, totp_confirmed_at=None)
    return found.first()


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: PublicRequest) -> HttpResponseBase:
    """A secret is handed out as QR code and as text; the first code from the app confirms it and signs in."""
    account = _bound_now(request)
    if account is None:
        return HttpResponseRedirect(with_query(WORKBENCH.sign_in, why="long" if _BINDING in request.session else ""))
    if request.method != "POST":
        return _binding_page(request, account)
    if "code" not in request.POST:
        offer_totp(account=account, by=WORKBENCH.actor, at=request.at)
        return HttpResponseRedirect(reverse("common:second_factor"))
    try:
        code = "".join(request.POST["code"].split())
        account = sign_in_by_first_code(account=account, code=code, by=WORKBENCH.actor, at=request.at)
    except Refused as refused:
        return _binding_page(request, account, said_by(refused))
    wanted = request.session.get(_BINDING_NEXT, "")
    if not sessions.stands_as(account, WORKBENCH.kind, request.on):
        sessions.end(request)
        return _page(request, WORKBENCH, refusal=said(*_NOT_HERE["workbench"]), status=409)
    sessions.begin(request, account, WORKBENCH.kind, request.at)
    return HttpResponseRedirect(wanted or WORKBENCH.home)


def _binding_page(request: PublicRequest, account: Account, refusal: str = "") -> HttpResponse:
    secret = account.totp_secret or ""
    image = (
        segno.make(totp_address(account=account), error="m").svg_data_uri(scale=5, border=4, omitsize=False)
        if secret
        else ""
    )
    context = {
        "image": image,
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "refusal": refusal,
    }
    return TemplateResponse(request, "common/sign_in/second_factor.html", context, status=409 if refusal else 200)
