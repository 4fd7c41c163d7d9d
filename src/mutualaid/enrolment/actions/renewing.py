"""Last term's roster is renewed in one: an enrolment of the next term is begun, and whoever was covered and is still
there stands in its preview, checked anew, to be looked at and mended."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import LongJob
from mutualaid.enrolment.actions.enrolling import begin_enrolment
from mutualaid.enrolment.actions.rosters import preview_told
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.enrolment.renewing import covers_before, roster_before, still_here
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
