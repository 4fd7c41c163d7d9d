"""亲属代办: somebody asks to act for a relative who cannot, proves it, and once accepted files claims for them; and the member
sees who acts for them, and ends it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import access as claims_access
from mutualaid.claims import kin_access as access
from mutualaid.claims.actions.kin_checking import NO, end_kinship
from mutualaid.claims.actions.kin_claims import begin_kin_claim
from mutualaid.claims.actions.kinship import (
    REFUSALS,
    begin_kinship,
    submit_kinship,
    withdraw_kinship,
    write_kinship,
)
from mutualaid.claims.kinship import WAITING, WRITTEN, proofs_of
from mutualaid.claims.models import Ended, Kinship, Why
from mutualaid.claims.promises import DAYS
from mutualaid.claims.queries import listed_for_member
from mutualaid.claims.refusals import FactsFaulty, Refused, Unfinished
from mutualaid.core.moves import IllegalMove
from mutualaid.people.actions.kin import open_kin_account
from mutualaid.people.contacts import NotAContact
from mutualaid.people.identity import IdentityKind, NotAnIdentity
from mutualaid.people.names import NotAName
from mutualaid.people.queries import offices_to_ask
from mutualaid.web.common import sessions
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.guards import members_and_kin, public
from mutualaid.web.common.portals import MEMBERS
from mutualaid.web.common.requests import PublicRequest, Request
from mutualaid.web.members.claim_forms import KIN_KINDS
from mutualaid.web.members.claim_told import row_of
from mutualaid.web.members.kin_forms import REASONS, RELATIONS, Asking, KinAccount, told_before

CLAIMS_MOST = 50


@public
@never_cache
@sensitive_post_parameters("password", "again", "identity_number")
@require_http_methods(["GET", "HEAD", "POST"])
def kin_account(request: PublicRequest) -> HttpResponseBase:
    """Somebody who is no member opens an account by their own telephone, and is signed in with it."""
    form = KinAccount(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "members/kin/account.html", {"form": form})
    if not form.is_valid():
        return render(request, "members/kin/account.html", {"form": form}, status=422)
    given = form.cleaned_data
    try:
        made = open_kin_account(
            name=given["name"],
            identity_kind=IdentityKind(given["identity_kind"]),
            identity_number=given["identity_number"],
            phone=given["phone"],
            password=given["password"],
            by=MEMBERS.actor,
            at=request.at,
        )
    except (Refused, NotAName, NotAnIdentity, NotAContact) as refused:
        fields: dict[type, str] = {NotAName: "name", NotAnIdentity: "identity_number", NotAContact: "phone"}
        form.add_error(fields.get(type(refused)), said_by(refused))
        return render(request, "members/kin/account.html", {"form": form}, status=409)
    sessions.begin(request, made, MEMBERS.kind, request.at)
    return HttpResponseRedirect(reverse("members:kinship_new"))


@members_and_kin
@require_safe
def kinships(request: Request) -> HttpResponse:
    """For whom one acts or asked to act, and who acts for oneself."""
    return _list(request)


def _list(request: Request, *, refusal: str = "", status: int = 200) -> HttpResponse:
    mine = access.kinships_visible_to(actor=request.actor, on=request.on)
    over = access.kinships_over(actor=request.actor).order_by("-id") if request.standing.member else []
    context = {
        "mine": [_row(one) for one in mine.order_by("-id")],
        "over": [_row(one) for one in over],
        "is_member": request.standing.member is not None,
        "refusal": refusal,
    }
    return render(request, "members/kin/kinships.html", context, status=status)


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def kinship_new(request: Request) -> HttpResponse:
    """For whom, as what and why; then the proof."""
    form = Asking(request.POST if request.method == "POST" else None, offices=offices_to_ask())
    if request.method == "POST" and form.is_valid():
        try:
            row = begin_kinship(account=request.account, told=form.told(), by=request.actor, at=request.at)
        except REFUSALS as refused:
            return _told_page(request, form, None, refused)
        return HttpResponseRedirect(reverse("members:kinship", args=[row.number]))
    return _told_page(request, form, None)


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def kinship_told(request: Request, number: str) -> HttpResponse:
    """The same, changed, as long as it is written."""
    found = access.kinship_for(actor=request.actor, number=number, on=request.on)
    if found.state not in WRITTEN and request.method != "POST":
        return HttpResponseRedirect(reverse("members:kinship", args=[number]))
    sent = request.POST if request.method == "POST" else None
    form = Asking(sent, offices=offices_to_ask(), initial=told_before(found))
    if request.method == "POST" and form.is_valid():
        try:
            write_kinship(kinship=found, told=form.told(), by=request.actor, at=request.at)
        except REFUSALS as refused:
            return _told_page(request, form, found, refused)
        return HttpResponseRedirect(reverse("members:kinship", args=[number]))
    return _told_page(request, form, found)


def _told_page(request: Request, form: Asking, found: Kinship | None, refused: Exception | None = None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    if refused is not None:
        fields: dict[type, str] = {NotAName: "name", NotAnIdentity: "identity_number"}
        form.add_error(fields.get(type(refused)), said_by(refused))
        status = 409
    return render(request, "members/kin/told.html", {"form": form, "kinship": found}, status=status)


@members_and_kin
@require_safe
def kinship(request: Request, number: str) -> HttpResponse:
    """How it stands: the proof to bring, the answer, and once accepted the claims that were filed by it."""
    return page_of(request, access.kinship_for(actor=request.actor, number=number, on=request.on))


@members_and_kin
@require_POST
def kinship_submission(request: Request, number: str) -> HttpResponse:
    """To be checked. Whoever is asked about, the answer is the same."""
    found = access.kinship_for(actor=request.actor, number=number, on=request.on)
    try:
        submit_kinship(kinship=found, by=request.actor, at=request.at)
    except Unfinished as refused:
        return page_of(request, found, missing=[said(zh, en) for _word, zh, en in refused.missing], status=409)
    except IllegalMove as refused:
        return page_of(request, found, refusal=said_by(refused), status=409)
    messages.success(request, _("已提交，核对结果会在“消息”里告诉您"))
    return HttpResponseRedirect(reverse("members:kinship", args=[number]))


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def kinship_ending(request: Request, number: str) -> HttpResponse:
    """Asks first; POST takes a request back, or ends that somebody acts: by themselves, or by the member for whom they do."""
    found = access.kinship_to_end(actor=request.actor, number=number, on=request.on)
    mine = found.account_id == request.account.pk
    ends = found.state not in WAITING
    if request.method != "POST":
        return _ending_asked(request, found, mine=mine, ends=ends)
    try:
        if ends:
            why = Ended.KIN if mine else Ended.MEMBER
            end_kinship(kinship=found, why=why, by=request.actor, at=request.at)
        else:
            withdraw_kinship(kinship=found, by=request.actor, at=request.at)
    except IllegalMove as refused:
        if mine:
            return page_of(request, found, refusal=said_by(refused), status=409)
        return _list(request, refusal=said_by(refused), status=409)
    messages.success(request, _("代办已终止") if ends else _("代办申请已撤回"))
    return HttpResponseRedirect(reverse("members:kinships"))


def _ending_asked(request: Request, found: Kinship, *, mine: bool, ends: bool) -> HttpResponse:
    question = _("不再为这位会员代办吗？") if mine else _("不再让此人为您代办吗？")
    warning = (
        _("终止后看不到已提交的申请，填写中的会删去；已提交的由经办机构继续办理。")
        if mine
        else _("终止后对方不能再提交、也看不到您的申请；已提交的由经办机构继续办理，您自己可以查看。")
    )
    facts = [(_("编号"), found.number), (_("代办人"), found.name)]
    return confirmation(
        request,
        base="common/base_member.html",
        question=question if ends else _("要撤回这份代办申请吗？"),
        action=_("终止代办") if ends else _("撤回"),
        back=reverse("members:kinship", args=[found.number]) if mine else reverse("members:kinships"),
        facts=facts,
        warning=warning if ends else _("撤回后不再核对；需要时可以重新申请。"),
        danger=True,
    )


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def kin_claim_new(request: Request, number: str) -> HttpResponse:
    """What happened to the member; POST ``kind`` begins a claim for them."""
    found = access.kinship_for(actor=request.actor, number=number, on=request.on)
    kind = request.POST.get("kind", "")
    if request.method == "POST" and kind in KIN_KINDS:
        try:
            claim = begin_kin_claim(kinship=found, kind=kind, by=request.actor, at=request.at)
        except (Refused, FactsFaulty) as refused:
            return page_of(request, found, refusal=said_by(refused), status=409)
        return HttpResponseRedirect(reverse("members:claim_visit", args=[claim.number]))
    if found.state != "accepted":
        return HttpResponseRedirect(reverse("members:kinship", args=[number]))
    first = ["death"] if found.why == Why.DECEASED else []
    kinds = [(word, *KIN_KINDS[word]) for word in [*first, *(one for one in KIN_KINDS if one not in first)]]
    status = 422 if request.method == "POST" else 200
    return render(request, "members/kin/claim_new.html", {"kinship": found, "kinds": kinds}, status=status)


# --- the page ---------------------------------------------------------------------------------------------------------


def _row(one: Kinship) -> dict[str, Any]:
    return {
        "kinship": one,
        "relation": RELATIONS[one.relation],
        "why": REASONS[one.why],
        "in_force": one.state == "accepted",
    }


def page_of(
    request: Request, found: Kinship, *, refusal: str = "", missing: list[str] | None = None, status: int = 200
) -> HttpResponse:
    written = found.state in WRITTEN
    among = claims_access.claims_as_kin(actor=request.actor).filter(by_kin__kinship=found)
    claims = [row_of(one) for one in listed_for_member(among=among)[:CLAIMS_MOST]] if found.state == "accepted" else []
    context = {
        **_row(found),
        "written": written,
        "proofs": proofs_of(kinship=found) if written else [],
        "can_withdraw": found.state in WAITING,
        "claims": claims,
        "files": found.state == "accepted" and found.expires_on is not None and request.on < found.expires_on,
        "answer": said(*NO[found.answer]) if found.answer in NO else found.answer,
        "refusal": refusal,
        "missing": missing or [],
        "days": DAYS,
    }
    return render(request, "members/kin/kinship.html", context, status=status)
