"""Bills paid at the simulators of real channels, in Chromium: by a code on a desk and by tapping on a phone, in two tabs, in
another way than was begun, twice by two channels; and inside WeChat, whose bridge the simulator gives."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mutualaid.contributions.simulator.keys import THEIRS
from mutualaid.web.demo.cast import FINANCE, HOSPITAL, OFFICER, SCHOOL, Person
from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
WECHAT = f"{PHONE} MicroMessenger/8.0.50"
SMALL, LARGE = {"width": 390, "height": 844}, {"width": 1366, "height": 900}
WAIT = 180_000
"""Milliseconds for what the worker does, if its news come only when it asks."""


def signed_in(visit: Visit, person: Person) -> None:
    """By one click, on the first page of the demonstration."""
    visit.go("/demo/")
    visit.page.locator(f"form[action='/demo/sign-ins/{person.key}'] button").first.click()
    visit.page.wait_for_load_state()


def simulator(demo: Demonstration, channel: str) -> str:
    """Where a simulated channel is."""
    facts = json.loads((demo.data / "demo" / "channel" / channel / THEIRS).read_text("utf-8"))
    parts = urlsplit(facts["address"])
    return f"{parts.scheme}://{parts.netloc}"


def open_bill(visit: Visit) -> str:
    """The number of the bill that waits, its page open."""
    visit.go("/employers/bills?state=issued")
    number = visit.page.locator("a[href^='/employers/bills/B']").first.get_attribute("href").rsplit("/", 1)[-1]
    visit.go(f"/employers/bills/{number}")
    return str(number)


def ask(address: str, body: bytes = b"") -> Any:
    """Of a simulator's controls."""
    with urllib.request.urlopen(urllib.request.Request(address, data=body), timeout=20) as said:  # noqa: S310
        return json.loads(said.read())


def test_another_way_than_was_begun_and_paid_twice(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    desk = Visit(chromium, demo.address, name="paying/desk", **LARGE)
    signed_in(desk, HOSPITAL.clerk)
    bill = open_bill(desk)
    desk.look("bill")
    desk.button(re.compile("微信支付")).click()
    desk.page.wait_for_url("**/employers/orders/**")
    desk.page.get_by_alt_text("支付二维码").wait_for(timeout=WAIT)
    desk.look("code")
    first = desk.page.url.rsplit("/", 1)[-1]
    # A second tab leads to the same order, and the way back of the browser makes no other.
    tab = desk.context.new_page()
    tab.goto(f"{demo.address}/employers/bills/{bill}")
    tab.get_by_role("link", name="继续支付").click()
    assert tab.url.endswith(first)
    tab.go_back()
    tab.get_by_role("link", name="继续支付").wait_for()
    desk.button("换一种方式支付").click()
    desk.page.get_by_text("这笔订单已关闭").wait_for(timeout=WAIT)
    desk.look("closed")
    tab.goto(f"{demo.address}/employers/orders/{first}")
    tab.get_by_text("这笔订单已关闭").wait_for()
    # On a phone the same clerk taps for Alipay, and pays.
    phone = Visit(chromium, demo.address, name="paying/phone", **SMALL, user_agent=PHONE)
    signed_in(phone, HOSPITAL.clerk)
    phone.go(f"/employers/bills/{bill}")
    phone.look("bill")
    phone.button(re.compile("支付宝")).click()
    phone.page.wait_for_url("**/employers/orders/**")
    leads = phone.link(re.compile("去 支付宝"))
    leads.wait_for(timeout=WAIT)
    phone.look("order")
    assert "wap.pay" in leads.get_attribute("href")
    leads.click()
    phone.button("确认支付").click()
    phone.link("回到缴费页面").click()
    phone.page.get_by_text("已缴清").first.wait_for(timeout=WAIT)
    phone.look("paid")
    # The code was scanned after all: that money waits, and finance is told that the bill is paid twice.
    assert ask(f"{simulator(demo, 'wechat')}/control/orders/{first}/pay", b"anyhow")["paid"]
    finance = Visit(chromium, demo.address, name="paying/finance", **LARGE)
    signed_in(finance, FINANCE)
    finance.go("/workbench/payments")
    finance.page.get_by_text("重复缴费").first.wait_for()
    finance.look("waiting")
    finance.page.get_by_role("link", name=first).first.click()
    finance.page.get_by_text(bill).first.wait_for()
    finance.look("twice")
    for visit in (desk, phone, finance):
        visit.close()


def test_inside_wechat(demo: Demonstration, chromium: Any) -> None:
    officer = Visit(chromium, demo.address, name="paying/officer", **LARGE)
    signed_in(officer, OFFICER)
    officer.go("/workbench/enrolments")
    officer.page.locator("tr", has_text=SCHOOL.name).locator("a").first.click()
    officer.page.get_by_label("核准并出账单").check()
    officer.button("提交审核结果").click()
    officer.page.get_by_text(re.compile("B\\d{8}")).first.wait_for(timeout=WAIT)
    officer.close()
    # The app puts its bridge into each page, past the page's own policy.
    phone = Visit(chromium, demo.address, name="paying/wechat", **SMALL, user_agent=WECHAT, bypass_csp=True)
    home = simulator(demo, "wechat")
    with urllib.request.urlopen(f"{home}/bridge.js", timeout=20) as bridge:  # noqa: S310
        phone.context.add_init_script(script=bridge.read().decode())
    signed_in(phone, SCHOOL.clerk)
    bill = open_bill(phone)
    phone.look("bill")
    phone.link(re.compile("微信支付")).click()
    phone.page.wait_for_url("**/employers/orders/**")  # by way of WeChat, and of the form that sends itself
    sheet = phone.page.locator("#wechat-app")
    sheet.wait_for(timeout=WAIT)
    assert bill in sheet.inner_text()
    phone.look("sheet")
    sheet.get_by_role("button", name="取消").click()
    phone.button("打开微信支付").click()  # not opened by itself again
    sheet.get_by_role("button", name="确认支付").click()
    phone.page.get_by_text("已收到支付结果").wait_for(timeout=WAIT)
    phone.look("paid")
    phone.close()
