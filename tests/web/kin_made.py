"""Next of kin at the pages: 顾怀远, the husband of 林晓禾, asks to act for her, is accepted, and files, by the real actions."""

from __future__ import annotations

import itertools
from typing import Any

from mutualaid.claims.actions.drafting import add_paper, set_payee, write_event
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.kin_checking import accept_kinship, end_kinship, return_kinship
from mutualaid.claims.actions.kin_claims import begin_kin_claim
from mutualaid.claims.actions.kinship import Told, add_kin_pages, begin_kinship, submit_kinship, withdraw_kinship
from mutualaid.claims.actions.signing import ASKED, sign_and_file
from mutualaid.claims.checklist import checklist_of
from mutualaid.claims.kinship import papers_of
from mutualaid.claims.models import Claim, Ended, KinPaper, Kinship, Relation, Why
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.actions.kin import open_kin_account
from mutualaid.people.consents import current_text
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Account
from tests.enrolment import rosters
from tests.people.cast import BY, as_staff, resident_id
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.member_claims import CARD, STAY
from tests.web.member_covers import covered

PASSWORD = "hai-feng-qing-qing-25"
HIS_NUMBER = resident_id("19850203", 101)
HIS_PHONE = "13800000055"
_pages = itertools.count()


def kin(web: Web) -> Account:
    """The husband's account, in the cast as ``kin``; made once."""
    if "kin" not in web.accounts:
        made = open_kin_account(
            name="顾怀远",
            identity_kind=IdentityKind.RESIDENT,
            identity_number=HIS_NUMBER,
            phone=HIS_PHONE,
            password=PASSWORD,
            by=BY,
            at=web.at,
        )
        web.accounts["kin"] = (made, ActorKind.MEMBER)
    return web.accounts["kin"][0]


def by(web: Web) -> Actor:
    """He."""
    return Actor(ActorKind.MEMBER, str(kin(web).pk))


def told(web: Web, **more: Any) -> Told:
    """For whom, as what, why."""
    facts: dict[str, Any] = {
        "name": web.people.lin.name,
        "identity_kind": IdentityKind.RESIDENT,
        "identity_number": web.people.lin.identity_number,
        "relation": Relation.SPOUSE,
        "why": Why.UNABLE,
        "office": web.people.county,
    }
    return Told(**{**facts, **more})


def begun(web: Web, **more: Any) -> Kinship:
    """A request being written."""
    made = begin_kinship(account=kin(web), told=told(web, **more), by=by(web), at=web.at)
    web.made["kinship"] = made
    return made


def page(web: Web, kinship: Kinship, word: str) -> KinPaper:
    """A page of a proof, unlike any other."""
    content = PNG + f"kin{next(_pages)}".encode()
    made = add_kin_pages(kinship=kinship, word=word, files=[("页.png", content)], by=by(web), at=web.at)[0]
    web.made["kin_paper"] = made
    return made


def proven(web: Web, **more: Any) -> Kinship:
    """With all papers."""
    kinship = begun(web, **more)
    for paper in papers_of(relation=kinship.relation, why=kinship.why):
        if paper.needed:
            page(web, kinship, paper.word)
    return kinship


def submitted(web: Web, **more: Any) -> Kinship:
    """To be checked."""
    web.made["kinship"] = submit_kinship(kinship=proven(web, **more), by=by(web), at=web.at)
    return web.made["kinship"]


def returned(web: Web) -> Kinship:
    """Asked for better papers."""
    checker = as_staff(web.people.reviewer)
    web.made["kinship"] = return_kinship(kinship=submitted(web), text="结婚证照片不清楚，请重拍", by=checker, at=web.at)
    return web.made["kinship"]


def accepted(web: Web, **more: Any) -> Kinship:
    """He may act; she is covered."""
    if "cover" not in web.made:
        covered(web, version=rosters.version(web.people.city, term=rosters.NEXT_DAY))
    checker = as_staff(web.people.reviewer)
    web.made["kinship"] = accept_kinship(kinship=submitted(web, **more), by=checker, at=web.at)
    return web.made["kinship"]


def ended(web: Web) -> None:
    """On another page."""
    end_kinship(kinship=web.made["kinship"], why=Ended.STAFF, by=as_staff(web.people.reviewer), at=web.at)


def withdrawn(web: Web) -> None:
    """On another page."""
    withdraw_kinship(kinship=web.made["kinship"], by=by(web), at=web.at)


def drafted(web: Web, kind: str = "inpatient", **more: Any) -> Claim:
    """A claim that he began for her."""
    web.made["claim"] = begin_kin_claim(kinship=accepted(web, **more), kind=kind, by=by(web), at=web.at)
    return web.made["claim"]


def unsigned(web: Web, payee: str = "顾怀远", **more: Any) -> Claim:
    """All but consents and signature."""
    claim, who = drafted(web, **more), by(web)
    write_event(claim=claim, facts=STAY, hospital="海市第一医院", expenses=(), by=who, at=web.at)
    set_payee(claim=claim, payee=Payee(payee, CARD, "邻市银行"), by=who, at=web.at)
    found = Claim.objects.select_related("particulars").get(pk=claim.pk)
    for paper in checklist_of(claim=found):
        if paper.needed:
            content = PNG + f"claim{next(_pages)}".encode()
            add_paper(claim=found, word=paper.word, content=content, name="页.png", by=who, at=web.at)
    return found


def filed(web: Web, **more: Any) -> Claim:
    """Handed in."""
    agreed = {purpose: current_text(purpose).version for purpose in ASKED}
    claim = unsigned(web, **more)
    web.made["claim"] = sign_and_file(claim=claim, agreed=agreed, typed="顾怀远", by=by(web), at=web.at)
    return web.made["claim"]


def asking(web: Web, **more: str) -> dict[str, str]:
    """What the form of a request is sent."""
    return {
        "relation": "spouse",
        "why": "unable",
        "name": "林晓禾",
        "identity_kind": "resident_id",
        "identity_number": web.people.lin.identity_number,
        "employer": "",
        "office": web.people.county.code,
        **more,
    }
