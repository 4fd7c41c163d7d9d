"""Applying on paper: which papers to bring, where, and what happens then; for whoever does not file on the phone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mutualaid.enrolment import access
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import covers_of_member
from mutualaid.people.access import member_self
from mutualaid.people.models import Employer
from mutualaid.people.queries import employment_on
from mutualaid.plans.claim_papers import ALWAYS, papers_for
from mutualaid.plans.queries import Words, document_of, parts_of, points_about
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.parts import Step
from mutualaid.web.common.requests import Request
from mutualaid.web.members.showing import cards_of, help_of, lang, office_of, spoken, told

CLAIMABLE = ("in_force", "past")


@members_only
@require_safe
def on_paper(request: Request) -> HttpResponse:
    """What to bring and where, for one cover of the member's (``?cover=``), or a choice among several."""
    member = member_self(actor=request.actor)
    cards = cards_of(standings=covers_of_member(member=member, on=request.on), on=request.on)
    open_ = [card for card in cards if card.when in CLAIMABLE]
    number = request.GET.get("cover") or (open_[0].cover.number if len(open_) == 1 else "")
    chosen = access.cover_for(actor=request.actor, number=number, on=request.on) if number else None
    employment = employment_on(member=member, on=request.on)
    context: dict[str, object] = {"cards": open_, "waiting": [card for card in cards if card not in open_]}
    context["card"] = next((card for card in cards if chosen and card.cover.pk == chosen.pk), None)
    context |= _asked_for(chosen) if chosen else {}
    employer: Employer | None = employment.employer if employment else chosen.employer if chosen else None
    context["help"] = help_of(employer=employer, office=chosen.version.office if chosen else office_of(cards=cards))
    return render(request, "members/on_paper.html", context)


def _asked_for(chosen: Cover) -> dict[str, object]:
    """Papers, rules of time and what is left out, of the plan of a cover."""
    version = chosen.version
    document = document_of(version=version)
    words = spoken(unit=chosen.employer.unit, document=document)
    prose = told(version=version, words=words)
    keys = ["limit.filing", "limit.reporting", "run_off", "waiting", "counting", "benefit.exclusions"]
    parts = parts_of(version=version) if document.combines else []
    kinds = papers_for(documents=[document, *(document_of(version=part) for part in parts)])
    return {
        "chosen": chosen,
        "words": words,
        "always": ALWAYS,
        "kinds": kinds,
        "rules": points_about(prose=prose, words=words, keys=keys),
        "steps": _way(words),
        "english": lang() == "en",
    }


def _way(words: Words) -> list[Step]:
    """The way of an application on paper."""
    return [
        Step(_("备齐材料"), _("对照清单准备，缺什么先问清楚，免得跑第二趟"), state="now"),
        Step(_("交给单位工会"), _("单位工会核实情况并盖章；也可以直接交到经办机构窗口")),
        Step(_("经办机构审核"), _("材料不全的，会一次说清要补哪些")),
        Step(_("计算%(benefit)s") % {"benefit": words.benefit}, _("按计划条款计算，结果会写明怎样算出")),
        Step(_("打款到本人银行卡"), _("打到申请时写明的本人银行卡，请留意到账")),
    ]
