"""Last term's roster is renewed in one: an enrolment of the next term is begun, and whoever was covered and is still
there stands in its preview, checked anew, to be looked at and mended."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction

from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import LongJob
from mutualaid.enrolment.actions.enrolling import begin_enrolment
from mutualaid.enrolment.actions.package_rosters import preview_package
from mutualaid.enrolment.actions.packages import begin_package
from mutualaid.enrolment.actions.rosters import preview_told, told_file
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import locked_package
from mutualaid.enrolment.renewing import (
    covers_before,
    package_renewal,
    package_roster_before,
    roster_before,
    still_here,
)
from mutualaid.enrolment.roster.columns import FIELDS
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.enrolment.standing import locked_draft
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion

AT_ONCE_ROWS = 500
"""Of a roster that is renewed while the clerk waits; a larger one is the worker's."""


class NobodyToRenew(Refused):
    """The employer covered nobody in the term before who is still there."""


@transaction.atomic
def renew_enrolment(
    *,
    employer: Employer,
    version: PlanVersion,
    headcount: int,
    women_headcount: int | None = None,
    by: Actor,
    at: datetime.datetime,
) -> tuple[Enrolment, RosterUpload | LongJob]:
    """An enrolment with last term's roster as its preview; a large one is filled by the worker, whose job is then given. Raises
    NobodyToRenew and what ``begin_enrolment`` raises."""
    begun = begin_enrolment(
        employer=employer, version=version, headcount=headcount, women_headcount=women_headcount, by=by, at=at
    )
    begun.refresh_from_db(fields=["number"])
    covers = covers_before(employer=employer, family=version.family, from_on=begun.from_on, until_on=begun.until_on)
    count = still_here(covers=covers, employer=employer, on=day_of(at)).count()
    if not count:
        raise NobodyToRenew(
            "上期应有本单位在职职工的保障；没有找到，请上传花名册办理",
            "expected covers of the employer's present staff in the term before, found none; upload a roster instead",
        )
    record(what="renew_enrolment", row=begun, by=by, at=at, persons=count)
    if count > AT_ONCE_ROWS:
        return begun, work.ask(kind="renew_roster", wanted={"enrolment": begun.number}, by=by, at=at)
    return begun, fill_from_before(enrolment=begun, by=by, at=at)


@transaction.atomic
def fill_from_before(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> RosterUpload:
    """Last term's roster becomes the preview of a draft, in place of another. Raises NotDraft."""
    draft = locked_draft(enrolment=enrolment)
    return preview_told(enrolment=draft, told=list(roster_before(enrolment=draft, on=day_of(at))), by=by, at=at)


@transaction.atomic
def renew_package(
    *,
    package: Package,
    name: str,
    headcount: int,
    women_headcount: int | None = None,
    members_pay: bool = False,
    by: Actor,
    at: datetime.datetime,
) -> tuple[Package, Sequence[RosterUpload] | LongJob]:
    """A package with the groups and plans of one of before, as these are offered now, and its persons who are still there as the
    preview, each in their group; a large one is filled by the worker, whose job is then given. Raises NobodyToRenew and what
    ``begin_package`` raises."""
    found = package_renewal(package=package, on=day_of(at))
    if not found.here or not found.groups:
        raise NobodyToRenew(
            "上期应有本单位在职职工的保障，且其计划现仍开放；没有找到，请重新编排综合保障计划",
            "expected covers of the employer's present staff in plans that are offered still, found none; compose a package anew",
        )
    begun = begin_package(
        employer=package.employer, name=name, headcount=headcount, women_headcount=women_headcount,
        members_pay=members_pay, groups=found.groups, by=by, at=at,
    )  # fmt: skip
    record(what="renew_package", row=begun, by=by, at=at, before=package.number, persons=found.here)
    if found.here > AT_ONCE_ROWS:
        back = f"/employers/packages/{begun.number}"
        wanted = {"package": begun.number, "before": package.number, "back": back}
        return begun, work.ask(kind="renew_package", wanted=wanted, by=by, at=at)
    return begun, fill_package_from_before(package=begun, before=package, by=by, at=at)


@transaction.atomic
def fill_package_from_before(
    *, package: Package, before: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody
) -> Sequence[RosterUpload]:
    """The persons of an earlier package become the preview of a draft. Raises NotDraft."""
    draft = locked_package(package=package)
    file = told_file(
        number=draft.number,
        unit_path=draft.employer.unit_path,
        told=list(package_roster_before(package=before, on=day_of(at))),
        fields=FIELDS,
        by=by,
        at=at,
    )
    return preview_package(package=draft, file=file, by=by, at=at, tell=tell)
