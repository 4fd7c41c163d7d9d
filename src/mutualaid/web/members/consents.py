"""隐私与授权: what the member agreed to, for each purpose by itself; agreeing, declining, withdrawing."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.people.access import NotFound, member_self
from mutualaid.people.actions.members import decline_consent, give_consent, withdraw_consent
from mutualaid.people.consents import ConsentText, current_text, text_of
from mutualaid.people.models import Consent, Member, Purpose
from mutualaid.people.queries import consents_of
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request
from mutualaid.web.members.showing import lang

AFTER = {"welcome": "members:welcome", "bank_card": "members:bank_card"}
"""Whither an answer may lead, beside the list."""


class Outdated(Refused):
    """What was agreed to is not the text that is asked today."""


@dataclass(frozen=True)
class Answer:
    """A purpose, the text asked today, and what the member last said to it (None: never asked)."""

    purpose: Purpose
    text: ConsentText
    last: Consent | None

    @property
    def given(self) -> bool:
        """Whether a consent stands."""
        return self.last is not None and self.last.given

    @property
    def renewed(self) -> bool:
        """Whether the text is another than the one agreed to."""
        return self.last is not None and self.last.given and self.last.version != self.text.version

    @property
    def title(self) -> str:
        """Of the text, in the page's language."""
        return self.text.title_en if lang() == "en" else self.text.title_zh

    @property
    def body(self) -> str:
        """Likewise."""
        return self.text.en if lang() == "en" else self.text.zh


def answers_of(*, member: Member) -> list[Answer]:
    """For each purpose."""
    last = consents_of(member=member)
    return [Answer(purpose, current_text(purpose), last.get(purpose)) for purpose in Purpose]


@members_only
@require_safe
def consents(request: Request) -> HttpResponse:
    """All purposes, each with what was answered."""
    found = answers_of(member=member_self(actor=request.actor))
    return render(request, "members/consents.html", {"answers": found})


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: Request, purpose: str) -> HttpResponse:
    """One text, and the member's answer to it: POST ``decision`` (give, decline, withdraw) and the ``version`` that was shown."""
    member = member_self(actor=request.actor)
    answer = next((one for one in answers_of(member=member) if one.purpose == purpose), None)
    if answer is None:
        raise NotFound("没有这一项授权，请从列表进入", "no such consent was found; go there from the list")
    after = request.POST.get("after") or request.GET.get("after") or ""
    context = {"answer": answer, "after": after if after in AFTER else "", "agreed": _agreed(answer)}
    if request.method != "POST":
        return render(request, "members/consent.html", context)
    try:
        _decide(request, member, answer)
    except Refused as refused:
        return render(request, "members/consent.html", {**context, "refusal": said_by(refused)}, status=409)
    return HttpResponseRedirect(reverse(AFTER.get(after, "members:consents")))


def _agreed(answer: Answer) -> ConsentText | None:
    """The older text that was agreed to, where today's is another."""
    return text_of(answer.purpose, answer.last.version) if answer.last and answer.renewed else None


def _decide(request: Request, member: Member, answer: Answer) -> None:
    """Do what the member decided. Raises Refused."""
    decision, version = request.POST.get("decision", ""), request.POST.get("version", "")
    if version != answer.text.version:
        raise Outdated(
            "应对照当前的文本作出选择；文本已更新，请重新阅读",
            "expected an answer to today's text, found one to another; read it again",
        )
    if decision == "give":
        give_consent(member=member, purpose=answer.purpose, version=version, by=request.actor, at=request.at)
        messages.success(request, _("已记录您的同意，可随时撤回"))
    elif decision == "decline":
        decline_consent(member=member, purpose=answer.purpose, version=version, by=request.actor, at=request.at)
        messages.success(request, _("已记录您的选择，以后可以随时更改"))
    elif decision == "withdraw":
        withdraw_consent(member=member, purpose=answer.purpose, by=request.actor, at=request.at)
        messages.success(request, _("已撤回"))
    else:
        raise Refused(
            "应选择同意或不同意；没有找到您的选择，请点按钮", "expected an answer, found none; press a button"
        )
