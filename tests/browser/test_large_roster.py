"""A roster of 100,000 persons through the page: in parts, on after a break, read by the worker, previewed, taken."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mutualaid.web.demo.cast import CLERK
from mutualaid.web.demo.drawing import Row, resident_id, workbook
from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
MANY = int(os.environ.get("MUTUALAID_ROSTER_ROWS", "100000"))
PLAN = "示范市女职工特殊疾病互助保障"
DAYS = 7000


def women(many: int) -> list[Row]:
    """Each once."""
    first = datetime.date(1980, 1, 1)
    return [
        {
            "name": "李甲子",
            "identity_kind": "居民身份证",
            "identity_number": resident_id(
                450503, first + datetime.timedelta(days=place % DAYS), 400 + place // DAYS * 2
            ),
            "employment": "在职",
        }
        for place in range(many)
    ]


def test_a_large_roster_goes_on_after_a_break(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = Visit(chromium, demo.address, name="large-roster", width=1440, height=900)
    clerk.become(CLERK.key)
    clerk.go("/employers/enrolments/new")
    clerk.link(re.compile(f"参加此计划.*{PLAN}")).click()
    clerk.fill(在职职工人数=str(MANY), 其中女职工人数=str(MANY))
    clerk.button("下一步：准备花名册").click()
    clerk.page.wait_for_url(re.compile(r"/employers/enrolments/E\d+"))
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(workbook(women(MANY)))
    broken: list[str] = []

    def once(route: Any) -> None:
        """The connection breaks at the first part."""
        if broken:
            route.continue_()
        else:
            broken.append(route.request.url)
            route.abort("connectionreset")

    clerk.page.route("**/transfers/*/parts*", once)
    clerk.bring("填好的花名册", path)
    clerk.button("上传并核对").click()
    clerk.page.get_by_text("连接中断，正在重试").wait_for()
    clerk.look("broken")
    clerk.page.wait_for_url("**/jobs/**", timeout=60_000)
    assert broken
    clerk.look("progress")
    clerk.page.wait_for_url(re.compile(r"/uploads/"), timeout=240_000)  # the page itself goes on from its progress
    clerk.heading("核对花名册")
    clerk.look("previewed")
    clerk.button(re.compile(f"采用.*({MANY:,}|{MANY})")).click()
    clerk.page.wait_for_url(re.compile(r"/jobs/|/enrolments/E\d+$"), timeout=60_000)
    clerk.page.wait_for_url(re.compile(r"/enrolments/E\d+$"), timeout=240_000)
    clerk.page.get_by_text(re.compile(f"{MANY:,} 人")).first.wait_for()
    clerk.look("taken")
    clerk.go(urlsplit(clerk.page.url).path + "/cancellation")  # others of the demonstration take the same plan
    clerk.button("确认取消").click()
    clerk.page.wait_for_url("**/employers/enrolments")
    # The break that was made here, and nothing else.
    assert ["ERR_CONNECTION_RESET" in wrong for wrong in clerk.wrong] == [True]
    clerk.wrong.clear()
    clerk.close()
