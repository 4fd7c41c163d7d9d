"""管理端: when offices take enrolments in a plan – their windows, a new one, one with what is decided on it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.enrolment import access
from mutualaid.enrolment.actions.windows import approve_window, close_window, open_window, refuse_window
from mutualaid.enrolment.states import WINDOW
from mutualaid.people.refusals import Refused
from mutualaid.plans.access import APPROVE
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import NoFirstDay, season
from mutualaid.plans.queries import document_of, offered
from mutualaid.plans.windowing import starts_around
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField, said
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

WINDOWS = (*access.DECIDE, *APPROVE)
SORTS = {"opens": ("-opens_on", "-id"), "unit": ("unit__path", "-id"), "closes": ("closes_on", "id")}


class WindowsAsked(Asked):
    """What the list is asked."""

    plan = WordsField(label=gettext_lazy("计划名称"))
    office = WordsField(label=gettext_lazy("机构名称"))
    state = StateField(WINDOW)


class NewWindow(forms.Form):
    """Days of a window; ``of``: a version and the first day of its term."""

    of = forms.ChoiceField(label=gettext_lazy("计划和保障期"))
    opens_on = DayField(label=gettext_lazy("办理首日"))
    closes_on = DayField(label=gettext_lazy("办理末日"))
    late_until_on = DayField(
        label=gettext_lazy("新职工补报截止日"),
        required=False,
        help_text=gettext_lazy("末日之后新入职的职工可以补报本期剩余时间；不设则不补报"),
    )
    catch_up = forms.BooleanField(label=gettext_lazy("开放计划规定的补办月"), required=False, initial=True)
    reason = forms.CharField(
        label=gettext_lazy("超出计划规定的原因"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("只有超出计划规定的办理时间时才须填写，由制定计划的机构批准后生效"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = choices  # type: ignore[attr-defined]


class Remark(forms.Form):
    """Why it is refused."""

    remark = forms.CharField(label=gettext_lazy("不批准的原因"), max_length=300, required=False)


@staff_only(roles=WINDOWS)
@require_safe
def windows(request: Request) -> HttpResponseBase:
    """Of the offices in the branches, and of the plans that one approves."""
    asked = WindowsAsked(request)
    rows = access.windows_visible_to(actor=request.actor, on=request.on).select_related("unit", "version")
    if state := asked.given("state"):
        rows = rows.filter(state=state)
    if plan := asked.given("plan"):
        rows = rows.filter(version__name_zh__contains=plan)
    if office := asked.given("office"):
        rows = rows.filter(unit__name__contains=office)
    context = {
        "form": asked,
        "page": page_of(request, sorted_by(request, rows, SORTS)),
        "may_open": bool(request.standing.roles & frozenset(access.DECIDE)),
    }
    return TemplateResponse(request, "workbench/windows/list.html", context)


@staff_only(roles=access.DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def window_new(request: Request) -> HttpResponseBase:
    """First the office, then the plan and the days."""
    code = request.GET.get("office", "")
    if not code:
        offices = access.offices_to_set(actor=request.actor, on=request.on)
        return TemplateResponse(request, "workbench/windows/offices.html", {"page": page_of(request, offices)})
    unit = access.office_to_set(actor=request.actor, code=code, on=request.on)
    offers = offered(unit=unit, on=request.on)
    form = NewWindow(request.POST or None, choices=_choices(offers, request.on))
    if request.method == "POST" and form.is_valid():
        number, _bar, start = form.cleaned_data.pop("of").partition("|")
        version = next(one for one in offers if one.number == number)
        start_on = datetime.date.fromisoformat(start) if start else None
        try:
            made = open_window(
                unit=unit, version=version, start_on=start_on, by=request.actor, at=request.at, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            told = _("办理时间已生效") if made.state == "open" else _("超出计划规定，已送请批准")
            messages.success(request, told)
            return HttpResponseRedirect(reverse("workbench:window", args=[made.number]))
    context = {"form": form, "unit": unit, "seasons": _seasons(offers, request.on)}
    return TemplateResponse(request, "workbench/windows/new.html", context, status=422 if form.errors else 200)


def _choices(offers: list[PlanVersion], on: datetime.date) -> list[tuple[str, str]]:
    found = []
    for one in offers:
        try:
            starts = starts_around(document_of(version=one), on=on)
        except NoFirstDay:
            continue
        named = [
            (f"{one.number}|{day}", _("%(plan)s（%(day)s 起）") % {"plan": plan_name(one), "day": day})
            for day in starts
        ]
        found += named or [(f"{one.number}|", plan_name(one))]
    return found


def _seasons(offers: list[PlanVersion], on: datetime.date) -> list[tuple[str, Any]]:
    found = []
    for one in offers:
        try:
            found.append((plan_name(one), season(document_of(version=one), on=on)))
        except NoFirstDay:
            continue
    return found


@staff_only(roles=WINDOWS)
@require_safe
def window(request: Request, number: str) -> HttpResponseBase:
    """One of them, and what may be done with it."""
    found = access.window_for_staff(actor=request.actor, number=number, on=request.on)
    return _window(request, found, Remark())


def _window(request: Request, found: Any, form: Remark, status: int = 200) -> HttpResponseBase:
    roles, mine = request.standing.roles, found.proposed_by == request.actor.key
    context = {
        "window": found,
        "form": form,
        "may_decide": found.state == "proposed" and bool(roles & frozenset(APPROVE)) and not mine,
        "may_close": found.state in ("proposed", "open") and bool(roles & frozenset(access.DECIDE)),
    }
    return TemplateResponse(request, "workbench/windows/window.html", context, status=status)


@staff_only(roles=APPROVE)
@require_POST
def window_decision(request: Request, number: str) -> HttpResponseBase:
    """The plan's office lets it go beyond the plan's season, or not."""
    found = access.window_to_approve(actor=request.actor, number=number, on=request.on)
    form = Remark(request.POST)
    remark = form.cleaned_data["remark"] if form.is_valid() else ""
    try:
        if request.POST.get("outcome") == "approve":
            approve_window(window=found, by=request.actor, at=request.at)
            messages.success(request, _("已批准"))
        else:
            refuse_window(window=found, remark=remark, by=request.actor, at=request.at)
            messages.success(request, _("未批准，已通知申请机构"))
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _window(request, found, form, status=422)
    return HttpResponseRedirect(reverse("workbench:window", args=[number]))


@staff_only(roles=access.DECIDE)
@require_POST
def window_closing(request: Request, number: str) -> HttpResponseBase:
    """The office withdraws it."""
    found = access.window_to_close(actor=request.actor, number=number, on=request.on)
    close_window(window=found, by=request.actor, at=request.at)
    messages.success(request, _("已撤销，按上级机构或计划规定的时间办理"))
    return HttpResponseRedirect(reverse("workbench:windows"))


urlpatterns: list[URLPattern] = [
    path("windows", windows, name="windows"),
    path("windows/new", window_new, name="window_new"),
    path("windows/<str:number>", window, name="window"),
    path("windows/<str:number>/decision", window_decision, name="window_decision"),
    path("windows/<str:number>/closing", window_closing, name="window_closing"),
]
