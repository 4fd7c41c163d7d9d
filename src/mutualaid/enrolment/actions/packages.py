"""An employer's package (综合保障计划): composed of single plans for groups of its staff, handed in and decided as a whole.

Each plan is an enrolment like any other; what happens to the package happens to all of them in one transaction. Its roster is in
``package_rosters``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.enrolling import (
    AcceptedAlready,
    begin_enrolment,
    cancel_enrolment,
    declare_headcount,
    return_enrolment,
    submit_enrolment,
)
from mutualaid.enrolment.composition import GroupWanted, NotComposable, faults_of
from mutualaid.enrolment.models import Enrolment, RosterRow
from mutualaid.enrolment.package_models import Package, PackageGroup, PackagePlan
from mutualaid.enrolment.packages import locked_package, of_plan, open_enrolments
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.enrolment.standing import check_group_headcounts, check_headcounts
from mutualaid.enrolment.states import PACKAGE
from mutualaid.notices.actions import notify_clerks, notify_office
from mutualaid.people.models import Employer, RoleName
from mutualaid.plans.document import Document
from mutualaid.plans.queries import document_of, offered


@transaction.atomic
def begin_package(
    *,
    employer: Employer,
    name: str,
    headcount: int,
    women_headcount: int | None = None,
    members_pay: bool = False,
    groups: Sequence[GroupWanted] = (),
    by: Actor,
    at: datetime.datetime,
) -> Package:
    """An employer begins a package, with groups or still without. Raises WrongHeadcount, NotComposable and what
    ``compose_package`` raises."""
    check_headcounts(headcount=headcount, women_headcount=women_headcount)
    if not name.strip():
        raise NotComposable("应为综合保障计划起一个名称；没有找到，请填写", "expected a name, found none; write one")
    package = Package.objects.create(
        employer=employer,
        name=name.strip()[:60],
        headcount=headcount,
        women_headcount=women_headcount,
        members_pay=members_pay,
        begun_at=at,
    )
    package.refresh_from_db(fields=["number"])
    record(what="begin_package", row=package, by=by, at=at, employer=employer.pk, headcount=headcount)
    return compose_package(package=package, groups=groups, by=by, at=at) if groups else package


@transaction.atomic
def declare_package(
    *,
    package: Package,
    name: str,
    headcount: int,
    women_headcount: int | None,
    members_pay: bool,
    group_headcounts: Mapping[str, int | None] | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Package:
    """The clerk corrects name, headcounts, those of groups by their names, and whether members pay their part themselves. The
    composition and the roster stay. Raises NotDraft, WrongHeadcount."""
    check_headcounts(headcount=headcount, women_headcount=women_headcount)
    locked = locked_package(package=package)
    groups = list(locked.groups.all())
    for group in groups:
        group.headcount = (group_headcounts or {}).get(group.name, group.headcount)
    check_group_headcounts(headcount=headcount, groups=[one.headcount for one in groups])
    PackageGroup.objects.bulk_update(groups, ["headcount"])
    locked.name = name.strip()[:60] or locked.name
    locked.headcount, locked.women_headcount, locked.members_pay = headcount, women_headcount, members_pay
    locked.save(update_fields=["name", "headcount", "women_headcount", "members_pay"])
    for enrolment in open_enrolments(package=locked):
        declare_headcount(
            enrolment=enrolment, headcount=headcount, women_headcount=women_headcount, as_part=True, by=by, at=at
        )
    record(what="declare_package", row=locked, by=by, at=at, headcount=headcount, members_pay=members_pay)
    return locked


@transaction.atomic
def compose_package(*, package: Package, groups: Sequence[GroupWanted], by: Actor, at: datetime.datetime) -> Package:
    """The groups and their plans are these, in this order; there is an enrolment for each plan. A roster that was taken is
    dropped: whom it puts into which plan is no longer true. Raises NotDraft, NotComposable, NoSuchPrice and what
    ``begin_enrolment`` refuses."""
    locked = locked_package(package=package)
    for fault in faults_of(groups=groups, offered=_offered(locked, at)):
        raise fault
    check_group_headcounts(headcount=locked.headcount, groups=[one.headcount for one in groups])
    _drop_roster(locked)
    locked.groups.all().delete()
    for place, wanted in enumerate(groups):
        group = PackageGroup.objects.create(
            package=locked,
            place=place,
            name=wanted.name.strip(),
            rule=wanted.rule,
            word=wanted.word.strip(),
            headcount=wanted.headcount,
        )
        PackagePlan.objects.bulk_create(
            [
                PackagePlan(
                    group=group,
                    version=plan.version,
                    option=plan.option,
                    risk_class=plan.risk_class,
                    units=plan.units,
                    member_amount=plan.member_amount,
                    member_share=plan.member_share,
                )
                for plan in wanted.plans
            ]
        )
    versions = {plan.version.pk: plan.version for wanted in groups for plan in wanted.plans}
    there = {enrolment.version_id: enrolment for enrolment in open_enrolments(package=locked)}
    for key, enrolment in there.items():
        if key not in versions:
            cancel_enrolment(enrolment=enrolment, as_part=True, by=by, at=at)
    for key, version in versions.items():
        if key not in there:
            begin_enrolment(
                employer=locked.employer,
                version=version,
                headcount=locked.headcount,
                women_headcount=locked.women_headcount,
                package=locked,
                by=by,
                at=at,
            )
    record(what="compose_package", row=locked, by=by, at=at, groups=len(groups), plans=len(versions))
    return locked


def _offered(package: Package, at: datetime.datetime) -> list[Document]:
    return [document_of(version=one) for one in offered(unit=package.employer.unit, on=day_of(at))]


def _drop_roster(package: Package) -> None:
    mine = open_enrolments(package=package)
    RosterRow.objects.filter(enrolment__in=mine).delete()
    for enrolment in mine:
        enrolment.uploads.filter(taken_at=None).delete()


# --- handed in, decided -----------------------------------------------------------------------------------------------


def _each(package: Package, do: Callable[[Enrolment], object]) -> int:
    """What happens to a package happens to its enrolments, in one order."""
    return _each_told(package, lambda enrolment, _tell: do(enrolment), nobody)


def _each_told(package: Package, do: Callable[[Enrolment, Tell], object], tell: Tell) -> int:
    """The same; who does it tells how far it is, with the place of the plan."""
    mine = open_enrolments(package=package)
    for place, enrolment in enumerate(mine, start=1):
        do(enrolment, of_plan(tell=tell, place=place, of=len(mine)))
    return len(mine)


def _persons(package: Package) -> int:
    rows = RosterRow.objects.filter(enrolment__package=package, taken=True).exclude(enrolment__state="cancelled")
    return rows.order_by().values("identity_index").distinct().count()


@transaction.atomic
def submit_package(*, package: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Package:
    """The clerk hands the whole package in; of each plan the rules are checked, the least shares too. Raises IllegalMove,
    NotComposable and what ``submit_enrolment`` raises."""
    moved = make(package, PACKAGE, "submit_package", by=by, at=at, also={"submitted_at": at, "remark": ""})
    for enrolment in open_enrolments(package=moved):
        if not enrolment.rows.filter(taken=True).exists():
            raise NotComposable(
                f"“{enrolment.version.name_zh}”应至少有一人参加；名册中没有属于该计划各组的人，请核对名册，或从组合中去掉该计划",
                f"expected somebody for {enrolment.version.plan}, found nobody of its groups in the roster; check the roster, or "
                "take the plan out of the package",
            )
    if not _each_told(
        moved, lambda one, told: submit_enrolment(enrolment=one, as_part=True, by=by, at=at, tell=told), tell
    ):
        raise NotComposable(
            "综合保障计划应至少含一个单项计划；没有找到，请先选择",
            "expected at least one plan in the package, found none; choose plans first",
        )
    notify_office(
        unit=moved.employer.unit,
        roles=[RoleName.ENROLMENT_CLERK],
        template="enrolment_to_review",
        words={"number": moved.number, "plan": moved.name, "people": _persons(moved)},
        link=f"/workbench/packages/{moved.number}",
        by=by,
        at=at,
    )
    return moved


@transaction.atomic
def return_package(*, package: Package, remark: str, by: Actor, at: datetime.datetime) -> Package:
    """The office wants something mended. Raises IllegalMove, Refused."""
    moved = make(package, PACKAGE, "return_package", by=by, at=at, also={"remark": remark.strip()[:500]})
    _each(moved, lambda one: return_enrolment(enrolment=one, remark=remark, as_part=True, by=by, at=at))
    notify_clerks(
        employer=moved.employer,
        template="enrolment_returned",
        words={"number": moved.number, "plan": moved.name, "reason": moved.remark},
        link=f"/employers/packages/{moved.number}",
        by=by,
        at=at,
    )
    return moved


@transaction.atomic
def accept_package(*, package: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Package:
    """The office takes all of it. Raises IllegalMove and what ``accept_enrolment`` raises."""
    moved = make(package, PACKAGE, "accept_package", by=by, at=at, also={"accepted_at": at})
    _each_told(moved, lambda one, told: accept_enrolment(enrolment=one, as_part=True, by=by, at=at, tell=told), tell)
    return moved


@transaction.atomic
def cancel_package(*, package: Package, reason: str = "", by: Actor, at: datetime.datetime) -> Package:
    """It comes to nothing, with all its enrolments; what the office accepted, only the office takes back, with its bills. Raises
    IllegalMove, AcceptedAlready."""
    locked = Package.objects.select_for_update(no_key=True, of=("self",)).get(pk=package.pk)
    if locked.state == "accepted":
        raise AcceptedAlready(
            "综合保障计划应尚未核准；经办机构已核准并开出账单，请联系经办机构作废账单",
            "expected a package that is not accepted, found that the office accepted and billed it; ask the office to cancel "
            "the bill",
        )
    return _closed(locked, reason, by, at)


@transaction.atomic
def close_package(*, package: Package, reason: str, by: Actor, at: datetime.datetime) -> Package:
    """Its bills were cancelled: all of it is. Raises IllegalMove, AcceptedAlready."""
    if by.kind in (ActorKind.CLERK, ActorKind.CLIENT):
        raise AcceptedAlready(
            "账单应由经办机构作废；请联系经办机构",
            "expected the office to cancel bills, found the employer; ask the office",
        )
    return _closed(package, reason, by, at)


def _closed(package: Package, reason: str, by: Actor, at: datetime.datetime) -> Package:
    also = {"remark": reason.strip()[:500]} if reason.strip() else {}
    moved = make(package, PACKAGE, "cancel_package", by=by, at=at, also=also)
    _each(moved, lambda one: cancel_enrolment(enrolment=one, reason=reason, as_part=True, by=by, at=at))
    return moved
