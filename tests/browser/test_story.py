"""The first page of the demonstration: each of its buttons leads somebody to a page that is there, and each sample is one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
NEW_MEMBER = "demo.new-member"
"""Is no member before the story was walked: the first page says so."""


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_every_button_leads_to_a_page(demo: Demonstration, chromium: Any, width: int, height: int) -> None:
    visit = Visit(chromium, demo.address, name=f"story-{width}", width=width, height=height)
    visit.go("/demo/")
    visit.look("story")
    ways = visit.page.locator('form[action^="/demo/sign-ins/"]')
    many = ways.count()
    assert many > 25
    for place in range(many):
        visit.go("/demo/")
        form = ways.nth(place)
        key = (form.get_attribute("action") or "").rsplit("/", 1)[-1]
        with visit.page.expect_response(lambda answer: answer.request.method == "GET" and answer.ok) as answered:
            form.locator("button").click()
        visit.page.wait_for_load_state()
        at = urlsplit(answered.value.url).path
        assert visit.page.get_by_role("heading", level=1).count() == 1, f"{key} at {at}"
        assert (urlsplit(visit.page.url).path == "/demo/") is (key == NEW_MEMBER), f"{key} at {at}"
        visit.look(f"{place:02}-{key}")
    for name in ("stamped-form.pdf", "roster.xlsx", "statement.csv"):
        assert visit.taken_along(f"/demo/samples/{name}")
    visit.close()


def test_the_first_page_speaks_english(demo: Demonstration, chromium: Any) -> None:
    visit = Visit(chromium, demo.address, name="story-english", width=390, height=844)
    visit.go("/demo/")
    visit.button("English").click()
    visit.heading("From registering an employer to a paid claim")
    visit.look("story")
    visit.close()
