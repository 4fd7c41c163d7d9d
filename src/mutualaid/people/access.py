"""Who may see which units and members. Strangers are told "not found", never that there is something to hide."""

from __future__ import annotations

import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.models import EmployerClerk, Employment, Member, RoleAssignment, RoleName, Unit
from mutualaid.people.queries import on_day

SEE_MEMBERS = (
    RoleName.ENROLMENT_CLERK,
    RoleName.REVIEWER,
    RoleName.SENIOR_REVIEWER,
    RoleName.FINANCE,
    RoleName.SERVICE_SPECIALIST,
)
"""Roles that deal with persons. Designers, analysts and the three administrators see none."""


class NotFound(Exception):
    """There is no such thing for this actor; ``zh`` and ``en`` are what strangers are told."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def units_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Staff: the branches of their roles. Clerks: the unions of the employers that they are bound to. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Unit.objects.all()
    if actor.kind is ActorKind.STAFF:
        return Unit.objects.filter(_within(_branches(actor, on), "path"))
    if actor.kind is ActorKind.CLERK:
        return Unit.objects.filter(pk__in=_employers(actor))
    return Unit.objects.none()


def unit_for(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """A unit by its code. Raises NotFound."""
    unit = units_visible_to(actor=actor, on=on).filter(code=code).first()
    if unit is None:
        raise NotFound("没有找到该单位，请核对编码", "no such unit was found; check the code")
    return unit


def members_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Member]:
    """Staff who deal with persons: whoever works, or ever worked, in their branches. Clerks: who works at their employers on the
    day. A member: themselves."""
    if actor.kind is ActorKind.SYSTEM:
        return Member.objects.all()
    work = Employment.objects.filter(member=OuterRef("pk"))
    if actor.kind is ActorKind.STAFF:
        within = _within(_branches(actor, on, SEE_MEMBERS), "employer__unit__path")
        return Member.objects.filter(Exists(work.filter(within)))
    if actor.kind is ActorKind.CLERK:
        return Member.objects.filter(Exists(work.filter(on_day(on), employer__in=_employers(actor))))
    return Member.objects.filter(account__isnull=False, account__is_active=True, account=_account(actor))


def member_for(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """A member by number. Raises NotFound."""
    member = members_visible_to(actor=actor, on=on).filter(number=number).first()
    if member is None:
        raise NotFound("没有找到该会员，请核对会员编号", "no such member was found; check the number")
    return member


def _account(actor: Actor) -> int:
    """The account's key; 0, which no account has, for a key that is none."""
    return int(actor.key) if actor.key.isascii() and actor.key.isdecimal() else 0


def _branches(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...] = tuple(RoleName)) -> list[str]:
    held = RoleAssignment.objects.filter(
        on_day(on), staff__account=_account(actor), staff__account__is_active=True, role__in=roles
    )
    return list(held.values_list("unit__path", flat=True).distinct())


def _within(branches: list[str], column: str) -> Q:
    """Rows whose path begins with that of one of the branches; none without a branch."""
    wanted = Q(pk__in=[])
    for branch in branches:
        wanted |= Q(**{f"{column}__startswith": branch})
    return wanted


def _employers(actor: Actor) -> QuerySet[EmployerClerk, int]:
    bound = EmployerClerk.objects.filter(account=_account(actor), account__is_active=True, state="bound")
    return bound.values_list("employer_id", flat=True)
