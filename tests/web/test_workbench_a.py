"""管理端 about joining: what waits for whom, decisions, what is masked and written down, lists that stay quick, search."""

from __future__ import annotations

import datetime
import io
import re
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.core.models import AuditEntry
from mutualaid.people.identity import masked
from mutualaid.people.models import RoleName
from tests.people.cast import AT, BY, ON, credit_code, employer, member, resident_id
from tests.pictures import PNG
from tests.web import pages_workbench_a as made

if TYPE_CHECKING:
    from tests.web.cast import Web

STATEMENTS_MOST = 12
"""Of a list with its shell; the session and the bounds of the transaction are not counted."""
HOME_MOST = 17
"""待办 asks three domains, each for its own branches: that does not grow with what waits."""


def page(web: Web, person: str, name: str, /, *args: Any, **asked: str) -> str:
    """The text of a page."""
    answer = web.client(person).get(reverse(f"workbench:{name}", args=args), asked)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def audited(what: str) -> list[tuple[str, dict[str, Any]]]:
    """Subjects and details of what stands in the audit trail."""
    return list(AuditEntry.objects.filter(what=what).order_by("id").values_list("subject", "detail"))


# --- 待办 -------------------------------------------------------------------------------------------------------------


def test_what_waits_is_told_to_whose_work_it_is(web: Web) -> None:
    made.application(web)
    made.clerk(web)
    made.enrolment(web)
    html = page(web, "enrolment_clerk", "home")
    for text in ("待审核的单位登记", "待审核的代办员", "待核准的参保单", "?state=submitted", "今天"):
        assert text in html
    assert "银行流水" not in html
    for person in ("reviewer", "analyst", "audit_admin", "finance"):
        assert "待核准的参保单" not in page(web, person, "home")
    assert "待批准的计划" in page(web, "designer", "home")


def test_what_waits_for_long_says_so(web: Web, web_clock: Any) -> None:
    made.application(web)
    web_clock.forward(days=4)
    web.at = web_clock.at
    html = page(web, "enrolment_clerk", "home")
    assert "4 天" in html
    assert "超过 3 天" in html


def test_the_menu_shows_what_ones_roles_may(web: Web) -> None:
    for person, shown, hidden in (
        ("enrolment_clerk", ("单位登记", "会员", "参保设置"), ("审计</span>",)),
        ("audit_admin", ("单位</span>",), ("会员</span>", "参保单</span>", "参保设置</span>")),
        ("designer", ("单位</span>",), ("会员</span>", "单位登记</span>")),
    ):
        html = page(web, person, "home")
        assert all(text in html for text in shown), person
        assert not any(text in html for text in hidden), person


@pytest.mark.parametrize("role", [role.value for role in RoleName])
def test_no_entry_of_the_menu_leads_to_a_closed_door(web: Web, role: str) -> None:
    browser = web.client(role)
    menu = browser.get("/workbench/").content.decode().partition('class="office-nav"')[2].partition("</nav>")[0]
    found = re.findall(r'href="(/workbench/[^"]*)"', menu)
    assert "/workbench/" in found
    assert {url: browser.get(url).status_code for url in found} == dict.fromkeys(found, 200)


# --- decisions --------------------------------------------------------------------------------------------------------


def post(web: Web, name: str, /, *args: Any, person: str = "enrolment_clerk", **data: Any) -> Any:
    """The answer to a form."""
    return web.client(person).post(reverse(f"workbench:{name}", args=args), data)


def test_an_application_is_returned_with_a_remark_and_never_without(web: Web) -> None:
    application = made.application(web)
    answer = post(web, "application_decision", application.number, outcome="return", remark="  ")
    assert answer.status_code == 422
    assert "请写明需要补正的内容" in answer.content.decode()
    answer = post(web, "application_decision", application.number, outcome="return", remark="<b>缺公章</b>")
    assert answer.status_code == 302
    application.refresh_from_db()
    assert (application.state, application.remark) == ("returned", "<b>缺公章</b>")
    assert "<b>缺公章" not in page(web, "enrolment_clerk", "application", application.number)


def test_a_new_clerk_takes_the_place_of_another(web: Web) -> None:
    clerk = made.clerk(web)
    former = web.people.clerk
    stranger = web.people.yard.clerks.get()
    assert post(web, "clerk_decision", clerk.number, outcome="bind", replaces=stranger.number).status_code == 422
    assert post(web, "clerk_decision", clerk.number, outcome="bind", replaces=former.number).status_code == 302
    for one, state in ((clerk, "bound"), (former, "released")):
        one.refresh_from_db()
        assert one.state == state
    answer = post(web, "clerk_decision", clerk.number, outcome="bind")
    assert answer.status_code == 409


def test_a_roster_is_accepted_billed_and_its_people_are_covered(web: Web) -> None:
    enrolment = made.enrolment(web)
    html = page(web, "enrolment_clerk", "enrolment", enrolment.number)
    assert masked(resident_id(order=10)) in html
    assert resident_id(order=10) not in html
    answer = post(web, "enrolment_decision", enrolment.number, outcome="accept")
    assert answer.status_code == 302
    html = page(web, "enrolment_clerk", "enrolment", enrolment.number)
    assert "B0" in html
    assert "400.00" in html
    assert "提交审核结果" not in html
    bill = enrolment.bills.get()
    answer = web.client("enrolment_clerk").get(reverse("workbench:search"), {"q": bill.number})
    assert answer["Location"] == f"/workbench/bills/{bill.number}"


def test_a_refusal_stands_beside_the_form_and_what_was_typed_stays(web: Web) -> None:
    enrolment = made.enrolment(web)
    enrolment.employer.unit.refresh_from_db()
    from mutualaid.contributions.models import Fund

    Fund.objects.all().delete()
    answer = post(web, "enrolment_decision", enrolment.number, outcome="accept", remark="已电话核对")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "互助专户" in html
    assert "已电话核对" in html
    enrolment.refresh_from_db()
    assert enrolment.state == "submitted"


def test_rows_that_move_here_are_shown_apart(web: Web) -> None:
    from mutualaid.enrolment.actions.enrolling import submit_enrolment
    from mutualaid.enrolment.actions.rosters import add_person
    from tests.enrolment import rosters

    made.enrolment(web)
    # 林晓禾 works at the mill: the yard's roster moves her there.
    version = made.enrolment(web).version
    found = rosters.begun(web.people.yard, version)
    for order, name in ((2, "林晓禾"), (14, "林晓山")):
        add_person(enrolment=found, name=name, identity_number=resident_id(order=order), by=BY, at=AT)
    submit_enrolment(enrolment=found, by=BY, at=AT)
    html = page(web, "enrolment_clerk", "enrolment", found.number)
    assert "1 人有提示" in html
    assert "转入本单位" in html
    noticed = page(web, "enrolment_clerk", "enrolment", found.number, rows="noticed")
    assert noticed.count('<th scope="row">') == 1


def test_an_office_is_set_to_accept_by_itself(web: Web) -> None:
    from mutualaid.enrolment.queries import accepts_by_itself

    assert post(web, "settings", unit=web.people.county.code, accepts_by_itself="1").status_code == 302
    assert accepts_by_itself(employer=web.people.mill)
    assert "开启" in page(web, "enrolment_clerk", "settings")
    assert post(web, "settings", unit=web.people.province.code, accepts_by_itself="1").status_code == 404


def test_an_employer_is_registered_at_the_counter_once(web: Web) -> None:
    told = made.COUNTER | {"office": web.people.county.code}
    assert post(web, "employer_new", **told).status_code == 302
    answer = post(web, "employer_new", **told)
    assert answer.status_code == 409
    assert "海角航运公司工会" in answer.content.decode()
    other = told | {"credit_code": credit_code(7)}
    assert "同名单位" in post(web, "employer_new", **other).content.decode()
    assert post(web, "employer_new", **(other | {"credit_code": "123"})).status_code == 409
    assert post(web, "employer_new", **(other | {"office": web.people.other_city.code})).status_code == 422
    assert post(web, "employer_new", **(other | {"headcount_declared": "0"})).status_code == 422


# --- persons ----------------------------------------------------------------------------------------------------------


def test_whole_numbers_are_shown_once_for_a_reason_that_is_written_down_first(web: Web) -> None:
    lin = web.people.lin
    assert resident_id() not in page(web, "finance", "member", lin.number)
    assert post(web, "member_disclosure", lin.number, person="finance", reason=" ").status_code == 422
    assert audited("reveal_member") == []
    answer = post(web, "member_disclosure", lin.number, person="finance", reason="核对银行卡")
    html = answer.content.decode()
    assert resident_id() in html
    assert "13900000001" in html
    assert "no-store" in answer["Cache-Control"]
    assert audited("reveal_member") == [(f"people.member:{lin.pk}", {"reason": "核对银行卡"})]
    assert resident_id() not in page(web, "finance", "member", lin.number)
    assert audited("read_member") == [(f"people.member:{lin.pk}", {})] * 2


def test_who_looks_for_persons_is_written_down(web: Web) -> None:
    account = f"people.account:{web.accounts['finance'][0].pk}"
    page(web, "finance", "search", q="第1厂")
    assert audited("search_members") == []
    page(web, "finance", "search", q="林晓")
    page(web, "finance", "members", q="林晓禾")
    assert audited("search_members") == [(account, {}), (account, {})]
    for person in ("outsider", "system_admin"):
        assert "没有找到" in page(web, person, "search", q="林晓禾")


def test_a_number_typed_whole_leads_to_its_page(web: Web) -> None:
    enrolment = made.enrolment(web)
    answer = web.client("finance").get(reverse("workbench:search"), {"q": enrolment.number.lower()})
    assert answer["Location"] == f"/workbench/enrolments/{enrolment.number}"


@pytest.mark.parametrize("text", ["", " ", "%", "\x00", "E", "E" * 400, "𠮷", "'; --", "E00000000999"])
def test_any_text_may_be_looked_for(web: Web, text: str) -> None:
    for name in ("search", "members", "employers", "enrolments", "covers", "applications", "clerks"):
        page(web, "enrolment_clerk", name, q=text, page="0", sort="-nothing", state="x", on="yesterday")


def test_a_correction_that_cannot_be_is_refused_and_stays_typed(web: Web) -> None:
    lin = web.people.lin
    told = {"identity_kind": "resident_id", "name": "林晓禾", "reason": "录入错误"}
    for number in ("123", resident_id()):  # no number; her own, as it is
        photo = SimpleUploadedFile("证件.png", PNG, "image/png")
        answer = post(web, "member_identity", lin.number, identity_number=number, file=photo, **told)
        assert answer.status_code == 409
        assert "录入错误" in answer.content.decode()
    lin.refresh_from_db()
    assert lin.identity_number == resident_id()


# --- lists ------------------------------------------------------------------------------------------------------------


def fifty(web: Web) -> None:
    """Fifty employers with a member each, fifty covers."""
    from tests.enrolment import rosters

    enrolment = made.enrolment(web)
    for order in range(50):
        at = employer(web.people.county, 100 + order)
        member(at, 100 + 2 * order, "林晓星")
    other = rosters.submitted(web.people.yard, enrolment.version, range(300, 350), headcount=60)
    made.accepted(web)
    from mutualaid.contributions.actions.bills import accept_and_bill

    accept_and_bill(enrolment=other, by=web.actor("enrolment_clerk"), at=AT)


def test_lists_of_fifty_take_few_statements(web: Web) -> None:
    fifty(web)
    counted = {}
    for name in ("home", "employers", "members", "enrolments", "covers", "clerks", "applications"):
        browser = web.client("enrolment_clerk")
        with CaptureQueriesContext(
            connection,
        ) as told:
            assert browser.get(reverse(f"workbench:{name}")).status_code == 200
        reads = [one["sql"] for one in told if one["sql"].lstrip().startswith(("SELECT", "WITH"))]
        around = [one for one in reads if "django_session" in one or "set_config" in one]
        counted[name] = len(reads) - len(around)
    assert counted.pop("home") <= HOME_MOST
    assert {name: count for name, count in counted.items() if count > STATEMENTS_MOST} == {}, counted


def test_lists_are_sorted_filtered_and_saved_as_workbooks(web: Web) -> None:
    made.cover(web)
    browser = web.client("enrolment_clerk")
    answer = browser.get(reverse("workbench:covers_export"), {"state": "pending", "employer": "G1", "sort": "member"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == 5
    assert sheet["C2"].value == masked(str(sheet["C2"].value)) or "*" in sheet["C2"].value
    assert [cell.value for cell in sheet["J"]] == ["缴费（元）", 100, 100, 100, 100]
    assert audited("export_covers") == [(f"people.account:{web.accounts['enrolment_clerk'][0].pk}", {})]
    for asked, rows in (({"state": "begun"}, 1), ({"on": str(ON)}, 1), ({"employer": "G2"}, 1), ({"plan": "示例"}, 5)):
        answer = browser.get(reverse("workbench:covers_export"), asked)
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).active.max_row == rows, asked
    answer = browser.get(reverse("workbench:members_export"))
    texts = [str(cell) for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.values for cell in row]
    assert resident_id() not in texts
    assert masked(resident_id()) in texts


def test_covers_that_end_soon_are_found(web: Web, web_clock: Any) -> None:
    from mutualaid.enrolment.actions.accepting import begin_covers
    from mutualaid.enrolment.models import Cover

    made.cover(web)
    begin_covers(enrolment=made.enrolment(web), paid_on=ON, by=BY, at=AT)
    browser_at = datetime.datetime(2026, 6, 15, 2, 0, tzinfo=datetime.UTC)
    web_clock.at = web.at = browser_at
    html = page(web, "enrolment_clerk", "covers", expiring="30")
    assert html.count("保障中") == Cover.objects.count() == 4
    web_clock.at = web.at = browser_at - datetime.timedelta(days=60)
    assert "没有符合条件的保障" in page(web, "enrolment_clerk", "covers", expiring="30")
