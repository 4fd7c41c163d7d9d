"""Claims written from paper: at the counter, by the employer's clerk with a mandate, for next of kin; and sealed once filed."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.claims.actions.drafting import begin_claim
from mutualaid.claims.actions.paper import add_pages
from mutualaid.claims.actions.reviewing import return_for_papers, withdraw_claim
from mutualaid.claims.forms import KINDS, acknowledgement, checklist_form, mandate
from mutualaid.claims.models import (
    Assessment,
    AssessmentLine,
    Claim,
    ClaimPaper,
    Confirmation,
    Consumption,
    ExpenseLine,
    Source,
)
from mutualaid.core import papers
from mutualaid.core.row_security import within
from mutualaid.people.models import Purpose
from mutualaid.people.queries import consents_of
from mutualaid.web.common.claim_writing import AMOUNTS, DISAGREEMENTS, disagreements
from tests.people.cast import AT, ON, as_staff
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.claims_made import CARD, TYPED, begun, confirming, covered, filed, paper, upload, written

pytestmark = pytest.mark.django_db


def post(web: Web, person: str, name: str, *args: Any, data: dict[str, Any] | None = None) -> Any:
    return web.client(person).post(reverse(name, args=args), data or {})


def get(web: Web, person: str, name: str, *args: Any, query: str = "") -> Any:
    return web.client(person).get(reverse(name, args=args) + query)


# --- the counter ------------------------------------------------------------------------------------------------------


def test_the_whole_way_at_the_counter(web: Web) -> None:
    covered(web)
    lin = web.people.lin
    assert lin.name in get(web, "service_specialist", "workbench:claim_new", query="?q=林晓").content.decode()
    begin = reverse("workbench:claim_new") + f"?member={lin.number}"
    client = web.client("service_specialist")
    answer = client.post(begin, {"source": "counter"})
    claim = Claim.objects.get()
    assert answer["Location"] == reverse("workbench:writing", args=[claim.number])
    assert client.post(answer["Location"], TYPED).status_code == 302
    claim.refresh_from_db()
    facts = json.loads(claim.particulars.facts)
    assert facts["diagnoses"] == ["J18.900", "I10"]
    assert facts["amounts"] == {
        "total": "8000.00", "fund_paid": "5000.00", "self_paid": "2400.00", "out_of_scope": "600.00",
    }  # fmt: skip
    assert [(one.item, int(one.amount)) for one in ExpenseLine.objects.order_by("line")] == [
        ("床位费", 1000), ("西药费", 7000),
    ]  # fmt: skip
    assert claim.particulars.account_number == CARD
    html = client.get(answer["Location"]).content.decode()
    assert 'value="8,000.00"' in html
    for word in ("identity", "settlement", "invoice", "record", "form"):
        papers = reverse("workbench:writing_papers", args=[claim.number])
        assert client.post(papers, upload(word)).status_code == 302, word
    answer = client.post(reverse("workbench:writing_filing", args=[claim.number]))
    assert answer["Location"] == reverse("workbench:claim_filed", args=[claim.number])
    claim.refresh_from_db()
    assert (claim.state, claim.source, claim.counts) == ("first_review", "counter", True)
    given = consents_of(member=lin)
    assert given[Purpose.CLAIM_HEALTH_DATA].given
    assert given[Purpose.BANK_ACCOUNT].given
    assert claim.number in client.get(answer["Location"]).content.decode()


def test_all_that_is_missing_is_said_at_once(web: Web) -> None:
    claim = begun(web)
    answer = post(web, "enrolment_clerk", "workbench:writing_filing", claim.number)
    html = answer.content.decode()
    assert answer.status_code == 422
    for word in ("发生了什么", "日期", "收款账户"):
        assert word in html
    assert Claim.objects.get().state == "draft"
    assert Purpose.CLAIM_HEALTH_DATA not in consents_of(member=web.people.lin)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"self_paid": "9000"}, "已知各部分之和大于医疗费总额"),
        ({"line_0_amount": "999"}, "费用明细合计 7,999.00 元"),
        ({"ended_on": "2025-02-01"}, "出院日期"),
        ({"account_number": "123"}, "银行卡"),
        ({"payee_name": "别人"}, "收款人应为会员本人"),
        ({"total": "八千"}, "总额"),
        ({"started_on": "2025-13-40"}, "日期"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_stays(web: Web, typed: dict[str, str], said: str) -> None:
    claim = begun(web)
    answer = post(web, "enrolment_clerk", "workbench:writing", claim.number, data={**TYPED, **typed})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert "海市人民医院" in html
    assert Claim.objects.get().particulars.kind == ""


def test_a_bill_that_disagrees_is_taken_when_it_is_so_printed(web: Web) -> None:
    claim = begun(web)
    typed = {**TYPED, "self_paid": "9000"}
    refused = post(web, "enrolment_clerk", "workbench:writing", claim.number, data=typed).content.decode()
    assert "票据上就是这样写的" in refused
    taken = post(web, "enrolment_clerk", "workbench:writing", claim.number, data={**typed, "as_printed": "on"})
    assert taken.status_code == 302


def test_sums_are_those_of_the_contract() -> None:
    from decimal import Decimal

    fen: dict[str, Decimal] = {name: Decimal("100.00") for name in AMOUNTS}
    assert disagreements(fen)
    assert disagreements({"total": Decimal("1.10"), "self_paid": Decimal("1.10")}) == []
    assert all(english.isascii() for english in DISAGREEMENTS.values())


def test_pages_are_added_and_removed(web: Web) -> None:
    claim = written(web)
    page = ClaimPaper.objects.filter(word="invoice").get()
    shown = get(web, "enrolment_clerk", "workbench:writing_paper", claim.number, page.file.key)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    answer = post(web, "enrolment_clerk", "workbench:writing_paper_removal", claim.number, page.file.key)
    assert answer.status_code == 302
    assert get(web, "enrolment_clerk", "workbench:writing_paper", claim.number, uuid.uuid4()).status_code == 404
    nothing = post(web, "enrolment_clerk", "workbench:writing_papers", claim.number, data={"word": "invoice"})
    assert nothing.status_code == 422
    assert "应选择至少一个文件" in nothing.content.decode()


# --- next of kin ------------------------------------------------------------------------------------------------------


def test_kin_say_who_they_are_and_are_paid(web: Web) -> None:
    covered(web)
    begin = reverse("workbench:claim_new") + f"?member={web.people.lin.number}"
    client = web.client("enrolment_clerk")
    refused = client.post(begin, {"source": "kin", "name": "林一"})
    assert refused.status_code == 422
    assert "近亲属申请的，应写明" in refused.content.decode()
    claim = filed(web, Source.KIN)
    assert claim.particulars.payee_name == "林一"
    assert set(ClaimPaper.objects.values_list("word", flat=True)) >= {"kinship", "form"}
    assert Purpose.CLAIM_HEALTH_DATA not in consents_of(member=web.people.lin)


# --- the employer's clerk ---------------------------------------------------------------------------------------------


def test_an_employer_writes_nothing_before_the_mandate(web: Web) -> None:
    claim = begun(web, Source.EMPLOYER, "clerk")
    answer = get(web, "clerk", "employers:writing", claim.number)
    assert answer["Location"] == reverse("employers:writing_papers", args=[claim.number])
    refused = post(web, "clerk", "employers:writing", claim.number, data=TYPED)
    assert refused.status_code == 422
    assert "签字的委托书" in refused.content.decode()
    early = post(web, "clerk", "employers:writing_papers", claim.number, data=upload("invoice"))
    assert early.status_code == 422
    assert post(web, "clerk", "employers:writing_papers", claim.number, data=upload("mandate")).status_code == 302
    assert get(web, "clerk", "employers:writing", claim.number).status_code == 200
    assert post(web, "clerk", "employers:writing", claim.number, data=TYPED).status_code == 302


def test_once_filed_it_is_sealed_to_the_employer(web: Web) -> None:
    claim = written(web, Source.EMPLOYER, "clerk")
    page = ClaimPaper.objects.filter(word="invoice").get()
    assert get(web, "clerk", "employers:writing_paper", claim.number, page.file.key).status_code == 200
    assert post(web, "clerk", "employers:writing_filing", claim.number).status_code == 302
    claim.refresh_from_db()
    assert claim.state == "first_review"
    for name in ("writing", "writing_papers"):
        sealed = get(web, "clerk", f"employers:{name}", claim.number)
        assert sealed["Location"] == reverse("employers:claim", args=[claim.number])
    assert get(web, "clerk", "employers:writing_paper", claim.number, page.file.key).status_code == 404
    assert get(web, "clerk", "employers:writing_form", claim.number, "application").status_code == 404
    for name, args in (("claims", ()), ("claim", (claim.number,))):
        html = get(web, "clerk", f"employers:{name}", *args).content.decode()
        assert "林晓禾" in html
        for secret in ("海市人民医院", "J18", "8,000.00", "2,400.00", CARD, "住院"):
            assert secret not in html, secret
    assert get(web, "other_clerk", "employers:claim", claim.number).status_code == 404


def test_returned_it_stays_sealed_but_for_what_is_brought_then(web: Web) -> None:
    claim = filed(web, Source.EMPLOYER, "clerk")
    old = ClaimPaper.objects.filter(word="invoice").get()
    reviewer = web.people.reviewer
    at = AT + datetime.timedelta(minutes=1)
    told: dict[str, Any] = {"words": ["record"], "text": "出院记录上的诊断看不清", "contact": reviewer}
    return_for_papers(claim=claim, **told, by=as_staff(reviewer), at=at)
    new = add_pages(claim=claim, word="record", pages=[("新.png", PNG + b"new")], by=web.actor("clerk"), at=at)[0]
    html = get(web, "clerk", "employers:writing_papers", claim.number).content.decode()
    assert str(new.file.key) in html
    assert str(old.file.key) not in html
    assert get(web, "clerk", "employers:writing_paper", claim.number, old.file.key).status_code == 404
    assert get(web, "clerk", "employers:writing_paper", claim.number, new.file.key).status_code == 200
    with within([web.people.mill.unit.path]), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
        papers.holding(by=web.actor("clerk"))
        seen = [rows.objects.filter(**{key: claim}).count() for rows, key in SEALED.items()]
    assert seen == [0] * len(SEALED)


SEALED: dict[Any, str] = {Assessment: "claim", AssessmentLine: "assessment__claim", Consumption: "claim"}


def test_what_a_member_only_began_is_not_the_offices_to_see(web: Web) -> None:
    covered(web)
    claim = begin_claim(member=web.people.lin, source=Source.MEMBER, by=web.actor("member"), at=AT)
    for _ in range(2):
        for name in ("writing", "writing_papers", "claim", "claim_filed"):
            assert get(web, "enrolment_clerk", f"workbench:{name}", claim.number).status_code == 404, name
        withdraw_claim(claim=claim, by=web.actor("member"), at=AT) if claim.state == "draft" else None
        claim.refresh_from_db()


def test_drafts_of_members_are_not_the_employers_to_see(web: Web) -> None:
    claim = begun(web, Source.COUNTER)
    answer = get(web, "clerk", "employers:claim", claim.number)
    assert answer.status_code == 404
    assert claim.number not in get(web, "clerk", "employers:claims").content.decode()


# --- was it a member --------------------------------------------------------------------------------------------------


def test_an_employer_confirms_or_objects_without_medical_facts(web: Web) -> None:
    claim = confirming(web)
    assert claim.state == "confirming"
    assert "有 1 份申请等您确认" in web.client("clerk").get("/employers/").content.decode()
    html = get(web, "clerk", "employers:confirmation", claim.number).content.decode()
    for secret in ("海市人民医院", "J18", "8,000.00", "住院"):
        assert secret not in html
    wordless = post(web, "clerk", "employers:confirmation", claim.number, data={"confirmed": "no", "remark": " "})
    assert wordless.status_code == 422
    told = {"confirmed": "no", "remark": "当时已离职"}
    assert post(web, "clerk", "employers:confirmation", claim.number, data=told).status_code == 302
    found = Confirmation.objects.get()
    assert (found.confirmed, found.remark) == (False, "当时已离职")
    assert post(web, "clerk", "employers:confirmation", claim.number, data={"confirmed": "yes"}).status_code == 409
    assert get(web, "clerk", "employers:confirmations").status_code == 200


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_form_prints(web: Web, lang: str) -> None:
    draft, done = written(web), filed(web)
    draft.refresh_from_db()
    done.refresh_from_db()
    made = [
        acknowledgement(claim=draft, lang=lang, on=ON),
        acknowledgement(claim=done, lang=lang, on=ON, again=True),
        mandate(member=web.people.lin, employer=web.people.mill, clerk="周一帆", lang=lang, on=ON),
        *(checklist_form(kind=kind, source=Source.KIN, accident=True, lang=lang, on=ON) for kind in KINDS),
    ]
    assert all(one.startswith(b"%PDF-") for one in made)


@pytest.mark.parametrize("name", ["application", "acknowledgement", "checklist"])
def test_forms_are_printed_at_the_counter(web: Web, name: str) -> None:
    answer = get(web, "reviewer", "workbench:writing_form", written(web).number, name)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert get(web, "reviewer", "workbench:writing_form", Claim.objects.get().number, "other").status_code == 404


# --- lists ------------------------------------------------------------------------------------------------------------


def test_lists_ask_few_statements(web: Web) -> None:
    for _time in range(3):
        filed(web)
    for person, address in (("clerk", "/employers/claims"), ("clerk", "/employers/confirmations")):
        client = web.client(person)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        own = [one["sql"] for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
        assert len([sql for sql in own if "set_config" not in sql]) <= 12, "\n".join(own)


def test_a_paper_may_not_be_anything(web: Web) -> None:
    claim = begun(web)
    from django.core.files.uploadedfile import SimpleUploadedFile

    data = {"word": "invoice", "pages": [SimpleUploadedFile("x.png", b"<script>")]}
    answer = post(web, "enrolment_clerk", "workbench:writing_papers", claim.number, data=data)
    assert answer.status_code == 422
    assert paper(claim, "invoice", web.actor("enrolment_clerk")).page == 1
