"""管理端: what becomes of a draft: submitted, approved or returned by another person, withdrawn, discarded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.core.moves import IllegalMove
from mutualaid.datacentre.queries import simulations_of
from mutualaid.people.refusals import Refused
from mutualaid.plans import access
from mutualaid.plans.actions import discard_plan, publish_plan, return_plan, submit_plan, withdraw_plan
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import base_of, difference, hindrances, names_of_accounts, prose_of, words_for
from mutualaid.plans.refusals import NotPublishable
from mutualaid.plans.states import VERSION
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField, said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.plan_pages import lang, name_of, version_context

Ask = Callable[[PlanVersion, str], object]


class Remark(forms.Form):
    """A few words."""

    remark = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, data: Any, label: str, *, required: bool = False) -> None:
        super().__init__(data)
        self.fields["remark"].label = label
        self.fields["remark"].required = required


class Publication(forms.Form):
    """From which day it is offered."""

    offered_from_on = DayField(
        label=gettext_lazy("开办日"), help_text=gettext_lazy("从这一天起接受参保，并接替本办事处同一系列的前一版。")
    )


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_submission(request: Request, number: str) -> HttpResponse:
    """Lay a draft before another person, with a remark for them."""
    version = access.version_to_design(actor=request.actor, number=number, on=request.on)
    return _asked(
        request,
        version,
        move="submit_plan",
        question=_("提交批准？"),
        action=_("提交批准"),
        label=_("给批准人的说明（可不填）"),
        warning=_("提交后不能再修改；批准人可以退回。起草、修改、提交过的人都不能批准。"),
        done=_("已提交，等待他人批准"),
        ask=lambda row, remark: submit_plan(version=row, remark=remark, by=request.actor, at=request.at),
    )


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_withdrawal(request: Request, number: str) -> HttpResponse:
    """Take no more enrolments in a version."""
    version = access.version_to_design(actor=request.actor, number=number, on=request.on)
    return _asked(
        request,
        version,
        move="withdraw_plan",
        question=_("停办这一版？"),
        action=_("停办"),
        label=_("停办原因"),
        warning=_("停办后不再接受参保，也不会回到前一版；已有的保障照旧。停办不能撤回。"),
        done=_("已停办"),
        ask=lambda row, remark: withdraw_plan(version=row, remark=remark, by=request.actor, at=request.at),
        needs_remark=True,
        danger=True,
    )


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_discard(request: Request, number: str) -> HttpResponse:
    """A draft comes to nothing."""
    version = access.version_to_design(actor=request.actor, number=number, on=request.on)
    return _asked(
        request,
        version,
        move="discard_plan",
        question=_("作废这份草稿？"),
        action=_("作废"),
        warning=_("作废后不能恢复；历史里仍能看到。"),
        done=_("草稿已作废"),
        ask=lambda row, remark: discard_plan(version=row, by=request.actor, at=request.at),
        danger=True,
    )


def _asked(
    request: Request,
    version: PlanVersion,
    *,
    move: str,
    question: str,
    action: str,
    warning: str,
    done: str,
    ask: Ask,
    label: str = "",
    needs_remark: bool = False,
    danger: bool = False,
) -> HttpResponse:
    """The page that asks, and what is done when it is answered. Raises IllegalMove."""
    if version.state not in VERSION.moves[move].sources:
        raise IllegalMove(version, VERSION, move, version.state)
    back = reverse("workbench:plan", args=[version.number])
    form = Remark(request.POST if request.method == "POST" else None, label, required=needs_remark) if label else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            ask(version, form.cleaned_data["remark"] if form is not None else "")
        except Refused as refused:
            form = form or Remark(request.POST, label)
            for told in _reasons(refused):
                form.add_error(None, told)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(back)
    return confirmation(
        request,
        base="common/base_office.html",
        question=question,
        action=action,
        back=back,
        facts=[(_("计划"), name_of(version)), (_("计划编号"), version.plan), (_("办事处"), str(version.office.name))],
        warning=warning,
        danger=danger,
        form=form,
    )


def _reasons(refused: Refused) -> list[str]:
    """Every reason against it."""
    if isinstance(refused, NotPublishable):
        return [one.text(lang()) for one in refused.hindrances]
    return [said_by(refused)]


# -- approval -----------------------------------------------------------------------------------------------------------


@staff_only(roles=access.APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_approval(request: Request, number: str) -> HttpResponse:
    """All that an approver looks at, and the publication of the version from a day on."""
    version = access.version_to_approve(actor=request.actor, number=number, on=request.on)
    form = Publication(request.POST if request.method == "POST" else None, initial={"offered_from_on": request.on})
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["offered_from_on"]
        try:
            seen = request.POST.get("seen", "")
            publish_plan(version=version, offered_from_on=day, seen=seen, by=request.actor, at=request.at)
        except Refused as refused:
            for told in _reasons(refused):
                form.add_error(None, told)
        else:
            messages.success(request, _("已发布，从 %(day)s 起接受参保") % {"day": day.isoformat()})
            return HttpResponseRedirect(reverse("workbench:plan", args=[number]))
    return _approving(request, version, publication=form)


@staff_only(roles=access.APPROVE)
@require_POST
def plan_objection(request: Request, number: str) -> HttpResponse:
    """Return a version to be changed, with what to mend."""
    version = access.version_to_approve(actor=request.actor, number=number, on=request.on)
    form = Remark(request.POST, _("要改什么"), required=True)
    if form.is_valid():
        try:
            return_plan(version=version, remark=form.cleaned_data["remark"], by=request.actor, at=request.at)
        except Refused as refused:
            form.add_error(None, said(refused))
        else:
            messages.success(request, _("已退回修改"))
            return HttpResponseRedirect(reverse("workbench:plan", args=[number]))
    return _approving(request, version, objection=form)


def _approving(
    request: HttpRequest, version: PlanVersion, *, publication: Any = None, objection: Any = None
) -> HttpResponse:
    known: Any = request
    base = base_of(version=version)
    names = names_of_accounts(keys=version.authors)
    refused = bool((publication and publication.errors) or (objection and objection.errors))
    context = version_context(
        known,
        version,
        "plan_approval",
        base=base,
        changes=difference(before=base, after=version, lang=lang()) if base is not None else None,
        hindrances=[one.text(lang()) for one in hindrances(version=version)],
        prose=prose_of(version=version, lang=lang(), words=words_for(unit=version.office)),
        simulation=simulations_of(version=version).filter(state="done").first(),
        authors=[names.get(key, key) for key in version.authors],
        publication=publication or Publication(initial={"offered_from_on": known.on}),
        objection=objection or Remark(None, _("要改什么"), required=True),
        own=known.actor.key in {version.drafted_by, *version.authors},
    )
    return TemplateResponse(request, "workbench/plans/approval.html", context, status=422 if refused else 200)


urlpatterns: list[URLPattern] = [
    path("plans/<plan_number:number>/submission", plan_submission, name="plan_submission"),
    path("plans/<plan_number:number>/approval", plan_approval, name="plan_approval"),
    path("plans/<plan_number:number>/objection", plan_objection, name="plan_objection"),
    path("plans/<plan_number:number>/withdrawal", plan_withdrawal, name="plan_withdrawal"),
    path("plans/<plan_number:number>/discard", plan_discard, name="plan_discard"),
]
