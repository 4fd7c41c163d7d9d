"""Who may see and do what with corrections of who a member is. Strangers are told "not found"."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Correction
from mutualaid.people import access as people
from mutualaid.people.access import NotFound
from mutualaid.people.models import Member, RoleName
from mutualaid.people.roles import branches_of_staff

CORRECT = (RoleName.ENROLMENT_CLERK, RoleName.SENIOR_REVIEWER)
"""Roles that look at the document, enter, agree and refuse: never one person alone."""


def members_to_correct(*, actor: Actor, on: datetime.date) -> QuerySet[Member]:
    """Whose identity the actor may correct or ask to have corrected: staff in their branches; clerks, of who works at their
    employers; a member, their own."""
    if actor.kind is ActorKind.STAFF:
        return people.members_of_branches(branches=branches_of_staff(actor=actor, on=on, roles=CORRECT))
    if actor.kind in (ActorKind.CLERK, ActorKind.MEMBER):
        return people.members_visible_to(actor=actor, on=on)
    return Member.objects.none()


def member_to_correct(*, actor: Actor, number: str, on: datetime.date) -> Member:
    """One of them by number. Raises NotFound."""
    found = members_to_correct(actor=actor, on=on).filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该会员，请核对会员编号", "no such member was found; check the number")
    return found


def corrections_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Correction]:
    """Staff who correct: those of members of their branches. Clerks: what they asked for themselves. A member: what anybody
    asked for them. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Correction.objects.all()
    if actor.kind is ActorKind.STAFF:
        branches = branches_of_staff(actor=actor, on=on, roles=CORRECT)
        units = people.units_of_branches(branches=branches)
        return Correction.objects.filter(member__unit_ids__overlap=units) if units else Correction.objects.none()
    if actor.kind is ActorKind.CLERK:
        return Correction.objects.filter(asked_kind=actor.kind, asked_by=actor.key)
    own = people.own_member(actor=actor)
    return Correction.objects.none() if own is None else Correction.objects.filter(member=own)


def correction_for(*, actor: Actor, number: str, on: datetime.date) -> Correction:
    """One by number. Raises NotFound."""
    found = corrections_visible_to(actor=actor, on=on).filter(number=number).select_related("member", "office").first()
    if found is None:
        raise NotFound("没有找到该更正申请，请核对编号", "no such correction was found; check the number")
    return found


def correction_to_decide(*, actor: Actor, number: str, on: datetime.date) -> Correction:
    """One that the actor enters, agrees to, refuses or settles: staff. Raises NotFound."""
    found = correction_for(actor=actor, number=number, on=on)
    if actor.kind is not ActorKind.STAFF:
        raise NotFound("没有找到该更正申请，请核对编号", "no such correction was found; check the number")
    return found


def correction_to_withdraw(*, actor: Actor, number: str, on: datetime.date) -> Correction:
    """One that the actor asked for. Raises NotFound."""
    found = correction_for(actor=actor, number=number, on=on)
    if (found.asked_kind, found.asked_by) != (actor.kind, actor.key):
        raise NotFound("没有找到该更正申请，请核对编号", "no such correction was found; check the number")
    return found


def correction_paper_for(*, actor: Actor, number: str, on: datetime.date) -> StoredFile:
    """The photographed document of a correction, for the office. Raises NotFound."""
    found = correction_to_decide(actor=actor, number=number, on=on)
    with within([EVERYTHING], reads=True):  # whoever sees the correction sees what proves it
        return StoredFile.objects.get(pk=found.file_id)
