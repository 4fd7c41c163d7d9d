"""A clerk composes a package in a real browser, sees who pays what, uploads one roster, hands it in; the office accepts it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from mutualaid.contributions.models import Bill
from mutualaid.core.places import PROJECT
from tests.enrolment.packages_made import COLUMNS, row
from tests.enrolment.rosters import workbook
from tests.web import employers_scene
from tests.web import packages_scene as scene
from tests.web.cast import Web
from tests.web.served import served

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
SCREENS = PROJECT / "build" / "screens"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def session_of(web: Web, person: str) -> str:
    """A session, made before the browser's loop runs."""
    return str(web.client(person).cookies[settings.SESSION_COOKIE_NAME].value)


def signed_in(browser: Any, cookie: str, site: str, width: int = 1440) -> Any:
    """A page of somebody's browser."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    return context.new_page()


def shown(page: Any, name: str) -> None:
    """It fits at both widths; a picture of each is kept."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for width, height in ((1440, 900), (390, 844), (320, 700)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(WIDE) <= 0, (name, width)
        if width > 320:
            page.screenshot(path=str(SCREENS / f"package-{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_from_plans_to_bills(web: Web, tmp_path: Path) -> None:
    employers_scene.fund(web)
    scene.plans(web)
    scene.rules(web)
    scene.subsidy(web)
    roster = tmp_path / "花名册.xlsx"
    roster.write_bytes(workbook([row(11, "一线"), row(13, "一线"), row(12), row(14), row(16, "三线")], headers=COLUMNS))
    clerk, officer, money = (session_of(web, who) for who in ("clerk", "enrolment_clerk", "finance"))
    with served() as site, playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = signed_in(browser, clerk, site)
        page.goto(site + reverse("employers:packages"))
        shown(page, "none")
        page.click("main a.button-main")
        page.fill("[name=name]", "2025 年综合保障")
        page.fill("[name=headcount]", "20")
        page.fill("[name=women_headcount]", "10")
        page.click("main form .button-main")
        page.fill("[name=g0-name]", "一线")
        for plan in ("medical", "illness"):
            page.check(f"[name='g0-{plan}.in']")
        page.fill("[name=g1-name]", "女职工")
        page.select_option("[name=g1-rule]", "women")
        for plan in ("medical", "illness", "women"):
            page.check(f"[name='g1-{plan}.in']")
        page.fill("[name='g1-women.part']", "50%")
        page.fill("[name=g1-headcount]", "8")
        # What it costs is told while it is chosen, and what does not go together.
        page.wait_for_selector("#estimate .estimate-sum >> text=928.00")
        page.check("[name='g1-other.in']")
        page.wait_for_selector("#estimate >> text=不能同时参加")
        shown(page, "composition-refused")
        page.uncheck("[name='g1-other.in']")
        page.wait_for_function("() => !document.querySelector('#estimate .note')")
        shown(page, "composition")
        page.click("main form .button-main")
        page.wait_for_selector("text=每人合计")
        shown(page, "composed")
        page.click("text=更正人数等申报内容")
        page.fill("[name=headcount]", "24")
        shown(page, "declaration")
        page.click("main form .button-main")
        page.wait_for_selector("text=申报内容已更正")
        page.set_input_files("[name=roster]", str(roster))
        page.click("form[data-upload] button")
        page.wait_for_selector("text=核对花名册")
        shown(page, "preview")
        page.click("main .button-main")
        page.wait_for_selector("text=去提交")
        page.click("main .next .button-main")
        shown(page, "submission")
        page.click("main form .button-main")
        page.wait_for_selector("text=接下来：工会审核")
        number = page.url.rsplit("/", 1)[-1]
        office = signed_in(browser, officer, site)
        office.goto(site + reverse("workbench:package", args=[number]))
        shown(office, "office")
        office.check("[name=outcome][value=accept]")
        office.click("main form .button-main")
        office.wait_for_selector("text=已核准")
        page.goto(site + reverse("employers:package", args=[number]))
        shown(page, "accepted")
        finance = signed_in(browser, money, site)
        finance.goto(site + reverse("workbench:subsidies"))
        shown(finance, "subsidies")
        finance.goto(site + reverse("workbench:subsidy_new"))
        shown(finance, "subsidy-new")
        finance.goto(site + reverse("workbench:split_new"))
        shown(finance, "split-new")
        finance.goto(site + reverse("workbench:splits"))
        shown(finance, "splits")
        finance.goto(site + reverse("workbench:paying"))
        shown(finance, "paying")
        page.click("text=名单有误，撤回修改")
        page.wait_for_selector("text=撤回这份综合保障计划吗")
        shown(page, "undoing")
        browser.close()
    kinds = set(Bill.objects.values_list("payer_kind", flat=True))
    assert kinds == {"employer", "upper_union", "administration", "member"}


def test_a_member_pays_on_the_phone(web: Web) -> None:
    bill = scene.own_bill(web)
    mine = session_of(web, "member")
    with served() as site, playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = signed_in(browser, mine, site, width=390)
        page.goto(site + reverse("members:bills"))
        page.click(f"text={bill.number}")
        page.wait_for_selector("text=您应缴的部分")
        shown(page, "own-bill")
        browser.close()
