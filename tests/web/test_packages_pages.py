"""The clerk's way with a package: composed, priced by payers, one roster, handed in; what the office and the payers see."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from mutualaid.contributions.actions.bills import accept_package_and_bill, submit_package_and_bill
from mutualaid.contributions.models import Bill
from mutualaid.core import papers
from mutualaid.enrolment.actions.accepting import begin_covers
from mutualaid.enrolment.package_models import Package
from tests.enrolment import packages_made as made
from tests.enrolment.packages_made import COLUMNS, GOOD, row
from tests.enrolment.rosters import workbook
from tests.people.cast import AT, BY, ON
from tests.web import employers_scene
from tests.web import packages_scene as scene
from tests.web.cast import Web, sign_in_as


def at(name: str, package: Package) -> str:
    return reverse(f"employers:{name}", args=[package.number])


def test_from_nothing_to_bills(web: Web) -> None:
    """All by pages, as the clerk and the office."""
    employers_scene.fund(web)
    scene.plans(web)
    scene.rules(web)
    clerk, office = web.client("clerk"), web.client("enrolment_clerk")
    answer = clerk.post(reverse("employers:package_new"), {"name": "2025 综合", "headcount": 20, "women_headcount": 10})
    package = Package.objects.get()
    assert answer.headers["Location"] == at("composition", package)
    assert "住院医疗" in clerk.get(at("composition", package)).content.decode()
    answer = clerk.post(at("composition", package), scene.composing(web))
    assert answer.status_code == 302, answer.content.decode()
    page = clerk.get(at("package", package)).content.decode()
    assert "女职工 每人合计" in page
    assert "上级工会 · 海市办事处" in page
    assert "职工个人" in page
    assert clerk.get(at("package_template", package)).content[:2] == b"PK"
    rows = [row(11, "一线"), row(12), row(14), row(16, "三线")]
    file = SimpleUploadedFile("花名册.xlsx", workbook(rows, headers=COLUMNS), papers.XLSX)
    answer = clerk.post(at("package_roster", package), {"roster": file})
    assert answer.headers["Location"] == at("package_roster", package)
    page = clerk.get(at("package_roster", package)).content.decode()
    assert "参保组应为一线、女职工之一" in page
    assert clerk.post(at("package_roster", package), {"rows": "all"}).status_code == 422
    clerk.post(at("package_roster", package), {"rows": "good"})
    page = clerk.get(at("package_submission", package)).content.decode()
    assert "费用分担：各组每人（元）" in page
    assert clerk.get(at("package_split", package)).content[:2] == b"PK"
    clerk.post(at("package_submission", package))
    package.refresh_from_db()
    assert package.state == "submitted"
    # Before the office has looked at it, the clerk takes it back and hands it in again.
    assert at("package_undoing", package) in clerk.get(at("package", package)).content.decode()
    asked = clerk.get(at("package_undoing", package)).content.decode()
    assert "名单回到填报中" in asked
    assert "作废" not in asked
    assert clerk.post(at("package_undoing", package)).headers["Location"] == at("package", package)
    assert clerk.post(at("package_undoing", package)).status_code == 409
    assert clerk.post(at("package_submission", package)).status_code == 302
    package.refresh_from_db()
    address = reverse("workbench:package", args=[package.number])
    assert "费用分担" in office.get(address).content.decode()
    answer = office.post(reverse("workbench:package_decision", args=[package.number]), {"outcome": "accept"})
    assert answer.headers["Location"] == address
    page = clerk.get(at("package", package)).content.decode()
    mine = Bill.objects.filter(payer_kind="employer")
    assert all(bill.number in page for bill in mine)
    union = Bill.objects.get(payer_kind="upper_union")
    assert union.number not in page
    assert "海市办事处" in page


def test_what_does_not_go_together_is_said_beside_the_form(web: Web) -> None:
    package = scene.package(web)
    told = scene.composing(web) | {"g0-other.in": "on", "g1-women.part": "半价"}
    answer = web.client("clerk").post(at("composition", package), told)
    assert answer.status_code == 422
    assert "半价" in answer.content.decode()
    told["g1-women.part"] = "5"
    page = web.client("clerk").post(at("composition", package), told).content.decode()
    assert escape("不能同时参加，只能选择其一") in page
    assert "g0-name" in page


def test_a_large_headline_of_nothing(web: Web) -> None:
    package = scene.package(web)
    clerk = web.client("clerk")
    assert clerk.get(at("composition", package) + "?groups=99").status_code == 200
    assert clerk.get(at("package_roster", package)).status_code == 302
    assert clerk.post(at("package_submission", package)).status_code == 422


def test_the_member_sees_and_is_told_their_own_bill(web: Web) -> None:
    bill = scene.own_bill(web)
    page = web.client("member").get(reverse("members:bill", args=[bill.number])).content.decode()
    assert bill.number in page
    assert "10.00" in page
    listed = web.client("member").get(reverse("members:bills")).content.decode()
    assert bill.number in listed


def test_a_programme_shows_what_is_left(web: Web) -> None:
    scene.accepted(web)
    found = scene.subsidy(web)
    page = web.client("finance").get(reverse("workbench:subsidy", args=[found.number])).content.decode()
    assert "一线补贴" in page
    used = sum((one.amount for one in Bill.objects.filter(subsidy=found)), Decimal(0))
    assert f"{used:,.2f}" in page


def test_the_good_rows_of_all(web: Web) -> None:
    package = scene.package(web)
    file = SimpleUploadedFile("花名册.xlsx", workbook(GOOD, headers=COLUMNS), papers.XLSX)
    clerk = web.client("clerk")
    clerk.post(at("package_roster", package), {"roster": file})
    assert "全部采用" in clerk.get(at("package_roster", package)).content.decode()
    clerk.post(at("package_roster", package), {"rows": "all"})
    assert "去提交" in clerk.get(at("package", package)).content.decode()


def test_what_stands_on_another_plan_is_never_offered_by_itself(web: Web, web_clock: Any) -> None:
    """Neither to begin nor to renew: every way leads into a package, and within one that is renewed nothing is said twice."""
    employers_scene.fund(web)
    known = scene.plans(web)
    alone = f"{reverse('employers:enrolment_new')}?plan={known['extra'].number}"
    renewal = reverse("employers:renewal", args=[known["extra"].number])
    clerk = web.client("clerk")
    for name in ("home", "plans", "enrolment_new", "renewals"):
        page = clerk.get(reverse(f"employers:{name}")).content.decode()
        assert alone not in page
        assert f"?plan={known['extra'].number}" not in page
    for address in (alone, renewal):
        page = clerk.get(address).content.decode()
        assert "须与 住院医疗 同时参加，请在综合保障计划中一并办理" in page
        assert "今天有多少职工" not in page
    assert "须与 住院医疗 同时参加" in clerk.post(alone, {"headcount": 20}).content.decode()
    together = (known["medical"], known["extra"])
    groups = [made.group("一线", "word", *together), made.group("其余", "everybody", *together)]
    package = made.filled(web.people, known, groups=groups)
    submit_package_and_bill(package=package, by=BY, at=AT)
    package.refresh_from_db()
    accept_package_and_bill(package=package, by=BY, at=AT)
    for enrolment in package.enrolments.all():
        begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT)
    web_clock.forward(days=445)  # when all of it may be renewed
    sign_in_as(clerk, *web.accounts["clerk"], web_clock.at)
    page = clerk.get(reverse("employers:renewals")).content.decode()
    assert at("package_renewal", package) in page
    assert reverse("employers:renewal", args=[known["medical"].number]) in page
    assert renewal not in page
    assert "住院加投" not in page
    assert renewal not in clerk.get(reverse("employers:home")).content.decode()
    # Where there is no package to renew, the way leads to a new one.
    Package.objects.update(state="cancelled")
    page = clerk.get(reverse("employers:renewals")).content.decode()
    assert "住院加投" in page
    assert "编入综合保障计划" in page
    assert renewal not in page
