"""Who may see, ask, accept and refuse moves of employers' unions between offices. Strangers are told "not found"."""

from __future__ import annotations

import datetime

from django.db.models import Q, QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.access import NotFound, office_to_apply_to
from mutualaid.people.models import Employer, RoleName, Unit
from mutualaid.people.move_models import UnitMove
from mutualaid.people.roles import branches_of_staff, in_branches

MOVE = (RoleName.ENROLMENT_CLERK,)
"""Roles that give and take employers."""


def moves_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[UnitMove]:
    """Enrolment clerks: moves from or to offices of their branches. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return UnitMove.objects.all()
    return UnitMove.objects.filter(_given(actor, on) | _taken(actor, on))


def move_for(*, actor: Actor, number: str, on: datetime.date) -> UnitMove:
    """One by number. Raises NotFound."""
    return _one(moves_visible_to(actor=actor, on=on), number)


def move_to_take(*, actor: Actor, number: str, on: datetime.date) -> UnitMove:
    """One to an office of the actor's branches, to be accepted or refused. Raises NotFound."""
    return _one(UnitMove.objects.filter(_taken(actor, on)), number)


def moves_to_take(*, actor: Actor, on: datetime.date) -> QuerySet[UnitMove]:
    """Those that wait for the actor's office."""
    return UnitMove.objects.filter(_taken(actor, on), state="asked").exclude(asked_by=actor.key)


def move_to_withdraw(*, actor: Actor, number: str, on: datetime.date) -> UnitMove:
    """One from an office of the actor's branches. Raises NotFound."""
    return _one(UnitMove.objects.filter(_given(actor, on)), number)


def employer_to_move(*, actor: Actor, code: str, on: datetime.date) -> Employer:
    """An employer of the actor's branches, by the code of its union. Raises NotFound."""
    branches = branches_of_staff(actor=actor, on=on, roles=MOVE)
    seen = Employer.objects.filter(in_branches(branches=branches, column="unit_path"), unit__code=code)
    found = seen.select_related("unit__parent").first()
    if found is None:
        raise NotFound("没有找到该用人单位，请核对编码", "no such employer was found; check the code")
    return found


def office_to_move_to(*, code: str) -> Unit:
    """An office that may take it, by its code. Raises NotFound."""
    return office_to_apply_to(code=code)


def _given(actor: Actor, on: datetime.date) -> Q:
    return in_branches(branches=branches_of_staff(actor=actor, on=on, roles=MOVE), column="from_path")


def _taken(actor: Actor, on: datetime.date) -> Q:
    return in_branches(branches=branches_of_staff(actor=actor, on=on, roles=MOVE), column="to_path")


def _one(among: QuerySet[UnitMove], number: str) -> UnitMove:
    found = among.filter(number=number).select_related("from_office", "to_office").first()
    if found is None:
        raise NotFound("没有找到该转移，请核对编号", "no such move was found; check the number")
    return found
