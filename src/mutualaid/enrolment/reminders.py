"""Who is to be reminded of a season on a day: reads. Who was reminded, ``actions.reminding`` keeps."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.windows import nearest, windows_around
from mutualaid.people.models import Employer, Unit
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import NoFirstDay, Term, season, terms
from mutualaid.plans.queries import document_of, offered

CLOSING = (14, 3)
"""Days before the last one on which an employer that is not done is reminded."""
EMPLOYER_DAYS, MEMBER_DAYS = 30, 14
"""Days before a cover's last one, without another after it, on which the employer and the member are told."""


@dataclass(frozen=True)
class SeasonDay:
    """Something of a season that falls on a day for the employers of an office: it ``opens``, or closes in ``days``
    days (0: opens)."""

    version: PlanVersion
    term: Term
    opens: bool
    days: int
    closes_on: datetime.date | None
    employers: QuerySet[Employer]


def season_days(*, on: datetime.date) -> Iterator[SeasonDay]:
    """What falls on a day, office by office: those right above employers."""
    above = Employer.objects.order_by().values("unit__parent")
    for office in Unit.objects.filter(pk__in=above).order_by("path"):
        windows = windows_around(unit=office)
        employers = Employer.objects.filter(unit__parent=office, merged_into=None).select_related("unit").order_by("pk")
        for version in offered(unit=office, on=on):
            document = document_of(version=version)
            own = nearest(windows=windows, version=version, document=document, unit=office, on=on)
            try:
                now, term = season(document, on=on, own=own), terms(document, on=on, own=own)
            except NoFirstDay:
                continue
            if now.opens_on == on and not now.late:
                yield SeasonDay(version, term, True, 0, now.closes_on, employers)
            left = (now.closes_on - on).days if now.closes_on is not None and now.is_open else None
            if left in CLOSING:
                yield SeasonDay(version, term, False, left or 0, now.closes_on, _not_done(employers, version, term))


def _not_done(employers: QuerySet[Employer], version: PlanVersion, term: Term) -> QuerySet[Employer]:
    """Those that have not handed anything in for the term, or have not paid for what was accepted."""
    same = Enrolment.objects.filter(employer=OuterRef("pk"), version__family=version.family, until_on=term.until_on)
    unpaid = Cover.objects.filter(enrolment__employer=OuterRef("pk"), family=version.family, state="pending")
    handed_in = same.filter(state__in=("submitted", "accepted"))
    return employers.filter(~Exists(handed_in.values("pk")) | Exists(unpaid.values("pk")))


def begun_for(*, employers: QuerySet[Employer], version: PlanVersion, term: Term) -> dict[int, str]:
    """By the keys of employers the number of what they have begun, or not paid, for a term: the latest. One statement."""
    same = Enrolment.objects.filter(employer__in=employers, version__family=version.family, until_on=term.until_on)
    rows = same.exclude(state="cancelled").order_by("employer", "-id").distinct("employer")
    return dict(rows.values_list("employer", "number"))


def _last(*, last_on: datetime.date) -> QuerySet[Cover]:
    """Covers whose last day is this one, of members without another that lasts longer in the family."""
    longer = Cover.objects.filter(
        member=OuterRef("member"), family=OuterRef("family"), until_on__gt=OuterRef("until_on")
    ).exclude(state="cancelled")
    ending = Cover.objects.filter(state="begun", until_on=last_on + datetime.timedelta(days=1))
    return ending.filter(~Exists(longer.values("pk")))


@dataclass(frozen=True)
class Ending:
    """Of an employer's staff how many have cover by a plan that ends on a day."""

    employer: int
    plan: str
    people: int


def endings_of_employers(*, on: datetime.date) -> list[Ending]:
    """Those whose covers end in ``EMPLOYER_DAYS`` days. One statement."""
    last = _last(last_on=on + datetime.timedelta(days=EMPLOYER_DAYS)).order_by()
    kept = last.annotate(keeper=Coalesce("heir", "employer")).values_list("keeper", "version__name_zh")
    rows = kept.annotate(people=Count("member", distinct=True))
    return [Ending(*row) for row in rows.order_by("keeper", "version__name_zh")]


def endings_of_members(*, on: datetime.date) -> QuerySet[Cover]:
    """Covers that end in ``MEMBER_DAYS`` days, of members who have an account."""
    last = _last(last_on=on + datetime.timedelta(days=MEMBER_DAYS)).filter(member__account__is_active=True)
    return last.select_related("member__account", "version").annotate(name=F("version__name_zh")).order_by("pk")
