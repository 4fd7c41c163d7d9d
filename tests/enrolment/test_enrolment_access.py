"""Who sees which enrolments, rosters and covers: by access, and by the database itself."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.row_security import within
from mutualaid.enrolment.access import (
    cover_for,
    covers_visible_to,
    enrolment_for,
    enrolment_of_clerk,
    enrolment_to_decide,
    enrolments_visible_to,
    row_for,
    upload_for,
)
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.enrolling import set_office_setting, submit_enrolment
from mutualaid.enrolment.models import Cover, Enrolment, OfficeSetting, RosterRow
from mutualaid.enrolment.queries import progress_of, rows_of, with_persons
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from tests.enrolment.rosters import ON, begun, person, previewed, submitted, taken, version
from tests.people.cast import AT, BY, Cast, account, as_clerk, as_staff, staff


def test_who_sees_an_enrolment(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    other = begun(cast.yard, enrolment.version)
    clerk, reviewer = as_clerk(cast.clerk), as_staff(cast.reviewer)
    assert list(enrolments_visible_to(actor=clerk, on=ON)) == [enrolment]
    assert set(enrolments_visible_to(actor=reviewer, on=ON)) == {enrolment, other}
    assert set(enrolments_visible_to(actor=BY, on=ON)) == {enrolment, other}
    assert enrolment_of_clerk(actor=clerk, number=enrolment.number, on=ON) == enrolment
    for actor in (
        as_staff(cast.outsider),
        as_staff(cast.analyst),
        Actor(ActorKind.MEMBER, "1"),
        Actor(ActorKind.CLERK, "x"),
    ):
        with pytest.raises(NotFound):
            enrolment_for(actor=actor, number=enrolment.number, on=ON)
    for actor in (reviewer, BY):
        with pytest.raises(NotFound):
            enrolment_of_clerk(actor=actor, number=enrolment.number, on=ON)
    with pytest.raises(NotFound):
        enrolment_of_clerk(actor=clerk, number=other.number, on=ON)


def test_who_decides(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    office = as_staff(staff("经办丁", cast.city, RoleName.ENROLMENT_CLERK))
    assert enrolment_to_decide(actor=office, number=enrolment.number, on=ON) == enrolment
    for actor in (as_clerk(cast.clerk), as_staff(cast.reviewer), as_staff(cast.outsider)):
        with pytest.raises(NotFound):
            enrolment_to_decide(actor=actor, number=enrolment.number, on=ON)


def test_uploads_and_rows_are_those_of_the_enrolment(cast: Cast) -> None:
    of = version(cast.city)
    enrolment, other = begun(cast.mill, of), begun(cast.yard, of)
    upload = previewed(enrolment, [person(21)])
    clerk = as_clerk(cast.clerk)
    row = upload.rows.get()
    assert upload_for(actor=clerk, number=enrolment.number, upload=upload.pk, on=ON) == upload
    assert row_for(actor=clerk, number=enrolment.number, row=row.pk, on=ON) == row
    with pytest.raises(NotFound):
        upload_for(actor=BY, number=other.number, upload=upload.pk, on=ON)
    with pytest.raises(NotFound):
        row_for(actor=BY, number=other.number, row=row.pk, on=ON)


def test_who_sees_a_cover(cast: Cast) -> None:
    of = version(cast.city)
    cast.lin.account = account("lin")
    cast.lin.save(update_fields=["account"])
    rows = [person(2, "林晓禾"), person(4, "尉迟安")]
    enrolment = submit_enrolment(enrolment=taken(begun(cast.mill, of), rows), by=BY, at=AT)
    accept_enrolment(enrolment=enrolment, by=BY, at=AT)
    cover = Cover.objects.get(member=cast.lin)
    own = Actor(ActorKind.MEMBER, str(cast.lin.account_id))
    assert list(covers_visible_to(actor=own, on=ON)) == [cover]
    assert set(covers_visible_to(actor=as_clerk(cast.clerk), on=ON)) >= {cover}
    assert covers_visible_to(actor=as_staff(cast.reviewer), on=ON).count() == 2
    assert covers_visible_to(actor=BY, on=ON).count() == 2
    for actor in (
        as_staff(cast.outsider),
        as_staff(cast.analyst),
        Actor(ActorKind.MEMBER, "0"),
        Actor(ActorKind.CLERK, "0"),
    ):
        with pytest.raises(NotFound):
            cover_for(actor=actor, number=cover.number, on=ON)
    with within([], member=cast.lin.pk):
        assert list(Cover.objects.all()) == [cover]
    with within([cast.other_city.path]):
        assert not Cover.objects.exists()


def test_a_clerk_no_longer_sees_who_left(cast: Cast) -> None:
    of = version(cast.city)
    enrolment = submit_enrolment(enrolment=taken(begun(cast.mill, of), [person(2)]), by=BY, at=AT)
    accept_enrolment(enrolment=enrolment, by=BY, at=AT)
    work = cast.lin.employments.get()
    work.until_on = ON.replace(day=2)
    work.save(update_fields=["until_on"])
    clerk = as_clerk(cast.clerk)
    assert covers_visible_to(actor=clerk, on=ON).exists()
    assert not covers_visible_to(actor=clerk, on=ON.replace(day=2)).exists()


def test_the_database_refuses_rows_of_other_branches(cast: Cast) -> None:
    enrolment = taken(begun(cast.mill, version(cast.city)), [person(21)])
    set_office_setting(unit=cast.city, accepts_by_itself=True, by=BY, at=AT)
    with within([cast.other_city.path]):
        assert not RosterRow.objects.exists()
        assert OfficeSetting.objects.exists()  # no secret of a branch
        assert not OfficeSetting.objects.update(accepts_by_itself=False)
        assert not Enrolment.objects.update(headcount=1)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            OfficeSetting.objects.create(unit=cast.county, accepts_by_itself=True)
    with within([cast.mill.unit.path]):
        assert RosterRow.objects.get().enrolment == enrolment


def test_lists_and_counts(cast: Cast) -> None:
    of = version(cast.city)
    submitted(cast.mill, of, [21, 23])
    begun(cast.yard, of)
    among = enrolments_visible_to(actor=as_staff(cast.reviewer), on=ON)
    listed = [(one.state, vars(one)["persons"]) for one in with_persons(among=among)]
    assert listed == [("draft", 0), ("submitted", 2)]
    assert progress_of(among=among) == {"draft": 1, "submitted": 1, "accepted": 0, "cancelled": 0}
    assert rows_of(enrolment=Enrolment.objects.get(state="submitted")).count() == 2
