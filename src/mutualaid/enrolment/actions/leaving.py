"""A clerk reports who left the employer, retired or died. Employments end; covers run to the end for which they are paid."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction

from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_all
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.leavers import Leaver, Told, check_leavers, read_leavers
from mutualaid.enrolment.models import Departure
from mutualaid.people.actions.leaving import end_employments
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused

KIND = "leavers"
"""Of the stored file."""


class NobodyLeft(Refused):
    """No row can be taken."""


@transaction.atomic
def bring_leavers(*, employer: Employer, content: bytes, name: str, by: Actor, at: datetime.datetime) -> StoredFile:
    """A file of leavers is kept in the employer's branch, to be looked at before it is applied. Raises BadFile, NoLeavers."""
    read_leavers(content=content)
    return papers.store(
        content=content,
        name=name,
        kind=KIND,
        media_type=papers.type_of(content) or papers.CSV,
        unit_path=employer.unit.path,
        by=by,
        at=at,
    )


@transaction.atomic
def report_leavers(*, employer: Employer, told: Sequence[Told], by: Actor, at: datetime.datetime) -> list[Leaver]:
    """Those of the rows that are right have left: their employments end after their last day. Gives all rows as they
    were checked; what is
    faulty is left as it is. Raises NobodyLeft, EmploymentOver (somebody was reported in the same moment)."""
    rows = check_leavers(told=told, employer=employer, on=day_of(at))
    good = [(row, row.last_on) for row in rows if row.fault is None and row.last_on is not None]
    if not good:
        zh, en = (
            rows[0].fault if rows and rows[0].fault else ("没有可办理的人", "expected somebody to report, found nobody")
        )
        raise NobodyLeft(zh, en)
    day = datetime.timedelta(days=1)
    end_employments(ends={row.employment: last_on + day for row, last_on in good}, by=by, at=at)
    made = Departure.objects.bulk_create(
        [
            Departure(employer=employer, member_id=row.member, reason=row.reason, last_on=last_on, at=at)
            for row, last_on in good
        ],
        batch_size=1000,
    )
    record_all(what="report_leaver", rows=((one, {"reason": one.reason}) for one in made), by=by, at=at)
    return rows
