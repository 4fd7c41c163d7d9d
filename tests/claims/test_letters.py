"""The decision letter: its text against the decision to the fen, once, the same bytes, and its proof."""

from __future__ import annotations

import re
import shutil
import subprocess
from decimal import Decimal

import pytest

from mutualaid.claims.access import letter_for
from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.objections import ask_for_review, close_review_task, reopen
from mutualaid.claims.actions.reviewing import refuse_claim, set_aside
from mutualaid.claims.assessing import ask_for_letter
from mutualaid.claims.jobs import deliver_letter
from mutualaid.claims.letters import NoComputation, content_of, english_of, is_proven, letter_pdf
from mutualaid.claims.models import Claim, Letter
from mutualaid.claims.queries import facts_of, stands
from mutualaid.core import papers, work
from mutualaid.core.models import AuditEntry
from mutualaid.core.money import in_capitals, shown
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from mutualaid.proofs.actions import sequence_leaves
from mutualaid.proofs.verifying import verify
from tests.claims.scene import Scene, actor
from tests.people.cast import BY, as_clerk, staff

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext here"),
]


def text_of(content: bytes) -> str:
    """What a person reads, without line breaks."""
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True).stdout
    return re.sub(r"\s+", " ", told.decode())


def plain(text: str) -> str:
    """Without any blank: lines are broken anywhere in Chinese."""
    return re.sub(r"\s", "", text)


def issued(scene: Scene, claim: Claim) -> Letter:
    """The letter on the computation that stands."""
    found = stands(claim=claim)
    assert found is not None
    return issue_letter(claim=claim, number=found.round, by=BY, at=scene.now())


def test_the_letter_says_what_was_decided_to_the_fen(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1234.56"))
    found = stands(claim=claim)
    assert found is not None
    assert found.total == Decimal("907.65")
    told = plain(text_of(content_of(letter=issued(scene, claim))))
    for wanted in (
        claim.number,
        "林晓禾",
        "决定：核准",
        shown(found.total),
        in_capitals(found.total),
        "1,234.56",
        "第三条",
    ):
        assert plain(wanted) in told, wanted
    for line in found.lines:
        for step in line.working:
            assert shown(Decimal(step["after"])) in told or step["after"] in told, step
    assert scene.lin.identity_number not in told, "the number of the identity is masked"
    assert "6222020000001234567" not in told, "of the account the last four digits"
    assert "4567" in told
    assert "60日内" in told
    assert scene.cast.county.name in told
    assert "一名审核人员" in told
    assert found.sha256 in told


def test_a_letter_is_issued_once_and_is_always_the_same(scene: Scene) -> None:
    claim = scene.approve(scene.enter())
    first = issued(scene, claim)
    again = issued(scene, claim)
    assert (first.pk, Letter.objects.count()) == (again.pk, 1)
    assert AuditEntry.objects.filter(what="document_issued", detail__number=claim.number).count() == 1
    assert papers.read(first.file) == letter_pdf(claim=Claim.objects.get(pk=claim.pk), number=1, lang="zh")


def test_the_worker_makes_it(scene: Scene) -> None:
    claim = scene.approve(scene.enter())
    deliver_letter(delivery="1", wanted={"claim": claim.number, "round": 1})
    deliver_letter(delivery="1", wanted={"claim": claim.number, "round": 1})
    assert Letter.objects.get().claim == claim
    ask_for_letter(claim=claim, number=1)  # the outbox is declared
    assert "claims.letter" in work._outboxes


def test_it_carries_its_proof_once_the_log_has_it(scene: Scene) -> None:
    letter = issued(scene, scene.approve(scene.enter()))
    assert not is_proven(letter=letter)
    assert content_of(letter=letter) == papers.read(letter.file)
    sequence_leaves(by=BY, at=scene.now())
    assert is_proven(letter=letter)
    content = content_of(letter=letter)
    assert verify(content).good
    assert not verify(content.replace(b"/Title", b"/Titel", 1)).good
    assert "决定：核准" in plain(text_of(content)), "a reader of PDF takes it with its proof"


def test_a_refusal_by_the_rules_says_why(scene: Scene) -> None:
    claim = scene.enter("50.00")
    refused = refuse_claim(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    told = plain(text_of(content_of(letter=issued(scene, refused))))
    assert "决定：不予支付" in told
    assert "未超过免补额" in told
    assert "50.00" in told


def test_a_claim_that_a_person_set_aside_names_the_reason(scene: Scene) -> None:
    claim = scene.enter()
    aside = set_aside(claim=claim, reason="not_genuine", text="票据号码查无此票", by=actor(scene.first), at=scene.now())
    told = plain(text_of(content_of(letter=issued(scene, aside))))
    assert "材料不真实" in told
    assert "票据号码查无此票" in told
    assert "决定：不予支付" in told
    assert "907" not in told, "what the rules would have given is no part of it"


def test_a_review_that_changes_it_says_what_comes_on_top(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1000.00"))
    issued(scene, claim)
    task = ask_for_review(claim=claim, text="自付写错了", by=BY, at=scene.now())
    facts = {
        **facts_of(claim=Claim.objects.get(pk=claim.pk)),
        "amounts": {"self_paid": "1100.00", "out_of_scope": "0.00"},
    }
    other = staff("复核庚", scene.cast.city, RoleName.REVIEWER)
    close_review_task(task=task, facts=facts, answer="已按票据更正", by=actor(other), at=scene.now())
    second = issued(scene, Claim.objects.get(pk=claim.pk))
    told = plain(text_of(content_of(letter=second)))
    assert second.round == 2
    assert "原决定为720.00元，本次补付80.00元" in told
    assert "未参与原决定的人员复核" in told


def test_it_can_be_read_in_english(scene: Scene) -> None:
    letter = issued(scene, scene.approve(scene.enter("1234.56")))
    told = text_of(english_of(letter=letter))
    for wanted in (
        "Decision: approved",
        "CNY 907.65 are due",
        "without a proof of its own",
        f"互助金决定通知书 No. {letter.claim.number}-{letter.round}",
        "(/proofs)",
        "article 24",
        "Clauses and working",
    ):
        assert (wanted in told) is (wanted != "article 24"), wanted


def test_there_is_none_on_what_is_not_decided(scene: Scene) -> None:
    with pytest.raises(NoComputation):
        issue_letter(claim=scene.enter(), number=1, by=BY, at=scene.now())


def test_the_member_and_the_office_get_it_and_nobody_else(scene: Scene) -> None:
    claim = scene.approve(scene.enter())
    letter = issued(scene, claim)
    today = scene.now().date()
    assert letter_for(actor=actor(scene.first), number=claim.number, on=today) == letter
    with pytest.raises(NotFound):
        letter_for(actor=actor(scene.cast.outsider), number=claim.number, on=today)
    with pytest.raises(NotFound):
        letter_for(actor=as_clerk(scene.cast.clerk), number=claim.number, on=today)


def test_a_decision_that_no_longer_stands_gets_no_letter(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1000.00"))
    task = ask_for_review(claim=claim, text="自付写错了", by=BY, at=scene.now())
    facts = {**facts_of(claim=Claim.objects.get(pk=claim.pk)), "amounts": {"self_paid": "1100.00"}}
    other = staff("复核庚", scene.cast.city, RoleName.REVIEWER)
    close_review_task(task=task, facts=facts, answer="已按票据更正", by=actor(other), at=scene.now())
    for number in (2, 1):  # the first is late
        deliver_letter(delivery="x", wanted={"claim": claim.number, "round": number})
    assert list(Letter.objects.filter(claim=claim).values_list("round", flat=True)) == [2]


def test_of_a_claim_that_is_opened_again_there_is_no_letter(scene: Scene) -> None:
    aside = set_aside(claim=scene.enter(), reason="other", text="待核", by=actor(scene.first), at=scene.now())
    issued(scene, aside)
    task = ask_for_review(claim=aside, text="请复核", by=BY, at=scene.now())
    reopen(claim=aside, task=task, answer="重新受理", by=actor(scene.senior), at=scene.now())
    with pytest.raises(NotFound):
        letter_for(actor=actor(scene.first), number=aside.number, on=scene.now().date())
