"""Who may see and do what with requests of next of kin to act for a member. Strangers are told "not found"."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet

from mutualaid.claims.access import CHECK_KIN
from mutualaid.claims.models import KinPaper, Kinship
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people import access as people
from mutualaid.people.access import NotFound
from mutualaid.people.models import Member
from mutualaid.people.roles import account_of, branches_of_staff, in_branches


def kinships_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Kinship]:
    """Who asked: their own. Staff who check them: those that were submitted in their branches. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return Kinship.objects.all()
    if actor.kind is ActorKind.MEMBER:
        return Kinship.objects.filter(account=account_of(actor=actor))
    branches = branches_of_staff(actor=actor, on=on, roles=CHECK_KIN)
    return Kinship.objects.filter(in_branches(branches=branches, column="unit_path")).exclude(submitted_at=None)


def kinship_for(*, actor: Actor, number: str, on: datetime.date) -> Kinship:
    """One by number, of who asked or of an office. Raises NotFound."""
    found = kinships_visible_to(actor=actor, on=on).filter(number=number)
    return _one(found.select_related("asked_office", "office", "account"))


def kinship_to_check(*, actor: Actor, number: str, on: datetime.date) -> Kinship:
    """One that the actor looks at and answers: staff. Raises NotFound."""
    found = kinships_visible_to(actor=actor, on=on).filter(number=number)
    row = _one(
        found.select_related("asked_office", "office", "account") if actor.kind is ActorKind.STAFF else found.none()
    )
    if row.member_id is not None:
        with within([EVERYTHING], reads=True):  # the member's own office sees them; one above sees the request as well
            row.member = Member.objects.get(pk=row.member_id)
    return row


def kinships_over(*, actor: Actor) -> QuerySet[Kinship]:
    """By which others act for the member that the actor is, and acted."""
    own = people.own_member(actor=actor)
    if own is None:
        return Kinship.objects.none()
    return Kinship.objects.filter(member=own, state__in=["accepted", "ended"])


def kinship_to_end(*, actor: Actor, number: str, on: datetime.date) -> Kinship:
    """One that the actor may end: who acts by it, and the member for whom. Raises NotFound."""
    mine = kinships_visible_to(actor=actor, on=on) if actor.kind is ActorKind.MEMBER else Kinship.objects.none()
    return _one((mine | kinships_over(actor=actor)).filter(number=number))


def kin_paper_for(*, actor: Actor, number: str, paper: str, on: datetime.date) -> StoredFile:
    """A page that proves a kinship, by the key of its file: for who asked and for the office. Raises NotFound."""
    row = kinship_for(actor=actor, number=number, on=on)
    # Whoever sees the request sees what proves it, whoever may see the file otherwise.
    with within([EVERYTHING], reads=True):
        found = KinPaper.objects.filter(kinship=row, file__key=paper, removed_at=None).select_related("file").first()
    if found is None:
        raise NotFound("没有找到该材料", "no such paper was found")
    file: StoredFile = found.file
    return file


def _one(found: QuerySet[Kinship]) -> Kinship:
    row = found.first()
    if row is None:
        raise NotFound("没有找到该代办申请，请核对编号", "no such request was found; check the number")
    return row
