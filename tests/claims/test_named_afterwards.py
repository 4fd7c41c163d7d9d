"""A place without a name, from the station's purchase to a claim's decision: what happened lies before the person was named."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.claims.actions.filing import Payee, enter_claim
from mutualaid.claims.actions.reviewing import refuse_claim
from mutualaid.claims.models import Source
from mutualaid.claims.queries import stands
from mutualaid.contributions.actions.joining import cover_and_bill_group
from mutualaid.core import papers
from mutualaid.enrolment.actions.groups import accept_place, name_person
from mutualaid.enrolment.models import Cover, GroupCover
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON, as_staff

if TYPE_CHECKING:
    from mutualaid.claims.models import Claim
    from tests.claims.scene import Scene

DAY = datetime.timedelta(days=1)


def named(scene: Scene, group: GroupCover, happened_on: datetime.date, at: datetime.datetime) -> Cover:
    evidence = papers.store(
        content=b"%PDF-1.4 duty", name="值班表.pdf", kind="duty_list", media_type=papers.PDF,
        unit_path=scene.cast.yard.unit.path, by=BY, at=at,
    )  # fmt: skip
    place = name_person(
        group=group,
        happened_on=happened_on,
        on_duty=2,
        evidence=evidence,
        by=as_staff(scene.finance),
        at=at,
        **rider(40),
    )
    return accept_place(place=place, by=as_staff(scene.first), at=at + DAY)


def claimed(scene: Scene, cover: Cover, on: datetime.date) -> Claim:
    facts: dict[str, Any] = {
        "kind": "inpatient", "started_on": on.isoformat(), "ended_on": (on + 3 * DAY).isoformat(), "hospital_level": 3,
        "diagnoses": ["J18.900"], "amounts": {"self_paid": "1200.00", "out_of_scope": "0.00"},
    }  # fmt: skip
    member = cover.member
    return enter_claim(
        member=member, facts=facts, expenses=[], hospital="海市人民医院",
        payee=Payee(member.name, "6222020000001234567", "海市银行"), source=Source.API, by=BY, at=scene.now(),
    )  # fmt: skip


@pytest.mark.parametrize(("day", "state", "amount"), [(20, "approved", 600), (5, "refused", 0)])
def test_a_claim_of_what_happened_before_the_naming_is_decided(scene: Scene, day: int, state: str, amount: int) -> None:
    version = rider_plan(scene.cast.province, fees=(0, 0, 0), waiting=10)
    group, _ = cover_and_bill_group(employer=scene.cast.yard, version=version, places=2, option="按年", by=BY, at=AT)
    group.refresh_from_db()
    happened_on = ON + day * DAY
    cover = named(scene, group, happened_on, AT + 40 * DAY)
    assert (cover.from_on, cover.joined_on) == (ON + DAY, ON + DAY)
    claim = claimed(scene, cover, happened_on)
    found = stands(claim=claim)
    assert found is not None
    assert found.total == amount
    if state == "approved":
        decided = scene.approve(claim)
    else:
        decided = refuse_claim(claim=claim, seen=found.round, by=as_staff(scene.first), at=scene.now())
    assert decided.state == state
