"""Lists in all portals: saved filters are of one account at one portal; workbooks hold what they were told, and nothing runs."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from tests.web.cast import Web

FILTERS = {"listing": "covers", "next": "/workbench/"}


def _kept(web: Web, person: str) -> list[tuple[str, str]]:
    from mutualaid.core.papers import holding
    from mutualaid.people.queries import filters_of

    holding(by=web.actor(person))
    return [(row.name, row.query) for row in filters_of(actor=web.actor(person), listing="covers")]


def test_filters_are_kept_replaced_and_dropped_by_name(web: Web) -> None:
    browser = web.client("reviewer")
    for name, query in (("本月", "state=begun"), ("晨光", "q=%E6%99%A8"), ("本月", "state=pending")):
        browser.post("/filters", {**FILTERS, "name": name, "query": query})
    assert _kept(web, "reviewer") == [("本月", "state=pending"), ("晨光", "q=%E6%99%A8")]
    browser.post("/filters", {**FILTERS, "name": "晨光", "forget": "1"})
    assert _kept(web, "reviewer") == [("本月", "state=pending")]
    assert _kept(web, "outsider") == []


def test_filters_that_cannot_be_kept_are_refused(web: Web) -> None:
    from mutualaid.people.actions.saved_filters import MOST

    browser = web.client("reviewer")
    for name, query in ((" ", "a=b"), ("长" * 31, "a=b"), ("长", "q=" + "a" * 1000)):
        assert browser.post("/filters", {**FILTERS, "name": name, "query": query}).status_code == 302
    browser.post("/filters", {"listing": "../x", "name": "a", "query": "a=b", "next": "//elsewhere"})
    assert _kept(web, "reviewer") == []
    for number in range(MOST + 2):
        browser.post("/filters", {**FILTERS, "name": f"名{number}", "query": "a=b"})
    assert len(_kept(web, "reviewer")) == MOST


def _sheet(columns: Any, rows: Any) -> Any:
    from mutualaid.web.common.exports import content

    return openpyxl.load_workbook(io.BytesIO(content("保障[2025]", columns, rows))).active


def test_a_workbook_holds_texts_as_texts_and_amounts_as_numbers() -> None:
    from mutualaid.web.common.exports import Column

    at = datetime.datetime(2025, 3, 1, 1, 30, tzinfo=datetime.UTC)
    columns = [
        Column("姓名", lambda row: row[0]),
        Column("应缴（元）", lambda row: row[1], "amount"),
        Column("起始日", lambda row: row[2], "day"),
        Column("时间", lambda row: row[3], "moment"),
    ]
    rows = [
        ('=HYPERLINK("http://x")', Decimal("1234567.89"), datetime.date(2025, 7, 1), at),
        ("450502198806070023", None, None, None),
    ]
    sheet = _sheet(columns, rows)
    assert sheet.title == "保障 2025"
    assert [cell.value for cell in sheet[1]] == ["姓名", "应缴（元）", "起始日", "时间"]
    first = sheet[2]
    assert (first[0].value, first[0].data_type) == ('=HYPERLINK("http://x")', "s")
    assert (first[1].value, first[1].number_format) == (1234567.89, "#,##0.00")
    assert [cell.value.isoformat() for cell in first[2:]] == ["2025-07-01T00:00:00", "2025-03-01T09:30:00"]
    assert sheet["A3"].value == "450502198806070023"
    assert sheet["B3"].value is None


def test_a_workbook_says_when_it_left_rows_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from mutualaid.web.common import exports

    monkeypatch.setattr(exports, "ROWS_MOST", 3)
    sheet = _sheet([exports.Column("数", lambda row: row, "whole")], range(10))
    assert [cell.value for cell in sheet["A"]][:4] == ["数", 0, 1, 2]
    assert "3" in sheet["A5"].value
    assert sheet.max_row == 5


def test_a_column_has_a_known_kind() -> None:
    from mutualaid.web.common.exports import Column

    with pytest.raises(ValueError, match="found 'money'"):
        Column("应缴", str, "money")


@pytest.mark.django_db
def test_a_long_list_is_counted_to_a_thousand_and_says_that_there_is_more(web: Web, monkeypatch: Any) -> None:
    from mutualaid.people.models import Unit
    from mutualaid.web.common import paging

    monkeypatch.setattr(paging, "COUNTED", 4)
    units = Unit.objects.order_by("path")
    pages = paging.Pages(units, 3)
    assert (pages.more, pages.count, pages.num_pages) == (True, 4, 2)
    assert [unit.pk for unit in pages.get_page("99")] == [unit.pk for unit in units[3:4]]
    monkeypatch.setattr(paging, "COUNTED", 1)
    assert "超过 1 条，第 1–1 条" in web.client("enrolment_clerk").get("/workbench/members").content.decode()
    few = paging.Pages(units.filter(code="CN"), 3)
    assert (few.more, few.count) == (False, 1)
    assert paging.Pages([1, 2, 3, 4, 5], 3).more is False


@pytest.mark.django_db
def test_rows_of_a_page_are_read_by_their_keys_in_the_order_of_the_list(
    web: Web, django_assert_num_queries: Any
) -> None:
    from mutualaid.people.models import Member
    from mutualaid.web.common.paging import Pages

    rows = Member.objects.order_by("-name", "id")
    first = [member.account.name for member in rows.select_related("account")[:2] if member.account]
    with django_assert_num_queries(2):
        page = Pages(rows.filter(birth_date__gt="1950-01-01"), 2, whole=Member.objects.select_related("account")).page(
            1
        )
        assert [member.account.name for member in page if member.account] == first


def test_a_large_figure_is_kept_for_minutes_and_a_small_one_is_not() -> None:
    from mutualaid.web.common.paging import KEPT, LARGE, large_count

    at = datetime.datetime(2025, 3, 1, tzinfo=datetime.UTC)
    assert [large_count("small", lambda n=n: n, at=at) for n in (1, 2)] == [1, 2]  # type: ignore[misc]
    asked = [at, at + KEPT / 2, at + KEPT, at]
    told = [large_count("large", lambda n=n: LARGE + n, at=moment) for n, moment in enumerate(asked)]  # type: ignore[misc]
    assert told == [LARGE, LARGE, LARGE + 2, LARGE + 3]
    assert large_count("another", lambda: 5, at=at) == 5
