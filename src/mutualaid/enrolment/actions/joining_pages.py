"""Pages by which gig workers join by themselves: a union opens and closes them; who is not signed in proves a phone there."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Mapping

from django.db import transaction

from mutualaid.core import work as background
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.enrolling import NotOffered
from mutualaid.enrolment.joining import check_open, check_person
from mutualaid.enrolment.models import Enrolment, JoiningPage, JoiningRequest, WhoPays
from mutualaid.enrolment.states import JOINING_PAGE
from mutualaid.notices import gateway
from mutualaid.people.contacts import read_phone
from mutualaid.people.merged_employers import expect_unmerged
from mutualaid.people.models import Employer, Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of, is_offered

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
GOOD_FOR = datetime.timedelta(minutes=10)
NEXT_AFTER = datetime.timedelta(minutes=1)
A_DAY = 5
AN_HOUR = 2000
"""Codes that are sent to one phone within a day, and for one page within an hour."""
FAILURES_MOST = 5
KEPT = datetime.timedelta(days=1)
OUTBOX = "enrolment.send_joining_code"
TEMPLATE = "joining_code"


class PageOpen(Refused):
    """The union has a page for this plan."""


class TooMany(Refused):
    """Codes were asked for too often."""


class NoMessages(Refused):
    """This installation sends no short messages."""


class CodeRefused(Refused):
    """The code is wrong or over; nobody is told which."""


@transaction.atomic
def open_joining_page(
    *,
    employer: Employer,
    version: PlanVersion,
    payer_kind: str = WhoPays.MEMBER,
    payer_unit: Unit | None = None,
    payer_name: str = "",
    by: Actor,
    at: datetime.datetime,
) -> JoiningPage:
    """A union lets people join a plan by themselves. ``payer_name``: who bears the fee, where it is not they. Raises NotOffered,
    PageOpen, Refused."""
    on = day_of(at)
    document = document_of(version=version)
    if not is_offered(version=version, unit=employer.unit, on=on) or document.term.begins == "fixed":
        raise NotOffered(
            "计划应面向本工会、且自参加或缴费之日起算；现不是，请选择其他计划",
            "expected a plan offered to this union whose term begins with the payment, found another; choose such a one",
        )
    if payer_kind not in WhoPays.values or (
        payer_kind not in (WhoPays.MEMBER, WhoPays.EMPLOYER) and not payer_name.strip()
    ):
        raise Refused(
            "应写明由谁承担费用；没有找到，请填写名称",
            "expected who bears the fee, found no name; write one",
        )
    Employer.objects.select_for_update(no_key=True, of=("self",)).get(pk=employer.pk)
    expect_unmerged(employer=employer.pk)
    if JoiningPage.objects.filter(employer=employer, version=version, state="open").exists():
        raise PageOpen(
            "该计划应尚无开放中的参加页面；已有一个，请直接使用或先关闭",
            "expected no open page for this plan, found one; use it, or close it first",
        )
    page = JoiningPage.objects.create(
        code="".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)),
        employer=employer,
        version=version,
        payer_kind=payer_kind,
        payer_unit=payer_unit,
        payer_name=payer_name.strip()[:100],
        opened_at=at,
    )
    record(what="open_joining_page", row=page, by=by, at=at, employer=employer.pk, plan=version.plan, payer=payer_kind)
    return page


@transaction.atomic
def close_joining_page(*, page: JoiningPage, by: Actor, at: datetime.datetime) -> JoiningPage:
    """Nobody joins by it any more; who joined stays covered. Raises IllegalMove."""
    return make(page, JOINING_PAGE, "close_joining_page", by=by, at=at)


@transaction.atomic
def ask_to_join(
    *,
    page: JoiningPage,
    told: Mapping[str, str],
    option: str,
    work: str,
    phone: str,
    by: Actor,
    at: datetime.datetime,
) -> JoiningRequest:
    """Somebody who is not signed in wants to join; a code goes to their phone. Whether they are known to anybody is not looked at
    before the phone is theirs. Raises NotOpen, NoMessages, TooMany, JoiningFaulty, NotAContact."""
    with within([EVERYTHING], reads=True):
        check_open(page=page, on=day_of(at))
    number = read_phone(phone)
    check_person(page=page, told=told, option=option, on=day_of(at))
    if not gateway.is_sent(template=TEMPLATE):
        raise NoMessages(
            "本平台尚不能发送短信验证码；请持证件到工会服务窗口参加",
            "short messages are not sent here; join at a counter of the union, with your document",
        )
    with within([EVERYTHING]):
        # The page's row is the lock: two taps at once must not send two codes.
        JoiningPage.objects.select_for_update(no_key=True, of=("self",)).get(pk=page.pk)
        _refuse_too_many(page, number, at)
        request = JoiningRequest.objects.create(
            page=page,
            told=json.dumps({**told, "option": option, "work": work}, ensure_ascii=False),
            phone=number,
            code=f"{secrets.randbelow(1_000_000):06d}",
            at=at,
        )
        record(what="ask_to_join", row=request, by=by, at=at, page=page.pk)
        background.post(name=OUTBOX, wanted={"request": request.key.hex})
    return request


def _refuse_too_many(page: JoiningPage, number: str, at: datetime.datetime) -> None:
    index = blind_index(JoiningRequest, "phone_index", number)
    mine = JoiningRequest.objects.filter(phone_index=index, at__gt=at - KEPT)
    if mine.filter(at__gt=at - NEXT_AFTER).exists():
        raise TooMany("验证码每分钟只发一次；请稍等再试", "expected one code a minute, found another; wait a little")
    lately = JoiningRequest.objects.filter(page=page, at__gt=at - datetime.timedelta(hours=1))
    if mine.count() >= A_DAY or lately.count() >= AN_HOUR:
        raise TooMany(
            "获取验证码的次数过多；请明天再试，或到工会服务窗口参加",
            "too many codes were asked for; try again tomorrow, or join at a counter of the union",
        )


def tried(*, request: JoiningRequest, code: str, by: Actor, at: datetime.datetime) -> Refused | None:
    """Whether a code opens a request, which is then held; else the answer, after the failure was counted. In a transaction that
    the caller lets stand."""
    refused = CodeRefused(
        "验证码不对，或已超过 10 分钟；请核对短信，或重新获取",
        "the code is wrong or older than ten minutes; compare it with the message, or ask for another",
    )
    if request.cover_id is not None:
        return None
    if at >= request.at + GOOD_FOR or request.failures >= FAILURES_MOST:
        return refused
    if not secrets.compare_digest("".join(code.split()).encode(), request.code.encode()):
        request.failures += 1
        request.save(update_fields=["failures"])
        record(what="joining_code_refused", row=request, by=by, at=at, failures=request.failures)
        return refused
    return None


@transaction.atomic
def forget_requests(*, by: Actor, at: datetime.datetime) -> int:
    """What was told by people at pages is forgotten after a day; how many."""
    count, _ = JoiningRequest.objects.filter(at__lt=at - KEPT).delete()
    if count:
        record(what="forget_requests", row=Enrolment(), by=by, at=at, count=count)
    return count
