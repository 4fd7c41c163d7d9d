"""Fees are asked back for named covers, by an employer's clerk, a member who pays for themself, or the office; another person
of the office decides. Then the covers are void or end, and what the plan gives back is owed to whoever bore it.

Whether claims stand against it, ``claims.actions.refunding`` says, by which the portals ask and decide.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from mutualaid.contributions.actions.refunds import give
from mutualaid.contributions.locking import lock_asked
from mutualaid.contributions.models import RefundItem, RefundReason, RefundRequest
from mutualaid.contributions.persons import NotYours
from mutualaid.contributions.refundable import Offer, Why, offers
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.states import REFUND_REQUEST
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.ending import end_covers, void_covers
from mutualaid.enrolment.models import Cover
from mutualaid.notices.actions import MemberLetter, notify_clerks, notify_member, notify_members, notify_office
from mutualaid.people.models import Account, EmployerClerk, Member, RoleName, Staff

COVERS_MOST = 500
"""Of one request: the office looks at each."""
REMARK_MOST = 300
DECIDE = (RoleName.ENROLMENT_CLERK, RoleName.SENIOR_REVIEWER)
DAY = datetime.timedelta(days=1)


class NothingBack(Refused):
    """The plan gives nothing back, or something stands against it; or the covers are not of one employer."""


@transaction.atomic
def ask_refunds(
    *,
    covers: Sequence[Cover],
    reason: str,
    ends: Mapping[int, datetime.date] | None = None,
    remark: str,
    member: Member | None = None,
    hindered: Mapping[int, Why] | None = None,
    by: Actor,
    at: datetime.datetime,
) -> RefundRequest:
    """The fees of some covers that one employer answers for are asked back; covers of which nothing goes back are left out, as
    the page said before. ``ends``: by the key of a cover the first day without it, for ``exit``; ``member``: who asks for
    themself; ``hindered``: what else stands against a cover. Raises NoReason, NothingBack."""
    remark = said(remark)[:REMARK_MOST]
    if not 0 < len(covers) <= COVERS_MOST or len({one.answers_for_it for one in covers}) != 1:
        raise NothingBack(
            f"一份退费申请应有同一单位的 1 至 {COVERS_MOST} 份保障；得到 {len(covers)} 份，请重新选择",
            f"expected 1 to {COVERS_MOST} covers of one employer in a request, found {len(covers)}; choose again",
        )
    with within([EVERYTHING]):
        keys = [one.pk for one in covers]
        rows = Cover.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True, of=("self",))
        locked = list(rows.select_related("version", "employer__unit", "heir__unit"))
        told = offers(covers=locked, reason=reason, ends=ends, asked_on=day_of(at), hindered=hindered)
        good = [one for one in told if one.fault is None]
        if not good:
            fault = told[0].fault
            assert fault is not None  # nothing is good
            raise NothingBack(*fault)
        request = RefundRequest.objects.create(
            employer=locked[0].heir or locked[0].employer,
            member=member,
            reason=RefundReason(reason),
            remark=remark,
            asked_kind=by.kind,
            asked_by=by.key,
            asked_name=member.name if member is not None else _name(by),
            asked_at=at,
            asked_on=day_of(at),
        )
        request.refresh_from_db(fields=["number"])
        RefundItem.objects.bulk_create(
            [RefundItem(request=request, cover=one.cover, ends_on=one.ends_on, amount=one.amount) for one in good]
        )
        record(what="ask_refund", row=request, by=by, at=at, covers=len(good), reason=str(reason))
        notify_office(
            unit=request.employer.unit, roles=DECIDE, besides=[by.key], template="refund_asked",
            words={"number": request.number, "people": len(good)},
            link=f"/workbench/refund-requests/{request.number}", by=by, at=at,
        )  # fmt: skip
    return request


@transaction.atomic
def approve_refund_request(
    *,
    request: RefundRequest,
    without: Collection[str] = (),
    hindered: Mapping[int, Why] | None = None,
    by: Actor,
    at: datetime.datetime,
) -> RefundRequest:
    """Another person of the office agrees, leaving out some covers (numbers): the others are void or end, and what goes back is
    owed or asked for no longer. The plan and what happened since are looked at again. Raises NotYours, NothingBack, PartPaid,
    IllegalMove."""
    with within([EVERYTHING]):
        name = _decider(request, by)
        also = {"decided_by": by.key, "decided_name": name, "decided_at": at}
        request = make(request, REFUND_REQUEST, "approve_refund_request", by=by, at=at, also=also)
        items = set(_items(request, without))
        covers = lock_asked(request=request)
        told = _offered(request, [one for one in covers if one.pk in items], hindered)
        for one in told:
            if one.fault is not None:
                zh, en = one.fault
                raise NothingBack(f"{one.cover.number} {one.cover.member.name}：{zh}", f"{one.cover.number}: {en}")
        _end(request, told, by, at)
        made = give(
            parts=[(one.cover.pk, part) for one in told for part in one.parts],
            subject=subject_of(request),
            request=request,
            void=request.reason != RefundReason.EXIT,
            by=by,
            at=at,
        )
        for refund in made:
            notify_office(
                unit=refund.fund.unit, roles=[RoleName.FINANCE], template="refund_of_request_to_pay",
                words={"number": refund.number, "request": request.number, "amount": shown(refund.amount)},
                link=f"/workbench/refunds/{refund.number}", by=by, at=at,
            )  # fmt: skip
        _tell_covered(request, told, by, at)
        total = sum((one.amount for one in told), Decimal(0))
        words = {"amount": shown(total), "people": len(told)}
        tell_asker(request=request, template="refund_request_approved", words=words, by=by, at=at)
    return request


@transaction.atomic
def refuse_refund_request(*, request: RefundRequest, answer: str, by: Actor, at: datetime.datetime) -> RefundRequest:
    """The office does not agree, and says why. Raises NoReason, NotYours, IllegalMove."""
    answer = said(answer)[:REMARK_MOST]
    with within([EVERYTHING]):
        name = _decider(request, by)
        also = {"decided_by": by.key, "decided_name": name, "decided_at": at, "answer": answer}
        request = make(request, REFUND_REQUEST, "refuse_refund_request", by=by, at=at, also=also)
        tell_asker(request=request, template="refund_request_refused", words={"reason": answer}, by=by, at=at)
    return request


@transaction.atomic
def withdraw_refund_request(*, request: RefundRequest, by: Actor, at: datetime.datetime) -> RefundRequest:
    """Who asked takes it back. Raises NotYours, IllegalMove."""
    if (request.asked_kind, request.asked_by) != (by.kind, by.key):
        raise NotYours("应由申请人撤回；请改为不同意", "expected the asker to take it back; refuse it instead")
    with within([EVERYTHING]):
        also = {"decided_by": by.key, "decided_name": request.asked_name, "decided_at": at}
        return make(request, REFUND_REQUEST, "withdraw_refund_request", by=by, at=at, also=also)


def _items(request: RefundRequest, without: Collection[str]) -> dict[int, RefundItem]:
    """By the key of their covers, those that are not left out. Raises NothingBack."""
    request.items.filter(cover__number__in=list(without)).update(left_out=True)
    found = {one.cover_id: one for one in request.items.filter(left_out=False)}
    if not found:
        raise NothingBack(
            "应至少留下一人；全部不退的，请选择不同意并说明理由",
            "expected somebody to be left; where nobody gets anything back, refuse it and say why",
        )
    return found


def _offered(request: RefundRequest, covers: Sequence[Cover], hindered: Mapping[int, Why] | None) -> list[Offer]:
    ends = {one.cover_id: one.ends_on for one in request.items.all() if one.ends_on is not None}
    return offers(
        covers=covers, reason=request.reason, ends=ends, asked_on=request.asked_on, hindered=hindered,
        besides=request.pk,
    )  # fmt: skip


def _end(request: RefundRequest, told: Sequence[Offer], by: Actor, at: datetime.datetime) -> None:
    if request.reason == RefundReason.EXIT:
        ends = {one.cover.pk: one.ends_on for one in told if one.ends_on is not None}
        end_covers(ends=ends, because=request.number, by=by, at=at)
    else:
        void_covers(covers=[one.cover for one in told], because=request.number, by=by, at=at)


def _tell_covered(request: RefundRequest, told: Sequence[Offer], by: Actor, at: datetime.datetime) -> None:
    """Each person hears that their cover ends."""
    letters = []
    for one in told:
        last = (one.ends_on or one.cover.from_on) - DAY * (one.ends_on is not None)
        words = {
            "plan": one.cover.version.name_zh,
            "on": last.isoformat(),
            "reason": f"{RefundReason(request.reason).label}，退费申请 {request.number}",
        }
        letters.append(MemberLetter(one.cover.member, words, f"/members/covers/{one.cover.number}"))
    notify_members(letters=letters, template="cover_ended", by=by, at=at)


def tell_asker(
    *, request: RefundRequest, template: str, words: Mapping[str, object], by: Actor, at: datetime.datetime
) -> None:
    """The clerk or the member who asked hears what came of it; somebody of the office sees it in the list."""
    told = {"number": request.number, **words}
    if request.asked_kind == ActorKind.CLERK:
        link = f"/employers/refunds/{request.number}"
        notify_clerks(employer=request.employer, template=template, words=told, link=link, by=by, at=at)
    elif request.member is not None:
        link = f"/members/refunds/{request.number}"
        notify_member(member=request.member, template=template, words=told, link=link, by=by, at=at)


def _decider(request: RefundRequest, by: Actor) -> str:
    """The name of who decides. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由经办机构的工作人员办理", "expected somebody of an office to do it")
    if by.key == request.asked_by:
        raise NotYours(
            "应由申请人以外的人审核，您是申请人；请交由另一位经办人员审核",
            "expected somebody other than who asked; have another person of the office decide",
        )
    of = Q(employer=request.employer) | Q(employer__formers=request.employer)
    own = EmployerClerk.objects.filter(of, account=found.account_id, state="bound").exists()
    theirs = request.items.filter(cover__member__account=found.account_id).exists()
    if own or theirs:
        raise NotYours(
            "不能审核本单位或本人的退费申请；请交由另一位经办人员审核",
            "nobody decides what their own employer asked, or for themself; leave it to another person",
        )
    return found.name


def _name(by: Actor) -> str:
    """As a clerk, or of somebody of the office, or else the account's."""
    if not by.key.isdecimal():
        return by.key[:50]
    key = int(by.key)
    clerks = EmployerClerk.objects.filter(account=key if by.kind is ActorKind.CLERK else None, state="bound")
    names = (clerks, Staff.objects.filter(account=key), Account.objects.filter(pk=key))
    found = [rows.values_list("name", flat=True).first() for rows in names]
    return next((name for name in found if name), "")[:50]
