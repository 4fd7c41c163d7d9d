"""Employers merge, or some of the staff of one go to another: asked by one person of the office with a stamped paper, confirmed
by a second, done on the day (``actions/handing_over.py``)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.handing_over import (
    NotYet,
    apply_employer_change,
    tell_asker,
    tell_clerks,
)
from mutualaid.enrolment.change_access import CHANGE
from mutualaid.enrolment.changing import obstacles, read_list, staff_named, words_of
from mutualaid.enrolment.models import ChangedEmployer, ChangedPerson, ChangeKind, EmployerChange
from mutualaid.enrolment.states import EMPLOYER_CHANGE
from mutualaid.notices.actions import notify_office
from mutualaid.people.merged_employers import expect_unmerged
from mutualaid.people.models import Employer, Employment, Staff, Unit
from mutualaid.people.refusals import Refused

PAGE_TYPES = (papers.JPEG, papers.PNG, papers.PDF)
GIVERS_MOST = 20


class NotYourChange(Refused):
    """Another person has to do it."""


class ChangeOpen(Refused):
    """Another merger or split of one of the employers waits."""


class NotChangeable(Refused):
    """These employers cannot be put together so, or not on that day."""


class NoPaper(Refused):
    """There is no stamped paper to look at."""


@dataclass(frozen=True)
class Asked:
    """From when, why, by which stamped paper (the name of its file and its bytes)."""

    on: datetime.date
    reason: str
    paper: str
    content: bytes


@transaction.atomic
def ask_merger(
    *,
    taker: Employer,
    givers: Sequence[Employer],
    office: Unit,
    asked: Asked,
    bring_clerks: bool,
    by: Actor,
    at: datetime.datetime,
) -> EmployerChange:
    """One or several employers are to become part of another. ``office``: the one above all of them. Raises NotYourChange,
    NotChangeable, NoPaper, BadFile, ChangeOpen, EmployerMerged, Refused."""
    who = _staff(by)
    keys = [one.pk for one in givers]
    if not 1 <= len(keys) <= GIVERS_MOST or len(set(keys)) != len(keys) or taker.pk in keys:
        raise NotChangeable(
            f"应选 1 至 {GIVERS_MOST} 家与接收单位不同的单位，每家一次；得到的不是，请核对",
            f"expected 1 to {GIVERS_MOST} employers, each once and none of them the one that takes them over, found otherwise",
        )
    _expect(asked, at, [taker, *givers])
    change = _begun(ChangeKind.MERGER, taker, office, asked, who, by, at, bring_clerks=bring_clerks)
    for one in givers:
        _give(change, one, _present(one, at))
    return _told(change, by, at)


@transaction.atomic
def ask_split(
    *,
    giver: Employer,
    taker: Employer,
    office: Unit,
    asked: Asked,
    staff: bytes,
    by: Actor,
    at: datetime.datetime,
) -> EmployerChange:
    """Some of the staff of an employer are to go to another one, which is registered: those of a list (``staff``: a workbook or
    .csv with their numbers). Rows that lead to nobody are kept, for the second person to see. Raises NoLeavers and what
    ``ask_merger`` raises."""
    who = _staff(by)
    if giver.pk == taker.pk:
        raise NotChangeable(
            "新单位应不同于原单位；得到的相同，请改选", "expected another employer than the former, found the same"
        )
    _expect(asked, at, [taker, giver])
    members, missing = staff_named(named=read_list(content=staff), giver=giver.pk, on=day_of(at))
    if not members:
        raise NotChangeable(
            f"名单中应有原单位的在职职工；{len(missing)} 行都没有找到（第一行：{missing[0].zh}），请核对名单",
            f"expected staff of the former employer in the list, found none in {len(missing)} rows (the first: "
            f"{missing[0].en}); check the list",
        )
    lost = [asdict(one) for one in missing]
    change = _begun(ChangeKind.SPLIT, taker, office, asked, who, by, at, missing=lost)
    _give(change, giver, len(members))
    rows = [ChangedPerson(change=change, member_id=key) for key in members]
    ChangedPerson.objects.bulk_create(rows, batch_size=5000)
    return _told(change, by, at)


@transaction.atomic
def confirm_employer_change(*, change: EmployerChange, by: Actor, at: datetime.datetime) -> EmployerChange:
    """A second person has looked at the paper and agrees; on its day, which may be today, it is done. Raises IllegalMove,
    NotYourChange, NotYet."""
    who = _staff(by)
    if by.key == change.asked_by:
        raise NotYourChange(
            "应由提出人以外的人确认；请交由另一人办理",
            "expected another person than who asked for it; leave it to a colleague",
        )
    found = obstacles(change=change)
    if found:
        raise NotYet(found)
    told = {"decided_by": by.key, "decided_name": who.name, "decided_at": at}
    moved = make(change, EMPLOYER_CHANGE, "confirm_employer_change", by=by, at=at, also=told)
    if moved.on_day <= day_of(at):
        return apply_employer_change(change=moved, by=by, at=at)
    tell_asker(change=moved, template=f"employer_{moved.kind}_confirmed", by=by, at=at)
    tell_clerks(change=moved, template=f"employer_{moved.kind}_confirmed", by=by, at=at)
    return moved


@transaction.atomic
def refuse_employer_change(*, change: EmployerChange, reason: str, by: Actor, at: datetime.datetime) -> EmployerChange:
    """It is not done, and the second person says why. Raises IllegalMove, NotYourChange, Refused."""
    _expect_reason(reason)
    who = _staff(by)
    if by.key == change.asked_by:
        raise NotYourChange(
            "应由提出人以外的人决定；提出的人可以撤回",
            "expected another person than who asked for it, who may take it back",
        )
    also = {"decided_by": by.key, "decided_name": who.name, "decided_at": at, "answer": reason.strip()}
    moved = make(change, EMPLOYER_CHANGE, "refuse_employer_change", by=by, at=at, also=also)
    tell_asker(change=moved, template="employer_change_refused", by=by, at=at)
    return moved


@transaction.atomic
def withdraw_employer_change(*, change: EmployerChange, by: Actor, at: datetime.datetime) -> EmployerChange:
    """The office takes it back before its day. Raises IllegalMove, NotYourChange."""
    _staff(by)
    moved = make(change, EMPLOYER_CHANGE, "withdraw_employer_change", by=by, at=at)
    if moved.decided_at is not None:  # it was confirmed, and the clerks were told
        tell_clerks(change=moved, template="employer_change_withdrawn", by=by, at=at)
    return moved


# --- checks -----------------------------------------------------------------------------------------------------------


def _expect(asked: Asked, at: datetime.datetime, employers: Sequence[Employer]) -> None:
    _expect_reason(asked.reason)
    today = day_of(at)
    if not today <= asked.on <= today + datetime.timedelta(days=366):
        raise NotChangeable(
            f"生效日应在 {today} 至一年之内；得到 {asked.on}，请改正",
            f"expected a day from {today} on, within a year, found {asked.on}; correct it",
        )
    keys = sorted(one.pk for one in employers)
    # The employers' rows are the lock: two that ask at once must not both find none.
    list(Employer.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True, of=("self",)))
    for key in keys:
        expect_unmerged(employer=key)
    with within([EVERYTHING], reads=True):
        part = Q(taker__in=keys) | Q(givers__employer__in=keys)
        waits = EmployerChange.objects.filter(part, state__in=["asked", "confirmed"]).order_by("id").first()
    if waits is not None:
        raise ChangeOpen(
            f"这些单位应没有办理中的合并或分立；已有 {waits.number}，请先办完或撤回",
            f"expected no open merger or split of these employers, found {waits.number}; finish it or take it back first",
        )


def _expect_reason(reason: str) -> None:
    if not 2 <= len(reason.strip()) <= 300:
        raise Refused("应说明原因（2–300 字），请填写", "expected a reason of 2 to 300 characters; write it")


def _staff(by: Actor) -> Staff:
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYourChange("应由经办机构的工作人员办理", "expected somebody of an office to do it")
    return found


def _begun(
    kind: ChangeKind,
    taker: Employer,
    office: Unit,
    asked: Asked,
    who: Staff,
    by: Actor,
    at: datetime.datetime,
    **more: Any,
) -> EmployerChange:
    media_type = papers.type_of(asked.content)
    if media_type not in PAGE_TYPES:
        raise NoPaper(
            "应附盖章文件的照片或 PDF；没有找到，请上传",
            "expected a photo or PDF of the stamped paper, found none; bring it",
        )
    file = papers.store(
        content=asked.content, name=asked.paper, kind="stamped_form", media_type=media_type, unit_path=office.path,
        by=by, at=at,
    )  # fmt: skip
    change = EmployerChange(
        kind=kind,
        taker=taker,
        taker_name=taker.unit.name,
        office=office,
        office_path=office.path,
        on_day=asked.on,
        reason=asked.reason.strip(),
        file=file,
        asked_by=by.key,
        asked_name=who.name,
        asked_at=at,
        **more,
    )
    insert(change)
    change.refresh_from_db(fields=["number"])
    record(
        what="ask_merger" if kind is ChangeKind.MERGER else "ask_split",
        row=change,
        by=by,
        at=at,
        taker=taker.pk,
        on=str(asked.on),
    )
    return change


def _give(change: EmployerChange, giver: Employer, persons: int) -> None:
    ChangedEmployer.objects.create(change=change, employer=giver, name=giver.unit.name, persons=persons)


def _present(employer: Employer, at: datetime.datetime) -> int:
    ahead = Q(until_on=None) | Q(until_on__gt=day_of(at))
    return Employment.objects.filter(ahead, employer=employer).values("member").distinct().count()


def _told(change: EmployerChange, by: Actor, at: datetime.datetime) -> EmployerChange:
    notify_office(
        unit=change.office,
        roles=list(CHANGE),
        besides=[by.key],
        template="employer_change_to_confirm",
        words=words_of(change=change),
        link=f"/workbench/changes/{change.number}",
        by=by,
        at=at,
    )
    return change
