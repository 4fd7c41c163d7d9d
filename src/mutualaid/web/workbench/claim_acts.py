"""管理端: what reviewers do with a claim, one action each; then on to the next claim of the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mutualaid.claims import access, queries
from mutualaid.claims.actions.desk import add_note, hand_over
from mutualaid.claims.actions.reviewing import (
    approve_claim,
    correct_facts,
    pass_first_review,
    refuse_claim,
    return_for_papers,
    send_back,
    set_aside,
    withdraw_claim,
)
from mutualaid.claims.models import Claim
from mutualaid.claims.refusals import FactsFaulty
from mutualaid.people.models import Staff
from mutualaid.people.refusals import Refused
from mutualaid.plans.trial import EVENT_FIELDS, TrialRefused, event_of
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.claim_forms import FACTS, NOBODY, ActForm, FactsForm, form_for, staff_for
from mutualaid.web.workbench.claim_page import around_of, claim_shown

Do = Callable[[Mapping[str, Any]], object]
"""What is done with what was typed."""


def _done(request: Request, claim: Claim, word: str, do: Do, told: str, *, stay: bool = False) -> HttpResponseBase:
    """Do it, and go on to the next claim of the queue (with ``stay``, back to this one); the page again where it is refused."""
    form = form_for(request, claim, word, request.POST)
    if not form.is_valid():
        return claim_shown(request, claim.number, form=form, status=422)
    around = around_of(request, claim.number)
    try:
        do({**form.cleaned_data, "seen": form.cleaned_data.get("seen") or 0})
    except FactsFaulty as refusal:
        _beside(form, [(fault.path, said(fault)) for fault in refusal.faults])
        return claim_shown(request, claim.number, form=form, status=409)
    except TrialRefused as refusal:
        _beside(form, [(fault.place, said(fault)) for fault in refusal.faults])
        return claim_shown(request, claim.number, form=form, status=422)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return claim_shown(request, claim.number, form=form, status=409)
    messages.success(request, told)
    return HttpResponseRedirect(_where(claim.number if stay else around.next, around.asked))


def _where(number: str, asked: str) -> str:
    page = reverse("workbench:claim", args=[number]) if number else reverse("workbench:claims")
    return with_query(page, list=asked) if number and asked else f"{page}?{asked}" if asked else page


def _beside(form: ActForm, faults: list[tuple[str, str]]) -> None:
    """Each fault beside its field; what has no field of ours above the form."""
    for place, text in faults:
        name = place.removeprefix("event.").removeprefix("amounts.").partition("[")[0].partition(".")[0]
        if isinstance(form, FactsForm) and name in form.event.fields:
            form.event.add_error(name, text)
        else:
            form.add_error(None, text)
    if isinstance(form, FactsForm) and form.event.errors and not form.errors:
        form.add_error(None, _("请改正标出的各项"))


# --- deciding ---------------------------------------------------------------------------------------------------------


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_passing(request: Request, number: str) -> HttpResponseBase:
    """The first review is passed; another person decides."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)

    def do(given: Mapping[str, Any]) -> object:
        return pass_first_review(claim=found, seen=given["seen"], by=request.actor, at=request.at)

    return _done(request, found, "pass", do, _("%s 初审通过，已转复审") % number)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_approval(request: Request, number: str) -> HttpResponseBase:
    """It is approved: benefits are ordered to be paid."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)

    def do(given: Mapping[str, Any]) -> object:
        return approve_claim(claim=found, seen=given["seen"], by=request.actor, at=request.at)

    return _done(request, found, "approve", do, _("%s 已核准，付款单已生成") % number)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_refusal(request: Request, number: str) -> HttpResponseBase:
    """Nothing is due by the rules."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)

    def do(given: Mapping[str, Any]) -> object:
        return refuse_claim(claim=found, seen=given["seen"], by=request.actor, at=request.at)

    return _done(request, found, "refuse", do, _("%s 已按规则不予支付") % number)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_exclusion(request: Request, number: str) -> HttpResponseBase:
    """A person refuses it, with a reason."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)

    def do(given: Mapping[str, Any]) -> object:
        return set_aside(claim=found, reason=given["reason"], text=given["text"], by=request.actor, at=request.at)

    return _done(request, found, "aside", do, _("%s 不予支付，原因已写入决定书") % number)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_return(request: Request, number: str) -> HttpResponseBase:
    """Back to the member for papers, all asked for at once."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)
    staff = {str(one.account.name): one for one in staff_for(request, found)}

    def do(given: Mapping[str, Any]) -> object:
        told = {"words": given["words"], "text": given["text"], "contact": staff[given["contact"]]}
        return return_for_papers(claim=found, **told, by=request.actor, at=request.at)

    return _done(request, found, "return", do, _("%s 已退回补材料，会员已收到通知") % number)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_step_back(request: Request, number: str) -> HttpResponseBase:
    """One level back."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)

    def do(given: Mapping[str, Any]) -> object:
        return send_back(claim=found, text=given["text"], by=request.actor, at=request.at)

    return _done(request, found, "back", do, _("%s 已退回上一环节") % number)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_facts(request: Request, number: str) -> HttpResponseBase:
    """Facts are corrected by the papers; it is computed anew at once."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)
    told = {field.name: request.POST.get(f"fact-{field.name}", "")[:500] for field in FACTS}

    def do(given: Mapping[str, Any]) -> object:
        facts = {**_other_facts(found), **event_of(told=told)}
        return correct_facts(claim=found, facts=facts, reason=given["reason"], by=request.actor, at=request.at)

    return _done(request, found, "facts", do, _("%s 已更正，并重新理算") % number, stay=True)


def _other_facts(claim: Claim) -> dict[str, Any]:
    """Facts that the form does not have, such as those of a settlement that came by interface: they stay."""
    known = {field.name for field in EVENT_FIELDS} | {"amounts"}
    return {name: value for name, value in queries.facts_of(claim=claim).items() if name not in known}


# --- the desk ---------------------------------------------------------------------------------------------------------


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_assignment(request: Request, number: str) -> HttpResponseBase:
    """Whose it is to deal with: mine, a colleague's, anybody's."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)
    staff: dict[str, Staff | None] = {str(one.account.name): one for one in staff_for(request, found)}

    def do(given: Mapping[str, Any]) -> object:
        return hand_over(claim=found, to={**staff, NOBODY: None}[given["to"]], by=request.actor, at=request.at)

    return _done(request, found, "assign", do, _("%s 的承办人已保存") % number, stay=True)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_notes(request: Request, number: str) -> HttpResponseBase:
    """A remark among those who deal with it."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)

    def do(given: Mapping[str, Any]) -> object:
        return add_note(claim=found, text=given["text"], by=request.actor, at=request.at)

    return _done(request, found, "note", do, _("备注已保存"), stay=True)


@staff_only(roles=access.COUNTER)
@require_POST
def claim_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """The member stands at the counter and takes it back."""
    found = access.claim_to_write(actor=request.actor, number=number, on=request.on)

    def do(_given: Mapping[str, Any]) -> object:
        return withdraw_claim(claim=found, by=request.actor, at=request.at)

    return _done(request, found, "withdraw", do, _("%s 已撤回") % number, stay=True)


urlpatterns: list[URLPattern] = [
    path("claims/<claim_number:number>/first-review", claim_passing, name="claim_passing"),
    path("claims/<claim_number:number>/approval", claim_approval, name="claim_approval"),
    path("claims/<claim_number:number>/refusal", claim_refusal, name="claim_refusal"),
    path("claims/<claim_number:number>/exclusion", claim_exclusion, name="claim_exclusion"),
    path("claims/<claim_number:number>/return", claim_return, name="claim_return"),
    path("claims/<claim_number:number>/step-back", claim_step_back, name="claim_step_back"),
    path("claims/<claim_number:number>/facts", claim_facts, name="claim_facts"),
    path("claims/<claim_number:number>/assignment", claim_assignment, name="claim_assignment"),
    path("claims/<claim_number:number>/notes", claim_notes, name="claim_notes"),
    path("claims/<claim_number:number>/withdrawal", claim_withdrawal, name="claim_withdrawal"),
]
