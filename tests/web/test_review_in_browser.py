"""The reviewers' workbench in a real browser: keys, the view of papers, tabs, the sizes of desks and phones."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse

from mutualaid.claims.actions.rules import agree_to_rule, propose_review_rule, withdraw_rule
from mutualaid.claims.models import Claim
from tests.people.cast import AT
from tests.web import reviews_made as made
from tests.web.cast import Web
from tests.web.test_members_in_browser import AXE, CHROMIUM, SCREENS, SITE, WIDE, Portal, playwright

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]


class Desk(Portal):
    """Answers forms that are sent, too."""

    def answer(self, route: Any) -> None:
        """Answer one request."""
        asked = route.request
        if asked.method != "POST":
            super().answer(route)
            return
        status, headers, body = self._pool.submit(self._sent, asked.url, asked.post_data or "").result()
        if status == 302:  # where a redirect leads to the browser asks the network, not us
            body = f'<meta http-equiv="refresh" content="0;url={headers["Location"]}">'.encode()
            status, headers = 200, {"Content-Type": "text/html"}
        route.fulfill(status=status, headers=headers, body=body)

    def _sent(self, url: str, body: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(url)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        found = self.client.post(address, body, content_type="application/x-www-form-urlencoded")
        return found.status_code, dict(found.headers), found.content


@pytest.fixture
def desk(web: Web) -> Iterator[Desk]:
    """Chromium with the workbench behind it."""
    shared = connections["default"]
    shared.inc_thread_sharing()

    def share() -> None:
        connections["default"] = shared

    with ThreadPoolExecutor(1, initializer=share) as pool, playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield Desk(opened, pool)
        opened.close()
    shared.dec_thread_sharing()


def opened(
    desk: Desk, path: str, *, width: int = 1440, height: int = 900, english: bool = False, audit: bool = False
) -> Any:
    """A page, under our own policy of contents unless axe is to run in it."""
    desk.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en" if english else "zh-hans"
    context = desk.browser.new_context(viewport={"width": width, "height": height}, bypass_csp=audit, locale="zh-CN")
    context.route("**/*", desk.answer)
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(SITE + path)
    return page


@pytest.fixture
def queue(web: Web) -> list[Claim]:
    """Three claims that wait, the first with papers. Made before the browser: beside its loop nothing is written."""
    claims = [made.waiting(web, amount) for amount in ("1200.00", "900.00", "700.00")]
    made.with_papers(claims[0])
    return claims


def of(claim: Claim) -> str:
    return reverse("workbench:claim", args=[claim.number])


def test_keys_go_through_the_queue_and_open_forms_but_never_while_typing(
    web: Web, queue: list[Claim], desk: Desk
) -> None:
    desk.be(web, "reviewer")
    first, second, third = queue
    page = opened(desk, of(first))
    page.keyboard.press("j")
    page.wait_for_url(SITE + of(second))
    page.keyboard.press("ArrowRight")
    page.wait_for_url(SITE + of(third))
    page.keyboard.press("k")
    page.wait_for_url(SITE + of(second))
    page.keyboard.press("?")
    assert page.locator("dialog.keys").is_visible()
    keys = page.locator("dialog.keys kbd").all_inner_texts()
    assert len(keys) == len(set(keys)), "each key does one thing"
    page.keyboard.press("?")
    assert not page.locator("dialog.keys").is_visible()
    for key, act in (("m", "return"), ("n", "note"), ("r", "refuse"), ("a", "approve")):
        page.keyboard.press(key)
        if act != "refuse":  # it is locked: something is due
            assert page.locator(f'.act[data-act="{act}"]').get_attribute("open") is not None, key
        page.keyboard.press("Escape")
        page.evaluate(
            "document.activeElement.blur(); document.querySelectorAll('.act').forEach(a => { a.open = false })"
        )
    page.keyboard.press("n")
    page.keyboard.type("jk a 已核对？")
    assert page.url == SITE + of(second)
    assert page.locator("#note_text").input_value() == "jk a 已核对？"
    assert page.wrong == []


def test_a_and_enter_approve_and_the_next_claim_comes(web: Web, queue: list[Claim], desk: Desk) -> None:
    desk.be(web, "reviewer")
    first, second, _third = queue
    page = opened(desk, of(first))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url(SITE + of(second))
    assert "已核准" in page.content()


def test_papers_are_turned_and_enlarged_in_the_view_alone(web: Web, queue: list[Claim], desk: Desk) -> None:
    desk.be(web, "reviewer")
    page = opened(desk, of(queue[0]))
    shown = ".sheet:not([hidden])"
    page.wait_for_function("document.querySelector('.sheet:not([hidden]) img').naturalWidth > 0")
    page.wait_for_function("document.querySelector('.sheet:not([hidden]) img').style.transform !== ''")
    box = page.locator(f"{shown} .sheet-box").bounding_box()
    assert box["width"] > box["height"], "an identity card lies"
    page.keyboard.press("t")
    box = page.locator(f"{shown} .sheet-box").bounding_box()
    assert box["width"] < box["height"]
    before = box["height"]
    page.keyboard.press("+")
    assert page.locator(f"{shown} .sheet-box").bounding_box()["height"] > before * 1.2
    page.keyboard.press("0")
    assert abs(page.locator(f"{shown} .sheet-box").bounding_box()["height"] - before) < 2
    page.keyboard.press("]")
    assert page.locator(shown).get_attribute("data-sheet") == "2"
    page.locator('[data-page="5"]').click()
    assert page.locator(f"{shown} iframe").count() == 1
    page.keyboard.press("]")
    assert page.locator(shown).get_attribute("data-sheet") == "5", "there is no page after the last"
    assert page.wrong == []


def test_what_the_member_will_be_told_is_shown_while_ticking(web: Web, queue: list[Claim], desk: Desk) -> None:
    desk.be(web, "reviewer")
    page = opened(desk, of(queue[0]))
    page.keyboard.press("m")
    page.locator('.act[data-act="return"] label', has_text="医疗收费票据").first.click()
    page.locator("#return_text").fill("第二页不清楚")
    assert "医疗收费票据、第二页不清楚" in page.locator("[data-preview]").inner_text()


def test_narrow_screens_have_tabs(web: Web, queue: list[Claim], desk: Desk) -> None:
    desk.be(web, "reviewer")
    page = opened(desk, of(queue[0]), width=390, height=844)
    assert page.locator("#papers").is_visible()
    assert not page.locator("#calculation").is_visible()
    page.locator(".pane-tabs a", has_text="理算与办理").click()
    assert page.locator("#calculation").is_visible()
    assert not page.locator("#papers").is_visible()


PAGES = ("claims", "all_claims", "claim", "reviews", "review", "follow_ups", "follow_up", "absences", "review_rules")


def _rules(web: Web) -> None:
    """One rule in force by two persons, a change of it that waits, and one that was taken back."""
    told: dict[str, Any] = {"office": web.people.city, "family": "", "first_review": True, "days": 5}
    asks: dict[str, Any] = {
        "confirmed_by_employer": True,
        "final_review": True,
        "elsewhere": True,
        "reason": "金额大的由两个机构的人看",
    }
    admin, senior = web.actor("system_admin"), web.actor("senior_reviewer")
    first = propose_review_rule(**told, **asks, amount_from=Decimal(5000), by=admin, at=AT)
    agree_to_rule(proposal=first, by=senior, at=AT)
    second = propose_review_rule(**told, **asks, amount_from=Decimal(3000), by=senior, at=AT)
    withdraw_rule(proposal=second, reason="金额写错了", by=senior, at=AT)
    less = {**asks, "final_review": False, "elsewhere": False, "reason": "审核人员不足，改为一人审核"}
    propose_review_rule(**told, **less, amount_from=Decimal(5000), by=admin, at=AT)


@pytest.fixture
def everything(web: Web) -> dict[str, list[str]]:
    """What the pages are about: the arguments of their addresses."""
    waits = made.with_papers(made.waiting(web))
    made.waiting(web, "50.00")
    claim = made.objected(web)
    del web.made["claim"]
    returned = made.returned(web)
    _rules(web)
    return {"claim": [waits.number], "review": [claim.number, "objection"], "follow_up": [returned.number]}


def test_pages_fit_and_can_be_used_by_everybody(web: Web, everything: dict[str, list[str]], desk: Desk) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    for name in PAGES:
        person = (
            "senior_reviewer"
            if name == "review_rules"
            else "second_reviewer"
            if name.startswith("review")
            else "reviewer"
        )
        desk.be(web, person)
        path = reverse(f"workbench:{name}", args=everything.get(name, []))
        for width, height in ((1440, 900), (390, 844), (320, 700)):
            page = opened(desk, path, width=width, height=height, audit=True)
            if page.evaluate(WIDE) > 0:
                wrong.append(f"{name} {width}: {page.evaluate(WIDE)} px too wide")
            page.wait_for_timeout(150)
            page.screenshot(path=str(SCREENS / f"review-{name}-{width}.png"), full_page=name != "claim" or width < 1440)
            if name == "claim" and width == 390:
                page.locator(".pane-tabs a").nth(2).click()
                page.screenshot(path=str(SCREENS / f"review-{name}-{width}-acts.png"), full_page=True)
            if width == 1440:
                wrong += [f"{name}: {fault}" for fault in violations(page)]
            wrong += page.wrong
            page.context.close()
    assert wrong == []


def violations(page: Any) -> list[str]:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
    return [f"{fault['id']}: {node['html'][:160]}" for fault in found["violations"] for node in fault["nodes"]]
