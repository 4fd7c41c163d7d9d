"""A member files a claim on a phone in a real browser, with photos of papers; and every page of claims at several sizes."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from mutualaid.claims.models import Claim
from mutualaid.core.places import PROJECT
from tests.web import member_claims as made
from tests.web.cast import Web
from tests.web.member_covers import covered, demo_version
from tests.web.served import cookies_of, served

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = PROJECT / "build" / "screens"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PHONE, DESK, NARROW = (390, 844), (1440, 900), (320, 640)


def photo(seed: int = 1, *, width: int = 1200, height: int = 1600) -> bytes:
    """A PNG of a page with lines of "print", unlike one of another seed."""
    light, dark = b"\xf2\xf0\xea" * width, bytearray(b"\xf2\xf0\xea" * width)
    for word in range(6, width // 20 - 6):
        if (word * 7 + seed) % 5:
            dark[word * 60 : word * 60 + 45] = b"\x28\x2c\x34" * 15
    rows = b"".join(b"\0" + (bytes(dark) if (y + seed) % 40 < 12 else light) for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")


@pytest.fixture(autouse=True)
def _first(browser: Any, request: pytest.FixtureRequest) -> None:
    """Chromium before the database is asked."""


@pytest.fixture
def site(browser: Any, web: Web) -> Iterator[str]:
    """The pages behind a socket."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium. The loop that drives it runs in the tests' thread, where Django would otherwise refuse to ask the database."""
    with pytest.MonkeyPatch.context() as patch, playwright.sync_playwright() as started:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser: Any, web: Web, site: str, size: tuple[int, int], **how: Any) -> Any:
    """A page of the member; what goes wrong in it is in ``wrong``."""
    script = how.pop("script", True)
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        java_script_enabled=script,
        has_touch=size[0] < 500,
        bypass_csp=how.pop("bypass_csp", False),
    )
    context.add_cookies(cookies_of(web, "member", site, **how))
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: page.wrong.append(said.text) if said.type == "error" and "422" not in said.text else None,
    )
    return page


def shot(page: Any, name: str) -> None:
    """A picture of the whole page."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENS / f"claims-{name}.png"), full_page=True)


def files(*names: str) -> list[dict[str, Any]]:
    """Photos."""
    return [{"name": name, "mimeType": "image/png", "buffer": photo(sum(name.encode()))} for name in names]


def test_a_member_files_on_the_phone(web: Web, site: str, browser: Any) -> None:
    covered(web, version=demo_version(web))
    page = opened(browser, web, site, PHONE)
    page.goto(f"{site}/members/claims/new")
    page.get_by_role("button", name="住院了").click()
    page.get_by_label("入院日期").fill("2025-02-24")
    page.get_by_label("出院日期").fill("2025-02-27")
    page.get_by_label("医院名称").fill("海市第一医院")
    page.get_by_text("三级", exact=True).click()
    page.get_by_text("已自动保存").wait_for()
    shot(page, "visit")
    page.get_by_role("button", name="下一步").click()
    for label, amount in (
        ("金额合计", "8000"), ("医保统筹基金支付", "5000"), ("其他支付", "0"), ("个人自付", "2400"), ("个人自费", "500")
    ):  # fmt: skip
        page.get_by_label(label).first.fill(amount)
    page.get_by_text("医保结算单上还有的").click()
    page.get_by_label("医疗救助支付").fill("0")
    page.get_by_role("button", name="下一步").click()
    page.get_by_text("这几个数对不上").wait_for()
    shot(page, "costs")
    page.get_by_label("个人自费").fill("600")
    page.get_by_role("button", name="下一步").click()
    for word in ("identity", "settlement", "invoice", "record"):
        box = page.locator(f"#paper-{word}")
        brought = files(f"{word}-1.png", f"{word}-2.png") if word == "invoice" else files(f"{word}.png")
        box.locator("input[type=file]").nth(1).set_input_files(brought)
        page.locator(f"#paper-{word} .thumbs li").nth(len(brought) - 1).wait_for()
    page.locator("#paper-invoice .thumb-remove").last.click()
    page.locator("#paper-invoice .thumbs li").nth(1).wait_for(state="detached")
    shot(page, "papers")
    page.get_by_role("link", name="下一步").click()
    page.get_by_label("银行卡号").fill(made.CARD)
    page.get_by_label("开户银行").fill("邻市银行海城支行")
    page.get_by_role("button", name="下一步").click()
    shot(page, "check")
    for consent in page.get_by_label("我已阅读，单独同意这一项").all():
        consent.check()
    area = page.locator(".pad-area")
    area.scroll_into_view_if_needed()
    place = area.bounding_box()
    page.mouse.move(place["x"] + 30, place["y"] + 30)
    page.mouse.down()
    for step in range(1, 30):
        page.mouse.move(place["x"] + 30 + 8 * step, place["y"] + 30 + (step % 5) * 14)
    page.mouse.up()
    shot(page, "signed")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("已提交，申请编号").wait_for()
    shot(page, "filed")
    claim = Claim.objects.get()
    assert (claim.state, claim.counts) == ("first_review", True)
    assert claim.papers.get(word="signature").file.media_type == "image/png"
    assert claim.papers.filter(removed_at=None, word="invoice").count() == 1
    assert page.evaluate(WIDE) <= 0
    assert page.wrong == []


def test_what_the_network_lost_is_sent_again(web: Web, site: str, browser: Any) -> None:
    claim = made.drafted(web)
    page = opened(browser, web, site, PHONE)
    page.goto(f"{site}/members/claims/{claim.number}/papers")
    page.route("**/pages", lambda route: route.abort())
    page.locator("#paper-invoice input[type=file]").nth(1).set_input_files(files("票据.png"))
    page.get_by_text("没有传上去").wait_for()
    shot(page, "lost")
    page.unroute("**/pages")
    page.get_by_role("button", name="再试一次").click()
    page.locator("#paper-invoice .thumbs li").wait_for()
    assert claim.papers.count() == 1


def test_what_was_typed_survives_a_lost_network_and_the_end_of_the_session(web: Web, site: str, browser: Any) -> None:
    number = made.drafted(web).number
    page = opened(browser, web, site, PHONE)
    page.goto(f"{site}/members/claims/{number}/costs")
    page.context.set_offline(True)
    page.get_by_label("金额合计").first.fill("8000")
    page.get_by_text("没有网络，还没有保存").wait_for()
    page.get_by_role("button", name="下一步").click()
    page.wait_for_timeout(1_000)
    assert page.url.endswith("/costs"), "it stays, and says so"
    shot(page, "offline")
    page.context.set_offline(False)
    page.wait_for_url("**/papers")
    assert '"total": "8000.00"' in Claim.objects.get().particulars.facts
    page.goto(f"{site}/members/claims/{number}/visit")
    name = settings.SESSION_COOKIE_NAME
    session = next(one for one in page.context.cookies() if one["name"] == name)
    page.context.clear_cookies(name=name)
    page.get_by_label("医院名称").fill("海市第二医院")
    page.get_by_label("诊断", exact=True).click()
    page.wait_for_url("**/sign-in?next=**")
    page.context.add_cookies([session])
    page.goto(f"{site}/members/claims/{number}/visit")
    assert page.get_by_label("医院名称").input_value() == "海市第二医院"
    page.get_by_text("已自动保存").wait_for()
    assert Claim.objects.get().particulars.hospital == "海市第二医院"
    assert page.evaluate("Object.keys(sessionStorage).filter(one => one.startsWith('unsaved:'))") == [], (
        "nothing stays in the tab"
    )
    page.get_by_label("诊断", exact=True).type("肺")
    page.goto(f"{site}/members/claims")
    page.goto(f"{site}/members/claims/{number}/visit")
    assert page.get_by_label("诊断", exact=True).input_value() == "肺", "left at once, and saved"


def test_it_works_without_a_script(web: Web, site: str, browser: Any) -> None:
    covered(web)
    page = opened(browser, web, site, NARROW, script=False)
    page.goto(f"{site}/members/claims/new")
    page.get_by_role("button", name="住院了").click()
    page.get_by_label("入院日期").fill("2025-02-24")
    page.get_by_label("出院日期").fill("2025-02-27")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("个人自付").first.fill("2400")
    page.get_by_role("button", name="下一步").click()
    for word in ("identity", "settlement", "invoice", "record"):
        box = page.locator(f"#paper-{word}")
        box.locator("input[type=file]").nth(1).set_input_files(files(f"{word}.png"))
        box.get_by_role("button", name="上传选好的文件").click()
        page.locator(f"#paper-{word} .thumbs li").wait_for()
    shot(page, "plain")
    page.get_by_role("link", name="下一步").click()
    page.get_by_label("银行卡号").fill(made.CARD)
    page.get_by_label("开户银行").fill("邻市银行")
    page.get_by_role("button", name="下一步").click()
    for consent in page.get_by_label("我已阅读，单独同意这一项").all():
        consent.check()
    page.get_by_label("或键入您的姓名代替手写").fill("林晓禾")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("已提交，申请编号").wait_for()
    assert Claim.objects.get().counts


SCENES: dict[str, tuple[Any, str]] = {
    "new": (made.drafted, "claims/new"),
    "list": (made.filed, "claims"),
    "home": (made.returned, ""),
    "event": (made.drafted, "claims/{}/event"),
    "account": (made.drafted, "claims/{}/account"),
    "check-open": (made.unsigned, "claims/{}/check"),
    "returned": (made.returned, "claims/{}"),
    "returned-papers": (made.returned, "claims/{}/papers"),
    "approved": (made.approved, "claims/{}"),
    "refused": (made.refused, "claims/{}"),
    "came-back": (made.came_back, "claims/{}"),
    "payee": (made.came_back, "claims/{}/payee"),
    "review": (made.approved, "claims/{}/review"),
    "costs-empty": (made.drafted, "claims/{}/costs"),
}


@pytest.mark.parametrize("scene", SCENES)
def test_pages_fit_every_screen(web: Web, site: str, browser: Any, scene: str) -> None:
    arrange, path = SCENES[scene]
    arrange(web)
    address = f"{site}/members/{path.format(web.made['claim'].number)}"
    looks: tuple[tuple[str, tuple[int, int], dict[str, Any]], ...] = (
        ("phone", PHONE, {"bypass_csp": True}),
        ("desk", DESK, {}),
        ("narrow", NARROW, {}),
        ("care", PHONE, {"care": True}),
        ("english", PHONE, {"english": True}),
    )
    for look, size, how in looks:
        page = opened(browser, web, site, size, **how)
        assert page.goto(address).status == 200
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        shot(page, f"{scene}-{look}")
        assert page.evaluate(WIDE) <= 0, look
        if look == "phone":
            page.add_script_tag(path=str(AXE))
            found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
            faults = [f"{one['id']}: {node['html'][:140]}" for one in found["violations"] for node in one["nodes"]]
            assert faults == []
        assert page.wrong == [], look
        page.context.close()
