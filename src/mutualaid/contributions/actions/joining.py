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
from django.db.models import Q

from mutualaid.contributions.actions.owing import Owing, bill_member, bill_owed, issue_bill, owe
from mutualaid.contributions.joining_prices import THEMSELVES, gig_split, payer_of
from mutualaid.contributions.models import Bill, PayerKind
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.splitting import Class
from mutualaid.contributions.splitting import Payer as Bearer
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions import accepting
from mutualaid.enrolment.actions.groups import cover_group
from mutualaid.enrolment.actions.joining import Answered, Covered, cover_persons
from mutualaid.enrolment.actions.joining_pages import tried
from mutualaid.enrolment.joining import JoiningFaulty, check_open
from mutualaid.enrolment.models import Cover, Enrolment, GroupCover, JoiningPage, JoiningRequest, Way, Work
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


class DearerNow(Refused):
    """A subsidy was used up after the person was told the price: ``own`` is what they would pay now (yuan)."""

    def __init__(self, agreed: Decimal, own: Decimal) -> None:
        self.own = own
        super().__init__(
            f"补贴刚刚用完：本人原应缴 {shown(agreed)} 元，现应缴 {shown(own)} 元；仍要参加的，请再次确认",
            f"the subsidy was used up a moment ago: expected {shown(agreed)} yuan to pay, found {shown(own)}; confirm again if "
            "you still want to join",
        )


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

    @property
    def who(self) -> Bearer:
        """As fees are split; no cover waits for it."""
        return Bearer(self.kind, self.name, self.unit.pk if self.unit else 0, holds=False)


@dataclass(frozen=True)
class Joined:
    """What came of it. ``account``: of who joined, to be signed in with; ``bill``: what they pay, if they do."""

    cover: Cover
    account: Account | None
    bill: Bill | None


@dataclass(frozen=True)
class Batch:
    """What came of many: every row is answered. ``bill``: that of the payer, if there is one; ``bills``: with those of who else
    bears a part."""

    covered: Covered
    bill: Bill | None
    bills: tuple[Bill, ...] = ()

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
    bills = begin_and_bill(covered=covered, payer=payer, by=by, at=at)
    return Batch(covered, next(iter(bills), None), tuple(bills))


def begin_owed(*, covered: Covered, payer: Payer, by: Actor, at: datetime.datetime) -> None:
    """Persons whom somebody else enrolled are covered at once; what they cost is owed from now on, and not billed yet."""
    assert covered.enrolment is not None
    owe(enrolment=covered.enrolment, covers=covered.covers, payer=payer.who, collects=True, by=by, at=at)
    _begin(covered.enrolment, covered.covers, by, at)


def begin_and_bill(*, covered: Covered, payer: Payer, by: Actor, at: datetime.datetime) -> list[Bill]:
    """Persons whom somebody else enrolled are covered at once; what they cost is billed to each payer, the payer's own bill
    first. Raises NoFund."""
    assert covered.enrolment is not None
    begin_owed(covered=covered, payer=payer, by=by, at=at)
    bills = bill_owed(enrolment=covered.enrolment, by=by, at=at)
    return sorted(bills, key=lambda one: (one.subsidy_id is not None, one.payer_name != payer.name, one.pk))


def _begin(enrolment: Enrolment, covers: Sequence[Cover], by: Actor, at: datetime.datetime) -> None:
    among = Q(pk__in=[one.pk for one in covers])
    count = accepting.begin_covers(enrolment=enrolment, among=among, paid_on=day_of(at), by=by, at=at)
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


def join_by_code(
    *,
    request: JoiningRequest,
    code: str,
    password: str,
    agreed: Decimal | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Joined:
    """Whoever has the phone joins: they are a member with an account of that phone, and covered. Asked again, it is what it was.
    ``agreed``: what they were told that they pay (yuan), at most. ``by``: the portal.

    Raises CodeRefused, NotOpen, KnownMember, JoinedAlready, JoiningFaulty, DearerNow, AccountTaken, WeakPassword, Meanwhile,
    NoFund.
    """
    with transaction.atomic(), within([EVERYTHING]):
        held = JoiningRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        refused = tried(request=held, code=code, by=by, at=at)
        if refused is None:
            return _joined(held, password, agreed, by, at)
    raise refused


def _joined(request: JoiningRequest, password: str, agreed: Decimal | None, by: Actor, at: datetime.datetime) -> Joined:
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
    cover, bill = _cover_one(page, told, option, work, agreed, by, at)
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
    *,
    page: JoiningPage,
    member: Member,
    option: str,
    work: str,
    agreed: Decimal | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Joined:
    """A member who is signed in joins, with what is known of them. Asked twice, they are told the cover that they have. Raises
    NotOpen, JoinedAlready, JoiningFaulty, DearerNow, Meanwhile, NoFund."""
    with within([EVERYTHING]):
        check_open(page=page, on=day_of(at))
        told = {
            "name": member.name,
            "identity_kind": _KINDS[member.identity_kind],
            "identity_number": member.identity_number,
            "sex": {"F": "女", "M": "男"}[member.sex],
            "birth_date": member.birth_date.isoformat(),
        }
        cover, bill = _cover_one(page, told, option, work, agreed, by, at)
        _agreed(member, by, at)
        return Joined(cover, None, bill)


_KINDS = {
    "resident_id": "居民身份证",
    "hkmt_residence": "港澳台居民居住证",
    "foreign_residence": "外国人永久居留身份证",
    "passport": "护照",
}


def _cover_one(
    page: JoiningPage,
    told: Mapping[str, str],
    option: str,
    work: str,
    agreed: Decimal | None,
    by: Actor,
    at: datetime.datetime,
) -> tuple[Cover, Bill | None]:
    """Covered by a page: at once, or with a bill for what is theirs to pay. Raises DearerNow and what joining raises."""
    covered = cover_persons(
        employer=page.employer, version=page.version, told=[told], works=[work or Work.OTHER], way=Way.JOINING,
        option=option, page=page, by=by, at=at,
    )  # fmt: skip
    [answer] = covered.answers
    if answer.outcome == "already":
        raise JoinedAlready(answer.cover)
    if covered.enrolment is None:
        raise JoiningFaulty(list(answer.faults))
    [cover] = covered.covers
    made = owe(enrolment=covered.enrolment, covers=[cover], payer=payer_of(page=page), by=by, at=at)
    own = made.totals().get(THEMSELVES, Decimal("0.00"))
    if agreed is not None and own > agreed:
        raise DearerNow(agreed, own)
    if own:
        return cover, bill_member(enrolment=covered.enrolment, cover=cover, amount=own, by=by, at=at)
    _begin(covered.enrolment, [cover], by, at)
    return Cover.objects.select_related("member").get(pk=cover.pk), None


def _agreed(member: Member, by: Actor, at: datetime.datetime) -> None:
    purpose = Purpose.ENROLMENT
    give_consent(member=member, purpose=purpose, version=current_text(purpose).version, by=by, at=at)


def _bill_of(cover: Cover) -> Bill | None:
    return Bill.objects.filter(enrolment=cover.enrolment_id, payer_member=cover.member_id, state="issued").first()


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
    """A station takes places without names; it is billed for all of them, less what rules and subsidies lay on others, and they
    begin when its bill is paid, at once where it has none. Raises NoFund and what ``cover_group`` raises."""
    group = cover_group(
        employer=employer, version=version, places=places, option=option, wanted_on=wanted_on, by=by, at=at
    )
    payer = Bearer(PayerKind.EMPLOYER, employer.unit.name)
    of = Class(group.fee_amount / places, 1)
    with within([EVERYTHING]):
        made = gig_split(
            employer=employer,
            version=version,
            payer=payer,
            classes=[(of, places)],
            on=day_of(at),
            collects=True,
            lock=True,
        )
        totals = made.totals()
        bills = [
            issue_bill(enrolment=group.enrolment, owing=Owing(who, who.name, amount, made.heads(who)), by=by, at=at)
            for who, amount in sorted(totals.items(), key=lambda row: row[0] != payer)
        ]
    if payer not in totals:
        accepting.begin_covers(enrolment=group.enrolment, paid_on=day_of(at), by=by, at=at)
    return group, next(iter(bills), None)
