"""Clerks of the employers: colleagues, another one by a stamped form, and who asks to become one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.people import access
from mutualaid.people.actions.units import register_clerk
from mutualaid.people.clerk_form import clerk_form as clerk_form_pdf
from mutualaid.people.clerk_models import WhyClerk
from mutualaid.people.models import Employer
from mutualaid.people.queries import registrations_of
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.bills import pdf_response
from mutualaid.web.employers.current import employers_of
from mutualaid.web.employers.forms import Colleague, Joining
from mutualaid.web.employers.told import REFUSALS_OR_NONE, paged, refuse


@clerks_only
@require_safe
def clerks(request: Request) -> HttpResponseBase:
    """Colleagues of all one's employers, and one's own registrations."""
    bound = [one.pk for one in employers_of(request)]
    seen = access.clerks_visible_to(actor=request.actor, on=request.on).filter(employer__in=bound)
    listed = seen.select_related("employer__unit", "account", "term").order_by("employer__unit__name", "state", "id")
    others = [one for one in registrations_of(account=request.account) if one.clerk.employer_id not in bound]
    context = {"page": paged(request, listed), "others": others, "employers": employers_of(request)}
    return TemplateResponse(request, "employers/clerks/clerks.html", context)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def clerk_new(request: Request, code: str) -> HttpResponseBase:
    """A colleague is registered for one of one's employers."""
    employer = access.employer_for(actor=request.actor, code=code, on=request.on)
    form = Colleague(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            register_clerk(
                employer=employer,
                account=access.account_to_bind(actor=request.actor, name=told["account"].strip()),
                name=told["name"],
                evidence=_form(request, told["evidence"], employer.unit_path),
                **_replacing(told),
                by=request.actor,
                at=request.at,
            )
        except REFUSALS_OR_NONE as refusal:
            refuse(form, refusal, "account" if isinstance(refusal, access.NotFound) else None)
        else:
            messages.success(request, _("已提交，工会审核授权书后生效"))
            return HttpResponseRedirect(reverse("employers:clerks"))
    status = 422 if form.errors else 200
    return TemplateResponse(request, "employers/clerks/new.html", {"form": form, "employer": employer}, status=status)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def joining(request: Request) -> HttpResponseBase:
    """Whoever is signed in asks to become a clerk of an employer that is registered."""
    form = Joining(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            employer = access.employer_to_join(actor=request.actor, credit_code=told["credit_code"])
            register_clerk(
                employer=employer,
                account=request.account,
                name=told["name"],
                evidence=_form(request, told["evidence"], ""),
                **_replacing(told),
                by=request.actor,
                at=request.at,
            )
        except REFUSALS_OR_NONE as refusal:
            refuse(form, refusal, "credit_code" if isinstance(refusal, access.NotFound) else None)
        else:
            messages.success(request, _("申请已提交，工会审核授权书后会通知您"))
            return HttpResponseRedirect(reverse("employers:home"))
    status = 422 if form.errors else 200
    return TemplateResponse(request, "employers/clerks/joining.html", {"form": form}, status=status)


@clerks_only
@require_POST
def clerk_form(request: Request, code: str) -> HttpResponseBase:
    """The form for one of one's employers as a PDF with all names, to be stamped. Nothing is written."""
    employer = access.employer_for(actor=request.actor, code=code, on=request.on)
    form = Colleague(request.POST, printing=True)
    if form.is_valid():
        return _printed(request, employer, form.cleaned_data)
    again = Colleague(request.POST)
    _lay_errors(again, form)
    return TemplateResponse(request, "employers/clerks/new.html", {"form": again, "employer": employer}, status=422)


@clerks_only
@require_POST
def joining_form(request: Request) -> HttpResponseBase:
    """The same for an employer by its credit code, for somebody who acts for none yet."""
    form = Joining(request.POST, printing=True)
    if form.is_valid():
        try:
            employer = access.employer_to_join(actor=request.actor, credit_code=form.cleaned_data["credit_code"])
        except access.NotFound as refusal:
            refuse(form, refusal, "credit_code")
        else:
            return _printed(request, employer, form.cleaned_data)
    again = Joining(request.POST)
    _lay_errors(again, form)
    return TemplateResponse(request, "employers/clerks/joining.html", {"form": again}, status=422)


def _lay_errors(shown: Any, found: Any) -> None:
    """The form with all its fields says what the shorter one found."""
    shown._errors = found.errors
    shown.cleaned_data = {}


def _printed(request: Request, employer: Employer, told: dict[str, Any]) -> HttpResponseBase:
    unit = employer.unit
    content = clerk_form_pdf(
        unit=unit.name,
        credit_code=employer.credit_code,
        name=told["name"],
        phone=told["phone"],
        replaces=told["replaces_name"],
        why=WhyClerk(told["why"]),
        office=access.office_above(unit=unit).name,
        on=request.on,
    )
    return pdf_response(f"{_('代办员授权书')}.pdf", content)


def _replacing(told: dict[str, Any]) -> dict[str, Any]:
    return {"phone": told["phone"], "replaces_name": told["replaces_name"], "why": WhyClerk(told["why"])}


def _form(request: Request, brought: UploadedFile[Any], unit_path: str) -> StoredFile:
    """The stamped form. Raises BadFile."""
    content = brought.read()
    return papers.store(
        content=content,
        name=brought.name or "form",
        kind="stamped_form",
        media_type=papers.type_of(content) if papers.type_of(content) in SCANS else papers.PDF,
        unit_path=unit_path,
        by=request.actor,
        at=request.at,
    )


SCANS = (papers.PDF, papers.JPEG, papers.PNG)
