"""Claims of the cast at the pages: 林晓禾 writes, hands in, is asked for papers, gets a decision, by the actions themselves."""

from __future__ import annotations

import itertools
from typing import Any

from mutualaid.claims.actions.drafting import add_paper, begin_claim, set_payee, write_event
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.objections import ask_for_review
from mutualaid.claims.actions.paying_anew import correct_payee
from mutualaid.claims.actions.reviewing import approve_claim, return_for_papers, set_aside, withdraw_claim
from mutualaid.claims.actions.signing import ASKED, sign_and_file
from mutualaid.claims.checklist import checklist_of
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.queries import stands
from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.models import Fund
from mutualaid.core.moves import make
from mutualaid.payouts.models import Batch, PaymentOrder
from mutualaid.payouts.states import PAYMENT_ORDER
from mutualaid.people.consents import current_text
from tests.enrolment import rosters
from tests.people.cast import BY, as_staff
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.member_covers import covered

CARD = "6217000012340002"
STAY: dict[str, Any] = {
    "kind": "inpatient",
    "started_on": "2025-02-24",
    "ended_on": "2025-02-27",
    "hospital_level": 3,
    "amounts": {"total": "8000.00", "fund_paid": "5000.00", "self_paid": "2400.00", "out_of_scope": "600.00"},
}
_pages = itertools.count()


def drafted(web: Web, *, kind: str = "inpatient", keep: bool = True) -> Claim:
    """Begun, at the pages of the member."""
    if "cover" not in web.made:
        covered(web, version=rosters.version(web.people.city, term=rosters.NEXT_DAY))
    by = web.actor("member")
    claim = begin_claim(member=web.people.lin, source=Source.MEMBER, kind=kind, by=by, at=web.at)
    if keep:
        web.made["claim"] = claim
    return claim


def paged(web: Web, claim: Claim, word: str) -> ClaimPaper:
    """A page of a paper, unlike any other."""
    content = PNG + str(next(_pages)).encode()
    paper = add_paper(claim=claim, word=word, content=content, name="页.png", by=web.actor("member"), at=web.at)
    web.made["paper"] = paper
    return paper


def unsigned(web: Web, facts: dict[str, Any] | None = None) -> Claim:
    """All but consents and signature."""
    claim, by = drafted(web), web.actor("member")
    write_event(claim=claim, facts=facts or STAY, hospital="海市第一医院", expenses=(), by=by, at=web.at)
    set_payee(claim=claim, payee=Payee(web.people.lin.name, CARD, "邻市银行"), by=by, at=web.at)
    found = Claim.objects.select_related("particulars").get(pk=claim.pk)
    for paper in checklist_of(claim=found):
        if paper.needed:
            paged(web, found, paper.word)
    return found


def filed(web: Web, facts: dict[str, Any] | None = None) -> Claim:
    """Handed in."""
    agreed = {purpose: current_text(purpose).version for purpose in ASKED}
    by = web.actor("member")
    claim = sign_and_file(claim=unsigned(web, facts), agreed=agreed, typed="林晓禾", by=by, at=web.at)
    web.made["claim"] = claim
    return claim


def returned(web: Web, text: str = "发票照片不清楚") -> Claim:
    """The office asks for two papers."""
    claim = filed(web)
    by = as_staff(web.people.reviewer)
    words = ["invoice", "diagnosis"]
    who = web.people.reviewer
    return return_for_papers(claim=claim, words=words, text=text, contact=who, by=by, at=web.at)


def fund(web: Web) -> Fund:
    """From which it is paid."""
    found = Fund.objects.first()
    return found or open_fund(
        unit=web.people.city,
        account_name="海市职工互助保障专户",
        account_number="6222000011112222",
        bank_name="海市银行营业部",
        by=BY,
        at=web.at,
    )


def approved(web: Web) -> Claim:
    """By the reviewer, over half of 个人自付."""
    fund(web)
    claim = filed(web)
    found = stands(claim=claim)
    assert found is not None
    return approve_claim(claim=claim, seen=found.round, by=as_staff(web.people.reviewer), at=web.at)


def refused(web: Web) -> Claim:
    """A person set it aside."""
    by = as_staff(web.people.reviewer)
    return set_aside(claim=filed(web), reason="duplicate", text="与上月申请是同一次住院", by=by, at=web.at)


def withdrawn(web: Web) -> Claim:
    """Another page took it back."""
    return withdraw_claim(claim=web.made["claim"], by=web.actor("member"), at=web.at)


def objected(web: Web) -> None:
    """The member asked for a review on another page."""
    ask_for_review(claim=web.made["claim"], text="少算了一张票", by=web.actor("member"), at=web.at)


def came_back(web: Web) -> Claim:
    """The bank could not pay."""
    return _told_by_the_bank(web, "payout_failed")


def arrived(web: Web) -> Claim:
    """The bank has paid."""
    return _told_by_the_bank(web, "payout_paid")


def _told_by_the_bank(web: Web, last: str) -> Claim:
    claim = approved(web)
    order = PaymentOrder.objects.get(reference=claim.number)
    maker = web.accounts["finance"][0]
    batch = Batch.objects.create(
        fund=order.fund, made_by=maker, made_at=web.at, count=1, total=1, own_count=0, own_total=0
    )
    PaymentOrder.objects.filter(pk=order.pk).update(batch=batch)
    for move in ("payout_batched", "payout_released", last):
        order = make(order, PAYMENT_ORDER, move, by=BY, at=web.at)
    return claim


def lettered(web: Web) -> None:
    """The worker made the letter."""
    claim = approved(web)
    issue_letter(claim=claim, number=1, by=BY, at=web.at)


def corrected(web: Web) -> None:
    """Another page gave another card."""
    payee = Payee("林晓禾", CARD, "海市银行")
    correct_payee(claim=web.made["claim"], payee=payee, by=web.actor("member"), at=web.at)
