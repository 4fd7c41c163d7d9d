"""A member's covers go on after a claim was decided: the next edition of a plan changes nothing of what was decided before,
neither in the replay nor as work for reviewers; a cover that should have counted does."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection

from mutualaid.claims.actions.reviewing import withdraw_claim
from mutualaid.claims.models import Consumption, ReviewTask
from tests.claims.scene import Scene, actor, published
from tests.claims.test_late_filed import _replay

pytestmark = pytest.mark.django_db


def _renewed(scene: Scene, plan: str, start: datetime.date | None, family: str | None = None) -> None:
    """The member has another plan from a day on (None: in the same term), as if by next year's roster."""
    version = published(scene.cast.province, plan, per="stay")
    cover = scene.cover(scene.cast.wei, scene.cast.yard, version)
    told: dict[str, Any] = {"member": scene.lin.pk, "cover": cover.pk, "family": family or plan}
    told["from"], told["until"] = start or cover.from_on, (start or cover.from_on) + datetime.timedelta(days=365)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")  # the superuser: rosters of next year are no matter of this test
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            'UPDATE enrolment_cover SET member_id = %(member)s, from_on = %(from)s, until_on = %(until)s'
            " WHERE id = %(cover)s", told,
        )  # fmt: skip
        cursor.execute(
            "UPDATE plans_planversion SET family = %(family)s, offered_from_on = offered_from_on + 300,"
            " text = replace(text, 'family: ' || plan, 'family: ' || %(family)s)"
            " WHERE id = (SELECT version_id FROM enrolment_cover WHERE id = %(cover)s)", told,
        )  # fmt: skip
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize("family", ["hai-2", "hai-1"])
def test_the_next_edition_of_a_plan_changes_nothing_that_was_decided(scene: Scene, family: str) -> None:
    nothing, claim = scene.enter(0), scene.approve(scene.enter(1200))
    _renewed(scene, "hai-2", datetime.date(2026, 4, 1), family)
    assert _replay().differences == []
    withdraw_claim(claim=nothing, by=actor(scene.first), at=scene.now())
    assert not ReviewTask.objects.filter(claim=claim).exists()
    found = _replay()
    assert (found.differences, found.awaiting) == ([], [])


def test_a_cover_that_should_have_counted_is_a_difference(scene: Scene) -> None:
    scene.approve(scene.enter(1200))
    _renewed(scene, "hai-2", None)
    assert {one.what for one in _replay().differences} == {"lines", "ledger"}


def test_the_ledger_is_held_against_the_covers_that_there_were(scene: Scene) -> None:
    claim = scene.approve(scene.enter(1200))
    _renewed(scene, "hai-2", datetime.date(2026, 4, 1))
    Consumption.objects.create(
        member=scene.lin, claim=claim, round=1, step="reserved", family="hai-1", counter="inpatient.days",
        key="life", quantity=1, at=scene.now(),
    )  # fmt: skip
    assert {one.what for one in _replay().differences} == {"ledger"}
