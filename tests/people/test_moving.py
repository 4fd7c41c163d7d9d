"""An employer's union goes to another office: agreed by two, with every copy of its path, in one transaction."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.notices.models import Notice
from mutualaid.people.access import branches_of, employers_visible_to, members_visible_to
from mutualaid.people.actions.members import begin_employment, end_employment
from mutualaid.people.actions.moving import (
    MoveOpen,
    NotMovable,
    NotYourMove,
    accept_unit_move,
    apply_unit_move,
    ask_unit_move,
    refuse_unit_move,
    withdraw_unit_move,
)
from mutualaid.people.actions.units import MisplacedUnit
from mutualaid.people.carrying import CARRIED, STAY
from mutualaid.people.jobs import apply_moves
from mutualaid.people.models import Employer, Employment, Level, Member, RoleName, Staff, Unit
from mutualaid.people.move_access import moves_visible_to
from mutualaid.people.move_models import UnitMove
from mutualaid.people.refusals import Refused
from tests.people.cast import AT, BY, LATER, ON, Cast, as_clerk, as_staff, staff, unit

DAY = datetime.timedelta(days=1)


@pytest.fixture
def two(cast: Cast) -> tuple[Staff, Staff]:
    """Who gives, in the one city, and who takes, in the other."""
    return (
        staff("经办甲", cast.city, RoleName.ENROLMENT_CLERK),
        staff("经办乙", cast.other_city, RoleName.ENROLMENT_CLERK),
    )


def asked(cast: Cast, by: Staff, *, to: Unit | None = None, on: datetime.date = ON) -> UnitMove:
    return ask_unit_move(
        unit=cast.mill.unit, to=to or cast.other_city, on=on, reason="厂址迁至邕市", by=as_staff(by), at=AT
    )


def moved(cast: Cast, two: tuple[Staff, Staff]) -> UnitMove:
    return accept_unit_move(move=asked(cast, two[0]), by=as_staff(two[1]), at=AT)


def test_all_that_is_the_employers_goes_along(cast: Cast, two: tuple[Staff, Staff]) -> None:
    move = moved(cast, two)
    mill = Employer.objects.select_related("unit").get(pk=cast.mill.pk)
    path = f"{cast.other_city.path}{mill.pk}/"
    assert (move.state, mill.unit.parent, mill.unit.path, mill.unit_path) == ("applied", cast.other_city, path, path)
    assert Employment.objects.get(member=cast.lin).unit_path == path
    lin = Member.objects.get(pk=cast.lin.pk)
    assert set(lin.unit_ids) == {0, *(int(part) for part in path.strip("/").split("/"))}
    assert (move.from_path, move.to_path) == (cast.mill.unit.path, path)
    assert AuditEntry.objects.filter(what="move_unit", subject=f"people.unit:{mill.pk}").exists()
    told = set(Notice.objects.values_list("template", "account"))
    assert {("unit_move_to_accept", two[1].account_id), ("unit_moved", cast.clerk.account_id)} <= told


def test_the_new_office_sees_it_and_the_former_sees_its_people_no_more(cast: Cast, two: tuple[Staff, Staff]) -> None:
    moved(cast, two)
    giving, taking = as_staff(two[0]), as_staff(two[1])
    assert cast.lin in members_visible_to(actor=taking, on=ON)
    assert cast.lin not in members_visible_to(actor=giving, on=ON)
    assert cast.mill in employers_visible_to(actor=taking, on=ON)
    assert cast.mill not in employers_visible_to(actor=giving, on=ON)
    assert moves_visible_to(actor=giving, on=ON).count() == moves_visible_to(actor=taking, on=ON).count() == 1
    with within([cast.city.path]):
        assert not Member.objects.filter(pk=cast.lin.pk).exists()
        assert Unit.objects.get(pk=cast.mill.pk).name == cast.mill.unit.name  # for its bills and books
    with within(branches_of(actor=as_clerk(cast.clerk), on=ON)):
        assert Member.objects.filter(pk=cast.lin.pk).exists()


def test_who_worked_elsewhere_too_stays_seen_there(cast: Cast, two: tuple[Staff, Staff]) -> None:
    end_employment(employment=cast.lin.employments.get(), until_on=LATER, by=BY, at=AT)
    begin_employment(member=cast.lin, employer=cast.yard, from_on=LATER, by=BY, at=AT)
    moved(cast, two)
    lin = Member.objects.get(pk=cast.lin.pk)
    assert {cast.county.pk, cast.city.pk, cast.other_city.pk} <= set(lin.unit_ids)
    assert cast.lin in members_visible_to(actor=as_staff(two[0]), on=ON)


def test_on_a_later_day_the_worker_does_it(cast: Cast, two: tuple[Staff, Staff]) -> None:
    move = accept_unit_move(move=asked(cast, two[0], on=ON + DAY), by=as_staff(two[1]), at=AT)
    assert move.state == "accepted"
    apply_moves(at=AT)
    move.refresh_from_db()
    assert move.state == "accepted"
    apply_moves(at=AT + DAY)
    move.refresh_from_db()
    assert (move.state, Unit.objects.get(pk=cast.mill.pk).parent) == ("applied", cast.other_city)


def test_what_is_refused(cast: Cast, two: tuple[Staff, Staff]) -> None:
    giving, taking = as_staff(two[0]), as_staff(two[1])
    for wrong in (cast.city, cast.nation):  # an office, the root
        with pytest.raises(NotMovable):
            ask_unit_move(unit=wrong, to=cast.other_city, on=ON, reason="合并", by=giving, at=AT)
    for to, kind in ((cast.nation, MisplacedUnit), (cast.yard.unit, MisplacedUnit), (cast.county, NotMovable)):
        with pytest.raises(kind):
            asked(cast, two[0], to=to)
    with pytest.raises(NotMovable):
        asked(cast, two[0], on=ON - DAY)
    with pytest.raises(Refused):
        ask_unit_move(unit=cast.mill.unit, to=cast.other_city, on=ON, reason=" ", by=giving, at=AT)
    move = asked(cast, two[0])
    with pytest.raises(MoveOpen):
        asked(cast, two[0])
    with pytest.raises(NotYourMove):
        accept_unit_move(move=move, by=giving, at=AT)
    with pytest.raises(NotYourMove):
        accept_unit_move(move=move, by=as_clerk(cast.clerk), at=AT)
    assert refuse_unit_move(move=move, reason="不在本市", by=taking, at=AT).answer == "不在本市"
    again = asked(cast, two[0])
    unit(Level.GRASSROOTS, cast.other_city, "G99", cast.mill.unit.name)
    with pytest.raises(NotMovable):
        accept_unit_move(move=again, by=taking, at=AT)
    assert withdraw_unit_move(move=again, by=giving, at=AT).state == "withdrawn"
    with pytest.raises(IllegalMove):
        accept_unit_move(move=again, by=taking, at=AT)


def test_the_day_is_kept_and_nothing_moves_twice(cast: Cast, two: tuple[Staff, Staff]) -> None:
    move = accept_unit_move(move=asked(cast, two[0], on=ON + DAY), by=as_staff(two[1]), at=AT)
    with pytest.raises(NotMovable):
        apply_unit_move(move=move, by=BY, at=AT)
    done = apply_unit_move(move=move, by=BY, at=AT + DAY)
    with pytest.raises(NotMovable):
        apply_unit_move(move=done, by=BY, at=AT + DAY)


def test_the_database_moves_only_what_was_agreed(cast: Cast, two: tuple[Staff, Staff]) -> None:
    asked(cast, two[0])
    for change in (
        {"parent_id": cast.other_city.pk},
        {"path": f"{cast.other_city.path}{cast.mill.pk}/"},
        {"level": "county"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Unit.objects.filter(pk=cast.mill.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Unit.objects.filter(pk=cast.county.pk).update(parent_id=cast.other_city.pk)
    Unit.objects.filter(pk=cast.mill.pk).update(
        parent_id=cast.county.pk, address="海堤路 1 号"
    )  # stays: anything else may change


def test_no_table_with_a_path_is_forgotten(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'unit_path'"
        )
        with_path = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND (column_name LIKE '%path' OR column_name LIKE '%unit_ids')"
        )
        others = {f"{table}.{column}" for table, column in cursor.fetchall() if column != "unit_path"}
    assert with_path == {*CARRIED, *STAY}
    assert others == {
        "people_unit.path",  # what is carried
        "people_member.unit_ids",  # reckoned anew
        "people_unitmove.from_path",
        "people_unitmove.to_path",  # history
        "enrolment_employerchange.office_path",  # the office above all employers of a merger, which stays
    }
