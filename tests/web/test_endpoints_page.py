"""Where programs are told of events, at the workbench: secrets are shown once, refusals are said, and others find nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mutualaid.core.actors import ActorKind
from mutualaid.notices.models import Endpoint, WebhookDelivery
from mutualaid.people.models import RoleName
from tests.web.pages_clients import _told

if TYPE_CHECKING:
    from tests.web.cast import Web

WANTED = {"address": "https://hr.example.org/events", "events": ["claim.paid", "claim.decided"]}


@pytest.fixture
def page(web: Web) -> str:
    """The address of a program's page, where an event was given up."""
    _told(web)
    return f"/workbench/clients/{web.made['client']}/endpoints"


def test_a_secret_is_shown_once(web: Web, page: str) -> None:
    admin = web.client("system_admin")
    text = admin.post(page, WANTED).content.decode()
    found = re.search(r">(mws_[^<]+)</code>", text)
    assert found
    assert found[1] not in admin.get(page).content.decode()
    assert "<code" not in web.client("security_admin").get(page).content.decode()
    number = Endpoint.objects.latest("id").number
    changed = admin.post(f"/workbench/endpoints/{number}/secret").content.decode()
    assert "24 小时" in changed
    assert found[1] not in changed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"address": "http://hr.example.org/"}, "地址应为 https://"),
        ({"address": "https://10.0.0.1/"}, "公网"),
        ({"events": []}, "error"),
        ({"events": ["claim.sung"]}, "error"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(web: Web, page: str, wrong: dict[str, object], said: str) -> None:
    text = web.client("system_admin").post(page, WANTED | wrong).content.decode()
    assert said in text
    assert Endpoint.objects.count() == 1


def test_a_security_administrator_only_looks(web: Web, page: str) -> None:
    web.client("security_admin").post(page, WANTED)
    assert Endpoint.objects.count() == 1


def test_closed_twice_is_said(web: Web, page: str) -> None:
    admin, number = web.client("system_admin"), web.made["endpoint"]
    for said in ("推送地址已停用", "已停用，请另设一个"):
        assert said in admin.post(f"/workbench/endpoints/{number}/closure", follow=True).content.decode()
    assert "已停用" in admin.post(f"/workbench/endpoints/{number}/secret", follow=True).content.decode()
    key = web.made["delivery"]
    assert "已停用" in admin.post(f"/workbench/deliveries/{key}/repetition", follow=True).content.decode()


def test_what_was_given_up_is_told_again(web: Web, page: str) -> None:
    admin = web.client("system_admin")
    assert "重新推送" in admin.get(page).content.decode()
    admin.post(f"/workbench/deliveries/{web.made['delivery']}/repetition")
    assert WebhookDelivery.objects.get().state == "waiting"
    assert "重新推送" not in admin.get(page).content.decode().split("<tbody>")[-1]


def test_another_branch_s_is_not_found(web: Web, page: str) -> None:
    from tests.people.cast import staff

    other = staff("系统管理员乙", web.people.other_city, RoleName.SYSTEM_ADMIN)
    web.accounts["other_admin"] = (other.account, ActorKind.STAFF)
    admin = web.client("other_admin")
    assert admin.get(page).status_code == 404
    for address in (
        page,
        f"/workbench/endpoints/{web.made['endpoint']}/secret",
        f"/workbench/endpoints/{web.made['endpoint']}/closure",
        f"/workbench/deliveries/{web.made['delivery']}/repetition",
        "/workbench/deliveries/x/repetition",
    ):
        assert admin.post(address, WANTED).status_code == 404


def test_a_page_asks_the_database_a_few_times(web: Web, page: str, django_assert_max_num_queries: object) -> None:
    admin = web.client("system_admin")
    for _ in range(4):
        admin.post(page, WANTED)
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        admin.get(page)
