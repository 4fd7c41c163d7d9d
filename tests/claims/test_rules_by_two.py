"""Nobody changes alone who looks at an office's claims, and four eyes are two persons'."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.claims.access import proposal_for, proposal_to_answer
from mutualaid.claims.actions.rules import (
    BadRule,
    NotAlone,
    ProposedAlready,
    agree_to_rule,
    propose_end_of_rule,
    propose_review_rule,
    refuse_rule,
    set_review_rule,
    withdraw_rule,
)
from mutualaid.claims.levels import levels_of_claim
from mutualaid.claims.models import ReviewRule, RuleProposal
from mutualaid.claims.refusals import NoReason, NotYours
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName, Staff
from tests.claims.scene import Scene, actor
from tests.people.cast import BY, LATER, staff

pytestmark = pytest.mark.django_db
ONE: dict[str, Any] = {
    "family": "",
    "amount_from": Decimal(0),
    "confirmed_by_employer": False,
    "first_review": True,
    "final_review": False,
    "elsewhere": False,
    "days": 5,
}
TWO: dict[str, Any] = {**ONE, "final_review": True}


@pytest.fixture
def proposer(scene: Scene) -> Staff:
    """A senior reviewer of the city; another is of the province."""
    return staff("复核辛", scene.cast.city, RoleName.SENIOR_REVIEWER)


def proposed(scene: Scene, by: Staff, **told: Any) -> RuleProposal:
    """A change of the city's rules."""
    return propose_review_rule(
        office=scene.cast.city, **{**TWO, **told}, reason="加强审核", by=actor(by), at=scene.now()
    )


def test_one_person_does_not_take_four_eyes_away(scene: Scene, proposer: Staff) -> None:
    set_review_rule(office=scene.cast.city, **TWO, by=BY, at=scene.now())
    claim = scene.enter("500.00")
    proposal = proposed(scene, proposer, final_review=False)
    assert levels_of_claim(claim=claim).final_review, "the old rule holds while the change waits"
    with pytest.raises(NotYours):
        agree_to_rule(proposal=proposal, by=actor(proposer), at=scene.now())
    with pytest.raises(NotAlone):
        set_review_rule(office=scene.cast.city, **ONE, by=actor(proposer), at=scene.now())
    agreed = agree_to_rule(proposal=proposal, by=actor(scene.senior), at=scene.now())
    assert (agreed.state, agreed.closed_by) == ("in_force", actor(scene.senior).key)
    assert not levels_of_claim(claim=claim).final_review
    told = AuditEntry.objects.filter(what="set_review_rule").latest("id")
    assert (told.actor_key, told.detail["proposal"]) == (actor(scene.senior).key, proposal.number)
    with pytest.raises(IllegalMove):
        agree_to_rule(proposal=proposal, by=actor(scene.senior), at=scene.now())


def test_the_first_rule_of_an_office_wants_two_persons(scene: Scene, proposer: Staff) -> None:
    proposal = proposed(scene, proposer)
    assert not ReviewRule.objects.exists()
    assert Notice.objects.get(template="rule_proposed").account_id == scene.senior.account_id
    agree_to_rule(proposal=proposal, by=actor(scene.senior), at=scene.now())
    assert ReviewRule.objects.get().final_review


def test_a_rule_ends_by_two_persons(scene: Scene, proposer: Staff) -> None:
    rule = set_review_rule(office=scene.cast.city, **TWO, by=BY, at=scene.now())
    ending = propose_end_of_rule(rule=rule, reason="并入上级", by=actor(proposer), at=scene.now())
    assert ReviewRule.objects.filter(pk=rule.pk).exists()
    with pytest.raises(ProposedAlready):
        proposed(scene, scene.senior, final_review=False)
    agree_to_rule(proposal=ending, by=actor(scene.senior), at=scene.now())
    assert not ReviewRule.objects.exists()
    assert AuditEntry.objects.filter(what="drop_review_rule").exists()


def test_a_change_is_refused_or_taken_back_with_a_reason(scene: Scene, proposer: Staff) -> None:
    first = proposed(scene, proposer)
    with pytest.raises(NotYours):
        refuse_rule(proposal=first, reason="不合适", by=actor(proposer), at=scene.now())
    with pytest.raises(NoReason):
        refuse_rule(proposal=first, reason=" ", by=actor(scene.senior), at=scene.now())
    assert refuse_rule(proposal=first, reason="不合适", by=actor(scene.senior), at=scene.now()).answer == "不合适"
    second = proposed(scene, proposer)
    with pytest.raises(NotYours):
        withdraw_rule(proposal=second, reason="写错了", by=actor(scene.senior), at=scene.now())
    assert withdraw_rule(proposal=second, reason="写错了", by=actor(proposer), at=scene.now()).state == "withdrawn"
    assert not ReviewRule.objects.exists()
    with pytest.raises(NoReason):
        propose_review_rule(office=scene.cast.city, **TWO, reason="", by=actor(proposer), at=scene.now())


@pytest.mark.parametrize(
    "told",
    [
        {"first_review": False, "final_review": True},
        {"final_review": False, "elsewhere": True},
        {"amount_from": Decimal(-1)},
        {"days": 0},
        {"days": 61},
    ],
)
def test_a_rule_that_cannot_be(scene: Scene, proposer: Staff, told: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        proposed(scene, proposer, **told)
    with pytest.raises(BadRule):
        set_review_rule(office=scene.cast.city, **{**TWO, **told}, by=BY, at=scene.now())


def test_the_database_keeps_four_eyes_too(scene: Scene, proposer: Staff) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewRule.objects.create(office=scene.cast.city, first_review=False, final_review=True)
    proposal = proposed(scene, proposer)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleProposal.objects.filter(pk=proposal.pk).update(state="in_force", closed_by=proposal.proposed_by)


def test_who_answers_is_senior_at_the_office_or_above(scene: Scene, proposer: Staff) -> None:
    number = proposed(scene, proposer).number
    below = staff("复核癸", scene.cast.county, RoleName.SENIOR_REVIEWER)
    admin = staff("系统子", scene.cast.city, RoleName.SYSTEM_ADMIN)
    assert proposal_to_answer(actor=actor(scene.senior), number=number, on=LATER).number == number
    assert proposal_for(actor=actor(admin), number=number, on=LATER).number == number
    for who in (below, admin, scene.first):
        with pytest.raises(NotFound):
            proposal_to_answer(actor=actor(who), number=number, on=LATER)


def test_changes_are_seen_in_their_branch(scene: Scene, proposer: Staff) -> None:
    proposed(scene, proposer)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")

    def seen(path: str) -> int:
        with within([path]):
            return RuleProposal.objects.count()

    assert [seen(unit.path) for unit in (scene.cast.city, scene.cast.province, scene.cast.other_city)] == [1, 1, 0]
