"""Two records become one history, in the order that the plans want: what is not decided takes its place at once, decided claims
are put in order by a person, as where one stay was filed late."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from mutualaid.claims.actions.objections import close_review_task
from mutualaid.claims.doubling import preview
from mutualaid.claims.history import read
from mutualaid.claims.models import Claim, ClaimNote, ReviewTask
from mutualaid.claims.ordering import wanted_order_of
from mutualaid.claims.queries import stands
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member
from mutualaid.plans.models import PlanVersion
from tests.claims.merges import Double, double
from tests.claims.scene import PLAN, TERM, Scene, actor
from tests.people.cast import AT

pytestmark = pytest.mark.django_db
SAYS = "late_filed: {earlier_stay: reopens, clause: 第五条}"
APRIL, MAY, DECEMBER = (datetime.date(2025, month, 10) for month in (4, 5, 12))
HALF = datetime.date(2025, 10, 1)


@pytest.fixture
def two(scene: Scene) -> Double:
    """A member and her double, covered by one plan for life: she for the first half of the year, the double for the second."""
    found = double(scene)
    found.kept = scene.cast.wei
    _covered(found, SAYS)
    return found


def _covered(two: Double, more: str, plan: str = "hai-o") -> None:
    text = PLAN.format(plan=plan, family=plan, term=TERM, cap=1000, more=more, per="period")
    text = text.replace("{per: period, amount: 1000", "{per: life, amount: 1000")
    version = PlanVersion.objects.create(
        office=two.scene.cast.province, plan=plan, family=plan, name_zh="终身互助", text=text, sha256="0" * 64,
        state="published", drafted_at=AT, published_at=AT, offered_from_on=datetime.date(2025, 3, 1),
    )  # fmt: skip
    first = two.scene.cover(two.kept, two.scene.cast.mill, version)
    Cover.objects.filter(pk=first.pk).update(until_on=HALF)
    second = two.scene.cover(two.merged, two.scene.cast.yard, version)
    Cover.objects.filter(pk=second.pk).update(from_on=HALF, joined_on=HALF)


def _enter(two: Double, member: Member, day: datetime.date, amount: int = 1200) -> Claim:
    days = {"started_on": day.isoformat(), "ended_on": (day + datetime.timedelta(days=2)).isoformat()}
    return two.scene.enter(amount, member=member, **days)


def _total(claim: Claim) -> Decimal:
    found = stands(claim=claim)
    assert found is not None
    return found.total


def _order(member: Member) -> list[str]:
    return [one.number for one in read(member=member).events]


def _agrees() -> Replayed:
    found = [Replayed(), *replayed()][-1]
    assert found.differences == []
    return found


def test_what_is_not_decided_takes_its_place_at_once(two: Double) -> None:
    december = _enter(two, two.merged, DECEMBER)
    april = _enter(two, two.kept, APRIL)
    told = {one.claim.number: one.would_be for one in preview(kept=two.kept, merged=two.merged)}
    assert told == {december.number: Decimal(120)}
    two.merge()
    assert _order(two.kept) == [april.number, december.number]
    assert (_total(april), _total(december)) == (Decimal(880), Decimal(120))
    assert wanted_order_of(member=two.kept) is None
    assert not ReviewTask.objects.exists()
    _agrees()


def test_decided_claims_are_put_in_order_by_a_person(two: Double) -> None:
    december = two.scene.approve(_enter(two, two.merged, DECEMBER))
    april = two.scene.approve(_enter(two, two.kept, APRIL))
    two.merge()
    assert _order(two.kept) == [december.number, april.number]
    assert (_total(april), _total(december)) == (Decimal(880), Decimal(880))  # what was decided stands
    task = ReviewTask.objects.get(kind="reordered", state="open")
    assert (task.claim, task.expected_amount) == (april, Decimal(880))
    assert f"{december.number} 由 880.00 元变为 120.00 元" in task.text
    _agrees()
    close_review_task(task=task, facts=None, answer="按规则调整先后", by=actor(two.scene.senior), at=two.scene.now())
    assert _order(two.kept) == [april.number, december.number]
    assert (_total(april), _total(december)) == (Decimal(880), Decimal(120))
    assert not ReviewTask.objects.filter(state="open").exists()
    found = _agrees()
    assert found.awaiting == []


def test_one_that_is_not_decided_passes_as_far_as_it_goes_alone(two: Double) -> None:
    december = two.scene.approve(_enter(two, two.merged, DECEMBER, 3000))
    may = _enter(two, two.kept, MAY, 300)
    april = _enter(two, two.kept, APRIL, 300)
    assert _order(two.kept) == [april.number, may.number]
    two.merge()
    assert _order(two.kept) == [december.number, april.number, may.number]
    assert (_total(december), _total(april)) == (Decimal(1000), Decimal(0))
    task = ReviewTask.objects.get(kind="reordered", state="open")
    assert (task.claim, task.expected_amount) == (april, Decimal(160))
    _agrees()


def test_where_plans_disagree_filing_stands_and_a_person_looks(two: Double) -> None:
    _covered(two, "", "hai-p")
    december = _enter(two, two.merged, DECEMBER, 500)
    april = _enter(two, two.kept, APRIL, 500)
    two.merge()
    assert _order(two.kept) == [december.number, april.number]
    assert december.number in ClaimNote.objects.get(claim=april).text
    assert not ReviewTask.objects.exists()
    _agrees()
