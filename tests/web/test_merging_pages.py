"""Pages of merging double persons: what they show, where old numbers lead, how many statements a comparison takes; looked at in
Chromium at both sizes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from mutualaid.claims.actions.merging import confirm_merge
from mutualaid.claims.models import Claim, Merge
from mutualaid.people.models import Member
from tests.claims.scene import published
from tests.people.cast import AT, member
from tests.web import pages_workbench_merges as made
from tests.web import reviews_made
from tests.web.api_scene import token_of
from tests.web.cast import Web
from tests.web.test_review_in_browser import desk, opened
from tests.web.test_statements import asked

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
MOST = 45
"""Statements of a comparison, whatever the two have."""


def _with_claims(web: Web, count: int) -> Member:
    """The double has a cover of another plan, and claims; the member has, too."""
    scene, merged = reviews_made.scene(web), made.double(web)
    scene.cover(merged, web.people.yard, published(web.people.province, "hai-8", cap=900))
    for _ in range(count):
        scene.approve(scene.enter(1200, member=merged))
        scene.enter(500)
    return merged


def _new(web: Web) -> str:
    return f"{reverse('workbench:merge_new')}?kept={web.people.lin.number}&merged={made.double(web).number}"


def test_both_are_compared_masked_and_what_changes_is_told(web: Web) -> None:
    merged = _with_claims(web, 1)
    told = web.client("enrolment_clerk").get(_new(web)).content.decode()
    assert merged.identity_number not in told
    assert any(number in told for number in Claim.objects.values_list("number", flat=True))
    for shown in ("会改变的理赔", "曾用证件", "1 份保障改到保留会员名下", "第2厂工会"):
        assert shown in told, shown


def test_what_stands_in_the_way_is_told_and_nothing_can_be_proposed(web: Web) -> None:
    made._hindered(web)
    told = web.client("enrolment_clerk").get(_new(web)).content.decode()
    assert "现在不能合并" in told
    assert 'type="file"' not in told


def test_unknown_numbers_are_said_beside_their_field(web: Web) -> None:
    browser = web.client("enrolment_clerk")
    answer = browser.get(f"{reverse('workbench:merge_new')}?kept=M999999999&merged={web.people.lin.number}")
    assert answer.status_code == 404
    assert "没有找到该会员" in answer.content.decode()
    assert browser.get(f"{reverse('workbench:merge_new')}?kept={web.people.lin.number}").status_code == 200
    same = browser.get(f"{reverse('workbench:merge_new')}?kept={web.people.lin.number}&merged={web.people.lin.number}")
    assert "同一人" in same.content.decode()


def test_a_comparison_asks_no_more_for_more_claims(web: Web) -> None:
    _with_claims(web, 1)
    few = len(asked(web, "enrolment_clerk", _new(web)))
    for _ in range(4):
        reviews_made.scene(web).enter(300, member=made.double(web))
    assert len(asked(web, "enrolment_clerk", _new(web))) == few <= MOST
    assert len(asked(web, "enrolment_clerk", "/workbench/merges")) <= 12


def test_suggestions_take_few_statements(web: Web) -> None:
    for order in range(3):
        member(web.people.yard, 410 + 2 * order, "林小禾", "13900000123")
    told = asked(web, "enrolment_clerk", "/workbench/merges/suggestions")
    assert len(told) <= 12


def test_a_confirmation_wants_the_paper_looked_at(web: Web) -> None:
    merge = made.proposed(web)
    address = reverse("workbench:merge_confirmation", args=[merge.number])
    assert web.client("senior_reviewer").post(address, {}).status_code == 422
    assert web.client("enrolment_clerk").post(address, {"looked": "on"}).status_code == 409
    assert Merge.objects.get(pk=merge.pk).state == "proposed"


def test_old_numbers_lead_to_the_member(web: Web) -> None:
    merged = made.double(web)
    confirm_merge(merge=made.proposed(web), by=web.actor("senior_reviewer"), at=AT)
    browser = web.client("enrolment_clerk")
    answer = browser.get(reverse("workbench:member", args=[merged.number]), follow=True)
    assert answer.redirect_chain[-1][0].startswith(f"/workbench/members/{web.people.lin.number}?")
    assert f"会员 {merged.number} 是重复登记" in answer.content.decode()
    for words in (merged.number, merged.identity_number):
        assert web.people.lin.number in browser.get("/workbench/search", {"q": words}).content.decode()
    assert merged.number not in browser.get("/workbench/members").content.decode()


def test_a_program_gets_the_member_by_the_number_of_the_double(web: Web) -> None:
    merged = made.double(web)
    confirm_merge(merge=made.proposed(web), by=web.actor("senior_reviewer"), at=AT)
    _, secret = token_of(web.people.city)

    def told(path: str) -> Any:
        return web.client("anonymous").get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {secret}")

    for path in (f"members/{merged.number}", f"members?number={merged.number}"):
        answer = told(path)
        assert answer.status_code == 200, answer.content
        assert web.people.lin.number in answer.content.decode()
    listed = told("members").json()["items"]
    assert merged.number not in {one["number"] for one in listed}


@pytest.mark.slow
def test_at_both_sizes_nothing_overflows_and_one_way_leads_through(web: Web, desk: Any) -> None:
    desk.be(web, "enrolment_clerk")
    merge = web.made["merge"]
    pages = ["/workbench/merges", "/workbench/merges/suggestions", _new(web), f"/workbench/merges/{merge.number}"]
    _look(desk, pages, "clerk")
    desk.be(web, "senior_reviewer")
    _look(desk, pages[3:], "senior")
    page = opened(desk, pages[3])
    page.check("#looked")
    page.click("text=确认合并 >> nth=-1")
    page.wait_for_selector("text=已改到保留会员名下")
    _look(desk, [pages[3], f"/workbench/members/{merge.kept.number}?former={merge.merged.number}"], "done")


@pytest.fixture(autouse=True)
def _before_the_browser(web: Web, request: pytest.FixtureRequest) -> None:
    """Made before the browser: beside its loop nothing is written."""
    if "desk" in request.fixturenames:
        _with_claims(web, 2)
        made.proposed(web)


def _look(desk: Any, pages: list[str], name: str) -> None:
    for width, height in ((1440, 900), (390, 844), (320, 700)):
        for place, address in enumerate(pages):
            page = opened(desk, address, width=width, height=height)
            assert page.wrong == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            if folder := os.environ.get("MUTUALAID_SHOTS"):
                page.screenshot(path=str(Path(folder) / f"{name}-{place}-{width}.png"), full_page=True)
            assert wide <= width, (address, width, wide)
            page.context.close()
