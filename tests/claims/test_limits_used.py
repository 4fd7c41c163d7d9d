"""What a member has used up of limits, as reviewers read it: by plan and period, of how much, what is left."""

from __future__ import annotations

import pytest

from mutualaid.claims.limits import limits_used
from mutualaid.claims.queries import touched_by, used_up
from tests.claims.scene import Scene, published

pytestmark = pytest.mark.django_db


def test_limits_are_grouped_and_what_the_claim_touched_stands_first(scene: Scene) -> None:
    claim = scene.enter("600.00")
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "a-second", cap=50_000))
    later = scene.enter("500.00")
    used = used_up(member_id=scene.lin.pk)
    groups = limits_used(member=scene.lin, used=used, touched=touched_by(claim=claim), lang="zh")
    assert (groups[0].plan, groups[0].touched) == ("海工住院互助", True)
    assert sum(group.touched for group in groups) < len(groups)
    mine = groups[0].rows[0]
    assert (mine.what, mine.used, mine.most, mine.left) == ("住院补助 金额（元）", "800.00", "1,000.00", "200.00")
    assert (mine.touched, mine.full) == (True, False)
    assert all(group.touched for group in limits_used(
        member=scene.lin, used=used, touched=touched_by(claim=later), lang="en") if group.rows[0].touched)  # fmt: skip


def test_a_limit_that_is_used_up_says_so(scene: Scene) -> None:
    claim = scene.enter("5000.00")
    found = limits_used(
        member=scene.lin, used=used_up(member_id=scene.lin.pk), touched=touched_by(claim=claim), lang="en"
    )
    row = next(row for group in found for row in group.rows if row.most)
    assert (row.used, row.left, row.full) == ("1,000.00", "0.00", True)
    assert limits_used(member=scene.lin, used={}, touched=set(), lang="zh") == []
