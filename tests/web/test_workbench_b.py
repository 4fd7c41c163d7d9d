"""Pages of money and of administration: what finance and administrators do, end to end, and what they may get wrong."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from mutualaid.contributions.models import Bill, Reconciliation, Statement, StatementLine
from mutualaid.contributions.words import payer_masked
from mutualaid.ledger.transit import post_channel_fees
from mutualaid.people.actions.sign_in import SecondFactorLacking, sign_in
from mutualaid.people.models import RoleAssignment, Staff
from mutualaid.people.queries import password_is_old
from mutualaid.web.workbench.audit_words import detail_told, words
from tests.people.cast import AT, BY
from tests.people.cast import staff as staff_of
from tests.web.cast import Web
from tests.web.money_made import bill, csv, fund, imported, money, row
from tools.audit_words import words_used

STATEMENTS_MOST = 12
"""Of a page, with those that ask who is signed in; what only bounds the transaction is not counted."""


def page(web: Web, person: str, name: str, *args: Any, **asked: str) -> str:
    """The text of a page that must be there."""
    answer = web.client(person).get(reverse(f"workbench:{name}", args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def uploaded(web: Web, content: bytes, name: str = "流水.csv") -> Any:
    """Finance brings a bank's file."""
    fund(web)
    file = io.BytesIO(content)
    file.name = name
    return web.client("finance").post(reverse("workbench:statement_new"), {"fund": "4505", "file": file})


def cells(answer: Any) -> list[tuple[Any, ...]]:
    """Rows of a workbook."""
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


# --- money ------------------------------------------------------------------------------------------------------------


def test_a_statement_is_previewed_then_imported_once(web: Web) -> None:
    preview = uploaded(web, csv(row("A1"), row("A2", "70.00")))["Location"]
    client = web.client("finance")
    assert "120.00" in client.get(preview).content.decode()
    assert not Statement.objects.exists()
    done = client.post(preview)
    assert Statement.objects.get().lines_new == 2
    assert "A2" in client.get(done["Location"]).content.decode()
    assert client.post(preview).status_code == 404  # imported already
    assert "先前已导入" in client.get(uploaded(web, csv(row("A1")))["Location"]).content.decode()


def test_faults_of_a_file_are_told_by_line(web: Web) -> None:
    shown = web.client("finance").get(uploaded(web, csv("2025-13-01,,x,,甲,1,转账,,Q1"))["Location"]).content.decode()
    assert "文件没有导入" in shown
    assert "第 3 行" in shown
    assert "先上传" in uploaded(web, b"").content.decode() or uploaded(web, b"").status_code == 422
    assert uploaded(web, b"%PDF-1.7").status_code == 422
    other = web.client("finance").get(uploaded(web, csv(row("A1"), account="6222999988887777"))["Location"])
    assert "整个文件" in other.content.decode()


def test_a_header_that_nobody_knows_is_asked_about_on_its_page(web: Web) -> None:
    """Words, first rows and what each seems to be; refused, what was chosen stays; told, the file is shown by it."""
    client = web.client("finance")
    text = "日子,来,哪个付的,流水号\n2025-03-01,50.00,甲,A1\n2025-03-02,60.00,乙,A2\n"
    preview = uploaded(web, text.encode())["Location"]
    shown = client.get(preview).content.decode()
    assert "确认各列" in shown
    assert "50.00<br>60.00" in shown
    assert '<option value="serial" selected>' in shown
    words = ["日子", "来", "哪个付的", "流水号"]
    short = client.post(preview + "/columns", {"word": words, "meaning": ["date", "", "name", "serial"]})
    assert short.status_code == 409
    assert "没有选全" in short.content.decode()
    assert '<option value="name" selected>' in short.content.decode()
    assert (
        client.post(preview + "/columns", {"word": words, "meaning": ["date", "credit", "name", "serial"]}).status_code
        == 302
    )
    assert "110.00" in client.get(preview).content.decode()
    again = client.get(preview, {"columns": "1"}).content.decode()
    assert '<option value="credit" selected>' in again


def test_what_a_channel_pays_out_is_settled_on_the_page_of_its_line(web: Web) -> None:
    """Days that the line exactly is are offered as one click; others are chosen, with a reason; the fee that is owed is told."""
    days = [
        Reconciliation.objects.create(
            channel="wechat", fund=fund(web), day=datetime.date(2025, 3, 1) - datetime.timedelta(days=number), state="agrees",
            compared_at=AT, payments=1, payments_amount=50, fees_amount=Decimal("0.30"), settles_amount=Decimal("49.70"),
        )
        for number in (2, 1, 0)
    ]  # fmt: skip
    post_channel_fees(book=fund(web).book, day="t:1", amount=Decimal("0.90"), on=AT.date(), by=BY, at=AT)
    two, short, good = imported(web, row("A1", "99.40"), row("A2", "49.00"), row("A3", "0.90"))
    client = web.client("finance")
    shown = client.get(reverse("workbench:line", args=["4505", two.serial])).content.decode()
    assert "2 日，99.40 元" in shown
    told: dict[str, Any] = {"days": [f"wechat {day.day}" for day in days[:2]]}
    assert client.post(reverse("workbench:line_paying_out", args=["4505", two.serial]), told).status_code == 302
    told = {"days": f"wechat {days[2].day}"}
    wrong = client.post(reverse("workbench:line_paying_out", args=["4505", short.serial]), told)
    assert wrong.status_code == 409
    assert "合计为 49.70" in wrong.content.decode()
    told["why"] = "渠道少付"
    assert client.post(reverse("workbench:line_paying_out", args=["4505", short.serial]), told).status_code == 302
    assert "渠道少付" in client.get(reverse("workbench:line", args=["4505", short.serial])).content.decode()
    assert "尚有 0.90 元" in client.get(reverse("workbench:line", args=["4505", good.serial])).content.decode()
    assert client.post(reverse("workbench:line_fees", args=["4505", good.serial])).status_code == 302
    day = client.get(reverse("workbench:reconciliation", args=["wechat", str(days[0].day)])).content.decode()
    assert two.serial in day
    bad = client.post(reverse("workbench:line_paying_out", args=["4505", good.serial]), {"days": "wechat nonsense"})
    assert bad.status_code == 404


def test_one_click_is_offered_for_the_clear_hit_only(web: Web) -> None:
    made = bill(web)
    bill(web)  # another of the same employer and amount
    imported(web, row("A1", text=made.number), row("A2"), row("A3", "51.00", text=made.number))
    shown = page(web, "finance", "lines")
    assert shown.count(f"匹配 {made.number}") == 1
    client = web.client("finance")
    client.post(reverse("workbench:line_settlement", args=["4505", "A1"]), {"bills": made.number})
    assert Bill.objects.get(pk=made.pk).state == "paid"
    again = client.post(reverse("workbench:line_settlement", args=["4505", "A2"]), {"bills": made.number})
    assert again.status_code == 409  # paid meanwhile
    assert "没有办成" in again.content.decode()


def test_what_was_typed_stays_beside_the_refusal(web: Web) -> None:
    made = bill(web, "60.00")
    imported(web, row("A1"))
    client, at = web.client("finance"), ["4505", "A1"]
    asked = {"bills": [made.number], "bill": "第1厂"}
    wrong = client.post(reverse("workbench:line_settlement", args=at), asked)
    assert wrong.status_code == 409
    assert "合计为 60.00" in wrong.content.decode()
    assert "checked" in wrong.content.decode()
    assert client.post(reverse("workbench:line_settlement", args=at)).status_code == 409  # nothing chosen
    assert client.post(reverse("workbench:line_holding", args=at), {"reason": " "}).status_code == 409
    unknown = client.post(reverse("workbench:line_settlement", args=at), {"bills": ["B1"]})
    assert unknown.status_code == 404
    assert StatementLine.objects.get().state == "unmatched"


def test_lists_ask_the_database_little(web: Web) -> None:
    for _number in range(50):
        bill(web)
    imported(web, *(row(f"A{number}", text=f"B{number:08d}") for number in range(50)))
    for person, name in (
        ("finance", "bills"),
        ("finance", "lines"),
        ("security_admin", "staff"),
        ("audit_admin", "audit"),
    ):
        client = web.client(person)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(f"workbench:{name}")).status_code == 200
        told = [query["sql"] for query in asked if ' FROM "' in query["sql"]]
        assert len(told) <= STATEMENTS_MOST, f"{name}: {told}"


def test_bills_are_filtered_and_exported(web: Web) -> None:
    money(web)
    assert money(web)["paid"].number not in page(web, "finance", "bills", state="issued")
    assert "没有符合条件" in page(web, "finance", "bills", overdue="on")
    assert "没有符合条件" in page(web, "finance", "bills", text="'; drop", sort="-nothing")
    page(web, "finance", "bills", since="2025-04-09", to="2025-04-01", page="x")
    found = cells(web.client("finance").get(reverse("workbench:bills_export"), {"state": "paid"}))
    assert len(found) == 2
    assert found[1][7] == 70
    assert found[0][7] == "金额（元）"


def test_the_trial_balance_balances_and_leads_to_the_source(web: Web) -> None:
    money(web)
    assert "借贷平衡" in page(web, "senior_reviewer", "ledger")
    found = cells(web.client("finance").get(reverse("workbench:ledger_export")))
    assert found[-1][4] == found[-1][5] > 0
    entry = page(web, "senior_reviewer", "entry", "fund-4505", money(web)["entry"].pk)
    assert reverse("workbench:bill", args=[money(web)["paid"].number]) in entry
    client = web.client("finance")
    assert client.get(reverse("workbench:journal", args=["fund-4505", "9999"])).status_code == 404
    assert client.get(reverse("workbench:journal", args=["fund-4505", "1002.01"]), {"page": "x"}).status_code == 400
    assert client.get(reverse("workbench:ledger"), {"book": "fund-x"}).status_code == 404
    assert client.get(reverse("workbench:ledger"), {"since": "x"}).status_code == 200


def test_a_receipt_is_checked_by_anybody(web: Web) -> None:
    receipt = money(web)["paid"].receipt
    client = web.client("anonymous")
    on = client.get(reverse("common:receipt_check"), {"code": receipt.check_code.lower()})["Location"]
    shown = client.get(on).content.decode()
    assert receipt.number in shown
    assert receipt.payer_name not in shown
    assert client.get(reverse("common:receipt", args=["0" * 16])).status_code == 404


@pytest.mark.parametrize(
    ("name", "masked"), [("海市第一纺织有限公司", "海市****公司"), ("甲", "****"), ("甲厂", "甲****")]
)
def test_payers_are_masked(name: str, masked: str) -> None:
    assert payer_masked(name) == masked


# --- administration ---------------------------------------------------------------------------------------------------


def test_a_new_password_is_good_for_one_sign_in(web: Web) -> None:
    given = {"unit": "4505", "full_name": "吴双", "name": "wu.shuang", "phone": ""}
    shown = web.client("system_admin").post(reverse("workbench:staff_new"), given)
    password = shown.context["password"]
    account = Staff.objects.get(name="吴双").account
    assert password in shown.content.decode()
    with pytest.raises(SecondFactorLacking):  # the password is right; a second factor is bound next
        sign_in(name="wu.shuang", password=password, by=BY, at=AT)
    assert password_is_old(account=account, at=AT)
    assert password not in page(web, "system_admin", "staff_member", "wu.shuang")
    again = web.client("system_admin").post(reverse("workbench:staff_password", args=["wu.shuang"]))
    assert again.context["password"] != password


def test_nobody_manages_their_own_account(web: Web) -> None:
    for person, name in (("system_admin", "staff_closure"), ("security_admin", "staff_second_factor")):
        own = web.accounts[person][0].name
        assert web.client(person).post(reverse(f"workbench:{name}", args=[own])).status_code == 409


def test_three_administrators_are_three_persons(web: Web) -> None:
    name = web.accounts["audit_admin"][0].name
    given = {"role": "security_admin", "unit": "4505", "from_on": "2025-03-01"}
    refused = web.client("security_admin").post(reverse("workbench:staff_roles", args=[name]), given)
    assert refused.status_code == 409
    assert "三人分任" in refused.content.decode()
    assert not RoleAssignment.objects.filter(staff__account__name=name, role="security_admin").exists()
    outside = {"role": "finance", "unit": "4501", "from_on": "2025-03-01"}
    assert web.client("security_admin").post(reverse("workbench:staff_roles", args=[name]), outside).status_code == 422


def test_the_trail_is_told_in_words(web: Web) -> None:
    money(web)
    shown = page(web, "audit_admin", "audit", what="statement_imported", who="财务", kind="staff")
    assert "导入流水" in shown
    assert "银行流水文件" in shown
    assert "没有符合条件" in page(web, "audit_admin", "audit", who="无此人")
    found = cells(web.client("audit_admin").get(reverse("workbench:audit_export"), {"since": "2025-03-01"}))
    assert found[1][4] in {"保存文件", "导入流水"}


def test_every_word_of_the_trail_has_a_name() -> None:
    assert words_used() - set(words()) == set()


def test_staff_beyond_the_branch_are_not_listed(web: Web) -> None:
    staff_of("外市人", web.people.other_city)
    assert "外市人" not in page(web, "system_admin", "staff")
    assert "没有符合条件" in page(web, "audit_admin", "audit", who="外市人", since="2025-01-01")


def test_the_audit_tells_its_details_in_words() -> None:
    detail = {"from": "draft", "to": "submitted", "rows": 13, "of_another_version": None}
    assert detail_told(detail) == "原状态：draft；新状态：submitted；行数：13；of_another_version：null"
    with translation.override("en"):
        assert detail_told({"lines_new": 3, "kind": "roster"}) == "new lines: 3; kind: roster"
