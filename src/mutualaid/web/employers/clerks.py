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
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.people import access
from mutualaid.people.actions.units import register_clerk
from mutualaid.people.queries import registrations_of
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.current import employers_of
from mutualaid.web.employers.forms import Colleague, Joining
from mutualaid.web.employers.told import REFUSALS_OR_NONE, paged, refuse


@clerks_only
@require_safe
def clerks(request: Request) -> HttpResponseBase:
    """Colleagues of all one's employers, and one's own registrations."""
    bound = [one.pk for one in employers_of(request)]
    seen = access.clerks_visible_to(actor=request.actor, on=request.on).filter(employer__in=bound)
    listed = seen.select_related("employer__unit", "account").order_by("employer__unit__name", "state", "id")
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
