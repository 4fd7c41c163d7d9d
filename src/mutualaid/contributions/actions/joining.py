"""Somebody joins by themselves, or a platform enrols many: covered and billed in one. Where the member pays, cover waits for the
money; where it is free, or somebody else bears it, cover begins at once and the payer is billed."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from mutualaid.contributions.actions.bills import DUE_DAYS, NoFund
from mutualaid.contributions.models import Bill, PayerKind
from mutualaid.contributions.queries import fund_of, share_of
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.words import payer_key
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions import accepting
from mutualaid.enrolment.actions.groups import cover_group
from mutualaid.enrolment.actions.joining import Answered, Covered, cover_persons
from mutualaid.enrolment.actions.joining_pages import tried
from mutualaid.enrolment.joining import JoiningFaulty, check_open
from mutualaid.enrolment.models import Cover, Enrolment, GroupCover, JoiningPage, JoiningRequest, Way, Work
from mutualaid.ledger.actions import post_bill
from mutualaid.notices.actions.webhooks import announce
from mutualaid.people.actions.members import give_consent
from mutualaid.people.actions.sign_in import set_password
from mutualaid.people.actions.staff import open_account
from mutualaid.people.consents import current_text
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Account, Employer, Member, Purpose, Unit
from mutualaid.people.queries import member_by_identity
from mutualaid.plans.models import PlanVersion


class KnownMember(Refused):
    """Somebody with this document is a member: they sign in."""


class JoinedAlready(Refused):
    """Covered by the plan already; ``cover`` is the number."""

    def __init__(self, cover: str) -> None:
        self.cover = cover
        super().__init__(
            "您已经参加了这个计划，保障期内无需再次参加；可在“我的保障”中查看",
            "you have joined this plan already; look at it under “My covers”",
        )


@dataclass(frozen=True)
class Payer:
    """Who bears the fee of persons who are covered without a roster."""

    kind: str
    name: str
    unit: Unit | None = None
    member: Member | None = None


@dataclass(frozen=True)
class Joined:
    """What came of it. ``account``: of who joined, to be signed in with; ``bill``: what they pay, if they do."""

    cover: Cover
    account: Account | None
    bill: Bill | None


@dataclass(frozen=True)
class Batch:
    """What came of many: every row is answered. ``bill``: that of the payer."""

    covered: Covered
    bill: Bill | None

    @property
    def answers(self) -> tuple[Answered, ...]:
        """In the order of the rows."""
        return self.covered.answers


@transaction.atomic
def enrol_batch(
    *,
    employer: Employer,
    version: PlanVersion,
    told: Sequence[Mapping[str, str]],
    works: Sequence[str] = (),
    option: str = "",
    wanted_on: datetime.date | None = None,
    payer: Payer,
    by: Actor,
    at: datetime.datetime,
) -> Batch:
    """A platform enrols persons: who can be covered is covered at once, and the payer billed. Raises NoFund and what
    ``cover_persons`` raises."""
    does = works or [Work.OTHER] * len(told)
    covered = cover_persons(
        employer=employer, version=version, told=told, works=does, way=Way.PLATFORM, option=option, wanted_on=wanted_on,
        together=False, by=by, at=at,
    )  # fmt: skip
    if covered.enrolment is None:
        return Batch(covered, None)
    bill = None
    if covered.fee_amount:
        bill = issue_bill(
            enrolment=covered.enrolment, payer=payer, amount=covered.fee_amount, persons=len(covered.covers),
            holds_cover=False, by=by, at=at,
        )  # fmt: skip
    _begin(covered.enrolment, by, at)
    return Batch(covered, bill)


def _begin(enrolment: Enrolment, by: Actor, at: datetime.datetime) -> None:
    count = accepting.begin_covers(enrolment=enrolment, paid_on=day_of(at), by=by, at=at)
    with within([EVERYTHING]):
        now = Enrolment.objects.select_related("employer", "version").get(pk=enrolment.pk)
        announce(
            event="covers.begun",
            unit_path=now.employer.unit_path,
            subject=now.number,
            facts={
                "plan": now.version.plan,
                "covers": count,
                "from_on": str(now.from_on),
                "until_on": str(now.until_on),
            },
            by=by,
            at=at,
        )


@transaction.atomic
def issue_bill(
    *,
    enrolment: Enrolment,
    payer: Payer,
    amount: Decimal,
    persons: int,
    holds_cover: bool,
    by: Actor,
    at: datetime.datetime,
) -> Bill:
    """One payer owes a sum for persons of an enrolment. Raises NoFund."""
    on = day_of(at)
    with within([EVERYTHING]):
        fund = fund_of(employer=enrolment.employer)
        if fund is None:
            raise NoFund(
                "该工会的上级应有互助专户，未找到；请先由财务登记专户",
                "expected an office above the union to have a dedicated account, found none; have finance enter one",
            )
        bill = Bill.objects.create(
            enrolment=enrolment,
            employer=enrolment.employer,
            fund=fund,
            payer_kind=payer.kind,
            payer_unit=payer.unit,
            payer_member=payer.member,
            holds_cover=holds_cover,
            payer_name=payer.name,
            payer_key=payer_key(payer.name),
            amount=amount,
            persons=persons,
            from_on=enrolment.from_on,
            until_on=enrolment.until_on,
            issued_on=on,
            due_on=on + datetime.timedelta(days=DUE_DAYS),
        )
        bill.refresh_from_db(fields=["number"])
        post_bill(book=fund.book, bill=subject_of(bill), shares=[share_of(bill=bill)], on=on, by=by, at=at)
        record(what="bill_issued", row=bill, by=by, at=at, amount=str(amount), persons=persons)
    return bill


def join_by_code(*, request: JoiningRequest, code: str, password: str, by: Actor, at: datetime.datetime) -> Joined:
    """Whoever has the phone joins: they are a member with an account of that phone, and covered. Asked again, it is what it was.
    ``by``: the portal.

    Raises CodeRefused, NotOpen, KnownMember, JoinedAlready, JoiningFaulty, AccountTaken, WeakPassword, Meanwhile, NoFund.
    """
    with transaction.atomic(), within([EVERYTHING]):
        held = JoiningRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        refused = tried(request=held, code=code, by=by, at=at)
        if refused is None:
            return _joined(held, password, by, at)
    raise refused


def _joined(request: JoiningRequest, password: str, by: Actor, at: datetime.datetime) -> Joined:
    if request.cover_id is not None:
        cover = Cover.objects.select_related("member__account", "enrolment").get(pk=request.cover_id)
        # Who holds the code of a request that was used is not signed in by it again.
        return Joined(cover, None, _bill_of(cover))
    page = JoiningPage.objects.select_related("employer__unit", "version").get(pk=request.page_id)
    check_open(page=page, on=day_of(at))
    told = {**json.loads(request.told), "phone": request.phone}
    option, work = told.pop("option", ""), told.pop("work", "")
    known = member_by_identity(kind=IdentityKind.RESIDENT, number=told["identity_number"])
    if known is not None and (known.account_id is not None or known.phone_index != request.phone_index):
        raise KnownMember(
            "该证件号码已是会员；为保护您的信息，请先登录会员端再参加，没有账号的用激活码开通",
            "a member with this document is registered; to protect their data, sign in first, or open the account with a code",
        )
    cover, bill = _cover_one(page, told, option, work, by, at)
    account = open_account(name=f"m-{secrets.token_hex(6)}", phone=request.phone, by=by, at=at)
    set_password(account=account, password=password, by=by, at=at)
    Member.objects.filter(pk=cover.member_id).update(account=account)
    record(what="activate_member", row=cover.member, by=by, at=at, account=account.pk)
    _agreed(cover.member, by, at)
    request.cover = cover
    request.save(update_fields=["cover"])
    return Joined(cover, Account.objects.get(pk=account.pk), bill)


@transaction.atomic
def join_as_member(
    *, page: JoiningPage, member: Member, option: str, work: str, by: Actor, at: datetime.datetime
) -> Joined:
    """A member who is signed in joins, with what is known of them. Asked twice, they are told the cover that they have. Raises
    NotOpen, JoinedAlready, JoiningFaulty, Meanwhile, NoFund."""
    with within([EVERYTHING]):
        check_open(page=page, on=day_of(at))
        told = {
            "name": member.name,
            "identity_kind": _KINDS[member.identity_kind],
            "identity_number": member.identity_number,
            "sex": {"F": "女", "M": "男"}[member.sex],
            "birth_date": member.birth_date.isoformat(),
        }
        cover, bill = _cover_one(page, told, option, work, by, at)
        _agreed(member, by, at)
        return Joined(cover, None, bill)


_KINDS = {
    "resident_id": "居民身份证",
    "hkmt_residence": "港澳台居民居住证",
    "foreign_residence": "外国人永久居留身份证",
    "passport": "护照",
}


def _cover_one(
    page: JoiningPage, told: Mapping[str, str], option: str, work: str, by: Actor, at: datetime.datetime
) -> tuple[Cover, Bill | None]:
    pays = page.payer_kind == PayerKind.MEMBER
    work = work or Work.OTHER
    covered = cover_persons(
        employer=page.employer, version=page.version, told=[told], works=[work], way=Way.JOINING, option=option, page=page,
        together=not pays, by=by, at=at,
    )  # fmt: skip
    [answer] = covered.answers
    if answer.outcome == "already":
        raise JoinedAlready(answer.cover)
    if covered.enrolment is None:
        raise JoiningFaulty(list(answer.faults))
    cover = covered.covers[0]
    if not pays or not covered.fee_amount:
        _begin(covered.enrolment, by, at)
        return Cover.objects.select_related("member").get(pk=cover.pk), None
    payer = Payer(PayerKind.MEMBER, cover.member.name, member=cover.member)
    bill = issue_bill(
        enrolment=covered.enrolment, payer=payer, amount=covered.fee_amount, persons=1, holds_cover=True, by=by, at=at
    )
    return cover, bill


def _agreed(member: Member, by: Actor, at: datetime.datetime) -> None:
    purpose = Purpose.ENROLMENT
    give_consent(member=member, purpose=purpose, version=current_text(purpose).version, by=by, at=at)


def _bill_of(cover: Cover) -> Bill | None:
    return Bill.objects.filter(enrolment=cover.enrolment_id, payer_member=cover.member_id, state="issued").first()


@transaction.atomic
def bill_joinings(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Bill | None:
    """Whoever bears the fee of those who joined at a page on a day that is over is billed for them, once. Raises NoFund."""
    locked = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("joining_page__employer__unit", "employer__unit", "version")
        .get(pk=enrolment.pk)
    )
    page = locked.joining_page
    if page is None or page.payer_kind == PayerKind.MEMBER or locked.bills.exists():
        return None
    covers = locked.covers.exclude(state="cancelled")
    amount = covers.aggregate(sum=Sum("fee_amount"))["sum"] or Decimal(0)
    if not amount:
        return None
    payer = Payer(page.payer_kind, page.payer_name or page.employer.unit.name, page.payer_unit)
    return issue_bill(
        enrolment=locked, payer=payer, amount=amount, persons=covers.count(), holds_cover=False, by=by, at=at
    )


@transaction.atomic
def cover_and_bill_group(
    *,
    employer: Employer,
    version: PlanVersion,
    places: int,
    option: str = "",
    wanted_on: datetime.date | None = None,
    by: Actor,
    at: datetime.datetime,
) -> tuple[GroupCover, Bill | None]:
    """A station takes places without names; it is billed for all of them, and they begin when that is paid, at once
    without a fee. Raises NoFund and what ``cover_group`` raises."""
    group = cover_group(
        employer=employer, version=version, places=places, option=option, wanted_on=wanted_on, by=by, at=at
    )
    if not group.fee_amount:
        accepting.begin_covers(enrolment=group.enrolment, paid_on=day_of(at), by=by, at=at)
        return group, None
    payer = Payer(PayerKind.EMPLOYER, employer.unit.name)
    bill = issue_bill(
        enrolment=group.enrolment, payer=payer, amount=group.fee_amount, persons=places, holds_cover=True, by=by, at=at
    )
    return group, bill
