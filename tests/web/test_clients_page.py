"""Programs of the interface at the workbench: the token is shown once, and what cannot be is said beside the form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from mutualaid.core.actors import ActorKind
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import ApiClient, RoleName

if TYPE_CHECKING:
    from tests.web.cast import Web

WANTED = {"name": "人事系统", "unit": "G1", "scopes": ["members:read"], "expires_on": "2025-06-01"}


def test_a_token_is_shown_once_and_opens(web: Web) -> None:
    admin = web.client("system_admin")
    page = admin.post("/workbench/clients", WANTED).content.decode()
    found = re.search(r"<code>(mut_[^<]+)</code>", page)
    assert found
    token = found[1]
    assert token not in admin.get("/workbench/clients").content.decode()
    assert token not in str(list(ApiClient.objects.values())) + str(list(AuditEntry.objects.values()))
    answer = Client().get("/api/v1/members", headers={"Authorization": f"Bearer {token}"})
    assert [one["name"] for one in answer.json()["items"]] == ["林晓禾"]
    number = ApiClient.objects.get().number
    assert admin.post(f"/workbench/clients/{number}/revocation").status_code == 302
    assert Client().get("/api/v1/members", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"unit": "G3"}, "没有找到该单位"),  # of another city
        ({"unit": "none"}, "没有找到该单位"),
        ({"scopes": []}, "error"),
        ({"scopes": ["everything"]}, "error"),
        ({"expires_on": "2025-03-01"}, "到期日应在"),
        ({"expires_on": "2027-01-01"}, "到期日应在"),
        ({"name": ""}, "error"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(web: Web, wrong: dict[str, object], said: str) -> None:
    page = web.client("system_admin").post("/workbench/clients", WANTED | wrong).content.decode()
    assert said in page
    assert "<code>mut_" not in page
    assert not ApiClient.objects.exists()


def test_another_branch_s_program_is_not_found(web: Web) -> None:
    from tests.people.cast import staff

    web.client("system_admin").post("/workbench/clients", WANTED)
    number = ApiClient.objects.get().number
    other = staff("系统管理员乙", web.people.other_city, RoleName.SYSTEM_ADMIN)
    web.accounts["other_admin"] = (other.account, ActorKind.STAFF)
    assert web.client("other_admin").post(f"/workbench/clients/{number}/revocation").status_code == 404
    assert number not in web.client("other_admin").get("/workbench/clients").content.decode()
