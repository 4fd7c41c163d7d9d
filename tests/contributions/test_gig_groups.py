"""Places without names: bought by a station, and named one by one when something has happened, by two persons."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.joining import Payer, cover_and_bill_group, enrol_batch
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.groups import (
    NamedAlready,
    NobodyElse,
    NoPlaceLeft,
    NotInTerm,
    PersonFaulty,
    WrongPlaces,
    accept_place,
    name_person,
    refuse_place,
)
from mutualaid.enrolment.models import Cover, GroupCover, GroupPlace
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON, as_staff, resident_id

if TYPE_CHECKING:
    from mutualaid.core.models import StoredFile
    from tests.contributions.scene import World

DAY = datetime.timedelta(days=1)
LATER = AT + 5 * DAY


def duty_list(world: World) -> StoredFile:
    return papers.store(
        content=b"%PDF-1.4 duty", name="值班表.pdf", kind="duty_list", media_type=papers.PDF,
        unit_path=world.cast.yard.unit.path, by=BY, at=AT,
    )  # fmt: skip


def group_of(world: World, places: int = 2, *, fees: tuple[int, int, int] = (0, 0, 0)) -> GroupCover:
    group, _ = cover_and_bill_group(
        employer=world.cast.yard,
        version=rider_plan(world.cast.province, fees=fees),
        places=places,
        option="按月",
        by=BY,
        at=AT,
    )
    group.refresh_from_db()
    return group


def named(world: World, group: GroupCover, order: int = 40, **more: Any) -> GroupPlace:
    told = {"happened_on": ON + 3 * DAY, "on_duty": 2, **rider(order), **more}
    return name_person(group=group, evidence=duty_list(world), by=BY, at=LATER, **told)


def test_places_that_were_never_paid_go_with_their_bill(world: World) -> None:
    group, bill = cover_and_bill_group(
        employer=world.cast.yard,
        version=rider_plan(world.cast.province, fees=(1, 5, 50)),
        places=8,
        option="按月",
        by=BY,
        at=AT,
    )
    assert bill is not None
    cancel_bill(bill=bill, reason="站点撤销", by=world.by, at=AT)
    group.refresh_from_db()
    assert (group.state, group.enrolment.state) == ("cancelled", "cancelled")
    with pytest.raises(NotInTerm):
        named(world, group)


def test_places_are_billed_and_begin_when_paid(world: World) -> None:
    group, bill = cover_and_bill_group(
        employer=world.cast.yard,
        version=rider_plan(world.cast.province, fees=(1, 5, 50)),
        places=8,
        option="按月",
        by=BY,
        at=AT,
    )
    assert bill is not None
    assert (bill.amount, bill.persons, bill.payer_kind) == (40, 8, "employer")
    with pytest.raises(NotInTerm):
        named(world, group)
    match_line(line=world.line(40, text=bill.number), bills=[bill], by=world.by, at=AT)
    group.refresh_from_db()
    assert (group.state, group.enrolment.covers.count()) == ("begun", 0)


def test_a_person_is_named_after_it_happened_and_confirmed_by_another(world: World) -> None:
    group = group_of(world)
    place = named(world, group)
    with pytest.raises(NobodyElse):
        accept_place(place=place, by=BY, at=LATER)
    cover = accept_place(place=place, by=as_staff(world.cast.reviewer), at=LATER)
    assert (cover.state, cover.from_on, cover.until_on) == ("begun", ON + DAY, datetime.date(2025, 4, 2))
    place.refresh_from_db()
    assert (place.state, place.cover) == ("accepted", cover)
    with pytest.raises(IllegalMove):
        accept_place(place=GroupPlace.objects.get(pk=place.pk), by=as_staff(world.cast.reviewer), at=LATER)
    with pytest.raises(NamedAlready):
        named(world, group)


def test_never_more_persons_than_places(world: World) -> None:
    group = group_of(world, places=1)
    first = named(world, group, on_duty=1)
    with pytest.raises(NoPlaceLeft):
        named(world, group, 42, on_duty=1)
    refuse_place(place=first, reason="值班表上没有此人", by=as_staff(world.cast.reviewer), at=LATER)
    second = named(world, group, 42, on_duty=1)
    accept_place(place=second, by=as_staff(world.cast.reviewer), at=LATER)
    assert Cover.objects.filter(enrolment=group.enrolment).count() == 1


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"on_duty": 3}, WrongPlaces),
        ({"on_duty": 0}, WrongPlaces),
        ({"happened_on": ON}, NotInTerm),
        ({"happened_on": ON + 6 * DAY}, NotInTerm),
        ({"happened_on": ON + 60 * DAY}, NotInTerm),
        ({"identity_number": "123"}, PersonFaulty),
        ({"identity_number": resident_id("20200101")}, PersonFaulty),
    ],
)
def test_what_cannot_be_is_refused(world: World, more: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        named(world, group_of(world), **more)


def test_who_is_covered_by_name_needs_no_place(world: World) -> None:
    group = group_of(world)
    told = [rider(40)]
    payer = Payer("platform", "示例平台企业")
    version = group.enrolment.version
    enrol_batch(employer=world.cast.yard, version=version, told=told, option="按月", payer=payer, by=BY, at=AT)
    with pytest.raises(NamedAlready):
        named(world, group)


@pytest.mark.parametrize("places", [0, -1, 10_001])
def test_so_many_places_there_are_not(world: World, places: int) -> None:
    with pytest.raises(WrongPlaces):
        group_of(world, places)


def test_groups_are_fenced(world: World) -> None:
    named(world, group_of(world))
    with within([world.cast.far.unit.path]):
        assert not GroupCover.objects.exists()
        assert not GroupPlace.objects.exists()
    with within([world.cast.yard.unit.path]):
        assert (GroupCover.objects.count(), GroupPlace.objects.count()) == (1, 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.contributions.scene import made
    from tests.racing import together

    world = made()
    group = group_of(world, places=1)
    evidence = duty_list(world)

    def name(order: int) -> Any:
        told = rider(order)
        return lambda: name_person(
            group=group, evidence=evidence, happened_on=ON + DAY, on_duty=1, by=BY, at=LATER, **told
        )

    raised = together(*(name(order) for order in (40, 42, 44, 46)))
    assert sorted(type(one).__name__ for one in raised) == ["NoPlaceLeft"] * 3 + ["NoneType"]
    assert GroupPlace.objects.count() == 1
