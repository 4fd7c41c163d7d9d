"""Filing and deciding: the engine's word at once, levels, consumption, and what changes when an earlier claim is taken out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mutualaid.claims.actions.reviewing import (
    NotReady,
    approve_claim,
    pass_first_review,
    refuse_claim,
    send_back,
    set_aside,
)
from mutualaid.claims.actions.rules import set_review_rule
from mutualaid.claims.assessing import BY as SYSTEM
from mutualaid.claims.models import Claim, Consumption, ReviewTask, Step
from mutualaid.claims.queries import Stands, stands, used_up
from mutualaid.claims.refusals import NotYours, Stale
from mutualaid.people.models import RoleName
from tests.claims.scene import PLAN, Scene, actor, published
from tests.people.cast import staff

pytestmark = pytest.mark.django_db


def test_five_equal_claims_come_to_what_is_right(scene: Scene) -> None:
    """openIMIS F1 and F2: deductible 100 a year, 80 %; the first 880, then 960 each, to the cap."""
    claims = [scene.enter("1200.00") for _ in range(3)]
    found = [stands(claim=one) for one in claims]
    assert [one.total for one in found if one] == [Decimal(880), Decimal(120), Decimal(0)]
    assert [one.state for one in claims] == ["first_review"] * 3
    assert used_up(member_id=scene.lin.pk)["hai-1", "inpatient.paid", "period:2025-04-01"] == 100_000


def test_approved_is_final_and_ordered_to_be_paid(scene: Scene) -> None:
    claim = scene.enter("1200.00")
    approved = scene.approve(claim)
    assert approved.state == "approved"
    steps = Consumption.objects.filter(claim=claim).values_list("step", flat=True)
    assert set(steps) == {Step.RESERVED, Step.FINAL}
    from mutualaid.payouts.models import PaymentOrder

    order = PaymentOrder.objects.get(reference=claim.number)
    assert order.amount == Decimal(880)


def test_what_is_set_aside_gives_its_part_back(scene: Scene) -> None:
    first, second = scene.enter("1200.00"), scene.enter("1200.00")
    set_aside(claim=first, reason="not_genuine", text="票据查无", by=actor(scene.first), at=scene.now())
    found = stands(claim=second)
    assert found is not None
    assert (found.round, found.total) == (2, Decimal(880))
    assert used_up(member_id=scene.lin.pk)["hai-1", "inpatient.paid", "period:2025-04-01"] == 88_000


def test_a_decided_later_claim_becomes_a_task(scene: Scene) -> None:
    first, second = scene.enter("1200.00"), scene.enter("1200.00")
    scene.approve(second)
    set_aside(claim=first, reason="not_genuine", text="票据查无", by=actor(scene.first), at=scene.now())
    task = ReviewTask.objects.get(claim=second)
    assert (task.kind, task.expected_amount) == ("recalculated", Decimal(880))


def test_four_eyes_from_ten_thousand(scene: Scene) -> None:
    large = published(scene.cast.province, "hai-large", cap=50_000)
    scene.cover(scene.lin, scene.cast.mill, large)
    claim = scene.enter("30000.00")
    found = stands(claim=claim)
    assert found is not None
    assert found.total > 10_000
    with pytest.raises(NotYours):
        approve_claim(claim=claim, seen=found.round, by=actor(scene.first), at=scene.now())
    passed = pass_first_review(claim=claim, seen=found.round, by=actor(scene.first), at=scene.now())
    assert passed.state == "final_review"
    approved = approve_claim(claim=claim, seen=found.round, by=actor(scene.senior), at=scene.now())
    assert (approved.state, approved.first_by != approved.final_by) == ("approved", True)


def test_the_final_review_is_done_by_another_office(scene: Scene) -> None:
    rule = {"confirmed_by_employer": False, "first_review": True, "final_review": True, "elsewhere": True, "days": 5}
    office = {"office": scene.cast.city, "family": "", "amount_from": Decimal(0)}
    set_review_rule(**office, **rule, by=SYSTEM, at=scene.now())  # type: ignore[arg-type]
    claim = scene.enter("500.00")
    pass_first_review(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    near = staff("复核子", scene.cast.city, RoleName.SENIOR_REVIEWER)
    with pytest.raises(NotYours, match="another office"):
        scene.approve(claim, near)
    send_back(claim=claim, text="请核对票据", by=actor(scene.senior), at=scene.now())
    again = pass_first_review(claim=claim, seen=1, by=actor(near), at=scene.now())
    assert (again.state, again.first_by) == ("final_review", actor(near).key)
    with pytest.raises(NotYours, match="another office"):
        scene.approve(claim, scene.first)
    assert scene.approve(claim, scene.senior).state == "approved"


def test_nobody_decides_finally_what_nobody_reviewed_first(scene: Scene) -> None:
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "hai-large", cap=50_000))
    claim = scene.enter("30000.00")
    pass_first_review(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    Claim.objects.filter(pk=claim.pk).update(first_by="")
    with pytest.raises(NotYours, match="first review"):
        scene.approve(claim, scene.senior)


def test_a_person_sees_each_refusal_but_one_below_the_deductible_beside_a_payment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = {
        "confirmed_by_employer": False,
        "first_review": False,
        "final_review": False,
        "elsewhere": False,
        "days": 5,
    }
    office = {"office": scene.cast.city, "family": "", "amount_from": Decimal(0)}
    set_review_rule(**office, **nobody, by=SYSTEM, at=scene.now())  # type: ignore[arg-type]
    monkeypatch.setattr("tests.claims.scene.PLAN", PLAN.replace("amount: 100,", "amount: 1000,"))
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "hai-2"))

    def entered(amount: str) -> tuple[str, list[tuple[str, list[str]]]]:
        claim = scene.enter(amount)
        found = stands(claim=claim)
        assert found is not None
        return claim.state, [(line.outcome, list(line.reasons)) for line in found.lines]

    assert entered("500.00") == ("approved", [("pay", []), ("refuse", ["below_deductible"])])
    assert entered("2000.00") == ("approved", [("pay", ["cap_reached"]), ("pay", ["cap_reached"])])
    state, lines = entered("500.00")
    assert (state, {outcome for outcome, _ in lines}) == ("first_review", {"refuse"})


def test_what_was_looked_at_is_what_stands(scene: Scene) -> None:
    earlier, claim = scene.enter("1200.00"), scene.enter("500.00")
    set_aside(claim=earlier, reason="duplicate", text="同一张票据", by=actor(scene.first), at=scene.now())
    for act in (pass_first_review, approve_claim, refuse_claim):
        with pytest.raises(Stale):
            act(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    assert scene.approve(claim).state == "approved"


def test_what_is_left_to_a_person_is_not_decided_nor_what_comes_after_it(scene: Scene) -> None:
    disagreeing = {"self_paid": "1200.00", "copay": "2000.00", "out_of_scope": "0.00"}
    claims = [scene.enter("1200.00", amounts=disagreeing), scene.enter("500.00")]
    assert [(found.refers, found.provisional) for found in map(_stands, claims)] == [(True, False), (False, True)]
    for claim in claims:
        for act in (pass_first_review, approve_claim, refuse_claim):
            with pytest.raises(NotReady):
                act(claim=claim, seen=1, by=actor(scene.first), at=scene.now())


def _stands(claim: Claim) -> Stands:
    found = stands(claim=claim)
    assert found is not None
    return found
