"""Where nobody answers for an employer, the office finds out about a membership: with a note, and never who then reviews it."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.claims import jobs
from mutualaid.claims.access import claim_to_confirm_for, queue_of
from mutualaid.claims.actions.confirming import (
    AskedAlready,
    TheirTurn,
    ask_office,
    confirm_for_employer,
    confirm_membership,
)
from mutualaid.claims.actions.reviewing import correct_facts, pass_first_review, send_back
from mutualaid.claims.actions.rules import set_review_rule
from mutualaid.claims.models import CallNote, Claim, Confirmation, How
from mutualaid.claims.queries import facts_of, happened, stands
from mutualaid.claims.refusals import NoReason, NotYours
from mutualaid.claims.reviewers import turn_of
from mutualaid.core.moves import IllegalMove
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound
from mutualaid.people.models import Member, RoleName
from tests.claims.scene import Scene, actor
from tests.people.cast import BY, LATER, as_clerk, staff

pytestmark = pytest.mark.django_db
FOUND: dict[str, Any] = {"confirmed": True, "remark": "", "how": How.CALL, "ascertained": "工会主席周某：在册会员"}


@pytest.fixture
def asked(scene: Scene) -> Scene:
    """The office wants the employer's word first."""
    set_review_rule(
        office=scene.cast.city,
        family="",
        amount_from=Decimal(0),
        confirmed_by_employer=True,
        first_review=True,
        final_review=False,
        elsewhere=False,
        days=3,
        by=BY,
        at=scene.now(),
    )
    return scene


@pytest.fixture
def lonely(asked: Scene) -> Claim:
    """A claim at an employer that has no clerk."""
    asked.cover(asked.cast.wei, asked.cast.yard)
    return asked.enter("500.00", member=asked.cast.wei)


def test_an_employer_without_a_clerk_is_asked_about_by_the_office_at_once(asked: Scene, lonely: Claim) -> None:
    assert (lonely.state, lonely.office_asked_at is not None) == ("confirming", True)
    assert Notice.objects.get(template="office_asked_to_confirm").account_id == asked.first.account_id
    found = confirm_for_employer(claim=lonely, **FOUND, by=actor(asked.first), at=asked.now())
    assert found.state == "first_review"
    told = Confirmation.objects.get()
    assert (told.how, told.office, told.ascertained) == ("call", asked.cast.city, FOUND["ascertained"])
    assert CallNote.objects.get(claim=found).text == FOUND["ascertained"]
    assert happened(claim=found)[-1].office == asked.cast.city.name


def test_who_found_out_does_not_review_it(asked: Scene, lonely: Claim) -> None:
    claim = confirm_for_employer(claim=lonely, **FOUND, by=actor(asked.first), at=asked.now())
    on = LATER + datetime.timedelta(days=400)
    assert not queue_of(actor=actor(asked.first), on=on).exists()
    found = stands(claim=claim)
    assert found is not None
    assert turn_of(claim=claim, found=found, actor=actor(asked.first)).approving is not None
    for act in (
        lambda: asked.approve(claim),
        lambda: pass_first_review(claim=claim, seen=1, by=actor(asked.first), at=asked.now()),
        lambda: correct_facts(
            claim=claim,
            facts=facts_of(claim=Claim.objects.select_related("particulars").get(pk=claim.pk)),
            reason="按票据",
            by=actor(asked.first),
            at=asked.now(),
        ),
    ):
        with pytest.raises(NotYours):
            act()
    assert queue_of(actor=actor(asked.senior), on=on).exists()
    assert asked.approve(claim, asked.senior).state == "approved"


def test_a_clerk_answers_first_and_the_office_when_the_days_are_over(asked: Scene) -> None:
    claim = asked.enter("500.00")
    assert claim.office_asked_at is None
    assert claim.due_on is not None
    with pytest.raises(TheirTurn):
        confirm_for_employer(claim=claim, **FOUND, by=actor(asked.first), at=asked.now())
    late = asked.now() + (claim.due_on - asked.now().date() + datetime.timedelta(days=1))
    jobs.ask_offices(at=asked.now())
    assert not Notice.objects.filter(template="office_asked_to_confirm").exists()
    for _ in range(2):
        jobs.ask_offices(at=late)
    assert Notice.objects.filter(template="office_asked_to_confirm").count() == 1
    with pytest.raises(AskedAlready):
        ask_office(claim=claim, by=BY, at=late)
    paper = {**FOUND, "confirmed": False, "remark": "已离职", "how": How.PAPER, "ascertained": "单位证明，盖章"}
    moved = confirm_for_employer(claim=claim, **paper, by=actor(asked.first), at=late)
    assert moved.state == "first_review"
    assert not CallNote.objects.exists()
    with pytest.raises(IllegalMove):
        confirm_membership(claim=claim, confirmed=True, remark="", by=as_clerk(asked.cast.clerk), at=late)


def test_a_claim_that_is_sent_back_is_asked_about_anew(asked: Scene, lonely: Claim) -> None:
    claim = confirm_for_employer(claim=lonely, **FOUND, by=actor(asked.first), at=asked.now())
    back = send_back(claim=claim, text="请再核实", by=actor(asked.senior), at=asked.now())
    assert back.state == "confirming"
    assert Notice.objects.filter(template="office_asked_to_confirm", account=asked.first.account).count() == 2


@pytest.mark.parametrize("told", [{"ascertained": " "}, {"how": How.EMPLOYER}, {"confirmed": False, "remark": " "}])
def test_how_it_was_found_out_is_said(asked: Scene, lonely: Claim, told: dict[str, Any]) -> None:
    with pytest.raises(NoReason):
        confirm_for_employer(claim=lonely, **{**FOUND, **told}, by=actor(asked.first), at=asked.now())


def test_nobody_answers_for_their_own_employer_on_their_own_claim(asked: Scene, lonely: Claim) -> None:
    Member.objects.filter(pk=lonely.member_id).update(account=asked.first.account_id)
    with pytest.raises(NotYours):
        confirm_for_employer(claim=lonely, **FOUND, by=actor(asked.first), at=asked.now())


def test_a_clerk_says_nothing_of_their_own_membership(asked: Scene) -> None:
    claim = asked.enter("500.00")
    Member.objects.filter(pk=claim.member_id).update(account=asked.cast.clerk.account_id)
    with pytest.raises(NotYours):
        confirm_membership(claim=claim, confirmed=True, remark="", by=as_clerk(asked.cast.clerk), at=asked.now())
    assert not Confirmation.objects.exists()


def test_staff_with_the_employer_in_their_branch_find_out(asked: Scene, lonely: Claim) -> None:
    officer = staff("经办丑", asked.cast.county, RoleName.ENROLMENT_CLERK)
    assert claim_to_confirm_for(actor=actor(officer), number=lonely.number, on=LATER).pk == lonely.pk
    for who in (asked.cast.outsider, asked.finance):
        with pytest.raises(NotFound):
            claim_to_confirm_for(actor=actor(who), number=lonely.number, on=LATER)
