"""Money that a decision changes is looked at by as many persons as the first decision, nobody's own, and is ordered once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mutualaid.claims.actions.objections import ask_for_review, close_review_task, reopen
from mutualaid.claims.actions.reviewing import approve_claim, correct_facts, pass_first_review, set_aside
from mutualaid.claims.models import Assessment, Claim, ReviewTask
from mutualaid.claims.queries import facts_of, stands
from mutualaid.claims.refusals import NotYours
from mutualaid.ledger.queries import payable
from mutualaid.payouts.actions.orders import stop_order
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Member, RoleName, Staff
from tests.claims.scene import Scene, actor, published
from tests.people.cast import BY, staff

pytestmark = pytest.mark.django_db


def told(claim: Claim, amount: str) -> dict[str, Any]:
    """The claim's facts, but for what the member bears."""
    kept = facts_of(claim=Claim.objects.select_related("particulars").get(pk=claim.pk))
    return {**kept, "amounts": {"self_paid": amount, "out_of_scope": "0.00"}}


def objected(scene: Scene, claim: Claim) -> ReviewTask:
    """The member asks that a person look again."""
    return ask_for_review(claim=claim, text="金额不对", by=BY, at=scene.now())


def answered(scene: Scene, claim: Claim, amount: str, by: Staff) -> ReviewTask:
    """The member objects, and somebody finds another amount."""
    task = objected(scene, claim)
    return close_review_task(task=task, facts=told(claim, amount), answer="已核", by=actor(by), at=scene.now())


def orders(claim: Claim) -> list[tuple[str, Decimal]]:
    """What was ordered for a claim, as it stands."""
    return list(PaymentOrder.objects.filter(reference=claim.number).order_by("id").values_list("state", "amount"))


def large(scene: Scene) -> None:
    """The member has a plan that pays more than one person may decide."""
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "hai-large", cap=50_000))


def own(scene: Scene, who: Staff) -> None:
    """The member turns out to be somebody of the staff."""
    Member.objects.filter(pk=scene.lin.pk).update(account=who.account_id)


def test_nobody_passes_or_corrects_their_own_claim(scene: Scene) -> None:
    large(scene)
    claim = scene.enter("30000.00")
    own(scene, scene.first)
    with pytest.raises(NotYours):
        pass_first_review(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    with pytest.raises(NotYours):
        correct_facts(claim=claim, facts=told(claim, "1"), reason="按票据", by=actor(scene.first), at=scene.now())


def test_nobody_reviews_a_decision_on_their_own_claim(scene: Scene) -> None:
    claim = scene.approve(scene.enter("500.00"), scene.senior)
    aside = set_aside(claim=scene.enter(), reason="other", text="待核", by=actor(scene.senior), at=scene.now())
    own(scene, scene.first)
    with pytest.raises(NotYours):
        answered(scene, claim, "1000.00", scene.first)
    task = objected(scene, aside)
    with pytest.raises(NotYours):
        reopen(claim=aside, task=task, answer="已核", by=actor(scene.first), at=scene.now())


def test_whoever_corrects_at_the_final_review_does_not_decide(scene: Scene) -> None:
    large(scene)
    claim = scene.enter("20000.00")
    pass_first_review(claim=claim, seen=1, by=actor(scene.first), at=scene.now())
    correct_facts(claim=claim, facts=told(claim, "60000.00"), reason="按票据", by=actor(scene.senior), at=scene.now())
    with pytest.raises(NotYours):
        approve_claim(claim=claim, seen=2, by=actor(scene.senior), at=scene.now())
    another = staff("复核辛", scene.cast.province, RoleName.SENIOR_REVIEWER)
    approved = approve_claim(claim=claim, seen=2, by=actor(another), at=scene.now())
    assert (approved.first_by, approved.final_by) == (actor(scene.senior).key, actor(another).key)


def test_a_review_that_pays_much_more_wants_two_persons(scene: Scene) -> None:
    large(scene)
    claim = scene.approve(scene.enter("2000.00"))
    other = staff("复核庚", scene.cast.city, RoleName.REVIEWER)
    task = answered(scene, claim, "40000.00", other)
    assert (task.state, len(orders(claim))) == ("open", 1)
    again = close_review_task(task=task, answer="已核", facts=told(claim, "40000.00"), by=actor(other), at=scene.now())
    assert again.state == "open"
    junior = staff("复核壬", scene.cast.city, RoleName.REVIEWER)
    task.refresh_from_db()
    with pytest.raises(NotYours):
        close_review_task(task=task, answer="已核", facts=told(claim, "40000.00"), by=actor(junior), at=scene.now())
    differs = close_review_task(
        task=task, answer="已核", facts=told(claim, "41000.00"), by=actor(scene.senior), at=scene.now()
    )
    assert (differs.state, len(orders(claim))) == ("open", 1)
    closed = close_review_task(
        task=differs, answer="已核", facts=told(claim, "41000.00"), by=actor(other), at=scene.now()
    )
    found = stands(claim=claim)
    assert found is not None
    assert (closed.state, sum(amount for _, amount in orders(claim))) == ("done", found.total)


def test_less_and_then_more_is_not_paid_twice(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))  # 800 yuan
    PaymentOrder.objects.filter(reference=claim.number).update(state="batched")  # on its way
    others = [staff(name, scene.cast.city, RoleName.REVIEWER) for name in ("复核庚", "复核壬", "复核癸")]
    answered(scene, claim, "600.00", others[0])
    assert orders(claim) == [("batched", Decimal(800))]
    answered(scene, claim, "1000.00", others[1])
    assert orders(claim) == [("batched", Decimal(800))], "720 are due, 800 were ordered"
    answered(scene, claim, "1200.00", others[2])
    assert [amount for _, amount in orders(claim)] == [Decimal(800), Decimal(80)]


def test_less_before_it_left_is_paid_and_owed_as_decided(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    answered(scene, claim, "600.00", scene.senior)
    assert orders(claim) == [("stopped", Decimal(800)), ("created", Decimal(400))]
    assert payable(book=scene.fund.book) == Decimal(400)


def test_what_finance_stopped_is_owed_as_decided_anew(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    order = PaymentOrder.objects.get(reference=claim.number)
    stop_order(order=order, reason="户名待核", by=actor(scene.finance), at=scene.now())
    answered(scene, claim, "1200.00", scene.senior)
    assert orders(claim) == [("stopped", Decimal(800)), ("created", Decimal(880))]
    assert payable(book=scene.fund.book) == Decimal(880)


def test_stays_that_begin_on_one_day_are_looked_at(scene: Scene) -> None:
    day: dict[str, Any] = {"started_on": "2025-06-02", "ended_on": "2025-06-02"}
    first, second = scene.enter("300.00", **day), scene.enter("310.00", **day)
    assert second.same_as_id == first.pk


def test_a_bill_told_twice_in_other_words_is_looked_at(scene: Scene) -> None:
    bill = {"total": "300.00", "self_paid": "300.00"}
    day: dict[str, Any] = {"kind": "outpatient", "started_on": "2025-06-02", "ended_on": None}
    first = scene.enter(amounts=bill, **day)
    second = scene.enter(amounts={**bill, "out_of_scope": "0.00"}, **day)
    assert second.same_as_id == first.pk
    assert Assessment.objects.filter(claim=second).exists()
