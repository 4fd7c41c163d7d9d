"""Pages of merging double persons: what they show, where old numbers lead, how many statements a comparison takes; looked at in
Chromium at both sizes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.claims.actions.merging import confirm_merge, propose_merge, refuse_merge
from mutualaid.claims.models import Claim, Merge
from mutualaid.contributions.models import Refund
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member
from tests.claims.merges import PAPER, REASON, paid_cover, plan_with_fee
from tests.claims.scene import published
from tests.people.cast import AT, ON, member
from tests.web import pages_workbench_merges as made
from tests.web import reviews_made
from tests.web.api_scene import token_of
from tests.web.cast import Web
from tests.web.test_review_in_browser import desk, opened
from tests.web.test_statements import asked

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
MOST = 36
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


def _overlapping(web: Web) -> tuple[Member, Cover, Cover]:
    """The other member and her double, both covered for the same days and paid, with approved claims."""
    if "overlap" not in web.made:
        scene = reviews_made.scene(web)
        own, other, version = web.people.wei, member(web.people.mill, 504, "魏静姝"), plan_with_fee(scene)
        first = paid_cover(scene, own, web.people.yard, version)
        second = paid_cover(scene, other, web.people.mill, version)
        for one in (own, other):
            scene.approve(scene.enter(900, member=one))
        web.made["overlap"] = other, first, second
    return web.made["overlap"]


def _choice(web: Web, stays: Cover | None = None) -> str:
    other, first, second = _overlapping(web)
    address = f"{reverse('workbench:merge_new')}?kept={web.people.wei.number}&merged={other.number}"
    return address if stays is None else f"{address}&stays-{first.number}-{second.number}={stays.number}"


def _proposed_with_a_choice(web: Web) -> Merge:
    _, first, second = _overlapping(web)
    told = {"reason": REASON, "file": SimpleUploadedFile(PAPER.name, PAPER.content, "image/png")}
    answer = web.client("enrolment_clerk").post(_choice(web, first), told)
    assert answer.status_code == 302, answer.content.decode()
    merge = Merge.objects.get(void=[second.number])
    assert answer["Location"] == f"/workbench/merges/{merge.number}"
    return merge


def test_of_two_covers_one_is_chosen_and_a_second_person_sees_what_becomes_of_the_other(web: Web) -> None:
    _, first, second = _overlapping(web)
    browser = web.client("enrolment_clerk")
    asked_first = browser.get(_choice(web)).content.decode()
    for shown in (
        first.number,
        second.number,
        "作废时退费 60.00 元",
        "两份都有已批准的理赔，须由人决定",
        "按此选择试算",
    ):
        assert shown in asked_first, shown
    assert 'type="file"' not in asked_first
    chosen = browser.get(_choice(web, first)).content.decode()
    for shown in ('type="file"', "1 份重复的保障自始作废", "转人工复核"):
        assert shown in chosen, shown
    merge = _proposed_with_a_choice(web)
    second_person = web.client("senior_reviewer")
    told = second_person.get(f"/workbench/merges/{merge.number}").content.decode()
    assert "同意作废上列重复的保障；合并后不能撤销" in told
    answer = second_person.post(reverse("workbench:merge_confirmation", args=[merge.number]), {"looked": "on"})
    assert answer.status_code == 302
    done = second_person.get(f"/workbench/merges/{merge.number}").content.decode()
    for shown in (second.number, "作废的重复保障", "待退费"):
        assert shown in done, shown
    refund = Refund.objects.get(parts__cover=second)
    assert refund.number in web.client("finance").get("/workbench/refunds").content.decode()


def test_a_proposal_without_a_choice_is_refused_with_what_was_typed(web: Web) -> None:
    told = {"reason": REASON, "file": SimpleUploadedFile(PAPER.name, PAPER.content, "image/png")}
    answer = web.client("enrolment_clerk").post(_choice(web), told)
    assert answer.status_code == 409
    assert "请选择其中一份保留" in answer.content.decode()
    assert not Merge.objects.exists()


def test_a_refund_is_entered_by_one_and_confirmed_by_another(web: Web) -> None:
    refund = made.refund(web)
    browser, address = web.client("finance"), f"/workbench/refunds/{refund.number}"
    assert browser.post(f"{address}/payment", {"paid_on": "", "serial": "HK1"}).status_code == 422
    assert "HK1" in browser.post(f"{address}/payment", {"paid_on": "1999-01-01", "serial": "HK1"}).content.decode()
    assert browser.post(f"{address}/payment", {"paid_on": ON.isoformat(), "serial": "HK1"}).status_code == 302
    assert "另一位财务人员" in browser.get(address).content.decode()
    assert browser.post(f"{address}/confirmation").status_code == 409
    assert len(asked(web, "finance", "/workbench/refunds")) <= 12
    assert len(asked(web, "finance", address)) <= 12
    assert Refund.objects.get(pk=refund.pk).state == "entered"


@pytest.mark.slow
def test_at_both_sizes_nothing_overflows_and_one_way_leads_through(web: Web, desk: Any) -> None:
    desk.be(web, "enrolment_clerk")
    merge = web.made["merge"]
    pages = ["/workbench/merges", "/workbench/merges/suggestions", _new(web), f"/workbench/merges/{merge.number}"]
    with_covers, refused = web.made["with_covers"], web.made["refused"]
    refunds = ["/workbench/refunds", f"/workbench/refunds/{made.refund(web).number}"]
    asking = [web.made["choice"], web.made["chosen"]]
    _look(desk, [*pages, f"/workbench/merges/{with_covers.number}", "/workbench/merges/new", *asking], "clerk")
    desk.be(web, "senior_reviewer")
    _look(desk, [pages[3], f"/workbench/merges/{with_covers.number}", f"/workbench/merges/{refused.number}"], "senior")
    desk.be(web, "finance")
    _look(desk, refunds, "finance")
    desk.be(web, "senior_reviewer")
    page = opened(desk, f"/workbench/merges/{with_covers.number}")
    page.check("#looked")
    page.click("text=确认合并 >> nth=-1")
    page.wait_for_selector("text=已改到保留会员名下")
    _look(desk, [f"/workbench/merges/{with_covers.number}"], "void")
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
        made.refund(web)
        web.made["choice"], web.made["chosen"] = _choice(web), _choice(web, _overlapping(web)[1])
        web.made["with_covers"] = _proposed_with_a_choice(web)
        pair = [member(web.people.yard, 600 + 2 * order, "何同名", "13900000188") for order in range(4)]
        wrong = propose_merge(
            kept=pair[0], merged=pair[1], reason=REASON, paper=PAPER, by=web.actor("enrolment_clerk"), at=AT
        )
        web.made["refused"] = refuse_merge(
            merge=wrong, reason="夫妻同用一个手机，不是同一人", by=web.actor("senior_reviewer"), at=AT
        )


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
