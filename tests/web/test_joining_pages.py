"""A rider joins on the phone, from the address on the poster to the certificate; a member joins with what is known."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from mutualaid.contributions.actions.joining import join_as_member
from mutualaid.contributions.actions.splits import grant_subsidy
from mutualaid.contributions.models import PayerKind
from mutualaid.core import work
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, JoiningRequest
from mutualaid.notices import gateway
from mutualaid.people.models import Employment
from tests.enrolment.gig import rider
from tests.people.cast import AT, BY, ON, resident_id
from tests.web import joining_made as made

if TYPE_CHECKING:
    from tests.web.cast import Web

PASSWORD = "hai-feng-qing-qing-25"


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The deliveries that were posted."""
    posted: list[str] = []
    monkeypatch.setattr(gateway, "is_sent", lambda **_: True)
    post = work.post

    def noted(*, name: str, **more: Any) -> str:
        posted.append(name)
        return post(name=name, **more)

    monkeypatch.setattr(work, "post", noted)
    return posted


def told(order: int = 60, **more: str) -> dict[str, str]:
    return {**rider(order), "phone": "13900000123", "work": "rider", "option": "按天", "agree": "on", **more}


def code() -> str:
    with within([EVERYTHING]):
        return JoiningRequest.objects.order_by("-id")[0].code


def test_from_the_poster_to_the_certificate(web: Web, sent: list[str]) -> None:
    page = f"/members/join/{made.page(web).code}"
    phone = Client()
    assert "免费参加" in phone.get(page).content.decode()
    asked = phone.post(page, told())
    assert asked["Location"] == f"{page}/code"
    assert sent == ["enrolment.send_joining_code"]
    assert (
        "139****0123" in phone.get(asked["Location"]).content.decode()
        or "****" in phone.get(asked["Location"]).content.decode()
    )
    wrong = phone.post(asked["Location"], {"code": "1", "password": PASSWORD})
    assert wrong.status_code == 409
    right = phone.post(asked["Location"], {"code": code(), "password": PASSWORD})
    assert right["Location"].startswith("/members/covers/C")
    shown = phone.get(right["Location"]).content.decode()
    assert "参加成功" in shown
    assert "单位统一" not in shown
    certificate = phone.get(f"{right['Location']}/certificate")
    assert certificate.content.startswith(b"%PDF")
    again = phone.post(asked["Location"], {"code": code(), "password": PASSWORD})
    assert again.status_code in (302, 404)
    once_more = phone.post(page, {"option": "按天", "work": "rider", "agree": "on"})
    assert once_more["Location"] == right["Location"]
    with within([EVERYTHING]):
        assert Cover.objects.filter(family="rider").count() == 1


def test_who_pays_is_led_to_their_bill(web: Web) -> None:
    page = f"/members/join/{made.page(web, fees=(1, 5, 50)).code}"
    bill = made.bill(web)
    shown = web.client("member").get(f"/members/bills/{bill.number}/payment").content.decode()
    assert "5.00" in shown
    with within([EVERYTHING]):
        cover = Cover.objects.get(enrolment=bill.enrolment)
    assert (
        f"/members/bills/{bill.number}/payment"
        in web.client("member").get(f"/members/covers/{cover.number}").content.decode()
    )
    again = web.client("member").post(page, {"option": "按月", "work": "rider", "agree": "on"})
    assert again["Location"] == f"/members/covers/{cover.number}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"identity_number": "123"}, "身份证"),
        ({"identity_number": resident_id("20200101")}, "16 至 60"),
        ({"phone": "12"}, "手机"),
        ({"name": "<script>"}, "姓名"),
    ],
)
def test_what_cannot_be_is_told_beside_the_form(web: Web, more: dict[str, str], said: str) -> None:
    answer = Client().post(f"/members/join/{made.page(web).code}", {**told(), **more})
    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert "<script>" not in answer.content.decode().split("<main")[1]


@pytest.mark.parametrize("missing", ["agree", "work", "name", "phone"])
def test_what_is_missing_is_asked_for(web: Web, missing: str) -> None:
    given = told()
    del given[missing]
    assert Client().post(f"/members/join/{made.page(web).code}", given).status_code == 422


def test_a_member_is_asked_to_sign_in(web: Web) -> None:
    page = f"/members/join/{made.page(web).code}"
    phone = Client()
    lin = web.people.lin
    asked = phone.post(page, told(name=lin.name, identity_number=lin.identity_number))
    answer = phone.post(asked["Location"], {"code": code(), "password": PASSWORD})
    assert answer.status_code == 409
    assert "/members/sign-in" in answer.content.decode()
    joined = web.client("member").post(page, {"option": "按天", "work": "rider", "agree": "on"})
    assert joined["Location"].startswith("/members/covers/C")


def test_a_budget_that_is_used_up_meanwhile_is_told_before_anybody_pays(web: Web) -> None:
    page = made.page(web, fees=(20, 20, 20))
    made.fund(web)
    with within([EVERYTHING]):
        grant_subsidy(
            office=web.people.province, name="骑手补贴", payer_kind=PayerKind.ADMINISTRATION, payer_name="海市财政局",
            amount=Decimal(15), budget=Decimal(15), from_on=ON, until_on=ON + datetime.timedelta(days=90), by=BY, at=AT,
        )  # fmt: skip
    address, phone = f"/members/join/{page.code}", Client()
    shown = phone.get(address).content.decode()
    assert "骑手补贴承担 15.00 元" in shown
    assert 'name="prices" value="5.00 5.00 5.00"' in shown
    code_page = phone.post(address, told(prices="5.00 5.00 5.00"))["Location"]
    assert "本人应缴 5.00 元" in phone.get(code_page).content.decode()
    with within([EVERYTHING]):
        join_as_member(page=page, member=web.people.lin, option="按月", work="rider", by=BY, at=AT)
    assert "预算已用完" in Client().get(address).content.decode()
    dearer = phone.post(code_page, {"code": code(), "password": PASSWORD, "own": "5.00"})
    assert dearer.status_code == 409
    assert "现应缴 20.00 元" in dearer.content.decode()
    assert 'name="own" value="20.00"' in dearer.content.decode()
    done = phone.post(code_page, {"code": code(), "password": PASSWORD, "own": "20.00"})
    assert "20.00" in phone.get(done["Location"]).content.decode()
    late = Client().post(address, {**told(62, phone="13900000124"), "prices": "5.00 5.00 5.00"})
    assert late.status_code == 409
    assert 'name="prices" value="20.00 20.00 20.00"' in late.content.decode()


def test_a_member_goes_to_another_city_once(web: Web) -> None:
    made.rider_here(web)
    phone, page = web.client("member"), "/members/profile/move"
    to, first = web.people.far.unit, ON + datetime.timedelta(days=3)
    assert to.name in phone.get(page, {"q": to.name[:4]}).content.decode()
    assert "没有找到" in phone.get(page, {"q": "不在这里"}).content.decode()
    assert phone.post(page, {"to": to.code, "from_on": "2020-01-01"}).status_code == 422
    assert phone.post(page, {"to": "NOWHERE", "from_on": first.isoformat()}).status_code == 422
    assert phone.post(page, {"to": to.code, "from_on": first.isoformat()}).status_code == 302
    shown = phone.get("/members/profile").content.decode()
    assert to.name in shown
    assert page not in shown
    assert phone.get(page).status_code == 404
    with within([EVERYTHING]):
        work = Employment.objects.filter(member=web.people.lin).order_by("from_on").values_list("employer", "until_on")
        assert list(work) == [(web.people.mill.pk, first), (web.people.far.pk, None)]


def test_pages_ask_few_statements(web: Web, django_assert_max_num_queries: Any) -> None:
    page = f"/members/join/{made.page(web).code}"
    client = Client()
    client.get(page)
    with django_assert_max_num_queries(18):
        client.get(page)
