"""Signing in and filling in a form without a mouse: every entry is reached by Tab, in order, with a mark where one is."""

from __future__ import annotations

from typing import Any

import pytest

from mutualaid.web.demo.cast import CLERK, PASSWORD
from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
MOST = 60
"""Presses of Tab until an entry is reached."""
_FOCUSED = """() => { const one = document.activeElement; const label = one.labels && one.labels.length
    ? one.labels[0].textContent : (one.getAttribute('aria-label') || one.textContent); return label.trim(); }"""
_OUTLINE = "() => getComputedStyle(document.activeElement).outlineStyle"


def reach(visit: Visit, name: str) -> None:
    """By Tab to what has this name; it shows that it has the focus."""
    passed = []
    for _ in range(MOST):
        visit.page.keyboard.press("Tab")
        passed.append(visit.page.evaluate(_FOCUSED))
        if name in passed[-1]:
            assert visit.page.evaluate(_OUTLINE) != "none", f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"expected {name!r} within {MOST} presses of Tab, passed {passed}")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_signing_in_and_a_form_by_keyboard(demo: Demonstration, chromium: Any, width: int, height: int) -> None:
    clerk = Visit(chromium, demo.address, name=f"keyboard-{width}", width=width, height=height)
    keys = clerk.page.keyboard
    clerk.go("/employers/sign-in?next=/employers/applications/new%3Foffice%3D990101")
    reach(clerk, "手机号或登录名")
    keys.type(CLERK.key)
    reach(clerk, "密码")
    keys.type(PASSWORD)
    keys.press("Enter")
    clerk.heading("申请单位登记")
    keys.press("Tab")
    assert clerk.page.evaluate(_FOCUSED) == "跳到主要内容"
    keys.press("Enter")
    for label, text in (
        ("单位全称", "示范市键盘厂工会（虚构）"),
        ("统一社会信用代码", "91990100MA5K"),
        ("在职职工人数", "12"),
        ("代办员姓名", "周一帆"),
        ("联系电话", "19900009911"),
    ):
        reach(clerk, label)
        keys.press("ControlOrMeta+a")
        keys.type(text)
    reach(clerk, "提交登记申请")
    clerk.look("filled-in")
    keys.press("Enter")
    clerk.page.wait_for_load_state()
    # Refused, and told so beside the entries: what was typed is still there.
    clerk.page.get_by_label("单位全称").wait_for()
    assert clerk.page.get_by_label("单位全称").input_value() == "示范市键盘厂工会（虚构）"
    assert clerk.page.locator('[aria-invalid="true"]').count() > 0
    clerk.look("refused")
    clerk.close()
