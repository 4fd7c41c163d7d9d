"""The five questions for the programs of the interface, and where they are told of events."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse

from mutualaid.notices.actions.webhooks import announce, drop_delivery, make_endpoint
from mutualaid.notices.models import WebhookDelivery
from mutualaid.people.actions.clients import make_client, revoke_client
from mutualaid.people.models import ApiClient
from tests.people.cast import BY
from tests.web.cast import Web
from tests.web.questions import Page


def _made(web: Web) -> None:
    client, _ = make_client(
        name="人事系统",
        unit=web.people.mill.unit,
        scopes=["members:read"],
        expires_on=web.at.date() + datetime.timedelta(days=30),
        by=BY,
        at=web.at,
    )
    web.made["client"] = client.number


def _wanted(web: Web) -> dict[str, Any]:
    return {"name": "人事系统", "unit": "G1", "scopes": ["members:read", "bills:read"], "expires_on": "2025-06-01"}


def _revoked(web: Web) -> None:
    revoke_client(client=ApiClient.objects.get(number=web.made["client"]), by=BY, at=web.at)


def _told(web: Web) -> None:
    """The program has an address, and an event was given up there."""
    _made(web)
    client = ApiClient.objects.get(number=web.made["client"])
    endpoint, _ = make_endpoint(
        client=client, address="https://hr.example.org/events", events=["claim.paid"], by=BY, at=web.at
    )
    announce(
        event="claim.paid",
        unit_path=client.unit.path,
        subject="L00000017",
        facts={"amount": "10.00"},
        by=BY,
        at=web.at,
    )
    delivery = drop_delivery(delivery=WebhookDelivery.objects.get(), by=BY, at=web.at)
    web.made |= {"endpoint": endpoint.number, "delivery": delivery.key.hex}


def _repeated(web: Web) -> None:
    web.client("system_admin").post(reverse("workbench:delivery_repetition", args=[web.made["delivery"]]))


_ANOTHER = "the cast has one system administrator; tests/web/test_endpoints_page.py asks another's"
_AGAIN = "done twice it says so on the page; tests/web/test_endpoints_page.py"

PAGES = [
    Page(
        "workbench:clients",
        who=("system_admin", "security_admin"),
        wrong=("reviewer", "finance", "clerk", "member"),
        arrange=_made,
        shows="人事系统",
    ),
    Page(
        "workbench:clients",
        method="post",
        who=("system_admin",),
        wrong=("reviewer", "clerk", "member"),
        data=_wanted,
        wrong_state="a program that is made has no state before",
        shows="mut_",
    ),
    Page(
        "workbench:client_revocation",
        method="post",
        who=("system_admin",),
        wrong=("security_admin", "reviewer", "clerk", "member"),
        address=lambda web: reverse("workbench:client_revocation", args=[web.made["client"]]),
        strangers="the cast has one system administrator; tests/web/test_clients_page.py asks another's",
        wrong_state=_revoked,
        arrange=_made,
        expects=302,
        shows="/workbench/clients",
    ),
    Page(
        "workbench:endpoints",
        who=("system_admin", "security_admin"),
        wrong=("reviewer", "finance", "clerk", "member"),
        arrange=_told,
        address=lambda web: reverse("workbench:endpoints", args=[web.made["client"]]),
        strangers=_ANOTHER,
        shows="https://hr.example.org/events",
    ),
    Page(
        "workbench:endpoints",
        method="post",
        who=("system_admin",),
        wrong=("reviewer", "clerk", "member"),
        arrange=_told,
        address=lambda web: reverse("workbench:endpoints", args=[web.made["client"]]),
        data=lambda web: {"address": "https://hr.example.org/more", "events": ["claim.filed"]},
        strangers=_ANOTHER,
        wrong_state="an address that is made has no state before",
        shows="mws_",
    ),
    Page(
        "workbench:endpoint_secret",
        method="post",
        who=("system_admin",),
        wrong=("security_admin", "reviewer", "clerk", "member"),
        arrange=_told,
        address=lambda web: reverse("workbench:endpoint_secret", args=[web.made["endpoint"]]),
        strangers=_ANOTHER,
        wrong_state=_AGAIN,
        shows="mws_",
    ),
    Page(
        "workbench:endpoint_closure",
        method="post",
        who=("system_admin",),
        wrong=("security_admin", "reviewer", "clerk", "member"),
        arrange=_told,
        address=lambda web: reverse("workbench:endpoint_closure", args=[web.made["endpoint"]]),
        strangers=_ANOTHER,
        wrong_state=_AGAIN,
        expects=302,
        shows="/endpoints",
    ),
    Page(
        "workbench:delivery_repetition",
        method="post",
        who=("system_admin",),
        wrong=("security_admin", "reviewer", "clerk", "member"),
        arrange=_told,
        address=lambda web: reverse("workbench:delivery_repetition", args=[web.made["delivery"]]),
        strangers=_ANOTHER,
        wrong_state=_repeated,
        expects=302,
        shows="/endpoints",
    ),
]
