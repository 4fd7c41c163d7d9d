"""What people do with their own account: a clerk opens one, a member activates theirs, anybody changes the password."""

from __future__ import annotations

from importlib import import_module

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.own_account import open_own_account
from mutualaid.people.actions.sign_in import change_password
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import Account
from mutualaid.people.refusals import Refused
from mutualaid.web.common import sessions
from mutualaid.web.common.addresses import next_of
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import also_with_an_old_password, public, signed_in
from mutualaid.web.common.portals import EMPLOYERS, MEMBERS, Portal, portal_of
from mutualaid.web.common.requests import PublicRequest, Request

_TWICE = ("两次输入的密码应相同；得到的不同，请重新输入", "expected the password twice, found two; enter it again")


@public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: PublicRequest) -> HttpResponseBase:
    """A clerk opens an account and is signed in with it, for no employer yet."""
    if request.method != "POST":
        return _form(request, EMPLOYERS, "common/sign_in/account.html")
    given = request.POST
    try:
        _same(given.get("password", ""), given.get("again", ""))
        made = open_own_account(
            name=given.get("name", "").strip(),
            phone=given.get("phone", ""),
            password=given.get("password", ""),
            by=EMPLOYERS.actor,
            at=request.at,
        )
    except (Refused, NotAContact) as refused:
        return _form(request, EMPLOYERS, "common/sign_in/account.html", refused)
    sessions.begin(request, made, EMPLOYERS.kind, request.at)
    return HttpResponseRedirect(next_of(request, EMPLOYERS.home))


@public
@never_cache
@sensitive_post_parameters("password", "again", "code", "identity_tail")
@require_http_methods(["GET", "HEAD", "POST"])
def activation(request: PublicRequest) -> HttpResponseBase:
    """A member makes an account of the code that was handed to them and the last six places of their document."""
    if request.method != "POST":
        return _form(request, MEMBERS, "common/sign_in/activation.html")
    try:
        _same(request.POST.get("password", ""), request.POST.get("again", ""))
        made = _activated(request)
    except (Refused, NotAContact) as refused:
        return _form(request, MEMBERS, "common/sign_in/activation.html", refused)
    sessions.begin(request, made, MEMBERS.kind, request.at)
    return HttpResponseRedirect(reverse("members:welcome"))


def _activated(request: PublicRequest) -> Account:
    """The account that a code opened, as the system: who is nobody yet would be shown no member. What the action wrote of
    a failure stays, so the refusal is raised after that transaction. Raises Refused, NotAContact."""
    given = request.POST
    refusal: Exception
    with within([EVERYTHING]):
        try:
            return import_module("mutualaid.people.actions.activation").activate(  # type: ignore[no-any-return]
                code=given.get("code", "").strip(),
                identity_tail=given.get("identity_tail", "").strip(),
                name=given.get("name", "").strip(),
                password=given.get("password", ""),
                by=MEMBERS.actor,
                at=request.at,
            )
        except (Refused, NotAContact) as refused:
            refusal = refused
    raise refusal


@signed_in
@also_with_an_old_password
@never_cache
@sensitive_post_parameters("current", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: Request, portal: Portal) -> HttpResponseBase:
    """Another password. All other sessions of the account end; staff must when theirs is older than 90 days."""
    if request.method != "POST":
        return _form(request, portal, "common/sign_in/password.html")
    given = request.POST
    try:
        _same(given.get("password", ""), given.get("again", ""))
        changed = change_password(
            account=request.account,
            current=given.get("current", ""),
            password=given.get("password", ""),
            by=request.actor,
            at=request.at,
        )
    except Refused as refused:
        return _form(request, portal, "common/sign_in/password.html", refused)
    sessions.renew(request, changed)
    messages.success(request, said("密码已更改", "the password is changed"))
    return HttpResponseRedirect(portal_of(request.actor.kind).home)


def _same(one: str, other: str) -> None:
    if one != other:
        raise Refused(*_TWICE)


def _form(request: PublicRequest, portal: Portal, template: str, refused: Exception | None = None) -> HttpResponse:
    """A form; refused, it keeps what was typed but secrets."""
    context = {
        "portal": portal,
        "base": portal.base,
        "refusal": said_by(refused) if refused else "",
        "given": {name: request.POST.get(name, "") for name in ("name", "phone", "code")},
    }
    return TemplateResponse(request, template, context, status=409 if refused else 200)
