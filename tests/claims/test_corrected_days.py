"""A corrected first day of a stay, under plans that reopen for earlier stays: claims take the places that they would have had if
it had been filed so, at once where nobody decided yet, by a person otherwise; what plans do not reopen stays where it is."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pytest

from mutualaid.claims.actions.objections import close_review_task
from mutualaid.claims.actions.reviewing import correct_facts
from mutualaid.claims.models import Claim, ReviewTask
from mutualaid.claims.ordering import wanted_order_of
from mutualaid.claims.queries import facts_of
from mutualaid.claims.refusals import Refused
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.people.models import RoleName, Staff
from tests.claims.scene import Scene, actor, published
from tests.claims.test_late_filed import (
    APRIL,
    JUNE,
    MAY,
    SAYS,
    _covered,
    _enter,
    _left,
    _order,
    _ordered,
    _replay,
    _total,
)
from tests.people.cast import staff

pytestmark = pytest.mark.django_db
MARCH, JULY = datetime.date(2025, 4, 2), datetime.date(2025, 7, 10)


def _moved(claim: Claim, day: datetime.date, **more: Any) -> dict[str, Any]:
    """The facts of a claim with another first day, and the last two days later."""
    until = day + datetime.timedelta(days=2)
    return {**facts_of(claim=claim), "started_on": day.isoformat(), "ended_on": until.isoformat(), **more}


def _correct(scene: Scene, claim: Claim, day: datetime.date, **more: Any) -> None:
    facts = _moved(claim, day, **more)
    correct_facts(claim=claim, facts=facts, reason="按结算单", by=actor(scene.first), at=scene.now())


def _review(scene: Scene, claim: Claim, facts: dict[str, Any] | None, by: Staff, kind: str = "objection") -> ReviewTask:
    """A review of a decided claim, closed."""
    if kind == "objection":
        ReviewTask.objects.create(claim=claim, kind=kind, text="请复核", opened_at=scene.now(), due_on=JUNE)
    task = ReviewTask.objects.get(claim=claim, kind=kind, state="open")
    return close_review_task(task=task, facts=facts, answer="按结算单更正", by=actor(by), at=scene.now())


def _clean() -> None:
    found = _replay()
    assert (found.differences, found.awaiting) == ([], [])


def test_an_undecided_claim_takes_the_place_of_its_corrected_day(scene: Scene) -> None:
    _covered(scene)
    may, june = _enter(scene, MAY), _enter(scene, JUNE)
    assert [_total(one) for one in (may, june)] == [880, 120]
    _correct(scene, june, APRIL)
    assert _order(scene.cast.wei) == [june.number, may.number]
    assert [_total(one) for one in (may, june)] == [120, 880]
    _correct(scene, june, JULY)  # and back
    assert _order(scene.cast.wei) == [may.number, june.number]
    assert [_total(one) for one in (may, june)] == [880, 120]
    assert not ReviewTask.objects.exists()
    _clean()


def test_where_nothing_reopens_a_corrected_day_moves_nothing(scene: Scene) -> None:
    may, june = _enter(scene, MAY, member=scene.lin), _enter(scene, JUNE, member=scene.lin)
    _correct(scene, june, APRIL)
    assert _order(scene.lin) == [may.number, june.number]
    assert not AuditEntry.objects.filter(what="put_claims_in_order").exists()
    _clean()


def test_decided_claims_wait_for_a_person(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    _left(scene)
    june = _enter(scene, JUNE)
    _correct(scene, june, APRIL)
    assert _order(scene.cast.wei) == [may.number, june.number]
    task = ReviewTask.objects.get()
    assert (task.claim, task.kind, task.expected_amount) == (june, "reordered", 880)
    assert f"{may.number} 由 880.00 元变为 120.00 元" in task.text
    _clean()
    scene.approve(june)
    assert _review(scene, june, None, scene.senior, "reordered").changed
    assert _order(scene.cast.wei) == [june.number, may.number]
    assert [_total(may), _total(june), _ordered(scene.cast.wei)] == [120, 880, 1000]
    _clean()


def test_a_correction_that_needs_no_other_order_closes_what_waited(scene: Scene) -> None:
    _covered(scene)
    scene.approve(_enter(scene, MAY))
    april = _enter(scene, APRIL)
    _correct(scene, april, APRIL + datetime.timedelta(days=3), amounts={"self_paid": "400.00", "out_of_scope": "0.00"})
    task = ReviewTask.objects.get()
    assert (task.state, task.expected_amount) == ("open", 240)  # told anew: (400 - 100) x 80 %
    _correct(scene, april, JUNE)
    task.refresh_from_db()
    assert (task.state, task.changed, task.closed_by) == ("done", False, "claims")
    assert wanted_order_of(member=scene.cast.wei) is None
    _clean()


def test_a_decided_claim_whose_day_a_review_corrects(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    _left(scene)
    june = scene.approve(_enter(scene, JUNE))
    assert not _review(scene, june, _moved(june, APRIL), scene.senior).changed  # in its place it comes to the same
    assert _order(scene.cast.wei) == [may.number, june.number]
    _clean()
    assert _review(scene, june, None, scene.senior, "reordered").changed
    assert _order(scene.cast.wei) == [june.number, may.number]
    assert [_total(may), _total(june), _ordered(scene.cast.wei)] == [120, 880, 1000]
    assert not ReviewTask.objects.filter(state="open").exists()
    _clean()


def test_a_decided_claim_moves_at_once_where_no_decision_changes(scene: Scene) -> None:
    _covered(scene, per="stay")
    may, june, july = scene.approve(_enter(scene, MAY)), scene.approve(_enter(scene, JUNE)), _enter(scene, JULY)
    _review(scene, june, _moved(june, APRIL), scene.senior)
    assert _order(scene.cast.wei) == [june.number, may.number, july.number]
    assert not ReviewTask.objects.filter(state="open").exists()
    _clean()


def test_a_decided_claim_does_not_pass_by_itself_one_that_is_corrected_to_a_later_day(scene: Scene) -> None:
    """What is decided would come to more before the other: that is for a person, too."""
    _covered(scene)
    april = _enter(scene, APRIL)
    may = scene.approve(_enter(scene, MAY))
    assert [_total(april), _total(may)] == [880, 120]
    _correct(scene, april, JUNE)
    assert _order(scene.cast.wei) == [april.number, may.number]
    assert ReviewTask.objects.get().kind == "reordered"
    scene.approve(april)
    _review(scene, april, None, scene.senior, "reordered")
    assert _order(scene.cast.wei) == [may.number, april.number]
    assert [_total(april), _total(may), _ordered(scene.cast.wei)] == [120, 880, 1000]
    _clean()


def test_figures_and_order_that_change_at_once_are_put_right_by_one_task(scene: Scene) -> None:
    """The correction takes a sum and a day: the later decided claim would come to more in its place, to all in the new order."""
    _covered(scene)
    april, may = scene.approve(_enter(scene, APRIL)), scene.approve(_enter(scene, MAY))
    less = {"self_paid": "600.00", "out_of_scope": "0.00"}
    _review(scene, april, _moved(april, JUNE, amounts=less), scene.senior)
    assert sorted(ReviewTask.objects.filter(state="open").values_list("claim__number", "kind")) == sorted(
        [(april.number, "reordered"), (may.number, "recalculated")]
    )
    assert _replay().differences == []
    _review(scene, april, None, scene.senior, "reordered")
    assert [_total(may), _total(april)] == [880, 120]
    assert not ReviewTask.objects.filter(state="open").exists()
    _clean()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_after_any_corrections_nothing_differs(scene: Scene, seed: int) -> None:
    luck = random.Random(seed)
    _covered(scene)
    scene.cover(scene.cast.wei, scene.cast.yard, published(scene.cast.province, "hai-r2", cap=700, more=SAYS))
    reviewers = [
        scene.senior,
        *(staff(f"复核{name}", scene.cast.province, RoleName.SENIOR_REVIEWER) for name in "子丑寅卯辰"),
    ]
    for _ in range(40):
        claims = list(Claim.objects.order_by("id"))
        day = datetime.date(2025, 4, 5) + datetime.timedelta(days=luck.randrange(100))
        if not claims or luck.random() < 0.3:
            _enter(scene, day, luck.choice([90, 300, 1200, 2500]))
            continue
        claim = luck.choice(claims)
        deeds: list[Any] = [
            lambda claim=claim: scene.approve(claim),
            lambda claim=claim, day=day: _correct(scene, claim, day),
            lambda claim=claim, day=day: _review(scene, claim, _moved(claim, day), luck.choice(reviewers)),
            lambda: _left(scene),
            lambda: _close_any(scene, luck),
        ]
        try:
            luck.choice(deeds)()
        except (Refused, IllegalMove, IndexError):
            ReviewTask.objects.filter(kind="objection", state="open").delete()
        assert _replay().differences == []
    for claim in Claim.objects.filter(state="first_review"):
        if _total(claim):
            scene.approve(claim)


def _close_any(scene: Scene, luck: random.Random) -> None:
    task = luck.choice(list(ReviewTask.objects.filter(state="open").exclude(kind="objection")))
    close_review_task(task=task, facts=None, answer="按规则", by=actor(scene.senior), at=scene.now())
