"""管理端: what reviewers do with a claim, one action each; then on to the next claim of the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from mutualaid.claims import access
from mutualaid.claims.actions.confirming import confirm_for_employer
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
from mutualaid.claims.models import Claim, How
from mutualaid.claims.refusals import FactsFaulty
from mutualaid.people.models import Staff
from mutualaid.people.refusals import Refused
from mutualaid.plans.trial import TrialRefused
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.claim_forms import NOBODY, beside, facts_told, form_for, staff_for
from mutualaid.web.workbench.claim_page import around_of, claim_shown

Given = Mapping[str, Any]
"""What was typed."""


@dataclass(frozen=True)
class Deed:
    """One thing that is done with a claim, and what the visitor is then told. ``stay``: they come back to the claim instead of
    going on to the next of the queue."""

    do: Callable[[Request, Claim, Given], object]
    told: Any
    stay: bool = False


def _done(request: Request, claim: Claim, word: str) -> HttpResponseBase:
    """Do what a word of ``DEEDS`` says, and go on; the page again where it is refused."""
    deed = DEEDS[word]
    form = form_for(request, claim, word, request.POST)
    if not form.is_valid():
        return claim_shown(request, claim.number, form=form, status=422)
    around = around_of(request, claim.number)
    try:
        deed.do(request, claim, {**form.cleaned_data, "seen": form.cleaned_data.get("seen") or 0})
    except (FactsFaulty, TrialRefused) as refusal:
        beside(form, refusal)
        return claim_shown(request, claim.number, form=form, status=409 if isinstance(refusal, FactsFaulty) else 422)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return claim_shown(request, claim.number, form=form, status=409)
    messages.success(request, str(deed.told) % claim.number)
    return HttpResponseRedirect(_where(claim.number if deed.stay else around.next, around.asked))


def _where(number: str, asked: str) -> str:
    page = reverse("workbench:claim", args=[number]) if number else reverse("workbench:claims")
    return with_query(page, list=asked) if number and asked else f"{page}?{asked}" if asked else page


# --- what is done -----------------------------------------------------------------------------------------------------


def _who(request: Request) -> dict[str, Any]:
    return {"by": request.actor, "at": request.at}


def _seen(action: Callable[..., object]) -> Callable[[Request, Claim, Given], object]:
    """An action that is told which computation was looked at."""
    return lambda request, claim, given: action(claim=claim, seen=given["seen"], **_who(request))


def _return(request: Request, claim: Claim, given: Given) -> object:
    contact = _by_name(request, claim)[given["contact"]]
    return return_for_papers(claim=claim, words=given["words"], text=given["text"], contact=contact, **_who(request))


def _hand_over(request: Request, claim: Claim, given: Given) -> object:
    to = None if given["to"] == NOBODY else _by_name(request, claim)[given["to"]]
    return hand_over(claim=claim, to=to, **_who(request))


def _confirm(request: Request, claim: Claim, given: Given) -> object:
    is_so = given["confirmed"] == "yes"
    told = {"confirmed": is_so, "remark": "" if is_so else given["remark"], "how": How(given["how"])}
    return confirm_for_employer(claim=claim, **told, ascertained=given["ascertained"], **_who(request))


def _by_name(request: Request, claim: Claim) -> dict[str, Staff]:
    return {str(one.account.name): one for one in staff_for(request, claim)}


DEEDS: Mapping[str, Deed] = {
    "pass": Deed(_seen(pass_first_review), gettext_lazy("%s 初审通过，已转复审")),
    "approve": Deed(_seen(approve_claim), gettext_lazy("%s 已核准，付款单已生成")),
    "refuse": Deed(_seen(refuse_claim), gettext_lazy("%s 已按规则不予支付")),
    "aside": Deed(
        lambda request, claim, given: set_aside(
            claim=claim, reason=given["reason"], text=given["text"], **_who(request)
        ),
        gettext_lazy("%s 不予支付，原因已写入决定书"),
    ),
    "return": Deed(_return, gettext_lazy("%s 已退回补材料，会员已收到通知")),
    "back": Deed(
        lambda request, claim, given: send_back(claim=claim, text=given["text"], **_who(request)),
        gettext_lazy("%s 已退回上一环节"),
    ),
    "facts": Deed(
        lambda request, claim, given: correct_facts(
            claim=claim, facts=facts_told(request, claim), reason=given["reason"], **_who(request)
        ),
        gettext_lazy("%s 已更正，并重新理算"),
        stay=True,
    ),
    "assign": Deed(_hand_over, gettext_lazy("%s 的承办人已保存"), stay=True),
    "note": Deed(
        lambda request, claim, given: add_note(claim=claim, text=given["text"], **_who(request)),
        gettext_lazy("%s 的备注已保存"),
        stay=True,
    ),
    "confirm": Deed(_confirm, gettext_lazy("%s 已代单位确认，转初审；须由他人审核"), stay=True),
    "withdraw": Deed(
        lambda request, claim, _given: withdraw_claim(claim=claim, **_who(request)),
        gettext_lazy("%s 已撤回"),
        stay=True,
    ),
}
"""By the word of the form (``claim_forms``)."""


# --- for whom ---------------------------------------------------------------------------------------------------------


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_act(request: Request, number: str, word: str) -> HttpResponseBase:
    """What reviewers do at the level at which the claim is."""
    return _done(request, access.claim_to_review(actor=request.actor, number=number, on=request.on), word)


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def claim_notes(request: Request, number: str) -> HttpResponseBase:
    """A remark among those who deal with it, at whatever level it is."""
    return _done(request, access.claim_for(actor=request.actor, number=number, on=request.on), "note")


@staff_only(roles=access.FOR_EMPLOYER)
@require_POST
def claim_confirmation(request: Request, number: str) -> HttpResponseBase:
    """The office found out about the membership where nobody answers for the employer."""
    return _done(request, access.claim_to_confirm_for(actor=request.actor, number=number, on=request.on), "confirm")


@staff_only(roles=access.COUNTER)
@require_POST
def claim_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """The member stands at the counter and takes it back."""
    return _done(request, access.claim_to_write(actor=request.actor, number=number, on=request.on), "withdraw")


def _act(noun: str, word: str, name: str) -> URLPattern:
    return path(f"claims/<claim_number:number>/{noun}", claim_act, {"word": word}, name=name)


urlpatterns: list[URLPattern] = [
    _act("first-review", "pass", "claim_passing"),
    _act("approval", "approve", "claim_approval"),
    _act("refusal", "refuse", "claim_refusal"),
    _act("exclusion", "aside", "claim_exclusion"),
    _act("return", "return", "claim_return"),
    _act("step-back", "back", "claim_step_back"),
    _act("facts", "facts", "claim_facts"),
    _act("assignment", "assign", "claim_assignment"),
    path("claims/<claim_number:number>/notes", claim_notes, name="claim_notes"),
    path("claims/<claim_number:number>/confirmation", claim_confirmation, name="claim_confirmation"),
    path("claims/<claim_number:number>/withdrawal", claim_withdrawal, name="claim_withdrawal"),
]
