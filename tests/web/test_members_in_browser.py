"""会员端 in a real browser: every page at three widths, in the larger type and in English; accessibility by axe-core."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory

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


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Chromium. Its requests are answered in the test's own transaction, inside the loop that drives it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


def answering(client: Client) -> Callable[[Any], None]:
    """Answers the browser's requests by the test's client; files of the look by their handler."""
    files = StaticFilesHandler(WSGIHandler())

    def answer(route: Any) -> None:
        asked = route.request
        address = urlsplit(asked.url)
        assert f"{address.scheme}://{address.netloc}" == SITE, f"a request elsewhere: {asked.url}"
        if address.path.startswith("/static/"):
            found = files.get_response(RequestFactory().get(address.path))
            body = b"".join(found.streaming_content) if found.streaming else found.content
        else:
            found = client.get(address.path, query_params=dict(p.split("=", 1) for p in address.query.split("&") if p))
            body = found.content
        kept = {name: value for name, value in found.headers.items() if name.lower() != "set-cookie"}
        route.fulfill(status=found.status_code, headers=kept, body=body)

    return answer


def opened(
    browser: Any, client: Client, path: str, *, width: int, height: int = 844, care: bool = False, english: bool = False
) -> Any:
    """A page, all folds open; what goes wrong in it is in ``wrong``."""
    client.cookies["care"] = "1" if care else "0"
    client.cookies["django_language"] = "en" if english else "zh-hans"
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True, locale="zh-CN")
    context.route("**/*", answering(client))
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(SITE + path)
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


PATHS = (
    "",
    "covers",
    "covers/{cover}",
    "claims",
    "claims/new",
    "claims/new?cover={cover}",
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


def test_pages(told: Web, browser: Any) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    cover = told.made["cover"]
    client = told.client("member")
    faults: list[str] = []
    shapes = [
        ("390", {"width": 390}),
        ("1440", {"width": 1440, "height": 900}),
        ("320", {"width": 320}),
        ("care", {"width": 390, "care": True}),
        ("en", {"width": 390, "english": True}),
    ]
    for path in PATHS:
        for shape, how in shapes:
            where = "/members/" + path.format(cover=cover.number, plan=cover.plan)
            page = opened(browser, client, where, **how)
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


def test_a_long_name_of_rare_characters_and_no_cover(web: Web, browser: Any) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    Member.objects.filter(pk=web.people.lin.pk).update(name=LONG[:50])
    client = web.client("member")
    for width, care in ((320, False), (390, False), (390, True)):
        for path in ("", "profile", "covers", "claims/new"):
            page = opened(browser, client, f"/members/{path}", width=width, care=care)
            page.screenshot(path=SCREENS / f"members-uncovered-{path.replace('/', '-')}-{width}{care}.png", full_page=True)
            assert page.evaluate(WIDE) <= 0, f"{path} at {width}"
            page.context.close()
