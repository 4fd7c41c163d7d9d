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
        window = f'opens: "{self.opens_on:%m-%d}", closes: "{self.closes_on:%m-%d}", catch_up_month: {self.late_on().month}'
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
        plan="season-1", family="season", term=year.term(), most=2, fee=100, more=SHARE + "\nwaiting: {days: 30, clause: 第八条}"
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
