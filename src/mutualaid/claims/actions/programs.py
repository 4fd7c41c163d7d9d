"""Claims of other systems: entered whole by a program, with papers then and later. Member and covers are always our records'."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from benefit_engine.fact_reader import Fault
from mutualaid.claims.actions.drafting import NotOwnCard, keep_page
from mutualaid.claims.actions.filing import Expense, Payee, enter_claim
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.refusals import FactsFaulty, Refused
from mutualaid.claims.states import CLAIM, OPEN
from mutualaid.core.actors import Actor
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.contacts import NotAContact, read_bank_card
from mutualaid.people.models import Member, Purpose
from mutualaid.people.queries import consents_of

TAKES_PAPERS = (*OPEN, "returned")
"""States in which a program may still hand papers in."""


class NotAgreed(Refused):
    """The member withdrew the consent without which a claim cannot be examined."""


class NothingLacking(Refused):
    """The claim takes no papers any more."""


@dataclass(frozen=True)
class Page:
    """A page of a paper of the checklist: a photo (JPEG, PNG) or a PDF."""

    word: str
    name: str
    content: bytes


@transaction.atomic
def enter_by_program(
    *,
    member: Member,
    facts: Mapping[str, Any],
    hospital: str = "",
    expenses: Sequence[Expense] = (),
    payee: Payee | None = None,
    pages: Sequence[Page] = (),
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """A claim that another system sends, filed and decided at once. ``facts``: the contract's event without its id; the day of
    filing is the day on which it comes. Without ``payee`` the office completes it.

    Raises NotAgreed, NotOwnCard, BadPage, TooMany, FactsFaulty, NotCovered, NoPayee, NoFund.
    """
    with within([EVERYTHING]):
        _check_consent(member)
    claim = enter_claim(
        member=member,
        facts=_facts(facts, at),
        expenses=expenses,
        hospital=hospital,
        payee=None if payee is None else _payee(payee, member, str(facts.get("kind", ""))),
        source=Source.API,
        by=by,
        at=at,
    )
    for page in pages:
        keep_page(claim=claim, word=page.word, content=page.content, name=page.name, by=by, at=at)
    return claim


@transaction.atomic
def supply_paper(*, claim: Claim, page: Page, by: Actor, at: datetime.datetime) -> ClaimPaper:
    """A page comes after the claim, until it is decided. The same page again is the page that is there. Raises NothingLacking,
    BadPage, TooMany."""
    with within([EVERYTHING]):
        state = Claim.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=claim.pk)
    if state not in TAKES_PAPERS:
        chinese, english = CLAIM.names[state]
        raise NothingLacking(
            f"补交材料的申请应在审核中或待补材料，现为“{chinese}”；无需再交",
            f"expected a claim under review or waiting for papers, found it {english}; nothing is needed",
        )
    return keep_page(claim=claim, word=page.word, content=page.content, name=page.name, by=by, at=at)


def _check_consent(member: Member) -> None:
    """Who sends the claim holds the member's consent on paper; one that was withdrawn here is no longer one. Raises NotAgreed."""
    said = consents_of(member=member).get(Purpose.CLAIM_HEALTH_DATA)
    if said is not None and not said.given:
        raise NotAgreed(
            "会员应同意使用医疗健康信息，本人已在平台撤回；请会员重新同意后再报送",
            "expected the member's consent to the use of health data, found it withdrawn; let the member give it anew first",
        )


def _facts(facts: Mapping[str, Any], at: datetime.datetime) -> dict[str, Any]:
    """Raises FactsFaulty."""
    today = day_of(at).isoformat()
    if facts.get("filed_on") not in (None, today):
        raise FactsFaulty(
            [
                Fault(
                    "filed_on",
                    f"应为报送当日 {today} 或不填，得到 {facts['filed_on']}；请删去",
                    f"expected the day on which it is sent, {today}, or nothing, found {facts['filed_on']}; leave it out",
                )
            ]
        )
    return {**facts, "filed_on": today}


def _payee(payee: Payee, member: Member, kind: str) -> Payee:
    """Raises NotOwnCard."""
    if kind == "death":
        raise NotOwnCard(
            "身故的互助金付给近亲属，收款账户应由近亲属凭证明到窗口办理；请删去 payee",
            "benefits of a death go to next of kin, who prove it at the office; leave payee out",
        )
    if payee.name != member.name:
        raise NotOwnCard(
            "收款人应为会员本人，得到的是其他人；请填写会员本人的借记卡，或不填",
            "expected the member as payee, found somebody else; give the member's own debit card, or leave it out",
        )
    try:
        card = read_bank_card(payee.account_number)
    except NotAContact as error:
        raise NotOwnCard(error.zh, error.en) from error
    return Payee(payee.name, card, payee.bank_name, payee.bank_code)
