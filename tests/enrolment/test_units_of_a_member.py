"""The most units of one member on one day, kept by the database also when two offices accept at once."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.enrolling import submit_enrolment
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.people.models import Employer, Member
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import FROM_ON, UNTIL_ON, begun, person, previewed, submitted, taken, version
from tests.people import cast as people
from tests.people.cast import AT, BY, Cast

DAY = datetime.timedelta(days=1)


def cover(member: Member, enrolment: Enrolment, units: int, most: int = 3, **more: object) -> Cover:
    """A cover, written past the actions."""
    facts = {"from_on": FROM_ON, "until_on": UNTIL_ON, "joined_on": FROM_ON, "family": "example"} | more
    return Cover.objects.create(
        member=member,
        enrolment=enrolment,
        employer=enrolment.employer,
        version=enrolment.version,
        plan="example-2025",
        units=units,
        units_most=most,
        fee_amount=0,
        **facts,
    )


def test_units_add_up(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city, most=3))
    cover(cast.lin, enrolment, 2)
    with pytest.raises(IntegrityError, match="4 units"), transaction.atomic():
        cover(cast.lin, enrolment, 2)
    with pytest.raises(IntegrityError, match="expected at most 1"), transaction.atomic():
        cover(cast.lin, enrolment, 1, most=1)
    cover(cast.lin, enrolment, 1)
    cover(cast.lin, enrolment, 3, from_on=UNTIL_ON, joined_on=UNTIL_ON, until_on=UNTIL_ON + DAY)
    cover(cast.lin, enrolment, 3, family="other")
    cover(cast.wei, enrolment, 3)
    held = cover(cast.pa, enrolment, 3, state="cancelled")
    assert held.state == "cancelled"
    with pytest.raises(IntegrityError), transaction.atomic():
        Cover.objects.filter(from_on=UNTIL_ON).update(from_on=UNTIL_ON - DAY, joined_on=FROM_ON)


def test_units_on_different_days_do_not_add_up(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city, most=3))
    middle = FROM_ON + 100 * DAY
    cover(cast.lin, enrolment, 2, until_on=middle)
    cover(cast.lin, enrolment, 2, from_on=middle)
    cover(cast.lin, enrolment, 1)


def test_a_roster_is_told_what_is_held(cast: Cast) -> None:
    of = version(cast.city, most=3)
    accept_enrolment(
        enrolment=submit_enrolment(enrolment=taken(begun(cast.mill, of), [person(21, 参加份数="2")]), by=BY, at=AT),
        by=BY,
        at=AT,
    )
    upload = previewed(begun(cast.mill, of), [person(21, 参加份数="2")])
    assert [fault["field"] for fault in upload.rows.get().faults] == ["units"]
    assert not previewed(upload.enrolment, [person(21, 参加份数="1")]).rows.get().faults


@pytest.mark.django_db(transaction=True)
def test_two_offices_at_once() -> None:
    cast = people.cast()
    of: PlanVersion = version(cast.city, most=3)
    both = [two_units(employer, of) for employer in (cast.mill, cast.yard)]
    told: list[str] = []
    start = threading.Barrier(2)

    def accept(enrolment: Enrolment) -> None:
        try:
            start.wait(timeout=20)
            accept_enrolment(enrolment=enrolment, by=BY, at=AT)
            told.append("accepted")
        except Exception as refusal:  # noqa: BLE001 - which one it is depends on who was how much quicker
            told.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[one]) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert max(told) == "accepted"
    assert min(told) in ("Meanwhile", "RosterFaulty"), told
    assert sum(Cover.objects.values_list("units", flat=True)) == 2


def two_units(employer: Employer, of: PlanVersion) -> Enrolment:
    """An enrolment that was handed in, of the same person with two units at each employer."""
    return submit_enrolment(enrolment=taken(begun(employer, of), [person(2, 参加份数="2")]), by=BY, at=AT)


def test_submitted_units_are_billed(cast: Cast) -> None:
    enrolment = submitted(cast.mill, version(cast.city, most=3), [21])
    assert enrolment.rows.get().units == 1
