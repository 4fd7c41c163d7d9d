"""管理端: programs that come by the interface; their tokens are made, shown once, and revoked."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from mutualaid.people.access import SEE_STAFF, NotFound, client_to_manage, clients_visible_to, unit_to_staff
from mutualaid.people.actions.clients import make_client, revoke_client
from mutualaid.people.models import RoleName, Scope
from mutualaid.people.refusals import Refused
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField, said
from mutualaid.web.common.requests import Request


class ClientForm(forms.Form):
    """A program that may come."""

    name = forms.CharField(label=gettext_lazy("程序名称"), max_length=100, help_text=gettext_lazy("如：某厂人事系统"))
    unit = forms.CharField(
        label=gettext_lazy("单位编码"), max_length=32, help_text=gettext_lazy("程序只能看到该单位及其下级")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = DayField(label=gettext_lazy("到期日"), help_text=gettext_lazy("当天起失效，最长一年"))


@staff_only(roles=SEE_STAFF)
def clients(request: Request) -> HttpResponseBase:
    """The programs of the visitor's branches; a system administrator makes one here, and sees its token once."""
    may = RoleName.SYSTEM_ADMIN in request.standing.roles
    form = ClientForm(request.POST if request.method == "POST" and may else None, initial=_usual(request.on))
    made: Any = None
    token = ""  # nosec B105
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            unit = unit_to_staff(actor=request.actor, code=wanted.pop("unit"), on=request.on)
            made, token = make_client(unit=unit, **wanted, by=request.actor, at=request.at)
            form = ClientForm(initial=_usual(request.on))
        except (NotFound, Refused) as refusal:
            form.add_error(None, said(refusal))
    among = clients_visible_to(actor=request.actor, on=request.on).select_related("unit").order_by("-id")
    shown = [{"client": one, "open": one.revoked_at is None and request.on < one.expires_on} for one in among[:200]]
    context = {"form": form if may else None, "may": may, "made": made, "token": token, "clients": shown}
    response: HttpResponse = render(request, "workbench/clients/clients.html", context)
    return response


@staff_only(roles=(RoleName.SYSTEM_ADMIN,))
@require_POST
def client_revocation(request: Request, number: str) -> HttpResponseBase:
    """From now on the token opens nothing."""
    revoke_client(
        client=client_to_manage(actor=request.actor, number=number, on=request.on), by=request.actor, at=request.at
    )
    messages.success(request, _("凭证已停用。"))
    return redirect("workbench:clients")


def _usual(on: datetime.date) -> dict[str, Any]:
    return {"expires_on": on + datetime.timedelta(days=180)}


urlpatterns: list[URLPattern] = [
    path("clients", clients, name="clients"),
    path("clients/<slug:number>/revocation", client_revocation, name="client_revocation"),
]
