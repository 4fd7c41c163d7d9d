"""The cast of these tests: a small union in which everybody and everything is invented."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from stdnum.cn import uscc

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.people.actions.members import register_member
from mutualaid.people.actions.staff import assign_role, open_account, register_staff
from mutualaid.people.actions.units import bind_clerk, register_clerk, register_employer, register_unit
from mutualaid.people.identity import IdentityKind, check_letter
from mutualaid.people.models import Account, Employer, EmployerClerk, Level, Member, RoleName, Staff, Unit

AT = datetime.datetime(2025, 3, 1, 1, 30, tzinfo=datetime.UTC)
ON = datetime.date(2025, 3, 1)
BY = system("cast")
LATER = datetime.date(2025, 6, 1)


def resident_id(birth: str = "19880607", order: int = 2, region: str = "450502") -> str:
    """An invented number: even orders are women's."""
    body = f"{region}{birth}{order:03d}"
    return body + check_letter(body)


def credit_code(number: int) -> str:
    """An invented employer's code."""
    body = f"91450500MA5K{number:05d}"
    return body + uscc.calc_check_digit(body)


def unit(level: Level, parent: Unit | None, code: str, name: str) -> Unit:
    """A unit of the tree."""
    return register_unit(level=level, parent=parent, code=code, name=name, by=BY, at=AT)


def employer(parent: Unit, number: int) -> Employer:
    """An employer with its grassroots union under a unit."""
    union = unit(Level.GRASSROOTS, parent, f"G{number}", f"第{number}厂工会")
    return register_employer(
        unit=union,
        credit_code=credit_code(number),
        headcount_declared=20,
        contact_name="周一帆",
        contact_phone=f"1390000{number:04d}",
        by=BY,
        at=AT,
    )


def account(name: str) -> Account:
    """An account without a phone."""
    return open_account(name=name, by=BY, at=AT)


def staff(name: str, at: Unit, *roles: RoleName) -> Staff:
    """A member of staff with roles in a unit's branch, from the day of the tests on."""
    found = register_staff(account=account(name), unit=at, name=name, by=BY, at=AT)
    for role in roles:
        assign_role(staff=found, role=role, unit=at, from_on=ON, by=BY, at=AT)
    return found


def as_staff(who: Staff) -> Actor:
    """The actor that a member of staff is."""
    return Actor(ActorKind.STAFF, str(who.account_id))


def as_clerk(who: EmployerClerk) -> Actor:
    """The actor that a clerk is."""
    return Actor(ActorKind.CLERK, str(who.account_id))


def member(at: Employer, order: int, name: str, phone: str | None = None) -> Member:
    """A member who works at an employer from the day of the tests on."""
    return register_member(
        employer=at,
        from_on=ON,
        identity_kind=IdentityKind.RESIDENT,
        identity_number=resident_id(order=order),
        name=name,
        phone=phone,
        by=BY,
        at=AT,
    )


@dataclass(frozen=True)
class Cast:
    """Two cities of one province; a county with two employers in the first, one employer in the second."""

    nation: Unit
    province: Unit
    city: Unit
    county: Unit
    other_city: Unit
    mill: Employer
    yard: Employer
    far: Employer
    lin: Member
    wei: Member
    pa: Member
    clerk: EmployerClerk
    reviewer: Staff
    outsider: Staff
    analyst: Staff


def cast() -> Cast:
    """Everybody, made by the actions themselves."""
    nation = unit(Level.NATIONAL, None, "CN", "全国总会")
    province = unit(Level.PROVINCE, nation, "45", "南省办事处")
    city = unit(Level.CITY, province, "4505", "海市办事处")
    county = unit(Level.COUNTY, city, "450502", "海城区工会")
    other_city = unit(Level.CITY, province, "4501", "邕市办事处")
    mill, yard, far = employer(county, 1), employer(county, 2), employer(other_city, 3)
    clerk = register_clerk(employer=mill, account=account("clerk"), name="周一帆", evidence="form-1", by=BY, at=AT)
    return Cast(
        *(nation, province, city, county, other_city, mill, yard, far),
        lin=member(mill, 2, "林晓禾", "13900000001"),
        wei=member(yard, 4, "尉迟安"),
        pa=member(far, 6, "帕孜丽娅·乌拉木"),
        clerk=bind_clerk(clerk=clerk, by=BY, at=AT),
        reviewer=staff("审核甲", city, RoleName.REVIEWER),
        outsider=staff("审核乙", other_city, RoleName.REVIEWER),
        analyst=staff("分析丙", province, RoleName.ANALYST, RoleName.DESIGNER),
    )
