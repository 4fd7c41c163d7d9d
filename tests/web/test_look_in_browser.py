"""The living style page in a real browser: accessibility by axe-core, sizes, zoom, keyboard, no network."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from mutualaid.core.places import PROJECT

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = PROJECT / "build" / "screens"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]


class Quiet(WSGIRequestHandler):
    """Prints nothing."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The style page served on this machine, without a database."""
    with override_settings(
        ROOT_URLCONF="tests.web.style_page",
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=["django.middleware.locale.LocaleMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    ):
        application = StaticFilesHandler(get_wsgi_application())
        server = make_server("127.0.0.1", 0, application, server_class=WSGIServer, handler_class=Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(
    browser: Any, site: str, path: str, *, width: int, height: int = 844, care: bool = False, **more: Any
) -> Any:
    """A page in a context of its own; what goes wrong in its scripts fails the test that closes it."""
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True, locale="zh-CN", **more)
    if care:
        context.add_cookies([{"name": "care", "value": "1", "url": site}])
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(site + path)
    return page


def closed(page: Any) -> None:
    """Close the page's context; its scripts must have thrown nothing."""
    wrong = page.wrong
    page.context.close()
    assert wrong == []


def violations(page: Any) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA and its best practices."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
    return [f"{fault['id']}: {node['html'][:160]}" for fault in found["violations"] for node in fault["nodes"]]


@pytest.mark.parametrize("path", ["/style/member/", "/style/office/", "/nowhere", "/offline"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, site: str, path: str, width: int, scheme: str) -> None:
    page = opened(browser, site, path, width=width, color_scheme=scheme)
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"style-{path.strip('/').replace('/', '-')}-{width}-{scheme}.png")
    assert violations(page) == []
    closed(page)


def test_axe_finds_nothing_in_the_larger_type(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/member/", width=390, care=True)
    page.screenshot(path=SCREENS / "style-member-care.png")
    assert violations(page) == []
    closed(page)


TEXTS = """() => [...document.querySelectorAll('body *')].filter(one =>
    [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
    && one.getClientRects().length && !one.closest('.unseen, option, noscript, .count')
).map(one => [parseFloat(getComputedStyle(one).fontSize), one.outerHTML.slice(0, 120)])"""
TARGETS = """() => [...document.querySelectorAll(`.button, .tool, .phone-tabs a, .choice, .ways a, select, .pager li > a,
    input:not([type=radio], [type=checkbox], [type=hidden], [type=file]), .languages button`)].filter(one =>
    one.getClientRects().length
).map(one => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 120)])"""


def test_the_larger_type_is_large_and_its_targets_are_too(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/member/", width=390, care=True)
    small = [found for found in page.evaluate(TEXTS) if found[0] < 18]
    narrow = [found for found in page.evaluate(TARGETS) if found[0] < 60]
    assert small == []
    assert narrow == []
    closed(page)


def test_targets_of_a_phone_are_44_high(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/member/", width=390)
    assert [found for found in page.evaluate(TARGETS) if found[0] < 44] == []
    closed(page)


@pytest.mark.parametrize(
    ("path", "width", "care"),
    [
        ("/style/member/", 320, False),
        ("/style/member/", 320, True),
        ("/style/office/", 320, False),
        ("/style/office/", 640, False),  # 200 % of a window of 1280
        ("/style/office/", 768, False),
        ("/nowhere", 320, True),
    ],
)
def test_nothing_is_lost_to_the_side(browser: Any, site: str, path: str, width: int, care: bool) -> None:
    page = opened(browser, site, path, width=width, care=care)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    closed(page)


def test_the_keyboard_reaches_the_content_first(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/office/covers", width=1440)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("window.getSelection().removeAllRanges(); document.body.tabIndex = -1; document.body.focus()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    closed(page)


def test_a_menu_opens_without_scripts_and_closes_by_escape(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/office/covers", width=390, java_script_enabled=False)
    page.locator(".office-menu summary").click()
    assert page.locator(".office-menu .menu-body a", has_text="会员").is_visible()
    closed(page)
    page = opened(browser, site, "/style/office/covers", width=1440)
    page.locator(".who-menu summary").click()
    assert page.locator("text=退出登录").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("text=退出登录").is_visible()
    closed(page)


def test_language_and_type_are_switched_by_their_buttons(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/member/covers?a=1", width=390)
    page.locator("text=长辈版").click()
    assert page.url.endswith("/style/member/covers?a=1")
    assert page.locator("html.care").count() == 1
    page.locator("button[lang=en]").click()
    assert page.locator("html[lang=en]").count() == 1
    assert page.locator("text=Standard").is_visible()
    closed(page)


def test_a_failed_fragment_is_said_and_can_be_tried_again(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/office/", width=1440)
    page.route("**/job", lambda route: route.fulfill(status=503, body=""))
    page.wait_for_selector(".toast-note", timeout=5000)
    assert "没有成功" in page.locator(".toast-note").inner_text()
    page.unroute("**/job")
    with page.expect_response("**/job") as answered:
        page.locator(".toast-note button", has_text="重试").click()
    assert answered.value.status == 200
    closed(page)


def test_without_a_network_the_page_says_so_and_shows_nothing_personal(browser: Any, site: str) -> None:
    page = opened(browser, site, "/style/member/", width=390)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto(site + "/style/member/covers")
    assert page.locator("h1").inner_text() == "现在没有网络"
    assert "陈晓光" not in page.content()
    page.screenshot(path=SCREENS / "style-offline.png")
    closed(page)
