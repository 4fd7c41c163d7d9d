"""One claim of the member: its timeline, what is missing, the result line by line, and what can be done about it."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.claims import access
from mutualaid.claims.actions.objections import ask_for_review
from mutualaid.claims.actions.paying_anew import correct_payee
from mutualaid.claims.actions.reviewing import REASONS, withdraw_claim
from mutualaid.claims.application import application_pdf
from mutualaid.claims.checklist import ALL, signs_by_phone
from mutualaid.claims.letters import content_of, english_of
from mutualaid.claims.levels import levels_of_claim
from mutualaid.claims.models import Claim, Letter, ReviewTask, TaskKind
from mutualaid.claims.promises import DAYS_FOR_OBJECTION
from mutualaid.claims.queries import (
    Stands,
    beside_orders,
    facts_of,
    happened,
    may_object_until,
    pages_of,
    set_off_of,
    signatory,
    stands,
    wanted_of,
)
from mutualaid.claims.refusals import Refused
from mutualaid.claims.states import DECIDED, OPEN
from mutualaid.claims.words import kind_in_words, lines_in_words
from mutualaid.core.moves import IllegalMove
from mutualaid.payouts.queries import Step as Payment
from mutualaid.payouts.queries import balance, orders_of, steps_of
from mutualaid.people.contacts import NotAContact, masked_card
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.guards import members_and_kin
from mutualaid.web.common.requests import Request
from mutualaid.web.members.claim_forms import Account
from mutualaid.web.members.claim_parts import where_listed
from mutualaid.web.members.claim_told import steps_of_writing, timeline, where_to_go_on
from mutualaid.web.members.claim_writing import cards_known, payee_name, payee_of, payees_of
from mutualaid.web.members.showing import help_of, lang

WITHDRAWABLE = ("draft", "returned", *OPEN)


@members_and_kin
@require_safe
def claim(request: Request, number: str) -> HttpResponse:
    """Where it stands. A draft goes on where it was left."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    if found.state == "draft":
        steps = steps_of_writing(claim=found, facts=facts_of(claim=found), pages=pages_of(claim=found))
        return HttpResponseRedirect(where_to_go_on(steps))
    return _page(request, found)


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def claim_withdrawal(request: Request, number: str) -> HttpResponse:
    """Asks first; POST takes the claim back, or throws a draft away."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    draft = found.state == "draft"
    if request.method != "POST":
        if found.state not in WITHDRAWABLE:
            return HttpResponseRedirect(reverse("members:claim", args=[number]))
        return _asked(request, found, draft=draft)
    try:
        withdraw_claim(claim=found, by=request.actor, at=request.at)
    except (IllegalMove, Refused) as refused:
        return _page(request, found, refusal=said_by(refused), status=409)
    messages.success(request, _("草稿已删去") if draft else _("申请已撤回；需要时可以重新申请"))
    return HttpResponseRedirect(where_listed(found))


def _asked(request: Request, found: Claim, *, draft: bool) -> HttpResponse:
    back = where_listed(found) if draft else reverse("members:claim", args=[found.number])
    return confirmation(
        request,
        base="common/base_member.html",
        question=_("要删去这份草稿吗？") if draft else _("要撤回这份申请吗？"),
        action=_("删去草稿") if draft else _("撤回申请"),
        back=back,
        facts=[(_("申请编号"), found.number)],
        warning=_("填写的内容和上传的材料不再使用。")
        if draft
        else _("撤回后不再审核和付款；同一件事以后可以重新申请。"),
        danger=True,
    )


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def claim_review(request: Request, number: str) -> HttpResponse:
    """对结果有异议: the member asks that a person look again, and why; the law behind it is told."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    text = request.POST.get("text", "")[:2000]
    until = may_object_until(claim=found)
    late = until is not None and request.on > until
    context: dict[str, Any] = {
        "claim": found, "text": text, "days": DAYS_FOR_OBJECTION, "until": until, "late": late, "office": found.office,
    }  # fmt: skip
    context["can"] = found.state in DECIDED and not late and not _open_review(found)
    if request.method != "POST":
        return render(request, "members/claims/review.html", context)
    try:
        ask_for_review(claim=found, text=text, by=request.actor, at=request.at)
    except Refused as refused:
        return render(request, "members/claims/review.html", {**context, "refusal": said_by(refused)}, status=409)
    messages.success(request, _("已收到，将由没有参与原决定的人复核，结果会通知您"))
    return HttpResponseRedirect(reverse("members:claim", args=[number]))


@members_and_kin
@sensitive_post_parameters("account_number")
@require_http_methods(["GET", "HEAD", "POST"])
def claim_payee(request: Request, number: str) -> HttpResponse:
    """Another card after the bank could not pay."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    cards = cards_known(found)
    form = Account(
        request.POST if request.method == "POST" else None,
        cards=cards,
        payees=payees_of(found),
        told_payee=found.particulars.payee_name,
        initial={"which": "other", "bank_name": "", "payee": payee_name(found)},
    )
    waits = any(one.what == "to_correct" for one in steps_of(reference=number))
    context = {"claim": found, "form": form, "name": payee_name(found), "waits": waits}
    if request.method != "POST":
        return render(request, "members/claims/payee.html", context)
    if form.is_valid():
        try:
            correct_payee(claim=found, payee=payee_of(form, found), by=request.actor, at=request.at)
        except (Refused, NotAContact) as refused:
            form.add_error("account_number" if isinstance(refused, NotAContact) else None, said_by(refused))
            return render(request, "members/claims/payee.html", context, status=409)
        messages.success(request, _("已按新的账户重新付款"))
        return HttpResponseRedirect(reverse("members:claim", args=[number]))
    return render(request, "members/claims/payee.html", context, status=422)


@members_and_kin
@require_safe
def claim_application(request: Request, number: str) -> HttpResponse:
    """The application form as PDF, from a draft too."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    content = application_pdf(claim=found, lang=lang(), on=request.on)
    return _pdf(content, number, _("互助金申请书"))


@members_and_kin
@require_safe
def claim_letter(request: Request, number: str) -> HttpResponse:
    """The letter on the decision, with its proof; on English pages its reading in English."""
    letter = access.letter_for(actor=request.actor, number=number, on=request.on)
    english = request.GET.get("lang") == "en"
    return _pdf(english_of(letter=letter) if english else content_of(letter=letter), number, _("决定通知书"))


def _pdf(content: bytes, number: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    file = quote(f"{name}-{number}.pdf")
    response["Content-Disposition"] = f"inline; filename=\"{number}.pdf\"; filename*=UTF-8''{file}"
    return response


# --- the page ---------------------------------------------------------------------------------------------------------


def _page(request: Request, found: Claim, *, refusal: str = "", status: int = 200) -> HttpResponse:
    payments = steps_of(reference=found.number) if found.state == "approved" else []
    steps = timeline(claim=found, past=happened(claim=found), levels=levels_of_claim(claim=found), payments=payments)
    told = found.particulars
    context = {
        "claim": found,
        "told": told,
        "title": kind_in_words(kind=told.kind, lang=lang()),
        "account": masked_card(told.account_number)[-8:] if told.account_number else "",
        "steps": steps,
        "refusal": refusal,
        "can_withdraw": found.state in WITHDRAWABLE,
        "help": None if as_kin(request, found) else help_of(employer=found.employer, office=found.office),
        "listed": where_listed(found) if as_kin(request, found) else reverse("members:claims"),
        "acting": as_kin(request, found),
        "signatory": signatory(claim=found),
        "office": found.office,
        **_returned(found),
        **_result(found, payments, request.on),
        **_money(found),
    }
    return render(request, "members/claims/claim.html", context, status=status)


def as_kin(request: Request, found: Claim) -> bool:
    """Whether it is looked at by next of kin who filed it."""
    return found.by_key == request.actor.key and signs_by_phone(claim=found)


def _returned(found: Claim) -> dict[str, Any]:
    """All that is missing, and the named person who follows it up."""
    wanted = wanted_of(claim=found) if found.state == "returned" else None
    if wanted is None:
        return {}
    have = {page.word for page in pages_of(claim=found) if page.at >= wanted.at}
    names = [(ALL[word].word, said(ALL[word].zh, ALL[word].en), word in have) for word in wanted.words if word in ALL]
    return {"wanted": wanted, "wanted_papers": names}


def _result(found: Claim, payments: list[Payment], on: datetime.date) -> dict[str, Any]:
    """The calculation of a decided claim, by plan."""
    if found.state not in DECIDED:
        return {}
    stood = stands(claim=found)
    aside = found.state == "refused" and not found.counts
    told = found.particulars
    reasons = REASONS.get(told.reason_word)
    task = ReviewTask.objects.filter(claim=found, kind=TaskKind.OBJECTION).order_by("-id").first()
    until = may_object_until(claim=found)
    return {
        "decided": True,
        "found": stood,
        "lines": [] if stood is None or aside else _lines(stood),
        "aside": aside,
        "reason": said(*reasons) if reasons else "",
        "letter": Letter.objects.filter(claim=found).exists(),
        "task": task,
        "set_off": [(other, abs(amount), amount > 0) for other, amount in set_off_of(claim=found)],
        "can_object": (task is None or task.state != "open") and until is not None and on <= until,
        "object_until": until,
        "arrived": payments[-1].at if payments and payments[-1].what == "paid" else None,
        "to_correct": any(one.what == "to_correct" for one in payments),
        "automatic": found.first_by == "" and found.final_by == "",
    }


def _money(found: Claim) -> dict[str, Any]:
    """Of an approved claim: what was paid and is on its way, and what is to be returned or held back."""
    stood = stands(claim=found) if found.state == "approved" else None
    if stood is None:
        return {}
    money = balance(due=stood.total - beside_orders(claim=found), orders=orders_of(reference=found.number))
    return {"money": None if money.is_plain else money}


def _lines(stood: Stands) -> list[Any]:
    return lines_in_words(lines=[line for line in stood.lines if line.outcome != "none"], lang=lang())


def _open_review(found: Claim) -> bool:
    return ReviewTask.objects.filter(claim=found, kind=TaskKind.OBJECTION, state="open").exists()
