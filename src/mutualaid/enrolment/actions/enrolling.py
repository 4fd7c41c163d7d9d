"""An enrolment is begun, handed in, sent back, given up; and how an office takes rosters."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make, make_all
from mutualaid.enrolment.models import Cover, Enrolment, OfficeSetting, Way
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.queries import accepted_by_itself, covered_already
from mutualaid.enrolment.roster.checking import Row
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.enrolment.standing import WrongHeadcount, check_headcounts, checked_again, locked_draft, refuse_part
from mutualaid.enrolment.states import COVER, ENROLMENT, GROUP_COVER
from mutualaid.enrolment.windows import window_for
from mutualaid.notices.actions import notify_clerks, notify_office
from mutualaid.people.merged_employers import expect_unmerged
from mutualaid.people.models import Employer, RoleName, Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.composing import stands_on
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import Term, employer_share, has_short_terms, season, terms
from mutualaid.plans.queries import document_of, is_offered, offered


class NotOffered(Refused):
    """The version is not offered to this employer, or not now."""


class OnlyInPackage(Refused):
    """The plan is taken only on top of another."""


class WindowClosed(Refused):
    """The plan takes no enrolments on this day."""


class OpenAlready(Refused):
    """The employer has an open enrolment in this version for this term."""


class AcceptedAlready(Refused):
    """The office has accepted it: only the office takes that back."""


class ShareMissing(Refused):
    """Too few of the staff are enrolled."""


def _term(employer: Employer, version: PlanVersion, on: datetime.date) -> Term:
    """The term of who enrols on a day, within the window that counts for the employer. Raises WindowClosed."""
    document = document_of(version=version)
    own = window_for(version=version, unit=employer.unit, on=on)
    window = season(document, on=on, own=own)
    if not window.is_open:
        raise WindowClosed(window.zh, window.en)
    return terms(document, on=on, own=own)


def _refuse_without_base(version: PlanVersion, employer: Employer, on: datetime.date) -> None:
    """Raises OnlyInPackage."""
    document = document_of(version=version)
    if document.on_top_of is None:
        return
    others = [document_of(version=one) for one in offered(unit=employer.unit, on=on)]
    base = stands_on(document, offered=others)
    if base is not None:
        raise OnlyInPackage(
            f"本计划{base.zh}，请在综合保障计划中一并办理", f"this plan is {base.en}; compose a package of them"
        )


def _refuse_open(employer: Employer, version: PlanVersion, term: Term, *, besides: Enrolment | None) -> None:
    """Raises OpenAlready."""
    same = Enrolment.objects.filter(employer=employer, version=version, state__in=("draft", "submitted"))
    if not term.depends_on_payment:
        same = same.filter(until_on=term.until_on)
    for other in same if besides is None else same.exclude(pk=besides.pk):
        raise OpenAlready(
            f"本计划本期应没有办理中的参保单；已有 {other.number}，请继续办理或先取消",
            f"expected no open enrolment in this plan and term, found {other.number}; go on with it or cancel it",
        )


@transaction.atomic
def begin_enrolment(
    *,
    employer: Employer,
    version: PlanVersion,
    headcount: int,
    women_headcount: int | None = None,
    package: Package | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Enrolment:
    """An employer begins to enrol its staff, of ``package`` in one of its plans. Raises NotOffered, OnlyInPackage, WindowClosed,
    WrongHeadcount, OpenAlready, EmployerMerged."""
    check_headcounts(headcount=headcount, women_headcount=women_headcount)
    on = day_of(at)
    if package is None:
        _refuse_without_base(version, employer, on)
    if not is_offered(version=version, unit=employer.unit, on=on):
        raise NotOffered(
            "计划应已发布并面向本单位；现不是，请选择其他计划",
            "expected a plan that is published and offered to this employer, found one that is not; choose another",
        )
    if has_short_terms(document_of(version=version)):
        raise NotOffered(
            "本计划按天、按月参加，不用名单办理；请发布扫码参加的页面，或由平台通过接口参加",
            "people join this plan by days or months, not by a roster; publish a page to join, or use the interface",
        )
    term = _term(employer, version, on)
    # The employer's row is the lock: two drafts begun at once must not both find none.
    Employer.objects.select_for_update(no_key=True, of=("self",)).get(pk=employer.pk)
    expect_unmerged(employer=employer.pk)
    _refuse_open(employer, version, term, besides=None)
    enrolment = Enrolment.objects.create(
        employer=employer,
        version=version,
        package=package,
        from_on=term.from_on,
        until_on=term.until_on,
        headcount=headcount,
        women_headcount=women_headcount,
        begun_at=at,
    )
    record(
        what="begin_enrolment",
        row=enrolment,
        by=by,
        at=at,
        employer=employer.pk,
        plan=version.plan,
        headcount=headcount,
    )
    return enrolment


@transaction.atomic
def declare_headcount(
    *,
    enrolment: Enrolment,
    headcount: int,
    women_headcount: int | None = None,
    as_part: bool = False,
    by: Actor,
    at: datetime.datetime,
) -> Enrolment:
    """The clerk corrects how many work at the employer. ``as_part``: of its package. Raises NotDraft, WrongHeadcount."""
    check_headcounts(headcount=headcount, women_headcount=women_headcount)
    locked = locked_draft(enrolment=enrolment, as_part=as_part)
    locked.headcount, locked.women_headcount = headcount, women_headcount
    locked.save(update_fields=["headcount", "women_headcount"])
    record(what="declare_headcount", row=locked, by=by, at=at, headcount=headcount, women_headcount=women_headcount)
    return locked


def _shares(enrolment: Enrolment, rows: list[Row]) -> None:
    """Raises ShareMissing, WrongHeadcount."""
    women = sum(row.person is not None and row.person.sex == "F" for row in rows)
    too_many = enrolment.women_headcount is not None and women > enrolment.women_headcount
    if len(rows) > enrolment.headcount or too_many:
        raise WrongHeadcount(
            f"申报职工人数应不少于名单人数；名单 {len(rows)} 人（女 {women} 人），申报 {enrolment.headcount} 人"
            f"（女 {enrolment.women_headcount if enrolment.women_headcount is not None else '未填'}），请核对申报人数",
            f"expected a headcount of at least the roster's {len(rows)} persons ({women} women), found "
            f"{enrolment.headcount} ({enrolment.women_headcount} women); check what was declared",
        )
    document = document_of(version=enrolment.version)
    # Newcomers of the term: whoever is covered by an earlier roster counts too.
    others, other_women = covered_already(enrolment=enrolment) if document.employer else (0, 0)
    missing = employer_share(
        document,
        enrolled=len(rows) + others,
        headcount=enrolment.headcount,
        women_enrolled=women + other_women,
        women_headcount=enrolment.women_headcount,
    )
    if missing is not None:
        raise ShareMissing(missing.zh, missing.en)


@transaction.atomic
def submit_enrolment(
    *, enrolment: Enrolment, as_part: bool = False, by: Actor, at: datetime.datetime, tell: Tell = nobody
) -> Enrolment:
    """The clerk hands the roster in. ``as_part``: of its package. Raises IllegalMove, WindowClosed, OpenAlready, RosterFaulty,
    WrongHeadcount, ShareMissing, PartOfPackage."""
    refuse_part(enrolment=enrolment, as_part=as_part)
    moved = make(enrolment, ENROLMENT, "submit_enrolment", by=by, at=at)
    on = day_of(at)
    # A draft that lay for long is for the term of the day on which it is handed in: cover never begins in the past.
    term = _term(moved.employer, moved.version, on)
    _refuse_open(moved.employer, moved.version, term, besides=moved)
    moved.from_on, moved.until_on = term.from_on, term.until_on
    moved.save(update_fields=["from_on", "until_on"])
    if not moved.rows.filter(taken=True).exists():
        raise Refused(
            "名单应至少有一人；没有找到，请先上传名单或逐人添加",
            "expected at least one person in the roster, found none; upload it or add persons",
        )
    rows = checked_again(enrolment=moved, on=on, tell=tell).rows
    _shares(moved, rows)
    moved.submitted_at, moved.remark = at, ""
    moved.save(update_fields=["submitted_at", "remark"])
    if not as_part and not accepted_by_itself(enrolment=moved):
        notify_office(
            unit=moved.employer.unit,
            roles=[RoleName.ENROLMENT_CLERK],
            template="enrolment_to_review",
            words={"number": moved.number, "plan": moved.version.name_zh, "people": len(rows)},
            link=f"/workbench/enrolments/{moved.number}",
            by=by,
            at=at,
        )
    return moved


@transaction.atomic
def return_enrolment(
    *, enrolment: Enrolment, remark: str, as_part: bool = False, by: Actor, at: datetime.datetime
) -> Enrolment:
    """The office wants something mended. ``as_part``: of its package. Raises IllegalMove, Refused, PartOfPackage."""
    refuse_part(enrolment=enrolment, as_part=as_part)
    if not remark.strip():
        raise Refused("应说明退回原因；没有找到，请填写", "expected a reason, found none; write what is to be mended")
    moved = make(enrolment, ENROLMENT, "return_enrolment", by=by, at=at)
    moved.remark = remark.strip()[:500]
    moved.save(update_fields=["remark"])
    if as_part:
        return moved
    notify_clerks(
        employer=moved.employer,
        template="enrolment_returned",
        words={"number": moved.number, "plan": moved.version.name_zh, "reason": moved.remark},
        link=f"/employers/enrolments/{moved.number}",
        by=by,
        at=at,
    )
    return moved


@transaction.atomic
def cancel_enrolment(
    *, enrolment: Enrolment, reason: str = "", as_part: bool = False, by: Actor, at: datetime.datetime
) -> Enrolment:
    """It comes to nothing, and so do its covers. A bill is cancelled before (``contributions``); what the office accepted, no
    clerk and no program of an employer cancels. ``as_part``: of its package. Raises IllegalMove, AcceptedAlready,
    PartOfPackage."""
    refuse_part(enrolment=enrolment, as_part=as_part)
    if by.kind in (ActorKind.CLERK, ActorKind.CLIENT):
        locked = Enrolment.objects.select_for_update(no_key=True, of=("self",)).get(pk=enrolment.pk)
        if locked.state == "accepted":
            raise AcceptedAlready(
                "参保单应尚未核准；经办机构已核准并开出账单，请联系经办机构作废账单",
                "expected an enrolment that is not accepted, found that the office accepted and billed it; ask the office "
                "to cancel the bill",
            )
    moved = make(enrolment, ENROLMENT, "cancel_enrolment", by=by, at=at)
    if reason.strip():
        moved.remark = reason.strip()[:500]
        moved.save(update_fields=["remark"])
    # Refuses the whole when one of them has begun: what is paid for is not cancelled.
    make_all(Cover.objects.filter(enrolment=moved), COVER, "cancel_cover", by=by, at=at)
    if moved.way == Way.GROUP:
        make(moved.group, GROUP_COVER, "cancel_group", by=by, at=at)
    return moved


@transaction.atomic
def cancel_covers(*, enrolment: Enrolment, member: int, by: Actor, at: datetime.datetime) -> int:
    """One member (by key) is covered by nothing of an enrolment: their covers never began. How many. Raises IllegalMove."""
    return len(make_all(Cover.objects.filter(enrolment=enrolment, member=member), COVER, "cancel_cover", by=by, at=at))


@transaction.atomic
def set_office_setting(*, unit: Unit, accepts_by_itself: bool, by: Actor, at: datetime.datetime) -> OfficeSetting:
    """Whether an office takes rosters that keep all rules without a person."""
    setting, _ = OfficeSetting.objects.update_or_create(unit=unit, defaults={"accepts_by_itself": accepts_by_itself})
    record(what="set_office_setting", row=setting, by=by, at=at, accepts_by_itself=accepts_by_itself)
    return setting
