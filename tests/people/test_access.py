"""Who sees which units and members: the right branch, the wrong branch, a stranger."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.people.access import (
    SEE_MEMBERS,
    NotFound,
    member_for,
    members_visible_to,
    unit_for,
    units_visible_to,
)
from mutualaid.people.actions.members import begin_employment, end_employment
from mutualaid.people.actions.staff import assign_role, end_role
from mutualaid.people.actions.units import register_clerk, release_clerk
from mutualaid.people.models import Member, RoleName, Unit
from tests.people.cast import AT, BY, LATER, ON, Cast, account, as_clerk, as_staff, staff


def codes(actor: Actor, on: datetime.date = ON) -> list[str]:
    return sorted(units_visible_to(actor=actor, on=on).values_list("code", flat=True))


def seen(actor: Actor, on: datetime.date = ON) -> set[Member]:
    return set(members_visible_to(actor=actor, on=on))


def test_staff_see_the_branches_of_their_roles(cast: Cast) -> None:
    assert codes(as_staff(cast.reviewer)) == ["4505", "450502", "G1", "G2"]
    assert codes(as_staff(cast.outsider)) == ["4501", "G3"]
    assert codes(as_staff(cast.analyst)) == ["45", "4501", "4505", "450502", "G1", "G2", "G3"]
    assign_role(staff=cast.reviewer, role=RoleName.FINANCE, unit=cast.far.unit, from_on=ON, by=BY, at=AT)
    assert codes(as_staff(cast.reviewer)) == ["4505", "450502", "G1", "G2", "G3"]
    assert seen(as_staff(cast.reviewer)) == {cast.lin, cast.wei, cast.pa}


def test_a_branch_is_told_by_whole_numbers(cast: Cast) -> None:
    # /1/2/ begins what /1/23/ does not: the path ends in a slash.
    assert all(unit.path.endswith(f"/{unit.pk}/") for unit in Unit.objects.all())


def test_staff_see_members_of_their_branch_alone(cast: Cast) -> None:
    assert seen(as_staff(cast.reviewer)) == {cast.lin, cast.wei}
    assert seen(as_staff(cast.outsider)) == {cast.pa}
    assert member_for(actor=as_staff(cast.reviewer), number=cast.lin.number, on=ON) == cast.lin
    for number in (cast.pa.number, "M999999999", ""):
        with pytest.raises(NotFound, match="no such member was found; check the number"):
            member_for(actor=as_staff(cast.reviewer), number=number, on=ON)


@pytest.mark.parametrize("role", [role for role in RoleName if role not in SEE_MEMBERS])
def test_roles_that_deal_with_no_persons_see_none(cast: Cast, role: RoleName) -> None:
    who = as_staff(staff("丁", cast.nation, role))
    assert "4505" in codes(who)
    assert seen(who) == set()


@pytest.mark.parametrize("role", SEE_MEMBERS)
def test_roles_that_deal_with_persons_see_them(cast: Cast, role: RoleName) -> None:
    assert len(seen(as_staff(staff("丁", cast.nation, role)))) == 3


def test_a_role_counts_on_its_days(cast: Cast) -> None:
    before = ON - datetime.timedelta(days=1)
    assert codes(as_staff(cast.reviewer), before) == []
    end_role(assignment=cast.reviewer.roles.get(), until_on=LATER, by=BY, at=AT)
    assert codes(as_staff(cast.reviewer), LATER - datetime.timedelta(days=1)) != []
    assert codes(as_staff(cast.reviewer), LATER) == []
    assert seen(as_staff(cast.reviewer), LATER) == set()


def test_clerks_see_their_employer_and_who_works_there(cast: Cast) -> None:
    who = as_clerk(cast.clerk)
    assert codes(who) == ["G1"]
    assert seen(who) == {cast.lin}
    assert unit_for(actor=who, code="G1", on=ON) == cast.mill.unit
    for code in ("G2", "4505", "nowhere"):
        with pytest.raises(NotFound, match="no such unit"):
            unit_for(actor=who, code=code, on=ON)
    with pytest.raises(NotFound):
        member_for(actor=who, number=cast.wei.number, on=ON)


def test_clerks_lose_sight_of_who_left_and_staff_do_not(cast: Cast) -> None:
    end_employment(employment=cast.lin.employments.get(), until_on=LATER, by=BY, at=AT)
    begin_employment(member=cast.lin, employer=cast.far, from_on=LATER, by=BY, at=AT)
    assert seen(as_clerk(cast.clerk), LATER) == set()
    assert cast.lin in seen(as_staff(cast.reviewer), LATER)
    assert cast.lin in seen(as_staff(cast.outsider), LATER)


def test_clerks_who_are_not_bound_see_nothing(cast: Cast) -> None:
    waiting = register_clerk(employer=cast.yard, account=account("new"), name="吴二", evidence="f", by=BY, at=AT)
    assert (codes(as_clerk(waiting)), seen(as_clerk(waiting))) == ([], set())
    release_clerk(clerk=cast.clerk, reason="left", by=BY, at=AT)
    assert (codes(as_clerk(cast.clerk)), seen(as_clerk(cast.clerk))) == ([], set())


def test_members_see_themselves(cast: Cast) -> None:
    cast.lin.account = account("lin")
    cast.lin.save(update_fields=["account"])
    who = Actor(ActorKind.MEMBER, str(cast.lin.account_id))
    assert (codes(who), seen(who)) == ([], {cast.lin})


def test_the_system_sees_all(cast: Cast) -> None:
    assert len(codes(system("timer"))) == 8
    assert len(seen(system("timer"))) == 3


@pytest.mark.parametrize("kind", [ActorKind.STAFF, ActorKind.CLERK, ActorKind.MEMBER])
@pytest.mark.parametrize("key", ["0", "999999", "", "x", "-1", "²", "9" * 30])
def test_strangers_see_nothing(cast: Cast, kind: ActorKind, key: str) -> None:
    assert (codes(Actor(kind, key)), seen(Actor(kind, key))) == ([], set())


def test_an_account_that_is_closed_sees_nothing(cast: Cast) -> None:
    for who in (cast.reviewer.account, cast.clerk.account):
        who.is_active = False
        who.save(update_fields=["is_active"])
    assert codes(as_staff(cast.reviewer)) == codes(as_clerk(cast.clerk)) == []


def test_one_end_is_not_another(cast: Cast) -> None:
    # The same account, signed in at the wrong end.
    assert codes(Actor(ActorKind.CLERK, str(cast.reviewer.account_id))) == []
    assert codes(Actor(ActorKind.STAFF, str(cast.clerk.account_id))) == []
