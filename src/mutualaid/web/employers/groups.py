"""Cover without names: a station buys places, prints the certificate, and names who was on duty when something has happened."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.contributions.actions.joining import cover_and_bill_group
from mutualaid.contributions.models import Bill
from mutualaid.enrolment import access
from mutualaid.enrolment.certificate import group_certificate
from mutualaid.enrolment.queries import groups_listed, places_named
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import needed_facts
from mutualaid.plans.queries import document_of, offered
from mutualaid.web.common.group_naming import PersonForm, named
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.paper_fields import CountField
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.employers.bills import pdf_response
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.told import REFUSALS, paged, refuse


class GroupForm(forms.Form):
    """Which plan and term, for how many."""

    plan = forms.ChoiceField(label=gettext_lazy("计划和档次"))
    places = CountField(
        label=gettext_lazy("名额"), help_text=gettext_lazy("同一天最多有多少人在岗，就买多少个名额"), max_value=10_000
    )
    from_on = forms.DateField(
        label=gettext_lazy("起始日"),
        required=False,
        help_text=gettext_lazy("不填为最早可以开始的一天"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, versions: list[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = _choices(versions)  # type: ignore[attr-defined]


def _choices(versions: list[PlanVersion]) -> list[tuple[str, str]]:
    found = []
    for one in versions:
        for option in needed_facts(document_of(version=one)).options or ("",):
            named = f"{plan_name(one)} · {option}" if option else plan_name(one)
            found.append((f"{one.number}|{option}", named))
    return found


@clerks_only
@require_safe
def groups(request: Request) -> HttpResponseBase:
    """Those of the employer that is worked for."""
    employer = current_employer(request)
    seen = access.groups_visible_to(actor=request.actor, on=request.on).filter(enrolment__employer=employer)
    context = {"page": paged(request, groups_listed(among=seen)), "employer": employer}
    return TemplateResponse(request, "employers/groups/groups.html", context)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: Request) -> HttpResponseBase:
    """Places are bought."""
    employer = current_employer(request)
    access.groups_visible_to(actor=request.actor, on=request.on)
    found = offered(unit=employer.unit, on=request.on) if employer is not None else []
    versions = [one for one in found if document_of(version=one).term.begins != "fixed"]
    form = GroupForm(request.POST or None, versions=versions)
    if request.method == "POST" and employer is not None and form.is_valid():
        told = form.cleaned_data
        number, _bar, option = told["plan"].partition("|")
        try:
            group, bill = cover_and_bill_group(
                employer=employer,
                version=next(one for one in versions if one.number == number),
                places=told["places"],
                option=option,
                wanted_on=told["from_on"],
                by=request.actor,
                at=request.at,
            )
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("已生成账单，缴清后生效") if bill else _("集体保障已生效"))
            return HttpResponseRedirect(reverse("employers:group", args=[group.number]))
    context = {"form": form, "versions": versions, "employer": employer}
    return TemplateResponse(request, "employers/groups/new.html", context, status=422 if form.errors else 200)


@clerks_only
@require_safe
def group(request: Request, number: str) -> HttpResponseBase:
    """One group: places, days, bill, and who was named."""
    found = access.group_of_clerk(actor=request.actor, number=number, on=request.on)
    context = {
        "group": found,
        "enrolment": found.enrolment,
        "bill": Bill.objects.filter(enrolment=found.enrolment).exclude(state="cancelled").first(),
        "named": places_named(among=found.named.all()),
    }
    return TemplateResponse(request, "employers/groups/group.html", context)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def group_person_new(request: Request, number: str) -> HttpResponseBase:
    """Something happened to somebody who was on duty."""
    found = access.group_of_clerk(actor=request.actor, number=number, on=request.on)
    form = PersonForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and named(request, found, form):
        messages.success(request, _("已提交，经办机构核实后此人即享有保障"))
        return HttpResponseRedirect(reverse("employers:group", args=[number]))
    context = {"form": form, "group": found}
    return TemplateResponse(request, "employers/groups/person.html", context, status=422 if form.errors else 200)


class NoCertificate(Refused):
    """There is none before the group has begun."""


@clerks_only
@require_safe
def group_paper(request: Request, number: str) -> HttpResponseBase:
    """The certificate of the group, as PDF."""
    found = access.group_of_clerk(actor=request.actor, number=number, on=request.on)
    if found.state != "begun":
        raise NoCertificate(
            "凭证应在集体保障生效后出具；尚未缴清，请先缴费", "there is a certificate once it is paid; pay it first"
        )
    lang = "en" if get_language() == "en" else "zh"
    return pdf_response(f"{_('集体保障凭证')} {number}.pdf", group_certificate(group=found, lang=lang, on=request.on))


urlpatterns: list[URLPattern] = [
    path("groups", groups, name="groups"),
    path("groups/new", group_new, name="group_new"),
    path("groups/<str:number>", group, name="group"),
    path("groups/<str:number>/persons/new", group_person_new, name="group_person_new"),
    path("groups/<str:number>/certificate", group_paper, name="group_certificate"),
]
