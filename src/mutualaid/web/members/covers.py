"""保障: what the member is, will be and was covered by; one cover from enrolment to its end; the certificate; a plan's rules."""

from __future__ import annotations

import datetime
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mutualaid.contributions.access import bill_to_pay
from mutualaid.contributions.refund_access import paid_by_self
from mutualaid.enrolment import access
from mutualaid.enrolment.certificate import certificate as certificate_pdf
from mutualaid.enrolment.certificate_checks import code_of
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import Standing, covers_of_member, standing_of
from mutualaid.enrolment.tenure import unbroken
from mutualaid.enrolment.windows import window_for
from mutualaid.people.access import member_self
from mutualaid.people.models import Unit
from mutualaid.people.queries import employment_on
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import NoFirstDay, Season, season, terms, waits_until
from mutualaid.plans.prose.model import Prose, Section
from mutualaid.plans.queries import document_of, offered, points_about
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.parts import Step
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import day
from mutualaid.web.members.showing import card_of, cards_of, help_of, lang, of, sentence_of, spoken, told

DAY = datetime.timedelta(days=1)


class NotYet(Refused):
    """There is no certificate before a cover is paid for, and none of a cancelled one."""


@members_only
@require_safe
def covers(request: Request) -> HttpResponse:
    """All of them, those in force first, and what else the employer may join."""
    member = member_self(actor=request.actor)
    cards = cards_of(standings=covers_of_member(member=member, on=request.on), on=request.on)
    employment = employment_on(member=member, on=request.on)
    have = {card.cover.family for card in cards if card.when != "past"}
    plans = offered(unit=employment.employer.unit, on=request.on) if employment else []
    more = [(version, of(document_of(version=version).name)) for version in plans if version.family not in have]
    context = {
        "groups": [
            (_("保障中"), [card for card in cards if card.when == "in_force"]),
            (_("还没有开始"), [card for card in cards if card.when in ("ahead", "pending")]),
            (_("已到期"), [card for card in cards if card.when == "past"]),
        ],
        "cards": cards,
        "more": more,
        "employment": employment,
    }
    return render(request, "members/covers.html", context)


@members_only
@require_safe
def cover(request: Request, number: str) -> HttpResponse:
    """One cover: how far it is, what it pays and when, what it cost and who paid."""
    found = access.cover_for(actor=request.actor, number=number, on=request.on)
    card = card_of(standing=Standing(found, standing_of(cover=found, on=request.on)), on=request.on)
    words = spoken(unit=found.employer.unit, document=document_of(version=found.version))
    prose = told(version=found.version, words=words)
    context = {
        "card": card,
        "cover": found,
        "check_code": code_of(number=found.number),
        "own_bill": bill_to_pay(actor=request.actor, cover=found),
        "may_ask": found.state == "begun"
        and request.on < found.until_on
        and paid_by_self(actor=request.actor, cover=found),
        "words": words,
        "steps": _steps(found, card.when, request.on),
        "benefits": _benefits(prose),
        "waiting": points_about(prose=prose, words=words, keys=["waiting"]),
        "payers": points_about(prose=prose, words=words, keys=["payer"]),
        "after": points_about(prose=prose, words=words, keys=["limit.filing", "run_off", "goes_on"]),
        "help": help_of(employer=found.employer, office=found.version.office),
    }
    return render(request, "members/cover.html", context)


def _benefits(prose: Prose) -> tuple[Section, ...]:
    return next((section.parts for section in prose.sections if section.key == "benefits"), ())


def _steps(found: Cover, when: str, on: datetime.date) -> list[Step]:
    """From enrolment to the last day: what is done, what is now, what comes."""
    paid = when in ("ahead", "in_force", "past")
    dropped = when == "cancelled"
    if found.work:  # without a roster: they joined themselves, or their platform told of them
        steps = [Step(_("参加"), found.employer.unit.name, state="done")]
    else:
        steps = [Step(_("单位报名"), found.employer.unit.name, state="done"), Step(_("经办机构核准"), state="done")]
    if dropped:
        return [*steps, Step(_("已取消"), _("这份保障没有生效。如有疑问，请联系单位工会。"), state="stopped")]
    if not found.work:
        steps.append(Step(_("单位缴费"), "" if paid else _("等待单位缴费到账"), state="done" if paid else "now"))
    elif not paid:
        steps.append(Step(_("缴费"), _("等待缴费到账"), state="now"))
    begins = (
        day(found.from_on) if paid or not _moves(found) else _("到账后确定，预计 %(day)s") % {"day": day(found.from_on)}
    )
    state = {"past": "done", "in_force": "done", "ahead": "now"}.get(when, "next")
    steps.append(Step(_("保障开始"), when=begins, state=state))
    wait = waits_until(document_of(version=found.version), joined_on=found.joined_on)
    if wait is not None and found.from_on < wait < found.until_on:
        over = on >= wait
        text = "" if over else _("这之前发生的疾病不在保障之内，意外等规定见下方“等待期”")
        state = "done" if paid and over else "now" if when == "in_force" else "next"
        steps.append(Step(_("等待期结束"), text, day(wait), state))
    in_force = when == "in_force" and all(step.state == "done" for step in steps)
    last = "done" if when == "past" else "now" if in_force else "next"
    steps.append(Step(_("保障到期"), when=_("%(day)s 24 时") % {"day": day(found.until_on - DAY)}, state=last))
    return steps


def _moves(found: Cover) -> bool:
    """Whether the first day is reckoned from the payment."""
    try:
        return terms(document_of(version=found.version), on=found.from_on).depends_on_payment
    except NoFirstDay:
        return False


@members_only
@require_safe
def tenure(request: Request, number: str) -> HttpResponse:
    """Since when the member is covered without a break, and the pieces: where, from when, until when."""
    found = access.cover_for(actor=request.actor, number=number, on=request.on)
    runs = unbroken(member=found.member, on=request.on)
    run = next((one for one in runs if one.family == found.family), None)
    return render(request, "members/tenure.html", {"cover": found, "run": run})


@members_only
@require_safe
def certificate(request: Request, number: str) -> HttpResponse:
    """The certificate as a PDF, shown in the browser."""
    found = access.cover_for(actor=request.actor, number=number, on=request.on)
    if found.state != "begun":
        raise NotYet(
            "保障凭证应在缴费到账后出具；这份保障还没有缴费或已取消，请稍后再来",
            "expected a cover that is paid for, found one that is not, or is cancelled; come back later",
        )
    content = certificate_pdf(cover=found, lang=lang(), on=request.on)
    response = HttpResponse(content, content_type="application/pdf")
    name = quote(f"{_('保障凭证')}-{found.number}.pdf")
    response["Content-Disposition"] = f"inline; filename=\"{found.number}.pdf\"; filename*=UTF-8''{name}"
    return response


@members_only
@require_safe
def plan(request: Request, plan: str) -> HttpResponse:
    """A plan in whole, in plain words."""
    version = access.plan_of_member(actor=request.actor, plan=plan, on=request.on)
    employment = employment_on(member=member_self(actor=request.actor), on=request.on)
    document = document_of(version=version)
    words = spoken(unit=employment.employer.unit if employment else version.office, document=document)
    context = {
        "version": version,
        "prose": told(version=version, words=words),
        "sentence": sentence_of(document),
        "words": words,
        "season": _season(version, request.on, employment.employer.unit if employment else None),
        "help": help_of(employer=employment.employer if employment else None, office=version.office),
    }
    return render(request, "members/plan.html", context)


def _season(version: PlanVersion, on: datetime.date, unit: Unit | None) -> Season | None:
    own = window_for(version=version, unit=unit, on=on) if unit is not None else None
    try:
        return season(document_of(version=version), on=on, own=own)
    except NoFirstDay:
        return None
