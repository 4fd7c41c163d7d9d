"""The pages of the monthly reports: what is asked, drilling down, the workbook, how many statements."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.cast import Web
from tests.web.money_made import money

pytestmark = pytest.mark.django_db
STATEMENTS_MOST = 12
MARCH = "?month=2025-03&office="


def shown(web: Web, person: str, kind: str, asked: str) -> str:
    """A report that is there."""
    answer = web.client(person).get(reverse("workbench:report", args=[kind]) + asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_office_leads_to_those_below_and_back(web: Web) -> None:
    money(web)
    html = shown(web, "analyst", "income", f"{MARCH}45")
    assert "month=2025-03&amp;office=4505" in html
    below = shown(web, "analyst", "income", f"{MARCH}4505")
    assert 'class="crumbs"' in below
    assert "office=450502" in below
    assert "7.00" in below


def test_what_cannot_be_read_counts_as_not_asked(web: Web) -> None:
    money(web)
    for month in ("2025-13", "2031-01", "1999-01", "x'", ""):
        html = shown(web, "finance", "enrolled", f"?month={month}")
        assert '<option value="2025-02" selected' in html
    assert web.client("finance").get("/workbench/reports/nothing").status_code == 404
    assert web.client("finance").get(f"/workbench/reports/income{MARCH}%00").status_code in (400, 404)


def test_a_month_that_is_not_over_says_so(web: Web) -> None:
    money(web)
    assert "本月尚未结束" in shown(web, "finance", "income", f"{MARCH}4505")
    assert "本月尚未结束" not in shown(web, "finance", "income", "?month=2025-02")


def test_the_workbook_has_a_cover_and_a_sheet_for_each_report(web: Web) -> None:
    money(web)
    answer = web.client("finance").get(reverse("workbench:report_export") + f"{MARCH}4505")
    book: Any = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["封面", "参保", "收入", "支付"]
    cover = {row[0].value: row[1].value for row in book["封面"].iter_rows() if row[0].value}
    assert cover["机构"] == "海市办事处（4505）"
    assert cover["月份"] == "2025年3月"
    assert cover["制表人"] == "财务"
    assert "应收互助费" in cover["开具账单（元）"]
    rows = [[cell.value for cell in row] for row in book["收入"].iter_rows()]
    assert rows[0][:4] == ["分组", "编码", "名称", "开具账单（元）"]
    totals = [row[3:] for row in rows if row[2] == "合计"]
    assert totals == [[210, 70, 140, 0, 7]] * 3


def test_a_page_asks_few_statements(web: Web) -> None:
    money(web)
    client = web.client("analyst")
    for kind in ("enrolled", "income", "benefits"):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("workbench:report", args=[kind]) + f"{MARCH}45")
        told = [one["sql"] for one in asked if not re.search(r"^(SAVEPOINT|RELEASE|ROLLBACK)|set_config", one["sql"])]
        assert len(told) <= STATEMENTS_MOST, "\n".join(told)
