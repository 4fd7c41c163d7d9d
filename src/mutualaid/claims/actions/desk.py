"""The desk of those who deal with claims: whose a claim is, who stands in for whom, remarks, calls."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.claims import telling
from mutualaid.claims.models import Absence, CallNote, Claim, ClaimNote
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.claims.states import LIVE
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.people.models import Member, Staff


class Empty(Refused):
    """A note without words."""


class BadAbsence(Refused):
    """Days that end before they begin, or a deputy who is the same person."""


@transaction.atomic
def add_note(*, claim: Claim, text: str, by: Actor, at: datetime.datetime) -> ClaimNote:
    """A remark among those who deal with the claim. Raises Empty."""
    note = ClaimNote.objects.create(claim=claim, text=_said(text), by_key=by.key, by_name=_name(by), at=at)
    record(what="add_claim_note", row=note, by=by, at=at, claim=claim.number)
    return note


@transaction.atomic
def add_call_note(
    *,
    member: Member,
    claim: Claim | None,
    caller: str,
    subject: str,
    text: str,
    follow_up_on: datetime.date | None,
    by: Actor,
    at: datetime.datetime,
) -> CallNote:
    """来电记录: who called, about what, what was said, when to call back. Raises Empty."""
    note = CallNote.objects.create(
        member=member,
        claim=claim,
        caller=_said(caller)[:50],
        subject=_said(subject)[:100],
        text=_said(text),
        follow_up_on=follow_up_on,
        by_key=by.key,
        by_name=_name(by),
        at=at,
    )
    record(what="add_call_note", row=note, by=by, at=at)
    return note


@transaction.atomic
def hand_over(*, claim: Claim, to: Staff | None, by: Actor, at: datetime.datetime) -> Claim:
    """A claim becomes somebody's to deal with, or (None) anybody's again. Raises NotYours (it is decided)."""
    locked = Claim.objects.select_for_update(no_key=True, of=("self",)).get(pk=claim.pk)
    if locked.state not in LIVE:
        raise NotYours("移交的申请应尚未办结；请刷新后再看", "expected a claim that is not decided yet; look again")
    locked.assigned_to = to
    locked.save(update_fields=["assigned_to"])
    record(what="hand_over_claim", row=locked, by=by, at=at, to=None if to is None else to.pk)
    if to is not None and str(to.account_id) != by.key:
        telling.handed_over(claim=locked, to=to, by=by, at=at)
    return locked


@transaction.atomic
def announce_absence(
    *, staff: Staff, deputy: Staff, from_on: datetime.date, until_on: datetime.date, by: Actor, at: datetime.datetime
) -> Absence:
    """Somebody is away ``[from_on, until_on)``; the deputy sees the claims that are theirs. Raises BadAbsence."""
    if until_on <= from_on or staff.pk == deputy.pk:
        raise BadAbsence(
            "应选择他人代办，且结束日期晚于开始日期；请改正", "expected another person, and an end after the beginning"
        )
    absence = Absence.objects.create(staff=staff, deputy=deputy, from_on=from_on, until_on=until_on)
    record(what="announce_absence", row=absence, by=by, at=at, deputy=deputy.pk)
    return absence


def _said(text: str) -> str:
    if not text.strip():
        raise Empty("应填写内容；请填写后再提交", "expected some words; write them and send again")
    return text.strip()


def _name(by: Actor) -> str:
    staff = Staff.objects.filter(account=int(by.key)).first() if by.key.isdecimal() else None
    return staff.name if staff is not None else ""
