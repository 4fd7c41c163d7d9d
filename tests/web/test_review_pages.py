"""The reviewers' workbench: queue, three panes, acts with their refusals, reviews, rules, follow-ups, the letter."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.claims import access
from mutualaid.claims.actions.desk import add_call_note, announce_absence, hand_over
from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.objections import ask_for_review
from mutualaid.claims.models import Claim, ClaimNote, PapersWanted, ReviewRule, ReviewTask, RuleProposal
from mutualaid.claims.queries import facts_of, stands
from mutualaid.core import papers
from mutualaid.core.models import AuditEntry
from mutualaid.notices.models import Notice
from mutualaid.payouts.actions.batches import make_batch
from mutualaid.people.models import Member, RoleAssignment, RoleName
from mutualaid.proofs.actions import sequence_leaves
from mutualaid.proofs.verifying import verify
from tests.claims.scene import CLAIMED, actor
from tests.people.cast import AT, BY, ON, staff
from tests.web import reviews_made as made
from tests.web.cast import Web

pytestmark = pytest.mark.django_db


def url(name: str, *args: str) -> str:
    return reverse(f"workbench:{name}", args=args)


def read(web: Web, address: str, person: str = "reviewer") -> str:
    answer = web.client(person).get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def post(web: Web, name: str, claim: Claim, person: str = "reviewer", **data: Any) -> Any:
    return web.client(person).post(url(name, claim.number), {"seen": "1", **data})


def say(answer: Any) -> str:
    return str(answer.content.decode())


# --- lists ------------------------------------------------------------------------------------------------------------


def test_the_queue_shows_what_is_due_first(web: Web) -> None:
    late, today = made.waiting(web, "50.00"), made.waiting(web)
    Claim.objects.filter(pk=late.pk).update(due_on=ON - datetime.timedelta(days=2))
    Claim.objects.filter(pk=today.pk).update(due_on=ON, same_as=late)
    told = read(web, url("claims"))
    assert told.index(late.number) < told.index(today.number)
    for wanted in ("超期 2 天", "今天到期", "不予支付项", "可能重复", "920.00", "林晓禾", "海市人民医院"):
        assert wanted in told, wanted
    assert web.people.lin.identity_number not in told


def test_the_queue_is_narrowed_and_sorted(web: Web) -> None:
    small, great = made.waiting(web, "300.00"), made.waiting(web, "3000.00")
    hand_over(claim=small, to=web.people.reviewer, by=made.reviewing(web), at=AT)
    for query, wanted in {
        "least=1000": {great},
        "most=1000": {small},
        "whose=me": {small},
        "whose=nobody": {great},
        "flag=refuses": set(),
        "flag=same": set(),
        f"q={great.number}": {great},
        "q=林晓禾": {small, great},
        "q=海市人民": {small, great},
        "q=不存在的人": set(),
        "kind=diagnosis": set(),
        "state=final_review": set(),
        "office=450502": {small, great},
        "least=abc": {small, great},
        "kind=nonsense&sort=wrong&page=99": {small, great},
    }.items():
        told = read(web, f"{url('claims')}?{query}")
        assert {one for one in (small, great) if f">{one.number}<" in told} == wanted, query
    told = read(web, f"{url('claims')}?sort=-amount")
    assert told.index(f">{great.number}<") < told.index(f">{small.number}<")


def test_a_claim_of_a_colleague_is_in_no_other_queue_but_their_deputys(web: Web) -> None:
    second = made.other_reviewer(web)
    claim = made.one(web)
    hand_over(claim=claim, to=web.people.reviewer, by=made.reviewing(web), at=AT)
    assert claim.number not in read(web, url("claims"), "second_reviewer")
    for days in (1, 2):  # twice away: still one row
        until = ON + datetime.timedelta(days=days)
        announce_absence(staff=web.people.reviewer, deputy=second, from_on=ON, until_on=until, by=BY, at=AT)
    assert read(web, url("claims"), "second_reviewer").count(f">{claim.number}<") == 1
    assert access.queue_of(actor=web.actor("second_reviewer"), on=ON).count() == 1


def test_lists_go_to_excel(web: Web) -> None:
    claim = made.one(web)
    for name in ("claims_export", "all_claims_export"):
        answer = web.client("reviewer").get(url(name))
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        rows = list(sheet.values)
        assert rows[1][0] == claim.number
        assert rows[1][5] == 880
        assert "林晓禾" in rows[1]
    assert AuditEntry.objects.filter(what="export_claims").count() == 2


@pytest.mark.parametrize("name", ["claims", "all_claims"])
def test_lists_take_few_statements_however_many_rows(web: Web, name: str) -> None:
    for _ in range(3):
        made.waiting(web)
    client = web.client("reviewer")
    client.get(url(name))
    with CaptureQueriesContext(connection) as few:
        client.get(url(name))
    for _ in range(6):
        made.waiting(web)
    with CaptureQueriesContext(connection) as more:
        client.get(url(name))
    assert len(more) == len(few), "no statement for each row"
    asked = [one["sql"] for one in more if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
    assert len(asked) <= 12, "\n".join(sql[:150] for sql in asked)
    assert not any("COUNT(" in sql and "LIMIT" not in sql and "claims_claim" in sql for sql in asked)


def test_the_search_box_finds_claims(web: Web) -> None:
    claim = made.one(web)
    answer = web.client("reviewer").get(url("search"), {"q": claim.number})
    assert answer["Location"] == url("claim", claim.number)
    assert claim.number in read(web, f"{url('search')}?q={claim.number[:6]}")
    assert "没有" in read(web, f"{url('search')}?q={claim.number}", "outsider")


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_papers_facts_and_working(web: Web) -> None:
    claim = made.with_papers(made.one(web))
    told = read(web, url("claim", claim.number))
    for wanted in ("医疗收费票据", "结算单", "出院记录", "住院", "1,200.00", "个人自付", "第三条",
                   "核准 880.00 元", "剩余", "保障期", "海市人民医院", "****4567"):  # fmt: skip
        assert wanted in told, wanted
    assert "6222020000001234567" not in told
    assert web.people.lin.identity_number not in told
    assert AuditEntry.objects.filter(what="read_claim").count() == 1


def test_what_one_person_did_again_and_again_is_told_once(web: Web) -> None:
    claim = made.one(web)
    for _ in range(2):
        read(web, url("claim", claim.number))
    told = read(web, url("claim", claim.number))
    assert told.count("查看理赔申请") == 1
    assert "× 2" in told, "the third reading is written after the page"
    read(web, url("claim", claim.number), "senior_reviewer")
    assert read(web, url("claim", claim.number)).count("查看理赔申请") == 2


def test_what_was_done_meanwhile_leads_back_to_the_page_of_the_form(web: Web) -> None:
    claim = made.waiting(web)
    assert post(web, "claim_approval", claim).status_code == 302
    page = url("claim", claim.number)
    refused = web.client("reviewer").post(
        url("claim_approval", claim.number), {"seen": "1"}, headers={"Referer": f"http://testserver{page}"}
    )
    assert (refused.status_code, f'href="{page}"' in say(refused)) == (409, True)


def test_a_draft_is_its_writers_alone(web: Web) -> None:
    claim = made.one(web)
    Claim.objects.filter(pk=claim.pk).update(state="draft", counts=False)
    assert web.client("reviewer").get(url("claim", claim.number)).status_code == 404
    assert claim.number not in read(web, url("all_claims"))


def test_finance_sees_but_decides_nothing(web: Web) -> None:
    told = read(web, url("claim", made.one(web).number), "finance")
    assert "880.00" in told
    assert "核准" not in told
    assert "加备注" not in told


def test_a_paper_is_shown_as_a_browser_can_and_read_on_the_record(web: Web) -> None:
    claim = made.with_papers(made.one(web))
    for paper in claim.papers.select_related("file"):
        answer = web.client("reviewer").get(url("claim_paper", claim.number, str(paper.file.key)))
        assert (answer.status_code, answer["Content-Type"]) == (200, paper.file.media_type)
        framed = "frame-ancestors 'self'" in answer["Content-Security-Policy"]
        assert framed is (paper.file.media_type == papers.PDF)
    assert AuditEntry.objects.filter(what="read_file").count() == claim.papers.count()
    page = claim.papers.first()
    assert page is not None
    key = str(page.file.key)
    assert web.client("outsider").get(url("claim_paper", claim.number, key)).status_code == 404
    elsewhere = made.waiting(web)
    assert web.client("reviewer").get(url("claim_paper", elsewhere.number, key)).status_code == 404


def test_one_goes_through_the_queue_in_its_order(web: Web) -> None:
    first, second, third = (made.waiting(web, amount) for amount in ("300.00", "2000.00", "900.00"))
    asked = "sort=-amount"
    told = read(web, f"{url('claim', third.number)}?list={asked}")
    assert f"{url('claim', second.number)}?list=sort%3D-amount" in told
    assert f"{url('claim', first.number)}?list=sort%3D-amount" in told
    assert "2 / 3" in told
    answer = web.client("reviewer").post(url("claim_approval", third.number), {"seen": "1", "list": asked})
    assert answer["Location"] == f"{url('claim', first.number)}?list=sort%3D-amount"


def test_same_event_missing_facts_and_provisional_results_are_explained(web: Web) -> None:
    facts = {"started_on": "2025-06-01", "ended_on": "2025-06-03"}
    referred = made.waiting(web, **facts, amounts={})
    later = made.waiting(web, **facts)
    told = read(web, url("claim", referred.number))
    assert "引擎缺少" in told
    assert "请先补全或更正事实" in told
    told = read(web, url("claim", later.number))
    assert "可能与另一申请重复" in told
    assert "暂定结果" in told
    assert f'<a href="{url("claim", referred.number)}">{referred.number}</a>' in told
    assert "请先办结本人更早的申请" in told


def test_the_page_reads_in_english(web: Web) -> None:
    client = web.client("reviewer")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    claim = made.with_papers(made.one(web))
    for address in (url("claims"), url("all_claims"), url("claim", claim.number), url("reviews"), url("review_rules"),
                    url("follow_ups"), url("absences")):  # fmt: skip
        answer = client.get(address)
        if answer.status_code == 403:
            continue
        text = "".join(part for part in answer.content.decode().split("<main")[1].split("</main>")[0])
        assert "审核" not in text.replace("审核壬", "").replace("审核甲", "").replace("南省", ""), address


# --- acts -------------------------------------------------------------------------------------------------------------


def test_approval_goes_on_to_the_next_claim(web: Web) -> None:
    claim, after = made.one(web), made.waiting(web)
    answer = post(web, "claim_approval", claim)
    assert answer["Location"] == url("claim", after.number)
    claim.refresh_from_db()
    assert (claim.state, claim.first_by) == ("approved", made.reviewing(web).key)
    assert "已核准" in read(web, url("claim", claim.number))


def test_a_great_amount_needs_two_persons(web: Web) -> None:
    claim = made.waiting(web, "15000.00")
    told = read(web, url("claim", claim.number))
    assert "通过，转复审" in told
    refused = post(web, "claim_approval", claim)
    assert refused.status_code == 409
    assert "须经复审" in say(refused)
    assert post(web, "claim_passing", claim).status_code == 302
    assert web.client("reviewer").post(url("claim_approval", claim.number), {"seen": "1"}).status_code == 404
    assert "核准 11,920.00 元" in read(web, url("claim", claim.number), "senior_reviewer")
    assert post(web, "claim_approval", claim, "senior_reviewer").status_code == 302
    assert Claim.objects.get(pk=claim.pk).state == "approved"


def test_nobody_decides_twice_nor_their_own(web: Web) -> None:
    claim = made.waiting(web, "15000.00")
    assert post(web, "claim_passing", claim, "senior_reviewer").status_code == 302
    told = read(web, url("claim", claim.number), "senior_reviewer")
    assert "初审是您办的" in told
    refused = post(web, "claim_approval", claim, "senior_reviewer")
    assert refused.status_code == 409
    own = made.waiting(web)
    Member.objects.filter(pk=own.member_id).update(account=web.accounts["reviewer"][0])
    assert "本人的申请，须由他人审核" in read(web, url("claim", own.number))
    refused = post(web, "claim_approval", own)
    assert (refused.status_code, "不能审核本人的申请" in say(refused)) == (409, True)


def test_what_was_computed_anew_meanwhile_is_looked_at_again(web: Web) -> None:
    refused = post(web, "claim_approval", made.one(web), seen="7")
    assert refused.status_code == 409
    assert "请刷新后再审" in say(refused)


def test_what_pays_is_not_refused_by_the_rules_and_what_does_not_is_not_approved(web: Web) -> None:
    nothing = made.waiting(web, "50.00")
    refused = post(web, "claim_refusal", made.one(web))
    assert (refused.status_code, "按规则应付" in say(refused)) == (409, True)
    refused = post(web, "claim_approval", nothing)
    assert (refused.status_code, "理算结果为 0" in say(refused)) == (409, True)
    assert post(web, "claim_refusal", nothing).status_code == 302


def test_setting_aside_needs_a_reason_and_keeps_what_was_typed(web: Web) -> None:
    claim = made.one(web)
    refused = post(web, "claim_exclusion", claim, text="票据编号重复使用", reason="")
    assert refused.status_code == 422
    assert "票据编号重复使用" in say(refused)
    assert post(web, "claim_exclusion", claim, text="票据编号重复使用", reason="duplicate").status_code == 302
    told = read(web, url("claim", claim.number))
    assert "同一事件已申请过" in told


def test_papers_are_asked_for_at_once_by_a_named_person(web: Web) -> None:
    claim = made.one(web)
    contact = web.people.reviewer.account.name
    refused = post(web, "claim_return", claim, words=[], text="", contact=contact)
    assert (refused.status_code, "请一次列全" in say(refused)) == (409, True)
    told: dict[str, Any] = {"words": ["invoice", "record"], "text": "票据看不清", "contact": contact}
    assert post(web, "claim_return", claim, **told).status_code == 302
    wanted = PapersWanted.objects.get()
    assert (wanted.words, wanted.contact) == (["invoice", "record"], web.people.reviewer)
    notice = Notice.objects.filter(template="claim_returned").get()
    assert "医疗收费票据" in notice.words["papers"]
    assert "票据看不清" not in str(notice.words)  # may be of health: it is on the page behind the notice
    listed = read(web, url("follow_ups"))
    assert claim.number in listed
    assert "出院记录" in listed


def test_one_level_back(web: Web) -> None:
    claim = made.waiting(web, "15000.00")
    post(web, "claim_passing", claim)
    assert post(web, "claim_step_back", claim, "senior_reviewer", text="").status_code == 422
    assert post(web, "claim_step_back", claim, "senior_reviewer", text="票据没有核对").status_code == 302
    assert Claim.objects.get(pk=claim.pk).state == "first_review"
    assert "票据没有核对" in read(web, url("claim", claim.number))


def fields_of(claim: Claim, **changed: str) -> dict[str, str]:
    from mutualaid.web.workbench.claim_forms import typed_of

    typed = {**typed_of(Claim.objects.get(pk=claim.pk)), **changed}
    return {f"fact-{name}": value for name, value in typed.items()}


def test_facts_are_corrected_and_computed_anew(web: Web) -> None:
    claim = made.one(web)
    answer = post(web, "claim_facts", claim, reason="票据", **fields_of(claim, self_paid="1,300.00"))
    assert answer["Location"] == url("claim", claim.number)
    found = stands(claim=Claim.objects.get(pk=claim.pk))
    assert found is not None
    assert (found.round, found.total) == (2, Decimal("960.00"))
    assert facts_of(claim=Claim.objects.get(pk=claim.pk))["diagnoses"] == ["J18.900"]


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"self_paid": "很多"}, 422, "最多两位小数"),
        ({"ended_on": "2025-01-01"}, 409, "出院"),
        ({"kind": ""}, 422, "应填写"),
    ],
)
def test_facts_that_cannot_be_are_refused_beside_the_field(
    web: Web, changed: dict[str, str], status: int, said: str
) -> None:
    claim = made.one(web)
    answer = post(web, "claim_facts", claim, reason="票据", **fields_of(claim, **changed))
    assert answer.status_code == status
    assert said in say(answer)
    for value in changed.values():
        assert value in say(answer)
    assert stands(claim=claim).round == 1  # type: ignore[union-attr]


def test_a_claim_is_taken_and_handed_over(web: Web) -> None:
    claim = made.one(web)
    second = made.other_reviewer(web)
    assert post(web, "claim_assignment", claim, to=web.people.reviewer.account.name).status_code == 302
    assert Claim.objects.get(pk=claim.pk).assigned_to == web.people.reviewer
    assert not Notice.objects.filter(template="claim_assigned").exists()
    post(web, "claim_assignment", claim, to=second.account.name)
    assert Claim.objects.get(pk=claim.pk).assigned_to == second
    assert Notice.objects.get(template="claim_assigned").account == second.account
    post(web, "claim_assignment", claim, to="-")
    assert Claim.objects.get(pk=claim.pk).assigned_to is None
    assert post(web, "claim_assignment", claim, to="nobody-here").status_code == 422


def test_notes_and_withdrawal(web: Web) -> None:
    claim = made.one(web)
    assert post(web, "claim_notes", claim, text="  ").status_code == 422
    post(web, "claim_notes", claim, text="<b>已电话核实</b>")
    assert ClaimNote.objects.get().text == "<b>已电话核实</b>"
    assert "&lt;b&gt;已电话核实" in read(web, url("claim", claim.number))
    assert post(web, "claim_withdrawal", claim, "enrolment_clerk").status_code == 302
    assert Claim.objects.get(pk=claim.pk).state == "withdrawn"


# --- the letter -------------------------------------------------------------------------------------------------------


def test_the_letter_is_handed_out_with_its_proof(web: Web) -> None:
    claim = made.approved(web)
    assert "正在生成" in read(web, url("claim", claim.number))
    letter = issue_letter(claim=claim, number=1, by=BY, at=CLAIMED)
    assert "还不带证明" in read(web, url("claim", claim.number))
    sequence_leaves(by=BY, at=CLAIMED)
    assert "下载的文件带有证明" in read(web, url("claim", claim.number))
    answer = web.client("reviewer").get(url("claim_letter", claim.number))
    assert answer["Content-Type"] == papers.PDF
    assert verify(answer.content).good
    english = web.client("reviewer").get(url("claim_letter", claim.number) + "?lang=en")
    assert english.content.startswith(b"%PDF")
    assert english.content != answer.content
    assert AuditEntry.objects.filter(what="read_letter", subject=f"claims.letter:{letter.pk}").count() == 2


# --- reviews ----------------------------------------------------------------------------------------------------------


def test_a_review_shows_both_computations_and_changes_the_decision(web: Web) -> None:
    claim = made.objected(web)
    assert claim.number not in read(web, url("reviews")), "who decided does not look again"
    assert claim.number in read(web, url("reviews"), "second_reviewer")
    told = read(web, url("review", claim.number, "objection"), "second_reviewer")
    for wanted in ("自付金额写错了", "880.00", "与原决定相同"):
        assert wanted in told, wanted
    client = web.client("second_reviewer")
    address = url("review_answer", claim.number, "objection")
    changed = {"corrects": "on", "answer": "按票据更正", **fields_of(claim, self_paid="1300.00")}
    tried = client.post(address, {**changed, "try": "1"})
    assert tried.status_code == 200
    assert "960.00" in say(tried)
    assert stands(claim=claim).round == 1, "trying writes nothing"  # type: ignore[union-attr]
    assert client.post(address, {**changed, "answer": " "}).status_code == 409
    assert client.post(address, changed).status_code == 302
    assert ReviewTask.objects.get().changed is True
    assert stands(claim=claim).total == Decimal("960.00")  # type: ignore[union-attr]
    assert "按票据更正" in read(web, url("review", claim.number, "objection"), "second_reviewer")


def test_a_claim_that_was_set_aside_is_taken_up_again(web: Web) -> None:
    claim = made.excluded(web)
    told = read(web, url("review", claim.number, "objection"), "second_reviewer")
    assert "材料不真实" in told
    address = url("review_reopening", claim.number, "objection")
    assert web.client("second_reviewer").post(address, {"answer": ""}).status_code == 409
    answer = web.client("second_reviewer").post(address, {"answer": "票据已查实"})
    assert answer["Location"] == url("claim", claim.number)
    assert Claim.objects.get(pk=claim.pk).state == "first_review"


# --- rules, follow-ups, absences --------------------------------------------------------------------------------------


def test_rules_are_sentences(web: Web) -> None:
    made.scene(web)
    told = read(web, url("review_rules"), "senior_reviewer")
    assert "10,000.00 元以上由另一人复审" in told
    data = {"office": "4505", "family": "", "amount_from": "5,000", "confirmed_by_employer": "on", "first_review": "on",
            "final_review": "on", "elsewhere": "on", "days": "5", "reason": "金额大的要两个人看"}  # fmt: skip
    admin, senior = web.client("system_admin"), web.client("senior_reviewer")
    assert admin.post(url("review_rules"), {**data, "final_review": ""}).status_code == 409
    assert "等于一个人决定" in say(admin.post(url("review_rules"), {**data, "first_review": ""}))
    assert admin.post(url("review_rules"), {**data, "amount_from": "-"}).status_code == 422
    assert admin.post(url("review_rules"), {**data, "reason": ""}).status_code == 422
    assert admin.post(url("review_rules"), data).status_code == 302
    proposal = RuleProposal.objects.get()
    page = f"{url('review_rules')}?office=4505"
    told = read(web, page, "senior_reviewer")
    for wanted in (
        "5,000.00 元以上：单位确认 → 初审 → 异地复审",
        "现行：没有这一条",
        "金额大的要两个人看",
        "确认并生效",
    ):
        assert wanted in told, wanted
    assert "确认并生效" not in read(web, page, "system_admin"), "nor who proposed it"
    assert not ReviewRule.objects.exists(), "until another agrees nothing changes"
    assert senior.post(url("review_rule_agreement", proposal.number)).status_code == 302
    assert senior.post(url("review_rule_agreement", proposal.number)).status_code == 409
    told = read(web, page, "senior_reviewer")
    assert told.count("5,000.00 元以上：单位确认 → 初审 → 异地复审") == 2, "the rule, and its history"
    assert "按上级的规则办理" in read(web, f"{url('review_rules')}?office=450502", "senior_reviewer")
    assert senior.post(url("review_rules"), {**data, "office": "4501"}).status_code == 404
    end = {"office": "4505", "family": "", "amount_from": "5000.00", "reason": "并入上级"}
    assert senior.post(url("review_rule_end"), {**end, "reason": ""}).status_code == 409
    assert senior.post(url("review_rule_end"), end).status_code == 302
    ending = RuleProposal.objects.get(drops=True)
    alone = senior.post(url("review_rule_agreement", ending.number))
    assert (alone.status_code, "提出人以外的人" in say(alone)) == (409, True)
    assert ReviewRule.objects.exists()
    assert "撤回" in read(web, page, "senior_reviewer")
    assert senior.post(url("review_rule_withdrawal", ending.number), {"reason": "再想想"}).status_code == 302
    assert "再想想" in read(web, page, "senior_reviewer")
    assert senior.post(url("review_rule_end"), {**end, "amount_from": "7"}).status_code == 404


def test_the_office_answers_for_an_employer_that_does_not(web: Web) -> None:
    made.scene(web)
    ReviewRule.objects.create(office=web.people.city, confirmed_by_employer=True)
    claim = made.one(web)
    assert claim.state == "confirming"
    address = url("claim_confirmation", claim.number)
    told = {"confirmed": "yes", "how": "call", "ascertained": "工会主席：在册会员", "remark": ""}
    assert "到期未答复的再代为核实" in read(web, url("claim", claim.number), "enrolment_clerk")
    early = web.client("enrolment_clerk").post(address, told)
    assert (early.status_code, "到期未答复的" in say(early)) == (409, True)
    Claim.objects.filter(pk=claim.pk).update(due_on=ON - datetime.timedelta(days=1))
    assert web.client("enrolment_clerk").post(address, {**told, "ascertained": ""}).status_code == 422
    assert web.client("reviewer").post(address, told)["Location"] == url("claim", claim.number)
    told_now = read(web, url("claim", claim.number))
    for wanted in ("工会主席：在册会员", "致电单位核实", "您代单位确认了会员身份"):
        assert wanted in told_now, wanted
    assert post(web, "claim_approval", claim).status_code == 409
    assert claim.number not in read(web, url("claims"))


def test_who_is_left_for_a_review_is_said(web: Web) -> None:
    claim = made.approved(web)
    ask_for_review(claim=claim, text="自付金额写错了", by=BY, at=CLAIMED)
    assert "没有参与过这份申请的审核人员办理" in read(web, url("claim", claim.number))
    others = RoleAssignment.objects.filter(role__in=access.FIRST_REVIEW).exclude(staff=web.people.reviewer)
    others.delete()
    assert "没有人可以办理" in read(web, url("claim", claim.number))
    staff("复核辛", web.people.province, RoleName.SENIOR_REVIEWER)
    told = read(web, url("claim", claim.number))
    assert "海市办事处的审核人员都参与过这份申请，人工复核由南省办事处办理" in told


def test_who_was_asked_for_papers_is_followed_up(web: Web) -> None:
    claim = made.returned(web)
    told = read(web, url("follow_up", claim.number))
    assert "票据不清楚" in told
    add_call_note(
        member=claim.member, claim=claim, caller="林晓禾", subject="补材料", text="周三送来", follow_up_on=None,
        by=made.reviewing(web), at=AT,
    )  # fmt: skip
    assert "周三送来" in read(web, url("follow_up", claim.number))
    told = read(web, url("follow_ups"))
    assert "通话 1 次" in told
    assert web.client("reviewer").post(url("follow_up_reminder", claim.number)).status_code == 302
    again = web.client("reviewer").post(url("follow_up_reminder", claim.number))
    assert (again.status_code, "只提醒一次" in say(again)) == (409, True)
    assert Notice.objects.filter(template="claim_reminded").count() == 1


def test_who_is_away_names_a_deputy(web: Web) -> None:
    second = made.other_reviewer(web)
    data = {"deputy": second.account.name, "from_on": "2025-03-03", "last_on": "2025-03-07"}
    assert web.client("reviewer").post(url("absences"), {**data, "last_on": "2025-03-01"}).status_code == 422
    assert web.client("reviewer").post(url("absences"), data).status_code == 302
    assert "2025-03-07" in read(web, url("absences"))
    assert web.people.reviewer.name in read(web, url("absences"), "second_reviewer")


def test_the_home_page_counts_what_waits(web: Web) -> None:
    claim = made.one(web)
    Claim.objects.filter(pk=claim.pk).update(due_on=ON - datetime.timedelta(days=1))
    told = read(web, url("home"))
    assert "待我初审的申请" in told
    assert "已超期 1 件" in told


# --- an earlier stay that was filed late ------------------------------------------------------------------------------


def test_claims_are_put_in_order_on_a_page(web: Web) -> None:
    scene, april = made.scene(web), made.late(web)
    may = Claim.objects.filter(member=web.people.wei).order_by("id")[0]
    make_batch(fund=scene.fund, by=actor(scene.finance), at=CLAIMED)
    address = url("review", april.number, "reordered")
    page = read(web, address, "senior_reviewer")
    assert "按住院先后，各申请的变动" in page
    assert may.number in page
    assert "先试算" not in page
    assert "较早的住院后申请" in read(web, url("reviews"), "senior_reviewer")
    answer = web.client("senior_reviewer").post(
        url("review_answer", april.number, "reordered"), {"answer": "按规则调整"}
    )
    assert answer.status_code == 302, say(answer)
    shown = read(web, url("claim", april.number), "senior_reviewer")
    assert "与其他申请相抵" in shown
    assert "760.00" in shown
    assert "按住院先后，各申请的变动" not in read(web, address, "senior_reviewer")
    assert stands(claim=april).total == Decimal(880)  # type: ignore[union-attr]


def test_a_page_says_that_nothing_is_to_be_moved(web: Web) -> None:
    claim = made.one(web)
    ReviewTask.objects.create(claim=claim, kind="reordered", text="较早的住院", opened_at=CLAIMED, due_on=ON)
    assert "无须调整" in read(web, url("review", claim.number, "reordered"))
