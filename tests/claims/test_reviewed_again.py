"""Decided claims at which persons look again: whose eyes, until when, and what closes or is looked for by itself."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.claims.access import tasks_visible_to
from mutualaid.claims.actions.objections import TooLate, ask_for_review, close_review_task, reopen
from mutualaid.claims.actions.reviewing import correct_facts, set_aside
from mutualaid.claims.actions.rules import set_review_rule
from mutualaid.claims.assessing import BY as SYSTEM
from mutualaid.claims.eyes import left_for_review
from mutualaid.claims.letters import decided_of, letter_facts
from mutualaid.claims.models import Claim, ReviewTask
from mutualaid.claims.queries import facts_of, happened, may_object_until
from mutualaid.claims.refusals import NotYours
from mutualaid.core.dates import day_of
from mutualaid.notices.models import Notice
from mutualaid.people.models import RoleName, Staff
from tests.claims.scene import CLAIMED, Scene, actor, published
from tests.people.cast import BY, LATER, staff

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def told(claim: Claim, amount: str, **more: Any) -> dict[str, Any]:
    """The claim's facts, but for what the member bears."""
    kept = facts_of(claim=Claim.objects.select_related("particulars").get(pk=claim.pk))
    return {**kept, "amounts": {"self_paid": amount, "out_of_scope": "0.00"}, **more}


def objected(scene: Scene, claim: Claim, at: datetime.datetime | None = None) -> ReviewTask:
    """The member asks that a person look again."""
    return ask_for_review(claim=claim, text="金额不对", by=BY, at=at or scene.now())


def answered(
    scene: Scene, claim: Claim, amount: str | None, by: Staff, at: datetime.datetime | None = None
) -> ReviewTask:
    """The member objects, and somebody finds another amount, or (None) the same."""
    task = objected(scene, claim, at)
    facts = None if amount is None else told(claim, amount)
    return close_review_task(task=task, facts=facts, answer="已核", by=actor(by), at=at or scene.now())


def reviewers(scene: Scene, *names: str) -> list[Staff]:
    """Of the city."""
    return [staff(name, scene.cast.city, RoleName.REVIEWER) for name in names]


# --- whose eyes -------------------------------------------------------------------------------------------------------


def test_who_closed_a_review_does_not_close_the_next(scene: Scene) -> None:
    claim = scene.approve(scene.enter("500.00"))
    second, third = reviewers(scene, "审核壬", "审核癸")
    answered(scene, claim, None, second)
    task = objected(scene, claim)
    for who in (scene.first, second):
        with pytest.raises(NotYours):
            close_review_task(task=task, facts=None, answer="已核", by=actor(who), at=scene.now())
        assert not tasks_visible_to(actor=actor(who), on=LATER).filter(pk=task.pk).exists()
    assert tasks_visible_to(actor=actor(second), on=LATER).filter(state="done").count() == 1, "their own they read"
    assert tasks_visible_to(actor=actor(third), on=LATER).filter(pk=task.pk).exists()
    assert close_review_task(task=task, facts=None, answer="已核", by=actor(third), at=scene.now()).state == "done"


def test_who_corrected_the_facts_had_a_part_in_the_decision(scene: Scene) -> None:
    second, third = reviewers(scene, "审核壬", "审核癸")
    claim = scene.enter("500.00")
    correct_facts(claim=claim, facts=told(claim, "400.00"), reason="按票据", by=actor(second), at=scene.now())
    task = objected(scene, scene.approve(claim))
    with pytest.raises(NotYours):
        close_review_task(task=task, facts=None, answer="已核", by=actor(second), at=scene.now())
    assert not tasks_visible_to(actor=actor(second), on=LATER).filter(pk=task.pk).exists()
    assert close_review_task(task=task, facts=None, answer="已核", by=actor(third), at=scene.now()).state == "done"


def test_a_part_before_it_was_opened_again_counts(scene: Scene) -> None:
    (second,) = reviewers(scene, "审核壬")
    aside = set_aside(claim=scene.enter("500.00"), reason="other", text="待核", by=actor(scene.first), at=scene.now())
    again = reopen(claim=aside, task=objected(scene, aside), answer="查实", by=actor(second), at=scene.now())
    claim = scene.approve(again, scene.senior)
    task = objected(scene, claim)
    for who in (scene.first, second, scene.senior):
        with pytest.raises(NotYours):
            close_review_task(task=task, facts=None, answer="已核", by=actor(who), at=scene.now())


def test_where_nobody_is_left_the_office_above_takes_it(scene: Scene) -> None:
    claim = scene.approve(scene.enter("500.00"))
    left = left_for_review(claim=claim, on=LATER)
    assert (left.usual, left.office, left.above) == (scene.cast.city, scene.cast.province, True)
    task = objected(scene, claim)
    assert Notice.objects.get(template="review_asked").account_id == scene.senior.account_id
    close_review_task(task=task, facts=None, answer="已核", by=actor(scene.senior), at=scene.now())
    nobody = left_for_review(claim=claim, on=LATER)
    assert (nobody.office, nobody.above) == (None, False)
    reviewers(scene, "审核壬")
    assert left_for_review(claim=claim, on=LATER).office == scene.cast.city


def test_the_two_of_a_review_are_of_two_offices_where_the_rule_says_so(scene: Scene) -> None:
    set_review_rule(
        office=scene.cast.city,
        family="",
        amount_from=Decimal(10_000),
        confirmed_by_employer=False,
        first_review=True,
        final_review=True,
        elsewhere=True,
        days=5,
        by=BY,
        at=scene.now(),
    )
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "hai-large", cap=50_000))
    set_review_rule(
        office=scene.cast.city, family="", amount_from=Decimal(0), confirmed_by_employer=False, first_review=True,
        final_review=False, elsewhere=False, days=5, by=BY, at=scene.now(),
    )  # fmt: skip
    claim = scene.approve(scene.enter("2000.00"))
    (other,) = reviewers(scene, "审核壬")
    neighbour = staff("复核辛", scene.cast.city, RoleName.SENIOR_REVIEWER)
    task = answered(scene, claim, "40000.00", other)
    assert task.state == "open"
    facts = told(claim, "40000.00")
    with pytest.raises(NotYours):
        close_review_task(task=task, facts=facts, answer="已核", by=actor(neighbour), at=scene.now())
    closed = close_review_task(task=task, facts=facts, answer="已核", by=actor(scene.senior), at=scene.now())
    assert (closed.state, closed.changed) == ("done", True)


def test_the_story_says_which_office_looked_first_and_finally(scene: Scene) -> None:
    from mutualaid.claims.actions.reviewing import approve_claim, pass_first_review

    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "hai-large", cap=50_000))
    claim = scene.enter("20000.00")
    pass_first_review(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    approve_claim(claim=claim, seen=1, by=actor(scene.senior), at=scene.now())
    steps = {one.what: one for one in happened(claim=claim)}
    first, final = steps["pass_first_review"], steps["approve_claim"]
    assert (first.office, final.office, final.final) == (scene.cast.city.name, scene.cast.province.name, True)


# --- until when -------------------------------------------------------------------------------------------------------


def test_the_days_to_object_run_from_the_newest_decision_that_changed_it(scene: Scene) -> None:
    second, third = reviewers(scene, "审核壬", "审核癸")
    claim = scene.approve(scene.enter("500.00"))
    assert claim.decided_at is not None
    first_day = day_of(claim.decided_at)
    assert may_object_until(claim=claim) == first_day + 60 * DAY
    answered(scene, claim, "800.00", second, CLAIMED + 50 * DAY)
    changed_on = day_of(CLAIMED + 50 * DAY)
    assert may_object_until(claim=claim) == changed_on + 60 * DAY
    letter = letter_facts(decided=decided_of(claim=claim, number=2), lang="zh")
    assert str(changed_on + 60 * DAY) in str(letter["sections"])
    earlier = letter_facts(decided=decided_of(claim=claim, number=1), lang="zh")
    assert str(first_day + 60 * DAY) in str(earlier["sections"])
    answered(scene, claim, None, third, CLAIMED + 100 * DAY)
    assert may_object_until(claim=claim) == changed_on + 60 * DAY, "a review that changes nothing gives no more days"
    objected(scene, claim, CLAIMED + 110 * DAY).delete()
    with pytest.raises(TooLate):
        objected(scene, claim, CLAIMED + 112 * DAY)


# --- what closes, and is looked for, by itself ------------------------------------------------------------------------


def test_figures_that_agree_again_close_their_task(scene: Scene) -> None:
    second, third = reviewers(scene, "审核壬", "审核癸")
    one, later = scene.enter("1200.00"), scene.enter("1200.00")
    scene.approve(one)
    scene.approve(later)
    answered(scene, one, "600.00", second)
    task = ReviewTask.objects.get(claim=later)
    assert (task.kind, task.state) == ("recalculated", "open")
    answered(scene, one, "1200.00", third)
    task.refresh_from_db()
    assert (task.state, task.closed_by, task.changed) == ("done", SYSTEM.key, False)
    assert task.answer is not None
    assert "与原决定一致" in task.answer


def test_a_review_that_decides_anew_leaves_no_task_about_the_same(scene: Scene) -> None:
    second, third = reviewers(scene, "审核壬", "审核癸")
    one, later = scene.enter("1200.00"), scene.enter("1200.00")
    scene.approve(one)
    scene.approve(later)
    answered(scene, one, "600.00", second)
    answered(scene, later, None, third)
    assert not ReviewTask.objects.filter(claim=later, state="open").exists()
    assert ReviewTask.objects.get(claim=later, kind="objection").changed is True


def test_doubles_are_looked_for_again_when_facts_are_corrected(scene: Scene) -> None:
    one = scene.enter("300.00", started_on="2025-06-01", ended_on="2025-06-04")
    two = scene.enter("310.00", started_on="2025-06-10", ended_on="2025-06-12")
    three = scene.enter("320.00", started_on="2025-06-20", ended_on="2025-06-22")

    def same() -> list[int | None]:
        return [Claim.objects.get(pk=claim.pk).same_as_id for claim in (two, three)]

    def corrected(claim: Claim, amount: str, start: str, end: str) -> None:
        facts = told(claim, amount, started_on=start, ended_on=end)
        correct_facts(claim=claim, facts=facts, reason="出院小结", by=actor(scene.first), at=scene.now())

    assert same() == [None, None]
    corrected(two, "310.00", "2025-06-02", "2025-06-05")
    assert same() == [one.pk, None]
    corrected(two, "310.00", "2025-06-19", "2025-06-21")
    assert same() == [None, two.pk], "a later claim is looked at, too"
    corrected(two, "310.00", "2025-06-10", "2025-06-12")
    assert same() == [None, None]
