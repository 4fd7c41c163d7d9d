"""The road of next of kin by telephone, at the pages and under the role that owns nothing: an account, a request, its check, a
claim filed, its state; and what they never see."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.claims.actions.kin_claims import begin_kin_claim
from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.reviewing import approve_claim
from mutualaid.claims.models import Claim, KinClaim, Kinship, Why
from mutualaid.claims.queries import stands
from mutualaid.notices.models import Notice, SmsMessage
from mutualaid.people.actions.own_data import change_contact
from mutualaid.people.models import Account
from tests.enrolment import rosters
from tests.people.cast import BY, as_staff, resident_id
from tests.pictures import PNG
from tests.web import kin_made as made
from tests.web import member_claims
from tests.web.cast import Web
from tests.web.member_covers import covered
from tests.web.pages_members_claims import MONEY, STAY, signed

WHO = {
    "name": "顾怀远",
    "identity_kind": "resident_id",
    "identity_number": made.HIS_NUMBER,
    "phone": made.HIS_PHONE,
    "password": made.PASSWORD,
    "again": made.PASSWORD,
}


def photo(word: str) -> dict[str, Any]:
    """A page of a paper."""
    return {"pages": SimpleUploadedFile(f"{word}.png", PNG + word.encode(), "image/png")}


def bound() -> None:
    """From here on as the role that owns no table, so that row-level security binds."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")


def asked(browser: Client, web: Web, **more: str) -> str:
    """A request with its proof, submitted; where it stands."""
    place = browser.post("/members/kin/new", made.asking(web, **more))["Location"]
    for word in ("kin_identity", "kinship", "unable"):
        assert browser.post(f"{place}/papers/{word}/pages", photo(word)).status_code == 302
    assert browser.post(f"{place}/submission").status_code == 302
    return place


def test_from_an_account_to_the_state_of_a_claim(web: Web) -> None:
    covered(web, version=rosters.version(web.people.city, term=rosters.NEXT_DAY))
    member_claims.fund(web)
    hers = member_claims.drafted(web)
    bound()
    browser = Client()
    assert browser.post("/members/kin/account", WHO)["Location"] == "/members/kin/new"
    place = asked(browser, web)
    assert "正在核对" in browser.get(place).content.decode()

    office = web.client("reviewer")
    desk = place.replace("/members", "/workbench")
    assert "待核对的亲属代办" in office.get("/workbench/").content.decode()
    shown = office.get(desk).content.decode()
    assert "登记的会员" in shown
    assert web.people.lin.number in shown
    assert office.post(f"{desk}/decision", {"outcome": "accept"}).status_code == 302
    assert "审核" in browser.get(place).content.decode()

    step = browser.post(f"{place}/claims/new", {"kind": "inpatient"})["Location"]
    number = step.split("/")[3]
    claim = f"/members/claims/{number}"
    assert "您在替 林晓禾 办理" in browser.get(step).content.decode()
    assert browser.post(f"{claim}/visit", STAY)["Location"].endswith("/costs")
    assert browser.post(f"{claim}/costs", MONEY)["Location"].endswith("/papers")
    for word in ("settlement", "invoice", "record"):
        assert browser.post(f"{claim}/papers/{word}/pages", photo(word)).status_code == 302
    account = browser.get(f"{claim}/account").content.decode()
    assert "顾怀远" in account
    assert "登记的卡" not in account
    to_him = {"payee": "顾怀远", "which": "other", "account_number": member_claims.CARD, "bank_name": "邻市银行"}
    assert browser.post(f"{claim}/account", to_him)["Location"].endswith("/check")
    check = browser.get(f"{claim}/check").content.decode()
    assert "顾怀远（配偶）代会员 林晓禾 申请" in check
    consents = {key: text for key, text in signed(web).items() if key.startswith("consent")}
    assert browser.post(f"{claim}/check", {**consents, "typed": "林晓禾"}).status_code == 409
    assert browser.post(f"{claim}/check", {**consents, "typed": "顾怀远"})["Location"] == claim
    assert "待初审" in browser.get(claim).content.decode()
    assert number in browser.get(place).content.decode()
    for other in ("", "covers", "claims", "claims/new", "profile", "profile/bank-card", "profile/record", "help"):
        assert browser.get(f"/members/{other}")["Location"] == "/members/kin"
    assert browser.get(f"/members/claims/{hers.number}").status_code == 404
    assert browser.get(f"/members/claims/{number}/application").content.startswith(b"%PDF")

    herself = web.client("member")
    told = herself.get(claim).content.decode()
    assert "由 顾怀远（配偶）代办" in told
    assert "配偶" in herself.get("/members/kin").content.decode()
    assert herself.get(f"{claim}/visit").status_code == 404  # whoever signs it, writes it


def test_a_person_whom_nobody_knows_is_answered_the_same(web: Web) -> None:
    made.kin(web)
    bound()
    browser, office = web.client("kin"), web.client("reviewer")
    known = asked(browser, web)
    nobody = asked(browser, web, identity_number=resident_id("19900101", 222), name="无名氏")
    misnamed = asked(browser, web, name="林晓合")

    def seen(place: str, name: str) -> str:
        browser.get(place)  # which tells, once, what was done
        text = browser.get(place).content.decode()
        row = Kinship.objects.get(number=place.rpartition("/")[2])
        number = row.told_identity_number
        for own in (row.number, name, f"{number[:6]}********{number[-4:]}"):
            text = text.replace(own, "")
        return text.partition("</main>")[0].partition("<main")[2]

    pages = [seen(known, "林晓禾"), seen(nobody, "无名氏"), seen(misnamed, "林晓合")]
    assert pages[0] == pages[1] == pages[2]
    for place in (nobody, misnamed):
        desk = place.replace("/members", "/workbench")
        assert "没有姓名和证件号码都相符的会员" in office.get(desk).content.decode()
        assert office.post(f"{desk}/decision", {"outcome": "accept"}).status_code == 409
    refused = office.post(
        f"{nobody.replace('/members', '/workbench')}/decision", {"outcome": "refuse", "reason": "unproven"}
    )
    assert refused.status_code == 302
    assert "不足以证明" in browser.get(nobody).content.decode()


def test_nobody_tries_out_who_is_a_member(web: Web) -> None:
    made.kin(web)
    browser = web.client("kin")
    for _ in range(3):
        assert browser.post("/members/kin/new", made.asking(web)).status_code == 302
    answer = browser.post("/members/kin/new", made.asking(web))
    assert answer.status_code == 409
    assert "已达上限" in answer.content.decode()


def test_ended_by_the_member_nothing_is_shown_any_more(web: Web) -> None:
    filed = made.filed(web)
    draft = begin_kin_claim(kinship=web.made["kinship"], kind="diagnosis", by=made.by(web), at=web.at)
    place, claim = f"/members/kin/{web.made['kinship'].number}", f"/members/claims/{filed.number}"
    bound()
    browser, herself = web.client("kin"), web.client("member")
    assert browser.get(claim).status_code == 200
    assert herself.get(f"{place}/ending").status_code == 200
    assert web.client("other_member").get(f"{place}/ending").status_code == 404
    assert herself.post(f"{place}/ending")["Location"] == "/members/kin"
    assert browser.get(claim).status_code == 404
    assert browser.get(f"{claim}/letter").status_code == 404
    assert filed.number not in browser.get(place).content.decode()
    assert browser.post(f"{place}/claims/new", {"kind": "inpatient"}).status_code == 409
    assert herself.get(claim).status_code == 200
    with made_visible():
        assert Claim.objects.get(pk=draft.pk).state == "withdrawn"
        assert Claim.objects.get(pk=filed.pk).state == "first_review"


def made_visible() -> Any:
    """All rows, for what a test compares."""
    from mutualaid.core.row_security import EVERYTHING, within

    return within([EVERYTHING])


def test_notices_go_to_who_filed_and_to_the_member_unless_she_died(web: Web) -> None:
    made.filed(web)
    his, hers = made.kin(web), web.accounts["member"][0]

    def told(account: Account) -> set[str]:
        return set(Notice.objects.filter(account=account).values_list("template", flat=True))

    assert {"kin_accepted", "claim_filed"} <= told(his)
    assert {"kin_acts_for_you", "claim_filed"} <= told(hers)


def test_nobody_writes_to_a_member_who_died(web: Web) -> None:
    member_claims.fund(web)
    claim = made.filed(web, why=Why.DECEASED)
    found = stands(claim=claim)
    assert found is not None
    approve_claim(claim=claim, seen=found.round, by=as_staff(web.people.reviewer), at=web.at)
    issue_letter(claim=claim, number=1, by=BY, at=web.at)
    hers = web.accounts["member"][0]
    about = ("kin_acts_for_you", "claim_filed", "claim_approved")
    assert not Notice.objects.filter(account=hers, template__in=about).exists()
    assert not SmsMessage.objects.filter(template__in=about).exists()
    assert Notice.objects.filter(account=made.kin(web), template="claim_approved").exists()
    bound()
    browser = web.client("kin")
    shown = browser.get(f"/members/claims/{claim.number}").content.decode()
    assert "已核准" in shown
    assert "付款" in shown
    assert browser.get(f"/members/claims/{claim.number}/letter").content.startswith(b"%PDF")


def test_a_member_is_next_of_kin_too(web: Web) -> None:
    """尉迟安 acts for her with his own account of a member, and keeps his own pages."""
    covered(web, version=rosters.version(web.people.city, term=rosters.NEXT_DAY))
    bound()
    browser = web.client("other_member")
    assert "手机号码" in browser.post("/members/kin/new", made.asking(web)).content.decode()
    with made_visible():
        change_contact(member=web.people.wei, phone="13900000088", by=BY, at=web.at)
    place = asked(browser, web)
    desk = place.replace("/members", "/workbench")
    assert web.client("reviewer").post(f"{desk}/decision", {"outcome": "accept"}).status_code == 302
    step = browser.post(f"{place}/claims/new", {"kind": "death"})["Location"]
    number = step.split("/")[3]
    assert "身故日期" in browser.get(step).content.decode()
    assert browser.get("/members/").status_code == 200
    assert number not in browser.get("/members/claims").content.decode()
    assert number in browser.get(place).content.decode()
    with made_visible():
        assert KinClaim.objects.get(claim__number=number).kinship.name == "尉迟安"


@pytest.mark.parametrize("address", ["/members/kin", "kinship", "/members/notices", "claim"])
def test_pages_take_few_statements(web: Web, address: str) -> None:
    claim = made.filed(web)
    places = {
        "kinship": reverse("members:kinship", args=[web.made["kinship"].number]),
        "claim": reverse("members:claim", args=[claim.number]),
    }
    browser, place = web.client("kin"), places.get(address, address)
    assert browser.get(place).status_code == 200
    with CaptureQueriesContext(connection) as told:
        browser.get(place)
    sent = [one["sql"] for one in told if not one["sql"].startswith(("ROLLBACK TO", "RELEASE", "SAVEPOINT"))]
    assert len(sent) <= (12 if address != "claim" else 30), "\n".join(sent)


def test_the_desk_takes_few_statements(web: Web) -> None:
    made.submitted(web)
    browser = web.client("reviewer")
    for place in ("/workbench/kin", f"/workbench/kin/{web.made['kinship'].number}"):
        assert browser.get(place).status_code == 200
        with CaptureQueriesContext(connection) as told:
            browser.get(place)
        sent = [one["sql"] for one in told if not one["sql"].startswith(("ROLLBACK TO", "RELEASE", "SAVEPOINT"))]
        assert len(sent) <= 16, "\n".join(sent)
