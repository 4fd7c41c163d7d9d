"""A roster's upload in a browser when things go wrong: cut off, the page loaded anew or closed, cancelled, a second tab."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mutualaid.enrolment.actions.transfers import PART_MOST
from mutualaid.enrolment.roster.columns import BY_FIELD
from mutualaid.web.demo.cast import CLERK
from tests.browser.demonstration import Demonstration
from tests.browser.test_large_roster import PLAN, women
from tests.browser.visit import Visit

pytestmark = pytest.mark.slow
DESK, PHONE = (1440, 900), (390, 844)
BYTES, PERSONS = 3 * PART_MOST + PART_MOST // 2, 40
PARTS = [0, PART_MOST, 2 * PART_MOST, 3 * PART_MOST]
WORKER = 240_000
"""Milliseconds that the worker may take to read a file."""
LONGEST_PAUSE = 31_000
OURS = re.compile("ERR_CONNECTION_RESET|ERR_INTERNET_DISCONNECTED|ERR_FAILED")
"""What the console says of connections that the tests break."""


def roster(folder: Path, name: str, persons: int = PERSONS, size: int = 0) -> Path:
    """A CSV of so many persons; to be large it has remarks in a column that nobody needs."""
    fields = ("name", "identity_kind", "identity_number", "employment")
    remark = "x" * (size // persons)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*(BY_FIELD[one].zh for one in fields), "备注"])
    rows.writerows([*(row[one] for one in fields), remark] for row in women(persons))
    path = folder / name
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path


@dataclass
class Line:
    """A tab's connection. ``came``: the bytes from which parts went to the server on. After ``most`` of them it is ``silent``, so
    that a part waits, or broken."""

    page: Any
    most: int | None = None
    silent: bool = False
    came: list[int] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.route("**/transfers/*/parts*", self._part)

    def _part(self, route: Any) -> None:
        if self.most is None or len(self.came) < self.most:
            self.came.append(int(parse_qs(urlsplit(route.request.url).query)["begins"][0]))
            route.continue_()
        elif self.silent:
            self.waiting.append(route)
        else:
            route.abort("connectionreset")

    def wait(self) -> None:
        """Until a part waits."""
        for _ in range(600):
            if self.waiting:
                return
            self.page.wait_for_timeout(100)
        pytest.fail("no part was sent that could wait")

    def mend(self) -> None:
        """All goes through from now on."""
        self.most = None
        self.lose()

    def lose(self) -> None:
        """What waits is lost; else the browser would send it when its tab is closed."""
        for route in self.waiting:
            route.abort("connectionreset")
        self.waiting.clear()


def begun(chromium: Any, demo: Demonstration, name: str, size: tuple[int, int] = DESK, persons: int = PERSONS) -> Visit:
    """A clerk before a draft without a roster. Without the service worker, which passes uploads on unseen by ``Line``."""
    at = demo.address
    clerk = Visit(chromium, at, name=f"upload/{name}", width=size[0], height=size[1], service_workers="block")
    clerk.become(CLERK.key)
    clerk.go("/employers/enrolments/new")
    clerk.link(re.compile(f"参加此计划.*{PLAN}")).click()
    clerk.fill(在职职工人数=str(persons), 其中女职工人数=str(persons))
    clerk.button("下一步：准备花名册").click()
    clerk.page.wait_for_url(re.compile(r"/employers/enrolments/E\d+$"))
    return clerk


def send(clerk: Visit, path: Path) -> None:
    clerk.bring("填好的花名册", path)
    clerk.button("上传并核对").click()


def previewed(clerk: Visit) -> None:
    clerk.page.wait_for_url(re.compile(r"/uploads/"), timeout=WORKER)
    clerk.heading("核对花名册")


def persons_in(clerk: Visit) -> int:
    """As the enrolment's page says, looked at in a tab of its own."""
    number = re.search(r"/enrolments/(E\d+)", clerk.page.url)
    assert number is not None
    before = clerk.open_tab()
    clerk.go(f"/employers/enrolments/{number[1]}")
    fact = clerk.page.locator("dl.facts div").filter(has_text="名单人数").locator("dd").first.inner_text()
    clerk.page.close()
    clerk.page = before
    return int(re.sub(r"\D.*", "", fact.replace(",", "")) or 0)


def over(clerk: Visit) -> None:
    """Others of the demonstration take the same plan. Nothing went wrong but what was broken here."""
    number = re.search(r"/enrolments/(E\d+)", clerk.page.url)
    assert number is not None
    clerk.go(f"/employers/enrolments/{number[1]}/cancellation")
    clerk.button("确认取消").click()
    clerk.page.wait_for_url("**/employers/enrolments")
    clerk.wrong[:] = [one for one in clerk.wrong if not OURS.search(one)]
    clerk.close()


def test_cut_off_in_the_middle_it_goes_on(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = begun(chromium, demo, "cut-off")
    path = roster(tmp_path, "花名册.csv", size=BYTES)
    clerk.page.clock.install()
    clerk.page.reload()
    line = Line(clerk.page, most=2)
    send(clerk, path)
    clerk.page.get_by_text("连接中断，正在重试；已上传的部分保留").wait_for()
    clerk.look("waits")
    go_on = clerk.button("继续上传")
    for _ in range(20):  # the page tries again and again, ever more seldom, then says so
        if go_on.is_visible():
            break
        clerk.page.clock.fast_forward(LONGEST_PAUSE)
        clerk.page.wait_for_timeout(300)
    clerk.page.get_by_text("连接不通，已上传的部分保留三天").wait_for()
    assert not clerk.button("上传并核对").is_visible()
    clerk.look("given-up")
    line.mend()
    go_on.click()
    clerk.page.clock.resume()
    previewed(clerk)
    assert line.came == PARTS, "each part went once"
    over(clerk)


def test_without_a_network_it_waits_and_goes_on_at_once(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = begun(chromium, demo, "offline", PHONE)
    line = Line(clerk.page, most=1, silent=True)
    send(clerk, roster(tmp_path, "花名册.csv", size=BYTES))
    line.wait()
    clerk.look("under-way")
    clerk.context.set_offline(True)
    line.mend()
    clerk.page.get_by_text("连接中断，正在重试").wait_for()
    clerk.page.wait_for_timeout(8_000)  # the pauses have grown
    clerk.look("offline")
    before = len(line.came)
    clerk.context.set_offline(False)
    clerk.page.wait_for_url(re.compile(r"/jobs/|/uploads/"), timeout=5_000)
    assert sorted(set(line.came)) == PARTS
    assert line.came[before:] == PARTS[1:], "each part that had not come went once"
    previewed(clerk)
    over(clerk)


def test_loaded_anew_or_closed_the_same_file_goes_on(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = begun(chromium, demo, "anew", PHONE)
    path, address = roster(tmp_path, "花名册.csv", size=BYTES), urlsplit(clerk.page.url).path
    line = Line(clerk.page, most=1, silent=True)
    send(clerk, path)
    line.wait()
    line.lose()
    clerk.page.reload()
    clerk.page.get_by_text("再选同一文件，即从断处继续").wait_for()
    clerk.look("loaded-anew")
    line.most, line.silent = 3, False
    send(clerk, path)
    clerk.page.get_by_text("连接中断，正在重试").wait_for()
    before = clerk.open_tab()
    before.close()
    clerk.go(address)
    clerk.page.get_by_text("3.0 MB / 3.5 MB").wait_for()
    clerk.look("opened-anew")
    last = Line(clerk.page)
    send(clerk, path)
    previewed(clerk)
    assert [*line.came, *last.came] == PARTS, "each part went once"
    clerk.look("previewed")
    over(clerk)


def test_cancelled_it_leaves_nothing(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = begun(chromium, demo, "cancelled", PHONE)
    path = roster(tmp_path, "花名册.csv", size=BYTES)
    line = Line(clerk.page, most=1, silent=True)
    send(clerk, path)
    line.wait()
    clerk.button("取消上传").click()
    clerk.page.get_by_text("已取消上传，名单没有变化").wait_for()
    assert clerk.button("上传并核对").is_enabled()
    assert not clerk.button("取消上传").is_visible()
    clerk.look("cancelled")
    clerk.page.reload()
    assert clerk.page.get_by_text("时中断").count() == 0, "nothing of it is left"
    assert clerk.page.get_by_text("已放弃上传").count() == 0, "it is said once"
    line.lose()
    line.came.clear()
    line.most, line.silent = 1, False
    send(clerk, path)
    clerk.page.get_by_text("连接中断，正在重试").wait_for()
    clerk.page.route("**/transfers/*", lambda route: route.abort("connectionreset"))
    clerk.button("取消上传").click()
    clerk.page.get_by_text("连接恢复后刷新页面可以放弃").wait_for()
    clerk.look("cancelled-without-a-connection")
    clerk.page.unroute("**/transfers/*")
    clerk.page.reload()
    clerk.button("放弃该上传").click()
    clerk.page.get_by_text("已放弃上传，名单没有变化").wait_for()
    assert clerk.page.get_by_text("时中断").count() == 0
    line.came.clear()
    line.mend()
    send(clerk, path)
    previewed(clerk)
    assert line.came == PARTS, "from the beginning"
    clerk.button("全部放弃").click()
    clerk.page.get_by_text("已全部放弃，名单没有变化").wait_for()
    over(clerk)


def test_a_file_saved_after_it_was_chosen_is_to_be_chosen_anew(
    demo: Demonstration, chromium: Any, tmp_path: Path
) -> None:
    clerk = begun(chromium, demo, "saved-anew")
    path = roster(tmp_path, "花名册.csv", size=BYTES)
    clerk.bring("填好的花名册", path)
    path = roster(tmp_path, "花名册.csv", size=BYTES + PART_MOST)
    clerk.button("上传并核对").click()
    clerk.page.get_by_text("请重新选择文件").wait_for()
    clerk.look("saved-anew")
    send(clerk, path)
    previewed(clerk)
    over(clerk)


def test_a_session_that_ends_leads_to_the_sign_in_and_back(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = begun(chromium, demo, "session")
    path, address = roster(tmp_path, "花名册.csv", size=BYTES), clerk.page.url
    line = Line(clerk.page, most=1, silent=True)
    send(clerk, path)
    line.wait()
    kept = clerk.context.cookies()
    clerk.context.clear_cookies(name="sessionid")
    line.most = None
    line.waiting.pop().continue_()
    clerk.page.wait_for_url(re.compile("sign-in"))
    clerk.look("sign-in")
    clerk.context.add_cookies(kept)
    clerk.page.goto(address)
    clerk.page.get_by_text("1.0 MB / 3.5 MB").wait_for()
    over(clerk)


def test_a_second_tab_changes_nothing_by_halves(demo: Demonstration, chromium: Any, tmp_path: Path) -> None:
    clerk = begun(chromium, demo, "two-tabs", persons=8)
    address = urlsplit(clerk.page.url).path
    few, more = roster(tmp_path, "少.csv", 5), roster(tmp_path, "多.csv", 8)
    large = roster(tmp_path, "大.csv", size=BYTES)
    send(clerk, few)
    previewed(clerk)
    first = clerk.open_tab()
    clerk.go(address)
    send(clerk, more)
    previewed(clerk)
    second, clerk.page = clerk.page, first
    clerk.button(re.compile("采用正确的 5 行")).click()
    clerk.page.get_by_text("该名单已放弃或被新的上传取代，名单没有变化").wait_for()
    clerk.look("replaced")
    assert persons_in(clerk) == 0
    clerk.link("重新打开此页").click()
    clerk.page.wait_for_url(re.compile(r"/enrolments/E\d+$"))
    clerk.link("去核对").click()
    clerk.heading("核对花名册")
    clerk.page = second
    clerk.button(re.compile("采用正确的 8 行")).click()
    clerk.page.wait_for_url(re.compile(r"/enrolments/E\d+$"))
    clerk.page = first
    clerk.button(re.compile("采用正确的 8 行")).click()
    clerk.page.get_by_text("没有再次采用").wait_for()
    clerk.look("taken-already")
    assert persons_in(clerk) == 8
    # Both send the same large file: what one sent is not sent by the other, and whoever is late is told.
    clerk.go(address)
    line = Line(clerk.page, most=2, silent=True)
    send(clerk, large)
    line.wait()
    clerk.page = second
    clerk.page.reload()
    other = Line(clerk.page)
    send(clerk, large)
    previewed(clerk)
    assert line.came + other.came == PARTS
    clerk.page = first
    line.most = None
    line.waiting.pop().continue_()
    clerk.page.get_by_text("没有找到该上传，可能已完成、放弃或过期").wait_for()
    clerk.look("done-by-the-other")
    # Handed in by one, the other sends a file.
    clerk.page = second
    clerk.button("全部放弃").click()
    clerk.page.wait_for_url(re.compile(r"/enrolments/E\d+$"))
    clerk.link("去提交").click()
    clerk.button("确认提交").click()
    clerk.page.wait_for_url(re.compile(r"/enrolments/E\d+$"))
    clerk.page = first
    send(clerk, large)
    clerk.page.get_by_text("参保单应为填报中").wait_for()
    clerk.look("handed-in")
    clerk.bring("填好的花名册", few)
    clerk.button("上传并核对").click()
    clerk.page.get_by_text("参保单应为填报中").wait_for()
    clerk.look("handed-in-plain")
    clerk.go(address)
    assert clerk.page.get_by_text(re.compile("8 人")).count() > 0
    over(clerk)
