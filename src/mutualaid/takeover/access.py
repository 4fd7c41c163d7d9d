"""Who may see take-overs and do what with them. Strangers are told "not found"."""

from __future__ import annotations

import datetime

from django.db.models import Q, QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.access import NotFound, branches_of_roles, units_of_roles
from mutualaid.people.models import STANDS_UNDER, Level, RoleName, Unit
from mutualaid.takeover.models import Takeover

BRING = (RoleName.ENROLMENT_CLERK, RoleName.SYSTEM_ADMIN)
"""Who uploads, submits and starts the application."""
SIGN = (RoleName.FINANCE, RoleName.SENIOR_REVIEWER)
"""Who signs for the office."""
SEE_TAKEOVERS = (*BRING, *SIGN)
TAKEOVER_FILE = "takeover"
"""The kind of the stored file."""


def takeovers_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Takeover]:
    """The system: all. Staff who bring or sign: those of offices in their branches."""
    if actor.kind is ActorKind.SYSTEM:
        return Takeover.objects.all()
    return _in_roles(actor, on, SEE_TAKEOVERS)


def takeover_for(*, actor: Actor, number: str, on: datetime.date) -> Takeover:
    """A take-over by number, to look at. Raises NotFound."""
    return _one(takeovers_visible_to(actor=actor, on=on), number)


def takeover_to_bring(*, actor: Actor, number: str, on: datetime.date) -> Takeover:
    """A take-over that the actor submits, applies or discards. Raises NotFound."""
    return _one(_in_roles(actor, on, BRING), number)


def takeover_to_sign(*, actor: Actor, number: str, on: datetime.date) -> Takeover:
    """A take-over that the actor signs or returns. Raises NotFound."""
    return _one(_in_roles(actor, on, SIGN), number)


def takeover_to_download(*, actor: Actor, number: str, on: datetime.date) -> Takeover:
    """A take-over whose rows, with what they say of persons, the actor reads: whoever brought it, and roles that deal with
    persons; no administrator else. Raises NotFound."""
    seen = takeovers_visible_to(actor=actor, on=on)
    persons = tuple(role for role in SEE_TAKEOVERS if role is not RoleName.SYSTEM_ADMIN)
    own = seen.filter(uploaded_by=int(actor.key)) if actor.key.isdecimal() else seen.none()
    return _one(own | _in_roles(actor, on, persons), number)


def offices_to_take_over(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Offices for which the actor may bring a file."""
    if actor.kind is not ActorKind.STAFF:
        return Unit.objects.none()
    offices = units_of_roles(actor=actor, on=on, roles=BRING)
    return offices.filter(level__in=STANDS_UNDER[Level.GRASSROOTS]).order_by("path")


def office_to_take_over(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """One of them by its code. Raises NotFound."""
    office = offices_to_take_over(actor=actor, on=on).filter(code=code).first()
    if office is None:
        raise NotFound("没有找到该机构，请核对编码", "no such office was found; check the code")
    return office


def _in_roles(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[Takeover]:
    wanted = Q(pk__in=[])
    for branch in branches_of_roles(actor=actor, on=on, roles=roles):
        wanted |= Q(office__path__startswith=branch)
    return Takeover.objects.filter(wanted)


def _one(among: QuerySet[Takeover], number: str) -> Takeover:
    found = among.filter(number=number).select_related("office", "file", "uploaded_by", "submitted_by", "signed_by")
    takeover = found.first()
    if takeover is None:
        raise NotFound("没有找到该接管，请核对编号", "no such take-over was found; check the number")
    return takeover
