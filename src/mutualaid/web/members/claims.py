"""理赔进度 and 我要理赔: the member's claims, open ones first, and the beginning of a new one."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models.query import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.claims import access
from mutualaid.claims.actions.drafting import begin_claim
from mutualaid.claims.models import Claim, Source
from mutualaid.claims.queries import FIRST, first_live_of_member, first_of_member, listed_for_member
from mutualaid.claims.refusals import FactsFaulty, Refused
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import covers_of_member
from mutualaid.people.access import member_self, own_member
from mutualaid.people.models import Employer
from mutualaid.people.queries import employment_on
from mutualaid.plans.claim_papers import papers_for
from mutualaid.plans.document import Document
from mutualaid.plans.queries import document_of, parts_of
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request
from mutualaid.web.members.claim_forms import KINDS
from mutualaid.web.members.claim_told import Row, row_of
from mutualaid.web.members.showing import cards_of, help_of, office_of

CLAIMABLE = ("in_force", "past")
PAGE = FIRST - 1


def own_claims(request: Request) -> QuerySet[Claim]:
    """The member's claims for a list: those that wait for somebody first, then the latest; drafts thrown away are gone."""
    return listed_for_member(among=access.claims_visible_to(actor=request.actor, on=request.on))


def open_rows(request: Request) -> list[Row]:
    """What home shows: the first of those that wait for somebody, and what was decided in the last days stays in the list."""
    own = own_member(actor=request.actor)
    return [row_of(claim) for claim in first_live_of_member(member=own)] if own is not None else []


def _asked(request: Request) -> Page[Claim]:
    """The page that is asked. Nearly all members have no more than one: then there is nothing to count."""
    own = own_member(actor=request.actor)
    first = first_of_member(member=own) if own is not None else []
    among: Any = first if len(first) <= PAGE else own_claims(request)
    return Paginator(among, PAGE).get_page(request.GET.get("page"))


@members_only
@require_safe
def claims(request: Request) -> HttpResponse:
    """All of them."""
    page = _asked(request)
    rows = [row_of(claim) for claim in page]
    employment = employment_on(member=member_self(actor=request.actor), on=request.on)
    help_ = help_of(employer=employment.employer if employment else None)
    return render(request, "members/claims.html", {"page": page, "rows": rows, "help": help_})


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def claim_new(request: Request) -> HttpResponse:
    """What happened: a card for each kind of event for which the member's plans pay, the others apart; POST ``kind`` begins."""
    member = member_self(actor=request.actor)
    kind = request.POST.get("kind", "")
    if request.method == "POST" and kind in KINDS:
        try:
            claim = begin_claim(member=member, source=Source.MEMBER, kind=kind, by=request.actor, at=request.at)
        except (Refused, FactsFaulty) as refused:
            return render(request, "members/claim_new.html", _choices(request, said_by(refused)), status=409)
        return HttpResponseRedirect(reverse("members:claim_visit", args=[claim.number]))
    return render(request, "members/claim_new.html", _choices(request), status=422 if request.method == "POST" else 200)


def _choices(request: Request, refusal: str = "") -> dict[str, object]:
    member = member_self(actor=request.actor)
    cards = cards_of(standings=covers_of_member(member=member, on=request.on), on=request.on)
    open_ = [card for card in cards if card.when in CLAIMABLE]
    paid = kinds_paid([card.cover for card in open_])
    employment = employment_on(member=member, on=request.on)
    employer: Employer | None = employment.employer if employment else None
    return {
        "refusal": refusal,
        "cards": open_,
        "waiting": [card for card in cards if card not in open_],
        "kinds": [(word, *KINDS[word]) for word in KINDS if word in paid],
        "others": [(word, *KINDS[word]) for word in KINDS if word not in paid],
        "drafts": [row_of(one) for one in own_claims(request).filter(state="draft")] if open_ else [],
        "help": help_of(employer=employer, office=office_of(cards=cards)),
    }


def kinds_paid(covers: list[Cover]) -> set[str]:
    """Kinds of event for which plans of covers pay."""
    documents: list[Document] = []
    for version in {cover.version_id: cover.version for cover in covers}.values():
        document = document_of(version=version)
        documents += [
            document,
            *(document_of(version=part) for part in (parts_of(version=version) if document.combines else [])),
        ]
    return {one.kind for one in papers_for(documents=documents)}
