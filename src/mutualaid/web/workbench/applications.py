"""管理端: applications of employers and the forms of their clerks: looked at, returned, approved, refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.core import papers
from mutualaid.people import access, queries
from mutualaid.people.actions import applications as actions
from mutualaid.people.actions.units import bind_clerk, release_clerk
from mutualaid.people.models import EmployerApplication, EmployerClerk, RoleName
from mutualaid.people.names import unit_key
from mutualaid.people.refusals import Refused
from mutualaid.people.states import APPLICATION, CLERK
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

ROLES = (RoleName.ENROLMENT_CLERK,)


class AskedOfApplications(Asked):
    """What the list of applications or of clerks is asked."""

    q = WordsField(label=gettext_lazy("单位名称或编号"))


class ApplicationsAsked(AskedOfApplications):
    """With the states of applications; those that wait are shown first."""

    state = StateField(APPLICATION)


class ClerksAsked(AskedOfApplications):
    """With the states of clerks."""

    state = StateField(CLERK)


class Decision(forms.Form):
    """What is decided on an application."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("审核结果"),
        widget=forms.RadioSelect,
        choices=[
            ("approve", gettext_lazy("通过登记")),
            ("return", gettext_lazy("退回补正")),
            ("refuse", gettext_lazy("不予登记")),
        ],
    )
    remark = forms.CharField(
        label=gettext_lazy("说明"),
        help_text=gettext_lazy("退回或不予登记时必填；申请单位会看到这段话"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Who does not approve says why."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("outcome") in {"return", "refuse"} and not given.get("remark", "").strip():
            self.add_error("remark", _("请写明需要补正的内容，或不予登记的原因"))
        return given


@staff_only(roles=ROLES)
@require_safe
def applications(request: Request) -> HttpResponseBase:
    """All applications of the branches; those that wait, the oldest first."""
    asked = ApplicationsAsked(request)
    rows = access.applications_visible_to(actor=request.actor, on=request.on).select_related("office")
    if state := asked.given("state"):
        rows = rows.filter(state=state)
    if words := asked.given("q"):
        rows = rows.filter(number=words.upper()) | rows.filter(name__contains=words)
    sorts = {"submitted": ("submitted_at", "id"), "name": ("name", "id"), "headcount": ("headcount_declared", "id")}
    page = page_of(request, sorted_by(request, rows, sorts))
    return TemplateResponse(request, "workbench/applications/list.html", {"form": asked, "page": page})


@staff_only(roles=ROLES)
@require_safe
def application(request: Request, number: str) -> HttpResponseBase:
    """One application with its papers."""
    found = access.application_to_review(actor=request.actor, number=number, on=request.on)
    return _application(request, found, Decision())


@staff_only(roles=ROLES)
@require_POST
def application_decision(request: Request, number: str) -> HttpResponseBase:
    """Approve it, send it back, or refuse it."""
    found = access.application_to_review(actor=request.actor, number=number, on=request.on)
    form = Decision(request.POST)
    if not form.is_valid():
        return _application(request, found, form, status=422)
    outcome, remark = form.cleaned_data["outcome"], form.cleaned_data["remark"]
    try:
        if outcome == "approve":
            employer = actions.approve_application(application=found, by=request.actor, at=request.at)
            messages.success(request, _("已登记：%(name)s，单位代码 %(code)s") % _named(employer.unit))
        elif outcome == "return":
            actions.return_application(application=found, remark=remark, by=request.actor, at=request.at)
            messages.success(request, _("已退回补正：%s") % found.name)
        else:
            actions.refuse_application(application=found, remark=remark, by=request.actor, at=request.at)
            messages.success(request, _("已不予登记：%s") % found.name)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _application(request, found, form, status=409)
    return HttpResponseRedirect(reverse("workbench:application", args=[number]))


def _named(unit: Any) -> dict[str, str]:
    return {"name": unit.name, "code": unit.code}


def _application(request: Request, found: EmployerApplication, form: Decision, status: int = 200) -> HttpResponseBase:
    context = {
        "application": found,
        "papers": [(one, one.media_type != papers.PDF) for one in found.papers.order_by("id")],
        "form": form,
        "open": found.state == "submitted",
    }
    return TemplateResponse(request, "workbench/applications/application.html", context, status=status)


# --- clerks -----------------------------------------------------------------------------------------------------------


class ClerkDecision(forms.Form):
    """What is decided on a clerk's registration."""

    outcome = forms.ChoiceField(label=gettext_lazy("审核结果"), widget=forms.RadioSelect)
    replaces = forms.ChoiceField(
        label=gettext_lazy("替换原代办员"),
        help_text=gettext_lazy("换绑时选择：绑定后原代办员不能再办理"),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        help_text=gettext_lazy("不予绑定或解除时必填"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=200,
        required=False,
    )

    def __init__(self, clerk: EmployerClerk, bound: list[EmployerClerk], *args: Any) -> None:
        super().__init__(*args)
        waits = clerk.state == "registered"
        # Once posted, either is heard: whether it can be done still, the action says.
        bind = [("bind", _("授权书无误，绑定"))] if waits or args else []
        self.fields["outcome"].choices = [*bind, ("release", _("不予绑定") if waits else _("解除绑定"))]  # type: ignore[attr-defined]
        if waits and bound:
            self.fields["replaces"].choices = [  # type: ignore[attr-defined]
                ("", _("不替换，新增一名代办员")),
                *((one.number, f"{one.name} {one.account.name}") for one in bound),
            ]
        else:
            del self.fields["replaces"]
        term = getattr(clerk, "term", None)
        if waits and term is not None and term.replaces_id is not None:
            self.initial["replaces"] = next((one.number for one in bound if one.pk == term.replaces_id), "")

    def clean(self) -> dict[str, Any]:
        """Who does not bind says why."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("outcome") == "release" and not given.get("reason", "").strip():
            self.add_error("reason", _("请写明原因"))
        return given


@staff_only(roles=ROLES)
@require_safe
def clerks(request: Request) -> HttpResponseBase:
    """Registrations of clerks; those that wait come first unless something else is asked."""
    asked = ClerksAsked(request)
    rows = access.clerks_visible_to(actor=request.actor, on=request.on).select_related("employer__unit", "account")
    if state := asked.given("state"):
        rows = rows.filter(state=state)
    if words := asked.given("q"):
        key = unit_key(words)
        rows = rows.filter(number=words.upper()) | (
            rows.filter(employer__unit__name_key__contains=key) if key else rows
        )
    sorts = {"number": ("-id",), "employer": ("employer__unit__name", "id"), "name": ("name", "id")}
    page = page_of(request, sorted_by(request, rows, sorts))
    return TemplateResponse(request, "workbench/applications/clerks.html", {"form": asked, "page": page})


@staff_only(roles=ROLES)
@require_safe
def clerk(request: Request, number: str) -> HttpResponseBase:
    """One registration with the stamped form."""
    found = access.clerk_to_review(actor=request.actor, number=number, on=request.on)
    return _clerk(request, found, None)


@staff_only(roles=ROLES)
@require_POST
def clerk_decision(request: Request, number: str) -> HttpResponseBase:
    """Bind the clerk, perhaps in place of another; or refuse or release them."""
    found = access.clerk_to_review(actor=request.actor, number=number, on=request.on)
    bound = _bound(request, found)
    form = ClerkDecision(found, bound, request.POST)
    if not form.is_valid():
        return _clerk(request, found, form, status=422)
    try:
        if form.cleaned_data["outcome"] == "bind":
            former = next((one for one in bound if one.number == form.cleaned_data.get("replaces")), None)
            bind_clerk(clerk=found, replaces=former, by=request.actor, at=request.at)
            messages.success(request, _("已绑定代办员：%s") % found.name)
        else:
            release_clerk(clerk=found, reason=form.cleaned_data["reason"], by=request.actor, at=request.at)
            messages.success(request, _("已解除代办员：%s") % found.name)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _clerk(request, found, form, status=409)
    return HttpResponseRedirect(reverse("workbench:clerk", args=[number]))


def _bound(request: Request, clerk: EmployerClerk) -> list[EmployerClerk]:
    """Whom a new clerk may replace."""
    among = access.clerks_visible_to(actor=request.actor, on=request.on)
    return list(queries.bound_clerks(among=among, employer=clerk.employer_id).exclude(pk=clerk.pk))


def _clerk(request: Request, found: EmployerClerk, form: ClerkDecision | None, status: int = 200) -> HttpResponseBase:
    bound = _bound(request, found)
    among = access.clerks_visible_to(actor=request.actor, on=request.on)
    form_file = queries.stamped_form_of(clerk=found)
    context = {
        "clerk": found,
        "bound": bound,
        "form": form or ClerkDecision(found, bound),
        "open": found.state != "released",
        "term": getattr(found, "term", None),
        "history": queries.clerk_history(among=among, employer=found.employer_id),
        "papers": [(form_file, form_file.media_type != papers.PDF)] if form_file is not None else [],
    }
    return TemplateResponse(request, "workbench/applications/clerk.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("applications", applications, name="applications"),
    path("applications/<str:number>", application, name="application"),
    path("applications/<str:number>/decision", application_decision, name="application_decision"),
    path("clerks", clerks, name="clerks"),
    path("clerks/<str:number>", clerk, name="clerk"),
    path("clerks/<str:number>/decision", clerk_decision, name="clerk_decision"),
]
