"""Who sees and handles which versions of plans.

What is published is public within the tree: everybody sees the plans of the offices at and above their own place, for their
employers enrol in them. Drafts are seen by designers and approvers in their branches only.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.access import NotFound, client_branches
from mutualaid.people.models import EmployerClerk, Employment, Level, RoleName, Unit
from mutualaid.people.queries import on_day
from mutualaid.people.roles import account_of, branches_of_staff, in_branches
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import chain_of

DESIGN = (RoleName.DESIGNER,)
APPROVE = (RoleName.DESIGNER, RoleName.SENIOR_REVIEWER)
"""Who may approve: never what they had a hand in themselves (``actions.publish_plan``)."""
PUBLIC = ("published", "withdrawn")


def versions_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[PlanVersion]:
    """Published and withdrawn versions of the offices at, above and (for staff and programs) below one's place; every state for
    designers and approvers in their branches. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return PlanVersion.objects.all()
    staff = actor.kind is ActorKind.STAFF
    paths = branches_of_staff(actor=actor, on=on) if staff else _places(actor, on)
    above = {office for path in paths for office in chain_of(path=path)}
    public = Q(office__in=above)
    wanted = Q(pk__in=[])
    if actor.kind in (ActorKind.STAFF, ActorKind.CLIENT):
        public |= _within(paths)
        wanted |= _within(branches_of_staff(actor=actor, on=on, roles=APPROVE))
    return PlanVersion.objects.filter(wanted | Q(state__in=PUBLIC) & public)


def version_for(*, actor: Actor, number: str, on: datetime.date) -> PlanVersion:
    """A version by its number. Raises NotFound."""
    return _one(versions_visible_to(actor=actor, on=on).filter(number=number))


def published_for(*, actor: Actor, plan: str, on: datetime.date) -> PlanVersion:
    """The published or withdrawn version with a plan's id. Raises NotFound."""
    return _one(versions_visible_to(actor=actor, on=on).filter(plan=plan, state__in=PUBLIC))


def version_to_design(*, actor: Actor, number: str, on: datetime.date) -> PlanVersion:
    """A version of an office in whose branch the actor designs plans: to change, submit, withdraw, discard or simulate it.
    Raises NotFound."""
    return _one(_handled(actor, on, DESIGN).filter(number=number))


def version_to_approve(*, actor: Actor, number: str, on: datetime.date) -> PlanVersion:
    """A version that the actor may publish or return, by role. Raises NotFound."""
    return _one(_handled(actor, on, APPROVE).filter(number=number))


def versions_to_approve(*, actor: Actor, on: datetime.date) -> QuerySet[PlanVersion]:
    """Versions that wait to be published or returned, of the branches in which the actor approves."""
    return _handled(actor, on, APPROVE).filter(state="submitted")


def offices_to_design_for(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """The offices in whose names the actor may draft plans and choose words, from the top down."""
    offices = Unit.objects.exclude(level=Level.GRASSROOTS).order_by("path")
    if actor.kind is ActorKind.SYSTEM:
        return offices
    return offices.filter(_within(branches_of_staff(actor=actor, on=on, roles=DESIGN), "path"))


def office_to_design_for(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """An office by its code. Raises NotFound."""
    office = offices_to_design_for(actor=actor, on=on).filter(code=code).first()
    if office is None:
        raise NotFound("没有找到该办事处，请核对编码", "no such office was found; check the code")
    return office


def _one(versions: QuerySet[PlanVersion]) -> PlanVersion:
    found = versions.select_related("office").first()
    if found is None:
        raise NotFound("没有找到该计划，请核对编号", "no such plan was found; check the number")
    return found


def _handled(actor: Actor, on: datetime.date, roles: tuple[RoleName, ...]) -> QuerySet[PlanVersion]:
    if actor.kind is ActorKind.SYSTEM:
        return PlanVersion.objects.all()
    return PlanVersion.objects.filter(_within(branches_of_staff(actor=actor, on=on, roles=roles)))


def _places(actor: Actor, on: datetime.date) -> list[str]:
    """Paths of the units at which a clerk or a member stands."""
    if actor.kind is ActorKind.CLERK:
        bound = EmployerClerk.objects.filter(account=_account(actor), account__is_active=True, state="bound")
        return list(bound.values_list("employer__unit__path", flat=True))
    if actor.kind is ActorKind.CLIENT:
        return client_branches(actor=actor, on=on)
    work = Employment.objects.filter(on_day(on), member__account=_account(actor), member__account__is_active=True)
    return list(work.values_list("employer__unit__path", flat=True))


def _account(actor: Actor) -> int:
    return account_of(actor=actor)


def _within(branches: Iterable[str], column: str = "office__path") -> Q:
    return in_branches(branches=branches, column=column)
