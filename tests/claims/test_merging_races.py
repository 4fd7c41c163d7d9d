"""Merges at once with each other and with claims: real threads, real transactions. A double is merged once,
and nothing is left with it."""

from __future__ import annotations

from functools import partial

import pytest

from mutualaid.claims.actions.merging import Hindered, confirm_merge
from mutualaid.claims.models import Claim, Merge
from mutualaid.claims.queries import used_up
from mutualaid.claims.refusals import NotCovered
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.core.moves import IllegalMove
from mutualaid.people.models import IdentityChange, Member, RoleName
from tests.claims import scene as scenes
from tests.claims.merges import Double, double
from tests.claims.scene import actor, published
from tests.people.cast import staff
from tests.racing import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES = 8


def _agrees() -> None:
    found = [Replayed(), *replayed()][-1]
    assert found.differences == []


def _covered(two: Double, number: int) -> Double:
    """Another double, of the same member, with a cover in a plan of its own."""
    again = Double(two.scene, two.kept, two.merged, two.proposer, two.decider)
    again.scene.cover(again.merged, again.scene.cast.yard, published(again.scene.cast.province, f"hai-r{number}"))
    return again


def test_two_confirmations_at_once_merge_once() -> None:
    scene = scenes.made()
    two = _covered(double(scene), 0)
    third = staff("参保癸", scene.cast.city, RoleName.ENROLMENT_CLERK)
    scene.enter(300, member=two.merged)
    merge, at = two.propose(), scene.now()
    raised = together(
        *(partial(confirm_merge, merge=merge, by=by, at=at) for by in (two.deciding, actor(third)) for _ in range(2))
    )
    assert sum(one is None for one in raised) == 1
    assert all(one is None or isinstance(one, (IllegalMove, Hindered)) for one in raised), raised
    assert IdentityChange.objects.filter(member=two.kept).count() == 1
    _agrees()


def test_a_claim_filed_while_its_member_is_merged_is_the_members() -> None:
    scene = scenes.made()
    first = double(scene)
    for number in range(TIMES):
        two = first if number == 0 else _another(first, number)
        two = _covered(two, number)
        merge, at = two.propose(), scene.now()
        stale = Member.objects.get(pk=two.merged.pk)
        raised = together(
            partial(confirm_merge, merge=merge, by=two.deciding, at=at),
            partial(scene.enter, 300, member=stale),
            partial(scene.enter, 400, member=two.kept),
        )
        assert raised == [None, None, None]
        assert not Claim.objects.filter(member=two.merged).exists()
        assert used_up(member_id=two.merged.pk) == {}
        assert Merge.objects.get(pk=merge.pk).state == "done"
    assert Claim.objects.filter(member=first.kept).count() == 2 * TIMES
    _agrees()


def _another(two: Double, number: int) -> Double:
    from tests.people.cast import member

    merged = member(two.scene.cast.yard, 302 + 2 * number, "林小禾")
    return Double(two.scene, two.kept, merged, two.proposer, two.decider)


def test_merges_that_cross_end_with_one() -> None:
    """Each of two into the other, and one of them into a third: whoever comes second is refused, and nobody leads in a circle."""
    scene = scenes.made()
    two = double(scene)
    crossing = Double(scene, scene.cast.wei, two.kept, two.proposer, two.decider)
    merge = two.propose()
    Merge.objects.filter(pk=merge.pk).update(state="withdrawn")  # so that a second proposal may name the same member
    other, at = crossing.propose(), scene.now()
    Merge.objects.filter(pk=merge.pk).update(state="proposed")
    raised = together(
        partial(confirm_merge, merge=merge, by=two.deciding, at=at),
        partial(confirm_merge, merge=other, by=two.deciding, at=at),
    )
    assert all(one is None or isinstance(one, (Hindered, NotCovered)) for one in raised), raised
    assert not Member.objects.filter(merged_into__merged_into__isnull=False).exists()
    _agrees()
