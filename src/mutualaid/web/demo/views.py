"""The first screen of the demonstration, signing in by one click, the files of the story. There is no such address elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions.models import Fund
from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.papers import CSV, PDF, PNG, XLSX
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Account, Member
from mutualaid.web.common import sessions
from mutualaid.web.common.addresses import next_of
from mutualaid.web.common.guards import public
from mutualaid.web.common.portals import portal_of
from mutualaid.web.common.requests import PublicRequest
from mutualaid.web.demo import cast, phones, samples, story, story_papers
from mutualaid.web.demo.cashiers import cashiers
from mutualaid.web.demo.seeding import opened_for, refuse_outside

_OF_REPORTS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"


@public
@never_cache
@require_safe
def first(request: PublicRequest) -> HttpResponse:
    """Where the story begins, and how far it has come."""
    refuse_outside()
    with within([EVERYTHING]):
        context = {
            "chapters": story.chapters(story.progress()),
            "figures": story.figures(),
            "everybody": [
                *cast.STAFF,
                *cast.MEMBERS,
                cast.CLERK,
                *(place.clerk for place in cast.WORKPLACES[1:]),
                cast.WAITING,
            ],
            "homes": {kind: portal_of(kind).home for kind in {one.kind for one in cast.EVERYBODY.values()}},
            "sample": samples,
            "password": cast.PASSWORD,
            "reports": story.reports(),
            "cashiers": cashiers(),
        }
    return render(request, "demo/first.html", context)


@public
@require_POST
def sign_in(request: PublicRequest, key: str) -> HttpResponseBase:
    """In by one click, as somebody invented, and on to the page that was asked for."""
    refuse_outside()
    account = _account_of(request, key)
    if account is None:
        messages.warning(request, _("苗初夏还没有登记为会员：请先完成前面的步骤"))
        return HttpResponseRedirect(reverse("demo:first"))
    kind = _people()[key].kind
    sessions.sign_in_demo(request, account, kind, request.at)
    return HttpResponseRedirect(next_of(request, portal_of(kind).home))


def _people() -> dict[str, cast.Person]:
    return cast.EVERYBODY | {place.clerk.key: place.clerk for place in cast.WORKPLACES}


def _account_of(request: PublicRequest, key: str) -> Account | None:
    """Of an invented person; the new member's is opened by the first click, once they are a member."""
    if key not in _people():
        raise Http404
    found = Account.objects.filter(name=key).first()
    if found is None and key == cast.NEW_MEMBER.key:
        with within([EVERYTHING]):
            try:
                found = opened_for(
                    number=samples.NEW_MEMBER_NUMBER, person=cast.NEW_MEMBER, by=system("demo"), at=request.at
                )
            except Member.DoesNotExist:
                return None
    if found is None:
        raise Http404
    return found


@public
@never_cache
@require_safe
def sample(request: PublicRequest, name: str) -> HttpResponseBase:
    """A file to take along."""
    refuse_outside()
    made = _SAMPLES.get(name)
    if made is None:
        raise Http404
    media_type, content = made
    response = HttpResponse(content(request), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _statement(request: PublicRequest) -> bytes:
    with within([EVERYTHING]):
        fund = Fund.objects.order_by("unit_id").first()
        if fund is None:
            raise Http404
        return samples.sample_statement(fund, day_of(request.at))


def _paper(word: str, request: PublicRequest) -> bytes:
    return story_papers.page(word, day_of(request.at))


_SAMPLES: dict[str, tuple[str, Callable[[PublicRequest], bytes]]] = {
    "stamped-form.pdf": (PDF, lambda _request: samples.stamped_form()),
    "roster.xlsx": (XLSX, lambda _request: samples.sample_roster()),
    "statement.csv": (CSV, _statement),
    **{f"{word}.png": (PNG, partial(_paper, word)) for word in story_papers.WORDS},
}


@public
@never_cache
@require_safe
def phones_seen(request: PublicRequest) -> HttpResponse:
    """What came to the members' phones."""
    refuse_outside()
    return render(request, "demo/phones.html", {"bubbles": phones.bubbles()})


@public
@never_cache
@require_safe
def report(request: PublicRequest, name: str) -> HttpResponseBase:
    """A report of `make plans` or `make year`, as it lies on this machine."""
    refuse_outside()
    path = story.reports().get(name)
    if path is None:
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = _OF_REPORTS
    return response
