"""The page of proofs in a real browser: a letter is chosen and the answer read, on a phone and on a desk, in both languages."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from mutualaid.core.places import PROJECT
from mutualaid.proofs.actions import sequence_leaves
from tests.people.cast import AT, BY
from tests.proofs.trail import write
from tests.web.cast import Web, web_cast
from tests.web.pages_proofs import issued, proven_letter

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = PROJECT / "build" / "screens"
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]


@pytest.fixture
def letters(transactional_db: None, tmp_path: Path) -> Path:
    """Letters that hold and that do not, and a log with some heads."""
    web: Web = web_cast()
    issued(web)
    for _ in range(3):
        write(37)
        sequence_leaves(by=BY, at=AT)
    content = proven_letter(web)
    (tmp_path / "good.pdf").write_bytes(content)
    (tmp_path / "changed.pdf").write_bytes(content[:900] + b"X" + content[901:])
    return tmp_path


@pytest.fixture
def browser(transactional_db: None) -> Iterator[Any]:
    # What drives the browser runs a loop, beside which Django refuses to be asked; the server has threads of its own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()
    for _ in range(50):  # threads of the server that have not noticed yet hold the database open
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                break
        time.sleep(0.1)
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_a_letter_is_checked(
    letters: Path, live_server: Any, settings: Any, browser: Any, width: int, language: str
) -> None:
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False  # the server of the test speaks http
    context = browser.new_context(viewport={"width": width, "height": 900 if width > 999 else 844}, bypass_csp=True)
    context.add_cookies([{"name": "language", "value": language, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(live_server.url + reverse("common:proofs"))
    SCREENS.mkdir(parents=True, exist_ok=True)
    for file, shown in (("", ""), ("good.pdf", ".note-ok"), ("changed.pdf", ".note-bad")):
        if file:
            page.set_input_files("input[type=file]", letters / file)
            page.click("button.button-main")
            page.wait_for_selector(shown)
        assert page.evaluate(WIDE) == 0, f"{file}: wider than the screen"
        page.screenshot(path=SCREENS / f"proofs-{width}-{language}-{file or 'first'}.png", full_page=True)
        page.add_script_tag(path=AXE)
        found = page.evaluate("() => axe.run()")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    if language == "en":
        text = page.inner_text("main")
        assert not [sign for sign in text if "\u4e00" <= sign <= "\u9fff"], text
    assert wrong == []
    context.close()
