"""Groups of staff and their plans are chosen; what one person of each costs, who bears it, and what does not go together, is told
while they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mutualaid.contributions.split_queries import Estimate, GroupPrice, estimate_of
from mutualaid.enrolment import access, packages
from mutualaid.enrolment.actions.packages import compose_package
from mutualaid.enrolment.composition import GroupWanted, faults_of, wanted_of
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.standing import NotDraft
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import NoSuchPrice
from mutualaid.plans.queries import document_of, offered
from mutualaid.web.common import payers
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.package_forms import GroupForm, initial_of
from mutualaid.web.employers.told import REFUSALS

GROUPS_MORE = 8
"""Groups that the form offers at most."""
Offers = Sequence[tuple[PlanVersion, Document]]


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def composition(request: Request, number: str) -> HttpResponseBase:
    """The groups and their plans. ``?groups=``: so many groups are shown. Sent with ``price``, or by htmx, nothing is kept: what
    was chosen is priced."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    every = [(one, document_of(version=one)) for one in offered(unit=found.employer.unit, on=request.on)]
    offers = [(one, document) for one, document in every if not is_combination(document)]
    forms = _forms(request, found, offers)
    valid = [form.is_valid() for form in forms]  # each says its own faults
    if request.method == "POST" and (request.htmx or "price" in request.POST):
        return _priced(request, found, offers, forms)
    refusal: Exception | None = None
    if request.method == "POST" and all(valid):
        try:
            groups = [form.wanted() for form in forms if form.is_there]
            compose_package(package=found, groups=groups, by=request.actor, at=request.at)
        except NotDraft:
            raise
        except REFUSALS as raised:
            refusal = raised
        else:
            messages.success(request, _("组合已保存，请下载花名册模板"))
            return HttpResponseRedirect(reverse("employers:package", args=[number]))
    bad = refusal is not None or any(form.is_bound and form.errors for form in forms)
    context = {**_about(request, found, offers, forms), "refusal": refusal}
    return TemplateResponse(request, "employers/packages/composition.html", context, status=422 if bad else 200)


def _forms(request: Request, found: Package, offers: Offers) -> list[GroupForm]:
    """One for each group, and an empty one; as many as were sent."""
    there = packages.groups_of(package=found)
    asked = request.GET.get("groups", "")
    wanted = max(int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 3 else 0, len(there) + 1, 2)
    data = request.POST if request.method == "POST" else None
    return [
        GroupForm(data, prefix=f"g{i}", offers=offers, initial=initial_of(there[i]) if i < len(there) else None)
        for i in range(min(wanted, GROUPS_MORE))
    ]


def _about(request: Request, found: Package, offers: Offers, forms: Sequence[GroupForm]) -> dict[str, Any]:
    if forms[0].is_bound:
        groups = [form.wanted(_("第 %(n)s 组") % {"n": n}) for n, form in enumerate(forms, start=1) if form.is_there]
    else:
        groups = [wanted_of(group=one) for one in packages.groups_of(package=found)]
    return {
        "package": found,
        "forms": forms,
        "more": len(forms) + 1 if len(forms) < GROUPS_MORE else 0,
        "drops": any(enrolment.rows.exists() for enrolment in packages.open_enrolments(package=found)),
        **_estimated(request, found, offers, groups),
    }


def _priced(request: Request, found: Package, offers: Offers, forms: Sequence[GroupForm]) -> HttpResponseBase:
    context = _about(request, found, offers, forms)
    template = "employers/packages/estimate.html" if request.htmx else "employers/packages/composition.html"
    return TemplateResponse(request, template, context)


def _estimated(request: Request, found: Package, offers: Offers, groups: list[GroupWanted]) -> dict[str, Any]:
    """What was chosen so far costs, and what of it does not go together, said in words."""
    faults = faults_of(groups=groups, offered=[document for _version, document in offers]) if groups else []
    estimate: Estimate | None = None
    try:
        with_plans = [one for one in groups if one.plans]
        if with_plans:
            estimate = estimate_of(
                employer=found.employer, groups=with_plans, members_pay=found.members_pay, on=request.on
            )
    except NoSuchPrice:
        pass  # one of the faults
    context: dict[str, Any] = {"faults": [said(one) for one in faults], "estimate": estimate}
    if estimate is not None:
        columns = payers.payers_among([*(one.each for one in estimate.groups), estimate.totals])
        context["estimated"] = [
            (one, [cell for cell in payers.cells(columns, one.each) if cell[1]]) for one in estimate.groups
        ]
        context["estimated_totals"] = [cell for cell in payers.cells(columns, estimate.totals) if cell[1]]
    return context


def priced(table: Sequence[GroupPrice]) -> dict[str, Any]:
    """The table of what one person costs, by group, plan and payer, for a page."""
    columns = payers.payers_among(one.each for one in table)
    groups = [
        (
            one.group,
            [(row.price, payers.cells(columns, row.each)) for row in one.plans],
            one.fee,
            payers.cells(columns, one.each),
        )
        for one in table
    ]
    return {"groups": groups, "payers": [payers.payer_name(payer) for payer in columns]}
