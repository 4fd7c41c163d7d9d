"""会员端, claims beyond the five questions: what is said at once, sent twice, come back to, asked for, corrected."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mutualaid.claims.models import Claim, ClaimPaper
from mutualaid.payouts.models import PaymentOrder
from mutualaid.web.common.templatetags.shown import day
from tests.pictures import PNG
from tests.web import member_claims as made
from tests.web.cast import Web
from tests.web.member_covers import covered, demo_version
from tests.web.pages_members_claims import ACCOUNT, MONEY, STAY, signed

HOME = "/members/"


def page(web: Web, path: str, *, english: bool = False, status: int = 200) -> str:
    """What a page shows."""
    client = web.client("member")
    if english:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.get(HOME + path)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def sent(web: Web, path: str, data: dict[str, Any], **headers: str) -> Any:
    """The answer to a form."""
    return web.client("member").post(HOME + path, data, headers=headers)


def test_kinds_that_the_plans_pay_come_first(web: Web) -> None:
    covered(web, version=demo_version(web))
    shown = page(web, "claims/new")
    before, _, others = shown.partition("您的保障计划里没有找到这几类的待遇")
    assert "住院了" in before
    assert "确诊大病" in others
    assert "身故" in others


def test_a_draft_goes_on_where_it_was_left(web: Web) -> None:
    covered(web)
    first = sent(web, "claims/new", {"kind": "inpatient"})["Location"]
    assert sent(web, "claims/new", {"kind": "inpatient"})["Location"] == first
    number = first.split("/")[3]
    assert sent(web, f"claims/{number}/visit", STAY)["Location"].endswith("/costs")
    assert web.client("member").get(f"{HOME}claims/{number}")["Location"].endswith("/costs")
    assert "海市第一医院" in page(web, f"claims/{number}/visit")
    assert number in page(web, "claims")
    assert number in page(web, "")
    assert sent(web, f"claims/{number}/withdrawal", {})["Location"] == "/members/claims"
    assert number not in page(web, "claims")


@pytest.mark.parametrize(
    ("path", "told", "says"),
    [
        ("visit", {**STAY, "ended_on": "2025-02-20"}, "不能早于入院日期"),
        ("visit", {**STAY, "started_on": "2026-02-20"}, "不能晚于今天"),
        ("visit", {**STAY, "diagnoses": "肺炎"}, "编码应以字母开头"),
        ("visit", {}, "请改正"),
        ("costs", {**MONEY, "total": "-1"}, "金额不能为负"),
        ("costs", {**MONEY, "total": "abc"}, "请改正"),
        ("costs", {**MONEY, "item-0": "床位费", "amount-0": "100"}, "各行合计 100.00 元"),
        ("costs", {"item-0": "床位费", "amount-0": ""}, "请填写这一行的金额"),
        ("account", {**ACCOUNT, "account_number": "123"}, "12–19 位数字"),
        ("account", {**ACCOUNT, "account_number": ""}, "请填写银行卡号"),
        ("account", {**ACCOUNT, "bank_name": ""}, "开户银行"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(web: Web, path: str, told: dict[str, Any], says: str) -> None:
    number = made.drafted(web).number
    answer = sent(web, f"claims/{number}/{path}", told)
    assert answer.status_code == 422 or path == "account"
    if answer.status_code == 422:
        assert says in answer.content.decode()


def test_a_bill_that_disagrees_is_said_at_once_and_may_be_printed_so(web: Web) -> None:
    number = made.drafted(web).number
    wrong = {**MONEY, "supplement_paid": "0", "medical_aid_paid": "0", "out_of_scope": "500"}
    answer = sent(web, f"claims/{number}/costs", wrong, **{"HX-Request": "true"})
    assert "应等于统筹支付" in answer.content.decode()
    assert "已自动保存" in answer.content.decode()
    assert sent(web, f"claims/{number}/costs", wrong).status_code == 422
    assert sent(web, f"claims/{number}/costs", {**wrong, "as_printed": "on"}).status_code == 302
    assert '"out_of_scope": "500.00"' in Claim.objects.get().particulars.facts


def seen_in(shown: str) -> str:
    """What a page says that its fields showed."""
    return html.unescape(re.findall(r'name="seen" id="seen" value="([^"]*)"', shown)[0])


def test_two_tabs_do_not_put_back_what_the_other_wrote(web: Web) -> None:
    number = made.drafted(web).number
    path, saves = f"claims/{number}/costs", {"HX-Request": "true"}
    sent(web, path, MONEY)
    first = second = seen_in(page(web, path))
    shown = json.loads(first)
    assert (shown["total"], "as_printed" in shown) == ("8000.00", False)
    told = {name: value for name, value in shown.items() if value}
    answer = sent(web, path, {**told, "cash_paid": "5000", "seen": second}, **saves).content.decode()
    second = seen_in(answer)
    answer = sent(web, path, {**told, "supplement_paid": "0", "item-0": "床位费", "seen": first}, **saves)
    first = seen_in(answer.content.decode())
    sent(web, path, {**told, "supplement_paid": "0", "total": "8100", "seen": first}, **saves)
    sent(web, path, {**told, "cash_paid": "5000", "account_paid": "7", "seen": second}, **saves)
    stored = json.loads(Claim.objects.get().particulars.facts)["amounts"]
    wanted = {"cash_paid": "5000.00", "supplement_paid": "0.00", "total": "8100.00", "account_paid": "7.00"}
    assert {name: stored[name] for name in wanted} == wanted
    sent(web, path, {**told, "cash_paid": "", "seen": json.dumps({**shown, "cash_paid": "5000"})}, **saves)
    assert "cash_paid" not in json.loads(Claim.objects.get().particulars.facts)["amounts"], "what was emptied is empty"


def test_lines_count_together_and_ticks_are_kept(web: Web) -> None:
    number = made.drafted(web).number
    path = f"claims/{number}/costs"
    before = seen_in(page(web, path))
    sent(web, path, {**MONEY, "item-0": "床位费", "amount-0": "8000"})
    blank = {f"{part}-{row}": "" for part in ("item", "amount", "scope") for row in range(3)}
    sent(web, path, {**MONEY, **blank, "seen": before}, **{"HX-Request": "true"})
    assert Claim.objects.get().expenses.count() == 1
    sent(web, path, {**MONEY, "item-0": "护理费", "amount-0": "8000", "seen": before}, **{"HX-Request": "true"})
    assert Claim.objects.get().expenses.get().item == "护理费"
    visit = f"claims/{number}/visit"
    sent(web, visit, {**STAY, "accident": "on", "accident_on": "2025-02-23"})
    shown = seen_in(page(web, visit))
    sent(web, visit, {**json.loads(shown), "x_diagnosis": "骨折", "seen": shown}, **{"HX-Request": "true"})
    assert json.loads(Claim.objects.get().particulars.facts)["accident"] is True
    kept = json.loads(shown)
    kept.pop("accident")
    sent(web, visit, {**kept, "seen": shown}, **{"HX-Request": "true"})
    assert "accident" not in json.loads(Claim.objects.get().particulars.facts), "unticked"
    for odd in ("[", "[]", "7"):
        assert sent(web, visit, {**STAY, "seen": odd}).status_code == 302


def test_lines_are_added_without_a_script(web: Web) -> None:
    number = made.drafted(web).number
    shown = sent(web, f"claims/{number}/costs", {**MONEY, "item-0": "床位费", "amount-0": "8000", "more": "1"})
    names = re.findall(r'name="item-(\d+)"', shown.content.decode())
    assert len(names) > 3
    assert Claim.objects.get().expenses.count() == 1


def test_pages_are_taken_refused_shown_and_removed(web: Web) -> None:
    number = made.drafted(web).number
    base = f"claims/{number}/papers"
    two = [SimpleUploadedFile(f"{i}.png", PNG + bytes([i]), "image/png") for i in range(2)]
    assert sent(web, f"{base}/invoice/pages", {"pages": two}).status_code == 302
    heic = SimpleUploadedFile("IMG_1.HEIC", b"\0\0\0\x18ftypheic" + b"0" * 40, "image/heic")
    answer = sent(web, f"{base}/invoice/pages", {"pages": heic}, **{"X-Part": "1"})
    assert (answer.status_code, "兼容性最佳" in answer.content.decode()) == (422, True)
    assert "<html" not in answer.content.decode()
    assert sent(web, f"{base}/invoice/pages", {}).status_code == 422
    assert sent(web, f"{base}/nothing/pages", {"pages": two}).status_code == 422
    paper = ClaimPaper.objects.select_related("file").first()
    assert paper is not None
    shown = web.client("member").get(f"{HOME}{base}/{paper.file.key}")
    assert (shown["Content-Type"], shown.content) == ("image/png", PNG + b"\0")
    assert web.client("clerk").get(f"{HOME}{base}/{paper.file.key}").status_code == 403
    sent(web, f"{base}/{paper.file.key}/removal", {})
    assert ClaimPaper.objects.filter(removed_at=None).count() == 1


def test_sent_twice_it_is_one_claim(web: Web) -> None:
    claim = made.unsigned(web)
    told = signed(web)
    first, second = (sent(web, f"claims/{claim.number}/check", told) for _ in range(2))
    assert first["Location"] == second["Location"] == f"/members/claims/{claim.number}"
    assert Claim.objects.filter(counts=True).count() == 1


def test_what_is_missing_is_all_said(web: Web) -> None:
    claim = made.drafted(web)
    answer = sent(web, f"claims/{claim.number}/check", {"drawn": "data:image/png;base64,!!"})
    assert answer.status_code == 409
    answer = sent(web, f"claims/{claim.number}/check", {})
    for part in ("日期", "收款账户", "医保结算单", "同意使用医疗健康信息", "签名"):
        assert part in answer.content.decode(), part


def test_returned_all_papers_at_once_with_whom_to_ask(web: Web) -> None:
    claim = made.returned(web)
    shown = page(web, f"claims/{claim.number}")
    for part in (
        "医疗收费票据",
        "诊断证明",
        "发票照片不清楚",
        "审核甲",
        "请在 2025年3月31日 前补交",
        "补齐了，再次提交",
    ):
        assert part in shown, part
    assert "经办机构请您补这一项" in page(web, f"claims/{claim.number}/papers")
    made.paged(web, claim, "invoice")
    made.paged(web, claim, "diagnosis")
    assert sent(web, f"claims/{claim.number}/check", {}).status_code == 302
    assert Claim.objects.get().state == "first_review"


def test_the_result_line_by_line_and_the_right_to_a_human(web: Web) -> None:
    claim = made.approved(web)
    shown = page(web, f"claims/{claim.number}")
    for part in ("1,200.00", "住院补助", "个人自付", "2,400.00", "50%", "已生成付款单", "财务制单", "申请人工复核"):
        assert part in shown, part
    assert "审核甲" not in shown
    made.objected(web)
    assert "您申请的人工复核正在办理" in page(web, f"claims/{claim.number}")
    assert "现在没有可以复核的决定" in page(web, f"claims/{claim.number}/review")


def test_without_a_card_on_record_nothing_is_to_be_chosen(web: Web) -> None:
    shown = page(web, f"claims/{made.drafted(web).number}/account")
    assert 'type="hidden" name="which" value="other"' in shown
    assert "field-hidden" not in shown, "a label of nothing"


def test_what_has_arrived_is_told_beside_the_result(web: Web) -> None:
    claim = made.arrived(web)
    told = page(web, f"claims/{claim.number}").split("办理进度")[0]
    assert f"已于 {day(web.at)} 到账" in told


def test_nothing_is_told_to_have_arrived_before_it_has(web: Web) -> None:
    claim = made.came_back(web)
    assert "到账" not in page(web, f"claims/{claim.number}").split("办理进度")[0]


def test_set_aside_the_reason_is_told(web: Web) -> None:
    shown = page(web, f"claims/{made.refused(web).number}")
    assert "同一事件已申请过" in shown
    assert "与上月申请是同一次住院" in shown


def test_money_that_came_back_goes_to_another_card(web: Web) -> None:
    claim = made.came_back(web)
    assert "请您更正银行卡" in page(web, f"claims/{claim.number}")
    assert sent(web, f"claims/{claim.number}/payee", {**ACCOUNT, "bank_name": "海市银行"}).status_code == 302
    assert PaymentOrder.objects.filter(reference=claim.number).count() == 2
    assert "已按新的账户重新付款" in page(web, f"claims/{claim.number}")
    assert sent(web, f"claims/{claim.number}/payee", ACCOUNT).status_code == 409


def test_a_filed_claim_is_not_written_any_more_and_says_so(web: Web) -> None:
    number = made.filed(web).number
    for step in ("event", "visit", "costs", "papers", "account", "check"):
        assert web.client("member").get(f"{HOME}claims/{number}/{step}")["Location"] == f"/members/claims/{number}"
    answer = sent(web, f"claims/{number}/visit", STAY)
    assert (answer.status_code, "已经提交，内容不能再改" in answer.content.decode()) == (409, True)


def test_every_page_is_there_in_english(web: Web) -> None:
    number = made.unsigned(web).number
    for path in ("claims", "claims/new", *(f"claims/{number}/{step}" for step in ("event", "visit", "costs"))):
        assert 'lang="en"' in page(web, path, english=True)
    for step in ("papers", "account", "check", "withdrawal"):
        assert 'lang="en"' in page(web, f"claims/{number}/{step}", english=True)
    assert "Apply on paper" in page(web, "claims/on-paper", english=True)


def test_home_and_list_ask_little_however_many_claims(web: Web) -> None:
    made.returned(web)
    for _ in range(9):
        made.paged(web, made.drafted(web), "invoice")
    for path in ("", "claims", "claims/new"):
        client = web.client("member")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(HOME + path).status_code == 200
        own = [one["sql"] for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
        own = [sql for sql in own if "django_session" not in sql and "set_config" not in sql]
        assert len(own) <= 12, (path, len(own), own)
