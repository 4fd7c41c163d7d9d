"""What a member's page and letter say of the office: who looked first and who finally, until when to object, whom to call."""

from __future__ import annotations

import datetime
import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from mutualaid.claims.actions.reviewing import approve_claim, pass_first_review
from mutualaid.claims.actions.rules import set_review_rule
from mutualaid.claims.letters import decided_of, letter_facts
from mutualaid.claims.models import Claim
from mutualaid.claims.queries import may_object_until
from mutualaid.people.actions.units import set_unit_contact
from mutualaid.people.models import RoleName
from tests.people.cast import AT, BY, as_staff, staff
from tests.web import member_claims as made
from tests.web.cast import Web

pytestmark = pytest.mark.django_db


def page(web: Web, name: str, claim: Claim) -> str:
    """A page of the member's."""
    answer = web.client("member").get(reverse(f"members:{name}", args=[claim.number]))
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.content.decode()))


def decided(web: Web) -> Claim:
    """Looked at by the city, decided by the province."""
    told: dict[str, Any] = {
        "confirmed_by_employer": False,
        "elsewhere": True,
        "first_review": True,
        "final_review": True,
    }
    set_review_rule(office=web.people.city, family="", amount_from=Decimal(0), days=5, **told, by=BY, at=AT)
    made.fund(web)
    claim = made.filed(web)
    pass_first_review(claim=claim, seen=1, by=web.actor("reviewer"), at=web.at)
    senior = staff("复核辛", web.people.province, RoleName.SENIOR_REVIEWER)
    return approve_claim(claim=claim, seen=1, by=as_staff(senior), at=web.at)


def test_the_timeline_says_which_office_looked_first_and_which_finally(web: Web) -> None:
    told = page(web, "claim", decided(web))
    city, province = web.people.city.name, web.people.province.name
    assert f"{city} · 材料和理算已核对" in told
    assert "复审通过，已核准" in told
    assert f"{province} · 由初审以外的另一人核对后决定" in told
    assert web.people.reviewer.name not in told, "offices are told, never names"


def test_the_page_and_the_letter_say_whom_to_call_and_until_when_to_object(web: Web) -> None:
    claim = decided(web)
    assert "有疑问请致电" not in page(web, "claim", claim)
    set_unit_contact(unit=claim.office, phone="0779-2033456", address="人民路 1 号", by=BY, at=AT)
    claim = Claim.objects.select_related("member", "employer__unit", "office").get(pk=claim.pk)
    told = page(web, "claim", claim)
    assert '有疑问请致电 <a class="tel" href="tel:0779-2033456">0779-2033456</a>' in told
    assert "人民路 1 号" in told
    until = may_object_until(claim=claim)
    assert until is not None
    assert f"可以申请到 {until.year}" in told
    assert letter_facts(decided=decided_of(claim=claim, number=1), lang="zh")["contact"] == (
        "有疑问请联系：电话 0779-2033456；地址 人民路 1 号。"
    )
    Claim.objects.filter(pk=claim.pk).update(decided_at=web.at - datetime.timedelta(days=61))
    assert "申请人工复核" not in page(web, "claim", claim)
    assert "期限已在" in page(web, "claim_review", claim)


def test_who_is_asked_for_papers_is_told_whom_to_call(web: Web) -> None:
    claim = made.returned(web)
    set_unit_contact(unit=claim.office, phone="12351", address="", by=BY, at=AT)
    assert '<a class="tel" href="tel:12351">12351</a>' in page(web, "claim", claim)
