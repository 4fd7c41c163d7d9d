"""The five questions for the programs of the interface."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse

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
]
