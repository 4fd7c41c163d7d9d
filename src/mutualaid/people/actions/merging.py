"""A person was recorded twice: what people keep of the double becomes the member's. A part of
``claims.actions.merging``, which holds the locks of both and sees everything."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.people.joining import Job, joined
from mutualaid.people.models import Activation, Consent, Employment, IdentityChange, Member, Purpose
from mutualaid.people.refusals import Refused


class NotMergeable(Refused):
    """One of the two was merged before, or they are one."""


@dataclass(frozen=True)
class Joined:
    """``kept`` as it now is; ``account``: of the double, which is no member's any more (its key), where both had one;
    how many ``employments`` the member has, and how many ``consents`` were written again."""

    kept: Member
    account: int | None
    employments: int
    consents: int


def join_persons(*, kept: Member, merged: Member, reason: str, by: Actor, at: datetime.datetime) -> Joined:
    """The double's employments, answers about the use of data, former identities, contacts, account and codes become
    the member's; from then on it leads there. The caller's transaction holds the locks of both. Raises NotMergeable."""
    if kept.pk == merged.pk or kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise NotMergeable(
            "应为两名不同、都未合并过的会员；得到的不是，请刷新后再看",
            "expected two members, neither merged before, found something else; look again",
        )
    employments = _join_employments(kept, merged)
    consents = _carry_consents(kept, merged)
    _carry_identities(kept, merged, reason, at)
    account = _join_contacts(kept, merged)
    Activation.objects.filter(member=merged).update(member=kept)
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    for double in Member.objects.filter(merged_into=merged).order_by("pk"):
        double.merged_into = kept
        double.save(update_fields=["merged_into"])
    record(what="join_persons", row=kept, by=by, at=at, merged=merged.pk, employments=employments, consents=consents)
    record(what="merge_member", row=merged, by=by, at=at, into=kept.pk)
    return Joined(kept, account, employments, consents)


def _join_employments(kept: Member, merged: Member) -> int:
    """One after the other on every day. First rows shrink to what they have in common with what they become, then
    those of the double change over, then all become what they are to be: at no moment do two of a member share a
    day."""
    both = Employment.objects.filter(member__in=[kept, merged]).select_for_update(no_key=True)
    # The member's own first: of two alike, its row stays.
    rows = sorted(both.order_by("pk"), key=lambda row: (row.member_id != kept.pk, row.from_on))
    told = joined([Job(row.employer_id, row.from_on, row.until_on, row.pk) for row in rows])
    wanted = {job.row: job for job in told if job.row is not None}
    Employment.objects.filter(pk__in=[row.pk for row in rows if row.pk not in wanted]).delete()
    stay = [row for row in rows if row.pk in wanted]
    for row in stay:
        job = wanted[row.pk]
        ends = [day for day in (row.until_on, job.until_on) if day is not None]
        _set(row, row.member_id, max(row.from_on, job.from_on), min(ends, default=None))
    for row in stay:
        _set(row, kept.pk, row.from_on, row.until_on)
    for row in stay:
        _set(row, kept.pk, wanted[row.pk].from_on, wanted[row.pk].until_on)
    for job in told:
        if job.row is None:
            Employment.objects.create(member=kept, employer_id=job.employer, from_on=job.from_on, until_on=job.until_on)
    return len(told)


def _set(row: Employment, member: int, from_on: datetime.date, until_on: datetime.date | None) -> None:
    if (row.member_id, row.from_on, row.until_on) != (member, from_on, until_on):
        row.member_id, row.from_on, row.until_on = member, from_on, until_on
        row.save(update_fields=["member", "from_on", "until_on"])


def _carry_consents(kept: Member, merged: Member) -> int:
    """The double's answers are written again for the member, and after them the member's own where it was the later:
    what was said last stands."""
    own = {row.purpose: row for row in Consent.objects.filter(member=kept).order_by("id")}
    theirs = list(Consent.objects.filter(member=merged).order_by("id"))
    last = {row.purpose: row for row in theirs}
    again = [own[purpose] for purpose, row in sorted(last.items()) if purpose in own and own[purpose].at > row.at]
    for row in (*theirs, *again):
        Consent.objects.create(
            member=kept, purpose=row.purpose, version=row.version, given=row.given, at=row.at, copied_from=row
        )
    return len(theirs) + len(again)


def _carry_identities(kept: Member, merged: Member, reason: str, at: datetime.datetime) -> None:
    """Who the double was said to be, now and before, is who the member was said to be before."""
    person = ("identity_kind", "identity_number", "name", "sex", "birth_date")
    for row in IdentityChange.objects.filter(member=merged).order_by("id"):
        words = {column: getattr(row, column) for column in (*person, "reason", "at")}
        IdentityChange.objects.create(member=kept, copied_from=row, **words)
    now = {column: getattr(merged, column) for column in person}
    IdentityChange.objects.create(member=kept, reason=f"合并重复会员 {merged.number}：{reason}"[:200], at=at, **now)


def _join_contacts(kept: Member, merged: Member) -> int | None:
    """What the member lacks, the double gives; a bank card only while its use is not declined. Where both have an
    account, the member keeps its own; gives the other, else None."""
    said = Consent.objects.filter(member=kept, purpose=Purpose.BANK_ACCOUNT).order_by("id").last()
    phone, bank_card, account = merged.phone, merged.bank_card, merged.account_id
    merged.phone = merged.bank_card = merged.account = None
    merged.save(update_fields=["phone", "phone_index", "bank_card", "bank_card_index", "account"])
    kept.phone = kept.phone or phone
    kept.bank_card = None if said is not None and not said.given else kept.bank_card or bank_card
    left = account if kept.account_id is not None else None
    kept.account_id = kept.account_id or account
    kept.save(update_fields=["phone", "phone_index", "bank_card", "bank_card_index", "account"])
    return left


@transaction.atomic
def free_identity(*, double: Member, reason: str, by: Actor, at: datetime.datetime) -> Member:
    """A merge was wrong: the number of the double's document belongs to somebody else, who can be registered by it from now
    on. The double stays merged, and is known by its member's number alone. Raises NotMergeable, Refused."""
    if not 2 <= len(reason.strip()) <= 100:
        raise Refused("应说明原因（2–100 字），请填写", "expected a reason of 2 to 100 characters; write it")
    locked = Member.objects.select_for_update(no_key=True).get(pk=double.pk)
    if locked.merged_into_id is None or locked.identity_number == locked.number:
        raise NotMergeable(
            "应为已合并、证件号码尚未释放的记录；得到的不是，请刷新后再看",
            "expected a merged record that still holds its number, found something else; look again",
        )
    person = ("identity_kind", "identity_number", "name", "sex", "birth_date")
    IdentityChange.objects.create(
        member=locked, reason=reason.strip(), at=at, **{column: getattr(locked, column) for column in person}
    )
    locked.identity_number = str(locked.number)
    locked.save(update_fields=["identity_number", "identity_index", "identity_tail_index"])
    record(what="free_identity", row=locked, by=by, at=at, member=locked.merged_into_id)
    return locked
