"""Signing in, filling in a form, filing a claim and going through the queue without a mouse: every entry is reached by Tab, in
order, with a mark where one is."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from mutualaid.core.dates import day_of
from mutualaid.web.demo.cast import CLERK, MEMBER, PASSWORD, REVIEWER
from mutualaid.web.demo.story_papers import stay
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


def test_a_claim_by_keyboard(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    member = Visit(chromium, demo.address, name="keyboard-claim", width=390, height=844)
    member.become(MEMBER.key)
    keys, (start, end) = member.page.keyboard, stay(day_of(datetime.datetime.now(datetime.UTC)))
    member.go("/members/claims/new")
    reach(member, "住院了")
    keys.press("Enter")
    member.page.wait_for_url("**/visit")
    for label, day in (("入院日期", start), ("出院日期", end)):
        reach(member, label)
        keys.type(f"{day:%m%d%Y}")
    reach(member, "医院名称")
    keys.type("滨海区人民医院（虚构）")
    reach(member, "不清楚")
    keys.press("ArrowUp")
    reach(member, "下一步")
    keys.press("Enter")
    member.page.wait_for_url("**/costs")
    for label, amount in (
        ("金额合计", "１２，０００。００"),
        ("医保统筹", "7000"),
        ("个人自付", "4000"),
        ("个人自费", "1000"),
    ):
        reach(member, label)
        keys.type(amount)
    reach(member, "下一步")
    keys.press("Enter")
    member.page.wait_for_url("**/papers")
    member.page.wait_for_load_state("networkidle")  # a key that comes before the page's script is nobody's
    paper = tmp_path / "identity.png"
    paper.write_bytes(member.taken_along("/demo/samples/invoice.png"))
    reach(member, "相册或文件")
    with member.page.expect_file_chooser() as chooser:
        keys.press("Space")
    chooser.value.set_files(paper)
    member.page.locator(".thumbs li").wait_for()
    assert member.page.evaluate(_FOCUSED) == "相册或文件", "one goes on from where one was"
    reach(member, "下一步")
    keys.press("Enter")
    member.page.wait_for_url("**/account")
    reach(member, "开户银行")
    keys.type("示范银行滨海支行")
    keys.press("Enter")
    member.page.wait_for_url("**/check")
    reach(member, "或键入您的姓名")
    keys.type(MEMBER.name)
    reach(member, "提交申请")
    keys.press("Enter")
    member.page.get_by_text("提交前还缺").wait_for()
    member.look("missing")
    member.close()


def test_the_queue_by_keyboard(demo: Demonstration, chromium: Any) -> None:
    reviewer = Visit(chromium, demo.address, name="keyboard-queue", width=1440, height=900)
    reviewer.become(REVIEWER.key)
    keys = reviewer.page.keyboard
    reviewer.go("/workbench/claims")
    keys.press("Tab")
    assert reviewer.page.evaluate(_FOCUSED) == "跳到主要内容"
    keys.press("Enter")
    reach(reviewer, "L0")
    keys.press("Enter")
    reviewer.page.wait_for_url(re.compile(r"/workbench/claims/L\d+"))
    first = reviewer.page.url
    with reviewer.page.expect_navigation():
        keys.press("j")
    assert reviewer.page.url != first
    with reviewer.page.expect_navigation():
        keys.press("k")
    assert reviewer.page.url == first
    keys.press("h")
    assert reviewer.page.locator('.act[data-act="assign"][open]').count() == 1, "handing over, and nothing was turned"
    keys.press("Escape")
    reviewer.close()
