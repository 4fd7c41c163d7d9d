"""Accounts, the people who work for the offices, and their roles."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Q

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import blind_index
from mutualaid.people.contacts import read_phone
from mutualaid.people.models import ADMINISTRATORS, Account, RoleAssignment, RoleName, Staff, Unit
from mutualaid.people.names import read_name
from mutualaid.people.refusals import Refused


class AccountTaken(Refused):
    """The name or the phone belongs to another account."""


@transaction.atomic
def open_account(*, name: str, phone: str | None = None, by: Actor, at: datetime.datetime) -> Account:
    """An account without a password: its owner sets one later, or signs in by phone. Raises AccountTaken, NotAContact."""
    number = None if phone is None else read_phone(phone)
    taken = Q(name=name)
    if number is not None:
        taken |= Q(phone_index=blind_index(Account, "phone_index", number))
    if Account.objects.filter(taken).exists():
        raise AccountTaken(
            "登录名和手机号应未被使用；已属于另一账号，请换一个或找回该账号",
            "the sign-in name or the phone is another account's; take another, or recover that account",
        )
    account = Account(name=name, phone=number)
    account.set_unusable_password()
    account.save(force_insert=True)
    record(what="open_account", row=account, by=by, at=at)
    return account


class StaffAlready(Refused):
    """One account is one person."""


@transaction.atomic
def register_staff(*, account: Account, unit: Unit, name: str, by: Actor, at: datetime.datetime) -> Staff:
    """Somebody begins to work for an office. What they may do comes with their roles. Raises StaffAlready, NotAName."""
    if Staff.objects.filter(account=account).exists():
        raise StaffAlready(
            "一个账号应只登记一名工作人员；该账号已登记，请直接授予角色",
            "the account is a member of staff already; assign roles to it",
        )
    staff = Staff.objects.create(account=account, unit=unit, name=read_name(name))
    record(what="register_staff", row=staff, by=by, at=at, unit=unit.pk)
    return staff


class OwnRole(Refused):
    """Nobody gives a role to themselves."""


class TwoAdministrators(Refused):
    """三员分立: system, security and audit administrator are three persons."""


class RoleHeld(Refused):
    """The role is held there already."""


@transaction.atomic
def assign_role(
    *,
    staff: Staff,
    role: RoleName,
    unit: Unit,
    from_on: datetime.date,
    until_on: datetime.date | None = None,
    by: Actor,
    at: datetime.datetime,
) -> RoleAssignment:
    """A role in the branch of a unit, on the days ``[from_on, until_on)``. Raises OwnRole, TwoAdministrators, RoleHeld."""
    if by.key == str(staff.account_id):
        raise OwnRole(
            "角色应由他人授予；得到本人，请由安全管理员授予",
            "expected somebody else to assign the role, found the person; leave it to the security administrator",
        )
    if until_on is not None and until_on <= from_on:
        raise Refused(
            f"角色终止日应晚于起始日 {from_on}；得到 {until_on}，请改正",
            f"expected a last day after {from_on}, found {until_on}; correct it",
        )
    held = RoleAssignment.objects.filter(Q(until_on=None) | Q(until_on__gt=from_on), staff=staff)
    if until_on is not None:
        held = held.filter(from_on__lt=until_on)
    if role in ADMINISTRATORS:
        for other in held.filter(role__in=ADMINISTRATORS).exclude(role=role):
            raise TwoAdministrators(
                f"系统、安全、审计管理员应由三人分任；此人同期已任{RoleName(other.role).label}，请另选一人或先终止该角色",
                f"expected three persons as administrators, found that this one is {other.role} on these days; "
                "choose another person or end that role first",
            )
    if held.filter(role=role, unit=unit).exists():
        raise RoleHeld(
            "同一单位的同一角色同期应只授予一次；已授予，请先终止原授权",
            "the role is held in this branch on these days already; end that assignment first",
        )
    assignment = RoleAssignment.objects.create(staff=staff, role=role, unit=unit, from_on=from_on, until_on=until_on)
    days = {"from_on": str(from_on), "until_on": until_on and str(until_on)}
    record(what="assign_role", row=assignment, by=by, at=at, staff=staff.pk, role=role, unit=unit.pk, **days)
    return assignment


class RoleOver(Refused):
    """A role can be ended earlier than it would, not later, and not before it began."""


@transaction.atomic
def end_role(
    *, assignment: RoleAssignment, until_on: datetime.date, by: Actor, at: datetime.datetime
) -> RoleAssignment:
    """The role is over from a day on. Raises RoleOver."""
    locked = RoleAssignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    if until_on < locked.from_on or (locked.until_on is not None and until_on >= locked.until_on):
        raise RoleOver(
            f"终止日应不早于 {locked.from_on}，且早于原终止日 {locked.until_on or '（无）'}；得到 {until_on}，请改正",
            f"expected a day from {locked.from_on} on and before {locked.until_on or 'any end'}, found {until_on}; correct it",
        )
    was, locked.until_on = locked.until_on, until_on
    locked.save(update_fields=["until_on"])
    record(what="end_role", row=locked, by=by, at=at, until_on=str(until_on), was=was and str(was))
    return locked
