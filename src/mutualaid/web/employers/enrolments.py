"""Enrolments: the list, a new one, and the way of one from its template to cover."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.contributions.access import bills_visible_to
from mutualaid.contributions.actions.bills import hand_in
from mutualaid.contributions.models import Bill
from mutualaid.contributions.split_queries import fee_split, other_payers
from mutualaid.core.models import LongJob
from mutualaid.core.moves import IllegalMove
from mutualaid.core.papers import XLSX
from mutualaid.enrolment import access, queries
from mutualaid.enrolment.actions.enrolling import (
    OpenAlready,
    begin_enrolment,
    cancel_enrolment,
    declare_headcount,
)
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.roster.template import roster_template
from mutualaid.enrolment.standing import NotDraft, RosterFaulty
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.plans import access as plan_access
from mutualaid.plans.offering import Season, needed_facts
from mutualaid.plans.queries import document_of, offered, parts_of, words_for
from mutualaid.web.common.answers import said as said_in
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.payers import kind_name, totals_of
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import last_day, plan_name
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.forms import EnrolmentFilter, Headcount, Upload
from mutualaid.web.employers.plans import offer_of
from mutualaid.web.employers.steps import Standing, steps_of
from mutualaid.web.employers.told import REFUSALS, paged, refuse

SORTS = {"number": "id", "from": "from_on", "persons": "persons", "state": "state"}


@clerks_only
@require_safe
def enrolments(request: Request) -> HttpResponseBase:
    """Those of the employer that is worked for."""
    form = EnrolmentFilter(request.GET or None)
    context = {"page": paged(request, _listed(request, form)), "form": form, "employer": current_employer(request)}
    return TemplateResponse(request, "employers/enrolments/enrolments.html", context)


@clerks_only
@require_safe
def enrolments_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = (
        Column(_("编号"), lambda one: one.number),
        Column(_("计划"), lambda one: plan_name(one.version), width=30),
        Column(_("起始日"), lambda one: one.from_on, "day", width=12),
        Column(_("终止日"), lambda one: last_day(one.until_on), "day"),
        Column(_("名单人数"), lambda one: one.persons, "whole"),
        Column(_("申报职工人数"), lambda one: one.headcount, "whole"),
        Column(_("状态"), lambda one: said_in(*ENROLMENT.names[one.state])),
        Column(_("提交时间"), lambda one: one.submitted_at, "moment", width=18),
    )
    return workbook(
        _("参保单"), columns, _listed(request, EnrolmentFilter(request.GET or None)).iterator(chunk_size=2000)
    )


def _listed(request: Request, form: EnrolmentFilter) -> QuerySet[Enrolment]:
    employer = current_employer(request)
    seen = access.enrolments_visible_to(actor=request.actor, on=request.on)
    seen = seen.filter(employer=employer) if employer is not None else seen.none()
    if form.is_valid():
        if form.cleaned_data["state"]:
            seen = seen.filter(state=form.cleaned_data["state"])
        if form.cleaned_data["plan"].strip():
            seen = seen.filter(version__name_zh__icontains=form.cleaned_data["plan"].strip())
    asked = request.GET.get("sort", "")
    listed = queries.with_persons(among=seen)
    if asked.lstrip("-") in SORTS:
        listed = listed.order_by(("-" if asked.startswith("-") else "") + SORTS[asked.lstrip("-")], "-id")
    return listed


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment_new(request: Request) -> HttpResponseBase:
    """First the plan, then the headcount."""
    employer = current_employer(request)
    if employer is None:
        return HttpResponseRedirect(reverse("employers:home"))
    number = request.GET.get("plan", "")
    if not number:
        offers = [offer_of(one, request) for one in offered(unit=employer.unit, on=request.on)]
        return TemplateResponse(request, "employers/enrolments/choose.html", {"offers": offers, "employer": employer})
    version = plan_access.version_for(actor=request.actor, number=number, on=request.on)
    offer = offer_of(version, request)
    parts = [document_of(version=part) for part in parts_of(version=version)]
    women = needed_facts(offer.document, parts=parts).women_headcount
    initial = {"headcount": employer.headcount_declared}
    form = Headcount(request.POST or None, women=women, initial=initial)
    opened = None
    if request.method == "POST" and form.is_valid():
        try:
            made = begin_enrolment(
                employer=employer, version=version, by=request.actor, at=request.at, **form.cleaned_data
            )
        except REFUSALS as refusal:
            refuse(form, refusal)
            if isinstance(refusal, OpenAlready):
                seen = access.enrolments_visible_to(actor=request.actor, on=request.on)
                opened = seen.filter(employer=employer, version=version, state__in=["draft", "submitted"]).first()
        else:
            made.refresh_from_db(fields=["number"])
            return HttpResponseRedirect(reverse("employers:enrolment", args=[made.number]))
    context = {"form": form, "offer": offer, "employer": employer, "opened": opened}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "employers/enrolments/new.html", context, status=status)


@clerks_only
@require_safe
def enrolment(request: Request, number: str) -> HttpResponseBase:
    """The way of an enrolment, and what comes next."""
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    if found.package is not None:
        return HttpResponseRedirect(reverse("employers:package", args=[found.package.number]))
    return enrolment_page(request, found, upload=Upload())


def enrolment_page(request: Request, found: Enrolment, *, upload: Upload, status: int = 200) -> HttpResponseBase:
    """The page of an enrolment, with a form of upload that may have been refused."""
    persons, amount = queries.billable(enrolment=found)
    draft = found.state == "draft"  # of which nobody owes anything: bills come with the acceptance
    bill = None if draft else _bill(request, found)
    waiting = found.uploads.filter(taken_at=None).select_related("file").first() if draft else None
    others = [] if draft else other_payers(enrolments=[found])
    owe = any(one.holds and one.paid < one.bills for one in others)
    standing = Standing(found, persons, waiting, bill, request.on, owe)
    context = {
        "enrolment": found,
        "persons": persons,
        "amount": amount,
        "bill": bill,
        "others": [(kind_name(one.kind), one) for one in others],
        "waiting": waiting,
        "place": standing.place,
        "steps": steps_of(standing),
        "shares": queries.shares_of(enrolment=found, persons=persons) if draft else [],
        "upload": upload,
        "transfers": access.transfers_of(actor=request.actor, enrolment=found) if draft else (),
        "headcount": _headcount(found),
        "closed": _closed(request, found),
        "words": words_for(unit=found.employer.unit, document=document_of(version=found.version)),
    }
    return TemplateResponse(request, "employers/enrolments/enrolment.html", context, status=status)


@clerks_only
@require_safe
def template(request: Request, number: str) -> HttpResponseBase:
    """The workbook to be filled in."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    response = HttpResponse(roster_template(enrolment=found), content_type=XLSX)
    name = f"{_('花名册')} {found.version.name_zh} {found.number}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@clerks_only
@require_POST
def headcount(request: Request, number: str) -> HttpResponseBase:
    """The clerk corrects how many work there."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    form = _headcount(found, request.POST)
    if form.is_valid():
        try:
            declare_headcount(enrolment=found, by=request.actor, at=request.at, **form.cleaned_data)
        except NotDraft:
            raise
        except REFUSALS as refusal:
            messages.error(request, said(refusal))
        else:
            messages.success(request, _("职工人数已更新"))
    else:
        messages.error(request, "；".join(str(text) for texts in form.errors.values() for text in texts))
    return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def submission(request: Request, number: str) -> HttpResponseBase:
    """What is handed in, for how many and how much; then it is handed in."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    refusal: Exception | None = None
    if request.method == "POST":
        try:
            made = hand_in(enrolment=found, by=request.actor, at=request.at)
        except IllegalMove:
            raise
        except REFUSALS as raised:
            refusal = raised
        else:
            if isinstance(made, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[made.key]))
            told = _("已核准，账单已开出") if made is not None else _("已提交，等待工会审核")
            messages.success(request, told)
            return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    if request.method != "POST" and found.state != "draft":
        return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    persons, amount = queries.billable(enrolment=found)
    context: dict[str, Any] = {
        "enrolment": found,
        "persons": persons,
        "amount": amount,
        "payers": totals_of([fee_split(enrolment=found, on=request.on)]),
        "shares": queries.shares_of(enrolment=found, persons=persons),
        "refusal": refusal,
        "faulty": refusal.faults[:20] if isinstance(refusal, RosterFaulty) else [],
    }
    return TemplateResponse(
        request, "employers/enrolments/submission.html", context, status=422 if refusal is not None else 200
    )


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: Request, number: str) -> HttpResponseBase:
    """An enrolment is given up."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    if request.method == "POST":
        cancel_enrolment(enrolment=found, by=request.actor, at=request.at)
        messages.success(request, _("参保单已取消"))
        return HttpResponseRedirect(reverse("employers:enrolments"))
    if found.state not in ("draft", "submitted"):
        return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    persons, _amount = queries.billable(enrolment=found)
    return confirmation(
        request,
        base="common/base_office.html",
        question=_("取消这张参保单吗？"),
        facts=[
            (_("计划"), plan_name(found.version)),
            (_("参保单"), found.number),
            (_("名单人数"), f"{persons} {_('人')}"),
        ],
        warning=_("取消后名单不再使用，需要时请新办一张。"),
        action=_("确认取消"),
        danger=True,
        back=reverse("employers:enrolment", args=[number]),
    )


def _closed(request: Request, found: Enrolment) -> Season | None:
    """Of a draft that can no longer be handed in, or not yet: when enrolment is open next."""
    if found.state != "draft":
        return None
    offer = offer_of(found.version, request, found.employer)
    fits = offer.term.depends_on_payment or offer.term.until_on == found.until_on
    return None if offer.season.is_open and fits else offer.season


def _headcount(found: Enrolment, data: Any = None) -> Headcount:
    parts = [document_of(version=part) for part in parts_of(version=found.version)]
    women = needed_facts(document_of(version=found.version), parts=parts).women_headcount
    now = {"headcount": found.headcount, "women_headcount": found.women_headcount}
    return Headcount(data, women=women, initial=now)


def _bill(request: Request, found: Enrolment) -> Bill | None:
    bills = bills_visible_to(actor=request.actor, on=request.on).filter(enrolment=found)
    return bills.exclude(state="cancelled").select_related("receipt").first()
