"""The clerk's way at 单位端, from the employer's registration to covers that are paid for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from mutualaid.contributions.actions.bills import accept_and_bill
from mutualaid.contributions.models import Bill, Order
from mutualaid.core import work
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Enrolment, RosterUpload
from mutualaid.people.actions.applications import approve_application, return_application
from mutualaid.people.models import EmployerApplication, EmployerClerk
from tests.enrolment.rosters import person
from tests.people.cast import AT, BY, credit_code
from tests.web import employers_scene as scene
from tests.web.cast import Web


def test_the_whole_way(web: Web) -> None:
    client = web.client("newcomer")
    scene.plan(web)
    scene.fund(web)
    # The office is searched, the form filled in and the paper brought.
    assert "海城区工会" in client.get(reverse("employers:application_new") + "?q=海城").content.decode()
    made = scene.application(web, client)
    assert made.papers.get().kind == "stamped_form"
    with within([EVERYTHING]):
        approve_application(application=made, by=BY, at=AT)
    home = client.get(reverse("employers:home")).content.decode()
    assert "碧海食品厂" in home
    # A plan is chosen, the headcount told, the template fetched.
    answer = client.post(reverse("employers:enrolment_new") + f"?plan={scene.plan(web).number}", {"headcount": "3"})
    assert answer.status_code == 302, answer.content.decode()
    enrolment = Enrolment.objects.get()
    page = reverse("employers:enrolment", args=[enrolment.number])
    assert "下一步：准备并上传花名册" in client.get(page).content.decode()
    assert client.get(page + "/template")["Content-Disposition"].startswith("attachment")
    # A roster with a fault is looked at, its good rows taken.
    rows = [*scene.people(2), person(30, "")]
    preview = client.post(page + "/uploads", {"roster": scene.sheet(rows)})["Location"]
    shown = client.get(preview).content.decode()
    assert "采用正确的 2 行" in shown
    assert "姓名" in shown
    assert client.post(preview, {"rows": "good"})["Location"] == page
    # Too few for the plan: said on submission. One more by hand.
    refused = client.post(page + "/submission")
    assert refused.status_code == 422
    assert "3 人中应至少 3 人" in refused.content.decode()
    told = {"name": "林晓帆", "identity_kind": "居民身份证", "identity_number": person(40)[2]}
    assert client.post(page + "/rows/new", told).status_code == 302
    assert "300.00" in client.get(page + "/submission").content.decode()
    assert client.post(page + "/submission").status_code == 302
    assert "工会审核" in client.get(page).content.decode()
    # The office accepts; the bill is seen, paid and receipted; covers begin.
    enrolment.refresh_from_db()
    web.made |= {"enrolment": enrolment, "bill": accept_and_bill(enrolment=enrolment, by=BY, at=AT)}
    bill = Bill.objects.get()
    shown = client.get(reverse("employers:bill", args=[bill.number])).content.decode()
    assert "人民币叁佰元整" in shown
    assert "6222000011112222" in shown
    scene.paid(web)
    receipt = client.get(reverse("employers:receipt", args=[bill.number]))
    assert receipt.content.startswith(b"%PDF")
    assert Cover.objects.filter(state="begun").count() == 3
    covers = reverse("employers:covers", args=[enrolment.employer.unit.code])
    assert client.get(covers + "?q=晓帆").content.decode().count('<th scope="row">') == 1
    certificate = reverse("employers:certificate", args=[Cover.objects.earliest("id").number])
    assert client.get(certificate).content.startswith(b"%PDF")
    slips = reverse("employers:activations", args=[enrolment.employer.unit.code])
    numbers = re.findall(r'name="member" value="(M\d+)"', client.get(slips).content.decode())
    codes = re.findall(r'slip-code">([A-Z0-9-]{11})<', client.post(slips, {"member": numbers}).content.decode())
    assert len(codes) == 3


def test_a_returned_application_is_mended_with_its_remark_beside(web: Web) -> None:
    client = web.client("newcomer")
    made = scene.application(web, client)
    with within([EVERYTHING]):
        return_application(application=made, remark="公章不清楚", by=BY, at=AT)
    page = reverse("employers:application", args=[made.number])
    assert "公章不清楚" in client.get(reverse("employers:home")).content.decode()
    shown = client.get(page).content.decode()
    assert "公章不清楚" in shown
    assert 'value="碧海食品厂"' in shown
    # Without the old paper and without a new one it is refused, and what was typed stays.
    refused = client.post(page, {**scene.applying(), "name": "碧海食品有限公司"})
    assert refused.status_code == 422
    assert 'value="碧海食品有限公司"' in refused.content.decode()
    kept = {"kept": str(made.papers.get().key)}
    assert client.post(page, {**scene.applying(), "name": "碧海食品有限公司", **kept}).status_code == 302
    assert EmployerApplication.objects.get().state == "submitted"
    assert client.post(page, {**scene.applying(), **kept}).status_code == 409


def test_papers_stay_when_the_form_is_refused(web: Web) -> None:
    client = web.client("newcomer")
    address = reverse("employers:application_new") + "?office=450502"
    refused = client.post(address, {**scene.applying(), "credit_code": "123", "stamped_form": scene.scan()})
    assert refused.status_code == 422
    key = re.search(r'name="kept" value="([0-9a-f-]{36})"', refused.content.decode())
    assert key
    assert client.post(address, {**scene.applying(), "kept": key[1]}).status_code == 302
    assert EmployerApplication.objects.get().papers.count() == 1


def test_another_persons_paper_cannot_be_kept(web: Web) -> None:
    theirs = scene.application(web).papers.get().key
    told = {**scene.applying(), "credit_code": credit_code(78), "kept": str(theirs)}
    answer = web.client("other_clerk").post(reverse("employers:application_new") + "?office=450502", told)
    assert answer.status_code == 422


def test_somebody_asks_to_become_a_clerk(web: Web) -> None:
    client = web.client("newcomer")
    told: dict[str, Any] = {
        "credit_code": web.people.mill.credit_code, "name": "吴双", "phone": "13900000077", "why": "left", "replaces_name": "",
    }  # fmt: skip
    assert client.post(reverse("employers:joining_form"), told).status_code == 422  # nobody is named who is replaced
    told["replaces_name"] = "周一帆"
    printed = client.post(reverse("employers:joining_form"), told)
    assert (printed.status_code, printed["Content-Type"]) == (200, "application/pdf")
    assert not EmployerClerk.objects.filter(account__name="newcomer").exists()
    told["evidence"] = scene.scan()
    assert client.post(reverse("employers:joining"), told).status_code == 302
    office = web.client("enrolment_clerk").get(reverse("workbench:clerks")).content.decode()
    number = EmployerClerk.objects.get(account__name="newcomer").number
    assert number in office
    page = web.client("enrolment_clerk").get(reverse("workbench:clerk", args=[number])).content.decode()
    assert "原代办员已离职" in page
    assert f'value="{web.people.clerk.number}" selected' in page  # who is replaced is chosen already
    assert EmployerClerk.objects.get(account__name="newcomer").state == "registered"
    assert "待审核" in client.get(reverse("employers:home")).content.decode()
    unknown = {**told, "credit_code": credit_code(99), "evidence": scene.scan()}
    assert client.post(reverse("employers:joining"), unknown).status_code == 422


def test_a_large_roster_is_read_by_the_worker(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mutualaid.enrolment.actions.rosters.AT_ONCE_BYTES", 100)
    client, enrolment = web.client("clerk"), scene.draft(web)
    page = reverse("employers:enrolment", args=[enrolment.number])
    job = client.post(page + "/uploads", {"roster": scene.sheet(scene.people(3))})["Location"]
    assert job.startswith("/jobs/")
    work.run_waiting()
    upload = RosterUpload.objects.get()
    assert f"{page}/uploads/{upload.file.key}" in client.get(job).content.decode()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", "姓名\n".encode(), b"\x00" * 50])
def test_what_is_no_roster_is_said_beside_the_form(web: Web, content: bytes) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = reverse("employers:uploads", args=[scene.draft(web).number])
    answer = web.client("clerk").post(page, {"roster": SimpleUploadedFile("a.xlsx", content)})
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()


def test_a_preview_is_decided_once(web: Web) -> None:
    client, upload = web.client("clerk"), scene.upload(web)
    page = reverse("employers:upload", args=[upload.enrolment.number, upload.file.key])
    assert client.post(page, {"rows": "good"}).status_code == 302
    assert client.post(page, {"rows": "good"}).status_code == 409
    assert client.get(page).status_code == 302
    assert upload.enrolment.rows.filter(taken=True).count() == 2


def test_paying_at_a_channel(web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("mutualaid.contributions.actions.online.channel_names", lambda **_fund: ["neutral"])
    client, bill = web.client("clerk"), scene.bill(web)
    page = reverse("employers:bill", args=[bill.number])
    first = client.post(page + "/orders", {"channel": "neutral"})["Location"]
    assert client.post(page + "/orders", {"channel": "neutral"})["Location"] == first
    assert "正在向支付渠道下单" in client.get(first).content.decode()
    Order.objects.update(state="pending", pay_address="https://pay.example/1")
    assert "https://pay.example/1" in client.get(first, headers={"HX-Request": "true"}).content.decode()
    Order.objects.update(state="unknown")
    assert "请不要再付一次" in client.get(first).content.decode()
    assert client.post(page + "/orders", {"channel": "nobody"}).status_code == 302


def test_a_clerk_cancels_no_accepted_enrolment(web: Web) -> None:
    bill = scene.bill(web)
    page = reverse("employers:cancellation", args=[bill.enrolment.number])
    assert web.client("clerk").post(page).status_code == 409
    bill.enrolment.refresh_from_db()
    assert bill.enrolment.state == "accepted"
