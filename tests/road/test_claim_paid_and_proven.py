"""From the illness to the money and its proof, by real actions: each step within the bounds of whoever takes it."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from mutualaid.claims import access
from mutualaid.claims.actions.confirming import confirm_membership
from mutualaid.claims.actions.drafting import add_paper, begin_claim, set_payee, write_event
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.reviewing import approve_claim, pass_first_review
from mutualaid.claims.actions.rules import set_review_rule
from mutualaid.claims.actions.signing import ASKED, sign_and_file
from mutualaid.claims.checklist import checklist_of
from mutualaid.claims.letters import content_of
from mutualaid.claims.models import Assessment, Claim, ClaimPaper, Consumption, Particulars, Source
from mutualaid.claims.queries import stands
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.ledger.chart import BANK, BENEFITS, BENEFITS_PAYABLE
from mutualaid.ledger.models import Posting
from mutualaid.notices.models import Notice
from mutualaid.payouts.actions.batches import make_batch, release_batch
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.queries import steps_of
from mutualaid.people import access as people
from mutualaid.people.access import NotFound
from mutualaid.people.consents import current_text
from mutualaid.proofs.actions import sequence_leaves
from mutualaid.proofs.verifying import verify
from tests.claims import scene as scenes
from tests.claims.scene import Scene, actor, stay
from tests.payouts.bank_side import BankSide
from tests.people.cast import account, as_clerk
from tests.pictures import JPEG
from tests.road.walking import acting, looking, the_worker

pytestmark = pytest.mark.django_db
PASSED = datetime.timedelta(hours=1)


@pytest.fixture
def union(_own_files: None) -> Scene:
    """The scene, a member with an account, and a rule that asks everybody."""
    found = scenes.made()
    found.lin.account = account("林晓禾")
    found.lin.save(update_fields=["account"])
    set_review_rule(
        office=found.cast.province,
        family="hai-1",
        amount_from=Decimal(500),
        confirmed_by_employer=True,
        first_review=True,
        final_review=True,
        elsewhere=True,
        days=3,
        by=system("scene"),
        at=found.now(),
    )
    return found


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BankSide:
    """The simulated bank, which the product knows."""
    return BankSide.known(tmp_path / "bank", monkeypatch)


def _filed(union: Scene) -> Claim:
    """By the member on the phone, step by step, each a request of its own."""
    me = Actor(ActorKind.MEMBER, str(union.lin.account_id))
    at = union.now()
    with acting(me, at):
        own = people.member_self(actor=me)
        claim = begin_claim(member=own, source=Source.MEMBER, kind="inpatient", by=me, at=at)
    number = Claim.objects.get(pk=claim.pk).number
    with acting(me, at):
        mine = access.claim_to_write(actor=me, number=number, on=at.date())
        write_event(claim=mine, facts=stay("1200.00"), hospital="海市人民医院", by=me, at=at)
    with acting(me, at):
        mine = access.claim_to_write(actor=me, number=number, on=at.date())
        set_payee(claim=mine, payee=Payee(own.name, "6217000012340002", "海市银行海城支行"), by=me, at=at)
    for paper in checklist_of(claim=Claim.objects.get(number=number)):
        if paper.needed:
            with acting(me, at):
                mine = access.claim_to_write(actor=me, number=number, on=at.date())
                add_paper(
                    claim=mine, word=paper.word, content=JPEG + paper.word.encode(), name="照片.jpg", by=me, at=at
                )
    with acting(me, at):
        mine = access.claim_to_write(actor=me, number=number, on=at.date())
        agreed = {purpose: current_text(purpose).version for purpose in ASKED}
        return sign_and_file(claim=mine, agreed=agreed, typed=own.name, by=me, at=at)


def test_ill_filed_confirmed_reviewed_twice_paid_and_proven(union: Scene, bank: BankSide) -> None:
    filed = _filed(union)
    assert filed.state == "confirming"
    number = filed.number
    at = union.now()
    clerk, first, senior = as_clerk(union.cast.clerk), actor(union.first), actor(union.senior)
    outsider = actor(union.cast.outsider)

    with looking(clerk, at):  # the employer sees number and state, and nothing of what happened
        seen = access.claim_to_confirm(actor=clerk, number=number, on=at.date())
        assert seen.state == "confirming"
        for sealed in (Particulars, ClaimPaper, Assessment, Consumption):
            assert not sealed.objects.filter(claim=seen).exists()
    with looking(outsider, at), pytest.raises(NotFound):
        access.claim_for(actor=outsider, number=number, on=at.date())
    with acting(clerk, at):
        confirm_membership(
            claim=access.claim_to_confirm(actor=clerk, number=number, on=at.date()),
            confirmed=True,
            remark="",
            by=clerk,
            at=at,
        )
    with acting(first, at):
        claim = access.claim_to_review(actor=first, number=number, on=at.date())
        found = stands(claim=claim)
        assert found is not None
        assert found.total == Decimal(880)
        pass_first_review(claim=claim, seen=found.round, by=first, at=at)
    with acting(first, at), pytest.raises(NotFound):
        access.claim_to_review(actor=first, number=number, on=at.date())
    with acting(senior, at):
        claim = access.claim_to_review(actor=senior, number=number, on=at.date())
        approved = approve_claim(claim=claim, seen=found.round, by=senior, at=at)
    assert approved.state == "approved"

    _paid(union, bank, number)
    _proven(union, approved)
    assert [Replayed(), *replayed()][-1].differences == []


def _paid(union: Scene, bank: BankSide, number: str) -> None:
    """Finance makes a batch, another releases it, the bank answers by its files."""
    one, two = actor(union.finance), actor(union.second_finance)
    bank.at = union.now() + PASSED
    with acting(one, bank.at):
        batch = make_batch(fund=union.fund, by=one, at=bank.at)
    with acting(two, bank.at):
        release_batch(batch=batch, by=two, at=bank.at)
    with the_worker():
        bank.send(batch)
        assert bank.to_end() == []
    order = PaymentOrder.objects.get(reference=number)
    assert order.state == "paid"
    held = dict.fromkeys((BENEFITS.code, BENEFITS_PAYABLE.code, BANK.code), Decimal(0))
    for code, amount in Posting.objects.filter(entry__book=union.fund.book_id).values_list("account__code", "amount"):
        if code in held:
            held[code] += amount
    assert held == {BENEFITS.code: Decimal(880), BENEFITS_PAYABLE.code: Decimal(0), BANK.code: Decimal(-880)}
    told = Notice.objects.filter(account=union.lin.account).order_by("id").values_list("template", flat=True)
    assert list(told)[-1] == "payment_paid"
    assert {"claim_filed", "claim_approved"} <= set(told)
    assert len(steps_of(reference=number)) >= 4


def _proven(union: Scene, claim: Claim) -> None:
    """The letter carries its proof: it is verified without a database, and a changed byte is found."""
    at = union.now() + 2 * PASSED
    with the_worker():
        letter = issue_letter(claim=claim, number=1, by=system("claims"), at=at)
        sequence_leaves(by=system("proofs"), at=at)
    me = Actor(ActorKind.MEMBER, str(union.lin.account_id))
    with looking(me, at):
        letter = access.letter_for(actor=me, number=claim.number, on=at.date())
        content = content_of(letter=letter)
    assert verify(content).good
    assert not verify(content.replace(b"endobj", b"endobk", 1)).good
    clerk = as_clerk(union.cast.clerk)
    with looking(clerk, at), pytest.raises(NotFound):
        access.letter_for(actor=clerk, number=claim.number, on=at.date())
