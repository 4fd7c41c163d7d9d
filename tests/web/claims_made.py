"""What pages of claims are asked about: a member with a cover, claims begun, written and filed from paper, made for a cast."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.claims.actions.drafting import begin_claim
from mutualaid.claims.actions.filing import Expense, Payee
from mutualaid.claims.actions.paper import add_pages, file_from_paper, write_from_paper
from mutualaid.claims.checklist import checklist
from mutualaid.claims.models import Claim, ClaimPaper, ReviewRule, Source
from mutualaid.contributions.actions.bills import accept_and_bill
from mutualaid.core.actors import Actor
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from tests.claims.scene import published
from tests.people.cast import AT, BY
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.money_made import fund

TERM = (datetime.date(2025, 1, 1), datetime.date(2026, 1, 1))
"""The clock of the pages stands in the winter before the plan's first term."""
CARD = "6217000012340002"
FACTS: dict[str, Any] = {
    "kind": "inpatient",
    "started_on": "2025-02-10",
    "ended_on": "2025-02-13",
    "hospital_level": 3,
    "diagnoses": ["J18.900"],
    "amounts": {"total": "8000.00", "fund_paid": "5000.00", "self_paid": "2400.00", "out_of_scope": "600.00"},
}
BILL = (Expense("床位费", Decimal(1000)), Expense("西药费", Decimal(7000), Decimal(600)))
TYPED = {
    "kind": "inpatient", "started_on": "2025-02-10", "ended_on": "2025-02-13", "hospital": "海市人民医院",
    "hospital_level": "3", "diagnoses": "j18.900 I10", "total": "8,000", "fund_paid": "5000", "self_paid": "2400",
    "out_of_scope": "600", "line_0_amount": "1000", "line_8_amount": "7000", "line_8_out": "600",
    "payee_name": "林晓禾", "account_number": CARD, "bank_name": "邻市银行",
}  # fmt: skip


def covered(web: Web) -> None:
    """The member has a cover that has begun."""
    if "covered" in web.made:
        return
    fund(web)
    cast = web.people
    version = published(cast.province, "hai-1")
    enrolment = begin_enrolment(employer=cast.mill, version=version, headcount=20, by=BY, at=AT)
    add_person(enrolment=enrolment, name=cast.lin.name, identity_number=cast.lin.identity_number, by=BY, at=AT)
    submit_enrolment(enrolment=enrolment, by=BY, at=AT)
    accept_and_bill(enrolment=enrolment, by=web.actor("finance"), at=AT)
    Cover.objects.filter(enrolment=enrolment).update(from_on=TERM[0], until_on=TERM[1], joined_on=TERM[0])
    web.made["covered"] = True


def begun(web: Web, source: Source = Source.COUNTER, by: str = "enrolment_clerk") -> Claim:
    """A draft; kin have said who they are."""
    covered(web)
    applicant = None
    if source is Source.KIN:
        applicant = {
            "name": "林一", "relation": "子女", "identity_kind": "passport", "identity_number": "E12345678",
            "phone": "13900000009",
        }  # fmt: skip
    return begin_claim(member=web.people.lin, source=source, applicant=applicant, by=web.actor(by), at=AT)


def paper(claim: Claim, word: str, by: Actor) -> ClaimPaper:
    """A page of a paper."""
    return add_pages(claim=claim, word=word, pages=[(f"{word}.png", PNG + word.encode())], by=by, at=AT)[0]


def written(web: Web, source: Source = Source.COUNTER, by: str = "enrolment_clerk") -> Claim:
    """Complete, not filed."""
    claim, actor = begun(web, source, by), web.actor(by)
    if source is Source.EMPLOYER:
        paper(claim, "mandate", actor)
    payee = Payee("林一" if source is Source.KIN else "林晓禾", CARD, "邻市银行")
    told: dict[str, Any] = {"facts": FACTS, "hospital": "海市人民医院", "expenses": BILL, "payee": payee}
    claim = write_from_paper(claim=claim, **told, by=actor, at=AT)
    for one in checklist(kind="inpatient", source=source, accident=False):
        if one.needed and one.word != "mandate":
            paper(claim, one.word, actor)
    return claim


def filed(web: Web, source: Source = Source.COUNTER, by: str = "enrolment_clerk") -> Claim:
    """Filed and decided upon by the engine."""
    return file_from_paper(claim=written(web, source, by), by=web.actor(by), at=AT)


def confirming(web: Web) -> Claim:
    """The office wants the employer's word first."""
    ReviewRule.objects.create(office=web.people.city, confirmed_by_employer=True)
    return filed(web)


def upload(word: str = "invoice") -> dict[str, Any]:
    """Pages as a browser brings them."""
    return {
        "word": word,
        "pages": [SimpleUploadedFile("页一.png", PNG + b"1"), SimpleUploadedFile("页二.png", PNG + b"2")],
    }


def kept(web: Web, key: str, made: Any) -> Any:
    """Something made once for a question."""
    if key not in web.made:
        web.made[key] = made(web)
    return web.made[key]


def address(name: str, *, key: str, made: Any, more: Any = lambda claim: ()) -> Any:
    """The address of a page about a claim that is made once."""

    def found(web: Web) -> str:
        claim = kept(web, key, made)
        return reverse(name, args=[claim.number, *more(claim)])

    return found
