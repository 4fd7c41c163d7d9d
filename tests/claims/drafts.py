"""Claims that the member of the scene writes on the phone, as far as a test wants them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mutualaid.claims.actions.drafting import add_paper, begin_claim, set_payee, write_event
from mutualaid.claims.actions.filing import Expense, Payee
from mutualaid.claims.checklist import checklist
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.actions.members import give_consent
from mutualaid.people.consents import current_text
from mutualaid.people.models import Purpose
from tests.claims.scene import Scene
from tests.people.cast import BY, account
from tests.pictures import PNG

CARD = "6217000012340002"
FACTS: dict[str, Any] = {
    "kind": "inpatient",
    "started_on": "2025-05-10",
    "ended_on": "2025-05-13",
    "hospital_level": 3,
    "amounts": {"total": "8000.00", "fund_paid": "5000.00", "self_paid": "2400.00", "out_of_scope": "600.00"},
}
BILL = (Expense("床位费", Decimal(1000)), Expense("西药费", Decimal(7000), Decimal(600)))
PURPOSES = (Purpose.CLAIM_HEALTH_DATA, Purpose.BANK_ACCOUNT)


def herself(scene: Scene) -> Actor:
    """The member, with an account."""
    if scene.lin.account_id is None:
        scene.lin.account = account("lin-xiao-he")
        scene.lin.save(update_fields=["account"])
    return Actor(ActorKind.MEMBER, str(scene.lin.account_id))


def begun(scene: Scene) -> Claim:
    """Nothing told yet."""
    return begin_claim(member=scene.lin, source=Source.MEMBER, by=herself(scene), at=scene.now())


def told(scene: Scene, claim: Claim, facts: dict[str, Any], bill: tuple[Expense, ...] = ()) -> Claim:
    """With an event."""
    hospital = " 海市第一医院 "
    return write_event(claim=claim, facts=facts, hospital=hospital, expenses=bill, by=herself(scene), at=scene.now())


def paid_to(scene: Scene, claim: Claim, name: str = "林晓禾", card: str = CARD, **more: str) -> Claim:
    """With a payee."""
    payee = Payee(name, card, more.pop("bank", "邻市银行"), **more)
    return set_payee(claim=claim, payee=payee, by=BY, at=scene.now())


def page(scene: Scene, claim: Claim, word: str, content: bytes = b"") -> ClaimPaper:
    """A page of a paper."""
    content = content or PNG + word.encode()
    return add_paper(claim=claim, word=word, content=content, name="页.png", by=herself(scene), at=scene.now())


def agreed(scene: Scene) -> None:
    """The two consents without which nothing is examined or paid."""
    for purpose in PURPOSES:
        version = current_text(purpose).version
        give_consent(member=scene.lin, purpose=purpose, version=version, by=herself(scene), at=scene.now())


def unsigned(scene: Scene) -> Claim:
    """All but consents and signature."""
    claim = told(scene, begun(scene), FACTS, BILL)
    paid_to(scene, claim)
    for paper in checklist(kind="inpatient", source=Source.MEMBER, accident=False):
        if paper.needed:
            page(scene, claim, paper.word)
    return claim


def complete(scene: Scene) -> Claim:
    """It lacks nothing."""
    claim = unsigned(scene)
    page(scene, claim, "signature")
    agreed(scene)
    return claim
