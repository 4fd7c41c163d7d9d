"""The second fence of people: what plain SQL under the product's role sees, changes and adds, table by table."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from mutualaid.core.row_security import EVERYTHING, own_of, within
from mutualaid.people.access import branches_of, members_visible_to, own_member
from mutualaid.people.actions.activation import make_activation
from mutualaid.people.actions.applications import resubmit_application, return_application
from mutualaid.people.actions.members import (
    IdentityTaken,
    correct_member_identity,
    end_employment,
    give_consent,
    register_member,
)
from mutualaid.people.actions.staff import assign_role
from mutualaid.people.actions.units import CodeTaken, register_clerk, register_employer, register_unit
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import EmployerApplication, Level, Member, Purpose, RoleName
from tests.people.cast import AT, BY, LATER, ON, Cast, account, as_clerk, as_staff, credit_code, resident_id, staff
from tests.people.test_applications import said, submitted


@pytest.fixture
def full(cast: Cast) -> Cast:
    """The cast, with something in every table, in both cities."""
    for number, (member, office) in enumerate([(cast.lin, cast.county), (cast.pa, cast.other_city)]):
        give_consent(member=member, purpose=Purpose.MESSAGES, version="1", by=BY, at=AT)
        make_activation(member=member, by=BY, at=AT)
        correct_member_identity(
            member=member,
            identity_kind=IdentityKind.RESIDENT,
            identity_number=resident_id(order=20 + 2 * number),
            name=member.name,
            reason="抄错",
            by=BY,
            at=AT,
        )
        submitted(cast, office=office, credit_code=credit_code(20 + number))
    register_clerk(employer=cast.far, account=account("far"), name="吴双", evidence="f", by=BY, at=AT)
    return cast


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def ids(table: str, column: str = "id") -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")  # noqa: S608
        return [int(row[0]) for row in cursor.fetchall()]


TABLES = {
    "people_employer": (2, 1),
    "people_employment": (2, 1),
    "people_member": (2, 1),
    "people_consent": (1, 1),
    "people_identitychange": (1, 1),
    "people_activation": (1, 1),
    "people_employerclerk": (1, 1),
    "people_employerapplication": (1, 1),
    "people_employerapplication_papers": (2, 2),
    "people_staff": (1, 1),
    "people_roleassignment": (1, 1),
}
"""How many rows are of the first city and of the second."""


@pytest.mark.parametrize("table", TABLES)
def test_a_branch_sees_its_rows(full: Cast, table: str) -> None:
    here, there = TABLES[table]
    with within([EVERYTHING]):
        everything = count(table)
    with within([full.city.path]):
        assert count(table) == here
    with within([full.other_city.path]):
        assert count(table) == there
    with within([full.city.path, full.other_city.path]):
        assert count(table) == here + there
    with within([]):
        assert count(table) == 0
    assert everything >= here + there


def test_offices_are_for_everybody_and_employers_unions_for_their_branch(full: Cast) -> None:
    offices = {full.nation.pk, full.province.pk, full.city.pk, full.county.pk, full.other_city.pk}
    with within([]):
        assert set(ids("people_unit")) == offices
    with within([full.city.path]):
        assert set(ids("people_unit")) == offices | {full.mill.pk, full.yard.pk}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE people_unit SET name = 'x'",
        "UPDATE people_employer SET headcount_declared = 1",
        "UPDATE people_employment SET until_on = '2030-01-01'",
        "UPDATE people_member SET name = 'x'",
        "UPDATE people_activation SET failures = 5",
        "UPDATE people_employerclerk SET state = 'released'",
        "UPDATE people_employerapplication SET remark = 'x'",
        "UPDATE people_staff SET name = 'x'",
        "UPDATE people_roleassignment SET until_on = '2030-01-01'",
        "DELETE FROM people_employerapplication_papers",
    ],
)
def test_nothing_elsewhere_is_changed(full: Cast, change: str) -> None:
    with within([full.yard.unit.path]), connection.cursor() as cursor:
        cursor.execute(change)
        changed = cursor.rowcount
    with within([]), connection.cursor() as cursor:
        cursor.execute(change)
        assert cursor.rowcount == 0
    assert changed <= 1  # what the yard itself has


@pytest.mark.parametrize(
    "added",
    [
        "INSERT INTO people_unit (level, parent_id, code, name, region_code) VALUES ('grassroots', {other_city}, 'n', 'n', '')",
        "INSERT INTO people_employment (member_id, employer_id, from_on) VALUES ({lin}, {far}, '2031-01-01')",
        "INSERT INTO people_consent (member_id, purpose, version, given, at) VALUES ({pa}, 'messages', '1', true, now())",
        (
            "INSERT INTO people_activation (member_id, code_hash, made_at, expires_at, failures)"
            " VALUES ({pa}, 'x', now(), now(), 0)"
        ),
        (
            "INSERT INTO people_employerclerk (employer_id, account_id, name, evidence, state)"
            " VALUES ({far}, {account}, 'x', 'x', 'bound')"
        ),
        "INSERT INTO people_staff (account_id, unit_id, name) VALUES ({account}, {other_city}, 'x')",
        (
            "INSERT INTO people_roleassignment (staff_id, role, unit_id, from_on)"
            " VALUES ({reviewer}, 'finance', {other_city}, '2031-01-01')"
        ),
        "UPDATE people_employment SET employer_id = {far}",
        "UPDATE people_staff SET unit_id = {other_city} WHERE id NOT IN (SELECT staff_id FROM people_roleassignment)",
    ],
)
def test_nothing_elsewhere_is_added(full: Cast, added: str) -> None:
    keys = {
        **{name: getattr(full, name).pk for name in ("lin", "pa", "far", "other_city", "reviewer")},
        "account": account("n").pk,
    }
    staff("无职", full.city)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():  # noqa: SIM117
        with within([full.city.path]), connection.cursor() as cursor:
            cursor.execute(added.format(**keys))


def test_a_branch_is_worked_in(full: Cast) -> None:
    with within([full.county.path]):
        unit = register_unit(level=Level.GRASSROOTS, parent=full.county, code="N", name="新厂", by=BY, at=AT)
        new = register_employer(
            unit=unit,
            credit_code=credit_code(70),
            headcount_declared=1,
            contact_name="周一帆",
            contact_phone="13900000001",
            by=BY,
            at=AT,
        )
        member = register_member(
            employer=new,
            from_on=ON,
            identity_kind=IdentityKind.RESIDENT,
            identity_number=resident_id(order=60),
            name="新来",
            by=BY,
            at=AT,
        )
        assert Member.objects.get(pk=member.pk).unit_ids == sorted(
            [0, *(int(part) for part in unit.path.strip("/").split("/"))]
        )
    with within([full.other_city.path]):
        assert member.pk not in ids("people_member")


def test_what_is_elsewhere_is_refused_without_being_shown(full: Cast) -> None:
    with within([full.city.path]):
        with pytest.raises(IdentityTaken, match="with a member elsewhere") as refused:
            register_member(
                employer=full.mill,
                from_on=ON,
                identity_kind=IdentityKind.RESIDENT,
                identity_number=resident_id(order=22),
                name="某人",
                by=BY,
                at=AT,
            )
        assert full.pa.number not in refused.value.zh
        with pytest.raises(CodeTaken):
            register_unit(level=Level.GRASSROOTS, parent=full.county, code="G3", name="某厂", by=BY, at=AT)


def test_whoever_was_in_a_branch_stays_to_be_seen_there(full: Cast) -> None:
    end_employment(employment=full.lin.employments.get(), until_on=LATER, by=BY, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_employment (member_id, employer_id, from_on) VALUES (%s, %s, %s)",
            [full.lin.pk, full.far.pk, LATER],
        )
    for unit in (full.mill.unit, full.far.unit, full.city, full.other_city):
        with within([unit.path]):
            assert full.lin.pk in ids("people_member")
    with within([full.yard.unit.path]):
        assert full.lin.pk not in ids("people_member")


def test_nobody_writes_by_which_a_member_is_fenced(full: Cast) -> None:
    with within([full.city.path]), connection.cursor() as cursor:
        cursor.execute("UPDATE people_member SET unit_ids = %s", [[full.other_city.pk]])
    with within([full.other_city.path]):
        assert ids("people_member") == [full.pa.pk]


def test_a_member_sees_their_own(full: Cast) -> None:
    with within([], member=full.lin.pk):
        assert ids("people_member") == [full.lin.pk]
        assert ids("people_employment", "member_id") == [full.lin.pk]
        assert ids("people_consent", "member_id") == [full.lin.pk]
        assert ids("people_employer", "unit_id") == [full.mill.pk]
        assert full.mill.pk in ids("people_unit")
        assert full.yard.pk not in ids("people_unit")
        give_consent(member=full.lin, purpose=Purpose.BANK_ACCOUNT, version="1", by=BY, at=AT)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE people_employer SET headcount_declared = 1")
            assert cursor.rowcount == 0


def test_an_applicant_sees_and_mends_their_own(full: Cast) -> None:
    with within([EVERYTHING]):
        own, other = EmployerApplication.objects.order_by("id")
        return_application(application=own, remark="x", by=BY, at=AT)
        mended = said(full.county, credit_code=own.credit_code)
    with within([own_of(own.account_id)]):
        assert ids("people_employerapplication") == [own.pk]
        assert resubmit_application(application=own, **mended, by=BY, at=AT).state == "submitted"
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE people_employerapplication SET state = 'refused'")
        with pytest.raises(EmployerApplication.DoesNotExist):
            EmployerApplication.objects.get(pk=other.pk)


def test_what_a_request_is_told(full: Cast) -> None:
    assert branches_of(actor=BY, on=ON) == [EVERYTHING]
    assert branches_of(actor=as_staff(full.reviewer), on=ON) == [full.city.path]
    assign_role(staff=full.reviewer, role=RoleName.FINANCE, unit=full.mill.unit, from_on=ON, by=BY, at=AT)
    assert branches_of(actor=as_staff(full.reviewer), on=ON) == [full.city.path]
    clerk = as_clerk(full.clerk)
    assert branches_of(actor=clerk, on=ON) == [full.mill.unit.path, own_of(full.clerk.account_id)]
    Member.objects.filter(pk=full.lin.pk).update(account=account("lin"))
    full.lin.refresh_from_db()
    member = type(clerk)(type(clerk.kind).MEMBER, str(full.lin.account_id))
    assert (branches_of(actor=member, on=ON), own_member(actor=member)) == ([], full.lin.pk)
    assert own_member(actor=clerk) is None


def test_the_first_fence_works_behind_the_second(full: Cast) -> None:
    for who, seen in ((full.reviewer, {full.lin, full.wei}), (full.outsider, {full.pa})):
        actor = as_staff(who)
        with within(branches_of(actor=actor, on=ON)):
            assert set(members_visible_to(actor=actor, on=ON)) == seen
