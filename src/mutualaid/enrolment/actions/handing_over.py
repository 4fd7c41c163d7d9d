"""The day of a merger or split of employers has come: staff, covers, rosters under way, clerks, targets and what was remembered
of headers go to the other employer in one transaction; bills, books and what is over stay under the former name."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F

from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import make, refuse_move
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.changing import Obstacle, drafts_of, obstacles, packages_of, words_of
from mutualaid.enrolment.models import (
    ChangedEmployer,
    ChangedPerson,
    ChangeKind,
    Cover,
    EmployerChange,
    Enrolment,
    HeaderMapping,
    JoiningPage,
    RosterUpload,
    Target,
)
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import open_enrolments
from mutualaid.enrolment.queries import kept_by
from mutualaid.enrolment.states import EMPLOYER_CHANGE, JOINING_PAGE
from mutualaid.notices.actions import Letter, notify, notify_all, notify_clerks
from mutualaid.people.actions.handing_over import divide_headcount, hand_over_clerks, hand_over_staff, merge_employer
from mutualaid.people.models import Account, Employer, EmployerClerk
from mutualaid.people.refusals import Refused

Counts = dict[str, int]


class NotYet(Refused):
    """Something has to be done first; ``found`` says what."""

    def __init__(self, found: Sequence[Obstacle]) -> None:
        self.found = found
        one = found[0]
        super().__init__(
            f"办理前应先处理 {len(found)} 项：{one.employer}{'：' if one.employer else ''}{one.zh}"
            f"{'……' if len(found) > 1 else ''}",
            f"{len(found)} things have to be done first: {one.employer}: {one.en}",
        )


class NotItsDay(Refused):
    """It is for a later day."""


@transaction.atomic
def apply_employer_change(*, change: EmployerChange, by: Actor, at: datetime.datetime) -> EmployerChange:
    """It is done, as a whole or not at all. Raises IllegalMove, NotItsDay, NotYet."""
    with within([EVERYTHING]):
        locked = EmployerChange.objects.select_for_update(no_key=True, of=("self",)).get(pk=change.pk)
        refuse_move(locked, EMPLOYER_CHANGE, "apply_employer_change")
        if locked.on_day > day_of(at):
            raise NotItsDay(
                f"应已到生效日 {locked.on_day}；还没有到，请等待",
                f"expected the day of the change ({locked.on_day}) to have come; wait for it",
            )
        taker, givers = _held(locked)
        found = obstacles(change=locked)
        if found:
            raise NotYet(found)
        merges = locked.kind == ChangeKind.MERGER
        # Whom it concerns, before the clerks of the former employers are released.
        clerks = _bound([taker, *givers])
        counts: Counts = {}
        for giver in givers:
            done = _merged(locked, giver, taker, by, at) if merges else _divided(locked, giver, taker, by, at)
            counts = {name: counts.get(name, 0) + count for name, count in done.items()}
            taker.refresh_from_db(fields=["headcount_declared"])
        also = {"applied_at": at, "result": counts, "stuck": []}
        applied = make(locked, EMPLOYER_CHANGE, "apply_employer_change", by=by, at=at, also=also, **counts)
        _tell(applied, clerks, by, at)
    return applied


def _held(change: EmployerChange) -> tuple[Employer, list[Employer]]:
    """Taker and givers, locked after the packages and rosters that somebody may be handing in or accepting. In this order, since
    who accepts one holds it while their covers ask for the employer's row."""
    keys = list(ChangedEmployer.objects.filter(change=change).order_by("employer").values_list("employer", flat=True))
    packages = Package.objects.filter(employer__in=keys, state__in=["draft", "submitted"])
    list(packages.order_by("pk").select_for_update(of=("self",)))
    open_ = Enrolment.objects.filter(employer__in=keys, state__in=["draft", "submitted"])
    list(open_.order_by("pk").select_for_update(of=("self",)))
    every = Employer.objects.filter(pk__in=[*keys, change.taker_id]).order_by("pk")
    rows = {one.pk: one for one in every.select_related("unit").select_for_update(of=("self",))}
    return rows[change.taker_id], [rows[key] for key in keys]


def _merged(change: EmployerChange, giver: Employer, taker: Employer, by: Actor, at: datetime.datetime) -> Counts:
    paper = StoredFile.objects.get(pk=change.file_id)
    covers = hand_over_covers(giver=giver, taker=taker, by=by, at=at)
    drafts = _drafts(giver, taker, by, at) + _packages(giver, taker, by, at)
    _remembered(giver, taker)
    targets = _targets(giver, taker)
    pages = 0
    for page in JoiningPage.objects.filter(employer=giver, state="open").order_by("pk"):
        make(page, JOINING_PAGE, "close_joining_page", by=by, at=at)
        pages += 1
    clerks = hand_over_clerks(
        giver=giver, taker=taker, bring=change.bring_clerks, evidence=str(paper.key), by=by, at=at
    )
    went = hand_over_staff(giver=giver, taker=taker, by=by, at=at)
    merge_employer(giver=giver, taker=taker, by=by, at=at)
    return {
        "persons": len(went), "covers": covers, "drafts": drafts, "targets": targets, "pages": pages, "clerks": clerks
    }  # fmt: skip


def _divided(change: EmployerChange, giver: Employer, taker: Employer, by: Actor, at: datetime.datetime) -> Counts:
    listed = list(ChangedPerson.objects.filter(change=change).values_list("member_id", flat=True))
    went = hand_over_staff(giver=giver, taker=taker, members=listed, by=by, at=at)
    if not went:
        raise NotYet(
            [
                Obstacle(
                    giver.unit.name,
                    "名单中的职工都已不在该单位任职，请撤回",
                    "nobody of the list works there any more; withdraw this",
                )
            ]
        )
    covers = hand_over_covers(giver=giver, taker=taker, members=went, by=by, at=at)
    ChangedPerson.objects.filter(change=change).update(went=False)
    ChangedPerson.objects.filter(change=change, member__in=went).update(went=True)
    divide_headcount(giver=giver, taker=taker, persons=len(went), by=by, at=at)
    return {"persons": len(went), "covers": covers, "stayed": len(listed) - len(went)}


@transaction.atomic
def hand_over_covers(
    *, giver: Employer, taker: Employer, members: Collection[int] | None = None, by: Actor, at: datetime.datetime
) -> int:
    """Covers that an employer kept, all or those of some members (keys), are another's to renew and to answer for; by which
    employer they were taken stays. How many."""
    kept = Cover.objects.filter(kept_by(employer=giver.pk))
    if members is not None:
        kept = kept.filter(member__in=list(members))
    count = kept.update(heir=taker)
    record(what="hand_over_covers", row=giver, by=by, at=at, to=taker.pk, covers=count)
    return count


def _drafts(giver: Employer, taker: Employer, by: Actor, at: datetime.datetime) -> int:
    """Rosters under way are the taker's; their files are for its clerks to see. The declared numbers are added, as the
    employers' are; how many women, the clerk says anew."""
    drafts = list(drafts_of(employer=giver.pk).order_by("pk"))
    for one in drafts:
        _draft(one, giver, taker, by, at)
    return len(drafts)


def _packages(giver: Employer, taker: Employer, by: Actor, at: datetime.datetime) -> int:
    """Packages under way are the taker's, each with the rosters of all its plans."""
    packages = list(packages_of(employer=giver.pk).order_by("pk"))
    for one in packages:
        one.employer = taker
        one.headcount += taker.headcount_declared
        one.women_headcount = None
        one.remark = _remark(one.remark, giver)
        one.save(update_fields=["employer", "headcount", "women_headcount", "remark"])
        for enrolment in open_enrolments(package=one):
            _draft(enrolment, giver, taker, by, at)
        record(what="hand_over_package", row=one, by=by, at=at, to=taker.pk, **{"from": giver.pk})
    return len(packages)


def _remark(before: str, giver: Employer) -> str:
    told = f"随“{giver.unit.name}”并入转来，请核对名单和职工人数"
    return f"{before}；{told}"[:500] if before else told


def _draft(one: Enrolment, giver: Employer, taker: Employer, by: Actor, at: datetime.datetime) -> None:
    changed = Enrolment.objects.filter(pk=one.pk, state="draft").update(
        employer=taker,
        headcount=F("headcount") + taker.headcount_declared,
        women_headcount=None,
        remark=_remark(one.remark, giver),
    )
    if not changed:  # handed in since we looked
        raise NotYet(
            [
                Obstacle(
                    giver.unit.name,
                    f"参保单 {one.number} 刚被提交，请先核准或退回",
                    f"enrolment {one.number} was handed in just now; accept it or send it back first",
                    one.number,
                )
            ]
        )
    for upload in RosterUpload.objects.filter(enrolment=one).select_related("file"):
        papers.lay_in_branch(file=upload.file, unit_path=taker.unit_path, by=by, at=at)
    record(what="hand_over_draft", row=one, by=by, at=at, to=taker.pk, **{"from": giver.pk})


def _remembered(giver: Employer, taker: Employer) -> None:
    """What was confirmed of headers, where the taker's clerks confirmed nothing for the same."""
    known = HeaderMapping.objects.filter(employer=taker).values("fingerprint")
    HeaderMapping.objects.filter(employer=giver).exclude(fingerprint__in=known).update(employer=taker)


def _targets(giver: Employer, taker: Employer) -> int:
    """What the former was to reach is added to what the taker is to reach, as its covers count there."""
    every = Target.objects.filter(unit=taker.unit)
    own = {(one.family, one.from_on): one for one in every}
    gone = list(Target.objects.filter(unit=giver.unit).order_by("pk"))
    for one in gone:
        there = own.get((one.family, one.from_on))
        if there is None:
            one.unit = taker.unit
            one.save(update_fields=["unit"])
            continue
        there.persons += one.persons
        there.units += one.units
        there.fee_amount += one.fee_amount
        there.save(update_fields=["persons", "units", "fee_amount"])
        one.delete()
    return len(gone)


@transaction.atomic
def note_stuck(*, change: EmployerChange, found: Refused, by: Actor, at: datetime.datetime) -> None:
    """It could not be done on its day: the page says why, and whoever asked and confirmed is told, once for each reason."""
    why = [found.zh, found.en]
    with within([EVERYTHING]):
        locked = EmployerChange.objects.select_for_update(no_key=True, of=("self",)).get(pk=change.pk)
        if locked.state != "confirmed" or locked.stuck == why:
            return
        locked.stuck = why
        locked.save(update_fields=["stuck"])
        record(what="note_stuck_change", row=locked, by=by, at=at)
        for key in (locked.asked_by, locked.decided_by):
            notify(
                account=Account.objects.get(pk=int(key)),
                portal="staff",
                template="employer_change_stuck",
                words=words_of(change=locked),
                link=f"/workbench/changes/{locked.number}",
                by=by,
                at=at,
            )


# --- who is told ------------------------------------------------------------------------------------------------------


def tell_asker(*, change: EmployerChange, template: str, by: Actor, at: datetime.datetime) -> None:
    """Whoever asked for it, unless they did this themselves."""
    if change.asked_by != by.key:
        account = Account.objects.get(pk=int(change.asked_by))
        link = f"/workbench/changes/{change.number}"
        notify(
            account=account, portal="staff", template=template, words=words_of(change=change), link=link, by=by, at=at
        )


def tell_clerks(*, change: EmployerChange, template: str, by: Actor, at: datetime.datetime) -> None:
    """The clerks of all employers that have a part in it."""
    with within([EVERYTHING]):
        givers = list(ChangedEmployer.objects.filter(change=change).select_related("employer__unit").order_by("id"))
        every = [Employer.objects.select_related("unit").get(pk=change.taker_id), *(one.employer for one in givers)]
    for one in every:
        link = f"/employers/units/{one.unit.code}"
        notify_clerks(employer=one, template=template, words=words_of(change=change), link=link, by=by, at=at)


def _bound(employers: Sequence[Employer]) -> list[Account]:
    acting = EmployerClerk.objects.filter(employer__in=employers, state="bound").select_related("account")
    return list({one.account: None for one in acting.order_by("id")})


def _tell(change: EmployerChange, clerks: Sequence[Account], by: Actor, at: datetime.datetime) -> None:
    words, template = words_of(change=change), f"employer_{change.kind}_applied"
    letters = [Letter(one, words, "/employers/clerks") for one in clerks]
    notify_all(letters=letters, portal="clerk", template=template, by=by, at=at)
    tell_asker(change=change, template=template, by=by, at=at)
