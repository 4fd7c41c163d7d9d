"""会员端 in a real browser: every page at three widths, in the larger type and in English; accessibility by axe-core."""

from __future__ import annotations

import datetime
import mimetypes
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client

from mutualaid.core.places import PROJECT
from mutualaid.people.models import Member
from tests.web.cast import Web

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = PROJECT / "build" / "screens"
SITE = "http://members.test"
LONG = "阿不都热依木·买买提艾力·𠮷𡈽依玛木艾山·努尔买买提·阿卜杜拉·帕孜丽娅·乌拉木·古丽仙·海热古丽"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]

WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Portal:
    """Answers the browser's requests by the test's client, in a thread of its own that shares the test's transaction: beside the
    loop that drives the browser Django would open a second connection."""

    def __init__(self, opened: Any, pool: ThreadPoolExecutor) -> None:
        self.browser, self._pool = opened, pool
        self.client = Client()

    def be(self, web: Web, person: str) -> None:
        """Sign in."""
        self.client = self._pool.submit(web.client, person).result()

    def answer(self, route: Any) -> None:
        """Answer one request."""
        status, headers, body = self._pool.submit(self._answered, route.request.url).result()
        route.fulfill(status=status, headers=headers, body=body)

    def _answered(self, url: str) -> tuple[int, dict[str, str], bytes]:
        address = urlsplit(url)
        if f"{address.scheme}://{address.netloc}" != SITE:
            return 599, {}, b"a request elsewhere"
        if address.path.startswith("/static/"):
            file = Path(finders.find(address.path.removeprefix("/static/")) or "nothing")
            return 200, {"Content-Type": mimetypes.guess_type(file.name)[0] or ""}, file.read_bytes()
        found = self.client.get(f"{address.path}?{address.query}")
        kept = {name: value for name, value in found.headers.items() if name.lower() != "set-cookie"}
        return found.status_code, kept, found.content


@pytest.fixture
def portal(web: Web) -> Iterator[Portal]:
    """Chromium with the portal behind it."""
    shared = connections["default"]
    shared.inc_thread_sharing()

    def share() -> None:
        connections["default"] = shared

    with ThreadPoolExecutor(1, initializer=share) as pool, playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield Portal(opened, pool)
        opened.close()
    shared.dec_thread_sharing()


def opened(
    portal: Portal, path: str, *, width: int, height: int = 844, care: bool = False, english: bool = False
) -> Any:
    """A page, all folds open; what goes wrong in it is in ``wrong``."""
    portal.client.cookies["care"] = "1" if care else "0"
    portal.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en" if english else "zh-hans"
    context = portal.browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True, locale="zh-CN")
    context.route("**/*", portal.answer)
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    answer = page.goto(SITE + path)
    if answer.status != 200:
        page.wrong.append(f"status {answer.status}")
    return page


def violations(page: Any) -> list[str]:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
    return [f"{fault['id']}: {node['html'][:160]}" for fault in found["violations"] for node in fault["nodes"]]


@pytest.fixture
def told(web: Web) -> Web:
    """林晓禾 is covered now by the plan of the demonstration, waits for another, and has news, a card and consents."""
    from tests.web import pages_members as pages
    from tests.web.member_covers import covered, demo_version, enrolled

    covered(web, version=demo_version(web), paid_on=datetime.date(2025, 2, 10))
    enrolled(web)
    pages.letter(web)
    pages.carded(web)
    return web


@pytest.fixture
def long(web: Web) -> Web:
    """林晓禾 has the longest of names, and no cover."""
    Member.objects.filter(pk=web.people.lin.pk).update(name=LONG[:50])
    return web


PATHS = (
    "",
    "covers",
    "covers/{cover}",
    "claims",
    "claims/new",
    "claims/on-paper?cover={cover}",
    "plans/{plan}",
    "notices",
    "profile",
    "profile/contact",
    "profile/bank-card",
    "profile/consents",
    "profile/consents/enrolment",
    "profile/record",
    "help",
)


MAIN = ("", "covers/{cover}", "claims/on-paper?cover={cover}", "profile", "help")
"""Looked at on a wide screen and in English too."""


def test_pages(told: Web, portal: Portal) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    cover = told.made["cover"]
    portal.be(told, "member")
    faults: list[str] = []
    shapes: list[tuple[str, dict[str, Any]]] = [
        ("390", {"width": 390}),
        ("1440", {"width": 1440, "height": 900}),
        ("320", {"width": 320}),
        ("care", {"width": 390, "care": True}),
        ("en", {"width": 390, "english": True}),
    ]
    for path in PATHS:
        for shape, how in shapes:
            if shape in ("1440", "en") and path not in MAIN:
                continue
            where = "/members/" + path.format(cover=cover.number, plan=cover.plan)
            page = opened(portal, where, **how)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            name = path.replace("{cover}", "one").replace("{plan}", "one").replace("/", "-").replace("?cover=", "-")
            page.screenshot(path=SCREENS / f"members-{name or 'home'}-{shape}.png", full_page=True)
            if page.evaluate(WIDE) > 0:
                faults.append(f"{where} {shape}: too wide")
            if shape in ("390", "care"):
                faults += [f"{where} {shape}: {one}" for one in violations(page)]
            faults += [f"{where} {shape}: {one}" for one in page.wrong]
            page.context.close()
    assert faults == []


def test_a_long_name_of_rare_characters_and_no_cover(long: Web, portal: Portal) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    portal.be(long, "member")
    for width, care in ((320, False), (390, False), (390, True)):
        for path in ("", "profile", "covers", "claims/new"):
            page = opened(portal, f"/members/{path}", width=width, care=care)
            page.screenshot(
                path=SCREENS / f"members-uncovered-{path.replace('/', '-')}-{width}{care}.png", full_page=True
            )
            assert page.evaluate(WIDE) <= 0, f"{path} at {width}"
            page.context.close()
