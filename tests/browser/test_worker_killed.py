"""The worker is killed in the middle of reading a large roster: the page's progress goes on, and the roster is there once."""

from __future__ import annotations

import datetime
import re
import time
from pathlib import Path
from typing import Any

import pytest

from mutualaid.web.demo.cast import CLERK
from mutualaid.web.demo.drawing import Row, resident_id, workbook
from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
MANY = 4000
"""Rows: enough to be read in the background."""
PLAN = "示范市女职工特殊疾病互助保障"


def women(many: int) -> list[Row]:
    """Each once."""
    first = datetime.date(1980, 1, 1)
    return [
        {
            "name": "李甲子",
            "identity_kind": "居民身份证",
            "identity_number": resident_id(450503, first + datetime.timedelta(days=place), 800),
            "employment": "在职",
        }
        for place in range(many)
    ]


def test_a_killed_worker_loses_nothing(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = Visit(chromium, demo.address, name="killed", width=1440, height=900)
    clerk.become(CLERK.key)
    clerk.go("/employers/enrolments/new")
    clerk.link(re.compile(f"参加此计划.*{PLAN}")).click()
    clerk.fill(在职职工人数=str(MANY), 其中女职工人数=str(MANY))
    clerk.button("下一步：准备花名册").click()
    clerk.page.wait_for_url(re.compile(r"/employers/enrolments/E\d+"))
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(workbook(women(MANY)))
    clerk.bring("填好的花名册", path)
    held = demo.hold_worker()
    clerk.button("上传并核对").click()
    clerk.page.wait_for_url("**/jobs/**")
    job = clerk.page.url
    clerk.look("waiting")
    demo.let_go(held)
    time.sleep(0.5)
    killed = demo.kill_worker()
    demo.wait_for_worker(besides=killed)
    clerk.page.wait_for_url(re.compile(r"/uploads/"), timeout=240_000)  # the page itself goes on from its progress
    clerk.heading("核对花名册")
    clerk.page.get_by_text(re.compile(f"采用正确的 {MANY:,} 行|采用正确的 {MANY} 行")).first.wait_for()
    clerk.look("read")
    response = clerk.context.request.get(job)
    assert response.status == 200
    clerk.close()
