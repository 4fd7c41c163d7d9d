"""Who may ask fees back, see requests and decide them. Strangers are told "not found"."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from mutualaid.contributions.actions.refunding import DECIDE
from mutualaid.contributions.models import Bill, RefundRequest
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import kept_by_any
from mutualaid.people.access import NotFound, employers_of_clerk
from mutualaid.people.models import Member, RoleName
from mutualaid.people.roles import account_of, branches_of_staff, in_branches

SEE = (*DECIDE, RoleName.FINANCE)
"""Who decides requests, and finance, who pays what comes of them."""


def covers_to_refund(*, actor: Actor, on: datetime.date) -> QuerySet[Cover]:
    """Staff who decide: of their branches. Clerks: those that their employers answer for, also of who has left since. A member:
    those for which they paid themself."""
    rows = Cover.objects.select_related("version", "member", "employer__unit")
    if actor.kind is ActorKind.STAFF:
        branches = branches_of_staff(actor=actor, on=on, roles=DECIDE)
        return rows.filter(in_branches(branches=branches, column="unit_path"))
    if actor.kind is ActorKind.CLERK:
        return rows.filter(kept_by_any(employers=employers_of_clerk(actor=actor)))
    if actor.kind is ActorKind.MEMBER:
        own = Bill.objects.filter(enrolment=OuterRef("enrolment"), payer_member=OuterRef("member"), state="paid")
        return rows.filter(Exists(own), member__account=account_of(actor=actor), member__account__is_active=True)
    return Cover.objects.none()


def chosen_to_refund(*, actor: Actor, numbers: Sequence[str], on: datetime.date) -> list[Cover]:
    """Those of them with these numbers, in the order of their certificates; all must be there. Raises NotFound."""
    wanted = sorted(set(numbers))
    found = list(covers_to_refund(actor=actor, on=on).filter(number__in=wanted).order_by("number"))
    if not found or len(found) != len(wanted):
        raise NotFound(
            "没有找到所选的保障，请从保障列表重新选择", "not all covers were found; choose them from the list again"
        )
    return found


def paid_by_self(*, actor: Actor, cover: Cover) -> bool:
    """Whether a member paid for one of their covers themself."""
    return covers_to_refund(actor=actor, on=cover.from_on).filter(pk=cover.pk).exists()


def refund_requests_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[RefundRequest]:
    """Staff: of employers of their branches. Clerks: of their employers. A member: their own."""
    rows = RefundRequest.objects.select_related("employer__unit", "member")
    if actor.kind is ActorKind.STAFF:
        branches = branches_of_staff(actor=actor, on=on, roles=SEE)
        return rows.filter(in_branches(branches=branches, column="employer__unit_path"))
    if actor.kind is ActorKind.CLERK:
        return rows.filter(employer__in=employers_of_clerk(actor=actor))
    if actor.kind is ActorKind.MEMBER:
        return rows.filter(member__in=Member.objects.filter(account=account_of(actor=actor), account__is_active=True))
    return RefundRequest.objects.none()


def refund_request_for(*, actor: Actor, number: str, on: datetime.date) -> RefundRequest:
    """One by its number. Raises NotFound."""
    return _the_one(refund_requests_visible_to(actor=actor, on=on), number)


def refund_request_to_decide(*, actor: Actor, number: str, on: datetime.date) -> RefundRequest:
    """One that the actor approves or refuses. Raises NotFound."""
    branches = branches_of_staff(actor=actor, on=on, roles=DECIDE) if actor.kind is ActorKind.STAFF else []
    seen = refund_requests_visible_to(actor=actor, on=on)
    return _the_one(seen.filter(in_branches(branches=branches, column="employer__unit_path")), number)


def refund_request_to_withdraw(*, actor: Actor, number: str, on: datetime.date) -> RefundRequest:
    """One that the actor asked. Raises NotFound."""
    own = Q(asked_kind=actor.kind, asked_by=actor.key)
    return _the_one(refund_requests_visible_to(actor=actor, on=on).filter(own), number)


def _the_one(among: QuerySet[RefundRequest], number: str) -> RefundRequest:
    found = among.filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该退费申请，请核对编号", "no such request was found; check the number")
    return found
