"""更正身份信息: asked for by a member, their employer's clerk or the office, with a photo of the document; entered from it by
one person of the office, agreed to by another. The former words stay in the history of identities; covers and claims stay the
member's."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert
from mutualaid.core.moves import begin, make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.correcting import doubts, open_correction
from mutualaid.enrolment.correction_access import CORRECT
from mutualaid.enrolment.models import Correction
from mutualaid.enrolment.states import CORRECTION
from mutualaid.notices.actions import notify, notify_clerks, notify_member, notify_office
from mutualaid.people.actions.members import correct_member_identity
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import Account, IdentityChange, Level, Member, Staff, Unit
from mutualaid.people.persons import read_person
from mutualaid.people.queries import employment_on
from mutualaid.people.refusals import Refused

REASON_LEAST, REASON_MOST = 2, 200
PAGE_TYPES = (papers.JPEG, papers.PNG, papers.PDF)


class NotYours(Refused):
    """Another person has to do it."""


class CorrectionOpen(Refused):
    """Another correction of the same member waits."""


class NoDocument(Refused):
    """There is no photo of the document to look at, or no reason."""


class NothingToCorrect(Refused):
    """What is said is what is written."""


@dataclass(frozen=True)
class Said:
    """Who a member really is. Sex and birth date where the number does not tell them."""

    identity_kind: IdentityKind
    identity_number: str
    name: str
    sex: Sex | None = None
    birth_date: datetime.date | None = None


@dataclass(frozen=True)
class Photo:
    """A photographed document: the name of its file, and its bytes."""

    name: str
    content: bytes


@transaction.atomic
def ask_correction(
    *, member: Member, said: Said, reason: str, photo: Photo, by: Actor, at: datetime.datetime
) -> Correction:
    """A member, or a clerk for one of the staff, asks to have it put right; the office looks at the document. Raises what
    ``read_person`` raises, NothingToCorrect, NoDocument, BadFile, CorrectionOpen."""
    correction = _asked(member, said, reason, photo, by, at)
    insert(correction)
    _read_number(correction)
    record(what="ask_correction", row=correction, by=by, at=at, member=member.pk)
    _tell_office(correction, "correction_to_check", by, at)
    return correction


@transaction.atomic
def propose_correction(
    *, member: Member, said: Said, reason: str, photo: Photo, by: Actor, at: datetime.datetime
) -> Correction:
    """The office itself enters it, from the document that lies before it; another person is asked to agree. Raises as
    ``ask_correction`` does, and NotYours."""
    who = _staff(by, member.pk)
    correction = _asked(member, said, reason, photo, by, at)
    correction.entered_by, correction.entered_name, correction.entered_at = by.key, who.name, at
    begin(correction, CORRECTION, "enter_correction", by=by, at=at, member=member.pk)
    _read_number(correction)
    _tell_office(correction, "correction_to_confirm", by, at)
    return correction


@transaction.atomic
def enter_correction(*, correction: Correction, said: Said, by: Actor, at: datetime.datetime) -> Correction:
    """A person of the office has looked at the document and writes what it says, perhaps otherwise than was asked. Raises
    IllegalMove, NotYours, NothingToCorrect and what ``read_person`` raises."""
    member = Member.objects.get(pk=correction.member_id)
    who = _staff(by, member.pk)
    words = _words(member, said, at)
    also = {**words, "entered_by": by.key, "entered_name": who.name, "entered_at": at}
    moved = make(correction, CORRECTION, "enter_correction", by=by, at=at, also=also)
    _tell_office(moved, "correction_to_confirm", by, at)
    return moved


@transaction.atomic
def confirm_correction(*, correction: Correction, by: Actor, at: datetime.datetime) -> Correction:
    """Another person has looked at the document too and agrees: from now on the member is who it says, the former number leads
    nowhere but in the search of staff. Covers whose plan's rules are broken by it become a task. Raises IllegalMove, NotYours,
    IdentityTaken."""
    with within([EVERYTHING]):
        member = Member.objects.select_for_update(no_key=True).get(pk=correction.member_id)
        _refuse_merged(member)
        who = _staff(by, member.pk)
        locked = Correction.objects.select_for_update(no_key=True, of=("self",)).get(pk=correction.pk)
        if by.key in (locked.entered_by, locked.asked_by):
            raise NotYours(
                "应由录入人、申请人以外的人确认；请交由另一人办理",
                "expected another person than who asked or entered it; leave it to a colleague",
            )
        was = (member.birth_date, str(member.sex))
        done: dict[str, Any] = {"decided_by": by.key, "decided_name": who.name, "decided_at": at}
        if locked.state == "entered":
            done |= _correct(locked, member, was, by, at)
        move = "confirm_doubtful_correction" if done.get("doubts") else "confirm_correction"
        moved = make(locked, CORRECTION, move, by=by, at=at, also=done)
        _tell_done(moved, by, at)
    return moved


def _correct(
    correction: Correction, member: Member, was: tuple[datetime.date, str], by: Actor, at: datetime.datetime
) -> dict[str, Any]:
    """Write it with its history; what else the correction then tells."""
    correct_member_identity(
        member=member,
        identity_kind=IdentityKind(correction.identity_kind),
        identity_number=correction.identity_number,
        name=correction.name,
        sex=Sex(correction.sex),
        birth_date=correction.birth_date,
        reason=correction.reason,
        by=by,
        at=at,
    )
    change = IdentityChange.objects.filter(member=member).order_by("-id")[0]
    found = doubts(member=member, birth_date=correction.birth_date, sex=correction.sex, on=day_of(at), was=was)
    return {"change": change, "doubts": [dataclasses.asdict(one) for one in found]}


@transaction.atomic
def settle_correction(*, correction: Correction, text: str, by: Actor, at: datetime.datetime) -> Correction:
    """The office has seen to the covers whose rules are broken, and writes what came of it. Raises IllegalMove, Refused."""
    _expect(text, most=300)
    who = _staff(by, correction.member_id)
    also = {"settlement": text.strip(), "settled_name": who.name, "settled_at": at}
    return make(correction, CORRECTION, "settle_correction", by=by, at=at, also=also)


@transaction.atomic
def refuse_correction(*, correction: Correction, reason: str, by: Actor, at: datetime.datetime) -> Correction:
    """It is not put right, and the office says why. Raises IllegalMove, NotYours, Refused."""
    _expect(reason)
    who = _staff(by, correction.member_id)
    also = {"decided_by": by.key, "decided_name": who.name, "decided_at": at, "answer": reason.strip()}
    moved = make(correction, CORRECTION, "refuse_correction", by=by, at=at, also=also)
    _tell_asker(moved, "correction_refused", by, at)
    return moved


@transaction.atomic
def withdraw_correction(*, correction: Correction, by: Actor, at: datetime.datetime) -> Correction:
    """Whoever asked for it takes it back. Raises IllegalMove, NotYours."""
    if (by.kind, by.key) != (correction.asked_kind, correction.asked_by):
        raise NotYours("应由申请人撤回", "expected whoever asked for it to take it back")
    return make(correction, CORRECTION, "withdraw_correction", by=by, at=at, also={"decided_at": at})


# --- checks -----------------------------------------------------------------------------------------------------------


def _asked(member: Member, said: Said, reason: str, photo: Photo, by: Actor, at: datetime.datetime) -> Correction:
    """A correction that is not written yet, with its photo stored."""
    _expect(reason)
    locked = Member.objects.select_for_update(no_key=True).get(
        pk=member.pk
    )  # two that ask at once must not both find none
    _refuse_merged(locked)
    words = _words(locked, said, at)
    waits = open_correction(member=locked)
    if waits is not None:
        raise CorrectionOpen(
            f"该会员应没有办理中的更正；已有 {waits.number}，请等待结果，或先撤回",
            f"expected no open correction of this member, found {waits.number}; wait for it, or take it back first",
        )
    office = _office(locked, at)
    shown = papers.type_of(photo.content) if photo.content else ""
    if shown not in PAGE_TYPES:
        raise NoDocument(
            "应附证件的照片（JPG、PNG）或 PDF；得到空文件或其他格式，请重新拍照",
            "expected a photo of the document (JPG, PNG) or a PDF, found none or another format",
        )
    file = papers.store(
        content=photo.content,
        name=photo.name,
        kind="identity_document",
        media_type=shown,
        unit_path=office.path,
        by=by,
        at=at,
    )
    asked = {"asked_kind": by.kind, "asked_by": by.key, "asked_at": at}
    return Correction(member=locked, office=office, reason=reason.strip(), file=file, **asked, **words)


def _words(member: Member, said: Said, at: datetime.datetime) -> dict[str, Any]:
    """The columns that say who the member is. Raises NothingToCorrect and what ``read_person`` raises."""
    person = read_person(said.identity_kind, said.identity_number, said.name, said.sex, said.birth_date, day_of(at))
    words = {
        "identity_kind": person.kind.value,
        "identity_number": person.number,
        "name": person.name,
        "sex": person.sex.value,
        "birth_date": person.birth_date,
    }
    if all(getattr(member, column) == word for column, word in words.items()):
        raise NothingToCorrect(
            "更正后应与原登记不同；得到的相同，无需更正", "expected something else than is written, found the same"
        )
    return words


def _office(member: Member, at: datetime.datetime) -> Unit:
    """The one nearest to where the member works, or worked last; else the top of what they are known to."""
    job = employment_on(member=member, on=day_of(at)) or member.employments.order_by("-from_on").first()
    with within([EVERYTHING], reads=True):
        if job is not None and job.employer.unit.parent is not None:
            return job.employer.unit.parent
        offices = Unit.objects.filter(pk__in=member.unit_ids).exclude(level=Level.GRASSROOTS)
        return offices.order_by("-path").first() or Unit.objects.get(parent=None)


def _staff(by: Actor, member: int) -> Staff:
    """Who of the staff acts. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由经办机构的工作人员办理", "expected somebody of an office to do it")
    if Member.objects.filter(pk=member, account=found.account_id).exists():
        raise NotYours(
            "不能更正本人的身份信息；请交由他人办理", "nobody corrects their own identity; leave it to another"
        )
    return found


def _refuse_merged(member: Member) -> None:
    if member.merged_into_id is not None:
        raise Refused(
            "应为未并入他人的会员；该会员已合并，请对保留的会员办理",
            "expected a member that is not merged into another, found a double; go on with the member that is kept",
        )


def _expect(text: str, *, most: int = REASON_MOST) -> None:
    if not REASON_LEAST <= len(text.strip()) <= most:
        raise NoDocument(
            f"应写明原因或结果（{REASON_LEAST}–{most} 字）；得到 {len(text.strip())} 字，请填写",
            f"expected a reason or result of {REASON_LEAST} to {most} characters, found {len(text.strip())}; write it",
        )


# --- who is told ------------------------------------------------------------------------------------------------------


def _read_number(correction: Correction) -> None:
    correction.refresh_from_db(fields=["number"])


def _tell_office(correction: Correction, template: str, by: Actor, at: datetime.datetime) -> None:
    notify_office(
        unit=correction.office,
        roles=CORRECT,
        besides=[by.key],
        template=template,
        words={"number": correction.number},
        link=f"/workbench/corrections/{correction.number}",
        by=by,
        at=at,
    )


def _tell_done(correction: Correction, by: Actor, at: datetime.datetime) -> None:
    """The member, and the clerks of where they work: certificates and letters say it from now on."""
    member = Member.objects.get(pk=correction.member_id)
    words = {"number": correction.number}
    notify_member(member=member, template="identity_corrected", words=words, by=by, at=at)
    job = employment_on(member=member, on=day_of(at))
    if job is not None:
        told = {**words, "member": member.number}
        notify_clerks(
            employer=job.employer,
            template="staff_identity_corrected",
            words=told,
            link="/employers/corrections",
            by=by,
            at=at,
        )


def _tell_asker(correction: Correction, template: str, by: Actor, at: datetime.datetime) -> None:
    portal, link = {
        ActorKind.CLERK: ("clerk", "/employers/corrections"),
        ActorKind.MEMBER: ("member", "/members/profile/correction"),
    }.get(ActorKind(correction.asked_kind), ("staff", f"/workbench/corrections/{correction.number}"))
    account = Account.objects.filter(pk=int(correction.asked_by)).first()
    if account is not None and correction.asked_by != by.key:
        words = {"number": correction.number}
        notify(account=account, portal=portal, template=template, words=words, link=link, by=by, at=at)
