"""What an employer's clerk must not read about a member whom they may see."""

from __future__ import annotations

import pytest
from django.db import connection

from mutualaid.claims.actions.desk import add_call_note
from mutualaid.claims.actions.taking_over import Used, take_over_openings
from mutualaid.claims.models import CallNote, Opening
from mutualaid.core.row_security import within
from mutualaid.people.models import Member
from tests.claims.scene import Scene, actor
from tests.people.cast import BY

pytestmark = pytest.mark.django_db


def test_openings_and_notes_of_calls_are_sealed_to_the_employer(scene: Scene) -> None:
    used = Used(scene.lin.pk, "hai-1", "inpatient.paid", "period:2025-04-01", count=1)
    take_over_openings(used=[used], source="J1", by=BY, at=scene.now())
    add_call_note(member=scene.lin, claim=None, caller="林女士", subject="出院", text="问进度", follow_up_on=None,
                  by=actor(scene.first), at=scene.now())  # fmt: skip

    def seen(*branches: str, member: int | None = None) -> list[int]:
        with within(branches, member=member):
            return [rows.objects.count() for rows in (Member, Opening, CallNote)]

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
    mill = scene.cast.mill.unit.path
    assert seen(mill)[0] > 0
    assert seen(mill)[1:] == [0, 0]
    assert seen(scene.cast.city.path)[1:] == [1, 1]
    assert seen(scene.cast.outsider.unit.path)[1:] == [0, 0]
    assert seen("*")[1:] == [1, 1]
    assert seen(member=scene.lin.pk) == [1, 1, 1]
