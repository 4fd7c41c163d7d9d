"""Employers merge in a real browser: asked by one person, confirmed by another; and how the pages of units and persons that
change look, at the widths of a desk and of a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from mutualaid.core.places import PROJECT
from mutualaid.people.models import Employer, RoleName
from tests.people.cast import as_staff, staff
from tests.pictures import PNG
from tests.web import pages_changes, pages_corrections, pages_moves
from tests.web.cast import Web
from tests.web.served import served
from tests.web.test_package_in_browser import signed_in

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
SCREENS = PROJECT / "build" / "screens"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def session_of(web: Web, person: str) -> str:
    """Made before the browser's loop runs."""
    return str(web.client(person).cookies[settings.SESSION_COOKIE_NAME].value)


def looked_at(page: Any, name: str) -> None:
    """It fits at both widths; a picture of each is kept."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for width, height in ((390, 844), (1366, 900)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(WIDE) <= 0, (name, width)
        page.screenshot(path=str(SCREENS / f"units-{name}-{width}.png"), full_page=True)


def test_two_persons_merge_employers(web: Web, tmp_path: Path) -> None:
    paper = tmp_path / "合并决定.png"
    paper.write_bytes(PNG)
    other = staff("参保经办丙", web.people.city, RoleName.ENROLMENT_CLERK)
    web.accounts["colleague"] = (other.account, as_staff(other).kind)
    first, second, clerk, former = (
        session_of(web, who) for who in ("enrolment_clerk", "colleague", "clerk", "other_clerk")
    )
    mill, yard = web.people.mill.unit.code, web.people.yard.unit.code
    with served() as site, playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = signed_in(browser, first, site)
        page.goto(site + reverse("workbench:employer", args=[mill]))
        looked_at(page, "employer")
        page.click("text=合并单位")
        page.fill("[name=givers]", yard)
        page.fill("[name=reason]", "两厂合并，已办理工商变更登记")
        page.set_input_files("[name=paper]", str(paper))
        page.check("[name=bring_clerks]")
        looked_at(page, "merger-form")
        page.click("main form .button-main")
        assert "等待另一人确认" in page.inner_text("main")
        looked_at(page, "merger-asked")
        address = page.url
        page = signed_in(browser, second, site)
        page.goto(site + reverse("workbench:changes"))
        looked_at(page, "changes")
        page.goto(address)
        page.check("[name=looked]")
        looked_at(page, "merger-confirm")
        page.click("text=确认办理 >> nth=-1")
        assert "已生效" in page.inner_text("main")
        looked_at(page, "merger-applied")
        page.goto(site + reverse("workbench:employer", args=[yard]))
        assert "不再单独办理" in page.inner_text("main")
        looked_at(page, "former-employer")
        page.goto(site + reverse("workbench:employers") + "?q=" + web.people.yard.credit_code)
        assert web.people.mill.unit.name in page.inner_text("main")
        looked_at(page, "employers")
        for name, who in (("former-clerk", former), ("clerk", clerk)):
            page = signed_in(browser, who, site)
            page.goto(site + reverse("employers:clerks"))
            looked_at(page, f"{name}-clerks")
            page.goto(site + reverse("employers:employer", args=[yard]))
            assert "并入" in page.inner_text("main")
            looked_at(page, f"{name}-former")
        browser.close()
    assert Employer.objects.get(unit__code=yard).merged_into == web.people.mill


def test_how_the_pages_look(web: Web) -> None:
    pages_moves.asked(web)
    pages_corrections.asked(web)
    pages_changes.split(web)
    code, lin = web.people.mill.unit.code, web.people.lin.number
    move, change, correction = (web.made[one].number for one in ("move", "change", "correction"))
    clerk = web.people.clerk.number
    seen = {
        "enrolment_clerk": {
            "move-new": reverse("workbench:move_new", args=[code]), "moves": reverse("workbench:moves"),
            "move": reverse("workbench:move", args=[move]), "split-new": reverse("workbench:employer_split", args=[code]),
            "split": reverse("workbench:change", args=[change]), "review-clerks": reverse("workbench:clerks"),
            "review-clerk": reverse("workbench:clerk", args=[clerk]), "corrections": reverse("workbench:corrections"),
            "correction": reverse("workbench:correction", args=[correction]),
            "identity": reverse("workbench:member_identity", args=[lin]), "home": reverse("workbench:home"),
        },
        "far_clerk": {"move-taken": reverse("workbench:move", args=[move])},
        "system_admin": {"units": reverse("workbench:units"), "unit": reverse("workbench:unit", args=[code])},
        "clerk": {
            "own-clerks": reverse("employers:clerks"), "clerk-new": reverse("employers:clerk_new", args=[code]),
            "own-corrections": reverse("employers:corrections"),
            "correction-new": reverse("employers:correction_new", args=[lin]),
        },
        "newcomer": {"joining": reverse("employers:joining"), "newcomer": reverse("employers:home")},
        "member": {"own-correction": reverse("members:correction")},
    }  # fmt: skip
    sessions = {who: session_of(web, who) for who in seen}
    with served() as site, playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for who, addresses in seen.items():
            page = signed_in(browser, sessions[who], site)
            for name, address in addresses.items():
                answer = page.goto(site + address)
                assert answer.status == 200, name
                looked_at(page, name)
        browser.close()
