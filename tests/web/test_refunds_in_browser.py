"""A fee asked back by the clerk, decided by the office and paid by finance, in Chromium; no page is wider than a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mutualaid.enrolment.models import Departure
from tests.people.cast import AT, ON
from tests.web import pages_refunds as made
from tests.web.cast import Web
from tests.web.test_review_in_browser import desk, opened

__all__ = ["desk"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SIZES = ((1366, 900), (390, 844))


@pytest.fixture(autouse=True)
def _before_the_browser(web: Web) -> None:
    """Made before the browser: beside its loop nothing is written."""
    assert web.people.mill.unit.code
    cover = made.cover(web)
    Departure.objects.create(employer=cover.employer, member=cover.member, reason="left", last_on=ON, at=AT)


def look(desk: Any, address: str, name: str) -> None:
    for width, height in SIZES:
        page = opened(desk, address, width=width, height=height)
        _seen(page, f"{name}-{width}", width)
        page.context.close()


def _seen(page: Any, name: str, width: int) -> None:
    if folder := os.environ.get("MUTUALAID_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert page.wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_from_the_clerks_list_to_finance(web: Web, desk: Any) -> None:
    cover, code = web.made["refunded_cover"], web.people.mill.unit.code
    desk.be(web, "clerk")
    look(desk, f"/employers/units/{code}/covers", "covers")
    look(desk, "/employers/leavers", "leavers")
    number = ""
    for width, height in SIZES:
        page = opened(desk, f"/employers/refunds/new?cover={cover.number}", width=width, height=height)
        page.check("input[value=never_eligible]")
        page.fill("textarea[name=remark]", "入会前已退休，不符合参加条件")
        page.click("text=查看应退多少")
        page.wait_for_selector("text=全额退费")
        _seen(page, f"new-{width}", width)
        if width == 390:
            page.click("text=为可退的")
            page.wait_for_selector("text=待审核")
            number = page.url.rstrip("/").rpartition("/")[2]
        page.context.close()
    look(desk, f"/employers/refunds/{number}", "request")
    look(desk, "/employers/refunds", "requests")
    desk.be(web, "senior_reviewer")
    look(desk, "/workbench/refund-requests", "office-requests")
    look(desk, f"/workbench/refund-requests/{number}", "office-request")
    page = opened(desk, f"/workbench/refund-requests/{number}")
    page.click("text=同意所勾选的")
    page.wait_for_selector("text=已同意，应退款项已交财务")
    page.context.close()
    desk.be(web, "finance")
    look(desk, f"/workbench/refund-requests/{number}", "office-decided")
    page = opened(desk, "/workbench/refunds")
    address = page.locator('a[href*="/workbench/refunds/T"]').first.get_attribute("href")
    page.context.close()
    look(desk, address, "refund")
