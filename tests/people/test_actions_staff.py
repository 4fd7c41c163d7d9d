"""Accounts, staff and roles; the three administrators are three persons, whatever Python says."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.people.actions.staff import (
    AccountTaken,
    OwnRole,
    RoleHeld,
    RoleOver,
    StaffAlready,
    TwoAdministrators,
    assign_role,
    end_role,
    open_account,
    register_staff,
)
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import ADMINISTRATORS, Account, RoleAssignment, RoleName, Staff, Unit
from mutualaid.people.refusals import Refused
from tests.people.cast import AT, BY, LATER, ON, Cast, as_staff, staff

DAY = datetime.timedelta(days=1)


def told() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("what", flat=True))


def give(
    who: Staff, role: RoleName, at: Unit, from_on: datetime.date = ON, until_on: datetime.date | None = None
) -> RoleAssignment:
    return assign_role(staff=who, role=role, unit=at, from_on=from_on, until_on=until_on, by=BY, at=AT)


@pytest.mark.django_db
def test_an_account_is_opened_without_a_password() -> None:
    account = open_account(name="zhou", phone="+86 139 0000 0001", by=BY, at=AT)
    found = Account.objects.get(pk=account.pk)
    assert (found.phone, found.has_usable_password(), found.is_active) == ("13900000001", False, True)
    assert told() == ["open_account"]
    for name, phone in (("zhou", None), ("other", "13900000001")):
        with pytest.raises(AccountTaken, match="another account's"):
            open_account(name=name, phone=phone, by=BY, at=AT)
    with pytest.raises(NotAContact):
        open_account(name="other", phone="1", by=BY, at=AT)
    with pytest.raises(IntegrityError, match="phone_index"), transaction.atomic():
        Account.objects.create(name="other", phone="13900000001")


def test_staff_are_registered_once(cast: Cast) -> None:
    assert told()[-2:] == ["assign_role", "assign_role"]
    with pytest.raises(StaffAlready, match="member of staff already"):
        register_staff(account=cast.reviewer.account, unit=cast.city, name="审核甲", by=BY, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.create(account=cast.reviewer.account, unit=cast.city, name="审核甲")


def test_a_role_is_assigned(cast: Cast) -> None:
    role = give(cast.reviewer, RoleName.FINANCE, cast.city, until_on=LATER)
    entry = AuditEntry.objects.order_by("id").last()
    assert entry is not None
    assert (entry.what, entry.subject) == ("assign_role", f"people.roleassignment:{role.pk}")
    assert entry.detail == {
        "staff": cast.reviewer.pk,
        "role": "finance",
        "unit": cast.city.pk,
        "from_on": "2025-03-01",
        "until_on": "2025-06-01",
    }


def test_roles_that_are_refused(cast: Cast) -> None:
    with pytest.raises(OwnRole, match="somebody else"):
        assign_role(
            staff=cast.reviewer, role=RoleName.FINANCE, unit=cast.city, from_on=ON, by=as_staff(cast.reviewer), at=AT
        )
    with pytest.raises(RoleHeld, match="already"):
        give(cast.reviewer, RoleName.REVIEWER, cast.city, from_on=LATER)
    with pytest.raises(Refused, match="expected a last day after 2025-03-01, found 2025-03-01"):
        give(cast.reviewer, RoleName.FINANCE, cast.city, until_on=ON)
    give(cast.reviewer, RoleName.REVIEWER, cast.other_city)
    give(cast.reviewer, RoleName.REVIEWER, cast.city, from_on=ON - DAY, until_on=ON)


def test_a_role_ends(cast: Cast) -> None:
    role = cast.reviewer.roles.get()
    assert end_role(assignment=role, until_on=LATER, by=BY, at=AT).until_on == LATER
    assert told()[-1] == "end_role"
    for until_on in (ON - DAY, LATER, LATER + DAY):
        with pytest.raises(RoleOver, match="expected a day from 2025-03-01"):
            end_role(assignment=role, until_on=until_on, by=BY, at=AT)
    assert end_role(assignment=role, until_on=ON, by=BY, at=AT).until_on == ON
    give(cast.reviewer, RoleName.REVIEWER, cast.city)


PAIRS = [(first, second) for first in ADMINISTRATORS for second in ADMINISTRATORS if first != second]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_administrators_are_three_persons(cast: Cast, first: RoleName, second: RoleName) -> None:
    who = staff("丁", cast.nation, first)
    for place in (cast.nation, cast.county):  # nowhere in the tree
        with pytest.raises(TwoAdministrators, match=f"this one is {first}"):
            give(who, second, place)
        with pytest.raises(IntegrityError, match="administrators_are_three_persons"), transaction.atomic():
            RoleAssignment.objects.create(staff=who, role=second, unit=place, from_on=LATER)
    give(who, first, cast.county)  # the same role in two branches is fine
    give(who, RoleName.REVIEWER, cast.county)


def test_one_administrator_may_follow_the_other_in_time(cast: Cast) -> None:
    who = staff("丁", cast.nation)
    give(who, RoleName.SYSTEM_ADMIN, cast.nation, until_on=LATER)
    with pytest.raises(TwoAdministrators):
        give(who, RoleName.AUDIT_ADMIN, cast.nation, from_on=LATER - DAY)
    with pytest.raises(TwoAdministrators):
        give(who, RoleName.AUDIT_ADMIN, cast.nation, from_on=ON - DAY, until_on=ON + DAY)
    give(who, RoleName.AUDIT_ADMIN, cast.nation, from_on=LATER)
    give(who, RoleName.SECURITY_ADMIN, cast.nation, from_on=ON - DAY, until_on=ON)
    with pytest.raises(IntegrityError, match="three_persons"), transaction.atomic():
        RoleAssignment.objects.filter(staff=who, role="system_admin").update(until_on=None)


def test_a_change_of_role_does_not_go_around_the_rule(cast: Cast) -> None:
    who = staff("丁", cast.nation, RoleName.SYSTEM_ADMIN, RoleName.REVIEWER)
    with pytest.raises(IntegrityError, match="three_persons"), transaction.atomic():
        RoleAssignment.objects.filter(staff=who, role="reviewer").update(role="audit_admin")


def test_roles_that_the_database_refuses(cast: Cast) -> None:
    facts = {"staff": cast.reviewer, "unit": cast.city, "from_on": ON}
    for changed, says in (
        ({"role": "king"}, "role_name"),
        ({"role": "finance", "until_on": ON - DAY}, "role_ends_after|range lower bound"),
        ({"role": "reviewer"}, "role_held_once"),
    ):
        with pytest.raises(Exception, match=says), transaction.atomic():
            RoleAssignment.objects.create(**{**facts, **changed})
