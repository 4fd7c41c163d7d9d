"""A new rider on the phone: from the poster's address by the code in a short message and the payment to the certificate, which
somebody else checks without signing in."""

from __future__ import annotations

import datetime
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from mutualaid.web.demo.cast import PASSWORD, RIDERS
from mutualaid.web.demo.drawing import resident_id
from tests.browser.demonstration import Demonstration
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
PHONE = "19900087655"


def the_code(demo: Demonstration, chromium: Any) -> str:
    """From the phone of the simulated provider of short messages."""
    phone = Visit(chromium, demo.address, name="rider/messages", width=390, height=844)
    for _ in range(60):
        phone.go("/demo/phones")
        found = re.search(r"(?<!\d)(\d{6})(?!\d)", phone.page.locator("main").inner_text())
        if found:
            phone.look("message")
            phone.close()
            return found[1]
        phone.page.wait_for_timeout(1000)
    raise AssertionError("expected a short message with a code within a minute, found none")


def test_a_rider_joins_pays_and_is_checked(demo: Demonstration, chromium: Any) -> None:
    clerk = Visit(chromium, demo.address, name="rider/union", width=1366, height=900)
    clerk.become(RIDERS.clerk.key)
    clerk.go("/employers/joining")
    clerk.look("pages")
    clerk.link(re.compile("骑手意外互助")).click()
    clerk.page.get_by_role("img", name="参加页面的二维码").wait_for()
    clerk.look("poster")
    address = clerk.page.locator('a[href*="/members/join/"]').get_attribute("href") or ""
    clerk.go("/employers/groups")
    clerk.look("groups")
    clerk.page.locator('a[href*="/employers/groups/J"]').first.click()
    clerk.look("group")
    clerk.close()

    rider = Visit(chromium, demo.address, name="rider/phone", width=390, height=844)
    rider.go(urlsplit(address).path)
    rider.look("join")
    rider.fill(姓名="骑新帆", 身份证号码=resident_id(450502, datetime.date(1996, 5, 4), 902), 手机号码=PHONE)
    rider.page.get_by_label("做什么工作").select_option("rider")
    rider.page.get_by_label(re.compile("按月")).check()
    rider.page.get_by_label(re.compile("我已阅读并同意")).check()
    rider.button("下一步：验证手机").click()
    rider.heading("验证手机")
    rider.page.get_by_text("本人应缴 5.00 元").wait_for()
    rider.look("code")
    rider.fill(短信验证码=the_code(demo, chromium), 设一个登录密码=PASSWORD)
    rider.button("确认参加").click()
    rider.page.wait_for_url(re.compile(r"/members/bills/B\d+/payment"))
    rider.look("bill")
    bill = rider.page.url
    rider.button(re.compile("支付宝")).click()
    leads = rider.link(re.compile("去 支付宝"))
    leads.wait_for(timeout=180_000)
    leads.click()
    rider.button("确认支付").click()
    rider.page.wait_for_load_state()
    rider.page.goto(bill)
    rider.page.get_by_text("已缴清，保障凭证已经生成").first.wait_for(timeout=180_000)
    rider.look("paid")
    rider.go("/members/covers")
    rider.page.locator('a[href*="/members/covers/C"]').first.click()
    check = rider.link(re.compile("给别人核验"))
    check.wait_for(timeout=180_000)
    rider.look("cover")
    cover = urlsplit(rider.page.url).path
    assert rider.taken_along(f"{cover}/certificate").startswith(b"%PDF")
    page = check.get_attribute("href") or ""
    rider.go("/members/profile/move")
    rider.look("move")
    rider.close()

    other = Visit(chromium, demo.address, name="rider/checker", width=390, height=844)
    other.go(page)
    other.page.get_by_text("凭证真实").wait_for()
    assert "骑**" in other.page.locator("main").inner_text()
    assert "骑新帆" not in other.page.content()
    other.look("genuine")
    other.go("/certificates")
    other.look("typed")
    other.close()

    office = Visit(chromium, demo.address, name="rider/office", width=1366, height=900)
    office.become("demo.officer")
    office.go("/workbench/group-places")
    office.look("waiting")
    office.link(re.compile("骑")).click()
    office.look("duty-list")
    office.page.get_by_label(re.compile("确认：值班表上有此人")).check()
    office.button("提交核实结果").click()
    office.page.get_by_text("已登记核实结果").wait_for()
    office.go("/workbench/groups")
    office.look("counter")
    office.page.locator('a[href*="/persons/new"]').first.click()
    office.look("counter-person")
    office.close()
