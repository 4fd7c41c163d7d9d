"""Members come in, their identity is corrected, they change employers, they agree to uses of their data and withdraw."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Q

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index
from mutualaid.people.contacts import read_bank_card, read_phone
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.merged_employers import expect_unmerged
from mutualaid.people.models import Consent, Employer, Employment, IdentityChange, Member, Purpose
from mutualaid.people.names import initials, search_key
from mutualaid.people.persons import Person, read_person
from mutualaid.people.queries import identity_known, standing_for
from mutualaid.people.refusals import Refused

IDENTITY = ["identity_kind", "identity_number", "identity_index", "identity_tail_index"]
PERSON = ["name", "name_key", "initials", "sex", "birth_date"]


class IdentityTaken(Refused):
    """The number is another member's."""


def _write(member: Member, person: Person) -> None:
    """Set the columns that say who a member is; the caller saves them."""
    member.identity_kind, member.identity_number = person.kind.value, person.number
    member.name, member.name_key, member.initials = person.name, search_key(person.name), initials(person.name)
    member.sex, member.birth_date = person.sex.value, person.birth_date


def _refuse_taken(person: Person, besides: Member | None) -> None:
    same = Member.objects.filter(
        identity_kind=person.kind, identity_index=blind_index(Member, "identity_index", person.number)
    )
    if besides:
        same = same.exclude(pk=besides.pk)
    for other in standing_for(members=same).values():  # one that the session sees
        if besides is not None and other.pk == besides.pk:
            raise IdentityTaken(
                f"应为新的证件号码；得到的是已并入会员 {other.number} 的重复记录的号码，凭它已能找到本人，无需更正",
                f"expected a new number, found that of a double merged into member {other.number}, who is found by it already",
            )
        raise IdentityTaken(
            f"证件号码应未登记；已属于会员 {other.number}，请核对证件，或对该会员办理",
            f"expected a number that is not registered, found it with member {other.number}; "
            "compare it with the document, or go on with that member",
        )

    if (besides is None or not _is_own(besides, person)) and identity_known(kind=person.kind, number=person.number):
        raise IdentityTaken(
            "证件号码应未登记；已属于其他单位的会员，请核对证件，或请受理单位办理转入",
            "expected a number that is not registered, found it with a member elsewhere; compare it with the document, "
            "or ask the office to move the member",
        )


def _is_own(member: Member, person: Person) -> bool:
    return (member.identity_kind, member.identity_index) == (
        person.kind.value,
        blind_index(Member, "identity_index", person.number),
    )


@transaction.atomic
def register_member(
    *,
    employer: Employer,
    from_on: datetime.date,
    identity_kind: IdentityKind,
    identity_number: str,
    name: str,
    sex: Sex | None = None,
    birth_date: datetime.date | None = None,
    phone: str | None = None,
    bank_card: str | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Member:
    """A person comes in with an employer. Raises what ``read_person`` raises, IdentityTaken, NotAContact."""
    person = read_person(identity_kind, identity_number, name, sex, birth_date, day_of(at))
    _refuse_taken(person, None)
    member = Member(
        phone=None if phone is None else read_phone(phone),
        bank_card=None if bank_card is None else read_bank_card(bank_card),
    )
    _write(member, person)
    member.save(force_insert=True)
    record(what="register_member", row=member, by=by, at=at, employer=employer.pk)
    begin_employment(member=member, employer=employer, from_on=from_on, by=by, at=at)
    return member


@transaction.atomic
def correct_member_identity(
    *,
    member: Member,
    identity_kind: IdentityKind,
    identity_number: str,
    name: str,
    sex: Sex | None = None,
    birth_date: datetime.date | None = None,
    reason: str,
    by: Actor,
    at: datetime.datetime,
) -> Member:
    """Who a member is was written wrongly, or has changed; the former words are kept. Raises as ``register_member`` does."""
    if not reason.strip():
        raise Refused("应说明更正原因；没有找到，请填写", "expected a reason for the correction, found none; write one")
    person = read_person(identity_kind, identity_number, name, sex, birth_date, day_of(at))
    _refuse_taken(person, member)
    locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    before = {column: getattr(locked, column) for column in ("name", "sex", "birth_date")}
    number = {"identity_kind": locked.identity_kind, "identity_number": locked.identity_number}
    _write(locked, person)
    changed = [column for column, was in (before | number).items() if getattr(locked, column) != was]
    if not changed:
        raise Refused(
            "更正后应与原登记不同；得到的相同，无需更正", "expected something else than is written, found the same"
        )
    IdentityChange.objects.create(member=locked, reason=reason.strip(), at=at, **before, **number)
    locked.save(update_fields=IDENTITY + PERSON)
    record(what="correct_member_identity", row=locked, by=by, at=at, changed=changed)
    return locked


@transaction.atomic
def reveal_member(*, member: Member, reason: str, by: Actor, at: datetime.datetime) -> Member:
    """Somebody needs a member's whole numbers and says for what: that stands in the audit trail before they are shown. Raises
    Refused."""
    if not 2 <= len(reason.strip()) <= 200:
        raise Refused(
            "应说明查看原因（2–200 字）；没有找到，请填写办理事项",
            "expected a reason of 2 to 200 characters; write for what",
        )
    record(what="reveal_member", row=member, by=by, at=at, reason=reason.strip())
    return member


class EmployedElsewhere(Refused):
    """A member works at one employer at a time."""


@transaction.atomic
def begin_employment(
    *, member: Member, employer: Employer, from_on: datetime.date, by: Actor, at: datetime.datetime
) -> Employment:
    """A member works at an employer from a day on. Raises EmployedElsewhere, EmployerMerged."""
    expect_unmerged(employer=employer.pk)
    if Employment.objects.filter(Q(until_on=None) | Q(until_on__gt=from_on), member=member).exists():
        raise EmployedElsewhere(
            f"会员 {member.number} 自 {from_on} 起应未在其他单位任职；已有任职记录，请先办理离职",
            f"expected member {member.number} to be free from {from_on} on, found an employment; end that one first",
        )
    employment = Employment.objects.create(member=member, employer=employer, from_on=from_on)
    record(what="begin_employment", row=employment, by=by, at=at, employer=employer.pk, from_on=str(from_on))
    return employment


class EmploymentOver(Refused):
    """An employment ends once, after it began."""


@transaction.atomic
def end_employment(*, employment: Employment, until_on: datetime.date, by: Actor, at: datetime.datetime) -> Employment:
    """The member no longer works there from a day on. Raises EmploymentOver."""
    locked = Employment.objects.select_for_update(no_key=True).get(pk=employment.pk)
    if locked.until_on is not None or until_on <= locked.from_on:
        raise EmploymentOver(
            f"应为尚未离职且晚于 {locked.from_on} 的日期；得到 {until_on}，原终止日 {locked.until_on or '（无）'}，请核对",
            f"expected an open employment and a day after {locked.from_on}, found {until_on} and an end on "
            f"{locked.until_on or 'no day'}; check it",
        )
    locked.until_on = until_on
    locked.save(update_fields=["until_on"])
    record(what="end_employment", row=locked, by=by, at=at, until_on=str(until_on))
    return locked


@transaction.atomic
def give_consent(*, member: Member, purpose: Purpose, version: str, by: Actor, at: datetime.datetime) -> Consent:
    """A member agrees to one use of their data, by one version of its text."""
    return _consent(member, purpose, version, given=True, by=by, at=at)


class NothingToWithdraw(Refused):
    """No consent for this purpose stands."""


@transaction.atomic
def withdraw_consent(*, member: Member, purpose: Purpose, by: Actor, at: datetime.datetime) -> Consent:
    """A member no longer agrees; without consent to its use a bank card is not kept. Raises NothingToWithdraw."""
    # The member's row is the lock: two withdrawals at once must not both find the consent standing.
    locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    last = Consent.objects.filter(member=member, purpose=purpose).order_by("id").last()
    if last is None or not last.given:
        raise NothingToWithdraw(
            f"应有一份有效的“{purpose.label}”同意；没有找到，无需撤回",
            f"expected a standing consent for {purpose}, found none; there is nothing to withdraw",
        )
    if purpose == Purpose.BANK_ACCOUNT and locked.bank_card is not None:
        locked.bank_card = None
        locked.save(update_fields=["bank_card", "bank_card_index"])
        record(what="remove_bank_card", row=locked, by=by, at=at)
    return _consent(member, purpose, last.version, given=False, by=by, at=at)


class ConsentStands(Refused):
    """What was given is withdrawn, not declined."""


@transaction.atomic
def decline_consent(*, member: Member, purpose: Purpose, version: str, by: Actor, at: datetime.datetime) -> Consent:
    """A member was asked and does not agree; kept, so that they are not asked over and over. Raises ConsentStands."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    last = Consent.objects.filter(member=member, purpose=purpose).order_by("id").last()
    if last is not None and last.given:
        raise ConsentStands(
            f"应尚未同意“{purpose.label}”；您已经同意，如不再同意请撤回",
            f"expected no standing consent for {purpose}, found one; withdraw it instead",
        )
    return _consent(member, purpose, version, given=False, by=by, at=at, what="decline_consent")


def _consent(
    member: Member, purpose: Purpose, version: str, *, given: bool, by: Actor, at: datetime.datetime, what: str = ""
) -> Consent:
    row = Consent.objects.create(member=member, purpose=purpose, version=version, given=given, at=at)
    record(
        what=what or ("give_consent" if given else "withdraw_consent"),
        row=row,
        by=by,
        at=at,
        member=member.pk,
        purpose=purpose,
        version=version,
    )
    return row
