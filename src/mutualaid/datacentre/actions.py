"""What somebody asks of the data centre: a simulation of a version of a plan, done in the background."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.models import LongJob
from mutualaid.core.work import ask
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of

SIMULATE = "simulate_version"
SEED = 20_260_101


class CannotBeSimulated(Refused):
    """There is nothing to compare, or not so."""


@transaction.atomic
def ask_simulation(
    *,
    version: PlanVersion,
    before: PlanVersion | None = None,
    year: str = "",
    members: int = 20_000,
    seed: int = SEED,
    lang: str = "zh",
    by: Actor,
    at: datetime.datetime,
) -> LongJob:
    """Ask for the comparison of a version with another one (``before``; else the one that it is based on), on a year of data or,
    without one, on an invented union of ``members``. Gives the long job.

    Raises CannotBeSimulated, YearError.
    """
    # Imported when wanted: with it comes the compiler of the columns, for which no process should wait as it starts.
    from mutualaid.datacentre.versions_compared import MEMBERS_LEAST, MEMBERS_MOST, year_of

    first = before or version.based_on
    if first is None or first.pk == version.pk:
        raise CannotBeSimulated(
            "应有另一个版本可比；没有找到，请选一个版本作比较",
            "expected another version to compare with, found none; choose one",
        )
    for one in (first, version):
        if document_of(version=one).combines is not None:
            raise CannotBeSimulated(
                f"应为单项计划；得到组合计划 {one.plan}，请分别测算它所含的计划",
                f"expected a single plan, found the combination {one.plan}; simulate the plans in it",
            )
    if year:
        year_of(year)
    elif not MEMBERS_LEAST <= members <= MEMBERS_MOST:
        raise CannotBeSimulated(
            f"合成人数应为 {MEMBERS_LEAST} 到 {MEMBERS_MOST}；得到 {members}，请改正",
            f"expected {MEMBERS_LEAST} to {MEMBERS_MOST} invented members, found {members}; correct it",
        )
    wanted = {
        "version": version.pk,
        "before": first.pk,
        "year": year,
        "members": members,
        "seed": seed,
        "lang": lang,
        "calendar_year": at.year,
    }
    return ask(kind=SIMULATE, wanted=wanted, by=by, at=at)
