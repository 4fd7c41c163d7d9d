"""The page of the interface in Chromium, under our own policy: it draws, and asks no other host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here")
def test_the_page_of_the_interface_draws_under_our_policy(live_server: Any, tmp_path: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    with playwright.sync_playwright() as program:
        browser = program.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/api/v1/docs")
        page.wait_for_selector(".opblock-summary-path")
        shown = page.locator(".opblock-summary-path").all_inner_texts()
        page.locator(".opblock-summary").first.click()
        page.wait_for_selector(".opblock-body")
        page.screenshot(path=str(tmp_path / "docs.png"))
        browser.close()
    assert len(shown) == 26
    assert [text for text in said if "Content Security Policy" in text] == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
