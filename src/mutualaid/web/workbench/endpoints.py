"""管理端: where a program is told of events; its secrets are shown once, and what it did not take is tried again."""

from __future__ import annotations

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

from mutualaid.notices.access import (
    client_seen,
    deliveries_visible_to,
    delivery_to_repeat,
    endpoint_to_manage,
    endpoints_visible_to,
)
from mutualaid.notices.actions.webhooks import (
    EndpointUnfit,
    change_secret,
    close_endpoint,
    deliver_again,
    make_endpoint,
)
from mutualaid.notices.models import Event
from mutualaid.notices.queries import deliveries_of
from mutualaid.notices.states import WEBHOOK_DELIVERY
from mutualaid.people.access import SEE_STAFF, client_to_manage
from mutualaid.people.models import ApiClient, RoleName
from mutualaid.web.common.answers import said as chosen
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request

_ADMIN = (RoleName.SYSTEM_ADMIN,)
_EVENTS = {
    Event.CLAIM_FILED: gettext_lazy("收到理赔申请"),
    Event.CLAIM_RETURNED: gettext_lazy("退回补充材料"),
    Event.CLAIM_DECIDED: gettext_lazy("作出决定"),
    Event.CLAIM_WITHDRAWN: gettext_lazy("申请人撤回"),
    Event.CLAIM_PAID: gettext_lazy("互助金到账"),
    Event.PAYMENT_RETURNED: gettext_lazy("付款被银行退回"),
}
_LOOKS = {"waiting": "warn", "delivered": "ok", "given_up": "bad"}


class EndpointForm(forms.Form):
    """Where, and of what."""

    address = forms.CharField(
        label=gettext_lazy("推送地址"), max_length=300, help_text=gettext_lazy("https:// 开头，由对方系统提供")
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("事件"), choices=list(_EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )


@staff_only(roles=SEE_STAFF)
def endpoints(request: Request, number: str) -> HttpResponseBase:
    """Where a program is told, and of what lately; a system administrator adds an address, and sees its secret once."""
    may = RoleName.SYSTEM_ADMIN in request.standing.roles
    form = EndpointForm(request.POST if request.method == "POST" and may else None)
    made: dict[str, Any] = {}
    if request.method == "POST" and may:
        client = client_to_manage(actor=request.actor, number=number, on=request.on)
        if form.is_valid():
            try:
                endpoint, secret = make_endpoint(client=client, **form.cleaned_data, by=request.actor, at=request.at)
                made = {"endpoint": endpoint, "secret": secret}
                form = EndpointForm()
            except EndpointUnfit as refusal:
                form.add_error(None, said(refusal))
    else:
        client = client_seen(actor=request.actor, number=number, on=request.on)
    return _page(request, client, {"form": form if may else None, "may": may, **made})


@staff_only(roles=_ADMIN)
@require_POST
def endpoint_secret(request: Request, number: str) -> HttpResponseBase:
    """A new secret, shown once; the former one counts for a day more."""
    endpoint = endpoint_to_manage(actor=request.actor, number=number, on=request.on)
    client = client_to_manage(actor=request.actor, number=endpoint.client.number, on=request.on)
    try:
        endpoint, secret = change_secret(endpoint=endpoint, by=request.actor, at=request.at)
    except EndpointUnfit as refusal:
        messages.error(request, said(refusal))
        return redirect("workbench:endpoints", client.number)
    context = {"form": EndpointForm(), "may": True, "endpoint": endpoint, "secret": secret, "changed": True}
    return _page(request, client, context)


@staff_only(roles=_ADMIN)
@require_POST
def endpoint_closure(request: Request, number: str) -> HttpResponseBase:
    """From now on nothing is told there."""
    endpoint = endpoint_to_manage(actor=request.actor, number=number, on=request.on)
    try:
        close_endpoint(endpoint=endpoint, by=request.actor, at=request.at)
        messages.success(request, _("推送地址已停用。"))
    except EndpointUnfit as refusal:
        messages.error(request, said(refusal))
    return redirect("workbench:endpoints", endpoint.client.number)


@staff_only(roles=_ADMIN)
@require_POST
def delivery_repetition(request: Request, key: str) -> HttpResponseBase:
    """One that was given up is tried again."""
    delivery = delivery_to_repeat(actor=request.actor, key=key, on=request.on)
    try:
        deliver_again(delivery=delivery, by=request.actor, at=request.at)
        messages.success(request, _("已重新推送。"))
    except EndpointUnfit as refusal:
        messages.error(request, said(refusal))
    return redirect("workbench:endpoints", delivery.endpoint.client.number)


def _page(request: Request, client: ApiClient, context: dict[str, Any]) -> HttpResponse:
    among = endpoints_visible_to(actor=request.actor, on=request.on).filter(client=client).order_by("-id")
    told = deliveries_visible_to(actor=request.actor, on=request.on).filter(endpoint__client=client)
    rows = [
        {
            "delivery": one,
            "event": _EVENTS[Event(one.event)],
            "word": chosen(*WEBHOOK_DELIVERY.names[one.state]),
            "look": _LOOKS[one.state],
        }
        for one in deliveries_of(among=told)
    ]
    addresses = [
        {"endpoint": one, "events": [_EVENTS[event] for event in Event if event in one.events]} for one in among
    ]
    response: HttpResponse = render(
        request,
        "workbench/clients/endpoints.html",
        {"client": client, "addresses": addresses, "deliveries": rows, **context},
    )
    return response


urlpatterns: list[URLPattern] = [
    path("clients/<slug:number>/endpoints", endpoints, name="endpoints"),
    path("endpoints/<slug:number>/secret", endpoint_secret, name="endpoint_secret"),
    path("endpoints/<slug:number>/closure", endpoint_closure, name="endpoint_closure"),
    path("deliveries/<slug:key>/repetition", delivery_repetition, name="delivery_repetition"),
]
