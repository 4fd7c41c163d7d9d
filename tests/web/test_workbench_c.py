"""The plan designer's desk: what is typed stays, whose pages they are, the trial, the simulation and the words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.core.models import LongJob
from mutualaid.core.work import run_waiting
from mutualaid.people.models import RoleName
from mutualaid.plans.actions import change_draft, draft_plan, publish_library, return_plan, submit_plan
from mutualaid.plans.models import OfficeWords, PlanVersion
from tests.people import cast as people
from tests.people.cast import AT
from tests.plans.office import text_of
from tests.web.cast import Web, sign_in_as
from tests.web.pages_workbench_plans import draft, published, simulated, submitted

pytestmark = pytest.mark.django_db

STATEMENTS_MOST = 12
FEE = "fee: 100"


def page(web: Web, person: str, name: str, *args: Any, query: str = "", **more: Any) -> str:
    """A page that is there."""
    answer = web.client(person, **more).get(reverse(f"workbench:{name}", args=args) + query)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def stranger(web: Web, role: RoleName) -> Any:
    """A browser of somebody with the role in the other city."""
    who = people.staff(f"外市{role.label}", web.people.other_city, role)
    client = web.client("anonymous")
    sign_in_as(client, who.account, web.accounts["designer"][1])
    return client


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *((name, RoleName.DESIGNER) for name in ("plan", "plan_prose", "plan_draft", "plan_values", "plan_submission")),
        *((name, RoleName.DESIGNER) for name in ("plan_withdrawal", "plan_discard", "trials", "simulations")),
        ("plan_approval", RoleName.SENIOR_REVIEWER),
    ],
)
def test_drafts_of_another_branch_are_not_found(web: Web, name: str, role: RoleName) -> None:
    client = stranger(web, role)
    address = reverse(f"workbench:{name}", args=[draft(web).number])
    assert client.get(address).status_code == 404
    if name not in ("plan", "plan_prose", "trials"):
        assert client.post(address, {"remark": "x"}).status_code == 404


def test_words_and_objections_of_another_branch_are_not_found(web: Web) -> None:
    designer, approver = stranger(web, RoleName.DESIGNER), stranger(web, RoleName.SENIOR_REVIEWER)
    assert designer.get(reverse("workbench:words_of", args=[web.people.city.code])).status_code == 404
    faults = reverse("workbench:plan_faults")
    assert designer.post(faults, {"office": web.people.city.code, "text": "x"}).status_code == 404
    objection = reverse("workbench:plan_objection", args=[submitted(web).number])
    assert approver.post(objection, {"remark": "x"}).status_code == 404


# -- drafting -----------------------------------------------------------------------------------------------------------


def test_a_text_with_faults_is_not_kept_but_stays(web: Web) -> None:
    text = text_of().replace(FEE, "feee: <100>")
    answer = web.client("designer").post(
        reverse("workbench:draft_new"), {"office": web.people.city.code, "text": text.replace("\n", "\r\n")}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "feee: &lt;100&gt;" in html
    line = text.splitlines().index("  - {feee: <100>, clause: 第六条}") + 1
    assert f'data-line="{line}"' in html
    assert "是否想写 fee" in html
    assert not PlanVersion.objects.exists()


def test_a_file_is_read_into_the_editor_and_not_kept(web: Web) -> None:
    client, address = web.client("designer"), reverse("workbench:draft_new")
    for content, says in (
        (text_of().replace(FEE, "fee: 77").encode(), "fee: 77"),
        ("\ufeff".encode() + text_of().encode(), "没有错误，可以保存"),
        ("计划".encode("gb18030"), "应为 UTF-8"),
        (b"#" * 1_000_001, "应不大于 1 MB"),
    ):
        file = SimpleUploadedFile("p.yaml", content)
        answer = client.post(address, {"office": web.people.city.code, "text": "原来的", "load": "1", "file": file})
        assert says in answer.content.decode()
    assert not PlanVersion.objects.exists()


def test_a_next_edition_gets_an_id_of_its_own(web: Web) -> None:
    number = published(web).number
    html = page(web, "designer", "draft_new", query=f"?version={number}")
    assert "plan: demo-inpatient-2027" in html
    assert "没有一条" not in html
    html = page(web, "designer", "draft_new", query="?from=demo-women-2026")
    assert "plan: demo-women-2026" in html


def test_two_people_change_a_draft(web: Web) -> None:
    client, version = web.client("designer"), draft(web)
    address = reverse("workbench:plan_draft", args=[version.number])
    first, answer = (
        client.post(address, {"text": text_of().replace(FEE, f"fee: {fee}"), "seen": version.sha256})
        for fee in ("120", "130")
    )
    assert (first.status_code, answer.status_code) == (302, 422)
    html = answer.content.decode()
    version.refresh_from_db()
    assert ("fee: 120" in version.text, "fee: 130" in html, "已有人改过" in html) == (True, True, True)
    assert f'name="seen" value="{version.sha256}"' in html
    values = reverse("workbench:plan_values", args=[version.number])
    assert client.post(values, {"price[0].fee": "140", "seen": "x"}).status_code == 422


def test_values_are_written_into_the_text(web: Web) -> None:
    client, version = web.client("designer"), draft(web)
    address = reverse("workbench:plan_values", args=[version.number])
    typed = {"price[0].fee": "1,200", "benefits[0].rate.brackets[0].rate": "45", "seen": version.sha256}
    assert client.post(address, typed).status_code == 302
    version.refresh_from_db()
    assert version.text == text_of().replace(FEE, "fee: 1200").replace("rate: 40%", "rate: 45%")
    for place, value, says in (
        ("price[0].fee", "很多", "缴费标准应为元"),
        ("benefits[0].rate.brackets[0].up_to", "60000", "应"),
    ):
        answer = client.post(address, {place: value, "seen": version.sha256})
        html = answer.content.decode()
        assert (answer.status_code, says in html, f'value="{value}"' in html) == (422, True, True)


def test_faults_are_told_while_somebody_writes(web: Web) -> None:
    client, address = web.client("designer"), reverse("workbench:plan_faults")
    office = web.people.city.code
    base = published(web).number
    text = text_of(plan="demo-inpatient-2027").replace(FEE, "fee: 130")
    html = client.post(address, {"office": office, "based_on": base, "text": text}).content.decode()
    assert ("<html" in html, "没有错误" in html) == (False, True)
    assert re.search(r"<del>[^<]*100元</del><ins>[^<]*130元</ins>", html)
    assert (
        "处错误" in client.post(address, {"office": office, "text": text.replace("price:", "prise:")}).content.decode()
    )


# -- approval -----------------------------------------------------------------------------------------------------------


def test_who_had_a_hand_in_it_does_not_approve(web: Web) -> None:
    number = submitted(web).number
    address = reverse("workbench:plan_approval", args=[number])
    html = page(web, "designer", "plan_approval", number)
    assert ("请由他人批准" in html, "批准并发布" in html) == (True, False)
    answer = web.client("designer").post(address, {"offered_from_on": "2025-04-01"})
    assert (answer.status_code, PlanVersion.objects.get().state) == (422, "submitted")
    html = page(web, "senior_reviewer", "plan_approval", number)
    assert "批准并发布" in html
    seen = {"seen": PlanVersion.objects.get().sha256}
    answer = web.client("senior_reviewer").post(address, {"offered_from_on": "2025-02-01", **seen})
    assert (answer.status_code, "开办日应为今天" in answer.content.decode()) == (422, True)
    answer = web.client("senior_reviewer").post(reverse("workbench:plan_objection", args=[number]), {"remark": " "})
    assert answer.status_code == 422


def test_nobody_approves_what_they_have_not_read(web: Web) -> None:
    """While the page is open the author returns the plan to themselves, changes it and submits it again."""
    version = submitted(web)
    address = reverse("workbench:plan_approval", args=[version.number])
    html = page(web, "senior_reviewer", "plan_approval", version.number)
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', html)
    by = web.actor("designer")
    return_plan(version=version, remark="再改", by=by, at=AT)
    change_draft(version=version, text=text_of().replace(FEE, "fee: 900"), by=by, at=AT)
    submit_plan(version=version, by=by, at=AT)
    told = {"offered_from_on": "2025-04-01"}
    for given in (told, told | {"seen": seen[0]}):
        answer = web.client("senior_reviewer").post(address, given)
        assert (answer.status_code, "请重新阅读后再决定" in answer.content.decode()) == (422, True)
        assert PlanVersion.objects.get().state == "submitted"


def test_a_remark_goes_with_the_submission_and_comes_back(web: Web) -> None:
    number = draft(web).number
    web.client("designer").post(reverse("workbench:plan_submission", args=[number]), {"remark": "请先看第九条"})
    assert "请先看第九条" in page(web, "senior_reviewer", "approvals")
    objection = reverse("workbench:plan_objection", args=[number])
    web.client("senior_reviewer").post(objection, {"remark": "比例太低"})
    html = page(web, "designer", "plan", number)
    assert all(text in html for text in ("比例太低", "退回修改", "提交批准", "起草"))


def test_what_cannot_be_published_cannot_be_submitted(web: Web) -> None:
    made = draft_plan(office=web.people.city, text=text_of("hubei-inpatient-2025"), by=web.actor("designer"), at=AT)
    number = PlanVersion.objects.get(pk=made.pk).number
    answer = web.client("designer").post(reverse("workbench:plan_submission", args=[number]))
    assert ("没有互助费标准" in answer.content.decode(), PlanVersion.objects.get().state) == (True, "draft")
    assert "还不能提交" in page(web, "designer", "plan", number)


# -- lists --------------------------------------------------------------------------------------------------------------


def test_the_list_asks_few_questions(web: Web) -> None:
    for i in range(50):
        text = text_of(plan=f"demo-{i}", family=f"family-{i % 7}")
        draft_plan(office=web.people.city, text=text, by=web.actor("designer"), at=AT)
    publish_library(
        office=web.people.city,
        by_designer=web.actor("designer"),
        by=web.actor("senior_reviewer"),
        at=AT,
        plans=["hainan-period-2"],
    )
    for name in ("plans", "words", "approvals", "plan_library"):
        client = web.client("designer")
        client.get(reverse(f"workbench:{name}"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(f"workbench:{name}"))
        own = [one["sql"] for one in asked if not re.search(r"^(SAVEPOINT|RELEASE|ROLLBACK)|set_config", one["sql"])]
        assert len(own) <= STATEMENTS_MOST, "\n".join([name, *own])
    assert "demo-1<" in page(web, "designer", "plans", query="?q=demo-1&sort=-number")
    assert "没有符合条件的计划" in page(web, "designer", "plans", query="?q=无此计划")
    answer = web.client("designer").get(reverse("workbench:plans") + "?export=1")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")


def test_what_is_published_is_read_by_all_and_changed_by_nobody(web: Web) -> None:
    number = published(web).number
    html = page(web, "enrolment_clerk", "plan", number)
    assert ("批准发布" in html, "改文本" in html, "试算</a>" in html) == (True, False, False)
    answer = web.client("finance").get(reverse("workbench:plan_text", args=[number]) + "?save")
    assert (answer.content.decode(), answer["Content-Disposition"]) == (
        text_of(),
        'attachment; filename="demo-inpatient-2026.yaml"',
    )
    for name in ("plan_draft", "plan_values", "plan_submission", "plan_discard"):
        assert web.client("designer").get(reverse(f"workbench:{name}", args=[number])).status_code == 409


# -- trial and simulation -----------------------------------------------------------------------------------------------


def test_a_trial_says_what_is_wrong_beside_the_field(web: Web) -> None:
    client, address = web.client("designer"), reverse("workbench:trials", args=[draft(web).number])
    html = page(web, "designer", "trials", draft(web).number, query="?example=disability")
    assert "伤残" in html
    answer = client.post(address, {"events": "2", "try": "1", "cover-from": "昨天", "e1a-total": "一千"})
    html = answer.content.decode()
    assert (answer.status_code, "保障起始日应为日期" in html, "医疗费总额应为元" in html) == (422, True, True)
    assert 'value="一千"' in html
    html = client.post(address, {"events": "1", "add": "1"}).content.decode()
    assert "第 2 件事" in html
    html = client.post(address, {"events": "2", "drop": "0", "e1-kind": "death"}).content.decode()
    assert ("第 2 件事" in html, re.search(r'value="death"\s+selected', html) is not None) == (False, True)
    assert client.post(address, {"events": "9" * 9}).status_code == 422


def test_a_case_is_kept_for_the_session(web: Web) -> None:
    client, address = web.client("designer"), reverse("workbench:trials", args=[draft(web).number])
    for name in ("甲", "乙", "甲"):
        client.post(address, {"events": "1", "keep": "1", "name": name, "member-sex": "F", "cover-from": "2026-01-01"})
    html = client.get(f"{address}?case=1").content.decode()
    assert (html.count('name="forget"'), 'value="2026-01-01"' in html) == (2, True)
    client.post(address, {"forget": "甲"})
    assert client.get(address).content.decode().count('name="forget"') == 1
    assert client.get(f"{address}?case=77").status_code == 200


def test_a_simulation_from_the_form_to_its_page(web: Web) -> None:
    base = published(web)
    text = text_of(plan="demo-inpatient-2027").replace("amount: 800}", "amount: 500}")
    made = draft_plan(office=web.people.city, text=text, based_on=base, by=web.actor("designer"), at=AT)
    number = PlanVersion.objects.get(pk=made.pk).number
    client, address = web.client("designer"), reverse("workbench:simulations", args=[number])
    assert client.post(address, {"before": base.number, "members": "5"}).status_code == 422
    asked = client.post(address, {"before": base.number, "members": "500"})["Location"]
    html = client.get(asked).content.decode()
    assert ("every 2s" in html, "<html" in client.get(asked, headers={"HX-Request": "true"}).content.decode()) == (
        True,
        False,
    )
    assert client.get(f"{asked}/page").status_code == 404
    run_waiting()
    assert LongJob.objects.get().state == "done", LongJob.objects.get().fault_en
    assert "看完整的测算页" in client.get(asked).content.decode()
    shown = web.client("senior_reviewer").get(f"{asked}/page")
    policy = shown["Content-Security-Policy"]
    assert shown.content.startswith(b"\n") or b"<html" in shown.content
    assert "default-src 'none'; style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert b"<script" not in shown.content
    assert client.get(f"{asked}/page?save")["Content-Disposition"].startswith("attachment")


def test_a_simulation_of_another_version_is_not_found(web: Web) -> None:
    job = simulated(web)
    other = draft_plan(office=web.people.city, text=text_of("demo-women-2026"), by=web.actor("designer"), at=AT)
    number = PlanVersion.objects.get(pk=other.pk).number
    for name in ("simulation", "simulation_page"):
        assert web.client("designer").get(reverse(f"workbench:{name}", args=[number, job.key])).status_code == 404


# -- words --------------------------------------------------------------------------------------------------------------


def test_words_are_shown_in_sentences_before_they_are_chosen(web: Web) -> None:
    published(web)
    client, address = web.client("designer"), reverse("workbench:words_of", args=[web.people.city.code])
    words = {"enrol": "参互", "contribution": "会费", "benefit": "补助金", "claim": "理赔"}
    html = client.get(address, words, headers={"HX-Request": "true"}).content.decode()
    assert all(word in html for word in words.values())
    assert ("<html" in html, OfficeWords.objects.exists()) == (False, False)
    answer = client.post(address, {**words, "benefit": "会费"})
    assert (answer.status_code, "叫法不同" in answer.content.decode()) == (422, True)
    client.post(address, words)
    assert "参互" in page(web, "designer", "words")
    assert "会费" in page(web, "enrolment_clerk", "plan_prose", PlanVersion.objects.get().number)
