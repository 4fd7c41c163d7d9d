"""What an employer's clerk must not read about a member whom they may see."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import connection

from mutualaid.claims.actions.desk import add_call_note
from mutualaid.claims.actions.taking_over import Computed, Used, take_over_claim, take_over_openings
from mutualaid.claims.models import CallNote, Opening
from mutualaid.core.row_security import within
from mutualaid.notices.models import SmsMessage
from mutualaid.people.models import Member
from tests.claims.scene import Scene, actor, stay
from tests.people.cast import BY

pytestmark = pytest.mark.django_db


def test_openings_notes_of_calls_and_messages_are_sealed_to_the_employer(scene: Scene) -> None:
    used = Used(scene.lin.pk, "hai-1", "inpatient.paid", "period:2025-04-01", count=1)
    take_over_openings(used=[used], source="J1", by=BY, at=scene.now())
    add_call_note(member=scene.lin, claim=None, caller="林女士", subject="出院", text="问进度", follow_up_on=None,
                  by=actor(scene.first), at=scene.now())  # fmt: skip

    SmsMessage.objects.create(member=scene.lin, template="claim_returned", phone="13800000000", at=scene.now())

    def seen(*branches: str, member: int | None = None) -> list[int]:
        with within(branches, member=member):
            return [rows.objects.count() for rows in (Member, Opening, CallNote, SmsMessage)]

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
    mill = scene.cast.mill.unit.path
    assert seen(mill)[0] > 0
    assert seen(mill)[1:] == [0, 0, 0]
    assert seen(scene.cast.city.path)[1:] == [1, 1, 1]
    assert seen(scene.cast.outsider.unit.path)[1:] == [0, 0, 0]
    assert seen("*")[1:] == [1, 1, 1]
    assert seen(member=scene.lin.pk) == [1, 1, 1, 1]


def test_an_opening_comes_before_any_claim_that_was_computed(scene: Scene) -> None:
    day = datetime.date(2026, 3, 1)
    take_over_claim(member=scene.lin, facts=stay("1200.00"), filed_on=day, by=BY, at=scene.now())
    late = Used(scene.lin.pk, "hai-1", "inpatient.paid", "period:2025-04-01", Decimal(900))
    with pytest.raises(Computed):
        take_over_openings(used=[late], source="J2", by=BY, at=scene.now())
