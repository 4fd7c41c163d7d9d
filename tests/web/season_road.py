"""The clerk's season, step by step in a browser: the window, a roster with faults, what it changes, the bill, paid in two ways,
certificates; a newcomer and a leaver; the renewal of the next year. The pages' clock is the real one, put forward between the
steps, so that the simulated channel takes part."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import run_waiting
from mutualaid.enrolment.actions.leaving import report_leavers
from mutualaid.enrolment.leavers import Told
from mutualaid.plans.models import PlanVersion
from tests.browser.visit import Visit
from tests.enrolment.rosters import PLAN
from tests.enrolment.test_differences import NAMES
from tests.people.cast import BY, resident_id
from tests.web.cast import PASSWORD, Web, sign_in_as
from tests.web.served import ANSWERING

T = TypeVar("T")
DESK, PHONE = (1366, 900), (390, 844)
DAY = datetime.timedelta(days=1)
BEFORE = (21, 22, 23, 24)
"""Covered in the term before: the first goes on, the second with two units, the third is forgotten, the fourth has retired."""
WRONG, OLD, SPACED, TWICE, ELSEWHERE, LATE = 31, 32, 33, 34, 41, 51
"""Of the new roster: a wrong check digit, 15 places, spaces, twice in it, of another employer; and who joins after the season."""
SHARE = "employer:\n  - {least_share: 80%, of: staff, all_up_to: 5, clause: 第六条}"


def _plain(day: datetime.date) -> datetime.date:
    """A day that every year has."""
    return day if (day.month, day.day) != (2, 29) else day - DAY


@dataclass
class Year:
    """The days of a plan around the day of the test: the season is open, the term begins after it."""

    today: datetime.date

    @property
    def opens_on(self) -> datetime.date:
        """A while ago."""
        return _plain(self.today - 20 * DAY)

    @property
    def closes_on(self) -> datetime.date:
        """Soon."""
        return _plain(self.today + 9 * DAY)

    @property
    def from_on(self) -> datetime.date:
        """After it has closed."""
        return _plain(self.today + 30 * DAY)

    def late_on(self) -> datetime.date:
        """The first day of the month for late enrolment: the one but next after the term's beginning."""
        first = self.from_on.replace(day=1)
        return (first + 70 * DAY).replace(day=1)

    def term(self) -> str:
        """As a plan says it."""
        window = (
            f'opens: "{self.opens_on:%m-%d}", closes: "{self.closes_on:%m-%d}", catch_up_month: {self.late_on().month}'
        )
        first = self.from_on.replace(year=self.from_on.year - 2)
        return (
            f'{{years: 1, begins: fixed, on: "{self.from_on:%m-%d}", first_on: {first}, clause: 第二条, '
            f"enrolment: {{{window}, clause: 第二条}}}}"
        )


class Clock:
    """The real one, put forward."""

    def __init__(self) -> None:
        self.ahead = datetime.timedelta()

    def __call__(self) -> datetime.datetime:
        return timezone.now() + self.ahead

    def to(self, day: datetime.date) -> None:
        """On to about noon of a day."""
        noon = datetime.datetime.combine(day, datetime.time(4), datetime.UTC)
        self.ahead = noon - timezone.now()


class Aside:
    """Beside the browser's loop: what the test itself asks of the product, on the connection that the pages use."""

    def __init__(self) -> None:
        shared = connections["default"]

        def share() -> None:
            connections["default"] = shared

        self._pool = ThreadPoolExecutor(1, initializer=share)

    def __call__(self, what: Callable[[], T]) -> T:
        def alone() -> T:
            with ANSWERING, within([EVERYTHING]):
                return what()

        return self._pool.submit(alone).result()

    def close(self) -> None:
        """Nothing more."""
        self._pool.shutdown()


def plan(web: Web, year: Year) -> PlanVersion:
    """Offered by the province for years."""
    text = PLAN.format(
        plan="season-1",
        family="season",
        term=year.term(),
        most=2,
        fee=100,
        more=SHARE + "\nwaiting: {days: 30, clause: 第八条}",
    )
    made = PlanVersion.objects.create(
        office=web.people.province,
        plan="season-1",
        family="season",
        name_zh="海市职工住院互助保障",
        text=text,
        sha256="1" * 64,
        state="published",
        drafted_at=timezone.now(),
        published_at=timezone.now(),
        offered_from_on=year.opens_on.replace(year=year.opens_on.year - 2),
    )
    made.refresh_from_db()
    return made


def retired(web: Web, order: int, last_on: datetime.date, at: datetime.datetime) -> None:
    """Was reported as retired."""
    told = Told(1, NAMES[order], resident_id(order=order), "retired", last_on.isoformat())
    report_leavers(employer=web.people.mill, told=[told], by=BY, at=at)


def fifteen(number: str) -> str:
    """As it stood on the first generation of cards."""
    return number[:6] + number[8:17]


def wrong_digit(number: str) -> str:
    """The last place is another's."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


TOO_OLD = resident_id("19550101", 35)
SPACES = resident_id(order=SPACED)
ROWS: tuple[tuple[str, str, str], ...] = (
    (NAMES[21], resident_id(order=21), "1"),
    (NAMES[22], resident_id(order=22), "2"),
    ("卫错号", wrong_digit(resident_id(order=WRONG)), "1"),
    ("区老号", fifteen(resident_id(order=OLD)), "1"),
    ("空格多", f"{SPACES[:6]} {SPACES[6:14]} {SPACES[14:]}", "1"),
    ("寿年高", TOO_OLD, "1"),
    (NAMES[TWICE], resident_id(order=TWICE), "1"),
    (NAMES[TWICE], resident_id(order=TWICE), "1"),
    (NAMES[ELSEWHERE], resident_id(order=ELSEWHERE), "1"),
)
"""Name, number, units: as the clerk fills them in, from the second row on."""
HEADERS = {"姓名": "人员", "证件号码": "身份证件（本人）号", "参加份数": "份数（份）"}
"""What the clerk's own sheet calls the columns."""


def filled(template: Path, target: Path) -> None:
    """The template with the clerk's headers and rows."""
    book = openpyxl.load_workbook(template)
    sheet = book["花名册"]
    places: dict[str, int] = {}
    for cell in sheet[1]:
        word = str(cell.value).rstrip("*")
        places[word] = cell.column
        cell.value = HEADERS.get(word, word)
    for line, (name, number, units) in enumerate(ROWS, start=2):
        told = {"姓名": name, "证件号码": number, "参加份数": units}
        for word, text in told.items():
            sheet.cell(line, places[word], text)
    book.save(target)


def marked_cells(sheet: Any) -> dict[str, str]:
    """By what stands in it, the comment of each cell that is red."""
    return {
        str(cell.value): cell.comment.text if cell.comment else ""
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    }


def mended(marked: Path, target: Path) -> None:
    """The marked workbook, put right: the number corrected, who is too old and who stands there twice taken out."""
    book = openpyxl.load_workbook(marked)
    sheet = book["花名册"]
    gone = []
    seen: set[str] = set()
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            text = str(cell.value or "")
            if text == wrong_digit(resident_id(order=WRONG)):
                cell.value = resident_id(order=WRONG)
            elif text == TOO_OLD or (text == resident_id(order=TWICE) and text in seen):
                gone.append(cell.row)
            seen.add(text)
    for line in reversed(gone):
        sheet.delete_rows(line)
    book.save(target)


@dataclass
class Road:
    """Who walks, and where they are. ``number``, ``bill``: of the enrolment that is under way."""

    web: Web
    browser: Any
    site: str
    folder: Path
    clock: Clock
    aside: Aside
    number: str = ""
    bill: str = ""
    visits: list[Visit] = field(default_factory=list)

    def visit(self, name: str, size: tuple[int, int] = DESK) -> Visit:
        """A browser of somebody."""
        opened = Visit(self.browser, self.site, name=f"season/{name}", width=size[0], height=size[1])
        self.visits.append(opened)
        return opened

    def staff(self, person: str) -> Visit:
        """One in which somebody of the office is signed in."""

        def session() -> str:
            client = Client()
            sign_in_as(client, *self.web.accounts[person], self.clock())
            return str(client.cookies[settings.SESSION_COOKIE_NAME].value)

        opened = self.visit(person)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": self.aside(session), "url": self.site}
        opened.context.add_cookies([cookie])
        return opened

    def close(self) -> None:
        """Nothing may have gone wrong with anybody's pages."""
        for one in self.visits:
            one.close()

    def saved(self, visit: Visit, word: str, name: str) -> Path:
        """What a link of the page gives to be saved."""
        with visit.page.expect_download() as waiting:
            visit.link(word).click()
        path = self.folder / name
        waiting.value.save_as(path)
        return path

    # --- the clerk --------------------------------------------------------------------------------------------------------

    def sign_in(self, clerk: Visit) -> None:
        """By name and password."""
        clerk.go("/employers/sign-in")
        clerk.fill(登录名="clerk", 密码=PASSWORD)
        clerk.button("登录").click()
        clerk.page.wait_for_url("**/employers/")

    def begin(self, clerk: Visit, year: Year) -> None:
        """The first page says until when, and leads on."""
        told = clerk.page.locator("main").inner_text()
        assert f"{year.closes_on}" in told
        assert "还剩 9 天" in told
        clerk.look("home")
        clerk.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        clerk.look("home-phone")
        clerk.link(re.compile("续保.*海市职工住院互助保障|海市职工住院互助保障.*续保")).wait_for()
        clerk.link("为职工参保").click()
        clerk.link(re.compile("参加此计划")).click()
        clerk.fill(在职职工人数="9")
        clerk.look("headcount")
        clerk.button("下一步：准备花名册").click()
        clerk.page.wait_for_url(re.compile(r"/employers/enrolments/E\d+$"))
        self.number = clerk.page.url.rsplit("/", 1)[-1]
        clerk.look("draft")

    def bring(self, clerk: Visit, path: Path) -> None:
        """The roster."""
        clerk.bring("填好的花名册", path)
        clerk.button("上传并核对").click()

    def confirm_columns(self, clerk: Visit) -> None:
        """What the clerk's own headers mean is asked once."""
        clerk.heading("确认各列的含义")
        clerk.look("columns")
        for word, meaning in (("人员", "姓名"), ("身份证件（本人）号", "证件号码")):
            row = clerk.page.locator("tr", has=clerk.page.get_by_text(word, exact=True))
            row.locator("select").select_option(label=meaning)
        clerk.button("确认并核对名册").click()
        clerk.heading("核对花名册")

    def see_faults(self, clerk: Visit) -> None:
        """By kind, and each with its row, what was found, what is expected, how to mend it."""
        clerk.look("faults")
        told = clerk.page.locator("main").inner_text()
        for word in ("问题归类", "校验码不符", "15 位", "每人应只有一行", "16 至 60 周岁"):
            assert word in told, word
        line = clerk.page.locator("tbody tr", has=clerk.page.get_by_text("卫错号", exact=True))
        said = line.inner_text()
        assert "4" in said.split()
        assert "450502********" in said
        assert "证件号码" in said
        assert line.locator(".mend").count() == 1
        clerk.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        clerk.look("faults-phone")
        clerk.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})

    def mend_at_once(self, clerk: Visit) -> None:
        """What is certain, by one click."""
        clerk.button(re.compile("改正这 2 行")).click()
        clerk.page.get_by_text("已一键改正").wait_for()
        assert "15 位" not in clerk.page.locator(".faults").inner_text()
        clerk.look("mended-at-once")

    def correct(self, clerk: Visit) -> None:
        """In the marked workbook, which is brought again; the headers are known by now."""
        marked = self.saved(clerk, "下载标出问题的名册", "标出问题.xlsx")
        book = openpyxl.load_workbook(marked)
        assert book.sheetnames[0] == "问题清单"
        red = marked_cells(book["花名册"])
        assert {wrong_digit(resident_id(order=WRONG)), resident_id(order=TWICE)} <= set(red), red
        assert {"寿年高", TOO_OLD} & set(red), red
        assert "校验码" in red[wrong_digit(resident_id(order=WRONG))]
        again = self.folder / "改好.xlsx"
        mended(marked, again)
        clerk.go(f"/employers/enrolments/{self.number}")
        self.bring(clerk, again)
        clerk.heading("核对花名册")
        clerk.page.get_by_text(re.compile(r"与上一份相比：\d+ 处问题已全部改好")).wait_for()
        clerk.look("corrected")

    def see_what_changes(self, clerk: Visit) -> None:
        """Nothing is taken before it was seen: who joins, comes from elsewhere, changes, and who is left out."""
        told = clerk.page.locator("main").inner_text()
        assert "2 人上期有保障、这次名单没有" in told
        assert "全部行都没有问题" in told
        clerk.link("看是哪些人").click()
        clerk.heading("名单变化")
        clerk.look("left-out")
        left = clerk.page.locator("tbody").inner_text()
        assert NAMES[23] in left
        assert "退休" in left
        for kind, word in (("moved", "第2厂工会"), ("changed", "2"), ("new", "区老号"), ("renewed", NAMES[21])):
            clerk.go(f"/employers/enrolments/{self.number}/differences?kind={kind}")
            assert word in clerk.page.locator("tbody").inner_text(), kind
        clerk.look("changes")

    def take(self, clerk: Visit) -> None:
        """The rows, by the way back from what they change; who was forgotten is added by hand."""
        clerk.link("核对").click()
        clerk.button(re.compile("采用正确的 7 行")).click()
        clerk.page.wait_for_url(f"**/enrolments/{self.number}")
        clerk.link("人数不多？逐人添加").click()
        clerk.fill(姓名=NAMES[23], 证件号码=resident_id(order=23))
        clerk.button("加入名单").click()
        clerk.page.get_by_text("已加入").wait_for()
        clerk.look("by-hand")
        clerk.link("完成").click()
        clerk.page.get_by_text("下一步：提交给工会审核").wait_for()

    def hand_in(self, clerk: Visit) -> None:
        """To the office."""
        clerk.go(f"/employers/enrolments/{self.number}")
        clerk.link("去提交").click()
        clerk.look("submission")
        clerk.button("确认提交").click()
        clerk.page.get_by_text("接下来：工会审核").wait_for()
        clerk.look("handed-in")

    def take_back(self, clerk: Visit) -> None:
        """Before anything is paid, with the roster as it was."""
        clerk.go(f"/employers/enrolments/{self.number}")
        clerk.link("名单有误，撤回修改").click()
        clerk.look("take-back")
        clerk.button("确认撤回").click()
        clerk.page.get_by_text("已撤回，名单可以修改后重新提交").wait_for()
        clerk.page.get_by_text(re.compile("名单共 8 人")).wait_for()

    def find_bill(self, clerk: Visit) -> None:
        """From the first page."""
        clerk.go("/employers/")
        clerk.look("home-bill")
        clerk.link(re.compile("去缴费")).click()
        clerk.heading(re.compile("账单 B"))
        self.bill = clerk.page.url.rsplit("/", 1)[-1]
        clerk.look("bill")

    def pay_rest_online(self, clerk: Visit) -> None:
        """What the bank has not brought, at the simulated channel."""
        clerk.go(f"/employers/bills/{self.bill}")
        told = clerk.page.locator("main").inner_text()
        assert "已到 300.00 元，尚欠 600.00 元" in told, told
        clerk.look("bill-part")
        clerk.button(re.compile("支付")).click()
        clerk.page.wait_for_url("**/employers/orders/**")
        order = clerk.page.url
        self.aside(run_waiting)
        pay = clerk.link(re.compile("去 .*支付"))
        pay.wait_for()
        clerk.look("order")
        pay.click()
        clerk.button("确认支付").click()
        clerk.page.get_by_text("已支付").first.wait_for()
        clerk.page.goto(order)
        clerk.page.get_by_text("已收到支付结果").wait_for()

    def see_paid(self, clerk: Visit) -> None:
        """The receipt, the covers, certificates."""
        clerk.go(f"/employers/bills/{self.bill}")
        clerk.page.get_by_text("已缴清").first.wait_for()
        clerk.look("bill-paid")
        assert clerk.taken_along(f"/employers/bills/{self.bill}/receipt").startswith(b"%PDF-")
        clerk.go(f"/employers/enrolments/{self.number}")
        clerk.look("paid")
        clerk.link("查看职工保障").click()
        clerk.heading("职工保障")
        clerk.look("covers")
        assert "空格多" in clerk.page.locator("tbody").inner_text()
        links = clerk.page.locator('tbody a[href$="/certificate"]')
        addresses = [links.nth(place).get_attribute("href") for place in range(links.count())]
        assert (
            len(addresses) == 3 + 8
        )  # who still works here, in the term before and in this one; nothing of what was taken back
        for address in addresses[:2]:
            assert clerk.taken_along(str(address)).startswith(b"%PDF-")

    def report_leaver(self, clerk: Visit, order: int, last_on: datetime.date) -> None:
        """Within the term: the cover goes on to its end."""
        clerk.go("/employers/leavers")
        clerk.fill(姓名=NAMES[order], 证件号码=resident_id(order=order), 最后工作日=last_on.isoformat())
        clerk.page.get_by_label("离职（含调出）").check()
        clerk.button("登记").click()
        clerk.page.get_by_text("本期保障到期前继续有效").wait_for()
        clerk.look("leaver")

    def add_newcomer(self, clerk: Visit) -> None:
        """A further enrolment in the month for late enrolment: nobody is left out by it."""
        clerk.go("/employers/")
        clerk.look("home-late")
        clerk.go("/employers/enrolments/new")
        clerk.link(re.compile("参加此计划")).click()
        clerk.fill(在职职工人数="9")
        clerk.button("下一步：准备花名册").click()
        clerk.page.wait_for_url(re.compile(r"/employers/enrolments/E\d+$"))
        self.number = clerk.page.url.rsplit("/", 1)[-1]
        clerk.link("人数不多？逐人添加").click()
        clerk.fill(姓名="迟来人", 证件号码=resident_id(order=LATE))
        clerk.button("加入名单").click()
        clerk.page.get_by_text("已加入").wait_for()

    def renew(self, clerk: Visit) -> None:
        """The next year, by one click from the first page: who is in it, and who is not and why."""
        clerk.look("home-renewal")
        clerk.page.locator("main").get_by_role("link", name=re.compile("^续保")).first.click()
        clerk.heading(re.compile("^续保"))
        clerk.look("renewal")
        clerk.button("按上期名单生成").click()
        clerk.heading("核对花名册")
        clerk.look("renewed")
        told = clerk.page.locator("main").inner_text()
        assert "1 人上期有保障、这次名单没有" in told, told
        clerk.link("看是哪些人").click()
        assert NAMES[22] in clerk.page.locator("tbody").inner_text()
        assert "离职" in clerk.page.locator("tbody").inner_text()

    # --- the office -------------------------------------------------------------------------------------------------------

    def accept(self, officer: Visit) -> None:
        """The office takes roster and headcount, and sees what changes."""
        officer.go(f"/workbench/enrolments/{self.number}")
        officer.look("enrolment")
        officer.page.get_by_label("核准并出账单").check()
        officer.button("提交审核结果").click()
        officer.page.get_by_text("已核准").first.wait_for()

    def match_part(self, finance: Visit) -> None:
        """The bank brings a third of the bill."""
        statement = self.folder / "流水.csv"
        day = self.clock().date()
        account = self.web.made["fund"]
        lines = (
            f"账号,{account.account_number}",
            f"户名,{account.account_name}",
            "交易日期,贷方发生额,借方发生额,对方户名,对方账号,附言,流水号",
            f"{day},300.00,,第1厂工会,62999900000000001,互助费 {self.bill},PART-1",
        )
        statement.write_text("\n".join(lines), "utf-8-sig")
        finance.go("/workbench/statements/new")
        finance.bring("流水文件", statement)
        finance.button("上传并预览").click()
        finance.heading("预览流水")
        finance.button("导入").click()
        finance.page.wait_for_load_state()
        finance.go("/workbench/lines/of/4505/PART-1")
        finance.look("line")
        finance.button("记部分到账").click()
        finance.page.wait_for_load_state()
        finance.look("matched")
