"""首页: my cover now, the three ways onward, what is new, whom to ask; and the first steps after an account was made."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mutualaid.enrolment.queries import covers_of_member
from mutualaid.people.access import member_self
from mutualaid.people.models import Employment, Member, Purpose
from mutualaid.people.queries import consents_of, employment_on
from mutualaid.plans.queries import offered
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request
from mutualaid.web.members.claims import open_rows
from mutualaid.web.members.showing import cards_of, help_of, office_of

ASKED_FIRST = (Purpose.ENROLMENT, Purpose.MESSAGES)
"""About what a new account is asked, one after the other."""


@members_only
@require_safe
def home(request: Request) -> HttpResponse:
    """The first page."""
    member = member_self(actor=request.actor)
    cards = cards_of(standings=covers_of_member(member=member, on=request.on), on=request.on)
    employment = employment_on(member=member, on=request.on)
    now = [card for card in cards if card.when == "in_force"]
    waiting = [card for card in cards if card.when in ("ahead", "pending")]
    context = {
        "member": member,
        "now": now,
        "waiting": waiting,
        "first": [*now, *waiting][:1],
        "others": [*now, *waiting][1:],
        "past": [card for card in cards if card.when == "past"],
        "employment": employment,
        "help": help_of(employer=employment.employer if employment else None, office=office_of(cards=cards)),
        "offered": _offered(employment, request) if not now and not waiting else [],
        "unanswered": _unanswered(member),
        "claims": open_rows(request),
    }
    return render(request, "members/home.html", context)


def _offered(employment: Employment | None, request: Request) -> list[object]:
    return list(offered(unit=employment.employer.unit, on=request.on)) if employment else []


@members_only
@require_safe
def welcome(request: Request) -> HttpResponse:
    """Where a new account leads: to what was not asked yet, one matter at a time, then home."""
    for purpose in _unanswered(member_self(actor=request.actor)):
        return HttpResponseRedirect(f"{reverse('members:consent', args=[purpose.value])}?after=welcome")
    return HttpResponseRedirect(reverse("members:home"))


def _unanswered(member: Member) -> list[Purpose]:
    answered = consents_of(member=member)
    return [purpose for purpose in ASKED_FIRST if purpose not in answered]
