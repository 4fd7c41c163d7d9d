"""The looking itself: what is wrong with a page is seen, so that a green way means something."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
BAD = """<!doctype html><html lang="zh"><title>x</title><main><h1>x</h1>
<img src="/missing"><p style="width:2000px">x</p><script>console.log(1)</script>
<img src="http://localhost:9/elsewhere.png" alt="x"></main></html>"""
GOOD = """<!doctype html><html lang="zh"><link rel="icon" href="data:,"><title>x</title><main><h1>x</h1>
<label>x<input name="x"></label></main></html>"""
EMPTY = GOOD.replace("<input", '<input style=""')


class Page(BaseHTTPRequestHandler):
    """One page with a fault of each kind, one without any, one with a style that says nothing."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(500 if self.path == "/missing" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'self'; img-src * data:")
        self.end_headers()
        self.wfile.write({"/good": GOOD, "/empty": EMPTY}.get(self.path, BAD).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_is_wrong_is_seen(chromium: Any, site: str) -> None:
    visit = Visit(chromium, site, name="self", width=390, height=844)
    visit.go("/bad")
    visit.look("bad")
    told = "\n".join(visit.wrong)
    for sign in ("image-alt", "Content Security Policy", "a request to localhost", "/missing: 500"):
        assert sign in told, told
    with pytest.raises(AssertionError):
        visit.close()


def test_a_page_without_faults_is_not_blamed(chromium: Any, site: str) -> None:
    visit = Visit(chromium, site, name="self", width=390, height=844)
    visit.go("/good")
    visit.look("good")
    assert visit.page.locator("[style]").count() == 0, "looking leaves nothing behind"
    visit.close()


def test_a_style_that_says_nothing_is_seen(chromium: Any, site: str) -> None:
    visit = Visit(chromium, site, name="self", width=390, height=844)
    visit.go("/empty")
    visit.look("empty")
    assert ["Applying inline style" in one for one in visit.wrong] == [True]
    visit.context.close()


def test_what_is_too_wide_is_seen(chromium: Any, site: str) -> None:
    visit = Visit(chromium, site, name="self", width=390, height=844)
    visit.go("/good")
    visit.page.evaluate("() => { document.querySelector('h1').style.width = '500px'; }")
    visit.look("wide")
    assert any("to the side at 320 px" in one for one in visit.wrong)
    visit.context.close()
