"""管理端: 单位转移 – an employer's union goes to another office: asked by the one that gives, accepted by the one that takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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

from mutualaid.people import move_access as access
from mutualaid.people.access import NotFound
from mutualaid.people.actions.moving import accept_unit_move, ask_unit_move, refuse_unit_move, withdraw_unit_move
from mutualaid.people.move_models import UnitMove
from mutualaid.people.queries import offices_to_ask
from mutualaid.people.refusals import Refused
from mutualaid.people.states import UNIT_MOVE
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

SORTS = {"at": ("-id",), "name": ("unit_name", "-id"), "day": ("on_day", "-id")}


class MovesAsked(Asked):
    """What the list is asked."""

    state = StateField(UNIT_MOVE)
    q = WordsField(label=gettext_lazy("编号、单位名称或代码"))


class Moving(forms.Form):
    """Where to, from when, why."""

    to = forms.ChoiceField(label=gettext_lazy("转入机构"), help_text=gettext_lazy("由对方经办人员核对后接收"))
    on = DayField(label=gettext_lazy("转移日"), help_text=gettext_lazy("当天零时起由转入机构经办；不能早于今天"))
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        help_text=gettext_lazy("例如“厂址迁至邕市”“划归产业工会”"),
        min_length=2,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, here: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = [one for one in offices_to_ask() if one.pk != here]
        self.fields["to"].choices = [("", _("请选择")), *((one.code, one.name) for one in offices)]  # type: ignore[attr-defined]


@staff_only(roles=access.MOVE)
@require_safe
def moves(request: Request) -> HttpResponseBase:
    """Moves from and to offices of the branches, the newest first."""
    form = MovesAsked(request)
    return TemplateResponse(
        request, "workbench/moves/list.html", {"form": form, "page": page_of(request, _asked(request, form))}
    )


@staff_only(roles=access.MOVE)
@require_safe
def moves_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("单位"), lambda row: row.unit_name, width=36),
        Column(_("单位代码"), lambda row: row.unit_code),
        Column(_("职工"), lambda row: row.persons, "whole"),
        Column(_("转出机构"), lambda row: row.from_office.name, width=30),
        Column(_("转入机构"), lambda row: row.to_office.name, width=30),
        Column(_("转移日"), lambda row: row.on_day, "day"),
        Column(_("提出人"), lambda row: row.asked_name),
        Column(_("接收人"), lambda row: row.decided_name),
        Column(_("状态"), lambda row: said(*UNIT_MOVE.names[row.state])),
    ]
    return workbook(_("单位转移"), columns, _asked(request, MovesAsked(request)).iterator(chunk_size=2000))


def _asked(request: Request, form: MovesAsked) -> Any:
    rows = access.moves_visible_to(actor=request.actor, on=request.on).select_related("from_office", "to_office")
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    if words := form.given("q"):
        rows = rows.filter(number=words.upper()) | rows.filter(unit_code=words) | rows.filter(unit_name__contains=words)
    return sorted_by(request, rows, SORTS)


@staff_only(roles=access.MOVE)
@require_http_methods(["GET", "HEAD", "POST"])
def move_new(request: Request, code: str) -> HttpResponseBase:
    """The office asks another one to take one of its employers."""
    employer = access.employer_to_move(actor=request.actor, code=code, on=request.on)
    here = employer.unit.parent_id or 0
    form, status = Moving(here, initial={"on": request.on}), 200
    if request.method == "POST":
        form, status = Moving(here, request.POST), 422
        if form.is_valid():
            told = form.cleaned_data
            try:
                made = ask_unit_move(
                    unit=employer.unit,
                    to=access.office_to_move_to(code=told["to"]),
                    on=told["on"],
                    reason=told["reason"],
                    by=request.actor,
                    at=request.at,
                )
            except (Refused, NotFound) as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已提出转移 %s，等待转入机构接收") % made.number)
                return HttpResponseRedirect(reverse("workbench:move", args=[made.number]))
    context = {"employer": employer, "form": form}
    return TemplateResponse(request, "workbench/moves/new.html", context, status=status)


@staff_only(roles=access.MOVE)
@require_safe
def move(request: Request, number: str) -> HttpResponseBase:
    """One move: where from, where to, what goes along."""
    return _page(request, access.move_for(actor=request.actor, number=number, on=request.on))


def _page(request: Request, found: UnitMove, refusal: str = "", status: int = 200) -> HttpResponseBase:
    waits = access.moves_to_take(actor=request.actor, on=request.on).filter(pk=found.pk)
    context = {
        "move": found,
        "takes": waits.exists(),
        "gives": found.state in ("asked", "accepted") and _gives(request, found),
        "refusal": refusal,
        "typed": request.POST if request.method == "POST" else {},
    }
    return TemplateResponse(request, "workbench/moves/move.html", context, status=status)


def _gives(request: Request, found: UnitMove) -> bool:
    try:
        access.move_to_withdraw(actor=request.actor, number=found.number, on=request.on)
    except NotFound:
        return False
    return True


def _done(request: Request, found: UnitMove, told: str, action: Callable[..., object], **more: Any) -> HttpResponseBase:
    """One action and back to the page; a refusal is shown there, with how it then stands."""

    def refused(why: str) -> HttpResponseBase:
        again = access.move_for(actor=request.actor, number=found.number, on=request.on)
        return _page(request, again, why, status=409)

    return acted(
        request,
        do=partial(action, move=found, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:move", args=[found.number]),
        refused=refused,
    )


@staff_only(roles=access.MOVE)
@require_POST
def move_acceptance(request: Request, number: str) -> HttpResponseBase:
    """The office that takes it agrees."""
    found = access.move_to_take(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已接收"), accept_unit_move)


@staff_only(roles=access.MOVE)
@require_POST
def move_refusal(request: Request, number: str) -> HttpResponseBase:
    """The office does not take it, and says why."""
    found = access.move_to_take(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已退回，不接收"), refuse_unit_move, reason=request.POST.get("reason", ""))


@staff_only(roles=access.MOVE)
@require_POST
def move_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """The office that gives it takes it back."""
    found = access.move_to_withdraw(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已撤回"), withdraw_unit_move)


urlpatterns: list[URLPattern] = [
    path("moves", moves, name="moves"),
    path("moves/export", moves_export, name="moves_export"),
    path("moves/<str:number>", move, name="move"),
    path("moves/<str:number>/acceptance", move_acceptance, name="move_acceptance"),
    path("moves/<str:number>/refusal", move_refusal, name="move_refusal"),
    path("moves/<str:number>/withdrawal", move_withdrawal, name="move_withdrawal"),
    path("employers/<str:code>/move", move_new, name="move_new"),
]
